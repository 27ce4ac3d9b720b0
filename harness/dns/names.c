/* Domain names between text and wire form (RFC 1035 3.1, 5.1; RFC 4343 for case). */
#include <arpa/inet.h>
#include <ctype.h>
#include <string.h>

#include "dns/dns_internal.h"

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* Reads one byte of a label, \DDD and \X undone. Returns how many characters it took, 0 when broken. */
static size_t read_byte(const char *text, unsigned char *byte)
{
    if (text[0] != '\\') {
        *byte = (unsigned char)text[0];
        return 1;
    }
    if (is_digit(text[1]) && is_digit(text[2]) && is_digit(text[3])) {
        int value = (text[1] - '0') * 100 + (text[2] - '0') * 10 + (text[3] - '0');
        *byte = (unsigned char)value;
        return value <= 255 ? 4 : 0;
    }
    *byte = (unsigned char)text[1];
    return text[1] ? 2 : 0;
}

/* Reads one label to wire + 1; *text is moved behind it. Returns its length, -1 with *why. */
static int read_label(const char **text, unsigned char *wire, size_t room, const char **why)
{
    int length = 0;
    while (**text && **text != '.') {
        unsigned char byte;
        size_t taken = read_byte(*text, &byte);
        if (!taken)
            return *why = "it holds a broken backslash escape", -1;
        if (length == 63)
            return *why = "a part between dots is longer than 63 bytes", -1;
        if ((size_t)length + 2 > room)
            return *why = "it is longer than 255 bytes", -1;
        wire[++length] = (unsigned char)mf_lower(byte);
        *text += taken;
    }
    if (length == 0)
        return *why = "a part between dots is empty", -1;
    wire[0] = (unsigned char)length;
    return length;
}

size_t mf_dns_name_to_wire(const char *name, unsigned char wire[MF_DNS_WIRE_MAX], const char **why)
{
    size_t used = 0;
    if (!*name)
        return *why = "it is empty", 0;
    if (strcmp(name, ".") == 0)
        name = "";
    while (*name) {
        int length = read_label(&name, wire + used, MF_DNS_WIRE_MAX - 1 - used, why);
        if (length < 0)
            return 0;
        used += (size_t)length + 1;
        if (*name == '.')
            name++;
    }
    wire[used++] = 0;
    return used;
}

static void add_byte(struct mf_text *text, unsigned char byte)
{
    if (byte <= ' ' || byte >= 127 || byte == '.' || byte == '\\')
        mf_text_printf(text, "\\%03u", byte);
    else
        mf_text_putc(text, (char)mf_lower(byte));
}

char *mf_dns_name_from_wire(struct mf_arena *arena, struct mf_bytes wire, size_t *used)
{
    const unsigned char *data = (const unsigned char *)wire.data;
    struct mf_text text = {.max = 4 * MF_DNS_WIRE_MAX};
    size_t at = 0;
    while (at < wire.len && data[at] != 0 && data[at] <= 63 && data[at] < wire.len - at) {
        if (at)
            mf_text_putc(&text, '.');
        for (size_t i = 1; i <= data[at]; i++)
            add_byte(&text, data[at + i]);
        at += (size_t)data[at] + 1;
    }
    bool good = at < wire.len && data[at] == 0 && at < MF_DNS_WIRE_MAX;
    char *name = good ? mf_copy(arena, text.len ? text.data : ".") : NULL;
    if (good && used)
        *used = at + 1;
    mf_text_release(&text);
    return name;
}

char *mf_dns_name_normal(struct mf_arena *arena, const char *name, const char **why)
{
    unsigned char wire[MF_DNS_WIRE_MAX];
    size_t length = mf_dns_name_to_wire(name, wire, why);
    return length ? mf_dns_name_from_wire(arena, (struct mf_bytes){(char *)wire, length}, NULL) : NULL;
}

const char *mf_dns_name_parent(const char *name)
{
    if (strcmp(name, ".") == 0)
        return NULL;
    const char *dot = strchr(name, '.'); /* a dot inside a label is \046 in normal form */
    return dot ? dot + 1 : ".";
}

bool mf_dns_is_address(const char *text)
{
    unsigned char ip[16];
    return text && (inet_pton(AF_INET, text, ip) == 1 || inet_pton(AF_INET6, text, ip) == 1);
}

const char *mf_dns_reverse_name(struct mf_arena *arena, const char *address)
{
    unsigned char ip[16];
    if (address && inet_pton(AF_INET, address, ip) == 1)
        return mf_format(arena, "%d.%d.%d.%d.in-addr.arpa", ip[3], ip[2], ip[1], ip[0]);
    if (!address || inet_pton(AF_INET6, address, ip) != 1)
        return NULL;
    char name[80], *at = name;
    for (int i = 15; i >= 0; i--)
        at += sprintf(at, "%x.%x.", ip[i] & 15, ip[i] >> 4);
    return mf_format(arena, "%sip6.arpa", name);
}

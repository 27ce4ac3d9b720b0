/* What an address may be (RFC 5321 4.1.2; UTF-8 by RFC 6531). */
#include "mailflow/message.h"

#include <arpa/inet.h>
#include <string.h>

#include "message/bytes_internal.h"

/* Dot-string, or "quoted string". */
static bool local_part_valid(const char *text, size_t len)
{
    if (len == 0 || len > 64)
        return false;
    if (*text == '"') {
        if (len < 3 || text[len - 1] != '"')
            return false;
        for (size_t i = 1; i + 1 < len; ++i) {
            unsigned char c = (unsigned char)text[i];
            if (c == '\\' && ++i + 1 >= len)
                return false;
            if (c == '"' || c < ' ' || c == 0x7f)
                return false;
        }
        return true;
    }
    for (size_t i = 0; i < len; ++i) {
        bool is_dot = text[i] == '.';
        if (is_dot ? i == 0 || i + 1 == len || text[i + 1] == '.' : !mf_is_atext(text[i]))
            return false;
    }
    return true;
}

static bool label_valid(const char *label, size_t len)
{
    if (len == 0 || len > 63 || label[0] == '-' || label[len - 1] == '-')
        return false;
    for (size_t i = 0; i < len; ++i) {
        unsigned char c = (unsigned char)label[i];
        if (!mf_is_alnum(c) && c != '-' && c < 0x80)
            return false;
    }
    return true;
}

static bool literal_valid(const char *domain, size_t len)
{
    char text[64];
    struct in6_addr address;
    if (len < 3 || len > sizeof text || domain[len - 1] != ']')
        return false;
    memcpy(text, domain + 1, len - 2);
    text[len - 2] = '\0';
    if (mf_starts_nocase(text, "IPv6:"))
        return inet_pton(AF_INET6, text + 5, &address) == 1;
    return inet_pton(AF_INET, text, &address) == 1;
}

static bool domain_valid(const char *domain)
{
    size_t len = strlen(domain);
    if (len == 0 || len > 255)
        return false;
    if (*domain == '[')
        return literal_valid(domain, len);
    for (;;) {
        size_t label = strcspn(domain, ".");
        if (!label_valid(domain, label))
            return false;
        if (!domain[label])
            return true;
        domain += label + 1;
    }
}

bool mf_address_valid(const char *address)
{
    const char *at = address ? strrchr(address, '@') : NULL;
    return at && mf_is_utf8(address, strlen(address), NULL) && local_part_valid(address, (size_t)(at - address)) &&
           domain_valid(at + 1);
}

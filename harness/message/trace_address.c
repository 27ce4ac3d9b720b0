/* IP addresses as servers write them into trace fields. */
#include <arpa/inet.h>
#include <string.h>

#include "message/trace_internal.h"

static const char *as_ipv4(struct mf_arena *arena, const char *text)
{
    struct in_addr address;
    char plain[INET_ADDRSTRLEN];
    return inet_pton(AF_INET, text, &address) == 1 ? mf_copy(arena, inet_ntop(AF_INET, &address, plain, sizeof plain))
                                                   : NULL;
}

static const char *as_ipv6(struct mf_arena *arena, const char *text)
{
    struct in6_addr address;
    char plain[INET6_ADDRSTRLEN];
    if (inet_pton(AF_INET6, text, &address) != 1)
        return NULL;
    if (IN6_IS_ADDR_V4MAPPED(&address))
        inet_ntop(AF_INET, &address.s6_addr[12], plain, sizeof plain);
    else
        inet_ntop(AF_INET6, &address, plain, sizeof plain);
    return mf_copy(arena, plain);
}

/* Cuts ":25" or ".63559" off: what follows the fourth number. */
static void cut_port(char *text)
{
    size_t dots = 0, i = 0;
    while (mf_is_digit((unsigned char)text[i]) || (text[i] == '.' && dots < 3)) {
        dots += text[i] == '.';
        ++i;
    }
    if (dots == 3 && (text[i] == ':' || text[i] == '.') && text[i + 1] &&
        strspn(text + i + 1, "0123456789") == strlen(text + i + 1))
        text[i] = '\0';
}

const char *mf_trace_address(struct mf_arena *arena, struct mf_bytes bytes)
{
    char text[80];
    bytes = mf_bytes_trim(bytes);
    if (bytes.len >= 2 && bytes.data[0] == '[' && bytes.data[bytes.len - 1] == ']')
        bytes = mf_bytes_trim(mf_bytes_slice(bytes, 1, bytes.len - 1));
    if (mf_bytes_start_nocase(bytes, "IPv6:"))
        bytes = mf_bytes_from(bytes, 5);
    if (bytes.len == 0 || bytes.len >= sizeof text)
        return NULL;
    memcpy(text, bytes.data, bytes.len);
    text[bytes.len] = '\0';
    text[strcspn(text, "%")] = '\0'; /* fe80::1%eth0 */
    cut_port(text);
    const char *address = as_ipv4(arena, text);
    return address ? address : as_ipv6(arena, text);
}

/* Questions to a bound site. */
#include "mailflow/map.h"
#include "mailflow/plan.h"
#include "mailflow/text.h"

#include <string.h>

const struct mf_server *mf_site_server(const struct mf_site *site, const char *name)
{
    for (size_t i = 0; i < site->server_count; i++)
        if (strcmp(site->servers[i].name, name) == 0)
            return &site->servers[i];
    return NULL;
}

const struct mf_server *mf_site_role(const struct mf_site *site, enum mf_role role)
{
    for (size_t i = 0; i < site->server_count; i++)
        if (site->servers[i].role == role)
            return &site->servers[i];
    return NULL;
}

const struct mf_person *mf_site_person(const struct mf_site *site, const char *name)
{
    for (size_t i = 0; i < site->person_count; i++)
        if (strcmp(site->people[i].name, name) == 0)
            return &site->people[i];
    return NULL;
}

const struct mf_mailbox *mf_site_mailbox(const struct mf_site *site, const char *label)
{
    for (size_t i = 0; i < site->mailbox_count; i++)
        if (mf_same(site->mailboxes[i].label, label))
            return &site->mailboxes[i];
    return NULL;
}

#define ADDRESS_MAX 600

/* local@domain with the domain in lower case, cut before a +tag if asked. False: no address. */
static bool fold_address(const char *address, bool without_tag, char *folded)
{
    const char *at = strrchr(address, '@');
    size_t len = strlen(address);
    if (!at || len >= ADDRESS_MAX)
        return false;
    size_t local = (size_t)(at - address);
    const char *plus = without_tag ? memchr(address, '+', local) : NULL;
    if (plus && plus > address)
        local = (size_t)(plus - address);
    memcpy(folded, address, local);
    for (size_t i = 0; at[i]; i++)
        folded[local++] = (char)mf_lower((unsigned char)at[i]);
    folded[local] = '\0';
    return true;
}

const struct mf_person *mf_site_person_at(const struct mf_site *site, const char *address)
{
    char folded[ADDRESS_MAX];
    if (!site->addresses || !fold_address(address, false, folded))
        return NULL;
    const struct mf_person *person = mf_map_get(site->addresses, folded);
    if (!person && strchr(address, '+') && fold_address(address, true, folded))
        person = mf_map_get(site->addresses, folded);
    return person;
}

bool mf_site_is_ours(const struct mf_site *site, const char *address)
{
    const char *at = strrchr(address, '@');
    for (size_t i = 0; at && i < site->domain_count; i++)
        if (mf_same_nocase(at + 1, site->domains[i]))
            return true;
    return false;
}

/* Length of a host name without the dot at its end. */
static size_t host_length(const char *host)
{
    size_t len = strlen(host);
    return len && host[len - 1] == '.' ? len - 1 : len;
}

static bool same_host(const char *pattern, const char *host, size_t len)
{
    size_t pattern_len = host_length(pattern);
    if (pattern[0] == '.' ? len <= pattern_len : len != pattern_len)
        return false;
    host += len - pattern_len;
    for (size_t i = 0; i < pattern_len; i++)
        if (mf_lower((unsigned char)pattern[i]) != mf_lower((unsigned char)host[i]))
            return false;
    return true;
}

bool mf_server_has_host(const struct mf_server *server, const char *host)
{
    size_t len = host_length(host);
    for (size_t i = 0; i < server->host_count; i++)
        if (same_host(server->hosts[i], host, len))
            return true;
    return false;
}

const char *mf_role_name(enum mf_role role)
{
    switch (role) {
    case MF_ROLE_PRIMARY:
        return "primary";
    case MF_ROLE_SECONDARY:
        return "secondary";
    case MF_ROLE_GATEWAY:
        return "gateway";
    case MF_ROLE_OUTSIDE:
        return "outside";
    case MF_ROLE_OLD:
        return "old";
    }
    return "";
}

const char *mf_kind_name(enum mf_kind kind)
{
    switch (kind) {
    case MF_KIND_INTERNAL:
        return "internal";
    case MF_KIND_INBOUND:
        return "inbound";
    case MF_KIND_OUTBOUND:
        return "outbound";
    case MF_KIND_APPLICATION:
        return "application";
    case MF_KIND_COUNT:
        break;
    }
    return "";
}

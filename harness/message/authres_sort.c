/* Whose Authentication-Results is it? (RFC 8601 5, 7.1) */
#include <string.h>

#include "message/authres_internal.h"

static bool id_fits(const char *id, const char *configured)
{
    size_t len = strlen(id);
    if (len && id[len - 1] == '.')
        len--;
    if (*configured != '.')
        return len == strlen(configured) && strncasecmp(id, configured, len) == 0;
    size_t below = strlen(configured);
    return len > below && strncasecmp(id + len - below, configured, below) == 0;
}

static bool is_ours(const struct mf_authres *one, const char *const *ids, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (id_fits(one->authserv_id, ids[i]))
            return true;
    return false;
}

/* The next older hop's Received: from there on all came with the mail. */
static size_t older_hop(const struct mf_message *message, size_t border)
{
    size_t i = border + 1;
    while (i < message->header_count && !mf_bytes_same_nocase(message->headers[i].name, "Received"))
        i++;
    return i;
}

static bool same_source(const struct mf_authres *a, const struct mf_authres *b)
{
    return mf_same_nocase(a->authserv_id, b->authserv_id) && mf_same_nocase(a->field, b->field);
}

/* Was one of its methods told by a field above that is trusted? Then that one counts: a server writes
 * a method into one of its fields only. */
static bool is_told_above(struct mf_authres **all, size_t which)
{
    for (size_t i = 0; i < which; i++)
        for (size_t r = 0;
             all[i]->trust == MF_AUTHRES_TRUSTED && same_source(all[i], all[which]) && r < all[which]->count; r++)
            if (mf_authres_result(all[i], all[which]->results[r].method, 0))
                return true;
    return false;
}

static enum mf_authres_trust trust_of(struct mf_authres **all, size_t which, bool ours, size_t border, size_t older)
{
    const struct mf_authres *one = all[which];
    bool is_above = one->header_index < border, is_beside = one->header_index < older;
    if (!*one->authserv_id)
        return is_above ? MF_AUTHRES_TRUSTED : MF_AUTHRES_STRANGE;
    if (!ours)
        return MF_AUTHRES_STRANGE;
    return is_above || (is_beside && !is_told_above(all, which)) ? MF_AUTHRES_TRUSTED : MF_AUTHRES_FORGED;
}

void mf_authres_sort(const struct mf_message *message, struct mf_authres **all, size_t count, const char *const *ids,
                     size_t id_count, size_t border)
{
    bool has_border = border != MF_AUTHRES_NO_BORDER;
    size_t older = has_border ? older_hop(message, border) : 0;
    for (size_t i = 0; i < count; i++)
        all[i]->trust =
            has_border ? trust_of(all, i, is_ours(all[i], ids, id_count), border, older) : MF_AUTHRES_STRANGE;
}

/* What was changed on the way, and which signature minds. */
#include <string.h>

#include "cli/tell_auth.h"
#include "mailflow/changes.h"

static bool is_field(const struct mf_change *change)
{
    return change->kind == MF_CHANGE_FIELD_ADDED || change->kind == MF_CHANGE_FIELD_REMOVED ||
           change->kind == MF_CHANGE_FIELD_REWRITTEN || change->kind == MF_CHANGE_FIELD_REENCODED ||
           change->kind == MF_CHANGE_FIELD_REFOLDED;
}

static bool covers(const struct mf_dkim_signature *signature, const struct mf_change *change)
{
    if (change->kind == MF_CHANGE_FIELD_REFOLDED && mf_same(signature->canon_header, "relaxed"))
        return false;
    for (size_t i = 0; i < signature->signed_header_count; i++)
        if (mf_same_nocase(signature->signed_headers[i], change->what))
            return true;
    return false;
}

/* " (signed by s=x d=y)" for changes of fields that a signature covers and that it does not survive. */
static const char *minded_by(struct mf_arena *arena, const struct mf_dkim *dkim, const struct mf_change *change)
{
    for (size_t i = 0; is_field(change) && i < dkim->count; i++)
        if (dkim->signatures[i].result != MF_DKIM_PASS && covers(&dkim->signatures[i], change))
            return mf_format(arena, "  <- covered by the signature s=%s d=%s", dkim->signatures[i].selector,
                             dkim->signatures[i].domain);
    return "";
}

static void tell_added(struct mf_text *out, const struct mf_changes *changes)
{
    struct mf_text names = {.max = 4096};
    size_t count = 0;
    for (size_t i = 0; i < changes->count; i++)
        if (changes->items[i].is_trace && count++ < 30)
            mf_text_printf(&names, "%s%s", names.len ? ", " : "", changes->items[i].what);
    if (count)
        tell_line(out, 2, "as on every way: %s", names.data);
    mf_text_release(&names);
}

void tell_changes(struct mf_text *out, struct mf_arena *arena, const struct mf_message *sent,
                  const struct mf_message *received, const struct mf_dkim *dkim)
{
    const struct mf_changes *changes = mf_changes_find(arena, sent, received);
    size_t told = 0;
    for (size_t i = 0; i < changes->count; i++)
        told += !changes->items[i].is_trace;
    tell_line(out, 0,
              told ? "What was changed between sending and receiving:"
                   : "Nothing was changed between sending and receiving.");
    for (size_t i = 0; i < changes->count; i++) {
        const struct mf_change *change = &changes->items[i];
        if (change->is_trace)
            continue;
        tell_line(out, 2, "%s: %s%s", mf_change_name(change->kind), change->text, minded_by(arena, dkim, change));
        tell_lines(out, 6, change->exhibit);
    }
    tell_added(out, changes);
    tell_line(out, 0, "%s", "");
}

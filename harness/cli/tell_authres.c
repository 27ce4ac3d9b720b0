/* Authentication-Results told: what servers on the way say they found. Told, never believed: which of
 * them is the receiver's own border only the receiver knows. */
#include "cli/tell_auth.h"
#include "mailflow/authres.h"

static void tell_result(struct mf_text *out, const struct mf_authres_result *result)
{
    struct mf_text line = {.max = 64 << 10};
    mf_text_printf(&line, "%s=%s", result->method, result->result);
    for (size_t i = 0; i < result->property_count; i++)
        tell_value(&line, result->properties[i].name, result->properties[i].value);
    tell_value(&line, "reason", result->reason);
    if (result->comment)
        mf_text_printf(&line, " (%s)", result->comment);
    if (result->is_hollow)
        mf_text_puts(&line, "  - no signature was verified: this pass proves nothing");
    tell_line(out, 4, "%s", mf_text_str(&line));
    mf_text_release(&line);
}

void tell_authres(struct mf_text *out, struct mf_arena *arena, const struct mf_message *message)
{
    size_t count;
    struct mf_authres **all = mf_message_authres(arena, message, &count);
    if (count == 0)
        return;
    tell_line(out, 0,
              "What servers noted about it, top-most first (believe only your own border's; anybody can write such a "
              "field):");
    for (size_t i = 0; i < count; i++) {
        tell_line(out, 2, "%s of %s%s", all[i]->field,
                  *all[i]->authserv_id ? all[i]->authserv_id : "a server that gives no name",
                  all[i]->is_none ? ": nothing was checked" : "");
        for (size_t r = 0; r < all[i]->count; r++)
            tell_result(out, &all[i]->results[r]);
        if (!all[i]->is_understood)
            tell_line(out, 4, "not understood: %s", all[i]->raw);
    }
    tell_line(out, 0, "%s", "");
}

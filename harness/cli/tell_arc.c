/* ARC told: the line, then who sealed what, set by set. */
#include "cli/tell_auth.h"

void tell_arc_result(struct mf_text *out, struct mf_arena *arena, const struct mf_arc *arc)
{
    mf_text_printf(out, "arc=%s", mf_arc_result_name(arc->result));
    if (arc->result == MF_ARC_PASS)
        tell_value(out, "header.oldest-pass", mf_format(arena, "%d", arc->oldest_pass));
    else if (arc->result != MF_ARC_NONE)
        tell_value(out, "reason", arc->reason);
    mf_text_puts(out, "\n");
}

static const char *state_words(enum mf_arc_state state)
{
    switch (state) {
    case MF_ARC_NOT_CHECKED:
        return "not checked";
    case MF_ARC_GOOD:
        return "good";
    case MF_ARC_BAD:
        return "BAD";
    case MF_ARC_UNKNOWN:
        return "not known";
    }
    return "";
}

static void tell_signature(struct mf_text *out, const char *what, const struct mf_arc_signature *signature)
{
    tell_line(out, 4, "%s by %s, key %s%s: %s%s%s", what, signature->domain ? signature->domain : "?",
              signature->key_name ? signature->key_name : "?",
              signature->key_bits && signature->key_bits < 1024 ? " (too weak)" : "", state_words(signature->state),
              signature->why ? ", " : "", signature->why ? signature->why : "");
}

void tell_arc_story(struct mf_text *out, const struct mf_arc *arc)
{
    tell_line(out, 0, "ARC: %s", mf_arc_result_name(arc->result));
    tell_line(out, 2, "Why: %s.", arc->reason);
    for (size_t i = 0; i < arc->count; i++) {
        const struct mf_arc_set *set = &arc->sets[i];
        tell_line(out, 2, "Set %d, whose sealer found the chain before it: cv=%s", set->instance,
                  set->cv ? set->cv : "(missing)");
        tell_signature(out, "message", &set->message);
        tell_signature(out, "seal", &set->seal);
        if (set->results)
            tell_line(out, 4, "it saw: %s", set->results);
    }
    if (arc->result == MF_ARC_PASS)
        tell_line(out, 2,
                  "A good chain tells what forwarders saw to those who trust them; it turns no DKIM fail into a pass.");
}

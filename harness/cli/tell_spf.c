/* SPF told: the line, then whose record was walked, how, and what would let this sender pass. */
#include "cli/tell_auth.h"

void tell_spf_result(struct mf_text *out, struct mf_arena *arena, const struct mf_spf *spf, bool is_predicted)
{
    mf_text_printf(out, "spf=%s", mf_spf_result_name(spf->result));
    tell_value(out, spf->helo ? "smtp.helo" : "smtp.mailfrom", spf->helo ? spf->domain : spf->sender);
    if (is_predicted)
        tell_value(out, "reason", mf_format(arena, "predicted from Received: %s", spf->reason));
    else if (spf->result != MF_SPF_PASS)
        tell_value(out, "reason", spf->reason);
    mf_text_puts(out, "\n");
}

static const char *meaning(enum mf_spf_result result)
{
    switch (result) {
    case MF_SPF_NONE:
        return "nothing is published, so SPF says nothing about this mail";
    case MF_SPF_NEUTRAL:
        return "the domain explicitly says nothing about this client";
    case MF_SPF_PASS:
        return "this client may send for the domain";
    case MF_SPF_FAIL:
        return "the domain says that this client must not send for it; gateways reject or delete such mail";
    case MF_SPF_SOFTFAIL:
        return "the domain says that this client probably should not send for it; such mail is often treated as junk";
    case MF_SPF_TEMPERROR:
        return "it could not be found out; receivers put such mail off or go on without SPF";
    case MF_SPF_PERMERROR:
        return "the record can't be used; receivers ignore SPF, or refuse the mail";
    }
    return "";
}

static void tell_record(struct mf_text *out, const struct mf_spf *spf)
{
    if (spf->record)
        tell_line(out, 2, "%s publishes: %s", spf->domain, spf->record);
    else if (*spf->domain && spf->cause == MF_SPF_NO_RECORD)
        tell_line(out, 2, "%s publishes no SPF record.", spf->domain);
}

void tell_spf_story(struct mf_text *out, struct mf_arena *arena, const struct mf_spf *spf)
{
    tell_line(out, 0, "SPF of %s from %s: %s", spf->helo ? "the HELO name (the envelope sender is empty)" : spf->sender,
              spf->ip, mf_spf_result_name(spf->result));
    tell_line(out, 2, "That means: %s.", meaning(spf->result));
    tell_line(out, 2, "Why: %s.", spf->reason);
    tell_record(out, spf);
    if (spf->step_count) {
        tell_line(out, 2, "Evaluated, with %d of %d look-ups and %d of %d voids used until the verdict:", spf->lookups,
                  MF_SPF_LOOKUPS_MAX, spf->voids, MF_SPF_VOIDS_MAX);
        tell_lines(out, 4, mf_spf_tree(arena, spf->steps, spf->step_count));
    }
    if (spf->path && spf->cause == MF_SPF_MATCHED)
        tell_line(out, 2, "Decided by: %s", spf->path);
    if (spf->explanation)
        tell_line(out, 2, "The domain explains (exp=): %s", spf->explanation);
    if (spf->advice)
        tell_lines(out, 2, mf_format(arena, "What to do: %s", spf->advice));
    if (spf->result == MF_SPF_PASS && spf->all == '+')
        tell_line(out, 2, "Warning: \"+all\" lets the whole Internet send for %s.", spf->domain);
}

void tell_spf_helo(struct mf_text *out, const struct mf_spf *helo)
{
    tell_line(out, 2, "HELO name %s: spf=%s, %s. DMARC does not look at it.", *helo->domain ? helo->domain : "(none)",
              mf_spf_result_name(helo->result), helo->reason);
}

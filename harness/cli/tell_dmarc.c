/* DMARC told: the line, then the tree walk, alignment, policy, and what older receivers make of it. */
#include "cli/tell_auth.h"

void tell_dmarc_result(struct mf_text *out, const struct mf_dmarc *dmarc)
{
    mf_text_printf(out, "dmarc=%s", mf_dmarc_result_name(dmarc->result));
    tell_value(out, "header.from", dmarc->from_domain);
    if (dmarc->record && dmarc->record->is_usable)
        tell_value(out, "policy", mf_dmarc_policy_name(dmarc->policy));
    if (dmarc->result != MF_DMARC_PASS)
        tell_value(out, "reason", dmarc->reason);
    mf_text_puts(out, "\n");
}

static void tell_walk(struct mf_text *out, const struct mf_dmarc_walk *walk)
{
    if (!walk)
        return;
    tell_line(out, 2, "Records looked for, from the author's domain upward (RFC 9989 4.10):");
    for (size_t i = 0; i < walk->step_count; i++)
        tell_line(out, 4, "%s  %s", walk->steps[i].name, walk->steps[i].found ? walk->steps[i].found : "nothing");
    if (walk->several)
        tell_line(out, 2, "%s has several DMARC records: none of them counts.", walk->several);
}

static const char *policy_words(enum mf_dmarc_policy policy)
{
    switch (policy) {
    case MF_DMARC_POLICY_UNSET:
        return "";
    case MF_DMARC_POLICY_NONE:
        return "nothing is asked of receivers when it fails";
    case MF_DMARC_POLICY_QUARANTINE:
        return "mail that fails is to be treated as suspicious (junk)";
    case MF_DMARC_POLICY_REJECT:
        return "mail that fails is to be refused";
    }
    return "";
}

static void tell_record(struct mf_text *out, const struct mf_dmarc *dmarc)
{
    const struct mf_dmarc_record *record = dmarc->record;
    if (!record)
        return;
    if (record->is_usable)
        tell_line(out, 2, "Policy: %s=%s of %s%s%s: %s.", dmarc->policy_tag ? dmarc->policy_tag : "p",
                  mf_dmarc_policy_name(dmarc->published), record->domain,
                  dmarc->policy != dmarc->published ? ", weakened by t=y to " : "",
                  dmarc->policy != dmarc->published ? mf_dmarc_policy_name(dmarc->policy) : "",
                  policy_words(dmarc->policy));
    else
        tell_line(out, 2, "The record can't be used: %s.", record->why);
    for (size_t i = 0; i < record->note_count; i++)
        tell_line(out, 4, "note: %s", record->notes[i].text);
}

void tell_dmarc_story(struct mf_text *out, const struct mf_dmarc *dmarc)
{
    tell_line(out, 0, "DMARC of %s: %s", *dmarc->from_domain ? dmarc->from_domain : "an unusable From",
              mf_dmarc_result_name(dmarc->result));
    tell_line(out, 2, "Why: %s.", dmarc->reason);
    tell_line(out, 2, "By SPF: %s.", dmarc->spf_why);
    tell_line(out, 2, "By DKIM: %s.", dmarc->dkim_why);
    tell_walk(out, dmarc->walk);
    if (dmarc->org_domain)
        tell_line(out, 2, "Organizational domain: %s", dmarc->org_domain);
    tell_record(out, dmarc);
    if (dmarc->old.why)
        tell_line(out, 2, "Older receivers: %s.", dmarc->old.why);
    if (dmarc->advice)
        tell_line(out, 2, "What to do: %s", dmarc->advice);
}

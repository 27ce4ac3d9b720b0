/* DMARC: names, reporting URIs, and the verdict in words with what to do. */
#include <string.h>

#include "auth/dmarc_internal.h"

const char *mf_dmarc_result_name(enum mf_dmarc_result result)
{
    switch (result) {
    case MF_DMARC_NONE:
        return "none";
    case MF_DMARC_PASS:
        return "pass";
    case MF_DMARC_FAIL:
        return "fail";
    case MF_DMARC_TEMPERROR:
        return "temperror";
    case MF_DMARC_PERMERROR:
        return "permerror";
    }
    return "none";
}

const char *mf_dmarc_policy_name(enum mf_dmarc_policy policy)
{
    switch (policy) {
    case MF_DMARC_POLICY_UNSET:
        return "";
    case MF_DMARC_POLICY_NONE:
        return "none";
    case MF_DMARC_POLICY_QUARANTINE:
        return "quarantine";
    case MF_DMARC_POLICY_REJECT:
        return "reject";
    }
    return "";
}

bool mf_dmarc_is_uri(struct mf_bytes uri)
{
    const char *colon = uri.len ? memchr(uri.data, ':', uri.len) : NULL;
    if (!colon || colon == uri.data || (size_t)(colon - uri.data) + 1 == uri.len)
        return false;
    for (const char *at = uri.data; at < colon; at++)
        if (!strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+-.", *at))
            return false;
    for (size_t i = 0; i < uri.len; i++)
        if (uri.data[i] <= ' ' || (unsigned char)uri.data[i] >= 127)
            return false;
    bool is_mailto = colon - uri.data == 6 && mf_starts_nocase(uri.data, "mailto");
    const char *at = memchr(colon, '@', uri.len - (size_t)(colon - uri.data));
    return !is_mailto || (at && at > colon + 1 && at + 1 < uri.data + uri.len);
}

static const char *no_record_reason(struct mf_arena *arena, const struct mf_dmarc *dmarc)
{
    if (dmarc->walk->several)
        return mf_format(arena, "%s holds several DMARC records, so none of them counts", dmarc->walk->several);
    if (dmarc->record)
        return mf_format(arena, "the DMARC record of %s can't be used: %s", dmarc->record->domain, dmarc->record->why);
    return mf_format(arena, "%s publishes no DMARC record, and no domain above it does", dmarc->from_domain);
}

static const char *fail_reason(struct mf_arena *arena, const struct mf_dmarc *dmarc)
{
    const char *asked = dmarc->published == dmarc->policy
                            ? mf_format(arena, "%s=%s", dmarc->policy_tag, mf_dmarc_policy_name(dmarc->policy))
                            : mf_format(arena, "%s=%s, with t=y %s", dmarc->policy_tag,
                                        mf_dmarc_policy_name(dmarc->published), mf_dmarc_policy_name(dmarc->policy));
    return mf_format(arena, "%s; %s; %s asks for %s", dmarc->dkim_why, dmarc->spf_why, dmarc->record->domain, asked);
}

static const char *pass_reason(const struct mf_dmarc *dmarc)
{
    return dmarc->dkim_aligned ? dmarc->dkim_why : dmarc->spf_why;
}

static const char *no_record_advice(struct mf_arena *arena, const struct mf_dmarc *dmarc)
{
    if (dmarc->walk->several)
        return mf_format(arena, "Leave one DMARC record at %s and delete the others.", dmarc->walk->several);
    if (dmarc->record)
        return mf_format(arena, "Correct the policy in TXT %s: p=none, p=quarantine or p=reject.", dmarc->record->name);
    return mf_format(arena, "Publish TXT _dmarc.%s \"v=DMARC1; p=none; rua=mailto:ADDRESS\".", dmarc->org_domain);
}

static const char *fail_advice(struct mf_arena *arena, const struct mf_dmarc *dmarc)
{
    if (dmarc->dkim_domain)
        return mf_format(arena, "Let the signer use d=%s (now %s)%s.", dmarc->from_domain, dmarc->dkim_domain,
                         dmarc->spf_domain ? ", or send with an envelope sender of that domain" : "");
    if (dmarc->spf_domain)
        return mf_format(arena, "Sign with DKIM as d=%s, or use an envelope sender in %s (now %s).", dmarc->from_domain,
                         dmarc->from_domain, dmarc->spf_domain);
    return mf_format(
        arena,
        "Sign with DKIM as d=%s, or authorize the sending server in the SPF record of its envelope sender's domain.",
        dmarc->from_domain);
}

void mf_dmarc_tell(struct mf_dmarc_judge *judge)
{
    struct mf_dmarc *dmarc = judge->dmarc;
    struct mf_arena *arena = judge->arena;
    if (!dmarc->spf_why)
        dmarc->spf_why = dmarc->dkim_why = "alignment was not judged";
    switch (dmarc->result) {
    case MF_DMARC_PASS:
        dmarc->reason = pass_reason(dmarc);
        return;
    case MF_DMARC_FAIL:
        dmarc->reason = fail_reason(arena, dmarc);
        dmarc->advice = fail_advice(arena, dmarc);
        return;
    case MF_DMARC_NONE:
        dmarc->reason = no_record_reason(arena, dmarc);
        dmarc->advice = no_record_advice(arena, dmarc);
        return;
    case MF_DMARC_PERMERROR:
    case MF_DMARC_TEMPERROR:
        break;
    }
    dmarc->reason = dmarc->need_more       ? "DNS answers that are needed have not been recorded yet"
                    : dmarc->walk->trouble ? dmarc->walk->trouble
                                           : mf_format(arena, "%s; %s", dmarc->dkim_why, dmarc->spf_why);
    dmarc->advice = dmarc->need_more ? NULL : "Find out why the name servers don't answer, then look again.";
}

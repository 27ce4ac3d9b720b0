/* The border's own results (Authentication-Results) held against ours: a disagreement is worth
 * knowing whichever is right, since mail is treated by the border's. And results in the border's name
 * that came with the mail: forged, and let through (RFC 8601 5). */
#include <string.h>

#include "check/border.h"

static const char *const needs[] = {"arrived", NULL};

/* What a receiver does comes from pass or not; "could not find out" agrees with everything. */
enum verdict { VERDICT_OPEN, VERDICT_PASS, VERDICT_NOT };

static enum verdict verdict_of(const char *result)
{
    if (mf_same(result, "temperror") || !*result)
        return VERDICT_OPEN;
    return mf_same(result, "pass") ? VERDICT_PASS : VERDICT_NOT;
}

static bool disagrees(const char *theirs, const char *ours)
{
    enum verdict a = verdict_of(theirs), b = verdict_of(ours);
    return a != VERDICT_OPEN && b != VERDICT_OPEN && a != b;
}

static void state_disagreement(struct mf_check_context *context, const struct mf_border *border,
                               const struct mf_authres_result *theirs, const char *ours, const char *why)
{
    struct mf_arena *arena = context->arena;
    const char *remark = theirs->reason ? theirs->reason : theirs->comment;
    const char *words =
        mf_format(arena, "%s found %s=%s%s%s%s; here it is %s=%s: %s", border->line->by, theirs->method, theirs->result,
                  remark ? " (" : "", remark ? remark : "", remark ? ")" : "", theirs->method, ours, why);
    mf_fact_add(context, "auth.disagrees", MF_FACT_NOTE, MF_SEGMENT_AUTH,
                mf_format(arena, "%s %s", border->server->name, theirs->method), "", words);
}

/* d= of a result: header.d, else the domain of header.i. NULL: it says neither. */
static const char *domain_of(const struct mf_authres_result *theirs)
{
    const char *domain = mf_authres_property(theirs, "header.d"), *identity = mf_authres_property(theirs, "header.i");
    if (domain && !mf_same_nocase(domain, "none"))
        return domain;
    return identity && strchr(identity, '@') ? mf_address_domain(identity) : NULL;
}

/* The signature of ours that a result is about: of several the one that passes. */
static const struct mf_dkim_signature *signature_meant(const struct mf_dkim *dkim,
                                                       const struct mf_authres_result *theirs)
{
    const char *domain = domain_of(theirs), *selector = mf_authres_property(theirs, "header.s");
    const struct mf_dkim_signature *found = NULL;
    for (size_t i = 0; i < dkim->count; i++) {
        const struct mf_dkim_signature *one = &dkim->signatures[i];
        bool meant =
            (!domain || mf_same_nocase(one->domain, domain)) && (!selector || mf_same_nocase(one->selector, selector));
        if (meant && (!found || one->result == MF_DKIM_PASS))
            found = one;
    }
    return found;
}

/* A store that rewrites what the border had verified is told by the check of DKIM already: there our
 * own "fail" says nothing against the border. */
static bool may_be_rewritten(const struct mf_dkim_signature *ours)
{
    return ours->cause == MF_DKIM_BODY_CHANGED || ours->cause == MF_DKIM_HEADER_CHANGED ||
           ours->cause == MF_DKIM_HEADER_OR_KEY;
}

/* DKIM that is told as wrong already: what the border says of it belongs there. */
static struct mf_fact *told_fact(struct mf_check_context *context)
{
    const struct mf_expect *expect = mf_case(context)->expect;
    for (size_t i = context->facts->count; i-- > 0 && context->facts->items[i].expect == expect;) {
        struct mf_fact *fact = &context->facts->items[i];
        if (mf_starts(fact->id, "dkim.") && (fact->state == MF_FACT_BAD || fact->state == MF_FACT_UNKNOWN))
            return fact;
    }
    return NULL;
}

/* True when a disagreement was stated. */
static bool compare_dkim(struct mf_check_context *context, const struct mf_case *at, const struct mf_border *border,
                         const struct mf_authres_result *theirs)
{
    const struct mf_seen *seen = mf_seen_arrival(context, at->arrival);
    const struct mf_dkim *dkim = mf_seen_dkim(context, seen, at->arrival->copy.at);
    const struct mf_dkim_signature *ours = signature_meant(dkim, theirs);
    if (dkim->need_more || theirs->is_hollow || (ours && may_be_rewritten(ours)))
        return false;
    const char *result = ours ? mf_dkim_result_name(ours->result) : "none";
    bool gone = !ours && dkim->count == 0 && mf_same(theirs->result, "pass");
    if (!gone && (!ours || !disagrees(theirs->result, result)))
        return false;
    struct mf_fact *told = mf_same(result, "pass") ? NULL : told_fact(context);
    if (told)
        mf_fact_show(context, told, MF_EXHIBIT_TEXT, "The receiving border saw it otherwise:",
                     mf_format(context->arena, "  %s: dkim=%s\n", border->line->by, theirs->result));
    else
        state_disagreement(context, border, theirs, result,
                           ours ? ours->why : "the message carries no signature any more");
    return true;
}

/* True when a disagreement was stated. */
static bool compare_spf(struct mf_check_context *context, const struct mf_case *at, const struct mf_border *border,
                        const struct mf_authres_result *theirs)
{
    const struct mf_spf *ours = mf_border_spf(context, at);
    bool about_helo = mf_authres_property(theirs, "smtp.helo") && !mf_authres_property(theirs, "smtp.mailfrom");
    bool differs = ours && !ours->need_more && about_helo == ours->helo &&
                   disagrees(theirs->result, mf_spf_result_name(ours->result));
    if (differs)
        state_disagreement(context, border, theirs, mf_spf_result_name(ours->result), ours->reason);
    return differs;
}

/* A border that still follows RFC 7489 is no disagreement where that explains it; nor what a border makes of
 * several records at one name, or of a broken one: they differ in that, and the record is what is wrong. */
static void compare_dmarc(struct mf_check_context *context, const struct mf_case *at, const struct mf_border *border,
                          const struct mf_authres_result *theirs)
{
    const struct mf_dmarc *ours = mf_border_dmarc(context, at);
    bool open = ours->need_more || ours->result == MF_DMARC_PERMERROR || (ours->walk && ours->walk->several) ||
                (!mf_border_spf(context, at) && ours->result != MF_DMARC_PASS);
    const struct mf_dkim *dkim = mf_seen_dkim(context, mf_seen_arrival(context, at->arrival), at->arrival->copy.at);
    for (size_t i = 0; i < dkim->count; i++)
        open = open || (ours->result != MF_DMARC_PASS && may_be_rewritten(&dkim->signatures[i]));
    if (!open && disagrees(theirs->result, mf_dmarc_result_name(ours->result)) &&
        disagrees(theirs->result, mf_dmarc_result_name(ours->old.result)))
        state_disagreement(context, border, theirs, mf_dmarc_result_name(ours->result), ours->reason);
}

static bool compare_method(struct mf_check_context *context, const struct mf_case *at, const struct mf_border *border,
                           const struct mf_authres_result *theirs)
{
    if (mf_same(theirs->method, "dkim"))
        return compare_dkim(context, at, border, theirs);
    return mf_same(theirs->method, "spf") && compare_spf(context, at, border, theirs);
}

/* DMARC last: where DKIM or SPF are seen otherwise, another DMARC result is what follows from it. */
static void compare(struct mf_check_context *context, const struct mf_case *at, const struct mf_border *border,
                    struct mf_authres **fields, size_t count)
{
    bool differs = false;
    for (int last = 0; last < 2 && !(last && differs); last++)
        for (size_t i = 0; i < count; i++)
            for (size_t r = 0; fields[i]->trust == MF_AUTHRES_TRUSTED && r < fields[i]->count; r++) {
                const struct mf_authres_result *theirs = &fields[i]->results[r];
                if (!last && compare_method(context, at, border, theirs))
                    differs = true;
                else if (last && mf_same(theirs->method, "dmarc"))
                    compare_dmarc(context, at, border, theirs);
            }
}

static void state_forged(struct mf_check_context *context, const struct mf_border *border,
                         const struct mf_authres *field)
{
    struct mf_arena *arena = context->arena;
    struct mf_fact *fact = mf_fact_add(context, "auth.forged", MF_FACT_NOTE, MF_SEGMENT_AUTH, field->authserv_id, "",
                                       mf_format(arena,
                                                 "a result in the name of %s stands below the line that %s wrote: it "
                                                 "came with the mail, and %s let it stand",
                                                 field->authserv_id, border->line->by, border->server->name));
    mf_fact_show(context, fact, MF_EXHIBIT_TEXT, "The field:", mf_format(arena, "%s: %s\n", field->field, field->raw));
}

static bool applies(const struct mf_expect *expect)
{
    return expect->kind == MF_EXPECT_AT && !expect->is_copy &&
           (expect->dkim.want != MF_AUTH_NOT_JUDGED || expect->spf.want != MF_AUTH_NOT_JUDGED ||
            expect->dmarc.want != MF_AUTH_NOT_JUDGED);
}

static void judge(struct mf_check_context *context, const struct mf_expect *expect)
{
    const struct mf_case *at = mf_case(context);
    (void)expect;
    if (!at->arrival)
        return;
    struct mf_border border = mf_border_find(context, at);
    if (!border.server)
        return;
    const struct mf_message *message = mf_seen_arrival(context, at->arrival)->message;
    size_t count;
    struct mf_authres **fields = mf_message_authres(context->arena, message, &count);
    mf_authres_sort(message, fields, count, border.server->authserv_ids, border.server->authserv_id_count,
                    border.header);
    if (!at->flow->resolve) /* the border asks what is published, which is another matter then */
        compare(context, at, &border, fields, count);
    for (size_t i = 0; i < count; i++)
        if (fields[i]->trust == MF_AUTHRES_FORGED)
            state_forged(context, &border, fields[i]);
}

const struct mf_check mf_check_authres = {"authres", "the border's own results agree with ours, and none is forged",
                                          needs, applies, judge};

/* A domain's whole SPF tree, whoever sends: what everybody would have to look up at worst (RFC 7208 4.6.4). */
#include <string.h>

#include "auth/spf_internal.h"

#define DEPTH_MAX 12
#define STEPS_MAX 400 /* a tree that is far beyond the limits is not followed to its end */

struct surveyor {
    struct mf_spf_walk walk; /* its spf holds the counts and steps */
    struct mf_spf_survey *survey;
};

static void note_trouble(struct surveyor *s, enum mf_spf_result result, const char *why)
{
    if (s->survey->result == MF_SPF_PERMERROR || (s->survey->result == MF_SPF_TEMPERROR && result != MF_SPF_PERMERROR))
        return;
    s->survey->result = result;
    s->survey->why = why;
}

static bool has_macro(const struct mf_spf_term *term)
{
    return term->domain_spec && strchr(term->domain_spec, '%');
}

static void survey_domain(struct surveyor *s, const char *domain, int depth);

static void survey_names(struct surveyor *s, const struct mf_spf_term *term, const char *target,
                         struct mf_spf_step *step)
{
    enum mf_dns_type type = term->kind == MF_SPF_MX ? MF_DNS_MX : MF_DNS_A;
    const struct mf_dns_answer *answer = mf_spf_ask(&s->walk, target, type);
    bool is_void = answer->status == MF_DNS_NXDOMAIN || answer->status == MF_DNS_NODATA;
    if (is_void && term->kind == MF_SPF_A) /* an IPv6 client would ask for AAAA */
        is_void = mf_spf_ask(&s->walk, target, MF_DNS_AAAA)->status != MF_DNS_OK;
    s->survey->need_more = s->survey->need_more || answer->status == MF_DNS_UNKNOWN;
    s->survey->voids += is_void;
    step->is_void = is_void;
    step->found = answer->count ? mf_format(s->walk.arena, "%zu %s", answer->count, mf_dns_type_name(type))
                                : mf_dns_status_name(answer->status);
    if (answer->count > MF_SPF_LOOKUPS_MAX && type == MF_DNS_MX)
        note_trouble(s, MF_SPF_PERMERROR,
                     mf_format(s->walk.arena, "%s has %zu MX hosts, and 10 is the limit", target, answer->count));
    if (!is_void && answer->status != MF_DNS_OK)
        note_trouble(s, MF_SPF_TEMPERROR, mf_spf_dns_trouble(s->walk.arena, answer));
}

static void survey_term(struct surveyor *s, const struct mf_spf_term *term, const char *domain, int depth)
{
    struct mf_spf_survey *survey = s->survey;
    const char *target = term->domain_spec ? term->domain_spec : domain;
    int before = survey->lookups;
    size_t at = survey->step_count;
    bool enters = term->kind == MF_SPF_INCLUDE || term->kind == MF_SPF_REDIRECT;
    *MF_PUSH(s->walk.arena, survey->steps, survey->step_count, survey->step_capacity) =
        (struct mf_spf_step){.depth = depth, .domain = domain, .term = term->text, .target = target};
    survey->lookups += mf_spf_needs_lookup(term);
    if (has_macro(term) || term->kind == MF_SPF_PTR)
        survey->steps[at].found = "depends on the sender";
    else if (enters)
        survey_domain(s, mf_spf_expand_domain(s->walk.arena, &s->walk.macros, target), depth + 1);
    else if (mf_spf_needs_lookup(term))
        survey_names(s, term, target, &survey->steps[at]);
    survey->steps[at].lookups = survey->lookups - before;
}

static void survey_record(struct surveyor *s, const struct mf_spf_record *record, const char *domain, int depth)
{
    for (size_t i = 0; i < record->count; i++) {
        const struct mf_spf_term *term = &record->terms[i];
        bool is_idle = term->kind == MF_SPF_EXP || term->kind == MF_SPF_OTHER_MODIFIER ||
                       (term->kind == MF_SPF_REDIRECT && record->all);
        if (!is_idle && s->survey->step_count <= STEPS_MAX)
            survey_term(s, term, domain, depth);
        if (term->kind == MF_SPF_ALL)
            return; /* what stands behind it is never reached (RFC 7208 5.1) */
    }
}

static void survey_domain(struct surveyor *s, const char *domain, int depth)
{
    struct mf_spf_verdict verdict;
    struct mf_bytes text = {0};
    const char *record_text = NULL;
    if (depth > DEPTH_MAX || s->survey->step_count > STEPS_MAX) {
        note_trouble(s, MF_SPF_PERMERROR,
                     mf_format(s->walk.arena, "the records lead in a circle or on and on: %s", domain));
        return;
    }
    if (!mf_spf_find_record(&s->walk, domain, &record_text, &text, &verdict)) {
        note_trouble(s, depth && verdict.result == MF_SPF_NONE ? MF_SPF_PERMERROR : verdict.result, verdict.why);
        return;
    }
    struct mf_spf_record record = mf_spf_parse(s->walk.arena, text);
    if (depth == 0)
        s->survey->record = record_text;
    if (record.why) {
        note_trouble(s, MF_SPF_PERMERROR,
                     mf_format(s->walk.arena, "the SPF record of %s has a mistake at \"%s\": %s", domain, record.wrong,
                               record.why));
        return;
    }
    survey_record(s, &record, domain, depth);
}

/* The qualifier that decides about strangers: of the own all, or the one that redirect leads to. */
static char find_all(struct surveyor *s, const char *domain)
{
    struct mf_spf_verdict verdict;
    for (int depth = 0; depth <= MF_SPF_LOOKUPS_MAX; depth++) {
        struct mf_bytes text = {0};
        const char *record_text;
        if (!mf_spf_find_record(&s->walk, domain, &record_text, &text, &verdict))
            return 0;
        struct mf_spf_record record = mf_spf_parse(s->walk.arena, text);
        if (record.why || record.all || !record.redirect || has_macro(record.redirect))
            return record.all && !record.why ? record.all->qualifier : 0;
        domain = mf_spf_expand_domain(s->walk.arena, &s->walk.macros, record.redirect->domain_spec);
    }
    return 0;
}

const struct mf_spf_survey *mf_spf_survey(struct mf_arena *arena, const char *domain, struct mf_dns *dns,
                                          mf_usec deadline)
{
    struct mf_spf *unused = mf_alloc(arena, sizeof *unused);
    struct mf_spf_survey *survey = mf_alloc(arena, sizeof *survey);
    struct surveyor s = {.walk = {.arena = arena, .dns = dns, .deadline = deadline, .spf = unused}, .survey = survey};
    survey->result = MF_SPF_NEUTRAL;
    survey_domain(&s, domain, 0);
    survey->all = find_all(&s, domain);
    survey->need_more = survey->need_more || unused->need_more;
    if (survey->lookups > MF_SPF_LOOKUPS_MAX)
        note_trouble(&s, MF_SPF_PERMERROR,
                     mf_format(arena,
                               "its terms need %d DNS look-ups, and %d are allowed: senders that are "
                               "matched late get permerror",
                               survey->lookups, MF_SPF_LOOKUPS_MAX));
    return survey;
}

/* A domain's whole SPF tree, whoever sends: what everybody would have to look up at worst (RFC 7208 4.6.4). */
#include <string.h>

#include "auth/spf_internal.h"

#define DEPTH_MAX 12
#define IDLE_MAX 400 /* of a record full of them the first are enough */
#define STEPS_MAX 400 /* a tree that is far beyond the limits is not followed to its end */

struct surveyor {
    struct mf_spf_walk walk; /* its spf holds the counts and steps */
    struct mf_spf_survey *survey;
    const char *terms[DEPTH_MAX + 2];   /* that led down to each depth */
    bool is_alternative[DEPTH_MAX + 2]; /* what passes there passes here: includes with "+" */
};

static void note_trouble(struct surveyor *s, enum mf_spf_result result, const char *why)
{
    if (s->survey->result == MF_SPF_PERMERROR || (s->survey->result == MF_SPF_TEMPERROR && result != MF_SPF_PERMERROR))
        return;
    s->survey->mistake = NULL;
    s->survey->result = result;
    s->survey->why = why;
}

static const char *path_to(const struct surveyor *s, int depth, const char *term)
{
    const char *path = depth ? s->terms[1] : term;
    for (int i = 2; i <= depth; i++)
        path = mf_format(s->walk.arena, "%s > %s", path, s->terms[i]);
    return depth && term ? mf_format(s->walk.arena, "%s > %s", path, term) : path;
}

/* One that spoils the record; of several the first is told. */
static void note_mistake(struct surveyor *s, struct mf_spf_verdict *verdict, int depth)
{
    bool is_first = s->survey->result != MF_SPF_PERMERROR;
    note_trouble(s, MF_SPF_PERMERROR, verdict->why);
    verdict->path = path_to(s, depth, verdict->term);
    if (is_first)
        s->survey->mistake = mf_spf_mistake_of(&s->walk, verdict, s->walk.chain[0]);
}

static bool has_macro(const struct mf_spf_term *term)
{
    return term->domain_spec && strchr(term->domain_spec, '%');
}

static void survey_domain(struct surveyor *s, const char *domain, int depth);

static void survey_below(struct surveyor *s, const struct mf_spf_term *term, const char *domain, int depth)
{
    s->terms[depth] = term->text;
    s->is_alternative[depth] = s->is_alternative[depth - 1] && term->kind == MF_SPF_INCLUDE && term->qualifier == '+';
    survey_domain(s, domain, depth);
}

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
        survey_below(s, term, mf_spf_expand_domain(s->walk.arena, &s->walk.macros, target), depth + 1);
    else if (mf_spf_needs_lookup(term))
        survey_names(s, term, target, &survey->steps[at]);
    survey->steps[at].lookups = survey->lookups - before;
}

static void note_idle(struct surveyor *s, const char *domain, const char *term, const char *why)
{
    if (strlen(s->survey->idle) > IDLE_MAX)
        return;
    s->survey->idle = mf_format(s->walk.arena, "%s%s\"%s\" in the record of %s %s.", s->survey->idle,
                                *s->survey->idle ? " " : "", term, domain, why);
}

/* Terms that look as if they did something. */
static void note_idle_terms(struct surveyor *s, const struct mf_spf_record *record, const char *domain)
{
    bool behind = false;
    for (size_t i = 0; i < record->count; i++) {
        const struct mf_spf_term *term = &record->terms[i];
        const char *equals = strchr(term->text, '=');
        const char *right =
            equals && term->kind == MF_SPF_OTHER_MODIFIER ? mf_spf_corrected_term(s->walk.arena, term->text) : NULL;
        if (term->kind == MF_SPF_OTHER_MODIFIER && mf_same_nocase(term->text, "v=spf1"))
            note_idle(s, domain, term->text, "stands there a second time, as if two records had been joined");
        else if (right)
            note_idle(s, domain, term->text,
                      mf_format(s->walk.arena, "is no mechanism and is ignored (%s is meant?)", right));
        else if (term->kind == MF_SPF_REDIRECT && record->all)
            note_idle(s, domain, term->text, "counts only in a record without all");
        else if (behind && term->kind != MF_SPF_ALL && term->kind != MF_SPF_EXP && term->kind != MF_SPF_OTHER_MODIFIER)
            note_idle(s, domain, term->text,
                      mf_format(s->walk.arena, "stands behind \"%s\" and is never reached", record->all->text));
        behind = behind || term->kind == MF_SPF_ALL;
    }
}

/* Whole address space, or an all that an include hands up. */
static void note_open(struct surveyor *s, const struct mf_spf_term *term, const char *domain, int depth)
{
    bool everybody = (term->kind == MF_SPF_ALL && depth) || (term->kind == MF_SPF_IP4 && term->cidr4 == 0) ||
                     (term->kind == MF_SPF_IP6 && term->cidr6 == 0);
    if (everybody && term->qualifier == '+' && s->is_alternative[depth] && !s->survey->open)
        s->survey->open = mf_format(s->walk.arena, "\"%s\" in the record of %s%s%s%s", term->text, domain,
                                    depth ? " (by " : "", depth ? path_to(s, depth, NULL) : "", depth ? ")" : "");
}

static void survey_record(struct surveyor *s, const struct mf_spf_record *record, const char *domain, int depth)
{
    note_idle_terms(s, record, domain);
    for (size_t i = 0; i < record->count; i++) {
        const struct mf_spf_term *term = &record->terms[i];
        bool is_idle = term->kind == MF_SPF_EXP || term->kind == MF_SPF_OTHER_MODIFIER ||
                       (term->kind == MF_SPF_REDIRECT && record->all);
        note_open(s, term, domain, depth);
        if (!is_idle && s->survey->step_count <= STEPS_MAX)
            survey_term(s, term, domain, depth);
        if (term->kind == MF_SPF_ALL)
            return; /* what stands behind it is never reached (RFC 7208 5.1) */
    }
}

/* Below the first record there must be one. */
static void not_found(struct surveyor *s, struct mf_spf_verdict *verdict, int depth)
{
    if (depth && verdict->result == MF_SPF_NONE) {
        verdict->why = mf_format(s->walk.arena, "the included %s", verdict->why);
        verdict->cause = MF_SPF_NO_RECORD;
        verdict->domain = s->walk.chain[depth - 1];
        verdict->term = s->terms[depth];
        note_mistake(s, verdict, depth - 1);
    } else if (verdict->result == MF_SPF_PERMERROR) {
        note_mistake(s, verdict, depth);
    } else {
        note_trouble(s, verdict->result, verdict->why);
    }
}

static void survey_domain(struct surveyor *s, const char *domain, int depth)
{
    struct mf_spf_verdict verdict;
    struct mf_bytes text = {0};
    const char *record_text = NULL;
    if (depth <= DEPTH_MAX && mf_spf_is_circle(s->walk.chain, depth, domain)) {
        verdict = (struct mf_spf_verdict){.cause = MF_SPF_CIRCLE,
                                          .domain = s->walk.chain[depth - 1],
                                          .term = s->terms[depth],
                                          .why = mf_spf_circle_words(s->walk.arena, s->walk.chain[depth - 1], domain)};
        note_mistake(s, &verdict, depth - 1);
        return;
    }
    if (depth > DEPTH_MAX || s->survey->step_count > STEPS_MAX) {
        note_trouble(s, MF_SPF_PERMERROR,
                     mf_format(s->walk.arena, "the records lead in a circle or on and on: %s", domain));
        return;
    }
    s->walk.chain[depth] = domain;
    if (!mf_spf_find_record(&s->walk, domain, &record_text, &text, &verdict)) {
        not_found(s, &verdict, depth);
        return;
    }
    struct mf_spf_record record = mf_spf_parse(s->walk.arena, text);
    if (depth == 0)
        s->survey->record = record_text;
    if (record.why) {
        verdict =
            (struct mf_spf_verdict){.cause = MF_SPF_SYNTAX,
                                    .domain = domain,
                                    .term = record.wrong,
                                    .why = mf_format(s->walk.arena, "the SPF record of %s has a mistake at \"%s\": %s",
                                                     domain, record.wrong, record.why)};
        note_mistake(s, &verdict, depth);
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
    survey->idle = "";
    s.is_alternative[0] = true;
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

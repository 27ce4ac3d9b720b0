/* check_host() of RFC 7208 4: a domain's record walked term by term, included records inside. */
#include <string.h>

#include "auth/spf_internal.h"

static struct mf_spf_verdict verdict_of(enum mf_spf_result result, enum mf_spf_cause cause, const char *why)
{
    return (struct mf_spf_verdict){.result = result, .cause = cause, .why = why};
}

/* ------------------------------------------------------------------ one term */

static size_t begin_step(struct mf_spf_walk *walk, const char *domain, const struct mf_spf_term *term, int depth,
                         const char *target)
{
    struct mf_spf *spf = walk->spf;
    *MF_PUSH(walk->arena, spf->steps, spf->step_count, spf->step_capacity) =
        (struct mf_spf_step){.depth = depth, .domain = domain, .term = term->text, .target = target};
    return spf->step_count - 1;
}

/* The steps may have moved while included records were walked: so by index. */
static void end_step(struct mf_spf_walk *walk, size_t step, const struct mf_spf_matched *matched, int lookups_before)
{
    struct mf_spf_step *s = &walk->spf->steps[step];
    s->outcome = matched->match == MF_SPF_YES  ? MF_SPF_STEP_MATCH
                 : matched->match == MF_SPF_NO ? MF_SPF_STEP_NO_MATCH
                                               : MF_SPF_STEP_ERROR;
    s->is_void = matched->is_void;
    s->lookups = walk->spf->lookups - lookups_before;
    s->found = matched->found ? matched->found : matched->why;
}

static struct mf_spf_matched failure(enum mf_spf_result error, enum mf_spf_cause cause, const char *why)
{
    return (struct mf_spf_matched){.match = MF_SPF_ERROR, .error = error, .cause = cause, .why = why};
}

/* RFC 7208 5.2: what the included record's result means here. */
static struct mf_spf_matched include(struct mf_spf_walk *walk, const char *target, int depth,
                                     struct mf_spf_verdict *inner)
{
    *inner = mf_spf_walk_domain(walk, target, depth + 1);
    switch (inner->result) {
    case MF_SPF_PASS:
        return (struct mf_spf_matched){.match = MF_SPF_YES, .found = "pass"};
    case MF_SPF_FAIL:
    case MF_SPF_SOFTFAIL:
    case MF_SPF_NEUTRAL:
        return (struct mf_spf_matched){.match = MF_SPF_NO, .found = mf_spf_result_name(inner->result)};
    case MF_SPF_TEMPERROR:
        if (walk->spf->need_more && inner->cause == MF_SPF_DNS) /* go on, to learn all that is missing */
            return (struct mf_spf_matched){.match = MF_SPF_NO, .found = "not known yet"};
        return failure(MF_SPF_TEMPERROR, inner->cause, inner->why);
    case MF_SPF_PERMERROR:
        return failure(MF_SPF_PERMERROR, inner->cause, inner->why);
    case MF_SPF_NONE:
        break;
    }
    return failure(MF_SPF_PERMERROR, MF_SPF_NO_RECORD, mf_format(walk->arena, "the included %s", inner->why));
}

static struct mf_spf_matched too_many(struct mf_spf_walk *walk)
{
    return failure(
        MF_SPF_PERMERROR, MF_SPF_TOO_MANY_LOOKUPS,
        mf_format(walk->arena, "the record needs more than %d DNS look-ups (RFC 7208 4.6.4)", MF_SPF_LOOKUPS_MAX));
}

static struct mf_spf_matched count_void(struct mf_spf_walk *walk, struct mf_spf_matched matched)
{
    if (!matched.is_void || ++walk->spf->voids <= MF_SPF_VOIDS_MAX)
        return matched;
    matched = failure(MF_SPF_PERMERROR, MF_SPF_TOO_MANY_VOIDS,
                      mf_format(walk->arena,
                                "more than %d terms of the record lead to names without an answer (RFC 7208 4.6.4)",
                                MF_SPF_VOIDS_MAX));
    matched.is_void = true;
    return matched;
}

static const char *target_of(struct mf_spf_walk *walk, const struct mf_spf_term *term, const char *domain)
{
    if (!mf_spf_needs_lookup(term))
        return NULL;
    walk->macros.domain = domain;
    return term->domain_spec ? mf_spf_expand_domain(walk->arena, &walk->macros, term->domain_spec) : domain;
}

/* Evaluates one mechanism as a step. *inner: the verdict inside an include. */
static struct mf_spf_matched evaluate(struct mf_spf_walk *walk, const struct mf_spf_term *term, const char *domain,
                                      int depth, struct mf_spf_verdict *inner)
{
    int before = walk->spf->lookups;
    struct mf_spf_matched matched;
    bool needs_lookup = mf_spf_needs_lookup(term);
    const char *target = target_of(walk, term, domain);
    size_t step = begin_step(walk, domain, term, depth, target);
    if (needs_lookup && ++walk->spf->lookups > MF_SPF_LOOKUPS_MAX)
        matched = too_many(walk);
    else if (term->kind == MF_SPF_INCLUDE)
        matched = include(walk, target, depth, inner);
    else
        matched = count_void(walk, mf_spf_match(walk, term, target));
    end_step(walk, step, &matched, before);
    return matched;
}

/* ------------------------------------------------------------------ one record */

static enum mf_spf_result result_of(char qualifier)
{
    return qualifier == '+'   ? MF_SPF_PASS
           : qualifier == '-' ? MF_SPF_FAIL
           : qualifier == '~' ? MF_SPF_SOFTFAIL
                              : MF_SPF_NEUTRAL;
}

static void put_place(struct mf_spf_walk *walk, struct mf_spf_verdict *verdict, const struct mf_spf_term *term,
                      const char *domain, const struct mf_spf_verdict *inner)
{
    bool is_inside = inner->term != NULL;
    verdict->term = is_inside ? inner->term : term->text;
    verdict->domain = is_inside ? inner->domain : domain;
    verdict->path = is_inside ? mf_format(walk->arena, "%s > %s", term->text, inner->path) : term->text;
}

static struct mf_spf_verdict take_redirect(struct mf_spf_walk *walk, const struct mf_spf_term *term, const char *domain,
                                           int depth)
{
    struct mf_spf_verdict verdict = {0};
    struct mf_spf_matched matched = {.match = MF_SPF_YES};
    int before = walk->spf->lookups;
    const char *target = target_of(walk, term, domain);
    size_t step = begin_step(walk, domain, term, depth, target);
    if (++walk->spf->lookups > MF_SPF_LOOKUPS_MAX) {
        matched = too_many(walk);
        verdict = verdict_of(matched.error, matched.cause, matched.why);
    } else {
        verdict = mf_spf_walk_domain(walk, target, depth + 1);
    }
    if (verdict.result == MF_SPF_NONE) /* RFC 7208 6.1 */
        verdict = verdict_of(MF_SPF_PERMERROR, MF_SPF_NO_RECORD,
                             mf_format(walk->arena, "redirect leads nowhere: %s", verdict.why));
    matched.found = mf_spf_result_name(verdict.result);
    end_step(walk, step, &matched, before);
    verdict.path = verdict.path ? mf_format(walk->arena, "%s > %s", term->text, verdict.path) : term->text;
    verdict.domain = verdict.term ? verdict.domain : domain;
    verdict.term = verdict.term ? verdict.term : term->text;
    return verdict;
}

static struct mf_spf_verdict walk_record(struct mf_spf_walk *walk, const struct mf_spf_record *record,
                                         const char *domain, int depth)
{
    for (size_t i = 0; i < record->count; i++) {
        const struct mf_spf_term *term = &record->terms[i];
        struct mf_spf_verdict inner = {0}, verdict = {0};
        if (term->kind == MF_SPF_REDIRECT || term->kind == MF_SPF_EXP || term->kind == MF_SPF_OTHER_MODIFIER)
            continue;
        struct mf_spf_matched matched = evaluate(walk, term, domain, depth, &inner);
        if (matched.match == MF_SPF_NO)
            continue;
        verdict = matched.match == MF_SPF_YES ? verdict_of(result_of(term->qualifier), MF_SPF_MATCHED, NULL)
                                              : verdict_of(matched.error, matched.cause, matched.why);
        verdict.several = inner.several;
        put_place(walk, &verdict, term, domain, &inner);
        verdict.exp = record->exp;
        verdict.exp_domain = domain;
        return verdict;
    }
    if (record->redirect && !record->all)
        return take_redirect(walk, record->redirect, domain, depth);
    return verdict_of(MF_SPF_NEUTRAL, MF_SPF_NOTHING_MATCHED, NULL);
}

bool mf_spf_is_circle(const char *const *chain, int depth, const char *domain)
{
    for (int i = 0; i < depth; i++)
        if (mf_same_nocase(chain[i], domain))
            return true;
    return false;
}

const char *mf_spf_circle_words(struct mf_arena *arena, const char *from, const char *domain)
{
    return mf_same_nocase(from, domain)
               ? mf_format(arena, "the record of %s leads to itself", domain)
               : mf_format(arena, "the record of %s leads back to %s, which leads to it: a circle", from, domain);
}

/* It would go round until the limit of look-ups: no term of the records on the way has matched. */
static struct mf_spf_verdict circle(struct mf_spf_walk *walk, const char *domain, int depth)
{
    return verdict_of(MF_SPF_PERMERROR, MF_SPF_CIRCLE,
                      mf_spf_circle_words(walk->arena, walk->chain[depth - 1], domain));
}

struct mf_spf_verdict mf_spf_walk_domain(struct mf_spf_walk *walk, const char *domain, int depth)
{
    struct mf_spf_verdict verdict;
    struct mf_bytes text = {0};
    const char *record_text = NULL;
    if (mf_spf_is_circle(walk->chain, depth, domain))
        return circle(walk, domain, depth);
    walk->chain[depth] = domain;
    if (!mf_spf_find_record(walk, domain, &record_text, &text, &verdict))
        return verdict;
    struct mf_spf_record record = mf_spf_parse(walk->arena, text);
    if (depth == 0) {
        walk->spf->record = record_text;
        walk->spf->all = record.all ? record.all->qualifier : 0;
    }
    if (record.why) {
        verdict = verdict_of(MF_SPF_PERMERROR, MF_SPF_SYNTAX,
                             mf_format(walk->arena, "the SPF record of %s has a mistake at \"%s\": %s", domain,
                                       record.wrong, record.why));
        verdict.term = verdict.path = record.wrong;
        verdict.domain = domain;
        return verdict;
    }
    return walk_record(walk, &record, domain, depth);
}

/* The SPF record: one, as the site says, with a hard fail, within the limits, and covering every
 * address that mail of the domain is known to come from (RFC 7208). */
#include <stdlib.h>
#include <string.h>

#include "check/dns_internal.h"
#include "mailflow/pasted.h"
#include "mailflow/spf.h"

static bool is_spf(struct mf_bytes text)
{
    return text.len >= 6 && mf_starts_nocase(text.data, "v=spf1") && (text.len == 6 || text.data[6] == ' ');
}

static size_t records_of(const struct mf_dns_answer *answer, const struct mf_dns_record **first)
{
    size_t count = 0;
    for (size_t i = 0; i < answer->count; i++)
        if (is_spf(answer->records[i].text) && count++ == 0)
            *first = &answer->records[i];
    return count;
}

static const char *value_of(struct mf_arena *arena, const struct mf_dns_answer *answer)
{
    struct mf_text text = {0};
    size_t found = 0;
    for (size_t i = 0; i < answer->count; i++)
        if (is_spf(answer->records[i].text) && found++ < MF_DNS_TOLD)
            mf_text_printf(&text, "%s\"%s\"", found > 1 ? " and " : "",
                           mf_pasted_shown(arena, answer->records[i].text));
    if (found > MF_DNS_TOLD)
        mf_text_printf(&text, " and %zu more", found - MF_DNS_TOLD);
    const char *told = mf_dns_keep(arena, &text), *alike = *told ? NULL : mf_dns_spf_alike(arena, answer);
    return *told           ? told
           : alike         ? mf_format(arena, "\"%s\", which is no SPF record", alike)
           : answer->count ? "TXT records, none of them SPF"
                           : "no TXT record";
}

static int compare_words(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Terms in the order of the alphabet, "+" left out: the order of includes changes nothing that is expected here. What
 * stands behind all, and where terms refuse, the order counts. */
static const char *normal(struct mf_arena *arena, struct mf_bytes text, bool with_all)
{
    char *copy = mf_copy_bytes(arena, text.data, text.len), *state = NULL;
    const char **words = mf_alloc_array(arena, text.len / 2 + 2, sizeof *words);
    struct mf_text joined = {0};
    size_t count = 0;
    bool ordered = true, behind = false;
    for (char *p = copy; *p; p++)
        *p = (char)mf_lower((unsigned char)*p);
    for (char *word = strtok_r(copy, " ", &state); word; word = strtok_r(NULL, " ", &state)) {
        word += *word == '+';
        size_t len = strlen(word);
        bool is_all = len >= 3 && len <= 4 && strcmp(word + len - 3, "all") == 0;
        ordered = ordered && !behind && (is_all || !strchr("-~?", *word));
        behind = behind || is_all;
        if (with_all || !is_all)
            words[count++] = word;
    }
    if (ordered)
        qsort(words, count, sizeof *words, compare_words);
    for (size_t i = 0; i < count; i++)
        mf_text_printf(&joined, " %s", words[i]);
    return mf_dns_keep(arena, &joined);
}

static bool is_good(const struct mf_dns_case *at, const struct mf_dns_answer *answer, const void *wanted)
{
    const struct mf_dns_record *record = NULL;
    (void)wanted;
    return records_of(answer, &record) == 1 && strcmp(normal(at->view->arena, record->text, true),
                                                      normal(at->view->arena, mf_bytes_of(at->table->spf), true)) == 0;
}

/* --- what is wrong --- */

static const char *tree_of(struct mf_arena *arena, const struct mf_spf_survey *survey)
{
    const char *text = "";
    for (size_t i = 0; i < survey->step_count && i < 60; i++)
        if (survey->steps[i].lookups || survey->steps[i].is_void)
            text = mf_format(arena, "%s%3d  %*s%s%s%s\n", text, survey->steps[i].lookups, 2 * survey->steps[i].depth,
                             "", survey->steps[i].term, survey->steps[i].is_void ? "   no answer (void): " : "",
                             survey->steps[i].is_void && survey->steps[i].found ? survey->steps[i].found : "");
    return text;
}

static void show_tree(struct mf_dns_case *at, struct mf_dns_fact *fact, const struct mf_spf_survey *survey)
{
    fact->fact.exhibits = mf_alloc(at->view->arena, sizeof *fact->fact.exhibits);
    fact->fact.exhibits[0] =
        (struct mf_exhibit){MF_EXHIBIT_TABLE, "Look-ups, each with those below it:", tree_of(at->view->arena, survey)};
    fact->fact.exhibit_count = 1;
}

static const char *seen_words(struct mf_dns_case *at, const struct mf_dns_variant *variant)
{
    return mf_format(at->view->arena, "%s answer%s %.500s.", variant->who, mf_dns_verb_s(variant->who),
                     variant->value);
}

/* "  a:old.net-it.com  in the record of net-it.com" */
static const char *void_terms(struct mf_arena *arena, const struct mf_spf_survey *survey)
{
    const char *text = "";
    for (size_t i = 0; i < survey->step_count; i++)
        if (survey->steps[i].is_void)
            text =
                mf_format(arena, "%s  %s  in the record of %s\n", text, survey->steps[i].term, survey->steps[i].domain);
    return text;
}

static bool too_much(struct mf_dns_case *at, const struct mf_dns_variant *variant, const struct mf_spf_survey *survey,
                     const char *publish)
{
    struct mf_arena *arena = at->view->arena;
    bool lookups = survey->lookups > MF_SPF_LOOKUPS_MAX;
    if (!lookups && survey->voids <= MF_SPF_VOIDS_MAX)
        return false;
    const char *limit = lookups ? mf_format(arena, "%d DNS look-ups, and 10 are allowed", survey->lookups)
                                : mf_format(arena, "%d look-ups without an answer, and 2 are allowed", survey->voids);
    const char *fix =
        variant->good && !lookups ? mf_format(arena, "Take out, or correct:\n%s", void_terms(arena, survey))
        : variant->good
            ? "Take out includes that nobody sends through any more, or write addresses (ip4:, ip6:) in their place.\n"
            : mf_format(arena, "Publish the record of the site file, which needs fewer:\n%s", publish);
    show_tree(
        at,
        mf_dns_fact_add(
            at, lookups ? "dns.spf-too-many-lookups" : "dns.spf-too-many-voids", MF_FACT_BAD, at->view->domain,
            lookups ? mf_format(arena, "%d of 10 look-ups", survey->lookups)
                    : mf_format(arena, "%d void look-ups", survey->voids),
            mf_format(arena, "The SPF record takes %s", limit),
            mf_format(arena,
                      "%s Receivers that get so far stop there and answer permerror (RFC 7208 4.6.4): SPF counts for "
                      "nobody whom an earlier term does not cover.",
                      seen_words(at, variant)),
            fix),
        survey);
    return true;
}

/* What happens to mail of forgers, by the end of the record. */
static const char *forged_words(struct mf_arena *arena, char all, const char *domain)
{
    switch (all) {
    case '+':
        return mf_format(arena,
                         "Every host in the world passes SPF as %s, and so DMARC: forged mail arrives with the "
                         "domain's blessing, which is worse than no record.",
                         domain);
    case '?':
        return "Who is not listed gets neutral: forged mail is treated as if there were no SPF record, without a mark.";
    case '~':
        return "Forged mail is let through with a mark at most.";
    }
    return "Without all, who is not listed gets neutral, as with ?all: forged mail is not even marked.";
}

static void tell_softfail(struct mf_dns_case *at, const struct mf_dns_variant *variant, char all, const char *publish)
{
    struct mf_arena *arena = at->view->arena;
    const char *end = all ? mf_format(arena, "%call", all) : "no all", *domain = at->view->domain;
    mf_dns_fact_add(at, all == '+' ? "dns.spf-open" : "dns.spf-softfail", MF_FACT_BAD, domain,
                    mf_format(arena, "%s, not -all", end),
                    all == '+' ? mf_format(arena, "The SPF record ends in +all: anybody may send as %s", domain)
                    : all      ? mf_format(arena, "The SPF record ends in %s, not in -all", end)
                               : "The SPF record does not end in -all",
                    mf_format(arena, "%s %s The go-live asks for a hard fail.", seen_words(at, variant),
                              forged_words(arena, all, domain)),
                    variant->good ? "End the record in -all, in the site file too, once every sender is covered.\n"
                                  : mf_format(arena, "Publish in its place:\n%s", publish));
}

/* A record of the site's, or one that it includes, that everybody passes. */
static void tell_open(struct mf_dns_case *at, const struct mf_dns_variant *variant, const char *open,
                      const char *publish)
{
    struct mf_arena *arena = at->view->arena;
    const char *domain = at->view->domain;
    mf_dns_fact_add(at, "dns.spf-open", MF_FACT_BAD, domain, "anybody passes",
                    mf_format(arena, "The SPF record lets anybody send as %s", domain),
                    mf_format(arena, "%s %s lets every host in the world pass. %s", seen_words(at, variant), open,
                              forged_words(arena, '+', domain)),
                    variant->good ? mf_format(arena,
                                              "Take %s away, or put the addresses that really send in its place (+all "
                                              "there must be -all). If that domain is not yours, ask whoever runs it, "
                                              "and take the include out until then.\n",
                                              open)
                                  : mf_format(arena, "Publish in its place:\n%s", publish));
}

/* What must be added to whose record. */
static const char *advice_for(struct mf_dns_case *at, const struct mf_dns_variant *variant,
                              const struct mf_dns_coverage *c, const char *publish)
{
    struct mf_arena *arena = at->view->arena;
    if (!variant->good)
        return mf_format(arena, "Publish the record of the site file:\n%s", publish);
    const char *below = mf_dns_spf_below(at);
    const char *whole = mf_dns_publish_txt(arena, at->view->domain, mf_dns_spf_with(arena, at->table->spf, c->add));
    if (!below)
        return mf_format(arena, "Add the address to this record, and to the site file:\n%s", whole);
    return mf_format(arena,
                     "Add the address to the record of %s, which this one includes:\n%sOr to this one (and to "
                     "the site file):\n%s",
                     below, mf_dns_publish_txt(arena, below, mf_dns_spf_with(arena, mf_dns_spf_at(at, below), c->add)),
                     whole);
}

/* A name that has no address may be that server's, mistyped. */
static const char *advice_on_voids(struct mf_dns_case *at, const struct mf_dns_variant *variant,
                                   const struct mf_spf_survey *survey, const char *otherwise)
{
    if (!variant->good || survey->voids == 0)
        return otherwise;
    return mf_format(at->view->arena, "This leads to nothing; correct it, if it was meant for that server:\n%sElse: %s",
                     void_terms(at->view->arena, survey), otherwise);
}

static void tell_uncovered(struct mf_dns_case *at, const struct mf_dns_variant *variant,
                           const struct mf_dns_coverage *c, const struct mf_spf_survey *survey, const char *publish)
{
    struct mf_arena *arena = at->view->arena;
    const char *idle = survey->idle;
    struct mf_dns_fact *fact = mf_dns_fact_add(
        at, "dns.spf-not-covered", MF_FACT_BAD, at->view->domain, mf_format(arena, "does not cover %s", c->not_covered),
        mf_format(arena, "The SPF record does not cover %s", c->not_covered),
        mf_format(arena, "%s%s%s\n%s%s", seen_words(at, variant), *idle ? " " : "", idle, c->reasons,
                  strstr(c->reasons, "spf=fail") ? "With -all, receivers refuse such mail, or delete it after 250."
                                                 : "Receivers treat such mail as if there were no SPF, or mark it."),
        advice_on_voids(at, variant, survey, advice_for(at, variant, c, publish)));
    if (c->sure && variant->good)
        fact->place = c->place;
}

static bool same_but_for_all(struct mf_dns_case *at, const struct mf_dns_variant *variant)
{
    const struct mf_dns_record *record = NULL;
    struct mf_arena *arena = at->view->arena;
    return records_of(variant->answer, &record) == 1 &&
           strcmp(normal(arena, record->text, false), normal(arena, mf_bytes_of(at->table->spf), false)) == 0;
}

/* Another record than the site's has one fix, whatever is wrong with it; the site's own is told each. */
static void judge_terms(struct mf_dns_case *at, const struct mf_dns_variant *variant,
                        const struct mf_spf_survey *survey, const struct mf_dns_coverage *c, const char *publish)
{
    char all = survey->all;
    struct mf_arena *arena = at->view->arena;
    bool of_before = at->table == at->view->context->plan->site->dns_before; /* which had no need of all that */
    bool only_all = !variant->good && all != '-' && same_but_for_all(at, variant);
    if (survey->open)
        tell_open(at, variant, survey->open, publish);
    else if (only_all || all == '+' || (variant->good && all != '-' && !of_before))
        tell_softfail(at, variant, all, publish);
    if (*c->not_covered && !of_before && (variant->good || !survey->open))
        tell_uncovered(at, variant, c, survey, publish);
    else if (!variant->good && !only_all && all != '+' && !survey->open)
        mf_dns_fact_add(at, "dns.spf-differs", MF_FACT_BAD, at->view->domain, "another than expected",
                        "The SPF record is another than expected",
                        mf_format(arena, "%s%s%s%s", seen_words(at, variant),
                                  mf_dns_spf_differences(arena, survey->record, at->table->spf),
                                  *survey->idle ? " " : "", survey->idle),
                        mf_format(arena, "Publish in its place, or correct the site file:\n%s", publish));
}

/* Is what spoils the published record in the site's as well? Then publishing that one mends nothing. */
static bool site_has_it(const struct mf_dns_case *at, const struct mf_dns_variant *variant,
                        const struct mf_spf_mistake *mistake)
{
    const char *term = mistake->via ? mistake->via : mistake->term;
    return variant->good || (mistake->via && strcasestr(mf_format(at->view->arena, "%s ", at->table->spf),
                                                        mf_format(at->view->arena, " %s ", term)));
}

/* A slip in the record itself spoils it before anything is matched (RFC 7208 4.6); what a term leads to counts
 * for those only who are not matched before it. */
static bool is_met_on_the_way(const struct mf_spf_mistake *mistake)
{
    return mistake && (!mistake->is_own || mistake->cause == MF_SPF_CIRCLE || mistake->cause == MF_SPF_NO_RECORD);
}

/* To somebody else's name, at which there is no record: a vendor has moved it, more likely than we mistyped it. */
static bool leads_away(const struct mf_dns_case *at, const struct mf_spf_mistake *mistake)
{
    return mistake->cause == MF_SPF_NO_RECORD && mistake->term && !strcasestr(mistake->term, at->view->domain);
}

static void tell_mistake(struct mf_dns_case *at, const struct mf_dns_variant *variant,
                         const struct mf_spf_survey *survey, const char *publish)
{
    struct mf_arena *arena = at->view->arena;
    const struct mf_spf_mistake *mistake = survey->mistake;
    bool elsewhere = mistake && !mistake->is_own;
    const char *fix = mistake && site_has_it(at, variant, mistake)
                          ? mf_spf_mend(arena, mistake)
                          : mf_format(arena, "Publish in its place:\n%s", publish);
    if (mistake && mistake->is_own && variant->good && leads_away(at, mistake))
        fix =
            mf_format(arena,
                      "\"%s\" is what the site file has too: if it is not mistyped there, ask whoever runs that domain "
                      "what to include now, and write that in its place in TXT %s and in the site file.\n",
                      mistake->term ? mistake->term : "", at->view->domain);
    else if (mistake && mistake->is_own && variant->good)
        fix = mf_format(arena, "%sThe site file has the same mistake: correct it there as well.\n", fix);
    mf_dns_fact_add(at, "dns.spf-broken", MF_FACT_BAD, at->view->domain,
                    elsewhere ? mf_format(arena, "mistake in %s", mistake->domain) : "can't be used",
                    elsewhere ? mf_format(arena, "The SPF record leads to a mistake in that of %s", mistake->domain)
                              : "The SPF record has a mistake",
                    mf_format(arena, "%s %s%s That is permerror: SPF counts for nobody%s.", seen_words(at, variant),
                              mf_dns_sentence(arena, survey->why),
                              elsewhere || !mistake ? "" : mf_dns_spf_joint(arena, variant->answer, mistake->term),
                              is_met_on_the_way(mistake) ? " whom an earlier term does not cover" : ""),
                    fix);
}

/* One record: what it says, followed to its ends. */
static void judge_record(struct mf_dns_case *at, const struct mf_dns_variant *variant, const char *publish)
{
    struct mf_arena *arena = at->view->arena;
    struct mf_dns *dns = at->view->context->evidence->dns;
    const struct mf_spf_survey *survey = mf_spf_survey(arena, at->view->domain, dns, MF_NEVER);
    if (survey->need_more)
        return; /* asked for and judged again */
    struct mf_dns_coverage c = mf_dns_cover(at, !variant->good);
    at->row->detail =
        mf_format(arena, "%call%s%s", survey->all ? survey->all : '?', *c.covered ? "; covers " : "", c.covered);
    at->row->right = mf_format(arena, "%d of 10 look-ups", survey->lookups);
    if (survey->lookups)
        at->row->tree = mf_format(arena, "%d of %d look-ups, %d of %d void:\n%s", survey->lookups, MF_SPF_LOOKUPS_MAX,
                                  survey->voids, MF_SPF_VOIDS_MAX, tree_of(arena, survey));
    if (survey->result == MF_SPF_TEMPERROR || c.dns_trouble) {
        mf_dns_fact_add(at, "dns.unreachable", MF_FACT_UNKNOWN, at->view->domain, "a look-up of it failed",
                        "The SPF record could not be followed to its ends",
                        mf_format(arena, "%s", survey->why ? survey->why : c.dns_trouble), NULL);
    } else if (too_much(at, variant, survey, publish)) {
        return;
    } else if (survey->result == MF_SPF_PERMERROR) {
        tell_mistake(at, variant, survey, publish);
    } else {
        judge_terms(at, variant, survey, &c, publish);
    }
}

/* Evaluated with this variant as the record of the domain, whatever a cache holds. */
static void judge_with(struct mf_dns_case *at, const struct mf_dns_variant *variant, const char *publish)
{
    struct mf_dns *dns = at->view->context->evidence->dns;
    const struct mf_dns_answer *cached = mf_dns_view_ask(at->view, at->view->domain, MF_DNS_TXT);
    if (cached->status == MF_DNS_UNKNOWN)
        return; /* asked for and judged again */
    mf_dns_record_answer(dns, variant->answer);
    judge_record(at, variant, publish);
    mf_dns_record_answer(dns, cached);
}

static void judge_variant(struct mf_dns_case *at, const struct mf_dns_variant *variant, const char *publish)
{
    struct mf_arena *arena = at->view->arena;
    const struct mf_dns_record *first = NULL;
    size_t count = records_of(variant->answer, &first);
    if (count == 0 && mf_dns_spf_alike(arena, variant->answer))
        mf_dns_spf_tell_alike(at, variant, publish);
    else if (count == 0)
        mf_dns_fact_add(at, "dns.spf-missing", MF_FACT_BAD, at->view->domain, "none",
                        mf_format(arena, "%s has no SPF record", at->view->domain),
                        mf_format(arena, "%s%s%s", seen_words(at, variant), mf_dns_alias_words(arena, variant->answer),
                                  mf_dns_spf_elsewhere(at)),
                        mf_format(arena, "%sPublish at %s itself:\n%s", mf_dns_alias_fix(arena, variant->answer),
                                  at->view->domain, publish));
    else if (count > 1)
        mf_dns_fact_add(at, "dns.spf-two", MF_FACT_BAD, at->view->domain, mf_format(arena, "%zu records", count),
                        mf_format(arena, "%s has %zu SPF records: receivers ignore them all", at->view->domain, count),
                        mf_format(arena, "%s That is permerror (RFC 7208 4.5).", seen_words(at, variant)),
                        mf_format(arena, "Leave only this one:\n%s", publish));
    else
        judge_with(at, variant, publish);
}

void mf_dns_judge_spf(struct mf_dns_case *at)
{
    struct mf_arena *arena = at->view->arena;
    const char *publish = mf_dns_publish_txt(arena, at->view->domain, at->table->spf);
    struct mf_dns_wanted wanted = {.name = at->view->domain,
                                   .type = MF_DNS_TXT,
                                   .what = "SPF record",
                                   .expected = at->table->spf,
                                   .publish = publish,
                                   .is_good = is_good,
                                   .value = value_of,
                                   .place = at->table->place};
    struct mf_dns_variants variants = mf_dns_compare(at, &wanted);
    for (size_t i = 0; i < variants.count; i++)
        if (!variants.good || variants.items[i].good)
            judge_variant(at, &variants.items[i], publish);
}

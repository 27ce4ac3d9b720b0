/* The SPF record: one, as the site says, with a hard fail, within the limits, and covering every
 * address that mail of the domain is known to come from (RFC 7208). */
#include <stdlib.h>
#include <string.h>

#include "check/dns_internal.h"
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
            mf_text_printf(&text, "%s\"%.*s\"", found > 1 ? " and " : "", (int)answer->records[i].text.len,
                           answer->records[i].text.data);
    if (found > MF_DNS_TOLD)
        mf_text_printf(&text, " and %zu more", found - MF_DNS_TOLD);
    const char *told = mf_dns_keep(arena, &text);
    return *told ? told : answer->count ? "TXT records, none of them SPF" : "no TXT record";
}

static int compare_words(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Terms in the order of the alphabet, "+" left out: the order of includes changes nothing that is expected here. */
static const char *normal(struct mf_arena *arena, struct mf_bytes text, bool with_all)
{
    char *copy = mf_copy_bytes(arena, text.data, text.len), *state = NULL;
    const char **words = mf_alloc_array(arena, text.len / 2 + 2, sizeof *words);
    struct mf_text joined = {0};
    size_t count = 0;
    for (char *p = copy; *p; p++)
        *p = (char)mf_lower((unsigned char)*p);
    for (char *word = strtok_r(copy, " ", &state); word; word = strtok_r(NULL, " ", &state)) {
        word += *word == '+';
        size_t len = strlen(word);
        if (with_all || !(len >= 3 && len <= 4 && strcmp(word + len - 3, "all") == 0))
            words[count++] = word;
    }
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
    return mf_format(at->view->arena, "%s answer%s %.500s.", variant->who, strstr(variant->who, " and ") ? "" : "s",
                     variant->value);
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
        variant->good
            ? "Take out includes that nobody sends through any more, or write addresses (ip4:, ip6:) in their place.\n"
            : mf_format(arena, "Publish the record of the site file, which needs fewer:\n%s", publish);
    show_tree(
        at,
        mf_dns_fact_add(
            at, lookups ? "dns.spf-too-many-lookups" : "dns.spf-too-many-voids", MF_FACT_BAD, at->view->domain,
            lookups ? mf_format(arena, "%d of 10 look-ups", survey->lookups)
                    : mf_format(arena, "%d void look-ups", survey->voids),
            mf_format(arena, "The SPF record takes %s", limit),
            mf_format(arena, "%s Receivers stop there and answer permerror: SPF counts for nobody (RFC 7208 4.6.4).",
                      seen_words(at, variant)),
            fix),
        survey);
    return true;
}

static void tell_softfail(struct mf_dns_case *at, const struct mf_dns_variant *variant, char all, const char *publish)
{
    struct mf_arena *arena = at->view->arena;
    const char *end = all ? mf_format(arena, "%call", all) : "no all";
    mf_dns_fact_add(at, "dns.spf-softfail", MF_FACT_BAD, at->view->domain, mf_format(arena, "%s, not -all", end),
                    mf_format(arena, "The SPF record ends in %s, not in -all", end),
                    mf_format(arena,
                              "%s Forged mail is let through with a mark at most; the go-live asks for a hard fail.",
                              seen_words(at, variant)),
                    variant->good ? "End the record in -all, in the site file too, once every sender is covered.\n"
                                  : mf_format(arena, "Publish in its place:\n%s", publish));
}

/* What must be added to whose record. */
static const char *advice_for(struct mf_dns_case *at, const struct mf_dns_variant *variant,
                              const struct mf_dns_coverage *c, const char *publish)
{
    struct mf_arena *arena = at->view->arena;
    if (!variant->good)
        return mf_format(arena, "Publish the record of the site file:\n%s", publish);
    const char *record = at->table->spf, *all = strcasestr(record, " -all");
    size_t before = all ? (size_t)(all - record) : strlen(record);
    return mf_format(arena,
                     "Add the address to the record that an include names, or to this one (and to the site file):\n%s",
                     mf_dns_publish_txt(arena, at->view->domain,
                                        mf_format(arena, "%.*s%s%s", (int)before, record, c->add, all ? all : "")));
}

static void tell_uncovered(struct mf_dns_case *at, const struct mf_dns_variant *variant,
                           const struct mf_dns_coverage *c, const char *publish)
{
    struct mf_arena *arena = at->view->arena;
    struct mf_dns_fact *fact = mf_dns_fact_add(
        at, "dns.spf-not-covered", MF_FACT_BAD, at->view->domain, mf_format(arena, "does not cover %s", c->not_covered),
        mf_format(arena, "The SPF record does not cover %s", c->not_covered),
        mf_format(arena, "%s\n%sWith -all, receivers refuse such mail, or delete it after 250.",
                  seen_words(at, variant), c->reasons),
        advice_for(at, variant, c, publish));
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
static void judge_terms(struct mf_dns_case *at, const struct mf_dns_variant *variant, char all,
                        const struct mf_dns_coverage *c, const char *publish)
{
    struct mf_arena *arena = at->view->arena;
    bool of_before = at->table == at->view->context->plan->site->dns_before; /* which had no need of all that */
    bool only_all = !variant->good && all != '-' && same_but_for_all(at, variant);
    if (only_all || (variant->good && all != '-' && !of_before))
        tell_softfail(at, variant, all, publish);
    if (*c->not_covered && !of_before)
        tell_uncovered(at, variant, c, publish);
    else if (!variant->good && !only_all)
        mf_dns_fact_add(at, "dns.spf-differs", MF_FACT_BAD, at->view->domain, "another than expected",
                        "The SPF record is another than expected", seen_words(at, variant),
                        mf_format(arena, "Publish in its place, or correct the site file:\n%s", publish));
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
    if (survey->result == MF_SPF_TEMPERROR || c.dns_trouble) {
        mf_dns_fact_add(at, "dns.unreachable", MF_FACT_UNKNOWN, at->view->domain, "a look-up of it failed",
                        "The SPF record could not be followed to its ends",
                        mf_format(arena, "%s", survey->why ? survey->why : c.dns_trouble), NULL);
    } else if (too_much(at, variant, survey, publish)) {
        return;
    } else if (survey->result == MF_SPF_PERMERROR) {
        mf_dns_fact_add(at, "dns.spf-broken", MF_FACT_BAD, at->view->domain, "can't be used",
                        "The SPF record has a mistake",
                        mf_format(arena, "%s %s: permerror, SPF is ignored.", seen_words(at, variant), survey->why),
                        mf_format(arena, "Publish in its place:\n%s", publish));
    } else {
        judge_terms(at, variant, survey->all, &c, publish);
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
    if (count == 0)
        mf_dns_fact_add(at, "dns.spf-missing", MF_FACT_BAD, at->view->domain, "none",
                        mf_format(arena, "%s has no SPF record", at->view->domain), seen_words(at, variant),
                        mf_format(arena, "Publish:\n%s", publish));
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

/* The other names of the site's table: exactly the records that it has, at every source. */
#include <stdlib.h>
#include <string.h>

#include "check/dns_internal.h"

/* --- as expected? --- */

static bool has_text(struct mf_arena *arena, const struct mf_dns_answer *answer, const char *wanted)
{
    for (size_t i = 0; i < answer->count; i++)
        if (strcmp(mf_dns_record_text(arena, &answer->records[i]), wanted) == 0)
            return true;
    return false;
}

static bool is_wanted(const struct mf_dns_row *row, const char *text)
{
    for (size_t i = 0; i < row->more_count; i++)
        if (strcmp(row->more[i].value, text) == 0)
            return true;
    return false;
}

/* "v=STSv1; id=1" and "v=STSv1; id=2" are two of a kind of which there may be one. */
static bool is_rival(const struct mf_dns_row *row, const char *text)
{
    size_t len = strcspn(text, "; ");
    for (size_t i = 0; i < row->more_count && mf_starts_nocase(text, "v="); i++)
        if (strncasecmp(row->more[i].value, text, len) == 0 && strchr("; ", row->more[i].value[len]))
            return true;
    return false;
}

/* Other TXT records at a name are nobody's business, unless they speak of the same. */
static bool is_good(const struct mf_dns_case *at, const struct mf_dns_answer *answer, const void *wanted)
{
    const struct mf_dns_row *row = wanted;
    for (size_t i = 0; i < row->more_count; i++)
        if (!has_text(at->view->arena, answer, row->more[i].value))
            return false;
    for (size_t i = 0; i < answer->count; i++) {
        const char *text = mf_dns_record_text(at->view->arena, &answer->records[i]);
        if (!is_wanted(row, text) && (answer->type != MF_DNS_TXT || is_rival(row, text)))
            return false;
    }
    return true;
}

/* --- words --- */

static int compare(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static const char *value_of(struct mf_arena *arena, const struct mf_dns_answer *answer)
{
    const char **texts = mf_alloc_array(arena, answer->count + 1, sizeof *texts);
    for (size_t i = 0; i < answer->count; i++)
        texts[i] = answer->type == MF_DNS_TXT ? mf_format(arena, "\"%s\"", mf_dns_record_text(arena, &answer->records[i]))
                                              : mf_dns_record_text(arena, &answer->records[i]);
    if (answer->count)
        qsort(texts, answer->count, sizeof *texts, compare);
    else
        return answer->status == MF_DNS_NXDOMAIN ? "no such name" : "nothing";
    return mf_join(arena, texts, answer->count, " and ");
}

static const char *expected_of(struct mf_arena *arena, const struct mf_dns_row *row)
{
    const char *text = "";
    for (size_t i = 0; i < row->more_count; i++)
        text = mf_format(arena, "%s%s%s", text, i ? ", " : "", row->more[i].value);
    return text;
}

static const char *publish(struct mf_arena *arena, const struct mf_dns_row *row)
{
    static const char *const with_host[] = {"CNAME", "MX", "SRV", "NS", "PTR"};
    const char *text = "";
    for (size_t i = 0; i < row->more_count; i++) {
        const struct mf_dns_more *more = &row->more[i];
        const char *dot = "";
        for (size_t k = 0; k < sizeof with_host / sizeof *with_host; k++)
            dot = mf_same(more->type, with_host[k]) && !mf_ends_nocase(more->value, ".") ? "." : dot;
        text = mf_same(more->type, "TXT")
                   ? mf_format(arena, "%s%s", text, mf_dns_publish_txt(arena, row->name, more->value))
                   : mf_format(arena, "%s  %s.  %s  %s%s\n", text, row->name, more->type, more->value, dot);
    }
    return text;
}

static void judge_variant(struct mf_dns_case *at, const struct mf_dns_wanted *wanted,
                          const struct mf_dns_variant *variant)
{
    struct mf_arena *arena = at->view->arena;
    const struct mf_dns_row *row = wanted->wanted;
    const char *text = mf_format(arena, "%s answer%s %.300s.", variant->who, mf_dns_verb_s(variant->who),
                                 variant->value);
    struct mf_dns_fact *fact =
        variant->answer->count == 0
            ? mf_dns_fact_add(at, "dns.record-missing", MF_FACT_BAD, row->name, "none",
                              mf_format(arena, "There is no %s record at %s", row->more->type, row->name), text,
                              mf_format(arena, "Publish:\n%s", wanted->publish))
            : mf_dns_fact_add(
                  at, "dns.record-differs", MF_FACT_BAD, row->name, mf_format(arena, "%.120s", variant->value),
                  mf_format(arena, "The %s record of %s is another than expected", row->more->type, row->name), text,
                  mf_format(arena, "Publish, in place of what is there, or correct the site file:\n%s", wanted->publish));
    fact->place = wanted->place;
    fact->name = row->name;
}

void mf_dns_judge_more(struct mf_dns_case *at)
{
    struct mf_arena *arena = at->view->arena;
    const struct mf_dns_row *row = at->row->row;
    struct mf_dns_wanted wanted = {.name = row->name,
                                   .type = mf_dns_type_find(row->more->type),
                                   .what = mf_format(arena, "%s record", row->more->type),
                                   .expected = expected_of(arena, row),
                                   .publish = publish(arena, row),
                                   .is_good = is_good,
                                   .value = value_of,
                                   .wanted = row,
                                   .place = row->more->place};
    struct mf_dns_variants variants = mf_dns_compare(at, &wanted);
    at->row->detail = wanted.expected;
    for (size_t i = 0; !variants.good && i < variants.count; i++)
        judge_variant(at, &wanted, &variants.items[i]);
}

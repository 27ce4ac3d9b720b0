/* The MX record: exactly the expected hosts and preferences, each of them a host (RFC 5321 5.1, RFC 2181 10.3). */
#include <stdlib.h>
#include <string.h>

#include "check/dns_internal.h"

struct mx {
    int preference;
    const char *host;
};

static struct mx parse(struct mf_arena *arena, const char *line)
{
    char *end;
    struct mx mx = {(int)strtol(line, &end, 10), NULL};
    end += strspn(end, " \t");
    size_t len = strlen(end);
    mx.host = mf_copy_bytes(arena, end, len > 1 && end[len - 1] == '.' ? len - 1 : len);
    return mx;
}

static bool expects(const struct mf_dns_case *at, const struct mf_dns_record *record)
{
    for (size_t i = 0; i < at->table->mx_count; i++) {
        struct mx mx = parse(at->view->arena, at->table->mx[i]);
        if (mx.preference == record->preference && mf_same_nocase(mx.host, record->host))
            return true;
    }
    return false;
}

static bool is_expected_host(const struct mf_dns_case *at, const char *host)
{
    for (size_t i = 0; i < at->table->mx_count; i++)
        if (mf_same_nocase(parse(at->view->arena, at->table->mx[i]).host, host))
            return true;
    return false;
}

static size_t expected_there(const struct mf_dns_case *at, const struct mf_dns_answer *answer)
{
    size_t count = 0;
    for (size_t i = 0; i < answer->count; i++)
        count += expects(at, &answer->records[i]);
    return count;
}

static bool is_good(const struct mf_dns_case *at, const struct mf_dns_answer *answer, const void *wanted)
{
    (void)wanted;
    return answer->count == at->table->mx_count && expected_there(at, answer) == answer->count;
}

/* RFC 7505: "0 ." says that the domain takes no mail. */
static bool is_null(const struct mf_dns_record *record)
{
    return mf_same(record->host, ".");
}

static int compare(const void *a, const void *b)
{
    const struct mf_dns_record *x = *(const struct mf_dns_record *const *)a,
                               *y = *(const struct mf_dns_record *const *)b;
    return x->preference != y->preference ? (x->preference < y->preference ? -1 : 1) : strcmp(x->host, y->host);
}

static const char *value_of(struct mf_arena *arena, const struct mf_dns_answer *answer)
{
    const struct mf_dns_record **sorted = mf_alloc_array(arena, answer->count + 1, sizeof *sorted);
    struct mf_text text = {0};
    if (answer->count == 0)
        return answer->status == MF_DNS_NXDOMAIN ? "no such name" : "no MX";
    for (size_t i = 0; i < answer->count; i++)
        sorted[i] = &answer->records[i];
    qsort(sorted, answer->count, sizeof *sorted, compare);
    for (size_t i = 0; i < answer->count && i < MF_DNS_TOLD; i++)
        mf_text_printf(&text, "%s%d %s", i ? ", " : "", sorted[i]->preference, sorted[i]->host);
    if (answer->count > MF_DNS_TOLD)
        mf_text_printf(&text, " and %zu more", answer->count - MF_DNS_TOLD);
    const char *told = mf_dns_keep(arena, &text);
    return answer->count == 1 && is_null(sorted[0]) ? mf_format(arena, "\"%s\", a null MX", told) : told;
}

static const char *lines_of(struct mf_dns_case *at)
{
    const char *text = "";
    for (size_t i = 0; i < at->table->mx_count; i++) {
        struct mx mx = parse(at->view->arena, at->table->mx[i]);
        text = mf_format(at->view->arena, "%s  %s.  MX  %d %s.\n", text, at->view->domain, mx.preference, mx.host);
    }
    return text;
}

/* --- is the target a host? --- */

static bool has_none(const struct mf_dns_answer *answer)
{
    return answer->status == MF_DNS_NXDOMAIN || answer->status == MF_DNS_NODATA;
}

/* How it came to that name, where that can be seen. */
static const char *slip_of(struct mf_dns_case *at, const char *host)
{
    struct mf_arena *arena = at->view->arena;
    if (strchr(host, '/'))
        return " It is a URL; an MX is the bare name of a host.";
    for (size_t i = 0; i < at->table->mx_count; i++) {
        const char *expected = parse(arena, at->table->mx[i]).host;
        if (mf_same_nocase(host, mf_format(arena, "%s.%s", expected, at->view->domain)))
            return mf_format(arena, " The domain was appended to the host: the final dot is missing behind %s.",
                             expected);
        if (!mf_same_nocase(host, expected) && mf_distance(host, expected, 3) <= 3)
            return mf_format(arena, " %s is expected: it is mistyped.", expected);
    }
    return "";
}

static void tell_address(struct mf_dns_case *at, const char *host, const char *who, const char *fix)
{
    struct mf_arena *arena = at->view->arena;
    mf_dns_fact_add(at, "dns.mx-not-host", MF_FACT_BAD, host, "an address, no host",
                    mf_format(arena, "The MX is an address, not a name: %s", host),
                    mf_format(arena,
                              "%s answer%s %s as MX of %s. An MX names a host (RFC 5321 5.1); most senders give up "
                              "here.",
                              who, mf_dns_verb_s(who), host, at->view->domain),
                    fix);
}

static void tell_alias(struct mf_dns_case *at, const char *host, const char *alias, const char *who, const char *fix)
{
    struct mf_arena *arena = at->view->arena;
    mf_dns_fact_add(at, "dns.mx-cname", MF_FACT_BAD, host, mf_format(arena, "%s is an alias", host),
                    mf_format(arena, "The MX %s is an alias (CNAME)", host),
                    mf_format(arena,
                              "%s answer%s %s as MX of %s, which is an alias of %s. RFC 2181 10.3 forbids that: some "
                              "senders refuse, others compare certificates and MTA-STS with the wrong name.",
                              who, mf_dns_verb_s(who), host, at->view->domain, alias),
                    fix);
}

static void tell_no_host(struct mf_dns_case *at, const char *host, const struct mf_dns_answer *v4, const char *who,
                         const char *fix)
{
    struct mf_arena *arena = at->view->arena;
    const char *why = v4->status == MF_DNS_NXDOMAIN ? "there is no such name" : "it has no address";
    mf_dns_fact_add(at, "dns.mx-not-host", MF_FACT_BAD, host, mf_format(arena, "%s: %s", host, why),
                    mf_format(arena, "The MX %s is no host: %s", host, why),
                    mf_format(arena,
                              "%s answer%s %s as MX of %s, but %s (asked through the resolver %s).%s No mail can come "
                              "in that way.",
                              who, mf_dns_verb_s(who), host, at->view->domain, why, v4->server, slip_of(at, host)),
                    fix);
}

static bool is_known(const struct mf_dns_answer *answer)
{
    return answer->status == MF_DNS_OK || answer->status == MF_DNS_UNKNOWN;
}

static void tell_unknown(struct mf_dns_case *at, const char *host, const struct mf_dns_answer *v4,
                         const struct mf_dns_answer *v6)
{
    struct mf_arena *arena = at->view->arena;
    const char *why = v4->why ? v4->why : v6->why ? v6->why : mf_dns_status_name(v4->status);
    mf_dns_fact_add(at, "dns.unreachable", MF_FACT_UNKNOWN, host, mf_format(arena, "address of %s not known", host),
                    mf_format(arena, "The address of the MX %s could not be found out", host),
                    mf_format(arena, "%s.", why), NULL);
}

/* False: something is wrong with it, and told. */
static bool check_target(struct mf_dns_case *at, const char *host, const char *who)
{
    if (mf_same(host, "."))
        return true; /* RFC 7505: no mail at all */
    const char *fix =
        mf_format(at->view->arena, "Publish, in place of all MX records that there are:\n%s", lines_of(at));
    bool literal = mf_dns_is_address(host);
    const struct mf_dns_answer *v4 = literal ? NULL : mf_dns_view_ask(at->view, host, MF_DNS_A),
                               *v6 = literal ? NULL : mf_dns_view_ask(at->view, host, MF_DNS_AAAA);
    if (literal)
        tell_address(at, host, who, fix);
    else if (v4->canonical || v6->canonical)
        tell_alias(at, host, v4->canonical ? v4->canonical : v6->canonical, who, fix);
    else if (has_none(v4) && has_none(v6))
        tell_no_host(at, host, v4, who, fix);
    else {
        if (!is_known(v4) && !is_known(v6))
            tell_unknown(at, host, v4, v6);
        return true;
    }
    return false;
}

/* --- what is wrong --- */

static bool was_before(const struct mf_dns_case *at, const struct mf_dns_record *record)
{
    const struct mf_dns_table *before = at->view->context->plan->site->dns_before;
    for (size_t i = 0; before && before != at->table && i < before->mx_count; i++)
        if (mf_same_nocase(parse(at->view->arena, before->mx[i]).host, record->host))
            return true;
    return false;
}

static bool all_before(const struct mf_dns_case *at, const struct mf_dns_answer *answer)
{
    bool all = answer->count > 0;
    for (size_t i = 0; i < answer->count; i++)
        all = all && was_before(at, &answer->records[i]);
    return all;
}

static void tell_kept(struct mf_dns_case *at, const struct mf_dns_variant *variant)
{
    struct mf_arena *arena = at->view->arena;
    const char *lines = "", *extra = "", *s = mf_dns_verb_s(variant->who);
    bool null = false, same_host = true;
    size_t told = 0;
    for (size_t i = 0; i < variant->answer->count && told < MF_DNS_TOLD; i++) {
        const struct mf_dns_record *record = &variant->answer->records[i];
        if (expects(at, record))
            continue;
        told++;
        null = null || is_null(record);
        same_host = same_host && is_expected_host(at, record->host);
        extra = mf_format(arena, "%s%s%d %s", extra, *extra ? ", " : "", record->preference, record->host);
        lines = mf_format(arena, "%s  %s.  MX  %d %s%s\n", lines, at->view->domain, record->preference, record->host,
                          is_null(record) ? "" : ".");
    }
    mf_dns_fact_add(
        at, "dns.mx-old-kept", MF_FACT_BAD, at->view->domain, mf_format(arena, "also %s", extra),
        mf_format(arena, "An MX too many is there: %s", extra),
        same_host
            ? mf_format(arena,
                        "%s answer%s %s. It is the expected host once more, by another preference: it leads nowhere "
                        "else, and does nothing.",
                        variant->who, s, variant->value)
        : null ? mf_format(arena,
                           "%s answer%s %s. \".\" is a null MX (the domain takes no mail, RFC 7505) and must not stand "
                           "beside others: some senders refuse then.",
                           variant->who, s, variant->value)
               : mf_format(arena,
                           "%s answer%s %s. Mail can still enter through %s, unfiltered: spammers try backups first.",
                           variant->who, s, variant->value, extra),
        mf_format(arena, "Delete:\n%s", lines));
}

static bool has_host(const struct mf_dns_answer *answer, const char *host)
{
    for (size_t i = 0; i < answer->count; i++)
        if (mf_same_nocase(answer->records[i].host, host))
            return true;
    return false;
}

static const struct mf_dns_record *first_tried(const struct mf_dns_answer *answer)
{
    const struct mf_dns_record *first = &answer->records[0];
    for (size_t i = 1; i < answer->count; i++)
        if (answer->records[i].preference < first->preference)
            first = &answer->records[i];
    return first;
}

/* What is behind it, where that can be said: " The host is right, the preference is 10 in place of 0." */
static const char *what_differs(struct mf_dns_case *at, const struct mf_dns_answer *answer)
{
    struct mf_arena *arena = at->view->arena;
    if (answer->count == 1 && is_null(&answer->records[0]))
        return mf_format(arena,
                         " With a null MX (RFC 7505) %s says that it takes no mail: senders give up at once, and some "
                         "refuse mail from it as well.",
                         at->view->domain);
    if (at->table->mx_count != 1)
        return "";
    struct mx mx = parse(arena, at->table->mx[0]);
    const struct mf_dns_record *first = first_tried(answer);
    if (answer->count > 1 && has_host(answer, mx.host) && !mf_same_nocase(mx.host, first->host))
        return mf_format(
            arena, " The lowest preference comes first: mail goes to %s, and to %s only while that does not answer.",
            first->host, mx.host);
    if (answer->count != 1)
        return "";
    if (mf_same_nocase(mx.host, answer->records[0].host))
        return mf_format(arena, " The host is right; the preference is %d in place of %d.",
                         answer->records[0].preference, mx.preference);
    return "";
}

static void tell_other(struct mf_dns_case *at, const struct mf_dns_variant *variant)
{
    struct mf_arena *arena = at->view->arena;
    const struct mf_dns_answer *answer = variant->answer;
    const char *s = mf_dns_verb_s(variant->who), *fix = lines_of(at);
    bool null = answer->count == 1 && is_null(&answer->records[0]);
    if (answer->count == 0)
        mf_dns_fact_add(
            at, "dns.mx-missing", MF_FACT_BAD, at->view->domain, "none",
            mf_format(arena, "%s has no MX record", at->view->domain),
            mf_format(arena, "%s answer%s: %s.%s", variant->who, s, variant->value, mf_dns_alias_words(arena, answer)),
            mf_format(arena, "%sPublish:\n%s", mf_dns_alias_fix(arena, answer), fix));
    else
        mf_dns_fact_add(at, "dns.mx-differs", MF_FACT_BAD, at->view->domain, variant->value,
                        null ? mf_format(arena, "The MX of %s says that it takes no mail", at->view->domain)
                        : all_before(at, answer)
                            ? mf_format(arena, "The MX of %s is still the one of before", at->view->domain)
                            : mf_format(arena, "The MX of %s is another than expected", at->view->domain),
                        mf_format(arena, "%s answer%s %s.%s%s", variant->who, s, variant->value,
                                  what_differs(at, answer), mf_dns_alias_words(arena, answer)),
                        mf_format(arena, "%sPublish, in place of all MX records that there are:\n%s",
                                  mf_dns_alias_fix(arena, answer), fix));
}

static void judge_variant(struct mf_dns_case *at, const struct mf_dns_variant *variant)
{
    const struct mf_dns_answer *answer = variant->answer;
    bool hosts = true;
    size_t checked = 0;
    for (size_t i = 0; i < answer->count && checked < MF_DNS_TOLD; i++)
        if (!expects(at, &answer->records[i]) && !was_before(at, &answer->records[i]) && ++checked)
            hosts = check_target(at, answer->records[i].host, variant->who) && hosts;
    if (!hosts)
        return; /* that is what is wrong with it */
    size_t there = expected_there(at, answer);
    if (there == at->table->mx_count && answer->count > there)
        tell_kept(at, variant);
    else
        tell_other(at, variant);
}

void mf_dns_judge_mx(struct mf_dns_case *at)
{
    struct mf_arena *arena = at->view->arena;
    const char *expected = "";
    for (size_t i = 0; i < at->table->mx_count; i++)
        expected = mf_format(arena, "%s%s%s", expected, i ? ", " : "", at->table->mx[i]);
    struct mf_dns_wanted wanted = {.name = at->view->domain,
                                   .type = MF_DNS_MX,
                                   .what = "MX",
                                   .expected = expected,
                                   .publish = lines_of(at),
                                   .is_good = is_good,
                                   .value = value_of,
                                   .place = at->table->place};
    struct mf_dns_variants variants = mf_dns_compare(at, &wanted);
    at->row->detail = mf_format(arena, "%s%s", expected, at->table->mx_count == 1 ? ", alone" : "");
    at->row->right = at->view->servers;
    for (size_t i = 0; !variants.good && i < variants.count; i++)
        judge_variant(at, &variants.items[i]);
    for (size_t v = 0; v < variants.count; v++)
        for (size_t i = 0; variants.items[v].good && i < at->table->mx_count; i++)
            check_target(at, parse(arena, at->table->mx[i]).host, variants.items[v].who);
    if (variants.good && variants.good == variants.count && at->table != at->view->context->plan->site->dns_before) {
        struct mf_dns_promises promises = {0};
        mf_dns_judge_private(at);
        mf_dns_judge_client_names(at);
        mf_dns_judge_policy(at, &promises);
        mf_dns_judge_mx_tls(at, &promises);
        mf_dns_judge_dane(at, &promises);
        mf_dns_judge_tls_rpt(at, &promises);
    }
}

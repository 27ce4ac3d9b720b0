/* `dns:` rows: what two name servers publish and what a cache holds, given as zone files, and what is
 * told of it. The servers' answers stand in the evidence as after a look at them; what judging lacks is
 * asked of the world, as gathering does. */
#include "unit/check/build.h"
#include "unit/dns/dns_testing.h"


static struct signing_key *key;
static const char *key_record, *other_record;

static int make_keys(void **state)
{
    (void)state;
    static struct mf_arena *arena;
    arena = mf_arena_new();
    struct signing_key *other = signing_key_rsa(2048);
    key = signing_key_rsa(2048);
    key_record = strdup(signing_key_record(arena, key));
    other_record = strdup(signing_key_record(arena, other));
    signing_key_free(&other);
    mf_arena_free(&arena);
    return 0;
}

static int free_keys(void **state)
{
    (void)state;
    free((char *)key_record);
    free((char *)other_record);
    signing_key_free(&key);
    return 0;
}

#define MX "@ MX 0 in.hes.trendmicro.com."
#define SPF "@ TXT \"v=spf1 include:spf.hes.trendmicro.com include:_spf.apps.net-it.com -all\""
#define DMARC "_dmarc TXT \"v=DMARC1; p=none; rua=mailto:dmarc@net-it.com\""
#define SELECTOR BUILD_SELECTOR "._domainkey"

/* A zone in which each record may be replaced; NULL: as it must be; "": not there. */
struct zone {
    const char *mx, *spf, *dkim, *dmarc, *more, *apps;
    int serial; /* 0: 7 */
};

static const char *zone_lines(struct mf_arena *arena, const struct zone *z)
{
    const char *dkim = z->dkim ? z->dkim : mf_format(arena, SELECTOR " TXT \"%.255s\" \"%s\"", key_record, key_record + 255);
    return mf_format(arena,
                     "$ORIGIN net-it.com.\n$TTL 600\n@ SOA ns1 hostmaster %d 60 10 600 300\n@ NS ns1\n@ NS ns2\n"
                     "ns1 A 192.0.2.53\nns2 A 192.0.2.54\nmail A 192.0.2.20\nmail AAAA 2001:db8:2::20\ncrm A 192.0.2.41\n"
                     "%s\n%s\n%s\n%s\n%s\n%s\n",
                     z->serial ? z->serial : 7,
                     z->apps ? z->apps : "_spf.apps TXT \"v=spf1 ip4:192.0.2.20 ip6:2001:db8:2::20 ip4:192.0.2.41 ip4:192.0.2.42 -all\"", z->mx ? z->mx : MX, z->spf ? z->spf : SPF, dkim, z->dmarc ? z->dmarc : DMARC, z->more ? z->more : "");
}

static const char world_lines[] = "$ORIGIN trendmicro.com.\n$TTL 600\n@ SOA ns hostmaster 1 60 10 600 300\n"
                                  "in.hes A 198.51.100.10\nrelay.hes A 198.51.100.11\nspf.hes TXT \"v=spf1 ip4:198.51.100.11 -all\"\n"
                                  "$ORIGIN 100.51.198.in-addr.arpa.\n@ SOA ns hostmaster 1 60 10 600 300\n11 PTR relay.hes.trendmicro.com.\n";

static struct mf_dns *zone_dns(const char *text)
{
    const char *path = write_file(text);
    struct mf_diag d = {0};
    struct mf_dns *dns = mf_dns_zone(path, &d);
    if (!dns)
        fail_msg("%s", d.title);
    unlink(path);
    return dns;
}

static void add_answer(struct build *b, const struct mf_dns_answer *answer)
{
    static size_t capacity;
    capacity = b->evidence->answer_count ? capacity : 0;
    *MF_PUSH(b->arena, b->evidence->answers, b->evidence->answer_count, capacity) = *answer;
}

static const struct { const char *name; enum mf_dns_type type; } questions[] = {
    {"net-it.com", MF_DNS_SOA},        {"net-it.com", MF_DNS_MX},
    {"net-it.com", MF_DNS_TXT},        {"_dmarc.net-it.com", MF_DNS_TXT},
    {BUILD_KEY_NAME, MF_DNS_TXT},      {BUILD_KEY_NAME ".net-it.com", MF_DNS_TXT},
};

/* What the server at an address said to all that is asked. */
static void server_says(struct build *b, const char *address, const struct zone *zone)
{
    struct mf_dns *dns = zone_dns(zone_lines(b->arena, zone));
    for (size_t i = 0; i < sizeof questions / sizeof *questions; i++) {
        struct mf_dns_answer answer = *mf_dns_ask(dns, b->arena, questions[i].name, questions[i].type, SOON);
        answer.server = mf_format(b->arena, "%s@53", address);
        answer.direct = answer.replied = answer.authoritative = true;
        add_answer(b, &answer);
    }
    mf_dns_free(&dns);
}

static void server_fails(struct build *b, const char *address, enum mf_dns_status status, bool replied, const char *why)
{
    struct mf_dns_answer answer = {.name = "net-it.com", .type = MF_DNS_SOA, .status = status, .direct = true, .replied = replied,
                                   .server = mf_format(b->arena, "%s@53", address), .why = why};
    add_answer(b, &answer);
}

/* The resolver knows this zone and the world. Judged until nothing is lacking. */
static void judge_with(struct build *b, const struct zone *cached)
{
    struct mf_dns *dns = zone_dns(mf_format(b->arena, "%s%s", zone_lines(b->arena, cached), world_lines));
    const char *name;
    enum mf_dns_type type;
    for (int round = 0; round < 30; round++) {
        build_judge(b);
        bool any = false;
        while (b->facts->need_dns && mf_dns_missing(b->evidence->dns, 0, &name, &type)) {
            struct mf_dns_answer answer = *mf_dns_ask(dns, b->arena, name, type, SOON);
            answer.server = "192.0.2.56@53";
            mf_dns_record_answer(b->evidence->dns, &answer);
            any = true;
        }
        if (!any)
            break;
    }
    assert_false(b->facts->need_dns);
    mf_dns_free(&dns);
}

static struct build *new_world(void)
{
    static const char *mx[] = {"0 in.hes.trendmicro.com"}, *before[] = {"10 mail.net-it.com"};
    struct build *b = build_new();
    struct mf_site *site = b->plan->site;
    struct mf_dns_table *table = mf_alloc(b->arena, sizeof *table), *old = mf_alloc(b->arena, sizeof *old);
    table->mx = mx;
    table->mx_count = 1;
    table->spf = "v=spf1 include:spf.hes.trendmicro.com include:_spf.apps.net-it.com -all";
    table->dmarc = "v=DMARC1; p=none; rua=mailto:dmarc@net-it.com";
    table->dkim = mf_alloc_array(b->arena, 1, sizeof *table->dkim);
    table->dkim[0] = (struct mf_dkim_value){.selector = BUILD_SELECTOR, .record = key_record, .place = {"site.yaml", 8, 5, 1}};
    table->dkim_count = 1;
    table->place = (struct mf_place){"site.yaml", 5, 3, 1};
    old->mx = before;
    old->mx_count = 1;
    old->spf = "v=spf1 mx ~all";
    site->dns = table;
    site->dns_before = old;
    b->plan->arena = b->arena;
    mf_plan_add_dns_rows(b->plan, table, NULL);
    return b;
}

/* "mx-stale fail, cached pass": the findings with their outcomes, in order. */
static const char *told(const struct build *b)
{
    const char *text = "";
    for (size_t i = 0; i < b->verdict->finding_count; i++)
        text = mf_format(b->arena, "%s%s%s %s", text, i ? ", " : "", b->verdict->findings[i]->kind->id,
                         b->verdict->findings[i]->outcome == MF_PASS ? "warns" : mf_outcome_name(b->verdict->findings[i]->outcome));
    return text;
}

/* "MX pass, SPF fail, …" */
static const char *rows(const struct build *b)
{
    const char *text = "";
    for (size_t i = 0; i < b->verdict->dns_count; i++)
        text = mf_format(b->arena, "%s%s%.*s %s", text, i ? ", " : "", (int)strcspn(b->verdict->dns[i].name, " "), b->verdict->dns[i].name,
                         mf_outcome_name(b->verdict->dns[i].outcome));
    return text;
}

static struct build *judged(const struct zone *ns1, const struct zone *ns2, const struct zone *cached)
{
    struct build *b = new_world();
    server_says(b, "192.0.2.53", ns1);
    server_says(b, "192.0.2.54", ns2);
    judge_with(b, cached);
    return b;
}

static const struct zone healthy = {0};
#define ALL_PASS "MX pass, SPF pass, DKIM pass, DMARC pass"

static void healthy_records_pass_and_say_what_they_are(void **state)
{
    (void)state;
    struct build *b = judged(&healthy, &healthy, &healthy);
    assert_string_equal(told(b), "");
    assert_string_equal(rows(b), ALL_PASS);
    assert_string_equal(b->verdict->dns[0].detail, "0 in.hes.trendmicro.com, alone");
    assert_string_equal(b->verdict->dns[0].right, "ns1, ns2");
    assert_string_equal(b->verdict->dns[1].detail, "-all; covers primary, relay, crm, billing");
    assert_string_equal(b->verdict->dns[1].right, "2 of 10 look-ups");
    assert_string_equal(b->verdict->dns[2].detail, BUILD_SELECTOR ", RSA 2048");
    assert_string_equal(b->verdict->dns[3].detail, "p=none");
    assert_int_equal(b->verdict->passed, 4);
    assert_int_equal(b->verdict->status, 0);
    build_free(&b);
}

/* Both servers publish the same wrong thing: what is told, and what the fix holds. */
static void wrong(const char *what, struct zone zone, const char *findings, const char *outcomes, const char *fix)
{
    struct build *b = judged(&zone, &zone, &zone);
    if (strcmp(told(b), findings) != 0 || strcmp(rows(b), outcomes) != 0)
        fail_msg("%s: told \"%s\", rows \"%s\"", what, told(b), rows(b));
    if (fix && !strstr(b->verdict->findings[0]->fix, fix))
        fail_msg("%s: the fix lacks %s: %s", what, fix, b->verdict->findings[0]->fix);
    build_free(&b);
}

static void the_mx_is_wrong(void **state)
{
    (void)state;
    const char *mx_fails = "MX fail, SPF pass, DKIM pass, DMARC pass", *line = "  net-it.com.  MX  0 in.hes.trendmicro.com.\n";
    wrong("the old one is still alone", (struct zone){.mx = "@ MX 10 mail"}, "dns.mx-differs fail", mx_fails, line);
    wrong("another preference", (struct zone){.mx = "@ MX 5 in.hes.trendmicro.com."}, "dns.mx-differs fail", mx_fails, line);
    wrong("the old one is kept beside it", (struct zone){.mx = MX "\n@ MX 10 mail"}, "dns.mx-old-kept fail", mx_fails,
          "Delete:\n  net-it.com.  MX  10 mail.net-it.com.\n");
    wrong("an alias", (struct zone){.mx = "@ MX 0 mx", .more = "mx CNAME in.hes.trendmicro.com."}, "dns.mx-cname fail", mx_fails, line);
    wrong("an address", (struct zone){.mx = "@ MX 0 198.51.100.10."}, "dns.mx-not-host fail", mx_fails, line);
    wrong("a name that is not there", (struct zone){.mx = "@ MX 0 in.hes.trendmcro.com."}, "dns.mx-not-host fail", mx_fails, line);
    wrong("none", (struct zone){.mx = ""}, "dns.mx-missing fail", mx_fails, line);
}

static void the_spf_record_is_wrong(void **state)
{
    (void)state;
    const char *spf_fails = "MX pass, SPF fail, DKIM pass, DMARC pass";
    const char *line = "  net-it.com.  TXT  \"v=spf1 include:spf.hes.trendmicro.com include:_spf.apps.net-it.com -all\"\n";
    wrong("none", (struct zone){.spf = ""}, "dns.spf-missing fail", spf_fails, line);
    wrong("two", (struct zone){.spf = SPF "\n@ TXT \"v=spf1 mx ~all\""}, "dns.spf-two fail", spf_fails, line);
    wrong("another TXT record beside it is no second one", (struct zone){.spf = SPF "\n@ TXT \"google-site-verification=x\""}, "", ALL_PASS, NULL);
    wrong("the order of includes says nothing",
          (struct zone){.spf = "@ TXT \"v=spf1 include:_spf.apps.net-it.com +include:spf.hes.trendmicro.com -all\""}, "", ALL_PASS, NULL);
    wrong("softfail", (struct zone){.spf = "@ TXT \"v=spf1 include:spf.hes.trendmicro.com include:_spf.apps.net-it.com ~all\""},
          "dns.spf-softfail fail", spf_fails, line);
    wrong("the gateway is missing", (struct zone){.spf = "@ TXT \"v=spf1 include:_spf.apps.net-it.com -all\""}, "dns.spf-not-covered fail", spf_fails, line);
    wrong("one more, that covers all", (struct zone){.spf = "@ TXT \"v=spf1 include:spf.hes.trendmicro.com include:_spf.apps.net-it.com ip4:203.0.113.1 -all\""},
          "dns.spf-differs fail", spf_fails, line);
    wrong("a mistake", (struct zone){.spf = "@ TXT \"v=spf1 ip4:300.1.1.1 -all\""}, "dns.spf-broken fail", spf_fails, line);
    wrong("eleven look-ups",
          (struct zone){.spf = "@ TXT \"v=spf1 a:mail.net-it.com a:mail.net-it.com a:mail.net-it.com a:mail.net-it.com a:mail.net-it.com "
                               "a:mail.net-it.com a:mail.net-it.com a:mail.net-it.com a:mail.net-it.com a:mail.net-it.com a:crm.net-it.com -all\""},
          "dns.spf-too-many-lookups fail", spf_fails, line);
}

/* What stands in the first finding besides the fix. */
static void told_with(const char *what, struct zone zone, const char *findings, const char *title, const char *why, const char *fix)
{
    struct build *b = judged(&zone, &zone, &zone);
    if (strcmp(told(b), findings) != 0)
        fail_msg("%s: told \"%s\"", what, told(b));
    const struct mf_finding *first = b->verdict->findings[0];
    if ((title && strcmp(first->title, title) != 0) || (why && !strstr(first->why, why)) || (fix && !strstr(first->fix, fix)))
        fail_msg("%s: %s\n%s\n%s", what, first->title, first->why, first->fix);
    build_free(&b);
}

static void a_mistake_in_an_included_record_is_mended_there(void **state)
{
    (void)state;
    told_with("in a record of ours",
              (struct zone){.apps = "_spf.apps TXT \"v=spf1 ip4:192.0.2.20/99 ip4:192.0.2.41 -all\""}, "dns.spf-broken fail",
              "The SPF record leads to a mistake in that of _spf.apps.net-it.com", "has a mistake at \"ip4:192.0.2.20/99\"",
              "Correct \"ip4:192.0.2.20/99\" in the record of _spf.apps.net-it.com, which is now:\n"
              "  _spf.apps.net-it.com.  TXT  \"v=spf1 ip4:192.0.2.20/99 ip4:192.0.2.41 -all\"\n");
    told_with("what was meant is printed", (struct zone){.apps = "_spf.apps TXT \"v=spf1 ipv4:192.0.2.20 ip4: 192.0.2.41 - all\""},
              "dns.spf-broken fail", NULL, NULL, "  _spf.apps.net-it.com.  TXT  \"v=spf1 ip4:192.0.2.20 ip4:192.0.2.41 -all\"\n");
    told_with("in a record of somebody else",
              (struct zone){.spf = "@ TXT \"v=spf1 include:_spf.apps.net-it.com include:spf.bad.example -all\"",
                            .more = "$ORIGIN bad.example.\nspf TXT \"v=spf1 ip4:198.51.100.11/99 -all\""},
              "dns.spf-broken fail", NULL, NULL, "Publish in its place:\n  net-it.com.  TXT");
    told_with("two records at an included name",
              (struct zone){.apps = "_spf.apps TXT \"v=spf1 ip4:192.0.2.20 -all\"\n_spf.apps TXT \"v=spf1 ip4:192.0.2.41 -all\""},
              "dns.spf-broken fail", NULL, NULL, "Leave one TXT record that begins with v=spf1 at _spf.apps.net-it.com");
    told_with("a name is mistyped",
              (struct zone){.apps = "_spf.apps TXT \"v=spf1 ip4:192.0.2.20 ip6:2001:db8:2::20 a:cmr.net-it.com ip4:192.0.2.42 -all\""},
              "dns.spf-not-covered fail", NULL, NULL, "This leads to nothing; correct it, if it was meant for that server:\n"
              "  a:cmr.net-it.com  in the record of _spf.apps.net-it.com\n");
    told_with("an include leads to nothing", (struct zone){.apps = ""}, "dns.spf-broken fail", NULL, "_spf.apps.net-it.com does not exist",
              "Correct \"include:_spf.apps.net-it.com\" in the record of net-it.com, or take it out");
    told_with("a circle", (struct zone){.apps = "_spf.apps TXT \"v=spf1 ip4:192.0.2.20 include:net-it.com -all\""}, "dns.spf-broken fail", NULL,
              "_spf.apps.net-it.com leads back to net-it.com, which leads to it: a circle",
              "Take \"include:net-it.com\" out of the record of _spf.apps.net-it.com:\n  _spf.apps.net-it.com.  TXT  \"v=spf1 ip4:192.0.2.20 -all\"\n");
}

static void the_record_of_somebody_else_is_theirs_to_mend(void **state)
{
    (void)state;
    struct build *b = new_world();
    struct zone zone = {.spf = "@ TXT \"v=spf1 include:_spf.apps.net-it.com include:spf.bad.example -all\"",
                        .more = "$ORIGIN bad.example.\nspf TXT \"v=spf1 ip4:198.51.100.11/99 -all\""};
    ((struct mf_dns_table *)b->plan->site->dns)->spf = "v=spf1 include:_spf.apps.net-it.com include:spf.bad.example -all";
    server_says(b, "192.0.2.53", &zone);
    server_says(b, "192.0.2.54", &zone);
    judge_with(b, &zone);
    assert_string_equal(told(b), "dns.spf-broken fail");
    assert_non_null(strstr(b->verdict->findings[0]->fix, "is not yours: ask whoever runs that domain to correct \"ip4:198.51.100.11/99\""));
    assert_null(strstr(b->verdict->findings[0]->fix, "TXT"));
    build_free(&b);
}

static void an_include_that_a_vendor_took_away_is_theirs_to_name(void **state)
{
    (void)state;
    struct build *b = new_world();
    struct zone zone = {.spf = "@ TXT \"v=spf1 include:_spf.apps.net-it.com include:gone.trendmicro.com -all\""};
    ((struct mf_dns_table *)b->plan->site->dns)->spf = "v=spf1 include:_spf.apps.net-it.com include:gone.trendmicro.com -all";
    server_says(b, "192.0.2.53", &zone);
    server_says(b, "192.0.2.54", &zone);
    judge_with(b, &zone);
    assert_string_equal(told(b), "dns.spf-broken fail");
    assert_non_null(strstr(b->verdict->findings[0]->fix, "ask whoever runs that domain what to include now"));
    assert_non_null(strstr(b->verdict->findings[0]->why, "for nobody whom an earlier term does not cover"));
    build_free(&b);
}

static void what_stands_behind_all_is_told(void **state)
{
    (void)state;
    const char *line = "Publish the record of the site file:\n  net-it.com.  TXT  \"v=spf1 include:spf.hes.trendmicro.com include:_spf.apps.net-it.com -all\"";
    told_with("all in the middle", (struct zone){.spf = "@ TXT \"v=spf1 include:spf.hes.trendmicro.com -all include:_spf.apps.net-it.com\""},
              "dns.spf-not-covered fail", NULL, "\"include:_spf.apps.net-it.com\" in the record of net-it.com stands behind \"-all\" and is never reached.", line);
    told_with("redirect beside all", (struct zone){.spf = "@ TXT \"v=spf1 include:spf.hes.trendmicro.com -all redirect=_spf.apps.net-it.com\""},
              "dns.spf-not-covered fail", NULL, "counts only in a record without all.", line);
    told_with("two records joined", (struct zone){.spf = "@ TXT \"v=spf1 include:spf.hes.trendmicro.com -all v=spf1 include:_spf.apps.net-it.com -all\""},
              "dns.spf-not-covered fail", NULL, "stands there a second time, as if two records had been joined.", line);
    told_with("= in place of :", (struct zone){.spf = "@ TXT \"v=spf1 include:spf.hes.trendmicro.com include=_spf.apps.net-it.com -all\""},
              "dns.spf-not-covered fail", NULL, "is no mechanism and is ignored (include:_spf.apps.net-it.com is meant?).", line);
}

static void a_record_that_everybody_passes_is_worse_than_softfail(void **state)
{
    (void)state;
    told_with("+all", (struct zone){.spf = "@ TXT \"v=spf1 include:spf.hes.trendmicro.com include:_spf.apps.net-it.com +all\""}, "dns.spf-open fail",
              "The SPF record ends in +all: anybody may send as net-it.com", "Every host in the world passes SPF as net-it.com, and so DMARC", NULL);
    told_with("?all", (struct zone){.spf = "@ TXT \"v=spf1 include:spf.hes.trendmicro.com include:_spf.apps.net-it.com ?all\""}, "dns.spf-softfail fail",
              NULL, "forged mail is treated as if there were no SPF record", NULL);
    told_with("+all in an included record", (struct zone){.apps = "_spf.apps TXT \"v=spf1 ip4:192.0.2.20 +all\""}, "dns.spf-open fail",
              "The SPF record lets anybody send as net-it.com",
              "\"+all\" in the record of _spf.apps.net-it.com (by include:_spf.apps.net-it.com) lets every host in the world pass.", NULL);
    told_with("the whole Internet as a range", (struct zone){.spf = "@ TXT \"v=spf1 ip4:0.0.0.0/0 -all\""}, "dns.spf-open fail", NULL, "ip4:0.0.0.0/0", NULL);
}

static void a_txt_record_that_was_meant_as_spf_is_shown_with_the_reason(void **state)
{
    (void)state;
    const char *const cases[][3] = {
        {"semicolons", "v=spf1; include:spf.hes.trendmicro.com; -all", "\";\" stands behind v=spf1, where a space must be"},
        {"quotes", "\\\"v=spf1 include:spf.hes.trendmicro.com -all\\\"", "quotes were pasted into the value"},
        {"no space", "v=spf1include:spf.hes.trendmicro.com -all", "no space stands behind v=spf1"},
        {"a space before it", " v=spf1 include:spf.hes.trendmicro.com -all", "a space stands before v=spf1"},
        {"no-break space", "v=spf1\\194\\160include:spf.hes.trendmicro.com -all", "a no-break space (U+00A0) was pasted in"},
        {"byte-order mark", "\\239\\187\\191v=spf1 include:spf.hes.trendmicro.com -all", "an invisible byte-order mark (U+FEFF) was pasted in"},
        {"a zone line", "TXT v=spf1 include:spf.hes.trendmicro.com -all", "\"TXT \" stands before v=spf1"},
        {"another version", "v=spf2 include:spf.hes.trendmicro.com -all", "which is not v=spf1"},
    };
    struct mf_arena *arena = mf_arena_new();
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        told_with(cases[i][0], (struct zone){.spf = mf_format(arena, "@ TXT \"%s\"", cases[i][1])}, "dns.spf-broken fail",
                  "The TXT record of net-it.com that is meant as SPF does not count", cases[i][2],
                  "  net-it.com.  TXT  \"v=spf1 include:spf.hes.trendmicro.com include:_spf.apps.net-it.com -all\"");
    told_with("at another name", (struct zone){.spf = "", .more = "spf TXT \"v=spf1 -all\""}, "dns.spf-missing fail", NULL,
              "There is one at spf.net-it.com, where nobody looks for it.", "Publish at net-it.com itself:");
    mf_arena_free(&arena);
}

static void an_application_that_spf_does_not_cover_is_named_with_what_to_add(void **state)
{
    (void)state;
    struct build *b = new_world();
    b->plan->site->applications[1].via = &(struct mf_via){.source = "192.0.2.99", .label = "gateway smtp"};
    server_says(b, "192.0.2.53", &healthy);
    server_says(b, "192.0.2.54", &healthy);
    judge_with(b, &healthy);
    assert_string_equal(told(b), "dns.spf-not-covered fail");
    const struct mf_finding *finding = b->verdict->findings[0];
    assert_non_null(strstr(finding->fix, "  _spf.apps.net-it.com.  TXT  \"v=spf1 ip4:192.0.2.20 ip6:2001:db8:2::20 ip4:192.0.2.41 ip4:192.0.2.42 ip4:192.0.2.99 -all\""));
    assert_string_equal(finding->title, "The SPF record does not cover billing");
    assert_non_null(strstr(finding->fix, "include:_spf.apps.net-it.com ip4:192.0.2.99 -all\""));
    assert_int_equal(finding->places[0].line, 51);
    assert_string_equal(b->verdict->dns[1].detail, "does not cover billing");
    build_free(&b);
}

static void an_address_behind_nat_is_not_blamed(void **state)
{
    (void)state;
    struct build *b = new_world();
    b->plan->site->applications[1].via = &(struct mf_via){.source = "10.0.0.5", .label = "gateway smtp"};
    server_says(b, "192.0.2.53", &healthy);
    server_says(b, "192.0.2.54", &healthy);
    judge_with(b, &healthy);
    assert_string_equal(told(b), "");
    assert_string_equal(b->verdict->dns[1].detail, "-all; covers primary, relay, crm");
    build_free(&b);
}

static void the_dkim_record_is_wrong(void **state)
{
    (void)state;
    struct mf_arena *arena = mf_arena_new();
    const char *dkim_fails = "MX pass, SPF pass, DKIM fail, DMARC pass", *line = "  " BUILD_KEY_NAME ".  TXT  \"v=DKIM1; k=rsa; p=";
    const char *whole = mf_format(arena, "\"%.255s\" \"%s\"", key_record, key_record + 255);
    wrong("none", (struct zone){.dkim = ""}, "dns.dkim-missing fail", dkim_fails, line);
    wrong("the domain was appended", (struct zone){.dkim = mf_format(arena, SELECTOR ".net-it.com TXT %s", whole)}, "dns.dkim-doubled-name fail",
          dkim_fails, "Enter the name as \"" SELECTOR "\" only");
    wrong("two", (struct zone){.dkim = mf_format(arena, SELECTOR " TXT %s\n" SELECTOR " TXT \"%.255s\" \"%s\"", whole, other_record, other_record + 255)},
          "dns.dkim-two fail", dkim_fails, line);
    wrong("revoked", (struct zone){.dkim = SELECTOR " TXT \"v=DKIM1; k=rsa; p=\""}, "dns.dkim-revoked fail", dkim_fails, line);
    wrong("cut at 255", (struct zone){.dkim = mf_format(arena, SELECTOR " TXT \"%.255s\"", key_record)}, "dns.dkim-cut fail", dkim_fails, line);
    wrong("quotes inside", (struct zone){.dkim = mf_format(arena, SELECTOR " TXT \"%.200s\" \"\\\" \\\"%s\"", key_record, key_record + 200)},
          "dns.dkim-quoted fail", dkim_fails, line);
    wrong("test mode", (struct zone){.dkim = mf_format(arena, SELECTOR " TXT \"v=DKIM1; k=rsa; t=y; p=%.200s\" \"%s\"", strstr(key_record, "p=") + 2,
                                                       strstr(key_record, "p=") + 202)},
          "dns.dkim-test-mode fail", dkim_fails, line);
    wrong("another key", (struct zone){.dkim = mf_format(arena, SELECTOR " TXT \"%.255s\" \"%s\"", other_record, other_record + 255)},
          "dns.dkim-other-key fail", dkim_fails, line);
    wrong("blanks say nothing", (struct zone){.dkim = mf_format(arena, SELECTOR " TXT \"v=DKIM1;k=rsa;  p=%.200s\" \" %s\"", strstr(key_record, "p=") + 2,
                                                                strstr(key_record, "p=") + 202)},
          "", ALL_PASS, NULL);
    mf_arena_free(&arena);
}

static void the_dmarc_record_is_wrong(void **state)
{
    (void)state;
    const char *dmarc_fails = "MX pass, SPF pass, DKIM pass, DMARC fail", *line = "  _dmarc.net-it.com.  TXT  \"v=DMARC1; p=none; rua=mailto:dmarc@net-it.com\"\n";
    wrong("none", (struct zone){.dmarc = ""}, "dns.dmarc-missing fail", dmarc_fails, line);
    wrong("two", (struct zone){.dmarc = DMARC "\n_dmarc TXT \"v=DMARC1; p=reject\""}, "dns.dmarc-two fail", dmarc_fails, line);
    wrong("a policy that there is not", (struct zone){.dmarc = "_dmarc TXT \"v=DMARC1; p=monitor\""}, "dns.dmarc-broken fail", dmarc_fails, line);
    wrong("another policy", (struct zone){.dmarc = "_dmarc TXT \"v=DMARC1; p=reject; rua=mailto:dmarc@net-it.com\""}, "dns.dmarc-differs fail", dmarc_fails, line);
    wrong("a final semicolon says nothing", (struct zone){.dmarc = "_dmarc TXT \"v=DMARC1;p=none; rua=mailto:dmarc@net-it.com;\""}, "", ALL_PASS, NULL);
}

static void a_dmarc_record_that_does_not_count_is_shown_with_the_reason(void **state)
{
    (void)state;
    const char *const cases[][3] = {
        {"the order", "p=none; v=DMARC1; rua=mailto:dmarc@net-it.com", "v=DMARC1 must come first"},
        {"commas", "v=DMARC1, p=none", "Tags are parted by \";\", not by \",\"."},
        {"no semicolon", "v=DMARC1 p=none", "A \";\" is missing behind v=DMARC1."},
        {"lower case", "v=dmarc1; p=none", "DMARC1 must be in upper case."},
        {"quotes", "\\\"v=DMARC1; p=none\\\"", "Quotes or backslashes were pasted into the value"},
        {"curly quotes", "\\226\\128\\156v=DMARC1; p=none\\226\\128\\157", "A curly quote (U+201C) was pasted in with it."},
        {"a no-break space inside", "v=DMARC1;\\194\\160p=none", "It holds a no-break space (U+00A0), which spoils the tag that it is in."},
        {"another version", "v=DKIM1; p=none", "it begins with \"v=DKIM1; p\", not with v=DMARC1"},
        {"no such policy", "v=DMARC1; p=monitor", "\"p=monitor\" is no policy"},
    };
    struct mf_arena *arena = mf_arena_new();
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const char *why = cases[i][2];
        told_with(cases[i][0], (struct zone){.dmarc = mf_format(arena, "_dmarc TXT \"%s\"", cases[i][1])}, "dns.dmarc-broken fail",
                  "The DMARC record at _dmarc.net-it.com does not count", *why == 'i' ? why + 3 : why,
                  "  _dmarc.net-it.com.  TXT  \"v=DMARC1; p=none; rua=mailto:dmarc@net-it.com\"");
    }
    mf_arena_free(&arena);
}

static void a_dmarc_record_at_another_name_is_found(void **state)
{
    (void)state;
    const char *const cases[][3] = {
        {"_dmarc.net-it.com", "_dmarc.net-it.com.net-it.com", "enter the name as \"_dmarc\" only"},
        {"@", "net-it.com", "not \"@\""},
        {"dmarc", "dmarc.net-it.com", "begins with an underscore"},
    };
    struct mf_arena *arena = mf_arena_new();
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        told_with(cases[i][0], (struct zone){.dmarc = "", .more = mf_format(arena, "%s TXT \"v=DMARC1; p=none\"", cases[i][0])}, "dns.dmarc-missing fail",
                  mf_format(arena, "The DMARC record is at %s, where nobody looks for it", cases[i][1]), "Receivers ask for _dmarc.net-it.com", cases[i][2]);
    mf_arena_free(&arena);
}

static void what_differs_in_a_dmarc_record_is_told_tag_by_tag(void **state)
{
    (void)state;
    told_with("a stricter policy", (struct zone){.dmarc = "_dmarc TXT \"v=DMARC1; p=reject; rua=mailto:dmarc@net-it.com\""}, "dns.dmarc-differs fail", NULL,
              "What differs: p=reject in place of p=none. p=reject asks receivers to refuse all mail of net-it.com for which neither SPF nor DKIM passes", NULL);
    told_with("no URI", (struct zone){.dmarc = "_dmarc TXT \"v=DMARC1; p=none; rua=dmarc@net-it.com\""}, "dns.dmarc-differs fail", NULL,
              "rua=dmarc@net-it.com is no URI (mailto:ADDRESS): no reports go there.", "v=DMARC1; p=none; rua=mailto:dmarc@net-it.com");
    told_with("a tag mistyped", (struct zone){.dmarc = "_dmarc TXT \"v=DMARC1; p=none; ruaa=mailto:dmarc@net-it.com\""}, "dns.dmarc-differs fail", NULL,
              "\"ruaa\" is unknown and ignored", NULL);
}

static void a_dkim_key_at_another_name_is_found(void **state)
{
    (void)state;
    const char *const cases[][2] = {
        {BUILD_SELECTOR ".domainkey", "The underscore is missing before domainkey."},
        {BUILD_SELECTOR "_domainkey", "The dot is missing between selector and _domainkey."},
        {BUILD_SELECTOR, "\"._domainkey\" is missing behind the selector."},
        {"_domainkey", "The selector is missing before \"._domainkey\"."},
    };
    struct mf_arena *arena = mf_arena_new();
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        told_with(cases[i][0], (struct zone){.dkim = mf_format(arena, "%s TXT \"%.255s\" \"%s\"", cases[i][0], key_record, key_record + 255)},
                  "dns.dkim-missing fail", mf_format(arena, "The DKIM key is at %s.net-it.com, where nobody looks for it", cases[i][0]),
                  "There is a key at", cases[i][1]);
    mf_arena_free(&arena);
}

static void a_dkim_record_that_can_t_be_used_says_why(void **state)
{
    (void)state;
    struct mf_arena *arena = mf_arena_new();
    const char *p = strstr(key_record, "p=") + 2, *line = "  " BUILD_KEY_NAME ".  TXT  \"v=DKIM1; k=rsa; p=";
    const char *const cases[][3] = {
        {"for another service", "v=DKIM1; k=rsa; s=tlsrpt; p=", "s=tlsrpt forbids its use for mail"},
        {"for another hash", "v=DKIM1; h=sha1; k=rsa; p=", "h=sha1 forbids sha256"},
        {"another version", "v=DKIM2; k=rsa; p=", "v=DKIM2 must be DKIM1"},
        {"tags in upper case", "v=DKIM1; K=rsa; P=", "there is no p=: tags are in lower case, and \"P=\" is another"},
        {"a zero-width space", "v=DKIM1; k=rsa; p=\\226\\128\\139", "an invisible zero-width space (U+200B)"},
        {"PEM", "v=DKIM1; k=rsa; p=-----BEGIN PUBLIC KEY-----", "the lines BEGIN PUBLIC KEY and END PUBLIC KEY were pasted into p="},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        told_with(cases[i][0], (struct zone){.dkim = mf_format(arena, SELECTOR " TXT \"%s%.200s\" \"%s\"", cases[i][1], p, p + 200)},
                  "dns.dkim-broken fail", NULL, cases[i][2], line);
    told_with("an alias to nothing", (struct zone){.dkim = SELECTOR " CNAME gone.domainkey.trendmicro.com."}, "dns.dkim-missing fail",
              "The CNAME at " BUILD_KEY_NAME " leads to gone.domainkey.trendmicro.com, which does not exist", "every signature fails",
              "Delete the CNAME (nothing may stand beside one)");
    mf_arena_free(&arena);
}

static void what_an_mx_says_is_told(void **state)
{
    (void)state;
    told_with("a null MX", (struct zone){.mx = "@ MX 0 ."}, "dns.mx-differs fail", "The MX of net-it.com says that it takes no mail", "With a null MX (RFC 7505)", NULL);
    told_with("a null MX beside it", (struct zone){.mx = MX "\n@ MX 0 ."}, "dns.mx-old-kept fail", NULL, "must not stand beside others", "Delete:\n  net-it.com.  MX  0 .\n");
    told_with("the old one before the new one", (struct zone){.mx = "@ MX 10 in.hes.trendmicro.com.\n@ MX 0 mail"}, "dns.mx-differs fail",
              NULL, "mail goes to mail.net-it.com, and to in.hes.trendmicro.com only while that does not answer", NULL);
    wrong("two others", (struct zone){.mx = "@ MX 0 mail\n@ MX 10 ns1"}, "dns.mx-differs fail", "MX fail, SPF pass, DKIM pass, DMARC pass", "MX  0 in.hes.trendmicro.com.");
    told_with("the preference", (struct zone){.mx = "@ MX 10 in.hes.trendmicro.com."}, "dns.mx-differs fail", NULL,
              "The host is right; the preference is 10 in place of 0.", NULL);
    told_with("no final dot", (struct zone){.mx = "@ MX 0 in.hes.trendmicro.com"}, "dns.mx-not-host fail", NULL, "the final dot is missing behind in.hes.trendmicro.com.", NULL);
}

static void what_panels_and_people_make_of_records_is_recognized(void **state)
{
    (void)state;
    struct mf_arena *arena = mf_arena_new();
    const char *p = strstr(key_record, "p=") + 2;
    told_with("strings without a space between them", (struct zone){.spf = "@ TXT \"v=spf1 include:spf.hes.trendmicro.com\" \"include:_spf.apps.net-it.com -all\""},
              "dns.spf-broken fail", NULL, "The strings of one record are joined without a space: each must end in one.", NULL);
    told_with("a term more", (struct zone){.spf = "@ TXT \"v=spf1 ptr include:spf.hes.trendmicro.com include:_spf.apps.net-it.com -all\""}, "dns.spf-differs fail",
              NULL, "What differs: \"ptr\" is added.", NULL);
    told_with("the expected host twice", (struct zone){.mx = MX "\n@ MX 10 in.hes.trendmicro.com."}, "dns.mx-old-kept fail", NULL,
              "It is the expected host once more, by another preference", "Delete:\n  net-it.com.  MX  10 in.hes.trendmicro.com.\n");
    told_with("a URL as MX", (struct zone){.mx = "@ MX 0 http://in.hes.trendmicro.com."}, "dns.mx-not-host fail", NULL, "It is a URL; an MX is the bare name of a host.", NULL);
    told_with("a mistyped MX", (struct zone){.mx = "@ MX 0 in.hes.trendmirco.com."}, "dns.mx-not-host fail", NULL, "in.hes.trendmicro.com is expected: it is mistyped.", NULL);
    told_with("a wildcard answers for _dmarc", (struct zone){.dmarc = "", .more = "* TXT \"v=spf1 -all\""}, "dns.dmarc-missing fail", NULL,
              "A wildcard (*.net-it.com) answers for every name that is not there.", NULL);
    told_with("an alias at _dmarc", (struct zone){.dmarc = "_dmarc CNAME dmarc.vendor.example."}, "dns.dmarc-missing fail", NULL,
              "_dmarc.net-it.com is an alias (CNAME) of dmarc.vendor.example", "Delete the CNAME at _dmarc.net-it.com (nothing may stand beside one).");
    told_with("report addresses parted by a blank", (struct zone){.dmarc = "_dmarc TXT \"v=DMARC1; p=none; rua=mailto:a@net-it.com mailto:b@net-it.com\""},
              "dns.dmarc-differs fail", NULL, NULL, "rua=mailto:a@net-it.com,mailto:b@net-it.com\"");
    told_with("p= forgotten", (struct zone){.dkim = mf_format(arena, SELECTOR " TXT \"v=DKIM1; k=rsa; %.200s\" \"%s\"", p, p + 200)}, "dns.dkim-broken fail", NULL,
              "\"p=\" is missing before the key", NULL);
    told_with("a line of a zone file", (struct zone){.dkim = mf_format(arena, SELECTOR " TXT \"" SELECTOR " IN TXT v=DKIM1; k=rsa; p=%.150s\" \"%s\"", p, p + 150)},
              "dns.dkim-broken fail", NULL, "the whole line of a zone file was pasted", NULL);
    told_with("a DMARC record at the selector", (struct zone){.dkim = SELECTOR " TXT \"v=DMARC1; p=none\""}, "dns.dkim-broken fail", NULL,
              "it is a v=DMARC1 record, and no DKIM key", NULL);
    mf_arena_free(&arena);
}

static void no_report_address_is_a_warning(void **state)
{
    (void)state;
    struct zone zone = {.dmarc = "_dmarc TXT \"v=DMARC1; p=none; sp=none; pct=100\""};
    struct build *b = new_world();
    ((struct mf_dns_table *)b->plan->site->dns)->dmarc = "v=DMARC1; p=none; sp=none; pct=100";
    server_says(b, "192.0.2.53", &zone);
    server_says(b, "192.0.2.54", &zone);
    judge_with(b, &zone);
    assert_string_equal(told(b), "dns.dmarc-no-rua warns");
    assert_string_equal(rows(b), ALL_PASS);
    assert_int_equal(b->verdict->status, 0);
    assert_string_equal(b->verdict->dns[3].detail, "p=none, no rua: nobody gets reports");
    assert_string_equal(b->verdict->dns[3].right, "dns.dmarc-no-rua");
    assert_int_equal(b->verdict->dns[3].facts->note_count, 1);
    assert_non_null(strstr(b->verdict->dns[3].facts->notes[0], "pct=100 is history"));
    build_free(&b);
}

static void a_report_domain_that_does_not_agree_is_a_warning(void **state)
{
    (void)state;
    struct zone zone = {.dmarc = "_dmarc TXT \"v=DMARC1; p=none; rua=mailto:d@reports.example\""};
    struct build *b = new_world();
    ((struct mf_dns_table *)b->plan->site->dns)->dmarc = "v=DMARC1; p=none; rua=mailto:d@reports.example";
    server_says(b, "192.0.2.53", &zone);
    server_says(b, "192.0.2.54", &zone);
    judge_with(b, &zone);
    assert_string_equal(told(b), "dns.dmarc-report-refused warns");
    assert_non_null(strstr(b->verdict->findings[0]->fix, "net-it.com._report._dmarc.reports.example."));
    build_free(&b);
}

static void one_stale_server_is_one_cause_however_many_records_it_lacks(void **state)
{
    (void)state;
    struct zone before = {.mx = "@ MX 10 mail", .spf = "@ TXT \"v=spf1 mx ~all\"", .dkim = "", .dmarc = "", .serial = 3};
    struct build *b = judged(&healthy, &before, &healthy);
    assert_string_equal(told(b), "dns.mx-stale fail");
    assert_string_equal(rows(b), "MX fail, SPF fail, DKIM fail, DMARC fail");
    const struct mf_finding *finding = b->verdict->findings[0];
    assert_string_equal(finding->scope, "ns2");
    assert_int_equal(finding->row_count, 4);
    assert_non_null(strstr(finding->why, "ns2 (192.0.2.54) answers 10 mail.net-it.com, ns1 answers as expected. SOA serial 3 there, 7 at ns1."));
    assert_string_equal(b->verdict->dns[0].detail, "not at ns2: 10 mail.net-it.com");
    build_free(&b);
}

static void a_stale_server_whose_mx_is_right_has_another_id(void **state)
{
    (void)state;
    struct zone edited = {.dmarc = ""};
    struct build *b = judged(&healthy, &edited, &healthy);
    assert_string_equal(told(b), "dns.record-stale fail");
    assert_string_equal(rows(b), "MX pass, SPF pass, DKIM pass, DMARC fail");
    assert_string_equal(b->verdict->findings[0]->title, "ns2 has no DMARC record");
    assert_non_null(strstr(b->verdict->findings[0]->why, "Both have SOA serial 7, so no transfer will bring them together."));
    build_free(&b);
}

static void what_only_a_cache_holds_is_not_wrong(void **state)
{
    (void)state;
    struct zone before = {.mx = "@ MX 10 mail", .dkim = ""};
    struct build *b = judged(&healthy, &healthy, &before);
    assert_string_equal(told(b), "dns.cached warns");
    assert_string_equal(rows(b), ALL_PASS);
    const struct mf_finding *finding = b->verdict->findings[0];
    assert_int_equal(finding->row_count, 2);
    assert_non_null(strstr(finding->why, "the resolver 192.0.2.56@53 answers 10 mail.net-it.com, for up to 600 s (10 min) more"));
    assert_non_null(strstr(finding->why, "answers no such name, for up to 300 s (5 min) more")); /* the negative TTL */
    build_free(&b);
}

static void a_silent_server_is_could_not_find_out(void **state)
{
    (void)state;
    struct build *b = new_world();
    server_says(b, "192.0.2.53", &healthy);
    server_fails(b, "192.0.2.54", MF_DNS_TIMEOUT, false, "no answer from 192.0.2.54@53 within 5.00 s");
    judge_with(b, &healthy);
    assert_string_equal(told(b), "dns.server-dead error");
    assert_string_equal(rows(b), "MX error, SPF error, DKIM error, DMARC error");
    assert_int_equal(b->verdict->status, 2);
    assert_int_equal(b->verdict->findings[0]->row_count, 4);
    build_free(&b);
}

static void a_server_that_refuses_is_lame_and_wrong(void **state)
{
    (void)state;
    struct build *b = new_world();
    server_says(b, "192.0.2.53", &healthy);
    server_fails(b, "192.0.2.54", MF_DNS_SERVFAIL, true, "192.0.2.54@53 says REFUSED");
    judge_with(b, &healthy);
    assert_string_equal(told(b), "dns.server-lame fail");
    assert_int_equal(b->verdict->status, 1);
    build_free(&b);
}

static void a_silent_server_does_not_hide_a_wrong_record_at_the_other(void **state)
{
    (void)state;
    struct zone edited = {.dmarc = ""};
    struct build *b = new_world();
    server_says(b, "192.0.2.53", &edited);
    server_fails(b, "192.0.2.54", MF_DNS_TIMEOUT, false, "no answer");
    judge_with(b, &edited);
    assert_string_equal(told(b), "dns.dmarc-missing fail, dns.server-dead error");
    assert_string_equal(rows(b), "MX error, SPF error, DKIM error, DMARC fail");
    build_free(&b);
}

static void nobody_was_asked_is_no_pass(void **state)
{
    (void)state;
    struct build *b = new_world();
    judge_with(b, &healthy);
    assert_string_equal(rows(b), "MX error, SPF error, DKIM error, DMARC error");
    assert_int_equal(b->verdict->status, 2);
    build_free(&b);
}

static void mail_programs_led_to_an_unknown_server_are_a_warning(void **state)
{
    (void)state;
    struct zone zone = {.more = "autodiscover CNAME mail.old-hoster.example.\nautoconfig CNAME mail\n_imaps._tcp SRV 0 1 993 mail.old-hoster.example.\n"
                                "_submission._tcp SRV 0 0 0 ."};
    struct build *b = judged(&zone, &zone, &zone);
    assert_string_equal(told(b), "dns.client-names warns");
    assert_string_equal(b->verdict->findings[0]->why, "autodiscover.net-it.com leads to mail.old-hoster.example\n_imaps._tcp.net-it.com leads to "
                                                      "mail.old-hoster.example\nThat is no server of the site. Programs that set themselves up go there.\n");
    build_free(&b);
    b = new_world();
    struct mf_dns_more more[] = {{.name = "autodiscover", .type = "CNAME", .value = "mail.old-hoster.example"},
                                 {.name = "_imaps._tcp.net-it.com", .type = "SRV", .value = "0 1 993 mail.old-hoster.example"}};
    b->plan->site->dns->more = more;
    b->plan->site->dns->more_count = 2;
    server_says(b, "192.0.2.53", &zone);
    server_says(b, "192.0.2.54", &zone);
    judge_with(b, &zone);
    assert_string_equal(told(b), ""); /* the site says that this is meant */
    build_free(&b);
}

/* The old server is that of dns-before, mail.net-it.com is the primary's. */
static void client_names(const char *what, const char *more, const char *findings, const char *words)
{
    static const char *before[] = {"10 mx.old-hoster.example"};
    struct zone zone = {.more = more};
    struct build *b = new_world();
    b->plan->site->dns_before->mx = before;
    server_says(b, "192.0.2.53", &zone);
    server_says(b, "192.0.2.54", &zone);
    judge_with(b, &zone);
    const char *why = b->verdict->finding_count ? b->verdict->findings[0]->why : "";
    const struct mf_dns_row_facts *facts = b->verdict->dns[0].facts;
    bool noted = false;
    for (size_t i = 0; words && i < facts->note_count; i++)
        noted = noted || strstr(facts->notes[i], words);
    if (strcmp(told(b), findings) != 0 || (words && !noted && !strstr(why, words)))
        fail_msg("%s: told \"%s\": %s", what, told(b), why);
    build_free(&b);
}

static void names_of_mail_programs_are_followed_to_their_ends(void **state)
{
    (void)state;
#define OLD "$ORIGIN old-hoster.example.\n@ SOA ns h 1 1 1 1 1\nmx A 192.0.2.99\n$ORIGIN net-it.com.\n"
    client_names("the old server's address", OLD "autodiscover A 192.0.2.99", "dns.client-names warns",
                 "autodiscover.net-it.com has the address 192.0.2.99, which is that of mx.old-hoster.example");
    client_names("a web server's address", OLD "autoconfig A 192.0.2.80", "", NULL);
    client_names("an address that both names have", "$ORIGIN old-hoster.example.\n@ SOA ns h 1 1 1 1 1\nmx A 192.0.2.20\n$ORIGIN net-it.com.\nautoconfig A 192.0.2.20", "", NULL);
    client_names("an alias by way of another to the primary", "autoconfig CNAME mail2\nmail2 CNAME mail", "", NULL);
    client_names("the second of two targets is old", "_imaps._tcp SRV 0 1 993 mail\n_imaps._tcp SRV 5 1 993 mx.old-hoster.example.", "dns.client-names warns",
                 "_imaps._tcp.net-it.com leads to mx.old-hoster.example");
    client_names("POP3", "_pop3s._tcp SRV 0 1 995 mx.old-hoster.example.", "dns.client-names warns", "_pop3s._tcp.net-it.com leads to");
    client_names("clear text is decidedly not offered", "_imap._tcp SRV 0 0 0 .\n_imaps._tcp SRV 0 1 993 mail", "", NULL);
    client_names("what the site has is said not to be there", "_imaps._tcp SRV 0 0 0 .", "dns.client-names warns", "says that there is no such service (\".\"), and the site has it at mail.net-it.com");
    client_names("no variant with TLS from the first byte is information", "_imap._tcp SRV 0 1 143 mail", "", "_imaps._tcp.net-it.com is not: programs find no TLS from the first byte");
    client_names("decidedly none is not", "_pop3._tcp SRV 0 1 110 mail\n_pop3s._tcp SRV 0 0 0 .", "", NULL);
}

static void a_relay_without_a_name_that_leads_back_is_a_warning(void **state)
{
    (void)state;
    struct build *b = new_world();
    struct mf_dns_record record = {.type = MF_DNS_PTR, .ttl = 60, .name = "11.100.51.198.in-addr.arpa", .host = "in.hes.trendmicro.com"};
    struct mf_dns_answer elsewhere = {.name = record.name, .type = MF_DNS_PTR, .status = MF_DNS_OK, .records = &record, .count = 1, .server = "192.0.2.56@53"};
    mf_dns_record_answer(b->evidence->dns, &elsewhere);
    server_says(b, "192.0.2.53", &healthy);
    server_says(b, "192.0.2.54", &healthy);
    judge_with(b, &healthy);
    assert_string_equal(told(b), "dns.ptr-missing warns");
    assert_non_null(strstr(b->verdict->findings[0]->why, "198.51.100.11 is called in.hes.trendmicro.com, which does not have that address"));
    assert_string_equal(rows(b), ALL_PASS);
    build_free(&b);
}

/* What is told of a policy page. */
static void policy(const char *what, int status, const char *page, const char *findings, const char *why)
{
    static const struct zone zone = {.more = "_mta-sts TXT \"v=STSv1; id=1\"\n_smtp._tls TXT \"v=TLSRPTv1; rua=mailto:tls@net-it.com\""};
    struct build *b = new_world();
    struct mf_flow_evidence *fetched = &b->evidence->flows[b->evidence->flow_count++];
    struct mf_rec_command *command = mf_alloc(b->arena, sizeof *command);
    *command = (struct mf_rec_command){.flow = MF_POLICY_FLOW, .command = "https://mta-sts.net-it.com/.well-known/mta-sts.txt", .status = status, .output = page, .media = ""};
    *fetched = (struct mf_flow_evidence){.flow = MF_POLICY_FLOW, .command = command};
    server_says(b, "192.0.2.53", &zone);
    server_says(b, "192.0.2.54", &zone);
    judge_with(b, &zone);
    if (strcmp(told(b), findings) != 0)
        fail_msg("%s: told \"%s\"", what, told(b));
    if (why && !strstr(b->verdict->findings[0]->why, why))
        fail_msg("%s: %s", what, b->verdict->findings[0]->why);
    build_free(&b);
}

static void an_mta_sts_policy_must_name_the_expected_mx(void **state)
{
    (void)state;
    policy("the old MX alone, enforced", 200, "version: STSv1\nmode: enforce\nmx: mail.net-it.com\nmax_age: 604800\n", "dns.mta-sts-mx warns",
           "(mode enforce) names mail.net-it.com. Large senders will refuse the new MX.");
    policy("both", 200, "version: STSv1\r\nmode: enforce\r\nmx: mail.net-it.com\r\nmx: in.hes.trendmicro.com\r\nmax_age: 604800\r\n", "", NULL);
    policy("a star for the first label", 200, "version: STSv1\nmode: testing\nmx: *.hes.trendmicro.com \nmax_age: 1\n", "", NULL);
    policy("a star stands for one label only", 200, "version: STSv1\nmode: testing\nmx: *.trendmicro.com\nmax_age: 1\n", "dns.mta-sts-mx warns",
           "Senders report it as a failure.");
    policy("switched off", 200, "version: STSv1\nmode: none\nmax_age: 1\n", "", NULL);
    policy("no policy at all", 200, "<html>", "dns.mta-sts-broken warns", "the page is no policy");
    policy("not found", 404, "", "dns.mta-sts-broken warns", "HTTP status 404");
    policy("no answer", 0, "certificate has expired", "dns.mta-sts-broken warns", "certificate has expired");
}

/* What is told of the TLS that an MX showed. */
static void mx_tls(const char *what, const char *capabilities, struct mf_rec_tls tls, const char *findings)
{
    struct build *b = new_world();
    struct mf_mailbox_evidence *boxes = mf_alloc_array(b->arena, b->evidence->mailbox_count + 1, sizeof *boxes);
    memcpy(boxes, b->evidence->mailboxes, b->evidence->mailbox_count * sizeof *boxes);
    struct mf_rec_opened *opened = mf_alloc(b->arena, sizeof *opened);
    *opened = (struct mf_rec_opened){.mailbox = MF_MX_MAILBOX "in.hes.trendmicro.com 198.51.100.10", .peer = "198.51.100.10:25", .tls = tls,
                                     .capabilities = capabilities, .trouble = ""};
    boxes[b->evidence->mailbox_count++] = (struct mf_mailbox_evidence){.mailbox = opened->mailbox, .opened = opened};
    b->evidence->mailboxes = boxes;
    server_says(b, "192.0.2.53", &healthy);
    server_says(b, "192.0.2.54", &healthy);
    judge_with(b, &healthy);
    if (strcmp(told(b), findings) != 0)
        fail_msg("%s: told \"%s\"", what, told(b));
    assert_string_equal(rows(b), ALL_PASS);
    build_free(&b);
}

static void the_tls_of_the_expected_mx_is_a_warning_at_most(void **state)
{
    (void)state;
    struct mf_rec_tls good = {true, true, "TLSv1.3", "c", "CN=in.hes.trendmicro.com", "CN=CA", "in.hes.trendmicro.com", "", 61}, tls = good;
    mx_tls("good", "STARTTLS", good, "");
    mx_tls("none", "none", (struct mf_rec_tls){.version = "", .names = "", .problem = "", .subject = ""}, "tls.not-offered warns");
    tls.days_left = 5;
    mx_tls("expires soon", "STARTTLS", tls, "tls.expires-soon warns");
    tls.verified = false;
    tls.problem = "expired";
    tls.days_left = -3;
    mx_tls("expired", "STARTTLS", tls, "tls.expired warns");
    tls.days_left = 61;
    tls.names = "mail.other.example *.trendmicro.com";
    mx_tls("another name; a star is one label", "STARTTLS", tls, "tls.name warns");
    tls.names = "*.hes.trendmicro.com";
    mx_tls("the right name by a private CA is common and only noted", "STARTTLS", tls, "");
}

static void severity_loosens_a_record_but_not_could_not_find_out(void **state)
{
    (void)state;
    struct mf_severity_rule rules[] = {{.finding = "dns.mx-old-kept", .severity = MF_SEVERITY_WARN}, {.finding = "dns.dmarc-differs", .severity = MF_SEVERITY_IGNORE},
                                       {.finding = "dns.server-dead", .severity = MF_SEVERITY_IGNORE}};
    struct zone zone = {.mx = MX "\n@ MX 10 mail", .dmarc = "_dmarc TXT \"v=DMARC1; p=reject\""};
    struct build *b = new_world();
    for (size_t i = 0; i < 4; i++) {
        b->plan->sections[0].dns_rows[i].severities = rules;
        b->plan->sections[0].dns_rows[i].severity_count = 3;
    }
    server_says(b, "192.0.2.53", &zone);
    server_says(b, "192.0.2.54", &zone);
    judge_with(b, &zone);
    assert_string_equal(told(b), "dns.mx-old-kept warns");
    assert_string_equal(rows(b), ALL_PASS);
    server_fails(b, "192.0.2.54", MF_DNS_TIMEOUT, false, "no answer");
    build_judge(b);
    assert_int_equal(b->verdict->status, 2);
    build_free(&b);
}

/* A run with these rows and one signed message to the outside. */
static struct build *with_mail(const struct mf_flow **sent)
{
    struct build *b = new_world();
    struct mf_section *both = mf_alloc_array(b->arena, 2, sizeof *both);
    both[0] = b->plan->sections[0];
    both[1] = (struct mf_section){.title = "Mail", .index = 1};
    b->plan->sections = both;
    b->plan->section_count = 2;
    b->signer = key;
    struct mf_flow *flow = build_flow(b, "Outbound mail", "alice", "probe");
    flow->section = &both[1];
    build_accept(b, flow, NULL);
    build_copy(b, flow, "probe", "INBOX", build_signed(b, flow, build_through_gateway, ""));
    *sent = flow;
    return b;
}

static void a_key_that_is_wrong_in_dns_explains_the_mail_that_failed(void **state)
{
    (void)state;
    struct zone zone = {.dkim = SELECTOR " TXT \"v=DKIM1; k=rsa; p=\""};
    const struct mf_flow *flow;
    struct build *b = with_mail(&flow);
    server_says(b, "192.0.2.53", &zone);
    server_says(b, "192.0.2.54", &zone);
    judge_with(b, &zone);
    assert_string_equal(told(b), "dns.dkim-revoked fail");
    assert_int_equal(b->verdict->findings[0]->flow_count, 1);
    assert_int_equal(build_outcome(b, flow), MF_FAIL);
    assert_ptr_equal(b->verdict->flows[flow->index].findings[0], b->verdict->findings[0]);
    build_free(&b);
}

/* --- within: time to come --- */

static struct build *awaited(const struct zone *ns2, mf_usec within, mf_usec gone)
{
    struct build *b = new_world();
    for (size_t i = 0; i < b->plan->sections[0].dns_row_count; i++)
        b->plan->sections[0].dns_rows[i].within = within;
    b->now = BUILD_START + gone;
    server_says(b, "192.0.2.53", &healthy);
    if (ns2)
        server_says(b, "192.0.2.54", ns2);
    judge_with(b, &healthy);
    return b;
}

static const struct zone before_switch = {.mx = "@ MX 10 mail"};

static void what_is_not_there_yet_is_pending_until_the_deadline(void **state)
{
    (void)state;
    struct build *b = awaited(&before_switch, 3600 * MF_SECOND, 300 * MF_SECOND);
    assert_string_equal(rows(b), "MX pending, SPF pass, DKIM pass, DMARC pass");
    assert_string_equal(told(b), "dns.mx-stale pending");
    assert_string_equal(b->verdict->dns[0].detail, "not at ns2: 10 mail.net-it.com; awaited, 5:00 of 1:00:00");
    assert_int_equal(b->verdict->pending, 1);
    assert_int_equal(b->verdict->outcome, MF_PENDING);
    assert_int_equal(b->verdict->status, 75);
    assert_int_equal(b->verdict->findings[0]->number, 0); /* no failure yet */
    build_free(&b);
}

static void after_the_deadline_it_is_wrong_and_says_how_long_it_had(void **state)
{
    (void)state;
    struct build *b = awaited(&before_switch, 3600 * MF_SECOND, 3600 * MF_SECOND);
    assert_string_equal(rows(b), "MX fail, SPF pass, DKIM pass, DMARC pass");
    assert_string_equal(told(b), "dns.mx-stale fail");
    assert_string_equal(b->verdict->dns[0].detail, "not at ns2: 10 mail.net-it.com; not there within 1:00:00");
    assert_int_equal(b->verdict->status, 1);
    build_free(&b);
}

static void a_silent_server_is_awaited_too_and_an_error_in_the_end(void **state)
{
    (void)state;
    struct build *b = awaited(NULL, 60 * MF_SECOND, 5 * MF_SECOND);
    assert_string_equal(rows(b), "MX pending, SPF pending, DKIM pending, DMARC pending");
    assert_int_equal(b->verdict->status, 75);
    build_free(&b);
    b = awaited(NULL, 60 * MF_SECOND, 70 * MF_SECOND);
    assert_string_equal(rows(b), "MX error, SPF error, DKIM error, DMARC error");
    assert_int_equal(b->verdict->status, 2);
    build_free(&b);
}

static void what_is_there_passes_before_the_deadline_and_newer_answers_win(void **state)
{
    (void)state;
    struct build *b = awaited(&before_switch, 60 * MF_SECOND, 5 * MF_SECOND);
    assert_int_equal(b->verdict->status, 75);
    server_says(b, "192.0.2.54", &healthy); /* the next round */
    judge_with(b, &healthy);
    assert_string_equal(rows(b), ALL_PASS);
    assert_int_equal(b->verdict->status, 0);
    build_free(&b);
}

static void an_interrupted_run_names_the_records_that_it_waited_for(void **state)
{
    (void)state;
    struct build *b = awaited(&before_switch, 60 * MF_SECOND, 5 * MF_SECOND);
    b->evidence->ended = "interrupted";
    build_judge(b);
    const struct mf_finding *finding = build_finding(b, "run.interrupted");
    assert_non_null(finding);
    assert_int_equal(finding->row_count, 1);
    assert_int_equal(finding->rows[0]->kind, MF_ROW_MX);
    assert_non_null(strstr(finding->fix, "mailflow resume"));
    build_free(&b);
}

static void mail_that_needs_the_records_is_not_sent_before_they_are_there(void **state)
{
    (void)state;
    static const struct {
        mf_usec gone;
        const char *why;
    } table[] = {{5 * MF_SECOND, "needs \"DNS\", whose MX record is not there yet"},
                 {70 * MF_SECOND, "needs \"DNS\", whose MX record failed"}};
    for (size_t i = 0; i < 2; i++) {
        struct build *b = awaited(&before_switch, 60 * MF_SECOND, table[i].gone);
        struct mf_flow *flow = build_flow(b, "After", "alice", "bob");
        struct mf_need need = {.section = &b->plan->sections[0]};
        flow->needs = &need;
        flow->need_count = 1;
        build_judge(b);
        assert_int_equal(build_outcome(b, flow), MF_SKIPPED);
        assert_string_equal(build_detail(b, flow), table[i].why);
        server_says(b, "192.0.2.54", &healthy);
        judge_with(b, &healthy);
        assert_int_not_equal(build_outcome(b, flow), MF_SKIPPED);
        build_free(&b);
    }
}

static void what_a_site_ignores_is_not_awaited(void **state)
{
    (void)state;
    static struct mf_severity_rule rule = {"dns.mx-stale", MF_SEVERITY_IGNORE, {0}};
    struct build *b = new_world();
    struct mf_dns_row *row = &b->plan->sections[0].dns_rows[0];
    row->within = 60 * MF_SECOND;
    row->severities = &rule;
    row->severity_count = 1;
    b->now = BUILD_START + MF_SECOND;
    server_says(b, "192.0.2.53", &healthy);
    server_says(b, "192.0.2.54", &before_switch);
    judge_with(b, &healthy);
    assert_int_equal(b->verdict->dns[0].outcome, MF_PASS);
    build_free(&b);
}

static void a_key_that_one_server_lacks_explains_the_mail_that_failed_by_chance(void **state)
{
    (void)state;
    struct zone edited = {.dkim = ""};
    const struct mf_flow *flow;
    struct build *b = with_mail(&flow);
    server_says(b, "192.0.2.53", &healthy);
    server_says(b, "192.0.2.54", &edited);
    judge_with(b, &edited);
    assert_string_equal(told(b), "dns.record-stale fail");
    assert_string_equal(b->verdict->findings[0]->title, "ns2 has no DKIM key");
    assert_int_equal(b->verdict->findings[0]->flow_count, 1);
    build_free(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(healthy_records_pass_and_say_what_they_are),
        cmocka_unit_test(the_mx_is_wrong),
        cmocka_unit_test(the_spf_record_is_wrong),
        cmocka_unit_test(a_mistake_in_an_included_record_is_mended_there),
        cmocka_unit_test(the_record_of_somebody_else_is_theirs_to_mend),
        cmocka_unit_test(an_include_that_a_vendor_took_away_is_theirs_to_name),
        cmocka_unit_test(what_stands_behind_all_is_told),
        cmocka_unit_test(a_record_that_everybody_passes_is_worse_than_softfail),
        cmocka_unit_test(a_txt_record_that_was_meant_as_spf_is_shown_with_the_reason),
        cmocka_unit_test(an_application_that_spf_does_not_cover_is_named_with_what_to_add),
        cmocka_unit_test(an_address_behind_nat_is_not_blamed),
        cmocka_unit_test(the_dkim_record_is_wrong),
        cmocka_unit_test(the_dmarc_record_is_wrong),
        cmocka_unit_test(a_dmarc_record_that_does_not_count_is_shown_with_the_reason),
        cmocka_unit_test(a_dmarc_record_at_another_name_is_found),
        cmocka_unit_test(what_differs_in_a_dmarc_record_is_told_tag_by_tag),
        cmocka_unit_test(a_dkim_key_at_another_name_is_found),
        cmocka_unit_test(a_dkim_record_that_can_t_be_used_says_why),
        cmocka_unit_test(what_an_mx_says_is_told),
        cmocka_unit_test(what_panels_and_people_make_of_records_is_recognized),
        cmocka_unit_test(no_report_address_is_a_warning),
        cmocka_unit_test(a_report_domain_that_does_not_agree_is_a_warning),
        cmocka_unit_test(one_stale_server_is_one_cause_however_many_records_it_lacks),
        cmocka_unit_test(a_stale_server_whose_mx_is_right_has_another_id),
        cmocka_unit_test(what_only_a_cache_holds_is_not_wrong),
        cmocka_unit_test(a_silent_server_is_could_not_find_out),
        cmocka_unit_test(a_server_that_refuses_is_lame_and_wrong),
        cmocka_unit_test(a_silent_server_does_not_hide_a_wrong_record_at_the_other),
        cmocka_unit_test(nobody_was_asked_is_no_pass),
        cmocka_unit_test(mail_programs_led_to_an_unknown_server_are_a_warning),
        cmocka_unit_test(names_of_mail_programs_are_followed_to_their_ends),
        cmocka_unit_test(a_relay_without_a_name_that_leads_back_is_a_warning),
        cmocka_unit_test(an_mta_sts_policy_must_name_the_expected_mx),
        cmocka_unit_test(the_tls_of_the_expected_mx_is_a_warning_at_most),
        cmocka_unit_test(severity_loosens_a_record_but_not_could_not_find_out),
        cmocka_unit_test(a_key_that_is_wrong_in_dns_explains_the_mail_that_failed),
        cmocka_unit_test(what_is_not_there_yet_is_pending_until_the_deadline),
        cmocka_unit_test(after_the_deadline_it_is_wrong_and_says_how_long_it_had),
        cmocka_unit_test(a_silent_server_is_awaited_too_and_an_error_in_the_end),
        cmocka_unit_test(what_is_there_passes_before_the_deadline_and_newer_answers_win),
        cmocka_unit_test(an_interrupted_run_names_the_records_that_it_waited_for),
        cmocka_unit_test(mail_that_needs_the_records_is_not_sent_before_they_are_there),
        cmocka_unit_test(what_a_site_ignores_is_not_awaited),
        cmocka_unit_test(a_key_that_one_server_lacks_explains_the_mail_that_failed_by_chance),
    };
    return cmocka_run_group_tests(tests, make_keys, free_keys) ? 1 : 0;
}

/* What surrounds the records of the go-live: MTA-STS, TLS-RPT, DANE, the certificates of the MX. The zone is as it
 * must be but for what a case adds; told are warnings, notes at most. */
#include "unit/check/build.h"
#include "unit/dns/dns_testing.h"

#define MX_HOST "in.hes.trendmicro.com"
#define KEY_A "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define KEY_B "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"
#define KEY_CA "cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc"
#define WHOLE "dddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd"
#define LONG_A KEY_A KEY_A
#define STS "_mta-sts TXT \"v=STSv1; id=20261127\"\n"
#define RPT "_smtp._tls TXT \"v=TLSRPTv1; rua=mailto:tls@net-it.com\"\n"
#define POLICY "version: STSv1\nmode: enforce\nmx: " MX_HOST "\nmax_age: 604800\n"
#define TLSA(value) "$ORIGIN trendmicro.com.\n_25._tcp.in.hes TLSA " value "\n"

enum signed_how { NOT_CHECKED, SIGNED, UNSIGNED };

struct around {
    const char *zone;             /* lines of net-it.com's, or after an $ORIGIN of others' */
    const char *page, *media;     /* of the policy; page NULL: nobody looked; the media type defaults to text/plain */
    int status;                   /* 0: 200 */
    enum signed_how signing;
    const char *fails;            /* the look-up of this name is bogus */
    struct mf_rec_opened looks[3];
};

static const struct mf_rec_tls good_tls = {true, true, "TLSv1.3", "c", "CN=" MX_HOST, "CN=CA", MX_HOST, "", 61};

/* A look at an address of the MX, whose certificate has the key A and is made by the CA. */
static struct mf_rec_opened look(const char *address, struct mf_rec_tls tls)
{
    static struct mf_rec_certificate chain[] = {{"CN=" MX_HOST, WHOLE, "", KEY_A, LONG_A, false, 61}, {"CN=CA", "", "", KEY_CA, "", true, 900}};
    static char labels[8][80];
    static size_t next;
    char *label = labels[next++ % 8];
    snprintf(label, sizeof labels[0], MF_MX_MAILBOX MX_HOST " %s", address);
    return (struct mf_rec_opened){.mailbox = label, .peer = address, .tls = tls, .capabilities = "STARTTLS", .trouble = "", .chain = chain, .chain_count = 2};
}

static struct mf_rec_opened look_of_abc(void)
{
    static struct mf_rec_certificate abc[] = {{"CN=" MX_HOST, "", "", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad", "", false, 61}};
    struct mf_rec_opened seen = look("198.51.100.10:25", good_tls);
    seen.chain = abc;
    seen.chain_count = 1;
    return seen;
}

static struct mf_dns *zone_dns(struct mf_arena *arena, const char *more)
{
    const char *path = write_file(mf_format(arena,
        "$TTL 600\n$ORIGIN trendmicro.com.\n@ SOA ns h 1 60 10 600 300\nin.hes A 198.51.100.10\n"
        "$ORIGIN old.example.\n@ SOA ns h 1 60 10 600 300\n@ NS ns\nns A 192.0.2.60\nmail A 192.0.2.99\n"
        "$ORIGIN net-it.com.\n@ SOA ns1 h 7 60 10 600 300\n@ NS ns1\nns1 A 192.0.2.53\nmail A 192.0.2.20\n@ MX 0 " MX_HOST ".\n%s\n", more));
    struct mf_diag d = {0};
    struct mf_dns *dns = mf_dns_zone(path, &d);
    if (!dns)
        fail_msg("%s", d.title);
    unlink(path);
    return dns;
}

static void resolver_says(struct build *b, struct mf_dns *dns, const struct around *a, const char *name, enum mf_dns_type type)
{
    struct mf_dns_answer answer = *mf_dns_ask(dns, b->arena, name, type, SOON);
    answer.server = "192.0.2.56@53";
    answer.checked = a->signing != NOT_CHECKED;
    answer.validated = a->signing == SIGNED;
    if (a->fails && mf_same_nocase(name, a->fails)) {
        answer.status = MF_DNS_BOGUS;
        answer.why = "DNSSEC validation failed: signature expired";
        answer.count = 0;
        answer.validated = false;
    }
    mf_dns_record_answer(b->evidence->dns, &answer);
}

static void add_looks(struct build *b, const struct around *a)
{
    struct mf_mailbox_evidence *boxes = mf_alloc_array(b->arena, b->evidence->mailbox_count + 4, sizeof *boxes);
    memcpy(boxes, b->evidence->mailboxes, b->evidence->mailbox_count * sizeof *boxes);
    for (size_t i = 0; i < 3 && a->looks[i].mailbox; i++)
        boxes[b->evidence->mailbox_count++] = (struct mf_mailbox_evidence){.mailbox = a->looks[i].mailbox, .opened = &a->looks[i]};
    b->evidence->mailboxes = boxes;
}

static void add_page(struct build *b, const struct around *a)
{
    struct mf_rec_command *command = mf_alloc(b->arena, sizeof *command);
    *command = (struct mf_rec_command){.flow = MF_POLICY_FLOW, .command = "https://mta-sts.net-it.com/.well-known/mta-sts.txt",
                                       .status = a->status == -1 ? 0 : a->status ? a->status : 200, .output = a->page,
                                       .media = a->media ? a->media : "text/plain"};
    if (a->page)
        b->evidence->flows[b->evidence->flow_count++] = (struct mf_flow_evidence){.flow = MF_POLICY_FLOW, .command = command};
}

static struct build *world_new(void)
{
    static const char *mx[] = {"0 " MX_HOST};
    struct build *b = build_new();
    struct mf_dns_table *table = mf_alloc(b->arena, sizeof *table);
    table->mx = mx;
    table->mx_count = 1;
    table->place = (struct mf_place){"site.yaml", 5, 3, 1};
    b->plan->site->dns = table;
    b->plan->arena = b->arena;
    return b;
}

/* What the server of a zone says to the questions of the rows. */
static size_t server_says(struct build *b, struct mf_dns *dns, const char *at, const char *zone, struct mf_dns_answer *answers)
{
    const struct mf_section *section = &b->plan->sections[0];
    size_t count = 0;
    answers[count++] = *mf_dns_ask(dns, b->arena, zone, MF_DNS_SOA, SOON);
    answers[count++] = *mf_dns_ask(dns, b->arena, "net-it.com", MF_DNS_MX, SOON);
    for (size_t i = 0; i < section->dns_row_count; i++)
        if (section->dns_rows[i].kind == MF_ROW_MORE && mf_ends_nocase(section->dns_rows[i].name, zone))
            answers[count++] = *mf_dns_ask(dns, b->arena, section->dns_rows[i].name, mf_dns_type_find(section->dns_rows[i].more->type), SOON);
    for (size_t i = 0; i < count; i++) {
        answers[i].server = at;
        answers[i].direct = answers[i].replied = answers[i].authoritative = true;
    }
    return count;
}

static void judge(struct build *b, const struct around *a)
{
    struct mf_dns *dns = zone_dns(b->arena, a->zone ? a->zone : "");
    const char *name;
    enum mf_dns_type type;
    mf_plan_add_dns_rows(b->plan, b->plan->site->dns, NULL);
    struct mf_dns_answer *answers = mf_alloc_array(b->arena, 64, sizeof *answers);
    b->evidence->answers = answers;
    b->evidence->answer_count = server_says(b, dns, "192.0.2.53@53", "net-it.com", answers);
    b->evidence->answer_count += server_says(b, dns, "192.0.2.60@53", "old.example", answers + b->evidence->answer_count);
    add_looks(b, a);
    add_page(b, a);
    for (build_judge(b); b->facts->need_dns; build_judge(b))
        while (mf_dns_missing(b->evidence->dns, 0, &name, &type))
            resolver_says(b, dns, a, name, type);
    mf_dns_free(&dns);
}

static const char *told(const struct build *b)
{
    const char *text = "";
    for (size_t i = 0; i < b->verdict->finding_count; i++)
        text = mf_format(b->arena, "%s%s%s", text, i ? ", " : "", b->verdict->findings[i]->kind->id);
    return text;
}

static bool is_noted(const struct build *b, const char *words)
{
    for (size_t i = 0; i < b->verdict->dns[0].facts->note_count; i++)
        if (strstr(b->verdict->dns[0].facts->notes[i], words))
            return true;
    return false;
}

/* Which findings, and words that the first one's why or fix (or a note) must hold. All are warnings. */
static void expect(const char *what, struct around a, const char *findings, const char *words)
{
    struct build *b = world_new();
    judge(b, &a);
    if (strcmp(told(b), findings) != 0)
        fail_msg("%s: told \"%s\"", what, told(b));
    assert_int_equal(b->verdict->status, 0);
    const struct mf_finding *first = b->verdict->finding_count ? b->verdict->findings[0] : NULL;
    if (words && !is_noted(b, words) && !(first && (strstr(first->why, words) || strstr(first->fix, words) || strstr(first->title, words))))
        fail_msg("%s: nothing says \"%s\"; why: %s fix: %s", what, words, first ? first->why : "-", first ? first->fix : "-");
    build_free(&b);
}

static void who_hears_of_failures_with_tls(void **state)
{
    (void)state;
    expect("no record, and nothing insists on TLS: information", (struct around){0}, "", "no TLS-RPT record (_smtp._tls.net-it.com)");
    expect("a good one", (struct around){.zone = RPT}, "", NULL);
    expect("https, and two addresses", (struct around){.zone = "_smtp._tls TXT \"v=TLSRPTv1;rua=mailto:a@b.example , https://b.example/r;\""}, "", NULL);
    expect("an MTA-STS policy, and no record", (struct around){.zone = STS, .page = POLICY}, "dns.tls-rpt-missing",
           "  _smtp._tls.net-it.com.  TXT  \"v=TLSRPTv1; rua=mailto:tls-reports@net-it.com\"");
    expect("a policy of mode none insists on nothing", (struct around){.zone = STS, .page = "version: STSv1\nmode: none\nmax_age: 1\n"}, "", "no TLS-RPT record");
    expect("DANE, and no record", (struct around){.zone = TLSA("3 1 1 " KEY_A), .signing = SIGNED, .looks = {look("198.51.100.10:25", good_tls)}},
           "dns.tls-rpt-missing", "A TLSA record (DANE) makes senders insist");
    expect("two records", (struct around){.zone = RPT RPT "_smtp._tls TXT \"v=TLSRPTv1; rua=mailto:x@net-it.com\""}, "dns.tls-rpt-two", "Leave only one");
    expect("another TXT record beside it", (struct around){.zone = RPT "_smtp._tls TXT \"hello\""}, "", NULL);
    expect("no address", (struct around){.zone = "_smtp._tls TXT \"v=TLSRPTv1;\""}, "dns.tls-rpt-broken", "rua=, whom to report to, is missing");
    expect("no semicolon", (struct around){.zone = "_smtp._tls TXT \"v=TLSRPTv1 rua=mailto:x@net-it.com\""}, "dns.tls-rpt-broken", "a semicolon must follow");
    expect("an address without mailto:", (struct around){.zone = "_smtp._tls TXT \"v=TLSRPTv1; rua=x@net-it.com\""}, "dns.tls-rpt-broken",
           "\"x@net-it.com\" in rua= is neither mailto:ADDRESS nor https://");
    expect("small letters", (struct around){.zone = "_smtp._tls TXT \"v=tlsrptv1; rua=mailto:x@net-it.com\""}, "dns.tls-rpt-broken", "in just these letters");
}

static void one_record_with_a_good_id_announces_mta_sts(void **state)
{
    (void)state;
#define RECORD(text) (struct around){.zone = "_mta-sts TXT \"" text "\"\n" RPT, .page = POLICY}
    expect("good", RECORD("v=STSv1; id=20261127;"), "", NULL);
    expect("an extension", RECORD("v=STSv1;id=a1 ; x=y"), "", NULL);
    expect("no id", RECORD("v=STSv1;"), "dns.mta-sts-record", "id= is missing");
    expect("an id with a hyphen", RECORD("v=STSv1; id=2026-11-27"), "dns.mta-sts-record", "id=2026-11-27 must be 1 to 32 letters and digits");
    expect("an id of 33", RECORD("v=STSv1; id=123456789012345678901234567890123"), "dns.mta-sts-record", "must be 1 to 32");
    expect("no semicolon", RECORD("v=STSv1 id=1"), "dns.mta-sts-record", "a semicolon must follow v=STSv1");
    expect("small letters", RECORD("v=stsv1; id=1"), "dns.mta-sts-record", "in just these letters");
    expect("two", (struct around){.zone = STS "_mta-sts TXT \"v=STSv1; id=2\"\n" RPT, .page = POLICY}, "dns.mta-sts-record", "there are 2 of them");
    expect("the fix has an id of now", RECORD("v=STSv1;"), "dns.mta-sts-record", "  _mta-sts.net-it.com.  TXT  \"v=STSv1; id=20261123T");
    expect("a policy, and no record", (struct around){.zone = RPT, .page = POLICY}, "dns.mta-sts-unannounced", "nobody fetches it");
    expect("a page of mode none, on its way out", (struct around){.zone = RPT, .page = "version: STSv1\nmode: none\nmax_age: 1\n"}, "", NULL);
    expect("a web server that shows something else", (struct around){.zone = RPT, .page = "<html>"}, "", NULL);
    expect("neither record nor page", (struct around){.zone = RPT, .page = "mta-sts.net-it.com does not exist", .status = -1}, "", NULL);
}

static void a_policy_must_be_as_rfc_8461_has_it(void **state)
{
    (void)state;
#define PAGE(text) (struct around){.zone = STS RPT, .page = text}
    expect("good, CR LF, of a star", PAGE("version: STSv1\r\nmode: enforce\r\nmx: *.hes.trendmicro.com\r\nmax_age: 604800\r\n"), "", NULL);
    expect("the first of two modes counts", PAGE("version: STSv1\nmode: none\nmode: enforce\nmx: old.example\nmax_age: 604800\n"), "", "mode none");
    expect("testing is information", PAGE("version: STSv1\nmode: testing\nmx: " MX_HOST "\nmax_age: 604800\n"), "", "mode testing");
    expect("a short life is information", PAGE("version: STSv1\nmode: enforce\nmx: " MX_HOST "\nmax_age: 600\n"), "", "max_age is 600 s");
    expect("a version to come", PAGE("version: STSv2\nmode: enforce\nmx: " MX_HOST "\nmax_age: 604800\n"), "dns.mta-sts-broken", "version: STSv2 is not known");
    expect("a mode that there is not", PAGE("version: STSv1\nmode: enforced\nmx: " MX_HOST "\nmax_age: 604800\n"), "dns.mta-sts-broken", "mode: enforced is none of");
    expect("no max_age", PAGE("version: STSv1\nmode: enforce\nmx: " MX_HOST "\n"), "dns.mta-sts-broken", "no max_age");
    expect("max_age in days", PAGE("version: STSv1\nmode: enforce\nmx: " MX_HOST "\nmax_age: 7d\n"), "dns.mta-sts-broken", "max_age: 7d is no number");
    expect("no mx", PAGE("version: STSv1\nmode: enforce\nmax_age: 604800\n"), "dns.mta-sts-broken", "it has no mx: line");
    expect("an mx with its preference", PAGE("version: STSv1\nmode: enforce\nmx: 0 " MX_HOST "\nmax_age: 604800\n"), "dns.mta-sts-broken", "neither a host nor");
    expect("a star inside", PAGE("version: STSv1\nmode: enforce\nmx: in.*.trendmicro.com\nmax_age: 604800\n"), "dns.mta-sts-broken", "neither a host nor");
    expect("CR alone", PAGE("version: STSv1\rmode: enforce\rmx: " MX_HOST "\rmax_age: 604800\r"), "dns.mta-sts-broken", "");
    expect("HTML by its type", (struct around){.zone = STS RPT, .page = POLICY, .media = "text/html; charset=utf-8"}, "dns.mta-sts-broken", "not text/plain");
    expect("plain with a charset", (struct around){.zone = STS RPT, .page = POLICY, .media = "text/plain; charset=utf-8"}, "", NULL);
    expect("moved elsewhere", (struct around){.zone = STS RPT, .page = "", .status = 301}, "dns.mta-sts-broken", "redirects are not followed");
    expect("a certificate for another name",
           (struct around){.zone = STS RPT, .page = "https://mta-sts.net-it.com/.well-known/mta-sts.txt: SSL: certificate subject name does not match", .status = -1},
           "dns.mta-sts-broken", "show a certificate for mta-sts.net-it.com");
    expect("the fix is a whole page", PAGE("version: STSv1\nmode: enforce\nmx: old.example\nmax_age: 604800\n"), "dns.mta-sts-mx",
           "  version: STSv1\n  mode: enforce\n  mx: " MX_HOST "\n  max_age: 604800\n");
}

static void tlsa_records_are_held_against_what_each_address_shows(void **state)
{
    (void)state;
#define DANE(records, how) (struct around){.zone = RPT records, .signing = how, .looks = {look("198.51.100.10:25", good_tls)}}
    struct mf_rec_tls other_name = good_tls;
    other_name.names = "other.example";
    expect("none", DANE("", SIGNED), "", NULL);
    expect("the key", DANE(TLSA("3 1 1 " KEY_A), SIGNED), "", "is signed and fits");
    expect("the key, SHA-512", DANE(TLSA("3 1 2 " LONG_A), SIGNED), "", "is signed and fits");
    expect("the certificate", DANE(TLSA("3 0 1 " WHOLE), SIGNED), "", "is signed and fits");
    expect("the old and the new one", DANE(TLSA("3 1 1 " KEY_B) "_25._tcp.in.hes TLSA 3 1 1 " KEY_A "\n", SIGNED), "", "is signed and fits");
    expect("the key itself, in full: SHA-256 of \"abc\" is what was seen", (struct around){.zone = RPT TLSA("3 1 0 616263"), .signing = SIGNED, .looks = {look_of_abc()}},
           "", "is signed and fits");
    expect("an authority in full, that was not sent along, can't be judged", DANE(TLSA("2 0 0 616263"), SIGNED), "", "can't be told");
    expect("the authority", DANE(TLSA("2 1 1 " KEY_CA), SIGNED), "", "is signed and fits");
    expect("another key", DANE(TLSA("3 1 1 " KEY_B), SIGNED), "dns.dane-mismatch", "  _25._tcp." MX_HOST ".  TLSA  3 1 1 " KEY_A "\n");
    expect("it names the record and the address", DANE(TLSA("3 1 1 " KEY_B), SIGNED), "dns.dane-mismatch", "says 3 1 1 " KEY_B ".\n198.51.100.10:25 shows one");
    expect("the key where the certificate is asked for", DANE(TLSA("3 0 1 " KEY_A), SIGNED), "dns.dane-mismatch", NULL);
    expect("the authority with another name in the certificate",
           (struct around){.zone = RPT TLSA("2 1 1 " KEY_CA), .signing = SIGNED, .looks = {look("198.51.100.10:25", other_name)}}, "dns.dane-mismatch",
           "its authority fits, but the certificate is for other.example");
    expect("for usage 3 the name is nothing", (struct around){.zone = RPT TLSA("3 1 1 " KEY_A), .signing = SIGNED, .looks = {look("198.51.100.10:25", other_name)}},
           "", "is signed and fits");
    expect("no certificate was seen", (struct around){.zone = RPT TLSA("3 1 1 " KEY_A), .signing = SIGNED}, "", "was not compared");
}

static void only_one_of_two_addresses_may_be_wrong(void **state)
{
    (void)state;
    static struct mf_rec_certificate renewed[] = {{"CN=" MX_HOST, "", "", KEY_B, "", false, 89}};
    struct around a = {.zone = RPT TLSA("3 1 1 " KEY_A), .signing = SIGNED, .looks = {look("198.51.100.10:25", good_tls), look("198.51.100.12:25", good_tls)}};
    a.looks[1].chain = renewed;
    a.looks[1].chain_count = 1;
    expect("the second was renewed", a, "dns.dane-mismatch", ".\n198.51.100.12:25 shows one that is 3 1 1 " KEY_B);
}

static void dnssec_is_believed_by_our_own_validation_alone(void **state)
{
    (void)state;
    expect("not signed", DANE(TLSA("3 1 1 " KEY_A), UNSIGNED), "dns.dane-insecure", "Senders ignore them");
    expect("not signed, and wrong: one cause", DANE(TLSA("3 1 1 " KEY_B), UNSIGNED), "dns.dane-insecure", NULL);
    expect("nothing could be validated: not good", DANE(TLSA("3 1 1 " KEY_A), NOT_CHECKED), "", "whether it is signed is not known from here");
    expect("nothing could be validated, and it does not fit", DANE(TLSA("3 1 1 " KEY_B), NOT_CHECKED), "dns.dane-mismatch",
           "if these records are signed, which is not known from here");
    struct around a = DANE(TLSA("3 1 1 " KEY_A), SIGNED);
    a.fails = "_25._tcp." MX_HOST;
    expect("bogus", a, "dns.dane-bogus", "signature expired");
}

static void parameters_that_mail_has_no_use_for(void **state)
{
    (void)state;
    expect("a public CA's", DANE(TLSA("1 1 1 " KEY_A), SIGNED), "dns.dane-unusable", "usage 1 (a public CA must vouch) is not for mail");
    expect("no such selector", DANE(TLSA("3 2 1 " KEY_A), SIGNED), "dns.dane-unusable", "there is no selector 2");
    expect("no such matching type", DANE(TLSA("3 1 3 " KEY_A), SIGNED), "dns.dane-unusable", "there is no matching type 3");
    expect("cut", DANE(TLSA("3 1 1 aaaa"), SIGNED), "dns.dane-unusable", "its value has 2 bytes, and matching type 1 makes 32");
    expect("the fix", DANE(TLSA("0 0 1 " KEY_A), SIGNED), "dns.dane-unusable", "Let whoever runs " MX_HOST " publish in its place:\n  _25._tcp." MX_HOST ".  TLSA  3 1 1 " KEY_A);
    expect("beside one that can be used", DANE(TLSA("1 1 1 " KEY_A) "_25._tcp.in.hes TLSA 3 1 1 " KEY_A "\n", SIGNED), "", "others can be used");
}

static void each_address_of_the_mx_is_looked_at(void **state)
{
    (void)state;
    struct mf_rec_tls bad = good_tls, none = {.version = "", .cipher = "", .subject = "", .issuer = "", .names = "", .problem = ""};
    bad.verified = false;
    bad.names = "filter7.internal.example";
    bad.problem = "the certificate is not for " MX_HOST;
    expect("the second address has another certificate", (struct around){.looks = {look("198.51.100.10:25", good_tls), look("198.51.100.12:25", bad)}}, "tls.name",
           "(198.51.100.12:25) shows a certificate for filter7.internal.example");
    struct around a = {.looks = {look("198.51.100.10:25", good_tls), look("2001:db8::10", none)}};
    a.looks[1].peer = "";
    a.looks[1].capabilities = "";
    a.looks[1].trouble = "no route to it";
    expect("no way to the second from here: not looked at", a, "", "MX " MX_HOST ": 2001:db8::10 was not looked at: no route to it");
    a.looks[1].peer = "[2001:db8::10]:25";
    a.looks[1].trouble = "it answered 554 go away";
    expect("it would not speak to us: nothing is known of its TLS", a, "", "was not looked at: it answered 554 go away");
    a.looks[1].capabilities = "none";
    expect("no STARTTLS at the second", a, "tls.not-offered", "([2001:db8::10]:25) does not offer STARTTLS");
    a.looks[1].capabilities = "STARTTLS";
    a.looks[1].trouble = "the TLS handshake failed";
    expect("STARTTLS that fails", a, "tls.failed", "offers STARTTLS, and then: the TLS handshake failed");
    struct mf_rec_tls soon = good_tls;
    soon.days_left = 20;
    expect("20 days are information", (struct around){.looks = {look("198.51.100.10:25", soon)}}, "", "its certificate has 20 days left");
    soon.days_left = 13;
    expect("13 days are a warning", (struct around){.looks = {look("198.51.100.10:25", soon)}}, "tls.expires-soon", "13 days left");
}

static void mta_sts_in_force_wants_a_public_ca(void **state)
{
    (void)state;
    struct mf_rec_tls own = good_tls;
    own.verified = false;
    own.problem = "the certificate is self-signed and not trusted";
    expect("without MTA-STS it is information", (struct around){.looks = {look("198.51.100.10:25", own)}}, "", "self-signed");
    expect("with it a warning", (struct around){.zone = STS RPT, .page = POLICY, .looks = {look("198.51.100.10:25", own)}}, "tls.untrusted", "mode enforce");
}

/* A row for one name: "pass", "fail dns.record-differs" …, and what the fix holds. */
static void more(const char *what, const char *zone, struct mf_dns_more *expected, size_t count, const char *outcome, const char *fix)
{
    struct build *b = world_new();
    b->plan->site->dns->more = expected;
    b->plan->site->dns->more_count = count;
    for (size_t i = 0; i < count; i++)
        expected[i].place = (struct mf_place){"site.yaml", 12, 5, 1};
    struct around a = {.zone = zone};
    judge(b, &a);
    assert_int_equal(b->verdict->dns_count, 2);
    const struct mf_dns_verdict *row = &b->verdict->dns[1];
    const char *seen = mf_format(b->arena, "%s%s%s", mf_outcome_name(row->outcome), row->finding_count ? " " : "", row->finding_count ? row->findings[0]->kind->id : "");
    if (strcmp(seen, outcome) != 0)
        fail_msg("%s: %s (%s)", what, seen, row->detail);
    if (fix && (!strstr(row->findings[0]->fix, fix) || row->findings[0]->places[0].line != 12))
        fail_msg("%s: fix %s", what, row->findings[0]->fix);
    build_free(&b);
}

static void a_name_of_the_table_has_exactly_its_records(void **state)
{
    (void)state;
#define ONE(name, type, value) (struct mf_dns_more[]){{name, type, value, {0}}}, 1
    more("an alias", "autodiscover CNAME autodiscover.OUTLOOK.com.", ONE("autodiscover", "CNAME", "autodiscover.outlook.com"), "pass", NULL);
    more("an alias that is another", "autodiscover CNAME mail.old.example.", ONE("autodiscover", "CNAME", "autodiscover.outlook.com"), "fail dns.record-differs",
         "  autodiscover.net-it.com.  CNAME  autodiscover.outlook.com.\n");
    more("none", "", ONE("autodiscover", "CNAME", "autodiscover.outlook.com"), "fail dns.record-missing", "Publish:\n  autodiscover.net-it.com.  CNAME");
    more("a service", "_imaps._tcp SRV 0 1 993 mail", ONE("_imaps._tcp", "SRV", "0 1 993 mail.net-it.com"), "pass", NULL);
    more("another port", "_imaps._tcp SRV 0 1 143 mail", ONE("_imaps._tcp", "SRV", "0 1 993 mail.net-it.com"), "fail dns.record-differs", "  SRV  0 1 993 mail.net-it.com.\n");
    more("a service that is not offered", "_imap._tcp SRV 0 0 0 .", ONE("_imap._tcp", "SRV", "0 0 0 ."), "pass", NULL);
    more("the old server left beside the new one", "_imaps._tcp SRV 0 1 993 mail\n_imaps._tcp SRV 9 1 993 mail.old.example.",
         ONE("_imaps._tcp", "SRV", "0 1 993 mail.net-it.com"), "fail dns.record-differs", NULL);
    more("addresses", "web A 192.0.2.1\nweb A 192.0.2.2", (struct mf_dns_more[]){{"web", "A", "192.0.2.2", {0}}, {"web", "A", "192.0.2.1", {0}}}, 2, "pass", NULL);
    more("an address lacks", "web A 192.0.2.1", (struct mf_dns_more[]){{"web", "A", "192.0.2.2", {0}}, {"web", "A", "192.0.2.1", {0}}}, 2, "fail dns.record-differs",
         "  web.net-it.com.  A  192.0.2.2\n  web.net-it.com.  A  192.0.2.1\n");
    more("another TXT record is nobody's business", "@ TXT \"google-site-verification=x\"\n@ TXT \"MS=ms1\"", ONE("@", "TXT", "MS=ms1"), "pass", NULL);
    more("unless it speaks of the same", "_mta-sts TXT \"v=STSv1; id=1\"\n_mta-sts TXT \"v=STSv1; id=2\"", ONE("_mta-sts", "TXT", "v=STSv1; id=1"), "fail dns.record-differs",
         "  _mta-sts.net-it.com.  TXT  \"v=STSv1; id=1\"\n");
    more("CAA", "@ CAA 0 issue \"ca.example\"", ONE("@", "CAA", "0 issue \"ca.example\""), "pass", NULL);
    more("TLSA", "_25._tcp.mail TLSA 3 1 1 " KEY_A, ONE("_25._tcp.mail", "TLSA", "3 1 1 " KEY_A), "pass", NULL);
    more("NS", "", ONE("@", "NS", "ns1.net-it.com"), "pass", NULL);
    more("PTR, in a zone of ours", "9 PTR mail", ONE("9", "PTR", "mail.net-it.com"), "pass", NULL);
    more("in another zone its own servers count", "", ONE("mail.old.example.", "A", "192.0.2.99"), "pass", NULL);
    more("and say what they have", "", ONE("mail.old.example.", "A", "192.0.2.98"), "fail dns.record-differs", "  mail.old.example.  A  192.0.2.98\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(who_hears_of_failures_with_tls),
        cmocka_unit_test(one_record_with_a_good_id_announces_mta_sts),
        cmocka_unit_test(a_policy_must_be_as_rfc_8461_has_it),
        cmocka_unit_test(tlsa_records_are_held_against_what_each_address_shows),
        cmocka_unit_test(only_one_of_two_addresses_may_be_wrong),
        cmocka_unit_test(dnssec_is_believed_by_our_own_validation_alone),
        cmocka_unit_test(parameters_that_mail_has_no_use_for),
        cmocka_unit_test(each_address_of_the_mx_is_looked_at),
        cmocka_unit_test(mta_sts_in_force_wants_a_public_ca),
        cmocka_unit_test(a_name_of_the_table_has_exactly_its_records),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* ARC chains, sealed here with keys of their own: intact, broken in each way, and not to be judged. */
#include "auth_testing.h"

#include <ctype.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include "mailflow/arc.h"

static struct mf_arena *arena;
static EVP_PKEY *rsa, *other_rsa, *weak_rsa, *ed25519;
static const char *key_zone; /* the public keys in DNS */

/* ------------------------------------------------------------------ a small sealer */

static const char *base64(const unsigned char *data, size_t len)
{
    unsigned char *text = mf_alloc(arena, len * 4 / 3 + 8);
    EVP_EncodeBlock(text, data, (int)len);
    return (char *)text;
}

static const char *sha256(const char *text, unsigned char digest[32])
{
    unsigned len = 32;
    EVP_Digest(text, strlen(text), digest, &len, EVP_sha256(), NULL);
    return base64(digest, 32);
}

static const char *sign(EVP_PKEY *key, const char *text)
{
    unsigned char digest[32], *signature = mf_alloc(arena, 1024);
    size_t len = 1024;
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    bool is_rsa = EVP_PKEY_get_base_id(key) == EVP_PKEY_RSA;
    sha256(text, digest);
    EVP_DigestSignInit(context, NULL, is_rsa ? EVP_sha256() : NULL, NULL, key);
    int good = is_rsa ? EVP_DigestSign(context, signature, &len, (const unsigned char *)text, strlen(text))
                      : EVP_DigestSign(context, signature, &len, digest, 32);
    EVP_MD_CTX_free(context);
    assert_int_equal(good, 1);
    return base64(signature, len);
}

/* Relaxed form of a field written here: one line, single blanks. */
static const char *relaxed(const char *field)
{
    char *copy = mf_copy(arena, field), *colon = strchr(copy, ':');
    for (char *at = copy; at < colon; at++)
        *at = (char)tolower((unsigned char)*at);
    memmove(colon + 1, colon + 2, strlen(colon + 2) + 1);
    return copy;
}

struct mail {
    const char *fields[40]; /* top first, without line breaks */
    int count;
    const char *body;
};

static void put_on_top(struct mail *mail, const char *field)
{
    memmove(mail->fields + 1, mail->fields, (size_t)mail->count * sizeof *mail->fields);
    mail->fields[0] = field;
    mail->count++;
}

/* The lowest field of a name that is not an ARC field of a later set. */
static const char *field_of(const struct mail *mail, const char *name, const char *must_hold)
{
    size_t len = strlen(name);
    for (int i = mail->count; i-- > 0;)
        if (strncasecmp(mail->fields[i], name, len) == 0 && mail->fields[i][len] == ':' &&
            strstr(mail->fields[i], must_hold))
            return mail->fields[i];
    return NULL;
}

struct hop {
    EVP_PKEY *key;
    const char *selector, *cv, *extra; /* extra: tags put into the seal */
};

static const char *algorithm(EVP_PKEY *key)
{
    return EVP_PKEY_get_base_id(key) == EVP_PKEY_RSA ? "rsa-sha256" : "ed25519-sha256";
}

static void seal(struct mail *mail, int i, struct hop hop)
{
    unsigned char digest[32];
    const char *results =
        mf_format(arena, "ARC-Authentication-Results: i=%d; list.example; spf=pass smtp.mailfrom=a.example", i);
    const char *message =
        mf_format(arena,
                  "ARC-Message-Signature: i=%d; a=%s; c=relaxed/relaxed; d=list.example; s=%s; t=1700000000; "
                  "h=from:subject; bh=%s; b=",
                  i, algorithm(hop.key), hop.selector, sha256(mail->body, digest));
    message = mf_format(arena, "%s%s", message,
                        sign(hop.key, mf_format(arena, "%s\r\n%s\r\n%s", relaxed(field_of(mail, "From", "")),
                                                relaxed(field_of(mail, "Subject", "")), relaxed(message))));
    const char *signed_text = "";
    for (int k = 1; k <= i; k++) {
        const char *instance = mf_format(arena, "i=%d;", k);
        signed_text = mf_format(arena, "%s%s\r\n%s\r\n", signed_text,
                                relaxed(k < i ? field_of(mail, "ARC-Authentication-Results", instance) : results),
                                relaxed(k < i ? field_of(mail, "ARC-Message-Signature", instance) : message));
        if (k < i)
            signed_text = mf_format(arena, "%s%s\r\n", signed_text, relaxed(field_of(mail, "ARC-Seal", instance)));
    }
    const char *chain = mf_format(arena, "ARC-Seal: i=%d; a=%s; cv=%s; d=list.example; s=%s; t=1700000001;%s b=", i,
                                  algorithm(hop.key), hop.cv, hop.selector, hop.extra ? hop.extra : "");
    chain = mf_format(arena, "%s%s", chain, sign(hop.key, mf_format(arena, "%s%s", signed_text, relaxed(chain))));
    put_on_top(mail, results);
    put_on_top(mail, message);
    put_on_top(mail, chain);
}

static struct mail new_mail(void)
{
    return (struct mail){.fields = {"From: a@a.example", "To: list@list.example", "Subject: hello"},
                         .count = 3,
                         .body = "first line\r\nlast line\r\n"};
}

static const char *raw_of(const struct mail *mail, const char *line_end)
{
    const char *raw = "";
    for (int i = 0; i < mail->count; i++)
        raw = mf_format(arena, "%s%s%s", raw, mail->fields[i], line_end);
    raw = mf_format(arena, "%s%s", raw, line_end);
    for (const char *at = mail->body; *at; at++)
        if (*at != '\r')
            raw = *at == '\n' ? mf_format(arena, "%s%s", raw, line_end) : mf_format(arena, "%s%c", raw, *at);
    return raw;
}

static const struct mf_arc *verify(const struct mail *mail)
{
    struct mf_dns *dns = zone_of(key_zone);
    const struct mf_arc *arc = mf_arc_verify(arena, mf_bytes_of(raw_of(mail, "\r\n")), dns, SOON);
    mf_dns_free(&dns);
    return arc;
}

/* ------------------------------------------------------------------ set-up */

static EVP_PKEY *new_rsa(unsigned bits)
{
    return EVP_RSA_gen(bits);
}

static const char *rsa_record(const char *selector, EVP_PKEY *key)
{
    unsigned char *der = NULL;
    int len = i2d_PUBKEY(key, &der);
    const char *record = mf_format(arena, "%s._domainkey.list.example. TXT \"v=DKIM1; k=rsa; p=%s\"\n", selector,
                                   base64(der, (size_t)len));
    OPENSSL_free(der);
    return record;
}

static int start(void **state)
{
    unsigned char raw[32];
    size_t len = sizeof raw;
    (void)state;
    arena = mf_arena_new();
    rsa = new_rsa(2048);
    other_rsa = new_rsa(2048);
    weak_rsa = new_rsa(512);
    ed25519 = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
    if (!rsa || !other_rsa || !weak_rsa || !ed25519 || EVP_PKEY_get_raw_public_key(ed25519, raw, &len) != 1)
        return -1;
    key_zone = mf_format(arena,
                         "%s%s%sed._domainkey.list.example. TXT \"v=DKIM1; k=ed25519; p=%s\"\n"
                         "gone._domainkey.list.example. TXT \"v=DKIM1; k=rsa; p=\"\n"
                         ";!TIMEOUT silent._domainkey.list.example.\n",
                         rsa_record("good", rsa), rsa_record("two", other_rsa), rsa_record("weak", weak_rsa),
                         base64(raw, len));
    return 0;
}

static int stop(void **state)
{
    (void)state;
    EVP_PKEY_free(rsa);
    EVP_PKEY_free(other_rsa);
    EVP_PKEY_free(weak_rsa);
    EVP_PKEY_free(ed25519);
    mf_arena_free(&arena);
    return 0;
}

#define FIRST ((struct hop){rsa, "good", "none", NULL})
#define LATER ((struct hop){other_rsa, "two", "pass", NULL})

static void check(const struct mail *mail, enum mf_arc_result result, int broken_at, const char *reason)
{
    const struct mf_arc *arc = verify(mail);
    if (arc->result != result || arc->broken_at != broken_at || !strstr(arc->reason, reason))
        fail_msg("%s at %d: %s", mf_arc_result_name(arc->result), arc->broken_at, arc->reason);
}

/* ------------------------------------------------------------------ intact */

static void a_message_without_arc_has_none(void **state)
{
    struct mail mail = new_mail();
    (void)state;
    check(&mail, MF_ARC_NONE, 0, "no ARC fields");
    assert_int_equal(mf_arc_verify(arena, (struct mf_bytes){0}, NULL, SOON)->result, MF_ARC_NONE);
}

static void an_intact_chain_passes_and_says_who_sealed_what(void **state)
{
    struct mail mail = new_mail();
    (void)state;
    seal(&mail, 1, FIRST);
    check(&mail, MF_ARC_PASS, 0, "1 set, the last sealed by list.example");
    put_on_top(&mail, "Received: from x by y; Mon, 23 Nov 2026 01:02:03 +0000");
    seal(&mail, 2, LATER);
    seal(&mail, 3, (struct hop){ed25519, "ed", "pass", NULL});
    const struct mf_arc *arc = verify(&mail);
    assert_int_equal(arc->result, MF_ARC_PASS);
    assert_int_equal(arc->count, 3);
    assert_int_equal(arc->oldest_pass, 0);
    assert_string_equal(arc->sets[1].cv, "pass");
    assert_string_equal(arc->sets[1].seal.key_name, "two._domainkey.list.example");
    assert_string_equal(arc->sets[0].results, "list.example; spf=pass smtp.mailfrom=a.example");
    assert_string_equal(arc->sets[2].message.algorithm, "ed25519-sha256");
    assert_int_equal(arc->sets[0].message.key_bits, 2048);
    assert_true(arc->sets[0].message.signed_at == 1700000000 * MF_SECOND);
    assert_true(arc->sets[0].body_matches);
}

static void line_ends_and_folding_play_no_part(void **state)
{
    struct mail mail = new_mail();
    struct mf_dns *dns = zone_of(key_zone);
    (void)state;
    seal(&mail, 1, FIRST);
    assert_int_equal(mf_arc_verify(arena, mf_bytes_of(raw_of(&mail, "\n")), dns, SOON)->result, MF_ARC_PASS);
    char *folded = mf_copy(arena, mail.fields[0]), *blank = strstr(folded, "; d=");
    mail.fields[0] = mf_format(arena, "%.*s;\r\n\t%s", (int)(blank - folded), folded, blank + 2);
    check(&mail, MF_ARC_PASS, 0, "1 set");
    mf_dns_free(&dns);
}

static void a_change_between_two_seals_is_dated_and_forgiven(void **state)
{
    struct mail mail = new_mail();
    (void)state;
    seal(&mail, 1, FIRST);
    mail.body = "first line\r\nlast line\r\n_____\r\nfooter of the list\r\n";
    seal(&mail, 2, LATER);
    const struct mf_arc *arc = verify(&mail);
    assert_int_equal(arc->result, MF_ARC_PASS);
    assert_int_equal(arc->oldest_pass, 2);
    assert_int_equal(arc->sets[0].message.state, MF_ARC_BAD);
    assert_false(arc->sets[0].body_matches);
    assert_non_null(strstr(arc->reason, "since set 2 only"));
}

/* ------------------------------------------------------------------ broken */

static void a_change_after_the_last_seal_breaks_the_chain(void **state)
{
    (void)state;
    struct mail mail = new_mail();
    seal(&mail, 1, FIRST);
    seal(&mail, 2, LATER);
    mail.body = "first line\r\nlast line!\r\n";
    check(&mail, MF_ARC_FAIL, 2, "the body was changed");
    mail = new_mail();
    seal(&mail, 1, FIRST);
    mail.fields[mail.count - 1] = "Subject: [list] hello";
    check(&mail, MF_ARC_FAIL, 1, "what it signs was changed");
}

static void a_change_inside_the_chain_breaks_the_seals_above(void **state)
{
    (void)state;
    struct mail mail = new_mail();
    seal(&mail, 1, FIRST);
    seal(&mail, 2, LATER);
    int at = 5; /* ARC-Authentication-Results: i=1 */
    assert_non_null(strstr(mail.fields[at], "Results: i=1;"));
    mail.fields[at] = "ARC-Authentication-Results: i=1; list.example; spf=fail smtp.mailfrom=a.example";
    check(&mail, MF_ARC_FAIL, 2, "ARC-Seal of set 2");
}

static void every_piece_must_be_there_once(void **state)
{
    static const struct {
        int field;
        const char *reason;
    } cases[] = {{0, "no ARC-Seal"}, {1, "no ARC-Message-Signature"}, {2, "no ARC-Authentication-Results"}};
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct mail mail = new_mail();
        seal(&mail, 1, FIRST);
        const char *twice = mail.fields[cases[i].field];
        mail.fields[cases[i].field] = "X-Taken: out";
        check(&mail, MF_ARC_FAIL, 1, cases[i].reason);
        mail.fields[cases[i].field] = twice;
        put_on_top(&mail, twice);
        check(&mail, MF_ARC_FAIL, 0, "fields say i=1");
    }
    struct mail mail = new_mail();
    seal(&mail, 1, FIRST);
    struct mail gap = mail;
    seal(&mail, 2, LATER);
    seal(&mail, 3, LATER);
    for (int k = 0; k < 3; k++) /* without set 2 */
        put_on_top(&gap, mail.fields[2 - k]);
    check(&gap, MF_ARC_FAIL, 2, "set 2 has no ARC-");
}

static void the_chain_status_must_be_none_and_then_pass(void **state)
{
    static const struct {
        const char *first, *second;
        int broken_at;
        const char *reason;
    } cases[] = {
        {"pass", "pass", 1, "cv=pass, where none must stand"},
        {"none", "none", 2, "cv=none, where pass must stand"},
        {"none", "fail", 2, "already found the chain broken"}, /* RFC 8617 5.2, step 2 */
        {"fail", "pass", 1, "already found the chain broken"}, /* step 3 C */
        {"none", "Pass", 2, "cv=Pass"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct mail mail = new_mail();
        seal(&mail, 1, (struct hop){rsa, "good", cases[i].first, NULL});
        seal(&mail, 2, (struct hop){rsa, "good", cases[i].second, NULL});
        check(&mail, MF_ARC_FAIL, cases[i].broken_at, cases[i].reason);
    }
}

static void fields_that_break_the_rules_break_the_chain(void **state)
{
    static const struct {
        int field;
        const char *part, *instead, *reason;
    } cases[] = {
        {0, "i=1;", "i=0;", "no instance"},
        {0, "i=1;", "i=51;", "no instance"},
        {2, "i=1;", "j=1;", "no instance"},
        {2, "i=1; ", "", "no instance"},
        {0, "a=rsa-sha256", "a=rsa-sha1", "no algorithm that ARC allows"},
        {0, "d=list.example", "d=", "tag d= is empty"},
        {0, "s=good", "x=good", "tag s= is missing"},
        {0, "t=1700000001", "t=now", "no time"},
        {0, "s=good", "s=good; s=good", "twice"},
        {0, "t=1700000001", "h=from", "h= must not be in a seal"},
        {1, "h=from:subject", "h=from:Arc-Seal", "must not name ARC-Seal"},
        {1, "c=relaxed/relaxed", "c=loose", "no canonicalization"},
        {1, "bh=", "bh=*", "bh= is no base64"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct mail mail = new_mail();
        seal(&mail, 1, FIRST);
        const char *field = mail.fields[cases[i].field], *part = strstr(field, cases[i].part);
        assert_non_null(part);
        mail.fields[cases[i].field] =
            mf_format(arena, "%.*s%s%s", (int)(part - field), field, cases[i].instead, part + strlen(cases[i].part));
        const struct mf_arc *arc = verify(&mail);
        if (arc->result != MF_ARC_FAIL || !strstr(arc->reason, cases[i].reason))
            fail_msg("%s -> %s: %s: %s", cases[i].part, cases[i].instead, mf_arc_result_name(arc->result), arc->reason);
    }
    struct mail mail = new_mail();
    seal(&mail, 1, (struct hop){rsa, "good", "none", " unknown=tag;"});
    check(&mail, MF_ARC_PASS, 0, "1 set"); /* unknown tags are ignored */
}

static void keys_must_be_there_and_strong_enough(void **state)
{
    static const struct {
        const char *selector, *reason;
        enum mf_arc_result result;
    } cases[] = {
        {"nowhere", "there is no key at nowhere._domainkey.list.example", MF_ARC_FAIL},
        {"gone", "the key is revoked", MF_ARC_FAIL},
        {"two", "not made with the key at two._domainkey.list.example", MF_ARC_FAIL},
        {"ed", "it is a ed25519 key", MF_ARC_FAIL},
        {"silent", "could not be found out (TIMEOUT)", MF_ARC_TEMPERROR},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct mail mail = new_mail();
        seal(&mail, 1, (struct hop){rsa, cases[i].selector, "none", NULL});
        check(&mail, cases[i].result, cases[i].result == MF_ARC_FAIL, cases[i].reason);
    }
    struct mail mail = new_mail();
    seal(&mail, 1, (struct hop){weak_rsa, "weak", "none", NULL});
    check(&mail, MF_ARC_FAIL, 1, "512 bits only");
}

static void with_recorded_answers_it_says_which_keys_it_lacks(void **state)
{
    struct mail mail = new_mail();
    struct mf_dns *zone = zone_of(key_zone), *recorded = mf_dns_recorded();
    const char *name;
    enum mf_dns_type type;
    (void)state;
    seal(&mail, 1, FIRST);
    seal(&mail, 2, LATER);
    struct mf_bytes raw = mf_bytes_of(raw_of(&mail, "\r\n"));
    const struct mf_arc *arc = mf_arc_verify(arena, raw, recorded, SOON);
    assert_true(arc->need_more);
    assert_int_equal(arc->result, MF_ARC_TEMPERROR);
    while (mf_dns_missing(recorded, 0, &name, &type))
        mf_dns_record_answer(recorded, mf_dns_ask(zone, arena, name, type, SOON));
    arc = mf_arc_verify(arena, raw, recorded, SOON); /* both keys were asked for in one round */
    assert_false(arc->need_more);
    assert_int_equal(arc->result, MF_ARC_PASS);
    mf_dns_free(&zone);
    mf_dns_free(&recorded);
}

/* ------------------------------------------------------------------ the public suite */

static const char *expected_of(const char *name, const char *expected)
{
    /* The suite is of 2018 and expects nothing for a chain that says cv=fail; RFC 8617 (2019) 5.2, steps 2 and 3 C,
     * says fail. */
    static const char *const superseded[] = {"cv_fail_i1_as_cv_fail", "cv_fail_i2_as2_fail", "cv_fail_i2_as1_fail"};
    for (size_t i = 0; i < sizeof superseded / sizeof *superseded; i++)
        if (strcmp(name, superseded[i]) == 0)
            return "fail";
    return expected + strlen("arc=");
}

static struct mf_bytes read_message(const char *path)
{
    char *data = mf_alloc(arena, 1 << 20);
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    size_t len = fread(data, 1, 1 << 20, file);
    fclose(file);
    return (struct mf_bytes){data, len};
}

static void the_public_suite_agrees(void **state)
{
    struct suite suite;
    int rows = 0;
    (void)state;
    open_suite(&suite, "arc-valimail");
    for (; next_row(&suite); rows++) {
        struct mf_dns *dns = mf_dns_zone(mf_format(arena, "%s/%s", suite.folder, suite.field[1]), NULL);
        assert_non_null(dns);
        struct mf_bytes raw = read_message(mf_format(arena, "%s/%s", suite.folder, suite.field[0]));
        const struct mf_arc *arc = mf_arc_verify(arena, raw, dns, SOON);
        if (strcmp(mf_arc_result_name(arc->result), expected_of(suite.field[3], suite.field[2])) != 0)
            fail_msg("%s: %s, expected %s: %s", suite.field[3], mf_arc_result_name(arc->result), suite.field[2],
                     arc->reason);
        mf_dns_free(&dns);
    }
    assert_true(rows > 0);
    fclose(suite.index);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_message_without_arc_has_none),
        cmocka_unit_test(an_intact_chain_passes_and_says_who_sealed_what),
        cmocka_unit_test(line_ends_and_folding_play_no_part),
        cmocka_unit_test(a_change_between_two_seals_is_dated_and_forgiven),
        cmocka_unit_test(a_change_after_the_last_seal_breaks_the_chain),
        cmocka_unit_test(a_change_inside_the_chain_breaks_the_seals_above),
        cmocka_unit_test(every_piece_must_be_there_once),
        cmocka_unit_test(the_chain_status_must_be_none_and_then_pass),
        cmocka_unit_test(fields_that_break_the_rules_break_the_chain),
        cmocka_unit_test(keys_must_be_there_and_strong_enough),
        cmocka_unit_test(with_recorded_answers_it_says_which_keys_it_lacks),
        cmocka_unit_test(the_public_suite_agrees),
    };
    return cmocka_run_group_tests_name("auth: ARC", tests, start, stop) != 0;
}

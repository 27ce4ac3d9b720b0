/* Key records (RFC 6376 3.6.1) as they are found in the field: good ones, and each way to paste one badly. */
#include "unit/test.h"

#include "signing.h"

#define KEY_1024                                                                                                       \
    "MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDkHlOQoBTzWRiGs5V6NpP3idY6Wk08a5qhdR6wy5bdOKb2jLQiY/J16JYi0Qvx/"            \
    "byYzCNb3W91y3FutACDfzwQ/BC/e/8uBsCR+yz1Lxj+PL6lHvqMKrM3rG4hstT5QjvHO9PzoxZyVYLzBfO2EeC3Ip3G+2kryOTIKT+l/"         \
    "K4w3QIDAQAB"

struct sample {
    const char *what, *record, *why;
}; /* why: a part of the reason, NULL: it is good */
static const struct sample samples[] = {
    {"all tags", "v=DKIM1; k=rsa; h=sha256; s=email; t=y:s; n=a note; p=" KEY_1024, NULL},
    {"no version, no type", "p=" KEY_1024, NULL},
    {"white space in the key",
     "v=DKIM1; p="
     "MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDkHlOQoBTzWRiGs5V6NpP3idY6Wk08a5qh "
     "dR6wy5bdOKb2jLQiY/J16JYi0Qvx/byYzCNb3W91y3FutACDfzwQ/BC/e/"
     "8uBsCR+yz1Lxj+PL6lHvqMKrM3rG4hstT5QjvHO9PzoxZyVYLzBfO2EeC3Ip3G+2kryOTIKT+l/K4w3QIDAQAB",
     NULL},
    {"Ed25519", "v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=", NULL},
    {"empty", "", "empty"},
    {"another version", "v=DKIM2; p=" KEY_1024, "DKIM1"},
    {"version not first", "k=rsa; v=DKIM1; p=" KEY_1024, "come first"},
    {"unknown type", "v=DKIM1; k=dsa; p=" KEY_1024, "unknown"},
    {"no key", "v=DKIM1; k=rsa", "missing"},
    {"revoked", "v=DKIM1; p=", "revoked"},
    {"cut at 255", "v=DKIM1; k=rsa; p=MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDkHlOQoBTzWRiGs5V6NpP3idY6Wk08a5qhdR6w",
     "cut"},
    {"not base64", "v=DKIM1; p=MIGf*MA0G", "base64"},
    {"base64, but no key", "v=DKIM1; p=aGVsbG8gd29ybGQgdGhpcyBpcyBubyBrZXk=", "no RSA public key"},
    {"quotes inside", "\"v=DKIM1; p=" KEY_1024 "\"", "quotes"},
    {"backslashes inside", "v=DKIM1\\; k=rsa\\; p=" KEY_1024, "backslash"},
    {"a tag twice", "v=DKIM1; k=rsa; k=rsa; p=" KEY_1024, "twice"},
    {"a wildcard's SPF record", "v=spf1 -all", "DKIM1"},
    {"Ed25519 of a wrong size", "v=DKIM1; k=ed25519; p=aGVsbG8=", "32 bytes"},
};

static void each_record_is_good_or_says_why_not(void **state)
{
    (void)state;
    struct mf_arena *arena = mf_arena_new();
    for (size_t i = 0; i < sizeof samples / sizeof *samples; i++) {
        const struct mf_dkim_key *key = mf_dkim_key_parse(arena, mf_bytes_of(samples[i].record));
        if (key->good != !samples[i].why)
            fail_msg("%s: %s", samples[i].what, key->why ? key->why : "taken as good");
        if (samples[i].why && !strstr(key->why, samples[i].why))
            fail_msg("%s: \"%s\" does not say \"%s\"", samples[i].what, key->why, samples[i].why);
    }
    mf_arena_free(&arena);
}

static void bits_type_and_flags_are_told(void **state)
{
    (void)state;
    struct mf_arena *arena = mf_arena_new();
    const struct mf_dkim_key *key = mf_dkim_key_parse(arena, mf_bytes_of(samples[0].record));
    assert_int_equal(key->bits, 1024);
    assert_string_equal(key->type, "rsa");
    assert_true(key->test && key->strict && !key->revoked);
    assert_string_equal(key->hashes, "sha256");
    key = mf_dkim_key_parse(arena, mf_bytes_of(samples[3].record));
    assert_string_equal(key->type, "ed25519");
    assert_int_equal(key->bits, 256);
    assert_true(mf_dkim_key_parse(arena, MF_BYTES("v=DKIM1; p="))->revoked);
    mf_arena_free(&arena);
}

static void keys_made_now_are_read_with_their_size(void **state)
{
    (void)state;
    struct mf_arena *arena = mf_arena_new();
    struct signing_key *rsa = signing_key_rsa(2048), *edwards = signing_key_ed25519();
    assert_int_equal(mf_dkim_key_parse(arena, mf_bytes_of(signing_key_record(arena, rsa)))->bits, 2048);
    assert_true(mf_dkim_key_parse(arena, mf_bytes_of(signing_key_record(arena, edwards)))->good);
    signing_key_free(&rsa);
    signing_key_free(&edwards);
    mf_arena_free(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_record_is_good_or_says_why_not),
        cmocka_unit_test(bits_type_and_flags_are_told),
        cmocka_unit_test(keys_made_now_are_read_with_their_size),
    };
    return cmocka_run_group_tests(tests, NULL, NULL) ? 1 : 0;
}

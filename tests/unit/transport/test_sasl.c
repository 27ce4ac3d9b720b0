/* SASL, the client's side: vectors of the RFCs, choices, and exchanges that go wrong. */
#include "transport_test.h"

#include "transport/sasl_internal.h"

static const struct mf_credentials tim = {.user = (char *)"tim", .password = (char *)"tanstaaftanstaaf"};
static const struct mf_credentials bearer = {.user = (char *)"user@example.com", .bearer = (char *)"vF9dft4qmTc2Nvb3RlckBhbHRhdmlzdGEuY29tCg=="};

static struct mf_text response = {.max = 10000};

static const char *step(struct mf_sasl *sasl, const char *challenge)
{
    char why[300];
    return mf_sasl_step(sasl, challenge, &response, why, sizeof why) < 0 ? NULL : mf_text_str(&response);
}

static int release(void **state)
{
    (void)state;
    mf_text_release(&response);
    return 0;
}

static void base64_is_that_of_rfc_4648(void **state)
{
    (void)state;
    static const char *const pairs[][2] = {{"", ""}, {"f", "Zg=="}, {"fo", "Zm8="}, {"foo", "Zm9v"}, {"foob", "Zm9vYg=="}, {"fooba", "Zm9vYmE="}, {"foobar", "Zm9vYmFy"}};
    struct mf_text text = {.max = 1000};
    for (size_t i = 0; i < 7; i++) {
        mf_text_clear(&text);
        mf_base64_encode(&text, pairs[i][0], strlen(pairs[i][0]));
        assert_string_equal(mf_text_str(&text), pairs[i][1]);
        assert_int_equal(mf_sasl_base64_decode(&text, pairs[i][1]), 0);
        assert_int_equal(text.len, strlen(pairs[i][0]));
        assert_memory_equal(mf_text_str(&text), pairs[i][0], text.len);
    }
    static const char *const wrong[] = {"Zg=", "Zg", "Z===", "!!!!", "Zg==Zg==", "Zm9v!", "=Zm9"};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        assert_int_equal(mf_sasl_base64_decode(&text, wrong[i]), -1);
    mf_text_release(&text);
}

static void cram_md5_is_that_of_rfc_2195(void **state)
{
    (void)state;
    struct mf_sasl *sasl = mf_sasl_new("CRAM-MD5", &tim, "h", 1);
    assert_false(mf_sasl_speaks_first(sasl));
    /* <1896.697170952@postoffice.reston.mci.net> → tim b913a602c7eda7a495b4e6e7334d3890 */
    assert_string_equal(step(sasl, "PDE4OTYuNjk3MTcwOTUyQHBvc3RvZmZpY2UucmVzdG9uLm1jaS5uZXQ+"), "dGltIGI5MTNhNjAyYzdlZGE3YTQ5NWI0ZTZlNzMzNGQzODkw");
    mf_sasl_free(&sasl);
    assert_null(sasl);
}

static void plain_is_that_of_rfc_4616(void **state)
{
    (void)state;
    struct mf_sasl *sasl = mf_sasl_new("PLAIN", &tim, "h", 1);
    assert_true(mf_sasl_speaks_first(sasl));
    assert_string_equal(step(sasl, NULL), "AHRpbQB0YW5zdGFhZnRhbnN0YWFm");
    mf_sasl_free(&sasl);
}

static void oauthbearer_is_that_of_rfc_7628(void **state)
{
    (void)state;
    struct mf_sasl *sasl = mf_sasl_new("OAUTHBEARER", &bearer, "server.example.com", 143);
    assert_string_equal(step(sasl, NULL), "bixhPXVzZXJAZXhhbXBsZS5jb20sAWhvc3Q9c2VydmVyLmV4YW1wbGUuY29tAXBvcnQ9MTQzAWF1dGg9QmVhcmVyIHZGOWRmdDRxbVRjMk52YjNSbGNrQmhiSFJoZG1semRHRXVZMjl0Q2c9PQEB");
    /* the error of RFC 7628 4.3, answered with 0x01 */
    assert_string_equal(step(sasl, "eyJzdGF0dXMiOiJpbnZhbGlkX3Rva2VuIn0="), "AQ==");
    assert_string_equal(mf_sasl_refusal(sasl), "{\"status\":\"invalid_token\"}");
    mf_sasl_free(&sasl);
}

static void xoauth2_is_that_of_google(void **state)
{
    (void)state;
    struct mf_credentials google = {.user = (char *)"someuser@example.com", .bearer = (char *)"ya29.vF9dft4qmTc2Nvb3RlckBhdHRhdmlzdGEuY29tCg"};
    struct mf_sasl *sasl = mf_sasl_new("XOAUTH2", &google, "h", 1);
    assert_string_equal(step(sasl, NULL), "dXNlcj1zb21ldXNlckBleGFtcGxlLmNvbQFhdXRoPUJlYXJlciB5YTI5LnZGOWRmdDRxbVRjMk52YjNSbGNrQmhkSFJoZG1semRHRXVZMjl0Q2cBAQ==");
    assert_string_equal(step(sasl, "eyJzdGF0dXMiOiI0MDEifQ=="), ""); /* an empty line fetches the refusal */
    mf_sasl_free(&sasl);
}

static void scram_escapes_the_name_and_does_not_go_on_with_nonsense(void **state)
{
    (void)state;
    struct mf_credentials odd = {.user = (char *)"a=b,c", .password = (char *)"pencil"};
    /* no nonce of ours; no salt; no count; a count to keep us busy; not base64 inside */
    static const char *const challenges[] = {"r=other,s=c2FsdA==,i=4096", "", "r=%s1,i=4096", "r=%s1,s=c2FsdA==", "r=%s1,s=c2FsdA==,i=0", "r=%s1,s=c2FsdA==,i=999999999", "r=%s1,s=!!,i=4096", "r=%s,s=c2FsdA==,i=4096"};
    for (size_t i = 0; i < sizeof challenges / sizeof challenges[0]; i++) {
        struct mf_sasl *sasl = mf_sasl_new("SCRAM-SHA-256", &odd, "h", 1);
        struct mf_text first = {.max = 1000}, challenge = {.max = 1000}, encoded = {.max = 2000};
        char why[300];
        assert_int_equal(mf_sasl_base64_decode(&first, step(sasl, NULL)), 0);
        assert_true(mf_starts(mf_text_str(&first), "n,,n=a=3Db=2Cc,r="));
        mf_text_printf(&challenge, challenges[i], mf_text_str(&first) + 17);
        mf_base64_encode(&encoded, challenge.data, challenge.len);
        assert_int_equal(mf_sasl_step(sasl, mf_text_str(&encoded), &response, why, sizeof why), -1);
        assert_contains(why, "SCRAM");
        assert_int_equal(mf_sasl_finish(sasl, why, sizeof why), -1);
        mf_text_release(&first);
        mf_text_release(&challenge);
        mf_text_release(&encoded);
        mf_sasl_free(&sasl);
    }
}

static void two_exchanges_have_two_nonces(void **state)
{
    (void)state;
    char first[200];
    struct mf_sasl *a = mf_sasl_new("SCRAM-SHA-1", &tim, "h", 1), *b = mf_sasl_new("SCRAM-SHA-1", &tim, "h", 1);
    snprintf(first, sizeof first, "%s", step(a, NULL));
    assert_string_not_equal(first, step(b, NULL));
    mf_sasl_free(&a);
    mf_sasl_free(&b);
}

static void a_server_that_asks_without_end_is_left(void **state)
{
    (void)state;
    struct mf_sasl *sasl = mf_sasl_new("LOGIN", &tim, "h", 1);
    int i = 0;
    while (i < 50 && step(sasl, "UGFzc3dvcmQ6"))
        i++;
    assert_true(i < 20);
    mf_sasl_free(&sasl);
}

static void a_mechanism_is_offered_only_as_a_whole_word(void **state)
{
    (void)state;
    assert_true(mf_sasl_is_offered("LOGIN PLAIN", "PLAIN") && mf_sasl_is_offered("plain", "PLAIN") && mf_sasl_is_offered(" A  PLAIN ", "PLAIN"));
    assert_false(mf_sasl_is_offered("PLAIN-CLIENTTOKEN XPLAIN", "PLAIN") || mf_sasl_is_offered("", "PLAIN") || mf_sasl_is_offered("SCRAM-SHA-256", "SCRAM-SHA-1"));
    char why[300];
    assert_null(mf_sasl_choose("SCRAM-SHA-256-PLUS", &tim, why, sizeof why));
    assert_null(mf_sasl_choose("PLAIN", &bearer, why, sizeof why));
    assert_contains(why, "OAuth2");
    assert_null(mf_sasl_choose("XOAUTH2", &tim, why, sizeof why));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(base64_is_that_of_rfc_4648),
        cmocka_unit_test(cram_md5_is_that_of_rfc_2195),
        cmocka_unit_test(plain_is_that_of_rfc_4616),
        cmocka_unit_test(oauthbearer_is_that_of_rfc_7628),
        cmocka_unit_test(xoauth2_is_that_of_google),
        cmocka_unit_test(scram_escapes_the_name_and_does_not_go_on_with_nonsense),
        cmocka_unit_test(two_exchanges_have_two_nonces),
        cmocka_unit_test(a_server_that_asks_without_end_is_left),
        cmocka_unit_test(a_mechanism_is_offered_only_as_a_whole_word),
    };
    return cmocka_run_group_tests(tests, NULL, release) != 0;
}

/* Whatever the bytes are, reading them ends, stays in bounds (run under AddressSanitizer) and takes
 * time in proportion to their number.
 */
#include "unit/test.h"

#include <stdlib.h>

#include "mailflow/compose.h"
#include "mailflow/received.h"

static const char *const samples[] = {
    "Received: from a (HELO b) (c@192.0.2.1) by d ([192.0.2.2]) (Exim 4.96) with esmtpsa (TLS1.3:x:256)\r\n"
    "\t(envelope-from <e@f>) id 1-2-3 for <g@h>; Mon, 23 Nov 2026 02:14:07 +0530 (IST)\r\n"
    "From: =?utf-8?q?J=C3=B6rg?= =?iso-2022-jp?b?GyRCRnxLXBsoQg==?= \"x, \\\"y\" (c (d)) <a@b>, G: h@i, <@j:k@l>;\r\n"
    "Date: Mon (x), 23-Nov-2026 02:14:07.5 PM +05:30\r\n"
    "Message-ID: <mf.7f3a.0123456789abcdef.1@x>\r\n"
    "X-Mailflow: run=7f3a; flow=abc; attempt=1; id=a@b; mac=00112233445566778899aabbccddeeff\r\n"
    "Subject: 0123456789abcdef\r\n"
    "Content-Type: multipart/mixed; boundary=\"b\"; x*0*=utf-8'en'%41; x*1=b\r\n\r\n"
    "--b\r\nContent-Type: text/html; charset=utf-7\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n"
    "<p>a=20=\r\n&#x41;&amp;<!-- x --><script>y</script>+AOQ-\r\n"
    "--b\r\nContent-Type: message/rfc822\r\nContent-Disposition: attachment; filename*=iso-8859-1''%FC\r\n\r\n"
    "Subject: inner\r\nContent-Transfer-Encoding: base64\r\n\r\nMDEyMzQ1Njc4OWFiY2RlZg==\r\n"
    "--b\r\nContent-Type: multipart/alternative; boundary=c\r\n\r\n--c\r\n\r\nx\r\n--c--\r\n--b--\r\n",
    "A: 1\nSubject: =?x\n b: c\n\nbody\n.\n",
    "(qmail 1 invoked by uid 2); 3 Nov 2026 04:05:06 -0000",
};

static unsigned long long random_state;

static unsigned next_random(unsigned below)
{
    random_state = random_state * 6364136223846793005ULL + 1442695040888963407ULL;
    return (unsigned)(random_state >> 33) % below;
}

/* Octets, pieces taken out, doubled or put elsewhere, syntax thrown in. */
static size_t mutate(char *bytes, size_t len, size_t capacity)
{
    static const char *const syntax[] = {"\r", "\n", "\r\n\r\n", "--b", "--b--\n", "\"", "(", ")", "<", ">", "=?utf-8?b?", "?=",
                                         "[", "]", ";", "@", "=", "%", "\\", ",", ":", "&#", "Received: ", "Content-Type: "};
    unsigned changes = 1 + next_random(6);
    while (changes-- && len > 2) {
        size_t at = next_random((unsigned)len), piece = 1 + next_random(20);
        piece = piece > len - at ? len - at : piece;
        const char *word = syntax[next_random(sizeof syntax / sizeof *syntax)];
        switch (next_random(5)) {
        case 0:
            bytes[at] = (char)next_random(256);
            break;
        case 1: /* take out */
            memmove(bytes + at, bytes + at + piece, len - at - piece);
            len -= piece;
            break;
        case 2: /* double */
            if (len + piece <= capacity) {
                memmove(bytes + at + piece, bytes + at, len - at);
                len += piece;
            }
            break;
        case 3: /* syntax */
            piece = strlen(word);
            if (at + piece <= len)
                memcpy(bytes + at, word, piece);
            break;
        case 4: /* cut off */
            if (next_random(4) == 0)
                len = at + 1;
            break;
        }
    }
    return len;
}

/* Everything that reads a message; the exact-sized heap copy lets the sanitizer see one octet too far. */
static void read_everything(const char *bytes, size_t len)
{
    static const char *const flow_ids[] = {"abc"}, *const tokens[] = {"0123456789abcdef"};
    static const unsigned char secret[32] = {1};
    const struct mf_mark_key key = {"7f3a", secret, flow_ids, tokens, 1};
    struct mf_arena *arena = mf_arena_new();
    char *copy = mf_xmalloc(len);
    memcpy(copy, bytes, len);
    const struct mf_message *message = mf_message_parse(arena, (struct mf_bytes){copy, len});
    for (size_t i = 0; i < message->header_count; ++i) {
        size_t count;
        mf_usec at;
        const char *text = mf_header_text(arena, &message->headers[i], true);
        assert_true(mf_is_utf8(text, strlen(text), NULL));
        const char *value = mf_header_text(arena, &message->headers[i], false);
        mf_header_addresses(arena, value, &count);
        mf_address_valid(value);
        mf_date_parse(value, &at, NULL);
        mf_received_parse(arena, value);
    }
    struct mf_part *parts;
    size_t count = mf_message_parts(arena, message, &parts);
    assert_true(count > 0);
    for (size_t i = 0; i < count; ++i)
        assert_true(parts[i].raw.len <= len && parts[i].type);
    const char *text = mf_message_text(arena, message);
    assert_true(mf_is_utf8(text, strlen(text), NULL));
    const struct mf_message *inner = mf_message_unwrap(arena, message);
    if (inner)
        mf_message_text(arena, inner);
    mf_message_path(arena, message, &count);
    mf_marks_find((struct mf_bytes){copy, len}, &key, NULL);
    free(copy);
    mf_arena_free(&arena);
}

static void thousands_of_mutations_are_read_without_harm(void **state)
{
    (void)state;
    random_state = 20261123;
    char bytes[8192];
    for (int round = 0; round < 6000; ++round) {
        const char *sample = samples[next_random(sizeof samples / sizeof *samples)];
        size_t len = strlen(sample);
        memcpy(bytes, sample, len);
        read_everything(bytes, mutate(bytes, len, sizeof bytes));
    }
}

static void a_template_may_hold_anything(void **state)
{
    (void)state;
    static const unsigned char secret[32] = {1};
    random_state = 4711;
    char bytes[8192];
    for (int round = 0; round < 1000; ++round) {
        const char *sample = samples[next_random(sizeof samples / sizeof *samples)];
        size_t len = strlen(sample);
        memcpy(bytes, sample, len);
        len = mutate(bytes, len, sizeof bytes);
        struct mf_arena *arena = mf_arena_new();
        struct mf_text out = {0};
        struct mf_diag trouble = {0};
        const char *message_id;
        const struct mf_compose wish = {.from = "a@b", .subject = "x", .message_id_domain = "b", .run = "7f3a",
                                        .flow_id = "abc", .token = "0123456789abcdef", .attempt = 1, .secret = secret,
                                        .template_bytes = {bytes, len}, .size = round % 2 ? 20000 : 0};
        if (mf_compose_message(arena, &wish, &out, &message_id, &trouble) == 0) {
            assert_true(out.len == 20000 || wish.size == 0);
            for (size_t i = 0; i < out.len; ++i) /* CRLF only */
                assert_true(out.data[i] != '\n' || (i && out.data[i - 1] == '\r'));
        } else {
            assert_true(trouble.title[0]);
        }
        mf_text_release(&out);
        mf_arena_free(&arena);
    }
}

static char *repeated(const char *head, const char *piece, size_t total, size_t *len)
{
    size_t piece_len = strlen(piece), head_len = strlen(head);
    char *bytes = mf_xmalloc(total + piece_len + head_len);
    memcpy(bytes, head, head_len);
    for (*len = head_len; *len < total; *len += piece_len)
        memcpy(bytes + *len, piece, piece_len);
    return bytes;
}

/* One megabyte of each; anything quadratic would take minutes. */
static void a_megabyte_of_anything_is_read_in_no_time(void **state)
{
    (void)state;
    static const struct { const char *what, *head, *piece; } cases[] = {
        {"short header fields", "", "A:\n"},
        {"trace fields", "", "Received: from a ([192.0.2.1]) by b; 23 Nov 2026 02:14:07 +0000\r\n"},
        {"one folded field", "A: x\r\n", " y\r\n"},
        {"broken lines", "", "no field\n"},
        {"CR only", "", "A: x\r"},
        {"spaces", "A: ", " "},
        {"encoded words", "Subject: ", "=?utf-8?q?=C3?= "},
        {"beginnings of encoded words", "Subject: ", "=?"},
        {"beginnings with charset", "Subject: ", "=?utf-8?q?"},
        {"addresses", "To: ", "a@b,"},
        {"words", "To: ", "a "},
        {"colons", "To: ", "a:"},
        {"angles", "To: ", "<"},
        {"open comments", "Received: ", "("},
        {"closed comments", "Received: from ", "(a) "},
        {"literals", "Received: from ", "["},
        {"by", "Received: ", "by "},
        {"semicolons", "Received: ", "; "},
        {"TLS", "Received: from a (", "TLS "},
        {"digits", "Date: ", "1 "},
        {"parameters", "Content-Type: a/b", "; x=y"},
        {"sections", "Content-Type: a/b", "; name*1=y"},
        {"equals signs", "Content-Transfer-Encoding: quoted-printable\n\n", "="},
        {"soft breaks", "Content-Transfer-Encoding: quoted-printable\n\n", "=\n"},
        {"padding", "Content-Transfer-Encoding: base64\n\n", "="},
        {"NUL", "Content-Type: text/plain; charset=utf-8\n\n", "\xFF"},
        {"bad octets for iconv", "Content-Type: text/plain; charset=shift_jis\n\n", "\xFF"},
        {"tags", "Content-Type: text/html\n\n", "<"},
        {"comments in HTML", "Content-Type: text/html\n\n", "<!--"},
        {"scripts", "Content-Type: text/html\n\n", "<script>"},
        {"entities", "Content-Type: text/html\n\n", "&#"},
        {"delimiters", "Content-Type: multipart/mixed; boundary=b\n\n", "--b\n"},
        {"nearly delimiters", "Content-Type: multipart/mixed; boundary=b\n\n", "--bb\n"},
        {"multiparts in each other", "Content-Type: multipart/mixed; boundary=b\n\n",
         "--b\nContent-Type: multipart/mixed; boundary=b\n\n"},
        {"messages in each other", "", "Content-Type: message/rfc822\n\n"},
        {"nearly tokens", "A: 1\n\n", "0123456789abcde"},
        {"marks", "", "X-Mailflow: run=7f3a; flow=abc; id=x; mac=00112233445566778899aabbccddeeff\n"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; ++i) {
        size_t len;
        char *bytes = repeated(cases[i].head, cases[i].piece, 1 << 20, &len);
        mf_usec start = mf_now();
        read_everything(bytes, len);
        mf_usec took = mf_now() - start;
        free(bytes);
        if (took > 15 * MF_SECOND)
            fail_msg("%s: %lld ms", cases[i].what, (long long)(took / MF_MS));
    }
}

static void a_hundred_thousand_fields_are_found_by_name_and_number(void **state)
{
    (void)state;
    size_t len;
    char *bytes = repeated("", "Received: x\n", 100000 * 12, &len);
    struct mf_arena *arena = mf_arena_new();
    mf_usec start = mf_now();
    const struct mf_message *message = mf_message_parse(arena, (struct mf_bytes){bytes, len});
    assert_int_equal(message->header_count, 100000);
    for (size_t n = 0; n < 100000; ++n)
        assert_ptr_equal(mf_message_header(message, "received", n), &message->headers[n]);
    assert_true(mf_now() - start < 10 * MF_SECOND);
    mf_arena_free(&arena);
    free(bytes);
}

static void a_body_of_64_megabytes_is_read(void **state)
{
    (void)state;
    size_t len;
    char *bytes = repeated("Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\n",
                           "-- a line of text that is neither a boundary nor empty --\r\n", (size_t)64 << 20, &len);
    mf_usec start = mf_now();
    read_everything(bytes, len);
    assert_true(mf_now() - start < 60 * MF_SECOND);
    free(bytes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(thousands_of_mutations_are_read_without_harm),
        cmocka_unit_test(a_template_may_hold_anything),
        cmocka_unit_test(a_megabyte_of_anything_is_read_in_no_time),
        cmocka_unit_test(a_hundred_thousand_fields_are_found_by_name_and_number),
        cmocka_unit_test(a_body_of_64_megabytes_is_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL) ? 1 : 0;
}

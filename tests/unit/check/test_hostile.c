/* Messages that were cut, garbled or made to hurt: judging ends, with a verdict, without touching what
 * is not its own (run under AddressSanitizer in `make check`). */
#include "unit/test.h"

#include <stdlib.h>

#include "build.h"

static const char nasty[] =
    "Received: from a (b [192.0.2.1]) by in.hes.trendmicro.com with ESMTPS id x; Mon, 23 Nov 2026 02:31:41 +0000\r\n"
    "DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d=net-it.com; s=" BUILD_SELECTOR
    "; l=5; h=From:To; bh=AAAA; b=AAAA\r\n"
    "Authentication-Results: mx.example.org; dkim=pass header.d=net-it.com\r\nReturn-Path: <alice@net-it.com>\r\n"
    "From: =?utf-8?q?J=C3=B6rg?= <alice@net-it.com>\r\nTo: probe@example.org\r\nSubject: "
    "=?utf-8?b?SGVsbG8=?=\r\nMessage-ID: <x@y>\r\n"
    "MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=\"x\"\r\n\r\n--x\r\nContent-Type: text/plain\r\n"
    "Content-Transfer-Encoding: quoted-printable\r\n\r\nHello=\r\n=C3=B6\r\n--x\r\nContent-Type: "
    "message/rfc822\r\n\r\nFrom: x\r\n\r\nbody\r\n"
    "--x\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; a\r\n\r\nAction: failed\r\nStatus: "
    "5.1.1\r\n\r\n--x--\r\n";

static const char *garbled(struct mf_arena *arena, unsigned *seed)
{
    char *text = mf_copy(arena, nasty);
    size_t len = strlen(text);
    for (int i = 0; i < 1 + rand_r(seed) % 6; i++) {
        size_t at = (size_t)rand_r(seed) % len;
        switch (rand_r(seed) % 3) {
        case 0:
            text[at] = (char)(1 + rand_r(seed) % 255);
            break;
        case 1:
            memmove(text + at, text + at + 1, len - at);
            len--;
            break;
        default:
            text[at] = "\r\n:;=\"<(\\"[rand_r(seed) % 9];
        }
    }
    if (rand_r(seed) % 8 == 0)
        text[(size_t)rand_r(seed) % len] = '\0';
    return text;
}

static void garbled_messages_are_judged_to_an_end(void **state)
{
    (void)state;
    unsigned seed = 20261123;
    for (int i = 0; i < 400; i++) {
        struct build *b = build_new();
        struct mf_flow *flow = build_flow(b, "Outbound", "alice", "probe");
        struct mf_flow *copy = build_again(b, "Copy", flow, "alice secondary");
        flow->expects[0].spf.want = flow->expects[0].dmarc.want = MF_AUTH_RESULT;
        build_accept(b, flow, i % 2 ? garbled(b->arena, &seed) : NULL);
        build_copy(b, flow, "probe", "INBOX", garbled(b->arena, &seed));
        build_copy(b, flow, "alice secondary", "Sent", garbled(b->arena, &seed));
        build_judge(b);
        assert_int_not_equal(build_outcome(b, flow), MF_PASS); /* no signature of these is good */
        assert_non_null(build_detail(b, copy));
        build_free(&b);
    }
}

static void an_empty_message_is_a_message(void **state)
{
    (void)state;
    struct build *b = build_new();
    struct mf_flow *flow = build_flow(b, "Outbound", "alice", "probe");
    build_accept(b, flow, NULL);
    build_copy(b, flow, "probe", "INBOX", "");
    build_judge(b);
    assert_int_equal(build_outcome(b, flow), MF_FAIL);
    build_free(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(garbled_messages_are_judged_to_an_end),
        cmocka_unit_test(an_empty_message_is_a_message),
    };
    return cmocka_run_group_tests(tests, NULL, NULL) ? 1 : 0;
}

/* What the tests of the dns room share: one look-up told as a line of text. */
#ifndef DNS_TESTING_H
#define DNS_TESTING_H

#include "unit/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "mailflow/dns.h"

#define SOON (mf_now() + 5 * MF_SECOND)

/* Writes a file below /tmp; the path is overwritten by the next call, the file is the caller's to unlink. */
static inline const char *write_file(const char *text)
{
    static char path[64];
    snprintf(path, sizeof path, "/tmp/mailflow-test-XXXXXX");
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, strlen(text)), strlen(text));
    close(fd);
    return path;
}

static inline const char *record_text(struct mf_arena *arena, const struct mf_dns_record *r)
{
    switch (r->type) {
    case MF_DNS_A:
    case MF_DNS_AAAA:
        return r->address;
    case MF_DNS_MX:
        return mf_format(arena, "%d %s", r->preference, r->host);
    case MF_DNS_SRV:
        return mf_format(arena, "%d %d %d %s", r->preference, r->weight, r->port, r->host);
    case MF_DNS_SOA:
        return mf_format(arena, "%s %u", r->host, r->serial);
    case MF_DNS_TXT:
    case MF_DNS_SPF:
        return r->text.data;
    case MF_DNS_TLSA:
    case MF_DNS_CAA:
        return mf_format(arena, "%zu bytes", r->rdata.len);
    case MF_DNS_NS:
    case MF_DNS_CNAME:
    case MF_DNS_PTR:
        return r->host;
    }
    return "?";
}

/* "OK a | b", "NXDOMAIN", "OK a via end.example" */
static inline const char *answer_text(struct mf_arena *arena, const struct mf_dns_answer *answer)
{
    const char *text = mf_dns_status_name(answer->status);
    for (size_t i = 0; i < answer->count; i++)
        text = mf_format(arena, "%s%s%s", text, i ? " | " : " ", record_text(arena, &answer->records[i]));
    return answer->canonical ? mf_format(arena, "%s via %s", text, answer->canonical) : text;
}

static inline const char *ask(struct mf_dns *dns, struct mf_arena *arena, const char *name, enum mf_dns_type type)
{
    return answer_text(arena, mf_dns_ask(dns, arena, name, type, SOON));
}

#endif

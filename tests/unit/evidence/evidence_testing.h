/* For the tests of room evidence: a folder that goes away again, and a small run written into it. */
#ifndef EVIDENCE_TESTING_H
#define EVIDENCE_TESTING_H

#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "mailflow/evidence.h"

#define SECRET "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"

static inline char *new_folder(void)
{
    char path[] = "/tmp/mailflow-evidence-XXXXXX";
    assert_non_null(mkdtemp(path));
    return mf_xstrdup(path);
}

static inline int remove_one(const char *path, const struct stat *st, int kind, struct FTW *walk)
{
    (void)st, (void)kind, (void)walk;
    return remove(path);
}

static inline void remove_folder(char *path)
{
    nftw(path, remove_one, 8, FTW_DEPTH | FTW_PHYS);
    free(path);
}

static inline struct mf_rec_run sample_run(void)
{
    return (struct mf_rec_run){.at = 1000, .version = "1.0", .run = "7f3a", .secret_hex = SECRET, .site = "sites/lab.yaml",
                               .host = "here.example", .resolver = NULL, .egress = "192.0.2.1"};
}

/* The blob is written first, as it must be. */
static inline void write_intent(struct mf_journal *journal, const char *flow, int attempt, const char *bytes, mf_usec at)
{
    static const char *const rcpt[] = {"bob@net-it.com"};
    char hash[MF_HASH_SIZE];
    struct mf_diag d = {0};
    assert_int_equal(mf_journal_blob(journal, mf_bytes_of(bytes), hash, &d), 0);
    struct mf_rec_intent intent = {.at = at, .flow = flow, .attempt = attempt, .hash = hash, .message_id = "<1@x>",
                                   .mail_from = "alice@net-it.com", .rcpt = rcpt, .rcpt_count = 1, .via = "primary",
                                   .peer = "192.0.2.20:587"};
    assert_int_equal(mf_journal_intent(journal, &intent, &d), 0);
}

static inline void write_sent(struct mf_journal *journal, const char *flow, int attempt, const char *outcome, int code, mf_usec at)
{
    struct mf_diag d = {0};
    struct mf_rec_sent sent = {.at = at, .started = at - 5, .took = 5, .flow = flow, .attempt = attempt, .outcome = outcome,
                               .phase = "END-OF-DATA", .reply = {code, "2.0.0", "Ok: queued as 4XyZ"}, .queue_id = "4XyZ",
                               .peer = "192.0.2.20:587", .server = "mail.net-it.com"};
    assert_int_equal(mf_journal_sent(journal, &sent, &d), 0);
}

static inline void write_copy(struct mf_journal *journal, const char *flow, unsigned uid, const char *bytes, mf_usec at)
{
    char hash[MF_HASH_SIZE];
    struct mf_diag d = {0};
    assert_int_equal(mf_journal_blob(journal, mf_bytes_of(bytes), hash, &d), 0);
    struct mf_rec_copy copy = {.at = at, .mailbox = "bob primary", .folder = "INBOX", .use = "inbox", .uidvalidity = 7,
                               .uid = uid, .hash = hash, .flow = flow, .attempt = 1, .internaldate = "", .proved = true};
    assert_int_equal(mf_journal_copy(journal, &copy, &d), 0);
}

static inline struct mf_evidence *load_good(const char *dir)
{
    struct mf_diag d = {0};
    struct mf_evidence *evidence = mf_evidence_load(dir, NULL, &d);
    if (!evidence)
        fail_msg("the journal can't be loaded: %s", d.title);
    return evidence;
}

#endif

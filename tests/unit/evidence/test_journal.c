/* What is written into a journal is what comes out of it. */
#include "evidence_testing.h"

#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <pthread.h>

static struct mf_journal *begin(const char *dir)
{
    struct mf_diag d = {0};
    struct mf_journal *journal = mf_journal_create(dir, &d);
    if (!journal)
        fail_msg("%s", d.title);
    struct mf_rec_run run = sample_run();
    assert_int_equal(mf_journal_run(journal, &run, &d), 0);
    return journal;
}

static void end(struct mf_journal *journal)
{
    struct mf_diag d = {0};
    if (mf_journal_close(&journal, &d) < 0)
        fail_msg("%s", d.title);
    assert_null(journal);
}

static void the_run_comes_back_with_its_key_and_its_arguments(void **state)
{
    char *dir = new_folder();
    struct mf_diag d = {0};
    struct mf_journal *journal = mf_journal_create(dir, &d);
    static const char *const scenarios[] = {"a.yaml", "b \"quoted\".yaml"}, *const only[] = {"Näme"};
    struct mf_rec_run run = sample_run();
    run.scenarios = scenarios, run.scenario_count = 2, run.only = only, run.only_count = 1, run.resolver = "127.0.0.1@53";
    assert_int_equal(mf_journal_run(journal, &run, &d), 0);
    end(journal);
    struct mf_evidence *evidence = load_good(dir);
    assert_string_equal(evidence->run.run, "7f3a");
    assert_string_equal(evidence->run.resolver, "127.0.0.1@53");
    assert_int_equal(evidence->run.scenario_count, 2);
    assert_string_equal(evidence->run.scenarios[1], "b \"quoted\".yaml");
    assert_string_equal(evidence->run.only[0], "Näme");
    assert_int_equal(evidence->secret[0], 0);
    assert_int_equal(evidence->secret[31], 0x1f);
    assert_null(evidence->ended);
    mf_evidence_free(&evidence);
    assert_null(evidence);
    remove_folder(dir);
    (void)state;
}

static void an_attempt_comes_back_with_its_message_and_every_reply(void **state)
{
    char *dir = new_folder();
    struct mf_journal *journal = begin(dir);
    write_intent(journal, "f1", 1, "Subject: x\r\n\r\nhello\r\n", 2000);
    struct mf_rec_rcpt rcpt[] = {{"bob@net-it.com", {250, "2.1.5", "Ok"}}, {"x@net-it.com", {550, "5.1.1", "no such user"}}};
    struct mf_rec_sent sent = {.at = 3000, .started = 2500, .took = 500, .flow = "f1", .attempt = 1, .outcome = "accepted",
                               .phase = "END-OF-DATA", .reply = {250, "2.0.0", "queued"}, .rcpt = rcpt, .rcpt_count = 2,
                               .tls = {.used = true, .verified = true, .version = "TLSv1.3", .names = "a b", .days_left = 61}};
    struct mf_diag d = {0};
    assert_int_equal(mf_journal_sent(journal, &sent, &d), 0);
    end(journal);
    struct mf_evidence *evidence = load_good(dir);
    const struct mf_flow_evidence *flow = mf_evidence_flow(evidence, "f1");
    assert_non_null(flow);
    assert_int_equal(flow->attempt_count, 1);
    assert_memory_equal(flow->attempts[0].message.data, "Subject: x\r\n\r\nhello\r\n", 21);
    assert_string_equal(flow->attempts[0].intent.rcpt[0], "bob@net-it.com");
    const struct mf_rec_sent *back = flow->attempts[0].sent;
    assert_non_null(back);
    assert_int_equal(back->rcpt_count, 2);
    assert_int_equal(back->rcpt[1].reply.code, 550);
    assert_string_equal(back->rcpt[1].reply.text, "no such user");
    assert_int_equal(back->took, 500);
    assert_true(back->tls.verified);
    assert_int_equal(back->tls.days_left, 61);
    assert_string_equal(back->queue_id, ""); /* left out, never NULL */
    assert_int_equal(evidence->last, 3000);
    mf_evidence_free(&evidence);
    remove_folder(dir);
    (void)state;
}

static void a_look_at_an_mx_comes_back_with_its_chain(void **state)
{
    char *dir = new_folder();
    struct mf_journal *journal = begin(dir);
    struct mf_rec_certificate chain[] = {{"CN=mx", "aa", "bb", "cc", "dd", false, 61}, {"CN=CA", "ee", "ff", "00", "11", true, 900}};
    struct mf_rec_opened look = {.at = 2000, .mailbox = MF_MX_MAILBOX "mx.example 192.0.2.1", .peer = "192.0.2.1:25", .capabilities = "STARTTLS",
                                 .trouble = "t", .chain = chain, .chain_count = 2};
    struct mf_rec_command page = {.at = 2001, .flow = MF_POLICY_FLOW, .command = "https://x", .status = 200, .output = "p", .media = "text/plain"};
    struct mf_diag d = {0};
    assert_int_equal(mf_journal_opened(journal, &look, &d), 0);
    assert_int_equal(mf_journal_command(journal, &page, &d), 0);
    end(journal);
    struct mf_evidence *evidence = load_good(dir);
    const struct mf_rec_opened *back = mf_evidence_mailbox(evidence, look.mailbox)->opened;
    assert_string_equal(back->trouble, "t");
    assert_int_equal(back->chain_count, 2);
    assert_string_equal(back->chain[0].key_256, "cc");
    assert_string_equal(back->chain[1].subject, "CN=CA");
    assert_true(back->chain[1].signs_below);
    assert_int_equal(back->chain[1].days_left, 900);
    assert_string_equal(mf_evidence_flow(evidence, MF_POLICY_FLOW)->command->media, "text/plain");
    mf_evidence_free(&evidence);
    remove_folder(dir);
    (void)state;
}

static void an_intent_without_an_answer_stays_without(void **state)
{
    char *dir = new_folder();
    struct mf_journal *journal = begin(dir);
    write_intent(journal, "f1", 1, "x", 2000);
    end(journal);
    struct mf_evidence *evidence = load_good(dir);
    assert_null(mf_evidence_flow(evidence, "f1")->attempts[0].sent);
    assert_int_equal(mf_evidence_handing(mf_evidence_flow(evidence, "f1"), "bob@net-it.com").state, MF_HANDED_NOT_YET);
    assert_null(mf_evidence_flow(evidence, "f2"));
    mf_evidence_free(&evidence);
    remove_folder(dir);
    (void)state;
}

static void from_its_data_on_a_message_may_have_been_taken(void **state)
{
    char *dir = new_folder();
    struct mf_journal *journal = begin(dir);
    write_intent(journal, "f1", 1, "x", 2000);
    struct mf_rec_data data = {.at = 2100, .flow = "f1", .attempt = 1};
    assert_int_equal(mf_journal_data(journal, &data, NULL), 0);
    end(journal);
    struct mf_evidence *evidence = load_good(dir);
    assert_int_equal(mf_evidence_flow(evidence, "f1")->attempts[0].data_at, 2100);
    assert_int_equal(mf_evidence_handing(mf_evidence_flow(evidence, "f1"), "bob@net-it.com").state, MF_HANDED_UNKNOWN);
    mf_evidence_free(&evidence);
    remove_folder(dir);
    (void)state;
}

static void a_copy_seen_by_two_looks_counts_once_and_its_newest_removal_counts(void **state)
{
    char *dir = new_folder();
    struct mf_journal *journal = begin(dir);
    struct mf_diag d = {0};
    write_copy(journal, "f1", 9, "second", 2001);
    write_copy(journal, "f1", 8, "first", 2000);
    write_copy(journal, "f1", 8, "first", 2500);
    struct mf_rec_removed removed = {.at = 3000, .mailbox = "bob primary", .folder = "INBOX", .uidvalidity = 7, .uid = 8,
                                     .removed = false, .why = "busy"};
    assert_int_equal(mf_journal_removed(journal, &removed, &d), 0);
    removed.removed = true, removed.why = "";
    assert_int_equal(mf_journal_removed(journal, &removed, &d), 0);
    end(journal);
    struct mf_evidence *evidence = load_good(dir);
    const struct mf_flow_evidence *flow = mf_evidence_flow(evidence, "f1");
    assert_int_equal(flow->arrival_count, 2);
    assert_int_equal(flow->arrivals[0].copy.uid, 8); /* by time */
    assert_int_equal(flow->arrivals[0].copy.at, 2000);
    assert_non_null(flow->arrivals[0].removed);
    assert_true(flow->arrivals[0].removed->removed);
    assert_null(flow->arrivals[1].removed);
    mf_evidence_free(&evidence);
    remove_folder(dir);
    (void)state;
}

static void windows_scans_gaps_and_the_opening_are_found_by_mailbox_and_folder(void **state)
{
    char *dir = new_folder();
    struct mf_journal *journal = begin(dir);
    struct mf_diag d = {0};
    struct mf_rec_window window = {.at = 10, .mailbox = "bob primary", .folder = "INBOX", .use = "inbox", .uidvalidity = 4294967295u,
                                   .uidnext = 100, .exists = 3};
    mf_journal_window(journal, &window, &d);
    window.at = 20, window.uidnext = 200;
    mf_journal_window(journal, &window, &d);
    struct mf_rec_scan scan = {.at = 30, .mailbox = "bob primary", .folder = "INBOX", .uidvalidity = 7, .from_uid = 100, .to_uid = 103};
    mf_journal_scan(journal, &scan, &d);
    struct mf_rec_gap gap = {.at = 40, .mailbox = "bob primary", .folder = "", .stage = "LOGIN", .title = "no", .hint = "h",
                             .server_said = "NO \xff\xfe", .peer = "p", .tries = 3};
    mf_journal_gap(journal, &gap, &d);
    struct mf_rec_opened opened = {.at = 50, .mailbox = "bob primary", .peer = "192.0.2.20:993", .capabilities = "IDLE"};
    mf_journal_opened(journal, &opened, &d);
    struct mf_rec_command command = {.at = 60, .flow = "f1", .attempt = 2, .command = "sendmail -i", .status = 75, .output = "line 1\nline 2"};
    mf_journal_command(journal, &command, &d);
    end(journal);
    struct mf_evidence *evidence = load_good(dir);
    const struct mf_mailbox_evidence *mailbox = mf_evidence_mailbox(evidence, "bob primary");
    const struct mf_folder_evidence *folder = mf_evidence_folder(mailbox, "INBOX");
    assert_int_equal(folder->window.uidnext, 100); /* the first look counts */
    assert_int_equal(folder->window.uidvalidity, 4294967295u);
    assert_string_equal(folder->use, "inbox");
    assert_int_equal(folder->scan_count, 1);
    assert_int_equal(folder->scans[0].to_uid, 103);
    assert_int_equal(mailbox->gaps[0].tries, 3);
    assert_string_equal(mailbox->gaps[0].server_said, "NO \xEF\xBF\xBD\xEF\xBF\xBD"); /* no UTF-8: told as U+FFFD */
    assert_string_equal(mailbox->opened->capabilities, "IDLE");
    assert_string_equal(mf_evidence_flow(evidence, "f1")->command->output, "line 1\nline 2");
    assert_null(mf_evidence_mailbox(evidence, "carol primary"));
    assert_null(mf_evidence_folder(mailbox, "Junk"));
    mf_evidence_free(&evidence);
    remove_folder(dir);
    (void)state;
}

static void dns_answers_come_back_byte_for_byte_and_the_newest_answers(void **state)
{
    char *dir = new_folder();
    struct mf_journal *journal = begin(dir);
    struct mf_diag d = {0};
    const char *strings[] = {"v=DKIM1; k=rsa; \\", "p=\xff\x01"};
    struct mf_dns_record record = {.type = MF_DNS_TXT, .ttl = 300, .name = "s._domainkey.x", .text = {"v=\0\xff\n", 5},
                                   .strings = strings, .string_count = 2};
    struct mf_dns_answer answer = {.name = "s._domainkey.x", .type = MF_DNS_TXT, .status = MF_DNS_OK, .records = &record, .count = 1,
                                   .server = "192.0.2.53@53", .authoritative = true, .asked = 100, .took = 5};
    struct mf_dns_answer older = {.name = "s._domainkey.x", .type = MF_DNS_TXT, .status = MF_DNS_TIMEOUT, .server = "x", .why = "no answer", .asked = 50};
    mf_journal_dns(journal, &older, &d);
    mf_journal_dns(journal, &answer, &d);
    end(journal);
    struct mf_evidence *evidence = load_good(dir);
    assert_int_equal(evidence->answer_count, 2);
    assert_string_equal(evidence->answers[0].why, "no answer");
    assert_int_equal(evidence->answers[0].status, MF_DNS_TIMEOUT);
    const struct mf_dns_answer *back = &evidence->answers[1];
    assert_int_equal(back->records[0].text.len, 5);
    assert_memory_equal(back->records[0].text.data, "v=\0\xff\n", 5);
    assert_string_equal(back->records[0].strings[0], "v=DKIM1; k=rsa; \\");
    assert_string_equal(back->records[0].strings[1], "p=\xff\x01");
    assert_true(back->authoritative);
    assert_null(back->canonical);
    assert_null(back->why);
    struct mf_arena *arena = mf_arena_new();
    const struct mf_dns_answer *asked = mf_dns_ask(evidence->dns, arena, "s._domainkey.x", MF_DNS_TXT, mf_now() + MF_SECOND);
    assert_int_equal(asked->status, MF_DNS_OK);
    assert_int_equal(asked->count, 1);
    mf_arena_free(&arena);
    mf_evidence_free(&evidence);
    remove_folder(dir);
    (void)state;
}

static void files_go_into_the_snapshot(void **state)
{
    char *dir = new_folder();
    struct mf_journal *journal = begin(dir);
    struct mf_diag d = {0};
    char hash[MF_HASH_SIZE];
    assert_int_equal(mf_journal_blob(journal, MF_BYTES("site: lab\n"), hash, &d), 0);
    struct mf_rec_file file = {"sites/lab.yaml", hash};
    assert_int_equal(mf_journal_file(journal, &file, &d), 0);
    end(journal);
    struct mf_files *files = mf_files_new();
    struct mf_evidence *evidence = mf_evidence_load(dir, files, &d);
    assert_non_null(evidence);
    struct mf_bytes bytes;
    assert_int_equal(mf_files_read(files, "sites/lab.yaml", &bytes, &d), 0);
    assert_true(mf_bytes_equal(bytes, MF_BYTES("site: lab\n")));
    assert_int_equal(mf_files_read(files, "/etc/hosts", &bytes, &d), -1); /* never from disk */
    mf_evidence_free(&evidence);
    mf_files_free(&files);
    remove_folder(dir);
    (void)state;
}

static void the_folder_is_for_its_owner_alone_and_made_with_its_parents(void **state)
{
    char *base = new_folder();
    char dir[128];
    snprintf(dir, sizeof dir, "%s/a/b", base);
    end(begin(dir));
    struct stat st;
    assert_int_equal(stat(dir, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0700);
    char file[160];
    snprintf(file, sizeof file, "%s/journal.jsonl", dir);
    assert_int_equal(stat(file, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    remove_folder(base);
    (void)state;
}

static void a_second_run_in_the_same_folder_and_a_second_writer_are_refused(void **state)
{
    char *dir = new_folder();
    struct mf_diag d = {0};
    struct mf_journal *journal = begin(dir);
    assert_null(mf_journal_append(dir, &d));
    assert_non_null(strstr(d.title, "another mailflow"));
    end(journal);
    d = (struct mf_diag){0};
    assert_null(mf_journal_create(dir, &d));
    assert_non_null(strstr(d.hint, "mailflow resume"));
    journal = mf_journal_append(dir, &d);
    assert_non_null(journal);
    end(journal);
    remove_folder(dir);
    (void)state;
}

static void the_same_bytes_are_kept_once_also_after_appending(void **state)
{
    char *dir = new_folder();
    struct mf_diag d = {0};
    char file[160], one[MF_HASH_SIZE], two[MF_HASH_SIZE];
    snprintf(file, sizeof file, "%s/blobs.pack", dir);
    struct mf_journal *journal = begin(dir);
    mf_journal_blob(journal, MF_BYTES("the same"), one, &d);
    end(journal);
    struct stat before, after;
    assert_int_equal(stat(file, &before), 0);
    journal = mf_journal_append(dir, &d);
    mf_journal_blob(journal, MF_BYTES("the same"), two, &d);
    end(journal);
    assert_int_equal(stat(file, &after), 0);
    assert_string_equal(one, two);
    assert_int_equal(before.st_size, after.st_size);
    remove_folder(dir);
    (void)state;
}

static void a_full_disk_is_told_and_leaves_no_half_record(void **state)
{
    char *dir = new_folder();
    struct mf_diag d = {0};
    struct mf_journal *journal = begin(dir);
    write_intent(journal, "f1", 1, "x", 2000);
    struct rlimit old, tight;
    getrlimit(RLIMIT_FSIZE, &old);
    tight = (struct rlimit){600, old.rlim_max};
    signal(SIGXFSZ, SIG_IGN);
    setrlimit(RLIMIT_FSIZE, &tight);
    struct mf_rec_gap gap = {.at = 40, .mailbox = "bob primary", .folder = "", .title = "a long line that does not fit any more"};
    int result = 0;
    for (int i = 0; i < 10 && result == 0; i++)
        result = mf_journal_gap(journal, &gap, &d);
    setrlimit(RLIMIT_FSIZE, &old);
    assert_int_equal(result, -1);
    assert_non_null(strstr(d.title, "journal.jsonl"));
    struct mf_diag at_close = {0};
    assert_int_equal(mf_journal_close(&journal, &at_close), -1);
    assert_string_equal(at_close.title, d.title);
    struct mf_evidence *evidence = load_good(dir);
    assert_int_equal(evidence->flow_count, 1);
    mf_evidence_free(&evidence);
    remove_folder(dir);
    (void)state;
}

struct writer { struct mf_journal *journal; int number; };

static void *write_many(void *context)
{
    struct writer *writer = context;
    char flow[16], bytes[32];
    for (int i = 0; i < 50; i++) {
        snprintf(flow, sizeof flow, "f%d-%d", writer->number, i);
        snprintf(bytes, sizeof bytes, "message %d %d", writer->number, i);
        write_intent(writer->journal, flow, 1, bytes, 2000 + i);
        write_sent(writer->journal, flow, 1, "accepted", 250, 3000 + i);
    }
    return NULL;
}

static void many_threads_may_write_at_once(void **state)
{
    char *dir = new_folder();
    struct mf_journal *journal = begin(dir);
    pthread_t threads[8];
    struct writer writers[8];
    for (int i = 0; i < 8; i++) {
        writers[i] = (struct writer){journal, i};
        assert_int_equal(pthread_create(&threads[i], NULL, write_many, &writers[i]), 0);
    }
    for (int i = 0; i < 8; i++)
        pthread_join(threads[i], NULL);
    end(journal);
    struct mf_evidence *evidence = load_good(dir);
    assert_int_equal(evidence->flow_count, 400);
    const struct mf_flow_evidence *flow = mf_evidence_flow(evidence, "f7-49");
    assert_memory_equal(flow->attempts[0].message.data, "message 7 49", 12);
    assert_int_equal(mf_evidence_handing(flow, "BOB@net-it.com").state, MF_HANDED_ACCEPTED);
    mf_evidence_free(&evidence);
    remove_folder(dir);
    (void)state;
}

static void a_resumed_run_keeps_its_first_beginning_and_is_not_ended(void **state)
{
    char *dir = new_folder();
    struct mf_diag d = {0};
    struct mf_journal *journal = begin(dir);
    struct mf_rec_end over = {5000, "interrupted"};
    assert_int_equal(mf_journal_end(journal, &over, &d), 0);
    end(journal);
    struct mf_evidence *evidence = load_good(dir);
    assert_string_equal(evidence->ended, "interrupted");
    mf_evidence_free(&evidence);
    journal = mf_journal_append(dir, &d);
    struct mf_rec_run again = sample_run();
    again.at = 9000, again.resumed = true;
    assert_int_equal(mf_journal_run(journal, &again, &d), 0);
    end(journal);
    evidence = load_good(dir);
    assert_null(evidence->ended);
    assert_int_equal(evidence->started, 1000);
    assert_int_equal(evidence->last, 9000);
    mf_evidence_free(&evidence);
    remove_folder(dir);
    (void)state;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_run_comes_back_with_its_key_and_its_arguments),
        cmocka_unit_test(an_attempt_comes_back_with_its_message_and_every_reply),
        cmocka_unit_test(a_look_at_an_mx_comes_back_with_its_chain),
        cmocka_unit_test(an_intent_without_an_answer_stays_without),
        cmocka_unit_test(from_its_data_on_a_message_may_have_been_taken),
        cmocka_unit_test(a_copy_seen_by_two_looks_counts_once_and_its_newest_removal_counts),
        cmocka_unit_test(windows_scans_gaps_and_the_opening_are_found_by_mailbox_and_folder),
        cmocka_unit_test(dns_answers_come_back_byte_for_byte_and_the_newest_answers),
        cmocka_unit_test(files_go_into_the_snapshot),
        cmocka_unit_test(the_folder_is_for_its_owner_alone_and_made_with_its_parents),
        cmocka_unit_test(a_second_run_in_the_same_folder_and_a_second_writer_are_refused),
        cmocka_unit_test(the_same_bytes_are_kept_once_also_after_appending),
        cmocka_unit_test(a_full_disk_is_told_and_leaves_no_half_record),
        cmocka_unit_test(many_threads_may_write_at_once),
        cmocka_unit_test(a_resumed_run_keeps_its_first_beginning_and_is_not_ended),
    };
    return cmocka_run_group_tests(tests, NULL, NULL) != 0;
}

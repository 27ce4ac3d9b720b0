/* What happened, from what was written down: each record's effect. */
#include "evidence/fold_internal.h"

#include <string.h>

void mf_fold_start(struct mf_fold *fold, struct mf_evidence *evidence, struct mf_files *files)
{
    *fold = (struct mf_fold){.evidence = evidence, .arena = evidence->arena, .scratch = mf_arena_new(), .files = files};
    fold->flows = mf_map_new(fold->scratch);
    fold->mailboxes = mf_map_new(fold->scratch);
    fold->arrivals = mf_map_new(fold->scratch);
    fold->removals = mf_map_new(fold->scratch);
    fold->blobs = mf_map_new(fold->scratch);
    evidence->dns = mf_dns_recorded();
}

void mf_fold_release(struct mf_fold *fold)
{
    mf_arena_free(&fold->scratch);
}

/* The effect of each kind of record. */

static int hex_value(char c)
{
    return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static bool read_secret(const char *hex, unsigned char secret[32])
{
    if (strlen(hex) != 64)
        return false;
    for (size_t i = 0; i < 32; i++) {
        int high = hex_value(hex[2 * i]), low = hex_value(hex[2 * i + 1]);
        if (high < 0 || low < 0)
            return false;
        secret[i] = (unsigned char)(high * 16 + low);
    }
    return true;
}

/* ---- when nobody watched ---- */

static void go_blind(struct mf_fold *fold, struct mf_fold_mailbox *mailbox, mf_usec from)
{
    struct mf_mailbox_evidence *m = &mailbox->mailbox;
    if (m->opened && (m->blind_count == 0 || m->blind[m->blind_count - 1].to))
        *MF_PUSH(fold->arena, m->blind, m->blind_count, mailbox->blind_capacity) = (struct mf_blind){from, 0};
}

static void fold_opened(struct mf_fold *fold, const struct mf_rec_opened *opened)
{
    struct mf_mailbox_evidence *m = &mf_fold_mailbox(fold, opened->mailbox)->mailbox;
    m->opened = opened;
    if (m->blind_count && !m->blind[m->blind_count - 1].to)
        m->blind[m->blind_count - 1].to = opened->at;
}

static int fold_run(struct mf_fold *fold, const struct mf_run_line *line, struct mf_diag *d)
{
    fold->evidence->ended = NULL; /* it goes on */
    for (size_t i = 0; fold->started && i < fold->evidence->mailbox_count; i++)
        go_blind(fold, fold->mailbox_list[i], fold->previous);
    if (fold->started)
        return 0;
    fold->started = true;
    fold->evidence->run = line->run;
    fold->evidence->started = line->run.at;
    if (!read_secret(line->run.secret_hex, fold->evidence->secret))
        return mf_trouble(d, "the run's key is no 64 hex digits");
    return 0;
}

static int fold_file(struct mf_fold *fold, const struct mf_rec_file *file, struct mf_diag *d)
{
    struct mf_bytes bytes;
    if (mf_fold_blob(fold, file->hash, &bytes, d) < 0)
        return -1;
    if (fold->files)
        mf_files_snapshot(fold->files, file->path, bytes);
    return 0;
}

static int fold_intent(struct mf_fold *fold, const struct mf_rec_intent *intent, struct mf_diag *d)
{
    struct mf_bytes message;
    if (mf_fold_blob(fold, intent->hash, &message, d) < 0)
        return -1;
    struct mf_fold_flow *flow = mf_fold_flow(fold, intent->flow);
    struct mf_attempt *attempt =
        MF_PUSH(fold->arena, flow->flow.attempts, flow->flow.attempt_count, flow->attempt_capacity);
    *attempt = (struct mf_attempt){.intent = *intent, .message = message};
    return 0;
}

static int fold_sent(struct mf_fold *fold, const struct mf_rec_sent *sent, struct mf_diag *d)
{
    struct mf_attempt *attempt = mf_fold_attempt(mf_fold_flow(fold, sent->flow), sent->attempt);
    if (!attempt)
        return mf_trouble(d, "an answer to attempt %d of flow %s, which was never begun", sent->attempt, sent->flow);
    attempt->sent = sent;
    return 0;
}

static int fold_data(struct mf_fold *fold, const struct mf_rec_data *data, struct mf_diag *d)
{
    struct mf_attempt *attempt = mf_fold_attempt(mf_fold_flow(fold, data->flow), data->attempt);
    if (!attempt)
        return mf_trouble(d, "data of attempt %d of flow %s, which was never begun", data->attempt, data->flow);
    attempt->data_at = data->at;
    return 0;
}

static void fold_window(struct mf_fold *fold, const struct mf_rec_window *window)
{
    struct mf_folder_evidence *folder = &mf_fold_folder(fold, window->mailbox, window->folder)->folder;
    if (folder->window.at)
        return; /* the first one counts: what came since is looked at */
    folder->window = *window;
    folder->use = window->use;
}

static void fold_scan(struct mf_fold *fold, const struct mf_rec_scan *scan)
{
    struct mf_fold_folder *folder = mf_fold_folder(fold, scan->mailbox, scan->folder);
    *MF_PUSH(fold->arena, folder->folder.scans, folder->folder.scan_count, folder->scan_capacity) = *scan;
}

static void fold_gap(struct mf_fold *fold, const struct mf_rec_gap *gap)
{
    struct mf_fold_mailbox *mailbox = mf_fold_mailbox(fold, gap->mailbox);
    *MF_PUSH(fold->arena, mailbox->mailbox.gaps, mailbox->mailbox.gap_count, mailbox->gap_capacity) = *gap;
    if (!gap->folder[0])
        go_blind(fold, mailbox, gap->at);
}

static int fold_copy(struct mf_fold *fold, const struct mf_rec_copy *copy, struct mf_diag *d)
{
    struct mf_bytes message;
    if (mf_fold_blob(fold, copy->hash, &message, d) < 0)
        return -1;
    const char *key = mf_fold_place(fold, copy->mailbox, copy->folder, copy->uidvalidity, copy->uid);
    if (mf_map_add(fold->arrivals, key, fold))
        return 0; /* seen again by a later look */
    struct mf_fold_flow *flow = mf_fold_flow(fold, copy->flow);
    struct mf_arrival *arrival =
        MF_PUSH(fold->arena, flow->flow.arrivals, flow->flow.arrival_count, flow->arrival_capacity);
    *arrival = (struct mf_arrival){.copy = *copy, .message = message};
    return 0;
}

static void fold_removed(struct mf_fold *fold, const struct mf_rec_removed *removed)
{
    const char *key = mf_fold_place(fold, removed->mailbox, removed->folder, removed->uidvalidity, removed->uid);
    const struct mf_rec_removed **newest = mf_map_get(fold->removals, key);
    if (!newest) {
        newest = mf_alloc(fold->scratch, sizeof *newest);
        mf_map_add(fold->removals, key, newest);
    }
    *newest = removed;
}

static void fold_dns(struct mf_fold *fold, const struct mf_dns_answer *answer)
{
    *MF_PUSH(fold->arena, fold->evidence->answers, fold->evidence->answer_count, fold->answer_capacity) = *answer;
    if (!answer->direct && !answer->planned) /* what one server, or a table, says is no answer of the resolver's */
        mf_dns_record_answer(fold->evidence->dns, answer);
}

static mf_usec time_of(enum mf_record_kind kind, const void *record)
{
    switch (kind) {
    case MF_RECORD_RUN:
        return ((const struct mf_run_line *)record)->run.at;
    case MF_RECORD_FILE:
        return 0;
    case MF_RECORD_DNS:
        return ((const struct mf_dns_answer *)record)->asked;
    case MF_RECORD_INTENT:
    case MF_RECORD_DATA:
    case MF_RECORD_SENT:
    case MF_RECORD_WINDOW:
    case MF_RECORD_SCAN:
    case MF_RECORD_GAP:
    case MF_RECORD_COPY:
    case MF_RECORD_REMOVED:
    case MF_RECORD_OPENED:
    case MF_RECORD_COMMAND:
    case MF_RECORD_END:
    case MF_RECORD_KINDS:
        break;
    }
    return *(const mf_usec *)record; /* `at` comes first in each of them */
}

int mf_fold_record(struct mf_fold *fold, enum mf_record_kind kind, const void *record, struct mf_diag *d)
{
    if (!fold->started && kind != MF_RECORD_RUN)
        return mf_trouble(d, "it does not begin with the run");
    mf_usec at = time_of(kind, record);
    fold->previous = fold->evidence->last;
    if (at > fold->evidence->last)
        fold->evidence->last = at;
    switch (kind) {
    case MF_RECORD_RUN:
        return fold_run(fold, record, d);
    case MF_RECORD_FILE:
        return fold_file(fold, record, d);
    case MF_RECORD_INTENT:
        return fold_intent(fold, record, d);
    case MF_RECORD_DATA:
        return fold_data(fold, record, d);
    case MF_RECORD_SENT:
        return fold_sent(fold, record, d);
    case MF_RECORD_COPY:
        return fold_copy(fold, record, d);
    case MF_RECORD_WINDOW:
        return fold_window(fold, record), 0;
    case MF_RECORD_SCAN:
        return fold_scan(fold, record), 0;
    case MF_RECORD_GAP:
        return fold_gap(fold, record), 0;
    case MF_RECORD_REMOVED:
        return fold_removed(fold, record), 0;
    case MF_RECORD_OPENED:
        return fold_opened(fold, record), 0;
    case MF_RECORD_COMMAND:
        return mf_fold_flow(fold, ((const struct mf_rec_command *)record)->flow)->flow.command = record, 0;
    case MF_RECORD_DNS:
        return fold_dns(fold, record), 0;
    case MF_RECORD_END:
        return fold->evidence->ended = ((const struct mf_rec_end *)record)->why, 0;
    case MF_RECORD_KINDS:
        break;
    }
    return 0;
}

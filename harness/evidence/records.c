/* The tables of the journal's format. */
#include "evidence/records_internal.h"

#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))
#define FIELD(owner, name, TYPE) {#name, TYPE, offsetof(struct owner, name), 0, 0, NULL, NULL}
#define CHARS(owner, name) {#name, MF_FIELD_CHARS, offsetof(struct owner, name), 0, sizeof ((struct owner *)0)->name, NULL, NULL}
#define TEXTS(owner, json, name, count, TYPE) {json, TYPE, offsetof(struct owner, name), offsetof(struct owner, count), 0, NULL, NULL}
#define ONE(owner, name, inner) {#name, MF_FIELD_ONE, offsetof(struct owner, name), 0, 0, &inner, NULL}
#define MANY(owner, name, count, inner) {#name, MF_FIELD_MANY, offsetof(struct owner, name), offsetof(struct owner, count), 0, &inner, NULL}
#define SHAPE(name, kind, owner) static const struct mf_shape name##_shape = {kind, sizeof(struct owner), name##_fields, COUNT(name##_fields)}

#define TEXT(owner, name) FIELD(owner, name, MF_FIELD_TEXT)
#define NULLABLE(owner, name) FIELD(owner, name, MF_FIELD_NULLABLE)
#define BOOL(owner, name) FIELD(owner, name, MF_FIELD_BOOL)
#define INT(owner, name) FIELD(owner, name, MF_FIELD_INT)
#define UINT(owner, name) FIELD(owner, name, MF_FIELD_UINT)
#define TIME(owner, name) FIELD(owner, name, MF_FIELD_TIME)

static const struct mf_field run_fields[] = {
    INT(mf_run_line, format),
    INT(mf_run_line, revision),
    {"at", MF_FIELD_TIME, offsetof(struct mf_run_line, run.at), 0, 0, NULL, NULL},
    {"version", MF_FIELD_TEXT, offsetof(struct mf_run_line, run.version), 0, 0, NULL, NULL},
    {"run", MF_FIELD_TEXT, offsetof(struct mf_run_line, run.run), 0, 0, NULL, NULL},
    {"secret", MF_FIELD_TEXT, offsetof(struct mf_run_line, run.secret_hex), 0, 0, NULL, NULL},
    {"site", MF_FIELD_TEXT, offsetof(struct mf_run_line, run.site), 0, 0, NULL, NULL},
    {"host", MF_FIELD_TEXT, offsetof(struct mf_run_line, run.host), 0, 0, NULL, NULL},
    {"resolver", MF_FIELD_NULLABLE, offsetof(struct mf_run_line, run.resolver), 0, 0, NULL, NULL},
    {"egress", MF_FIELD_TEXT, offsetof(struct mf_run_line, run.egress), 0, 0, NULL, NULL},
    TEXTS(mf_run_line, "scenarios", run.scenarios, run.scenario_count, MF_FIELD_TEXTS),
    TEXTS(mf_run_line, "vars", run.vars, run.var_count, MF_FIELD_TEXTS),
    TEXTS(mf_run_line, "only", run.only, run.only_count, MF_FIELD_TEXTS),
    {"resumed", MF_FIELD_BOOL, offsetof(struct mf_run_line, run.resumed), 0, 0, NULL, NULL},
};
SHAPE(run, "run", mf_run_line);

static const struct mf_field file_fields[] = {TEXT(mf_rec_file, path), TEXT(mf_rec_file, hash)};
SHAPE(file, "file", mf_rec_file);

static const struct mf_field intent_fields[] = {
    TIME(mf_rec_intent, at),         TEXT(mf_rec_intent, flow),      INT(mf_rec_intent, attempt),
    TEXT(mf_rec_intent, hash),       TEXT(mf_rec_intent, message_id), TEXT(mf_rec_intent, mail_from),
    TEXTS(mf_rec_intent, "rcpt", rcpt, rcpt_count, MF_FIELD_TEXTS),
    TEXT(mf_rec_intent, via),        TEXT(mf_rec_intent, peer),      NULLABLE(mf_rec_intent, sentinel_of),
};
SHAPE(intent, "intent", mf_rec_intent);

static const struct mf_field data_fields[] = {TIME(mf_rec_data, at), TEXT(mf_rec_data, flow), INT(mf_rec_data, attempt)};
SHAPE(data, "data", mf_rec_data);

static const struct mf_field reply_fields[] = {
    INT(mf_rec_reply, code), TEXT(mf_rec_reply, enhanced), TEXT(mf_rec_reply, text),
};
SHAPE(reply, NULL, mf_rec_reply);

static const struct mf_field tls_fields[] = {
    BOOL(mf_rec_tls, used),    BOOL(mf_rec_tls, verified), TEXT(mf_rec_tls, version),
    TEXT(mf_rec_tls, cipher),  TEXT(mf_rec_tls, subject),  TEXT(mf_rec_tls, issuer),
    TEXT(mf_rec_tls, names),   TEXT(mf_rec_tls, problem),  INT(mf_rec_tls, days_left),
};
SHAPE(tls, NULL, mf_rec_tls);

static const struct mf_field rcpt_fields[] = {TEXT(mf_rec_rcpt, address), ONE(mf_rec_rcpt, reply, reply_shape)};
SHAPE(rcpt, NULL, mf_rec_rcpt);

static const struct mf_field sent_fields[] = {
    TIME(mf_rec_sent, at),      TIME(mf_rec_sent, started),   TIME(mf_rec_sent, took),
    TEXT(mf_rec_sent, flow),    INT(mf_rec_sent, attempt),    TEXT(mf_rec_sent, outcome),
    TEXT(mf_rec_sent, phase),   ONE(mf_rec_sent, reply, reply_shape),
    MANY(mf_rec_sent, rcpt, rcpt_count, rcpt_shape),
    TEXT(mf_rec_sent, queue_id), TEXT(mf_rec_sent, peer),     TEXT(mf_rec_sent, server),
    ONE(mf_rec_sent, tls, tls_shape),
    TEXT(mf_rec_sent, trouble), TEXT(mf_rec_sent, hint),      TEXT(mf_rec_sent, stage),
    BOOL(mf_rec_sent, temporary), TIME(mf_rec_sent, retry_at),
};
SHAPE(sent, "sent", mf_rec_sent);

static const struct mf_field window_fields[] = {
    TIME(mf_rec_window, at),  TEXT(mf_rec_window, mailbox),     TEXT(mf_rec_window, folder),
    TEXT(mf_rec_window, use), UINT(mf_rec_window, uidvalidity), UINT(mf_rec_window, uidnext),
    UINT(mf_rec_window, exists),
};
SHAPE(window, "window", mf_rec_window);

static const struct mf_field scan_fields[] = {
    TIME(mf_rec_scan, at),          TEXT(mf_rec_scan, mailbox),  TEXT(mf_rec_scan, folder),
    UINT(mf_rec_scan, uidvalidity), UINT(mf_rec_scan, from_uid), UINT(mf_rec_scan, to_uid),
    UINT(mf_rec_scan, gone),
};
SHAPE(scan, "scan", mf_rec_scan);

static const struct mf_field gap_fields[] = {
    TIME(mf_rec_gap, at),    TEXT(mf_rec_gap, mailbox), TEXT(mf_rec_gap, folder),      TEXT(mf_rec_gap, stage),
    TEXT(mf_rec_gap, title), TEXT(mf_rec_gap, hint),    TEXT(mf_rec_gap, server_said), TEXT(mf_rec_gap, peer),
    INT(mf_rec_gap, tries),  ONE(mf_rec_gap, tls, tls_shape),
};
SHAPE(gap, "gap", mf_rec_gap);

static const struct mf_field copy_fields[] = {
    TIME(mf_rec_copy, at),          TEXT(mf_rec_copy, mailbox),       TEXT(mf_rec_copy, folder),
    TEXT(mf_rec_copy, use),         UINT(mf_rec_copy, uidvalidity),   UINT(mf_rec_copy, uid),
    TEXT(mf_rec_copy, hash),        TEXT(mf_rec_copy, flow),          INT(mf_rec_copy, attempt),
    TEXT(mf_rec_copy, internaldate), BOOL(mf_rec_copy, proved),       BOOL(mf_rec_copy, mac_good),
    BOOL(mf_rec_copy, in_header),   BOOL(mf_rec_copy, in_message_id), BOOL(mf_rec_copy, in_subject),
    BOOL(mf_rec_copy, in_body),     BOOL(mf_rec_copy, again),
};
SHAPE(copy, "copy", mf_rec_copy);

static const struct mf_field removed_fields[] = {
    TIME(mf_rec_removed, at),          TEXT(mf_rec_removed, mailbox), TEXT(mf_rec_removed, folder),
    UINT(mf_rec_removed, uidvalidity), UINT(mf_rec_removed, uid),     BOOL(mf_rec_removed, removed),
    TEXT(mf_rec_removed, why),
};
SHAPE(removed, "removed", mf_rec_removed);

static const struct mf_field certificate_fields[] = {
    TEXT(mf_rec_certificate, subject), TEXT(mf_rec_certificate, whole_256),   TEXT(mf_rec_certificate, whole_512),
    TEXT(mf_rec_certificate, key_256), TEXT(mf_rec_certificate, key_512),     BOOL(mf_rec_certificate, signs_below),
    INT(mf_rec_certificate, days_left),
};
SHAPE(certificate, NULL, mf_rec_certificate);

static const struct mf_field opened_fields[] = {
    TIME(mf_rec_opened, at),           TEXT(mf_rec_opened, mailbox),      TEXT(mf_rec_opened, peer),
    ONE(mf_rec_opened, tls, tls_shape), TEXT(mf_rec_opened, capabilities), TEXT(mf_rec_opened, trouble),
    MANY(mf_rec_opened, chain, chain_count, certificate_shape),
};
SHAPE(opened, "opened", mf_rec_opened);

static const struct mf_field command_fields[] = {
    TIME(mf_rec_command, at),      TEXT(mf_rec_command, flow),  INT(mf_rec_command, attempt),
    TEXT(mf_rec_command, command), INT(mf_rec_command, status), TEXT(mf_rec_command, output),
    TEXT(mf_rec_command, media),
};
SHAPE(command, "command", mf_rec_command);

static const struct mf_field dns_record_fields[] = {
    INT(mf_dns_record, type),          UINT(mf_dns_record, ttl),  TEXT(mf_dns_record, name),
    FIELD(mf_dns_record, text, MF_FIELD_BYTES),
    TEXTS(mf_dns_record, "strings", strings, string_count, MF_FIELD_RAW_TEXTS),
    NULLABLE(mf_dns_record, host),     CHARS(mf_dns_record, address),
    INT(mf_dns_record, preference),    INT(mf_dns_record, weight), INT(mf_dns_record, port),
    UINT(mf_dns_record, serial),       FIELD(mf_dns_record, rdata, MF_FIELD_BYTES),
};
SHAPE(dns_record, NULL, mf_dns_record);

static const char *status_word(int value)
{
    static const char *const words[] = {"ok", "nodata", "nxdomain", "servfail", "timeout", "bogus", "unknown"};
    _Static_assert(COUNT(words) == MF_DNS_UNKNOWN + 1, "a word for each status");
    return value >= 0 && (size_t)value < COUNT(words) ? words[value] : NULL;
}

static const struct mf_field dns_fields[] = {
    TEXT(mf_dns_answer, name),          INT(mf_dns_answer, type),
    {"status", MF_FIELD_WORD, offsetof(struct mf_dns_answer, status), 0, 0, NULL, status_word},
    MANY(mf_dns_answer, records, count, dns_record_shape),
    NULLABLE(mf_dns_answer, canonical), MANY(mf_dns_answer, chain, chain_count, dns_record_shape),
    BOOL(mf_dns_answer, authoritative), BOOL(mf_dns_answer, authenticated), BOOL(mf_dns_answer, validated),
    BOOL(mf_dns_answer, checked),
    UINT(mf_dns_answer, negative_ttl),  TEXT(mf_dns_answer, server), NULLABLE(mf_dns_answer, why),
    TIME(mf_dns_answer, asked),         TIME(mf_dns_answer, took),
    BOOL(mf_dns_answer, replied),       BOOL(mf_dns_answer, direct),
    BOOL(mf_dns_answer, recursive),     BOOL(mf_dns_answer, over_tcp), NULLABLE(mf_dns_answer, delegates),
    BOOL(mf_dns_answer, planned),
};
SHAPE(dns, "dns", mf_dns_answer);

static const struct mf_field end_fields[] = {TIME(mf_rec_end, at), TEXT(mf_rec_end, why)};
SHAPE(end, "end", mf_rec_end);

static const struct mf_shape *const shapes[MF_RECORD_KINDS] = {
    [MF_RECORD_RUN] = &run_shape,         [MF_RECORD_FILE] = &file_shape,       [MF_RECORD_INTENT] = &intent_shape,
    [MF_RECORD_SENT] = &sent_shape,       [MF_RECORD_WINDOW] = &window_shape,   [MF_RECORD_SCAN] = &scan_shape,
    [MF_RECORD_GAP] = &gap_shape,         [MF_RECORD_COPY] = &copy_shape,       [MF_RECORD_REMOVED] = &removed_shape,
    [MF_RECORD_OPENED] = &opened_shape,   [MF_RECORD_COMMAND] = &command_shape, [MF_RECORD_DNS] = &dns_shape,
    [MF_RECORD_END] = &end_shape,         [MF_RECORD_DATA] = &data_shape,
};

const struct mf_shape *mf_record_shape(enum mf_record_kind kind)
{
    return shapes[kind];
}

enum mf_record_kind mf_record_find(const char *kind)
{
    enum mf_record_kind i = 0;
    while (i < MF_RECORD_KINDS && strcmp(shapes[i]->kind, kind) != 0)
        i++;
    return i;
}

/* Bounces of servers that don't write RFC 3464: qmail's QSBMF, Exim's X-Failed-Recipients, and reports
 * that a gateway flattened to text. */
#include "message/dsn_internal.h"

#include <ctype.h>
#include <string.h>

static const char *text_of(struct mf_arena *arena, const struct mf_message *message, const char *name)
{
    const struct mf_header *header = mf_message_header(message, name, 0);
    return header ? mf_header_text(arena, header, true) : "";
}

/* Who may bounce: RFC 5321 4.5.5 wants a null return path; many show only their name. */
static bool is_from_the_mail_system(struct mf_arena *arena, const struct mf_message *message)
{
    if (mf_same(text_of(arena, message, "Return-Path"), "<>"))
        return true;
    size_t count;
    const char **from = mf_header_addresses(arena, text_of(arena, message, "From"), &count);
    return count == 1 && (mf_starts_nocase(from[0], "mailer-daemon@") || mf_starts_nocase(from[0], "postmaster@") ||
                          mf_same_nocase(from[0], "mailer-daemon"));
}

static const struct {
    const char *subject, *action;
} subjects[] = {
    {"undelivered mail returned to sender", "failed"}, /* Postfix */
    {"undeliverable", "failed"},                       /* Exchange, IIS */
    {"mail delivery failed", "failed"},                /* Exim */
    {"delivery status notification (failure)", "failed"},
    {"failure notice", "failed"},   /* qmail */
    {"returned mail:", "failed"},   /* Sendmail */
    {"delivery failure", "failed"}, /* Domino */
    {"mail delivery failure", "failed"},
    {"unzustellbar", "failed"},
    {"warning: could not send message", "delayed"}, /* Sendmail */
    {"delayed mail", "delayed"},                    /* Postfix */
    {"delivery status notification (delay)", "delayed"},
};

static const char *action_by_subject(const char *subject)
{
    for (size_t i = 0; i < sizeof subjects / sizeof *subjects; i++)
        if (mf_starts_nocase(subject, subjects[i].subject))
            return subjects[i].action;
    return NULL;
}

/* x.y.z, class 2, 4 or 5 (RFC 3463), which is no part of an address of the Internet. */
static const char *status_in(struct mf_arena *arena, const char *text)
{
    for (const char *at = text; *at; at++) {
        bool starts = strchr("245", *at) && at[1] == '.' && (at == text || !strchr(".0123456789", at[-1]));
        if (!starts)
            continue;
        size_t subject = strspn(at + 2, "0123456789");
        if (subject == 0 || subject > 3 || at[2 + subject] != '.')
            continue;
        size_t detail = strspn(at + 3 + subject, "0123456789"), len = 3 + subject + detail;
        bool goes_on = at[len] == '.' && isdigit((unsigned char)at[len + 1]);
        if (detail > 0 && detail <= 3 && !goes_on)
            return mf_copy_bytes(arena, at, len);
    }
    return "";
}

/* From here to the next empty line. */
static const char *paragraph(struct mf_arena *arena, const char *at)
{
    const char *end = strstr(at, "\n\n");
    return mf_dsn_plain(arena, mf_copy_bytes(arena, at, end ? (size_t)(end - at) : strlen(at)));
}

/* qmail and Postfix begin a line with "<bob@net-it.com>:"; behind it stands why. */
static const char *next_entry(const char *text)
{
    for (const char *at = text; at; at = strchr(at, '\n')) {
        at += *at == '\n';
        size_t len = *at == '<' ? strcspn(at, ">\n ") : 0;
        if (len > 2 && at[len] == '>' && at[len + 1] == ':')
            return at;
    }
    return NULL;
}

static void add(struct mf_arena *arena, struct mf_dsn *dsn, size_t *capacity, const char *address, const char *why,
                const char *action)
{
    struct mf_dsn_recipient *recipient = MF_PUSH(arena, dsn->recipients, dsn->recipient_count, *capacity);
    *recipient = (struct mf_dsn_recipient){address, "", action, status_in(arena, why), why, ""};
}

#define ENTRIES_MAX 100

static void read_entries(struct mf_arena *arena, struct mf_dsn *dsn, size_t *capacity, const char *text,
                         const char *action)
{
    for (const char *at = next_entry(text); at && dsn->recipient_count < ENTRIES_MAX; at = next_entry(at + 1)) {
        size_t len = strcspn(at, ">");
        add(arena, dsn, capacity, mf_copy_bytes(arena, at + 1, len - 1), paragraph(arena, at + len + 2), action);
    }
}

/* Exim names whom it was about in a field, and why below his address. */
static void read_failed_field(struct mf_arena *arena, struct mf_dsn *dsn, size_t *capacity, const char *field,
                              const char *text)
{
    size_t count;
    const char **failed = mf_header_addresses(arena, field, &count);
    for (size_t i = 0; i < count && i < ENTRIES_MAX; i++) {
        const char *at = strstr(text, failed[i]);
        add(arena, dsn, capacity, failed[i], at ? paragraph(arena, at + strlen(failed[i])) : "", "failed");
    }
}

const struct mf_dsn *mf_dsn_from_words(struct mf_arena *arena, const struct mf_message *message)
{
    const char *failed = text_of(arena, message, "X-Failed-Recipients");
    const char *action = action_by_subject(text_of(arena, message, "Subject"));
    if (!(action || *failed) || !is_from_the_mail_system(arena, message))
        return NULL;
    const char *text = mf_message_text(arena, message);
    struct mf_dsn *dsn = mf_alloc(arena, sizeof *dsn);
    *dsn = (struct mf_dsn){.reporting_mta = "", .envelope_id = ""};
    size_t capacity = 0;
    if (*failed)
        read_failed_field(arena, dsn, &capacity, failed, text);
    else
        read_entries(arena, dsn, &capacity, text, action);
    if (dsn->recipient_count == 0)
        add(arena, dsn, &capacity, "", paragraph(arena, text), action ? action : "failed");
    return dsn;
}

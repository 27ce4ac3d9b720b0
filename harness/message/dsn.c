/* Delivery status notifications by RFC 3464: a group of fields about the message, then one for each
 * recipient, with empty lines between. */
#include "message/dsn_internal.h"

#include <ctype.h>
#include <string.h>

#define RECIPIENTS_MAX 1000

char *mf_dsn_plain(struct mf_arena *arena, const char *text)
{
    char *plain = mf_copy(arena, text), *to = plain;
    for (const char *from = text; *from; from++) {
        bool blank = isspace((unsigned char)*from);
        if (!blank)
            *to++ = *from;
        else if (to > plain && to[-1] != ' ')
            *to++ = ' ';
    }
    while (to > plain && to[-1] == ' ')
        to--;
    *to = '\0';
    return plain;
}

/* "rfc822; bob@net-it.com", "smtp; 550 no", "dns; mx.example.org": the type in front is for machines. */
static const char *without_type(struct mf_arena *arena, const char *value)
{
    size_t word = strspn(value, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_ \t");
    return mf_dsn_plain(arena, value[word] == ';' ? value + word + 1 : value);
}

static const char *field(struct mf_arena *arena, const struct mf_message *group, const char *name)
{
    const struct mf_header *header = mf_message_header(group, name, 0);
    return header ? mf_header_text(arena, header, false) : "";
}

static const char *typed_field(struct mf_arena *arena, const struct mf_message *group, const char *name)
{
    return without_type(arena, field(arena, group, name));
}

/* RFC 3464 2.3.2: an address may stand in angle brackets, though it should not. */
static const char *address_field(struct mf_arena *arena, const struct mf_message *group, const char *name)
{
    const char *value = typed_field(arena, group, name);
    size_t len = strlen(value);
    return len > 2 && value[0] == '<' && value[len - 1] == '>' ? mf_copy_bytes(arena, value + 1, len - 2) : value;
}

/* A word, without the comment that some servers put behind it: "failed (unknown user)". */
static const char *word_field(struct mf_arena *arena, const struct mf_message *group, const char *name,
                              const char *none)
{
    const char *value = mf_dsn_plain(arena, field(arena, group, name));
    char *word = mf_copy_bytes(arena, value, strcspn(value, " ("));
    for (char *c = word; *c; c++)
        *c = (char)tolower((unsigned char)*c);
    return *word ? word : none;
}

static int hex(char c)
{
    return c >= '0' && c <= '9' ? c - '0' : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* RFC 3461, 4. */
static const char *xtext(struct mf_arena *arena, const char *coded)
{
    char *text = mf_copy(arena, coded), *to = text;
    for (const char *from = text; *from; from++)
        if (*from == '+' && hex(from[1]) >= 0 && hex(from[2]) >= 0) {
            *to++ = (char)(hex(from[1]) * 16 + hex(from[2]));
            from += 2;
        } else {
            *to++ = *from;
        }
    *to = '\0';
    return text;
}

static void read_recipient(struct mf_arena *arena, const struct mf_message *group, struct mf_dsn_recipient *recipient)
{
    *recipient = (struct mf_dsn_recipient){.final = address_field(arena, group, "Final-Recipient"),
                                           .original = address_field(arena, group, "Original-Recipient"),
                                           .action = word_field(arena, group, "Action", "failed"),
                                           .status = word_field(arena, group, "Status", ""),
                                           .diagnostic = typed_field(arena, group, "Diagnostic-Code"),
                                           .remote_mta = typed_field(arena, group, "Remote-MTA")};
}

static bool is_about_recipient(const struct mf_message *group)
{
    return mf_message_header(group, "Final-Recipient", 0) || mf_message_header(group, "Action", 0) ||
           mf_message_header(group, "Status", 0);
}

static const struct mf_dsn *read_report(struct mf_arena *arena, struct mf_bytes report)
{
    struct mf_dsn *dsn = mf_alloc(arena, sizeof *dsn);
    *dsn = (struct mf_dsn){.standard = true, .reporting_mta = "", .envelope_id = ""};
    size_t capacity = 0;
    while (report.len && dsn->recipient_count < RECIPIENTS_MAX) {
        const struct mf_message *group = mf_message_parse(arena, report);
        if (!*dsn->reporting_mta)
            dsn->reporting_mta = typed_field(arena, group, "Reporting-MTA");
        if (!*dsn->envelope_id)
            dsn->envelope_id = xtext(arena, field(arena, group, "Original-Envelope-Id"));
        if (is_about_recipient(group))
            read_recipient(arena, group, MF_PUSH(arena, dsn->recipients, dsn->recipient_count, capacity));
        if (group->body.len >= report.len)
            break;
        report = group->body;
    }
    if (dsn->recipient_count == 0) /* a report that says nothing is one all the same */
        read_recipient(arena, mf_message_parse(arena, (struct mf_bytes){"", 0}),
                       MF_PUSH(arena, dsn->recipients, dsn->recipient_count, capacity));
    return dsn;
}

bool mf_message_is_report(const struct mf_message *message)
{
    const struct mf_header *type = mf_message_header(message, "Content-Type", 0);
    if (!type)
        return false;
    struct mf_arena *scratch = mf_arena_new();
    const char *words = mf_header_text(scratch, type, false);
    bool report = mf_starts_nocase(words, "multipart/report") && strcasestr(words, "delivery-status");
    mf_arena_free(&scratch);
    return report;
}

static bool is_status_part(const struct mf_part *part)
{
    return mf_same(part->type, "message/delivery-status") || mf_same(part->type, "message/global-delivery-status");
}

const struct mf_dsn *mf_message_dsn(struct mf_arena *arena, const struct mf_message *message)
{
    if (!mf_message_is_report(message))
        return mf_dsn_from_words(arena, message);
    struct mf_part *parts;
    size_t count = mf_message_parts(arena, message, &parts);
    for (size_t i = 0; i < count; i++)
        if (is_status_part(&parts[i]))
            return read_report(arena, parts[i].content);
    return read_report(arena, (struct mf_bytes){"", 0});
}

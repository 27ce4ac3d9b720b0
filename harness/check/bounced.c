/* A delivery status notification (RFC 3464) for the message came back: who refused it, in whose words. */
#include <stdlib.h>
#include <string.h>

#include "check/check_internal.h"

/* One field of the machine-readable part; per-message and per-recipient fields alike. */
static const char *report_field(struct mf_arena *arena, struct mf_bytes report, const char *name)
{
    const struct mf_message *fields;
    while (report.len) {
        fields = mf_message_parse(arena, report);
        const struct mf_header *field = mf_message_header(fields, name, 0);
        if (field)
            return mf_header_text(arena, field, false);
        if (fields->body.len == 0 || fields->body.len >= report.len)
            break;
        report = fields->body;
    }
    return NULL;
}

static struct mf_bytes status_part(struct mf_check_context *context, const struct mf_arrival *arrival)
{
    size_t count;
    const struct mf_part *parts = mf_seen_parts(context, mf_seen_arrival(context, arrival), &count);
    for (size_t i = 0; i < count; i++)
        if (mf_same(parts[i].type, "message/delivery-status"))
            return parts[i].content;
    return (struct mf_bytes){NULL, 0};
}

/* "rfc822; bob@net-it.com" and "smtp; 550 no": the type in front is for machines; folds leave blanks. */
static const char *without_type(struct mf_arena *arena, const char *value)
{
    const char *semicolon = value ? strchr(value, ';') : NULL;
    const char *from = semicolon ? semicolon + 1 : value ? value : "";
    char *plain = mf_copy(arena, from), *to = plain;
    for (; *from; from++)
        if (*from != ' ' || (to > plain && to[-1] != ' '))
            *to++ = *from;
    *to = '\0';
    return plain;
}

/* "mx.example.org" of "host mx.example.org[192.0.2.1] said: …", "… of server mx.example.org[192.0.2.1]" */
static const char *host_in(struct mf_arena *arena, const char *words)
{
    static const char *const before[] = {"host ", "of server ", "by ", "from "};
    for (size_t i = 0; i < sizeof before / sizeof *before; i++) {
        const char *at = strstr(words, before[i]);
        size_t len = at ? strcspn(at += strlen(before[i]), " [(:,;") : 0;
        if (len && memchr(at, '.', len))
            return mf_copy_bytes(arena, at, len);
    }
    return NULL;
}

/* "550 5.1.1 …", behind whatever stands before it */
static int code_in(const char *words)
{
    for (const char *at = words; at && *at; at++)
        if ((*at == '4' || *at == '5') && (at == words || strchr(" :;", at[-1])) && strspn(at, "0123456789") == 3 &&
            strchr(" -", at[3]))
            return atoi(at);
    return 0;
}

static void state_bounce(struct mf_check_context *context, const struct mf_arrival *arrival)
{
    struct mf_arena *arena = context->arena;
    struct mf_bytes report = status_part(context, arrival);
    const char *action = report_field(arena, report, "Action"), *status = report_field(arena, report, "Status");
    const char *diagnostic = without_type(arena, report_field(arena, report, "Diagnostic-Code"));
    const char *reporter = without_type(arena, report_field(arena, report, "Reporting-MTA"));
    const char *recipient = without_type(arena, report_field(arena, report, "Final-Recipient"));
    const char *refused_by = without_type(arena, report_field(arena, report, "Remote-MTA"));
    bool failed = !action || mf_same_nocase(action, "failed");
    if (!failed && !mf_same_nocase(action, "delayed"))
        return;
    const char *words =
        mf_format(arena, "%s told %s: %s%s%s", *reporter ? reporter : "a server", arrival->copy.mailbox,
                  failed ? "could not be delivered" : "not delivered yet", *diagnostic ? ": " : "", diagnostic);
    const char *scope = *recipient ? recipient : mf_case(context)->message->id;
    struct mf_fact *fact =
        mf_fact_add(context, failed ? "bounce.failed" : "bounce.delayed", failed ? MF_FACT_BAD : MF_FACT_NOTE,
                    MF_SEGMENT_HOP, scope, mf_format(arena, "bounced %s", status ? status : ""), words);
    fact->arrival = arrival;
    fact->reply = (struct mf_rec_reply){code_in(diagnostic), status ? status : "", diagnostic};
    fact->by = *refused_by ? refused_by : host_in(arena, diagnostic);
    fact->told_by = *reporter ? reporter : NULL;
}

static bool applies(const struct mf_expect *expect)
{
    return (expect->kind == MF_EXPECT_AT || expect->kind == MF_EXPECT_ACCEPTED) && !expect->flow->of &&
           expect->index == 0;
}

static void judge(struct mf_check_context *context, const struct mf_expect *expect)
{
    (void)expect;
    const struct mf_case *at = mf_case(context);
    for (size_t i = 0; at->evidence && i < at->evidence->arrival_count; i++)
        if (mf_is_bounce(context, &at->evidence->arrivals[i]))
            state_bounce(context, &at->evidence->arrivals[i]);
}

const struct mf_check mf_check_bounced = {"bounced", "no bounce came back", NULL, applies, judge};

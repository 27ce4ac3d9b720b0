/* What a bounce says, in words and as a fact. */
#include <stdlib.h>
#include <string.h>

#include "check/bounced_internal.h"

const struct mf_recipient *mf_bounce_addressed(const struct mf_flow *message, const struct mf_dsn_recipient *recipient)
{
    for (size_t i = 0; i < message->recipient_count; i++)
        if (mf_same_nocase(message->recipients[i].address, recipient->final) ||
            mf_same_nocase(message->recipients[i].address, recipient->original))
            return &message->recipients[i];
    return NULL;
}

static const char *action_words(const char *action)
{
    static const struct {
        const char *action, *words;
    } table[] = {{"failed", "could not be delivered"},
                 {"delayed", "not delivered yet"},
                 {"delivered", "was delivered"},
                 {"relayed", "was handed on to a server that reports nothing"},
                 {"expanded", "was delivered to a list"}};
    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        if (mf_same(table[i].action, action))
            return table[i].words;
    return action;
}

const char *mf_bounce_words(struct mf_check_context *context, const struct mf_arrival *arrival,
                            const struct mf_dsn *dsn, const struct mf_dsn_recipient *recipient)
{
    return mf_format(context->arena, "%s told %s: %s%s%s", *dsn->reporting_mta ? dsn->reporting_mta : "a server",
                     arrival->copy.mailbox, action_words(recipient->action), *recipient->diagnostic ? ": " : "",
                     recipient->diagnostic);
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

struct mf_fact *mf_bounce_add(struct mf_check_context *context, const char *id, enum mf_fact_state state,
                              const char *scope, const char *words, const struct mf_dsn *dsn,
                              const struct mf_dsn_recipient *recipient, const struct mf_arrival *arrival)
{
    const char *action = mf_same(recipient->action, "failed") ? "bounced" : recipient->action;
    const char *brief = mf_format(context->arena, "%s%s%s", action, *recipient->status ? " " : "", recipient->status);
    struct mf_fact *fact = mf_fact_add(context, id, state, MF_SEGMENT_HOP, scope, brief, words);
    fact->arrival = arrival;
    fact->reply = (struct mf_rec_reply){code_in(recipient->diagnostic), recipient->status, recipient->diagnostic};
    fact->by = *recipient->remote_mta ? recipient->remote_mta : host_in(context->arena, recipient->diagnostic);
    fact->told_by = *dsn->reporting_mta ? dsn->reporting_mta : NULL;
    const struct mf_recipient *known = mf_bounce_addressed(mf_case(context)->message, recipient);
    fact->recipient = known ? known : fact->recipient;
    return fact;
}

void mf_bounce_not_looked(struct mf_check_context *context, const struct mf_mailbox *mailbox,
                          const struct mf_coverage_answer *looked, mf_usec until, const char *waiting)
{
    struct mf_arena *arena = context->arena;
    bool waits =
        looked->coverage == MF_COVERAGE_NOT_YET || (looked->coverage == MF_COVERAGE_GAP && context->now < until);
    struct mf_fact *fact;
    if (waits)
        fact = mf_fact_add(context, "bounce.awaited", MF_FACT_WAITING, MF_SEGMENT_STORE, mailbox->label, waiting,
                           mf_format(arena, "%s at %s; the time is not over", waiting, mailbox->label));
    else
        fact = mf_fact_add(context, "arrival.unknown", MF_FACT_UNKNOWN, MF_SEGMENT_MEASURE, mailbox->label,
                           "mailbox unreadable",
                           mf_format(arena, "whether a bounce came is not known, %s could not be read: %s",
                                     mailbox->label, looked->gap ? looked->gap->title : "it was never opened"));
    fact->mailbox = mailbox;
}

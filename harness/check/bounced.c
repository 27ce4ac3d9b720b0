/* Bounces of the message: one that nobody expects is wrong mail; one that is expected has to come and to
 * say what is expected; where none must come, none may. */
#include <stdlib.h>
#include <string.h>

#include "check/check_internal.h"

/* ---- what a bounce is about ---- */

static bool is_claimed_by(const struct mf_flow *flow, const struct mf_dsn_recipient *recipient)
{
    for (size_t i = 0; i < flow->expect_count; i++)
        if (flow->expects[i].kind == MF_EXPECT_BOUNCE && mf_bounce_fits(&flow->expects[i], recipient))
            return true;
    return false;
}

/* By the flow itself, or by one that looks again at its message. */
static bool is_expected(struct mf_check_context *context, const struct mf_dsn_recipient *recipient)
{
    for (const struct mf_flow *flow = mf_case(context)->message; flow; flow = mf_next_look(context, flow))
        if (is_claimed_by(flow, recipient))
            return true;
    return false;
}

static const struct mf_recipient *addressed(const struct mf_flow *message, const struct mf_dsn_recipient *recipient)
{
    for (size_t i = 0; i < message->recipient_count; i++)
        if (mf_same_nocase(message->recipients[i].address, recipient->final) ||
            mf_same_nocase(message->recipients[i].address, recipient->original))
            return &message->recipients[i];
    return NULL;
}

/* It should have been refused at the door, and was taken. (Unknown addresses, 5.1.x: who takes mail for
 * other people's domains is another matter.) */
static bool should_be_refused(const struct mf_flow *message, const struct mf_recipient *recipient)
{
    for (size_t i = 0; recipient && i < message->expect_count; i++)
        for (size_t k = 0; message->expects[i].kind == MF_EXPECT_REFUSED && k < message->expects[i].recipient_count;
             k++)
            if (message->expects[i].recipients[k] == recipient)
                return true;
    return false;
}

static bool lives_at(const struct mf_recipient *recipient, const struct mf_server *server)
{
    const struct mf_person *person = recipient ? recipient->person : NULL;
    return person && person->mailbox_count && person->mailboxes[0]->server == server;
}

/* The secondary that did not take its copy: it is named as who refused, or as the home of an address
 * that nobody wrote to; and it is not where the recipient has his main mailbox. */
static const struct mf_server *refusing_secondary(const struct mf_site *site, const struct mf_dsn_recipient *recipient,
                                                  const struct mf_recipient *known)
{
    const char *domain = strrchr(recipient->final, '@');
    for (size_t i = 0; i < site->server_count; i++) {
        const struct mf_server *server = &site->servers[i];
        bool named = mf_server_has_host(server, recipient->remote_mta) ||
                     (!known && domain && mf_server_has_host(server, domain + 1));
        if (server->role == MF_ROLE_SECONDARY && named && !lives_at(known, server))
            return server;
    }
    return NULL;
}

/* ---- the words ---- */

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

static const char *bounce_words(struct mf_check_context *context, const struct mf_arrival *arrival,
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

static struct mf_fact *add_bounce(struct mf_check_context *context, const char *id, enum mf_fact_state state,
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
    const struct mf_recipient *known = addressed(mf_case(context)->message, recipient);
    fact->recipient = known ? known : fact->recipient;
    return fact;
}

/* ---- one that nobody expects ---- */

static void state_failed(struct mf_check_context *context, const struct mf_arrival *arrival, const struct mf_dsn *dsn,
                         const struct mf_dsn_recipient *recipient)
{
    const struct mf_flow *message = mf_case(context)->message;
    const struct mf_recipient *known = addressed(message, recipient);
    const struct mf_server *secondary = refusing_secondary(context->plan->site, recipient, known);
    const char *words = bounce_words(context, arrival, dsn, recipient);
    if (secondary)
        add_bounce(context, "bounce.copy", MF_FACT_BAD, secondary->name, words, dsn, recipient, arrival);
    else if (should_be_refused(message, known) && mf_starts(recipient->status, "5.1."))
        add_bounce(context, "bounce.backscatter", MF_FACT_BAD, known->address, words, dsn, recipient, arrival);
    else
        add_bounce(context, "bounce.failed", MF_FACT_BAD, *recipient->final ? recipient->final : message->id, words,
                   dsn, recipient, arrival);
}

static void state_unexpected(struct mf_check_context *context, const struct mf_arrival *arrival,
                             const struct mf_dsn *dsn, bool reports_too)
{
    for (size_t i = 0; i < dsn->recipient_count; i++) {
        const struct mf_dsn_recipient *recipient = &dsn->recipients[i];
        if (is_expected(context, recipient))
            continue;
        bool delayed = mf_same(recipient->action, "delayed");
        if (delayed)
            add_bounce(context, "bounce.delayed", MF_FACT_NOTE, *recipient->final ? recipient->final : "",
                       bounce_words(context, arrival, dsn, recipient), dsn, recipient, arrival);
        else if (reports_too || mf_same(recipient->action, "failed"))
            state_failed(context, arrival, dsn, recipient);
    }
}

static void state_all(struct mf_check_context *context, bool reports_too)
{
    const struct mf_case *at = mf_case(context);
    for (size_t i = 0; at->evidence && i < at->evidence->arrival_count; i++) {
        const struct mf_arrival *arrival = &at->evidence->arrivals[i];
        const struct mf_dsn *dsn = arrival->copy.again ? NULL : mf_seen_dsn(context, arrival);
        if (dsn)
            state_unexpected(context, arrival, dsn, reports_too);
    }
}

static bool forbids_bounces(const struct mf_flow *flow)
{
    for (size_t i = 0; i < flow->expect_count; i++)
        if (flow->expects[i].kind == MF_EXPECT_NEVER_BOUNCE)
            return true;
    return false;
}

static bool applies(const struct mf_expect *expect)
{
    return !expect->flow->of && expect->index == 0 && !forbids_bounces(expect->flow);
}

static void judge(struct mf_check_context *context, const struct mf_expect *expect)
{
    (void)expect;
    state_all(context, false);
}

const struct mf_check mf_check_bounced = {"bounced", "no bounce came back", NULL, applies, judge};

/* ---- none must come ---- */

static bool forbids(const struct mf_expect *expect)
{
    return expect->kind == MF_EXPECT_NEVER_BOUNCE && expect->bounces_at;
}

/* Whether it was taken is not known, or not yet. */
static bool is_open(struct mf_check_context *context, const struct mf_case *at)
{
    bool refused = at->handing.state == MF_HANDED_REFUSED && !mf_same(at->handing.phase, "AUTH");
    if (at->handing.state == MF_HANDED_ACCEPTED || refused || !at->recipient)
        return false;
    mf_state_handing(context, at->recipient, &at->handing);
    return true;
}

static void state_not_looked(struct mf_check_context *context, const struct mf_mailbox *mailbox,
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

static mf_usec refused_at(const struct mf_case *at)
{
    return at->handing.attempt && at->handing.attempt->sent ? at->handing.attempt->sent->at : 0;
}

static void judge_none(struct mf_check_context *context, const struct mf_expect *expect)
{
    const struct mf_case *at = mf_case(context);
    size_t from = context->facts->count;
    state_all(context, true);
    for (size_t i = from; i < context->facts->count; i++)
        if (context->facts->items[i].state == MF_FACT_BAD)
            return;
    if (is_open(context, at))
        return;
    struct mf_absence absence = mf_absence_of(context, at);
    mf_usec until = absence.until ? absence.until : refused_at(at);
    struct mf_coverage_answer looked =
        mf_evidence_coverage(context->evidence, expect->bounces_at->label, at->first_intent, until, at->flow->settle);
    if (looked.coverage != MF_COVERAGE_COMPLETE) {
        state_not_looked(context, expect->bounces_at, &looked, until, "no bounce so far");
        return;
    }
    const char *when = mf_clock_words(context->arena, looked.last_scan);
    mf_fact_add(
        context, "bounce.none", MF_FACT_GOOD, MF_SEGMENT_HOP, expect->bounces_at->label,
        mf_format(context->arena, "no bounce until %s", when),
        mf_format(context->arena, "no bounce at %s until %s%s", expect->bounces_at->label, when, absence.words));
}

const struct mf_check mf_check_no_bounce = {"no-bounce", "no bounce comes, where none must", NULL, forbids, judge_none};

/* ---- one that is expected ---- */

static bool expects_bounce(const struct mf_expect *expect)
{
    return expect->kind == MF_EXPECT_BOUNCE && expect->bounces_at;
}

static const char *wanted_words(struct mf_arena *arena, const struct mf_expect *expect)
{
    const struct mf_bounce_expect *wanted = &expect->bounce;
    const char *slash = wanted->diagnostic.kind == MF_MATCH_REGEX ? "/" : "\"";
    const char *text = wanted->diagnostic.text;
    return mf_format(arena, "%s%s%s%s%s%s%s%s%s", wanted->action, wanted->status ? " " : "",
                     wanted->status ? wanted->status : "", text ? " " : "", text ? slash : "", text ? text : "",
                     text ? slash : "", wanted->remote_mta ? " from " : "",
                     wanted->remote_mta ? wanted->remote_mta : "");
}

struct bounces {
    const struct mf_arrival *fitting, *elsewhere, *other; /* other: the newest that says something else */
    const struct mf_dsn *dsn;                             /* of the one to tell */
    const struct mf_dsn_recipient *recipient;
};

static void sort_in(struct bounces *found, const struct mf_expect *expect, const struct mf_arrival *arrival,
                    const struct mf_dsn *dsn, const struct mf_dsn_recipient *recipient)
{
    bool fits = mf_bounce_fits(expect, recipient);
    bool here = mf_same(arrival->copy.mailbox, expect->bounces_at->label);
    const struct mf_arrival **place = fits && here ? &found->fitting : fits ? &found->elsewhere : &found->other;
    bool better = (fits && here) || (!found->fitting && (fits || !found->elsewhere));
    if (*place && fits)
        return;
    *place = arrival;
    if (!better)
        return;
    found->dsn = dsn;
    found->recipient = recipient;
}

static struct bounces find_bounces(struct mf_check_context *context, const struct mf_expect *expect)
{
    const struct mf_case *at = mf_case(context);
    struct bounces found = {.fitting = NULL};
    for (size_t i = 0; at->evidence && i < at->evidence->arrival_count; i++) {
        const struct mf_arrival *arrival = &at->evidence->arrivals[i];
        const struct mf_dsn *dsn = arrival->copy.again ? NULL : mf_seen_dsn(context, arrival);
        for (size_t k = 0; dsn && k < dsn->recipient_count; k++)
            sort_in(&found, expect, arrival, dsn, &dsn->recipients[k]);
    }
    return found;
}

static void state_good(struct mf_check_context *context, const struct mf_expect *expect, const struct bounces *found)
{
    char took[32];
    mf_usec time = found->fitting->copy.at - mf_case(context)->handing.accepted_at;
    mf_duration_text(time > 0 ? time : 0, took, sizeof took);
    const char *words = mf_format(context->arena, "after %s %s", took,
                                  bounce_words(context, found->fitting, found->dsn, found->recipient));
    add_bounce(context, "bounce.seen", MF_FACT_GOOD, expect->bounces_at->label, words,
               mf_seen_dsn(context, found->fitting), found->recipient, found->fitting);
}

/* Some bounce came, and not the one: what was expected, and what it says. */
static void state_other(struct mf_check_context *context, const struct mf_expect *expect, const struct bounces *found)
{
    struct mf_arena *arena = context->arena;
    const struct mf_arrival *arrival = found->elsewhere ? found->elsewhere : found->other;
    const char *said = bounce_words(context, arrival, found->dsn, found->recipient);
    const char *status = *found->recipient->status ? found->recipient->status : "no status";
    const char *words =
        found->elsewhere
            ? mf_format(arena, "expected at %s, and it came to %s", expect->bounces_at->label, arrival->copy.mailbox)
            : mf_format(arena, "expected \"%s\", and the bounce says %s %s; %s", wanted_words(arena, expect),
                        found->recipient->action, status, said);
    add_bounce(context, "bounce.other", MF_FACT_BAD, expect->bounces_at->label, words, mf_seen_dsn(context, arrival),
               found->recipient, arrival);
}

static void state_missing(struct mf_check_context *context, const struct mf_expect *expect, mf_usec until,
                          const struct bounces *found)
{
    struct mf_arena *arena = context->arena;
    const struct mf_case *at = mf_case(context);
    struct mf_coverage_answer looked =
        mf_evidence_coverage(context->evidence, expect->bounces_at->label, at->first_intent, until, at->flow->settle);
    if (looked.coverage != MF_COVERAGE_COMPLETE) {
        state_not_looked(context, expect->bounces_at, &looked, until, "no such bounce so far");
        return;
    }
    if (found->elsewhere || found->other) {
        state_other(context, expect, found);
        return;
    }
    char within[32];
    mf_duration_text(expect->within, within, sizeof within);
    const char *label = expect->bounces_at->label;
    struct mf_fact *fact = mf_fact_add(
        context, "bounce.missing", MF_FACT_BAD, MF_SEGMENT_STORE, label, mf_format(arena, "no bounce in %s", within),
        mf_format(arena, "accepted (%s), and no bounce \"%s\" at %s within %s; all %zu folders were searched",
                  mf_reply_words(arena, &at->handing.reply), wanted_words(arena, expect), label, within,
                  looked.folders_searched));
    fact->mailbox = expect->bounces_at;
}

static void judge_bounce(struct mf_check_context *context, const struct mf_expect *expect)
{
    const struct mf_case *at = mf_case(context);
    struct bounces found = find_bounces(context, expect);
    if (found.fitting)
        state_good(context, expect, &found);
    else if (at->handing.state == MF_HANDED_ACCEPTED)
        state_missing(context, expect, at->deadline, &found);
    else if (at->recipient)
        mf_state_handing(context, at->recipient, &at->handing);
}

const struct mf_check mf_check_bounce = {"bounce", "the bounce that is expected came", NULL, expects_bounce,
                                         judge_bounce};

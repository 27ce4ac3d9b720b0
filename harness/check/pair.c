/* A copy at the secondary held against the same message at the primary, and against what was sent.
 * What was changed for both before they parted is told once, at the main copy. */
#include <string.h>

#include "check/content.h"

static const char *const needs[] = {"arrived", NULL};

static bool applies(const struct mf_expect *expect)
{
    return expect->kind == MF_EXPECT_AT && expect->is_copy;
}

static void state_wrapping(struct mf_check_context *context, bool wrapped)
{
    const struct mf_expect *expect = mf_case(context)->expect;
    if (expect->journal && !wrapped)
        mf_fact_add(context, "copy.not-wrapped", MF_FACT_NOTE, MF_SEGMENT_CONTENT, expect->mailbox->server->name, "",
                    "a journal report was expected, a plain copy came");
    if (!expect->journal && wrapped)
        mf_fact_add(context, "copy.wrapped", MF_FACT_BAD, MF_SEGMENT_CONTENT, expect->mailbox->server->name,
                    "wrapped in a report",
                    "the copy came as a report with the message attached (message/rfc822), not as the message itself");
}

/* What a reader would notice; the exhibit has all. */
struct difference {
    bool same;
    const char *noticed; /* "field rewritten: Subject, footer appended: the text/plain part" */
    const char *exhibit;
};

static struct difference difference(struct mf_check_context *context, const struct mf_seen *before,
                                    const struct mf_seen *after)
{
    const struct mf_changes *changes = mf_seen_changes(context, before, after);
    struct mf_text noticed = {.max = 4096}, exhibit = {.max = 64 << 10};
    for (size_t i = 0; i < changes->count; i++) {
        const struct mf_change *change = &changes->items[i];
        if (change->is_visible)
            mf_text_printf(&noticed, "%s%s%s%s", noticed.len ? ", " : "", mf_change_name(change->kind),
                           *change->what ? ": " : "", change->what);
        if (!change->is_trace)
            mf_text_printf(&exhibit, "  %s\n%s", change->text, change->exhibit);
    }
    struct difference result = {noticed.len == 0, mf_copy(context->arena, mf_text_str(&noticed)),
                                mf_copy(context->arena, mf_text_str(&exhibit))};
    mf_text_release(&noticed);
    mf_text_release(&exhibit);
    return result;
}

static void state_altered(struct mf_check_context *context, const struct mf_arrival *main,
                          const struct difference *difference)
{
    const struct mf_mailbox *mailbox = mf_case(context)->expect->mailbox;
    struct mf_fact *fact =
        mf_fact_add(context, "copy.altered", MF_FACT_BAD, MF_SEGMENT_CONTENT, mailbox->server->name, "copy altered",
                    mf_format(context->arena, "at %s not the same as at %s: %s", mailbox->label, main->copy.mailbox,
                              difference->noticed));
    mf_fact_show(context, fact, MF_EXHIBIT_DIFF, "", difference->exhibit);
}

/* Against the same person's main copy where there is one; an outbound copy against what was sent, as
 * long as its recipient got that unchanged. */
static void judge(struct mf_check_context *context, const struct mf_expect *expect)
{
    const struct mf_case *at = mf_case(context);
    if (!at->arrival)
        return;
    const struct mf_seen *copy = mf_seen_copy(context, at), *sent = mf_seen_sent(context, at->sent);
    state_wrapping(context, copy != mf_seen_arrival(context, at->arrival));
    const struct mf_arrival *main = mf_main_copy(context, at);
    const struct mf_seen *original = main ? mf_seen_arrival(context, main) : NULL;
    const struct mf_mailbox *home = expect->mailbox->person->mailboxes[0];
    bool own = main && mf_same(main->copy.mailbox, home->label);
    struct difference with_main = {.same = false}, with_sent = {.same = false};
    if (own)
        with_main = difference(context, original, copy);
    if (sent)
        with_sent = difference(context, sent, copy);
    if (own && with_main.same)
        mf_fact_add(context, "copy.as-main", MF_FACT_GOOD, MF_SEGMENT_CONTENT, expect->mailbox->label,
                    mf_format(context->arena, "as at the %s", home->server->name), "the same as in the main mailbox");
    else if (with_sent.same || !sent)
        mf_fact_add(context, "copy.as-sent", MF_FACT_GOOD, MF_SEGMENT_CONTENT, expect->mailbox->label, "as sent",
                    "the same as sent");
    else if (own)
        state_altered(context, main, &with_main);
    else if (main && difference(context, sent, original).same)
        state_altered(context, main, &with_sent);
}

const struct mf_check mf_check_pair = {"pair", "the same as in the main mailbox", needs, applies, judge};

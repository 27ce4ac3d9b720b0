/* Words for mail that is late, in another folder, there twice, gone again, or where it must not be. */
#include "diagnose/tell_internal.h"
#include "mailflow/received.h"

#include <string.h>

/* Where it stayed longest, by the hops' own clocks; false: no step of a second is seen. */
static bool longest_stay(struct mf_telling *t, const struct mf_received **stayed, const struct mf_received **then,
                         mf_usec *took)
{
    const struct mf_arrival *arrival = t->first->fact->arrival;
    size_t count = 0;
    const struct mf_received **path =
        arrival ? mf_message_path(t->file->arena, mf_message_parse(t->file->arena, arrival->message), &count) : NULL;
    *took = 0;
    for (size_t i = 1; i < count; i++) {
        mf_usec step = path[i]->at && path[i - 1]->at ? path[i]->at - path[i - 1]->at : 0;
        if (step <= *took || !path[i - 1]->by || !path[i]->by)
            continue;
        *took = step;
        *stayed = path[i - 1];
        *then = path[i];
    }
    return *took >= MF_SECOND;
}

static void tell_stay(struct mf_telling *t)
{
    const struct mf_received *stayed, *then;
    mf_usec took;
    char words[32];
    if (!longest_stay(t, &stayed, &then, &took))
        return;
    mf_duration_text(took, words, sizeof words);
    bool same = mf_same_nocase(stayed->by, then->by);
    t->finding->why =
        mf_finding_words(t, "%s. It stayed longest at %s: %s%s%s (by their clocks).\n", t->first->fact->text,
                         stayed->by, words, same ? "" : ", until ", same ? "" : then->by);
    t->finding->fix =
        mf_finding_words(t,
                         "Look into the log of %s%s%s: a queue, a filter, or a next hop that put it off; or set "
                         "`late` to what is usual here.\n",
                         stayed->by, stayed->id ? " for queue id " : "", stayed->id ? stayed->id : "");
}

static void tell_late(struct mf_telling *t)
{
    tell_stay(t);
    bool too_late = mf_same(t->finding->kind->id, "copy.too-late");
    t->finding->title =
        mf_finding_words(t, too_late ? "Mail for %s arrives too late" : "Mail for %s is delayed", t->suspect->scope);
}

static void tell_junk(struct mf_telling *t)
{
    t->finding->title = mf_finding_words(t, "Mail for %s lands in %s", t->suspect->scope,
                                         t->first->fact->arrival ? t->first->fact->arrival->copy.folder : "junk");
}

static const char *owner_of(const struct mf_telling *t)
{
    const struct mf_mailbox *mailbox = t->first->fact->mailbox;
    return mailbox && mailbox->person ? mailbox->person->name : t->suspect->scope;
}

static void tell_sent_missing(struct mf_telling *t)
{
    t->finding->title = mf_finding_words(t, "The Sent folder of %s does not show what was sent", owner_of(t));
}

static void tell_sent_double(struct mf_telling *t)
{
    t->finding->title = mf_finding_words(t, "Sent mail is in the Sent folder of %s more than once", t->suspect->scope);
}

static void tell_taken_away(struct mf_telling *t)
{
    t->finding->title = mf_finding_words(t, "Another client takes mail out of %s", t->suspect->scope);
}

static void tell_duplicate(struct mf_telling *t)
{
    t->finding->title = mf_finding_words(t, "%s gets mail more than once", t->suspect->scope);
}

static void tell_unexpected(struct mf_telling *t)
{
    t->finding->title = mf_finding_words(t, "%s has mail that it must not have", t->suspect->scope);
}

mf_teller *mf_where_teller(const char *id)
{
    static const struct {
        const char *id;
        mf_teller *teller;
    } tellers[] = {
        {"copy.late", tell_late},
        {"copy.too-late", tell_late},
        {"copy.in-junk", tell_junk},
        {"copy.duplicate", tell_duplicate},
        {"copy.sent-missing", tell_sent_missing},
        {"copy.sent-double", tell_sent_double},
        {"copy.taken-away", tell_taken_away},
        {"mailbox.unexpected-copy", tell_unexpected},
    };
    for (size_t i = 0; i < sizeof tellers / sizeof *tellers; i++)
        if (mf_same(tellers[i].id, id))
            return tellers[i].teller;
    return NULL;
}

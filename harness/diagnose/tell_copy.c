/* Words for copies that the secondary does not get: which kinds, whose. */
#include "diagnose/tell_internal.h"

#include <string.h>

static const struct mf_server *secondary_of(const struct mf_telling *t)
{
    return t->first->fact->mailbox ? t->first->fact->mailbox->server : NULL;
}

/* "1 of 1 inbound, 2 of 2 application, 0 of 1 outbound" */
static const char *count_words(struct mf_telling *t, const struct mf_server *server)
{
    static const enum mf_kind order[] = {MF_KIND_INBOUND, MF_KIND_APPLICATION, MF_KIND_INTERNAL, MF_KIND_OUTBOUND};
    struct mf_text words = {.max = 512};
    for (size_t i = 0; i < MF_KIND_COUNT; i++) {
        const struct mf_copy_count *count = mf_copies_of_kind(t->file, server, order[i]);
        size_t all = count->seen + count->missing + count->unknown;
        if (all)
            mf_text_printf(&words, "%s%zu of %zu %s", words.len ? ", " : "", count->seen, all, mf_kind_name(order[i]));
    }
    const char *copy = mf_copy(t->file->arena, mf_text_str(&words));
    mf_text_release(&words);
    return copy;
}

static void tell_kind_missing(struct mf_telling *t)
{
    const struct mf_server *server = secondary_of(t);
    if (!server)
        return;
    const char *label = t->first->fact->mailbox->label;
    t->finding->why = mf_finding_words(t, "%s. At %s: %s; all %zu folders searched.\n", mf_taken_words(t),
                                       t->suspect->hit_count > 1 ? server->name : label, count_words(t, server),
                                       mf_folders_searched(t));
}

static bool saw(struct mf_telling *t, enum mf_kind kind)
{
    return mf_copies_of_kind(t->file, secondary_of(t), kind)->seen > 0;
}

static void tell_inbound(struct mf_telling *t)
{
    tell_kind_missing(t);
    if (saw(t, MF_KIND_OUTBOUND) && !saw(t, MF_KIND_APPLICATION) && !saw(t, MF_KIND_INTERNAL))
        t->finding->title = mf_finding_words(t, "The %s gets outbound mail only", secondary_of(t)->name);
    else
        t->finding->title = mf_finding_words(t, "The %s does not get inbound mail", secondary_of(t)->name);
    t->finding->fix = mf_finding_words(
        t,
        "Let the gateway copy incoming mail too: by recipient in %s, not only by sender. If it does, look in its log "
        "whether the secondary refuses them.\n",
        mf_our_domain(t));
}

static void tell_outbound(struct mf_telling *t)
{
    tell_kind_missing(t);
    if (saw(t, MF_KIND_INBOUND))
        t->finding->title = mf_finding_words(t, "The %s gets inbound mail only", secondary_of(t)->name);
    else
        t->finding->title = mf_finding_words(t, "The %s does not get outbound mail", secondary_of(t)->name);
    t->finding->fix = mf_finding_words(
        t,
        "Let the gateway copy outgoing mail too: by sender in %s, not only by recipient. If it does, look in its log "
        "whether the secondary refuses them.\n",
        mf_our_domain(t));
}

static void tell_application(struct mf_telling *t)
{
    tell_kind_missing(t);
    const struct mf_application *application = mf_told_message(t)->from_application;
    if (application && mf_same(t->suspect->scope, application->name))
        t->finding->title =
            mf_finding_words(t, "The %s does not get mail from %s", secondary_of(t)->name, application->name);
}

/* Among the facts of its own message alone: there are many hits. */
static const struct mf_fact *doubled(const struct mf_case_file *file, const struct mf_hit *hit)
{
    for (const struct mf_flow *flow = hit->message; flow; flow = file->next_look[flow->index])
        for (size_t i = file->first_fact[flow->index]; i < file->first_fact[flow->index + 1]; i++)
            if (mf_same(file->facts->items[i].id, "copies.more") && file->facts->items[i].mailbox != hit->fact->mailbox)
                return &file->facts->items[i];
    return NULL;
}

/* Where messages whose copies are missing came more than once; NULL: nowhere. */
static const struct mf_mailbox *doubled_at(const struct mf_telling *t, size_t *count)
{
    const struct mf_mailbox *at = NULL;
    *count = 0;
    for (size_t h = 0; h < t->suspect->hit_count; h++) {
        const struct mf_fact *fact = doubled(t->file, t->suspect->hits[h]);
        at = fact ? fact->mailbox : at;
        *count += fact != NULL;
    }
    return at;
}

static void tell_all(struct mf_telling *t)
{
    size_t count;
    const struct mf_mailbox *doubled = doubled_at(t, &count);
    tell_kind_missing(t);
    t->finding->title = mf_finding_words(t, "The %s gets no copies at all", secondary_of(t)->name);
    if (!doubled)
        return;
    t->finding->why = mf_finding_words(t, "%s%zu of the messages are at %s more than once instead.\n", t->finding->why,
                                       count, doubled->label);
    t->finding->fix = mf_finding_words(t,
                                       "Look whether the gateway hands the copies to %s in place of the %s: then mend "
                                       "that, and the duplicates go with it.\n",
                                       doubled->server->name, secondary_of(t)->name);
}

/* Who else gets copies there; NULL: nobody. */
static const struct mf_mailbox *who_gets_copies(const struct mf_telling *t, const struct mf_mailbox *mailbox)
{
    const struct mf_site *site = t->file->plan->site;
    for (size_t i = 0; i < site->mailbox_count; i++)
        if (site->mailboxes[i].server == mailbox->server && mf_copies_in(t->file, &site->mailboxes[i])->seen)
            return &site->mailboxes[i];
    return NULL;
}

static void tell_user(struct mf_telling *t)
{
    const struct mf_mailbox *mailbox = t->first->fact->mailbox;
    const struct mf_mailbox *other = mailbox ? who_gets_copies(t, mailbox) : NULL;
    if (!mailbox || !other)
        return;
    const char *address = mailbox->person->address;
    t->finding->title =
        mf_finding_words(t, "%s gets no copies at the %s, others do", mailbox->person->name, mailbox->server->name);
    t->finding->why = mf_finding_words(t, "%s. At %s: 0 of %zu copies, at %s: %zu; all %zu folders searched.\n",
                                       mf_taken_words(t), mailbox->label, mf_copies_in(t->file, mailbox)->missing,
                                       other->label, mf_copies_in(t->file, other)->seen, mf_folders_searched(t));
    t->finding->fix = mf_finding_words(t,
                                       "Add %s to the rules that copy, by recipient and by sender, as %s is; and look "
                                       "whether the %s has the mailbox.\n",
                                       address, other->person->address, mailbox->server->name);
}

mf_teller *mf_copy_teller(const char *id)
{
    static const struct {
        const char *id;
        mf_teller *teller;
    } tellers[] = {
        {"copy.inbound-missing", tell_inbound},
        {"copy.outbound-missing", tell_outbound},
        {"copy.application-missing", tell_application},
        {"copy.internal-missing", tell_kind_missing},
        {"copy.all-missing", tell_all},
        {"copy.user-missing", tell_user},
    };
    for (size_t i = 0; i < sizeof tellers / sizeof *tellers; i++)
        if (mf_same(tellers[i].id, id))
            return tellers[i].teller;
    return NULL;
}

/* Which copies are missing: where the message is instead, or the pattern of what is missing at a
 * secondary, tells the rule that is missing or wrong. */
#include "diagnose/diagnose_internal.h"
#include "mailflow/dsn.h"
#include "mailflow/message.h"

static const char *whole_kind_missing(struct mf_case_file *file, const struct mf_server *server, enum mf_kind kind)
{
    static const char *const ids[] = {[MF_KIND_INTERNAL] = "copy.internal-missing",
                                      [MF_KIND_INBOUND] = "copy.inbound-missing",
                                      [MF_KIND_OUTBOUND] = "copy.outbound-missing",
                                      [MF_KIND_APPLICATION] = "copy.application-missing"};
    size_t kinds_missing = 0, seen = 0;
    for (enum mf_kind k = 0; k < MF_KIND_COUNT; k++) {
        const struct mf_copy_count *count = mf_copies_of_kind(file, server, k);
        seen += count->seen;
        kinds_missing += count->missing && !count->seen;
    }
    if (!seen && kinds_missing > 1)
        return "copy.all-missing";
    const struct mf_copy_count *inbound = mf_copies_of_kind(file, server, MF_KIND_INBOUND);
    if (kind == MF_KIND_APPLICATION && inbound->missing && !inbound->seen)
        return "copy.inbound-missing"; /* both are copied by recipient: one rule, one cause */
    return ids[kind];
}

/* What a client files with its sender came by no server; a bounce that quotes the message is none of it. */
static bool is_delivered(const struct mf_case_file *file, const struct mf_arrival *arrival)
{
    const struct mf_message *message = mf_message_parse(file->arena, arrival->message);
    return mf_message_header(message, "Received", 0) && !mf_message_is_report(message);
}

/* Led elsewhere: to a server that had the domain before, to somebody who has nothing to do with the message, or
 * back to who sent it. */
static bool is_led_to(const struct mf_case_file *file, const struct mf_fact *fact, const struct mf_arrival *arrival,
                      const struct mf_mailbox *mailbox)
{
    const struct mf_flow *message = mf_flow_origin(fact->flow);
    if (mailbox == fact->mailbox)
        return false;
    if (mailbox->server->role == MF_ROLE_OLD || !mf_flow_involves(message, mailbox->person))
        return true;
    for (size_t i = 0; i < message->recipient_count; i++)
        if (message->recipients[i].person == mailbox->person)
            return false;
    return !fact->expect->is_copy && message->from_person == mailbox->person && is_delivered(file, arrival);
}

const struct mf_mailbox *mf_lies_instead_at(const struct mf_case_file *file, const struct mf_fact *fact)
{
    const struct mf_flow_evidence *known = mf_evidence_flow(file->evidence, mf_flow_origin(fact->flow)->id);
    for (size_t i = 0; known && i < known->arrival_count; i++) {
        const struct mf_mailbox *mailbox = mf_site_mailbox(file->plan->site, known->arrivals[i].copy.mailbox);
        bool in_reach = mailbox && (mailbox->server->role == MF_ROLE_OLD || fact->expect->is_copy ||
                                    mailbox->server == fact->expect->mailbox->server || mailbox->person->outside);
        if (in_reach && is_led_to(file, fact, &known->arrivals[i], mailbox))
            return mailbox;
    }
    return NULL;
}

/* Nothing that this application sends arrives, and what others hand over at the same door does. */
static bool is_sender_dropped(const struct mf_case_file *file, const struct mf_application *application)
{
    const struct mf_copy_count *own = mf_homes_of_application(file, application);
    const struct mf_site *site = file->plan->site;
    if (own->seen || own->missing < 2)
        return false;
    for (size_t i = 0; i < site->application_count; i++)
        if (mf_same(site->applications[i].via->label, application->via->label) &&
            mf_homes_of_application(file, &site->applications[i])->seen)
            return true;
    return false;
}

struct mf_class mf_classify_missing(struct mf_case_file *file, const struct mf_fact *fact)
{
    const struct mf_expect *expect = fact->expect;
    const struct mf_home_count *home = mf_homes_at(file, expect->mailbox->server);
    const struct mf_mailbox *instead = mf_lies_instead_at(file, fact);
    if (instead && instead->server->role == MF_ROLE_OLD)
        return (struct mf_class){"copy.at-old-server", instead->server->name};
    if (instead && (instead->server == expect->mailbox->server || !expect->is_copy))
        return (struct mf_class){"copy.misdelivered", expect->mailbox->label};
    const struct mf_application *sender = mf_flow_origin(fact->flow)->from_application;
    if (!expect->is_copy && sender && is_sender_dropped(file, sender))
        return (struct mf_class){"copy.sender-dropped", sender->name};
    if (!expect->is_copy && home->several && !home->seen) /* no mailbox there gets any: it is the server */
        return (struct mf_class){"copy.missing", expect->mailbox->server->name};
    if (!expect->is_copy)
        return (struct mf_class){"copy.missing", fact->scope};
    const struct mf_server *server = expect->mailbox->server;
    enum mf_kind kind = expect->kind_of_mail;
    if (mf_copies_of_kind(file, server, kind)->seen == 0)
        return (struct mf_class){whole_kind_missing(file, server, kind), server->name};
    const struct mf_application *application = mf_flow_origin(fact->flow)->from_application;
    if (application && mf_copies_of_application(file, server, application)->seen == 0)
        return (struct mf_class){"copy.application-missing", application->name};
    const struct mf_copy_count *own = mf_copies_in(file, expect->mailbox);
    if (own->seen == 0 && own->missing) /* others get theirs */
        return (struct mf_class){"copy.user-missing", fact->scope};
    return (struct mf_class){"copy.missing", fact->scope};
}

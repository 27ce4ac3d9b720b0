/* What the evidence says about servers and tries, for classifying and telling. */
#include <string.h>

#include "diagnose/diagnose_internal.h"
#include "mailflow/message.h"

const struct mf_rec_sent *mf_last_sent(const struct mf_case_file *file, const struct mf_flow *message)
{
    const struct mf_flow_evidence *known = mf_evidence_flow(file->evidence, message->id);
    for (size_t i = known ? known->attempt_count : 0; i-- > 0;)
        if (known->attempts[i].sent)
            return known->attempts[i].sent;
    return NULL;
}

const struct mf_rec_gap *mf_gap_of(const struct mf_case_file *file, const char *label)
{
    const struct mf_mailbox_evidence *known = mf_evidence_mailbox(file->evidence, label);
    const struct mf_rec_gap *newest = NULL;
    for (size_t i = 0; known && i < known->gap_count; i++)
        if (!newest || known->gaps[i].at >= newest->at)
            newest = &known->gaps[i];
    return newest;
}

static const struct mf_server *server_of_host(const struct mf_site *site, const char *host)
{
    for (size_t i = 0; host && i < site->server_count; i++)
        if (mf_server_has_host(&site->servers[i], host))
            return &site->servers[i];
    return NULL;
}

/* The server that a message was, or was to be, handed to. */
static const char *first_hop(const struct mf_case_file *file, const struct mf_flow *message)
{
    const struct mf_via *via = message->via;
    if (!via)
        return NULL;
    if (via->door && via->door->server)
        return via->door->server->name;
    const struct mf_flow_evidence *known = mf_evidence_flow(file->evidence, message->id);
    const char *host = known && known->attempt_count ? known->attempts[known->attempt_count - 1].intent.via : NULL;
    const struct mf_server *server = server_of_host(file->plan->site, via->door ? via->door->host : host);
    return server ? server->name : NULL;
}

const char *mf_server_of_fact(struct mf_case_file *file, const struct mf_fact *fact)
{
    if (mf_starts(fact->id, "handed.") || mf_starts(fact->id, "reply."))
        return first_hop(file, mf_flow_origin(fact->flow));
    return fact->mailbox ? fact->mailbox->server->name : NULL;
}

/* The newest answers about a name: the failed one, unless some address, or MX, was found. planned: those of a table of
 * the site count. */
static const struct mf_dns_answer *failed_answer(const struct mf_evidence *evidence, const char *name, bool mx, bool planned)
{
    const struct mf_dns_answer *failed = NULL;
    for (size_t i = 0; name && i < evidence->answer_count; i++) {
        const struct mf_dns_answer *answer = &evidence->answers[i];
        bool type = mx ? answer->type == MF_DNS_MX : answer->type == MF_DNS_A || answer->type == MF_DNS_AAAA;
        if (!type || (answer->planned && !planned) || !mf_same_nocase(answer->name, name))
            continue;
        if (answer->status == MF_DNS_OK)
            return NULL;
        if (!failed || answer->status != MF_DNS_NODATA)
            failed = answer;
    }
    return failed;
}

/* MX, then the hosts that it names. */
static const struct mf_dns_answer *failed_mx(const struct mf_evidence *evidence, const char *domain, bool planned)
{
    const struct mf_dns_answer *failed = failed_answer(evidence, domain, true, planned);
    for (size_t i = evidence->answer_count; !failed && domain && i-- > 0;) {
        const struct mf_dns_answer *answer = &evidence->answers[i];
        bool counts = answer->type == MF_DNS_MX && answer->status == MF_DNS_OK && (planned || !answer->planned);
        if (!counts || !mf_same_nocase(answer->name, domain))
            continue;
        for (size_t k = 0; k < answer->count; k++) {
            failed = failed_answer(evidence, answer->records[k].host, false, planned);
            if (!failed)
                return NULL; /* one way in is enough */
        }
    }
    return failed;
}

const struct mf_dns_answer *mf_failed_lookup(const struct mf_case_file *file, const struct mf_fact *fact)
{
    if (!mf_starts(fact->id, "handed.")) {
        const struct mf_door *door = fact->mailbox ? fact->mailbox->server->imap : NULL;
        return door ? failed_answer(file->evidence, door->host, false, false) : NULL;
    }
    const struct mf_via *via = mf_flow_origin(fact->flow)->via;
    bool planned = mf_flow_origin(fact->flow)->resolve != NULL;
    if (!via)
        return NULL;
    if (via->kind == MF_VIA_MX)
        return failed_mx(file->evidence, fact->recipient ? mf_address_domain(fact->recipient->address) : NULL, planned);
    const struct mf_dns_answer *answer = via->door ? failed_answer(file->evidence, via->door->host, false, planned) : NULL;
    return answer ? answer : failed_answer(file->evidence, via->source, false, planned);
}

static size_t server_index(const struct mf_site *site, const char *name)
{
    for (size_t i = 0; name && i < site->server_count; i++)
        if (mf_same(site->servers[i].name, name))
            return i;
    return site->server_count;
}

bool mf_server_answered(const struct mf_case_file *file, const char *server)
{
    return file->answered[server_index(file->plan->site, server)];
}

static void count_answers(struct mf_case_file *file)
{
    const struct mf_site *site = file->plan->site;
    file->answered = mf_alloc_array(file->arena, site->server_count + 1, sizeof *file->answered);
    for (size_t i = 0; i < file->plan->flow_count; i++) {
        const struct mf_flow *flow = &file->plan->flows[i];
        const struct mf_rec_sent *sent = flow->of ? NULL : mf_last_sent(file, flow);
        if (sent && sent->reply.code)
            file->answered[server_index(site, first_hop(file, flow))] = true;
    }
    for (size_t i = 0; i < file->evidence->mailbox_count; i++) {
        const struct mf_mailbox_evidence *known = &file->evidence->mailboxes[i];
        const struct mf_mailbox *mailbox = known->opened ? mf_site_mailbox(site, known->mailbox) : NULL;
        if (mailbox)
            file->answered[server_index(site, mailbox->server->name)] = true;
    }
    file->answered[site->server_count] = false;
}

static void count_look_ups(struct mf_case_file *file)
{
    for (size_t i = 0; i < file->evidence->answer_count && !file->dns_answered; i++) {
        enum mf_dns_status status = file->evidence->answers[i].status;
        bool definite = status == MF_DNS_OK || status == MF_DNS_NODATA || status == MF_DNS_NXDOMAIN;
        file->dns_answered = definite && !file->evidence->answers[i].planned; /* a table always answers */
    }
}

static void count_copy(struct mf_copy_count *count, const char *fact)
{
    if (mf_same(fact, "arrival.missing"))
        count->missing++;
    else if (mf_same(fact, "arrival.unknown") || mf_same(fact, "arrival.awaited"))
        count->unknown++;
    else
        count->seen++;
}

static void count_home(struct mf_home_count *home, const struct mf_fact *fact)
{
    if (!mf_same(fact->id, "arrival.missing")) {
        home->seen += !mf_same(fact->id, "arrival.unknown") && !mf_same(fact->id, "arrival.awaited");
        return;
    }
    home->several = home->several || (home->missing && home->mailbox != fact->mailbox);
    home->mailbox = fact->mailbox;
    home->missing++;
}

static size_t application_index(const struct mf_site *site, const struct mf_application *application)
{
    size_t index = 0;
    while (index < site->application_count && !mf_same(site->applications[index].name, application->name))
        index++;
    return index;
}

static void count_arrival(struct mf_case_file *file, const struct mf_fact *fact)
{
    const struct mf_server *server = fact->expect->mailbox->server;
    const struct mf_application *application = mf_flow_origin(fact->flow)->from_application;
    if (!fact->expect->is_copy) {
        count_home((struct mf_home_count *)mf_homes_at(file, server), fact);
        if (application)
            count_copy((struct mf_copy_count *)mf_homes_of_application(file, application), fact->id);
        return;
    }
    count_copy((struct mf_copy_count *)mf_copies_of_kind(file, server, fact->expect->kind_of_mail), fact->id);
    count_copy((struct mf_copy_count *)mf_copies_in(file, fact->expect->mailbox), fact->id);
    if (application)
        count_copy((struct mf_copy_count *)mf_copies_of_application(file, server, application), fact->id);
}

static void count_arrivals(struct mf_case_file *file)
{
    const struct mf_site *site = file->plan->site;
    size_t servers = site->server_count + 1;
    file->homes = mf_alloc_array(file->arena, servers, sizeof *file->homes);
    file->copies = mf_alloc_array(file->arena, servers * MF_KIND_COUNT, sizeof *file->copies);
    file->app_copies = mf_alloc_array(file->arena, servers * (site->application_count + 1), sizeof *file->app_copies);
    file->app_homes = mf_alloc_array(file->arena, site->application_count + 1, sizeof *file->app_homes);
    file->box_copies = mf_alloc_array(file->arena, site->mailbox_count + 1, sizeof *file->box_copies);
    for (size_t i = 0; i < file->facts->count; i++) {
        const struct mf_fact *fact = &file->facts->items[i];
        bool arrival = mf_starts(fact->id, "arrival.") && fact->state != MF_FACT_SKIPPED;
        if (arrival && fact->expect && fact->expect->kind == MF_EXPECT_AT)
            count_arrival(file, fact);
    }
}

const struct mf_home_count *mf_homes_at(const struct mf_case_file *file, const struct mf_server *server)
{
    return &file->homes[server_index(file->plan->site, server->name)];
}

const struct mf_copy_count *mf_copies_in(const struct mf_case_file *file, const struct mf_mailbox *mailbox)
{
    return &file->box_copies[mailbox->index];
}

const struct mf_copy_count *mf_copies_of_kind(const struct mf_case_file *file, const struct mf_server *server,
                                              enum mf_kind kind)
{
    return &file->copies[server_index(file->plan->site, server->name) * MF_KIND_COUNT + kind];
}

const struct mf_copy_count *mf_copies_of_application(const struct mf_case_file *file, const struct mf_server *server,
                                                     const struct mf_application *application)
{
    const struct mf_site *site = file->plan->site;
    return &file->app_copies[server_index(site, server->name) * (site->application_count + 1) +
                             application_index(site, application)];
}

const struct mf_copy_count *mf_homes_of_application(const struct mf_case_file *file,
                                                    const struct mf_application *application)
{
    return &file->app_homes[application_index(file->plan->site, application)];
}

void mf_count_everything(struct mf_case_file *file)
{
    count_answers(file);
    count_look_ups(file);
    count_arrivals(file);
}

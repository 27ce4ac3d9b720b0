/* A flow's row in the checklist: route, detail, how long it took. */
#include <string.h>

#include "diagnose/diagnose_internal.h"

static const char *sender_name(const struct mf_flow *message)
{
    if (message->from_person)
        return message->from_person->name;
    return message->from_application ? message->from_application->name : message->from;
}

static void add_hops(struct mf_text *route, const struct mf_expect *expect)
{
    for (size_t i = 0; i < expect->through_count; i++) {
        const struct mf_hop *hop = &expect->through[i];
        mf_text_printf(route, " → %s", hop->server ? hop->server->name : hop->host);
    }
}

/* Where to: the mailboxes expected, or those addressed. */
static void add_targets(struct mf_text *route, const struct mf_flow *flow, const struct mf_flow *message)
{
    size_t told = 0, all = 0;
    for (size_t i = 0; i < flow->expect_count; i++)
        if (flow->expects[i].kind == MF_EXPECT_AT && all++ < 2)
            mf_text_printf(route, "%s%s", told++ ? ", " : " → ", flow->expects[i].mailbox->label);
    if (all > 2)
        mf_text_printf(route, " +%zu", all - 2);
    if (all == 0 && message->recipient_count)
        mf_text_printf(route, " → %s%s", message->recipients[0].address, message->recipient_count > 1 ? " …" : "");
}

static const char *route_of(struct mf_case_file *file, const struct mf_flow *flow, enum mf_outcome outcome)
{
    const struct mf_flow *message = mf_flow_origin(flow);
    struct mf_text route = {.max = 1024};
    const struct mf_expect *first =
        flow->expect_count && flow->expects[0].kind == MF_EXPECT_AT ? &flow->expects[0] : NULL;
    if (flow->of && first) {
        mf_text_puts(&route, first->mailbox->label);
        if (outcome == MF_PASS)
            mf_text_printf(&route, ", %s", first->folder);
        if (flow->expect_count > 1)
            mf_text_printf(&route, " +%zu", flow->expect_count - 1);
    } else {
        mf_text_puts(&route, sender_name(message));
        if (first)
            add_hops(&route, first);
        add_targets(&route, flow, message);
    }
    const char *copy = mf_copy(file->arena, mf_text_str(&route));
    mf_text_release(&route);
    return copy;
}

/* Appends words unless they are there already. */
static void add_words(struct mf_text *detail, const char *words)
{
    if (*words && !(detail->data && strstr(detail->data, words)))
        mf_text_printf(detail, "%s%s", detail->len ? ", " : "", words);
}

static bool speaks(const struct mf_fact *fact, enum mf_outcome outcome)
{
    switch (outcome) {
    case MF_PASS:
        return fact->state == MF_FACT_GOOD;
    case MF_PENDING:
        return fact->state == MF_FACT_WAITING;
    case MF_SKIPPED:
        return fact->state == MF_FACT_SKIPPED;
    case MF_FAIL:
    case MF_ERROR:
        break;
    }
    return false;
}

/* The number of the finding about the message that this row would have looked at. */
static int number_of_message(const struct mf_case_file *file, const struct mf_flow *message)
{
    for (size_t i = 0; i < file->flows[message->index].finding_count; i++)
        if (file->flows[message->index].findings[i]->number)
            return file->flows[message->index].findings[i]->number;
    return 0;
}

static void detail_from_facts(struct mf_case_file *file, struct mf_flow_verdict *verdict, struct mf_text *detail)
{
    size_t f = verdict->flow->index;
    for (size_t i = file->first_fact[f]; i < file->first_fact[f + 1]; i++)
        if (speaks(&file->facts->items[i], verdict->outcome))
            add_words(detail, file->facts->items[i].brief);
    int number =
        verdict->outcome == MF_SKIPPED && verdict->flow->of ? number_of_message(file, mf_flow_origin(verdict->flow)) : 0;
    if (number)
        mf_text_printf(detail, ", see [%d]", number);
}

/* What failed: the words of the deepest hits, causes before what they explain. */
static void detail_from_hits(struct mf_case_file *file, struct mf_flow_verdict *verdict, struct mf_text *detail)
{
    size_t f = verdict->flow->index;
    for (int absorbed = 0; absorbed < 2 && !detail->len; absorbed++)
        for (size_t i = file->first_hit[f]; i < file->first_hit[f + 1]; i++) {
            const struct mf_hit *hit = &file->hits[i];
            if (hit->outcome == verdict->outcome && !hit->absorbed_by == !absorbed)
                add_words(detail, hit->fact->brief);
        }
}

/* Handed over → the last expected copy seen. */
static mf_usec time_taken(const struct mf_case_file *file, const struct mf_flow *flow)
{
    const struct mf_flow *message = mf_flow_origin(flow);
    const struct mf_flow_evidence *known = mf_evidence_flow(file->evidence, message->id);
    mf_usec took = -1;
    for (size_t i = file->first_fact[flow->index]; i < file->first_fact[flow->index + 1]; i++) {
        const struct mf_fact *fact = &file->facts->items[i];
        bool tells_time = mf_starts(fact->id, "arrival.") && !mf_same(fact->id, "arrival.aside");
        if (!fact->arrival || !tells_time || !fact->recipient)
            continue;
        struct mf_handing handing = mf_evidence_handing(known, fact->recipient->address);
        mf_usec since = handing.accepted_at ? handing.accepted_at : handing.attempt ? handing.attempt->intent.at : 0;
        mf_usec one = fact->arrival->copy.at - since;
        one = one < 0 ? 0 : one;
        if (since && one > took)
            took = one;
    }
    return took;
}

/* "DKIM, SPF, DMARC by site dns": not by what is published. */
static void add_table(struct mf_case_file *file, const struct mf_flow *flow, struct mf_text *detail)
{
    if (flow->resolve)
        mf_text_printf(detail, "%sby site %s", detail->len ? " " : "", mf_dns_table_name(file->plan->site, flow->resolve));
}

void mf_write_row(struct mf_case_file *file, struct mf_flow_verdict *verdict)
{
    size_t f = verdict->flow->index;
    struct mf_text detail = {.max = 1024};
    verdict->route = route_of(file, verdict->flow, verdict->outcome);
    if (file->skipped_why[f])
        mf_text_puts(&detail, file->skipped_why[f]);
    else if (verdict->outcome == MF_FAIL || verdict->outcome == MF_ERROR)
        detail_from_hits(file, verdict, &detail);
    else
        detail_from_facts(file, verdict, &detail);
    if (!file->skipped_why[f])
        add_table(file, verdict->flow, &detail);
    if (!file->skipped_why[f])
        verdict->took = time_taken(file, verdict->flow);
    verdict->detail = mf_copy(file->arena, mf_text_str(&detail));
    mf_text_release(&detail);
}

/* Words for what is changed on the way: which hops it can have been, by the copies that have the change and
 * those that have not; and for header fields, each of which has its own usual suspect. */
#include "diagnose/tell_internal.h"
#include "mailflow/received.h"

#include <string.h>

#define HOPS_MAX 32
#define MESSAGES_MAX 20 /* compared; more say nothing new */

struct way {
    const char *hosts[HOPS_MAX]; /* that took it, oldest first; each once in a row */
    size_t count;
};

static struct way way_of(struct mf_case_file *file, const struct mf_arrival *arrival)
{
    struct way way = {.count = 0};
    size_t count;
    const struct mf_received **path =
        mf_message_path(file->arena, mf_message_parse(file->arena, arrival->message), &count);
    for (size_t i = 0; i < count && way.count < HOPS_MAX; i++)
        if (path[i]->by && !(way.count && mf_same_nocase(way.hosts[way.count - 1], path[i]->by)))
            way.hosts[way.count++] = path[i]->by;
    return way;
}

static size_t common(const struct way *a, const struct way *b)
{
    size_t n = 0;
    while (n < a->count && n < b->count && mf_same_nocase(a->hosts[n], b->hosts[n]))
        n++;
    return n;
}

static bool has_change(const struct mf_case_file *file, const struct mf_flow *message, const struct mf_arrival *arrival)
{
    for (const struct mf_flow *flow = message; flow; flow = file->next_look[flow->index])
        for (size_t i = file->first_hit[flow->index]; i < file->first_hit[flow->index + 1]; i++)
            if (file->hits[i].fact->arrival == arrival && mf_starts(file->hits[i].fact->id, "content."))
                return true;
    return false;
}

static bool is_judged(const struct mf_case_file *file, const struct mf_flow *message, const struct mf_arrival *arrival)
{
    const struct mf_fact *facts = file->facts->items;
    for (const struct mf_flow *flow = message; flow; flow = file->next_look[flow->index])
        for (size_t i = file->first_fact[flow->index]; i < file->first_fact[flow->index + 1]; i++)
            if (facts[i].arrival == arrival && mf_same(facts[i].id, "arrival.seen"))
                return true;
    return false;
}

/* Was that copy looked through, and found as sent? */
static bool is_as_sent(const struct mf_case_file *file, const struct mf_flow *message, const struct mf_arrival *arrival)
{
    return is_judged(file, message, arrival) && !has_change(file, message, arrival);
}

/* Who can have made the change of one copy. */
struct culprits {
    struct way hosts;
    const char *clean; /* a mailbox whose copy passed the first of them too and is as sent; or NULL */
    bool has_others;   /* other copies of the message have it as well */
};

static struct way part_of(const struct way *way, size_t from, size_t to)
{
    struct way part = {.count = 0};
    for (size_t i = from; i < to; i++)
        part.hosts[part.count++] = way->hosts[i];
    return part;
}

/* Copies of one message that share hops went through the same hands up to there: where one of them is as
 * sent, it was done behind that; where all have the change, before they parted. */
static struct culprits culprits_of(const struct mf_telling *t, const struct mf_hit *hit)
{
    struct mf_case_file *file = t->file;
    const struct mf_flow_evidence *known = mf_evidence_flow(file->evidence, hit->message->id);
    struct way way = way_of(file, hit->fact->arrival);
    struct culprits found = {.hosts = way};
    size_t shared = way.count;
    for (size_t i = 0; known && i < known->arrival_count; i++) {
        const struct mf_arrival *other = &known->arrivals[i];
        if (other == hit->fact->arrival || other->copy.again)
            continue;
        struct way its_way = way_of(file, other);
        size_t same = common(&way, &its_way);
        if (same && is_as_sent(file, hit->message, other)) {
            found.hosts = part_of(&way, same - 1, way.count);
            found.clean = other->copy.mailbox;
            return found;
        }
        if (!has_change(file, hit->message, other))
            continue;
        found.has_others = true;
        shared = same < shared ? same : shared;
    }
    if (shared)
        found.hosts = part_of(&way, 0, shared);
    return found;
}

static bool is_among(const struct way *way, const char *host)
{
    for (size_t i = 0; i < way->count; i++)
        if (mf_same_nocase(way->hosts[i], host))
            return true;
    return false;
}

/* What several messages have in common is done by what they all passed. */
static struct way in_all(struct mf_telling *t, struct way hosts)
{
    for (size_t h = 0; h < t->suspect->hit_count && h < MESSAGES_MAX; h++) {
        if (!t->suspect->hits[h]->fact->arrival)
            continue;
        struct culprits its = culprits_of(t, t->suspect->hits[h]);
        struct way kept = {.count = 0};
        for (size_t i = 0; i < hosts.count; i++)
            if (is_among(&its.hosts, hosts.hosts[i]))
                kept.hosts[kept.count++] = hosts.hosts[i];
        if (kept.count) /* else they are changed in several places */
            hosts = kept;
    }
    return hosts;
}

const char *mf_where_changed(struct mf_telling *t)
{
    if (!t->first->fact->arrival)
        return "";
    struct culprits found = culprits_of(t, t->first);
    struct way narrowed = in_all(t, found.hosts);
    if (narrowed.count == 0)
        return "";
    const char *who = mf_join(t->file->arena, narrowed.hosts, narrowed.count, " or ");
    if (narrowed.count < found.hosts.count)
        return mf_finding_words(t, "It was changed by %s, which all that have it passed.\n", who);
    if (found.clean)
        return mf_finding_words(t, "The copy at %s passed %s too and is as sent: it was changed behind that, by %s.\n",
                                found.clean, found.hosts.hosts[0], who);
    if (found.has_others)
        return mf_finding_words(t, "Its other copy has it as well: it was changed by %s, which both passed.\n", who);
    return mf_finding_words(t, "It was changed by %s.\n", who);
}

static void tell_header_changed(struct mf_telling *t)
{
    static const struct {
        const char *field, *fix;
    } fixes[] = {
        {"Message-ID", "A hop gives messages a new Message-ID: switch that off; threads and de-duplication hang on it"},
        {"Date", "A hop sets Date anew: switch that off; where it corrects wrong clocks, mend the clock instead"},
        {"From",
         "Look for address rewriting (canonical, masquerading, generic maps, disclaimers with \"on behalf of\")"},
        {"To", "Look for address rewriting (canonical or virtual maps that touch the header)"},
        {"Cc", "Look for address rewriting (canonical or virtual maps that touch the header)"},
        {"Reply-To",
         "Look for the rule that sets Reply-To (lists, ticket systems, header rules); answers go where it says"},
    };
    for (size_t i = 0; i < sizeof fixes / sizeof *fixes; i++)
        if (mf_same_nocase(fixes[i].field, t->suspect->scope))
            t->finding->fix = mf_finding_words(t, "%s.\n", fixes[i].fix);
    t->finding->title = mf_finding_words(t, "%s is changed on the way", t->suspect->scope);
}

/* Everything that hangs on the sender's domain follows from it; of mail that comes in, the answers do. */
static void tell_sender_rewritten(struct mf_telling *t)
{
    const char *first = t->first->message->via ? t->first->message->via->label : "the first hop";
    bool inbound = t->first->message->kind == MF_KIND_INBOUND;
    t->finding->title = mf_finding_words(t, "The sender's domain is rewritten on the way: %s", t->suspect->scope);
    t->finding->why =
        mf_finding_words(t, "%s.\n%s\n%s", t->first->fact->text,
                         inbound ? "Answers go to the new address, and rules by sender see the new domain."
                                 : "Signer, SPF, DMARC and rules that copy by sender see the new domain.",
                         mf_where_changed(t));
    t->finding->fix = mf_finding_words(
        t,
        inbound
            ? "Take the rule that rewrites From of incoming mail (\"via\", \"on behalf of\") out; look at %s first.\n"
            : "Take the rewriting of outgoing mail (masquerading, canonical or generic maps) out; look at %s "
              "first.\n",
        first);
}

static void tell_header_added(struct mf_telling *t)
{
    const char *field = t->suspect->scope, *value = strchr(field, ':');
    const char *name = mf_finding_words(t, "%.*s", (int)(value ? value - field : 0), field);
    t->finding->title = mf_finding_words(t, "%s is added on the way%s", name, value ? value : "");
    t->finding->why =
        mf_finding_words(t, "%s: %s.\n%s", t->first->message->name, t->first->fact->text, mf_where_changed(t));
    t->finding->fix = mf_finding_words(t, "If it is not meant, look for the rule that adds \"%s\".\n", field);
}

static void tell_sender_changed(struct mf_telling *t)
{
    t->finding->title = mf_finding_words(t, "The envelope sender is changed on the way, to %s", t->suspect->scope);
    t->finding->why = mf_finding_words(t, "%s: %s: bounces go there, and SPF is looked up for it.\n",
                                       t->first->message->name, t->first->fact->text);
    t->finding->fix = mf_finding_words(t,
                                       "Look for address rewriting of envelopes (canonical or generic maps, a sender "
                                       "set for a route) that puts %s in.\n",
                                       t->suspect->scope);
}

static void tell_bcc(struct mf_telling *t)
{
    if (strchr(t->suspect->scope, ':'))
        t->finding->fix = mf_finding_words(t, "It was sent without: find the rule that adds \"%s\", and take it out.\n",
                                           t->suspect->scope);
}

mf_teller *mf_content_teller(const char *id)
{
    static const struct {
        const char *id;
        mf_teller *teller;
    } tellers[] = {
        {"content.header-changed", tell_header_changed},
        {"content.header-added", tell_header_added},
        {"content.bcc-visible", tell_bcc},
        {"content.sender-rewritten", tell_sender_rewritten},
        {"path.sender-changed", tell_sender_changed},
    };
    for (size_t i = 0; i < sizeof tellers / sizeof *tellers; i++)
        if (mf_same(tellers[i].id, id))
            return tellers[i].teller;
    return NULL;
}

/* One name, every source: who is silent or lame, who still has something else, what caches say. */
#include <ctype.h>
#include <string.h>

#include "check/dns_internal.h"
#include "mailflow/pasted.h"

struct mf_dns_fact *mf_dns_fact_add(struct mf_dns_case *at, const char *id, enum mf_fact_state state, const char *scope,
                                    const char *brief, const char *title, const char *text, const char *advice)
{
    struct mf_dns_fact *fact = MF_PUSH(at->view->arena, at->row->items, at->row->count, at->row->capacity);
    *fact = (struct mf_dns_fact){.fact = {.id = id,
                                          .state = state,
                                          .segment = MF_SEGMENT_DNS,
                                          .scope = scope,
                                          .brief = brief,
                                          .text = text,
                                          .reply = {0, "", ""}},
                                 .title = title,
                                 .advice = advice,
                                 .place = at->table->place};
    return fact;
}

void mf_dns_note_add(struct mf_dns_case *at, const char *note)
{
    for (size_t i = 0; i < at->row->note_count; i++)
        if (strcmp(at->row->notes[i], note) == 0)
            return;
    *MF_PUSH(at->view->arena, at->row->notes, at->row->note_count, at->row->note_capacity) = note;
}

const char *mf_dns_verb_s(const char *who)
{
    return strstr(who, " and ") ? "" : "s";
}

const char *mf_dns_keep(struct mf_arena *arena, struct mf_text *text)
{
    const char *kept = mf_copy(arena, mf_text_str(text));
    mf_text_release(text);
    return kept;
}

const char *mf_dns_alias_words(struct mf_arena *arena, const struct mf_dns_answer *answer)
{
    return answer->chain_count
               ? mf_format(arena,
                           " %s is an alias (CNAME) of %s, so the records of that name count in place of "
                           "its own.",
                           answer->name, answer->chain[0].host)
               : "";
}

const char *mf_dns_alias_fix(struct mf_arena *arena, const struct mf_dns_answer *answer)
{
    return answer->chain_count
               ? mf_format(arena, "Delete the CNAME at %s (nothing may stand beside one). ", answer->name)
               : "";
}

const char *mf_dns_wildcard_words(struct mf_dns_view *view, const struct mf_dns_answer *answer)
{
    const char *nonsense = mf_format(view->arena, "no-such-name-mailflow.%s", view->domain);
    const struct mf_dns_answer *any = answer->count ? mf_dns_view_ask(view, nonsense, MF_DNS_TXT) : NULL;
    return any && any->count && mf_bytes_equal(any->records[0].text, answer->records[0].text)
               ? mf_format(view->arena, " A wildcard (*.%s) answers for every name that is not there.", view->domain)
               : "";
}

/* A tag or a name at its beginning stays as it is written. */
const char *mf_dns_sentence(struct mf_arena *arena, const char *text)
{
    size_t word = strcspn(text, " ");
    bool literal = memchr(text, '=', word) || memchr(text, '.', word);
    return mf_format(arena, "%c%s.", literal ? text[0] : toupper((unsigned char)text[0]), text + 1);
}

const char *mf_dns_publish_txt(struct mf_arena *arena, const char *name, const char *value)
{
    return mf_format(arena, "  %s.  TXT  %s\n", name, mf_dns_quote(arena, value));
}

const char *mf_dns_squeeze(struct mf_arena *arena, struct mf_bytes text)
{
    char *copy = mf_alloc(arena, text.len + 1);
    size_t len = 0;
    for (size_t i = 0; i < text.len; i++)
        if (!strchr(" \t\r\n", text.data[i]) || !text.data[i])
            copy[len++] = text.data[i];
    return copy;
}

const char *mf_dns_txt_value(struct mf_arena *arena, const struct mf_dns_answer *answer)
{
    struct mf_text text = {0};
    if (answer->count == 0)
        return answer->status == MF_DNS_NXDOMAIN ? "no such name" : "nothing";
    for (size_t i = 0; i < answer->count && i < MF_DNS_TOLD; i++)
        mf_text_printf(&text, "%s\"%s\"", i ? " and " : "", mf_pasted_shown(arena, answer->records[i].text));
    if (answer->count > MF_DNS_TOLD)
        mf_text_printf(&text, " and %zu more", answer->count - MF_DNS_TOLD);
    return mf_dns_keep(arena, &text);
}

/* A name that is an alias out of the zone: the server gives the alias, the resolver what is at its end. */
static const struct mf_dns_answer *completed(struct mf_dns_view *view, const struct mf_dns_answer *answer)
{
    if (!answer->chain_count || answer->status == MF_DNS_OK || answer->status == MF_DNS_TIMEOUT)
        return answer;
    const struct mf_dns_answer *end = mf_dns_view_ask(view, answer->name, answer->type);
    struct mf_dns_answer *whole = mf_alloc(view->arena, sizeof *whole);
    *whole = *end;
    whole->chain = answer->chain;
    whole->chain_count = answer->chain_count;
    return whole;
}

bool mf_dns_is_definite(const struct mf_dns_answer *answer)
{
    return answer->status == MF_DNS_OK || answer->status == MF_DNS_NODATA || answer->status == MF_DNS_NXDOMAIN;
}

void mf_dns_seen_add(struct mf_dns_case *at, const struct mf_dns_wanted *wanted, const char *server, const char *found,
                     const char *serial, unsigned ttl, enum mf_fact_state state)
{
    *MF_PUSH(at->view->arena, at->row->seen, at->row->seen_count, at->row->seen_capacity) =
        (struct mf_dns_seen){wanted->name, server, wanted->expected, found, serial, ttl, state};
}

static bool has_other_server(const struct mf_dns_view *view)
{
    for (size_t i = 0; i < view->point_count; i++)
        if (view->points[i].state != MF_POINT_SILENT && view->points[i].state != MF_POINT_UNASKED)
            return true;
    return false;
}

static bool has_other_address(const struct mf_dns_view *view, const struct mf_dns_point *point)
{
    for (size_t i = 0; i < view->point_count; i++)
        if (view->points[i].state == MF_POINT_ALIVE && strcmp(view->points[i].label, point->label) == 0)
            return true;
    return false;
}

/* A server that answers at another of its addresses is not down; one without a route from here is nothing that its
 * administrator could mend, as long as others could be asked. */
static void state_silent(struct mf_dns_case *at, const struct mf_dns_wanted *wanted, const struct mf_dns_point *point)
{
    struct mf_arena *arena = at->view->arena;
    bool half = has_other_address(at->view, point);
    if (point->no_route && has_other_server(at->view)) {
        mf_dns_note_add(
            at, mf_format(arena, "%s was not asked, there is no way there from here: %s", point->full, point->why));
        return;
    }
    mf_dns_seen_add(at, wanted, point->full, point->why, "", 0, half ? MF_FACT_NOTE : MF_FACT_UNKNOWN);
    if (at->view->source) {
        mf_dns_fact_add(
            at, "dns.server-dead", MF_FACT_UNKNOWN, point->label, mf_format(arena, "%s does not answer", point->label),
            mf_format(arena, "%s does not answer", point->label), mf_format(arena, "%s.", point->why), NULL);
        return;
    }
    mf_dns_fact_add(
        at, "dns.server-dead", half ? MF_FACT_NOTE : MF_FACT_UNKNOWN, half ? point->full : point->label,
        mf_format(arena, "%s does not answer", half ? point->full : point->label),
        mf_format(arena, "The name server %s does not answer", half ? point->full : point->label),
        mf_format(arena,
                  "%s of zone %s: %s. What it would say is not known; some resolvers wait for it, others are sent "
                  "what it has once it is back.",
                  point->full, at->view->zone, point->why),
        mf_format(arena,
                  "Start %s, or let this host reach its port 53 by UDP and TCP; or take it out of the NS records "
                  "of %s and at the registrar.\n",
                  point->label, at->view->zone));
}

static void state_lame(struct mf_dns_case *at, const struct mf_dns_wanted *wanted, const struct mf_dns_point *point)
{
    struct mf_arena *arena = at->view->arena;
    mf_dns_seen_add(at, wanted, point->full, "does not speak for the zone", "", 0, MF_FACT_BAD);
    mf_dns_fact_add(
        at, "dns.server-lame", MF_FACT_BAD, point->label, mf_format(arena, "%s does not know the zone", point->label),
        mf_format(arena, "The name server %s does not speak for %s", point->label, at->view->zone),
        mf_format(arena,
                  "The zone's NS records name %s, but: %s. Resolvers that ask it get nothing, and ask another or "
                  "give up. (If the others look alike: something between here and there may answer port 53 itself.)",
                  point->full, point->why),
        mf_format(arena, "Load the zone %s at %s (look into its log), or take it out of the NS records.\n",
                  at->view->zone, point->label));
}

static struct mf_dns_variant *variant_for(struct mf_arena *arena, struct mf_dns_variants *variants, const char *value)
{
    for (size_t i = 0; i < variants->count; i++)
        if (strcmp(variants->items[i].value, value) == 0)
            return &variants->items[i];
    struct mf_dns_variant *variant = MF_PUSH(arena, variants->items, variants->count, variants->capacity);
    variant->value = value;
    return variant;
}

static void take_answer(struct mf_dns_case *at, const struct mf_dns_wanted *wanted, const struct mf_dns_point *point,
                        struct mf_dns_variants *variants)
{
    struct mf_arena *arena = at->view->arena;
    const struct mf_dns_answer *answer = mf_dns_point_answer(at->view, point, wanted->name, wanted->type);
    answer = answer ? completed(at->view, answer) : NULL;
    if (!answer || !mf_dns_is_definite(answer)) {
        const char *why = answer && answer->why ? answer->why : "it was not asked for this";
        mf_dns_seen_add(at, wanted, point->full, why, point->serial, 0, MF_FACT_UNKNOWN);
        bool tcp = answer && !answer->replied && strstr(why, "over TCP");
        mf_dns_fact_add(at, tcp ? "dns.no-tcp" : "dns.server-dead", MF_FACT_UNKNOWN, point->label,
                        mf_format(arena, "%s gives no answer", point->label),
                        mf_format(arena, "The name server %s gives no answer", point->label),
                        mf_format(arena, "%s, asked for %s %s: %s.", point->full, wanted->name,
                                  mf_dns_type_name(wanted->type), why),
                        NULL);
        return;
    }
    bool is_new = variants->count;
    struct mf_dns_variant *variant = variant_for(arena, variants, wanted->value(arena, answer));
    is_new = variant->point_count == 0;
    if (is_new) {
        variant->answer = answer;
        variant->good = wanted->is_good(at, answer, wanted->wanted);
        variants->good += variant->good;
    }
    *MF_PUSH(arena, variant->points, variant->point_count, variant->capacity) = point;
    mf_dns_seen_add(at, wanted, point->full, variant->value, point->serial, answer->count ? answer->records[0].ttl : 0,
                    variant->good ? MF_FACT_GOOD : MF_FACT_BAD);
}

/* "ns1 and ns2": every server once. */
static const char *who_of(struct mf_dns_view *view, const struct mf_dns_variant *variant)
{
    const char **names = mf_alloc_array(view->arena, variant->point_count + 1, sizeof *names);
    size_t count = 0;
    for (size_t i = 0; i < variant->point_count; i++)
        if (count == 0 || strcmp(names[count - 1], variant->points[i]->label) != 0)
            names[count++] = variant->points[i]->label;
    return mf_join(view->arena, names, count, " and ");
}

static const struct mf_dns_variant *good_one(const struct mf_dns_variants *variants)
{
    for (size_t i = 0; i < variants->count; i++)
        if (variants->items[i].good)
            return &variants->items[i];
    return NULL;
}

/* Some have it, others not: those have an old copy of the zone, or were edited apart. */
static void state_stale(struct mf_dns_case *at, const struct mf_dns_wanted *wanted,
                        const struct mf_dns_variants *variants)
{
    struct mf_arena *arena = at->view->arena;
    const struct mf_dns_variant *good = good_one(variants);
    for (size_t i = 0; i < variants->count; i++)
        for (size_t k = 0; !variants->items[i].good && k < variants->items[i].point_count; k++) {
            const struct mf_dns_variant *variant = &variants->items[i];
            const struct mf_dns_point *point = variant->points[k];
            if (k && strcmp(variant->points[k - 1]->label, point->label) == 0)
                continue;
            bool serials = point->serial[0] && good->points[0]->serial[0];
            bool same = serials && strcmp(point->serial, good->points[0]->serial) == 0;
            const char *serial =
                !serials ? ""
                : same   ? mf_format(arena, " Both have SOA serial %s, so no transfer will bring them together.",
                                     point->serial)
                         : mf_format(arena, " SOA serial %s there, %s at %s.", point->serial, good->points[0]->serial,
                                     good->points[0]->label);
            struct mf_dns_fact *fact = mf_dns_fact_add(
                at, "dns.record-stale", MF_FACT_BAD, point->label,
                mf_format(arena, "not at %s: %.60s%s", point->label, variant->value,
                          strlen(variant->value) > 60 ? "…" : ""),
                variant->answer->count || variant->answer->chain_count
                    ? mf_format(arena, "%s still answers another %s", point->label, wanted->what)
                    : mf_format(arena, "%s has no %s", point->label, wanted->what),
                mf_format(arena, "%s of %s: %s answers %.300s, %s answer%s as expected.%s Whose resolver asks %s gets that.",
                          wanted->what, wanted->name, point->full, variant->value, good->who,
                          mf_dns_verb_s(good->who), serial, point->label),
                mf_format(arena, "Push the zone to %s (raise the serial, notify or reload); it must answer:\n%s",
                          point->label, wanted->publish));
            fact->place = wanted->place;
            fact->name = wanted->name;
        }
}

/* Somebody else's word, as it looks from here: shown, and not believed. */
static void state_intercepted(struct mf_dns_case *at, const struct mf_dns_wanted *wanted,
                              const struct mf_dns_point *point)
{
    const struct mf_dns_answer *answer = mf_dns_point_answer(at->view, point, wanted->name, wanted->type);
    const char *value = answer && mf_dns_is_definite(answer) ? wanted->value(at->view->arena, answer) : "no answer";
    mf_dns_seen_add(at, wanted, point->full, mf_format(at->view->arena, "not its own word: %s", value), "", 0,
                    MF_FACT_UNKNOWN);
}

struct mf_dns_variants mf_dns_compare(struct mf_dns_case *at, const struct mf_dns_wanted *wanted)
{
    struct mf_dns_variants variants = {0};
    for (size_t i = 0; i < at->view->point_count; i++) {
        const struct mf_dns_point *point = &at->view->points[i];
        switch (point->state) {
        case MF_POINT_ALIVE:
            take_answer(at, wanted, point, &variants);
            break;
        case MF_POINT_SILENT:
        case MF_POINT_UNASKED:
            state_silent(at, wanted, point);
            break;
        case MF_POINT_LAME:
            state_lame(at, wanted, point);
            break;
        case MF_POINT_INTERCEPTED:
            state_intercepted(at, wanted, point);
            break;
        }
    }
    for (size_t i = 0; i < variants.count; i++)
        variants.items[i].who = who_of(at->view, &variants.items[i]);
    if (variants.good && variants.good < variants.count)
        state_stale(at, wanted, &variants);
    if (variants.good && variants.good == variants.count && !at->view->source)
        mf_dns_judge_resolver(at, wanted);
    if (at->view->intercepted)
        mf_dns_state_intercepted(at);
    return variants;
}

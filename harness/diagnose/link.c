/* Which cause may absorb a symptom: the catalogue says that it explains it, and a link of evidence is
 * there (the same copy, message, address, server). */
#include <string.h>

#include "diagnose/diagnose_internal.h"

/* A message that never came explains its copies, of the same person or for the sender; a copy that
 * never came explains nothing. */
static bool main_explains_copy(const struct mf_expect *main, const struct mf_expect *copy)
{
    if (!main || !copy || !main->mailbox || !copy->mailbox || main->is_copy || !copy->is_copy)
        return false;
    return main->mailbox->person == copy->mailbox->person || copy->kind_of_mail == MF_KIND_OUTBOUND;
}

/* The message was to pass that server, and was not seen behind it. */
static bool lies_on_the_way(const char *server, const struct mf_hit *symptom)
{
    const struct mf_expect *expect = symptom->fact->expect;
    for (size_t i = 0; i < expect->through_count; i++)
        if (expect->through[i].server && mf_same(expect->through[i].server->name, server))
            return true;
    return false;
}

/* A refusal for good speaks for every message to that address, but for one that is about this message
 * (its size, its content); said to us by the first hop, only one about the address (5.1.x, 5.2.x). */
static bool same_address(const struct mf_hit *cause, const struct mf_hit *symptom)
{
    const struct mf_recipient *refused = cause->fact->recipient, *missing = symptom->fact->recipient;
    const char *code = cause->fact->reply.enhanced ? cause->fact->reply.enhanced : "";
    bool about_message = mf_starts(code, "5.6.") || mf_starts(code, "5.3.4") || mf_starts(code, "5.2.3");
    bool about_address = mf_starts(code, "5.1.") || mf_starts(code, "5.2.") ||
                         (mf_starts(cause->fact->id, "bounce.") && mf_starts(code, "5.") && !about_message);
    return about_address && refused && missing && mf_same_nocase(refused->address, missing->address);
}

/* One account: who can't log in to read can't log in to send. */
static bool same_user(const struct mf_hit *cause, const struct mf_hit *symptom)
{
    const struct mf_login *reads = cause->fact->mailbox ? cause->fact->mailbox->login : NULL;
    const struct mf_login *sends = symptom->message->via ? symptom->message->via->login : NULL;
    return reads && sends && mf_same(reads->user, sends->user);
}

/* Is the hit of the cause linked with the symptom's by what was seen? */
static bool linked(enum mf_link link, const struct mf_hit *cause, const struct mf_hit *symptom)
{
    switch (link) {
    case MF_LINK_ARRIVAL:
        return cause->fact->arrival && cause->fact->arrival == symptom->fact->arrival;
    case MF_LINK_MESSAGE:
        return cause->message == symptom->message && (cause->entry->kind.segment != MF_SEGMENT_STORE ||
                                                      main_explains_copy(cause->fact->expect, symptom->fact->expect));
    case MF_LINK_ADDRESS:
        return cause->message == symptom->message || same_address(cause, symptom);
    case MF_LINK_SERVER:
        return cause->server &&
               (mf_same(symptom->fact->id, "arrival.missing") ? lies_on_the_way(cause->server, symptom)
                                                              : mf_same(cause->server, symptom->server));
    case MF_LINK_LOGIN:
        return mf_same(cause->server, symptom->server) && same_user(cause, symptom);
    case MF_LINK_NONE:
        break;
    }
    return false;
}

/* Hits that may be causes, by what links them: the message, or the server. Those of one finding stand together, so that
 * whether it explains a symptom is asked once, however many there are. */
struct causes {
    struct kin {
        const struct mf_entry *entry;
        struct mf_hit **items; /* in the order of the hits */
        size_t count, capacity;
    } *kinds;
    size_t count, capacity;
};

static const char *server_key(struct mf_case_file *file, const char *server)
{
    return mf_format(file->arena, "server %s", server ? server : "");
}

static const char *address_key(struct mf_case_file *file, const struct mf_recipient *recipient)
{
    return mf_format(file->arena, "address %s", recipient ? recipient->address : "");
}

static struct kin *kin_of(struct mf_case_file *file, struct causes *list, const struct mf_entry *entry)
{
    for (size_t i = 0; i < list->count; i++)
        if (list->kinds[i].entry == entry)
            return &list->kinds[i];
    struct kin *kin = MF_PUSH(file->arena, list->kinds, list->count, list->capacity);
    *kin = (struct kin){.entry = entry};
    return kin;
}

static bool is_listed(struct mf_case_file *file, struct mf_map *map, const char *key, struct mf_hit *hit)
{
    return mf_map_add(map, mf_format(file->arena, "%s\n%p", key, (const void *)hit->suspect), hit) != NULL;
}

static void add_cause(struct mf_case_file *file, struct mf_map *map, const char *key, struct mf_hit *hit, bool once)
{
    struct causes *list = mf_map_get(map, key);
    if (!list) {
        list = mf_alloc(file->arena, sizeof *list);
        mf_map_add(map, key, list);
    }
    struct kin *kin = kin_of(file, list, hit->entry);
    if (!once || !is_listed(file, map, key, hit))
        *MF_PUSH(file->arena, kin->items, kin->count, kin->capacity) = hit;
}

/* For a server or an address one hit of a suspect says as much as all. */
static void add_by_link(struct mf_case_file *file, struct mf_map *map, struct mf_hit *hit)
{
    if (hit->entry->link == MF_LINK_SERVER || hit->entry->link == MF_LINK_LOGIN) {
        add_cause(file, map, server_key(file, hit->server), hit, hit->entry->link == MF_LINK_SERVER);
        return;
    }
    add_cause(file, map, hit->message->id, hit, false);
    if (hit->entry->link == MF_LINK_ADDRESS)
        add_cause(file, map, address_key(file, hit->fact->recipient), hit, true);
}

struct mf_map *mf_causes_by_key(struct mf_case_file *file)
{
    struct mf_map *map = mf_map_new(file->arena);
    for (size_t i = 0; i < file->hit_count; i++)
        if (file->hits[i].suspect && file->hits[i].entry->link != MF_LINK_NONE)
            add_by_link(file, map, &file->hits[i]);
    return map;
}

/* What rests on records explains only what rests on the same: those that are published, or a table of the site. */
static bool by_same_records(const struct mf_hit *cause, const struct mf_hit *symptom)
{
    return !mf_rests_on_records(cause) || cause->fact->flow->resolve == symptom->fact->flow->resolve;
}

static struct mf_hit *cause_among(const struct kin *kin, const struct mf_hit *symptom)
{
    for (size_t i = 0; i < kin->count; i++) {
        struct mf_hit *cause = kin->items[i];
        if (cause != symptom && cause->suspect != symptom->suspect && linked(kin->entry->link, cause, symptom) &&
            by_same_records(cause, symptom))
            return cause;
    }
    return NULL;
}

/* The first of all the hits. */
static struct mf_hit *cause_in(const struct causes *list, const struct mf_hit *symptom)
{
    struct mf_hit *first = NULL;
    for (size_t i = 0; list && i < list->count; i++) {
        struct mf_hit *cause = mf_explains(list->kinds[i].entry, symptom->entry->kind.id)
                                   ? cause_among(&list->kinds[i], symptom)
                                   : NULL;
        if (cause && (!first || cause < first))
            first = cause;
    }
    return first;
}

/* Looked for where a link can be: the message, the address, the server, the servers on its way. */
struct mf_hit *mf_cause_of(struct mf_case_file *file, const struct mf_map *causes, const struct mf_hit *symptom)
{
    const struct mf_expect *expect = symptom->fact->expect;
    struct mf_hit *cause = cause_in(mf_map_get(causes, symptom->message->id), symptom);
    if (!cause && symptom->fact->recipient)
        cause = cause_in(mf_map_get(causes, address_key(file, symptom->fact->recipient)), symptom);
    if (!cause && symptom->server)
        cause = cause_in(mf_map_get(causes, server_key(file, symptom->server)), symptom);
    for (size_t h = 0; !cause && expect && h < expect->through_count; h++)
        if (expect->through[h].server)
            cause = cause_in(mf_map_get(causes, server_key(file, expect->through[h].server->name)), symptom);
    return cause;
}

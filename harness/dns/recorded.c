/* Recorded answers: what evidence holds, and what somebody still has to ask for. */
#include <stdlib.h>
#include <string.h>

#include "dns/dns_internal.h"
#include "mailflow/map.h"

struct question {
    const char *name;
    enum mf_dns_type type;
    const struct mf_dns_answer *answer; /* NULL: asked for, not there */
};
struct recorded {
    struct mf_dns base;
    pthread_mutex_t *lock; /* apart, so that reading a const struct mf_dns can lock it */
    struct mf_arena *arena;
    struct mf_map *by_key; /* "TYPE name" */
    struct question **questions;
    size_t count, capacity;
};

static struct question *find_or_add(struct recorded *recorded, const char *name, enum mf_dns_type type)
{
    char key[4 * MF_DNS_WIRE_MAX + 16];
    snprintf(key, sizeof key, "%d %s", (int)type, name);
    struct question *question = mf_map_get(recorded->by_key, key);
    if (question)
        return question;
    question = mf_alloc(recorded->arena, sizeof *question);
    *question = (struct question){mf_copy(recorded->arena, name), type, NULL};
    mf_map_add(recorded->by_key, mf_copy(recorded->arena, key), question);
    *MF_PUSH(recorded->arena, recorded->questions, recorded->count, recorded->capacity) = question;
    return question;
}

static struct mf_bytes copy_bytes(struct mf_arena *arena, struct mf_bytes bytes)
{
    return (struct mf_bytes){bytes.data ? mf_copy_bytes(arena, bytes.data, bytes.len) : NULL, bytes.len};
}

static struct mf_dns_record *copy_records(struct mf_arena *arena, const struct mf_dns_record *records, size_t count)
{
    struct mf_dns_record *copy = count ? mf_alloc_array(arena, count, sizeof *copy) : NULL;
    for (size_t i = 0; i < count; i++) {
        copy[i] = records[i];
        copy[i].name = mf_copy(arena, records[i].name);
        copy[i].host = mf_copy(arena, records[i].host);
        copy[i].text = copy_bytes(arena, records[i].text);
        copy[i].rdata = copy_bytes(arena, records[i].rdata);
        copy[i].strings = NULL;
        if (records[i].string_count)
            copy[i].strings = mf_alloc_array(arena, records[i].string_count, sizeof *copy[i].strings);
        for (size_t k = 0; k < records[i].string_count; k++)
            copy[i].strings[k] = mf_copy(arena, records[i].strings[k]);
    }
    return copy;
}

static void copy_answer(struct mf_arena *arena, struct mf_dns_answer *copy, const struct mf_dns_answer *answer)
{
    *copy = *answer;
    copy->name = mf_copy(arena, answer->name);
    copy->records = copy_records(arena, answer->records, answer->count);
    copy->canonical = mf_copy(arena, answer->canonical);
    copy->chain = copy_records(arena, answer->chain, answer->chain_count);
    copy->server = answer->server ? mf_copy(arena, answer->server) : "recorded";
    copy->delegates = mf_copy(arena, answer->delegates);
    copy->why = mf_copy(arena, answer->why);
}

static void ask_recorded(struct mf_dns *dns, struct mf_arena *arena, struct mf_dns_answer *answer, mf_usec deadline)
{
    struct recorded *recorded = (struct recorded *)dns;
    (void)deadline; /* nothing to wait for */
    pthread_mutex_lock(recorded->lock);
    struct question *question = find_or_add(recorded, answer->name, answer->type);
    if (question->answer) {
        mf_usec asked = answer->asked;
        copy_answer(arena, answer, question->answer);
        answer->asked = question->answer->asked ? question->answer->asked : asked;
    } else {
        answer->status = MF_DNS_UNKNOWN;
        answer->server = "recorded";
        answer->why = "nobody has asked for it yet";
    }
    pthread_mutex_unlock(recorded->lock);
}

static void release_recorded(struct mf_dns *dns)
{
    struct recorded *recorded = (struct recorded *)dns;
    mf_arena_free(&recorded->arena);
    pthread_mutex_destroy(recorded->lock);
    free(recorded->lock);
    free(recorded);
}

static const struct mf_dns_kind kind = {.ask = ask_recorded, .release = release_recorded};

struct mf_dns *mf_dns_recorded(void)
{
    struct recorded *recorded = mf_xmalloc(sizeof *recorded);
    *recorded = (struct recorded){.arena = mf_arena_new()};
    mf_dns_base_init(&recorded->base, &kind);
    recorded->by_key = mf_map_new(recorded->arena);
    recorded->lock = mf_xmalloc(sizeof *recorded->lock);
    pthread_mutex_init(recorded->lock, NULL);
    return &recorded->base;
}

void mf_dns_record_answer(struct mf_dns *dns, const struct mf_dns_answer *answer)
{
    struct recorded *recorded = (struct recorded *)dns;
    const char *why;
    if (dns->kind != &kind)
        return; /* only recorded answers can be added to */
    pthread_mutex_lock(recorded->lock);
    const char *name = mf_dns_name_normal(recorded->arena, answer->name, &why);
    struct question *question = find_or_add(recorded, name ? name : answer->name, answer->type);
    struct mf_dns_answer *copy = mf_alloc(recorded->arena, sizeof *copy);
    copy_answer(recorded->arena, copy, answer);
    copy->name = question->name;
    question->answer = copy;
    pthread_mutex_unlock(recorded->lock);
}

bool mf_dns_missing(const struct mf_dns *dns, size_t i, const char **name, enum mf_dns_type *type)
{
    const struct recorded *recorded = (const struct recorded *)dns;
    bool found = false;
    if (dns->kind != &kind)
        return false;
    pthread_mutex_lock(recorded->lock);
    for (size_t k = 0; k < recorded->count && !found; k++) {
        if (recorded->questions[k]->answer || i-- > 0)
            continue;
        *name = recorded->questions[k]->name;
        *type = recorded->questions[k]->type;
        found = true;
    }
    pthread_mutex_unlock(recorded->lock);
    return found;
}

/* Names → things: open addressing over a list in the order of adding. */
#include "mailflow/map.h"

#include <stdint.h>
#include <string.h>

struct entry {
    const char *key;
    void *value;
    uint64_t hash;
};

struct mf_map {
    struct mf_arena *arena;
    struct entry *entries; /* in the order of adding */
    size_t count, capacity;
    uint32_t *slots; /* entry number + 1, 0: free; always at least half free */
    size_t slot_count;
};

/* FNV-1a, 64 bits. */
static uint64_t hash_of(const char *key)
{
    uint64_t hash = 0xcbf29ce484222325u;
    for (; *key; key++)
        hash = (hash ^ (unsigned char)*key) * 0x100000001b3u;
    return hash;
}

struct mf_map *mf_map_new(struct mf_arena *arena)
{
    struct mf_map *map = mf_alloc(arena, sizeof *map);
    map->arena = arena;
    return map;
}

/* The slot that holds the key, or the free one where it would go. */
static size_t slot_for(const struct mf_map *map, const char *key, uint64_t hash)
{
    size_t at = (size_t)hash & (map->slot_count - 1);
    while (map->slots[at]) {
        const struct entry *entry = &map->entries[map->slots[at] - 1];
        if (entry->hash == hash && strcmp(entry->key, key) == 0)
            break;
        at = (at + 1) & (map->slot_count - 1);
    }
    return at;
}

static void make_room(struct mf_map *map)
{
    if (map->count * 2 < map->slot_count)
        return;
    map->slot_count = map->slot_count ? map->slot_count * 4 : 16;
    map->slots = mf_alloc_array(map->arena, map->slot_count, sizeof *map->slots);
    for (size_t i = 0; i < map->count; i++)
        map->slots[slot_for(map, map->entries[i].key, map->entries[i].hash)] = (uint32_t)(i + 1);
}

void *mf_map_get(const struct mf_map *map, const char *key)
{
    if (map->count == 0)
        return NULL;
    size_t at = slot_for(map, key, hash_of(key));
    return map->slots[at] ? map->entries[map->slots[at] - 1].value : NULL;
}

void *mf_map_add(struct mf_map *map, const char *key, void *value)
{
    make_room(map);
    uint64_t hash = hash_of(key);
    size_t at = slot_for(map, key, hash);
    if (map->slots[at])
        return map->entries[map->slots[at] - 1].value;
    struct entry *entry = MF_PUSH(map->arena, map->entries, map->count, map->capacity);
    *entry = (struct entry){.key = key, .value = value, .hash = hash};
    map->slots[at] = (uint32_t)map->count;
    return NULL;
}

size_t mf_map_count(const struct mf_map *map)
{
    return map->count;
}

const char *mf_map_key(const struct mf_map *map, size_t i)
{
    return i < map->count ? map->entries[i].key : NULL;
}

/* Room base: names → things. A hash map from text to pointers, so that ten thousand names are looked
 * up as quickly as ten.
 *
 * Ownership: the map is in the arena given; keys and values are borrowed and must live as long.
 * Nothing is ever taken out. Threads: read by many once nothing is added any more.
 */
#ifndef MAILFLOW_MAP_H
#define MAILFLOW_MAP_H

#include <stddef.h>

#include "mailflow/arena.h"

struct mf_map;

struct mf_map *mf_map_new(struct mf_arena *arena);
/* What stands under a key, or NULL. */
void *mf_map_get(const struct mf_map *map, const char *key);
/* Puts value (not NULL) under key, unless something stands there: then that stays and comes back.
 * NULL: the value was put. */
void *mf_map_add(struct mf_map *map, const char *key, void *value);
size_t mf_map_count(const struct mf_map *map);
/* The i-th key in the order of adding, or NULL past the end. */
const char *mf_map_key(const struct mf_map *map, size_t i);

#endif

/* Room base: memory that lives and dies together.
 *
 * A plan, a node tree, a fold of evidence or a verdict is built once and thrown away whole, so its
 * parts are never freed one by one: they come from one arena. What a function puts into an arena
 * that it was given belongs to that arena's owner.
 *
 * Out of memory ends the process here, in one place, with a line on stderr and status 71
 * (EX_OSERR): the journal on disk makes that as safe as kill -9, and no caller needs a path for it.
 *
 * Threads: an arena belongs to one thread at a time; it has no lock.
 */
#ifndef MAILFLOW_ARENA_H
#define MAILFLOW_ARENA_H

#include <stdarg.h>
#include <stddef.h>

struct mf_arena;

struct mf_arena *mf_arena_new(void);
/* Frees everything in it; *arena becomes NULL. NULL and pointer to NULL are allowed. */
void mf_arena_free(struct mf_arena **arena);

/* Zeroed memory, aligned for any type. */
void *mf_alloc(struct mf_arena *arena, size_t size);
/* count elements of size each, zeroed; overflow ends the process like out of memory. */
void *mf_alloc_array(struct mf_arena *arena, size_t count, size_t size);
/* Copies; text may be NULL (gives NULL). */
char *mf_copy(struct mf_arena *arena, const char *text);
char *mf_copy_bytes(struct mf_arena *arena, const void *data, size_t len); /* NUL added behind len */
char *mf_format(struct mf_arena *arena, const char *format, ...) __attribute__((format(printf, 2, 3)));
char *mf_vformat(struct mf_arena *arena, const char *format, va_list args);

/* Makes room for one more element in an arena array: returns the array (perhaps moved), in which
 * element *count is zeroed and *count is one more. *capacity starts at 0 with array NULL.
 *   x = MF_PUSH(arena, plan->flows, plan->flow_count, plan->flow_capacity);   gives the new element
 */
void *mf_arena_grow(struct mf_arena *arena, void *array, size_t *count, size_t *capacity, size_t size);
#define MF_PUSH(arena, array, count, capacity)                                                     \
    ((array) = mf_arena_grow((arena), (array), &(count), &(capacity), sizeof *(array)),            \
     &(array)[(count) - 1])

/* For the few places that need the heap: never return NULL. */
void *mf_xmalloc(size_t size);
void *mf_xrealloc(void *old, size_t size);
char *mf_xstrdup(const char *text);

#endif

/* Memory that lives and dies together: blocks in a list, handed out from the newest. */
#include "mailflow/arena.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define BLOCK_SIZE ((size_t)64 << 10)
#define ALIGNMENT _Alignof(max_align_t)

struct block {
    struct block *older;
    size_t used, size;
    _Alignas(max_align_t) unsigned char data[];
};

struct mf_arena {
    struct block *newest;
};

/* The one place where the process may end below main: there is no memory even to say much. */
static void out_of_memory(void)
{
    static const char words[] = "mailflow: out of memory; what was sent is in the journal "
                                "(mailflow resume goes on from there)\n";
    ssize_t ignored = write(STDERR_FILENO, words, sizeof words - 1);
    (void)ignored;
    _exit(71);
}

void *mf_xmalloc(size_t size)
{
    void *memory = malloc(size ? size : 1);
    if (!memory)
        out_of_memory();
    return memory;
}

void *mf_xrealloc(void *old, size_t size)
{
    void *memory = realloc(old, size ? size : 1);
    if (!memory)
        out_of_memory();
    return memory;
}

char *mf_xstrdup(const char *text)
{
    size_t len = strlen(text) + 1;
    return memcpy(mf_xmalloc(len), text, len);
}

struct mf_arena *mf_arena_new(void)
{
    struct mf_arena *arena = mf_xmalloc(sizeof *arena);
    arena->newest = NULL;
    return arena;
}

void mf_arena_free(struct mf_arena **arena)
{
    if (!arena || !*arena)
        return;
    for (struct block *block = (*arena)->newest; block;) {
        struct block *older = block->older;
        free(block);
        block = older;
    }
    free(*arena);
    *arena = NULL;
}

static struct block *new_block(struct mf_arena *arena, size_t size)
{
    if (size > SIZE_MAX - sizeof(struct block))
        out_of_memory();
    struct block *block = calloc(1, sizeof *block + size);
    if (!block)
        out_of_memory();
    block->size = size;
    /* A large one goes behind the newest, so that the rest of the newest is not lost. */
    if (arena->newest && size > BLOCK_SIZE) {
        block->older = arena->newest->older;
        arena->newest->older = block;
    } else {
        block->older = arena->newest;
        arena->newest = block;
    }
    return block;
}

void *mf_alloc(struct mf_arena *arena, size_t size)
{
    if (size > SIZE_MAX - ALIGNMENT)
        out_of_memory();
    size = (size + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    if (size == 0)
        size = ALIGNMENT;
    struct block *block = arena->newest;
    if (!block || block->size - block->used < size)
        block = new_block(arena, size > BLOCK_SIZE / 4 ? (size > BLOCK_SIZE ? size : BLOCK_SIZE) : BLOCK_SIZE);
    void *memory = block->data + block->used;
    block->used += size;
    return memory;
}

void *mf_alloc_array(struct mf_arena *arena, size_t count, size_t size)
{
    if (size && count > SIZE_MAX / size)
        out_of_memory();
    return mf_alloc(arena, count * size);
}

char *mf_copy_bytes(struct mf_arena *arena, const void *data, size_t len)
{
    char *copy = mf_alloc(arena, len + 1);
    if (len)
        memcpy(copy, data, len);
    copy[len] = '\0';
    return copy;
}

char *mf_copy(struct mf_arena *arena, const char *text)
{
    return text ? mf_copy_bytes(arena, text, strlen(text)) : NULL;
}

char *mf_vformat(struct mf_arena *arena, const char *format, va_list args)
{
    va_list again;
    va_copy(again, args);
    int len = vsnprintf(NULL, 0, format, args);
    char *text = mf_alloc(arena, len < 0 ? 1 : (size_t)len + 1);
    if (len >= 0)
        vsnprintf(text, (size_t)len + 1, format, again);
    va_end(again);
    return text;
}

char *mf_format(struct mf_arena *arena, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    char *text = mf_vformat(arena, format, args);
    va_end(args);
    return text;
}

void *mf_arena_grow(struct mf_arena *arena, void *array, size_t *count, size_t *capacity, size_t size)
{
    if (*count == *capacity) {
        size_t larger = *capacity ? *capacity * 2 : 4;
        void *moved = mf_alloc_array(arena, larger, size);
        if (*count)
            memcpy(moved, array, *count * size);
        array = moved;
        *capacity = larger;
    }
    memset((char *)array + *count * size, 0, size);
    ++*count;
    return array;
}

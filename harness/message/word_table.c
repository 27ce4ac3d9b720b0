/* Many words looked for in one text in one pass (Karp and Rabin: a hash that rolls along the text,
 * looked up in a table of the words' hashes).
 */
#include <stdlib.h>
#include <string.h>

#include "message/mark_index_internal.h"

#define LENGTHS_MAX 64 /* words of more lengths than that would make a scan slow */
#define FILTER_BITS 16 /* most offsets of a text are told apart from all words by one bit */
#define MULTIPLIER 0x100000001b3ULL

struct entry {
    uint64_t hash;
    struct mf_bytes word;
    long number; /* -1: an empty place */
};

struct mf_word_table {
    struct entry *entries;
    size_t mask;                /* places - 1, a power of two */
    size_t lengths[LENGTHS_MAX];
    size_t length_count;
    unsigned char filter[1 << (FILTER_BITS - 3)];
};

static uint64_t add_octet(uint64_t hash, char octet)
{
    return hash * MULTIPLIER + (unsigned char)octet + 1;
}

static uint64_t hash_of(struct mf_bytes word)
{
    uint64_t hash = 0;
    for (size_t i = 0; i < word.len; ++i)
        hash = add_octet(hash, word.data[i]);
    return hash;
}

static size_t spread(uint64_t hash)
{
    return (size_t)((hash ^ hash >> 29) * 0x9E3779B97F4A7C15ULL >> 20);
}

static bool filter_has(const struct mf_word_table *table, uint64_t hash)
{
    size_t bit = spread(hash) & ((1 << FILTER_BITS) - 1);
    return table->filter[bit >> 3] & 1 << (bit & 7);
}

static void note_length(struct mf_word_table *table, size_t len)
{
    for (size_t i = 0; i < table->length_count; ++i)
        if (table->lengths[i] == len)
            return;
    if (table->length_count < LENGTHS_MAX)
        table->lengths[table->length_count++] = len;
}

/* Where the word is, or the empty place where it would be. */
static struct entry *place_of(const struct mf_word_table *table, uint64_t hash, struct mf_bytes word)
{
    size_t at = spread(hash) & table->mask;
    while (table->entries[at].number >= 0 &&
           !(table->entries[at].hash == hash && mf_bytes_equal(table->entries[at].word, word)))
        at = (at + 1) & table->mask;
    return &table->entries[at];
}

static void add(struct mf_word_table *table, const char *text, long number)
{
    struct mf_bytes word = mf_bytes_of(text);
    uint64_t hash = hash_of(word);
    struct entry *entry = place_of(table, hash, word);
    if (word.len == 0 || entry->number >= 0)
        return;
    *entry = (struct entry){hash, word, number};
    size_t bit = spread(hash) & ((1 << FILTER_BITS) - 1);
    table->filter[bit >> 3] |= (unsigned char)(1 << (bit & 7));
    note_length(table, word.len);
}

struct mf_word_table *mf_word_table_new(const char *const *words, size_t count)
{
    struct mf_word_table *table = mf_xmalloc(sizeof *table);
    size_t places = 16;
    while (places < 2 * count)
        places *= 2;
    memset(table, 0, sizeof *table);
    table->mask = places - 1;
    table->entries = mf_xmalloc(places * sizeof *table->entries);
    for (size_t i = 0; i < places; ++i)
        table->entries[i] = (struct entry){.number = -1};
    for (size_t i = 0; i < count && words; ++i)
        add(table, words[i], (long)i);
    return table;
}

void mf_word_table_free(struct mf_word_table **table)
{
    if (!table || !*table)
        return;
    free((*table)->entries);
    free(*table);
    *table = NULL;
}

long mf_word_table_get(const struct mf_word_table *table, struct mf_bytes word)
{
    return place_of(table, hash_of(word), word)->number;
}

/* The first word of one length in text[0 .. end); -1 if none starts there. */
static long scan_length(const struct mf_word_table *table, struct mf_bytes text, size_t len, size_t *at)
{
    if (text.len < len)
        return -1;
    uint64_t leaving = 1, hash = hash_of((struct mf_bytes){text.data, len});
    for (size_t i = 1; i < len; ++i)
        leaving *= MULTIPLIER;
    for (size_t i = 0;; ++i) {
        if (filter_has(table, hash)) {
            long number = place_of(table, hash, (struct mf_bytes){text.data + i, len})->number;
            *at = i;
            if (number >= 0)
                return number;
        }
        if (i + len >= text.len)
            return -1;
        hash = add_octet(hash - leaving * ((unsigned char)text.data[i] + 1ULL), text.data[i + len]);
    }
}

long mf_word_table_scan(const struct mf_word_table *table, struct mf_bytes text, size_t *at)
{
    long first = -1;
    for (size_t i = 0; i < table->length_count; ++i) {
        size_t found_at;
        long found = scan_length(table, text, table->lengths[i], &found_at);
        if (found >= 0 && (first < 0 || found_at < *at)) {
            first = found;
            *at = found_at;
        }
    }
    return first;
}

/* Which of the words that would be right here did somebody mean? */
#include "plan/keys_internal.h"

#include <string.h>

#define SHOWN_MAX 3 /* as near as each other */
#define LISTED_MAX 12
#define SEARCHED_MAX 200000

void mf_words_add(struct mf_words *words, const char *word)
{
    for (size_t i = 0; i < words->count && words->count < 64; i++)
        if (strcmp(words->items[i], word) == 0)
            return;
    *MF_PUSH(words->arena, words->items, words->count, words->capacity) = word;
}

/* Letters at both ends are rarely mistyped, so they decide among words as far away as each other.
 * INT_MAX-like 999: too far to be worth saying. */
static int far_from(const char *candidate, const char *word)
{
    size_t len = strlen(word), candidate_len = strlen(candidate);
    int limit = 1 + (int)(len / 4), distance = mf_distance(word, candidate, limit);
    if (len == 0 || distance > limit || (size_t)distance >= candidate_len)
        return 999;
    int ends = (mf_lower((unsigned char)word[0]) != mf_lower((unsigned char)candidate[0])) * 2 +
               (mf_lower((unsigned char)word[len - 1]) != mf_lower((unsigned char)candidate[candidate_len - 1]));
    return distance * 10 + ends;
}

struct near {
    const char *word;
    int far;
};

static void keep_nearest(struct near *best, size_t *count, struct near one)
{
    size_t at = *count;
    while (at > 0 && best[at - 1].far > one.far)
        at--;
    if (at == SHOWN_MAX)
        return;
    size_t moved = *count - at - (*count == SHOWN_MAX);
    memmove(best + at + 1, best + at, moved * sizeof *best);
    best[at] = one;
    *count += *count < SHOWN_MAX;
}

static size_t find_nearest(const struct mf_words *words, const char *word, struct near *best)
{
    size_t count = 0;
    for (size_t i = 0; i < words->count && i < SEARCHED_MAX; i++) {
        int far = far_from(words->items[i], word);
        if (far < 999)
            keep_nearest(best, &count, (struct near){words->items[i], far});
    }
    while (count > 1 && best[count - 1].far / 10 > best[0].far / 10)
        count--;
    return count;
}

int mf_words_distance(const struct mf_words *words, const char *word)
{
    struct near best[SHOWN_MAX];
    return find_nearest(words, word, best) ? best[0].far / 10 : 1000;
}

struct mf_words mf_words_all_near(const struct mf_words *words, const char *word)
{
    struct mf_words result = {.arena = words->arena};
    struct near best[SHOWN_MAX];
    size_t count = find_nearest(words, word, best);
    for (size_t i = 0; i < count; i++)
        mf_words_add(&result, best[i].word);
    return result;
}

const char *mf_words_near(const struct mf_words *words, const char *word)
{
    struct near best[SHOWN_MAX];
    size_t count = find_nearest(words, word, best);
    if (count == 0)
        return NULL;
    const char *text = mf_format(words->arena, "did you mean \"%s\"", best[0].word);
    for (size_t i = 1; i < count; i++)
        text = mf_format(words->arena, "%s or \"%s\"", text, best[i].word);
    return mf_format(words->arena, "%s?", text);
}

const char *mf_words_hint(const struct mf_words *words, const char *word)
{
    const char *near = mf_words_near(words, word);
    if (near || words->count == 0 || words->count > LISTED_MAX)
        return near;
    const char *text = "one of:";
    for (size_t i = 0; i < words->count; i++)
        text = mf_format(words->arena, "%s%s %s", text, i ? "," : "", words->items[i]);
    return text;
}

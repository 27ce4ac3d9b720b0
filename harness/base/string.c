/* ASCII comparison, UTF-8, and which word somebody meant. */
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "mailflow/text.h"

int mf_lower(int c)
{
    return c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c;
}

bool mf_same(const char *a, const char *b)
{
    return a == b || (a && b && strcmp(a, b) == 0);
}

static bool same_start_nocase(const char *text, const char *prefix, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if (mf_lower((unsigned char)text[i]) != mf_lower((unsigned char)prefix[i]) || !text[i])
            return false;
    return true;
}

bool mf_same_nocase(const char *a, const char *b)
{
    if (!a || !b)
        return a == b;
    size_t len = strlen(b);
    return strlen(a) == len && same_start_nocase(a, b, len);
}

bool mf_starts(const char *text, const char *prefix)
{
    return strncmp(text, prefix, strlen(prefix)) == 0;
}

bool mf_starts_nocase(const char *text, const char *prefix)
{
    return same_start_nocase(text, prefix, strlen(prefix));
}

bool mf_ends_nocase(const char *text, const char *suffix)
{
    size_t len = strlen(text), suffix_len = strlen(suffix);
    return len >= suffix_len && same_start_nocase(text + len - suffix_len, suffix, suffix_len);
}

/* How many bytes the UTF-8 sequence at data has, 0 when it is none (RFC 3629, section 4). */
static size_t utf8_sequence(const unsigned char *data, size_t len)
{
    unsigned char lead = data[0];
    if (lead < 0x80)
        return 1;
    size_t need = lead >= 0xC2 && lead <= 0xDF ? 2 : lead >= 0xE0 && lead <= 0xEF ? 3 : lead >= 0xF0 && lead <= 0xF4 ? 4 : 0;
    if (need == 0 || need > len)
        return 0;
    unsigned char low = lead == 0xE0 ? 0xA0 : lead == 0xF0 ? 0x90 : 0x80;
    unsigned char high = lead == 0xED ? 0x9F : lead == 0xF4 ? 0x8F : 0xBF;
    if (data[1] < low || data[1] > high)
        return 0;
    for (size_t i = 2; i < need; i++)
        if ((data[i] & 0xC0) != 0x80)
            return 0;
    return need;
}

bool mf_is_utf8(const char *data, size_t len, size_t *bad_at)
{
    for (size_t i = 0; i < len;) {
        size_t step = utf8_sequence((const unsigned char *)data + i, len - i);
        if (step == 0) {
            if (bad_at)
                *bad_at = i;
            return false;
        }
        i += step;
    }
    return true;
}

#define WORD_MAX 96

static int min3(int a, int b, int c)
{
    int least = a < b ? a : b;
    return least < c ? least : c;
}

int mf_distance(const char *a, const char *b, int limit)
{
    size_t a_len = strlen(a), b_len = strlen(b);
    size_t gap = a_len > b_len ? a_len - b_len : b_len - a_len;
    if (a_len > WORD_MAX || b_len > WORD_MAX || gap > (size_t)limit)
        return limit + 1;
    int rows[3][WORD_MAX + 1];
    for (size_t j = 0; j <= b_len; j++)
        rows[0][j] = (int)j;
    for (size_t i = 1; i <= a_len; i++) {
        int *now = rows[i % 3], *before = rows[(i + 2) % 3], *earlier = rows[(i + 1) % 3];
        now[0] = (int)i;
        for (size_t j = 1; j <= b_len; j++) {
            int ca = mf_lower((unsigned char)a[i - 1]), cb = mf_lower((unsigned char)b[j - 1]);
            now[j] = min3(before[j] + 1, now[j - 1] + 1, before[j - 1] + (ca != cb));
            if (i > 1 && j > 1 && ca == mf_lower((unsigned char)b[j - 2]) &&
                mf_lower((unsigned char)a[i - 2]) == cb && earlier[j - 2] + 1 < now[j])
                now[j] = earlier[j - 2] + 1;
        }
    }
    int distance = rows[a_len % 3][b_len];
    return distance > limit ? limit + 1 : distance;
}

const char *mf_nearest(const char *word, const char *const *candidates, size_t count)
{
    int limit = 1 + (int)(strlen(word) / 4), best = limit + 1;
    const char *nearest = NULL;
    for (size_t i = 0; i < count; i++) {
        int distance = mf_distance(word, candidates[i], limit);
        bool same_initial = mf_lower((unsigned char)word[0]) == mf_lower((unsigned char)candidates[i][0]);
        bool better = distance < best;
        bool as_near = distance == best && nearest && same_initial &&
                       mf_lower((unsigned char)nearest[0]) != mf_lower((unsigned char)word[0]);
        /* A word of one or two letters is near to everything. */
        if ((better || as_near) && distance <= limit && (size_t)distance < strlen(candidates[i])) {
            best = distance;
            nearest = candidates[i];
        }
    }
    return nearest;
}

const char *mf_duration_text(int64_t usec, char *buffer, size_t size)
{
    if (usec < 0)
        usec = 0;
    long long ms = (long long)((usec + 500) / 1000), seconds = (long long)(usec / 1000000);
    if (ms < 100)
        snprintf(buffer, size, "%lld ms", ms);
    else if (ms < 10000)
        snprintf(buffer, size, "%.2f s", (double)usec / 1e6);
    else if (seconds < 60)
        snprintf(buffer, size, "%.1f s", (double)usec / 1e6);
    else if (seconds < 3600)
        snprintf(buffer, size, "%lld:%02lld", seconds / 60, seconds % 60);
    else
        snprintf(buffer, size, "%lld:%02lld:%02lld", seconds / 3600, seconds / 60 % 60, seconds % 60);
    return buffer;
}

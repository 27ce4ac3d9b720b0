/* Received lines of some fifty kinds of server with what must be found in each: a table kept outside
 * of the project. MAILFLOW_RECEIVED_INDEX names it (tab-separated: file, zone, expected, …; the files
 * lie relative to it); without it there is nothing to do.
 */
#include "unit/test.h"

#include <stdio.h>
#include <stdlib.h>

#include "mailflow/received.h"

static char *read_whole(const char *path, size_t *len)
{
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    char *data = calloc(1, 1 << 20);
    *len = fread(data, 1, (1 << 20) - 1, file);
    fclose(file);
    return data;
}

/* What the verdict says of a key: "helo=" … up to the next key. */
static bool expected_value(const char *verdict, const char *key, char value[400])
{
    char wanted[32];
    snprintf(wanted, sizeof wanted, " %s=", key);
    const char *start = strstr(verdict, wanted);
    if (!start)
        return false;
    start += strlen(wanted);
    size_t len = 0;
    static const char *const keys[] = {" rdns=", " helo=", " by=", " ident=", " envfrom=", " intl=", " id=", " auth=", " msa="};
    for (; start[len] && len < 399; ++len)
        for (size_t i = 0; i < sizeof keys / sizeof *keys; ++i)
            if (strncmp(start + len, keys[i], strlen(keys[i])) == 0)
                goto found;
found:
    memcpy(value, start, len);
    value[len] = '\0';
    return true;
}

/* The table writes [literals] as !literals!. */
static bool agrees(const char *found, const char *expected)
{
    char plain[400];
    snprintf(plain, sizeof plain, "%s", found ? found : "");
    if (*expected == '!')
        for (char *at = plain; *at; ++at)
            *at = *at == '[' || *at == ']' ? '!' : *at;
    return strcmp(plain, expected) == 0;
}

static int compare_row(const char *file, const char *verdict, const struct mf_received *received)
{
    const struct { const char *key, *found; } fields[] = {
        {"ip", received->ip},       {"rdns", received->rdns},   {"helo", received->helo},
        {"by", received->by},       {"ident", received->ident}, {"envfrom", received->envelope_from},
        {"id", received->id},       {"auth", received->auth},
    };
    int wrong = 0;
    for (size_t i = 0; i < sizeof fields / sizeof *fields; ++i) {
        char expected[400];
        if (!expected_value(verdict, fields[i].key, expected) || agrees(fields[i].found, expected))
            continue;
        print_error("%s: %s=%s, wanted %s\n    %s\n", file, fields[i].key, fields[i].found ? fields[i].found : "",
                    expected, received->raw);
        ++wrong;
    }
    return wrong;
}

static int judge_row(const char *index, char *line)
{
    char *file = strsep(&line, "\t");
    strsep(&line, "\t");
    char *verdict = strsep(&line, "\t");
    if (!verdict || strcmp(file, "file") == 0)
        return 0;
    char path[4096];
    size_t len;
    snprintf(path, sizeof path, "%.*s%s", (int)(strrchr(index, '/') + 1 - index), index, file);
    char *data = read_whole(path, &len);
    struct mf_arena *arena = mf_arena_new();
    const struct mf_message *message = mf_message_parse(arena, (struct mf_bytes){data, len});
    const struct mf_received **hops = mf_message_path(arena, message, &len);
    assert_int_equal(len, 1);
    if (getenv("MAILFLOW_RECEIVED_SHOW"))
        printf("%s\n    ip=%s rdns=%s helo=%s by=%s with=%s id=%s for=%s tls=%s auth=%s user=%s local=%d at=%lld\n",
               hops[0]->raw, hops[0]->ip, hops[0]->rdns, hops[0]->helo, hops[0]->by, hops[0]->with, hops[0]->id,
               hops[0]->for_address, hops[0]->tls, hops[0]->auth, hops[0]->auth_user, hops[0]->local,
               (long long)(hops[0]->at / MF_SECOND));
    int wrong = strncmp(verdict, "SKIP", 4) == 0 ? 0 : compare_row(file, verdict, hops[0]);
    mf_arena_free(&arena);
    free(data);
    return wrong;
}

static void every_row_of_the_table_is_understood_as_it_says(void **state)
{
    (void)state;
    const char *index = getenv("MAILFLOW_RECEIVED_INDEX");
    if (!index || !strchr(index, '/'))
        skip();
    size_t len, rows = 0;
    char *table = read_whole(index, &len), *rest = table, *line;
    int wrong = 0;
    for (; (line = strsep(&rest, "\n")); ++rows)
        wrong += judge_row(index, line);
    free(table);
    assert_true(rows > 100);
    assert_int_equal(wrong, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(every_row_of_the_table_is_understood_as_it_says)};
    return cmocka_run_group_tests(tests, NULL, NULL) ? 1 : 0;
}

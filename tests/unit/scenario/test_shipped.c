/* The files under scenarios/: read without an error; and with random damage, never a crash, never
 * silence. Run from the top of the project. */
#include "unit/scenario/reading.h"

#include <dirent.h>
#include <stdio.h>

#define FILES_MAX 200

struct shipped {
    char *paths[FILES_MAX];
    struct mf_bytes texts[FILES_MAX];
    size_t count;
};

static void load(struct shipped *all, const char *path)
{
    static char buffer[1 << 16];
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    size_t len = fread(buffer, 1, sizeof buffer, file);
    fclose(file);
    char *copy = mf_xmalloc(len + 1);
    memcpy(copy, buffer, len);
    assert_true(all->count < FILES_MAX);
    all->paths[all->count] = mf_xstrdup(path);
    all->texts[all->count++] = (struct mf_bytes){copy, len};
}

static void load_folder(struct shipped *all, const char *folder)
{
    DIR *dir = opendir(folder);
    assert_non_null(dir);
    for (struct dirent *entry; (entry = readdir(dir));) {
        char path[512];
        snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
        if (mf_ends_nocase(entry->d_name, ".yaml"))
            load(all, path);
    }
    closedir(dir);
}

static int load_all(void **state)
{
    static struct shipped all;
    load_folder(&all, "scenarios");
    load_folder(&all, "scenarios/sites");
    load_folder(&all, "scenarios/routing");
    *state = &all;
    return all.count > 30 ? 0 : -1;
}

static int unload_all(void **state)
{
    struct shipped *all = *state;
    for (size_t i = 0; i < all->count; i++) {
        free(all->paths[i]);
        free((char *)all->texts[i].data);
    }
    return 0;
}

static void every_shipped_file_is_read_without_an_error(void **state)
{
    const struct shipped *all = *state;
    for (size_t i = 0; i < all->count; i++) {
        struct reading r = read_bytes(all->texts[i].data, all->texts[i].len);
        if (!r.root || mf_diags_count(r.diags))
            fail_msg("%s: %s", all->paths[i], error_of(&r, 0));
        forget(&r);
    }
}

/* ---- damage ---- */

struct damaged {
    char bytes[1 << 17];
    size_t len;
};

static uint64_t seed;

static size_t below(size_t limit)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return (size_t)((seed >> 11) % limit);
}

static void put(struct damaged *d, size_t at, const char *bytes, size_t len)
{
    char copy[256]; /* the bytes may be of the text itself */
    memcpy(copy, bytes, len);
    memmove(d->bytes + at + len, d->bytes + at, d->len - at);
    memcpy(d->bytes + at, copy, len);
    d->len += len;
}

static void take(struct damaged *d, size_t at, size_t len)
{
    if (len > d->len - at)
        len = d->len - at;
    memmove(d->bytes + at, d->bytes + at + len, d->len - at - len);
    d->len -= len;
}

static void damage(struct damaged *d)
{
    static const char *const bits[] = {"\n",    " ",    "  ",   "\t",       ":",    ": ",   "- ",   "[",   "]",
                                       "{",     "}",    ", ",   "\"",       "'",    "#",    " #",   "&a ", "*a",
                                       "!",     "|",    "> ",   "$(",       "? ",   "@",    "%",    "\\",  "\r",
                                       "---\n", "${x}", "<<: ", "\xC2\xA0", "\x80", "\x01", "{{x}}"};
    const char *bit = bits[below(sizeof bits / sizeof *bits)];
    size_t at = below(d->len + 1);
    switch (below(5)) {
    case 0:
        take(d, at, 1);
        break;
    case 1:
        put(d, at, bit, strlen(bit));
        break;
    case 2:
        take(d, at, below(30));
        break;
    case 3:
        put(d, at, d->bytes, below(d->len < 200 ? d->len : 200));
        break;
    default:
        d->bytes[at < d->len ? at : 0] = (char)below(256);
        break;
    }
}

static void check_damaged(const struct damaged *d, const char *path, int round)
{
    struct reading r = read_bytes(d->bytes, d->len);
    if (!r.root && !mf_diags_count(r.diags))
        fail_msg("%s, round %d: neither a tree nor an error", path, round);
    for (size_t i = 0; i < mf_diags_count(r.diags) && i < 200; i++) {
        const struct mf_diag *e = mf_diags_at(r.diags, i);
        if (e->place.line < 1 || e->place.column < 1 || e->place.length < 1 || !e->title[0])
            fail_msg("%s, round %d: an error without a place: %s", path, round, error_of(&r, i));
    }
    forget(&r);
}

static void damaged_files_give_a_tree_or_an_error_and_never_a_crash(void **state)
{
    enum { ROUNDS = 20000 };
    const struct shipped *all = *state;
    struct damaged *d = mf_xmalloc(sizeof *d);
    seed = 20261123;
    for (int round = 0; round < ROUNDS; round++) {
        size_t file = below(all->count);
        d->len = all->texts[file].len;
        memcpy(d->bytes, all->texts[file].data, d->len);
        for (size_t times = 1 + below(4); times > 0; times--)
            damage(d);
        check_damaged(d, all->paths[file], round);
    }
    free(d);
}

static void a_file_cut_anywhere_gives_a_tree_or_an_error(void **state)
{
    const struct shipped *all = *state;
    struct damaged *d = mf_xmalloc(sizeof *d);
    for (size_t file = 0; file < all->count; file += 5)
        for (size_t len = 0; len < all->texts[file].len; len += 3) {
            memcpy(d->bytes, all->texts[file].data, d->len = len);
            check_damaged(d, all->paths[file], (int)len);
        }
    free(d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_shipped_file_is_read_without_an_error),
        cmocka_unit_test(damaged_files_give_a_tree_or_an_error_and_never_a_crash),
        cmocka_unit_test(a_file_cut_anywhere_gives_a_tree_or_an_error),
    };
    return cmocka_run_group_tests(tests, load_all, unload_all) != 0;
}

/* One letter wrong in any key or reference of the files that we ship: always refused, always at the
 * right line, and almost always with the right word suggested.
 *
 * Names where they are given (a person's, a flow's own) are no references, nor are texts that may be
 * anything (folders, header names, addresses). */
#include "unit/plan/shipped.h"

enum { WORDS_MAX = 4000 };

/* --- where keys and references are --- */

struct word {
    const struct file_in_memory *file;
    size_t at, len; /* bytes in its text */
    int line;
    char text[80];
};

static struct word words[WORDS_MAX];
static size_t word_count;

static size_t offset_of(const char *text, int line, int column)
{
    const char *at = text;
    for (int i = 1; i < line; i++)
        at = strchr(at, '\n') + 1;
    for (int i = 1; i < column; at++)
        i += ((unsigned char)at[1] & 0xC0) != 0x80;
    return (size_t)(at - text);
}

static bool is_one_of(const char *word, const char *list)
{
    size_t len = strlen(word);
    for (const char *at = list; len && (at = strstr(at, word)); at++)
        if ((at == list || at[-1] == ' ') && (at[len] == ' ' || at[len] == '\0'))
            return true;
    return false;
}

static void add_word(const struct file_in_memory *file, const struct mf_node *node, size_t from, size_t len)
{
    if (len < 1 || len >= sizeof words->text)
        return;
    struct word *word = &words[word_count];
    assert_true(word_count + 1 < WORDS_MAX);
    *word = (struct word){.file = file, .len = len, .line = node->place.line};
    word->at = offset_of(file->text, node->place.line, node->place.column) + (node->quoted ? 1 : 0) + from;
    memcpy(word->text, node->text + from, len);
    if (memcmp(file->text + word->at, word->text, len) == 0) /* else: escapes, or several lines */
        word_count++;
}

static void add_variables(const struct file_in_memory *file, const struct mf_node *node)
{
    for (const char *at = node->text; (at = strstr(at, "$(")); at += 2)
        add_word(file, node, (size_t)(at + 2 - node->text), strcspn(at + 2, ")"));
}

/* Every word of a text that names something by itself. */
static void add_each_word(const struct file_in_memory *file, const struct mf_node *node)
{
    for (size_t at = 0; node->text[at];) {
        size_t len = strcspn(node->text + at, " ");
        bool plain = strspn(node->text + at, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-") == len;
        if (plain)
            add_word(file, node, at, len);
        at += len + strspn(node->text + at + len, " ");
    }
}

static void add_references(const struct file_in_memory *file, const struct mf_node *node, const char *key, const char *outer)
{
    static const char words_of[] = "from to cc bcc at never expect for through not-through via server down action role resolve "
                                   "client table site-has mailboxes dns each provider copy-form tls refused deferred bounce dsn "
                                   "result dkim spf dmarc arc env who action notify door";
    static const char whole[] = "of needs";
    static const char files[] = "include attach like file ca template raw";
    if (node->quoted || node->empty || mf_starts(outer, "dns"))
        return;
    add_variables(file, node);
    if (strchr(node->text, '$') || strchr(node->text, '@'))
        return;
    if (is_one_of(key, whole))
        add_word(file, node, 0, strlen(node->text));
    else if (is_one_of(key, files) && strncmp(node->text, "../", 3) != 0)
        add_word(file, node, 0, strlen(node->text));
    else if (strcmp(key, "env") == 0)
        add_word(file, node, 0, strlen(node->text));
    else if (strcmp(key, "expect") == 0 && strcmp(node->text, "nobody else") == 0)
        add_word(file, node, 0, strlen(node->text));
    else if (strcmp(key, "app") == 0 && strcmp(node->text, "all applications") == 0)
        add_word(file, node, 0, strlen(node->text));
    else if (strstr(node->text, "://"))
        add_word(file, node, 0, strcspn(node->text, ":"));
    else if (is_one_of(key, words_of))
        add_each_word(file, node);
}

/* Maps whose keys are names of their author's choice. */
static bool has_free_keys(const char *key, const struct mf_node *map)
{
    bool message_header = is_one_of(key, "header no-header vars each capture people servers applications actions more");
    bool selectors = strcmp(key, "dkim") == 0 && !mf_node_get(map, "domain") && !mf_node_get(map, "result");
    return message_header || selectors;
}

static void walk(const struct file_in_memory *file, const struct mf_node *node, const char *key, const char *outer)
{
    for (size_t i = 0; node->kind == MF_NODE_LIST && i < node->count; i++)
        walk(file, node->items[i], key, outer);
    for (size_t i = 0; node->kind == MF_NODE_MAP && i < node->count; i++) {
        const struct mf_node *name = node->pairs[i].key;
        if (!has_free_keys(key, node))
            add_word(file, name, 0, strlen(name->text));
        walk(file, node->pairs[i].value, name->text, key);
    }
    if (node->kind == MF_NODE_TEXT && strcmp(outer, "header") != 0)
        add_references(file, node, key, outer);
}

static void find_words(void)
{
    word_count = 0;
    for (size_t i = 0; i < shipped_count; i++) {
        if (!is_site(shipped[i].path) && !is_scenario(shipped[i].path))
            continue;
        struct mf_arena *arena = mf_arena_new();
        struct mf_diags *diags = mf_diags_new();
        struct mf_node *root = mf_scenario_parse(arena, shipped[i].path, shipped[i].text, strlen(shipped[i].text), diags);
        assert_non_null(root);
        walk(&shipped[i], root, "", "");
        mf_diags_free(&diags);
        mf_arena_free(&arena);
    }
}

/* --- typos --- */

enum typo { DROPPED, DOUBLED, SWAPPED, REPLACED, INSERTED, TYPOS };

/* The word with a typo at a letter; false: this one makes no other word. */
static bool mistype(const struct word *word, size_t at, enum typo typo, char *out)
{
    char letter = (char)('a' + (word->line * 7 + (int)at * 11 + (int)typo) % 26), old = word->text[at];
    size_t len = word->len;
    if (((unsigned char)old & 0x80) || old == ' ' || old == '/' || old == '.')
        return false;
    memcpy(out, word->text, at);
    switch (typo) {
    case DROPPED: memcpy(out + at, word->text + at + 1, len - at - 1); len--; break;
    case DOUBLED: memcpy(out + at + 1, word->text + at, len - at); out[at] = old; len++; break;
    case SWAPPED:
        if (at + 1 == len || word->text[at + 1] == old || ((unsigned char)word->text[at + 1] & 0x80) || word->text[at + 1] == ' ')
            return false;
        memcpy(out + at, word->text + at, len - at);
        out[at] = word->text[at + 1];
        out[at + 1] = old;
        break;
    case REPLACED:
        memcpy(out + at, word->text + at, len - at);
        out[at] = letter;
        if (old == letter)
            return false;
        break;
    case INSERTED: memcpy(out + at + 1, word->text + at, len - at); out[at] = letter; len++; break;
    case TYPOS: return false;
    }
    out[len] = '\0';
    return len > 0 && strcmp(out, word->text) != 0;
}

static char *with_typo(const struct word *word, const char *typo)
{
    struct mf_text text = {.max = 1 << 20};
    mf_text_add(&text, word->file->text, word->at);
    mf_text_puts(&text, typo);
    mf_text_puts(&text, word->file->text + word->at + word->len);
    return text.data;
}

struct tally {
    size_t tried, refused, at_line, suggested, alone;
};

static bool suggests(const char *hint, const struct word *word)
{
    if (strstr(hint, word->text))
        return true;
    for (const char *slash = word->text; (slash = strchr(slash, '/')); slash++) { /* of a path: the part that is wrong */
        char part[80];
        snprintf(part, sizeof part, "\"%.*s\"", (int)(slash - word->text), word->text);
        if (strstr(hint, part) || strstr(hint, slash + 1))
            return true;
    }
    return false;
}

/* Some typos make another word that is right there: nobody can know. */
static bool is_another_word(const char *typo)
{
    return is_one_of(typo, "bcc cc smtp smtps imap imaps");
}

static void try_typo(const struct word *word, const char *typo, struct tally *tally)
{
    char *text = with_typo(word, typo);
    struct binding binding = bind_changed(word->file, text);
    const struct mf_diag *d;
    bool at_line = false, suggested = false;
    for (size_t i = 0; (d = mf_diags_at(binding.diags, i)); i++) {
        bool here = d->place.line == word->line && mf_same(d->place.file, word->file->path);
        at_line |= here;
        suggested |= here && suggests(d->hint, word);
    }
    if (getenv("TYPOS_SHOWN") && (!at_line || !suggested))
        print_message("%s:%d \"%s\" as \"%s\": %s\n", word->file->path, word->line, word->text, typo,
                      binding.plan ? "ACCEPTED" : !at_line ? "other line" : mf_diags_at(binding.diags, 0)->hint);
    if (getenv("TYPOS_SHOWN") && mf_diags_count(binding.diags) > 1) {
        char *e = errors_of(&binding);
        print_message("%s:%d \"%s\" as \"%s\" tells more:\n%s", word->file->path, word->line, word->text, typo, e);
        free(e);
    }
    tally->tried++;
    tally->refused += !binding.plan;
    tally->at_line += at_line;
    tally->suggested += suggested;
    tally->alone += mf_diags_count(binding.diags) == 1;
    forget(&binding);
    free(text);
}

/* Every word at every letter; which typo takes turns. TYPOS=all tries all of them. */
static struct tally try_all(void)
{
    struct tally tally = {0};
    bool all = getenv("TYPOS") != NULL;
    find_words();
    for (size_t i = 0; i < word_count; i++)
        for (size_t at = 0; at < words[i].len; at++)
            for (int typo = DROPPED; typo < TYPOS; typo++) {
                char out[sizeof words->text + 2];
                bool turn = all || (i + at) % TYPOS == (size_t)typo;
                if (turn && mistype(&words[i], at, (enum typo)typo, out) && !is_another_word(out))
                    try_typo(&words[i], out, &tally);
            }
    return tally;
}

static void shipped_files_bind_as_they_are(void **state)
{
    (void)state;
    size_t bound = 0;
    for (size_t i = 0; i < shipped_count; i++) {
        if (!is_site(shipped[i].path) && !is_scenario(shipped[i].path))
            continue;
        struct binding binding = bind_changed(&shipped[i], shipped[i].text);
        char *errors = errors_of(&binding);
        assert_string_equal(errors, "");
        assert_non_null(binding.plan);
        free(errors);
        forget(&binding);
        bound++;
    }
    assert_true(bound > 30);
}

static void a_typo_in_any_key_or_reference_is_refused_at_its_line_and_95_of_100_get_the_right_word(void **state)
{
    (void)state;
    struct tally tally = try_all();
    print_message("%zu words, %zu typos: %zu refused, %zu at their line, %zu with the right word, %zu told once\n", word_count,
                  tally.tried, tally.refused, tally.at_line, tally.suggested, tally.alone);
    assert_true(word_count > 900);
    assert_int_equal(tally.refused, tally.tried);
    assert_int_equal(tally.at_line, tally.tried);
    assert_true(tally.suggested * 100 >= tally.tried * 95);
    assert_true(tally.alone * 100 >= tally.tried * 95);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(shipped_files_bind_as_they_are),
        cmocka_unit_test(a_typo_in_any_key_or_reference_is_refused_at_its_line_and_95_of_100_get_the_right_word),
    };
    return cmocka_run_group_tests(tests, load_shipped, drop_shipped) != 0;
}

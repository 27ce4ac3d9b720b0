/* $(name) in texts. */
#include "mailflow/scenario.h"
#include "mailflow/text.h"

#include <string.h>

#define EXPANDED_MAX ((size_t)16 << 20)

static bool is_name(const char *text, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        int c = mf_lower((unsigned char)text[i]);
        if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-'))
            return false;
    }
    return len > 0;
}

/* ---- which part of a text is a regular expression ---- */

/* A word that may stand in front of a regex in a reply or a bounce: RCPT 550 5.1.1 /x/, failed /x/. */
static bool is_reply_word(const char *word, size_t len)
{
    static const char *const actions[] = {"failed", "delayed", "delivered", "relayed", "expanded"};
    for (size_t i = 0; i < sizeof actions / sizeof *actions; i++)
        if (strlen(actions[i]) == len && memcmp(actions[i], word, len) == 0)
            return true;
    size_t upper = strspn(word, "ABCDEFGHIJKLMNOPQRSTUVWXYZ-"), code = strspn(word, "0123456789x.");
    return len > 0 && (upper == len || code == len);
}

/* Where a regex starts in the text (behind its slash), or SIZE_MAX. It goes to the end of the text. */
static size_t regex_start(const char *text)
{
    size_t len = strlen(text), at = 0;
    if (len > 2 && text[len - 1] == 'i' && text[len - 2] == '/')
        len--;
    if (len < 2 || text[len - 1] != '/')
        return SIZE_MAX;
    for (int words = 0; words < 4 && at + 1 < len; words++) {
        if (text[at] == '/')
            return at + 1;
        size_t word = strcspn(text + at, " ");
        if (!is_reply_word(text + at, word))
            return SIZE_MAX;
        at += word + strspn(text + at + word, " ");
    }
    return SIZE_MAX;
}

static void add_quoted(struct mf_text *out, const char *value)
{
    for (; *value; value++) {
        if (strchr(".[{()\\*+?|^$", *value))
            mf_text_putc(out, '\\');
        mf_text_putc(out, *value);
    }
}

/* ---- places inside a node ---- */

static int characters(const char *text, size_t len)
{
    int count = 0;
    for (size_t i = 0; i < len; i++)
        count += ((unsigned char)text[i] & 0xC0) != 0x80;
    return count;
}

/* Exact where the text stands in the file as it is; with escapes or folded lines: the node's. */
static struct mf_place place_in(const struct mf_node *node, size_t at, size_t len)
{
    struct mf_place place = node->place;
    const char *line = node->text;
    int all = characters(node->text, strlen(node->text)), quotes = 0;
    if (node->literal)
        for (const char *nl; (nl = memchr(line, '\n', (size_t)(node->text + at - line)));) {
            line = nl + 1;
            place.line++;
        }
    else if (node->quoted && all + 2 == place.length)
        quotes = 1;
    else if (all != place.length)
        return place;
    place.column += quotes + characters(line, (size_t)(node->text + at - line));
    place.length = characters(node->text + at, len);
    return place;
}

/* ---- expanding ---- */

struct expansion {
    struct mf_arena *arena;
    const struct mf_vars *vars;
    const struct mf_node *node;
    struct mf_diags *diags;
    struct mf_text out;
    size_t regex; /* values behind this are quoted */
    bool failed;
};

static void tell(struct expansion *x, size_t at, size_t len, const char *title, const char *hint)
{
    mf_diags_add(x->diags, place_in(x->node, at, len), title, hint);
    x->failed = true;
}

struct names {
    struct mf_arena *arena;
    const char **items;
    size_t count, capacity;
};

static void collect_name(void *arg, const char *name)
{
    struct names *names = arg;
    *MF_PUSH(names->arena, names->items, names->count, names->capacity) = mf_copy(names->arena, name);
}

static void tell_undefined(struct expansion *x, size_t at, size_t len, const char *name)
{
    struct mf_arena *arena = mf_arena_new();
    struct names names = {.arena = arena};
    for (const struct mf_vars *v = x->vars; v; v = v->outer)
        if (v->each)
            v->each(v->context, collect_name, &names);
    const char *near = mf_nearest(name, names.items, names.count);
    const char *hint = near ? mf_format(arena, "did you mean $(%s)?", near)
                            : "give it a value under vars: or with --var; for a literal $( write $$(";
    tell(x, at, len, mf_format(arena, "nothing is known as $(%s)", name), hint);
    mf_arena_free(&arena);
}

static const char *look_up(const struct mf_vars *vars, const char *name)
{
    for (; vars; vars = vars->outer) {
        const char *value = vars->get(vars->context, name);
        if (value)
            return value;
    }
    return NULL;
}

/* `$(` is at `at`. Returns how much of the text was used. */
static size_t expand_one(struct expansion *x, size_t at)
{
    const char *text = x->node->text + at;
    size_t name_len = strcspn(text + 2, ")\n");
    if (text[2 + name_len] != ')') {
        tell(x, at, 2, "$( without a closing )", "variables are written $(name); for a literal $( write $$(");
        return 2;
    }
    size_t len = name_len + 3;
    if (!is_name(text + 2, name_len)) {
        bool nested = memmem(text + 2, name_len, "$(", 2) != NULL;
        if (nested) {
            size_t close = strcspn(text + len, " )");
            len += text[len + close] == ')' ? close + 1 : 0;
            tell(x, at, len, "a variable inside the name of a variable", "give the whole name: $(alice.address)");
            return len;
        }
        tell(x, at, len,
             name_len ? "a variable's name has letters, digits, dot, _ and - only" : "$() names no variable",
             "variables are written $(name); for a literal $( write $$(");
        return len;
    }
    struct mf_text name = {.max = name_len + 1};
    mf_text_add(&name, text + 2, name_len);
    const char *value = look_up(x->vars, mf_text_str(&name));
    if (!value)
        tell_undefined(x, at, len, mf_text_str(&name));
    else if (at >= x->regex)
        add_quoted(&x->out, value);
    else
        mf_text_puts(&x->out, value);
    mf_text_release(&name);
    return len;
}

static size_t refuse_braces(struct expansion *x, size_t at)
{
    const char *text = x->node->text + at;
    size_t len = 2 + strcspn(text + 2, "}");
    if (text[len] != '}' || !is_name(text + 2, len - 2))
        return 0;
    char title[300], hint[300];
    snprintf(title, sizeof title, "%.*s is no variable here", (int)(len + 1), text);
    snprintf(hint, sizeof hint, "write $(%.*s)", (int)(len - 2), text + 2);
    tell(x, at, len + 1, title, hint);
    return len + 1;
}

/* What stands at a dollar sign; 0: just a dollar sign. */
static size_t expand_at(struct expansion *x, size_t at)
{
    const char *text = x->node->text + at;
    if (mf_starts(text, "$$(")) {
        mf_text_puts(&x->out, "$(");
        return 3;
    }
    if (text[1] == '(')
        return expand_one(x, at);
    return text[1] == '{' ? refuse_braces(x, at) : 0;
}

const char *mf_vars_expand(struct mf_arena *arena, const struct mf_vars *vars, const struct mf_node *node,
                           struct mf_diags *diags)
{
    if (!strstr(node->text, "$(") && !strstr(node->text, "${"))
        return node->text;
    struct expansion x = {.arena = arena, .vars = vars, .node = node, .diags = diags, .regex = regex_start(node->text)};
    mf_text_init(&x.out, EXPANDED_MAX);
    for (size_t at = 0; node->text[at];) {
        size_t used = node->text[at] == '$' ? expand_at(&x, at) : 0;
        size_t plain = used ? 0 : 1 + strcspn(node->text + at + 1, "$");
        mf_text_add(&x.out, node->text + at, plain);
        at += used + plain;
    }
    if (x.out.full)
        tell(&x, 0, 1, "with its variables filled in, this is longer than 16 MB", "shorten it");
    const char *result = x.failed ? NULL : mf_copy_bytes(arena, mf_text_str(&x.out), x.out.len);
    mf_text_release(&x.out);
    return result;
}

bool mf_vars_used(const char *text, const char *name)
{
    size_t len = strlen(name);
    for (const char *at = text; (at = strchr(at, '$'));) {
        if (mf_starts(at, "$$(")) {
            at += 3;
            continue;
        }
        if (at[1] == '(' && strncmp(at + 2, name, len) == 0 && at[2 + len] == ')')
            return true;
        at++;
    }
    return false;
}

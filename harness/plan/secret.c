/* Commands, and secrets, which are looked for but never kept. */
#include "plan/bind_internal.h"

#include <stdlib.h>
#include <string.h>

extern char **environ;

/* --- commands --- */

/* The next word of a command line, with quotes and backslashes as in a shell; NULL: no more. `open`
 * is set when a quote is not closed. */
static char *next_word(struct mf_arena *arena, const char **rest, bool *open)
{
    const char *at = *rest + strspn(*rest, " \t\n");
    if (!*at)
        return NULL;
    struct mf_text word = {.max = 65536};
    char quote = 0;
    mf_text_puts(&word, "");
    for (; *at && (quote || !strchr(" \t\n", *at)); at++) {
        if (quote ? *at == quote : (*at == '"' || *at == '\''))
            quote = quote ? 0 : *at;
        else if (*at == '\\' && quote != '\'' && at[1])
            mf_text_putc(&word, *++at);
        else
            mf_text_putc(&word, *at);
    }
    *open = quote != 0;
    *rest = at;
    char *copy = mf_copy(arena, mf_text_str(&word));
    mf_text_release(&word);
    return copy;
}

static bool argv_of_list(struct mf_binder *b, const struct mf_node *node, const char ***argv)
{
    const char **words = mf_alloc_array(b->arena, node->count + 1, sizeof *words);
    for (size_t i = 0; i < node->count; i++)
        if (!mf_bind_text(b, node->items[i], &words[i]))
            return false;
    *argv = words;
    return words[0] || mf_tell(b, node->place, "a program and its arguments", "an empty command");
}

bool mf_bind_argv(struct mf_binder *b, const struct mf_node *node, const char ***argv)
{
    if (node->kind == MF_NODE_LIST)
        return argv_of_list(b, node, argv);
    struct mf_value value;
    if (!mf_bind_value(b, node, &value))
        return false;
    const char **words = NULL;
    size_t count = 0, capacity = 0;
    const char *rest = value.text;
    bool open = false;
    for (char *word; !open && (word = next_word(b->arena, &rest, &open));)
        *MF_PUSH(b->arena, words, count, capacity) = word;
    if (open)
        return mf_tell(b, value.place, "close it", "a quote is opened in this command and not closed");
    if (count == 0)
        return mf_tell(b, value.place, "a program and its arguments", "an empty command");
    *MF_PUSH(b->arena, words, count, capacity) = NULL;
    *argv = words;
    return true;
}

/* --- secrets --- */

static const char *nearest_variable(struct mf_binder *b, const char *name)
{
    struct mf_words words = {.arena = b->arena};
    for (char **entry = environ; *entry && words.count < 1000; entry++)
        mf_words_add(&words, mf_copy_bytes(b->arena, *entry, strcspn(*entry, "=")));
    const char *near = mf_words_near(&words, name);
    return near ? near : mf_format(b->arena, "set it where mailflow runs: export %s=…", name);
}

static bool secret_env(struct mf_binder *b, const struct mf_node *node, void *target)
{
    struct mf_secret *secret = target;
    struct mf_value value;
    if (!mf_bind_value(b, node, &value))
        return false;
    secret->env = value.text;
    if (!value.text[0] || strpbrk(value.text, "= $"))
        return mf_tell(b, value.place, "only the name: {env: NAME}", "\"%s\" is no name of an environment variable",
                       value.text);
    const char *set = b->shape_only || b->options->without_secrets ? "x" : getenv(value.text);
    if (set && set[0])
        return true;
    if (mf_map_add(b->unset, value.text, b)) /* told where it was asked for first */
        return false;
    return mf_tell(b, value.place, set ? "give it its value where mailflow runs" : nearest_variable(b, value.text),
                   "the environment variable %s is %s", value.text, set ? "empty" : "not set");
}

static bool secret_file(struct mf_binder *b, const struct mf_node *node, void *target)
{
    return mf_bind_readable(b, node, &((struct mf_secret *)target)->path);
}

static bool secret_command(struct mf_binder *b, const struct mf_node *node, void *target)
{
    return mf_bind_argv(b, node, &((struct mf_secret *)target)->argv);
}

static const struct mf_key keys[] = {
    {"env", "text", "", "name of an environment variable", secret_env, 0, "variable var"},
    {"file", "file", "", "its first line", secret_file, 0, "path"},
    {"command", "command", "", "the first line that it prints", secret_command, 0, "cmd"},
};
static const struct mf_table table = {"Secret", keys, sizeof keys / sizeof *keys};
const struct mf_form mf_form_secret = {"a secret", "a secret, such as password: {env: NAME}", MF_IN_BOTH, {&table}};

bool mf_bind_secret(struct mf_binder *b, const struct mf_node *node, const struct mf_secret **result)
{
    if (node->kind != MF_NODE_MAP)
        return !node->refused &&
               mf_tell(b, node->place, "never the value itself: {env: NAME}, {file: PATH} or {command: …}",
                       "\"%s\" holds a secret in clear text", mf_key_name(b));
    struct mf_secret *secret = mf_alloc(b->arena, sizeof *secret);
    secret->place = node->place;
    *result = secret;
    if (!mf_keys_bind(b, &mf_form_secret, node, secret))
        return false;
    return (!!secret->env + !!secret->path + !!secret->argv) == 1 ||
           mf_tell(b, node->place, "{env: NAME}, {file: PATH} or {command: …}", "\"%s\" wants exactly one source",
                   mf_key_name(b));
}

/* The words of an Authentication-Results field: comments, quoted strings, names and values. */
#include <string.h>

#include "message/authres_internal.h"

static const char *end_of_comment(const char *at)
{
    int depth = 0;
    for (; *at; at++) {
        if (*at == '\\' && at[1])
            at++;
        else if (*at == '(')
            depth++;
        else if (*at == ')' && --depth == 0)
            return at + 1;
    }
    return at;
}

static void add_comment(struct mf_text *words, const char *from, const char *end)
{
    size_t len = (size_t)(end - from);
    size_t inner = len >= 2 && from[len - 1] == ')' ? len - 2 : len - 1;
    if (words->len)
        mf_text_puts(words, "; ");
    mf_text_add(words, from + 1, inner);
}

const char *mf_authres_space(struct mf_authres_reader *reader)
{
    struct mf_text words = {.max = 64 << 10};
    for (;;) {
        reader->at += strspn(reader->at, " \t\r\n");
        if (*reader->at != '(')
            break;
        const char *end = end_of_comment(reader->at);
        add_comment(&words, reader->at, end);
        reader->at = end;
    }
    const char *said = words.len ? mf_copy(reader->arena, words.data) : NULL;
    mf_text_release(&words);
    return said;
}

static void add_run(struct mf_authres_reader *reader, struct mf_text *out, const char *ends)
{
    size_t len = strcspn(reader->at, ends);
    mf_text_add(out, reader->at, len);
    reader->at += len;
}

/* Where CFWS ends. */
static const char *behind_space(const char *at)
{
    for (;;) {
        at += strspn(at, " \t\r\n");
        if (*at != '(')
            return at;
        at = end_of_comment(at);
    }
}

const char *mf_authres_name(struct mf_authres_reader *reader)
{
    struct mf_text name = {.max = 4096};
    for (;;) {
        add_run(reader, &name, " \t\r\n=;(\"./");
        const char *next = behind_space(reader->at);
        if (*next != '.' && *next != '/')
            break;
        mf_text_putc(&name, *next);
        reader->at = behind_space(next + 1);
    }
    return mf_text_into(reader->arena, &name);
}

static void add_quoted(struct mf_authres_reader *reader, struct mf_text *out)
{
    for (reader->at++; *reader->at && *reader->at != '"'; reader->at++) {
        if (*reader->at == '\\' && reader->at[1])
            reader->at++;
        mf_text_putc(out, *reader->at);
    }
    reader->at += *reader->at == '"';
}

const char *mf_authres_value(struct mf_authres_reader *reader)
{
    struct mf_text value = {.max = 64 << 10};
    for (;;) {
        add_run(reader, &value, " \t\r\n;(\"");
        if (*reader->at != '"')
            break;
        add_quoted(reader, &value);
    }
    return mf_text_into(reader->arena, &value);
}

const char *mf_authres_word(struct mf_authres_reader *reader)
{
    struct mf_text word = {.max = 4096};
    if (*reader->at == '"')
        add_quoted(reader, &word);
    else
        add_run(reader, &word, " \t\r\n;(");
    return mf_text_into(reader->arena, &word);
}

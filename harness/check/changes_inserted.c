/* Text put into a part: a banner, a footer, both, or something in between; in HTML by what is seen of it. */
#include <string.h>

#include "check/changes_internal.h"

struct piece {
    const char *text;
    size_t len;
};

static bool is_tag(const char *at, const char *end, const char *name)
{
    size_t len = strlen(name);
    return (size_t)(end - at) > len && strncasecmp(at + 1, name, len) == 0;
}

/* Behind the tag at `at`; of elements that show nothing, behind their content. */
static const char *behind_tag(const char *at, const char *end)
{
    static const char *const hidden[][2] = {
        {"head", "</head"}, {"style", "</style"}, {"script", "</script"}, {"title", "</title"}, {"!--", "--"}};
    for (size_t i = 0; i < sizeof hidden / sizeof *hidden; i++)
        if (is_tag(at, end, hidden[i][0])) {
            const char *close = strcasestr(at + 1, hidden[i][1]);
            at = close && close < end ? close : end - 1;
        }
    const char *close = memchr(at, '>', (size_t)(end - at));
    return close ? close + 1 : end;
}

/* The first words that a reader sees of it, at most 60 bytes. */
static const char *seen_words(struct mf_arena *arena, struct piece piece, bool is_html)
{
    struct mf_text words = {.max = 256};
    const char *end = piece.text + piece.len;
    for (const char *at = piece.text; at < end && words.len < 60;) {
        if (is_html && *at == '<') {
            at = behind_tag(at, end);
        } else if (words.len == 0 && strchr(" \t\r\n", *at)) {
            at++;
        } else if (*at == '\n') {
            break;
        } else {
            mf_text_putc(&words, *at++);
        }
    }
    size_t bad_at = words.len;
    mf_is_utf8(mf_text_str(&words), words.len, &bad_at); /* a letter cut in two */
    const char *copy = mf_copy_bytes(arena, mf_text_str(&words), bad_at < words.len ? bad_at : words.len);
    mf_text_release(&words);
    return copy;
}

static bool shows_nothing(struct piece piece, bool is_html)
{
    const char *end = piece.text + piece.len;
    for (const char *at = piece.text; at < end;) {
        if (is_html && *at == '<')
            at = behind_tag(at, end);
        else if (strchr(" \t\r\n", *at))
            at++;
        else
            return false;
    }
    return true;
}

/* Habits of mail software that look like changes of the text. */
static const char *habit(const char *text, struct piece piece)
{
    bool at_line_start = piece.text == text || piece.text[-1] == '\n';
    if (at_line_start && piece.len == 1 && *piece.text == '>' && mf_starts(piece.text + 1, "From "))
        return ": the quoting of \"From \" that mbox files need";
    if (at_line_start && piece.len == 1 && *piece.text == '.' && piece.text[1] == '.')
        return ": the dot that SMTP doubles (RFC 5321 4.5.2) was not taken off again";
    return "";
}

static void state(struct mf_changing *changing, const char *what, const char *text, struct piece piece, bool is_html,
                  const char *exhibit)
{
    struct piece front = {text, (size_t)(piece.text - text)};
    struct piece back = {piece.text + piece.len, strlen(piece.text + piece.len)};
    bool is_last = shows_nothing(back, is_html), is_first = !is_last && shows_nothing(front, is_html);
    const char *why = habit(text, piece);
    enum mf_change_kind kind = *why       ? MF_CHANGE_TEXT_CHANGED
                               : is_last  ? MF_CHANGE_TEXT_APPENDED
                               : is_first ? MF_CHANGE_TEXT_PREPENDED
                                          : MF_CHANGE_TEXT_INSERTED;
    const char *where = is_last ? "at the end of" : is_first ? "in front of" : "inside";
    mf_change_add(changing, kind, what,
                  mf_format(changing->arena, "%zu byte%s put %s %s: \"%s\"%s", piece.len,
                            piece.len == 1 ? " was" : "s were", where, what,
                            seen_words(changing->arena, piece, is_html), why),
                  exhibit);
}

#define SLIDE_MAX 200

/* "<b>x</" + ... : the same letters stand before and behind it, so that it can begin earlier, at a tag or a line. */
static void slide(const char *text, struct piece *piece)
{
    const char *at = piece->text;
    for (size_t i = 0; i < SLIDE_MAX; i++, at--) {
        if (at == text || *at == '<' || at[-1] == '\n') {
            piece->text = at;
            return;
        }
        if (at[-1] != at[piece->len - 1])
            break;
    }
    while (piece->text > text && ((unsigned char)*piece->text & 0xC0) == 0x80 &&
           piece->text[-1] == piece->text[piece->len - 1])
        piece->text--;
}

static bool is_one_piece(const char *before, const char *after, struct piece *piece)
{
    size_t old = strlen(before), new = strlen(after), head = 0, tail = 0;
    while (head < old && head < new &&before[head] == after[head])
        head++;
    while (tail < old - head && tail < new - head &&before[old - 1 - tail] == after[new - 1 - tail])
        tail++;
    if (head + tail < old || new <= old)
        return false;
    *piece = (struct piece){after + head, new - old};
    slide(after, piece);
    return true;
}

bool mf_change_inserted(struct mf_changing *changing, const char *what, const char *before, const char *after,
                        const char *exhibit)
{
    bool is_html = strstr(what, "text/html") != NULL;
    struct piece piece;
    if (is_one_piece(before, after, &piece)) {
        state(changing, what, after, piece, is_html, exhibit);
        return true;
    }
    const char *whole = *before ? strstr(after, before) : NULL; /* something in front of it and behind it */
    if (!whole)
        return false;
    const char *behind = whole + strlen(before);
    state(changing, what, after, (struct piece){after, (size_t)(whole - after)}, is_html, exhibit);
    state(changing, what, after, (struct piece){behind, strlen(behind)}, is_html, NULL);
    return true;
}

/* Two texts of one part: appended, prepended, inserted, links, blanks, or anything else. */
#include <string.h>

#include "check/changes_internal.h"
#include "check/content.h"

static size_t link_length(const char *at)
{
    if (!mf_starts_nocase(at, "http://") && !mf_starts_nocase(at, "https://"))
        return 0;
    return strcspn(at, " \t\r\n\"'<>)");
}

/* The text with every link as one sign; *links: each on a line. */
static const char *without_links(struct mf_arena *arena, const char *text, struct mf_text *links)
{
    char *copy = mf_alloc(arena, strlen(text) + 1), *to = copy;
    while (*text) {
        size_t len = link_length(text);
        if (len) {
            mf_text_add(links, text, len);
            mf_text_puts(links, "\n");
            *to++ = '\x01';
        } else {
            *to++ = *text;
        }
        text += len ? len : 1;
    }
    *to = '\0';
    return copy;
}

static bool only_links_differ(struct mf_changing *changing, const char *what, const char *before, const char *after)
{
    struct mf_arena *arena = changing->arena;
    struct mf_text old = {.max = 1 << 20}, new = {.max = 1 << 20};
    bool same = strcmp(without_links(arena, before, &old), without_links(arena, after, &new)) == 0 && old.len;
    if (same) {
        struct mf_diff diff = mf_diff_lines(arena, mf_text_bytes(&old), mf_text_bytes(&new), 12);
        mf_change_add(changing, MF_CHANGE_LINKS_REWRITTEN, what,
                      mf_format(arena, "%zu link%s in %s lead elsewhere, the rest of the text is as it was",
                                diff.removed, diff.removed == 1 ? "" : "s", what),
                      diff.text);
    }
    mf_text_release(&old);
    mf_text_release(&new);
    return same;
}

static const char *first_words(struct mf_arena *arena, const char *text, size_t len)
{
    while (len && strchr(" \t\r\n", *text)) {
        text++;
        len--;
    }
    size_t shown = 0;
    while (shown < len && shown < 60 && text[shown] != '\n')
        shown++;
    while (shown && shown < len && ((unsigned char)text[shown] & 0xC0) == 0x80)
        shown--;
    return mf_copy_bytes(arena, text, shown);
}

/* Is all that differs one piece put in somewhere? */
static bool only_inserted(struct mf_changing *changing, const char *what, const char *before, const char *after,
                          const char *exhibit)
{
    struct mf_arena *arena = changing->arena;
    size_t old = strlen(before), new = strlen(after), head = 0, tail = 0;
    while (head < old && head < new &&before[head] == after[head])
        head++;
    while (tail < old - head && tail < new - head &&before[old - 1 - tail] == after[new - 1 - tail])
        tail++;
    if (head + tail < old || new <= old)
        return false;
    enum mf_change_kind kind = head == old   ? MF_CHANGE_TEXT_APPENDED
                               : tail == old ? MF_CHANGE_TEXT_PREPENDED
                                             : MF_CHANGE_TEXT_INSERTED;
    const char *where = head == old ? "at the end of" : tail == old ? "in front of" : "inside";
    mf_change_add(changing, kind, what,
                  mf_format(arena, "%zu bytes were put %s %s: \"%s\"", new - old, where, what,
                            first_words(arena, after + head, new - old)),
                  exhibit);
    return true;
}

void mf_change_texts(struct mf_changing *changing, const char *what, const char *before, const char *after)
{
    struct mf_arena *arena = changing->arena;
    const char *old = mf_plain_text(arena, mf_bytes_of(before)), *new = mf_plain_text(arena, mf_bytes_of(after));
    struct mf_diff diff = mf_diff_lines(arena, mf_bytes_of(old), mf_bytes_of(new), 16);
    if (strcmp(old, new) == 0) {
        mf_change_add(changing, MF_CHANGE_TRAILING_SPACE, what,
                      mf_format(arena,
                                "%s differs only in blanks at the ends of lines or in empty lines at its end: this "
                                "breaks DKIM with c=simple, not with c=relaxed",
                                what),
                      NULL);
        return;
    }
    if (only_links_differ(changing, what, old, new) || only_inserted(changing, what, old, new, diff.text))
        return;
    enum mf_change_kind kind = diff.only_appended    ? MF_CHANGE_TEXT_APPENDED
                               : diff.only_prepended ? MF_CHANGE_TEXT_PREPENDED
                               : diff.removed == 0   ? MF_CHANGE_TEXT_INSERTED
                                                     : MF_CHANGE_TEXT_CHANGED;
    mf_change_add(changing, kind, what,
                  mf_format(arena, "%s: %zu lines are new, %zu are gone", what, diff.added, diff.removed), diff.text);
}

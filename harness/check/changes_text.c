/* Two texts of one part: appended, prepended, inserted, links, blanks, or anything else. */
#include <string.h>

#include "check/changes_internal.h"
#include "check/content.h"

static size_t link_length(const char *at)
{
    bool may_be = *at == 'h' || *at == 'H';
    if (!may_be || (!mf_starts_nocase(at, "http://") && !mf_starts_nocase(at, "https://")))
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
                      mf_format(arena, "%zu link%s in %s lead%s elsewhere, the rest of the text is as it was",
                                diff.removed, diff.removed == 1 ? "" : "s", what, diff.removed == 1 ? "s" : ""),
                      diff.text);
    }
    mf_text_release(&old);
    mf_text_release(&new);
    return same;
}

static bool only_lines_are_broken_otherwise(struct mf_changing *changing, const char *what, const char *before,
                                            const char *after, const char *exhibit)
{
    const char *a = before, *b = after;
    for (;; a++, b++) {
        while (*a == ' ' || *a == '\t' || *a == '\n')
            a++;
        while (*b == ' ' || *b == '\t' || *b == '\n')
            b++;
        if (*a != *b || !*a)
            break;
    }
    if (*a || *b)
        return false;
    mf_change_add(changing, MF_CHANGE_BODY_REENCODED, what,
                  mf_format(changing->arena,
                            "%s has the same words with other blanks or line breaks (wrapped anew, or format=flowed "
                            "undone): signatures over the body break",
                            what),
                  exhibit);
    return true;
}

static const char *lines_text(struct mf_arena *arena, size_t lines, const char *words)
{
    return mf_format(arena, "%zu line%s %s %s", lines, lines == 1 ? "" : "s", lines == 1 ? "is" : "are", words);
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
    if (only_links_differ(changing, what, old, new) ||
        only_lines_are_broken_otherwise(changing, what, old, new, diff.text) ||
        mf_change_inserted(changing, what, old, new, diff.text))
        return;
    enum mf_change_kind kind = diff.only_appended    ? MF_CHANGE_TEXT_APPENDED
                               : diff.only_prepended ? MF_CHANGE_TEXT_PREPENDED
                               : diff.removed == 0   ? MF_CHANGE_TEXT_INSERTED
                                                     : MF_CHANGE_TEXT_CHANGED;
    mf_change_add(changing, kind, what,
                  mf_format(arena, "%s: %s, %s", what, lines_text(arena, diff.added, "new"),
                            lines_text(arena, diff.removed, "gone")),
                  diff.text);
}

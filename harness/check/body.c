/* The text as sent, or as the expectation's own words want it. */
#include <string.h>

#include "check/content.h"

static const char *const needs[] = {"arrived", NULL};

static const char *first_line(struct mf_arena *arena, const char *text)
{
    while (*text == '\n' || *text == ' ')
        text++;
    size_t len = strcspn(text, "\n");
    if (strncmp(text, "--\n", 3) == 0) /* a signature's separator says nothing */
        return first_line(arena, text + 3);
    return mf_copy_bytes(arena, text, len > 60 ? 60 : len);
}

/* Where the new links lead: the same service in every message. */
static const char *host_of_new_link(struct mf_arena *arena, const char *exhibit)
{
    const char *line = exhibit[0] == '+' ? exhibit : strstr(exhibit, "\n+");
    const char *host = line ? strstr(line, "://") : NULL;
    return host ? mf_copy_bytes(arena, host + 3, strcspn(host + 3, "/?#:\n ")) : "links";
}

static void state_change(struct mf_check_context *context, const struct mf_change *change)
{
    bool links = change->kind == MF_CHANGE_LINKS_REWRITTEN;
    const char *scope = links ? host_of_new_link(context->arena, change->exhibit) : change->what;
    struct mf_fact *fact =
        mf_fact_add(context, links ? "content.links-rewritten" : "content.charset-changed", MF_FACT_BAD,
                    MF_SEGMENT_CONTENT, scope, links ? "links rewritten" : "character set lost", change->text);
    if (*change->exhibit)
        mf_fact_show(context, fact, MF_EXHIBIT_DIFF, "", change->exhibit);
}

/* Links led elsewhere, or a character set that no longer fits, in any part that is text: told as such, each once.
 * True when that is all that happened to the text shown. */
static bool state_known(struct mf_check_context *context, const struct mf_seen *sent, const struct mf_seen *seen)
{
    const struct mf_changes *changes = mf_seen_changes(context, sent, seen);
    size_t count;
    const struct mf_part *parts = mf_seen_parts(context, sent, &count);
    long shown = mf_text_part(parts, count);
    bool links = false, charset = false, explained = false;
    for (size_t i = 0; i < changes->count; i++) {
        const struct mf_change *change = &changes->items[i];
        bool is_charset = change->kind == MF_CHANGE_CHARSET && change->is_visible;
        bool *told = is_charset ? &charset : &links;
        if (!is_charset && change->kind != MF_CHANGE_LINKS_REWRITTEN)
            continue;
        if (!*told)
            state_change(context, change);
        *told = true;
        explained = explained || (shown >= 0 && mf_same(change->what, mf_part_name(context->arena, &parts[shown])));
    }
    return explained;
}

static void judge_as_sent(struct mf_check_context *context, const struct mf_seen *sent, const struct mf_seen *seen)
{
    struct mf_arena *arena = context->arena;
    if (state_known(context, sent, seen))
        return;
    const char *before = mf_plain_text(arena, mf_bytes_of(mf_seen_text(context, sent)));
    const char *after = mf_plain_text(arena, mf_bytes_of(mf_seen_text(context, seen)));
    if (strcmp(before, after) == 0)
        return;
    struct mf_diff diff = mf_diff_lines(arena, mf_bytes_of(before), mf_bytes_of(after), 12);
    const char *added = first_line(arena, diff.added_text),
               *kind = mf_kind_name(mf_case(context)->expect->kind_of_mail);
    struct mf_fact *fact;
    if (diff.only_appended)
        fact = mf_fact_add(context, "content.footer-added", MF_FACT_BAD, MF_SEGMENT_CONTENT, added, "footer added",
                           mf_format(arena, "%zu lines were added at the end, \"%s\"", diff.added, added));
    else if (diff.only_prepended)
        fact = mf_fact_add(context, "content.banner-added", MF_FACT_BAD, MF_SEGMENT_CONTENT, added, "banner added",
                           mf_format(arena, "%zu lines were put in front, \"%s\"", diff.added, added));
    else
        fact =
            mf_fact_add(context, "content.changed", MF_FACT_BAD, MF_SEGMENT_CONTENT, kind, "text changed",
                        *after ? mf_format(arena, "the text is not as sent: %zu lines are new, %zu are gone",
                                           diff.added, diff.removed)
                               : mf_format(arena, "the text is gone: %zu lines were sent, none arrived", diff.removed));
    mf_fact_show(context, fact, MF_EXHIBIT_DIFF, "", diff.text);
}

static void judge_matcher(struct mf_check_context *context, const struct mf_matcher *matcher,
                          const struct mf_seen *seen)
{
    const char *text = mf_plain_text(context->arena, mf_bytes_of(mf_seen_text(context, seen)));
    if (mf_matcher_matches(matcher, text))
        return;
    const char *how = matcher->kind == MF_MATCH_REGEX ? "does not match" : "is not";
    mf_fact_add(context, "text.differs", MF_FACT_BAD, MF_SEGMENT_CONTENT, matcher->text, "text differs",
                mf_format(context->arena, "the text %s \"%.200s\"; it begins \"%.80s\"", how, matcher->text,
                          first_line(context->arena, text)));
}

static void judge(struct mf_check_context *context, const struct mf_expect *expect)
{
    const struct mf_case *at = mf_case(context);
    const struct mf_seen *sent = mf_seen_sent(context, at->sent);
    if (!at->arrival)
        return;
    const struct mf_seen *seen = mf_seen_copy(context, at);
    if (expect->text)
        judge_matcher(context, expect->text, seen);
    else if (sent)
        judge_as_sent(context, sent, seen);
}

const struct mf_check mf_check_body = {"body", "the text as sent", needs, mf_expects_arrival, judge};

/* Header fields as the expectation's own words want them: header, no-header. */
#include "check/content.h"

static const char *const needs[] = {"arrived", NULL};

/* The n-th value that matches, or NULL. */
static const char *matching(struct mf_arena *arena, const struct mf_message *message,
                            const struct mf_header_expect *wanted)
{
    const struct mf_header *field;
    for (size_t n = 0; (field = mf_message_header(message, wanted->name, n)); n++) {
        const char *value = mf_header_text(arena, field, true);
        if (!wanted->matcher.text || mf_matcher_matches(&wanted->matcher, value))
            return value;
    }
    return NULL;
}

static void judge_absent(struct mf_check_context *context, const struct mf_header_expect *wanted,
                         const struct mf_message *message)
{
    const char *found = matching(context->arena, message, wanted);
    if (found)
        mf_fact_add(context, "header.forbidden", MF_FACT_BAD, MF_SEGMENT_CONTENT, wanted->name,
                    mf_format(context->arena, "%s there", wanted->name),
                    mf_format(context->arena, "%s: %s — it must not be there", wanted->name, found));
}

static void judge_present(struct mf_check_context *context, const struct mf_header_expect *wanted,
                          const struct mf_message *message)
{
    struct mf_arena *arena = context->arena;
    if (matching(arena, message, wanted))
        return;
    const struct mf_header *field = mf_message_header(message, wanted->name, 0);
    const char *how = wanted->matcher.kind == MF_MATCH_REGEX ? "to match /" : "\"",
               *end = wanted->matcher.kind == MF_MATCH_REGEX ? "/" : "\"";
    const char *words =
        field ? mf_format(arena, "%s is \"%s\", expected %s%s%s", wanted->name, mf_header_text(arena, field, true), how,
                          wanted->matcher.text, end)
              : mf_format(arena, "there is no %s, expected %s%s%s", wanted->name, how, wanted->matcher.text, end);
    mf_fact_add(context, field ? "header.differs" : "header.missing", MF_FACT_BAD, MF_SEGMENT_CONTENT, wanted->name,
                mf_format(arena, field ? "%s differs" : "%s missing", wanted->name), words);
}

static void judge(struct mf_check_context *context, const struct mf_expect *expect)
{
    const struct mf_case *at = mf_case(context);
    if (!at->arrival || expect->header_count == 0)
        return;
    const struct mf_message *message = mf_seen_copy(context, at)->message;
    for (size_t i = 0; i < expect->header_count; i++)
        if (expect->headers[i].absent)
            judge_absent(context, &expect->headers[i], message);
        else
            judge_present(context, &expect->headers[i], message);
}

const struct mf_check mf_check_headers = {"headers", "header fields as expected", needs, mf_expects_arrival, judge};

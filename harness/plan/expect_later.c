/* Expectations that a later version judges: their form is checked now. */
#include "plan/expect_internal.h"

#include <regex.h>
#include <string.h>

/* --- like, capture --- */

bool mf_expect_like(struct mf_binder *b, const struct mf_node *node, void *target)
{
    const char *path;
    struct mf_bytes bytes;
    (void)target;
    return mf_bind_file(b, node, &path, &bytes);
}

struct capture_draft {
    const char *header;
    struct mf_matcher match, text;
};

static bool has_group(struct mf_binder *b, const struct mf_node *node, const struct mf_matcher *matcher)
{
    regex_t compiled;
    bool group = matcher->kind == MF_MATCH_REGEX && regcomp(&compiled, matcher->text, REG_EXTENDED) == 0;
    if (group) {
        group = compiled.re_nsub > 0;
        regfree(&compiled);
    }
    return group || mf_tell(b, node->place, "/(…)/: what is in parentheses is captured", "\"%s\" captures nothing",
                            matcher->text);
}
static bool capture_header(struct mf_binder *b, const struct mf_node *node, void *target)
{
    struct capture_draft *draft = target;
    return mf_bind_text(b, node, &draft->header) &&
           (mf_is_header_name(draft->header) ||
            mf_tell(b, node->place, "such as Message-ID", "\"%s\" is no name of a header field", draft->header));
}
static bool capture_match(struct mf_binder *b, const struct mf_node *node, void *target)
{
    struct mf_matcher *matcher = &((struct capture_draft *)target)->match;
    return mf_bind_matcher(b, node, matcher) && has_group(b, node, matcher);
}
static bool capture_text(struct mf_binder *b, const struct mf_node *node, void *target)
{
    struct mf_matcher *matcher = &((struct capture_draft *)target)->text;
    return mf_bind_matcher(b, node, matcher) && has_group(b, node, matcher);
}
static const struct mf_key capture_keys[] = {
    {"header", "text", "", "the header field to look at", capture_header, MF_KEY_LATER, NULL},
    {"match", "matcher", "all of it", "/(..)/: the part in parentheses", capture_match, MF_KEY_LATER, "regex"},
    {"text", "matcher", "", "/(..)/: looked for in the text", capture_text, MF_KEY_LATER, "body"},
};
static const struct mf_table capture_table = {"Capture", capture_keys, 3};
const struct mf_form mf_form_capture = {"a capture", "\"capture\" of an expectation", MF_IN_SCENARIO, {&capture_table}};

static bool bind_capture(struct mf_binder *b, const struct mf_pair *pair)
{
    struct capture_draft draft = {.header = NULL};
    if (!mf_bind_variable_name(b, pair->key, true))
        return false;
    if (pair->value->kind == MF_NODE_TEXT)
        return capture_header(b, pair->value, &draft);
    if (!mf_keys_bind(b, &mf_form_capture, pair->value, &draft))
        return false;
    return !draft.header != !draft.text.text ||
           mf_tell(b, pair->value->place, "{header: H, match: /(..)/} or {text: /(..)/}",
                   "a capture looks at a header or at the text");
}

bool mf_expect_capture(struct mf_binder *b, const struct mf_node *node, void *target)
{
    (void)target;
    if (!mf_want_map(b, node))
        return false;
    bool good = true;
    for (size_t i = 0; i < node->count; i++)
        good &= bind_capture(b, &node->pairs[i]);
    return good;
}

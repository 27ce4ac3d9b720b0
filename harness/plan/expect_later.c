/* Expectations that a later version judges: their form is checked now. */
#include "plan/expect_internal.h"

#include <regex.h>
#include <string.h>

/* --- bounce: RFC 3464 --- */

struct bounce_draft {
    struct mf_matcher diagnostic;
    const struct mf_mailbox *at;
    const char *remote_mta;
};

static const char *const actions[] = {"failed", "delayed", "delivered", "relayed", "expanded"}; /* RFC 3464, 2.3.3 */

/* x.y.z; class 2, 4 or 5 (RFC 3463), or x for any. */
static bool is_status(const char *text)
{
    size_t dots = 0;
    if (!strchr("245x", text[0]) || text[1] != '.')
        return false;
    for (const char *c = text + 1; *c; c++) {
        dots += *c == '.';
        if (*c != '.' && *c != 'x' && (*c < '0' || *c > '9'))
            return false;
        if (*c == '.' && (c[1] == '.' || c[1] == '\0'))
            return false;
    }
    return dots == 2;
}

static bool bounce_action(struct mf_binder *b, const struct mf_node *node, void *target)
{
    struct mf_value value;
    (void)target;
    return mf_bind_value(b, node, &value) && mf_word_among(b, &value, actions, 5) >= 0;
}
static bool bounce_status(struct mf_binder *b, const struct mf_node *node, void *target)
{
    struct mf_value value;
    (void)target;
    return mf_bind_value(b, node, &value) &&
           (is_status(value.text) || mf_tell(b, value.place, "such as 5.1.1", "\"%s\" is no status code", value.text));
}
static bool bounce_diagnostic(struct mf_binder *b, const struct mf_node *node, void *target)
{
    return mf_bind_matcher(b, node, &((struct bounce_draft *)target)->diagnostic);
}
static bool bounce_remote_mta(struct mf_binder *b, const struct mf_node *node, void *target)
{
    return mf_bind_text(b, node, &((struct bounce_draft *)target)->remote_mta);
}
static bool bounce_at(struct mf_binder *b, const struct mf_node *node, void *target)
{
    struct mf_value value;
    return mf_bind_value(b, node, &value) && mf_bind_mailbox(b, &value, NULL, &((struct bounce_draft *)target)->at);
}
static const struct mf_key bounce_keys[] = {
    {"action", "word:failed | delayed | delivered | relayed | expanded", "failed", "of RFC 3464", bounce_action,
     MF_KEY_LATER, NULL},
    {"status", "text", "", "x.y.z", bounce_status, MF_KEY_LATER, "code"},
    {"diagnostic", "matcher", "", "the remote server's words", bounce_diagnostic, MF_KEY_LATER, "text"},
    {"remote-mta", "text", "", "who refused", bounce_remote_mta, MF_KEY_LATER, NULL},
    {"at", "mailbox", "the envelope sender's", "where the bounce arrives", bounce_at, MF_KEY_LATER, NULL},
};
static const struct mf_table bounce_table = {"Bounce", bounce_keys, sizeof bounce_keys / sizeof *bounce_keys};
const struct mf_form mf_form_bounce = {"a bounce", "\"bounce\" of an expectation", MF_IN_SCENARIO, {&bounce_table}};

static bool bounce_word(struct mf_binder *b, const struct mf_value *word)
{
    if (is_status(word->text))
        return true;
    return mf_word_among(b, word, actions, 5) >= 0;
}

/* [action] [x.y.z] [/text/] */
static bool bounce_text(struct mf_binder *b, const struct mf_node *node)
{
    struct mf_value value;
    if (!mf_bind_value(b, node, &value))
        return false;
    for (size_t at = strspn(value.text, " "); value.text[at];) {
        if (value.text[at] == '/') {
            struct mf_value part = mf_value_part(b, &value, at, strlen(value.text) - at);
            const char *regex;
            bool nocase, is_regex;
            return mf_check_regex(b, &part, &regex, &nocase, &is_regex) &&
                   (is_regex || mf_tell(b, part.place, "a text to look for stands in slashes, last: /text/",
                                        "\"%s\" does not end with a slash", part.text));
        }
        size_t len = strcspn(value.text + at, " ");
        struct mf_value word = mf_value_part(b, &value, at, len);
        if (!bounce_word(b, &word))
            return false;
        at += len + strspn(value.text + at + len, " ");
    }
    return true;
}

bool mf_expect_bounce(struct mf_binder *b, const struct mf_node *node, void *target)
{
    struct mf_expect_draft *draft = target;
    struct bounce_draft bounce = {.at = NULL};
    draft->bounce = true;
    draft->pattern.kind = MF_EXPECT_ACCEPTED;
    if (node->empty)
        return true;
    return node->kind == MF_NODE_MAP ? mf_keys_bind(b, &mf_form_bounce, node, &bounce) : bounce_text(b, node);
}

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

/* Expectations about bounces (RFC 3464): what one should say, and in whose mailbox it arrives. */
#include "plan/expect_internal.h"

#include "plan/site_internal.h"

#include <string.h>

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

static struct mf_expect *pattern_of(void *target)
{
    return &((struct mf_expect_draft *)target)->pattern;
}

static bool take_action(struct mf_binder *b, const struct mf_value *word, struct mf_expect *pattern)
{
    int number = mf_word_among(b, word, actions, 5);
    if (number >= 0)
        pattern->bounce.action = actions[number];
    return number >= 0;
}
static bool bounce_action(struct mf_binder *b, const struct mf_node *node, void *target)
{
    struct mf_value value;
    return mf_bind_value(b, node, &value) && take_action(b, &value, pattern_of(target));
}
static bool bounce_status(struct mf_binder *b, const struct mf_node *node, void *target)
{
    struct mf_value value;
    if (!mf_bind_value(b, node, &value))
        return false;
    pattern_of(target)->bounce.status = value.text;
    return is_status(value.text) || mf_tell(b, value.place, "such as 5.1.1", "\"%s\" is no status code", value.text);
}
static bool bounce_diagnostic(struct mf_binder *b, const struct mf_node *node, void *target)
{
    return mf_bind_matcher(b, node, &pattern_of(target)->bounce.diagnostic);
}
static bool bounce_remote_mta(struct mf_binder *b, const struct mf_node *node, void *target)
{
    return mf_bind_text(b, node, &pattern_of(target)->bounce.remote_mta);
}
static bool bounce_at(struct mf_binder *b, const struct mf_node *node, void *target)
{
    struct mf_value value;
    return mf_bind_value(b, node, &value) && mf_bind_mailbox(b, &value, NULL, &pattern_of(target)->bounces_at);
}
static const struct mf_key bounce_keys[] = {
    {"action", "word:failed | delayed | delivered | relayed | expanded", "failed", "of RFC 3464", bounce_action, 0,
     NULL},
    {"status", "text", "", "x.y.z", bounce_status, 0, "code"},
    {"diagnostic", "matcher", "", "the remote server's words", bounce_diagnostic, 0, "text"},
    {"remote-mta", "text", "", "who refused", bounce_remote_mta, 0, NULL},
    {"at", "mailbox", "the envelope sender's", "where the bounce arrives", bounce_at, 0, NULL},
};
static const struct mf_table bounce_table = {"Bounce", bounce_keys, sizeof bounce_keys / sizeof *bounce_keys};
const struct mf_form mf_form_bounce = {"a bounce", "\"bounce\" of an expectation", MF_IN_SCENARIO, {&bounce_table}};

static bool bounce_word(struct mf_binder *b, const struct mf_value *word, struct mf_expect *pattern)
{
    if (!is_status(word->text))
        return take_action(b, word, pattern);
    pattern->bounce.status = word->text;
    return true;
}

/* /text/ or /text/i, with blanks in it: the last part. */
static bool bounce_words(struct mf_binder *b, const struct mf_value *part, struct mf_matcher *matcher)
{
    bool is_regex;
    *matcher = (struct mf_matcher){.kind = MF_MATCH_REGEX, .place = part->place};
    return mf_check_regex(b, part, &matcher->text, &matcher->nocase, &is_regex) &&
           (is_regex || mf_tell(b, part->place, "a text to look for stands in slashes, last: /text/",
                                "\"%s\" does not end with a slash", part->text));
}

/* [action] [x.y.z] [/text/] */
static bool bounce_text(struct mf_binder *b, const struct mf_node *node, struct mf_expect *pattern)
{
    struct mf_value value;
    if (!mf_bind_value(b, node, &value))
        return false;
    for (size_t at = strspn(value.text, " "); value.text[at];) {
        bool last = value.text[at] == '/';
        size_t len = last ? strlen(value.text) - at : strcspn(value.text + at, " ");
        struct mf_value part = mf_value_part(b, &value, at, len);
        if (last)
            return bounce_words(b, &part, &pattern->bounce.diagnostic);
        if (!bounce_word(b, &part, pattern))
            return false;
        at += len + strspn(value.text + at + len, " ");
    }
    return true;
}

bool mf_expect_bounce(struct mf_binder *b, const struct mf_node *node, void *target)
{
    struct mf_expect *pattern = pattern_of(target);
    pattern->kind = MF_EXPECT_BOUNCE;
    pattern->bounce.action = "failed";
    if (node->empty)
        return true;
    return node->kind == MF_NODE_MAP ? mf_keys_bind(b, &mf_form_bounce, node, target) : bounce_text(b, node, pattern);
}

/* --- where it comes --- */

/* Nobody answers a null sender; what goes wrong all the same goes to whom From names. */
static const char *sender_of(const struct mf_flow *flow)
{
    return flow->mail_from && *flow->mail_from ? flow->mail_from : flow->from;
}

bool mf_expect_bounces_at(struct mf_binder *b, struct mf_expect *expect)
{
    const struct mf_flow *flow = b->draft->flow;
    bool wanted = expect->kind == MF_EXPECT_BOUNCE;
    if (expect->bounces_at || b->draft->broken[MF_FLOW_FROM] || b->draft->broken[MF_FLOW_MAIL_FROM] || !flow->from)
        return true;
    if (wanted && flow->mail_from && !*flow->mail_from)
        return mf_tell(b, expect->place, "refused, nobody, or an envelope sender",
                       "with a null envelope sender there is no bounce");
    const char *address = sender_of(flow);
    const struct mf_person *person = mf_site_person_at(b->site, address);
    expect->bounces_at = person ? mf_person_mailbox(person, NULL) : NULL;
    return expect->bounces_at || b->draft->absent ||
           mf_tell(
               b, expect->place,
               wanted
                   ? "at: says in whose mailbox it arrives; or give that address to a person of the site, as an alias"
                   : "give that address to a person of the site, as an alias",
               "a bounce goes to %s, and that is no mailbox of the site", address);
}

/* --- does one fit? --- */

/* "5.x.x" and "5.1.1" */
static bool status_fits(const char *wanted, const char *status)
{
    while (*wanted && *status) {
        size_t want = strcspn(wanted, "."), have = strcspn(status, ".");
        bool any = want == 1 && *wanted == 'x';
        if (!any && (want != have || strncmp(wanted, status, want) != 0))
            return false;
        wanted += want + (wanted[want] == '.');
        status += have + (status[have] == '.');
    }
    return !*wanted && !*status;
}

static bool host_fits(const char *wanted, const char *host)
{
    return wanted[0] == '.' ? mf_ends_nocase(host, wanted) : mf_same_nocase(host, wanted);
}

static bool is_about(const struct mf_expect *expect, const struct mf_dsn_recipient *recipient)
{
    for (size_t i = 0; i < expect->recipient_count; i++)
        if (mf_same_nocase(expect->recipients[i]->address, recipient->final) ||
            mf_same_nocase(expect->recipients[i]->address, recipient->original))
            return true;
    return expect->recipient_count == 0;
}

bool mf_bounce_fits(const struct mf_expect *expect, const struct mf_dsn_recipient *recipient)
{
    const struct mf_bounce_expect *wanted = &expect->bounce;
    return is_about(expect, recipient) && mf_same(wanted->action, recipient->action) &&
           (!wanted->status || status_fits(wanted->status, recipient->status)) &&
           (!wanted->remote_mta || host_fits(wanted->remote_mta, recipient->remote_mta)) &&
           (!wanted->diagnostic.text || mf_matcher_matches(&wanted->diagnostic, recipient->diagnostic));
}

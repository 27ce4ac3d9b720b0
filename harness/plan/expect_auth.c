/* dkim, spf, dmarc, arc of an expectation. */
#include "plan/expect_internal.h"

#include <string.h>

/* The words of RFC 8601, 2.7, for each method. */
static const char *const results[][9] = {
    {"any", "none", "pass", "fail", "policy", "neutral", "temperror", "permerror", NULL},
    {"any", "none", "pass", "fail", "softfail", "neutral", "temperror", "permerror", NULL},
    {"any", "none", "pass", "fail", "temperror", "permerror", NULL},
    {"any", "none", "pass", "fail", NULL},
};
enum method { DKIM, SPF, DMARC, ARC };

struct auth_draft {
    struct mf_auth_expect *auth;
    enum method method;
};

static bool bind_result(struct mf_binder *b, const struct mf_node *node, struct auth_draft *draft)
{
    struct mf_value value;
    const char *const *words = results[draft->method];
    size_t count = 0;
    while (words[count])
        count++;
    if (!mf_bind_value(b, node, &value))
        return false;
    if (strchr(value.text, '.') && mf_is_domain(value.text))
        return mf_tell(b, value.place, mf_format(b->arena, "write {domain: %s}", value.text),
                       "\"%s\" is a domain, not a result", value.text);
    int number = mf_word_among(b, &value, words, count);
    draft->auth->want = number == 0 ? MF_AUTH_NOT_JUDGED : MF_AUTH_RESULT;
    draft->auth->result = number > 0 ? words[number] : NULL;
    return number >= 0;
}

static bool auth_result(struct mf_binder *b, const struct mf_node *node, void *target)
{
    return bind_result(b, node, target);
}
static bool auth_domain(struct mf_binder *b, const struct mf_node *node, void *target)
{
    const char **domain = &((struct auth_draft *)target)->auth->domain;
    return mf_bind_text(b, node, domain) && (mf_is_domain(*domain) || mf_tell(b, node->place, "the d= of the signature",
                                                                              "\"%s\" is no domain", *domain));
}
static bool auth_selector(struct mf_binder *b, const struct mf_node *node, void *target)
{
    return mf_bind_text(b, node, &((struct auth_draft *)target)->auth->selector);
}
static const struct mf_key auth_keys[] = {
    {"result", "text", "pass", "RFC 8601 result", auth_result, 0, NULL},
    {"domain", "text", "", "the domain that it is about, d= of DKIM", auth_domain, 0, "d"},
    {"selector", "text", "", "s= of DKIM", auth_selector, 0, "s"},
};
static const struct mf_table auth_table = {"Authentication result", auth_keys, 3};
const struct mf_form mf_form_auth = {
    "an authentication result", "dkim, spf, dmarc or arc of an expectation", MF_IN_SCENARIO, {&auth_table}};

static bool bind_auth(struct mf_binder *b, const struct mf_node *node, struct mf_auth_expect *auth, enum method method)
{
    struct auth_draft draft = {auth, method};
    *auth = (struct mf_auth_expect){.want = MF_AUTH_RESULT, .given = true, .place = node->place};
    bool good = node->kind == MF_NODE_MAP ? mf_keys_bind(b, &mf_form_auth, node, &draft) : bind_result(b, node, &draft);
    if (auth->want == MF_AUTH_RESULT && !auth->result)
        auth->result = "pass";
    return good;
}
bool mf_expect_dkim(struct mf_binder *b, const struct mf_node *node, void *target)
{
    return bind_auth(b, node, &((struct mf_expect_draft *)target)->pattern.dkim, DKIM);
}
bool mf_expect_spf(struct mf_binder *b, const struct mf_node *node, void *target)
{
    return bind_auth(b, node, &((struct mf_expect_draft *)target)->pattern.spf, SPF);
}
bool mf_expect_dmarc(struct mf_binder *b, const struct mf_node *node, void *target)
{
    return bind_auth(b, node, &((struct mf_expect_draft *)target)->pattern.dmarc, DMARC);
}
bool mf_expect_arc(struct mf_binder *b, const struct mf_node *node, void *target)
{
    return bind_auth(b, node, &((struct mf_expect_draft *)target)->pattern.arc, ARC);
}

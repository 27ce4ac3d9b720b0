/* Regular expressions, matchers, and replies of servers. */
#include "plan/bind_internal.h"

#include <regex.h>
#include <string.h>

/* POSIX has no \d; glibc takes it for the letter d, which would never be told. */
static bool refuse_perl(struct mf_binder *b, const struct mf_value *value, const char *regex)
{
    for (const char *at = regex; (at = strchr(at, '\\')); at += at[1] ? 2 : 1)
        if (at[1] == 'd' || at[1] == 'D')
            return mf_tell(b, value->place, "write [0-9] (POSIX extended regular expressions)",
                           "\"%.2s\" means no digit in this kind of regular expression", at);
    return true;
}

static bool compiles(struct mf_binder *b, const struct mf_value *value, const char *regex)
{
    regex_t compiled;
    int code = regcomp(&compiled, regex, REG_EXTENDED | REG_NOSUB);
    if (code == 0) {
        regfree(&compiled);
        return true;
    }
    char reason[128];
    regerror(code, &compiled, reason, sizeof reason);
    return mf_tell(b, value->place, "POSIX extended regular expressions; \\ before a letter that is meant as it is",
                   "\"%s\" is no regular expression: %s", value->text, reason);
}

bool mf_check_regex(struct mf_binder *b, const struct mf_value *value, const char **regex, bool *nocase, bool *is_regex)
{
    size_t len = strlen(value->text), body = len;
    *nocase = len > 2 && value->text[len - 1] == 'i' && value->text[len - 2] == '/';
    body -= *nocase ? 1 : 0;
    *is_regex = body >= 2 && value->text[0] == '/' && value->text[body - 1] == '/';
    if (!*is_regex) {
        *nocase = false;
        return true;
    }
    if (body == 2)
        return mf_tell(b, value->place, "/./ matches whatever is not empty", "an empty regular expression");
    *regex = mf_copy_bytes(b->arena, value->text + 1, body - 2);
    return refuse_perl(b, value, *regex) && compiles(b, value, *regex);
}

bool mf_bind_matcher(struct mf_binder *b, const struct mf_node *node, struct mf_matcher *matcher)
{
    struct mf_value value;
    bool is_regex;
    if (!mf_bind_value(b, node, &value))
        return false;
    matcher->text = value.text;
    matcher->place = value.place;
    if (!mf_check_regex(b, &value, &matcher->text, &matcher->nocase, &is_regex))
        return false;
    matcher->kind = is_regex ? MF_MATCH_REGEX : MF_MATCH_EQUAL;
    return true;
}

bool mf_matcher_matches(const struct mf_matcher *matcher, const char *value)
{
    regex_t compiled;
    if (matcher->kind == MF_MATCH_EQUAL)
        return strcmp(matcher->text, value) == 0;
    int flags = REG_EXTENDED | REG_NOSUB | (matcher->nocase ? REG_ICASE : 0);
    if (regcomp(&compiled, matcher->text, flags) != 0)
        return false;
    bool found = regexec(&compiled, value, 0, NULL, 0) == 0;
    regfree(&compiled);
    return found;
}

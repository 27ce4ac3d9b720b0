/* What a server should reply: [PHASE] [code] [x.y.z] [/text/]. */
#include "plan/bind_internal.h"

#include <ctype.h>
#include <string.h>

static const char *const phases[] = {"", "CONNECT", "TLS", "EHLO", "AUTH", "MAIL", "RCPT", "DATA", "END-OF-DATA"};
#define PHASES (sizeof phases / sizeof *phases)

const char *mf_phase_name(enum mf_phase phase)
{
    return (size_t)phase < PHASES ? phases[phase] : "";
}

static bool is_code(const char *word)
{
    return strlen(word) == 3 && isdigit((unsigned char)word[0]) &&
           (isdigit((unsigned char)word[1]) || word[1] == 'x') && (isdigit((unsigned char)word[2]) || word[2] == 'x');
}

/* RFC 3463: class.subject.detail */
static bool is_enhanced(const char *word)
{
    size_t first = strspn(word, "0123456789");
    if (first != 1 || word[1] != '.')
        return false;
    size_t second = strspn(word + 2, "0123456789");
    if (second == 0 || second > 3 || word[2 + second] != '.')
        return false;
    size_t third = strspn(word + 3 + second, "0123456789");
    return third > 0 && third < 4 && word[3 + second + third] == '\0';
}

/* "refused" is for good (5xx), "deferred" for now (4xx). */
static bool right_class(struct mf_binder *b, const struct mf_value *word, const struct mf_value *whole, int class)
{
    if (word->text[0] - '0' == class)
        return true;
    const char *other = class == 5 ? "deferred" : "refused";
    int other_class = class == 5 ? 4 : 5;
    const char *hint = mf_format(b->arena, "\"%s\" is for %dxx", mf_key_name(b), class);
    if (word->text[0] - '0' == other_class)
        hint = mf_format(b->arena, "write \"%s: %s\"", other, whole->text);
    return mf_tell(b, word->place, hint, "\"%s\" means %dxx, not %s", mf_key_name(b), class, word->text);
}

static bool unknown_word(struct mf_binder *b, const struct mf_value *word)
{
    struct mf_words words = {.arena = b->arena};
    for (size_t i = 1; i < PHASES; i++)
        mf_words_add(&words, phases[i]);
    const char *hint = mf_words_near(&words, word->text);
    return mf_tell(b, word->place, hint ? hint : "[PHASE] [code] [x.y.z] [/text/], as in RCPT 550 5.1.1 /unknown/",
                   "unknown word \"%s\" in a reply", word->text);
}

static bool read_word(struct mf_binder *b, const struct mf_value *word, const struct mf_value *whole, int class,
                      struct mf_reply_expect *reply)
{
    for (size_t i = 1; i < PHASES; i++)
        if (strcmp(word->text, phases[i]) == 0 && reply->phase == MF_PHASE_ANY) {
            reply->phase = (enum mf_phase)i;
            return true;
        }
    if (is_code(word->text) && !reply->code[0]) {
        memcpy(reply->code, word->text, 4);
        return right_class(b, word, whole, class);
    }
    if (is_enhanced(word->text) && !reply->enhanced) {
        reply->enhanced = word->text;
        return right_class(b, word, whole, class);
    }
    return !word->unknown && unknown_word(b, word);
}

/* The last part may be /…/ or /…/i, with blanks in it. */
static bool read_regex(struct mf_binder *b, const struct mf_value *value, size_t at, struct mf_reply_expect *reply)
{
    struct mf_value part = mf_value_part(b, value, at, strlen(value->text) - at);
    bool is_regex;
    if (!mf_check_regex(b, &part, &reply->regex, &reply->regex_nocase, &is_regex))
        return false;
    return is_regex || mf_tell(b, part.place, "a text to look for stands in slashes, last: /text/ or /text/i",
                               "\"%s\" does not end with a slash", part.text);
}

bool mf_bind_reply(struct mf_binder *b, const struct mf_node *node, int class, struct mf_reply_expect *reply)
{
    struct mf_value value;
    if (!mf_bind_value(b, node, &value))
        return false;
    for (size_t at = strspn(value.text, " "); value.text[at];) {
        if (value.text[at] == '/')
            return read_regex(b, &value, at, reply);
        size_t len = strcspn(value.text + at, " ");
        struct mf_value word = mf_value_part(b, &value, at, len);
        if (!read_word(b, &word, &value, class, reply))
            return false;
        at += len + strspn(value.text + at + len, " ");
    }
    return true;
}

/* What no header field may hold, and no mark: refused before anything is composed. */
#include <string.h>

#include "message/compose_internal.h"

#define MARK_MAX 32 /* as struct mf_marks holds it */

static bool is_mark(const char *text)
{
    size_t len = text ? strlen(text) : 0;
    for (size_t i = 0; i < len; ++i)
        if (!mf_is_alnum((unsigned char)text[i]) && text[i] != '-' && text[i] != '_')
            return false;
    return len > 0 && len <= MARK_MAX;
}

/* What is wrong with a text for a header, or NULL. */
static const char *trouble_with(const char *value)
{
    if (!mf_is_utf8(value, strlen(value), NULL))
        return "is no valid UTF-8";
    for (; *value; ++value) {
        if (*value == '\r' || *value == '\n')
            return "has a line break in it";
        if (((unsigned char)*value < ' ' && *value != '\t') || *value == 0x7f)
            return "has a control character in it";
    }
    return NULL;
}

static int check_value(const char *name, const char *value, struct mf_diag *d)
{
    const char *trouble = value ? trouble_with(value) : NULL;
    if (!trouble)
        return 0;
    mf_hint(d, "A header field is one line of text; look at the variables that its value is made of.");
    return mf_trouble(d, "header field %s %s", name, trouble);
}

static int check_addresses(const char *name, const char *const *addresses, size_t count, struct mf_diag *d)
{
    for (size_t i = 0; i < count; ++i) {
        if (check_value(name, addresses[i], d))
            return -1;
        if (strpbrk(addresses[i], "<>"))
            return mf_trouble(d, "header field %s: \"%s\" is no bare address", name, addresses[i]);
    }
    return 0;
}

static bool is_field_name(const char *name)
{
    const char *at = name;
    while (*at > ' ' && *at < 0x7f && *at != ':')
        ++at;
    return at > name && *at == '\0';
}

static int check_headers(const struct mf_compose *wish, struct mf_diag *d)
{
    for (size_t i = 0; i < wish->header_count; ++i) {
        const char *name = wish->headers[i].name;
        if (!is_field_name(name))
            return mf_trouble(d, "\"%s\" is no name of a header field", name);
        if (mf_same_nocase(name, "X-Mailflow"))
            return mf_trouble(d, "header field X-Mailflow is the harness's own mark; it can't be given");
        if (check_value(name, wish->headers[i].value, d))
            return -1;
    }
    return 0;
}

int mf_draft_check(const struct mf_compose *wish, struct mf_diag *d)
{
    if (!is_mark(wish->run) || !is_mark(wish->flow_id) || !is_mark(wish->token))
        return mf_trouble(d, "the marks of a message must be 1 to %d letters and digits: run \"%s\", flow \"%s\"",
                          MARK_MAX, wish->run ? wish->run : "", wish->flow_id ? wish->flow_id : "");
    if (!wish->from || !wish->message_id_domain || !*wish->message_id_domain)
        return mf_trouble(d, "a message needs a sender and a domain for its Message-ID");
    if (check_addresses("From", &wish->from, 1, d) || check_value("From", wish->from_name, d) ||
        check_addresses("To", wish->to, wish->to_count, d) || check_addresses("Cc", wish->cc, wish->cc_count, d))
        return -1;
    if (check_value("Subject", wish->subject, d) || check_value("Message-ID", wish->message_id_domain, d))
        return -1;
    return check_headers(wish, d);
}

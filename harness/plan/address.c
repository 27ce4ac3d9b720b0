/* Mail addresses, domains, header names: syntax only. */
#include "plan/bind_internal.h"

#include <string.h>

static bool is_label_char(unsigned char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' ||
           c >= 0x80;
}

/* RFC 5321 2.3.5, with U-labels (RFC 5890) and the underscores that DNS names may have. */
bool mf_is_domain(const char *text)
{
    size_t len = strlen(text), label = 0;
    if (len == 0 || len > 255)
        return false;
    for (size_t i = 0; i <= len; i++) {
        if (text[i] == '.' || text[i] == '\0') {
            if (label == 0 || label > 63 || text[i - 1] == '-' || text[i - label] == '-')
                return text[i] == '\0' && label == 0 && i > 1; /* one dot at the end is fine */
            label = 0;
        } else if (!is_label_char((unsigned char)text[i])) {
            return false;
        } else {
            label++;
        }
    }
    return true;
}

/* RFC 5321 4.1.3, roughly: servers judge the rest. */
static bool is_literal(const char *domain)
{
    size_t len = strlen(domain);
    return len > 2 && domain[0] == '[' && domain[len - 1] == ']' &&
           strspn(domain + 1, "0123456789abcdefABCDEF:.IPv") == len - 2;
}

/* Dot-string or Quoted-string (RFC 5321 4.1.2), UTF-8 allowed (RFC 6531 3.3). */
static bool is_local(const char *local, size_t len)
{
    if (len == 0 || len > 64 * 4)
        return false;
    if (local[0] == '"')
        return len > 2 && local[len - 1] == '"' && !memchr(local + 1, '"', len - 2);
    for (size_t i = 0; i < len; i++) {
        unsigned char c = (unsigned char)local[i];
        if (c == '.' ? (i == 0 || i + 1 == len || local[i + 1] == '.')
                     : (c <= ' ' || c == 0x7F || strchr("()<>[]:;@\\,\"", c)))
            return false;
    }
    return true;
}

bool mf_is_address(const char *text)
{
    const char *at = strrchr(text, '@');
    return at && is_local(text, (size_t)(at - text)) && (mf_is_domain(at + 1) || is_literal(at + 1));
}

/* RFC 5322 3.6.8. */
bool mf_is_header_name(const char *text)
{
    size_t len = strlen(text);
    for (size_t i = 0; i < len; i++)
        if (text[i] <= ' ' || text[i] > '~' || text[i] == ':')
            return false;
    return len > 0 && len < 200;
}

bool mf_is_name(const char *text)
{
    for (const char *c = text; *c; c++)
        if (!is_label_char((unsigned char)*c))
            return false;
    return text[0] && text[0] != '-' && strlen(text) < 100;
}

/* `Alice <a@b>` holds more than an address. */
static bool refuse_display_name(struct mf_binder *b, const struct mf_value *value, const char *open)
{
    const char *hint = mf_format(b->arena, "write %.*s; the display name comes from the site's people (name:)",
                                 (int)strcspn(open + 1, ">"), open + 1);
    return mf_tell(b, value->place, hint, "\"%s\" is more than an address", value->text);
}

bool mf_check_address(struct mf_binder *b, const struct mf_value *value, bool domainless, const char **address)
{
    const char *text = value->text, *open = strchr(text, '<');
    size_t len = strlen(text);
    *address = text;
    if (value->unknown)
        return false;
    if (open && open > text)
        return refuse_display_name(b, value, open);
    if (open && text[len - 1] == '>')
        text = *address = mf_copy_bytes(b->arena, text + 1, len - 2);
    if (mf_is_address(text) || (domainless && open && mf_same_nocase(text, "postmaster")))
        return true;
    return mf_refuse_comma(b, value) &&
           mf_tell(b, value->place, "an address is local@domain", "\"%s\" is no mail address", value->text);
}

bool mf_bind_address(struct mf_binder *b, const struct mf_node *node, const char **address)
{
    struct mf_value value;
    return mf_bind_value(b, node, &value) && mf_check_address(b, &value, false, address);
}

bool mf_bind_envelope(struct mf_binder *b, const struct mf_node *node, const char **address)
{
    struct mf_value value;
    if (!mf_bind_value(b, node, &value))
        return false;
    *address = "";
    if (strcmp(value.text, "<>") == 0)
        return true;
    if (mf_map_get(b->people, value.text) || mf_map_get(b->applications, value.text))
        return mf_tell(b, value.place, mf_format(b->arena, "write $(%s.address)", value.text),
                       "\"%s\" wants an address or <>, not a name", mf_key_name(b));
    return mf_check_address(b, &value, false, address);
}

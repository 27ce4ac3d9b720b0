/* smtp://host:port and its like. */
#include "plan/bind_internal.h"

#include <stdlib.h>
#include <string.h>

static const char *scheme_list(struct mf_binder *b, const char *const *schemes, size_t count)
{
    const char *text = "";
    for (size_t i = 0; i < count; i++)
        text = mf_format(b->arena, "%s%s%s://", text, i ? " or " : "", schemes[i]);
    return text;
}

static bool tell_scheme(struct mf_binder *b, const struct mf_value *value, const char *const *schemes, size_t count,
                        size_t len)
{
    struct mf_words words = {.arena = b->arena};
    for (size_t i = 0; i < count; i++)
        mf_words_add(&words, mf_format(b->arena, "%s://", schemes[i]));
    const char *given = mf_format(b->arena, "%.*s", (int)len, value->text);
    const char *near = mf_words_near(&words, given);
    if (!near)
        near = mf_format(b->arena, "write %s", scheme_list(b, schemes, count));
    return mf_tell(b, mf_value_place(value, 0, len), near, "\"%s\" can't be %s", mf_key_name(b), given);
}

static bool tell_no_url(struct mf_binder *b, const struct mf_value *value, const char *const *schemes)
{
    return mf_refuse_comma(b, value) &&
           mf_tell(b, value->place, mf_format(b->arena, "write %s://%s", schemes[0], value->text),
                   "\"%s\" is no URL: it has no %s://", value->text, schemes[0]);
}

static bool read_port(struct mf_binder *b, const struct mf_value *value, const char *text, int *port)
{
    size_t len = strlen(text);
    *port = len && len < 6 && strspn(text, "0123456789") == len ? atoi(text) : 0;
    return (*port > 0 && *port < 65536) ||
           mf_tell(b, mf_value_place(value, (size_t)(text - value->text), len ? len : 1), "1 to 65535",
                   "\"%s\" is no port", text);
}

/* host, host:port, [v6], [v6]:port. */
static bool read_authority(struct mf_binder *b, const struct mf_value *value, const char *text, struct mf_url *url)
{
    size_t len = text[0] == '[' ? strcspn(text, "]") + 1 : strcspn(text, ":");
    if (text[0] == '[' && len > strlen(text))
        return mf_tell(b, value->place, "[IPv6 address]:port", "\"%s\": the ] is missing", value->text);
    url->host = text[0] == '[' ? mf_copy_bytes(b->arena, text + 1, len - 2) : mf_copy_bytes(b->arena, text, len);
    if (text[0] != '[' && !mf_is_domain(url->host))
        return mf_tell(b, mf_value_place(value, (size_t)(text - value->text), len), "scheme://host:port",
                       "\"%s\" is no host name", url->host);
    if (text[len] == '\0')
        return true;
    if (text[len] != ':')
        return mf_tell(b, value->place, "scheme://host:port", "\"%s\" is no URL", value->text);
    return read_port(b, value, text + len + 1, &url->port);
}

bool mf_check_url(struct mf_binder *b, const struct mf_value *value, const char *const *schemes, size_t count,
                  struct mf_url *url)
{
    *url = (struct mf_url){.port = 0};
    const char *text = value->text, *mark = strstr(text, "://");
    if (!mark)
        return tell_no_url(b, value, schemes);
    size_t len = (size_t)(mark - text);
    for (size_t i = 0; i < count && !url->scheme; i++)
        if (strlen(schemes[i]) == len && strncmp(schemes[i], text, len) == 0)
            url->scheme = schemes[i];
    if (!url->scheme)
        return tell_scheme(b, value, schemes, count, len + 3);
    const char *rest = mark + 3;
    if (strchr(rest, '@'))
        return mf_tell(b, value->place, "user and password go under login:, the password as {env: NAME}",
                       "a URL here holds no login");
    size_t rest_len = strlen(rest);
    if (rest_len && rest[rest_len - 1] == '/')
        rest = mf_copy_bytes(b->arena, rest, rest_len - 1);
    if (strpbrk(rest, "/?# "))
        return mf_refuse_comma(b, value) && mf_tell(b, value->place, "scheme://host:port",
                                                    "\"%s\": nothing may follow the host and port", value->text);
    struct mf_value part = *value;
    if (rest != mark + 3)
        part = mf_value_part(b, value, 0, (size_t)(mark + 3 - text) + rest_len - 1);
    return read_authority(b, &part, part.text + len + 3, url);
}

/* TLS and login, as trace fields tell them. */
#include <string.h>

#include "message/trace_internal.h"

/* "TLSv1.3", "TLS1_3", "TLS-1.2" in a text → "TLSv1.3"; NULL: no version named. */
static const char *tls_version(struct mf_arena *arena, struct mf_bytes text)
{
    for (long at; (at = mf_bytes_find(text, "TLS")) >= 0; text = mf_bytes_from(text, (size_t)at + 3)) {
        struct mf_bytes rest = mf_bytes_from(text, (size_t)at + 3);
        if (rest.len && strchr("vV-_ ", rest.data[0]))
            rest = mf_bytes_from(rest, 1);
        if (!rest.len || !mf_is_digit((unsigned char)rest.data[0]))
            continue;
        bool has_minor = rest.len >= 3 && (rest.data[1] == '.' || rest.data[1] == '_') &&
                         mf_is_digit((unsigned char)rest.data[2]);
        return has_minor ? mf_format(arena, "TLSv%c.%c", rest.data[0], rest.data[2])
                         : mf_format(arena, "TLSv%c", rest.data[0]);
    }
    return mf_bytes_find(text, "SSLv3") >= 0 ? "SSLv3" : NULL;
}

/* RFC 3848, RFC 6531, and the spellings that nobody registered. */
static bool protocol_is(const char *with, const char *const *names)
{
    struct mf_bytes word = {with, with ? strcspn(with, " /") : 0};
    for (; *names; ++names)
        if (mf_bytes_same_nocase(word, *names))
            return true;
    return false;
}

static bool protocol_has_tls(const char *with)
{
    static const char *const names[] = {"ESMTPS", "ESMTPSA", "SMTPS",   "SMTPSA",     "LMTPS",     "LMTPSA",
                                        "HTTPS",  "IMAPS",   "POP3S",   "UTF8SMTPS",  "UTF8SMTPSA", "UTF8LMTPS",
                                        "UTF8LMTPSA", "STARTTLS", NULL};
    return protocol_is(with, names);
}

static bool protocol_has_login(const char *with)
{
    static const char *const names[] = {"ESMTPA", "ESMTPSA",   "SMTPA",      "SMTPSA",    "LMTPA",      "LMTPSA",
                                        "ASMTP",  "UTF8SMTPA", "UTF8SMTPSA", "UTF8LMTPA", "UTF8LMTPSA", "HTTP",
                                        "HTTPU",  NULL};
    return protocol_is(with, names);
}

static void read_tls(const struct mf_trace *trace, struct mf_received *received)
{
    bool said = protocol_has_tls(received->with) || trace->clauses[MF_TRACE_TLS].count;
    for (size_t i = 0; i < trace->all.count && !received->tls; ++i) {
        const struct mf_trace_item *item = &trace->all.items[i];
        if (item->kind == MF_TRACE_COMMENT)
            received->tls = tls_version(trace->arena, item->text);
        said |= item->kind == MF_TRACE_COMMENT && mf_bytes_find(item->text, " encrypted") >= 0;
        said |= mf_trace_is(item, "STARTTLS") ||
                (item->kind == MF_TRACE_WORD && mf_bytes_find_nocase(item->text, "smtp/TLS") >= 0);
    }
    if (!received->tls && said)
        received->tls = "TLS";
}

static const char *word_of(const struct mf_trace *trace, const struct mf_trace_item *item)
{
    return item && item->text.len ? mf_bytes_copy(trace->arena, item->text) : NULL;
}

/* "AUTH: LOGIN user" (Merak); "user=x mech=LOGIN bits=0", "authenticated bits=0" (sendmail). */
static void read_login_words(const struct mf_trace *trace, struct mf_trace_items inside, struct mf_received *received)
{
    for (size_t i = 0; i < inside.count; ++i) {
        const struct mf_trace_item *item = &inside.items[i];
        if (mf_trace_is(item, "AUTH:")) {
            received->auth = word_of(trace, mf_trace_nth(inside, MF_TRACE_WORD, 1));
            received->auth_user = word_of(trace, mf_trace_nth(inside, MF_TRACE_WORD, 2));
        } else if (item->kind == MF_TRACE_WORD && mf_bytes_start_nocase(item->text, "mech=")) {
            received->auth = mf_bytes_copy(trace->arena, mf_bytes_from(item->text, 5));
        } else if (item->kind == MF_TRACE_WORD && mf_bytes_start_nocase(item->text, "user=")) {
            received->auth_user = mf_bytes_copy(trace->arena, mf_bytes_from(item->text, 5));
        }
    }
}

/* Comments that only servers write whose client has logged in; `user` counts words before its name. */
static const struct {
    const char *start, *dialect;
    size_t user; /* 0: it isn't told */
} logins[] = {
    {"Authenticated sender:", "Postfix", 2},  {"authenticated as ", "CriticalPath", 2},
    {"authenticated", "Sendmail", 0},         {"account ", "CommuniGate", 1},
    {"SquirrelMail authenticated", "HTTP", 3}, {"NaSMail authenticated", "HTTP", 3},
};

static const char *read_login_dialect(const struct mf_trace *trace, struct mf_received *received)
{
    for (size_t i = 0; i < sizeof logins / sizeof *logins; ++i) {
        const struct mf_trace_item *comment = mf_trace_comment(trace->all, logins[i].start);
        if (!comment)
            continue;
        struct mf_trace_items inside = mf_trace_lex(trace->arena, comment->text);
        if (logins[i].user && !received->auth_user)
            received->auth_user = word_of(trace, mf_trace_nth(inside, MF_TRACE_WORD, logins[i].user));
        return logins[i].dialect;
    }
    return NULL;
}

/* GMX takes mail of its users in plain SMTP words: host (EHLO name) [address] by mail.gmx.net (mpNNN). */
static const char *gmx_login(const struct mf_trace *trace, const struct mf_received *received)
{
    bool is_gmx = mf_same_nocase(received->by, "mail.gmx.net") || mf_same_nocase(received->by, "mail.gmx.com");
    if (!is_gmx || !received->with || !mf_trace_comment(trace->clauses[MF_TRACE_BY], "mp"))
        return NULL;
    return mf_format(trace->arena, "GMX (%s / %s)", received->with, received->by);
}

void mf_trace_read_security(const struct mf_trace *trace, struct mf_received *received)
{
    read_tls(trace, received);
    for (size_t i = 0; i < trace->all.count && !received->auth; ++i)
        if (trace->all.items[i].kind == MF_TRACE_COMMENT)
            read_login_words(trace, mf_trace_lex(trace->arena, trace->all.items[i].text), received);
    const char *dialect = read_login_dialect(trace, received);
    if (!received->auth && protocol_has_login(received->with))
        received->auth = mf_copy_bytes(trace->arena, received->with, strcspn(received->with, " /"));
    if (!received->auth)
        received->auth = dialect ? dialect : gmx_login(trace, received);
}

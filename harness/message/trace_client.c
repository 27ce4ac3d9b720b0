/* Who handed the message over: name in HELO, name by reverse DNS, address. Nearly every server writes
 * these three in an order of its own; what tells the orders apart is said at each.
 */
#include <string.h>

#include "message/trace_internal.h"

struct client {
    struct mf_arena *arena;
    const struct mf_trace_item *name; /* the first word or literal behind "from" */
    const char *ip, *rdns, *ident, *helo;
    const char *only_name;            /* of a comment that is nothing but a host name */
    bool helo_said, helo_said_exim;   /* (HELO x), (helo=x) */
    bool bare_ip;                     /* the address stood in a comment without brackets */
    bool literal_outside;             /* [address] outside of comments, behind the name */
    bool verified;                    /* CommuniGate: the name was looked up */
    bool in_account;
};

static const char *copy(struct client *client, struct mf_bytes text)
{
    return text.len ? mf_bytes_copy(client->arena, text) : NULL;
}

static bool says_nothing(struct mf_bytes word)
{
    static const char *const words[] = {"unknown", "softdnserr", "unverified", "verified", "unavailable"};
    for (size_t i = 0; i < sizeof words / sizeof *words; ++i)
        if (mf_bytes_same_nocase(word, words[i]))
            return true;
    return false;
}

static bool is_helo_word(const struct mf_trace_item *item)
{
    return mf_trace_is(item, "HELO") || mf_trace_is(item, "EHLO") || mf_trace_is(item, "LHLO");
}

static void take_ip(struct client *client, const char *ip, bool bare)
{
    if (client->ip || !ip)
        return;
    client->ip = ip;
    client->bare_ip = bare;
}

/* "192.0.2.1", or qmail's "ident@192.0.2.1"; false: neither. */
static bool take_bare_address(struct client *client, struct mf_bytes word)
{
    const char *at = word.len ? memrchr(word.data, '@', word.len) : NULL;
    size_t start = at ? (size_t)(at - word.data) + 1 : 0;
    const char *ip = mf_trace_address(client->arena, mf_bytes_from(word, start));
    if (!ip)
        return false;
    take_ip(client, ip, true);
    if (start > 1)
        client->ident = mf_copy_bytes(client->arena, word.data, start - 1);
    return true;
}

/* The name before an [address]: by reverse DNS, perhaps with sendmail's "IDENT:user@" before it. */
static void take_rdns(struct client *client, struct mf_bytes word)
{
    const char *at = memrchr(word.data, '@', word.len);
    if (at) {
        struct mf_bytes ident = {word.data, (size_t)(at - word.data)};
        client->ident = copy(client, mf_bytes_from(ident, mf_bytes_start_nocase(ident, "IDENT:") ? 6 : 0));
        word = mf_bytes_from(word, ident.len + 1);
    }
    if (word.len && word.data[word.len - 1] == '.') /* Gmail writes the root too */
        --word.len;
    if (!says_nothing(word) && !client->rdns)
        client->rdns = copy(client, word);
}

static void take_helo(struct client *client, struct mf_bytes text, bool exim)
{
    client->helo_said = true;
    client->helo_said_exim = exim;
    client->helo = copy(client, text);
}

/* One word of a comment; returns how many items it used. */
static size_t take_word(struct client *client, const struct mf_trace_item *item, const struct mf_trace_item *next)
{
    if (is_helo_word(item)) {
        take_helo(client, next ? next->whole : (struct mf_bytes){NULL, 0}, false);
        return next ? 2 : 1;
    }
    if (mf_bytes_start_nocase(item->text, "helo="))
        take_helo(client, mf_bytes_from(item->text, 5), true);
    else if (mf_bytes_start_nocase(item->text, "ident="))
        client->ident = copy(client, mf_bytes_from(item->text, 6));
    else if (mf_trace_is(item, "verified"))
        client->verified = true;
    else if (mf_trace_is(item, "account"))
        client->in_account = true;
    else
        take_bare_address(client, item->text);
    return 1;
}

static void read_comment(struct client *client, struct mf_bytes comment)
{
    struct mf_trace_items inside = mf_trace_lex(client->arena, comment);
    const struct mf_trace_item *item = inside.items;
    if (inside.count == 1 && item->kind == MF_TRACE_WORD && !says_nothing(item->text) &&
        memchr(item->text.data, '.', item->text.len) && !memchr(item->text.data, '=', item->text.len) &&
        !mf_trace_address(client->arena, item->text) && !memchr(item->text.data, '@', item->text.len)) {
        client->only_name = client->only_name ? client->only_name : copy(client, item->text);
        return;
    }
    if (inside.count >= 2 && item[0].kind == MF_TRACE_WORD && item[0].text.len && item[1].kind == MF_TRACE_LITERAL &&
        mf_trace_address(client->arena, item[1].text) && !is_helo_word(item))
        take_rdns(client, item[0].text);
    for (size_t i = 0; i < inside.count;) {
        if (item[i].kind == MF_TRACE_LITERAL)
            take_ip(client, mf_trace_address(client->arena, item[i].text), false);
        if (item[i].kind == MF_TRACE_WORD)
            i += take_word(client, &item[i], i + 1 < inside.count ? &item[i + 1] : NULL);
        else
            ++i;
    }
}

/* Comments that tell of something else than the client's name and address. */
static bool is_about_else(struct mf_bytes comment)
{
    static const char *const starts[] = {"using ", "version=", "envelope-", "Authenticated ", "AUTH:", "Client ",
                                         "No client ", "user=", "TLS"};
    for (size_t i = 0; i < sizeof starts / sizeof *starts; ++i)
        if (mf_bytes_start_nocase(comment, starts[i]))
            return true;
    return false;
}

static void read_clause(struct client *client, struct mf_trace_items from)
{
    for (size_t i = 0; i < from.count; ++i) {
        const struct mf_trace_item *item = &from.items[i];
        if (i == 0 && (item->kind == MF_TRACE_WORD || item->kind == MF_TRACE_LITERAL)) {
            client->name = item;
        } else if (item->kind == MF_TRACE_COMMENT && !is_about_else(item->text)) {
            read_comment(client, item->text);
        } else if (item->kind == MF_TRACE_LITERAL) {
            const char *ip = mf_trace_address(client->arena, item->text);
            client->literal_outside |= ip != NULL;
            take_ip(client, ip, false);
        } else if (mf_trace_is(item, "claiming") && i + 3 < from.count) { /* claiming to be "x": smtpd of Obtuse */
            take_helo(client, from.items[i + 3].text, false);
        }
    }
}

static bool all_digits_and_dots(struct mf_bytes text)
{
    size_t dots = 0;
    for (size_t i = 0; i < text.len; ++i) {
        if (!mf_is_digit((unsigned char)text.data[i]) && text.data[i] != '.')
            return false;
        dots += text.data[i] == '.';
    }
    return dots >= 2;
}

/* qmail and Critical Path write "name (address)": the name by reverse DNS, which the client also said
 * in HELO (else HELO would stand there too). Others with that form mean the HELO name alone. qmail
 * is known by its date, which has no day name. */
static bool name_is_both(const struct mf_trace *trace, const struct client *client, const struct mf_received *received)
{
    const struct mf_trace_item *version = mf_trace_nth(trace->clauses[MF_TRACE_BY], MF_TRACE_COMMENT, 0);
    bool qmail = received->date_text && mf_is_digit((unsigned char)received->date_text[0]);
    bool critical_path = version && all_digits_and_dots(version->text) &&
                         !mf_trace_address(trace->arena, version->text);
    if (client->bare_ip)
        return qmail || critical_path || client->ident;
    /* Exim and CommuniGate tell a HELO name only when it differs from the one by reverse DNS. */
    return mf_trace_comment(trace->all, "Exim ") || client->verified;
}

static void settle_literal(const struct mf_trace *trace, struct client *client)
{
    const char *ip = mf_trace_address(client->arena, client->name->text);
    bool is_helo = !client->in_account && !mf_trace_comment(trace->all, "CommuniGate") &&
                   !mf_trace_comment(trace->all, "ecelerity");
    take_ip(client, ip, false);
    if (is_helo && !client->helo_said)
        client->helo = copy(client, client->name->whole);
}

static void settle_name(const struct mf_trace *trace, struct client *client, struct mf_received *received)
{
    struct mf_bytes name = client->name->text;
    const char *name_ip = mf_trace_address(client->arena, name);
    bool software_said = mf_trace_nth(trace->clauses[MF_TRACE_BY], MF_TRACE_COMMENT, 0) != NULL;
    if (client->helo_said) {
        if (!client->rdns && !says_nothing(name) && !(name_ip && client->helo_said_exim))
            client->rdns = copy(client, name);
    } else if (client->only_name && client->literal_outside) { /* Exim 3: rdns (helo) [address] */
        client->helo = client->only_name;
        client->rdns = copy(client, name);
    } else if (name_ip && !client->ip) {
        client->ip = name_ip;
    } else if (memchr(name.data, '@', name.len) && !client->ip) { /* AOL, qmail-scanner: who sent it */
        received->envelope_from = copy(client, name);
    } else if (client->bare_ip && trace->clauses[MF_TRACE_VIA].count && !trace->clauses[MF_TRACE_WITH].count &&
               !software_said) { /* smtpd of Obtuse */
        client->rdns = copy(client, name);
    } else {
        client->helo = copy(client, name);
        if (!client->rdns && !name_ip && client->ip && name_is_both(trace, client, received))
            client->rdns = client->helo;
        if (!client->rdns && client->only_name)
            client->rdns = client->only_name;
    }
    if (name_ip)
        take_ip(client, name_ip, false);
}

/* Webmail tells where the browser was; nobody said HELO. (HTTPS is a hop between servers of Exchange.) */
static bool is_web(const struct mf_received *received)
{
    return received->with && mf_starts_nocase(received->with, "HTTP") && !mf_same_nocase(received->with, "HTTPS");
}

void mf_trace_read_client(const struct mf_trace *trace, struct mf_received *received)
{
    struct client client = {.arena = trace->arena};
    struct mf_trace_items from = trace->clauses[MF_TRACE_FROM];
    const struct mf_trace_item *first = trace->all.count ? &trace->all.items[0] : NULL;
    if (first && first->kind == MF_TRACE_COMMENT && mf_bytes_start_nocase(first->text, "from ")) {
        /* "(from name [address]) by …": a gateway; "(from user@host) by …": sendmail, started by hand */
        from = mf_trace_lex(trace->arena, mf_bytes_from(first->text, 5));
        if (!mf_trace_nth(from, MF_TRACE_LITERAL, 0))
            return;
    }
    read_clause(&client, from);
    bool speaks = !is_web(received) && !mf_same_nocase(received->with, "local");
    if (client.name && client.name->kind == MF_TRACE_LITERAL)
        settle_literal(trace, &client);
    else if (client.name && client.name->text.len && speaks)
        settle_name(trace, &client, received);
    else if (client.name && is_web(received))
        take_ip(&client, mf_trace_address(trace->arena, client.name->text), false);
    received->ip = client.ip;
    received->rdns = speaks ? client.rdns : NULL;
    received->helo = speaks ? client.helo : NULL;
    received->ident = client.ident;
}

/* Servers: their role, names in Received, and what is copied there. */
#include "plan/site_internal.h"

#include <string.h>

static bool server_role(struct mf_binder *b, const struct mf_node *node, void *target)
{
    struct mf_server_draft *draft = target;
    int role;
    draft->role_given = true;
    if (!mf_bind_word(b, node, &role))
        return false;
    draft->server->role = (enum mf_role)role;
    return true;
}

/* Bound once with a stand-in, so that mistakes in it are told even if nobody has a mailbox here; for
 * each person again when mailboxes are made. */
static bool server_login(struct mf_binder *b, const struct mf_node *node, void *target)
{
    static const struct mf_login_scope somebody = {"person", "person@example.invalid"};
    struct mf_server_draft *draft = target;
    const struct mf_login *ignored;
    draft->login = node;
    b->shape_only = true;
    draft->login_broken = !mf_bind_login(b, node, &somebody, &ignored);
    b->shape_only = false;
    return !draft->login_broken;
}

static const char *lower(struct mf_arena *arena, const char *text)
{
    char *copy = mf_copy(arena, text);
    for (char *c = copy; *c; c++)
        *c = (char)mf_lower((unsigned char)*c);
    return copy;
}

static bool bind_hosts(struct mf_binder *b, const struct mf_node *node, const char ***hosts, size_t *count)
{
    struct mf_items items;
    if (!mf_bind_items(b, node, &items))
        return false;
    *hosts = mf_alloc_array(b->arena, items.count + 1, sizeof **hosts);
    bool good = true;
    for (size_t i = 0; i < items.count; i++) {
        struct mf_value value;
        good &= mf_bind_value(b, mf_item(&items, i), &value) && mf_refuse_comma(b, &value);
        if (!good)
            continue;
        if (mf_is_domain(value.text + (value.text[0] == '.')))
            (*hosts)[(*count)++] = lower(b->arena, value.text);
        else
            good = mf_tell(b, value.place, "a host name; a leading dot means any host below: .example.com",
                           "\"%s\" is no host name", value.text);
    }
    return good;
}
static bool server_hosts(struct mf_binder *b, const struct mf_node *node, void *target)
{
    struct mf_server *server = ((struct mf_server_draft *)target)->server;
    return bind_hosts(b, node, &server->hosts, &server->host_count);
}
static bool server_authserv_id(struct mf_binder *b, const struct mf_node *node, void *target)
{
    struct mf_server *server = ((struct mf_server_draft *)target)->server;
    return bind_hosts(b, node, &server->authserv_ids, &server->authserv_id_count);
}

static bool server_receives(struct mf_binder *b, const struct mf_node *node, void *target)
{
    struct mf_server *server = ((struct mf_server_draft *)target)->server;
    const char *kinds[MF_KIND_COUNT];
    ((struct mf_server_draft *)target)->receives_given = true;
    bool good = mf_want_map(b, node);
    for (int kind = 0; kind < MF_KIND_COUNT; kind++)
        kinds[kind] = mf_kind_name((enum mf_kind)kind);
    for (size_t i = 0; good && i < node->count; i++) {
        const struct mf_node *key = node->pairs[i].key;
        struct mf_value word = {.text = key->text, .place = key->place, .node = key};
        int kind = mf_word_among(b, &word, kinds, MF_KIND_COUNT);
        good = kind >= 0 && mf_bind_folder(b, node->pairs[i].value, &server->receives[kind]);
    }
    return good;
}

static bool server_copy_form(struct mf_binder *b, const struct mf_node *node, void *target)
{
    int form;
    if (!mf_bind_word(b, node, &form))
        return false;
    ((struct mf_server_draft *)target)->server->copy_is_journal = form == 1;
    return true;
}

static const struct mf_key keys[] = {
    {"role", "word:primary | secondary | gateway | outside | old", "the server's own name", "what it is for the mail",
     server_role, 0, "kind type"},
    {"submission", "urls", "", "door with login: smtp:// (STARTTLS required), smtps://", mf_server_submission, 0, NULL},
    {"smtp", "urls", "", "door without login (25): the gateway's relay, the direct way in", mf_server_smtp, 0,
     "relay mx"},
    {"imap", "url", "", "imaps://, or imap:// (STARTTLS required)", mf_server_imap, 0, "imaps"},
    {"pop3", "url", "", "pop3s://, pop3://", mf_server_pop3, 0, "pop"},
    {"web", "url", "", "webmail (for client: web)", mf_server_web, 0, "webmail"},
    {"login", "login", "", "for every mailbox here, unless a person has another", server_login, 0, "auth"},
    {"hosts", "hosts", "hosts of its doors", "its names in Received; a leading dot means any host below", server_hosts,
     0, NULL},
    {"authserv-id", "hosts", "hosts", "whose Authentication-Results to believe", server_authserv_id, 0, NULL},
    {"receives", "map:folder", "secondary: {inbound: inbox, outbound: sent, application: inbox}",
     "which kinds are copied here, into which folder", server_receives, 0, "copies"},
    {"copy-form", "word:plain | journal", "plain", "journal: the copy is wrapped in a report", server_copy_form, 0,
     NULL},
    {"tls", "tls", "", "ca, minimum, certificate, key, accept-invalid: REASON", mf_server_tls, 0, "ssl"},
};
static const struct mf_table table = {"Server", keys, sizeof keys / sizeof *keys};
const struct mf_form mf_form_server = {"a server", "a server of the site", MF_IN_SITE, {&table}};

/* --- a server as a whole --- */

static void default_role(struct mf_binder *b, struct mf_server_draft *draft, const struct mf_node *key)
{
    struct mf_words words = {.arena = b->arena};
    for (int role = MF_ROLE_PRIMARY; role <= MF_ROLE_OLD; role++) {
        mf_words_add(&words, mf_role_name((enum mf_role)role));
        if (strcmp(key->text, mf_role_name((enum mf_role)role)) == 0) {
            draft->server->role = (enum mf_role)role;
            return;
        }
    }
    const char *near = mf_words_near(&words, key->text);
    draft->broken = true;
    mf_tell(b, key->place, near ? near : "role: primary, secondary, gateway, outside or old",
            "what is the server \"%s\" for the mail? Its role is missing", key->text);
}

static void add_host(struct mf_server *server, struct mf_arena *arena, const char *host)
{
    for (size_t i = 0; i < server->host_count; i++)
        if (mf_same_nocase(server->hosts[i], host))
            return;
    server->hosts[server->host_count++] = lower(arena, host);
}

static void default_hosts(struct mf_binder *b, struct mf_server *server)
{
    if (!server->hosts) {
        const struct mf_door *single[] = {server->imap, server->pop3, server->web};
        server->hosts =
            mf_alloc_array(b->arena, server->submission_count + server->smtp_count + 3, sizeof *server->hosts);
        for (size_t i = 0; i < server->submission_count; i++)
            add_host(server, b->arena, server->submission[i].host);
        for (size_t i = 0; i < server->smtp_count; i++)
            add_host(server, b->arena, server->smtp[i].host);
        for (size_t i = 0; i < 3; i++)
            if (single[i])
                add_host(server, b->arena, single[i]->host);
    }
    if (!server->authserv_ids) {
        server->authserv_ids = server->hosts;
        server->authserv_id_count = server->host_count;
    }
}

static void bind_server(struct mf_binder *b, const struct mf_pair *pair, struct mf_server_draft *draft)
{
    struct mf_server *server = draft->server;
    server->role = MF_ROLE_OLD; /* until it is known: nothing is looked for there */
    struct mf_given given;
    if (!mf_keys_read(b, &mf_form_server, pair->value, &given)) {
        draft->broken = draft->login_broken = b->servers_broken = true;
        return;
    }
    draft->broken |= !mf_keys_bind_given(b, &given, draft);
    draft->login_broken |= given.broken[mf_form_find(&mf_form_server, "login")];
    if (!draft->role_given && !given.broken[mf_form_find(&mf_form_server, "role")])
        default_role(b, draft, pair->key);
    if (!draft->receives_given && server->role == MF_ROLE_SECONDARY) {
        server->receives[MF_KIND_INBOUND] = server->receives[MF_KIND_APPLICATION] = "inbox";
        server->receives[MF_KIND_OUTBOUND] = "sent";
    }
    default_hosts(b, server);
    b->servers_broken |= draft->broken;
}

static const struct mf_place *place_of_server(const void *server)
{
    return &((const struct mf_server *)server)->place;
}

bool mf_site_servers(struct mf_binder *b, const struct mf_node *node, void *target)
{
    struct mf_site *site = target;
    if (!mf_want_map(b, node)) {
        b->servers_broken = true;
        return false;
    }
    for (size_t i = 0; i < node->count; i++) {
        struct mf_server *server = &site->servers[site->server_count];
        struct mf_server_draft *draft = &b->server_drafts[site->server_count];
        struct mf_tls *tls = mf_alloc(b->arena, sizeof *tls);
        *tls = (struct mf_tls){.minimum = "1.2"};
        *server = (struct mf_server){.name = node->pairs[i].key->text, .place = node->pairs[i].key->place};
        *draft = (struct mf_server_draft){.server = server, .tls = tls};
        if (!mf_site_name(b, node->pairs[i].key, "a server", b->servers, server, place_of_server)) {
            b->servers_broken = true;
            continue;
        }
        site->server_count++;
        bind_server(b, &node->pairs[i], draft);
    }
    return true;
}

struct mf_server_draft *mf_server_draft_of(const struct mf_binder *b, const struct mf_server *server)
{
    return &b->server_drafts[server - b->site->servers];
}

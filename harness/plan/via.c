/* How a message is handed over, as it is written: a server's door, a URL, the MX, or a command. */
#include "plan/via_internal.h"

#include <arpa/inet.h>
#include <string.h>

static bool via_url(struct mf_binder *b, const struct mf_value *value, struct mf_via_draft *draft)
{
    static const struct mf_tls standard = {.minimum = "1.2"};
    struct mf_door *door = mf_alloc(b->arena, sizeof *door);
    *door = (struct mf_door){.tls = &standard};
    if (!mf_bind_door(b, value, MF_DOOR_SMTP, door))
        return false;
    if (door->port == 587 || door->tls_mode == MF_TLS_IMPLICIT) {
        door->kind = MF_DOOR_SUBMISSION;
        door->tls_mode = door->tls_mode == MF_TLS_IMPLICIT ? MF_TLS_IMPLICIT : MF_TLS_REQUIRED;
    }
    draft->url = door;
    for (size_t i = 0; i < b->site->server_count; i++) {
        const struct mf_server *server = &b->site->servers[i];
        for (size_t j = 0; j < server->submission_count; j++)
            if (mf_same_nocase(server->submission[j].host, door->host) && server->submission[j].port == door->port)
                draft->url = &server->submission[j];
        for (size_t j = 0; j < server->smtp_count; j++)
            if (mf_same_nocase(server->smtp[j].host, door->host) && server->smtp[j].port == door->port)
                draft->url = &server->smtp[j];
    }
    return true;
}

static bool via_door_word(struct mf_binder *b, const struct mf_value *word, struct mf_via_draft *draft)
{
    static const char *const doors[] = {"submission", "smtp"};
    int number = mf_word_among(b, word, doors, 2);
    draft->submission = number == 0;
    draft->smtp = number == 1;
    return number >= 0;
}

static bool tell_no_server(struct mf_binder *b, const struct mf_value *word)
{
    struct mf_words words = {.arena = b->arena};
    mf_words_add_servers(b, &words);
    mf_words_add(&words, "mx");
    const char *near = mf_words_near(&words, word->text);
    if (!near && b->servers_broken)
        return false;
    return mf_refuse_comma(b, word) && mf_tell(b, word->place, near ? near : "SERVER [DOOR], a URL, or mx",
                                               "there is no server \"%s\"", word->text);
}

/* SERVER [DOOR], URL or mx. */
static bool via_server_text(struct mf_binder *b, const struct mf_value *value, struct mf_via_draft *draft)
{
    draft->mx = strcmp(value->text, "mx") == 0;
    if (draft->mx || value->unknown)
        return draft->mx;
    if (strstr(value->text, "://"))
        return via_url(b, value, draft);
    size_t len = strcspn(value->text, " "), gap = strspn(value->text + len, " ");
    struct mf_value word = mf_value_part(b, value, 0, len);
    if (mf_role_of(word.text) < 0 && !mf_map_get(b->servers, word.text))
        return tell_no_server(b, &word);
    draft->server = mf_find_server(b, &word);
    if (!draft->server)
        return false;
    if (!value->text[len + gap])
        return true;
    struct mf_value door = mf_value_part(b, value, len + gap, strlen(value->text + len + gap));
    return via_door_word(b, &door, draft);
}

static bool via_server(struct mf_binder *b, const struct mf_node *node, void *target)
{
    struct mf_value value;
    return mf_bind_value(b, node, &value) && via_server_text(b, &value, target);
}

static bool via_command(struct mf_binder *b, const struct mf_node *node, void *target)
{
    struct mf_vars scope = mf_scope_command(b->vars);
    const struct mf_vars *before = b->vars;
    b->vars = &scope;
    bool good = mf_bind_argv(b, node, &((struct mf_via_draft *)target)->via->argv);
    b->vars = before;
    return good;
}

static bool via_login(struct mf_binder *b, const struct mf_node *node, void *target)
{
    struct mf_via_draft *draft = target;
    draft->login = node;
    draft->login_key = b->key_node;
    return true;
}
static bool via_tls(struct mf_binder *b, const struct mf_node *node, void *target)
{
    return mf_bind_word(b, node, &((struct mf_via_draft *)target)->tls);
}

static bool via_port(struct mf_binder *b, const struct mf_node *node, void *target)
{
    struct mf_via_draft *draft = target;
    draft->port_place = node->place;
    return mf_bind_count(b, node, &draft->port) &&
           ((draft->port > 0 && draft->port < 65536) ||
            mf_tell(b, node->place, "1 to 65535", "%d is no port", draft->port));
}

/* An address, or a name whose address is bound when mailflow runs on that host. */
bool mf_bind_source(struct mf_binder *b, const struct mf_node *node, const char **source)
{
    unsigned char buffer[16];
    struct mf_value value;
    if (!mf_bind_value(b, node, &value))
        return false;
    *source = value.text;
    return inet_pton(AF_INET, value.text, buffer) == 1 || inet_pton(AF_INET6, value.text, buffer) == 1 ||
           mf_is_domain(value.text) ||
           mf_tell(b, value.place, "an address of this host, or a host name that leads to one", "\"%s\" is no address",
                   value.text);
}
bool mf_bind_helo(struct mf_binder *b, const struct mf_node *node, const char **helo)
{
    struct mf_value value;
    if (!mf_bind_value(b, node, &value))
        return false;
    *helo = value.text;
    return mf_is_domain(value.text) || (value.text[0] == '[' && strchr(value.text, ']')) ||
           mf_tell(b, value.place, "a host name, or [192.0.2.1]", "\"%s\" is no EHLO name", value.text);
}
static bool via_source(struct mf_binder *b, const struct mf_node *node, void *target)
{
    return mf_bind_source(b, node, &((struct mf_via_draft *)target)->via->source);
}
static bool via_helo(struct mf_binder *b, const struct mf_node *node, void *target)
{
    return mf_bind_helo(b, node, &((struct mf_via_draft *)target)->via->helo);
}

static const struct mf_key keys[] = {
    {"server", "door", "", "SERVER [DOOR], URL or mx; short form of the whole", via_server, 0, "host door"},
    {"command", "command", "", "hand the message to this on stdin: ssh crm sendmail -i -f $(mail-from) -- $(rcpt-to)",
     via_command, 0, "do"},
    {"login", "login", "the person's", "none, wrong (a random password), or a login", via_login, 0, "auth"},
    {"tls", "word:required | offered | none", "submission: required; else offered", "login never in clear text",
     via_tls, 0, "starttls"},
    {"port", "text", "the URL's", "587 or 465 of the same door", via_port, 0, NULL},
    {"source", "text", "", "local address to bind", via_source, 0, "bind"},
    {"helo", "text", "host name", "EHLO name", via_helo, 0, "ehlo"},
};
static const struct mf_table table = {"Door (via)", keys, sizeof keys / sizeof *keys};
const struct mf_form mf_form_via = {"a via", "\"via\": {server: …}", MF_IN_BOTH, {&table}};

const struct mf_via *mf_bind_via(struct mf_binder *b, const struct mf_node *node, const struct mf_sender *sender)
{
    struct mf_via *via = mf_alloc(b->arena, sizeof *via);
    struct mf_via_draft draft = {.via = via, .tls = -1};
    via->place = node->place;
    if (sender->application) {
        via->source = sender->source;
        via->helo = sender->helo;
    }
    bool good = node->kind == MF_NODE_MAP ? mf_keys_bind(b, &mf_form_via, node, &draft) : via_server(b, node, &draft);
    return good && mf_via_finish(b, &draft, sender) ? via : NULL;
}

const struct mf_via *mf_via_of_server(struct mf_binder *b, const struct mf_server *server, enum mf_door_kind kind,
                                      const struct mf_sender *sender, struct mf_place place)
{
    struct mf_via *via = mf_alloc(b->arena, sizeof *via);
    *via = (struct mf_via){.place = place, .source = sender->source, .helo = sender->helo};
    struct mf_via_draft draft = {.via = via,
                                 .server = server,
                                 .tls = -1,
                                 .submission = kind == MF_DOOR_SUBMISSION,
                                 .smtp = kind == MF_DOOR_SMTP};
    return mf_via_finish(b, &draft, sender) ? via : NULL;
}

const struct mf_via *mf_via_of_mx(struct mf_binder *b, const struct mf_sender *sender, struct mf_place place)
{
    struct mf_via *via = mf_alloc(b->arena, sizeof *via);
    *via = (struct mf_via){.place = place};
    struct mf_via_draft draft = {.via = via, .mx = true, .tls = -1};
    return mf_via_finish(b, &draft, sender) ? via : NULL;
}

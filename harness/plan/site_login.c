/* Logins: a secret's whereabouts and a user name, made for one person at a time. */
#include "plan/site_internal.h"

#include <string.h>

/* --- OAuth2 --- */

struct oauth2_draft {
    struct mf_oauth2 *oauth2;
    int provider; /* -1: none */
    const char *tenant;
};

static bool oauth2_provider(struct mf_binder *b, const struct mf_node *node, void *target)
{
    return mf_bind_word(b, node, &((struct oauth2_draft *)target)->provider);
}
static bool oauth2_tenant(struct mf_binder *b, const struct mf_node *node, void *target)
{
    return mf_bind_text(b, node, &((struct oauth2_draft *)target)->tenant);
}
static bool oauth2_client_id(struct mf_binder *b, const struct mf_node *node, void *target)
{
    return mf_bind_text(b, node, &((struct oauth2_draft *)target)->oauth2->client_id);
}
static bool oauth2_client_secret(struct mf_binder *b, const struct mf_node *node, void *target)
{
    return mf_bind_secret(b, node, &((struct oauth2_draft *)target)->oauth2->client_secret);
}
static bool oauth2_refresh_token(struct mf_binder *b, const struct mf_node *node, void *target)
{
    return mf_bind_secret(b, node, &((struct oauth2_draft *)target)->oauth2->refresh_token);
}
static bool oauth2_token(struct mf_binder *b, const struct mf_node *node, void *target)
{
    return mf_bind_secret(b, node, &((struct oauth2_draft *)target)->oauth2->token);
}
static bool oauth2_token_url(struct mf_binder *b, const struct mf_node *node, void *target)
{
    struct oauth2_draft *draft = target;
    return mf_bind_text(b, node, &draft->oauth2->token_url) &&
           (mf_starts(draft->oauth2->token_url, "https://") ||
            mf_tell(b, node->place, "https://…", "a token comes by https only, not from \"%s\"",
                    draft->oauth2->token_url));
}
static bool oauth2_scope(struct mf_binder *b, const struct mf_node *node, void *target)
{
    return mf_bind_text(b, node, &((struct oauth2_draft *)target)->oauth2->scope);
}

static const struct mf_key oauth2_keys[] = {
    {"provider", "word:microsoft | google", "", "fills token-url and scope", oauth2_provider, 0, NULL},
    {"tenant", "text", "", "", oauth2_tenant, 0, "tenant-id"},
    {"client-id", "text", "", "", oauth2_client_id, 0, "client app-id"},
    {"client-secret", "secret", "", "", oauth2_client_secret, 0, "secret"},
    {"refresh-token", "secret", "", "with it: refresh grant; without: client credentials", oauth2_refresh_token, 0,
     "refresh"},
    {"token", "secret", "", "an access token (command) instead of all the rest", oauth2_token, 0, "access-token"},
    {"token-url", "text", "", "", oauth2_token_url, 0, "url"},
    {"scope", "text", "", "", oauth2_scope, 0, "scopes"},
};
static const struct mf_table oauth2_table = {"OAuth2", oauth2_keys, sizeof oauth2_keys / sizeof *oauth2_keys};
const struct mf_form mf_form_oauth2 = {"oauth2", "\"oauth2\" of a login", MF_IN_BOTH, {&oauth2_table}};

/* What a provider's name stands for. Microsoft's scope differs by grant: .default for client
 * credentials, the single rights for a user's refresh token. */
static void fill_provider(struct mf_binder *b, struct oauth2_draft *draft)
{
    struct mf_oauth2 *o = draft->oauth2;
    if (draft->provider == 0) {
        if (!o->token_url)
            o->token_url = mf_format(b->arena, "https://login.microsoftonline.com/%s/oauth2/v2.0/token",
                                     draft->tenant ? draft->tenant : "common");
        if (!o->scope)
            o->scope = o->refresh_token ? "https://outlook.office.com/IMAP.AccessAsUser.All "
                                          "https://outlook.office.com/SMTP.Send offline_access"
                                        : "https://outlook.office365.com/.default";
    } else if (draft->provider == 1) {
        if (!o->token_url)
            o->token_url = "https://oauth2.googleapis.com/token";
        if (!o->scope)
            o->scope = "https://mail.google.com/";
    }
}

static bool check_oauth2(struct mf_binder *b, const struct mf_node *node, const struct oauth2_draft *draft)
{
    const struct mf_oauth2 *o = draft->oauth2;
    if (o->token)
        return true;
    if (!o->token_url)
        return mf_tell(b, node->place,
                       "provider: microsoft or google, or token-url:", "where does the token come from?");
    if (!o->client_id)
        return mf_tell(b, node->place, "client-id: of the app registration", "\"client-id\" is missing in oauth2");
    if (draft->provider == 1 && !o->refresh_token)
        return mf_tell(b, node->place, "refresh-token: {…}, or token: {command: …}",
                       "Google gives tokens for a refresh token only (client credentials are not for mailboxes there)");
    if (draft->provider == 0 && !o->refresh_token && !draft->tenant)
        return mf_tell(b, node->place, "tenant: contoso.onmicrosoft.com", "\"tenant\" is missing in oauth2");
    return o->client_secret || o->refresh_token ||
           mf_tell(b, node->place, "client-secret: {env: NAME}",
                   "oauth2 has neither client-secret nor refresh-token nor token");
}

/* --- login --- */

static bool login_user(struct mf_binder *b, const struct mf_node *node, void *target)
{
    return mf_bind_text(b, node, &((struct mf_login *)target)->user);
}
static bool login_password(struct mf_binder *b, const struct mf_node *node, void *target)
{
    return mf_bind_secret(b, node, &((struct mf_login *)target)->password);
}
static bool login_oauth2(struct mf_binder *b, const struct mf_node *node, void *target)
{
    struct mf_login *login = target;
    struct mf_oauth2 *oauth2 = mf_alloc(b->arena, sizeof *oauth2);
    struct oauth2_draft draft = {.oauth2 = oauth2, .provider = -1};
    login->oauth2 = oauth2;
    if (!mf_keys_bind(b, &mf_form_oauth2, node, &draft))
        return false;
    fill_provider(b, &draft);
    return check_oauth2(b, node, &draft);
}

static bool login_mechanism(struct mf_binder *b, const struct mf_node *node, void *target)
{
    static const char *const known[] = {"PLAIN",       "LOGIN",         "CRAM-MD5", "DIGEST-MD5",
                                        "SCRAM-SHA-1", "SCRAM-SHA-256", "XOAUTH2",  "OAUTHBEARER",
                                        "NTLM",        "GSSAPI",        "EXTERNAL"};
    struct mf_login *login = target;
    struct mf_value value;
    if (!mf_bind_value(b, node, &value))
        return false;
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (mf_same_nocase(known[i], value.text)) {
            login->mechanism = known[i];
            return true;
        }
    return mf_word_among(b, &value, known, sizeof known / sizeof *known) >= 0;
}

static const struct mf_key login_keys[] = {
    {"user", "text", "$(address)", "", login_user, 0, "username login"},
    {"password", "secret", "", "{env: NAME}, {file: PATH} or {command: ...}; never the password", login_password, 0,
     "pass passwd secret"},
    {"oauth2", "oauth2", "", "", login_oauth2, 0, "oauth xoauth2"},
    {"mechanism", "text", "strongest offered; XOAUTH2 with oauth2", "", login_mechanism, 0, "auth sasl"},
};
static const struct mf_table login_table = {"Login", login_keys, 4};
const struct mf_form mf_form_login = {"a login", "\"login\"", MF_IN_BOTH, {&login_table}};

static bool check_login(struct mf_binder *b, const struct mf_node *node, struct mf_login *login)
{
    if (login->password && login->oauth2)
        return mf_tell(b, node->place, "keep one of them", "a login has a password or oauth2, not both");
    if (!login->password && !login->oauth2)
        return mf_tell(b, node->place,
                       "password: {env: NAME}, or oauth2:", "this login has neither password nor oauth2");
    login->kind = login->oauth2 ? MF_LOGIN_OAUTH2 : MF_LOGIN_PASSWORD;
    return true;
}

bool mf_bind_login(struct mf_binder *b, const struct mf_node *node, const struct mf_login_scope *whose,
                   const struct mf_login **result)
{
    struct mf_login *login = mf_alloc(b->arena, sizeof *login);
    struct mf_vars scope = mf_scope_login(whose, b->vars);
    const struct mf_vars *before = b->vars;
    *login = (struct mf_login){.user = whose->address, .place = node->place};
    *result = login;
    if (node->kind == MF_NODE_TEXT)
        return !node->refused && mf_tell(b, node->place, "{password: {env: NAME}} or {oauth2: {…}}",
                                         "\"login\" wants a map here, not \"%s\"", node->text);
    b->vars = &scope;
    bool good = mf_keys_bind(b, &mf_form_login, node, login) && check_login(b, node, login);
    b->vars = before;
    return good;
}

bool mf_person_login(struct mf_binder *b, const struct mf_person *person, const struct mf_server *server,
                     const struct mf_login **login)
{
    *login = NULL;
    for (size_t i = 0; i < person->mailbox_count; i++)
        if (person->mailboxes[i]->server == server) {
            *login = person->mailboxes[i]->login;
            return true;
        }
    const struct mf_server_draft *draft = mf_server_draft_of(b, server);
    if (!draft->login || draft->login_broken)
        return !draft->login_broken;
    struct mf_login_scope whose = {person->name, person->address};
    return mf_bind_login(b, draft->login, &whose, login);
}

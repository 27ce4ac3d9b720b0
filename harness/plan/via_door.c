/* From a `via` as written to the door, the login and the TLS that it means. */
#include "plan/via_internal.h"

#include <string.h>

static const struct mf_door *pick(const struct mf_door *doors, size_t count, int port)
{
    for (size_t i = 0; i < count; i++)
        if (port == 0 || doors[i].port == port)
            return &doors[i];
    return NULL;
}

static bool tell_no_door(struct mf_binder *b, const struct mf_via_draft *draft, const char *door)
{
    const struct mf_server *server = draft->server;
    if (mf_server_draft_of(b, server)->broken)
        return false;
    if (draft->port)
        return mf_tell(b, draft->port_place, "add its URL to the site, or take out port",
                       "the server \"%s\" has no %s on port %d", server->name, door, draft->port);
    return mf_tell(b, draft->via->place, mf_format(b->arena, "give it one in the site: %s: smtp://…", door),
                   "the server \"%s\" has no %s", server->name, door);
}

/* People log in: submission first. Strangers and applications come by port 25. */
static bool choose_door(struct mf_binder *b, const struct mf_via_draft *draft, const struct mf_sender *sender)
{
    const struct mf_server *server = draft->server;
    const struct mf_door *submission = pick(server->submission, server->submission_count, draft->port);
    const struct mf_door *smtp = pick(server->smtp, server->smtp_count, draft->port);
    bool insider = sender->person && !sender->person->outside;
    if (draft->submission)
        draft->via->door = submission;
    else if (draft->smtp)
        draft->via->door = smtp;
    else
        draft->via->door = (insider && submission) || !smtp ? submission : smtp;
    return draft->via->door || tell_no_door(b, draft,
                                            draft->smtp         ? "smtp"
                                            : draft->submission ? "submission"
                                                                : "submission or smtp");
}

static const char *label_of(struct mf_binder *b, const struct mf_via *via)
{
    const struct mf_door *door = via->door;
    if (!door->server)
        return door->url;
    return mf_format(b->arena, "%s %s", door->server->name, door->kind == MF_DOOR_SUBMISSION ? "submission" : "smtp");
}

static bool no_login(struct mf_binder *b, const struct mf_via_draft *draft, const struct mf_sender *sender)
{
    const struct mf_server *server = draft->via->door->server;
    if (sender->unknown || (server && mf_server_draft_of(b, server)->login_broken))
        return false;
    return mf_tell(b, draft->via->place, "via: {server: …, login: {user: …, password: {env: NAME}}}, or login: none",
                   "%s has no login at %s", sender->name, label_of(b, draft->via));
}

/* Submission needs a login; elsewhere one is used only when it is asked for. */
static bool default_login(struct mf_binder *b, const struct mf_via_draft *draft, const struct mf_sender *sender)
{
    struct mf_via *via = draft->via;
    if (via->door->kind != MF_DOOR_SUBMISSION)
        return true;
    if (!sender->person || !via->door->server)
        return no_login(b, draft, sender);
    if (!mf_person_login(b, sender->person, via->door->server, &via->login))
        return false;
    return via->login ? true : no_login(b, draft, sender);
}

/* `none`, `wrong`, or a login. */
static bool login_word(struct mf_binder *b, const struct mf_via_draft *draft, const struct mf_sender *sender)
{
    static const char *const words[] = {"none", "wrong"};
    static const struct mf_key key = {.name = "login", .type = "login", .fallback = "", .meaning = ""};
    struct mf_value value;
    b->key = &key;
    if (!mf_bind_value(b, draft->login, &value))
        return false;
    int number = mf_word_among(b, &value, words, 2);
    if (number < 0)
        return false;
    struct mf_login *login = mf_alloc(b->arena, sizeof *login);
    const struct mf_login *usual = NULL;
    if (number == 1 && sender->person && draft->via->door && draft->via->door->server)
        mf_person_login(b, sender->person, draft->via->door->server, &usual);
    *login = (struct mf_login){.kind = number == 0 ? MF_LOGIN_NONE : MF_LOGIN_WRONG,
                               .place = draft->login->place,
                               .user = usual && usual->user ? usual->user : sender->address};
    draft->via->login = login;
    return true;
}

static bool given_login(struct mf_binder *b, const struct mf_via_draft *draft, const struct mf_sender *sender)
{
    struct mf_login_scope whose = {sender->name, sender->address};
    const struct mf_key *before = b->key;
    bool good = draft->login->kind == MF_NODE_TEXT ? login_word(b, draft, sender)
                                                   : mf_bind_login(b, draft->login, &whose, &draft->via->login);
    b->key = before;
    return good;
}

static bool fold_tls(struct mf_binder *b, const struct mf_via_draft *draft)
{
    struct mf_via *via = draft->via;
    enum mf_tls_mode own = via->door ? via->door->tls_mode : MF_TLS_OFFERED;
    static const enum mf_tls_mode modes[] = {MF_TLS_REQUIRED, MF_TLS_OFFERED, MF_TLS_NONE};
    via->tls_mode = draft->tls < 0 || own == MF_TLS_IMPLICIT ? own : modes[draft->tls];
    if (own == MF_TLS_IMPLICIT && draft->tls > 0)
        return mf_tell(b, via->place, "use an smtp:// door for that", "%s is TLS from the first byte", via->door->url);
    bool login = via->login && via->login->kind != MF_LOGIN_NONE;
    return !login || via->tls_mode != MF_TLS_NONE ||
           mf_tell(b, via->place, "tls: required, or login: none", "a login never goes in clear text");
}

static bool finish_mx(struct mf_binder *b, const struct mf_via_draft *draft, const struct mf_sender *sender)
{
    struct mf_via *via = draft->via;
    via->kind = MF_VIA_MX;
    via->label = sender->to_domain ? mf_format(b->arena, "mx of %s", sender->to_domain) : "mx";
    if (draft->port)
        return mf_tell(b, draft->port_place, "take out port", "mail goes to an MX by port 25");
    if (draft->login && (!given_login(b, draft, sender) || via->login->kind != MF_LOGIN_NONE))
        return mf_tell(b, draft->login_key->place, "take out login", "nobody logs in at an MX");
    return fold_tls(b, draft);
}

static bool finish_command(struct mf_binder *b, const struct mf_via_draft *draft)
{
    struct mf_via *via = draft->via;
    via->kind = MF_VIA_COMMAND;
    via->tls_mode = MF_TLS_NONE;
    via->label = mf_format(b->arena, "%s%s%s", via->argv[0], via->argv[1] ? " " : "", via->argv[1] ? via->argv[1] : "");
    return (!draft->server && !draft->mx && !draft->url && !draft->login && draft->tls < 0 && !draft->port &&
            !via->source && !via->helo) ||
           mf_tell(b, via->place, "keep \"command\" alone, or take it out",
                   "a command hands the message over by itself: "
                   "server, login, tls, port, source and helo have no part in it");
}

bool mf_via_finish(struct mf_binder *b, const struct mf_via_draft *draft, const struct mf_sender *sender)
{
    struct mf_via *via = draft->via;
    if (via->argv)
        return finish_command(b, draft);
    if (draft->mx)
        return finish_mx(b, draft, sender);
    if (draft->url && draft->port)
        return mf_tell(b, draft->port_place, "take out port", "the URL has its port already");
    if (draft->url)
        via->door = draft->url;
    else if (!draft->server)
        return mf_tell(b, via->place,
                       "server: SERVER [DOOR], URL or mx; or command:", "\"via\" names neither server nor command");
    else if (!choose_door(b, draft, sender))
        return false;
    via->kind = MF_VIA_DOORS;
    via->label = label_of(b, via);
    return (draft->login ? given_login(b, draft, sender) : default_login(b, draft, sender)) && fold_tls(b, draft);
}

/* Mailboxes: which people have at which servers, and how they log in there. */
#include "plan/site_internal.h"

#include <string.h>

/* The login for a server out of a person's own map. */
static const struct mf_node *own_login(struct mf_binder *b, const struct mf_person_draft *draft,
                                       const struct mf_server *server)
{
    for (size_t i = 0; draft->login && i < draft->login->count; i++) {
        const struct mf_node *key = draft->login->pairs[i].key;
        struct mf_value value = {.text = key->text, .place = key->place, .node = key};
        if (mf_find_server(b, &value) == server)
            return draft->login->pairs[i].value;
    }
    return NULL;
}

static const struct mf_login no_login = {.kind = MF_LOGIN_NONE};

static void give_login(struct mf_binder *b, const struct mf_person_draft *draft, struct mf_mailbox *mailbox)
{
    struct mf_server_draft *server = mf_server_draft_of(b, mailbox->server);
    const struct mf_node *own = own_login(b, draft, mailbox->server), *node = own ? own : server->login;
    struct mf_login_scope whose = {draft->person->name, draft->person->address};
    mailbox->login = &no_login;
    if (!node && !server->login_broken)
        *MF_PUSH(b->arena, server->missing_login, server->missing_count, server->missing_capacity) =
            draft->person->name;
    else if (node && (own || !server->login_broken) && !mf_bind_login(b, node, &whose, &mailbox->login))
        mailbox->login = &no_login;
}

static void add_mailbox(struct mf_binder *b, struct mf_person_draft *draft, const struct mf_server *server)
{
    struct mf_person *person = draft->person;
    struct mf_mailbox *mailbox = mf_alloc(b->arena, sizeof *mailbox);
    *mailbox = (struct mf_mailbox){.person = person, .server = server, .is_main = person->mailbox_count == 0};
    mailbox->label =
        person->outside && mailbox->is_main ? person->name : mf_format(b->arena, "%s %s", person->name, server->name);
    person->mailboxes[person->mailbox_count++] = mailbox;
    give_login(b, draft, mailbox);
}

/* Ours: the primary and the secondary servers; others: the first outside. Only where mail can be read. */
static void default_mailboxes(struct mf_binder *b, struct mf_person_draft *draft)
{
    static const enum mf_role ours[] = {MF_ROLE_PRIMARY, MF_ROLE_SECONDARY}, others[] = {MF_ROLE_OUTSIDE};
    struct mf_person *person = draft->person;
    const enum mf_role *roles = person->outside ? others : ours;
    person->mailboxes = mf_alloc_array(b->arena, b->site->server_count + 1, sizeof(struct mf_mailbox *));
    for (size_t r = 0; r < (person->outside ? 1 : 2); r++)
        for (size_t i = 0; i < b->site->server_count; i++) {
            const struct mf_server *server = &b->site->servers[i];
            bool enough = person->outside && person->mailbox_count > 0;
            if (server->role == roles[r] && server->imap && !enough)
                add_mailbox(b, draft, server);
        }
}

static bool has_mailbox(const struct mf_person *person, const struct mf_server *server)
{
    for (size_t i = 0; i < person->mailbox_count; i++)
        if (person->mailboxes[i]->server == server)
            return true;
    return false;
}

static bool given_mailbox(struct mf_binder *b, struct mf_person_draft *draft, const struct mf_node *node)
{
    struct mf_value value;
    if (!mf_bind_value(b, node, &value) || !mf_refuse_comma(b, &value))
        return false;
    const struct mf_server *server = mf_find_server(b, &value);
    if (!server)
        return false;
    if (has_mailbox(draft->person, server))
        return mf_tell(b, value.place, "once is enough", "\"%s\" is in this list twice", value.text);
    if (!server->imap)
        return !mf_server_draft_of(b, server)->broken &&
               mf_tell(b, value.place, mf_format(b->arena, "give the server %s an imap: URL", server->name),
                       "no mailbox can be read at \"%s\"", value.text);
    add_mailbox(b, draft, server);
    return true;
}

static void given_mailboxes(struct mf_binder *b, struct mf_person_draft *draft)
{
    static const struct mf_key key = {
        .name = "mailboxes", .type = "names", .fallback = "", .meaning = "names of servers"};
    struct mf_items items;
    b->key = &key;
    if (mf_bind_items(b, draft->mailboxes, &items)) {
        draft->person->mailboxes = mf_alloc_array(b->arena, items.count + 1, sizeof(struct mf_mailbox *));
        for (size_t i = 0; i < items.count; i++)
            draft->broken |= !given_mailbox(b, draft, mf_item(&items, i));
    }
    b->key = NULL;
}

/* All mailboxes in one array, in the order of people. */
static void number_mailboxes(struct mf_binder *b)
{
    struct mf_site *site = b->site;
    size_t total = 0;
    for (size_t i = 0; i < site->person_count; i++)
        total += site->people[i].mailbox_count;
    site->mailboxes = mf_alloc_array(b->arena, total + 1, sizeof *site->mailboxes);
    for (size_t i = 0; i < site->person_count; i++)
        for (size_t j = 0; j < site->people[i].mailbox_count; j++) {
            struct mf_mailbox *mailbox = &site->mailboxes[site->mailbox_count];
            *mailbox = *site->people[i].mailboxes[j];
            mailbox->index = site->mailbox_count++;
            site->people[i].mailboxes[j] = mailbox;
        }
}

static void tell_missing_logins(struct mf_binder *b)
{
    for (size_t i = 0; i < b->site->server_count; i++) {
        const struct mf_server_draft *draft = &b->server_drafts[i];
        if (!draft->missing_count)
            continue;
        const char *more =
            draft->missing_count > 1 ? mf_format(b->arena, " and %zu more", draft->missing_count - 1) : "";
        mf_tell(b, draft->server->place, "login: {password: {env: NAME}}",
                "nobody can log in at \"%s\": %s%s %s a mailbox "
                "there, but no login is given",
                draft->server->name, draft->missing_login[0], more, draft->missing_count > 1 ? "have" : "has");
    }
}

void mf_site_mailboxes(struct mf_binder *b)
{
    for (size_t i = 0; i < b->site->person_count; i++) {
        struct mf_person_draft *draft = &b->person_drafts[i];
        if (!draft->person->address[0])
            continue;
        if (draft->mailboxes)
            given_mailboxes(b, draft);
        else
            default_mailboxes(b, draft);
    }
    number_mailboxes(b);
    tell_missing_logins(b);
}

/* "alice", "alice secondary": a mailbox. */
#include "plan/expect_internal.h"

#include "plan/site_internal.h"

#include <string.h>

const struct mf_mailbox *mf_person_mailbox(const struct mf_person *person, const struct mf_server *server)
{
    for (size_t i = 0; i < person->mailbox_count; i++)
        if (!server || person->mailboxes[i]->server == server)
            return person->mailboxes[i];
    return NULL;
}

static const char *places_of(struct mf_binder *b, const struct mf_person *person)
{
    const char *text = "";
    for (size_t i = 0; i < person->mailbox_count; i++)
        text = mf_format(b->arena, "%s%s%s", text, i ? ", " : "", person->mailboxes[i]->server->name);
    return text;
}

static bool tell_no_mailbox(struct mf_binder *b, const struct mf_value *value, const struct mf_person *person,
                            const struct mf_server *server)
{
    const struct mf_person_draft *draft = &b->person_drafts[person - b->site->people];
    bool excused = b->servers_broken || draft->broken || (b->draft && b->draft->absent);
    if (excused)
        return false;
    if (!server)
        return mf_tell(b, value->place,
                       person->outside ? "give the site a server with role: outside and imap:"
                                       : "give the site's primary server imap:",
                       "%s has no mailbox that could be read", person->name);
    const char *hint = !server->imap ? mf_format(b->arena, "the server %s has no imap: to read it by", server->name)
                       : person->mailbox_count
                           ? mf_format(b->arena, "%s has mailboxes at: %s", person->name, places_of(b, person))
                           : mf_format(b->arena, "mailboxes: %s in the site", server->name);
    return mf_tell(b, value->place, hint, "%s has no mailbox at \"%s\"", person->name, server->name);
}

bool mf_bind_mailbox(struct mf_binder *b, const struct mf_value *value, struct mf_words *more,
                     const struct mf_mailbox **mailbox)
{
    size_t len = strcspn(value->text, " "), gap = strspn(value->text + len, " ");
    struct mf_value who = mf_value_part(b, value, 0, len);
    const struct mf_server *server = NULL;
    *mailbox = NULL;
    if (value->unknown || !mf_refuse_comma(b, value))
        return false;
    if (strchr(who.text, '@')) {
        const struct mf_person *person = mf_site_person_at(b->site, who.text);
        return mf_tell(b, who.place, person ? mf_format(b->arena, "write %s", person->name) : "a person of the site",
                       "a mailbox is named by its person, not by the address \"%s\"", who.text);
    }
    const struct mf_person *person = mf_find_person(b, &who, more);
    if (value->text[len + gap]) {
        struct mf_value where = mf_value_part(b, value, len + gap, strlen(value->text + len + gap));
        server = mf_find_server(b, &where);
        if (!server)
            return false;
    }
    if (!person)
        return false;
    *mailbox = mf_person_mailbox(person, server);
    return *mailbox || tell_no_mailbox(b, value, person, server);
}

/* via of a flow. */
#include "plan/site_internal.h"

#include <string.h>

bool mf_flow_via(struct mf_binder *b, const struct mf_node *node, void *target)
{
    (void)target;
    struct mf_flow *flow = b->draft->flow;
    struct mf_sender sender = mf_flow_sender(b);
    if (b->draft->broken[MF_FLOW_FROM])
        sender = (struct mf_sender){.unknown = true, .name = "", .address = ""};
    flow->via = mf_bind_via(b, node, &sender);
    return flow->via != NULL;
}

/* A person's submission: at his main mailbox's server, else at the primary. */
static const struct mf_server *submission_of(const struct mf_binder *b, const struct mf_person *person)
{
    for (size_t i = 0; i < person->mailbox_count; i++)
        if (person->mailboxes[i]->server->submission_count)
            return person->mailboxes[i]->server;
    const struct mf_server *usual = mf_site_role(b->site, person->outside ? MF_ROLE_OUTSIDE : MF_ROLE_PRIMARY);
    return usual && usual->submission_count ? usual : NULL;
}

static bool tell_no_via(struct mf_binder *b, const char *why)
{
    if (b->servers_broken || b->draft->absent)
        return false;
    return mf_tell(b, b->draft->name_place, "via: SERVER [DOOR], a URL, mx, or {command: …}",
                   "how is it handed over? %s", why);
}

bool mf_flow_default_via(struct mf_binder *b)
{
    struct mf_flow *flow = b->draft->flow;
    struct mf_sender sender = mf_flow_sender(b);
    if (flow->from_application) {
        flow->via = flow->from_application->via;
        return flow->via != NULL;
    }
    if (!flow->from_person)
        return tell_no_via(b, mf_format(b->arena, "%s is nobody of the site, so \"via\" is needed", flow->from));
    const struct mf_server *server = submission_of(b, flow->from_person);
    if (server)
        flow->via = mf_via_of_server(b, server, MF_DOOR_SUBMISSION, &sender, flow->place);
    else if (flow->from_person->outside)
        flow->via = mf_via_of_mx(b, &sender, flow->place);
    else
        return tell_no_via(b, mf_format(b->arena, "the site has no submission: for %s", flow->from_person->name));
    return flow->via != NULL;
}

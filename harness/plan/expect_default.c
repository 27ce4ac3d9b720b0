/* Defaults by copy: who sent × whose mailbox. The table is in the language's README. */
#include "plan/expect_internal.h"
#include "plan/site_internal.h"

#include <string.h>

static bool sent_inside(const struct mf_binder *b, const struct mf_flow *flow)
{
    return flow->from_person ? !flow->from_person->outside : flow->from && mf_site_is_ours(b->site, flow->from);
}

static enum mf_copy_kind copy_kind(const struct mf_binder *b, const struct mf_flow *flow,
                                   const struct mf_mailbox *mailbox)
{
    bool outside = mailbox->person->outside;
    if (flow->from_application)
        return outside ? MF_COPY_APP_OUTSIDE : MF_COPY_APP_INSIDE;
    if (!sent_inside(b, flow))
        return MF_COPY_INBOUND; /* also to another outsider: somebody else's mail on its way through us */
    return outside ? MF_COPY_OUTBOUND : MF_COPY_INTERNAL;
}

/* The sender's own copy of what he sent, which nobody addressed to him. */
static bool is_own_copy(const struct mf_flow *flow, const struct mf_mailbox *mailbox)
{
    bool own = flow->from_person && mailbox->person == flow->from_person;
    for (size_t i = 0; own && i < flow->recipient_count; i++)
        own = flow->recipients[i].person != flow->from_person;
    return own;
}

static enum mf_kind kind_of_mail(const struct mf_binder *b, const struct mf_flow *flow, enum mf_copy_kind copy,
                                 bool own)
{
    if (own)
        return mf_flow_kind(b, flow, true);
    switch (copy) {
    case MF_COPY_INTERNAL:
        return MF_KIND_INTERNAL;
    case MF_COPY_INBOUND:
        return MF_KIND_INBOUND;
    case MF_COPY_OUTBOUND:
        return MF_KIND_OUTBOUND;
    case MF_COPY_APP_OUTSIDE:
    case MF_COPY_APP_INSIDE:
        return MF_KIND_APPLICATION;
    }
    return MF_KIND_INTERNAL;
}

/* --- the way --- */

static void default_hops(struct mf_binder *b, struct mf_expect *expect, bool own)
{
    const struct mf_server *gateway = mf_site_role(b->site, MF_ROLE_GATEWAY);
    bool internal = expect->copy_kind == MF_COPY_INTERNAL;
    if (!gateway || own || expect->is_copy)
        return;
    struct mf_hop *hop = mf_alloc(b->arena, sizeof *hop);
    *hop = (struct mf_hop){.server = gateway, .place = expect->place};
    if (internal && !expect->not_through_given && !expect->through_given) {
        expect->not_through = hop;
        expect->not_through_count = 1;
    } else if (!internal && !expect->through_given && !expect->not_through_given) {
        expect->through = hop;
        expect->through_count = 1;
    }
}

/* --- authentication --- */

static void set_auth(struct mf_auth_expect *auth, enum mf_auth_want want, bool aligned)
{
    if (auth->given)
        return;
    auth->want = want;
    auth->result = want == MF_AUTH_RESULT ? "pass" : NULL;
    auth->aligned = aligned;
}

static void default_auth(struct mf_expect *expect, bool own)
{
    enum mf_auth_want dkim = MF_AUTH_NOT_JUDGED, policy = MF_AUTH_NOT_JUDGED;
    switch (expect->copy_kind) {
    case MF_COPY_INTERNAL:
        break;
    case MF_COPY_INBOUND:
        dkim = MF_AUTH_STILL_VERIFIES;
        policy = MF_AUTH_TOLD;
        break;
    case MF_COPY_OUTBOUND:
    case MF_COPY_APP_OUTSIDE:
        dkim = policy = MF_AUTH_RESULT;
        break;
    case MF_COPY_APP_INSIDE:
        dkim = MF_AUTH_PASS_OR_NONE_WARN;
        policy = MF_AUTH_TOLD;
        break;
    }
    if (own) /* taken before or after signing: whatever is signed has to verify */
        dkim = MF_AUTH_STILL_VERIFIES;
    if (own || expect->is_copy)
        policy = MF_AUTH_NOT_JUDGED;
    set_auth(&expect->dkim, dkim, dkim == MF_AUTH_RESULT || dkim == MF_AUTH_PASS_OR_NONE_WARN);
    set_auth(&expect->spf, policy, false);
    set_auth(&expect->dmarc, policy, false);
    set_auth(&expect->arc, MF_AUTH_NOT_JUDGED, false);
}

/* --- where and when --- */

static void tell_not_copied(struct mf_binder *b, const struct mf_expect *expect)
{
    const struct mf_server *server = expect->mailbox->server;
    const char *kind = mf_kind_name(expect->kind_of_mail);
    b->draft->broken[MF_FLOW_EXPECT] = true;
    mf_tell(
        b, expect->place,
        mf_format(b->arena, "write folder: here, or add %s: inbox to receives: of %s in the site", kind, server->name),
        "no copies of %s mail go to %s, as the site says", kind, server->name);
}

static void default_folder(struct mf_binder *b, struct mf_expect *expect)
{
    const struct mf_server *server = expect->mailbox->server;
    if (expect->folder_given)
        return;
    const char *folder = expect->is_copy ? server->receives[expect->kind_of_mail] : NULL;
    bool copies = expect->is_copy && server->role == MF_ROLE_SECONDARY;
    bool judged = expect->kind == MF_EXPECT_AT && !mf_server_draft_of(b, server)->broken &&
                  !b->draft->broken[MF_FLOW_FROM] && !b->draft->broken[MF_FLOW_TO];
    if (!folder && copies && judged)
        tell_not_copied(b, expect);
    expect->folder = folder ? folder : "inbox";
}

static void default_deadlines(struct mf_binder *b, struct mf_expect *expect)
{
    const struct mf_flow_draft *draft = b->draft;
    const struct mf_deadlines *usual = &b->deadlines[expect->kind_of_mail];
    bool late_given = expect->late >= 0, within_given = expect->within >= 0;
    if (!late_given)
        expect->late = draft->late_given ? draft->flow->late : usual->late;
    if (!within_given)
        expect->within = draft->within_given ? draft->flow->within : usual->within;
    if (late_given && within_given && expect->late > expect->within)
        mf_tell(b, expect->place, "late comes before within", "mail would be missing before it is late");
    if (expect->late > expect->within && late_given)
        expect->within = expect->late;
    else if (expect->late > expect->within)
        expect->late = expect->within;
}

void mf_expect_defaults(struct mf_binder *b, struct mf_expect *expect)
{
    const struct mf_flow *flow = b->draft->flow;
    bool own = false;
    expect->kind_of_mail = flow->kind;
    if (expect->mailbox) {
        own = is_own_copy(flow, expect->mailbox);
        expect->copy_kind = copy_kind(b, flow, expect->mailbox);
        expect->kind_of_mail = kind_of_mail(b, flow, expect->copy_kind, own);
        expect->is_copy = !expect->mailbox->is_main;
        expect->journal = expect->is_copy && expect->mailbox->server->copy_is_journal;
        default_folder(b, expect);
        default_hops(b, expect, own);
        default_auth(expect, own);
    }
    default_deadlines(b, expect);
}

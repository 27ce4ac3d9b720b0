/* The doors of a server: URLs by which it is reached. */
#include "plan/site_internal.h"

#include <string.h>

struct scheme {
    const char *name;
    int port;
    enum mf_tls_mode tls;
};
/* By enum mf_door_kind. Submission and mailboxes never in clear text; port 25 as the Internet does it. */
static const struct scheme schemes[][2] = {
    [MF_DOOR_SUBMISSION] = {{"smtp", 587, MF_TLS_REQUIRED}, {"smtps", 465, MF_TLS_IMPLICIT}},
    [MF_DOOR_SMTP] = {{"smtp", 25, MF_TLS_OFFERED}, {"smtps", 465, MF_TLS_IMPLICIT}},
    [MF_DOOR_IMAP] = {{"imaps", 993, MF_TLS_IMPLICIT}, {"imap", 143, MF_TLS_REQUIRED}},
    [MF_DOOR_POP3] = {{"pop3s", 995, MF_TLS_IMPLICIT}, {"pop3", 110, MF_TLS_REQUIRED}},
    [MF_DOOR_WEB] = {{"https", 443, MF_TLS_IMPLICIT}, {"http", 80, MF_TLS_NONE}},
};

bool mf_bind_door(struct mf_binder *b, const struct mf_value *value, enum mf_door_kind kind, struct mf_door *door)
{
    const struct scheme *pair = schemes[kind];
    const char *const names[] = {pair[0].name, pair[1].name};
    struct mf_url url;
    if (!mf_check_url(b, value, names, 2, &url))
        return false;
    const struct scheme *scheme = strcmp(url.scheme, pair[0].name) == 0 ? &pair[0] : &pair[1];
    door->kind = kind;
    door->url = value->text;
    door->host = url.host;
    door->port = url.port ? url.port : scheme->port;
    door->tls_mode = scheme->tls;
    door->place = value->place;
    return true;
}

static bool bind_doors(struct mf_binder *b, const struct mf_node *node, struct mf_server_draft *draft,
                       enum mf_door_kind kind, struct mf_door **doors, size_t *count)
{
    struct mf_items items;
    if (!mf_bind_items(b, node, &items))
        return false;
    *doors = mf_alloc_array(b->arena, items.count + 1, sizeof **doors);
    bool good = items.count > 0 || mf_tell(b, node->place, "a URL", "\"%s\" is an empty list", mf_key_name(b));
    for (size_t i = 0; i < items.count; i++) {
        struct mf_door *door = &(*doors)[*count];
        struct mf_value value;
        *door = (struct mf_door){.server = draft->server, .tls = draft->tls};
        if (mf_bind_value(b, mf_item(&items, i), &value) && mf_bind_door(b, &value, kind, door))
            ++*count;
        else
            good = false;
    }
    return good;
}

bool mf_server_submission(struct mf_binder *b, const struct mf_node *node, void *target)
{
    struct mf_server_draft *d = target;
    return bind_doors(b, node, d, MF_DOOR_SUBMISSION, &d->server->submission, &d->server->submission_count);
}
bool mf_server_smtp(struct mf_binder *b, const struct mf_node *node, void *target)
{
    struct mf_server_draft *d = target;
    return bind_doors(b, node, d, MF_DOOR_SMTP, &d->server->smtp, &d->server->smtp_count);
}

static bool one_door(struct mf_binder *b, const struct mf_node *node, struct mf_server_draft *draft,
                     enum mf_door_kind kind, struct mf_door **door)
{
    struct mf_value value;
    struct mf_door *made = mf_alloc(b->arena, sizeof *made);
    *made = (struct mf_door){.server = draft->server, .tls = draft->tls};
    if (!mf_bind_value(b, node, &value) || !mf_bind_door(b, &value, kind, made))
        return false;
    *door = made;
    return true;
}
bool mf_server_imap(struct mf_binder *b, const struct mf_node *node, void *target)
{
    return one_door(b, node, target, MF_DOOR_IMAP, &((struct mf_server_draft *)target)->server->imap);
}
bool mf_server_pop3(struct mf_binder *b, const struct mf_node *node, void *target)
{
    return one_door(b, node, target, MF_DOOR_POP3, &((struct mf_server_draft *)target)->server->pop3);
}
/* A webmail has a path; only its form is looked at. */
bool mf_server_web(struct mf_binder *b, const struct mf_node *node, void *target)
{
    struct mf_server_draft *draft = target;
    struct mf_value value;
    if (!mf_bind_value(b, node, &value))
        return false;
    const char *slashes = strstr(value.text, "://");
    struct mf_value front = value;
    if (slashes)
        front = mf_value_part(b, &value, 0, (size_t)(slashes + 3 - value.text) + strcspn(slashes + 3, "/"));
    struct mf_door *door = mf_alloc(b->arena, sizeof *door);
    *door = (struct mf_door){.server = draft->server, .tls = draft->tls};
    if (!mf_bind_door(b, &front, MF_DOOR_WEB, door))
        return false;
    door->url = value.text;
    draft->server->web = door;
    return true;
}

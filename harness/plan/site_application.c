/* Applications: what else sends for the domain. */
#include "plan/site_internal.h"

#include <string.h>

struct application_draft {
    struct mf_application *application;
    const struct mf_node *via, *via_key;
    const char *source, *helo;
};

static bool application_address(struct mf_binder *b, const struct mf_node *node, void *target)
{
    return mf_bind_address(b, node, &((struct application_draft *)target)->application->address);
}
/* Bound last: it needs the address. */
static bool application_via(struct mf_binder *b, const struct mf_node *node, void *target)
{
    struct application_draft *draft = target;
    draft->via = node;
    draft->via_key = b->key_node;
    return true;
}
static bool application_source(struct mf_binder *b, const struct mf_node *node, void *target)
{
    return mf_bind_source(b, node, &((struct application_draft *)target)->source);
}
static bool application_helo(struct mf_binder *b, const struct mf_node *node, void *target)
{
    return mf_bind_helo(b, node, &((struct application_draft *)target)->helo);
}
static bool application_mail_from(struct mf_binder *b, const struct mf_node *node, void *target)
{
    return mf_bind_envelope(b, node, &((struct application_draft *)target)->application->mail_from);
}

static const struct mf_key keys[] = {
    {"address", "address", "required", "From and envelope sender", application_address, MF_KEY_REQUIRED,
     "from mail email"},
    {"via", "via", "gateway smtp", "where it hands over", application_via, 0, "server relay smarthost"},
    {"source", "text", "", "local address to bind (run mailflow on that host)", application_source, 0, "ip"},
    {"helo", "text", "host name", "EHLO name", application_helo, 0, "ehlo host"},
    {"mail-from", "envelope", "address", "envelope sender when it differs", application_mail_from, 0,
     "return-path sender"},
};
static const struct mf_table table = {"Application", keys, sizeof keys / sizeof *keys};
const struct mf_form mf_form_application = {"an application", "an application of the site", MF_IN_SITE, {&table}};

/* gateway smtp, as the guide has it. */
static const struct mf_via *default_via(struct mf_binder *b, const struct mf_application *application,
                                        const struct mf_sender *sender)
{
    const struct mf_server *gateway = mf_site_role(b->site, MF_ROLE_GATEWAY);
    if (gateway && gateway->smtp_count)
        return mf_via_of_server(b, gateway, MF_DOOR_SMTP, sender, application->place);
    if (!b->servers_broken)
        mf_tell(b, application->place, "give the site a server gateway with smtp:, or the application a via:",
                "where does \"%s\" hand over? The site has no gateway with smtp", application->name);
    return NULL;
}

static bool bind_via(struct mf_binder *b, struct application_draft *draft)
{
    struct mf_application *application = draft->application;
    struct mf_sender sender = {.application = application,
                               .name = application->name,
                               .address = application->address,
                               .source = draft->source,
                               .helo = draft->helo};
    if (draft->via) {
        const struct mf_key *key_before = b->key;
        const struct mf_node *node_before = b->key_node;
        b->key = &keys[1];
        b->key_node = draft->via_key;
        application->via = mf_bind_via(b, draft->via, &sender);
        b->key = key_before;
        b->key_node = node_before;
    } else {
        application->via = default_via(b, application, &sender);
    }
    return application->via != NULL;
}

static bool bind_application(struct mf_binder *b, const struct mf_node *name, const struct mf_node *map,
                             struct mf_application *application)
{
    struct application_draft draft = {.application = application};
    if (!mf_keys_bind(b, &mf_form_application, map, &draft))
        return false;
    if (mf_map_get(b->people, name->text))
        return mf_tell(b, name->place, "choose another name", "\"%s\" is a person and an application", name->text);
    if (!application->mail_from)
        application->mail_from = application->address;
    return bind_via(b, &draft);
}

static const struct mf_place *place_of_application(const void *application)
{
    return &((const struct mf_application *)application)->place;
}

static void add_application(struct mf_binder *b, const struct mf_node *name, const struct mf_node *map)
{
    struct mf_application *application = &b->site->applications[b->site->application_count];
    *application = (struct mf_application){.name = name->text, .place = name->place};
    if (!mf_site_name(b, name, "an application", b->applications, application, place_of_application)) {
        b->applications_broken = true;
        return;
    }
    b->site->application_count++;
    b->applications_broken |= !bind_application(b, name, map, application);
    if (!application->address)
        application->address = "";
}

/* --- FILE.csv: a row each, with a column "name" --- */

/* The row without its name and without empty cells, which say nothing. */
static struct mf_node *row_keys(struct mf_binder *b, const struct mf_node *row)
{
    struct mf_node *map = mf_alloc(b->arena, sizeof *map);
    *map = *row;
    map->pairs = mf_alloc_array(b->arena, row->count + 1, sizeof *map->pairs);
    map->count = 0;
    for (size_t i = 0; i < row->count; i++)
        if (strcmp(row->pairs[i].key->text, "name") != 0 && !row->pairs[i].value->empty)
            map->pairs[map->count++] = row->pairs[i];
    return map;
}

struct mf_node *mf_applications_table(struct mf_binder *b, const struct mf_node *node)
{
    struct mf_value value;
    const char *path;
    struct mf_bytes bytes;
    if (!mf_bind_value(b, node, &value))
        return NULL;
    if (!mf_ends_nocase(value.text, ".csv")) {
        mf_tell(b, value.place, "{crm: {address: crm@…}}, or a .csv file",
                "\"applications\" wants a map or a .csv file, not \"%s\"", value.text);
        return NULL;
    }
    return mf_bind_file(b, node, &path, &bytes) ? mf_scenario_read_csv(b->arena, b->files, path, b->diags) : NULL;
}

static bool bind_table(struct mf_binder *b, const struct mf_node *table_node)
{
    for (size_t i = 0; i < table_node->count; i++) {
        const struct mf_node *row = table_node->items[i], *name = mf_node_get(row, "name");
        if (!name || name->empty)
            return mf_tell(b, row->place, "a column \"name\"", "an application without name");
        add_application(b, name, row_keys(b, row));
    }
    return true;
}

bool mf_site_applications(struct mf_binder *b, const struct mf_node *node, void *target)
{
    (void)target;
    bool good = true;
    if (node->kind == MF_NODE_LIST) { /* a .csv, read when things were counted */
        good = bind_table(b, node);
    } else if (!mf_want_map(b, node)) {
        good = false;
    } else {
        for (size_t i = 0; i < node->count; i++)
            add_application(b, node->pairs[i].key, node->pairs[i].value);
    }
    b->applications_broken |= !good;
    return good;
}

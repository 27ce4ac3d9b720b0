/* A site file with all that it includes. */
#include "plan/site_internal.h"

#include <string.h>

/* --- keys --- */

static bool site_name(struct mf_binder *b, const struct mf_node *node, void *target)
{
    return mf_bind_text(b, node, &((struct mf_site *)target)->name);
}

static bool site_domain(struct mf_binder *b, const struct mf_node *node, void *target)
{
    struct mf_site *site = target;
    struct mf_items items;
    if (!mf_bind_items(b, node, &items))
        return false;
    bool good = items.count > 0 || mf_tell(b, node->place, "domain: example.com", "no domain");
    site->domains = mf_alloc_array(b->arena, items.count + 1, sizeof *site->domains);
    site->domain_count = 0;
    for (size_t i = 0; i < items.count; i++) {
        struct mf_value value;
        if (!mf_bind_value(b, mf_item(&items, i), &value) || !mf_refuse_comma(b, &value))
            continue;
        char *domain = mf_copy(b->arena, value.text);
        for (char *c = domain; *c; c++)
            *c = (char)mf_lower((unsigned char)*c);
        site->domains[site->domain_count++] = domain;
        if (!mf_is_domain(domain) || !strchr(domain, '.'))
            good = mf_tell(b, value.place, "domain: example.com", "\"%s\" is no mail domain", value.text);
    }
    return good;
}

/* Read before: see read_file. */
static bool site_include(struct mf_binder *b, const struct mf_node *node, void *target)
{
    (void)b;
    (void)node;
    (void)target;
    return true;
}

static bool site_resolver(struct mf_binder *b, const struct mf_node *node, void *target)
{
    struct mf_value value;
    if (!mf_bind_value(b, node, &value))
        return false;
    size_t len = strcspn(value.text, "@");
    const char *port = value.text + len, *address = mf_copy_bytes(b->arena, value.text, len);
    bool good = strspn(address, "0123456789.") == len
                    ? strchr(address, '.') != NULL
                    : strchr(address, ':') && strspn(address, "0123456789abcdefABCDEF:.") == len;
    good = good && (!*port || (port[1] && strlen(port + 1) < 6 && strspn(port + 1, "0123456789") == strlen(port + 1)));
    ((struct mf_site *)target)->resolver = value.text;
    return good || mf_tell(b, value.place, "an address, perhaps with a port: 192.0.2.53@53", "\"%s\" is no resolver",
                           value.text);
}

static bool site_severity(struct mf_binder *b, const struct mf_node *node, void *target)
{
    (void)target;
    return mf_bind_severity(b, node, &b->severities, &b->severity_count, &b->severity_capacity);
}

enum { SITE_INCLUDE = 2, SITE_SERVERS = 6, SITE_PEOPLE, SITE_APPLICATIONS, SITE_ACTIONS };
static const struct mf_key keys[] = {
    {"site", "text", "file name", "name of this site in reports", site_name, 0, "name title"},
    {"domain", "names", "required", "our domains; the first is $(domain)", site_domain, MF_KEY_REQUIRED, "domains"},
    [SITE_INCLUDE] = {"include", "files", "", "site files read first; the same name twice is an error", site_include, 0,
                      "includes import"},
    {"dns", "table", "", "DNS as it must be after go-live", mf_site_dns, 0, NULL},
    {"dns-before", "table", "", "DNS as it was before", mf_site_dns_before, 0, NULL},
    {"resolver", "text", "the system's", "ADDR[@PORT] to ask instead", site_resolver, 0, "nameserver"},
    [SITE_SERVERS] = {"servers", "map:server", "required", "where mail is handed over, passes and is read",
                      mf_site_servers, MF_KEY_REQUIRED, NULL},
    [SITE_PEOPLE] = {"people", "map:person", "required",
                     "who has mailboxes; outside when the address is in none of our domains", mf_site_people,
                     MF_KEY_REQUIRED, "users persons"},
    [SITE_APPLICATIONS] = {"applications", "apps", "",
                           "what else sends for the domain; or a .csv whose columns are these keys",
                           mf_site_applications, 0, "apps"},
    [SITE_ACTIONS] = {"actions", "map:action", "", "what a drill does to this site, by name", mf_site_actions, 0, NULL},
    {"deadlines", "deadlines", "", "late, within, settle; for all or for each kind of flow", mf_site_deadlines, 0,
     "timeouts"},
    {"limits", "limits", "", "imap-commands 1/s, connections 10, messages 30/min", mf_site_limits, 0, NULL},
    {"severity", "severity", "", "as in scenarios, for everything run here", site_severity, 0, NULL},
};
static const struct mf_table table = {"Site", keys, sizeof keys / sizeof *keys};
const struct mf_form mf_form_site = {"a site", "the site file", MF_IN_SITE, {&table}};

/* --- files --- */

#define INCLUDES_MAX 64

struct site_files {
    struct mf_given given[INCLUDES_MAX]; /* included ones first */
    size_t count;
    const char *reading[INCLUDES_MAX];
    size_t depth;
};

static void read_site_file(struct mf_binder *b, struct site_files *files, const char *path);

static void read_includes(struct mf_binder *b, struct site_files *files, const struct mf_node *node)
{
    struct mf_items items;
    b->key = &keys[SITE_INCLUDE];
    if (!mf_bind_items(b, node, &items))
        return;
    for (size_t i = 0; i < items.count; i++) {
        const char *path;
        struct mf_bytes bytes;
        bool circle = false;
        if (!mf_bind_file(b, mf_item(&items, i), &path, &bytes))
            continue;
        for (size_t j = 0; j < files->depth; j++)
            circle |= strcmp(files->reading[j], path) == 0;
        if (circle || files->depth == INCLUDES_MAX)
            mf_tell(b, mf_item(&items, i)->place, "take it out", "%s includes itself", path);
        else
            read_site_file(b, files, path);
    }
    b->key = NULL;
}

static void read_site_file(struct mf_binder *b, struct site_files *files, const char *path)
{
    struct mf_node *node = mf_scenario_read(b->arena, b->files, path, b->diags);
    struct mf_given given;
    if (!node || !mf_keys_read(b, &mf_form_site, node, &given))
        return;
    files->reading[files->depth++] = path;
    if (given.value[SITE_INCLUDE])
        read_includes(b, files, given.value[SITE_INCLUDE]);
    files->depth--;
    if (files->count < INCLUDES_MAX)
        files->given[files->count++] = given;
    else
        mf_tell(b, node->place, "join some of them", "more than %d site files", INCLUDES_MAX);
}

/* Tables of applications are read here, so that rows can be counted. */
static size_t count_entries(struct mf_binder *b, struct site_files *files, int key)
{
    size_t count = 0;
    for (size_t i = 0; i < files->count; i++) {
        const struct mf_node **node = &files->given[i].value[key];
        if (key == SITE_APPLICATIONS && *node && (*node)->kind == MF_NODE_TEXT) {
            b->key = &keys[SITE_APPLICATIONS];
            *node = mf_applications_table(b, *node);
            files->given[i].broken[key] = !*node;
            b->applications_broken |= !*node;
            b->key = NULL;
        }
        count += *node ? (*node)->count : 0;
    }
    return count + 1;
}

/* References between these are pointers, so each is one array that never moves. */
static void make_room(struct mf_binder *b, struct site_files *files)
{
    struct mf_site *site = b->site;
    size_t servers = count_entries(b, files, SITE_SERVERS), people = count_entries(b, files, SITE_PEOPLE);
    site->servers = mf_alloc_array(b->arena, servers, sizeof *site->servers);
    b->server_drafts = mf_alloc_array(b->arena, servers, sizeof *b->server_drafts);
    site->people = mf_alloc_array(b->arena, people, sizeof *site->people);
    b->person_drafts = mf_alloc_array(b->arena, people, sizeof *b->person_drafts);
    site->applications =
        mf_alloc_array(b->arena, count_entries(b, files, SITE_APPLICATIONS), sizeof *site->applications);
    site->actions = mf_alloc_array(b->arena, count_entries(b, files, SITE_ACTIONS), sizeof *site->actions);
}

static void require(struct mf_binder *b, const struct site_files *files, size_t key)
{
    bool given = false, excused = false;
    for (size_t i = 0; i < files->count; i++) {
        given |= files->given[i].value[key] != NULL;
        excused |= files->given[i].broken[key] || files->given[i].node->refused;
    }
    if (!given && !excused)
        mf_tell(b, files->given[files->count - 1].node->place,
                mf_format(b->arena, "%s: %s", keys[key].name, keys[key].meaning), "\"%s\" is missing in the site",
                keys[key].name);
    b->people_broken |= key == SITE_PEOPLE && !given;
    b->servers_broken |= key == SITE_SERVERS && !given;
}

static const char *name_of_file(struct mf_arena *arena, const char *path)
{
    const char *slash = strrchr(path, '/'), *base = slash ? slash + 1 : path;
    const char *dot = strrchr(base, '.');
    return dot && dot > base ? mf_copy_bytes(arena, base, (size_t)(dot - base)) : base;
}

static void bind_keys(struct mf_binder *b, struct site_files *files)
{
    for (size_t key = 0; key < table.count; key++) {
        if (keys[key].flags & MF_KEY_REQUIRED)
            require(b, files, key);
        for (size_t i = 0; i < files->count; i++) {
            const struct mf_given *given = &files->given[i];
            if (given->value[key])
                mf_key_call(b, &keys[key], given->key[key], given->value[key], b->site);
            b->people_broken |= key == SITE_PEOPLE && given->broken[key];
            b->servers_broken |= key == SITE_SERVERS && given->broken[key];
            b->applications_broken |= key == SITE_APPLICATIONS && given->broken[key];
        }
        if (key == SITE_PEOPLE)
            mf_site_mailboxes(b);
    }
}

bool mf_site_name(struct mf_binder *b, const struct mf_node *key, const char *what, struct mf_map *names, void *value,
                  const struct mf_place *(*place_of)(const void *))
{
    if (key->refused || !mf_name_check(key, what, b->diags))
        return false;
    if (!mf_is_name(key->text))
        return mf_tell(b, key->place, "letters, digits, - and _", "\"%s\" can't be the name of %s", key->text, what);
    const void *other = mf_map_add(names, key->text, value);
    if (!other)
        return true;
    const struct mf_place *place = place_of(other);
    return mf_tell(b, key->place,
                   mf_format(b->arena, "the other is at %s:%d", place->file ? place->file : "", place->line),
                   "\"%s\" is the name of %s already", key->text, what);
}

void mf_site_bind(struct mf_binder *b, const char *path)
{
    struct site_files *files = mf_alloc(b->arena, sizeof *files);
    struct mf_vars names = mf_scope_names(b), scope = mf_scope_options(b, &names);
    b->vars = &scope;
    b->site->file = path;
    b->site->name = name_of_file(b->arena, path);
    b->site->limits = (struct mf_limits){.imap_commands = 1, .connections = 10, .messages = 30};
    b->site->addresses = b->addresses;
    mf_site_deadline_defaults(b);
    read_site_file(b, files, path);
    make_room(b, files);
    if (files->count)
        bind_keys(b, files);
    else
        b->people_broken = b->servers_broken = b->applications_broken = true;
    b->vars = NULL;
}

/* Variables: the names that everybody has, what captures will fill, and those of logins and commands. */
#include "plan/flow_internal.h"

#include <string.h>

typedef void tell_name(void *arg, const char *name);

/* Both are put together here: as one piece in this file (or in the program) they would make virus
 * and spam scanners take it away. */
static const char *gtube(struct mf_binder *b)
{
    return mf_format(b->arena, "%s%s", "XJS*C4JDBQADN1.NSBN3*2IDNEN*", "GTUBE-STANDARD-ANTI-UBE-TEST-EMAIL*C.34X");
}
static const char *eicar(struct mf_binder *b)
{
    return mf_format(b->arena, "%s%s", "X5O!P%@AP[4\\PZX54(P^)7CC)7}$EICAR", "-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*");
}

static const char *token(const struct mf_binder *b)
{
    return b->draft && b->draft->token[0] ? b->draft->token : b->shape_only ? "000000000000" : NULL;
}

/* --- names of the site, and what is always there --- */

static const char *const always[] = {"domain", "run", "token", "gtube", "eicar"};

static const char *address_field(struct mf_binder *b, const char *address, const char *field)
{
    const char *at = strrchr(address, '@');
    if (strcmp(field, "address") == 0)
        return address;
    if (at && strcmp(field, "local") == 0)
        return mf_copy_bytes(b->arena, address, (size_t)(at - address));
    return at && strcmp(field, "domain") == 0 ? at + 1 : NULL;
}

static const char *person_field(struct mf_binder *b, const struct mf_person *person, const char *field)
{
    return strcmp(field, "name") == 0 ? person->display_name : address_field(b, person->address, field);
}

static const char *application_field(struct mf_binder *b, const struct mf_application *application, const char *field)
{
    if (strcmp(field, "name") == 0)
        return application->name;
    if (strcmp(field, "helo") == 0)
        return application->via ? application->via->helo : NULL;
    return address_field(b, application->address, field);
}

static const char *look_up(const struct mf_vars *vars, const char *name)
{
    const char *text = NULL;
    for (; vars && !text; vars = vars->outer)
        text = vars->get(vars->context, name);
    return text;
}

/* $(alice.address), and $(app.address) where app is crm just now. */
static const char *field_of(struct mf_binder *b, const char *name, const char *dot)
{
    const char *owner = mf_copy_bytes(b->arena, name, (size_t)(dot - name));
    const void *person = mf_map_get(b->people, owner), *application = mf_map_get(b->applications, owner);
    if (!person && !application) {
        const char *meant = look_up(b->vars, owner);
        if (!meant)
            return NULL;
        if (b->met_unknown)
            return meant;
        person = mf_map_get(b->people, meant);
        application = mf_map_get(b->applications, meant);
    }
    if (person)
        return person_field(b, person, dot + 1);
    return application ? application_field(b, application, dot + 1) : NULL;
}

static const char *known_name(struct mf_binder *b, const char *name)
{
    const char *dot = strrchr(name, '.');
    if (dot)
        return field_of(b, name, dot);
    if (strcmp(name, "domain") == 0)
        return b->site->domain_count ? b->site->domains[0] : NULL;
    if (strcmp(name, "run") == 0)
        return b->options->run;
    if (strcmp(name, "token") == 0)
        return token(b);
    if (strcmp(name, "gtube") == 0)
        return gtube(b);
    return strcmp(name, "eicar") == 0 ? eicar(b) : NULL;
}

static const char *names_get(const void *context, const char *name)
{
    struct mf_binder *b = (struct mf_binder *)context;
    const char *text = known_name(b, name);
    if (text || !b->any_variable)
        return text;
    b->met_unknown = true;
    return mf_format(b->arena, "$(%s)", name);
}

static void tell_fields(struct mf_binder *b, const struct mf_map *map, const char *const *fields, tell_name *told,
                        void *arg)
{
    const char *name;
    for (size_t i = 0; (name = mf_map_key(map, i)); i++)
        for (const char *const *field = fields; *field; field++)
            told(arg, mf_format(b->arena, "%s.%s", name, *field));
}

static void names_each(const void *context, tell_name *told, void *arg)
{
    static const char *const of_person[] = {"address", "local", "domain", "name", NULL};
    static const char *const of_application[] = {"address", "local", "domain", "name", "helo", NULL};
    struct mf_binder *b = (struct mf_binder *)context;
    for (size_t i = 0; i < sizeof always / sizeof *always; i++)
        told(arg, always[i]);
    tell_fields(b, b->people, of_person, told, arg);
    tell_fields(b, b->applications, of_application, told, arg);
}

struct mf_vars mf_scope_names(struct mf_binder *b)
{
    return (struct mf_vars){.get = names_get, .each = names_each, .context = b};
}

bool mf_scope_reserved(const char *name)
{
    for (size_t i = 0; i < sizeof always / sizeof *always; i++)
        if (strcmp(always[i], name) == 0)
            return true;
    return false;
}

/* --- captures, which a later version fills --- */

struct capture_scope {
    struct mf_binder *binder;
    struct mf_map *names;
};

static const char *captures_get(const void *context, const char *name)
{
    const struct capture_scope *scope = context;
    struct mf_binder *b = scope->binder;
    const struct mf_place *place = mf_map_get(scope->names, name);
    if (!place)
        return NULL;
    b->met_unknown = true;
    if (b->draft && b->draft->flow)
        mf_not_built(b, "capture", *place);
    return mf_format(b->arena, "$(%s)", name);
}

static void captures_each(const void *context, tell_name *told, void *arg)
{
    const struct capture_scope *scope = context;
    const char *name;
    for (size_t i = 0; (name = mf_map_key(scope->names, i)); i++)
        told(arg, name);
}

struct mf_vars mf_scope_captures(struct mf_binder *b, const struct mf_vars *outer, struct mf_map *captures)
{
    struct capture_scope *scope = mf_alloc(b->arena, sizeof *scope);
    *scope = (struct capture_scope){b, captures};
    return (struct mf_vars){.outer = outer, .get = captures_get, .each = captures_each, .context = scope};
}

/* --- logins and commands --- */

static const char *login_get(const void *context, const char *name)
{
    const struct mf_login_scope *login = context;
    if (strcmp(name, "person") == 0)
        return login->person;
    return strcmp(name, "address") == 0 ? login->address : NULL;
}

static void login_each(const void *context, tell_name *told, void *arg)
{
    (void)context;
    told(arg, "person");
    told(arg, "address");
}

struct mf_vars mf_scope_login(const struct mf_login_scope *login, const struct mf_vars *outer)
{
    return (struct mf_vars){.outer = outer, .get = login_get, .each = login_each, .context = login};
}

static const char *command_get(const void *context, const char *name)
{
    (void)context;
    if (strcmp(name, "mail-from") == 0)
        return "$(mail-from)";
    return strcmp(name, "rcpt-to") == 0 ? "$(rcpt-to)" : NULL;
}

static void command_each(const void *context, tell_name *told, void *arg)
{
    (void)context;
    told(arg, "mail-from");
    told(arg, "rcpt-to");
}

struct mf_vars mf_scope_command(const struct mf_vars *outer)
{
    return (struct mf_vars){.outer = outer, .get = command_get, .each = command_each};
}

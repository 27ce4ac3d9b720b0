/* Looking up people, servers and applications by what a text says. */
#include "plan/site_internal.h"

#include <string.h>

void mf_words_add_names(const struct mf_map *map, struct mf_words *words)
{
    const char *name;
    for (size_t i = 0; (name = mf_map_key(map, i)); i++)
        mf_words_add(words, name);
}

void mf_words_add_servers(struct mf_binder *b, struct mf_words *words)
{
    mf_words_add_names(b->servers, words);
    for (size_t i = 0; i < b->site->server_count; i++)
        mf_words_add(words, mf_role_name(b->site->servers[i].role));
}

int mf_role_of(const char *word)
{
    for (int role = MF_ROLE_PRIMARY; role <= MF_ROLE_OLD; role++)
        if (strcmp(mf_role_name((enum mf_role)role), word) == 0)
            return role;
    return -1;
}

const struct mf_server *mf_find_server(struct mf_binder *b, const struct mf_value *value)
{
    const struct mf_server *server = mf_map_get(b->servers, value->text);
    int role = server ? -1 : mf_role_of(value->text);
    if (role >= 0)
        server = mf_site_role(b->site, (enum mf_role)role);
    if (server || value->unknown)
        return server;
    if (role >= 0) {
        if (!mf_guard_absent(b, (enum mf_guard)role) && !b->servers_broken)
            mf_tell(b, value->place, mf_format(b->arena, "\"site-has: %s\" skips this on such a site", value->text),
                    "site %s has no %s", b->site->name, value->text);
        return NULL;
    }
    struct mf_words words = {.arena = b->arena}, roles = {.arena = b->arena};
    mf_words_add_servers(b, &words);
    mf_words_add_servers(b, &roles);
    for (role = MF_ROLE_PRIMARY; role <= MF_ROLE_OLD; role++) /* also one that this site lacks */
        mf_words_add(&roles, mf_role_name((enum mf_role)role));
    const char *near = mf_words_near(&roles, value->text);
    if (near || !b->servers_broken)
        mf_tell(b, value->place, near ? near : mf_words_hint(&words, value->text), "there is no server \"%s\"",
                value->text);
    return NULL;
}

const struct mf_person *mf_find_person(struct mf_binder *b, const struct mf_value *value, struct mf_words *more)
{
    const struct mf_person *person = mf_map_get(b->people, value->text);
    if (person || value->unknown)
        return person;
    struct mf_words words = {.arena = b->arena};
    mf_words_add_names(b->people, &words);
    for (size_t i = 0; more && i < more->count; i++)
        mf_words_add(&words, more->items[i]);
    if (!mf_refuse_comma(b, value))
        return NULL;
    const char *near = mf_words_near(&words, value->text);
    bool excused = b->people_broken || mf_guard_absent(b, MF_HAS_OUTSIDERS) || mf_guard_absent(b, MF_HAS_APPLICATIONS);
    if (near || !excused)
        mf_tell(b, value->place, near ? near : mf_words_hint(&words, value->text), "nobody is called \"%s\" in site %s",
                value->text, b->site->name);
    return NULL;
}

bool mf_names_broken_flow(struct mf_binder *b, const struct mf_value *value)
{
    const struct mf_scenario *scenario = b->draft->scenario;
    struct mf_words words = {.arena = b->arena};
    mf_words_add_names(scenario->broken_templates, &words);
    return mf_words_near(&words, value->node->text) || mf_words_near(&words, value->text);
}

/* People and their addresses. */
#include "plan/site_internal.h"

#include <string.h>

static bool person_address(struct mf_binder *b, const struct mf_node *node, void *target)
{
    return mf_bind_address(b, node, &((struct mf_person_draft *)target)->person->address);
}
static bool person_name(struct mf_binder *b, const struct mf_node *node, void *target)
{
    return mf_bind_text(b, node, &((struct mf_person_draft *)target)->person->display_name);
}

static bool person_aliases(struct mf_binder *b, const struct mf_node *node, void *target)
{
    struct mf_person *person = ((struct mf_person_draft *)target)->person;
    struct mf_items items;
    bool good = mf_bind_items(b, node, &items);
    person->aliases = mf_alloc_array(b->arena, good ? items.count + 1 : 1, sizeof *person->aliases);
    for (size_t i = 0; good && i < items.count; i++)
        good = mf_bind_address(b, mf_item(&items, i), &person->aliases[person->alias_count++]);
    return good;
}

static bool person_mailboxes(struct mf_binder *b, const struct mf_node *node, void *target)
{
    (void)b;
    ((struct mf_person_draft *)target)->mailboxes = node;
    return true;
}

static bool person_login(struct mf_binder *b, const struct mf_node *node, void *target)
{
    if (!mf_want_map(b, node))
        return false;
    ((struct mf_person_draft *)target)->login = node;
    bool good = true;
    for (size_t i = 0; i < node->count; i++) {
        const struct mf_node *key = node->pairs[i].key;
        struct mf_value value = {.text = key->text, .place = key->place, .node = key};
        good &= mf_find_server(b, &value) != NULL;
    }
    return good;
}

static const struct mf_key keys[] = {
    {"address", "address", "required", "short form: alice: alice@net-it.com", person_address, MF_KEY_REQUIRED,
     "mail email"},
    {"name", "text", "the key", "display name", person_name, 0, "display-name"},
    {"aliases", "addresses", "", "further addresses of this person", person_aliases, 0, NULL},
    {"mailboxes", "names", "ours: primary and secondary servers; others: the outside server",
     "the first is the main one", person_mailboxes, 0, "servers"},
    {"login", "map:login", "the server's", "SERVER: login", person_login, 0, "logins"},
};
static const struct mf_table table = {"Person", keys, sizeof keys / sizeof *keys};
const struct mf_form mf_form_person = {"a person", "a person of the site", MF_IN_SITE, {&table}};

/* --- addresses --- */

/* local@domain with the domain in lower case. */
static const char *folded(struct mf_binder *b, const char *address)
{
    char *copy = mf_copy(b->arena, address);
    for (char *c = strrchr(copy, '@'); c && *c; c++)
        *c = (char)mf_lower((unsigned char)*c);
    return copy;
}

static bool claim_address(struct mf_binder *b, struct mf_person *person, const char *address)
{
    const struct mf_person *other = mf_map_add(b->addresses, folded(b, address), person);
    return !other || mf_tell(b, person->place, "give one of them another address",
                             "%s is the address of both %s and %s", address, other->name, person->name);
}

static bool is_keyword(const char *name)
{
    static const char *const words[] = {"nobody", "accepted", "refused", "deferred", "bounce", "never", "at"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (strcmp(words[i], name) == 0)
            return true;
    return false;
}

static const struct mf_place *place_of_person(const void *person)
{
    return &((const struct mf_person *)person)->place;
}

static bool bind_person(struct mf_binder *b, const struct mf_pair *pair, struct mf_person_draft *draft)
{
    struct mf_person *person = draft->person;
    bool good = pair->value->kind == MF_NODE_TEXT ? mf_bind_address(b, pair->value, &person->address)
                                                  : mf_keys_bind(b, &mf_form_person, pair->value, draft);
    if (is_keyword(person->name))
        good = mf_tell(b, pair->key->place, "choose another name", "\"%s\" is a word of the language", person->name);
    if (!person->address)
        return false;
    person->outside = !mf_site_is_ours(b->site, person->address);
    good &= claim_address(b, person, person->address);
    for (size_t i = 0; good && i < person->alias_count; i++)
        good = claim_address(b, person, person->aliases[i]);
    return good;
}

bool mf_site_people(struct mf_binder *b, const struct mf_node *node, void *target)
{
    struct mf_site *site = target;
    if (!mf_want_map(b, node)) {
        b->people_broken = true;
        return false;
    }
    for (size_t i = 0; i < node->count; i++) {
        struct mf_person *person = &site->people[site->person_count];
        struct mf_person_draft *draft = &b->person_drafts[site->person_count];
        const struct mf_node *key = node->pairs[i].key;
        *person = (struct mf_person){.name = key->text, .display_name = key->text, .place = key->place};
        *draft = (struct mf_person_draft){.person = person};
        if (!mf_site_name(b, key, "a person", b->people, person, place_of_person)) {
            b->people_broken = true;
            continue;
        }
        draft->broken = !bind_person(b, &node->pairs[i], draft);
        if (!person->address)
            person->address = "";
        site->person_count++;
    }
    return true;
}

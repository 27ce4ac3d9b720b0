/* ARC sets found and read (RFC 8617 4, 5.2 steps 1 to 3): everything that needs no key. */
#include <string.h>

#include "auth/arc_internal.h"

static const char *const names[MF_ARC_FIELD_COUNT] = {"ARC-Authentication-Results", "ARC-Message-Signature",
                                                      "ARC-Seal"};

static bool has_name(const struct mf_header *header, const char *name)
{
    return header->name.len == strlen(name) && mf_starts_nocase(header->name.data, name);
}

/* 1 to 50, digits only; 0: anything else. */
static int read_instance(const char *text)
{
    long long number;
    return text && mf_tags_number(text, &number) && number <= MF_ARC_SETS_MAX ? (int)number : 0;
}

/* "i=1; rest" (RFC 8617 4.1.1): the instance, and what stands behind it. */
static int read_results(struct mf_arena *arena, const struct mf_header *header, const char **rest)
{
    const char *text = mf_header_text(arena, header, false);
    const char *semicolon = strchr(text, ';'), *equals = strchr(text, '=');
    *rest = NULL;
    if (!semicolon || !equals || equals > semicolon)
        return 0;
    const char *name = mf_tags_squeeze(arena, mf_copy_bytes(arena, text, (size_t)(equals - text)));
    const char *number = mf_tags_squeeze(arena, mf_copy_bytes(arena, equals + 1, (size_t)(semicolon - equals) - 1));
    *rest = semicolon + 1 + strspn(semicolon + 1, " \t");
    return strcmp(name, "i") == 0 ? read_instance(number) : 0;
}

static const char *put(struct mf_arc_chain *chain, const struct mf_header *header, enum mf_arc_field kind)
{
    struct mf_tags tags = {0};
    const char *results = NULL;
    int instance;
    if (kind == MF_ARC_RESULTS) {
        instance = read_results(chain->arena, header, &results);
    } else {
        tags = mf_tags_parse(chain->arena, header->value);
        instance = read_instance(mf_tags_value(&tags, "i"));
    }
    if (instance == 0)
        return mf_format(chain->arena, "an %s field has no instance (i=) from 1 to %d", names[kind], MF_ARC_SETS_MAX);
    struct mf_arc_work *work = &chain->works[instance - 1];
    if (work->field[kind])
        return mf_format(chain->arena, "two %s fields say i=%d", names[kind], instance);
    work->field[kind] = header;
    work->tags[kind] = tags;
    if (kind == MF_ARC_RESULTS)
        chain->arc->sets[instance - 1].results = results;
    if ((size_t)instance > chain->arc->count)
        chain->arc->count = (size_t)instance;
    return NULL;
}

static const char *collect(struct mf_arc_chain *chain)
{
    const char *why = NULL;
    for (size_t i = 0; i < chain->message->header_count; i++)
        for (enum mf_arc_field kind = MF_ARC_RESULTS; kind < MF_ARC_FIELD_COUNT; kind++)
            if (has_name(&chain->message->headers[i], names[kind])) {
                const char *trouble = put(chain, &chain->message->headers[i], kind);
                why = why ? why : trouble;
            }
    return why;
}

static const char *check_complete(struct mf_arc_chain *chain)
{
    for (size_t i = 0; i < chain->arc->count; i++)
        for (enum mf_arc_field kind = MF_ARC_RESULTS; kind < MF_ARC_FIELD_COUNT; kind++)
            if (!chain->works[i].field[kind]) {
                chain->arc->broken_at = (int)i + 1;
                return mf_format(chain->arena, "set %zu has no %s field", i + 1, names[kind]);
            }
    return NULL;
}

static void read_signature(struct mf_arc_chain *chain, const struct mf_tags *tags, struct mf_arc_signature *signature)
{
    long long at;
    const char *time = mf_tags_value(tags, "t");
    signature->domain = mf_tags_value(tags, "d");
    signature->selector = mf_tags_value(tags, "s");
    signature->algorithm = mf_tags_value(tags, "a");
    if (time && mf_tags_number(time, &at) && at < MF_NEVER / MF_SECOND)
        signature->signed_at = at * MF_SECOND;
    if (signature->domain && *signature->domain && signature->selector && *signature->selector)
        signature->key_name = mf_format(chain->arena, "%s._domainkey.%s", signature->selector, signature->domain);
}

static const char *missing_tag(struct mf_arena *arena, const struct mf_tags *tags, const char *const *needed)
{
    for (; *needed; needed++) {
        const char *value = mf_tags_value(tags, *needed);
        if (!value)
            return mf_format(arena, "tag %s= is missing", *needed);
        if (!*value && strcmp(*needed, "h") != 0)
            return mf_format(arena, "tag %s= is empty", *needed);
    }
    return NULL;
}

static const char *check_time(struct mf_arena *arena, const struct mf_tags *tags)
{
    long long at;
    const char *time = mf_tags_value(tags, "t");
    return time && !mf_tags_number(time, &at) ? mf_format(arena, "t=%.40s is no time in seconds", time) : NULL;
}

/* What the words of a field alone rule out. */
static const char *check_tags(struct mf_arena *arena, const struct mf_tags *tags, enum mf_arc_field kind)
{
    static const char *const of_message[] = {"a", "b", "bh", "d", "h", "i", "s", NULL};
    static const char *const of_seal[] = {"a", "b", "cv", "d", "i", "s", NULL};
    if (tags->why)
        return tags->why;
    const char *why = missing_tag(arena, tags, kind == MF_ARC_SEAL ? of_seal : of_message);
    if (why)
        return why;
    const char *algorithm = mf_tags_value(tags, "a");
    if (strcmp(algorithm, "rsa-sha256") != 0 && strcmp(algorithm, "ed25519-sha256") != 0)
        return mf_format(arena, "a=%.40s is no algorithm that ARC allows", algorithm);
    if (kind == MF_ARC_SEAL && mf_tags_find(tags, "h"))
        return "h= must not be in a seal (RFC 8617 4.1.3)";
    if (kind == MF_ARC_MESSAGE && mf_tags_list_has(mf_tags_value(tags, "h"), "arc-seal"))
        return "h= must not name ARC-Seal (RFC 8617 4.1.2)";
    return check_time(arena, tags);
}

static const char *check_cv(struct mf_arena *arena, const char *cv, size_t set)
{
    const char *wanted = set == 0 ? "none" : "pass";
    if (strcmp(cv, wanted) == 0)
        return NULL;
    if (strcmp(cv, "fail") == 0)
        return mf_format(arena, "%s had already found the chain broken (cv=fail)", "its sealer");
    return mf_format(arena, "cv=%.40s, where %s must stand", cv, wanted);
}

static const char *check_set(struct mf_arc_chain *chain, size_t i)
{
    struct mf_arc_set *set = &chain->arc->sets[i];
    const char *why = set->message.why =
        check_tags(chain->arena, &chain->works[i].tags[MF_ARC_MESSAGE], MF_ARC_MESSAGE);
    const char *seal = set->seal.why = check_tags(chain->arena, &chain->works[i].tags[MF_ARC_SEAL], MF_ARC_SEAL);
    set->message.state = why ? MF_ARC_BAD : MF_ARC_NOT_CHECKED;
    set->seal.state = seal ? MF_ARC_BAD : MF_ARC_NOT_CHECKED;
    if (why)
        return mf_format(chain->arena, "ARC-Message-Signature of set %zu: %s", i + 1, why);
    if (!seal)
        seal = set->seal.why = check_cv(chain->arena, set->cv, i);
    return seal ? mf_format(chain->arena, "ARC-Seal of set %zu: %s", i + 1, seal) : NULL;
}

static const char *check_sets(struct mf_arc_chain *chain)
{
    const char *first = NULL;
    for (size_t i = chain->arc->count; i-- > 0;) { /* the highest first: its cv= decides (step 2) */
        const char *why = check_set(chain, i);
        if (why && !first) {
            first = why;
            chain->arc->broken_at = (int)i + 1;
        }
    }
    return first;
}

const char *mf_arc_read(struct mf_arc_chain *chain)
{
    struct mf_arc *arc = chain->arc;
    arc->sets = mf_alloc_array(chain->arena, MF_ARC_SETS_MAX, sizeof *arc->sets);
    const char *why = collect(chain);
    for (size_t i = 0; i < arc->count; i++) {
        arc->sets[i].instance = (int)i + 1;
        arc->sets[i].cv = mf_tags_value(&chain->works[i].tags[MF_ARC_SEAL], "cv");
        read_signature(chain, &chain->works[i].tags[MF_ARC_MESSAGE], &arc->sets[i].message);
        read_signature(chain, &chain->works[i].tags[MF_ARC_SEAL], &arc->sets[i].seal);
    }
    if (!why)
        why = check_complete(chain);
    return why ? why : check_sets(chain);
}

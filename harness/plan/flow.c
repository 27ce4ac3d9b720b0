/* A draft becomes a flow: keys in the order in which they need each other. */
#include "plan/flow_internal.h"

#include <string.h>

const char *mf_not_built_text(struct mf_binder *b, const char *what, struct mf_place place)
{
    return mf_format(b->arena, "%s (%s:%d:%d) is not built yet", what, place.file ? place.file : "", place.line,
                     place.column);
}

void mf_not_built(struct mf_binder *b, const char *what, struct mf_place place)
{
    if (b->draft && b->draft->flow && !b->draft->flow->not_built)
        b->draft->flow->not_built = mf_not_built_text(b, what, place);
}

/* Binds the value that holds for this flow. False: there is none. */
static bool bind_key(struct mf_binder *b, enum mf_flow_key key)
{
    struct mf_flow_draft *draft = b->draft;
    struct mf_level *found;
    const struct mf_node *value = mf_level_value(draft->level, key, &found);
    const struct mf_key *row = &mf_flow_table.keys[key];
    if (!found)
        return false;
    draft->broken[key] = !value || !mf_key_call(b, row, found->key[key], value, draft->flow);
    if ((row->flags & MF_KEY_LATER) && value)
        mf_not_built(b, row->name, found->key[key]->place);
    return true;
}

/* --- of --- */

static struct mf_flow_draft *find_flow(struct mf_binder *b, const struct mf_value *value)
{
    struct mf_scenario *scenario = b->draft->scenario;
    struct mf_flow_draft *draft = mf_map_get(scenario->flows, value->text);
    if (draft)
        return draft;
    if (mf_told_enough(b))
        mf_tell(b, value->place, NULL, "there is no flow \"%s\"", value->text);
    if (value->unknown || mf_told_enough(b) || mf_names_broken_flow(b, value))
        return NULL;
    struct mf_words words = {.arena = b->arena};
    bool raw = strchr(value->node->text, '$') != NULL;
    mf_words_add_names(raw ? scenario->templates : scenario->flows, &words);
    const char *near = mf_words_near(&words, raw ? value->node->text : value->text);
    if (near || !scenario->names_broken)
        mf_tell(b, value->place, near ? near : "the name of a flow of this scenario", "there is no flow \"%s\"",
                value->text);
    return NULL;
}

/* What a flow that sends nothing can't have of its own. */
static void refuse_sending(struct mf_binder *b)
{
    static const enum mf_flow_key sending[] = {MF_FLOW_FROM,      MF_FLOW_TO,  MF_FLOW_CC,  MF_FLOW_BCC,
                                               MF_FLOW_MAIL_FROM, MF_FLOW_VIA, MF_FLOW_DSN, MF_FLOW_MESSAGE};
    const struct mf_level *level = b->draft->level;
    for (size_t i = 0; i < sizeof sending / sizeof *sending; i++)
        if (level->value[sending[i]])
            mf_tell(b, level->key[sending[i]]->place, "take out this key, or \"of\"",
                    "a flow with \"of\" sends nothing: \"%s\" has "
                    "no meaning here",
                    mf_flow_table.keys[sending[i]].name);
}

static bool resolve_of(struct mf_binder *b, struct mf_flow_draft *draft)
{
    static const struct mf_key key = {.name = "of", .type = "text", .fallback = "", .meaning = "the name of a flow"};
    struct mf_value value;
    const struct mf_key *before = b->key;
    b->key = &key;
    bool read = mf_bind_value(b, draft->of_node, &value);
    b->key = before;
    struct mf_flow_draft *target = read ? find_flow(b, &value) : NULL;
    if (!target)
        return false;
    if (target->state == MF_DRAFT_AT_WORK)
        return mf_tell(b, value.place, "name the flow that sends the message", "\"%s\" looks again at itself",
                       draft->name);
    mf_flow_bind(b, target);
    draft->of = target->of ? target->of : target;
    return !target->of_broken;
}

static void copy_sending(struct mf_flow_draft *draft)
{
    struct mf_flow *flow = draft->flow;
    const struct mf_flow *of = draft->of->flow;
    flow->of = of;
    flow->from_person = of->from_person;
    flow->from_application = of->from_application;
    flow->from = of->from;
    flow->mail_from = of->mail_from;
    flow->kind = of->kind;
    flow->recipients = of->recipients;
    flow->recipient_count = of->recipient_count;
    flow->message = of->message;
    flow->resolve = of->resolve; /* unless it says otherwise itself */
    flow->dsn = of->dsn;
    if (of->skip && !flow->skip)
        flow->skip = "the flow that sends its message is skipped";
    if (of->not_built && !flow->not_built)
        flow->not_built = of->not_built;
    memcpy(draft->broken, draft->of->broken, sizeof draft->broken);
    draft->broken[MF_FLOW_EXPECT] = false;
}

static void bind_of(struct mf_binder *b, struct mf_flow_draft *draft)
{
    refuse_sending(b);
    if (!resolve_of(b, draft)) {
        draft->of_broken = true;
        draft->broken[MF_FLOW_FROM] = draft->broken[MF_FLOW_TO] = true;
    }
    if (draft->of && draft->of->flow)
        copy_sending(draft);
}

/* --- sending --- */

static void require_sender(struct mf_binder *b)
{
    struct mf_flow_draft *draft = b->draft;
    if (bind_key(b, MF_FLOW_FROM))
        return;
    draft->broken[MF_FLOW_FROM] = true;
    mf_tell(b, draft->name_place, "from: a person, an application or an address", "who sends? \"from\" is missing");
}

static void require_recipients(struct mf_binder *b)
{
    struct mf_flow_draft *draft = b->draft;
    bool given = bind_key(b, MF_FLOW_TO);
    given |= bind_key(b, MF_FLOW_CC);
    given |= bind_key(b, MF_FLOW_BCC);
    draft->broken[MF_FLOW_TO] |= draft->broken[MF_FLOW_CC] || draft->broken[MF_FLOW_BCC];
    if (!given) {
        draft->broken[MF_FLOW_TO] = true;
        mf_tell(b, draft->name_place, "to: people or addresses", "to whom? \"to\" is missing");
    }
}

static void default_mail_from(struct mf_flow *flow)
{
    if (!flow->mail_from && flow->from_application)
        flow->mail_from = flow->from_application->mail_from;
    if (!flow->mail_from)
        flow->mail_from = flow->from;
}

static void bind_sending(struct mf_binder *b)
{
    struct mf_flow_draft *draft = b->draft;
    struct mf_flow *flow = draft->flow;
    require_sender(b);
    require_recipients(b);
    bind_key(b, MF_FLOW_MAIL_FROM);
    default_mail_from(flow);
    flow->kind = mf_flow_kind(b, flow, false);
    if (!bind_key(b, MF_FLOW_VIA) && !draft->broken[MF_FLOW_FROM])
        draft->broken[MF_FLOW_VIA] = !mf_flow_default_via(b);
    bind_key(b, MF_FLOW_MESSAGE);
    mf_flow_default_message(b);
    bind_key(b, MF_FLOW_DSN);
}

/* --- the whole --- */

static void bind_deadlines(struct mf_binder *b)
{
    struct mf_flow *flow = b->draft->flow;
    const struct mf_deadlines *usual = &b->deadlines[flow->kind];
    b->draft->late_given = bind_key(b, MF_FLOW_LATE) && !b->draft->broken[MF_FLOW_LATE];
    b->draft->within_given = bind_key(b, MF_FLOW_WITHIN) && !b->draft->broken[MF_FLOW_WITHIN];
    bool broken = b->draft->broken[MF_FLOW_LATE] || b->draft->broken[MF_FLOW_WITHIN];
    if (!b->draft->late_given)
        flow->late = usual->late;
    if (!b->draft->within_given)
        flow->within = usual->within;
    if (flow->late > flow->within) {
        struct mf_level *found;
        const struct mf_node *late = mf_level_value(b->draft->level, MF_FLOW_LATE, &found);
        if (b->draft->late_given && b->draft->within_given && late && !broken)
            mf_tell(b, late->place, "late comes before within", "mail would be missing before it is late");
        if (b->draft->within_given)
            flow->late = flow->within;
        else
            flow->within = flow->late;
    }
    flow->settle = usual->settle;
}

static void bind_expect(struct mf_binder *b)
{
    struct mf_flow *flow = b->draft->flow;
    if (!bind_key(b, MF_FLOW_EXPECT))
        mf_flow_default_expect(b);
    for (size_t i = 0; i < flow->expect_count; i++) {
        flow->expects[i].flow = flow;
        flow->expects[i].index = i;
    }
    mf_expect_check(b);
}

static void bind_draft(struct mf_binder *b, struct mf_flow_draft *draft)
{
    struct mf_flow *flow = draft->flow;
    flow->name = draft->name;
    flow->id = draft->id;
    flow->token = draft->token;
    flow->place = draft->name_place;
    flow->not_built = draft->scenario->later;
    if (draft->row && draft->row->stand_in) {
        draft->absent |= 1u << MF_HAS_APPLICATIONS;
        flow->skip = mf_guard_reason(b, MF_HAS_APPLICATIONS);
    }
    mf_flow_guards(b);
    bind_key(b, MF_FLOW_SKIP);
    if (draft->of_node)
        bind_of(b, draft);
    else if (!draft->of_broken)
        bind_sending(b);
    bind_deadlines(b);
    bind_key(b, MF_FLOW_CLIENT);
    bind_key(b, MF_FLOW_RESOLVE);
    bind_key(b, MF_FLOW_KNOWN_FAILURE);
    bind_expect(b);
    mf_flow_tags(b);
    mf_flow_severities(b);
}

void mf_flow_bind(struct mf_binder *b, struct mf_flow_draft *draft)
{
    struct mf_flow_draft *draft_before = b->draft;
    const struct mf_vars *vars_before = b->vars;
    if (draft->state != MF_DRAFT_NEW)
        return;
    draft->state = MF_DRAFT_AT_WORK;
    struct mf_vars scope = draft->row ? mf_scope_row(draft->row, draft->level->vars) : *draft->level->vars;
    bool any_before = b->any_variable;
    b->draft = draft;
    b->vars = &scope;
    b->any_variable = draft->each_broken;
    bind_draft(b, draft);
    b->any_variable = any_before;
    b->vars = vars_before;
    b->draft = draft_before;
    draft->state = MF_DRAFT_BOUND;
}

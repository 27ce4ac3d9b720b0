/* The door of the room: everything is read, expanded and bound, or every error told. */
#include "plan/site_internal.h"

#include <string.h>

/* --- the binder --- */

static struct mf_binder new_binder(const struct mf_plan_options *options, struct mf_files *files,
                                   struct mf_diags *diags)
{
    struct mf_arena *arena = mf_arena_new();
    struct mf_binder b = {.arena = arena, .files = files, .diags = diags, .options = options};
    b.plan = mf_alloc(arena, sizeof *b.plan);
    b.site = mf_alloc(arena, sizeof *b.site);
    b.flows = mf_alloc(arena, sizeof *b.flows);
    b.var_used = mf_alloc_array(arena, options->var_count + 1, sizeof *b.var_used);
    b.plan->arena = arena;
    b.plan->site = b.site;
    b.plan->run = mf_copy(arena, options->run ? options->run : "");
    if (options->secret)
        memcpy(b.plan->secret, options->secret, sizeof b.plan->secret);
    struct mf_map **maps[] = {&b.servers, &b.people, &b.applications, &b.actions, &b.addresses, &b.told, &b.unset};
    for (size_t i = 0; i < sizeof maps / sizeof *maps; i++)
        *maps[i] = mf_map_new(arena);
    b.expanding = mf_diags_new();
    b.findings.arena = arena;
    for (size_t i = 0; i < options->finding_count; i++)
        *MF_PUSH(arena, b.findings.items, b.findings.count, b.findings.capacity) = options->findings[i];
    return b;
}

/* --- --var --- */

static void check_option_vars(struct mf_binder *b)
{
    for (size_t i = 0; i < b->options->var_count; i++) {
        const char *var = b->options->vars[i];
        const char *name = mf_copy_bytes(b->arena, var, strcspn(var, "="));
        if (mf_scope_reserved(name)) {
            mf_tell(b, (struct mf_place){.file = NULL}, "take another name", "--var %s: $(%s) has a meaning of its own",
                    var, name);
            b->var_used[i] = true;
        } else if (!strchr(var, '=') || var[0] == '=') {
            mf_tell(b, (struct mf_place){.file = NULL}, "--var NAME=VALUE", "--var \"%s\" gives no value", var);
            b->var_used[i] = true;
        }
    }
}

static void check_unused_vars(struct mf_binder *b)
{
    for (size_t i = 0; i < b->options->var_count; i++)
        if (!b->var_used[i])
            mf_tell(b, (struct mf_place){.file = NULL},
                    "names are case-sensitive; the files' vars: show what may be set",
                    "--var %s: nothing here uses $(%.*s)", b->options->vars[i], (int)strcspn(b->options->vars[i], "="),
                    b->options->vars[i]);
}

/* --- sections and flows --- */

static void make_sections(struct mf_binder *b)
{
    struct mf_plan *plan = b->plan;
    plan->section_count = b->flows->section_count;
    plan->sections = mf_alloc_array(b->arena, plan->section_count + 1, sizeof *plan->sections);
    for (size_t i = 0; i < plan->section_count; i++) {
        const struct mf_section_draft *draft = b->flows->sections[i];
        struct mf_section *section = &plan->sections[i];
        *section = (struct mf_section){.title = draft->title,
                                       .about = draft->about,
                                       .index = i,
                                       .skip = draft->skip,
                                       .dns_rows = draft->dns_rows,
                                       .dns_row_count = draft->dns_row_count,
                                       .place = draft->place};
        for (size_t j = 0; j < section->dns_row_count; j++)
            section->dns_rows[j].section = section;
    }
}

/* A section whose own or file's site-has is not met is skipped as a whole. */
static void guard_sections(struct mf_binder *b)
{
    for (size_t i = 0; i < b->plan->section_count; i++) {
        struct mf_flow flow = {.skip = NULL};
        struct mf_level *level = b->flows->sections[i]->level;
        struct mf_flow_draft draft = {.scenario = level->scenario, .level = level, .flow = &flow};
        b->draft = &draft;
        b->vars = level->vars;
        mf_flow_guards(b);
        if (flow.skip && !b->plan->sections[i].skip)
            b->plan->sections[i].skip = flow.skip;
        if (b->plan->sections[i].dns_row_count) {
            mf_flow_severities(b);
            mf_dns_rows_severities(&b->plan->sections[i], &flow);
        }
    }
    b->draft = NULL;
    b->vars = NULL;
}

static void bind_flows(struct mf_binder *b)
{
    struct mf_plan *plan = b->plan;
    plan->flow_count = b->flows->draft_count;
    plan->flows = mf_alloc_array(b->arena, plan->flow_count + 1, sizeof *plan->flows);
    for (size_t i = 0; i < plan->flow_count; i++) {
        struct mf_flow_draft *draft = b->flows->drafts[i];
        draft->flow = &plan->flows[i];
        draft->flow->index = i;
        draft->flow->section = &plan->sections[draft->section->index];
    }
    for (size_t i = 0; i < plan->flow_count; i++)
        mf_flow_bind(b, b->flows->drafts[i]);
    for (size_t i = 0; i < plan->flow_count; i++)
        mf_flow_needs(b, b->flows->drafts[i]);
    mf_levels_check(b);
}

static void list_members(struct mf_plan *plan, struct mf_arena *arena)
{
    for (size_t i = 0; i < plan->section_count; i++)
        plan->sections[i].flow_count = 0;
    for (size_t i = 0; i < plan->flow_count; i++)
        plan->sections[plan->flows[i].section->index].flow_count++;
    for (size_t i = 0; i < plan->section_count; i++) {
        plan->sections[i].flows = mf_alloc_array(arena, plan->sections[i].flow_count + 1, sizeof(struct mf_flow *));
        plan->sections[i].flow_count = 0;
    }
    for (size_t i = 0; i < plan->flow_count; i++) {
        struct mf_section *section = &plan->sections[plan->flows[i].section->index];
        section->flows[section->flow_count++] = &plan->flows[i];
    }
}

static void bind_all(struct mf_binder *b)
{
    check_option_vars(b);
    mf_site_bind(b, mf_copy(b->arena, b->options->site));
    for (size_t i = 0; i < b->options->scenario_count; i++)
        mf_collect_scenario(b, mf_copy(b->arena, b->options->scenarios[i]));
    make_sections(b);
    guard_sections(b);
    bind_flows(b);
    check_unused_vars(b);
}

struct mf_plan *mf_plan_bind(const struct mf_plan_options *options, struct mf_files *files, struct mf_diags *diags)
{
    size_t errors_before = mf_diags_count(diags);
    struct mf_binder b = new_binder(options, files, diags);
    struct mf_plan *plan = b.plan;
    b.identity = mf_identity_new(plan->secret, plan->run);
    bind_all(&b);
    mf_diags_free(&b.expanding);
    if (mf_diags_count(diags) == errors_before)
        mf_plan_needs_circles(&b);
    if (mf_diags_count(diags) == errors_before)
        mf_plan_select(&b);
    if (mf_diags_count(diags) == errors_before)
        mf_plan_sentinels(&b);
    mf_identity_free(&b.identity);
    if (mf_diags_count(diags) > errors_before) {
        mf_plan_free(&plan);
        return NULL;
    }
    plan->severities = b.severities;
    plan->severity_count = b.severity_count;
    list_members(plan, b.arena);
    mf_plan_watch(&b);
    return plan;
}

void mf_plan_free(struct mf_plan **plan)
{
    if (!plan || !*plan)
        return;
    struct mf_arena *arena = (*plan)->arena;
    *plan = NULL;
    mf_arena_free(&arena);
}

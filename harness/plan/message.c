/* What is sent. */
#include "plan/flow_internal.h"

#include <string.h>

struct message_draft {
    struct mf_message_plan *plan;
    size_t capacity;
};

static struct mf_message_plan *plan_of(void *target)
{
    return ((struct message_draft *)target)->plan;
}

/* A template on its way: variables are filled in; all else stays, also `${…}`, which stylesheets have. */
struct template
{
    const char *path, *line_start;
    int line;
    struct mf_text out;
    bool good;
};

/* `$(name)` is at `at`, len bytes long. */
static void expand_variable(struct mf_binder *b, struct template *t, const char *at, size_t len)
{
    struct mf_node node = {.kind = MF_NODE_TEXT,
                           .text = mf_copy_bytes(b->arena, at, len),
                           .place = {t->path, t->line, (int)(at - t->line_start) + 1, (int)len}};
    const char *value = mf_expand(b, b->vars, &node);
    t->good &= value != NULL;
    mf_text_puts(&t->out, value ? value : "");
}

/* What stands at a `$` or a line end; returns how much of it was used. */
static size_t expand_at(struct mf_binder *b, struct template *t, const char *at)
{
    size_t variable = mf_starts(at, "$(") ? strcspn(at, ")\n") + 1 : 0;
    if (mf_starts(at, "$$(")) {
        mf_text_puts(&t->out, "$(");
        return 3;
    }
    if (variable && at[variable - 1] == ')') {
        expand_variable(b, t, at, variable);
        return variable;
    }
    mf_text_putc(&t->out, *at);
    t->line += *at == '\n';
    t->line_start = *at == '\n' ? at + 1 : t->line_start;
    return 1;
}

static bool expand_template(struct mf_binder *b, const char *path, struct mf_bytes bytes, struct mf_bytes *expanded)
{
    *expanded = bytes;
    if (!memmem(bytes.data, bytes.len, "$(", 2))
        return true;
    if (memchr(bytes.data, '\0', bytes.len))
        return mf_tell(b, b->key_node->place, "raw: sends a file byte for byte",
                       "%s holds NUL bytes and can't be a template", path);
    struct template t = {
        .path = path, .line_start = bytes.data, .line = 1, .good = true, .out = {.max = MF_TEXT_MAX_DEFAULT}};
    for (const char *at = bytes.data; *at;) {
        size_t plain = strcspn(at, "$\n");
        mf_text_add(&t.out, at, plain);
        at += plain;
        at += *at ? expand_at(b, &t, at) : 0;
    }
    *expanded = (struct mf_bytes){mf_copy_bytes(b->arena, mf_text_str(&t.out), t.out.len), t.out.len};
    mf_text_release(&t.out);
    return t.good;
}

static bool message_template(struct mf_binder *b, const struct mf_node *node, void *target)
{
    const char *path;
    struct mf_bytes bytes;
    if (!mf_bind_file(b, node, &path, &bytes))
        return false;
    mf_diags_source(b->diags, path, bytes.data, bytes.len);
    return expand_template(b, path, bytes, &plan_of(target)->template_bytes);
}
static bool message_raw(struct mf_binder *b, const struct mf_node *node, void *target)
{
    const char *path;
    return mf_bind_file(b, node, &path, &plan_of(target)->raw) &&
           (plan_of(target)->raw.len > 0 || mf_tell(b, node->place, "a message", "%s is empty", path));
}
static bool message_subject(struct mf_binder *b, const struct mf_node *node, void *target)
{
    struct mf_value value;
    if (!mf_bind_value(b, node, &value))
        return false;
    plan_of(target)->subject = value.text;
    return !strchr(value.text, '\n') || mf_tell(b, value.place, "one line", "a subject with a line break in it");
}
static bool message_text(struct mf_binder *b, const struct mf_node *node, void *target)
{
    return mf_bind_text(b, node, &plan_of(target)->text);
}
static bool message_html(struct mf_binder *b, const struct mf_node *node, void *target)
{
    return mf_bind_text(b, node, &plan_of(target)->html);
}

static bool add_files(struct mf_binder *b, const struct mf_node *node, struct message_draft *draft, bool is_inline)
{
    struct mf_message_plan *plan = draft->plan;
    struct mf_items items;
    if (!mf_bind_items(b, node, &items))
        return false;
    bool good = true;
    for (size_t i = 0; i < items.count; i++) {
        struct mf_attachment one = {.is_inline = is_inline};
        if (!mf_bind_file(b, mf_item(&items, i), &one.path, &one.bytes)) {
            good = false;
            continue;
        }
        const char *slash = strrchr(one.path, '/');
        one.name = slash ? slash + 1 : one.path;
        *MF_PUSH(b->arena, plan->attachments, plan->attachment_count, draft->capacity) = one;
    }
    return good;
}
static bool message_attach(struct mf_binder *b, const struct mf_node *node, void *target)
{
    return add_files(b, node, target, false);
}
static bool message_inline(struct mf_binder *b, const struct mf_node *node, void *target)
{
    return add_files(b, node, target, true);
}

static bool bind_header(struct mf_binder *b, const struct mf_pair *pair, struct mf_header_line *line)
{
    struct mf_value value;
    if (!mf_is_header_name(pair->key->text))
        return mf_tell(b, pair->key->place, "as before the colon of a header line",
                       "\"%s\" is no name of a header field", pair->key->text);
    if (!mf_bind_value(b, pair->value, &value))
        return false;
    *line = (struct mf_header_line){pair->key->text, value.text, pair->key->place};
    return !strchr(value.text, '\n') || mf_tell(b, value.place, "one line; long ones are folded when sent",
                                                "a header field with a "
                                                "line break in it");
}

static bool message_header(struct mf_binder *b, const struct mf_node *node, void *target)
{
    struct mf_message_plan *plan = plan_of(target);
    if (!mf_want_map(b, node))
        return false;
    bool good = true;
    plan->headers = mf_alloc_array(b->arena, node->count + 1, sizeof *plan->headers);
    for (size_t i = 0; i < node->count; i++) {
        if (bind_header(b, &node->pairs[i], &plan->headers[plan->header_count]))
            plan->header_count++;
        else
            good = false;
    }
    return good;
}

static bool message_size(struct mf_binder *b, const struct mf_node *node, void *target)
{
    return mf_bind_size(b, node, &plan_of(target)->size);
}

static const struct mf_key keys[] = {
    {"template", "file", "", ".eml with $(variables); our marks are added", message_template, 0, NULL},
    {"raw", "file", "", ".eml sent byte for byte", message_raw, 0, "file eml"},
    {"subject", "text", "flow name + token", "", message_subject, 0, NULL},
    {"text", "text", "a paragraph", "", message_text, 0, "body content plain"},
    {"html", "text", "", "", message_html, 0, NULL},
    {"attach", "files", "", "", message_attach, 0, "attachment attachments files"},
    {"inline", "files", "", "", message_inline, 0, NULL},
    {"header", "map:text", "", "added or replaced", message_header, 0, "headers"},
    {"size", "size", "", "padded to this, as counted by SIZE", message_size, 0, NULL},
};
static const struct mf_table table = {"Message", keys, sizeof keys / sizeof *keys};
const struct mf_form mf_form_message = {"a message", "\"message\"", MF_IN_SCENARIO, {&table}};

/* A template or a raw file is the message: what else would be made from scratch can't be there too. */
static bool check_sources(struct mf_binder *b, const struct mf_node *node, const struct mf_message_plan *plan)
{
    static const char *const made[] = {"subject", "text", "html", "attach", "inline"}, *const added[] = {"header",
                                                                                                         "size"};
    const char *source = plan->raw.data ? "raw" : plan->template_bytes.data ? "template" : NULL;
    if (!source)
        return true;
    if (plan->raw.data && plan->template_bytes.data)
        return mf_tell(b, node->place, "keep one of them", "a message is a template or raw, not both");
    for (size_t i = 0; i < 7; i++) {
        const char *name = i < 5 ? made[i] : added[i - 5];
        if ((i < 5 || plan->raw.data) && mf_node_get(node, name))
            return mf_tell(b, node->place, mf_format(b->arena, "write it into the file, or take out \"%s\"", source),
                           "\"%s\" has no meaning beside \"%s\"", name, source);
    }
    return true;
}

bool mf_flow_message(struct mf_binder *b, const struct mf_node *node, void *target)
{
    (void)target;
    struct message_draft draft = {.plan = &b->draft->flow->message};
    if (node->kind == MF_NODE_TEXT)
        return message_template(b, node, &draft);
    return mf_keys_bind(b, &mf_form_message, node, &draft) && check_sources(b, node, draft.plan);
}

void mf_flow_default_message(struct mf_binder *b)
{
    const struct mf_flow *flow = b->draft->flow;
    struct mf_message_plan *plan = &b->draft->flow->message;
    if (plan->template_bytes.data || plan->raw.data)
        return;
    if (!plan->subject)
        plan->subject = mf_format(b->arena, "%s [%s]", flow->name, flow->token);
    if (!plan->text)
        plan->text = mf_format(b->arena,
                               "This message proves that mail flows. Nobody needs to answer it.\n"
                               "mailflow test message, run %s, token %s\n"
                               "Flow: %s\n",
                               b->options->run ? b->options->run : "", flow->token, flow->name);
}

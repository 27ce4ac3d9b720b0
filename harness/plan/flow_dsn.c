/* What a flow asks of the servers in the way of delivery status notifications (RFC 3461). */
#include "plan/flow_internal.h"

#include <ctype.h>
#include <string.h>

static const char *const notify_words[] = {"never", "success", "failure", "delay"};

static struct mf_dsn_request *request_of(void *target)
{
    return target;
}

static void add_upper(struct mf_text *list, const char *word)
{
    mf_text_puts(list, list->len ? "," : "");
    for (; *word; word++)
        mf_text_putc(list, (char)toupper((unsigned char)*word));
}

static bool bind_notify(struct mf_binder *b, const struct mf_node *node, struct mf_dsn_request *request)
{
    struct mf_items items;
    bool never = false, good = mf_bind_items(b, node, &items);
    struct mf_text list = {.max = 256};
    for (size_t i = 0; good && i < items.count; i++) {
        struct mf_value value;
        int word = mf_bind_value(b, mf_item(&items, i), &value) ? mf_word_among(b, &value, notify_words, 4) : -1;
        good = word >= 0;
        never |= word == 0;
        if (good)
            add_upper(&list, notify_words[word]);
    }
    request->notify = mf_copy(b->arena, mf_text_str(&list));
    mf_text_release(&list);
    return good && ((items.count > 0 && !(never && items.count > 1)) ||
                    mf_tell(b, node->place, "never, or some of success, failure, delay", "\"never\" stands alone"));
}

static bool dsn_notify(struct mf_binder *b, const struct mf_node *node, void *target)
{
    return bind_notify(b, node, request_of(target));
}
static bool dsn_ret(struct mf_binder *b, const struct mf_node *node, void *target)
{
    int number;
    if (!mf_bind_word(b, node, &number))
        return false;
    request_of(target)->ret = number ? "HDRS" : "FULL";
    return true;
}
static bool dsn_envid(struct mf_binder *b, const struct mf_node *node, void *target)
{
    const char **envid = &request_of(target)->envid;
    if (!mf_bind_text(b, node, envid))
        return false;
    size_t len = strlen(*envid);
    return (len > 0 && len <= 100) || /* RFC 3461, 5.4 */
           mf_tell(b, node->place, "leave it out: it is the token then", "an envelope id has 1 to 100 characters");
}
static const struct mf_key dsn_keys[] = {
    {"notify", "texts", "", "never, or some of success, failure, delay", dsn_notify, 0, NULL},
    {"ret", "word:full | hdrs", "", "what of the message comes back", dsn_ret, 0, "return"},
    {"envid", "text", "$(token)", "envelope id, quoted in the notice", dsn_envid, 0, "id"},
};
static const struct mf_table dsn_table = {"DSN", dsn_keys, 3};
const struct mf_form mf_form_dsn = {"dsn", "\"dsn\" of a flow", MF_IN_SCENARIO, {&dsn_table}};

bool mf_flow_dsn(struct mf_binder *b, const struct mf_node *node, void *target)
{
    struct mf_flow *flow = b->draft->flow;
    struct mf_dsn_request *request = &flow->dsn;
    (void)target;
    request->given = true;
    request->envid = flow->token;
    if (flow->via && flow->via->kind == MF_VIA_COMMAND)
        return mf_tell(b, node->place, "give them to the command itself: sendmail -N, -R, -V",
                       "a command can't be told what is wanted of delivery status notifications");
    return node->kind == MF_NODE_MAP ? mf_keys_bind(b, &mf_form_dsn, node, request) : bind_notify(b, node, request);
}

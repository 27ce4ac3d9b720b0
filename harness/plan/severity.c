/* severity: FINDING: fail | warn | ignore. */
#include "plan/bind_internal.h"

#include <string.h>

/* "dkim.body-changed" */
static bool is_finding_id(const char *id)
{
    size_t len = strlen(id);
    return len && strspn(id, "abcdefghijklmnopqrstuvwxyz0123456789.-") == len && strchr(id, '.') && id[0] != '.' &&
           id[len - 1] != '.';
}

bool mf_check_finding(struct mf_binder *b, const struct mf_node *key)
{
    const struct mf_words *known = &b->findings;
    if (known->count == 0)
        return is_finding_id(key->text) || mf_tell(b, key->place, "such as dkim.body-changed; mailflow explain --list",
                                                   "\"%s\" is no id of a finding", key->text);
    for (size_t i = 0; i < known->count; i++)
        if (strcmp(known->items[i], key->text) == 0)
            return true;
    const char *near = mf_words_near(known, key->text);
    return mf_tell(b, key->place, near ? near : "mailflow explain --list shows all ids", "there is no finding \"%s\"",
                   key->text);
}

static bool bind_rule(struct mf_binder *b, const struct mf_pair *pair, struct mf_severity_rule *rule)
{
    static const char *const words[] = {"ignore", "warn", "fail"}; /* as enum mf_severity */
    struct mf_value value;
    bool good = mf_check_finding(b, pair->key);
    if (!mf_bind_value(b, pair->value, &value))
        return false;
    int number = mf_word_among(b, &value, words, 3);
    if (number < 0 || !good)
        return false;
    *rule = (struct mf_severity_rule){pair->key->text, (enum mf_severity)number, pair->key->place};
    return true;
}

bool mf_bind_severity(struct mf_binder *b, const struct mf_node *node, struct mf_severity_rule **rules, size_t *count,
                      size_t *capacity)
{
    if (!mf_want_map(b, node))
        return false;
    bool good = true;
    for (size_t i = 0; i < node->count; i++) {
        struct mf_severity_rule rule;
        if (bind_rule(b, &node->pairs[i], &rule))
            *MF_PUSH(b->arena, *rules, *count, *capacity) = rule;
        else
            good = false;
    }
    return good;
}

static bool find_rule(const struct mf_severity_rule *rules, size_t count, const char *finding,
                      enum mf_severity *severity)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(rules[i].finding, finding) == 0) {
            *severity = rules[i].severity;
            return true;
        }
    return false;
}

enum mf_severity mf_row_severity(const struct mf_dns_row *row, const char *finding, enum mf_severity normal)
{
    find_rule(row->severities, row->severity_count, finding, &normal);
    return normal;
}

enum mf_severity mf_flow_severity(const struct mf_flow *flow, const struct mf_expect *expect, const char *finding,
                                  enum mf_severity normal)
{
    enum mf_severity severity = normal;
    if (!expect || !find_rule(expect->severities, expect->severity_count, finding, &severity))
        find_rule(flow->severities, flow->severity_count, finding, &severity);
    return severity;
}

/* Keys of a flow that a later version acts on: their form is checked now. */
#include "plan/flow_internal.h"

#include <stdio.h>
#include <string.h>

/* --- known-failure --- */

static bool known_finding(struct mf_binder *b, const struct mf_node *node, void *target)
{
    struct mf_value value;
    (void)target;
    if (!mf_bind_value(b, node, &value))
        return false;
    struct mf_node key = {.kind = MF_NODE_TEXT, .text = value.text, .place = value.place};
    return mf_check_finding(b, &key);
}
static bool known_reason(struct mf_binder *b, const struct mf_node *node, void *target)
{
    const char *text;
    (void)target;
    return mf_bind_text(b, node, &text);
}

static int days_of(int year, int month)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return days[month - 1] + (month == 2 && leap);
}
static bool known_until(struct mf_binder *b, const struct mf_node *node, void *target)
{
    struct mf_value value;
    int year, month, day, used = 0;
    (void)target;
    if (!mf_bind_value(b, node, &value))
        return false;
    bool good = strlen(value.text) == 10 && sscanf(value.text, "%4d-%2d-%2d%n", &year, &month, &day, &used) == 3 &&
                used == 10 && month >= 1 && month <= 12 && day >= 1 && day <= days_of(year, month);
    return good || mf_tell(b, value.place, "YYYY-MM-DD, such as 2026-12-31", "\"%s\" is no date", value.text);
}
static const struct mf_key known_keys[] = {
    {"finding", "text", "", "only this finding is known; another one fails", known_finding, MF_KEY_LATER, "id"},
    {"reason", "text", "required", "a ticket, a sentence", known_reason, MF_KEY_REQUIRED | MF_KEY_LATER, "why"},
    {"until", "date", "", "from the day after it fails again", known_until, MF_KEY_LATER, "expires"},
};
static const struct mf_table known_table = {"Known failure", known_keys, 3};
const struct mf_form mf_form_known_failure = {"a known failure", "\"known-failure\"", MF_IN_SCENARIO, {&known_table}};

bool mf_flow_known_failure(struct mf_binder *b, const struct mf_node *node, void *target)
{
    const char *reason;
    return node->kind == MF_NODE_MAP ? mf_keys_bind(b, &mf_form_known_failure, node, target)
                                     : mf_bind_text(b, node, &reason);
}

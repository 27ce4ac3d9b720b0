/* MTA-STS as RFC 8461 writes it: the record that announces a policy, and the policy. */
#include <stdlib.h>
#include <string.h>

#include "check/sts_internal.h"

#define AGE_MAX 31557600 /* a year, RFC 8461 3.2 */

static const char *trimmed(struct mf_arena *arena, const char *data, size_t len)
{
    while (len && strchr(" \t", data[0]))
        data++, len--;
    while (len && strchr(" \t", data[len - 1]))
        len--;
    return mf_copy_bytes(arena, data, len);
}

/* --- the record, 3.1 --- */

bool mf_sts_is_meant(struct mf_bytes text)
{
    return text.len >= 7 && strncasecmp(text.data, "v=STSv1", 7) == 0;
}

static bool is_id(const char *id)
{
    size_t len = strlen(id);
    return len > 0 && len <= 32 &&
           strspn(id, "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ") == len;
}

const char *mf_sts_record_trouble(struct mf_arena *arena, struct mf_bytes text)
{
    const char *at = mf_copy_bytes(arena, text.data, text.len), *id = NULL;
    if (strncmp(at, "v=STSv1", 7) != 0)
        return "it must begin with v=STSv1; in just these letters";
    at += 7 + strspn(at + 7, " \t");
    if (*at != ';')
        return *at ? "a semicolon must follow v=STSv1" : "id= is missing";
    for (at++; *at;) {
        size_t len = strcspn(at, ";");
        const char *field = trimmed(arena, at, len);
        if (!*field && at[len])
            return "a field is empty (two semicolons)";
        if (*field && !strchr(field, '='))
            return mf_format(arena, "\"%.40s\" is no NAME=VALUE", field);
        if (!id && strncmp(field, "id=", 3) == 0)
            id = field + 3;
        at += len + (at[len] == ';');
    }
    if (!id)
        return "id= is missing";
    return is_id(id) ? NULL : mf_format(arena, "id=%.60s must be 1 to 32 letters and digits", id);
}

/* --- the policy, 3.2 --- */

static void take_field(struct mf_arena *arena, struct mf_sts_policy *policy, const char *name, const char *value)
{
    /* of a field that stands there twice, the first counts */
    if (strcmp(name, "version") == 0)
        policy->version = policy->version ? policy->version : value;
    else if (strcmp(name, "mode") == 0)
        policy->mode = policy->mode ? policy->mode : value;
    else if (strcmp(name, "max_age") == 0)
        policy->max_age = policy->max_age ? policy->max_age : value;
    else if (strcmp(name, "mx") == 0)
        *MF_PUSH(arena, policy->mx, policy->count, policy->capacity) = value;
}

static bool is_pattern(const char *mx)
{
    const char *name = mf_starts(mx, "*.") ? mx + 2 : mx;
    size_t len = strlen(name);
    return len && strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-.") == len &&
           name[0] != '.' && name[len - 1] != '.' && !strstr(name, "..");
}

static const char *mx_trouble(struct mf_arena *arena, const struct mf_sts_policy *policy)
{
    for (size_t i = 0; i < policy->count; i++)
        if (!is_pattern(policy->mx[i]))
            return mf_format(arena, "\"mx: %.80s\" is neither a host nor \"*.\" and a domain", policy->mx[i]);
    return policy->count || strcmp(policy->mode, "none") == 0 ? NULL : "it has no mx: line";
}

static const char *age_trouble(struct mf_arena *arena, const char *age)
{
    if (!age)
        return "it has no max_age: line";
    size_t len = strlen(age);
    return len && len <= 10 && strspn(age, "0123456789") == len
               ? NULL
               : mf_format(arena, "max_age: %.40s is no number of seconds", age);
}

static const char *policy_trouble(struct mf_arena *arena, const char *page, const struct mf_sts_policy *policy)
{
    const char *bare = strchr(page, '\r');
    if (!policy->version || !policy->mode)
        return bare && !strchr(page, '\n') ? "its lines end in CR alone, which is no line end"
                                           : "the page is no policy (version: STSv1, mode: …)";
    if (strcmp(policy->version, "STSv1") != 0)
        return mf_format(arena, "version: %.40s is not known; it must be STSv1", policy->version);
    if (strcmp(policy->mode, "enforce") != 0 && strcmp(policy->mode, "testing") != 0 &&
        strcmp(policy->mode, "none") != 0)
        return mf_format(arena, "mode: %.40s is none of enforce, testing, none", policy->mode);
    const char *age = age_trouble(arena, policy->max_age);
    return age ? age : mx_trouble(arena, policy);
}

struct mf_sts_policy mf_sts_parse(struct mf_arena *arena, const char *page)
{
    struct mf_sts_policy policy = {0};
    for (const char *line = page; *line;) {
        size_t len = strcspn(line, "\n"), end = len && line[len - 1] == '\r' ? len - 1 : len, key = strcspn(line, ":");
        if (key < end)
            take_field(arena, &policy, mf_copy_bytes(arena, line, key), trimmed(arena, line + key + 1, end - key - 1));
        line += len + (line[len] == '\n');
    }
    policy.trouble = policy_trouble(arena, page, &policy);
    policy.age = policy.trouble ? 0 : strtoll(policy.max_age, NULL, 10);
    policy.age = policy.age > AGE_MAX ? AGE_MAX : policy.age;
    return policy;
}

/* "*.example.net" stands for one label (4.1). */
bool mf_sts_names(const struct mf_sts_policy *policy, const char *host)
{
    const char *parent = strchr(host, '.');
    for (size_t i = 0; i < policy->count; i++)
        if (mf_same_nocase(policy->mx[i], host) ||
            (mf_starts(policy->mx[i], "*.") && parent && mf_same_nocase(policy->mx[i] + 1, parent)))
            return true;
    return false;
}

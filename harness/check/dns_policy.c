/* MTA-STS (RFC 8461): does the policy that senders keep name the expected MX? */
#include <string.h>

#include "check/dns_internal.h"

struct policy {
    const char *version, *mode;
    const char **mx;
    size_t count, capacity;
};

/* "key: value" lines; blanks around both do not matter (RFC 8461 3.2). */
static struct policy parse(struct mf_arena *arena, const char *page)
{
    struct policy policy = {.version = "", .mode = ""};
    for (const char *line = page; *line;) {
        size_t len = strcspn(line, "\r\n"), key = strcspn(line, ":");
        if (key < len) {
            const char *value = line + key + 1;
            size_t rest = len - key - 1, blanks = strspn(value, " \t");
            blanks = blanks > rest ? rest : blanks;
            value = mf_copy_bytes(arena, value + blanks, rest - blanks);
            for (size_t n = strlen(value); n && strchr(" \t", value[n - 1]); n--)
                ((char *)value)[n - 1] = '\0';
            const char *name = mf_copy_bytes(arena, line, key);
            if (strcmp(name, "version") == 0)
                policy.version = value;
            else if (strcmp(name, "mode") == 0)
                policy.mode = value;
            else if (strcmp(name, "mx") == 0)
                *MF_PUSH(arena, policy.mx, policy.count, policy.capacity) = value;
        }
        line += len;
        line += strspn(line, "\r\n");
    }
    return policy;
}

/* "*.example.net" stands for one label (RFC 8461 4.1). */
static bool names(const struct policy *policy, const char *host)
{
    const char *parent = strchr(host, '.');
    for (size_t i = 0; i < policy->count; i++)
        if (mf_same_nocase(policy->mx[i], host) ||
            (mf_starts(policy->mx[i], "*.") && parent && mf_same_nocase(policy->mx[i] + 1, parent)))
            return true;
    return false;
}

static void tell_broken(struct mf_dns_case *at, const char *url, const char *why)
{
    mf_dns_fact_add(at, "dns.mta-sts-broken", MF_FACT_NOTE, at->view->domain, "MTA-STS policy unusable",
                    "The MTA-STS policy that is announced can't be used",
                    mf_format(at->view->arena, "%s: %s.", url, why), NULL);
}

/* The policy as it should be, and the step after it. */
static const char *advice(struct mf_dns_case *at, const struct policy *policy)
{
    struct mf_arena *arena = at->view->arena;
    const char *lines = "";
    for (size_t i = 0; i < at->table->mx_count; i++) {
        const char *host = strrchr(at->table->mx[i], ' ');
        lines = mf_format(arena, "%s  mx: %s\n", lines, host ? host + 1 : at->table->mx[i]);
    }
    return mf_format(
        arena, "Put into the policy at mta-sts.%s:\n  mode: %s\n%sthen change id= in the TXT record _mta-sts.%s.\n",
        at->view->domain, policy->mode, lines, at->view->domain);
}

static void judge_page(struct mf_dns_case *at, const char *url, const char *page)
{
    struct mf_arena *arena = at->view->arena;
    struct policy policy = parse(arena, page);
    if (strcmp(policy.version, "STSv1") != 0 || !*policy.mode) {
        tell_broken(at, url, "the page is no policy (version: STSv1, mode: …)");
        return;
    }
    const char *lacking = "", *has = mf_dns_words(arena, policy.mx, policy.count, " and ");
    for (size_t i = 0; i < at->table->mx_count; i++) {
        const char *host = strrchr(at->table->mx[i], ' ');
        host = host ? host + 1 : at->table->mx[i];
        if (!names(&policy, host))
            lacking = mf_format(arena, "%s%s%s", lacking, *lacking ? ", " : "", host);
    }
    if (*lacking && strcmp(policy.mode, "none") != 0)
        mf_dns_fact_add(at, "dns.mta-sts-mx", MF_FACT_NOTE, at->view->domain,
                        mf_format(arena, "MTA-STS lacks %s", lacking),
                        mf_format(arena, "The MTA-STS policy does not name the MX %s", lacking),
                        mf_format(arena, "%s (mode %s) names %s. %s", url, policy.mode, *has ? has : "no MX",
                                  strcmp(policy.mode, "enforce") == 0 ? "Large senders will refuse the new MX."
                                                                      : "Senders report it as a failure."),
                        advice(at, &policy));
}

void mf_dns_judge_policy(struct mf_dns_case *at)
{
    const struct mf_flow_evidence *fetched = mf_evidence_flow(at->view->context->evidence, MF_POLICY_FLOW);
    if (!fetched || !fetched->command)
        return; /* none is announced */
    const struct mf_rec_command *page = fetched->command;
    if (page->status != 200)
        tell_broken(at, page->command,
                    page->status ? mf_format(at->view->arena, "HTTP status %d", page->status) : page->output);
    else
        judge_page(at, page->command, page->output);
}

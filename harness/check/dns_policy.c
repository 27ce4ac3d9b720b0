/* MTA-STS (RFC 8461): is there one record, one policy that can be used, and does it name the expected MX? */
#include <string.h>
#include <time.h>

#include "check/dns_internal.h"
#include "check/sts_internal.h"

#define AGE_SHORT 86400 /* below a day a policy hardly outlives an attack (RFC 8461 3.2) */

struct sts {
    struct mf_dns_case *at;
    const char *name, *url; /* of the record; of the policy */
    const struct mf_rec_command *page; /* NULL: was not looked for */
};

/* A record with an id that no sender can have seen yet. */
static const char *record_line(const struct sts *sts)
{
    char id[32];
    time_t now = (time_t)(sts->at->view->context->now / MF_SECOND);
    struct tm parts;
    strftime(id, sizeof id, "%Y%m%dT%H%M%S", gmtime_r(&now, &parts));
    struct mf_arena *arena = sts->at->view->arena;
    return mf_dns_publish_txt(arena, sts->name, mf_format(arena, "v=STSv1; id=%s", id));
}

/* The policy as it should be, and the step after it. */
static const char *policy_advice(const struct sts *sts, const char *mode)
{
    struct mf_arena *arena = sts->at->view->arena;
    const char *lines = "";
    for (size_t i = 0; i < sts->at->table->mx_count; i++)
        lines = mf_format(arena, "%s  mx: %s\n", lines, mf_dns_mx_host(sts->at->table->mx[i]));
    return mf_format(arena,
                     "Put this page, as text/plain, at %s:\n  version: STSv1\n  mode: %s\n%s  max_age: 604800\n"
                     "Then publish a new id in place of the record that is there, or nobody fetches it:\n%s",
                     sts->url, mode, lines, record_line(sts));
}

static void tell(const struct sts *sts, const char *id, const char *brief, const char *title, const char *text,
                 const char *advice)
{
    mf_dns_fact_add(sts->at, id, MF_FACT_NOTE, sts->at->view->domain, brief, title, text, advice);
}

/* --- the record --- */

enum announced { ANNOUNCED_NOT, ANNOUNCED_BADLY, ANNOUNCED_WELL, ANNOUNCED_UNKNOWN };

static enum announced judge_record(const struct sts *sts)
{
    struct mf_arena *arena = sts->at->view->arena;
    const struct mf_dns_answer *answer = mf_dns_view_ask(sts->at->view, sts->name, MF_DNS_TXT);
    const struct mf_dns_record *record = NULL;
    size_t count = 0;
    if (answer->status != MF_DNS_OK && answer->status != MF_DNS_NODATA && answer->status != MF_DNS_NXDOMAIN)
        return ANNOUNCED_UNKNOWN;
    for (size_t i = 0; i < answer->count; i++)
        if (mf_sts_is_meant(answer->records[i].text) && count++ == 0)
            record = &answer->records[i];
    const char *trouble = count > 1    ? mf_format(arena, "there are %zu of them", count)
                          : count == 1 ? mf_sts_record_trouble(arena, record->text)
                                       : NULL;
    if (trouble)
        tell(sts, "dns.mta-sts-record", "the MTA-STS record does not count",
             mf_format(arena, "The MTA-STS record at %s does not count", sts->name),
             mf_format(arena,
                       "%s answers %.300s: %s. Senders take that as no MTA-STS at all (RFC 8461 3.1); those that have a "
                       "policy keep it until it ends.",
                       sts->name, mf_dns_txt_value(arena, answer), trouble),
             mf_format(arena, "Leave only this one there:\n%s", record_line(sts)));
    return !count ? ANNOUNCED_NOT : trouble ? ANNOUNCED_BADLY : ANNOUNCED_WELL;
}

/* --- the policy --- */

static void tell_broken(const struct sts *sts, const char *why, const char *advice)
{
    struct mf_arena *arena = sts->at->view->arena;
    tell(sts, "dns.mta-sts-broken", "MTA-STS policy unusable", "The MTA-STS policy that is announced can't be used",
         mf_format(arena, "%s: %s. Senders that have an older policy go on with that one; others deliver without.",
                   sts->url, why),
         advice);
}

static void tell_unfetched(const struct sts *sts)
{
    struct mf_arena *arena = sts->at->view->arena;
    const char *prefix = mf_format(arena, "%s: ", sts->url), *why = sts->page->output;
    why = mf_starts(why, prefix) ? why + strlen(prefix) : why;
    if (sts->page->status >= 300 && sts->page->status < 400)
        tell_broken(sts, mf_format(arena, "HTTP status %d, and redirects are not followed (RFC 8461 3.3)", sts->page->status),
                    "Serve the page itself there, without a redirect.\n");
    else if (sts->page->status)
        tell_broken(sts, mf_format(arena, "HTTP status %d", sts->page->status), policy_advice(sts, "testing"));
    else if (strcasestr(why, "certificate") || strcasestr(why, "SSL"))
        tell_broken(sts, why,
                    mf_format(arena,
                              "Let the web server show a certificate for mta-sts.%s that is not expired and that a "
                              "public CA has issued; or delete the record %s.\n",
                              sts->at->view->domain, sts->name));
    else
        tell_broken(sts, why, NULL);
}

static bool is_text(const char *media)
{
    size_t len = strcspn(media, "; \t");
    return len == 0 || (len == 10 && strncasecmp(media, "text/plain", 10) == 0);
}

static void tell_lacking(const struct sts *sts, const struct mf_sts_policy *policy, const char *lacking)
{
    struct mf_arena *arena = sts->at->view->arena;
    const char *has = mf_join(arena, policy->mx, policy->count, " and ");
    tell(sts, "dns.mta-sts-mx", mf_format(arena, "MTA-STS lacks %s", lacking),
         mf_format(arena, "The MTA-STS policy does not name the MX %s", lacking),
         mf_format(arena, "%s (mode %s) names %s. %s", sts->url, policy->mode, *has ? has : "no MX",
                   strcmp(policy->mode, "enforce") == 0 ? "Large senders will refuse the new MX."
                                                        : "Senders report it as a failure."),
         policy_advice(sts, policy->mode));
}

/* True: the policy asks senders for something. */
static bool judge_policy(const struct sts *sts, const struct mf_sts_policy *policy)
{
    struct mf_arena *arena = sts->at->view->arena;
    const char *lacking = "";
    if (strcmp(policy->mode, "none") == 0) {
        mf_dns_note_add(sts->at, "MTA-STS: mode none: senders ask for nothing; the record and the page can go once "
                                 "max_age is over");
        return false;
    }
    for (size_t i = 0; i < sts->at->table->mx_count; i++) {
        const char *host = mf_dns_mx_host(sts->at->table->mx[i]);
        if (strcmp(host, ".") != 0 && !mf_sts_names(policy, host))
            lacking = mf_format(arena, "%s%s%s", lacking, *lacking ? ", " : "", host);
    }
    if (*lacking)
        tell_lacking(sts, policy, lacking);
    if (strcmp(policy->mode, "testing") == 0)
        mf_dns_note_add(sts->at, "MTA-STS: mode testing: senders report failures and deliver all the same");
    if (policy->age < AGE_SHORT)
        mf_dns_note_add(sts->at, mf_format(arena, "MTA-STS: max_age is %lld s; weeks are usual", policy->age));
    return true;
}

static void judge_page(const struct sts *sts, struct mf_dns_promises *promises)
{
    struct mf_arena *arena = sts->at->view->arena;
    struct mf_sts_policy policy = mf_sts_parse(arena, sts->page->output);
    if (!is_text(sts->page->media))
        tell_broken(sts, mf_format(arena, "its type is %.60s, not text/plain; senders may refuse it", sts->page->media),
                    mf_format(arena, "Let the web server send Content-Type: text/plain for %s\n", sts->url));
    else if (policy.trouble)
        tell_broken(sts, policy.trouble, policy_advice(sts, "testing"));
    else if (judge_policy(sts, &policy)) {
        promises->sts = true;
        promises->enforced = strcmp(policy.mode, "enforce") == 0;
    }
}

static void judge_unannounced(const struct sts *sts)
{
    struct mf_arena *arena = sts->at->view->arena;
    struct mf_sts_policy policy = mf_sts_parse(arena, sts->page->output);
    if (sts->page->status != 200 || policy.trouble || strcmp(policy.mode, "none") == 0)
        return; /* no policy, or one that is being taken away */
    tell(sts, "dns.mta-sts-unannounced", "an MTA-STS policy without its record",
         "There is an MTA-STS policy, and no record that announces it",
         mf_format(arena, "%s holds a policy (mode %s), and there is no record at %s: nobody fetches it.", sts->url,
                   policy.mode, sts->name),
         mf_format(arena, "Publish, or take the page away:\n%s", record_line(sts)));
}

void mf_dns_judge_policy(struct mf_dns_case *at, struct mf_dns_promises *promises)
{
    const struct mf_flow_evidence *fetched = mf_evidence_flow(at->view->context->evidence, MF_POLICY_FLOW);
    struct sts sts = {.at = at,
                      .name = mf_format(at->view->arena, "_mta-sts.%s", at->view->domain),
                      .url = mf_format(at->view->arena, "https://mta-sts.%s/.well-known/mta-sts.txt", at->view->domain),
                      .page = fetched ? fetched->command : NULL};
    enum announced announced = judge_record(&sts);
    if (announced == ANNOUNCED_UNKNOWN)
        mf_dns_note_add(at, mf_format(at->view->arena, "MTA-STS: %s could not be looked up", sts.name));
    if (!sts.page)
        return;
    if (announced == ANNOUNCED_NOT)
        judge_unannounced(&sts);
    else if (announced == ANNOUNCED_WELL && sts.page->status != 200)
        tell_unfetched(&sts);
    else if (announced == ANNOUNCED_WELL)
        judge_page(&sts, promises);
}

/* --dry-run: what would be done, for people. */
#include <stdio.h>
#include <string.h>

#include "mailflow/plan.h"
#include "mailflow/text.h"

static const char *duration(mf_usec usec, char *buffer, size_t size)
{
    static const struct {
        const char *unit;
        mf_usec usec;
    } units[] = {{"h", 3600 * MF_SECOND}, {"min", 60 * MF_SECOND}, {"s", MF_SECOND}, {"ms", MF_MS}};
    for (size_t i = 0; i < sizeof units / sizeof *units; i++)
        if (usec && usec % units[i].usec == 0) {
            snprintf(buffer, size, "%lld %s", (long long)(usec / units[i].usec), units[i].unit);
            return buffer;
        }
    snprintf(buffer, size, "%.3g s", (double)usec / 1e6);
    return buffer;
}

/* --- who → whom --- */

static void print_recipients(const struct mf_flow *flow, FILE *out)
{
    static const char *const fields[] = {"", "cc ", "bcc "};
    for (size_t i = 0; i < flow->recipient_count; i++) {
        const struct mf_recipient *recipient = &flow->recipients[i];
        bool by_name = recipient->person && recipient->address == recipient->person->address;
        fprintf(out, "%s%s%s", i ? ", " : "", fields[recipient->field],
                by_name ? recipient->person->name : recipient->address);
    }
}

static const char *login_words(const struct mf_via *via)
{
    if (!via || !via->login)
        return "";
    switch (via->login->kind) {
    case MF_LOGIN_NONE:
        return ", without login";
    case MF_LOGIN_WRONG:
        return ", with a wrong password";
    case MF_LOGIN_PASSWORD:
    case MF_LOGIN_OAUTH2:
        break;
    }
    return "";
}

static void print_sending(const struct mf_flow *flow, FILE *out)
{
    const char *sender = flow->from_person        ? flow->from_person->name
                         : flow->from_application ? flow->from_application->name
                                                  : flow->from;
    if (flow->of) {
        fprintf(out, "      looks again at the message of \"%s\"\n", flow->of->name);
        return;
    }
    fprintf(out, "      %s → ", sender);
    print_recipients(flow, out);
    fprintf(out, ", %s, via %s%s\n", mf_kind_name(flow->kind), flow->via ? flow->via->label : "?",
            login_words(flow->via));
    if (!mf_same(flow->mail_from, flow->from))
        fprintf(out, "      envelope sender <%s>\n", flow->mail_from);
    if (flow->dsn.given)
        fprintf(out, "      asks for notices:%s%s%s%s\n", flow->dsn.notify ? " NOTIFY=" : "", flow->dsn.notify ? flow->dsn.notify : "",
                flow->dsn.ret ? " RET=" : "", flow->dsn.ret ? flow->dsn.ret : "");
}

/* --- expectations --- */

static void print_hops(const char *word, const struct mf_hop *hops, size_t count, FILE *out)
{
    for (size_t i = 0; i < count; i++)
        fprintf(out, "%s %s", i ? "," : word, hops[i].server ? hops[i].server->name : hops[i].host);
}

static void print_auth(const char *method, const struct mf_auth_expect *auth, FILE *out)
{
    switch (auth->want) {
    case MF_AUTH_NOT_JUDGED:
    case MF_AUTH_TOLD:
        return;
    case MF_AUTH_PASS_OR_NONE_WARN:
        fprintf(out, ", %s pass", method);
        return;
    case MF_AUTH_STILL_VERIFIES:
        fprintf(out, ", %s still verifies", method);
        return;
    case MF_AUTH_RESULT:
        break;
    }
    fprintf(out, ", %s %s", method, auth->result);
    if (auth->domain)
        fprintf(out, " of %s", auth->domain);
    if (auth->selector)
        fprintf(out, " by %s", auth->selector);
    if (auth->aligned)
        fputs(" aligned", out);
}

static void print_deadline(const struct mf_expect *expect, FILE *out)
{
    char from[32], to[32];
    if (expect->not_before)
        fprintf(out, ", within %s..%s", duration(expect->not_before, from, sizeof from),
                duration(expect->within, to, sizeof to));
    else
        fprintf(out, ", within %s", duration(expect->within, to, sizeof to));
}

static void print_arrival(const struct mf_expect *expect, FILE *out)
{
    fprintf(out, "at %s, %s", expect->mailbox->label, expect->folder);
    if (expect->copies != 1)
        fprintf(out, ", %d copies", expect->copies);
    print_deadline(expect, out);
    print_hops(", through", expect->through, expect->through_count, out);
    print_hops(", not through", expect->not_through, expect->not_through_count, out);
    print_auth("DKIM", &expect->dkim, out);
    print_auth("SPF", &expect->spf, out);
    print_auth("DMARC", &expect->dmarc, out);
    for (size_t i = 0; i < expect->header_count; i++)
        fprintf(out, ", %s%s", expect->headers[i].absent ? "no " : "", expect->headers[i].name);
    if (expect->is_copy)
        fputs(", as the main copy", out);
}

static void print_reply(const char *word, const char *any, const struct mf_expect *expect, FILE *out)
{
    const struct mf_reply_expect *reply = &expect->reply;
    fprintf(out, "%s%s%s %s", word, reply->phase ? " at " : "", mf_phase_name(reply->phase),
            reply->code[0] ? reply->code : any);
    if (reply->enhanced)
        fprintf(out, " %s", reply->enhanced);
    if (reply->regex)
        fprintf(out, " /%s/%s", reply->regex, reply->regex_nocase ? "i" : "");
    bool all = expect->recipient_count == expect->flow->recipient_count;
    for (size_t i = 0; !all && i < expect->recipient_count; i++)
        fprintf(out, "%s %s", i ? "," : " for", expect->recipients[i]->address);
}

static void print_bounce(const struct mf_expect *expect, FILE *out)
{
    const struct mf_bounce_expect *bounce = &expect->bounce;
    fprintf(out, "a bounce at %s, %s", expect->bounces_at->label, bounce->action);
    if (bounce->status)
        fprintf(out, " %s", bounce->status);
    if (bounce->diagnostic.text)
        fprintf(out, bounce->diagnostic.kind == MF_MATCH_REGEX ? " /%s/%s" : " \"%s\"%s", bounce->diagnostic.text,
                bounce->diagnostic.nocase ? "i" : "");
    if (bounce->remote_mta)
        fprintf(out, " from %s", bounce->remote_mta);
    for (size_t i = 0; i < expect->recipient_count; i++)
        fprintf(out, "%s %s", i ? "," : " for", expect->recipients[i]->address);
    print_deadline(expect, out);
}

static void print_expect(const struct mf_expect *expect, FILE *out)
{
    fputs("      expects ", out);
    switch (expect->kind) {
    case MF_EXPECT_AT:
        print_arrival(expect, out);
        break;
    case MF_EXPECT_NEVER_AT:
        fprintf(out, "never at %s", expect->mailbox->label);
        break;
    case MF_EXPECT_NOBODY:
        fputs("no copy anywhere", out);
        break;
    case MF_EXPECT_NOBODY_ELSE:
        fputs("no copy with anybody else", out);
        break;
    case MF_EXPECT_ACCEPTED:
        print_reply("accepted", "250", expect, out);
        break;
    case MF_EXPECT_REFUSED:
        print_reply("refused", "5xx", expect, out);
        break;
    case MF_EXPECT_DEFERRED:
        print_reply("deferred", "4xx", expect, out);
        break;
    case MF_EXPECT_BOUNCE:
        print_bounce(expect, out);
        break;
    case MF_EXPECT_NEVER_BOUNCE:
        fprintf(out, "no bounce at %s", expect->bounces_at->label);
        break;
    }
    fputc('\n', out);
}

/* --- the whole --- */

static void print_needs(const struct mf_flow *flow, FILE *out)
{
    for (size_t i = 0; i < flow->need_count; i++)
        fprintf(out, "%s \"%s\"", i ? "," : "      after",
                flow->needs[i].flow ? flow->needs[i].flow->name : flow->needs[i].section->title);
    if (flow->need_count)
        fputc('\n', out);
}

/* How it will be known that something did not arrive. */
static void print_sentinel(const struct mf_flow *flow, FILE *out)
{
    const struct mf_flow *sentinel = flow->sentinel;
    if (flow->no_sentinel)
        fprintf(out, "      no sentinel: %s\n", flow->no_sentinel);
    if (!sentinel)
        return;
    fputs("      sentinel → ", out);
    print_recipients(sentinel, out);
    fputs(", later the same way; absence is known once it is at", out);
    for (size_t i = 0; i < sentinel->expect_count; i++)
        if (i == 0 || sentinel->expects[i].mailbox != sentinel->expects[i - 1].mailbox)
            fprintf(out, "%s %s", i ? "," : "", sentinel->expects[i].mailbox->label);
    fputc('\n', out);
}

static void print_flow(const struct mf_site *site, const struct mf_flow *flow, FILE *out)
{
    fprintf(out, "  %s\n", flow->name);
    if (flow->skip || flow->not_built) {
        fprintf(out, "      skipped: %s\n", flow->skip ? flow->skip : flow->not_built);
        return;
    }
    print_sending(flow, out);
    if (flow->resolve)
        fprintf(out, "      by the site's %s table, as if it were published\n", mf_dns_table_name(site, flow->resolve));
    print_needs(flow, out);
    for (size_t i = 0; i < flow->expect_count; i++)
        print_expect(&flow->expects[i], out);
    print_sentinel(flow, out);
}

static void print_dns_row(const struct mf_site *site, const struct mf_dns_row *row, FILE *out)
{
    char within[32];
    fprintf(out, "  %s", mf_dns_row_label(row));
    if (row->table && row->table != site->dns)
        fprintf(out, " as in %s", mf_dns_table_name(site, row->table));
    if (row->within)
        fprintf(out, ", within %s", duration(row->within, within, sizeof within));
    fputc('\n', out);
}

static void print_section(const struct mf_site *site, const struct mf_section *section, FILE *out)
{
    if (section->title[0])
        fprintf(out, "\n%s\n", section->title);
    else
        fputc('\n', out);
    if (section->skip)
        fprintf(out, "      skipped: %s\n", section->skip);
    for (size_t i = 0; i < section->dns_row_count; i++)
        print_dns_row(site, &section->dns_rows[i], out);
    for (size_t i = 0; i < section->flow_count; i++)
        print_flow(site, section->flows[i], out);
}

static size_t count_messages(const struct mf_plan *plan)
{
    size_t count = 0;
    for (size_t i = 0; i < plan->flow_count; i++)
        count += !plan->flows[i].of && !plan->flows[i].skip && !plan->flows[i].not_built;
    return count;
}

static size_t count_sentinels(const struct mf_plan *plan)
{
    size_t count = 0;
    for (size_t i = 0; i < plan->flow_count; i++)
        count += plan->flows[i].sentinel != NULL;
    return count;
}

void mf_plan_print(const struct mf_plan *plan, FILE *out)
{
    const struct mf_site *site = plan->site;
    fprintf(out, "%s · %s · site %s\n", plan->title ? plan->title : "", site->domain_count ? site->domains[0] : "",
            site->name);
    if (plan->about)
        fprintf(out, "%s\n", plan->about);
    for (size_t i = 0; i < plan->section_count; i++)
        print_section(site, &plan->sections[i], out);
    fputs("\nMailboxes to be opened:", out);
    for (size_t i = 0, n = 0; i < site->mailbox_count; i++)
        if (plan->watch[i])
            fprintf(out, "%s %s", n++ ? "," : "", site->mailboxes[i].label);
    size_t messages = count_messages(plan), sentinels = count_sentinels(plan);
    fprintf(out, "\n%zu flow%s, %zu message%s", plan->flow_count, plan->flow_count == 1 ? "" : "s", messages,
            messages == 1 ? "" : "s");
    if (sentinels)
        fprintf(out, " and up to %zu sentinel%s", sentinels, sentinels == 1 ? "" : "s");
    fputs("; nothing was sent.\n", out);
}

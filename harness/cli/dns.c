/* mailflow dns: the go-live's records, confirmed at every authoritative server. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/dns_changes.h"
#include "cli/options.h"
#include "cli/session.h"

#define WATCH_TIME (3600 * MF_SECOND)

struct arguments {
    struct session session;
    const char *site, *server, *zone;
    const char *source; /* the only one asked, or NULL */
    bool before, watch;
    const struct mf_dns_table *table;
};

#define AT(field) offsetof(struct arguments, field)
static const struct cli_option dns_options[] = {
    CLI_OPTION_SITE(AT(site)),
    {"before", 0, NULL, "compare with dns-before, and print the changes to make and the TTLs to lower", cli_take_flag,
     AT(before)},
    {"watch", 0, NULL, "again and again until all is there, telling what changes (Ctrl-C ends it)", cli_take_flag, AT(watch)},
    CLI_OPTION_WAIT("with --watch: at most this long (1 h)", AT(session.wait)),
    {"dns", 0, "ADDR@PORT", "ask this server in place of the zone's own", cli_take_text, AT(server)},
    {"zone", 0, "FILE", "no network: read this zone file in place of all servers", cli_take_text, AT(zone)},
    CLI_OPTIONS_REPORTS(AT(session.reports)),
    CLI_OPTION_QUIET("no table", AT(session.reports.quiet)),
    {0}};

/* --- one look --- */

static int begin_journal(struct arguments *a, char *dir, struct mf_diag *d)
{
    char host[256] = "", egress[46];
    mf_dns_egress(egress);
    gethostname(host, sizeof host - 1);
    if (!mkdtemp(dir))
        return mf_trouble(d, "no folder for the evidence could be made (%s): %s", dir, strerror(errno));
    a->session.dir = mf_format(a->session.plan->arena, "%s/evidence", dir);
    a->session.journal = mf_journal_create(a->session.dir, d);
    static const char secret[] = "0000000000000000000000000000000000000000000000000000000000000000";
    struct mf_rec_run run = {.at = mf_now(),
                             .version = MAILFLOW_VERSION,
                             .run = a->session.plan->run,
                             .secret_hex = secret,
                             .site = a->site,
                             .host = host,
                             .resolver = a->session.plan->site->resolver ? a->session.plan->site->resolver : "",
                             .egress = egress};
    return a->session.journal ? mf_journal_run(a->session.journal, &run, d) : -1;
}

/* Once, or with --watch again and again; what changes meanwhile is told by the progress. */
static void look(struct arguments *a, struct progress *progress)
{
    struct session *session = &a->session;
    struct mf_confirm_options options = {.more = mf_check_dns_ask,
                                         .stop = &cli_stop,
                                         .judge = a->watch ? session_judge_records : NULL,
                                         .judge_context = session,
                                         .progress = progress ? progress_event : NULL,
                                         .context = progress,
                                         .started = mf_now(),
                                         .until = MF_NEVER};
    mf_dns_watch(session->dns, session_journal_answer, session->journal);
    struct mf_confirm *confirm = mf_confirm_watch(session->plan, session->dns, session->journal, &options);
    mf_confirm_end(&confirm);
    mf_dns_watch(session->dns, NULL, NULL);
}

static int end_journal(struct arguments *a, struct mf_diag *d)
{
    struct mf_rec_end end = {.at = mf_now(), .why = "done"};
    int result = mf_journal_end(a->session.journal, &end, d);
    return mf_journal_close(&a->session.journal, d) < 0 ? -1 : result;
}

static int judge_and_report(struct arguments *a, struct mf_evidence *evidence)
{
    struct mf_arena *arena = mf_arena_new();
    const struct mf_verdict *verdict = session_verdict(&a->session, evidence, arena);
    a->session.reports.face = "dns";
    int status = session_report(&a->session, verdict);
    if (a->before && !a->session.reports.quiet)
        dns_changes_print(a->session.plan->site, a->session.dns, a->server, a->zone != NULL,
                          session_takes_stdout(&a->session) ? stderr : stdout);
    mf_arena_free(&arena);
    return status;
}

static int confirm(struct arguments *a)
{
    char dir[] = "/tmp/mailflow-dns-XXXXXX";
    struct mf_diag d = {0};
    struct mf_evidence *evidence = NULL;
    cli_catch_signals();
    int result = begin_journal(a, dir, &d);
    if (result == 0) {
        struct progress *progress = a->watch ? progress_new(a->session.plan, stderr) : NULL;
        look(a, progress);
        progress_free(&progress);
        result = end_journal(a, &d);
    }
    if (result == 0)
        evidence = mf_evidence_load(a->session.dir, NULL, &d);
    mf_journal_close(&a->session.journal, NULL);
    session_drop_evidence(dir);
    a->session.dir = NULL;
    int status = evidence ? judge_and_report(a, evidence) : cli_trouble(&d);
    mf_evidence_free(&evidence);
    return status;
}

/* --- the beginning --- */

/* A server is asked for the records; what leads out of them (addresses, includes) is the resolver's. */
static int open_dns(struct arguments *a)
{
    struct mf_diag d = {0};
    struct session *session = &a->session;
    struct mf_dns *server = a->server ? mf_dns_server(a->server, &d) : NULL;
    if (a->server && !server)
        return cli_trouble(&d), CLI_USAGE;
    mf_dns_free(&server);
    session->dns = a->zone ? mf_dns_zone(a->zone, &d) : mf_dns_live(session->plan->site->resolver, &d);
    if (!session->dns)
        return cli_trouble(&d), a->zone ? CLI_USAGE : CLI_UNKNOWN;
    a->source = a->zone ? mf_format(session->plan->arena, "zone %s", a->zone) : a->server;
    return CLI_OK;
}

static int bind_site(struct arguments *a)
{
    static const unsigned char secret[32] = {0};
    struct mf_plan_options options = {.site = a->site, .run = "dns", .secret = secret, .without_secrets = true};
    int status = session_bind(&a->session, &options);
    if (status)
        return status;
    const struct mf_site *site = a->session.plan->site;
    a->table = a->before ? site->dns_before : site->dns;
    if (!a->table || (a->before && !site->dns))
        return cli_usage_error(&cli_dns, "site %s has no %s: table", site->file, !site->dns ? "dns" : "dns-before");
    return CLI_OK;
}

static void add_rows(struct arguments *a)
{
    mf_plan_add_dns_rows(a->session.plan, a->table, a->source);
    struct mf_section *section = &a->session.plan->sections[0];
    for (size_t i = 0; a->watch && i < section->dns_row_count; i++)
        section->dns_rows[i].within = a->session.wait == MF_NEVER ? WATCH_TIME : a->session.wait;
}

static int dns_main(int argc, char **argv)
{
    struct arguments a = {.session = {.wait = MF_NEVER}};
    int status;
    if (!cli_read_options(&cli_dns, argc, argv, &a, &status))
        return status;
    if (!a.site || optind != argc)
        return cli_usage_error(&cli_dns, a.site ? "%s is one word too many" : "--site FILE is missing%s",
                               a.site ? argv[optind] : "");
    if (a.session.wait != MF_NEVER && !a.watch)
        return cli_usage_error(&cli_dns, "--wait says how long to --watch: give both%s", "");
    if (a.server && a.zone)
        return cli_usage_error(&cli_dns, "--dns or --zone, not both");
    a.session.files = mf_files_new();
    status = bind_site(&a);
    status = status ? status : open_dns(&a);
    if (status == CLI_OK) {
        add_rows(&a);
        status = confirm(&a);
    }
    session_release(&a.session);
    return status;
}

const struct cli_command cli_dns = {
    "dns", "the go-live's DNS records, confirmed at every authoritative server",
    "--site FILE [OPTION]…\n\n"
    "Asks every address of every authoritative server of the domain, and the resolver, for MX, SPF, DKIM\n"
    "and DMARC, compares them with the site's dns: table and with each other, and says what to publish.\n\n",
    dns_options,
    "Exit status: 0 all as expected (warnings included); 1 a record is wrong; 2 could not find out;\n"
    "             75 --watch was interrupted before its time was over.\n",
    dns_main};

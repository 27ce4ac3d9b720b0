/* mailflow dns: the go-live's records, confirmed at every authoritative server. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "cli/dns_changes.h"
#include "cli/options.h"
#include "cli/session.h"

#define WATCH_TIME (3600 * MF_SECOND)
#define PAUSE_FIRST (5 * MF_SECOND)
#define PAUSE_MOST (60 * MF_SECOND)

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
    {"watch", 0, NULL, "again and again until all is there (Ctrl-C ends it)", cli_take_flag, AT(watch)},
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
    a->session.dir = dir;
    char *evidence = mf_format(a->session.plan->arena, "%s/evidence", dir);
    a->session.journal = mf_journal_create(evidence, d);
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

static int look(struct arguments *a, struct mf_diag *d)
{
    struct session *session = &a->session;
    mf_dns_watch(session->dns, session_journal_answer, session->journal);
    struct mf_confirm *confirm =
        mf_confirm_start(session->plan, session->dns, session->journal, mf_check_dns_ask, &cli_stop);
    mf_confirm_end(&confirm);
    mf_dns_watch(session->dns, NULL, NULL);
    struct mf_rec_end end = {.at = mf_now(), .why = "done"};
    int result = mf_journal_end(session->journal, &end, d);
    return mf_journal_close(&session->journal, d) < 0 ? -1 : result;
}

/* What one look has found; the evidence goes with it. */
struct found {
    struct mf_arena *arena;
    struct mf_evidence *evidence;
    const struct mf_verdict *verdict;
};

static void release_found(struct found *found)
{
    mf_arena_free(&found->arena);
    mf_evidence_free(&found->evidence);
    *found = (struct found){0};
}

static int look_and_judge(struct arguments *a, struct found *found)
{
    char dir[] = "/tmp/mailflow-dns-XXXXXX";
    struct mf_diag d = {0};
    int result = begin_journal(a, dir, &d);
    if (result == 0)
        result = look(a, &d);
    if (result == 0)
        found->evidence = mf_evidence_load(mf_format(a->session.plan->arena, "%s/evidence", dir), NULL, &d);
    mf_journal_close(&a->session.journal, NULL);
    session_drop_evidence(dir);
    a->session.dir = NULL;
    if (!found->evidence)
        return cli_trouble(&d);
    found->arena = mf_arena_new();
    found->verdict = session_verdict(&a->session, found->evidence, found->arena);
    return CLI_OK;
}

/* --- again and again --- */

static void tell_progress(const struct mf_verdict *verdict, mf_usec pause)
{
    char when[16], left[32];
    time_t now = time(NULL);
    struct tm local;
    localtime_r(&now, &local);
    strftime(when, sizeof when, "%H:%M:%S", &local);
    fprintf(stderr, "  %s", when);
    for (size_t i = 0; i < verdict->dns_count; i++)
        if (verdict->dns[i].outcome == MF_PASS)
            fprintf(stderr, "%s %s pass", i ? "," : "", verdict->dns[i].name);
        else
            fprintf(stderr, "%s %s %s (%.60s)", i ? "," : "", verdict->dns[i].name,
                    mf_outcome_name(verdict->dns[i].outcome), verdict->dns[i].detail);
    fprintf(stderr, "; again in %s\n", mf_duration_text(pause, left, sizeof left));
}

static void wait_for_next(mf_usec pause)
{
    for (mf_usec until = mf_now() + pause; mf_now() < until && !cli_stop;)
        mf_sleep_until(mf_now() + 100 * MF_MS < until ? mf_now() + 100 * MF_MS : until);
}

static int look_until_there(struct arguments *a, struct found *found)
{
    mf_usec deadline = a->session.wait == MF_NEVER ? mf_now() + WATCH_TIME : mf_now() + a->session.wait,
            pause = PAUSE_FIRST;
    int status = look_and_judge(a, found);
    while (a->watch && status == CLI_OK && found->verdict->outcome != MF_PASS && !cli_stop &&
           mf_now() + pause <= deadline) {
        tell_progress(found->verdict, pause);
        wait_for_next(pause);
        if (cli_stop)
            break;
        release_found(found);
        mf_dns_flush(a->session.dns);
        pause = pause * 3 / 2 > PAUSE_MOST ? PAUSE_MOST : pause * 3 / 2;
        status = look_and_judge(a, found);
    }
    return status;
}

static int confirm(struct arguments *a)
{
    struct found found = {0};
    cli_catch_signals();
    int status = look_until_there(a, &found);
    if (status == CLI_OK) {
        a->session.reports.face = "dns";
        status = session_report(&a->session, found.verdict);
        if (a->before && !a->session.reports.quiet)
            dns_changes_print(a->session.plan->site, found.verdict, stdout);
    }
    release_found(&found);
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

static int dns_main(int argc, char **argv)
{
    struct arguments a = {.session = {.wait = MF_NEVER}};
    int status;
    if (!cli_read_options(&cli_dns, argc, argv, &a, &status))
        return status;
    if (!a.site || optind != argc)
        return cli_usage_error(&cli_dns, a.site ? "%s is one word too many" : "--site FILE is missing%s",
                               a.site ? argv[optind] : "");
    if (a.server && a.zone)
        return cli_usage_error(&cli_dns, "--dns or --zone, not both");
    a.session.files = mf_files_new();
    status = bind_site(&a);
    status = status ? status : open_dns(&a);
    if (status == CLI_OK) {
        mf_plan_add_dns_rows(a.session.plan, a.table, a.source);
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
    "Exit status: 0 all as expected (warnings included); 1 a record is wrong; 2 could not find out.\n",
    dns_main};

/* mailflow check: logs in everywhere, sends nothing. */
#include <sys/random.h>
#include <string.h>

#include "cli/options.h"
#include "cli/session.h"

static const char *const state_words[] = {[MF_PROBE_GOOD] = "ok", [MF_PROBE_WARN] = "warn", [MF_PROBE_BAD] = "FAIL",
                                          [MF_PROBE_UNKNOWN] = "ERROR"};
static const char *const state_colors[] = {[MF_PROBE_GOOD] = "\033[32m", [MF_PROBE_WARN] = "\033[33m",
                                           [MF_PROBE_BAD] = "\033[1;31m", [MF_PROBE_UNKNOWN] = "\033[1;35m"};

static void print_probe(void *context, const struct mf_probe *probe)
{
    bool color = *(const bool *)context;
    printf("  %s%-6s%s %-40s %-18s %s\n", color ? state_colors[probe->state] : "", state_words[probe->state],
           color ? "\033[0m" : "", probe->what, probe->who, probe->words);
    if (probe->hint[0])
        printf("%9s%s\n", "", probe->hint);
    if (probe->state != MF_PROBE_GOOD && probe->place.file)
        printf("%9s%s:%d\n", "", probe->place.file, probe->place.line);
    fflush(stdout);
}

static int summary(const struct mf_probe *probes, size_t count)
{
    size_t by_state[4] = {0};
    for (size_t i = 0; i < count; i++)
        by_state[probes[i].state]++;
    int status = by_state[MF_PROBE_BAD] ? CLI_WRONG_MAIL : by_state[MF_PROBE_UNKNOWN] || count == 0 ? CLI_UNKNOWN : CLI_OK;
    printf("\n%s   %zu of %zu good", status == CLI_OK ? "PASS" : status == CLI_UNKNOWN ? "ERROR" : "FAIL",
           by_state[MF_PROBE_GOOD] + by_state[MF_PROBE_WARN], count);
    if (by_state[MF_PROBE_WARN])
        printf(", %zu warning%s", by_state[MF_PROBE_WARN], by_state[MF_PROBE_WARN] == 1 ? "" : "s");
    if (by_state[MF_PROBE_BAD])
        printf(", %zu wrong", by_state[MF_PROBE_BAD]);
    if (by_state[MF_PROBE_UNKNOWN])
        printf(", %zu not known", by_state[MF_PROBE_UNKNOWN]);
    printf("; nothing was sent\n");
    return status;
}

static int probe_site(struct session *session)
{
    struct mf_diag d = {0};
    const struct mf_site *site = session->plan->site;
    session->dns = mf_dns_live(site->resolver, &d);
    if (!session->dns)
        return cli_trouble(&d);
    printf("%s %s site %s\n\n", site->domains[0], cli_unicode() ? "·" : "-", site->name);
    struct mf_arena *arena = mf_arena_new();
    bool color = cli_color(stdout);
    size_t count = 0;
    struct mf_probe *probes = mf_run_check(session->plan, session->dns, arena, &count, print_probe, &color);
    int status = summary(probes, count);
    mf_arena_free(&arena);
    return status;
}

static int check_site(const char *site)
{
    struct session session = {.files = mf_files_new()};
    unsigned char secret[32] = {0};
    struct mf_plan_options options = {.site = site, .run = "check", .secret = secret};
    int status = session_bind(&session, &options);
    if (status == CLI_OK)
        status = probe_site(&session);
    session_release(&session);
    return status;
}

static const struct cli_option check_options[] = {CLI_OPTION_SITE(0), {0}};

static int check_main(int argc, char **argv)
{
    const char *site = NULL;
    int status;
    if (!cli_read_options(&cli_check, argc, argv, &site, &status))
        return status;
    if (!site || optind != argc)
        return cli_usage_error(&cli_check, site ? "%s is one word too many" : "--site FILE is missing%s",
                               site ? argv[optind] : "");
    return check_site(site);
}

const struct cli_command cli_check = {
    "check", "log in everywhere, look at folders, ports, certificates, tokens; send nothing",
    "--site FILE\n\n"
    "Goes through every door, login, folder, certificate and token of a site, without sending.\n\n",
    check_options,
    "Exit status: 0 all good (warnings included); 1 something is wrong; 2 could not find out.\n",
    check_main};

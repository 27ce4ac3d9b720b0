/* mailflow spf: may this client send for that envelope sender, and why? */
#include <getopt.h>
#include <string.h>

#include "cli/ask.h"
#include "cli/cli.h"
#include "cli/tell_auth.h"

enum { OPT_IP = 256, OPT_HELO, OPT_MAIL_FROM, OPT_DNS, OPT_ZONE, OPT_TIME };

static const struct option long_options[] = {{"ip", required_argument, NULL, OPT_IP},
                                             {"helo", required_argument, NULL, OPT_HELO},
                                             {"mail-from", required_argument, NULL, OPT_MAIL_FROM},
                                             {"dns", required_argument, NULL, OPT_DNS},
                                             {"zone", required_argument, NULL, OPT_ZONE},
                                             {"time", required_argument, NULL, OPT_TIME},
                                             {"help", no_argument, NULL, 'h'},
                                             {0}};

struct arguments {
    struct mf_spf_query query;
    const char *dns, *zone;
    bool ended;
};

static int take_option(struct arguments *a, int option, const char *value)
{
    switch (option) {
    case OPT_IP:
        a->query.ip = value;
        break;
    case OPT_HELO:
        a->query.helo = value;
        break;
    case OPT_MAIL_FROM:
        a->query.mail_from = value;
        break;
    case OPT_DNS:
        a->dns = value;
        break;
    case OPT_ZONE:
        a->zone = value;
        break;
    case OPT_TIME:
        if (ask_time(value, &a->query.now) < 0)
            return cli_usage_error(&cli_spf, "--time wants 2026-11-23T02:14:07Z or seconds since 1970, not \"%s\"",
                                   value);
        break;
    case 'h':
        a->ended = true;
        return cli_help(&cli_spf);
    default:
        return cli_usage_error(&cli_spf, option == ':' ? "option %s wants a value" : "unknown option %s", value);
    }
    return CLI_OK;
}

static int complete(const struct arguments *a, const char *rest)
{
    if (rest)
        return cli_usage_error(&cli_spf, "%s is one word too many", rest);
    if (!a->query.ip)
        return cli_usage_error(&cli_spf, "--ip ADDRESS is missing: the client's address");
    if (!a->query.mail_from && !a->query.helo)
        return cli_usage_error(&cli_spf, "--mail-from SENDER is missing (\"<>\" for the empty one, with --helo NAME)");
    if (a->dns && a->zone)
        return cli_usage_error(&cli_spf, "--dns or --zone, not both");
    return CLI_OK;
}

static int status_of(const struct mf_spf *spf)
{
    switch (spf->result) {
    case MF_SPF_PASS:
    case MF_SPF_NONE:
    case MF_SPF_NEUTRAL:
        return CLI_OK;
    case MF_SPF_FAIL:
    case MF_SPF_SOFTFAIL:
    case MF_SPF_PERMERROR:
        return CLI_WRONG_MAIL;
    case MF_SPF_TEMPERROR:
        break;
    }
    return CLI_UNKNOWN;
}

static int evaluate(const struct mf_spf_query *query, struct mf_dns *dns)
{
    struct mf_arena *arena = mf_arena_new();
    struct mf_text out = {0};
    const struct mf_spf *spf = mf_spf_check(arena, query, dns, mf_now() + ASK_DEADLINE);
    tell_spf_result(&out, arena, spf, false);
    tell_line(&out, 0, "%s", "");
    tell_spf_story(&out, arena, spf);
    if (!spf->helo && *query->helo)
        tell_spf_helo(&out, mf_spf_check_helo(arena, query, dns, mf_now() + ASK_DEADLINE));
    tell_print(&out);
    int status = status_of(spf);
    mf_arena_free(&arena);
    return status;
}

static int spf_main(int argc, char **argv)
{
    struct arguments a = {.query = {.now = mf_now()}};
    struct mf_diag d = {0};
    opterr = 0;
    for (int c; (c = getopt_long(argc, argv, ":h", long_options, NULL)) != -1;) {
        int status = take_option(&a, c, c == '?' || c == ':' ? argv[optind - 1] : optarg);
        if (status || a.ended)
            return status;
    }
    int status = complete(&a, argv[optind]);
    if (status)
        return status;
    a.query.helo = a.query.helo ? a.query.helo : "";
    a.query.mail_from = a.query.mail_from ? a.query.mail_from : "";
    struct mf_dns *dns = ask_dns(a.dns, a.zone, &d);
    if (!dns)
        return cli_trouble(&d), CLI_USAGE;
    status = evaluate(&a.query, dns);
    mf_dns_free(&dns);
    return status;
}

const struct cli_command cli_spf = {
    "spf", "may this client send for that envelope sender, and why",
    "--ip ADDRESS --helo NAME --mail-from SENDER [--dns ADDR@PORT | --zone FILE] [--time T]\n\n"
    "Evaluates SPF (RFC 7208) and tells how: the tree of look-ups with their counts, the mechanism\n"
    "that decided, and what to publish so that this client passes.\n\n"
    "  --ip ADDRESS        the client's IPv4 or IPv6 address, as the receiving server sees it\n"
    "  --helo NAME         what it says in HELO or EHLO\n"
    "  --mail-from SENDER  the envelope sender; \"<>\" or \"\" is the empty one: postmaster@NAME is judged\n"
    "  --dns ADDR@PORT     ask this DNS server; without it the system's resolver\n"
    "  --zone FILE         ask no server: answers come from this zone file\n"
    "  --time T            as if it were then: 2026-11-23T02:14:07Z, or seconds since 1970\n\n"
    "The first line is for programs: spf=RESULT smtp.mailfrom=SENDER reason=\"...\" (RFC 8601 words;\n"
    "smtp.helo=NAME when the HELO name is judged); an empty line and the explanation follow.\n\n"
    "Exit status: 0 pass, none or neutral; 1 fail, softfail or permerror; 2 temperror; 64 wrong usage.\n",
    spf_main};

/* mailflow spf: may this client send for that envelope sender, and why? */
#include <string.h>

#include "cli/ask.h"
#include "cli/options.h"
#include "cli/tell_auth.h"

struct arguments {
    struct mf_spf_query query;
    const char *dns, *zone;
};

#define AT(field) offsetof(struct arguments, field)
static const struct cli_option spf_options[] = {
    {"ip", 0, "ADDRESS", "the client's IPv4 or IPv6 address, as the receiving server sees it", cli_take_text, AT(query.ip)},
    {"helo", 0, "NAME", "what it says in HELO or EHLO", cli_take_text, AT(query.helo)},
    {"mail-from", 0, "SENDER",
     "the envelope sender; \"<>\" or \"\" is the empty one: postmaster@NAME is judged",
     cli_take_text, AT(query.mail_from)},
    CLI_OPTIONS_LOOKING_UP(AT(dns), AT(zone), AT(query.now)),
    {0}};

static int complete(const struct arguments *a, const char *rest)
{
    if (rest)
        return cli_usage_error(&cli_spf, "%s is one word too many", rest);
    if (!a->query.ip)
        return cli_usage_error(&cli_spf, "--ip ADDRESS is missing: the client's address");
    if (!mf_dns_is_address(a->query.ip))
        return cli_usage_error(&cli_spf, "--ip wants an IPv4 or IPv6 address, not \"%s\"", a->query.ip);
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
    int status;
    if (!cli_read_options(&cli_spf, argc, argv, &a, &status))
        return status;
    status = complete(&a, argv[optind]);
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
    "that decided, and what to publish so that this client passes.\n\n",
    spf_options,
    "The first line is for programs: spf=RESULT smtp.mailfrom=SENDER reason=\"...\" (RFC 8601 words;\n"
    "smtp.helo=NAME when the HELO name is judged); an empty line and the explanation follow.\n\n"
    "Exit status: 0 pass, none or neutral; 1 fail, softfail or permerror; 2 temperror; 64 wrong usage.\n",
    spf_main};

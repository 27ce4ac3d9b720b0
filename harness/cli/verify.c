/* mailflow verify: every verdict about one message, with its reasons. */
#include <string.h>

#include "cli/ask.h"
#include "cli/client.h"
#include "cli/options.h"
#include "cli/tell_auth.h"

struct arguments {
    const char *message, *sent;
    struct client client; /* as given */
    const char *dns, *zone;
    mf_usec now;
};

#define AT(field) offsetof(struct arguments, field)
static const struct cli_option verify_options[] = {
    {"sent", 0, "FILE", "the message as it was sent: what was changed on the way is told", cli_take_text, AT(sent)},
    {"ip", 0, "ADDRESS", "the client that handed it to the receiving border", cli_take_text, AT(client.ip)},
    {"helo", 0, "NAME", "what that client said in HELO or EHLO", cli_take_text, AT(client.helo)},
    {"mail-from", 0, "SENDER",
     "the envelope sender; \"<>\" is the empty one\n"
     "What is not given is taken from the top-most usable Received and from\n"
     "Return-Path: SPF is a prediction then, and says so.",
     cli_take_text, AT(client.mail_from)},
    CLI_OPTIONS_LOOKING_UP(AT(dns), AT(zone), AT(now)),
    {0}};

struct verdicts {
    const struct mf_message *message, *sent; /* sent: or NULL */
    bool is_no_message;                      /* told, and judged nevertheless: nothing is signed in it */
    struct client client;
    const struct mf_dkim *dkim;
    const struct mf_spf *spf; /* NULL: the client is not known */
    const struct mf_dmarc *dmarc;
    const struct mf_arc *arc;
};

static void evaluate(struct mf_arena *arena, const struct arguments *a, struct mf_dns *dns, struct verdicts *v)
{
    v->client = client_find(arena, &a->client, v->message);
    v->dkim = mf_dkim_verify(arena, v->message->raw, dns, a->now, mf_now() + ASK_DEADLINE);
    if (!v->client.unknown) {
        struct mf_spf_query query = {
            .ip = v->client.ip, .helo = v->client.helo, .mail_from = v->client.mail_from, .now = a->now};
        v->spf = mf_spf_check(arena, &query, dns, mf_now() + ASK_DEADLINE);
    }
    struct mf_dmarc_query query = mf_dmarc_query_of(arena, v->message, v->spf, v->dkim);
    v->dmarc = mf_dmarc_check(arena, &query, dns, mf_now() + ASK_DEADLINE);
    v->arc = mf_arc_verify(arena, v->message->raw, dns, mf_now() + ASK_DEADLINE);
}

static void tell_results(struct mf_text *out, struct mf_arena *arena, const struct verdicts *v)
{
    tell_dkim_results(out, v->dkim);
    if (v->spf) {
        tell_spf_result(out, arena, v->spf, v->client.from_where != NULL);
    } else {
        mf_text_puts(out, "spf=none");
        tell_value(out, "reason", v->client.unknown);
        mf_text_puts(out, "\n");
    }
    tell_dmarc_result(out, v->dmarc);
    tell_arc_result(out, arena, v->arc);
}

static void tell_story(struct mf_text *out, struct mf_arena *arena, const struct verdicts *v)
{
    tell_line(out, 0, "%s", "");
    tell_dkim_story(out, v->dkim, v->message, v->sent);
    tell_line(out, 0, "%s", "");
    if (v->spf)
        tell_spf_story(out, arena, v->spf);
    else
        tell_line(out, 0, "SPF was not evaluated: %s.", v->client.unknown);
    if (v->client.from_where)
        tell_line(out, 2, "%s", v->client.from_where);
    tell_line(out, 0, "%s", "");
    tell_dmarc_story(out, v->dmarc);
    tell_line(out, 0, "%s", "");
    tell_arc_story(out, v->arc);
    tell_line(out, 0, "%s", "");
    if (v->sent)
        tell_changes(out, arena, v->sent, v->message, v->dkim);
    tell_authres(out, arena, v->message);
    tell_path(out, arena, v->message);
}

enum grade { GRADE_FINE, GRADE_OPEN, GRADE_WRONG };

static enum grade grade_dkim(enum mf_dkim_result result)
{
    return result == MF_DKIM_PASS || result == MF_DKIM_NONE ? GRADE_FINE
           : result == MF_DKIM_TEMPERROR                    ? GRADE_OPEN
                                                            : GRADE_WRONG;
}

static enum grade grade_spf(const struct mf_spf *spf)
{
    if (!spf || spf->result == MF_SPF_PASS || spf->result == MF_SPF_NONE || spf->result == MF_SPF_NEUTRAL)
        return GRADE_FINE;
    return spf->result == MF_SPF_TEMPERROR ? GRADE_OPEN : GRADE_WRONG;
}

static enum grade grade_dmarc(enum mf_dmarc_result result)
{
    return result == MF_DMARC_PASS || result == MF_DMARC_NONE ? GRADE_FINE
           : result == MF_DMARC_TEMPERROR                     ? GRADE_OPEN
                                                              : GRADE_WRONG;
}

static enum grade grade_arc(enum mf_arc_result result)
{
    return result == MF_ARC_FAIL ? GRADE_WRONG : result == MF_ARC_TEMPERROR ? GRADE_OPEN : GRADE_FINE;
}

/* The worst of all; wrong and open together are wrong. */
static int status_of(const struct verdicts *v)
{
    const enum grade grades[] = {grade_dkim(v->dkim->result), grade_spf(v->spf), grade_dmarc(v->dmarc->result),
                                 grade_arc(v->arc->result)};
    enum grade worst = GRADE_FINE;
    for (size_t i = 0; i < sizeof grades / sizeof *grades; i++)
        worst = grades[i] > worst ? grades[i] : worst;
    return worst == GRADE_WRONG ? CLI_WRONG_MAIL : worst == GRADE_OPEN ? CLI_UNKNOWN : CLI_OK;
}

static int read_messages(struct mf_arena *arena, const struct arguments *a, struct verdicts *v)
{
    struct mf_diag d = {0};
    v->message = ask_message(arena, a->message, &d);
    v->sent = v->message && a->sent ? ask_message(arena, a->sent, &d) : NULL;
    bool is_read = v->message && (v->sent || !a->sent);
    v->is_no_message = is_read && (v->message->header_count == 0 || (v->sent && v->sent->header_count == 0));
    if (!is_read || v->is_no_message)
        cli_trouble(&d);
    return is_read ? CLI_OK : CLI_USAGE;
}

static int verify(const struct arguments *a, struct mf_arena *arena)
{
    struct mf_diag d = {0};
    struct verdicts v = {0};
    int status = read_messages(arena, a, &v);
    if (status)
        return status;
    struct mf_dns *dns = ask_dns(a->dns, a->zone, &d);
    if (!dns)
        return cli_trouble(&d), CLI_USAGE;
    evaluate(arena, a, dns, &v);
    struct mf_text out = {0};
    tell_results(&out, arena, &v);
    tell_story(&out, arena, &v);
    tell_print(&out);
    mf_dns_free(&dns);
    return v.is_no_message ? CLI_USAGE : status_of(&v);
}

static int complete(struct arguments *a, int argc, char **argv)
{
    if (optind == argc)
        return cli_usage_error(&cli_verify, "which message? A file, or \"-\" for standard input");
    if (optind + 1 != argc)
        return cli_usage_error(&cli_verify, "%s is one word too many", argv[optind + 1]);
    if (a->dns && a->zone)
        return cli_usage_error(&cli_verify, "--dns or --zone, not both");
    if (a->client.ip && !mf_dns_is_address(a->client.ip))
        return cli_usage_error(&cli_verify, "--ip wants an IPv4 or IPv6 address, not \"%s\"", a->client.ip);
    a->message = argv[optind];
    if (a->sent && strcmp(a->sent, "-") == 0 && strcmp(a->message, "-") == 0)
        return cli_usage_error(&cli_verify, "only one of the two messages can come from standard input");
    return CLI_OK;
}

static int verify_main(int argc, char **argv)
{
    struct arguments a = {.now = mf_now()};
    int status;
    if (!cli_read_options(&cli_verify, argc, argv, &a, &status))
        return status;
    status = complete(&a, argc, argv);
    if (status)
        return status;
    struct mf_arena *arena = mf_arena_new();
    status = verify(&a, arena);
    mf_arena_free(&arena);
    return status;
}

const struct cli_command cli_verify = {
    "verify", "DKIM, SPF, DMARC, ARC and the path of one message, with the reasons",
    "MESSAGE [OPTION]…\n\n"
    "Judges a message as it was received (\"-\": from standard input; lines may end in LF or CRLF).\n\n",
    verify_options,
    "First come lines for programs, in RFC 8601 words, values quoted where they must be:\n"
    "  dkim=RESULT header.d=… header.s=… header.a=… [reason=\"…\"]   one a signature; dkim=none without\n"
    "  spf=RESULT smtp.mailfrom=… [reason=\"…\"]\n"
    "  dmarc=RESULT header.from=… policy=… [reason=\"…\"]\n"
    "  arc=RESULT [reason=\"…\"]\n"
    "then an empty line, and the explanation. What --sent finds is told, it changes no result.\n\n"
    "Exit status: 0 nothing fails (pass, none, neutral; DKIM: one signature that passes is enough);\n"
    "             1 something fails: fail, softfail, policy, permerror; 2 it could not be found out\n"
    "             (temperror); 64 wrong usage, or a file that can't be read or is no message.\n",
    verify_main};

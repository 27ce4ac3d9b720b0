/* mailflow run: scenarios against a site. */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/outcomes.h"
#include "cli/session.h"

struct arguments {
    struct mf_arena *arena;
    const char *site, *evidence;
    const char **scenarios, **vars, **only;
    size_t scenario_count, var_count, only_count, var_capacity, only_capacity;
    bool dry_run, only_failed;
    struct session session;
};

enum { OPT_SITE = 256, OPT_JSON, OPT_JUNIT, OPT_TAP, OPT_HTML, OPT_ONLY, OPT_VAR, OPT_EVIDENCE, OPT_WAIT, OPT_DRY_RUN,
       OPT_KEEP_MAIL, OPT_QUIET };

static const struct option long_options[] = {
    {"site", required_argument, NULL, OPT_SITE},         {"json", required_argument, NULL, OPT_JSON},
    {"junit", required_argument, NULL, OPT_JUNIT},       {"tap", required_argument, NULL, OPT_TAP},
    {"html", required_argument, NULL, OPT_HTML},         {"only", required_argument, NULL, OPT_ONLY},
    {"var", required_argument, NULL, OPT_VAR},           {"evidence", required_argument, NULL, OPT_EVIDENCE},
    {"wait", required_argument, NULL, OPT_WAIT},         {"dry-run", no_argument, NULL, OPT_DRY_RUN},
    {"keep-mail", no_argument, NULL, OPT_KEEP_MAIL},     {"quiet", no_argument, NULL, OPT_QUIET},
    {"help", no_argument, NULL, 'h'},                    {0}};

static int take_var(struct arguments *a, const char *value)
{
    if (!strchr(value, '=') || value[0] == '=')
        return cli_usage_error(&cli_run, "--var wants NAME=VALUE, not \"%s\"", value);
    *MF_PUSH(a->arena, a->vars, a->var_count, a->var_capacity) = value;
    return CLI_OK;
}

static int take_option(struct arguments *a, int option, const char *value)
{
    struct session_reports *reports = &a->session.reports;
    switch (option) {
    case OPT_SITE:
        a->site = value;
        break;
    case OPT_JSON:
        reports->json = value;
        break;
    case OPT_JUNIT:
        reports->junit = value;
        break;
    case OPT_TAP:
        reports->tap = value;
        break;
    case OPT_HTML:
        return cli_usage_error(&cli_run, "--html is not built yet; --json and --junit are there");
    case OPT_ONLY:
        if (strcmp(value, "failed") == 0)
            a->only_failed = true;
        else
            *MF_PUSH(a->arena, a->only, a->only_count, a->only_capacity) = value;
        break;
    case OPT_VAR:
        return take_var(a, value);
    case OPT_EVIDENCE:
        a->evidence = value;
        break;
    case OPT_WAIT:
        a->session.wait = session_duration(value);
        if (a->session.wait < 0)
            return cli_usage_error(&cli_run, "--wait wants a duration with its unit, as \"90 s\" or \"5 min\", not \"%s\"", value);
        break;
    case OPT_DRY_RUN:
        a->dry_run = true;
        break;
    case OPT_KEEP_MAIL:
        a->session.keep_mail = true;
        break;
    case OPT_QUIET:
        reports->quiet = true;
        break;
    default:
        return cli_usage_error(&cli_run, option == ':' ? "option %s wants a value" : "unknown option %s", value);
    }
    return CLI_OK;
}

/* CLI_OK, or a status to end with; *ended when the work is done (help). */
static int read_arguments(struct arguments *a, int argc, char **argv, bool *ended)
{
    opterr = 0;
    for (int c; (c = getopt_long(argc, argv, ":hq", long_options, NULL)) != -1;) {
        if (c == 'h') {
            *ended = true;
            return cli_help(&cli_run);
        }
        int status = take_option(a, c == 'q' ? OPT_QUIET : c, c == '?' || c == ':' ? argv[optind - 1] : optarg);
        if (status)
            return status;
    }
    a->scenarios = (const char **)argv + optind;
    a->scenario_count = (size_t)(argc - optind);
    if (a->scenario_count == 0)
        return cli_usage_error(&cli_run, "which scenario? For example: mailflow run scenarios/post-go-live.yaml --site FILE");
    if (!a->site)
        return cli_usage_error(&cli_run, "--site FILE is missing: who and where");
    return CLI_OK;
}

static int random_bytes(unsigned char *bytes, size_t len)
{
    return getrandom(bytes, len, 0) == (ssize_t)len ? 0 : -1;
}

/* The run's name and its key: marks made with it prove a message ours. */
static int new_identity(struct arguments *a, char **run, unsigned char secret[32])
{
    unsigned char id[4];
    if (random_bytes(id, sizeof id) < 0 || random_bytes(secret, 32) < 0) {
        struct mf_diag d = {0};
        mf_trouble(&d, "no random numbers from the kernel: %s", strerror(errno));
        return cli_trouble(&d);
    }
    *run = mf_format(a->arena, "%02x%02x%02x%02x", id[0], id[1], id[2], id[3]);
    return CLI_OK;
}

static char *hex(struct mf_arena *arena, const unsigned char *bytes, size_t len)
{
    char *text = mf_alloc(arena, 2 * len + 1);
    for (size_t i = 0; i < len; i++)
        snprintf(text + 2 * i, 3, "%02x", bytes[i]);
    return text;
}

/* The first records: what is run, from where, and every file that it depends on. */
static int write_start(struct arguments *a, struct mf_diag *d)
{
    struct session *s = &a->session;
    char host[256] = "";
    gethostname(host, sizeof host - 1);
    struct mf_rec_run run = {
        .at = mf_now(), .version = MAILFLOW_VERSION, .run = s->plan->run, .secret_hex = hex(a->arena, s->plan->secret, 32),
        .site = a->site, .host = host, .resolver = s->plan->site->resolver ? s->plan->site->resolver : "",
        .egress = "", .scenarios = a->scenarios, .scenario_count = a->scenario_count, .vars = a->vars,
        .var_count = a->var_count, .only = a->only, .only_count = a->only_count,
    };
    if (mf_journal_run(s->journal, &run, d) < 0)
        return -1;
    struct mf_rec_file file;
    struct mf_bytes bytes;
    for (size_t i = 0; mf_files_at(s->files, i, &file.path, &bytes); i++) {
        char hash[MF_HASH_SIZE];
        if (mf_journal_blob(s->journal, bytes, hash, d) < 0)
            return -1;
        file.hash = hash;
        if (mf_journal_file(s->journal, &file, d) < 0)
            return -1;
    }
    return 0;
}

static const char *again_line(struct arguments *a)
{
    struct mf_text line = {.max = 4096};
    mf_text_puts(&line, "mailflow run");
    for (size_t i = 0; i < a->scenario_count; i++)
        mf_text_printf(&line, " %s", a->scenarios[i]);
    mf_text_printf(&line, " --site %s --only failed", a->site);
    const char *result = mf_copy(a->arena, mf_text_str(&line));
    mf_text_release(&line);
    return result;
}

static int start(struct arguments *a)
{
    struct session *s = &a->session;
    struct mf_diag d = {0};
    s->keep_evidence = a->evidence != NULL;
    s->dir = a->evidence ? a->evidence : mf_format(a->arena, "%s/%s", EVIDENCE_HOME, s->plan->run);
    s->again = again_line(a);
    s->journal = mf_journal_create(s->dir, &d);
    if (!s->journal || write_start(a, &d) < 0) {
        mf_journal_close(&s->journal, NULL);
        return cli_trouble(&d);
    }
    return session_run(s, NULL);
}

static int bind_and_run(struct arguments *a)
{
    unsigned char secret[32];
    char *run = NULL;
    struct mf_diag d = {0};
    if (a->only_failed) {
        const char **names;
        size_t count;
        if (outcomes_failed(a->arena, &names, &count, &d) < 0)
            return cli_trouble(&d), CLI_USAGE;
        for (size_t i = 0; i < count; i++)
            *MF_PUSH(a->arena, a->only, a->only_count, a->only_capacity) = names[i];
        if (count == 0)
            return fprintf(stderr, "mailflow run: --only failed: nothing failed in the last run\n"), CLI_USAGE;
    }
    int status = new_identity(a, &run, secret);
    if (status)
        return status;
    struct mf_plan_options options = {.site = a->site, .scenarios = a->scenarios, .scenario_count = a->scenario_count,
                                      .vars = a->vars, .var_count = a->var_count, .only = a->only,
                                      .only_count = a->only_count, .run = run, .secret = secret};
    status = session_bind(&a->session, &options);
    if (status)
        return status;
    if (a->dry_run) {
        mf_plan_print(a->session.plan, stdout);
        return CLI_OK;
    }
    return start(a);
}

static int run_main(int argc, char **argv)
{
    struct arguments a = {.arena = mf_arena_new(), .session = {.wait = MF_NEVER}};
    bool ended = false;
    int status = read_arguments(&a, argc, argv, &ended);
    if (status == CLI_OK && !ended) {
        a.session.files = mf_files_new();
        status = bind_and_run(&a);
        session_release(&a.session);
    }
    mf_arena_free(&a.arena);
    return status;
}

const struct cli_command cli_run = {
    "run", "send, fetch, verify: run scenarios against a site",
    "SCENARIO… --site FILE [OPTION]…\n\n"
    "Binds every file completely, opens the mailboxes, sends the messages, sees each arrive, verifies\n"
    "them, removes them again and prints the checklist.\n\n"
    "  --site FILE        who and where\n"
    "  --json FILE        report for programs (- for standard output)\n"
    "  --junit FILE       report for CI systems: <failure> wrong mail, <error> could not find out\n"
    "  --tap FILE         Test Anything Protocol\n"
    "  --only NAME        only this flow, section or tag (repeatable); what it looks at comes along\n"
    "  --only failed      only what did not pass in the last run from this folder\n"
    "  --var NAME=VALUE   a value for $(NAME) (repeatable)\n"
    "  --evidence DIR     keep the evidence there; without it: under " EVIDENCE_HOME ", unless all passed\n"
    "  --wait DURATION    wait at most this long; what is not there by then is pending (status 75)\n"
    "  --keep-mail        leave the test messages in the mailboxes\n"
    "  --dry-run          bind and print what would be done; sends nothing\n"
    "  -q, --quiet        no checklist\n\n"
    "Exit status: 0 all passed; 1 mail is wrong; 2 could not find out, or nothing passed;\n"
    "             75 still pending (mailflow resume DIR goes on); 64 wrong usage or a bad file.\n",
    run_main};

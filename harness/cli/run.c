/* mailflow run: scenarios against a site. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/options.h"
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

static int take_var(const struct cli_command *command, const char *value, void *arguments)
{
    struct arguments *a = arguments;
    if (!strchr(value, '=') || value[0] == '=')
        return cli_usage_error(command, "--var wants NAME=VALUE, not \"%s\"", value);
    *MF_PUSH(a->arena, a->vars, a->var_count, a->var_capacity) = value;
    return CLI_OK;
}

static int take_only(const struct cli_command *command, const char *value, void *arguments)
{
    struct arguments *a = arguments;
    (void)command;
    if (strcmp(value, "failed") == 0)
        a->only_failed = true;
    else
        *MF_PUSH(a->arena, a->only, a->only_count, a->only_capacity) = value;
    return CLI_OK;
}

static int take_html(const struct cli_command *command, const char *value, void *arguments)
{
    (void)value;
    (void)arguments;
    return cli_usage_error(command, "--html is not built yet; --json and --junit are there");
}

#define AT(field) offsetof(struct arguments, field)
static const struct cli_option run_options[] = {
    CLI_OPTION_SITE(AT(site)),
    CLI_OPTIONS_REPORTS(AT(session.reports)),
    {"html", 0, "FILE", NULL, take_html, 0},
    {"only", 0, "NAME",
     "only this flow, section or tag (repeatable); what it looks at comes along;\n"
     "\"failed\": only what did not pass in the last run from this folder",
     take_only, 0},
    {"var", 0, "NAME=VALUE", "a value for $(NAME) (repeatable)", take_var, 0},
    {"evidence", 0, "DIR", "keep the evidence there; without it: under " EVIDENCE_HOME ", unless all passed", cli_take_text,
     AT(evidence)},
    CLI_OPTION_WAIT("wait at most this long; what is not there by then is pending (status 75)", AT(session.wait)),
    {"keep-mail", 0, NULL, "leave the test messages in the mailboxes", cli_take_flag, AT(session.keep_mail)},
    {"dry-run", 0, NULL, "bind and print what would be done; sends nothing", cli_take_flag, AT(dry_run)},
    CLI_OPTION_QUIET("no checklist", AT(session.reports.quiet)),
    {0}};

static bool read_arguments(struct arguments *a, int argc, char **argv, int *status)
{
    if (!cli_read_options(&cli_run, argc, argv, a, status))
        return false;
    a->scenarios = (const char **)argv + optind;
    a->scenario_count = (size_t)(argc - optind);
    if (a->scenario_count == 0)
        *status = cli_usage_error(
            &cli_run, "which scenario? For example: mailflow run scenarios/post-go-live.yaml --site FILE");
    else if (!a->site)
        *status = cli_usage_error(&cli_run, "--site FILE is missing: who and where");
    return *status == CLI_OK;
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
    char host[256] = "", egress[46];
    mf_dns_egress(egress);
    gethostname(host, sizeof host - 1);
    struct mf_rec_run run = {
        .at = mf_now(), .version = MAILFLOW_VERSION, .run = s->plan->run, .secret_hex = hex(a->arena, s->plan->secret, 32),
        .site = a->site, .host = host, .resolver = s->plan->site->resolver ? s->plan->site->resolver : "",
        .egress = egress, .scenarios = a->scenarios, .scenario_count = a->scenario_count, .vars = a->vars,
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
    int status;
    if (read_arguments(&a, argc, argv, &status)) {
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
    "them, removes them again and prints the checklist.\n\n",
    run_options,
    "Exit status: 0 all passed; 1 mail is wrong; 2 could not find out, or nothing passed;\n"
    "             75 still pending (mailflow resume DIR goes on); 64 wrong usage or a bad file.\n",
    run_main};

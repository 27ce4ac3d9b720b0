/* mailflow resume: goes on with a run that was cut short or left something pending. */
#include <string.h>

#include "cli/options.h"
#include "cli/session.h"

struct arguments {
    struct session session;
    bool judge_only;
};

#define AT(field) offsetof(struct arguments, field)
static const struct cli_option resume_options[] = {
    CLI_OPTION_WAIT("wait at most this long", AT(session.wait)),
    {"judge", 0, NULL, "no network at all: judge what the evidence says", cli_take_flag, AT(judge_only)},
    CLI_OPTIONS_REPORTS(AT(session.reports)),
    {0}};

static int bind_as_then(struct session *session, const struct mf_evidence *before)
{
    struct mf_plan_options options = {
        .site = before->run.site, .scenarios = before->run.scenarios, .scenario_count = before->run.scenario_count,
        .vars = before->run.vars, .var_count = before->run.var_count, .only = before->run.only,
        .only_count = before->run.only_count, .run = before->run.run, .secret = before->secret};
    return session_bind(session, &options);
}

/* Nothing to send, to await or to clean up any more: the evidence alone decides. */
static bool is_over(const struct session *session, const struct mf_evidence *before)
{
    if (!mf_same(before->ended, "done"))
        return false;
    struct mf_arena *arena = mf_arena_new();
    const struct mf_facts *facts = mf_check_all(arena, session->plan, before, mf_now());
    bool pending = mf_diagnose(arena, session->plan, before, facts, mf_now())->pending > 0;
    mf_arena_free(&arena);
    return !pending;
}

static int go_on(struct session *session, const struct mf_evidence *before)
{
    struct mf_diag d = {0};
    session->journal = mf_journal_append(session->dir, &d);
    if (!session->journal)
        return cli_trouble(&d);
    struct mf_rec_run again = before->run;
    again.at = mf_now();
    again.resumed = true;
    if (mf_journal_run(session->journal, &again, &d) < 0) {
        mf_journal_close(&session->journal, NULL);
        return cli_trouble(&d);
    }
    return session_run(session, before);
}

static int resume(struct arguments *a, const char *dir)
{
    struct session *session = &a->session;
    struct mf_diag d = {0};
    session->dir = dir;
    session->keep_evidence = true;
    session->files = mf_files_new();
    struct mf_evidence *before = mf_evidence_load(dir, session->files, &d);
    if (!before) {
        mf_files_free(&session->files);
        return cli_trouble(&d), CLI_USAGE;
    }
    int status = bind_as_then(session, before);
    if (status == CLI_OK)
        status = a->judge_only || is_over(session, before) ? session_judge(session) : go_on(session, before);
    mf_evidence_free(&before);
    session_release(session);
    return status;
}

static int resume_main(int argc, char **argv)
{
    struct arguments a = {.session = {.wait = MF_NEVER}};
    int status;
    if (!cli_read_options(&cli_resume, argc, argv, &a, &status))
        return status;
    if (optind + 1 != argc)
        return cli_usage_error(&cli_resume, "which evidence? One folder, as the run told it");
    return resume(&a, argv[optind]);
}

const struct cli_command cli_resume = {
    "resume", "go on waiting for what a run left pending, and judge",
    "DIR [OPTION]…\n\n"
    "Goes on where a run ended or was killed: what was handed over is never sent again, what was not\n"
    "is sent now, what is awaited is awaited until its deadline, then everything is judged. The\n"
    "scenario and site are read from the evidence, as they were then.\n\n",
    resume_options, NULL,
    resume_main};

/* From options to a verdict: bind, run, judge, report. */
#include "cli/session.h"

#include <ftw.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/outcomes.h"

int session_bind(struct session *session, struct mf_plan_options *options)
{
    struct mf_arena *arena = mf_arena_new();
    const char **ids = mf_alloc_array(arena, mf_catalogue_count() + 1, sizeof *ids);
    for (size_t i = 0; i < mf_catalogue_count(); i++)
        ids[i] = mf_catalogue_at(i)->id;
    options->findings = ids;
    options->finding_count = mf_catalogue_count();
    session->diags = mf_diags_new();
    session->plan = mf_plan_bind(options, session->files, session->diags);
    mf_arena_free(&arena);
    if (session->plan)
        return CLI_OK;
    mf_diags_print(session->diags, stderr, cli_color(stderr));
    return CLI_USAGE;
}

void session_release(struct session *session)
{
    mf_dns_free(&session->dns);
    mf_plan_free(&session->plan);
    mf_diags_free(&session->diags);
    mf_files_free(&session->files);
}

void session_journal_answer(void *journal, const struct mf_dns_answer *answer)
{
    mf_journal_dns(journal, answer, NULL);
}

/* Judging does no I/O: what it lacks of DNS is asked here, written down, and judged again. A key may
 * lead to another name, so a few rounds; each answer counts, also "could not find out". */
#define GATHER_ROUNDS 12
#define GATHER_TIME (15 * MF_SECOND) /* for all of them: a slow resolver must not make it twelve times that */

static bool gather(struct session *session, struct mf_evidence *evidence, struct mf_arena *arena, mf_usec deadline)
{
    if (!session->dns)
        return false;
    struct { const char *name; enum mf_dns_type type; } *missing = NULL;
    size_t count = 0, capacity = 0;
    const char *name;
    enum mf_dns_type type;
    for (size_t i = 0; mf_dns_missing(evidence->dns, i, &name, &type); i++) {
        (void)MF_PUSH(arena, missing, count, capacity);
        missing[count - 1].name = mf_copy(arena, name);
        missing[count - 1].type = type;
    }
    for (size_t i = 0; i < count; i++)
        mf_dns_record_answer(evidence->dns, mf_dns_ask(session->dns, arena, missing[i].name, missing[i].type, deadline));
    return count > 0;
}

const struct mf_verdict *session_verdict(struct session *session, struct mf_evidence *evidence, struct mf_arena *arena)
{
    const struct mf_verdict *verdict = NULL;
    mf_usec deadline = mf_now() + GATHER_TIME;
    for (int round = 0; round < GATHER_ROUNDS; round++) {
        const struct mf_facts *facts = mf_check_all(arena, session->plan, evidence, mf_now());
        verdict = mf_diagnose(arena, session->plan, evidence, facts, mf_now());
        if (!(verdict->need_dns || facts->need_dns) || !gather(session, evidence, arena, deadline))
            break;
    }
    return verdict;
}

static int save_report(const char *format, const char *path, struct session *session, const struct mf_verdict *verdict,
                       const struct mf_report_options *options)
{
    struct mf_diag d = {0};
    if (!path)
        return CLI_OK;
    fflush(stdout);
    return mf_report_save(mf_report_find(format), session->plan, verdict, options, path, &d) < 0 ? cli_trouble(&d) : CLI_OK;
}

bool session_takes_stdout(const struct session *session)
{
    const struct session_reports *reports = &session->reports;
    return mf_same(reports->json, "-") || mf_same(reports->junit, "-") || mf_same(reports->tap, "-");
}

/* The checklist goes to stdout, unless another report was asked to be there. */
static void print_checklist(struct session *session, const struct mf_verdict *verdict, struct mf_report_options options)
{
    FILE *out = session_takes_stdout(session) ? stderr : stdout;
    if (session->reports.quiet)
        return;
    struct mf_text text;
    mf_text_init(&text, (size_t)1 << 30);
    options.color = cli_color(out);
    options.unicode = cli_unicode();
    options.width = cli_width(out);
    mf_report_find(session->reports.face ? session->reports.face : "terminal")->write(session->plan, verdict, &options, &text);
    fwrite(mf_text_str(&text), 1, text.len, out);
    fflush(out);
    mf_text_release(&text);
}

/* What to type next: mail that is still awaited is not sent again. */
static const char *next_command(const struct session *session, const struct mf_verdict *verdict, char *buffer, size_t size)
{
    if (verdict->outcome != MF_PENDING || !session->dir)
        return verdict->outcome != MF_PASS ? session->again : NULL;
    snprintf(buffer, size, "mailflow resume %s", session->dir);
    return buffer;
}

/* A report that can't be written must not look like a good run. */
int session_report(struct session *session, const struct mf_verdict *verdict)
{
    bool kept = session->keep_evidence || verdict->outcome != MF_PASS;
    char next[4200];
    struct mf_report_options options = {.evidence_dir = kept ? session->dir : NULL,
                                        .again = next_command(session, verdict, next, sizeof next)};
    print_checklist(session, verdict, options);
    int status = save_report("json", session->reports.json, session, verdict, &options);
    int other = save_report("junit", session->reports.junit, session, verdict, &options);
    status = status ? status : other;
    other = save_report("tap", session->reports.tap, session, verdict, &options);
    status = status ? status : other;
    return verdict->status ? verdict->status : status;
}

static int remove_entry(const char *path, const struct stat *st, int kind, struct FTW *walk)
{
    (void)st;
    (void)kind;
    (void)walk;
    return remove(path);
}

/* A healthy run leaves nothing behind: a probe every ten minutes would fill the disk. */
void session_drop_evidence(const char *dir)
{
    nftw(dir, remove_entry, 8, FTW_DEPTH | FTW_PHYS | FTW_MOUNT);
}

static int judge_and_report(struct session *session)
{
    struct mf_diag d = {0};
    struct mf_evidence *evidence = mf_evidence_load(session->dir, NULL, &d);
    if (!evidence)
        return cli_trouble(&d);
    struct mf_arena *arena = mf_arena_new();
    if (session->journal && session->dns)
        mf_dns_watch(session->dns, session_journal_answer, session->journal);
    const struct mf_verdict *verdict = session_verdict(session, evidence, arena);
    int status = session_report(session, verdict);
    outcomes_save(session->dir, verdict);
    if (session->journal && mf_journal_close(&session->journal, &d) < 0)
        status = status ? status : cli_trouble(&d);
    if (verdict->outcome == MF_PASS && status == CLI_OK && !session->keep_evidence)
        session_drop_evidence(session->dir);
    mf_arena_free(&arena);
    mf_evidence_free(&evidence);
    return status;
}

int session_judge(struct session *session)
{
    return judge_and_report(session);
}

int session_run(struct session *session, const struct mf_evidence *before)
{
    struct mf_diag d = {0};
    session->dns = mf_dns_live(session->plan->site->resolver, &d);
    if (!session->dns)
        return cli_trouble(&d);
    mf_dns_watch(session->dns, session_journal_answer, session->journal);
    cli_catch_signals();
    struct progress *progress = progress_new(session->plan, stderr);
    bool wait_over = false;
    struct mf_run_options options = {.wait = session->wait, .wait_over = &wait_over, .stop = &cli_stop, .progress = progress_event,
                                     .context = progress, .keep_mail = session->keep_mail, .confirm_more = mf_check_dns_ask,
                                     .confirm_judge = session_judge_records, .confirm_context = session};
    int result = mf_run(session->plan, session->dns, session->journal, before, &options, &d);
    progress_free(&progress);
    struct mf_rec_end end = {.at = mf_now(), .why = cli_stop ? "interrupted" : wait_over ? "wait-over" : "done"};
    if (result == 0)
        result = mf_journal_end(session->journal, &end, &d);
    if (result < 0)
        cli_trouble(&d);
    int status = judge_and_report(session);
    return result < 0 && status == CLI_OK ? CLI_UNKNOWN : status;
}

/* Handing over to a command (`ssh crm sendmail -i …`): the message on its standard input, in a
 * process group of its own, with a deadline. Exit status as of sendmail (sysexits): 0 is accepted,
 * 75 (EX_TEMPFAIL) means later, others are a refusal. A command that had to be killed may have handed
 * the message over, so its outcome is unknown.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "run/lane_internal.h"

#define OUTPUT_MOST 65536
#define EX_TEMPFAIL 75
#define SLICE_MS 50

extern char **environ;

struct child {
    pid_t pid;
    int in, out; /* our ends; -1 closed */
    struct mf_bytes left;
    struct mf_text output;
    int status;
    bool ended, killed;
};

static void close_end(int *fd)
{
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
}

/* ---- starting ---- */

static int spawn(struct child *child, const char **argv, int in, int out)
{
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    sigset_t none, usual;
    sigemptyset(&none);
    sigemptyset(&usual);
    sigaddset(&usual, SIGPIPE);
    sigaddset(&usual, SIGINT);
    sigaddset(&usual, SIGTERM);
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, in, STDIN_FILENO);
    posix_spawn_file_actions_adddup2(&actions, out, STDOUT_FILENO);
    posix_spawn_file_actions_adddup2(&actions, out, STDERR_FILENO);
    posix_spawnattr_init(&attributes);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK);
    posix_spawnattr_setpgroup(&attributes, 0);
    posix_spawnattr_setsigdefault(&attributes, &usual);
    posix_spawnattr_setsigmask(&attributes, &none);
    int why = posix_spawnp(&child->pid, argv[0], &actions, &attributes, (char *const *)argv, environ);
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&actions);
    return why;
}

static int start(struct child *child, const char **argv, struct mf_diag *d)
{
    int in[2] = {-1, -1}, out[2] = {-1, -1};
    child->in = child->out = -1;
    int why = pipe2(in, O_CLOEXEC) < 0 || pipe2(out, O_CLOEXEC) < 0 ? errno : spawn(child, argv, in[0], out[1]);
    close_end(&in[0]);
    close_end(&out[1]);
    if (why) {
        close_end(&in[1]);
        close_end(&out[0]);
        mf_hint(d, "Look at `command` in the scenario or site: is the program installed here, and may it be run?");
        return mf_trouble(d, "the command %s can't be started: %s", argv[0], strerror(why));
    }
    child->in = in[1];
    child->out = out[0];
    fcntl(child->in, F_SETFL, O_NONBLOCK);
    fcntl(child->out, F_SETFL, O_NONBLOCK);
    return 0;
}

/* ---- its life ---- */

/* A command that ends without reading must not end us: the signal stays pending with this worker's
 * thread and goes with it. */
static void survive_broken_pipe(void)
{
    sigset_t broken_pipe;
    sigemptyset(&broken_pipe);
    sigaddset(&broken_pipe, SIGPIPE);
    pthread_sigmask(SIG_BLOCK, &broken_pipe, NULL);
}

static void feed(struct child *child)
{
    ssize_t n = write(child->in, child->left.data, child->left.len);
    if (n > 0) {
        child->left.data += n;
        child->left.len -= (size_t)n;
    }
    bool broken = n < 0 && errno != EAGAIN && errno != EINTR; /* it does not want to read more */
    if (broken || child->left.len == 0)
        close_end(&child->in);
}

static void listen_to(struct child *child)
{
    char chunk[4096];
    ssize_t n = read(child->out, chunk, sizeof chunk);
    if (n > 0)
        mf_text_add(&child->output, chunk, (size_t)n);
    else if (n == 0 || (errno != EAGAIN && errno != EINTR))
        close_end(&child->out);
}

static void look_whether_ended(struct child *child)
{
    int status;
    if (!child->ended && waitpid(child->pid, &status, WNOHANG) == child->pid) {
        child->ended = true;
        child->status = status;
    }
}

static void one_turn(struct child *child)
{
    struct pollfd fds[2] = {{.fd = child->in, .events = POLLOUT}, {.fd = child->out, .events = POLLIN}};
    if (poll(fds, 2, SLICE_MS) > 0) {
        if (fds[0].revents)
            feed(child);
        if (fds[1].revents)
            listen_to(child);
    }
    /* A grandchild may keep the output open; the command itself decides. */
    if (child->out < 0 && child->in < 0 && !child->ended)
        usleep(2000);
    look_whether_ended(child);
}

static void live(struct mf_worker *worker, struct child *child, mf_usec deadline)
{
    while (!child->ended && mf_now() < deadline) {
        one_turn(child);
        pthread_mutex_lock(&worker->engine->lock);
        bool stop = worker->engine->stopping;
        pthread_mutex_unlock(&worker->engine->lock);
        if (stop)
            break;
    }
    if (!child->ended) {
        child->killed = true;
        kill(-child->pid, SIGKILL);
        waitpid(child->pid, &child->status, 0);
    }
    while (child->out >= 0) { /* what is in the pipe already */
        struct pollfd fd = {.fd = child->out, .events = POLLIN};
        if (poll(&fd, 1, 0) <= 0)
            break;
        listen_to(child);
    }
    close_end(&child->in);
    close_end(&child->out);
}

/* ---- what it said ---- */

static const char *last_line(struct mf_arena *arena, const struct mf_text *output)
{
    char *text = mf_copy(arena, mf_text_str(output));
    size_t len = strlen(text);
    while (len && (text[len - 1] == '\n' || text[len - 1] == '\r'))
        text[--len] = '\0';
    char *start = strrchr(text, '\n');
    return start ? start + 1 : text;
}

static void judge(const struct child *child, const char *words, struct mf_smtp_sent *sent)
{
    bool exited = WIFEXITED(child->status);
    int status = exited ? WEXITSTATUS(child->status) : 128 + WTERMSIG(child->status);
    if (child->killed || !exited)
        sent->outcome = MF_SMTP_UNKNOWN;
    else
        sent->outcome = status == 0 ? MF_SMTP_ACCEPTED : MF_SMTP_REFUSED;
    /* No SMTP reply was seen; a code is given to a refusal so that it is told from "later". */
    if (sent->outcome == MF_SMTP_REFUSED)
        sent->reply.code = status == EX_TEMPFAIL ? 450 : 550;
    if (sent->outcome == MF_SMTP_ACCEPTED)
        snprintf(sent->reply.text, sizeof sent->reply.text, "exit status 0%s%.400s", *words ? ": " : "", words);
    else if (child->killed)
        snprintf(sent->reply.text, sizeof sent->reply.text, "the command did not end in time and was stopped%s%.400s", *words ? ": " : "", words);
    else
        snprintf(sent->reply.text, sizeof sent->reply.text, "exit status %d%s%.400s", status, *words ? ": " : "", words);
}

static void record(struct mf_engine *engine, const struct mf_attempt_run *attempt, const char **argv, const struct child *child)
{
    struct mf_text line = {.max = 4096};
    for (size_t i = 0; argv[i]; i++)
        mf_text_printf(&line, "%s%s", i ? " " : "", argv[i]);
    int status = WIFEXITED(child->status) ? WEXITSTATUS(child->status) : 128 + WTERMSIG(child->status);
    struct mf_rec_command command = {.at = mf_now(), .flow = attempt->delivery->run->flow->id, .attempt = attempt->number,
                                     .command = mf_text_str(&line), .status = status, .output = mf_text_str(&child->output)};
    struct mf_diag d = {0};
    mf_engine_journaled(engine, mf_journal_command(engine->journal, &command, &d), &d);
    mf_text_release(&line);
}

void mf_command_send(struct mf_worker *worker, struct mf_attempt_run *attempt, mf_usec deadline, struct mf_smtp_sent *sent, struct mf_diag *d)
{
    const struct mf_flow *flow = attempt->delivery->run->flow;
    const char **rcpt = mf_alloc_array(attempt->arena, attempt->recipient_count, sizeof *rcpt);
    for (size_t i = 0; i < attempt->recipient_count; i++)
        rcpt[i] = attempt->recipients[i].address;
    const char **argv = mf_plan_argv(attempt->arena, worker->lane->via, flow->mail_from, rcpt, attempt->recipient_count);
    struct child child = {.left = mf_text_bytes(&attempt->message), .output = {.max = OUTPUT_MOST}};
    sent->phase = MF_SMTP_END_OF_DATA;
    survive_broken_pipe();
    if (!mf_attempt_data(worker->engine, attempt) || start(&child, argv, d) < 0) {
        sent->outcome = MF_SMTP_TROUBLE;
        sent->trouble.stage = MF_STAGE_CONNECT;
        sent->finished = mf_now();
        return;
    }
    live(worker, &child, deadline);
    judge(&child, last_line(attempt->arena, &child.output), sent);
    record(worker->engine, attempt, argv, &child);
    sent->finished = mf_now();
    mf_text_release(&child.output);
}

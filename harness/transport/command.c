/* Commands that tell secrets: started, listened to, ended in time. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "transport/secret_internal.h"

extern char **environ;

#define OUTPUT_MAX 65536
#define ERRORS_MAX 4096

struct child {
    pid_t pid;
    int pidfd, output, errors; /* our ends */
};

static int set_up(posix_spawn_file_actions_t *files, posix_spawnattr_t *attributes, const int output[2], const int errors[2])
{
    sigset_t none, defaults;
    sigemptyset(&none);
    sigemptyset(&defaults);
    sigaddset(&defaults, SIGPIPE);
    sigaddset(&defaults, SIGINT);
    sigaddset(&defaults, SIGTERM);
    return posix_spawn_file_actions_addopen(files, 0, "/dev/null", O_RDONLY, 0) ||
           posix_spawn_file_actions_adddup2(files, output[1], 1) || posix_spawn_file_actions_adddup2(files, errors[1], 2) ||
           posix_spawn_file_actions_addclosefrom_np(files, 3) ||
           posix_spawnattr_setflags(attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF) ||
           posix_spawnattr_setpgroup(attributes, 0) || posix_spawnattr_setsigmask(attributes, &none) ||
           posix_spawnattr_setsigdefault(attributes, &defaults);
}

/* 0, or an errno. */
static int spawn(const char **argv, const int output[2], const int errors[2], pid_t *pid)
{
    posix_spawn_file_actions_t files;
    posix_spawnattr_t attributes;
    posix_spawn_file_actions_init(&files);
    posix_spawnattr_init(&attributes);
    int error = set_up(&files, &attributes, output, errors) ? EINVAL
                                                            : posix_spawnp(pid, argv[0], &files, &attributes, (char *const *)argv, environ);
    posix_spawn_file_actions_destroy(&files);
    posix_spawnattr_destroy(&attributes);
    return error;
}

static void close_pair(const int pair[2])
{
    if (pair[0] >= 0)
        close(pair[0]);
    if (pair[1] >= 0)
        close(pair[1]);
}

static int start(const char **argv, struct child *child, struct mf_diag *d)
{
    int output[2] = {-1, -1}, errors[2] = {-1, -1}, error = 0;
    if (pipe2(output, O_CLOEXEC) < 0 || pipe2(errors, O_CLOEXEC) < 0)
        error = errno;
    if (!error)
        error = spawn(argv, output, errors, &child->pid);
    if (error) {
        close_pair(output);
        close_pair(errors);
        return mf_trouble(d, "the command \"%s\" can't be started: %s", argv[0], strerror(error));
    }
    close(output[1]);
    close(errors[1]);
    child->output = output[0];
    child->errors = errors[0];
    fcntl(child->output, F_SETFL, O_NONBLOCK);
    fcntl(child->errors, F_SETFL, O_NONBLOCK);
    child->pidfd = pidfd_open(child->pid, 0);
    return 0;
}

/* Takes what is there; false at the end. */
static bool drain(int fd, struct mf_text *to)
{
    char buffer[4096];
    for (;;) {
        ssize_t n = read(fd, buffer, sizeof buffer);
        if (n <= 0)
            return n < 0 && (errno == EAGAIN || errno == EINTR);
        mf_text_add(to, buffer, (size_t)n);
        explicit_bzero(buffer, sizeof buffer);
    }
}

/* Until the command ends: what it started and left running does not count. */
static void listen_to(struct child *child, mf_usec deadline, struct mf_command_result *result)
{
    struct pollfd fds[3] = {{.fd = child->pidfd, .events = POLLIN}, {.fd = child->output, .events = POLLIN},
                            {.fd = child->errors, .events = POLLIN}};
    while (!(fds[0].revents & POLLIN)) {
        int ready = poll(fds, 3, mf_ms_until(deadline));
        if (ready < 0 && errno != EINTR)
            break;
        if (ready == 0 && mf_now() >= deadline) {
            result->timed_out = true;
            break;
        }
        if (!drain(child->output, &result->output))
            fds[1].fd = -1;
        if (!drain(child->errors, &result->errors))
            fds[2].fd = -1;
    }
    drain(child->output, &result->output);
    drain(child->errors, &result->errors);
}

int mf_command_run(const char **argv, mf_usec deadline, struct mf_command_result *result, struct mf_diag *d)
{
    struct child child;
    int status = 0;
    *result = (struct mf_command_result){.output = {.max = OUTPUT_MAX}, .errors = {.max = ERRORS_MAX}};
    if (start(argv, &child, d) < 0)
        return -1;
    listen_to(&child, deadline, result);
    kill(-child.pid, SIGKILL); /* the whole group, which is ours: nothing stays behind */
    while (waitpid(child.pid, &status, 0) < 0 && errno == EINTR)
        continue;
    result->status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    close(child.output);
    close(child.errors);
    if (child.pidfd >= 0)
        close(child.pidfd);
    return 0;
}

void mf_command_release(struct mf_command_result *result)
{
    if (result->output.data)
        explicit_bzero(result->output.data, result->output.capacity);
    mf_text_release(&result->output);
    mf_text_release(&result->errors);
}

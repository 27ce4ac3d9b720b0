/* Secrets: read from the environment, a file or a command, wiped after use (see login.h). */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "mailflow/arena.h"
#include "transport/endpoint_internal.h"
#include "transport/secret_internal.h"

#define SECRET_MAX 65536

void mf_secret_wipe(char **value)
{
    mf_wipe_text(value);
}

void mf_secret_key(const struct mf_secret *secret, struct mf_text *key)
{
    if (!secret)
        mf_text_puts(key, "none");
    else if (secret->env)
        mf_text_printf(key, "env %s", secret->env);
    else if (secret->path)
        mf_text_printf(key, "file %s", secret->path);
    for (const char **word = secret ? secret->argv : NULL; word && *word; word++)
        mf_text_printf(key, "\x1e%s", *word);
    mf_text_putc(key, '\x1f');
}

static int read_env(const char *name, char **value, struct mf_diag *d)
{
    const char *found = getenv(name);
    if (found && *found) {
        *value = mf_xstrdup(found);
        return 0;
    }
    mf_trouble(d, "the secret in the environment variable %s can't be used: the variable is %s", name, found ? "empty" : "not set");
    mf_hint(d, "Set it where mailflow is started: export %s=…", name);
    return -1;
}

/* Without the line break that editors put at the end. */
static char *without_line_break(const char *data, size_t len)
{
    if (len && data[len - 1] == '\n')
        len--;
    if (len && data[len - 1] == '\r')
        len--;
    char *value = mf_xmalloc(len + 1);
    memcpy(value, data, len);
    value[len] = '\0';
    return value;
}

static int take_file(const char *path, const char *data, size_t len, char **value, struct mf_diag *d)
{
    const char *why = len > SECRET_MAX ? "it is larger than 64 KB" : memchr(data, '\0', len) ? "it holds a NUL character" : NULL;
    if (!why) {
        *value = without_line_break(data, len);
        if (**value)
            return 0;
        mf_secret_wipe(value);
        why = "it is empty";
    }
    return mf_trouble(d, "the secret in the file %s can't be used: %s", path, why);
}

static int read_file(const char *path, char **value, struct mf_diag *d)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0)
        return mf_trouble(d, "the secret in the file %s can't be read: %s", path, strerror(errno));
    char *data = mf_xmalloc(SECRET_MAX + 1);
    size_t len = 0;
    ssize_t n;
    while (len <= SECRET_MAX && (n = read(fd, data + len, SECRET_MAX + 1 - len)) > 0)
        len += (size_t)n;
    int result = n < 0 ? mf_trouble(d, "the secret in the file %s can't be read: %s", path, strerror(errno))
                       : take_file(path, data, len, value, d);
    close(fd);
    explicit_bzero(data, SECRET_MAX + 1);
    free(data);
    return result;
}

static void shown_command(const char **argv, char *to, size_t size)
{
    struct mf_text text = {.max = 200};
    for (const char **word = argv; *word && !text.full; word++)
        mf_text_printf(&text, "%s%s", word == argv ? "" : " ", *word);
    mf_clean_words(to, size, mf_text_str(&text), text.len);
    mf_text_release(&text);
}

/* What the command itself said of its failure. */
static const char *complaint(const struct mf_command_result *result, char *to, size_t size)
{
    mf_clean_words(to, size, mf_text_str(&result->errors), result->errors.len);
    return *to ? to : "it said nothing on stderr";
}

static int take_output(const char **argv, const struct mf_command_result *result, mf_usec started, char **value, struct mf_diag *d)
{
    char shown[240], said[260], took[32];
    const char *output = mf_text_str(&result->output);
    size_t line = strcspn(output, "\n");
    shown_command(argv, shown, sizeof shown);
    complaint(result, said, sizeof said);
    if (result->timed_out)
        return mf_trouble(d, "the command \"%s\" for a secret did not end in %s and was killed; stderr: %s", shown,
                          mf_duration_text(mf_now() - started, took, sizeof took), *said ? said : "(nothing)");
    if (result->status != 0)
        return mf_trouble(d, "the command \"%s\" for a secret ended with status %d: %s", shown, result->status, complaint(result, said, sizeof said));
    *value = without_line_break(output, line);
    if (**value)
        return 0;
    mf_secret_wipe(value);
    return mf_trouble(d, "the command \"%s\" for a secret printed nothing on its first line; stderr: %s", shown, *said ? said : "(nothing)");
}

static int read_command(const char **argv, mf_usec deadline, char **value, struct mf_diag *d)
{
    struct mf_command_result result;
    mf_usec started = mf_now();
    if (mf_command_run(argv, deadline, &result, d) < 0)
        return -1;
    int status = take_output(argv, &result, started, value, d);
    mf_command_release(&result);
    return status;
}

int mf_secret_read(const struct mf_secret *secret, mf_usec deadline, char **value, struct mf_diag *d)
{
    *value = NULL;
    if (d && secret && !d->place.file)
        d->place = secret->place;
    if (secret && secret->env)
        return read_env(secret->env, value, d);
    if (secret && secret->path)
        return read_file(secret->path, value, d);
    if (secret && secret->argv && secret->argv[0])
        return read_command(secret->argv, deadline, value, d);
    return mf_trouble(d, "this secret names neither a variable, nor a file, nor a command");
}

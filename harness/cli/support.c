/* Usage errors, terminals, signals. */
#include <langinfo.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "cli/cli.h"
#include "mailflow/text.h"

int cli_usage_error(const struct cli_command *command, const char *format, ...)
{
    va_list args;
    fprintf(stderr, "mailflow %s: ", command->name);
    va_start(args, format);
    vfprintf(stderr, format, args);
    va_end(args);
    fprintf(stderr, "\nSee: mailflow %s --help\n", command->name);
    return CLI_USAGE;
}

int cli_trouble(const struct mf_diag *d)
{
    fprintf(stderr, "mailflow: %s\n", d->title);
    if (d->hint[0])
        fprintf(stderr, "          %s\n", d->hint);
    return CLI_UNKNOWN;
}

static bool is_set(const char *variable)
{
    const char *value = getenv(variable);
    return value && *value;
}

bool cli_color(FILE *out)
{
    if (is_set("NO_COLOR"))
        return false;
    if (is_set("CLICOLOR_FORCE") && strcmp(getenv("CLICOLOR_FORCE"), "0") != 0)
        return true;
    const char *term = getenv("TERM");
    return isatty(fileno(out)) && !(term && strcmp(term, "dumb") == 0);
}

/* A pipe has no alphabet: without any locale set (CI, cron) UTF-8 is what readers expect today. */
bool cli_unicode(void)
{
    if (!is_set("LC_ALL") && !is_set("LC_CTYPE") && !is_set("LANG"))
        return true;
    const char *value = is_set("LC_ALL") ? getenv("LC_ALL") : is_set("LC_CTYPE") ? getenv("LC_CTYPE") : getenv("LANG");
    return strcasestr(value, "utf-8") || strcasestr(value, "utf8");
}

int cli_width(FILE *out)
{
    struct winsize size;
    if (!isatty(fileno(out)) || ioctl(fileno(out), TIOCGWINSZ, &size) < 0)
        return 92;
    return size.ws_col < 92 ? 92 : size.ws_col > 120 ? 120 : size.ws_col;
}

volatile sig_atomic_t cli_stop;

static void note_signal(int number)
{
    if (cli_stop == 2)
        _exit(128 + number);
    cli_stop = cli_stop + 1;
}

void cli_catch_signals(void)
{
    struct sigaction action = {.sa_handler = note_signal, .sa_flags = SA_RESTART};
    sigemptyset(&action.sa_mask);
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    sigaction(SIGHUP, &action, NULL);
    signal(SIGPIPE, SIG_IGN);
}

/* DNS, time and bytes as options name them. */
#include "cli/ask.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "mailflow/files.h"

#define BYTES_MAX ((size_t)64 << 20)

struct mf_dns *ask_dns(const char *server, const char *zone, struct mf_diag *d)
{
    return server ? mf_dns_server(server, d) : zone ? mf_dns_zone(zone, d) : mf_dns_live(NULL, d);
}

/* Minutes east of Greenwich of "Z" or "+05:30"; false: none of them. */
static bool take_offset(const char *text, int *minutes)
{
    int hours, rest, end = 0;
    *minutes = 0;
    if (!*text || ((*text == 'Z' || *text == 'z') && !text[1]))
        return true;
    if ((*text != '+' && *text != '-') || sscanf(text + 1, "%2d:%2d%n", &hours, &rest, &end) != 2 || text[1 + end])
        return false;
    *minutes = (hours * 60 + rest) * (*text == '-' ? -1 : 1);
    return hours >= 0 && hours < 24 && rest >= 0 && rest < 60;
}

static bool in_ranges(const struct tm *tm)
{
    return tm->tm_mon >= 0 && tm->tm_mon < 12 && tm->tm_mday >= 1 && tm->tm_mday <= 31 && tm->tm_hour >= 0 &&
           tm->tm_hour < 24 && tm->tm_min >= 0 && tm->tm_min < 60 && tm->tm_sec >= 0 && tm->tm_sec <= 60;
}

/* RFC 3339, or its date alone. */
static bool take_rfc3339(const char *text, mf_usec *at)
{
    struct tm tm = {.tm_isdst = 0};
    int end = 0, minutes = 0;
    if (sscanf(text, "%4d-%2d-%2d%n", &tm.tm_year, &tm.tm_mon, &tm.tm_mday, &end) != 3 || end != 10)
        return false;
    const char *rest = text + end;
    if (*rest == 'T' || *rest == 't' || *rest == ' ') {
        if (sscanf(rest + 1, "%2d:%2d:%2d%n", &tm.tm_hour, &tm.tm_min, &tm.tm_sec, &end) != 3 || end != 8)
            return false;
        rest += 9;
        if (*rest == '.')
            rest += 1 + strspn(rest + 1, "0123456789");
        if (!take_offset(rest, &minutes))
            return false;
    } else if (*rest) {
        return false;
    }
    tm.tm_year -= 1900;
    tm.tm_mon -= 1;
    if (!in_ranges(&tm))
        return false;
    *at = ((mf_usec)timegm(&tm) - minutes * 60) * MF_SECOND;
    return true;
}

int ask_time(const char *text, mf_usec *at)
{
    char *end;
    errno = 0;
    long long seconds = strtoll(text, &end, 10);
    if (end != text && !*end && errno == 0 && seconds >= 0 && seconds < 253402300800LL) { /* the year 10000 */
        *at = seconds * MF_SECOND;
        return 0;
    }
    if (strspn(text, "0123456789") == 4 && text[4] == '-')
        return take_rfc3339(text, at) ? 0 : -1;
    return mf_date_parse(text, at, NULL) == 0 ? 0 : -1;
}

static int read_input(struct mf_arena *arena, struct mf_bytes *bytes, struct mf_diag *d)
{
    struct mf_text text = {.max = BYTES_MAX};
    char chunk[65536];
    for (ssize_t got; (got = read(STDIN_FILENO, chunk, sizeof chunk)) != 0;) {
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            break;
        mf_text_add(&text, chunk, (size_t)got);
    }
    bool full = text.full;
    *bytes = (struct mf_bytes){mf_copy_bytes(arena, mf_text_str(&text), text.len), text.len};
    mf_text_release(&text);
    return full ? mf_trouble(d, "standard input is larger than 64 MB") : 0;
}

int ask_bytes(struct mf_arena *arena, const char *path, struct mf_bytes *bytes, struct mf_diag *d)
{
    if (strcmp(path, "-") == 0)
        return read_input(arena, bytes, d);
    struct mf_files *files = mf_files_new();
    int result = mf_files_read(files, path, bytes, d);
    if (result == 0)
        bytes->data = mf_copy_bytes(arena, bytes->len ? bytes->data : "", bytes->len);
    mf_files_free(&files);
    return result;
}

const struct mf_message *ask_message(struct mf_arena *arena, const char *path, struct mf_diag *d)
{
    const char *name = strcmp(path, "-") == 0 ? "standard input" : path;
    struct mf_bytes raw;
    if (ask_bytes(arena, path, &raw, d) < 0)
        return NULL;
    const struct mf_message *message = mf_message_parse(arena, raw);
    if (message->header_count)
        return message;
    if (raw.len)
        mf_trouble(d, "%s is no message: it begins with no header field (\"Name: value\", RFC 5322)", name);
    else
        mf_trouble(d, "%s is empty: there is no message in it", name);
    mf_hint(d, "Save the message as it was received, with its header: most programs call that \"source\" or \".eml\".");
    return message;
}

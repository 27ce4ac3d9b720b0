/* The formats, listed once, and reports written to files whole or not at all. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "report/report_internal.h"

const struct mf_report_format *const mf_report_formats[] = {&report_terminal, &report_dns, &report_json, &report_junit, &report_tap, NULL};

const struct mf_report_format *mf_report_find(const char *name)
{
    for (size_t i = 0; mf_report_formats[i]; i++)
        if (mf_same(mf_report_formats[i]->name, name))
            return mf_report_formats[i];
    return NULL;
}

static int write_all(int fd, struct mf_bytes bytes)
{
    while (bytes.len) {
        ssize_t done = write(fd, bytes.data, bytes.len);
        if (done < 0 && errno == EINTR)
            continue;
        if (done < 0)
            return -1;
        bytes.data += done;
        bytes.len -= (size_t)done;
    }
    return 0;
}

/* Device files and pipes can't be renamed onto, and a link (/dev/stdout) must not be replaced by a file: they are
 * written as they are. */
static int save_plainly(const char *path, struct mf_bytes bytes)
{
    int fd = open(path, O_WRONLY | O_TRUNC | O_CLOEXEC);
    if (fd < 0)
        return -1;
    int result = write_all(fd, bytes);
    return close(fd) < 0 ? -1 : result;
}

static int save_by_rename(const char *path, struct mf_bytes bytes)
{
    struct mf_text temporary = {.max = 8192};
    mf_text_printf(&temporary, "%s.XXXXXX", path);
    int fd = mkostemp(temporary.data, O_CLOEXEC), result = -1;
    if (fd >= 0) {
        mode_t mask = umask(0);
        umask(mask);
        result = fchmod(fd, 0666 & ~mask) < 0 ? -1 : write_all(fd, bytes);
        if (close(fd) < 0 || result < 0 || rename(temporary.data, path) < 0) {
            int why = errno;
            unlink(temporary.data);
            errno = why;
            result = -1;
        }
    }
    mf_text_release(&temporary);
    return result;
}

int mf_report_save(const struct mf_report_format *format, const struct mf_plan *plan, const struct mf_verdict *verdict,
                   const struct mf_report_options *options, const char *path, struct mf_diag *d)
{
    struct mf_text out = {0};
    mf_text_init(&out, (size_t)1 << 30);
    format->write(plan, verdict, options, &out);
    struct stat st;
    bool plain = lstat(path, &st) == 0 && !S_ISREG(st.st_mode);
    int result = strcmp(path, "-") == 0 ? write_all(STDOUT_FILENO, mf_text_bytes(&out))
                 : plain                ? save_plainly(path, mf_text_bytes(&out))
                                        : save_by_rename(path, mf_text_bytes(&out));
    if (result < 0) {
        mf_trouble(d, "the %s report could not be written to %s: %s", format->name, path, strerror(errno));
        mf_hint(d, "does the folder exist, and may you write there?");
    }
    mf_text_release(&out);
    return result;
}

/* The files that we ship, in memory, so that tests can bind them changed. */
#ifndef UNIT_PLAN_SHIPPED_H
#define UNIT_PLAN_SHIPPED_H

#include "unit/plan/binding.h"

#include <glob.h>

enum { SHIPPED_MAX = 80 };

static struct file_in_memory shipped[SHIPPED_MAX];
static size_t shipped_count;

static inline void add_shipped(const char *path)
{
    struct mf_files *files = mf_files_new();
    struct mf_bytes bytes;
    struct mf_diag d = {.place = {.file = NULL}};
    if (mf_files_read(files, path, &bytes, &d) < 0)
        fail_msg("%s", d.title);
    assert_true(shipped_count + 1 < SHIPPED_MAX);
    shipped[shipped_count++] = (struct file_in_memory){strdup(path), strndup(bytes.data, bytes.len)};
    mf_files_free(&files);
}

static inline void add_matching(const char *pattern)
{
    glob_t found;
    assert_int_equal(glob(pattern, 0, NULL, &found), 0);
    for (size_t i = 0; i < found.gl_pathc; i++)
        add_shipped(found.gl_pathv[i]);
    globfree(&found);
}

static inline int load_shipped(void **state)
{
    static const char *const variables[] = {"LAB_PASSWORD", "P", "G", "M365_CLIENT_SECRET", "GMAIL_APP_PASSWORD"};
    (void)state;
    for (size_t i = 0; i < sizeof variables / sizeof *variables; i++)
        setenv(variables[i], "x", 1);
    add_matching("scenarios/*.yaml");
    add_matching("scenarios/*/*.yaml");
    add_matching("scenarios/*/*/*");
    shipped[shipped_count++] = (struct file_in_memory){strdup("ci/lab/keys/ca.pem"), strdup("certificate")};
    shipped[shipped_count++] = (struct file_in_memory){strdup("ci/lab/keys/gateway.txt"), strdup("v=DKIM1; k=rsa; p=AAAA")};
    return 0;
}

static inline int drop_shipped(void **state)
{
    (void)state;
    for (size_t i = 0; i < shipped_count; i++) {
        free((char *)shipped[i].path);
        free((char *)shipped[i].text);
    }
    return 0;
}

static inline bool is_site(const char *path)
{
    return strncmp(path, "scenarios/sites/", 16) == 0 && strstr(path, ".yaml");
}

static inline bool is_scenario(const char *path)
{
    return !is_site(path) && strstr(path, ".yaml");
}

/* Binds a shipped file, a site alone or a scenario with the lab's site, with another text. */
static inline struct binding bind_changed(const struct file_in_memory *file, const char *text)
{
    struct file_in_memory memory[SHIPPED_MAX] = {{NULL, NULL}};
    const char *const scenario[] = {file->path};
    for (size_t i = 0; i < shipped_count; i++)
        memory[i] = (struct file_in_memory){shipped[i].path, &shipped[i] == file ? text : shipped[i].text};
    bool site = is_site(file->path);
    struct mf_plan_options options = usual_options(site ? file->path : "scenarios/sites/lab.yaml", scenario, site ? 0 : 1);
    return bind_files(&options, memory);
}

#endif

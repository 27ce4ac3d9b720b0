/* What the tests of SPF, DMARC and ARC share: a zone given as text, and rows of a conformance suite. */
#ifndef AUTH_TESTING_H
#define AUTH_TESTING_H

#include "unit/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "mailflow/dns.h"

#define SOON (mf_now() + 5 * MF_SECOND)

static inline struct mf_dns *zone_of(const char *text)
{
    char path[] = "/tmp/mailflow-test-XXXXXX";
    struct mf_diag d = {0};
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, strlen(text)), strlen(text));
    close(fd);
    struct mf_dns *dns = mf_dns_zone(path, &d);
    unlink(path);
    if (!dns)
        fail_msg("%s", d.title);
    return dns;
}

/* Rows of $MAILFLOW_CONFORMANCE/SUITE/index.tsv: file, zone, expected, case, inputs, remark. Without the variable the
 * test is skipped: the suites are not part of this project. */
struct suite {
    FILE *index;
    char folder[512], line[8192];
    char *field[8];
};

static inline bool next_row(struct suite *suite)
{
    do {
        if (!fgets(suite->line, sizeof suite->line, suite->index))
            return false;
        suite->line[strcspn(suite->line, "\n")] = '\0';
        char *at = suite->line;
        for (int i = 0; i < 8; i++) {
            suite->field[i] = at;
            char *tab = strchr(at, '\t');
            at = tab ? tab + 1 : at + strlen(at);
            if (tab)
                *tab = '\0';
        }
    } while (strcmp(suite->field[0], "file") == 0);
    return true;
}

static inline void open_suite(struct suite *suite, const char *name)
{
    const char *root = getenv("MAILFLOW_CONFORMANCE");
    char path[600];
    if (!root || !*root)
        skip();
    snprintf(suite->folder, sizeof suite->folder, "%s/%s", root, name);
    snprintf(path, sizeof path, "%s/index.tsv", suite->folder);
    suite->index = fopen(path, "r");
    if (!suite->index)
        fail_msg("%s can't be read", path);
}

/* Is `word` one of "a|b"? */
static inline bool is_one_of(const char *word, const char *list)
{
    size_t len = strlen(word);
    for (const char *at = list; *at; at += strcspn(at, "|") + (at[strcspn(at, "|")] == '|'))
        if (strcspn(at, "|") == len && strncmp(at, word, len) == 0)
            return true;
    return false;
}

#endif

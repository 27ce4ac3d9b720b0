/* Room base: trouble, told for an administrator at 2 a.m.: what, where, why, what to do.
 *
 * Two kinds of trouble only. *The harness has trouble* (a file that can't be read, a server that
 * hangs) is a negative return plus a struct mf_diag that outer layers add to. *The mail is wrong*
 * is a fact (check.h), never a return code.
 *
 * struct mf_diag is one trouble, a plain value without ownership. struct mf_diags collects all
 * errors of the files at once, in the order of their places, each told once.
 */
#ifndef MAILFLOW_DIAG_H
#define MAILFLOW_DIAG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "mailflow/arena.h"

/* Where in a file; line and column are 1-based, column in characters (not bytes); 0 = unknown. */
struct mf_place {
    const char *file; /* NULL = no file; lives as long as the plan or diags that it is in */
    int line, column, length; /* length in characters to underline, at least 1 */
};

struct mf_diag {
    struct mf_place place;
    char title[640]; /* one sentence: what, where, why */
    char hint[640];  /* what to do; "" when there is nothing to add */
};

/* Sets the title, unless one is set already (the innermost knows best). Returns -1 always, so that
 * `return mf_trouble(d, …)` reads well. d may be NULL. */
int mf_trouble(struct mf_diag *d, const char *format, ...) __attribute__((format(printf, 2, 3)));
void mf_hint(struct mf_diag *d, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Puts words in front of the title: mf_context(d, "mailbox bob at primary: "). */
void mf_context(struct mf_diag *d, const char *format, ...) __attribute__((format(printf, 2, 3)));

struct mf_diags; /* a list with an arena of its own */
struct mf_diags *mf_diags_new(void);
void mf_diags_free(struct mf_diags **diags);
/* Adds an error at a place. `hint` may be NULL. The same place and title twice is kept once. At
 * most 200 are kept; the rest are counted. Texts are copied. */
void mf_diags_add(struct mf_diags *diags, struct mf_place place, const char *title, const char *hint);
void mf_diags_addf(struct mf_diags *diags, struct mf_place place, const char *hint, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
size_t mf_diags_count(const struct mf_diags *diags);
/* The i-th in order of file, then line, column. */
const struct mf_diag *mf_diags_at(struct mf_diags *diags, size_t i);
/* Remembers the text of a source file so that its lines can be shown. Copied. */
void mf_diags_source(struct mf_diags *diags, const char *file, const char *data, size_t len);

/* Prints all:
 *   scenarios/x.yaml:7:9: error: unknown key "form"
 *       7 |         form: alice
 *         |         ^~~~ did you mean "from"?
 * ending with a count ("3 errors; nothing was sent."). Control characters of the file are shown
 * escaped. `color` as decided by the caller. */
void mf_diags_print(struct mf_diags *diags, FILE *out, bool color);

#endif

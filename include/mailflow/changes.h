/* Room check: what was changed between two states of one message (as sent and as received, or at the
 * primary and at the secondary), and how: header fields added, removed, rewritten, refolded,
 * re-encoded; the body re-encoded, a footer appended, a banner prepended, links rewritten, an
 * attachment removed or replaced, line ends, trailing blanks; a journal report unwrapped.
 *
 * Pure. Every change is told once, by what caused it as far as two messages can show.
 */
#ifndef MAILFLOW_CHANGES_H
#define MAILFLOW_CHANGES_H

#include "mailflow/message.h"

enum mf_change_kind {
    MF_CHANGE_UNWRAPPED, /* the later message holds the earlier one inside (journal report) */
    MF_CHANGE_FIELD_ADDED,
    MF_CHANGE_FIELD_REMOVED,
    MF_CHANGE_FIELD_REWRITTEN, /* another text */
    MF_CHANGE_FIELD_REENCODED, /* the same text, other encoded words (RFC 2047) */
    MF_CHANGE_FIELD_REFOLDED,  /* the same text, other white space or letter case of the name */
    MF_CHANGE_PART_ADDED,
    MF_CHANGE_PART_REMOVED,
    MF_CHANGE_PART_REPLACED,
    MF_CHANGE_PART_RENAMED,   /* the same content under another file name */
    MF_CHANGE_TEXT_APPENDED,  /* a footer */
    MF_CHANGE_TEXT_PREPENDED, /* a banner */
    MF_CHANGE_TEXT_INSERTED,  /* somewhere between */
    MF_CHANGE_TEXT_CHANGED,
    MF_CHANGE_LINKS_REWRITTEN, /* only the targets of links differ */
    MF_CHANGE_CHARSET,         /* the declared character set no longer fits, or is another */
    MF_CHANGE_BODY_REENCODED,  /* the same content in another transfer encoding, or wrapped otherwise */
    MF_CHANGE_TRAILING_SPACE,  /* blanks at the ends of lines, empty lines at the end */
    MF_CHANGE_LINE_ENDS,       /* CRLF and LF */
};
const char *mf_change_name(enum mf_change_kind kind); /* "footer appended" */

struct mf_change {
    enum mf_change_kind kind;
    const char *what;    /* name of the field or part; "" the message */
    const char *text;    /* one sentence */
    const char *exhibit; /* lines that start with '-', '+' or ' ', each ended by \n; "" none */
    bool is_visible;     /* a reader would notice */
    bool is_trace;       /* what every server adds: Received, Return-Path, X- fields, results, signatures */
};
struct mf_changes {
    struct mf_change *items;
    size_t count, capacity;
};

/* Never NULL; in arena. No changes: count 0. */
const struct mf_changes *mf_changes_find(struct mf_arena *arena, const struct mf_message *before,
                                         const struct mf_message *after);

#endif

/* Private to room message: one message being composed. */
#ifndef MESSAGE_COMPOSE_INTERNAL_H
#define MESSAGE_COMPOSE_INTERNAL_H

#include "message/mime_internal.h"

struct mf_draft {
    struct mf_arena *arena;
    const struct mf_compose *wish;
    const char *message_id;      /* the one that is really used, with <> */
    bool *is_written;            /* by place in wish->headers */
    const struct mf_mime *root;  /* NULL: from a template */
    struct mf_padding padding;
};

/* -1 with d: what no header field may hold, or a mark that could not be found again. */
int mf_draft_check(const struct mf_compose *wish, struct mf_diag *d);
/* The wished header's value, or NULL. */
const char *mf_draft_given(const struct mf_draft *draft, const char *name);
/* Writes the wished fields of a name; false: there are none. */
bool mf_draft_write_given(struct mf_draft *draft, const char *name, struct mf_text *out);
void mf_draft_write_rest(struct mf_draft *draft, struct mf_text *out); /* wished ones not written yet */
/* Writes the n-th of our own fields (n from 0) as we would; NULL behind the last. */
const char *mf_draft_field_name(size_t n);
void mf_draft_write_field(const struct mf_draft *draft, size_t n, struct mf_text *out);

/* From a template: the bytes with CRLF, parsed; NULL with d when its header is broken. */
const struct mf_message *mf_template_read(struct mf_arena *arena, const struct mf_compose *wish, struct mf_diag *d);
/* Its Message-ID when it is as good as ours (it holds the token), else NULL. */
const char *mf_template_message_id(struct mf_arena *arena, const struct mf_compose *wish,
                                   const struct mf_message *template);
void mf_template_write(struct mf_draft *draft, const struct mf_message *template, struct mf_text *out);

#endif

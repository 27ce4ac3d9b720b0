/* Room message: a test message, right by RFC 5322 and MIME: Date, From, To, Cc, Message-ID, Subject,
 * Auto-Submitted (RFC 3834), our marks; UTF-8 headers by RFC 2047, UTF-8 bodies by quoted-printable
 * or base64, lines of at most 76 characters, CRLF; text with optional HTML, inline and attached files.
 *
 * Marks: header X-Mailflow (run, flow, attempt, MAC), Message-ID, the token in subject and body.
 */
#ifndef MAILFLOW_COMPOSE_H
#define MAILFLOW_COMPOSE_H

#include "mailflow/arena.h"
#include "mailflow/clock.h"
#include "mailflow/diag.h"
#include "mailflow/text.h"

struct mf_compose_file { const char *name; struct mf_bytes bytes; bool is_inline; };
struct mf_compose_header { const char *name, *value; };
struct mf_compose {
    const char *from, *from_name;   /* address; display name or NULL */
    const char *const *to; size_t to_count;
    const char *const *cc; size_t cc_count;
    const char *subject, *text, *html; /* UTF-8 */
    struct mf_bytes template_bytes;  /* .eml to start from: its headers and body stay, marks are added */
    const struct mf_compose_file *files; size_t file_count;
    const struct mf_compose_header *headers; size_t header_count; /* replace ours of that name, else are added */
    size_t size;                     /* pad to this many octets, 0 = don't */
    const char *message_id_domain;
    const char *run, *flow_id, *token; /* marks */
    int attempt;
    const unsigned char *secret;     /* 32 bytes */
    mf_usec date;
};
/* Appends the message to out; *message_id (in arena, with <>) tells its Message-ID. -1 with d: a
 * header value with a line break or control character, a size smaller than what must be there. */
int mf_compose_message(struct mf_arena *arena, const struct mf_compose *compose, struct mf_text *out,
                       const char **message_id, struct mf_diag *d);

/* How surely is a received message one of a run's? */
enum mf_proof {
    MF_PROOF_NONE,
    MF_PROOF_MARK, /* a token was found in subject or body: good for finding, not for removing */
    MF_PROOF_OURS, /* MAC of X-Mailflow, or the token inside its own Message-ID */
};
struct mf_marks {
    enum mf_proof proof;
    char run[33], flow_id[33], token[33]; /* as found, "" if not */
    int attempt;                          /* 0 unknown */
    bool in_header, in_message_id, in_subject, in_body; /* where our marks survived */
    bool in_reference;                    /* In-Reply-To or References name our message: an answer to it */
    bool mac_good;
};
/* Looks for marks of the run with this secret. tokens: of all flows (sorted by caller is not
 * needed); the index of the flow is put into *flow (-1: none). A forwarded or bounced message that
 * quotes ours has no proof beyond MARK. raw may be only the header. */
struct mf_mark_key { const char *run; const unsigned char *secret; const char *const *flow_ids; const char *const *tokens; size_t count; };
struct mf_marks mf_marks_find(struct mf_bytes raw, const struct mf_mark_key *key, long *flow);

/* The same for many messages and thousands of flows: prepare once, look up as often as you like. The
 * index borrows what the key points to; it is not changed by looking up, so threads may share it. */
struct mf_mark_index;
struct mf_mark_index *mf_mark_index_new(const struct mf_mark_key *key);
void mf_mark_index_free(struct mf_mark_index **index);
struct mf_marks mf_mark_index_find(const struct mf_mark_index *index, struct mf_bytes raw, long *flow);

#endif

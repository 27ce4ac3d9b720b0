/* Room diagnose: the words of a finding. A teller puts the facts of this case into title, why and fix;
 * what it leaves NULL is filled from the catalogue and from the facts. Private to harness/diagnose.
 */
#ifndef DIAGNOSE_TELL_INTERNAL_H
#define DIAGNOSE_TELL_INTERNAL_H

#include "diagnose/diagnose_internal.h"

struct mf_telling {
    struct mf_case_file *file;
    const struct mf_suspect *suspect;
    const struct mf_hit *first; /* the hit that says most: never NULL */
    struct mf_finding *finding;
    bool no_exhibits; /* they are in the words already */
};
typedef void mf_teller(struct mf_telling *t);

/* By subject: the teller for an id, or NULL. */
mf_teller *mf_reach_teller(const char *id);
mf_teller *mf_smtp_teller(const char *id);
mf_teller *mf_refusal_teller(const char *id);
mf_teller *mf_copy_teller(const char *id);
mf_teller *mf_missing_teller(const char *id);
mf_teller *mf_where_teller(const char *id);
mf_teller *mf_bounce_teller(const char *id);
mf_teller *mf_auth_teller(const char *id);
mf_teller *mf_content_teller(const char *id);

/* Which hops can have made the change that the finding is about, in a sentence; "": not known. */
const char *mf_where_changed(struct mf_telling *t);

/* Formats into the arena; paragraphs end with \n. */
const char *mf_finding_words(struct mf_telling *t, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* "250 2.0.0 queued as 4XyZ9" */
const char *mf_reply_text(struct mf_arena *arena, const struct mf_rec_reply *reply);
/* The first of our domains. */
const char *mf_our_domain(const struct mf_telling *t);

/* tell_custody.c: who had the message. */
const struct mf_flow *mf_told_message(const struct mf_telling *t);
/* "gateway smtp took the message (250 2.0.0 …); it reached probe" */
const char *mf_taken_words(struct mf_telling *t);
size_t mf_folders_searched(struct mf_telling *t);
/* "; no bounce came to alice", or why none can be known of; "" never. */
const char *mf_no_bounce_words(struct mf_telling *t);
/* " relay.example had it: the copy at alice secondary came from there."; "" not known */
const char *mf_custody_words(struct mf_telling *t);
/* "Follow queue id … in the log of ….\n": beginning at the last server known to have had it */
const char *mf_follow_words(struct mf_telling *t);

/* tell_refusal.c: who refused whom. */
const char *mf_door_of(const struct mf_flow *message);   /* "primary submission" */
const char *mf_sender_of(const struct mf_flow *message); /* "alice", "crm" */
bool mf_tells_bounce(const struct mf_telling *t);        /* the first hit is a bounce, not a reply to us */
const char *mf_refuser_of(struct mf_telling *t);
const char *mf_refusal_words(struct mf_telling *t);      /* a paragraph, in the server's own words */
const char *mf_address_in(struct mf_telling *t, const char *words); /* "[198.51.100.11]" in words; NULL: none */

#endif

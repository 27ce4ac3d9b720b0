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
mf_teller *mf_copy_teller(const char *id);
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

#endif

/* Room diagnose: the catalogue of findings, one file a subject. An entry is what the world sees
 * (struct mf_finding_kind) and what diagnosing needs besides. Private to harness/diagnose.
 */
#ifndef DIAGNOSE_CATALOGUE_INTERNAL_H
#define DIAGNOSE_CATALOGUE_INTERNAL_H

#include "mailflow/diagnose.h"

/* The link of evidence by which a cause may absorb a symptom that its entry says it explains. */
enum mf_link {
    MF_LINK_NONE,    /* absorbs nothing */
    MF_LINK_ARRIVAL, /* seen on the very same copy */
    MF_LINK_MESSAGE, /* the same message */
    MF_LINK_ADDRESS, /* the same message, or another to an address that is known to be refused */
    MF_LINK_SERVER,  /* the same server was used */
    MF_LINK_LOGIN,   /* the same user was refused by the same server */
};
struct mf_entry {
    struct mf_finding_kind kind;
    enum mf_link link;
    bool may_be_meant; /* "Meant so?" is a sensible question */
};
struct mf_entries {
    const struct mf_entry *items;
    size_t count;
};
extern const struct mf_entries mf_reach_entries, mf_smtp_entries, mf_copy_entries, mf_path_entries, mf_content_entries,
    mf_dkim_entries, mf_policy_entries, mf_authres_entries, mf_dns_entries;
const struct mf_entry *mf_entry_find(const char *id);
/* Does the catalogue say that it may explain findings of this id? The link of evidence is for others to see. */
bool mf_explains(const struct mf_entry *cause, const char *id);

/* Mail that is missing, whatever it is told as. */
#define MF_COPIES_MISSING                                                                                              \
    "copy.inbound-missing", "copy.outbound-missing", "copy.application-missing", "copy.internal-missing",              \
        "copy.all-missing", "copy.user-missing"
#define MF_NEVER_ARRIVED "copy.missing", "copy.sender-dropped", MF_COPIES_MISSING
#define MF_EXPLAINS(...) ((const char *const[]){__VA_ARGS__, NULL})

#endif

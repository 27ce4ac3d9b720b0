/* Room diagnose: what a refusal is about, by its codes (RFC 3463, 7372) and its words; whether the first
 * hop said it to us, or a server further on to the one before it, as a bounce reports. Private to
 * harness/diagnose.
 */
#ifndef DIAGNOSE_REFUSAL_H
#define DIAGNOSE_REFUSAL_H

#include "diagnose/diagnose_internal.h"

enum mf_refusal {
    MF_REFUSAL_OTHER,
    MF_REFUSAL_LOOP,
    MF_REFUSAL_SIZE,
    MF_REFUSAL_FULL,   /* the mailbox, not the message */
    MF_REFUSAL_SIGNER, /* it should sign, and can't */
    MF_REFUSAL_SPF,
    MF_REFUSAL_DKIM,
    MF_REFUSAL_DMARC,
    MF_REFUSAL_RATE,        /* too many messages, connections, recipients */
    MF_REFUSAL_TLS,         /* only after STARTTLS */
    MF_REFUSAL_CERTIFICATE, /* only with a client certificate */
    MF_REFUSAL_LOGIN,       /* only after AUTH */
    MF_REFUSAL_BLOCKED,     /* for spam, a virus, a blocklist, a missing PTR */
    MF_REFUSAL_SENDER,      /* the sender address: it does not exist, is not this user's, or not registered */
    MF_REFUSAL_HELO,        /* the EHLO name */
    MF_REFUSAL_RECIPIENT,   /* unknown */
    MF_REFUSAL_UTF8,        /* SMTPUTF8 or 8BITMIME is needed, and not spoken there */
    MF_REFUSAL_RELAY,       /* may not relay, or access is denied */
};
/* 4xx and 5xx alike: a full mailbox is full in both. */
enum mf_refusal mf_refusal_read(const struct mf_rec_reply *reply);

/* The class of a refusal by the first hop; of one that was put off until there was no more time; of one
 * that a bounce tells. The scope: who or what would have to be mended. */
struct mf_class mf_classify_refusal(struct mf_case_file *file, const struct mf_fact *fact);
struct mf_class mf_classify_deferral(struct mf_case_file *file, const struct mf_fact *fact);
struct mf_class mf_classify_bounce(struct mf_case_file *file, const struct mf_fact *fact);
/* Who refused it: the name of the site's server, else of the host, else of the door. */
const char *mf_refused_by(struct mf_case_file *file, const struct mf_fact *fact);
/* Words that say the octets a server takes, as in "size limit 102400"; 0: it does not say. */
size_t mf_refusal_size_limit(const char *words);

#endif

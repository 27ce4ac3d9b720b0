/* Findings about what the border itself says (RFC 8601), and about ARC (RFC 8617). */
#include "diagnose/catalogue_internal.h"

static const struct mf_entry entries[] = {
    {.kind = {.id = "auth.disagrees",
              .outcome = MF_PASS,
              .scope = "server",
              .segment = MF_SEGMENT_AUTH,
              .title = "The receiving server judges SPF, DKIM or DMARC otherwise",
              .meaning = "The Authentication-Results field that the receiving border wrote says something else than "
                         "the evaluation "
                         "here, of the same message and the same client. Mail is treated by the border's result. Usual "
                         "grounds: its DNS "
                         "cache still has the old record or key, it looked at another client address, the key was "
                         "changed in between, or "
                         "it follows older rules (SHA-1, short keys, RFC 7489).",
              .fix = "Compare the border's reason with ours: ask its resolver for the record (dig @RESOLVER NAME TXT), "
                     "wait for the TTL "
                     "if it is old; look whether the border sits behind another relay that hides the client."},
     .may_be_meant = true},
    {.kind =
         {.id = "auth.forged",
          .outcome = MF_PASS,
          .scope = "server",
          .segment = MF_SEGMENT_AUTH,
          .title = "Results in the receiving server's name came with the mail",
          .meaning = "A field Authentication-Results carries the receiver's own name (authserv-id), yet stands below "
                     "the line that "
                     "the receiver's border wrote: somebody on the way, or the sender, made it up. The border has to "
                     "remove such "
                     "fields (RFC 8601 5); filters and mail clients that look for the name alone believe the forgery.",
          .fix =
              "Let the border remove Authentication-Results fields in its own name from mail that comes in (OpenDKIM: "
              "KeepAuthResults no; Rspamd: remove_ar_from = own host), and find out who adds them."},
     .may_be_meant = true},
    {.kind =
         {.id = "arc.fail",
          .outcome = MF_FAIL,
          .scope = "domain",
          .segment = MF_SEGMENT_AUTH,
          .title = "The ARC chain is broken",
          .meaning =
              "The message passed intermediaries that seal (ARC), and the chain does not hold: a seal or the newest "
              "message "
              "signature does not verify, a set is missing, or a sealer itself noted cv=fail. Receivers that trust the "
              "forwarder can't use what it saw, so forwarded mail fails DMARC.",
          .fix = "Look at the first set that is bad: the hop behind its sealer changed the message or the ARC fields, "
                 "or the sealer's "
                 "key in DNS is not the one it signs with."},
     .may_be_meant = true},
    {.kind = {.id = "arc.none",
              .outcome = MF_FAIL,
              .scope = "domain",
              .segment = MF_SEGMENT_AUTH,
              .title = "The message is not sealed with ARC",
              .meaning = "The scenario expects an ARC chain, and the message carries no ARC field.",
              .fix = "Switch sealing on at the forwarding server, or correct the expectation."},
     .may_be_meant = true},
    {.kind = {.id = "arc.other-result",
              .outcome = MF_FAIL,
              .scope = "domain",
              .segment = MF_SEGMENT_AUTH,
              .title = "ARC has another result than the scenario expects",
              .meaning = "The scenario expects a result other than pass, and it is not the one found.",
              .fix = "Correct the expectation, or the sealer."}},
    {.kind = {.id = "arc.unreachable",
              .outcome = MF_ERROR,
              .scope = "domain",
              .segment = MF_SEGMENT_DNS,
              .title = "ARC could not be evaluated because DNS failed",
              .meaning = "A sealer's key could not be looked up (timeout, SERVFAIL).",
              .fix = "Look at the name servers of the sealer's domain."}},
};

const struct mf_entries mf_authres_entries = {entries, sizeof entries / sizeof *entries};

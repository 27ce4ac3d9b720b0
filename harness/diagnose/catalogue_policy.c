/* Findings about SPF (RFC 7208) and DMARC (RFC 9989), as the receiving border could judge them. */
#include "diagnose/catalogue_internal.h"

static const struct mf_entry entries[] = {
    {.kind = {.id = "spf.fail", .outcome = MF_FAIL, .scope = "identity", .segment = MF_SEGMENT_AUTH,
              .title = "The sending address is not covered by SPF",
              .meaning = "The address from which the receiver got the mail is not among those that the domain's SPF record allows, and "
                         "the record ends with -all. Many receivers refuse such mail; some gateways take it with 250 and delete it. "
                         "Usually a server was forgotten when the record was made: an application, a branch office, the gateway itself.",
              .fix = "Add the address, or the include that covers it, to the SPF record; or send by way of a server that is covered.",
              .explains = MF_EXPLAINS("dmarc.fail")},
     .link = MF_LINK_ARRIVAL, .may_be_meant = true},
    {.kind = {.id = "spf.fail-predicted", .outcome = MF_FAIL, .scope = "identity", .segment = MF_SEGMENT_DNS,
              .title = "Mail vanishes, and SPF would fail for it",
              .meaning = "The message was taken with 250 and arrived nowhere, and the address from which it was sent is not covered by "
                         "the SPF record of its sender. Gateways that check SPF delete such mail without a word (that is the default of "
                         "some). It is a prediction: only the gateway's log can say that it was this.",
              .fix = "Add the address to the SPF record and try again; if it still vanishes, look into the gateway's log.",
              .explains = MF_EXPLAINS("copy.missing", "copy.sender-dropped")},
     .link = MF_LINK_MESSAGE},
    {.kind = {.id = "spf.refused", .outcome = MF_FAIL, .scope = "identity", .segment = MF_SEGMENT_DNS,
              .title = "Mail is refused because SPF does not cover its address",
              .meaning = "The server refused the message in words about SPF, and the SPF record of the envelope sender's domain, evaluated "
                         "here for the address that it was sent from, does not pass either: the server is right, the record is not "
                         "complete (or the mail leaves from the wrong address).",
              .fix = "Add the address, or the include that covers it, to the SPF record; or send by way of a server that is covered.",
              .explains = MF_EXPLAINS("smtp.unauthenticated")},
     .link = MF_LINK_MESSAGE},
    {.kind = {.id = "spf.softfail", .outcome = MF_FAIL, .scope = "identity", .segment = MF_SEGMENT_AUTH,
              .title = "The sending address is only softly refused by SPF",
              .meaning = "The address is not covered, and the record ends with ~all: receivers treat the mail as suspicious. After a "
                         "go-live the record should end with -all and cover every server.",
              .fix = "Add the address, or the include that covers it, to the SPF record.",
              .explains = MF_EXPLAINS("dmarc.fail")},
     .link = MF_LINK_ARRIVAL, .may_be_meant = true},
    {.kind = {.id = "spf.neutral", .outcome = MF_FAIL, .scope = "identity", .segment = MF_SEGMENT_AUTH,
              .title = "SPF says nothing about the sending address",
              .meaning = "No term of the record fits the address, and the record does not say what then holds (?all, or nothing).",
              .fix = "Cover the address in the record and end it with -all.",
              .explains = MF_EXPLAINS("dmarc.fail")},
     .link = MF_LINK_ARRIVAL, .may_be_meant = true},
    {.kind = {.id = "spf.none", .outcome = MF_FAIL, .scope = "domain", .segment = MF_SEGMENT_AUTH,
              .title = "The envelope sender's domain has no SPF record",
              .meaning = "The domain in MAIL FROM (or, for a null sender, the EHLO name) publishes no SPF record, so receivers can't "
                         "tell its servers from others.",
              .fix = "Publish an SPF record for the domain; or let the mail use an envelope sender in a domain that has one.",
              .explains = MF_EXPLAINS("dmarc.fail")},
     .link = MF_LINK_ARRIVAL, .may_be_meant = true},
    {.kind = {.id = "spf.permerror", .outcome = MF_FAIL, .scope = "domain", .segment = MF_SEGMENT_DNS,
              .title = "The SPF record can't be evaluated",
              .meaning = "Two records, a mistake in the grammar, more than 10 look-ups or more than 2 without an answer: receivers then "
                         "ignore SPF altogether (permerror), for all mail of the domain.",
              .fix = "Merge the records, mend the term given, or replace includes by fewer ones.",
              .explains = MF_EXPLAINS("dmarc.fail")},
     .link = MF_LINK_ARRIVAL},
    {.kind = {.id = "spf.unreachable", .outcome = MF_ERROR, .scope = "domain", .segment = MF_SEGMENT_DNS,
              .title = "SPF could not be evaluated because DNS failed",
              .meaning = "A look-up that the evaluation needs had no answer (timeout, SERVFAIL). Receivers see a temporary error.",
              .fix = "Look at the name servers of the name given.",
              .explains = MF_EXPLAINS("dmarc.unreachable")},
     .link = MF_LINK_ARRIVAL},
    {.kind = {.id = "spf.not-seen", .outcome = MF_PASS, .scope = "server", .segment = MF_SEGMENT_AUTH,
              .title = "SPF can't be judged at this receiver",
              .meaning = "The receiving server's Received fields do not name the address from which it took the message, or its hosts in "
                         "the site file do not fit the names in Received, so there is nothing to evaluate SPF for.",
              .fix = "Give the receiving server's host names in the site file: hosts."},
     .may_be_meant = true},
    {.kind = {.id = "spf.unaligned", .outcome = MF_PASS, .scope = "domain", .segment = MF_SEGMENT_AUTH,
              .title = "SPF passes for another domain than the one in From",
              .meaning = "The envelope sender (Return-Path) is in a domain that has nothing to do with From, so its SPF pass does not "
                         "count for DMARC, which hangs on DKIM alone. Mailing services and some relays do so.",
              .fix = "Let the mail use an envelope sender in the From domain, or a subdomain of it (custom bounce domain)."},
     .may_be_meant = true},
    {.kind = {.id = "spf.other-result", .outcome = MF_FAIL, .scope = "domain", .segment = MF_SEGMENT_AUTH,
              .title = "SPF has another result than the scenario expects",
              .meaning = "The scenario expects a result other than pass, and it is not the one found.",
              .fix = "Correct the expectation, or the record."}},
    {.kind = {.id = "dmarc.fail", .outcome = MF_FAIL, .scope = "domain", .segment = MF_SEGMENT_AUTH,
              .title = "DMARC fails: neither SPF nor DKIM passes for the From domain",
              .meaning = "DMARC wants one of the two to pass with a domain that belongs to the one in From. A pass for another domain "
                         "(the bounce address of a mailing service, a provider's signature) does not count.",
              .fix = "Sign with a key of the From domain, or use an envelope sender in it."},
     .may_be_meant = true},
    {.kind = {.id = "dmarc.none", .outcome = MF_FAIL, .scope = "domain", .segment = MF_SEGMENT_AUTH,
              .title = "The From domain has no DMARC record",
              .meaning = "There is no policy record for the domain in From, nor above it. Large receivers ask for one from everybody who "
                         "sends much; p=none is enough to begin with.",
              .fix = "Publish v=DMARC1; p=none; rua=mailto:… as TXT at _dmarc of the domain."},
     .may_be_meant = true},
    {.kind = {.id = "dmarc.permerror", .outcome = MF_FAIL, .scope = "domain", .segment = MF_SEGMENT_DNS,
              .title = "DMARC can't be evaluated",
              .meaning = "The record is not usable, or the message has no From with one domain: receivers do no DMARC processing.",
              .fix = "Mend the record, or the From field, by the reason given."}},
    {.kind = {.id = "dmarc.unreachable", .outcome = MF_ERROR, .scope = "domain", .segment = MF_SEGMENT_DNS,
              .title = "DMARC could not be evaluated because DNS failed",
              .meaning = "A look-up of the policy, or of what SPF and DKIM need, had no answer.",
              .fix = "Look at the name servers of the name given."}},
    {.kind = {.id = "dmarc.other-result", .outcome = MF_FAIL, .scope = "domain", .segment = MF_SEGMENT_AUTH,
              .title = "DMARC has another result than the scenario expects",
              .meaning = "The scenario expects a result other than pass, and it is not the one found.",
              .fix = "Correct the expectation, or the record."}},
};

const struct mf_entries mf_policy_entries = {entries, sizeof entries / sizeof *entries};

/* Findings about copies: where the message is, how often, how late. */
#include "diagnose/catalogue_internal.h"

static const struct mf_entry entries[] = {
    {.kind = {.id = "copy.missing", .outcome = MF_FAIL, .scope = "mailbox", .segment = MF_SEGMENT_STORE,
              .title = "A message was accepted and did not arrive",
              .meaning = "The first hop took the message with 250, no bounce came back, and within its time it was in no folder of "
                         "the mailbox; every folder was searched. A filter deleted it or holds it in quarantine, a rule moved it "
                         "away, it still waits in a queue, or it was delivered somewhere else (an old server that still thinks it "
                         "has the domain). A gateway that finds SPF failing may say 250 and delete.",
              .fix = "Follow it in the logs, beginning at the last server known to have had it, by the queue id or Message-ID given.",
              .explains = MF_EXPLAINS(MF_COPIES_MISSING, "copy.missing")},
     .link = MF_LINK_MESSAGE},
    {.kind = {.id = "copy.sender-dropped", .outcome = MF_FAIL, .scope = "identity", .segment = MF_SEGMENT_STORE,
              .title = "Nothing that one application sends arrives",
              .meaning = "Everything that this application sends is taken with 250 and arrives nowhere, while the mail of others that is "
                         "handed over at the same door does: a rule about its address or its sender discards or holds it.",
              .fix = "Look for a rule, a quarantine or a list about that sender at the server that took it.",
              .explains = MF_EXPLAINS(MF_COPIES_MISSING, "copy.missing")},
     .link = MF_LINK_MESSAGE},
    {.kind = {.id = "copy.at-old-server", .outcome = MF_FAIL, .scope = "server", .segment = MF_SEGMENT_HOP,
              .title = "The old server keeps mail for itself",
              .meaning = "The message is in the mailbox that the user had before the cut-over: a server that still believes that the "
                         "domain is its own delivers into it and never asks the MX. That hits mail from everybody who uses that server, "
                         "its other customers too, and nobody is told.",
              .fix = "At the old server, take the domain out of its local domains (set it to remote, or delete it), or let it forward "
                     "everything to the MX; then move what has come into the old mailboxes since.",
              .explains = MF_EXPLAINS(MF_NEVER_ARRIVED)},
     .link = MF_LINK_MESSAGE},
    {.kind = {.id = "copy.misdelivered", .outcome = MF_FAIL, .scope = "mailbox", .segment = MF_SEGMENT_HOP,
              .title = "Mail is delivered to somebody else",
              .meaning = "The message is missing in the mailbox of its recipient and is in another person's, at the same server or outside: an alias, "
                         "a forwarding or a copy rule names the wrong mailbox. Others read what is not meant for them.",
              .fix = "Correct the alias, forwarding or copy rule of that address.",
              .explains = MF_EXPLAINS("copy.missing", "mailbox.unexpected-copy")},
     .link = MF_LINK_MESSAGE},
    {.kind = {.id = "copy.inbound-missing", .outcome = MF_FAIL, .scope = "server", .segment = MF_SEGMENT_STORE,
              .title = "The secondary does not get inbound mail",
              .meaning = "Mail for the users arrives at the primary, and the copy that the secondary should get does not; copies of "
                         "another kind come, or were not tried. The rule that copies by recipient is missing or switched off.",
              .fix = "Let the gateway copy incoming mail: by recipient in the domain, for every user."}},
    {.kind = {.id = "copy.outbound-missing", .outcome = MF_FAIL, .scope = "server", .segment = MF_SEGMENT_STORE,
              .title = "The secondary does not get outbound mail",
              .meaning = "Mail from the users reaches the outside, and the copy for the sender's secondary mailbox does not come. Most "
                         "often only the rule by recipient was set up, and the one by sender is missing; or the primary sends "
                         "around the gateway.",
              .fix = "Let the gateway copy outgoing mail too: by sender in the domain, not only by recipient."}},
    {.kind = {.id = "copy.application-missing", .outcome = MF_FAIL, .scope = "identity", .segment = MF_SEGMENT_STORE,
              .title = "The secondary does not get mail from applications",
              .meaning = "Copies of other inbound mail come, copies of the applications' mail do not: their mail does not pass the "
                         "place where copies are made (it goes straight to the primary), or a rule leaves them out.",
              .fix = "Send the applications' mail through the gateway, or copy it at the primary as well."}},
    {.kind = {.id = "copy.internal-missing", .outcome = MF_FAIL, .scope = "server", .segment = MF_SEGMENT_STORE,
              .title = "The secondary does not get internal mail",
              .meaning = "Mail between users stays on the primary and never passes the gateway, so the gateway can't copy it. That is "
                         "how most installations are; expect it only where the primary copies (journals) internal mail.",
              .fix = "Set up a journal or copy rule for internal mail at the primary, or don't expect internal copies."},
     .may_be_meant = true},
    {.kind = {.id = "copy.user-missing", .outcome = MF_FAIL, .scope = "mailbox", .segment = MF_SEGMENT_STORE,
              .title = "One user gets no copies",
              .meaning = "The secondary gets copies for other users, and none for this one: the rules that copy, or the provisioning of "
                         "the continuity mailboxes, leave this user out.",
              .fix = "Add the user to the rules for copies, by recipient and by sender, and look whether the secondary has the mailbox."}},
    {.kind = {.id = "copy.all-missing", .outcome = MF_FAIL, .scope = "server", .segment = MF_SEGMENT_STORE,
              .title = "The secondary gets no copies at all",
              .meaning = "Of several kinds of mail, not one copy came to the secondary: copying is switched off, the way from the "
                         "gateway to the secondary is closed, or the secondary delivers to other mailboxes.",
              .fix = "Look at the gateway's queue for the secondary and at its rules for copies; then at the secondary's log."}},
    {.kind = {.id = "copy.late", .outcome = MF_PASS, .scope = "mailbox", .segment = MF_SEGMENT_STORE,
              .title = "Mail is delayed",
              .meaning = "The message arrived, but later than is usual for this kind of mail (`late` in the site or scenario). The hops' "
                         "times show where it stayed; only a 4xx that we saw ourselves proves greylisting.",
              .fix = "Look at the hop with the largest step in time; or set `late` to what is usual here.",
              .explains = MF_EXPLAINS("copy.late")},
     .link = MF_LINK_MESSAGE, .may_be_meant = true},
    {.kind = {.id = "copy.time-unknown", .outcome = MF_PASS, .scope = "mailbox", .segment = MF_SEGMENT_STORE,
              .title = "When the mail came is not known",
              .meaning = "The message was found when the watch on the mailbox went on after a break (the run was cut short and resumed, "
                         "or the connection was lost). It came at some time between; whether it was late can't be told.",
              .fix = "If its time matters, run again without a break."},
     .may_be_meant = true},
    {.kind = {.id = "copy.too-late", .outcome = MF_FAIL, .scope = "mailbox", .segment = MF_SEGMENT_STORE,
              .title = "Mail arrives too late",
              .meaning = "The message arrived after the time that was allowed for it (`within`).",
              .fix = "Look at the hop with the largest step in time; or allow more time with `within`.",
              .explains = MF_EXPLAINS("copy.too-late", "copy.late")},
     .link = MF_LINK_MESSAGE},
    {.kind = {.id = "copy.early", .outcome = MF_FAIL, .scope = "mailbox", .segment = MF_SEGMENT_STORE,
              .title = "Mail arrived earlier than it should",
              .meaning = "The expectation gives a range of time, and the message was there before it: it was not held back where it "
                         "should have been.",
              .fix = "Look for the rule that should have delayed it; or correct `within`."},
     .may_be_meant = true},
    {.kind = {.id = "copy.in-junk", .outcome = MF_FAIL, .scope = "mailbox", .segment = MF_SEGMENT_STORE,
              .title = "Mail lands in the junk folder",
              .meaning = "The message arrived, in the folder for junk. The receiving side took it for spam: missing authentication, a "
                         "young domain or address, or a filter behind the gateway that judges a second time.",
              .fix = "Look at the spam score in its header; let the primary trust what the gateway has filtered."}},
    {.kind = {.id = "copy.wrong-folder", .outcome = MF_FAIL, .scope = "mailbox", .segment = MF_SEGMENT_STORE,
              .title = "Mail lands in another folder",
              .meaning = "The message arrived in the mailbox, but not in the folder expected: a rule of the user or of the server "
                         "moves it, or copies of sent mail are put into the inbox.",
              .fix = "Look at the rules of that mailbox; or say `folder:` in the expectation, `receives:` for a secondary."},
     .may_be_meant = true},
    {.kind = {.id = "copy.duplicate", .outcome = MF_FAIL, .scope = "mailbox", .segment = MF_SEGMENT_STORE,
              .title = "Mail arrives more than once",
              .meaning = "The same message is in the mailbox several times: two rules copy it (at the gateway and at the primary), or a "
                         "hop delivered it, was not believed and delivered again. The ways of the copies show which.",
              .fix = "Compare the ways of the copies and switch off one of the two rules."}},
    {.kind = {.id = "copy.sent-missing", .outcome = MF_FAIL, .scope = "mailbox", .segment = MF_SEGMENT_STORE,
              .title = "The Sent folder does not show what was sent",
              .meaning = "The message was handed over with the user's login, and no copy of it is in his Sent folder. Most servers file "
                         "nothing there by themselves: the client does (by IMAP), or a rule at the gateway; Microsoft 365 and Google "
                         "file what comes by submission. After a move to another server the client may still file at the old one.",
              .fix = "Switch on filing at the submission server, or don't expect it: say nothing of folder sent for mail that "
                     "mailflow sends itself."},
     .may_be_meant = true},
    {.kind = {.id = "copy.sent-double", .outcome = MF_FAIL, .scope = "mailbox", .segment = MF_SEGMENT_STORE,
              .title = "Sent mail is in the Sent folder twice",
              .meaning = "The sender's Sent folder shows one message several times: it is filed at two places, by the server and by a "
                         "client or the gateway's copy rule, or by two rules. The ways of the copies show which.",
              .fix = "Switch off one of the two: let the client not file what the server files, or leave the sender out of the copy rule."},
     .may_be_meant = true},
    {.kind = {.id = "copy.taken-away", .outcome = MF_PASS, .scope = "mailbox", .segment = MF_SEGMENT_STORE,
              .title = "Another client takes mail out of the mailbox",
              .meaning = "The message was in the mailbox, and when it was looked for again it was gone, though the run had not removed "
                         "it: a POP3 client that deletes what it fetches, a phone, a fetching service, a rule. What it takes before "
                         "anybody looks is missed by users as by this test.",
              .fix = "Use a mailbox for tests that nothing else reads; or find the client in the IMAP and POP3 log of that user."},
     .may_be_meant = true},
    {.kind = {.id = "copy.fewer", .outcome = MF_FAIL, .scope = "mailbox", .segment = MF_SEGMENT_STORE,
              .title = "Fewer copies arrived than expected",
              .meaning = "The expectation asks for several copies in this mailbox and not all of them came.",
              .fix = "Look which of the ways did not deliver."}},
    {.kind = {.id = "mailbox.unexpected-copy", .outcome = MF_FAIL, .scope = "mailbox", .segment = MF_SEGMENT_STORE,
              .title = "Mail is where it must not be",
              .meaning = "A copy was found in a mailbox that the scenario forbids, or, where the message was for people of the site, in "
                         "the mailbox of somebody else: a catch-all, a forwarding rule, an alias with the wrong members, or a copy "
                         "rule that is too wide. Others may read what is not meant for them.",
              .fix = "Look by which way the copy came there and narrow the rule that sent it."},
     .may_be_meant = true},
    {.kind = {.id = "copy.altered", .outcome = MF_FAIL, .scope = "server", .segment = MF_SEGMENT_HOP,
              .title = "The secondary's copy is not the same as the primary's",
              .meaning = "Subject, sender, date, text or attachments of the copy differ from the message in the main mailbox, which is "
                         "as it was sent. What works on the secondary in an outage would be another message.",
              .fix = "Let the copy be taken before, or after, the rule that changes it: in the same place as the primary's mail.",
              .explains = MF_EXPLAINS("content.changed", "content.links-rewritten", "content.charset-changed", "content.footer-added", "content.banner-added", "content.subject-changed",
                                      "content.header-changed", "content.attachment-missing", "content.attachment-changed",
                                      "content.attachment-added", "dkim.body-changed", "dkim.header-changed")},
     .link = MF_LINK_ARRIVAL, .may_be_meant = true},
    {.kind = {.id = "copy.wrapped", .outcome = MF_FAIL, .scope = "server", .segment = MF_SEGMENT_CONTENT,
              .title = "Copies come wrapped in a report",
              .meaning = "The copy at the secondary is a journal report, or a forwarded mail, with the message attached. Who works on "
                         "the secondary in an outage sees reports, can't answer them, and can't find mail by sender or subject.",
              .fix = "Let the copy be made as the message itself; or, where the secondary unwraps reports, say copy-form: journal for "
                     "that server in the site."},
     .may_be_meant = true},
    {.kind = {.id = "copy.not-wrapped", .outcome = MF_PASS, .scope = "server", .segment = MF_SEGMENT_CONTENT,
              .title = "A plain copy came where a journal report was expected",
              .meaning = "The site says that copies come wrapped (copy-form: journal), and this one did not.",
              .fix = "Say copy-form: plain for that server, or switch journaling on."},
     .may_be_meant = true},
};

const struct mf_entries mf_copy_entries = {entries, sizeof entries / sizeof *entries};

/* Findings about what a message holds. */
#include "diagnose/catalogue_internal.h"

static const struct mf_entry entries[] = {
    {.kind = {.id = "content.subject-changed", .outcome = MF_FAIL, .scope = "message", .segment = MF_SEGMENT_CONTENT,
              .title = "The subject is changed on the way",
              .meaning = "The subject did not arrive as it was sent, most often with a tag such as [EXTERNAL] put in front. A tag "
                         "added after signing breaks DKIM where the signature covers the subject.",
              .fix = "If it is meant, say so; else look for the rule by the words that were added."},
     .may_be_meant = true},
    {.kind = {.id = "content.header-changed", .outcome = MF_FAIL, .scope = "message", .segment = MF_SEGMENT_CONTENT,
              .title = "A header field is changed on the way",
              .meaning = "From, To, Cc, Date or Message-ID did not arrive as sent. A rewritten Message-ID breaks threads and "
                         "deduplication, a rewritten From breaks DMARC.",
              .fix = "Look for address rewriting (canonical, masquerading, SRS on the header) at the hops of this mail."},
     .may_be_meant = true},
    {.kind = {.id = "content.header-added", .outcome = MF_PASS, .scope = "message", .segment = MF_SEGMENT_CONTENT,
              .title = "A header field that leads answers elsewhere is added on the way",
              .meaning = "A field that was not sent, and that decides who gets answers, receipts or error notices (Reply-To, Sender, Cc, "
                         "Mail-Followup-To, Disposition-Notification-To, Return-Receipt-To, Errors-To), is there on arrival. Lists and "
                         "ticket systems mean it so. DKIM does not notice, unless the field is signed as absent.",
              .fix = "If it is not meant, look for the rule that adds the field."},
     .may_be_meant = true},
    {.kind = {.id = "content.sender-rewritten", .outcome = MF_FAIL, .scope = "domain", .segment = MF_SEGMENT_HOP,
              .title = "The sender's domain is rewritten on the way",
              .meaning = "From arrived with another domain than it was sent with: a server rewrites addresses of outgoing mail "
                         "(masquerading, canonical or generic maps, an accepted domain that is not the default). The signer does not know "
                         "that domain, SPF and DMARC are looked up for it, rules that copy by sender do not match, and answers go there.",
              .fix = "Take the rewriting out at the hop that does it, for mail that leaves.",
              .explains = MF_EXPLAINS("content.header-changed", "path.sender-changed", "dkim.unsigned", "dkim.unaligned", "dkim.other-signer",
                                      "dkim.header-changed", "spf.none", "spf.fail", "spf.softfail", "spf.neutral", "spf.unaligned",
                                      "dmarc.fail", "dmarc.none", "copy.outbound-missing", "copy.application-missing", "copy.missing")},
     .link = MF_LINK_MESSAGE, .may_be_meant = true},
    {.kind = {.id = "content.bcc-visible", .outcome = MF_FAIL, .scope = "server", .segment = MF_SEGMENT_CONTENT,
              .title = "Recipients can see Bcc",
              .meaning = "The message arrived with a Bcc field. Whoever gets it sees the recipients that should have stayed hidden.",
              .fix = "Let the submission server remove Bcc (RFC 5322 3.6.3)."}},
    {.kind = {.id = "content.footer-added", .outcome = MF_FAIL, .scope = "message", .segment = MF_SEGMENT_CONTENT,
              .title = "Text is added at the end",
              .meaning = "Lines were added behind the text: a disclaimer, an advertisement, a list's footer. Added before signing it "
                         "is harmless for DKIM; added after, it breaks the signature.",
              .fix = "If it is meant, say so; else switch it off. It must be added before the gateway signs."},
     .may_be_meant = true},
    {.kind = {.id = "content.banner-added", .outcome = MF_FAIL, .scope = "message", .segment = MF_SEGMENT_CONTENT,
              .title = "Text is put in front",
              .meaning = "Lines were put before the text: a warning such as \"this mail comes from outside\".",
              .fix = "If it is meant, say so; else look for the rule by its words."},
     .may_be_meant = true},
    {.kind = {.id = "content.links-rewritten", .outcome = MF_FAIL, .scope = "server", .segment = MF_SEGMENT_CONTENT,
              .title = "Links are led through another site",
              .meaning = "The text is as sent but for its links, which lead to another host now: a gateway checks them when they are "
                         "clicked (Safe Links, URL Defense, a click counter). Done before signing it is harmless for DKIM; done "
                         "after, it breaks the signature. Links with a personal key (password reset, invitations) may be used up "
                         "by such a check.",
              .fix = "If it is meant, say so; else switch it off for this mail, or let it happen before the gateway signs."},
     .may_be_meant = true},
    {.kind = {.id = "content.charset-changed", .outcome = MF_FAIL, .scope = "message", .segment = MF_SEGMENT_CONTENT,
              .title = "The text is called another character set than it is in",
              .meaning = "The bytes of the text are as sent, and the charset in Content-Type is another: letters beyond ASCII read "
                         "wrongly (ü becomes Ã¼). A hop rewrote the field without converting the text.",
              .fix = "Look for a rule that sets Content-Type or the charset at the hops of this mail, and take it out."},
     .may_be_meant = true},
    {.kind = {.id = "content.changed", .outcome = MF_FAIL, .scope = "message", .segment = MF_SEGMENT_CONTENT,
              .title = "The text is changed on the way",
              .meaning = "The text that arrived is not what was sent: lines wrapped, characters lost, words replaced. "
                         "Transfer encoding and line ends don't count.",
              .fix = "Compare the lines shown; look for URL rewriting, a content filter, or a conversion of the character set."},
     .may_be_meant = true},
    {.kind = {.id = "content.attachment-missing", .outcome = MF_FAIL, .scope = "message", .segment = MF_SEGMENT_CONTENT,
              .title = "An attachment is gone",
              .meaning = "A part that was sent did not arrive: a filter strips this type of file, or the message was rewritten as plain text.",
              .fix = "Look at the attachment rules of gateway and primary."},
     .may_be_meant = true},
    {.kind = {.id = "content.attachment-changed", .outcome = MF_FAIL, .scope = "message", .segment = MF_SEGMENT_CONTENT,
              .title = "An attachment is not the same",
              .meaning = "A part arrived with other bytes than were sent: replaced, disarmed, cut or converted.",
              .fix = "Look at filters that rebuild documents, and at conversions of text parts."},
     .may_be_meant = true},
    {.kind = {.id = "content.attachment-added", .outcome = MF_FAIL, .scope = "message", .segment = MF_SEGMENT_CONTENT,
              .title = "An attachment is there that was not sent",
              .meaning = "A file was added on the way: a notice that something was removed, winmail.dat, a list's footer as a part of its own.",
              .fix = "Look for the rule that adds it."},
     .may_be_meant = true},
    {.kind = {.id = "message.no-date", .outcome = MF_PASS, .scope = "identity", .segment = MF_SEGMENT_CONTENT,
              .title = "Mail is sent without a Date",
              .meaning = "RFC 5322 wants exactly one Date, and the message was handed over without. Applications that put their mail "
                         "together themselves forget it. The first server may add one (and break a signature made before); filters take "
                         "mail without it for spam, and clients sort it wrongly.",
              .fix = "Let the application set Date, with its time zone; or hand over by submission (587), where the server adds it."},
     .may_be_meant = true},
    {.kind = {.id = "message.no-id", .outcome = MF_PASS, .scope = "identity", .segment = MF_SEGMENT_CONTENT,
              .title = "Mail is sent without a Message-ID",
              .meaning = "The message was handed over without a Message-ID. Answers then find no thread, copies can't be recognised as "
                         "the same message, logs can't be searched for it, and filters take it for spam.",
              .fix = "Let the application make a Message-ID, a new one for each message, with its own domain behind the @."},
     .may_be_meant = true},
    {.kind = {.id = "message.date-wrong", .outcome = MF_PASS, .scope = "identity", .segment = MF_SEGMENT_CONTENT,
              .title = "The sender's clock is wrong",
              .meaning = "Date is far from the time at which the message was handed over. Off by whole quarters of an hour the clock is "
                         "right and its time zone is wrong: local time with +0000 behind it. Such mail is sorted wrongly in mailboxes; "
                         "from the future it is often taken for spam.",
              .fix = "Set clock (NTP) and time zone of the machine that sends; or let the application write the zone that it means."},
     .may_be_meant = true},
    {.kind = {.id = "content.text-differs", .outcome = MF_FAIL, .scope = "message", .segment = MF_SEGMENT_CONTENT,
              .title = "The text is not what the scenario expects",
              .meaning = "The expectation `text` does not fit the text that arrived.",
              .fix = "Correct the expectation, or what changes the text."}},
    {.kind = {.id = "header.differs", .outcome = MF_FAIL, .scope = "message", .segment = MF_SEGMENT_CONTENT,
              .title = "A header field is not what the scenario expects",
              .meaning = "No field of that name fits the expectation `header`.",
              .fix = "Correct the expectation, or what sets the field."}},
    {.kind = {.id = "header.missing", .outcome = MF_FAIL, .scope = "message", .segment = MF_SEGMENT_CONTENT,
              .title = "A header field is missing",
              .meaning = "The scenario expects a field that the message does not have.",
              .fix = "Look at the server that should add it, or at one that removes it."}},
    {.kind = {.id = "header.forbidden", .outcome = MF_FAIL, .scope = "message", .segment = MF_SEGMENT_CONTENT,
              .title = "A header field is there that must not be",
              .meaning = "The scenario forbids the field (`no-header`), and the message arrived with it: internal names, addresses of "
                         "clients or names of programs leave the house.",
              .fix = "Remove the field at the border (header_checks, transport rules)."}},
};

const struct mf_entries mf_content_entries = {entries, sizeof entries / sizeof *entries};

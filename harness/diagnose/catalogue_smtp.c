/* Findings about handing a message over: what the first server said. */
#include "diagnose/catalogue_internal.h"

static const struct mf_entry entries[] = {
    {.kind = {.id = "relay.denied", .outcome = MF_FAIL, .scope = "identity", .segment = MF_SEGMENT_SMTP,
              .title = "An application may not relay",
              .meaning = "The gateway accepts mail from registered servers and for registered sender domains only, and it refused "
                         "this one: the address of the application's server is not registered (or its sender's domain is not). "
                         "After a cut-over this is the usual reason why applications fall silent.",
              .fix = "Register the application's source address at the gateway, as it is seen from there (behind NAT: the public "
                     "one), and add it to the SPF record.",
              .explains = MF_EXPLAINS(MF_NEVER_ARRIVED)},
     .link = MF_LINK_ADDRESS},
    {.kind = {.id = "relay.gateway-refused", .outcome = MF_FAIL, .scope = "server", .segment = MF_SEGMENT_HOP,
              .title = "A server of the house does not let the gateway in",
              .meaning = "The gateway took the message and could not hand it on: the primary, or the secondary, refused the gateway's "
                         "address. It is set to take mail from the gateway only, and its list lacks the address that the gateway uses "
                         "now (vendors add and change them).",
              .fix = "Admit the gateway's addresses at that server; ask its vendor for the whole list.",
              .explains = MF_EXPLAINS(MF_NEVER_ARRIVED)},
     .link = MF_LINK_ADDRESS},
    {.kind = {.id = "smtp.sender-refused", .outcome = MF_FAIL, .scope = "identity", .segment = MF_SEGMENT_SMTP,
              .title = "A server refuses the sender address",
              .meaning = "The refusal is about the envelope sender: its domain does not exist for that server, the address is not registered "
                         "there, or the user who logged in may not send as it.",
              .fix = "Register the sender address, or its domain, at that server; or let the user send as it (sender-login map, \"send as\").",
              .explains = MF_EXPLAINS(MF_NEVER_ARRIVED)},
     .link = MF_LINK_MESSAGE},
    {.kind = {.id = "smtp.helo-refused", .outcome = MF_FAIL, .scope = "server", .segment = MF_SEGMENT_SMTP,
              .title = "A server refuses the EHLO name",
              .meaning = "The refusal is about the name in EHLO: it is no fully qualified name, does not exist in DNS, or does not fit the "
                         "address. Applications often greet with \"localhost\" or a bare host name.",
              .fix = "Let the sending host greet with its full name in DNS (in the site: helo)."}},
    {.kind = {.id = "smtp.domain-not-served", .outcome = MF_FAIL, .scope = "server", .segment = MF_SEGMENT_SMTP,
              .title = "A server does not take mail for the domain",
              .meaning = "The server that should take mail for the domain refused it as relaying (\"relay access denied\"): the domain "
                         "is not set up there, or not yet verified, or the MX leads to another customer's server.",
              .fix = "Add the domain at that server as one that it takes mail for, with the primary as its destination."}},
    {.kind = {.id = "smtp.recipient-unknown", .outcome = MF_FAIL, .scope = "identity", .segment = MF_SEGMENT_SMTP,
              .title = "The server does not know the recipient",
              .meaning = "The recipient was refused as unknown. After a cut-over: the address was not created or synchronised at "
                         "the gateway, or the gateway checks recipients against the wrong server.",
              .fix = "Create the address there, or synchronise the gateway's list of recipients."}},
    {.kind = {.id = "smtp.too-large", .outcome = MF_FAIL, .scope = "server", .segment = MF_SEGMENT_SMTP,
              .title = "The message is larger than a hop allows",
              .meaning = "The server refused the message for its size (552, 5.3.4). Limits differ from hop to hop; the smallest on "
                         "the way counts, after base64 has made attachments a third larger.",
              .fix = "Raise the limit of that hop, or send smaller.",
              .explains = MF_EXPLAINS(MF_NEVER_ARRIVED)},
     .link = MF_LINK_MESSAGE},
    {.kind = {.id = "mailbox.full", .outcome = MF_FAIL, .scope = "mailbox", .segment = MF_SEGMENT_STORE,
              .title = "A mailbox is full",
              .meaning = "The server that has the mailbox refused the message, or put it off, because the mailbox is over its quota "
                         "(4.2.2, 5.2.2). Mail for it comes back to its senders until there is room.",
              .fix = "Make room in the mailbox or raise its quota; for a continuity mailbox, shorten how long copies are kept.",
              .explains = MF_EXPLAINS(MF_NEVER_ARRIVED)},
     .link = MF_LINK_ADDRESS},
    {.kind = {.id = "smtp.rate-limited", .outcome = MF_FAIL, .scope = "server", .segment = MF_SEGMENT_SMTP,
              .title = "A server takes no more for now: a rate limit",
              .meaning = "The server took some messages and then refused or put off others with words about a rate, a number of "
                         "connections or a daily volume (4.7.x, 5.7.28). That is a cap and no fault of the routing; mail of an "
                         "application that sends in bursts will meet it.",
              .fix = "Let the server allow more for that address; or set limits: {messages: …} in the site to what it allows, and let "
                     "applications spread their mail.",
              .explains = MF_EXPLAINS(MF_NEVER_ARRIVED)},
     .link = MF_LINK_ADDRESS},
    {.kind = {.id = "smtp.blocked", .outcome = MF_FAIL, .scope = "server", .segment = MF_SEGMENT_SMTP,
              .title = "A server takes the message, or its sender, for spam",
              .meaning = "The refusal names spam, a virus, a kind of attachment, a blocklist, the reputation of the sending address or its "
                         "missing reverse name. The routing is right up to that server; its filter is not content.",
              .fix = "Follow the server's words: take the address off the blocklist, publish its reverse name, or let the filter know "
                     "the sender.",
              .explains = MF_EXPLAINS(MF_NEVER_ARRIVED)},
     .link = MF_LINK_ADDRESS},
    {.kind = {.id = "dkim.signer-broken", .outcome = MF_FAIL, .scope = "server", .segment = MF_SEGMENT_SMTP,
              .title = "The signer can't sign",
              .meaning = "The server that should sign took the message and refused it, or put it off, because signing failed: its private "
                         "key can't be read, is too short (below 1024 bits), or does not fit its table of domains. Nothing goes out "
                         "until it is mended; the routing is right.",
              .fix = "Look at the signer's log, its key file and its table of keys at that server.",
              .explains = MF_EXPLAINS(MF_NEVER_ARRIVED)},
     .link = MF_LINK_ADDRESS},
    {.kind = {.id = "smtp.utf8-refused", .outcome = MF_FAIL, .scope = "server", .segment = MF_SEGMENT_SMTP,
              .title = "A hop can't carry addresses or headers beyond ASCII",
              .meaning = "The message needs SMTPUTF8 or 8BITMIME (RFC 6531, 6152), and a server on its way does not speak it, so it was "
                         "refused or came back (5.6.7 and the like). One such hop is enough.",
              .fix = "Switch SMTPUTF8 on at that server; until then, use the address's ASCII form.",
              .explains = MF_EXPLAINS(MF_NEVER_ARRIVED)},
     .link = MF_LINK_MESSAGE},
    {.kind = {.id = "smtp.unauthenticated", .outcome = MF_FAIL, .scope = "server", .segment = MF_SEGMENT_SMTP,
              .title = "A server refuses the mail because SPF, DKIM or DMARC fails there",
              .meaning = "The server's words say that the message failed SPF, DKIM or DMARC (5.7.20 to 5.7.26, RFC 7372), so it refused "
                         "it. A domain with -all or a DMARC policy of reject asks receivers to do just that.",
              .fix = "Let every server that sends for the domain be covered by SPF and sign with DKIM, aligned with From.",
              .explains = MF_EXPLAINS(MF_NEVER_ARRIVED)},
     .link = MF_LINK_ADDRESS},
    {.kind = {.id = "path.loop", .outcome = MF_FAIL, .scope = "server", .segment = MF_SEGMENT_HOP,
              .title = "Mail goes round in circles",
              .meaning = "A server refused the message because it had passed there too often (5.4.6, 5.4.14, \"too many hops\"). Two "
                         "servers each think that the other one has the mailbox: usually primary and secondary forwarding to each other.",
              .fix = "Decide which server has the mailbox; take the forwarding away from the other one.",
              .explains = MF_EXPLAINS(MF_NEVER_ARRIVED, "mail.bounced", "copy.duplicate", "copy.late", "copy.too-late")},
     .link = MF_LINK_ADDRESS},
    {.kind = {.id = "smtp.refused", .outcome = MF_FAIL, .scope = "server", .segment = MF_SEGMENT_SMTP,
              .title = "The message was refused",
              .meaning = "The server refused the message for good (5xx). Its own words say why.",
              .fix = "Follow the server's words; look at its log for the session."}},
    {.kind = {.id = "smtp.deferred", .outcome = MF_FAIL, .scope = "server", .segment = MF_SEGMENT_SMTP,
              .title = "The message was put off until there was no more time",
              .meaning = "The server answered 4xx to every try until the time for handing over was used up. A greylisting server "
                         "would have taken it at a later try; a full or overloaded one goes on refusing.",
              .fix = "Follow the server's words: rate limit, full disk, a look-up that fails over there."}},
    {.kind = {.id = "smtp.delayed", .outcome = MF_PASS, .scope = "server", .segment = MF_SEGMENT_SMTP,
              .title = "The message was taken at a later try",
              .meaning = "The server answered 4xx first and took the message later: greylisting, or load. That is a delay and no failure.",
              .fix = "Nothing, if it is greylisting; exempt known senders from it where the delay hurts."},
     .may_be_meant = true},
    {.kind = {.id = "smtp.outcome-unknown", .outcome = MF_ERROR, .scope = "message", .segment = MF_SEGMENT_SMTP,
              .title = "It is not known whether the message was taken",
              .meaning = "The connection was lost after the message's data and before the reply: it may have been taken or not, and no "
                         "copy of it was seen. It is never sent again silently, since that could double it.",
              .fix = "Look into the server's log for the session, then run again."}},
    {.kind = {.id = "smtp.accepted-unexpectedly", .outcome = MF_FAIL, .scope = "message", .segment = MF_SEGMENT_SMTP,
              .title = "A message was taken that should have been refused",
              .meaning = "The expectation is a refusal, and the server took the message with 250: an open relay, a gateway that can "
                         "be bypassed, or a check of senders or recipients that is switched off.",
              .fix = "Close the door that took it: allow the gateway only, check recipients at RCPT, demand a login."},
     .may_be_meant = true},
    {.kind = {.id = "relay.open", .outcome = MF_FAIL, .scope = "server", .segment = MF_SEGMENT_SMTP,
              .title = "A server relays for strangers (open relay)",
              .meaning = "The server took a message from somebody outside to somebody outside, without a login. Spammers find such a server "
                         "within hours; then its address is on every blocklist and the domain's own mail is refused.",
              .fix = "Let the server relay only for registered addresses and for those who log in.",
              .explains = MF_EXPLAINS("mail.bounced")},
     .link = MF_LINK_MESSAGE},
    {.kind = {.id = "path.bypass-open", .outcome = MF_FAIL, .scope = "server", .segment = MF_SEGMENT_SMTP,
              .title = "The primary takes mail straight from the Internet",
              .meaning = "The gateway can be bypassed: the primary took a message from outside at its port 25 that did not come by the "
                         "gateway. Spammers try old MX hosts and addresses for years; what enters there is not filtered, and is not copied.",
              .fix = "Let the primary take mail at port 25 from the gateway's addresses only.",
              .explains = MF_EXPLAINS("mail.bounced")},
     .link = MF_LINK_MESSAGE, .may_be_meant = true},
    {.kind = {.id = "smtp.wrong-reply", .outcome = MF_FAIL, .scope = "message", .segment = MF_SEGMENT_SMTP,
              .title = "Refused, but not with the reply that was expected",
              .meaning = "The message was refused with another code, in another phase or with other words. Servers choose the phase: "
                         "Postfix refuses a sender at RCPT.",
              .fix = "If the reply is all right, loosen the expectation: leave out the phase or the code that differs."},
     .may_be_meant = true},
    {.kind = {.id = "mail.bounced", .outcome = MF_FAIL, .scope = "identity", .segment = MF_SEGMENT_HOP,
              .title = "The message came back as a bounce",
              .meaning = "A server on the way took the message and could not hand it on; it sent a delivery status notification "
                         "(RFC 3464) to the sender. The notice names the server and the words of the one that refused.",
              .fix = "Follow the diagnostic in the notice; the refusing server's log knows more.",
              .explains = MF_EXPLAINS(MF_NEVER_ARRIVED)},
     .link = MF_LINK_ADDRESS},
    {.kind = {.id = "copy.bounced", .outcome = MF_FAIL, .scope = "server", .segment = MF_SEGMENT_HOP,
              .title = "The secondary refuses copies, and the senders get bounces",
              .meaning = "The message itself arrives, and the copy for the secondary is refused there, mostly because the user was "
                         "never made (5.1.1). The notice goes to the original sender: every customer who writes gets an error for "
                         "mail that was delivered, with an address in it that he never wrote to.",
              .fix = "Make the user at the secondary; and let copies leave with an envelope sender of your own, or none, so that what "
                     "goes wrong with them is told to you and not to the sender.",
              .explains = MF_EXPLAINS(MF_NEVER_ARRIVED)},
     .link = MF_LINK_ADDRESS},
    {.kind = {.id = "smtp.backscatter", .outcome = MF_FAIL, .scope = "identity", .segment = MF_SEGMENT_SMTP,
              .title = "An unknown recipient is accepted, and bounced later",
              .meaning = "The server took with 250 what it should have refused at RCPT, and a bounce came to the envelope sender later. "
                         "Spam with forged senders makes a server that does so send its bounces to strangers (backscatter), until "
                         "blocklists have it.",
              .fix = "Let the first server check recipients at RCPT: synchronise its list of recipients, or let it ask the server behind.",
              .explains = MF_EXPLAINS("smtp.accepted-unexpectedly")},
     .link = MF_LINK_MESSAGE, .may_be_meant = true},
    {.kind = {.id = "bounce.missing", .outcome = MF_FAIL, .scope = "mailbox", .segment = MF_SEGMENT_STORE,
              .title = "A bounce that is expected did not come",
              .meaning = "The message was taken, and within the time no delivery status notification for it came to the sender's "
                         "mailbox, of which every folder was searched. The message was delivered, deleted or is still in a queue; or "
                         "the notice itself was filtered away: gateways often drop mail with a null sender.",
              .fix = "Follow the message by its queue id; look whether the gateway lets bounces (null sender) in."},
     .may_be_meant = true},
    {.kind = {.id = "bounce.other", .outcome = MF_FAIL, .scope = "mailbox", .segment = MF_SEGMENT_HOP,
              .title = "A bounce came, but not the one that is expected",
              .meaning = "A delivery status notification for the message came and says something else than the scenario expects: another "
                         "action, status or wording, or it came to another mailbox.",
              .fix = "If the bounce is all right, correct the expectation; else follow the words of the server that refused.",
              .explains = MF_EXPLAINS("mail.bounced", "path.loop")},
     .link = MF_LINK_ARRIVAL, .may_be_meant = true},
    {.kind = {.id = "mail.delay-notice", .outcome = MF_PASS, .scope = "identity", .segment = MF_SEGMENT_HOP,
              .title = "A server says that it could not hand the message on yet",
              .meaning = "A delay notice (RFC 3464, Action: delayed) came back: the message waits in a queue on the way.",
              .fix = "Look why the next hop does not take it; it is in the notice."}},
};

const struct mf_entries mf_smtp_entries = {entries, sizeof entries / sizeof *entries};

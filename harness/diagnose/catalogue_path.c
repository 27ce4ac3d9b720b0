/* Findings about the way a message took. */
#include "diagnose/catalogue_internal.h"

static const struct mf_entry entries[] = {
    {.kind = {.id = "path.gateway-bypassed", .outcome = MF_FAIL, .scope = "server", .segment = MF_SEGMENT_HOP,
              .title = "Mail goes around the gateway",
              .meaning = "The message arrived without having passed the gateway, by its Received fields. It was neither filtered nor "
                         "signed there, and the gateway could make no copy of it: the smart host of the sending server is still the "
                         "old one, or an old MX still takes mail.",
              .fix = "Set the gateway as smart host of the server that sent it; inbound, let the MX be the gateway alone.",
              .explains = MF_EXPLAINS("dkim.unsigned", "dkim.unaligned", "dkim.other-signer", "spf.fail", "spf.softfail", "dmarc.fail",
                                      MF_NEVER_ARRIVED)},
     .link = MF_LINK_MESSAGE, .may_be_meant = true},
    {.kind = {.id = "path.wrong-destination", .outcome = MF_FAIL, .scope = "server", .segment = MF_SEGMENT_HOP,
              .title = "Mail for the domain is handed to a server that is not ours",
              .meaning = "A server on the way, the gateway as a rule, handed mail for our domain to a host that is none of the site's, and "
                         "that one refused it: the destination set for the domain is still the old server, or mistyped. Or it would "
                         "hand the mail to itself (\"mail loops back to myself\"), since it does not know whose the domain is.",
              .fix = "Set the destination of the domain at the gateway to the primary.",
              .explains = MF_EXPLAINS(MF_NEVER_ARRIVED)},
     .link = MF_LINK_ADDRESS},
    {.kind = {.id = "path.missing-hop", .outcome = MF_FAIL, .scope = "server", .segment = MF_SEGMENT_HOP,
              .title = "Mail does not pass a server that it should pass",
              .meaning = "A server or host that the scenario expects on the way is in none of the message's Received fields.",
              .fix = "Correct the route; or the names by which the server calls itself: hosts in the site file."},
     .may_be_meant = true},
    {.kind = {.id = "path.wrong-order", .outcome = MF_FAIL, .scope = "server", .segment = MF_SEGMENT_HOP,
              .title = "Mail passes the servers in another order",
              .meaning = "All servers are there, in another order than the scenario expects.",
              .fix = "Correct the route, or the order in `through`."},
     .may_be_meant = true},
    {.kind = {.id = "path.forbidden-hop", .outcome = MF_FAIL, .scope = "server", .segment = MF_SEGMENT_HOP,
              .title = "Mail passes a server that it must not pass",
              .meaning = "A server that the scenario forbids is in the message's Received fields.",
              .fix = "Correct the route that leads there."},
     .may_be_meant = true},
    {.kind = {.id = "path.internal-through-gateway", .outcome = MF_PASS, .scope = "server", .segment = MF_SEGMENT_HOP,
              .title = "Internal mail leaves the house",
              .meaning = "Mail between two users went out to the gateway and came back. That works, but it depends on the Internet "
                         "link, takes longer and counts against the gateway's limits: the primary does not know that the domain is its own.",
              .fix = "Let the primary deliver its own domain itself (accepted domain, local transport)."},
     .may_be_meant = true},
    {.kind = {.id = "path.sender-changed", .outcome = MF_PASS, .scope = "identity", .segment = MF_SEGMENT_HOP,
              .title = "The envelope sender is changed on the way",
              .meaning = "Return-Path, written at final delivery, is another address than the envelope sender that was handed over: "
                         "bounces go to somebody else, or to nobody. SPF is looked up for that domain, and its pass does not count for "
                         "DMARC where it is not From's. Forms that mark the same sender (SRS, VERP, BATV, an extension, a subdomain "
                         "for bounces) are not meant by this.",
              .fix = "Look for address rewriting of envelopes (canonical or generic maps, a sender set for a route).",
              .explains = MF_EXPLAINS("spf.unaligned")},
     .link = MF_LINK_ARRIVAL, .may_be_meant = true},
    {.kind = {.id = "path.clock-skew", .outcome = MF_PASS, .scope = "server", .segment = MF_SEGMENT_HOP,
              .title = "A server's clock is wrong",
              .meaning = "A time stamp in a Received field lies before the message was sent or after it was seen. Delays can't be read "
                         "from such times, DKIM signatures may look expired or from the future, and certificates invalid. If every "
                         "server seems to be wrong by the same time, it is this host's clock.",
              .fix = "Set the clock (NTP) and the time zone of that server."},
     .may_be_meant = true},
};

const struct mf_entries mf_path_entries = {entries, sizeof entries / sizeof *entries};

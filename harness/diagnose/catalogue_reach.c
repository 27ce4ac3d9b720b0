/* Findings about what could not be reached or read: they say nothing about the mail itself. */
#include "diagnose/catalogue_internal.h"

static const struct mf_entry entries[] = {
    {.kind = {.id = "dns.unreachable", .outcome = MF_ERROR, .scope = "domain", .segment = MF_SEGMENT_DNS,
              .title = "The names of a domain can't be looked up",
              .meaning = "DNS gave no answer about names of this domain (SERVFAIL, timeout, forged): its name servers are down, the zone "
                         "was refused when it was loaded, the delegation is broken, or the resolver that was asked does not work. "
                         "Nothing could be sent to its servers or read there.",
              .fix = "Ask each authoritative name server for the SOA of the domain; look into its log for the zone. Then the resolver."}},
    {.kind = {.id = "dns.resolver-down", .outcome = MF_ERROR, .scope = "server", .segment = MF_SEGMENT_DNS,
              .title = "The resolver does not answer",
              .meaning = "Not one look-up in this run had an answer, so the resolver that was asked is down or can't be reached. "
                         "Nothing is known about the mail.",
              .fix = "Look at the resolver; or name another one: resolver: ADDR in the site, MAILFLOW_RESOLVER in the environment."}},
    {.kind = {.id = "dns.no-address", .outcome = MF_ERROR, .scope = "server", .segment = MF_SEGMENT_DNS,
              .title = "A server's name has no address in DNS",
              .meaning = "DNS says for certain that the name does not exist, or has no address (or the domain no MX). The site file names "
                         "it, so either it is written wrongly there or not published.",
              .fix = "Correct the name in the site file, or publish its address."}},
    {.kind = {.id = "server.down", .outcome = MF_ERROR, .scope = "server", .segment = MF_SEGMENT_CONNECT,
              .title = "A server does not answer",
              .meaning = "No connection came about to a door of this server, and nothing else of it answered during the run. "
                         "Whatever depends on it could not be found out: mail that should be handed over there was not sent, and "
                         "whether mail arrived there is not known. That is no statement about the mail.",
              .fix = "Start the server, or let this host reach it (firewall, name in DNS, port), and run again. If it is meant to "
                     "be down, the scenario should say so.",
              .explains = MF_EXPLAINS("mailbox.unreadable", "smtp.unreachable", "login.refused", "smtp.auth-refused", "copy.missing", "copy.sender-dropped")},
     .link = MF_LINK_SERVER},
    {.kind = {.id = "smtp.unreachable", .outcome = MF_ERROR, .scope = "server", .segment = MF_SEGMENT_CONNECT,
              .title = "The first hop could not be reached",
              .meaning = "The door through which the message should have been handed over did not take the connection, hung up, or "
                         "did not speak SMTP in time. Nothing was sent.",
              .fix = "Look at the host, the port and the reason given; try `mailflow check` from the same place.",
              .explains = MF_EXPLAINS("copy.missing", "copy.sender-dropped")},
     .link = MF_LINK_SERVER},
    {.kind = {.id = "tls.untrusted", .outcome = MF_ERROR, .scope = "server", .segment = MF_SEGMENT_TLS,
              .title = "A certificate is not trusted",
              .meaning = "The server's certificate is not signed by an authority that this host, or the site file (tls: ca), trusts: "
                         "self-signed, an intermediate certificate is not sent along, or somebody sits in between. Nothing was "
                         "sent over such a connection, and no password.",
              .fix = "Let the server send its whole chain, or name the authority in the site: tls: {ca: FILE}."}},
    {.kind = {.id = "tls.name", .outcome = MF_ERROR, .scope = "server", .segment = MF_SEGMENT_TLS,
              .title = "A certificate is for another name",
              .meaning = "The name by which the server was reached is not among the names in its certificate. Mail programs refuse "
                         "such a server or frighten their users.",
              .fix = "Use the name that is in the certificate, or get a certificate with this name."}},
    {.kind = {.id = "tls.expired", .outcome = MF_ERROR, .scope = "server", .segment = MF_SEGMENT_TLS,
              .title = "A certificate has expired",
              .meaning = "The certificate is past its last day (or its first day is still to come, or a clock is wrong).",
              .fix = "Renew the certificate and reload the server; a renewed file on disk is not enough."}},
    {.kind = {.id = "tls.failed", .outcome = MF_ERROR, .scope = "server", .segment = MF_SEGMENT_TLS,
              .title = "TLS could not be set up",
              .meaning = "The handshake failed, or STARTTLS is required and not offered. Credentials never travel in the clear, so "
                         "nothing was sent.",
              .fix = "Look at the reason given: protocol versions, STARTTLS switched off, a TLS port addressed without TLS."}},
    {.kind = {.id = "tls.client-certificate", .outcome = MF_ERROR, .scope = "server", .segment = MF_SEGMENT_TLS,
              .title = "A server demands a client certificate",
              .meaning = "The server refuses everybody who shows no certificate of his own. Mail programs have none, so people can't "
                         "send there either; between two servers it may be meant.",
              .fix = "Switch the demand off at that door (Postfix: smtpd_tls_req_ccert = no); or, where it is meant, give mailflow a "
                     "certificate: tls: {certificate: FILE, key: FILE} for that server in the site."}},
    {.kind = {.id = "smtp.auth-refused", .outcome = MF_ERROR, .scope = "server", .segment = MF_SEGMENT_LOGIN,
              .title = "The login for sending was refused",
              .meaning = "The submission server did not accept user and secret, so the message was never offered to it. The mail "
                         "flow is not to blame.",
              .fix = "Check user and secret in the site file; providers may want OAuth2 or SMTP AUTH switched on for the mailbox."}},
    {.kind = {.id = "login.refused", .outcome = MF_ERROR, .scope = "server", .segment = MF_SEGMENT_LOGIN,
              .title = "No login works at this server",
              .meaning = "Every mailbox that was tried at this server refused its login, so the secret or the way of logging in that "
                         "the site file gives for this server is wrong, or the server's own user data is out of order.",
              .fix = "Correct the login of the server in the site file, or repair the server's authentication.",
              .explains = MF_EXPLAINS("mailbox.unreadable", "smtp.auth-refused")},
     .link = MF_LINK_SERVER},
    {.kind = {.id = "mailbox.unreadable", .outcome = MF_ERROR, .scope = "mailbox", .segment = MF_SEGMENT_LOGIN,
              .title = "A mailbox could not be read",
              .meaning = "The mailbox could not be opened, or was lost for a time that no later look covered. Whether mail arrived "
                         "there is not known; that is neither a pass nor a failure.",
              .fix = "Look at the reason given: account locked or renamed, password changed, too many connections. Then run again, "
                     "or go on with `mailflow resume`.",
              .explains = MF_EXPLAINS("smtp.auth-refused")},
     .link = MF_LINK_LOGIN},
    {.kind = {.id = "dkim.key-unreachable", .outcome = MF_ERROR, .scope = "identity", .segment = MF_SEGMENT_DNS,
              .title = "DNS could not say whether the DKIM key is there",
              .meaning = "The look-up of the key failed (timeout, SERVFAIL, forged answer), so the signature could not be verified. "
                         "Receivers treat that as a temporary error and may try again or go without.",
              .fix = "Ask the authoritative name servers directly; look for a dead server, a broken delegation or DNSSEC."}},
    {.kind = {.id = "run.interrupted", .outcome = MF_ERROR, .scope = "message", .segment = MF_SEGMENT_MEASURE,
              .title = "The run ended before everything was known",
              .meaning = "The run was interrupted, or its waiting time ended, while some flows or records were still within "
                         "their deadlines. What was sent is in the journal; nothing of it is sent again.",
              .fix = "Go on waiting and judge then: mailflow resume DIR."}},
};

const struct mf_entries mf_reach_entries = {entries, sizeof entries / sizeof *entries};

/* Findings about the go-live's DNS records, as their sources publish them. */
#include "diagnose/catalogue_internal.h"

#define DNS(name, result, of, heading, text, remedy)                                                                   \
    .kind = {.id = name,                                                                                               \
             .outcome = result,                                                                                        \
             .scope = of,                                                                                              \
             .segment = MF_SEGMENT_DNS,                                                                                \
             .title = heading,                                                                                         \
             .meaning = text,                                                                                          \
             .fix = remedy}

/* What mail shows of a record that is wrong at its source; explained only where both are about the same key,
 * domain, address or host (dns_absorb.c). */
#define KEY_ABSENT .kind.explains = MF_EXPLAINS("dkim.key-missing")
#define KEY_SEEN                                                                                                       \
    .kind.explains = MF_EXPLAINS("dkim.key-missing", "dkim.key-broken", "dkim.key-revoked", "dkim.key-multiple",       \
                                 "dkim.key-unfit", "dkim.wrong-key", "auth.disagrees")
#define KEY_WEAK .kind.explains = MF_EXPLAINS("dkim.short-key", "dkim.weak-key")
#define KEY_TESTED .kind.explains = MF_EXPLAINS("dkim.test-mode")
#define SPF_SEEN                                                                                                       \
    .kind.explains = MF_EXPLAINS("spf.fail", "spf.fail-predicted", "spf.refused", "spf.softfail", "spf.neutral", "spf.none", "spf.permerror", "auth.disagrees")
#define DMARC_SEEN .kind.explains = MF_EXPLAINS("dmarc.none", "dmarc.permerror", "auth.disagrees")
#define MX_SEEN                                                                                                        \
    .kind.explains = MF_EXPLAINS("smtp.refused", "smtp.unreachable", "smtp.recipient-unknown", "smtp.domain-not-served", \
                                 "relay.denied", "dns.no-address", "path.gateway-bypassed", "path.missing-hop")

/* Whatever the resolver said of any of the records; by chance it asks the server that is behind. */
#define RESOLVER_SEEN                                                                                                  \
    .kind.explains =                                                                                                   \
        MF_EXPLAINS("smtp.refused", "smtp.unreachable", "smtp.recipient-unknown", "smtp.domain-not-served",            \
                    "relay.denied", "dns.no-address", "path.gateway-bypassed", "path.missing-hop",                     \
                    "dkim.key-missing", "dkim.key-broken", "dkim.key-revoked", "dkim.key-multiple", "dkim.key-unfit",  \
                    "dkim.wrong-key", "auth.disagrees", "spf.fail", "spf.fail-predicted", "spf.refused",               \
                    "spf.softfail", "spf.neutral", "spf.none", "spf.permerror", "dmarc.none", "dmarc.permerror")

static const struct mf_entry entries[] = {
    {DNS("dns.mx-missing", MF_FAIL, "domain", "The domain has no MX record",
         "Every name server says that there is no MX. Senders then try the domain's own address (implicit MX), or give "
         "up.",
         "Publish the MX records of the site file."),
     MX_SEEN},
    {DNS("dns.mx-differs", MF_FAIL, "domain", "The MX is another than expected",
         "The name servers agree on an MX that is not the site's: the change was not made yet, was made in another "
         "zone, or a "
         "preference or host is mistyped.",
         "Publish the MX records of the site file in place of all that are there."),
     MX_SEEN,
     .may_be_meant = true},
    {DNS("dns.mx-old-kept", MF_FAIL, "domain", "An MX too many is there",
         "The expected MX is there, and another beside it: usually the old server, kept as a backup. Mail can still "
         "enter there, "
         "around the gateway; spammers try the worst preference first.",
         "Delete every MX that is not in the site file."),
     MX_SEEN,
     .may_be_meant = true},
    {DNS("dns.mx-stale", MF_FAIL, "server", "A name server still answers the old MX",
         "The name servers of the zone disagree: one has the expected MX, this one another. Its copy of the zone is "
         "old (the transfer "
         "failed, the serial was not raised), or it is edited apart. Part of the mail goes the old way, by chance.",
         "Push the zone to that server, and look why it was not transferred."),
     RESOLVER_SEEN},
    {DNS("dns.mx-cname", MF_FAIL, "server", "The MX is an alias (CNAME)",
         "The host that the MX names is an alias. RFC 2181 10.3 and RFC 5321 5.1 forbid it: some senders refuse, "
         "others check the "
         "certificate and MTA-STS against the wrong name.",
         "Name the host at the end of the alias in the MX.")},
    {DNS("dns.mx-not-host", MF_FAIL, "server", "The MX names no host",
         "The MX holds an address instead of a name, or a name that does not exist or has no address: mistyped, or not "
         "published yet.",
         "Correct the host in the MX."),
     MX_SEEN},
    {DNS("dns.spf-missing", MF_FAIL, "domain", "There is no SPF record",
         "The domain has no TXT record that begins with v=spf1. Receivers can't tell forged mail from ours; DMARC has "
         "DKIM only.",
         "Publish the SPF record of the site file."),
     SPF_SEEN},
    {DNS("dns.spf-two", MF_FAIL, "domain", "There are two SPF records",
         "More than one TXT record of the domain begins with v=spf1, usually the old one left beside the new one. That "
         "is permerror "
         "(RFC 7208 4.5): SPF counts for nobody.",
         "Merge them into one, and delete the others."),
     SPF_SEEN},
    {DNS("dns.spf-softfail", MF_FAIL, "domain", "The SPF record does not end in -all",
         "~all or ?all (or no all) lets forged mail in, at most with a mark. The go-live asks for a hard fail.",
         "End the record in -all, once every sender is covered."),
     SPF_SEEN,
     .may_be_meant = true},
    {DNS("dns.spf-open", MF_FAIL, "domain", "The SPF record lets anybody send",
         "+all, an address range of the whole Internet, or an include of a record with one of them: every host in the "
         "world passes SPF for the domain, and with it DMARC. That is worse than no record.",
         "End the record in -all, and take out the term that lets everybody pass."),
     SPF_SEEN},
    {DNS("dns.spf-not-covered", MF_FAIL, "domain", "The SPF record does not cover a server that sends",
         "SPF was evaluated for the addresses of the mail server, the relay and each application of the site, and one "
         "of them does not "
         "pass. With -all, receivers (the gateway among them) refuse its mail, or delete it after saying 250.",
         "Add the include or the address to the record."),
     SPF_SEEN},
    {DNS("dns.spf-too-many-lookups", MF_FAIL, "domain", "The SPF record takes more than 10 look-ups",
         "Every include, a, mx, ptr, exists and redirect counts, also those within includes. Above 10 receivers stop "
         "and answer "
         "permerror (RFC 7208 4.6.4): senders that are matched late fail, whoever they are.",
         "Take out includes that are not needed any more, or write addresses in their place."),
     SPF_SEEN},
    {DNS("dns.spf-too-many-voids", MF_FAIL, "domain", "The SPF record looks up names that do not exist",
         "More than two look-ups of the record have no answer, which is permerror (RFC 7208 4.6.4).",
         "Take out the names that are gone."),
     SPF_SEEN},
    {DNS("dns.spf-broken", MF_FAIL, "domain", "The SPF record has a mistake",
         "A term of the record, or of one that it includes, can't be understood, an include leads to no record or in a "
         "circle: permerror. Or a TXT record is there that was meant as SPF, and does not begin with v=spf1 and a space.",
         "Correct the term that is named, in the record that is named."),
     SPF_SEEN},
    {DNS("dns.spf-differs", MF_FAIL, "domain", "The SPF record is another than expected",
         "There is one SPF record, it can be used and covers everybody that is known to send, but it is not the "
         "site's.",
         "Publish the site's record, or correct the site file."),
     SPF_SEEN,
     .may_be_meant = true},
    {DNS("dns.dkim-missing", MF_FAIL, "identity", "The DKIM key is not published",
         "The selector's name holds no record at any name server: not published yet, under another name or selector, or "
         "the alias (CNAME) there leads to nothing.",
         "Publish the record of the site file at the name given."),
     KEY_ABSENT},
    {DNS("dns.dkim-doubled-name", MF_FAIL, "identity", "The panel appended the domain to the DKIM key's name",
         "Nothing is at SELECTOR._domainkey.DOMAIN, but a key is at SELECTOR._domainkey.DOMAIN.DOMAIN: the panel "
         "appends the domain "
         "by itself.",
         "Enter the name without the domain."),
     KEY_ABSENT},
    {DNS("dns.dkim-two", MF_FAIL, "identity", "Two records are at the DKIM selector",
         "More than one TXT record is at the name. What receivers do then is not defined: some fail every signature.",
         "Leave only the signer's key there."),
     KEY_SEEN},
    {DNS("dns.dkim-revoked", MF_FAIL, "identity", "The DKIM key is revoked",
         "The record's p= is empty, which declares the key withdrawn; every signature with it fails.",
         "Publish the signer's key."),
     KEY_SEEN},
    {DNS("dns.dkim-quoted", MF_FAIL, "identity", "Quotes were pasted into the DKIM key",
         "The value holds quotes or backslashes, which belong to a zone file and not into a panel's field.",
         "Paste the value again, without quotes."),
     KEY_SEEN},
    {DNS("dns.dkim-cut", MF_FAIL, "identity", "The DKIM key is cut",
         "Only the beginning of the key is there, often 255 characters: a TXT record is made of strings of at most "
         "255, and the panel "
         "took only the first.",
         "Enter the value as several strings, or in a panel that cuts them by itself."),
     KEY_SEEN},
    {DNS("dns.dkim-broken", MF_FAIL, "identity", "The DKIM key can't be used",
         "The record is there, but is no usable key, or its tags forbid its use for mail.", "Paste the record again."),
     KEY_SEEN},
    {DNS("dns.dkim-test-mode", MF_FAIL, "identity", "The DKIM key is in test mode",
         "t=y asks receivers to treat mail with this key as if it were unsigned (RFC 6376 3.6.1).",
         "Take t=y out of the record."),
     KEY_TESTED,
     .may_be_meant = true},
    {DNS("dns.dkim-other-key", MF_FAIL, "identity", "DNS holds another DKIM key than the site's",
         "The selector holds a usable key, and it is not the one of the site file: made from another key pair, or of "
         "another customer.",
         "Publish the record of the site file; if that is old, ask the signer's operator for the record again."),
     KEY_SEEN},
    {DNS("dns.dkim-differs", MF_FAIL, "identity", "The DKIM record differs from the site's",
         "The key is the same and other tags differ, or the selector's alias (CNAME) leads elsewhere.",
         "Publish the record of the site file, or correct that."),
     KEY_SEEN,
     .may_be_meant = true},
    {DNS("dns.dkim-weak", MF_FAIL, "identity", "The DKIM key is short",
         "RFC 8301: keys below 1024 bits are not valid, 2048 are advised.", "Let the signer make a key of 2048 bits."),
     KEY_WEAK},
    {DNS("dns.dmarc-missing", MF_FAIL, "domain", "There is no DMARC record",
         "_dmarc of the domain holds no record that begins with v=DMARC1.", "Publish the record of the site file."),
     DMARC_SEEN},
    {DNS("dns.dmarc-two", MF_FAIL, "domain", "There are two DMARC records",
         "More than one record at _dmarc begins with v=DMARC1; receivers then ignore them all (RFC 9989).",
         "Leave only one."),
     DMARC_SEEN},
    {DNS("dns.dmarc-broken", MF_FAIL, "domain", "The DMARC record does not count",
         "A tag that must be understood is not, a policy above all, and without report address the record is ignored. Or "
         "it does not begin with v=DMARC1 and a semicolon, which is as good as none.",
         "Publish the record of the site file."),
     DMARC_SEEN},
    {DNS("dns.dmarc-differs", MF_FAIL, "domain", "The DMARC record is another than expected",
         "There is one record, and it can be used, but it is not the site's.",
         "Publish the site's record, or correct the site file."),
     DMARC_SEEN,
     .may_be_meant = true},
    {DNS("dns.dmarc-no-rua", MF_PASS, "domain", "Nobody gets DMARC reports",
         "The record has no rua= address. p=none is fine at go-live, but its use is to learn from reports who fails, "
         "before the policy "
         "gets strict.",
         "Add rua=mailto:ADDRESS to the record.")},
    {DNS("dns.dmarc-report-refused", MF_PASS, "domain", "The domain that DMARC reports go to does not accept them",
         "rua= names an address in another domain, which must publish DOMAIN._report._dmarc.THEIRS with v=DMARC1 (RFC "
         "9990); without it "
         "receivers send no reports there.",
         "Let that domain publish the record, or take an address of your own.")},
    {DNS("dns.record-missing", MF_FAIL, "domain", "A record of the site's table is not there",
         "Every name server says that there is no such record at a name that the site's table has under more: not "
         "published yet, or at another name.",
         "Publish the record of the site file at the name given.")},
    {DNS("dns.record-differs", MF_FAIL, "domain", "A record is another than expected",
         "The name servers agree on another record than the site's table has under more, or on more of them: not changed "
         "yet, or an old one was left beside the new one.",
         "Publish the record of the site file in place of what is there, or correct the site file."),
     .may_be_meant = true},
    {DNS("dns.record-stale", MF_FAIL, "server", "A name server has another zone than the others",
         "The name servers of the zone disagree: at least one has the expected record, this one has not. Its copy is "
         "old, or it is "
         "edited apart.",
         "Push the zone to that server, and look why it was not transferred."),
     RESOLVER_SEEN},
    {DNS("dns.server-dead", MF_ERROR, "server", "A name server of the zone does not answer",
         "The zone's NS records name it, and it does not answer here, so what it publishes is not known. That says "
         "nothing about the "
         "records; resolvers that ask it wait, then take another.",
         "Start it, open its port 53 for UDP and TCP, or take it out of the NS records and at the registrar.")},
    {DNS("dns.server-lame", MF_FAIL, "server", "A name server does not speak for the zone",
         "The zone's NS records name it, and it answers without authority, refuses, or fails: the zone was never "
         "loaded there, or was "
         "dropped after an error.",
         "Load the zone there, or take the server out of the NS records.")},
    {DNS("dns.cached", MF_PASS, "server", "A cache still holds what was there before",
         "The name servers answer as expected and the resolver does not, yet: caches keep an answer, also the one that "
         "there is none, as long as its "
         "TTL says.",
         "Wait; lower TTLs a day before the next change."),
     RESOLVER_SEEN},
    {DNS("dns.split-horizon", MF_PASS, "server", "The resolver has a zone of its own for the domain",
         "The name servers answer as expected and the resolver does not, and that is no cache: it answers with "
         "authority, it still says so when the TTL is over, its TTL does not count down, or it gives addresses of an "
         "inner network. Inside and outside then see different records (split horizon), so the change has to be made "
         "twice.",
         "Make the same change in the inner zone, too."),
     RESOLVER_SEEN},
    {DNS("dns.intercepted", MF_ERROR, "domain", "Something on the way answers DNS in place of the name servers",
         "Questions to port 53 of the zone's name servers are answered by somebody else: an address that nobody has "
         "answers too (then it is sure), or all of them answer as a resolver does, without authority (AA) and offering "
         "recursion (RA). Firewalls, boxes of providers, VPN and security clients do that. What the name servers "
         "publish can't be known from such a place.",
         "Let this host reach port 53 of the Internet by UDP and TCP, or look from another network.")},
    {DNS("dns.no-tcp", MF_PASS, "server", "A name server takes no TCP",
         "It answers over UDP and not over TCP, which RFC 7766 requires. An answer that does not fit into a UDP "
         "reply (a long key, many TXT records, DNSSEC) can't be fetched there. Where that was the answer asked for, it "
         "is not known.",
         "Let the server listen on TCP port 53, and open it in every firewall before it.")},
    {DNS("dns.delegation-differs", MF_PASS, "domain", "The delegation names other name servers than the zone",
         "The zone above (the registrar's entry) and the zone itself, or two of its servers, name different name "
         "servers. Resolvers use either list: a server that only one list has may hold an old zone, and is asked by "
         "some.",
         "Make both lists the same; take what is not used any more out of both.")},
    {DNS("dns.ns-no-address", MF_PASS, "server", "A name server has no address",
         "An NS record names a host that does not exist or has no address. Resolvers that choose it lose time.",
         "Publish its address, or take it out of the NS records.")},
    {DNS("dns.client-names", MF_PASS, "domain", "Mail programs are still led to another server",
         "autodiscover, autoconfig or SRV names of the domain (RFC 6186) lead to a server that the site does not have, "
         "usually the old one, or say that there is no such service where the site has it. Programs that set themselves "
         "up go there, and people see an empty or dead mailbox, or they find nothing.",
         "Point the names at the new server, or delete them.")},
    {DNS("dns.mta-sts-mx", MF_PASS, "domain", "The MTA-STS policy does not name the new MX",
         "The domain announces an MTA-STS policy (RFC 8461), and its list of MX hosts lacks the expected one. With "
         "mode enforce, large "
         "senders will not deliver to the new MX, for as long as they keep the policy (max_age).",
         "Publish a policy with the new MX first, then change the id in the _mta-sts record.")},
    {DNS("dns.mta-sts-broken", MF_PASS, "domain", "The MTA-STS policy can't be used",
         "The domain announces an MTA-STS policy (RFC 8461), but the page is not there, can't be read, or its "
         "certificate is not right. "
         "Senders that have an older policy go on with that one.",
         "Publish the page, or delete the _mta-sts record.")},
    {DNS("dns.mta-sts-record", MF_PASS, "domain", "The MTA-STS record does not count",
         "The TXT record at _mta-sts (RFC 8461 3.1) is there twice, lacks its id=, or has one with other characters "
         "than letters and digits. Senders then take it that the domain has no MTA-STS.",
         "Leave one record: v=STSv1; id=, with a new id of letters and digits.")},
    {DNS("dns.mta-sts-unannounced", MF_PASS, "domain", "An MTA-STS policy that no record announces",
         "The page of the policy is there, and there is no TXT record at _mta-sts that leads senders to it, so that "
         "nobody fetches it.",
         "Publish the record, or take the page away.")},
    {DNS("dns.tls-rpt-missing", MF_PASS, "domain", "Nobody hears of senders that can't deliver by TLS",
         "The domain has an MTA-STS policy or its MX has TLSA records (DANE), so that senders insist on TLS, and there "
         "is no TLS-RPT record (RFC 8460) at _smtp._tls: what fails at senders is reported to nobody.",
         "Publish v=TLSRPTv1; rua=mailto:ADDRESS at _smtp._tls.")},
    {DNS("dns.tls-rpt-two", MF_PASS, "domain", "There are two TLS-RPT records",
         "More than one TXT record at _smtp._tls begins with v=TLSRPTv1; senders then report to nobody (RFC 8460 3).",
         "Leave only one.")},
    {DNS("dns.tls-rpt-broken", MF_PASS, "domain", "The TLS-RPT record can't be used",
         "The TXT record at _smtp._tls (RFC 8460) lacks rua=, or an address in it is neither mailto: nor https:. Senders "
         "report to nobody.",
         "Publish v=TLSRPTv1; rua=mailto:ADDRESS in its place.")},
    {DNS("dns.dane-mismatch", MF_PASS, "server", "The certificate of an MX is not the one of its TLSA record",
         "The MX has TLSA records (DANE, RFC 7672), and the certificate that it shows is none of them: it was renewed with "
         "a new key and the record was not, or another server answers there. Senders that use DANE do not deliver at "
         "all.",
         "Publish a record for the certificate that is shown (3 1 1 and the SHA-256 of its public key), then delete the "
         "old one. At the next renewal publish first.")},
    {DNS("dns.dane-insecure", MF_PASS, "server", "TLSA records without DNSSEC",
         "The MX has TLSA records (DANE), but its zone is not signed, or the parent has no DS record for it. Senders "
         "ignore TLSA records that DNSSEC does not vouch for (RFC 7672 2.2): they protect nothing. Told only where this "
         "host could validate itself.",
         "Sign the zone and publish its DS record, or delete the TLSA records.")},
    {DNS("dns.dane-bogus", MF_PASS, "server", "The TLSA records of an MX can't be looked up",
         "Validation of the TLSA records fails (bogus: signatures expired, a DS record for another key), or the name "
         "servers of a signed zone don't answer for them. Senders that use DANE can't tell that from an attack and put "
         "mail off, for days, then give up.",
         "Sign the zone anew, mend the DS record, or let its name servers answer for TLSA.")},
    {DNS("dns.dane-unusable", MF_PASS, "server", "The TLSA records of an MX can't be used",
         "All TLSA records of the MX have a usage that is not for mail (0 or 1), a selector or matching type that there "
         "is not, or a value of the wrong length. Senders that use DANE encrypt, and check nothing.",
         "Publish 3 1 1 and the SHA-256 of the certificate's public key.")},
    {DNS("tls.not-offered", MF_PASS, "server", "A server offers no STARTTLS",
         "The MX was greeted and did not offer STARTTLS: mail comes in unencrypted, and senders with MTA-STS, DANE or "
         "a policy of their "
         "own don't deliver.",
         "Switch TLS on at that server, or let the MX name one that has it.")},
    {DNS("tls.expires-soon", MF_PASS, "server", "A certificate expires soon",
         "The certificate is right today and will not be in two weeks or less.",
         "Renew it, and look why it was not renewed by itself.")},
    {DNS("dns.ptr-missing", MF_PASS, "server", "A sending address has no confirmed name",
         "The address that mail leaves from has no PTR record, or its name does not lead back to it. Many receivers "
         "refuse such mail or "
         "count it as spam.",
         "Let the owner of the address set the PTR, to a name that has this address.")},
    {DNS("dns.no-zone", MF_FAIL, "domain", "There is no zone for the domain",
         "The resolver knows no name servers for the domain, nor for anything above it but the top.",
         "Register or delegate the domain.")},
};
#undef DNS

const struct mf_entries mf_dns_entries = {entries, sizeof entries / sizeof *entries};

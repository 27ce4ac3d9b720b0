/* DANE for SMTP (RFC 7672): the TLSA records of each expected MX, whether DNSSEC vouches for them, and whether the
 * certificates that the MX shows are those. Signed or not is known by our own validation alone. */
#include <string.h>

#include "check/dns_internal.h"
#include "check/tlsa_internal.h"

/* One MX host with TLSA records. */
struct dane {
    struct mf_dns_case *at;
    const char *host, *name; /* name: of the records */
    const struct mf_dns_answer *answer;
    bool is_sure;            /* they are signed; else that is not known */
};

static const char *owner_words(const struct dane *dane)
{
    const struct mf_site *site = dane->at->view->context->plan->site;
    struct mf_arena *arena = dane->at->view->arena;
    for (size_t i = 0; i < site->domain_count; i++)
        if (mf_ends_nocase(dane->host, mf_format(arena, ".%s", site->domains[i])))
            return "Publish";
    return mf_format(arena, "Let whoever runs %s publish", dane->host);
}

/* --- does a record fit what was shown? --- */

enum fit { FIT_NO, FIT_YES, FIT_UNDECIDED };

static bool names_key(const struct mf_tlsa *tlsa, const struct mf_rec_certificate *shown)
{
    const char *short_one = tlsa->selector == 0 ? shown->whole_256 : shown->key_256;
    const char *long_one = tlsa->selector == 0 ? shown->whole_512 : shown->key_512;
    if (tlsa->matching == 2)
        return strcmp(tlsa->hex, long_one) == 0;
    if (tlsa->matching == 1)
        return strcmp(tlsa->hex, short_one) == 0;
    char hex[MF_HASH_SIZE];
    mf_hash(tlsa->data, hex); /* the whole is in the record: by its digest */
    return strcmp(hex, short_one) == 0;
}

/* Usage 2: the chain leads up to it, nothing of it has expired, and the name is right (RFC 7672 3.1.2). */
static enum fit fits_authority(const struct dane *dane, const struct mf_tlsa *tlsa, const struct mf_rec_opened *seen,
                               const char **why)
{
    for (size_t i = 0; i < seen->chain_count; i++) {
        if (i > 0 && !seen->chain[i].signs_below)
            break;
        if (seen->chain[i].days_left < 0) {
            *why = mf_format(dane->at->view->arena, "%s has expired", seen->chain[i].subject);
            return FIT_NO;
        }
        if (!names_key(tlsa, &seen->chain[i]))
            continue;
        if (mf_dns_is_named(seen->tls.names, dane->host) || mf_dns_is_named(seen->tls.names, dane->at->view->domain))
            return FIT_YES;
        *why = mf_format(dane->at->view->arena, "its authority fits, but the certificate is for %s", seen->tls.names);
        return FIT_NO;
    }
    return tlsa->matching == 0 ? FIT_UNDECIDED : FIT_NO; /* the authority may be in the record alone */
}

static enum fit fits(const struct dane *dane, const struct mf_tlsa *tlsa, const struct mf_rec_opened *seen,
                     const char **why)
{
    if (tlsa->usage == 3)
        return names_key(tlsa, &seen->chain[0]) ? FIT_YES : FIT_NO;
    return fits_authority(dane, tlsa, seen, why);
}

/* --- each address --- */

static void tell_mismatch(const struct dane *dane, const char *lines, const char *publish, const char *records)
{
    struct mf_arena *arena = dane->at->view->arena;
    const char *unsure = dane->is_sure ? "" : " if these records are signed, which is not known from here (nothing could be "
                                              "validated)";
    mf_dns_fact_add(dane->at, "dns.dane-mismatch", MF_FACT_NOTE, dane->host,
                    mf_format(arena, "TLSA of %s fits no certificate", dane->host),
                    mf_format(arena, "The certificate of the MX %s is not the one of its TLSA record", dane->host),
                    mf_format(arena, "%s says %s.\n%sSenders that use DANE (Microsoft 365, Postfix and many more) do "
                                     "not deliver%s.",
                              dane->name, records, lines, unsure),
                    mf_format(arena,
                              "%s, beside the record that is there, and take that one away once its TTL is over:\n%s"
                              "Next time publish the record of a new certificate first, and change the certificate a TTL "
                              "later.\n",
                              owner_words(dane), publish));
}

static void compare(const struct dane *dane, const struct mf_tlsa *usable, size_t count)
{
    struct mf_arena *arena = dane->at->view->arena;
    const char *lines = "", *publish = "", *records = "", *undecided = NULL;
    const struct mf_rec_opened *seen;
    size_t looked = 0;
    for (size_t i = 0; i < count; i++)
        records = mf_format(arena, "%s%s%s", records, i ? " and " : "", usable[i].text);
    for (size_t n = 0; (seen = mf_dns_mx_look(dane->at, dane->host, n)); n++) {
        enum fit best = FIT_NO;
        const char *why = "";
        if (!seen->chain_count)
            continue;
        looked++;
        for (size_t i = 0; i < count && best != FIT_YES; i++) {
            enum fit fit = fits(dane, &usable[i], seen, &why);
            best = fit == FIT_NO ? best : fit;
        }
        undecided = best == FIT_UNDECIDED ? seen->peer : undecided;
        if (best != FIT_NO)
            continue;
        const char *line = mf_format(arena, "  %s.  TLSA  3 1 1 %s\n", dane->name, seen->chain[0].key_256);
        lines = mf_format(arena, "%s%s shows one that is 3 1 1 %s%s%s.\n", lines, seen->peer, seen->chain[0].key_256,
                          *why ? "; " : "", why);
        publish = strstr(publish, line) ? publish : mf_format(arena, "%s%s", publish, line);
    }
    if (*lines)
        tell_mismatch(dane, lines, publish, records);
    else if (undecided)
        mf_dns_note_add(dane->at, mf_format(arena, "DANE: whether %s fits %s can't be told", undecided, dane->name));
    else
        mf_dns_note_add(dane->at,
                        !looked ? mf_format(arena, "DANE: %s was not compared: no certificate was seen", dane->name)
                        : dane->is_sure
                            ? mf_format(arena, "DANE: %s is signed and fits", dane->name)
                            : mf_format(arena, "DANE: %s fits; whether it is signed is not known from here", dane->name));
}

/* --- the records --- */

static void tell_unusable(const struct dane *dane, const char *lines)
{
    struct mf_arena *arena = dane->at->view->arena;
    const struct mf_rec_opened *seen = mf_dns_mx_look(dane->at, dane->host, 0);
    mf_dns_fact_add(
        dane->at, "dns.dane-unusable", MF_FACT_NOTE, dane->host,
        mf_format(arena, "TLSA of %s can't be used", dane->host),
        mf_format(arena, "The TLSA record of the MX %s can't be used", dane->host),
        mf_format(arena, "%sSenders that use DANE encrypt, but do not check whom they speak to.", lines),
        seen && seen->chain_count
            ? mf_format(arena, "%s in its place:\n  %s.  TLSA  3 1 1 %s\n", owner_words(dane), dane->name,
                        seen->chain[0].key_256)
            : mf_format(arena, "%s in its place a record 3 1 1, with the SHA-256 of the certificate's public key.\n",
                        owner_words(dane)));
}

/* True: at least one can be used. */
static bool judge_records(const struct dane *dane)
{
    struct mf_arena *arena = dane->at->view->arena;
    struct mf_tlsa *usable = mf_alloc_array(arena, dane->answer->count + 1, sizeof *usable);
    const char *lines = "";
    size_t count = 0;
    for (size_t i = 0; i < dane->answer->count; i++) {
        struct mf_tlsa tlsa = mf_tlsa_read(arena, &dane->answer->records[i]);
        const char *trouble = mf_tlsa_trouble(arena, &tlsa);
        if (!trouble)
            usable[count++] = tlsa;
        else
            lines = mf_format(arena, "%s%s TLSA %.160s: %s.\n", lines, dane->name, tlsa.text, trouble);
    }
    if (count)
        compare(dane, usable, count);
    if (*lines && count)
        mf_dns_note_add(dane->at, mf_format(arena, "DANE: %.*s (others can be used)", (int)strlen(lines) - 2, lines));
    else if (*lines)
        tell_unusable(dane, lines);
    return count;
}

/* --- signed or not --- */

static void tell_insecure(const struct dane *dane, const char *what)
{
    struct mf_arena *arena = dane->at->view->arena;
    mf_dns_fact_add(dane->at, "dns.dane-insecure", MF_FACT_NOTE, dane->host,
                    mf_format(arena, "TLSA of %s without DNSSEC", dane->host),
                    mf_format(arena, "The TLSA record of the MX %s counts for nothing: no DNSSEC", dane->host),
                    mf_format(arena, "%s has TLSA records, and %s not signed (validated here, from the root down; "
                                     "asked through %s). Senders ignore them (RFC 7672 2.2).",
                              dane->name, what, dane->answer->server),
                    mf_format(arena, "Sign the zone of %s and let its parent publish the DS record; or delete the TLSA "
                                     "records.\n",
                              dane->host));
}

static bool is_signed(const struct mf_dns_answer *answer)
{
    return answer->status == MF_DNS_OK && answer->validated;
}

static bool is_unsigned(const struct mf_dns_answer *answer)
{
    return answer->status == MF_DNS_OK && answer->checked && !answer->validated;
}

/* The look-up itself fails. Where the host's address is signed, senders can't tell that from an attack and wait. */
static void tell_unanswered(const struct dane *dane, bool matters)
{
    struct mf_arena *arena = dane->at->view->arena;
    const char *why = dane->answer->why ? dane->answer->why : mf_dns_status_name(dane->answer->status);
    if (!matters) {
        mf_dns_note_add(dane->at, mf_format(arena, "DANE: %s could not be looked up: %s", dane->name, why));
        return;
    }
    mf_dns_fact_add(dane->at, "dns.dane-bogus", MF_FACT_NOTE, dane->host,
                    mf_format(arena, "TLSA of %s: %s", dane->host,
                              dane->answer->status == MF_DNS_BOGUS ? "bogus" : "no answer"),
                    mf_format(arena, "The TLSA records of the MX %s can't be looked up", dane->host),
                    mf_format(arena,
                              "%s TLSA, asked through %s: %s. In a signed zone that may be an attack, so senders that "
                              "use DANE put mail off until it is answered.",
                              dane->name, dane->answer->server, why),
                    mf_format(arena, "Let whoever runs the zone of %s sign it anew or mend its DS record, and see that its "
                                     "name servers answer for TLSA (no such record is an answer, too).\n",
                              dane->host));
}

static void judge_host(struct mf_dns_case *at, const char *host, struct mf_dns_promises *promises)
{
    struct mf_arena *arena = at->view->arena;
    struct dane dane = {.at = at, .host = host, .name = mf_format(arena, "_25._tcp.%s", host)};
    dane.answer = mf_dns_view_ask(at->view, dane.name, MF_DNS_TLSA);
    const struct mf_dns_answer *v4 = mf_dns_view_ask(at->view, host, MF_DNS_A),
                               *v6 = mf_dns_view_ask(at->view, host, MF_DNS_AAAA);
    switch (dane.answer->status) {
    case MF_DNS_OK:
        break;
    case MF_DNS_NODATA:
    case MF_DNS_NXDOMAIN:
    case MF_DNS_UNKNOWN:
        return; /* no DANE; or asked for, and judged again */
    case MF_DNS_BOGUS:
    case MF_DNS_SERVFAIL:
    case MF_DNS_TIMEOUT:
        tell_unanswered(&dane, dane.answer->status == MF_DNS_BOGUS || is_signed(v4) || is_signed(v6));
        return;
    }
    if (is_unsigned(dane.answer) || is_unsigned(v4) || is_unsigned(v6)) {
        tell_insecure(&dane, is_unsigned(dane.answer) ? "they are" : "the host's address is");
        return;
    }
    dane.is_sure = dane.answer->validated;
    if (judge_records(&dane) && dane.is_sure)
        promises->dane = true;
}

void mf_dns_judge_dane(struct mf_dns_case *at, struct mf_dns_promises *promises)
{
    for (size_t i = 0; i < at->table->mx_count; i++) {
        const char *host = mf_dns_mx_host(at->table->mx[i]);
        if (!mf_same(host, "."))
            judge_host(at, host, promises);
    }
    if (promises->dane && is_unsigned(mf_dns_view_ask(at->view, at->view->domain, MF_DNS_MX)))
        mf_dns_note_add(at, mf_format(at->view->arena, "DANE: the MX host is signed and %s is not, so who forges the MX "
                                                       "record gets around it",
                                      at->view->domain));
}

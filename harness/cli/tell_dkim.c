/* DKIM told: a line for each signature, then what each covers, why it fails and what to do. */
#include <string.h>

#include "cli/tell_auth.h"
#include "mailflow/diagnose.h"

const char *tell_dkim_finding(enum mf_dkim_cause cause)
{
    static const char *const ids[] = {
        [MF_DKIM_GOOD] = NULL,
        [MF_DKIM_BODY_CHANGED] = "dkim.body-changed",
        [MF_DKIM_HEADER_OR_KEY] = "dkim.header-or-key",
        [MF_DKIM_HEADER_CHANGED] = "dkim.header-changed",
        [MF_DKIM_WRONG_KEY] = "dkim.wrong-key",
        [MF_DKIM_KEY_MISSING] = "dkim.key-missing",
        [MF_DKIM_KEY_REVOKED] = "dkim.key-revoked",
        [MF_DKIM_KEY_BROKEN] = "dkim.key-broken",
        [MF_DKIM_KEY_MULTIPLE] = "dkim.key-multiple",
        [MF_DKIM_KEY_UNFIT] = "dkim.key-unfit",
        [MF_DKIM_KEY_UNREACHABLE] = "dkim.key-unreachable",
        [MF_DKIM_WEAK_KEY] = "dkim.weak-key",
        [MF_DKIM_SHA1] = "dkim.sha1",
        [MF_DKIM_EXPIRED] = "dkim.expired",
        [MF_DKIM_FUTURE] = "dkim.future",
        [MF_DKIM_SYNTAX] = "dkim.syntax",
        [MF_DKIM_FROM_UNSIGNED] = "dkim.from-unsigned",
        [MF_DKIM_SECOND_FROM] = "dkim.second-from",
        [MF_DKIM_NOT_PROCESSED] = "dkim.disputed",
        [MF_DKIM_NEED_MORE] = "dkim.key-unreachable",
    };
    return ids[cause];
}

static void add_result(struct mf_text *out, const struct mf_dkim_signature *signature)
{
    mf_text_printf(out, "dkim=%s", mf_dkim_result_name(signature->result));
    tell_value(out, "header.d", signature->domain);
    tell_value(out, "header.s", signature->selector);
    tell_value(out, "header.a", signature->algorithm);
    if (signature->result != MF_DKIM_PASS)
        tell_value(out, "reason", signature->why);
    mf_text_puts(out, "\n");
}

/* RFC 8601 2.7.1: reason= goes before the properties in the header; here it is last, as for SPF. */
void tell_dkim_results(struct mf_text *out, const struct mf_dkim *dkim)
{
    if (dkim->count == 0)
        mf_text_puts(out, "dkim=none reason=\"no signature\"\n");
    for (int passes = 1; passes >= 0; passes--)
        for (size_t i = 0; i < dkim->count; i++)
            if ((dkim->signatures[i].result == MF_DKIM_PASS) == passes)
                add_result(out, &dkim->signatures[i]);
}

static bool is_signed(const struct mf_dkim_signature *signature, const char *name)
{
    for (size_t i = 0; i < signature->signed_header_count; i++)
        if (mf_same_nocase(signature->signed_headers[i], name))
            return true;
    return false;
}

static void add_name(struct mf_text *list, const char *name)
{
    mf_text_printf(list, "%s%s", list->len ? ", " : "", name);
}

static bool is_repeated(const struct mf_dkim_signature *signature, size_t i)
{
    for (size_t before = 0; before < i; before++)
        if (mf_same_nocase(signature->signed_headers[before], signature->signed_headers[i]))
            return true;
    return false;
}

static void tell_fields(struct mf_text *out, const struct mf_dkim_signature *signature,
                        const struct mf_message *message)
{
    static const char *const wanted[] = {"From",
                                         "To",
                                         "Cc",
                                         "Subject",
                                         "Date",
                                         "Message-ID",
                                         "Reply-To",
                                         "MIME-Version",
                                         "Content-Type",
                                         "Content-Transfer-Encoding",
                                         "List-Unsubscribe",
                                         "List-Unsubscribe-Post"};
    struct mf_text covered = {.max = 4096}, open = {.max = 4096};
    for (size_t i = 0; i < signature->signed_header_count; i++)
        if (!is_repeated(signature, i))
            add_name(&covered, signature->signed_headers[i]);
    for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++)
        if (mf_message_header(message, wanted[i], 0) && !is_signed(signature, wanted[i]))
            add_name(&open, wanted[i]);
    tell_line(out, 4, "covers the fields: %s", covered.len ? covered.data : "none");
    if (open.len)
        tell_line(out, 4, "not covered, so they may be changed unnoticed: %s", open.data);
    if (signature->oversigns_from)
        tell_line(out, 4, "From is oversigned: adding a second one breaks the signature");
    mf_text_release(&covered);
    mf_text_release(&open);
}

static void tell_body(struct mf_text *out, const struct mf_dkim_signature *signature)
{
    if (!signature->body_hash || !*signature->body_hash)
        return;
    if (signature->body_limit < 0)
        tell_line(out, 4, "covers the body: all %zu bytes (%s); bh= %s", signature->body_length, signature->canon_body,
                  signature->body_matches ? "fits what was received" : "does NOT fit what was received");
    else
        tell_line(out, 4, "covers the body: the first %zu of %zu bytes (l=%lld, %s), so anybody may add to it; bh= %s",
                  signature->body_covered, signature->body_length, signature->body_limit, signature->canon_body,
                  signature->body_matches ? "fits what was received" : "does NOT fit what was received");
}

static void tell_key(struct mf_text *out, const struct mf_dkim_signature *signature)
{
    if (!signature->key_name || !*signature->key_name)
        return;
    if (signature->key_bits)
        tell_line(out, 4, "key: TXT %s, %d bits%s%s", signature->key_name, signature->key_bits,
                  signature->key_bits < 2048 && mf_starts(signature->algorithm ? signature->algorithm : "", "rsa")
                      ? " (2048 are advised, RFC 8301)"
                      : "",
                  signature->key_test ? ", in test mode (t=y)" : "");
    else
        tell_line(out, 4, "key: TXT %s%s%s", signature->key_name, signature->key_record ? ": " : "",
                  signature->key_record ? signature->key_record : "");
    if (signature->key_elsewhere)
        tell_line(out, 4, "a key is at %s: the panel appended the domain once more", signature->key_elsewhere);
}

static void tell_times(struct mf_text *out, const struct mf_dkim_signature *signature)
{
    char made[64], over[64];
    if (signature->signed_at)
        tell_line(out, 4, "signed %s%s%s", mf_date_rfc3339(signature->signed_at, made, sizeof made),
                  signature->expires_at ? ", valid until " : "",
                  signature->expires_at ? mf_date_rfc3339(signature->expires_at, over, sizeof over) : "");
}

static void tell_alignment(struct mf_text *out, const struct mf_dkim_signature *signature)
{
    tell_line(out, 4, "%s",
              signature->aligned_strict    ? "d= is the domain of From"
              : signature->aligned_relaxed ? "d= and the domain of From lie one below the other"
                                           : "d= is another domain than that of From: DMARC does not count it");
}

static void tell_fields_sent(struct mf_text *out, const struct mf_dkim_signature *signature,
                             const struct mf_message *message, const struct mf_message *sent)
{
    bool is_signed_anew = signature->cause == MF_DKIM_HEADER_CHANGED || signature->cause == MF_DKIM_HEADER_OR_KEY;
    if (!is_signed_anew || !sent)
        return;
    if (mf_dkim_header_fits(signature, message->raw, sent->raw))
        tell_line(out, 4,
                  "b= fits the fields as sent: signer and key are right, a signed field was changed after it signed");
    else
        tell_line(out, 4,
                  signature->cause == MF_DKIM_HEADER_CHANGED
                      ? "b= does not fit the fields as sent either: they were changed before they were signed, and "
                        "again after"
                      : "b= does not fit the fields as sent either: another key, or fields changed before they were "
                        "signed");
}

static void tell_sent(struct mf_text *out, const struct mf_dkim_signature *signature, const struct mf_message *sent)
{
    if (signature->cause == MF_DKIM_BODY_CHANGED && sent && mf_dkim_body_fits(signature, sent->raw))
        tell_line(out, 4, "bh= fits the body as sent: the signer is right, the body was changed after it signed");
    else if (signature->cause == MF_DKIM_BODY_CHANGED && sent)
        tell_line(out, 4,
                  "bh= does not fit the body as sent either: it was changed before it was signed, and again after");
}

static void tell_fix(struct mf_text *out, const struct mf_dkim_signature *signature)
{
    const char *id = tell_dkim_finding(signature->cause);
    const struct mf_finding_kind *kind = id ? mf_catalogue_find(id) : NULL;
    if (kind)
        tell_line(out, 4, "What to do: %s (mailflow explain %s)", kind->fix, kind->id);
}

void tell_dkim_story(struct mf_text *out, const struct mf_dkim *dkim, const struct mf_message *message,
                     const struct mf_message *sent)
{
    tell_line(out, 0, "DKIM: %zu signature%s%s", dkim->count, dkim->count == 1 ? "" : "s",
              dkim->count ? "" : "; the mail is not signed");
    for (size_t i = 0; i < dkim->count; i++) {
        const struct mf_dkim_signature *signature = &dkim->signatures[i];
        bool is_plain_pass = signature->result == MF_DKIM_PASS && mf_same(signature->why, "good");
        tell_line(out, 2, "d=%s s=%s %s %s/%s: %s%s%s", signature->domain ? signature->domain : "?",
                  signature->selector ? signature->selector : "?", signature->algorithm ? signature->algorithm : "?",
                  signature->canon_header ? signature->canon_header : "?",
                  signature->canon_body ? signature->canon_body : "?", mf_dkim_result_name(signature->result),
                  is_plain_pass ? "" : ", ", is_plain_pass ? "" : signature->why);
        tell_fields(out, signature, message);
        tell_body(out, signature);
        tell_key(out, signature);
        tell_times(out, signature);
        if (signature->domain)
            tell_alignment(out, signature);
        tell_sent(out, signature, sent);
        tell_fields_sent(out, signature, message, sent);
        tell_fix(out, signature);
    }
}

/* The header fields of a test message: ours, and those that the scenario wants instead. */
#include <string.h>

#include "message/compose_internal.h"
#include "message/mac_internal.h"

const char *mf_draft_given(const struct mf_draft *draft, const char *name)
{
    for (size_t i = 0; i < draft->wish->header_count; ++i)
        if (mf_same_nocase(draft->wish->headers[i].name, name))
            return draft->wish->headers[i].value;
    return NULL;
}

static void write_given(struct mf_draft *draft, size_t i, struct mf_text *out)
{
    const struct mf_compose_header *header = &draft->wish->headers[i];
    struct mf_field field = mf_field_start(out, header->name);
    mf_field_given(&field, header->name, header->value ? header->value : "");
    mf_field_end(&field);
    draft->is_written[i] = true;
}

bool mf_draft_write_given(struct mf_draft *draft, const char *name, struct mf_text *out)
{
    bool found = false;
    for (size_t i = 0; i < draft->wish->header_count; ++i)
        if (mf_same_nocase(draft->wish->headers[i].name, name)) {
            write_given(draft, i, out);
            found = true;
        }
    return found;
}

void mf_draft_write_rest(struct mf_draft *draft, struct mf_text *out)
{
    for (size_t i = 0; i < draft->wish->header_count; ++i)
        if (!draft->is_written[i])
            write_given(draft, i, out);
}

static void write_date(const struct mf_draft *draft, struct mf_text *out)
{
    char date[64];
    mf_text_printf(out, "Date: %s\r\n", mf_date_rfc5322(draft->wish->date, date, sizeof date));
}

static void write_from(const struct mf_draft *draft, struct mf_text *out)
{
    struct mf_field field = mf_field_start(out, "From");
    mf_field_mailbox(&field, draft->wish->from_name, draft->wish->from, "");
    mf_field_end(&field);
}

static void write_list(const char *name, const char *const *addresses, size_t count, struct mf_text *out)
{
    struct mf_field field = mf_field_start(out, name);
    for (size_t i = 0; i < count; ++i)
        mf_field_mailbox(&field, NULL, addresses[i], i + 1 < count ? "," : "");
    mf_field_end(&field);
}

static void write_to(const struct mf_draft *draft, struct mf_text *out)
{
    if (draft->wish->to_count)
        write_list("To", draft->wish->to, draft->wish->to_count, out);
    else if (draft->wish->cc_count == 0) /* all are bcc: some servers want a To */
        mf_text_puts(out, "To: undisclosed-recipients:;\r\n");
}

static void write_cc(const struct mf_draft *draft, struct mf_text *out)
{
    if (draft->wish->cc_count)
        write_list("Cc", draft->wish->cc, draft->wish->cc_count, out);
}

static void write_message_id(const struct mf_draft *draft, struct mf_text *out)
{
    mf_text_printf(out, "Message-ID: %s\r\n", draft->message_id);
}

static void write_subject(const struct mf_draft *draft, struct mf_text *out)
{
    if (!draft->wish->subject)
        return;
    struct mf_field field = mf_field_start(out, "Subject");
    mf_field_text(&field, draft->wish->subject);
    mf_field_end(&field);
}

static void write_auto_submitted(const struct mf_draft *draft, struct mf_text *out)
{
    (void)draft;
    mf_text_puts(out, "Auto-Submitted: auto-generated\r\n"); /* RFC 3834: no vacation replies, please */
}

/* The Message-ID stands here too, so that the mark can be proved when a server replaces that of the
 * header; left out when it has characters that this field can't hold. */
static bool is_plain_id(const char *message_id)
{
    size_t len = strlen(message_id);
    return len >= 3 && len <= 200 && message_id[0] == '<' && message_id[len - 1] == '>' &&
           strspn(message_id + 1, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.@_+-") == len - 2;
}

static void write_mark(const struct mf_draft *draft, struct mf_text *out)
{
    const struct mf_compose *wish = draft->wish;
    char mac[MF_MAC_HEX + 1];
    mf_mac_of_mark(wish->secret, wish->run, wish->flow_id, wish->attempt, draft->message_id, mac);
    struct mf_text words = {0};
    mf_text_printf(&words, "run=%s; flow=%s; attempt=%d;", wish->run, wish->flow_id, wish->attempt);
    if (is_plain_id(draft->message_id))
        mf_text_printf(&words, " id=%.*s;", (int)strlen(draft->message_id) - 2, draft->message_id + 1);
    mf_text_printf(&words, " mac=%s", mac);
    struct mf_field field = mf_field_start(out, "X-Mailflow");
    for (size_t i = 0; i < draft->padding.spaces; ++i)
        mf_text_putc(out, ' ');
    mf_field_words(&field, mf_text_str(&words));
    mf_field_end(&field);
    mf_text_release(&words);
}

static void write_mime_version(const struct mf_draft *draft, struct mf_text *out)
{
    if (draft->root)
        mf_text_puts(out, "MIME-Version: 1.0\r\n");
}

static void write_type(const struct mf_draft *draft, struct mf_text *out)
{
    if (draft->root)
        mf_mime_write_type(draft->root, out);
}

static void write_encoding(const struct mf_draft *draft, struct mf_text *out)
{
    if (draft->root)
        mf_mime_write_encoding(draft->root, out);
}

static const struct {
    const char *name;
    void (*write)(const struct mf_draft *draft, struct mf_text *out);
} fields[] = {
    {"Date", write_date},
    {"From", write_from},
    {"To", write_to},
    {"Cc", write_cc},
    {"Message-ID", write_message_id},
    {"Subject", write_subject},
    {"Auto-Submitted", write_auto_submitted},
    {"X-Mailflow", write_mark},
    {"MIME-Version", write_mime_version},
    {"Content-Type", write_type},
    {"Content-Transfer-Encoding", write_encoding},
};

const char *mf_draft_field_name(size_t n)
{
    return n < sizeof fields / sizeof *fields ? fields[n].name : NULL;
}

void mf_draft_write_field(const struct mf_draft *draft, size_t n, struct mf_text *out)
{
    fields[n].write(draft, out);
}

/* A message from a template: its header and body stay, our marks are added. */
#include <string.h>

#include "message/compose_internal.h"
#include "mailflow/message.h"

/* CRLF is the only line break that SMTP knows (RFC 5321 2.3.8). */
static struct mf_bytes with_crlf(struct mf_arena *arena, struct mf_bytes in)
{
    char *copy = mf_alloc(arena, 2 * in.len + 3), *end = copy;
    for (size_t i = 0; i < in.len; ++i) {
        bool is_crlf = in.data[i] == '\r' && i + 1 < in.len && in.data[i + 1] == '\n';
        if (in.data[i] == '\r' || in.data[i] == '\n') {
            end = mempcpy(end, "\r\n", 2);
            i += is_crlf;
        } else {
            *end++ = in.data[i];
        }
    }
    if (end > copy && end[-1] != '\n')
        end = mempcpy(end, "\r\n", 2);
    return (struct mf_bytes){copy, (size_t)(end - copy)};
}

const struct mf_message *mf_template_read(struct mf_arena *arena, const struct mf_compose *wish, struct mf_diag *d)
{
    const struct mf_message *template = mf_message_parse(arena, with_crlf(arena, wish->template_bytes));
    if (!template->has_broken_header)
        return template;
    mf_hint(d, "Header fields (Name: value) come first, then an empty line, then the text. A first line "
               "\"From ...\" of a mailbox file does not belong to the message.");
    mf_trouble(d, "the template has a line before its first empty line that is no header field");
    return NULL;
}

const char *mf_template_message_id(struct mf_arena *arena, const struct mf_compose *wish,
                                   const struct mf_message *template)
{
    const struct mf_header *header = mf_message_header(template, "Message-ID", 0);
    const char *id = mf_header_text(arena, header, false);
    return strstr(id, wish->token) ? id : NULL;
}

static void write_template_field(struct mf_draft *draft, const struct mf_message *template,
                                 const struct mf_header *header, struct mf_text *out)
{
    const char *name = mf_copy_bytes(draft->arena, header->name.data, header->name.len);
    if (mf_same_nocase(name, "X-Mailflow"))
        return; /* of the message that the template once was */
    if (mf_draft_given(draft, name)) {
        if (mf_message_header(template, name, 0) == header)
            mf_draft_write_given(draft, name, out);
    } else if (mf_same_nocase(name, "Message-ID")) {
        if (mf_message_header(template, name, 0) == header)
            mf_text_printf(out, "Message-ID: %s\r\n", draft->message_id);
    } else {
        mf_text_add(out, header->raw.data, header->raw.len);
    }
}

void mf_template_write(struct mf_draft *draft, const struct mf_message *template, struct mf_text *out)
{
    for (size_t i = 0; i < template->header_count; ++i)
        write_template_field(draft, template, &template->headers[i], out);
    const char *name;
    for (size_t n = 0; (name = mf_draft_field_name(n)); ++n) {
        bool is_there = mf_message_header(template, name, 0) && !mf_same_nocase(name, "X-Mailflow");
        if (!is_there && !mf_draft_write_given(draft, name, out))
            mf_draft_write_field(draft, n, out);
    }
    mf_draft_write_rest(draft, out);
    mf_text_puts(out, "\r\n");
    mf_text_add(out, template->body.data, template->body.len);
}

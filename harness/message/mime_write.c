/* A MIME tree written out. */
#include <string.h>

#include "message/mime_internal.h"

void mf_mime_write_type(const struct mf_mime *node, struct mf_text *out)
{
    struct mf_text word = {0};
    struct mf_field field = mf_field_start(out, "Content-Type");
    bool more = node->charset || node->boundary || node->file_name;
    mf_text_printf(&word, "%s%s", node->type, more ? ";" : "");
    mf_field_word(&field, mf_text_str(&word));
    mf_text_clear(&word);
    if (node->charset) {
        mf_text_printf(&word, "charset=%s%s", node->charset, node->file_name ? ";" : "");
        mf_field_word(&field, mf_text_str(&word));
    }
    if (node->root_type)
        mf_field_parameter(&field, "type", node->root_type, ";");
    if (node->boundary)
        mf_field_parameter(&field, "boundary", node->boundary, "");
    if (node->file_name)
        mf_field_parameter(&field, "name", node->file_name, "");
    mf_field_end(&field);
    mf_text_release(&word);
}

void mf_mime_write_encoding(const struct mf_mime *node, struct mf_text *out)
{
    static const char *const names[] = {"7bit", "quoted-printable", "base64"};
    mf_text_printf(out, "Content-Transfer-Encoding: %s\r\n", names[node->encoding]);
}

static void write_headers(const struct mf_mime *node, struct mf_text *out)
{
    mf_mime_write_type(node, out);
    mf_mime_write_encoding(node, out);
    if (node->disposition) {
        struct mf_text word = {0};
        struct mf_field field = mf_field_start(out, "Content-Disposition");
        mf_text_printf(&word, "%s;", node->disposition);
        mf_field_word(&field, mf_text_str(&word));
        mf_field_parameter(&field, "filename", node->file_name, "");
        mf_field_end(&field);
        mf_text_release(&word);
    }
    if (node->content_id)
        mf_text_printf(out, "Content-ID: <%s>\r\n", node->content_id);
}

static void write_leaf(const struct mf_mime *node, struct mf_text *out)
{
    switch (node->encoding) {
    case MF_MIME_7BIT:
        mf_text_add(out, node->bytes.data, node->bytes.len);
        break;
    case MF_MIME_QUOTED_PRINTABLE:
        mf_encode_quoted_printable(out, node->bytes);
        break;
    case MF_MIME_BASE64:
        mf_encode_base64(out, node->bytes);
        break;
    }
}

/* The tree is three deep at most: mixed, related, alternative. */
void mf_mime_write_body(const struct mf_mime *node, struct mf_text *out)
{
    if (!node->boundary) {
        write_leaf(node, out);
        return;
    }
    for (size_t i = 0; i < node->child_count; ++i) {
        mf_text_printf(out, "%s--%s\r\n", i ? "\r\n" : "", node->boundary);
        write_headers(&node->children[i], out);
        mf_text_puts(out, "\r\n");
        mf_mime_write_body(&node->children[i], out);
    }
    mf_text_printf(out, "\r\n--%s--\r\n", node->boundary);
}

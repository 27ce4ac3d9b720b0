/* Private to room message: the MIME tree of a message being composed (RFC 2045, 2046, 2183, 2387). */
#ifndef MESSAGE_MIME_INTERNAL_H
#define MESSAGE_MIME_INTERNAL_H

#include "mailflow/compose.h"
#include "message/encode_internal.h"

enum mf_mime_encoding { MF_MIME_7BIT, MF_MIME_QUOTED_PRINTABLE, MF_MIME_BASE64 };

struct mf_mime {
    const char *type;              /* "text/plain" */
    const char *charset, *file_name, *disposition, *content_id, *root_type; /* or NULL */
    enum mf_mime_encoding encoding;
    struct mf_bytes bytes;         /* of a leaf: before encoding */
    const char *boundary;          /* of a multipart; NULL: a leaf */
    struct mf_mime *children;
    size_t child_count, child_capacity;
};

/* What is added to reach a size: octets of lines at the end of the text, and a file of so many
 * octets of lines (0: none). */
struct mf_padding {
    size_t text, file, spaces;
    bool with_file;
};

/* Texts, files and padding as one tree, in arena. mark_line: the last line of the text, or NULL. */
struct mf_mime *mf_mime_tree(struct mf_arena *arena, const struct mf_compose *compose, const char *mark_line,
                             const struct mf_padding *padding);
void mf_mime_write_type(const struct mf_mime *node, struct mf_text *out);
void mf_mime_write_encoding(const struct mf_mime *node, struct mf_text *out);
void mf_mime_write_body(const struct mf_mime *node, struct mf_text *out);

/* Adds lines of exactly `octets` octets in all, CRLF counted; at least 2. */
void mf_padding_add(struct mf_text *out, size_t octets);

#endif

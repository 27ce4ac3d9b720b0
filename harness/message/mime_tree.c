/* Texts, files and padding of a message as a MIME tree. */
#include <string.h>

#include "message/mime_internal.h"

struct builder {
    struct mf_arena *arena;
    const struct mf_compose *compose;
    const char *mark_line;
    const struct mf_padding *padding;
    int boundaries;
};

static const char *type_of_file(const char *name)
{
    static const char *const types[][2] = {
        {".txt", "text/plain"},       {".csv", "text/csv"},         {".html", "text/html"},
        {".htm", "text/html"},        {".ics", "text/calendar"},    {".pdf", "application/pdf"},
        {".zip", "application/zip"},  {".gz", "application/gzip"},  {".json", "application/json"},
        {".xml", "application/xml"},  {".png", "image/png"},        {".jpg", "image/jpeg"},
        {".jpeg", "image/jpeg"},      {".gif", "image/gif"},        {".svg", "image/svg+xml"},
        {".mp3", "audio/mpeg"},       {".mp4", "video/mp4"},        {".doc", "application/msword"},
        {".docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"},
        {".xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"},
        {".pptx", "application/vnd.openxmlformats-officedocument.presentationml.presentation"},
        {".xls", "application/vnd.ms-excel"},
    };
    for (size_t i = 0; i < sizeof types / sizeof *types; ++i)
        if (mf_ends_nocase(name, types[i][0]))
            return types[i][1];
    return "application/octet-stream";
}

/* Lines of any kind of break become CRLF; the last line gets one too. */
static void add_lines(struct mf_text *out, const char *text)
{
    for (; *text; text += *text == '\r' && text[1] == '\n' ? 2 : *text != '\0') {
        size_t len = strcspn(text, "\r\n");
        mf_text_add(out, text, len);
        mf_text_puts(out, "\r\n");
        text += len;
    }
}

/* 7bit is right for ASCII whose lines are short and hold nothing that relays like to change. */
static bool is_safe_7bit(struct mf_bytes text)
{
    while (text.len) {
        size_t length = mf_line_length(text), len = length - mf_line_break(text.data, length);
        if (len > MF_LINE_MAX || (len && mf_is_wsp(text.data[len - 1])))
            return false;
        if (len && (text.data[0] == '.' || (text.data[0] == '-' && len > 1 && text.data[1] == '-' && len > 6) ||
                    (len >= 5 && memcmp(text.data, "From ", 5) == 0)))
            return false;
        for (size_t i = 0; i < len; ++i)
            if ((text.data[i] < ' ' && text.data[i] != '\t') || text.data[i] == 0x7f)
                return false;
        text = mf_bytes_from(text, length);
    }
    return true;
}

static enum mf_mime_encoding shorter_encoding(struct mf_bytes text)
{
    struct mf_text quoted = {0};
    mf_encode_quoted_printable(&quoted, text);
    size_t base64 = (text.len + 2) / 3 * 4, lines = (base64 + MF_LINE_MAX - 1) / MF_LINE_MAX;
    bool is_longer = quoted.len > base64 + 2 * lines || quoted.full;
    mf_text_release(&quoted);
    return is_longer ? MF_MIME_BASE64 : MF_MIME_QUOTED_PRINTABLE;
}

static struct mf_mime text_node(const struct builder *builder, const char *type, struct mf_text *text)
{
    struct mf_bytes bytes = mf_text_bytes(text);
    struct mf_mime node = {.type = type, .encoding = MF_MIME_QUOTED_PRINTABLE};
    node.charset = mf_is_ascii(bytes.data, bytes.len) ? "us-ascii" : "utf-8";
    if (is_safe_7bit(bytes))
        node.encoding = MF_MIME_7BIT;
    else if (builder->compose->size == 0) /* padding can't be exact in base64 */
        node.encoding = shorter_encoding(bytes);
    node.bytes.len = bytes.len;
    node.bytes.data = mf_text_into(builder->arena, text);
    return node;
}

static struct mf_mime plain_node(const struct builder *builder)
{
    const char *text = builder->compose->text;
    struct mf_text lines;
    mf_text_init(&lines, 2 * strlen(text ? text : "") + builder->padding->text + 1024);
    add_lines(&lines, text ? text : "");
    if (builder->mark_line)
        mf_text_printf(&lines, "%s\r\n", builder->mark_line);
    if (builder->padding->text)
        mf_padding_add(&lines, builder->padding->text);
    return text_node(builder, "text/plain", &lines);
}

/* An inline file's own id: RFC 2392 wants the form of a Message-ID. */
static const char *content_id(const struct builder *builder, const char *name)
{
    struct mf_text id = {0};
    for (; *name; ++name) {
        if (mf_is_alnum((unsigned char)*name) || strchr("-_.", *name))
            mf_text_putc(&id, *name);
        else
            mf_text_printf(&id, "_%02x", (unsigned char)*name);
    }
    mf_text_printf(&id, "@%s", builder->compose->message_id_domain);
    return mf_text_into(builder->arena, &id);
}

/* "cid:logo.png" in the HTML becomes the file's id; returns what follows "cid:". */
static const char *add_reference(const struct builder *builder, struct mf_text *out, const char *at)
{
    const struct mf_compose *compose = builder->compose;
    for (size_t i = 0; i < compose->file_count; ++i) {
        const char *name = compose->files[i].name;
        size_t len = strlen(name);
        if (compose->files[i].is_inline && mf_starts(at, name) && (!at[len] || strchr("\"' )>", at[len]))) {
            mf_text_puts(out, content_id(builder, name));
            return at + len;
        }
    }
    return at;
}

static struct mf_mime html_node(const struct builder *builder)
{
    struct mf_text referring, lines;
    mf_text_init(&referring, SIZE_MAX / 4);
    mf_text_init(&lines, SIZE_MAX / 4);
    for (const char *at = builder->compose->html; *at;) {
        const char *reference = strstr(at, "cid:");
        size_t len = reference ? (size_t)(reference - at) + 4 : strlen(at);
        mf_text_add(&referring, at, len);
        at = reference ? add_reference(builder, &referring, at + len) : at + len;
    }
    add_lines(&lines, mf_text_str(&referring));
    mf_text_release(&referring);
    return text_node(builder, "text/html", &lines);
}

static struct mf_mime file_node(const struct builder *builder, const struct mf_compose_file *file)
{
    struct mf_mime node = {.type = type_of_file(file->name), .file_name = file->name, .encoding = MF_MIME_BASE64,
                           .bytes = file->bytes};
    if (mf_starts(node.type, "text/") && mf_is_utf8(file->bytes.data, file->bytes.len, NULL))
        node.charset = "utf-8";
    node.disposition = file->is_inline ? "inline" : "attachment";
    if (file->is_inline)
        node.content_id = content_id(builder, file->name);
    return node;
}

static struct mf_mime padding_node(const struct builder *builder)
{
    struct mf_text lines;
    mf_text_init(&lines, builder->padding->file + 1);
    if (builder->padding->file)
        mf_padding_add(&lines, builder->padding->file);
    struct mf_mime node = {.type = "text/plain", .charset = "us-ascii", .file_name = "padding.txt",
                           .disposition = "attachment", .encoding = MF_MIME_7BIT};
    node.bytes.len = lines.len;
    node.bytes.data = mf_text_into(builder->arena, &lines);
    return node;
}

/* "=_" can stand in neither encoding, and a 7bit line can't start with "--" and be that long. */
static struct mf_mime multipart(struct builder *builder, const char *type, struct mf_mime first)
{
    struct mf_mime node = {.type = type, .encoding = MF_MIME_7BIT};
    node.boundary = mf_format(builder->arena, "=_mf.%s.%d", builder->compose->token, ++builder->boundaries);
    *MF_PUSH(builder->arena, node.children, node.child_count, node.child_capacity) = first;
    return node;
}

static void add_child(struct builder *builder, struct mf_mime *node, struct mf_mime child)
{
    *MF_PUSH(builder->arena, node->children, node->child_count, node->child_capacity) = child;
}

static size_t count_files(const struct mf_compose *compose, bool is_inline)
{
    size_t count = 0;
    for (size_t i = 0; i < compose->file_count; ++i)
        count += compose->files[i].is_inline == is_inline;
    return count;
}

static void add_files(struct builder *builder, struct mf_mime *node, bool is_inline)
{
    const struct mf_compose *compose = builder->compose;
    for (size_t i = 0; i < compose->file_count; ++i)
        if (compose->files[i].is_inline == is_inline)
            add_child(builder, node, file_node(builder, &compose->files[i]));
}

struct mf_mime *mf_mime_tree(struct mf_arena *arena, const struct mf_compose *compose, const char *mark_line,
                             const struct mf_padding *padding)
{
    struct builder builder = {.arena = arena, .compose = compose, .mark_line = mark_line, .padding = padding};
    struct mf_mime node = plain_node(&builder);
    if (compose->html) {
        node = multipart(&builder, "multipart/alternative", node);
        add_child(&builder, &node, html_node(&builder));
    }
    if (count_files(compose, true)) {
        const char *root_type = node.type;
        node = multipart(&builder, "multipart/related", node);
        node.root_type = root_type;
        add_files(&builder, &node, true);
    }
    if (count_files(compose, false) || padding->with_file) {
        node = multipart(&builder, "multipart/mixed", node);
        add_files(&builder, &node, false);
        if (padding->with_file)
            add_child(&builder, &node, padding_node(&builder));
    }
    struct mf_mime *root = mf_alloc(arena, sizeof *root);
    *root = node;
    return root;
}

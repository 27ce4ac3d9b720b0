/* A test message put together: fields, text, files, padding. */
#include "mailflow/compose.h"

#include <string.h>

#include "message/compose_internal.h"
#include "mailflow/message.h"

#define FILE_PADDING_MIN 2048 /* from here on padding comes as a file, not as text */

static const char *mark_line(struct mf_arena *arena, const struct mf_compose *wish)
{
    if (wish->text && strstr(wish->text, wish->token))
        return NULL;
    return mf_format(arena, "mailflow test message, run %s, token %s", wish->run, wish->token);
}

static const char *choose_message_id(struct mf_draft *draft, const struct mf_message *template)
{
    const struct mf_compose *wish = draft->wish;
    const char *given = mf_draft_given(draft, "Message-ID");
    if (given) /* as a reader will find it, or the MAC would not fit */
        return mf_bytes_copy(draft->arena, mf_bytes_trim(mf_bytes_of(given)));
    const char *id = template ? mf_template_message_id(draft->arena, wish, template) : NULL;
    return id ? id : mf_format(draft->arena, "<mf.%s.%s.%d@%s>", wish->run, wish->token, wish->attempt,
                               wish->message_id_domain);
}

static void write_fresh(struct mf_draft *draft, struct mf_text *out)
{
    const char *name;
    draft->root = mf_mime_tree(draft->arena, draft->wish, mark_line(draft->arena, draft->wish), &draft->padding);
    for (size_t n = 0; (name = mf_draft_field_name(n)); ++n)
        if (!mf_draft_write_given(draft, name, out))
            mf_draft_write_field(draft, n, out);
    mf_draft_write_rest(draft, out);
    mf_text_puts(out, "\r\n");
    mf_mime_write_body(draft->root, out);
}

static void write_message(struct mf_draft *draft, const struct mf_message *template, struct mf_text *out)
{
    memset(draft->is_written, 0, draft->wish->header_count * sizeof *draft->is_written);
    if (!template) {
        write_fresh(draft, out);
        return;
    }
    mf_template_write(draft, template, out);
    if (draft->padding.text) /* behind the last part of a multipart nobody reads it, yet it counts */
        mf_padding_add(out, draft->padding.text);
}

/* Base64 takes blank lines only. */
static bool template_is_base64(struct mf_arena *arena, const struct mf_message *template)
{
    const char *encoding = mf_header_text(arena, mf_message_header(template, "Content-Transfer-Encoding", 0), false);
    return mf_starts_nocase(encoding, "base64");
}

static void add_blank_lines(struct mf_text *out, size_t octets)
{
    for (; octets >= 2; octets -= 2)
        mf_text_puts(out, "\r\n");
}

/* Brings the message, which starts at `start` in out, to exactly the size wished. */
static int pad(struct mf_draft *draft, const struct mf_message *template, struct mf_text *out, size_t start,
               struct mf_diag *d)
{
    size_t wished = draft->wish->size, length = out->len - start;
    if (length > wished) {
        mf_hint(d, "Ask for at least %zu octets, or take something out of the message.", length);
        return mf_trouble(d, "the message has %zu octets without any padding, more than the size of %zu asked for",
                          length, wished);
    }
    size_t missing = wished - length;
    bool blank_lines = template && template_is_base64(draft->arena, template);
    if (missing == 0)
        return 0;
    if (missing == 1 || (blank_lines && missing % 2)) {
        draft->padding.spaces = 1;
        --missing;
    }
    draft->padding.with_file = !template && missing >= FILE_PADDING_MIN;
    draft->padding.text = draft->padding.with_file || blank_lines ? 0 : missing;
    out->len = start;
    write_message(draft, template, out);
    if (blank_lines)
        add_blank_lines(out, missing);
    if (draft->padding.with_file && !out->full) {
        draft->padding.file = wished - (out->len - start);
        out->len = start;
        write_message(draft, template, out);
    }
    return 0;
}

int mf_compose_message(struct mf_arena *arena, const struct mf_compose *compose, struct mf_text *out,
                       const char **message_id, struct mf_diag *d)
{
    const struct mf_message *template = NULL;
    size_t start = out->len;
    struct mf_draft draft = {.arena = arena, .wish = compose};
    if (mf_draft_check(compose, d))
        return -1;
    if (compose->template_bytes.len && !(template = mf_template_read(arena, compose, d)))
        return -1;
    draft.is_written = mf_alloc_array(arena, compose->header_count + 1, sizeof *draft.is_written);
    draft.message_id = choose_message_id(&draft, template);
    write_message(&draft, template, out);
    if (compose->size && !out->full && pad(&draft, template, out, start, d))
        return -1;
    if (out->full)
        return mf_trouble(d, "the message is larger than the %zu octets that are allowed here",
                          out->max ? out->max : MF_TEXT_MAX_DEFAULT);
    *message_id = mf_copy(arena, draft.message_id);
    return 0;
}

/* Header values as somebody wrote them, and parameters of MIME fields. */
#include <string.h>

#include "message/encode_internal.h"

static bool is_address_field(const char *name)
{
    static const char *const names[] = {"From", "Sender", "Reply-To", "To", "Cc", "Bcc", "Resent-From", "Resent-To",
                                        "Resent-Cc", "Disposition-Notification-To"};
    for (size_t i = 0; i < sizeof names / sizeof *names; ++i)
        if (mf_same_nocase(name, names[i]))
            return true;
    return false;
}

/* Where a mailbox of a list ends: a comma outside of quotes and angles, or the end. */
static size_t mailbox_length(const char *list)
{
    bool in_quotes = false, in_angle = false;
    size_t i = 0;
    for (; list[i] && (list[i] != ',' || in_quotes || in_angle); ++i) {
        if (list[i] == '\\' && in_quotes && list[i + 1])
            ++i;
        else if (list[i] == '"')
            in_quotes = !in_quotes;
        else if (!in_quotes && (list[i] == '<' || list[i] == '>'))
            in_angle = list[i] == '<';
    }
    return i;
}

/* A display name without its quotes. */
static void add_unquoted(struct mf_text *name, struct mf_bytes phrase)
{
    bool in_quotes = false;
    for (size_t i = 0; i < phrase.len; ++i) {
        if (phrase.data[i] == '"')
            in_quotes = !in_quotes;
        else if (phrase.data[i] == '\\' && in_quotes && i + 1 < phrase.len)
            mf_text_putc(name, phrase.data[++i]);
        else
            mf_text_putc(name, phrase.data[i]);
    }
}

static void add_mailbox(struct mf_field *field, struct mf_bytes mailbox, const char *behind)
{
    struct mf_text name = {0}, address = {0};
    const char *angle = mailbox.len ? memrchr(mailbox.data, '<', mailbox.len) : NULL;
    size_t phrase = angle ? (size_t)(angle - mailbox.data) : 0;
    add_unquoted(&name, mf_bytes_trim(mf_bytes_slice(mailbox, 0, phrase)));
    struct mf_bytes rest = mf_bytes_trim(mf_bytes_from(mailbox, angle ? phrase + 1 : 0));
    while (angle && rest.len && rest.data[rest.len - 1] == '>')
        --rest.len;
    mf_text_add(&address, rest.data, rest.len);
    mf_field_mailbox(field, mf_text_str(&name), mf_text_str(&address), behind);
    mf_text_release(&name);
    mf_text_release(&address);
}

void mf_field_given(struct mf_field *field, const char *name, const char *value)
{
    if (mf_is_ascii(value, strlen(value))) {
        mf_field_words(field, value);
        return;
    }
    if (!is_address_field(name)) {
        mf_field_text(field, value);
        return;
    }
    while (*value) {
        size_t len = mailbox_length(value);
        add_mailbox(field, mf_bytes_trim((struct mf_bytes){value, len}), value[len] ? "," : "");
        value += value[len] ? len + 1 : len;
    }
}

static bool is_attribute_character(unsigned char c) /* RFC 2231 7 */
{
    return mf_is_alnum(c) || (c && strchr("!#$&+-.^_`{|}~", c));
}

/* One section of a long value: from *value on, as much as a line holds. */
static void add_section(struct mf_text *word, const char **value)
{
    while (**value && word->len < MF_LINE_MAX - 8) {
        unsigned char c = (unsigned char)*(*value)++;
        if (is_attribute_character(c))
            mf_text_putc(word, (char)c);
        else
            mf_text_printf(word, "%%%02X", c);
    }
}

static void add_extended(struct mf_field *field, const char *name, const char *value, const char *behind)
{
    struct mf_text word = {0};
    mf_text_printf(&word, "%s*=utf-8''", name);
    const char *rest = value;
    add_section(&word, &rest);
    bool fits = *rest == '\0';
    for (int n = 0; !fits && *value; ++n) {
        mf_text_clear(&word);
        mf_text_printf(&word, "%s*%d*=%s", name, n, n == 0 ? "utf-8''" : "");
        add_section(&word, &value);
        if (*value) {
            mf_text_putc(&word, ';');
            mf_field_word(field, mf_text_str(&word));
        }
    }
    mf_text_puts(&word, behind);
    mf_field_word(field, mf_text_str(&word));
    mf_text_release(&word);
}

static bool is_printable(const char *value)
{
    for (; *value; ++value)
        if (*value < ' ' || *value > '~')
            return false;
    return true;
}

void mf_field_parameter(struct mf_field *field, const char *name, const char *value, const char *behind)
{
    if (!is_printable(value) || strlen(name) + strlen(value) > MF_LINE_MAX - 10) {
        add_extended(field, name, value, behind);
        return;
    }
    struct mf_text word = {0};
    mf_text_printf(&word, "%s=\"", name);
    for (; *value; ++value) {
        if (*value == '"' || *value == '\\')
            mf_text_putc(&word, '\\');
        mf_text_putc(&word, *value);
    }
    mf_text_printf(&word, "\"%s", behind);
    mf_field_word(field, mf_text_str(&word));
    mf_text_release(&word);
}

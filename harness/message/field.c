/* Header fields written: folded (RFC 5322 2.2.3), words of other charsets by RFC 2047. */
#include <string.h>

#include "message/encode_internal.h"

#define WORD_MAX_PLAIN 900 /* a longer one could pass 998 characters in a line */
#define WORD_FRAME 12      /* =?UTF-8?Q??= */
#define WORD_MAX_ENCODED 75

struct mf_field mf_field_start(struct mf_text *out, const char *name)
{
    mf_text_printf(out, "%s:", name);
    return (struct mf_field){.out = out, .column = strlen(name) + 1};
}

void mf_field_end(struct mf_field *field)
{
    mf_text_puts(field->out, "\r\n");
}

/* gap: the white space before the word, where a line may end. */
static void add_word(struct mf_field *field, struct mf_bytes gap, struct mf_bytes word)
{
    if (field->has_word && gap.len && field->column + gap.len + word.len > MF_LINE_MAX) {
        mf_text_puts(field->out, "\r\n");
        field->column = 0;
    }
    mf_text_add(field->out, gap.data, gap.len);
    mf_text_add(field->out, word.data, word.len);
    field->column += gap.len + word.len;
    field->has_word = true;
}

void mf_field_word(struct mf_field *field, const char *word)
{
    add_word(field, MF_BYTES(" "), mf_bytes_of(word));
}

/* The next word of a text with the space before it; false at the end. */
static bool next_word(const char **at, struct mf_bytes *gap, struct mf_bytes *word)
{
    *gap = (struct mf_bytes){*at, strspn(*at, " \t")};
    *at += gap->len;
    *word = (struct mf_bytes){*at, strcspn(*at, " \t")};
    *at += word->len;
    return word->len > 0;
}

void mf_field_words(struct mf_field *field, const char *words)
{
    struct mf_bytes gap, word;
    while (next_word(&words, &gap, &word))
        add_word(field, gap.len ? gap : MF_BYTES(" "), word);
}

static bool is_q_plain(unsigned char c) /* RFC 2047 5 (3): safe in phrases too */
{
    return mf_is_alnum(c) || strchr("!*+-/", c) != NULL;
}

static size_t q_cost(const char *text, size_t len)
{
    size_t cost = 0;
    for (size_t i = 0; i < len; ++i)
        cost += text[i] == ' ' || is_q_plain((unsigned char)text[i]) ? 1 : 3;
    return cost;
}

static size_t b_cost(size_t len)
{
    return (len + 2) / 3 * 4;
}

static void add_q(struct mf_text *word, struct mf_bytes text)
{
    for (size_t i = 0; i < text.len; ++i) {
        unsigned char c = (unsigned char)text.data[i];
        if (c == ' ' || is_q_plain(c))
            mf_text_putc(word, c == ' ' ? '_' : (char)c);
        else
            mf_text_printf(word, "=%02X", c);
    }
}

static void add_b(struct mf_text *word, struct mf_bytes text)
{
    struct mf_text lines = {0};
    mf_encode_base64(&lines, text);
    mf_text_add(word, lines.data, lines.len - 2); /* at most 75 octets: one line */
    mf_text_release(&lines);
}

/* How much of the text, in whole characters, makes at most `room` encoded octets; one at least. */
static size_t whole_characters(struct mf_bytes text, bool use_b, size_t room)
{
    size_t taken = 0, cost = 0;
    while (taken < text.len) {
        size_t end = taken + 1;
        while (end < text.len && ((unsigned char)text.data[end] & 0xC0) == 0x80)
            ++end;
        cost += q_cost(text.data + taken, end - taken);
        if (taken && (use_b ? b_cost(end) : cost) > room)
            break;
        taken = end;
    }
    return taken;
}

static void add_encoded(struct mf_field *field, struct mf_bytes gap, struct mf_bytes text)
{
    bool use_b = b_cost(text.len) < q_cost(text.data, text.len);
    struct mf_text word = {0};
    while (text.len) {
        size_t used = field->column + gap.len;
        size_t room = used + 28 <= MF_LINE_MAX ? MF_LINE_MAX - used : WORD_MAX_ENCODED;
        size_t taken = whole_characters(text, use_b, (room < WORD_MAX_ENCODED ? room : WORD_MAX_ENCODED) - WORD_FRAME);
        struct mf_bytes part = mf_bytes_slice(text, 0, taken);
        mf_text_puts(&word, use_b ? "=?UTF-8?B?" : "=?UTF-8?Q?");
        use_b ? add_b(&word, part) : add_q(&word, part);
        mf_text_puts(&word, "?=");
        add_word(field, gap, mf_text_bytes(&word));
        mf_text_clear(&word);
        text = mf_bytes_from(text, taken);
        gap = MF_BYTES(" ");
    }
    mf_text_release(&word);
}

static bool must_encode(struct mf_bytes word)
{
    return word.len > WORD_MAX_PLAIN || !mf_is_ascii(word.data, word.len) || mf_bytes_find(word, "=?") >= 0;
}

/* The span from the first to the last word that needs it is encoded, so that plain words around it
 * (a token) stay readable for everybody. */
void mf_field_text(struct mf_field *field, const char *text)
{
    struct mf_bytes gap, word, span_gap = {NULL, 0};
    const char *first = NULL, *last = NULL, *at = text;
    while (next_word(&at, &gap, &word))
        if (must_encode(word)) {
            span_gap = first ? span_gap : gap;
            first = first ? first : word.data;
            last = at;
        }
    if (*text && (mf_is_wsp(*text) || mf_is_wsp(text[strlen(text) - 1]))) { /* would be lost at the ends */
        first = text;
        span_gap = (struct mf_bytes){NULL, 0};
        last = text + strlen(text);
    }
    for (at = text; next_word(&at, &gap, &word) && !(first && word.data >= first);)
        add_word(field, gap.len ? gap : MF_BYTES(" "), word);
    if (first) {
        add_encoded(field, span_gap.len ? span_gap : MF_BYTES(" "), (struct mf_bytes){first, (size_t)(last - first)});
        mf_field_words(field, last);
    }
}

static bool is_atoms(const char *name)
{
    bool after_space = true;
    for (; *name; ++name) {
        if (*name == ' ' ? after_space : !mf_is_atext((unsigned char)*name))
            return false;
        after_space = *name == ' ';
    }
    return !after_space;
}

static void add_quoted(struct mf_field *field, const char *name)
{
    struct mf_text quoted = {0};
    mf_text_putc(&quoted, '"');
    for (; *name; ++name) {
        if (*name == '"' || *name == '\\')
            mf_text_putc(&quoted, '\\');
        mf_text_putc(&quoted, *name);
    }
    mf_text_putc(&quoted, '"');
    mf_field_words(field, mf_text_str(&quoted));
    mf_text_release(&quoted);
}

void mf_field_mailbox(struct mf_field *field, const char *name, const char *address, const char *behind)
{
    bool has_name = name && *name;
    if (has_name && must_encode(mf_bytes_of(name)))
        add_encoded(field, MF_BYTES(" "), mf_bytes_of(name));
    else if (has_name && is_atoms(name))
        mf_field_words(field, name);
    else if (has_name)
        add_quoted(field, name);
    struct mf_text word = {0};
    mf_text_printf(&word, has_name ? "<%s>%s" : "%s%s", address, behind);
    mf_field_word(field, mf_text_str(&word));
    mf_text_release(&word);
}

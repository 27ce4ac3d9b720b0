/* Domain names in UTF-8 as DNS knows them: punycode (RFC 3492) behind "xn--" (RFC 5891 4.4). */
#include "mailflow/message.h"

#include <string.h>

#define LABEL_MAX 63
enum { BASE = 36, T_MIN = 1, T_MAX = 26, SKEW = 38, DAMP = 700, FIRST_BIAS = 72, FIRST_NON_ASCII = 128 };

struct label {
    uint32_t points[LABEL_MAX];
    size_t count;
};

/* The simple pairs of Latin-1, Greek and Cyrillic; U-labels are lower case already. */
static uint32_t lower(uint32_t c)
{
    if (c < 128)
        return (uint32_t)mf_lower((int)c);
    if ((c >= 0xC0 && c <= 0xDE && c != 0xD7) || (c >= 0x391 && c <= 0x3A9) || (c >= 0x410 && c <= 0x42F))
        return c + 32;
    return c >= 0x400 && c <= 0x40F ? c + 80 : c;
}

/* text is UTF-8. False: more than a label can hold. */
static bool read_label(const char *text, size_t len, struct label *label)
{
    label->count = 0;
    for (size_t i = 0; i < len;) {
        unsigned char c = (unsigned char)text[i++];
        int more = c < 0xC0 ? 0 : c < 0xE0 ? 1 : c < 0xF0 ? 2 : 3;
        uint32_t point = more ? c & (0x3Fu >> more) : c;
        for (; more && i < len; more--)
            point = point << 6 | ((unsigned char)text[i++] & 0x3F);
        if (label->count == LABEL_MAX)
            return false;
        label->points[label->count++] = lower(point);
    }
    return true;
}

static uint32_t next_bias(uint32_t delta, uint32_t points, bool is_first)
{
    uint32_t k = 0;
    delta = is_first ? delta / DAMP : delta / 2;
    for (delta += delta / points; delta > (BASE - T_MIN) * T_MAX / 2; k += BASE)
        delta /= BASE - T_MIN;
    return k + (BASE - T_MIN + 1) * delta / (delta + SKEW);
}

/* A number in the variable-length digits of RFC 3492 3.3. */
static void add_number(struct mf_text *out, uint32_t number, uint32_t bias)
{
    static const char digits[] = "abcdefghijklmnopqrstuvwxyz0123456789";
    for (uint32_t k = BASE;; k += BASE) {
        uint32_t t = k <= bias ? T_MIN : k >= bias + T_MAX ? T_MAX : k - bias;
        if (number < t)
            break;
        mf_text_putc(out, digits[t + (number - t) % (BASE - t)]);
        number = (number - t) / (BASE - t);
    }
    mf_text_putc(out, digits[number]);
}

static uint32_t smallest_from(const struct label *label, uint32_t least)
{
    uint32_t smallest = UINT32_MAX;
    for (size_t i = 0; i < label->count; i++)
        if (label->points[i] >= least && label->points[i] < smallest)
            smallest = label->points[i];
    return smallest;
}

/* RFC 3492 6.3. At most 63 points below 2^21: nothing can overflow. */
static void add_punycode(struct mf_text *out, const struct label *label)
{
    uint32_t n = FIRST_NON_ASCII, delta = 0, bias = FIRST_BIAS, basic = 0;
    for (size_t i = 0; i < label->count; i++)
        if (label->points[i] < FIRST_NON_ASCII) {
            mf_text_putc(out, (char)label->points[i]);
            basic++;
        }
    if (basic)
        mf_text_putc(out, '-');
    for (uint32_t done = basic; done < label->count; n++, delta++) {
        uint32_t next = smallest_from(label, n);
        delta += (next - n) * (done + 1);
        n = next;
        for (size_t i = 0; i < label->count; i++) {
            delta += label->points[i] < n;
            if (label->points[i] != n)
                continue;
            add_number(out, delta, bias);
            bias = next_bias(delta, done + 1, done == basic);
            delta = 0;
            done++;
        }
    }
}

static bool is_ascii(const char *text, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if ((unsigned char)text[i] >= FIRST_NON_ASCII)
            return false;
    return true;
}

static bool add_label(struct mf_text *out, const char *text, size_t len)
{
    struct label label;
    if (is_ascii(text, len)) {
        mf_text_add(out, text, len);
        return true;
    }
    size_t before = out->len;
    if (!read_label(text, len, &label))
        return false;
    mf_text_puts(out, "xn--");
    add_punycode(out, &label);
    return out->len - before <= LABEL_MAX;
}

const char *mf_domain_ascii(struct mf_arena *arena, const char *domain)
{
    size_t len = strlen(domain);
    if (is_ascii(domain, len) || !mf_is_utf8(domain, len, NULL))
        return domain;
    struct mf_text out = {.max = 4096};
    bool fits = true;
    for (const char *at = domain; fits; at++) {
        size_t label = strcspn(at, ".");
        fits = add_label(&out, at, label);
        at += label;
        if (!*at)
            break;
        mf_text_putc(&out, '.');
    }
    const char *ascii = fits && !out.full ? mf_copy_bytes(arena, out.data, out.len) : domain;
    mf_text_release(&out);
    return ascii;
}

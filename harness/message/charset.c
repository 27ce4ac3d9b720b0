/* Text of any charset as UTF-8. iconv knows most of them; the few that mail uses day by day, and
 * what is mislabelled, are read here.
 */
#include "message/charset_internal.h"

#include <errno.h>
#include <iconv.h>
#include <string.h>

static const char unreadable[] = "\xEF\xBF\xBD"; /* U+FFFD */

size_t mf_charset_max(size_t len)
{
    return len > (SIZE_MAX - 64) / 8 ? SIZE_MAX - 1 : len * 8 + 64;
}

void mf_charset_add_character(struct mf_text *out, unsigned long c)
{
    char octets[4];
    size_t len = 0;
    if (c == 0 || c > 0x10FFFF || (c >= 0xD800 && c <= 0xDFFF))
        c = 0xFFFD;
    if (c < 0x80) {
        octets[len++] = (char)c;
    } else if (c < 0x800) {
        octets[len++] = (char)(0xC0 | c >> 6);
    } else if (c < 0x10000) {
        octets[len++] = (char)(0xE0 | c >> 12);
        octets[len++] = (char)(0x80 | (c >> 6 & 0x3F));
    } else {
        octets[len++] = (char)(0xF0 | c >> 18);
        octets[len++] = (char)(0x80 | (c >> 12 & 0x3F));
        octets[len++] = (char)(0x80 | (c >> 6 & 0x3F));
    }
    if (c >= 0x80)
        octets[len++] = (char)(0x80 | (c & 0x3F));
    mf_text_add(out, octets, len);
}

/* Valid UTF-8, but for NUL, which no C string can hold. */
static void add_without_nul(struct mf_text *out, struct mf_bytes in)
{
    while (in.len) {
        const char *nul = memchr(in.data, '\0', in.len);
        size_t len = nul ? (size_t)(nul - in.data) : in.len;
        mf_text_add(out, in.data, len);
        if (nul)
            mf_text_puts(out, unreadable);
        in = mf_bytes_from(in, nul ? len + 1 : len);
    }
}

/* One U+FFFD for each run of octets that are no UTF-8. */
static void add_repaired(struct mf_text *out, struct mf_bytes in)
{
    bool in_bad_run = false;
    while (in.len) {
        size_t good = in.len;
        bool rest_is_good = mf_is_utf8(in.data, in.len, &good);
        if (rest_is_good)
            good = in.len;
        add_without_nul(out, mf_bytes_slice(in, 0, good));
        if (good)
            in_bad_run = false;
        if (rest_is_good)
            return;
        if (!in_bad_run)
            mf_text_puts(out, unreadable);
        in_bad_run = true;
        in = mf_bytes_from(in, good + 1);
    }
}

/* ISO 8859-1 in mail is nearly always Windows-1252, its superset but for unused controls. */
static void add_windows_1252(struct mf_text *out, struct mf_bytes in)
{
    static const unsigned short from_80[32] = {
        0x20AC, 0xFFFD, 0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021, 0x02C6, 0x2030, 0x0160,
        0x2039, 0x0152, 0xFFFD, 0x017D, 0xFFFD, 0xFFFD, 0x2018, 0x2019, 0x201C, 0x201D, 0x2022,
        0x2013, 0x2014, 0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0xFFFD, 0x017E, 0x0178,
    };
    for (size_t i = 0; i < in.len; ++i) {
        unsigned char octet = (unsigned char)in.data[i];
        mf_charset_add_character(out, octet >= 0x80 && octet < 0xA0 ? from_80[octet - 0x80] : octet);
    }
}

static bool is_one_of(const char *charset, const char *const *names)
{
    for (; *names; ++names)
        if (mf_same_nocase(charset, *names))
            return true;
    return false;
}

/* The name is the sender's: no "//TRANSLIT" and the like may reach iconv. */
static iconv_t open_converter(const char *charset)
{
    static const char *const others[][2] = {{"ks_c_5601-1987", "CP949"},   {"gb2312", "GB18030"},
                                            {"gb_2312-80", "GB18030"},     {"x-sjis", "CP932"},
                                            {"shift_jis", "CP932"},        {"unicode-1-1-utf-7", "UTF-7"},
                                            {"iso-8859-8-i", "ISO-8859-8"}, {"x-gbk", "GBK"}};
    for (size_t i = 0; i < sizeof others / sizeof *others; ++i)
        if (mf_same_nocase(charset, others[i][0]))
            return iconv_open("UTF-8", others[i][1]);
    size_t len = strlen(charset);
    if (len == 0 || len > 40)
        return (iconv_t)-1;
    for (size_t i = 0; i < len; ++i)
        if (!mf_is_alnum((unsigned char)charset[i]) && !strchr("._:+-", charset[i]))
            return (iconv_t)-1;
    return iconv_open("UTF-8", charset);
}

static void add_converted(struct mf_text *out, iconv_t converter, struct mf_bytes in)
{
    char octets[4096], *next = (char *)in.data;
    size_t left = in.len;
    for (bool held_back = false; left || !held_back;) {
        char *end = octets;
        size_t room = sizeof octets;
        held_back = left == 0; /* all is read: this call writes what the converter still holds */
        size_t result = iconv(converter, held_back ? NULL : &next, held_back ? NULL : &left, &end, &room);
        int why = result == (size_t)-1 ? errno : 0;
        add_repaired(out, (struct mf_bytes){octets, (size_t)(end - octets)});
        if (why == 0 || (why == E2BIG && end != octets))
            continue;
        mf_text_puts(out, unreadable);
        if (why != EILSEQ || left == 0)
            left = 0; /* EINVAL: cut within a character */
        else
            ++next, --left;
    }
}

void mf_charset_add(struct mf_text *out, const char *charset, struct mf_bytes in)
{
    static const char *const utf8[] = {"utf-8", "utf8", NULL};
    static const char *const western[] = {"iso-8859-1", "latin1", "windows-1252", "cp1252", NULL};
    static const char *const unknown[] = {"us-ascii", "ascii", "unknown-8bit", "x-unknown", "8bit", NULL};
    if (charset && is_one_of(charset, utf8)) {
        add_repaired(out, in);
        return;
    }
    iconv_t converter = (iconv_t)-1;
    bool is_western = charset && is_one_of(charset, western);
    if (charset && !is_western && !is_one_of(charset, unknown))
        converter = open_converter(charset);
    if (converter != (iconv_t)-1) {
        add_converted(out, converter, in);
        iconv_close(converter);
    } else if (!is_western && mf_is_utf8(in.data, in.len, NULL)) {
        add_without_nul(out, in);
    } else {
        add_windows_1252(out, in);
    }
}

const char *mf_charset_text(struct mf_arena *arena, const char *charset, struct mf_bytes in)
{
    struct mf_text text;
    mf_text_init(&text, mf_charset_max(in.len));
    mf_charset_add(&text, charset, in);
    return mf_text_into(arena, &text);
}

/* Is it text at all? What YAML can't hold, or what only looks like what it says, is refused before
 * libfyaml sees it. */
#include "scenario/scenario_internal.h"

#include <string.h>

/* 0: fine. Otherwise the code point of a character that no scenario needs: controls (C0, DEL, C1),
 * line separators that editors don't show as lines, and a byte order mark in the middle. */
static unsigned forbidden(const char *data, size_t left)
{
    const unsigned char *s = (const unsigned char *)data;
    if (s[0] < 0x20)
        return s[0] == '\t' || s[0] == '\n' || (s[0] == '\r' && left > 1 && s[1] == '\n') ? 0 : s[0] ? s[0] : 0x2400;
    if (s[0] == 0x7F)
        return 0x7F;
    if (s[0] == 0xC2 && left > 1 && s[1] < 0xA0)
        return s[1];
    if (s[0] == 0xE2 && left > 2 && s[1] == 0x80 && (s[2] == 0xA8 || s[2] == 0xA9))
        return 0x2000u + (s[2] & 0x3Fu);
    if (s[0] == 0xEF && left > 2 && s[1] == 0xBB && s[2] == 0xBF)
        return 0xFEFF;
    return 0;
}

static bool is_utf16(const char *data, size_t len)
{
    return len >= 2 && (memcmp(data, "\xFF\xFE", 2) == 0 || memcmp(data, "\xFE\xFF", 2) == 0);
}

static void tell_encoding(struct mf_yaml_source *source, size_t at, struct mf_diags *diags)
{
    struct mf_place place = mf_yaml_place(source, at, at);
    if (is_utf16(source->work, source->len))
        mf_diags_add(diags, place, "this file is UTF-16, not UTF-8", "save it as UTF-8");
    else
        mf_diags_addf(diags, place, "save the file as UTF-8", "byte 0x%02X is not valid UTF-8",
                      (unsigned char)source->work[at]);
}

static void tell_control(struct mf_yaml_source *source, size_t at, unsigned code, struct mf_diags *diags)
{
    struct mf_place place = mf_yaml_place(source, at, at);
    const char *hint = "delete it; where a text needs it, write it as an escape in double quotes";
    if (code == '\r')
        hint = "end lines with LF or CR LF, not with CR alone";
    mf_diags_addf(diags, place, hint, "control character U+%04X", code == 0x2400 ? 0 : code);
}

static bool check_size(struct mf_yaml_source *source, struct mf_diags *diags)
{
    if (source->original_len <= MF_YAML_MAX_SIZE)
        return true;
    mf_diags_addf(diags, (struct mf_place){.file = source->name, .line = 1, .column = 1, .length = 1},
                  "split it into several files", "the file has more than %zu MB", MF_YAML_MAX_SIZE >> 20);
    return false;
}

static bool check_characters(struct mf_yaml_source *source, struct mf_diags *diags)
{
    enum { TELL_AT_MOST = 10 };
    int told = 0;
    for (size_t at = 0; at < source->len && told < TELL_AT_MOST; at++) {
        unsigned char c = (unsigned char)source->work[at];
        if (c >= 0x20 && c < 0x7F)
            continue;
        unsigned code = forbidden(source->work + at, source->len - at);
        if (code) {
            tell_control(source, at, code, diags);
            told++;
        }
    }
    return told == 0;
}

static bool check_lines(struct mf_yaml_source *source, struct mf_diags *diags)
{
    for (size_t at = 0; at < source->len; at = mf_yaml_next_line(source, at)) {
        if (mf_yaml_line_end(source, at) - at <= MF_YAML_MAX_LINE)
            continue;
        mf_diags_addf(diags, mf_yaml_place(source, at, at), "put it on several lines, or into a file of its own",
                      "this line has more than %zu kB", MF_YAML_MAX_LINE >> 10);
        return false;
    }
    return true;
}

bool mf_yaml_check(struct mf_yaml_source *source, struct mf_diags *diags)
{
    if (!check_size(source, diags))
        return false;
    size_t bad_at = 0;
    if (!mf_is_utf8(source->work, source->len, &bad_at)) {
        tell_encoding(source, bad_at, diags);
        return false;
    }
    return check_characters(source, diags) && check_lines(source, diags);
}

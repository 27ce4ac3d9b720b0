/* What the report formats share. */
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#include "mailflow/text.h"
#include "report/report_internal.h"

/* Length of the UTF-8 sequence at text, 0 when it is none. */
static size_t sequence(const char *text, size_t len)
{
    unsigned char lead = (unsigned char)text[0];
    size_t need = lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
    return need <= len && mf_is_utf8(text, need, NULL) ? need : 0;
}

static unsigned code_point(const char *text, size_t len)
{
    static const unsigned char mask[] = {0, 0x7F, 0x1F, 0x0F, 0x07};
    unsigned code = (unsigned char)text[0] & mask[len];
    for (size_t i = 1; i < len; i++)
        code = code << 6 | ((unsigned char)text[i] & 0x3F);
    return code;
}

/* XML 1.0, section 2.2: what a document may hold at all. */
static bool fits_xml(unsigned code)
{
    return code == '\t' || code == '\n' || code == '\r' || (code >= 0x20 && code != 0xFFFE && code != 0xFFFF);
}

#define REPLACEMENT "\xEF\xBF\xBD"

void report_escape_xml(struct mf_text *out, const char *text)
{
    size_t left = text ? strlen(text) : 0;
    while (left) {
        size_t step = sequence(text, left);
        if (step == 0 || !fits_xml(code_point(text, step)))
            mf_text_puts(out, REPLACEMENT);
        else if (*text == '&')
            mf_text_puts(out, "&amp;");
        else if (*text == '<')
            mf_text_puts(out, "&lt;");
        else if (*text == '>')
            mf_text_puts(out, "&gt;");
        else if (*text == '"')
            mf_text_puts(out, "&quot;");
        else if (*text == '\n' || *text == '\r' || *text == '\t')
            mf_text_printf(out, "&#%d;", *text);
        else
            mf_text_add(out, text, step);
        step += step == 0;
        text += step;
        left -= step;
    }
}

/* C1 controls and bidirectional overrides play with terminals as much as C0 does. */
static bool fits_terminal(unsigned code)
{
    return code >= 0x20 && code != 0x7F && !(code >= 0x80 && code < 0xA0) && !(code >= 0x202A && code <= 0x202E) &&
           !(code >= 0x2066 && code <= 0x2069);
}

void report_escape_terminal(struct mf_text *out, const char *text, size_t len)
{
    while (len) {
        size_t step = sequence(text, len);
        if (step && fits_terminal(code_point(text, step))) {
            mf_text_add(out, text, step);
        } else {
            step += step == 0;
            for (size_t i = 0; i < step; i++)
                mf_text_printf(out, "\\x%02X", (unsigned char)text[i]);
        }
        text += step;
        len -= step;
    }
}

char *report_clean_utf8(const char *text)
{
    struct mf_text out = {0};
    size_t left = text ? strlen(text) : 0;
    while (left) {
        size_t step = sequence(text, left);
        mf_text_add(&out, step ? text : REPLACEMENT, step ? step : strlen(REPLACEMENT));
        step += step == 0;
        text += step;
        left -= step;
    }
    char *clean = mf_xstrdup(mf_text_str(&out));
    mf_text_release(&out);
    return clean;
}

int report_width(const char *text)
{
    return report_width_of(text, strlen(text));
}

int report_width_of(const char *text, size_t len)
{
    int width = 0;
    for (size_t left = len, step; left; text += step, left -= step) {
        step = sequence(text, left);
        int cells = step ? wcwidth((wchar_t)code_point(text, step)) : 1;
        width += cells < 0 ? 1 : cells;
        step += step == 0;
    }
    return width;
}

const struct mf_flow_verdict *report_flow(const struct mf_verdict *verdict, const struct mf_section *section, size_t i)
{
    return &verdict->flows[section->flows[i]->index];
}

const char *report_severity(const struct mf_finding *finding)
{
    return finding->outcome == MF_FAIL || finding->outcome == MF_ERROR ? "problem"
           : finding->outcome == MF_PENDING                            ? "info"
                                                                       : "warning";
}

void report_place(struct mf_text *out, const struct mf_place *place)
{
    if (place->file)
        mf_text_printf(out, "%s:%d", place->file, place->line);
}

const struct mf_finding *report_main_finding(const struct mf_flow_verdict *flow)
{
    for (size_t i = 0; i < flow->finding_count; i++)
        if (flow->findings[i]->outcome != MF_PASS)
            return flow->findings[i];
    return NULL;
}

static void add_lines(struct mf_text *out, const char *label, const char *text)
{
    if (!text || !*text)
        return;
    mf_text_printf(out, "%s: %s", label, text);
    if (text[strlen(text) - 1] != '\n')
        mf_text_putc(out, '\n');
}

void report_finding_text(struct mf_text *out, const struct mf_finding *finding)
{
    mf_text_printf(out, "%s [%s]\n", finding->title, finding->kind->id);
    add_lines(out, "Why", finding->why);
    for (size_t i = 0; i < finding->exhibit_count; i++)
        add_lines(out, finding->exhibits[i].title ? finding->exhibits[i].title : "Seen", finding->exhibits[i].text);
    add_lines(out, "Fix", finding->fix);
    for (size_t i = 0; i < finding->place_count; i++) {
        mf_text_puts(out, i ? ", " : "Place: ");
        report_place(out, &finding->places[i]);
    }
    if (finding->place_count)
        mf_text_putc(out, '\n');
}

/* HTML as a person would read it, roughly: enough to find and show words, no renderer. */
#include <stdlib.h>
#include <string.h>

#include "message/charset_internal.h"
#include "message/part_internal.h"

static bool is_tag(const char *at, const char *name)
{
    size_t len = strlen(name);
    return mf_starts_nocase(at, name) && !mf_is_alnum((unsigned char)at[len]);
}

/* Behind an element whose content is no text; its end tag missing, the rest is lost as in a browser. */
static const char *skip_element(const char *at, const char *end_tag)
{
    const char *found = strcasestr(at, end_tag);
    return found ? found + strlen(end_tag) : at + strlen(at);
}

static bool breaks_line(const char *name)
{
    static const char *const tags[] = {"br", "p",  "/p", "/div", "/tr", "/li", "/h1", "/h2",
                                       "/h3", "/h4", "hr", "/title", "/table", "/blockquote", "/pre"};
    for (size_t i = 0; i < sizeof tags / sizeof *tags; ++i)
        if (is_tag(name, tags[i]))
            return true;
    return false;
}

/* From '<' to behind its '>'. */
static const char *take_tag(struct mf_text *out, const char *at)
{
    const char *name = at + 1;
    if (mf_starts(name, "!--"))
        return skip_element(name, "-->");
    if (is_tag(name, "script"))
        return skip_element(name, "</script>");
    if (is_tag(name, "style"))
        return skip_element(name, "</style>");
    if (breaks_line(name))
        mf_text_putc(out, '\n');
    at += strcspn(at, ">");
    return *at ? at + 1 : at;
}

static const char *take_entity(struct mf_text *out, const char *at)
{
    static const struct {
        const char *name, *text;
    } entities[] = {{"&amp;", "&"}, {"&lt;", "<"}, {"&gt;", ">"}, {"&quot;", "\""}, {"&apos;", "'"}, {"&nbsp;", " "}};
    for (size_t i = 0; i < sizeof entities / sizeof *entities; ++i)
        if (mf_starts(at, entities[i].name)) {
            mf_text_puts(out, entities[i].text);
            return at + strlen(entities[i].name);
        }
    if (at[1] == '#') {
        bool is_hex = mf_lower((unsigned char)at[2]) == 'x';
        const char *digits = at + (is_hex ? 3 : 2);
        if (is_hex ? mf_hex_value((unsigned char)*digits) >= 0 : mf_is_digit((unsigned char)*digits)) {
            char *end;
            mf_charset_add_character(out, strtoul(digits, &end, is_hex ? 16 : 10));
            return *end == ';' ? end + 1 : end;
        }
    }
    mf_text_putc(out, '&');
    return at + 1;
}

const char *mf_html_text(struct mf_arena *arena, const char *html)
{
    struct mf_text out;
    mf_text_init(&out, strlen(html) + 64);
    while (*html) {
        if (*html == '<' && html[1] && strchr("!/?", html[1]) == NULL && !mf_is_alpha((unsigned char)html[1])) {
            mf_text_putc(&out, *html++); /* a < b */
        } else if (*html == '<') {
            html = take_tag(&out, html);
        } else if (*html == '&') {
            html = take_entity(&out, html);
        } else {
            size_t plain = strcspn(html, "<&");
            mf_text_add(&out, html, plain);
            html += plain;
        }
    }
    return mf_text_into(arena, &out);
}

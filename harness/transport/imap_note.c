/* What every line of an IMAP server says by itself: EXISTS, EXPUNGE, CAPABILITY, COPYUID, BYE, the
 * words of a refusal. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mailflow/trace.h"
#include "transport/imap_internal.h"

static void note_capabilities(struct mf_wire *wire, const char *words, size_t len)
{
    size_t used = 0;
    wire->capabilities[used++] = ' ';
    for (size_t i = 0; i < len && used + 2 < sizeof wire->capabilities; i++) {
        char c = words[i];
        if (c == ']' || c == '\r' || c == '\n')
            break;
        wire->capabilities[used++] = c >= 'a' && c <= 'z' ? (char)(c - 'a' + 'A') : c;
    }
    wire->capabilities[used++] = ' ';
    wire->capabilities[used] = '\0';
}

/* "12 EXISTS", "12 EXPUNGE": numbers first. */
static void note_number(struct mf_wire *wire, const char *words)
{
    char *rest;
    unsigned long number = strtoul(words, &rest, 10);
    rest += strspn(rest, " ");
    if (mf_starts_nocase(rest, "EXISTS"))
        wire->exists = number > 0xffffffffUL ? 0xffffffffU : (unsigned)number;
    else if (mf_starts_nocase(rest, "EXPUNGE") && wire->exists > 0) {
        wire->exists--;
        wire->expunged++;
    }
}

static void note_refusal(struct mf_wire *wire, const char *words)
{
    mf_clean_words(wire->said, sizeof wire->said, words, strlen(words));
    wire->said_no = true;
}

/* "[COPYUID 38505 304,319:320 3956:3958]" */
static void note_copied(struct mf_wire *wire, const char *words)
{
    const char *at = strcasestr(words, "[COPYUID ");
    for (int skipped = 0; at && skipped < 3; skipped++)
        at = (at = strchr(at, ' ')) ? at + 1 : NULL;
    if (at)
        snprintf(wire->copied, sizeof wire->copied, "%.*s", (int)strcspn(at, "] \r\n"), at);
}

/* line: NUL-terminated copy of the first bytes. */
static void note_words(struct mf_wire *wire, const char *line)
{
    const char *words = line + strcspn(line, " ");
    words += strspn(words, " ");
    const char *coded = strcasestr(words, "[CAPABILITY ");
    if (coded)
        note_capabilities(wire, coded + 12, strlen(coded + 12));
    note_copied(wire, words);
    if (line[0] == '*' && mf_starts_nocase(words, "CAPABILITY "))
        note_capabilities(wire, words + 11, strlen(words + 11));
    else if (line[0] == '*' && words[0] >= '0' && words[0] <= '9')
        note_number(wire, words);
    else if (mf_starts_nocase(words, "BYE") && line[0] == '*') {
        note_refusal(wire, words + 3 + strspn(words + 3, " "));
        wire->bye = true;
    } else if (line[0] != '*' && line[0] != '+' && (mf_starts_nocase(words, "NO ") || mf_starts_nocase(words, "BAD"))) {
        note_refusal(wire, words + 3 + strspn(words + 3, " "));
        wire->said_bad = mf_starts_nocase(words, "BAD");
    }
}

static void keep_last(struct mf_wire *wire, const char *line, size_t len)
{
    wire->last_len = len < sizeof wire->last_line - 1 ? len : sizeof wire->last_line - 1;
    memcpy(wire->last_line, line, wire->last_len);
}

const char *mf_wire_last_line(struct mf_wire *wire)
{
    char line[sizeof wire->last_line];
    memcpy(line, wire->last_line, wire->last_len);
    mf_clean_words(wire->last_line, sizeof wire->last_line, line, wire->last_len);
    wire->last_len = strlen(wire->last_line);
    return wire->last_line;
}

/* "* 12 FETCH …" */
static bool is_fetch(const char *line, size_t len)
{
    size_t at = 2;
    if (len < 8 || line[0] != '*' || line[1] != ' ')
        return false;
    while (at < len && line[at] >= '0' && line[at] <= '9')
        at++;
    return at > 2 && at + 2 < len && line[at] == ' ' && (line[at + 1] == 'F' || line[at + 1] == 'f');
}

/* The bulk of a FETCH passes here: the cheap tests come first. */
void mf_wire_note(struct mf_wire *wire, const char *line, size_t len)
{
    char start[1500];
    if (mf_tracing(MF_TRACE_IMAP))
        mf_trace(MF_TRACE_IMAP, "%s < %.*s", wire->peer, (int)(len < 1000 ? len : 1000), line);
    if (wire->continued || line[0] == ')' || line[0] == ' ')
        return;
    keep_last(wire, line, len);
    if (is_fetch(line, len))
        return;
    size_t kept = len < sizeof start - 1 ? len : sizeof start - 1;
    memcpy(start, line, kept);
    start[kept] = '\0';
    note_words(wire, start);
}

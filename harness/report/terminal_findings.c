/* Each cause once: whom it hits, why, the exhibits, the fix, the place. */
#include <string.h>

#include "report/terminal_internal.h"

#define INDENT 11 /* "    Why    " */

/* One paragraph, wrapped at blanks, behind an indent that is already there for the first line. */
static void write_wrapped(struct terminal *t, const char *text, size_t len)
{
    int column = INDENT;
    for (size_t at = 0; at < len;) {
        size_t word = 0;
        while (at + word < len && text[at + word] != ' ')
            word++;
        int cells = report_width_of(text + at, word);
        if (column > INDENT && column + 1 + cells > t->width) {
            mf_text_printf(t->out, "\n%*s", INDENT, "");
            column = INDENT;
        } else if (column > INDENT) {
            mf_text_putc(t->out, ' ');
            column++;
        }
        terminal_span(t, text + at, word);
        column += cells;
        for (at += word; at < len && text[at] == ' ';)
            at++;
    }
}

/* Lines of a text as paragraphs behind a label. A line that starts with a blank, or all of them when
 * `kept`, is shown as it is. */
static void write_labelled(struct terminal *t, const char *label, const char *text, bool kept)
{
    while (text && *text) {
        size_t len = strcspn(text, "\n");
        mf_text_printf(t->out, "    %-*s", INDENT - 4, label);
        if (kept || text[0] == ' ')
            terminal_span(t, text, len);
        else
            write_wrapped(t, text, len);
        mf_text_putc(t->out, '\n');
        text += len + (text[len] == '\n');
        label = "";
    }
}

static const char *diff_color(char sign)
{
    return sign == '+' ? "\033[32m" : sign == '-' ? "\033[31m" : "";
}

static void write_exhibit(struct terminal *t, const struct mf_exhibit *exhibit)
{
    if (exhibit->title && *exhibit->title)
        write_labelled(t, "", exhibit->title, false);
    for (const char *text = exhibit->text; text && *text;) {
        size_t len = strcspn(text, "\n");
        bool diff = exhibit->kind == MF_EXHIBIT_DIFF && t->color && diff_color(text[0])[0];
        mf_text_printf(t->out, "%*s%s", INDENT, "", diff ? diff_color(text[0]) : "");
        terminal_span(t, text, len);
        mf_text_puts(t->out, diff ? "\033[0m\n" : "\n");
        text += len + (text[len] == '\n');
    }
}

static void write_hits(struct terminal *t, const struct mf_finding *finding)
{
    struct mf_text hits = {0};
    for (size_t i = 0; i < finding->row_count; i++)
        mf_text_printf(&hits, "%s%s", hits.len ? ", " : "", mf_dns_row_label(finding->rows[i]));
    for (size_t i = 0; i < finding->flow_count; i++)
        mf_text_printf(&hits, "%s%s", hits.len ? ", " : "", finding->flows[i]->name);
    write_labelled(t, "Hits", mf_text_str(&hits), false);
    mf_text_release(&hits);
}

/* "scenarios/a.yaml:17, :27 (outbound: DKIM passes)": the file once. */
static void write_places(struct terminal *t, const struct mf_finding *finding)
{
    struct mf_text places = {0};
    const char *file = NULL;
    for (size_t i = 0; i < finding->place_count; i++) {
        const struct mf_place *place = &finding->places[i];
        if (!place->file)
            continue;
        mf_text_puts(&places, places.len ? ", " : "");
        mf_text_printf(&places, "%s:%d", mf_same(file, place->file) ? "" : place->file, place->line);
        file = place->file;
    }
    if (places.len && finding->place_words)
        mf_text_printf(&places, " (%s)", finding->place_words);
    write_labelled(t, "Place", mf_text_str(&places), false);
    if (finding->meant_so)
        mf_text_printf(t->out, "%*sMeant so? %s\n", INDENT, "", finding->meant_so);
    mf_text_release(&places);
}

static void write_title(struct terminal *t, const struct mf_finding *finding)
{
    struct mf_text label = {0};
    if (finding->number)
        mf_text_printf(&label, "[%d] ", finding->number);
    terminal_plain(t, mf_text_str(&label));
    bool warning = finding->outcome == MF_PASS;
    const char *word = warning ? "warn" : terminal_outcome_word(finding->outcome);
    terminal_colored(t, warning ? "\033[33m" : terminal_outcome_color(finding->outcome), word);
    int used = (int)label.len + (int)strlen(word), title_at = finding->number ? 10 : 6;
    terminal_pad(t, used, title_at);
    terminal_colored(t, "\033[1m", finding->title);
    used = (used >= title_at ? used + 1 : title_at) + report_width(finding->title);
    int id_at = t->width - report_width(finding->kind->id);
    if (used >= id_at) {
        mf_text_putc(t->out, '\n');
        used = 0;
    }
    terminal_pad(t, used, id_at);
    terminal_plain(t, finding->kind->id);
    mf_text_putc(t->out, '\n');
    mf_text_release(&label);
}

void terminal_findings(struct terminal *t, const struct mf_verdict *verdict)
{
    for (size_t i = 0; i < verdict->finding_count; i++) {
        const struct mf_finding *finding = verdict->findings[i];
        write_title(t, finding);
        write_hits(t, finding);
        write_labelled(t, "Why", finding->why, false);
        for (size_t e = 0; e < finding->exhibit_count; e++)
            write_exhibit(t, &finding->exhibits[e]);
        write_labelled(t, "Fix", finding->fix, false);
        write_places(t, finding);
        mf_text_putc(t->out, '\n');
    }
}

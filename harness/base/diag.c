/* Trouble: one at a time, and lists of them shown with their source lines. */
#include "mailflow/diag.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "mailflow/text.h"

#define DIAGS_MAX 200

int mf_trouble(struct mf_diag *d, const char *format, ...)
{
    if (d && !d->title[0]) {
        va_list args;
        va_start(args, format);
        vsnprintf(d->title, sizeof d->title, format, args);
        va_end(args);
    }
    return -1;
}

void mf_hint(struct mf_diag *d, const char *format, ...)
{
    if (!d || d->hint[0])
        return;
    va_list args;
    va_start(args, format);
    vsnprintf(d->hint, sizeof d->hint, format, args);
    va_end(args);
}

void mf_context(struct mf_diag *d, const char *format, ...)
{
    if (!d)
        return;
    struct mf_text text = {.max = sizeof d->title - 1};
    va_list args;
    va_start(args, format);
    mf_text_vprintf(&text, format, args);
    va_end(args);
    size_t room = sizeof d->title - 1 - text.len, rest = strlen(d->title);
    mf_text_add(&text, d->title, rest < room ? rest : room);
    snprintf(d->title, sizeof d->title, "%s", mf_text_str(&text));
    mf_text_release(&text);
}

struct source {
    const char *file, *data;
    size_t len;
};

struct mf_diags {
    struct mf_arena *arena;
    struct mf_diag **items;
    size_t count, capacity, dropped;
    struct source *sources;
    size_t source_count, source_capacity;
    bool sorted;
};

struct mf_diags *mf_diags_new(void)
{
    struct mf_diags *diags = mf_xmalloc(sizeof *diags);
    *diags = (struct mf_diags){.arena = mf_arena_new()};
    return diags;
}

void mf_diags_free(struct mf_diags **diags)
{
    if (!diags || !*diags)
        return;
    mf_arena_free(&(*diags)->arena);
    free(*diags);
    *diags = NULL;
}

static bool same_place(const struct mf_place *a, const struct mf_place *b)
{
    return a->line == b->line && a->column == b->column && mf_same(a->file, b->file);
}

static bool told_already(const struct mf_diags *diags, const struct mf_place *place, const char *title)
{
    for (size_t i = 0; i < diags->count; i++)
        if (same_place(&diags->items[i]->place, place) && strncmp(diags->items[i]->title, title, sizeof diags->items[i]->title - 1) == 0)
            return true;
    return false;
}

void mf_diags_add(struct mf_diags *diags, struct mf_place place, const char *title, const char *hint)
{
    if (told_already(diags, &place, title))
        return;
    if (diags->count == DIAGS_MAX) {
        diags->dropped++;
        return;
    }
    struct mf_diag *d = mf_alloc(diags->arena, sizeof *d);
    d->place = place;
    d->place.file = mf_copy(diags->arena, place.file);
    snprintf(d->title, sizeof d->title, "%s", title);
    snprintf(d->hint, sizeof d->hint, "%s", hint ? hint : "");
    *MF_PUSH(diags->arena, diags->items, diags->count, diags->capacity) = d;
    diags->sorted = false;
}

void mf_diags_addf(struct mf_diags *diags, struct mf_place place, const char *hint, const char *format, ...)
{
    char title[sizeof((struct mf_diag *)0)->title];
    va_list args;
    va_start(args, format);
    vsnprintf(title, sizeof title, format, args);
    va_end(args);
    mf_diags_add(diags, place, title, hint);
}

size_t mf_diags_count(const struct mf_diags *diags)
{
    return diags->count + diags->dropped;
}

/* Files stay in the order in which they were first spoken of. */
static int compare_diags(const void *a, const void *b, void *context)
{
    const struct mf_diags *diags = context;
    const struct mf_diag *x = *(struct mf_diag *const *)a, *y = *(struct mf_diag *const *)b;
    size_t file_x = 0, file_y = 0;
    while (file_x < diags->source_count && !mf_same(diags->sources[file_x].file, x->place.file))
        file_x++;
    while (file_y < diags->source_count && !mf_same(diags->sources[file_y].file, y->place.file))
        file_y++;
    if (file_x != file_y)
        return file_x < file_y ? -1 : 1;
    if (x->place.line != y->place.line)
        return x->place.line - y->place.line;
    return x->place.column - y->place.column;
}

const struct mf_diag *mf_diags_at(struct mf_diags *diags, size_t i)
{
    if (i >= diags->count)
        return NULL;
    if (!diags->sorted)
        qsort_r(diags->items, diags->count, sizeof *diags->items, compare_diags, diags);
    diags->sorted = true;
    return diags->items[i];
}

void mf_diags_source(struct mf_diags *diags, const char *file, const char *data, size_t len)
{
    for (size_t i = 0; i < diags->source_count; i++)
        if (mf_same(diags->sources[i].file, file))
            return;
    struct source *source = MF_PUSH(diags->arena, diags->sources, diags->source_count, diags->source_capacity);
    source->file = mf_copy(diags->arena, file);
    source->data = mf_copy_bytes(diags->arena, data, len);
    source->len = len;
}

static struct mf_bytes source_line(const struct mf_diags *diags, const struct mf_place *place)
{
    for (size_t i = 0; place->line > 0 && i < diags->source_count; i++) {
        const struct source *s = &diags->sources[i];
        if (!mf_same(s->file, place->file))
            continue;
        const char *at = s->data, *end = s->data + s->len;
        for (int line = 1; line < place->line && at; line++) {
            at = memchr(at, '\n', (size_t)(end - at));
            at = at ? at + 1 : NULL;
        }
        if (!at)
            return (struct mf_bytes){NULL, 0};
        const char *stop = memchr(at, '\n', (size_t)(end - at));
        size_t len = (size_t)((stop ? stop : end) - at);
        return (struct mf_bytes){at, len && at[len - 1] == '\r' ? len - 1 : len};
    }
    return (struct mf_bytes){NULL, 0};
}

#define LINE_SHOWN 160

/* The line with everything that could play with a terminal made visible, and the column of the caret
 * in what is shown. Returns the first character shown (long lines are cut around the place). */
static void show_line(FILE *out, struct mf_bytes line, const struct mf_place *place, int number_width, bool color)
{
    struct mf_text text = {.max = 65536}, marks = {.max = 65536};
    int column = 0, from = place->column > LINE_SHOWN ? place->column - LINE_SHOWN / 2 : 1;
    int length = place->length > 0 ? place->length : 1;
    for (size_t i = 0; i < line.len;) {
        unsigned char c = (unsigned char)line.data[i];
        size_t step = 1;
        while (c >= 0xC0 && i + step < line.len && ((unsigned char)line.data[i + step] & 0xC0) == 0x80 && step < 4)
            step++;
        column++;
        bool readable = mf_is_utf8(line.data + i, step, NULL) && ((c >= 0x20 && c < 0x7f) || (c >= 0xC3 && step > 1));
        if (column >= from && column < from + LINE_SHOWN) {
            size_t before = text.len;
            if (c == '\t')
                mf_text_putc(&text, ' ');
            else if (readable)
                mf_text_add(&text, line.data + i, step);
            else
                mf_text_printf(&text, "\\x%02X", c);
            bool marked = column >= place->column && column < place->column + length;
            size_t cells = readable || c == '\t' ? 1 : text.len - before;
            for (size_t cell = 0; cell < cells; cell++)
                mf_text_putc(&marks, !marked ? ' ' : column == place->column && cell == 0 ? '^' : '~');
        }
        i += step;
    }
    while (column < place->column && column < from + LINE_SHOWN) {
        column++;
        mf_text_putc(&marks, column == place->column ? '^' : ' ');
    }
    while (marks.len && marks.data[marks.len - 1] == ' ')
        marks.data[--marks.len] = '\0';
    fprintf(out, "%*d | %s\n", number_width, place->line, mf_text_str(&text));
    fprintf(out, "%*s | %s%s%s", number_width, "", color ? "\033[1;31m" : "", mf_text_str(&marks), color ? "\033[0m" : "");
    mf_text_release(&text);
    mf_text_release(&marks);
}

static void print_one(struct mf_diags *diags, const struct mf_diag *d, FILE *out, bool color)
{
    if (d->place.file && d->place.line)
        fprintf(out, "%s:%d:%d: ", d->place.file, d->place.line, d->place.column);
    else if (d->place.file)
        fprintf(out, "%s: ", d->place.file);
    fprintf(out, "%serror:%s %s\n", color ? "\033[1;31m" : "", color ? "\033[0m" : "", d->title);
    struct mf_bytes line = source_line(diags, &d->place);
    if (line.data) {
        show_line(out, line, &d->place, 7, color);
        fprintf(out, "%s%s\n", d->hint[0] ? " " : "", d->hint);
    } else if (d->hint[0]) {
        fprintf(out, "        %s\n", d->hint);
    }
}

void mf_diags_print(struct mf_diags *diags, FILE *out, bool color)
{
    for (size_t i = 0; i < diags->count; i++)
        print_one(diags, mf_diags_at(diags, i), out, color);
    size_t total = mf_diags_count(diags);
    if (diags->dropped)
        fprintf(out, "… and %zu more\n", diags->dropped);
    if (total)
        fprintf(out, "%zu error%s; nothing was sent.\n", total, total == 1 ? "" : "s");
}

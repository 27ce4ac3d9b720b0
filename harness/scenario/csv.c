/* RFC 4180: comma-separated tables whose first line names the columns.
 *
 * A cell without quotes loses the blanks around it; one with quotes is kept as it is. Lines end with
 * LF or CR LF. Empty lines are skipped. */
#include "scenario/scenario_internal.h"

#include <string.h>

struct csv {
    struct mf_arena *arena;
    struct mf_diags *diags;
    struct mf_yaml_source source; /* for its places */
    size_t at;
    bool failed;
};

static void tell(struct csv *csv, size_t start, size_t end, const char *title, const char *hint)
{
    mf_diags_add(csv->diags, mf_yaml_place(&csv->source, start, end), title, hint);
    csv->failed = true;
}

static char peek(const struct csv *csv)
{
    return csv->at < csv->source.len ? csv->source.work[csv->at] : '\n';
}

static bool at_line_end(const struct csv *csv)
{
    return peek(csv) == '\n' || (peek(csv) == '\r' && csv->source.work[csv->at + 1] == '\n');
}

static void skip_blanks(struct csv *csv)
{
    while (peek(csv) == ' ' || peek(csv) == '\t')
        csv->at++;
}

static void skip_to_cell_end(struct csv *csv)
{
    while (!at_line_end(csv) && peek(csv) != ',')
        csv->at++;
}

/* at: behind the opening quote. The text, with "" for ". */
static void read_quoted(struct csv *csv, struct mf_text *text, size_t open)
{
    const char *work = csv->source.work;
    while (csv->at < csv->source.len) {
        const char *quote = memchr(work + csv->at, '"', csv->source.len - csv->at);
        size_t end = quote ? (size_t)(quote - work) : csv->source.len;
        mf_text_add(text, work + csv->at, end - csv->at);
        csv->at = end + 1;
        if (!quote)
            break;
        if (csv->at < csv->source.len && work[csv->at] == '"') {
            mf_text_putc(text, '"');
            csv->at++;
            continue;
        }
        return;
    }
    csv->at = csv->source.len;
    tell(csv, open, open + 1, "this quote is never closed",
         "close it with \"; a quote inside a quoted cell is written twice: \"\"");
}

static void quoted_cell(struct csv *csv, struct mf_node *cell, size_t open)
{
    struct mf_text text = {.max = MF_YAML_MAX_SIZE};
    csv->at++;
    read_quoted(csv, &text, open);
    cell->quoted = true;
    cell->text = mf_copy_bytes(csv->arena, mf_text_str(&text), text.len);
    cell->place = mf_yaml_place(&csv->source, open, csv->at);
    mf_text_release(&text);
    skip_blanks(csv);
    size_t rest = csv->at;
    skip_to_cell_end(csv);
    if (csv->at > rest)
        tell(csv, rest, csv->at, "text behind the closing quote",
             "a quote inside a quoted cell is written twice: \"\"");
}

static void plain_cell(struct csv *csv, struct mf_node *cell, size_t start)
{
    skip_to_cell_end(csv);
    size_t end = csv->at;
    while (end > start && strchr(" \t", csv->source.work[end - 1]))
        end--;
    cell->text = mf_copy_bytes(csv->arena, csv->source.work + start, end - start);
    cell->empty = end == start;
    cell->place = mf_yaml_place(&csv->source, start, end);
    if (memchr(cell->text, '"', end - start))
        tell(csv, start, end, "a quote inside a cell without quotes",
             mf_format(csv->arena, "put the whole cell into quotes, and write each quote in it twice"));
}

static struct mf_node *read_cell(struct csv *csv)
{
    struct mf_node *cell = mf_alloc(csv->arena, sizeof *cell);
    cell->kind = MF_NODE_TEXT;
    skip_blanks(csv);
    if (peek(csv) == '"')
        quoted_cell(csv, cell, csv->at);
    else
        plain_cell(csv, cell, csv->at);
    return cell;
}

/* A list of the cells of one line; the line end is used up. */
static struct mf_node *read_record(struct csv *csv)
{
    struct mf_node *record = mf_alloc(csv->arena, sizeof *record);
    size_t capacity = 0;
    record->kind = MF_NODE_LIST;
    for (;;) {
        *MF_PUSH(csv->arena, record->items, record->count, capacity) = read_cell(csv);
        if (peek(csv) != ',' || csv->at >= csv->source.len)
            break;
        csv->at++;
    }
    record->place = record->items[0]->place;
    csv->at += peek(csv) == '\r';
    csv->at += csv->at < csv->source.len;
    return record;
}

static bool next_record(struct csv *csv, struct mf_node **record)
{
    while (csv->at < csv->source.len && at_line_end(csv))
        csv->at += peek(csv) == '\r' ? 2 : 1;
    if (csv->at >= csv->source.len)
        return false;
    *record = read_record(csv);
    return true;
}

static void check_header(struct csv *csv, const struct mf_node *header)
{
    if (header->count == 1 && (strchr(header->items[0]->text, ';') || strchr(header->items[0]->text, '\t'))) {
        mf_diags_add(csv->diags, header->items[0]->place, "the columns are not separated by commas",
                     "save the table as comma-separated (CSV UTF-8)");
        csv->failed = true;
    }
    for (size_t i = 0; i < header->count; i++) {
        const struct mf_node *name = header->items[i];
        bool twice = false;
        for (size_t j = 0; j < i && !twice; j++)
            twice = strcmp(header->items[j]->text, name->text) == 0;
        if (!name->text[0])
            mf_diags_add(csv->diags, name->place, "this column has no name", "the first line names the columns");
        else if (twice)
            mf_diags_addf(csv->diags, name->place, "keep one of the two", "the column \"%s\" is here twice",
                          name->text);
        csv->failed |= twice || !name->text[0];
    }
}

static void check_width(struct csv *csv, const struct mf_node *header, const struct mf_node *record)
{
    if (record->count == header->count)
        return;
    struct mf_place place = record->items[record->count - 1]->place;
    const char *hint = "write nothing between two commas for an empty cell";
    if (record->count > header->count) {
        place = record->items[header->count]->place;
        hint = "put a cell that holds a comma into quotes";
    }
    mf_diags_addf(csv->diags, place, hint, "%zu %s in this row; the first line names %zu", record->count,
                  record->count == 1 ? "cell" : "cells", header->count);
    csv->failed = true;
}

/* Cells become the values of the header's names. */
static struct mf_node *row_of(struct csv *csv, const struct mf_node *header, struct mf_node *record)
{
    size_t count = record->count < header->count ? record->count : header->count;
    struct mf_node *row = mf_alloc(csv->arena, sizeof *row);
    *row = (struct mf_node){.kind = MF_NODE_MAP, .place = record->place, .count = count};
    row->pairs = mf_alloc_array(csv->arena, count, sizeof *row->pairs);
    for (size_t i = 0; i < count; i++)
        row->pairs[i] = (struct mf_pair){.key = header->items[i], .value = record->items[i]};
    return row;
}

static struct mf_node *read_table(struct csv *csv)
{
    enum { COLUMNS_MAX = 1000 };
    struct mf_node *header, *record, *table = mf_alloc(csv->arena, sizeof *table);
    size_t capacity = 0;
    table->kind = MF_NODE_LIST;
    table->place = mf_yaml_place(&csv->source, 0, 0);
    if (!next_record(csv, &header)) {
        tell(csv, 0, 0, "the file is empty", "the first line names the columns");
        return NULL;
    }
    if (header->count > COLUMNS_MAX) {
        tell(csv, 0, 0, "more than 1000 columns", "is this a table?");
        return NULL;
    }
    check_header(csv, header);
    bool rows = !csv->failed;
    while (rows && next_record(csv, &record)) {
        check_width(csv, header, record);
        *MF_PUSH(csv->arena, table->items, table->count, capacity) = row_of(csv, header, record);
    }
    return table;
}

struct mf_node *mf_scenario_read_csv(struct mf_arena *arena, struct mf_files *files, const char *path,
                                     struct mf_diags *diags)
{
    struct mf_bytes bytes;
    struct mf_diag trouble = {.place = {.file = NULL}};
    struct csv csv = {.arena = arena, .diags = diags};
    if (mf_files_read(files, path, &bytes, &trouble) < 0) {
        mf_diags_add(diags, trouble.place, trouble.title, trouble.hint);
        return NULL;
    }
    mf_yaml_source_init(&csv.source, arena, mf_copy(arena, path), bytes.data ? bytes.data : "", bytes.len);
    mf_diags_source(diags, path, csv.source.original, csv.source.original_len);
    struct mf_node *table = mf_yaml_check(&csv.source, diags) ? read_table(&csv) : NULL;
    mf_yaml_source_release(&csv.source);
    return table;
}

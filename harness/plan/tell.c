/* Telling errors, each mistake once. */
#include "plan/bind_internal.h"

#include <stdarg.h>
#include <string.h>

static const char *place_key(struct mf_binder *b, struct mf_place place)
{
    return mf_format(b->arena, "%s:%d:%d", place.file ? place.file : "", place.line, place.column);
}

static bool same_place(const struct mf_place *a, const struct mf_place *b)
{
    return a->line == b->line && a->column == b->column && mf_same(a->file, b->file);
}

/* Reading the file, or expanding a text, told something right there: what binding finds wrong there
 * follows from it. */
static bool told_by_reader(struct mf_binder *b, struct mf_place place)
{
    if (!place.line || mf_told_enough(b) || mf_map_get(b->told, place_key(b, place)))
        return false;
    const struct mf_diag *d;
    for (size_t i = 0; (d = mf_diags_at(b->diags, i)); i++)
        if (same_place(&d->place, &place))
            return true;
    return false;
}

static void tell(struct mf_binder *b, struct mf_place place, const char *title, const char *hint)
{
    if (told_by_reader(b, place))
        return;
    if (!mf_told_enough(b))
        mf_map_add(b->told, place_key(b, place), b);
    mf_diags_add(b->diags, place, title, hint);
}

bool mf_tell(struct mf_binder *b, struct mf_place place, const char *hint, const char *format, ...)
{
    char title[sizeof((struct mf_diag *)0)->title];
    va_list args;
    va_start(args, format);
    vsnprintf(title, sizeof title, format, args);
    va_end(args);
    tell(b, place, title, hint);
    return false;
}

bool mf_tell_trouble(struct mf_binder *b, struct mf_place place, const struct mf_diag *d)
{
    tell(b, d->place.line ? d->place : place, d->title, d->hint);
    return false;
}

bool mf_told_enough(const struct mf_binder *b)
{
    return mf_diags_count(b->diags) >= 200;
}

const char *mf_expand(struct mf_binder *b, const struct mf_vars *vars, const struct mf_node *node)
{
    const char *text = mf_vars_expand(b->arena, vars, node, b->expanding);
    const struct mf_diag *d;
    for (size_t i = 0; !text && (d = mf_diags_at(b->expanding, i)); i++)
        if (!told_by_reader(b, d->place))
            mf_diags_add(b->diags, d->place, d->title, d->hint);
    if (!text) {
        mf_diags_free(&b->expanding);
        b->expanding = mf_diags_new();
    }
    return text;
}

const char *mf_key_name(const struct mf_binder *b)
{
    return b->key ? b->key->name : "this";
}

/* What was changed: the journal report around it, fields, bodies. */
#include "check/changes_internal.h"

#include <string.h>

static const char *field_of(struct mf_arena *arena, const struct mf_message *message, const char *name)
{
    const struct mf_header *field = mf_message_header(message, name, 0);
    return field ? mf_header_text(arena, field, true) : "";
}

static bool same_field(struct mf_arena *arena, const struct mf_message *a, const struct mf_message *b, const char *name)
{
    const char *value = field_of(arena, a, name);
    return *value && strcmp(value, field_of(arena, b, name)) == 0;
}

/* A report around it: the inner message is the same by its Message-ID, else by its subject, and the
 * outer one is another. */
static const struct mf_message *unwrapped(struct mf_changing *changing)
{
    struct mf_arena *arena = changing->arena;
    const struct mf_message *outer = changing->after, *inner;
    if (same_field(arena, changing->before, outer, "Message-ID") &&
        same_field(arena, changing->before, outer, "Content-Type"))
        return outer;
    inner = mf_message_unwrap(arena, outer);
    if (!inner || !(same_field(arena, changing->before, inner, "Message-ID") ||
                    same_field(arena, changing->before, inner, "Subject")))
        return outer;
    mf_change_add(changing, MF_CHANGE_UNWRAPPED, "",
                  mf_format(arena, "it came inside a report (\"%s\"); what follows is about the message inside",
                            field_of(arena, outer, "Subject")),
                  NULL);
    return inner;
}

const struct mf_changes *mf_changes_find(struct mf_arena *arena, const struct mf_message *before,
                                         const struct mf_message *after)
{
    struct mf_changing changing = {arena, before, after, mf_alloc(arena, sizeof *changing.changes)};
    changing.after = unwrapped(&changing);
    mf_change_fields(&changing);
    mf_change_bodies(&changing);
    return changing.changes;
}

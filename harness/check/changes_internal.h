/* Private to room check: how changes.c puts together what the other changes_*.c find. */
#ifndef CHECK_CHANGES_INTERNAL_H
#define CHECK_CHANGES_INTERNAL_H

#include "mailflow/changes.h"

struct mf_changing {
    struct mf_arena *arena;
    const struct mf_message *before, *after;
    struct mf_changes *changes;
};
/* exhibit may be NULL. */
struct mf_change *mf_change_add(struct mf_changing *changing, enum mf_change_kind kind, const char *what,
                                const char *text, const char *exhibit);
void mf_change_fields(struct mf_changing *changing);
void mf_change_bodies(struct mf_changing *changing);
/* Two texts of the same part (LF ends), which differ. */
void mf_change_texts(struct mf_changing *changing, const char *what, const char *before, const char *after);
/* changes_inserted.c: is all that differs text that was put in? Then it is told. */
bool mf_change_inserted(struct mf_changing *changing, const char *what, const char *before, const char *after,
                        const char *exhibit);

#endif

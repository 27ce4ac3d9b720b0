/* The kinds of changes, and how one is noted. */
#include "check/changes_internal.h"

static const struct {
    const char *name;
    bool is_visible;
} kinds[] = {
    [MF_CHANGE_UNWRAPPED] = {"wrapped in a report", true},
    [MF_CHANGE_FIELD_ADDED] = {"field added", false},
    [MF_CHANGE_FIELD_REMOVED] = {"field removed", false},
    [MF_CHANGE_FIELD_REWRITTEN] = {"field rewritten", true},
    [MF_CHANGE_FIELD_REENCODED] = {"field re-encoded", false},
    [MF_CHANGE_FIELD_REFOLDED] = {"field refolded", false},
    [MF_CHANGE_PART_ADDED] = {"part added", true},
    [MF_CHANGE_PART_REMOVED] = {"part removed", true},
    [MF_CHANGE_PART_REPLACED] = {"part replaced", true},
    [MF_CHANGE_PART_RENAMED] = {"part renamed", true},
    [MF_CHANGE_TEXT_APPENDED] = {"footer appended", true},
    [MF_CHANGE_TEXT_PREPENDED] = {"banner prepended", true},
    [MF_CHANGE_TEXT_INSERTED] = {"text inserted", true},
    [MF_CHANGE_TEXT_CHANGED] = {"text changed", true},
    [MF_CHANGE_LINKS_REWRITTEN] = {"links rewritten", true},
    [MF_CHANGE_CHARSET] = {"character set changed", true},
    [MF_CHANGE_BODY_REENCODED] = {"body re-encoded", false},
    [MF_CHANGE_TRAILING_SPACE] = {"trailing blanks changed", false},
    [MF_CHANGE_LINE_ENDS] = {"line ends changed", false},
};

const char *mf_change_name(enum mf_change_kind kind)
{
    return kinds[kind].name;
}

struct mf_change *mf_change_add(struct mf_changing *changing, enum mf_change_kind kind, const char *what,
                                const char *text, const char *exhibit)
{
    struct mf_changes *changes = changing->changes;
    struct mf_change *change = MF_PUSH(changing->arena, changes->items, changes->count, changes->capacity);
    *change = (struct mf_change){kind, what, text, exhibit ? exhibit : "", kinds[kind].is_visible, false};
    return change;
}

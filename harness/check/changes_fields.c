/* Header fields before and after, name by name. */
#include <string.h>

#include "check/changes_internal.h"
#include "check/content.h"

/* Added by every server on its way, or by its filters: no news. */
static bool is_trace(const char *name)
{
    static const char *const names[] = {"Received",
                                        "Return-Path",
                                        "Delivered-To",
                                        "Envelope-To",
                                        "Authentication-Results",
                                        "Received-SPF",
                                        "DKIM-Signature",
                                        "DKIM-Filter",
                                        "DMARC-Filter",
                                        "DomainKey-Signature",
                                        "ARC-Seal",
                                        "ARC-Message-Signature",
                                        "ARC-Authentication-Results",
                                        "Delivery-Date",
                                        "Status"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (mf_same_nocase(names[i], name))
            return true;
    return mf_starts_nocase(name, "X-") || mf_starts_nocase(name, "Resent-");
}

/* Would a reader miss it, or wonder about it? Message-ID and Date may be added by the first server (RFC 6409 8). */
static bool is_noticed(const char *name, bool added)
{
    if (added && (mf_same_nocase(name, "Message-ID") || mf_same_nocase(name, "Date")))
        return false;
    for (const char *const *kept = mf_kept_fields; *kept; kept++)
        if (mf_same_nocase(*kept, name))
            return true;
    return false;
}

static int compare_names(struct mf_bytes a, struct mf_bytes b)
{
    size_t len = a.len < b.len ? a.len : b.len;
    int order = strncasecmp(a.len ? a.data : "", b.len ? b.data : "", len);
    return order ? order : a.len < b.len ? -1 : a.len > b.len;
}

static const struct mf_header *by_name(const struct mf_message *message, size_t i)
{
    return &message->headers[message->by_name[i]];
}

/* The end of the run of one name that starts at i. */
static size_t run_end(const struct mf_message *message, size_t i)
{
    size_t end = i + 1;
    while (end < message->header_count && compare_names(by_name(message, i)->name, by_name(message, end)->name) == 0)
        end++;
    return end;
}

static const char *name_of(struct mf_arena *arena, const struct mf_header *field)
{
    return mf_copy_bytes(arena, field->name.data, field->name.len);
}

/* Without white space, which folding may move. */
static const char *squeezed(struct mf_arena *arena, const char *text)
{
    char *copy = mf_copy(arena, text), *to = copy;
    for (const char *at = copy; *at; at++)
        if (!strchr(" \t\r\n", *at))
            *to++ = *at;
    *to = '\0';
    return copy;
}

static bool raw_equal(const struct mf_header *a, const struct mf_header *b)
{
    struct mf_bytes x = a->raw, y = b->raw;
    while (x.len && strchr("\r\n", x.data[x.len - 1]))
        x.len--;
    while (y.len && strchr("\r\n", y.data[y.len - 1]))
        y.len--;
    size_t i = 0, k = 0;
    for (; i < x.len && k < y.len; i++, k++) { /* bare LF inside a folded field is the same as CRLF */
        if (x.data[i] == '\r' && i + 1 < x.len && x.data[i + 1] == '\n')
            i++;
        if (y.data[k] == '\r' && k + 1 < y.len && y.data[k + 1] == '\n')
            k++;
        if (x.data[i] != y.data[k])
            return false;
    }
    return i == x.len && k == y.len;
}

static void state_pair(struct mf_changing *changing, const struct mf_header *old, const struct mf_header *new)
{
    struct mf_arena *arena = changing->arena;
    const char *name = name_of(arena, old), *was = mf_header_text(arena, old, false),
               *is = mf_header_text(arena, new, false);
    if (strcmp(squeezed(arena, was), squeezed(arena, is)) == 0) {
        mf_change_add(
            changing, MF_CHANGE_FIELD_REFOLDED, name,
            mf_format(
                arena,
                "%s has the same text in other line breaks or blanks: harmless with c=relaxed, it breaks c=simple",
                name),
            NULL);
        return;
    }
    const char *read = mf_header_text(arena, old, true), *reads = mf_header_text(arena, new, true);
    if (strcmp(read, reads) == 0) {
        mf_change_add(changing, MF_CHANGE_FIELD_REENCODED, name,
                      mf_format(arena, "%s reads the same, encoded otherwise (RFC 2047)", name),
                      mf_format(arena, "- %s: %s\n+ %s: %s\n", name, was, name, is));
        return;
    }
    struct mf_change *change =
        mf_change_add(changing, MF_CHANGE_FIELD_REWRITTEN, name, mf_format(arena, "%s was rewritten", name),
                      mf_format(arena, "- %s: %s\n+ %s: %s\n", name, read, name, reads));
    change->is_trace = is_trace(name);
    change->is_visible = !change->is_trace && !mf_starts_nocase(name, "Content-") && !mf_starts_nocase(name, "MIME-");
}

static void state_single(struct mf_changing *changing, const struct mf_header *field, bool added)
{
    struct mf_arena *arena = changing->arena;
    const char *name = name_of(arena, field);
    struct mf_change *change =
        mf_change_add(changing, added ? MF_CHANGE_FIELD_ADDED : MF_CHANGE_FIELD_REMOVED, name,
                      mf_format(arena, "%s was %s", name, added ? "added" : "removed"),
                      mf_format(arena, "%c %s: %s\n", added ? '+' : '-', name, mf_header_text(arena, field, true)));
    change->is_trace = added && is_trace(name);
    change->is_visible = is_noticed(name, added);
}

/* Fields of one name: [from, end) of each by_name. Equal ones first; servers add on top, so the rest
 * is paired from the bottom up. */
static void compare_run(struct mf_changing *changing, size_t from, size_t end, size_t new_from, size_t new_end)
{
    const struct mf_message *before = changing->before, *after = changing->after;
    while (end > from && new_end > new_from && raw_equal(by_name(before, end - 1), by_name(after, new_end - 1))) {
        end--;
        new_end--;
    }
    while (end > from && new_end > new_from && raw_equal(by_name(before, from), by_name(after, new_from))) {
        from++;
        new_from++;
    }
    for (; end > from && new_end > new_from; end--, new_end--)
        if (!raw_equal(by_name(before, end - 1), by_name(after, new_end - 1)))
            state_pair(changing, by_name(before, end - 1), by_name(after, new_end - 1));
    for (; from < end; from++)
        state_single(changing, by_name(before, from), false);
    for (; new_from < new_end; new_from++)
        state_single(changing, by_name(after, new_from), true);
}

void mf_change_fields(struct mf_changing *changing)
{
    const struct mf_message *before = changing->before, *after = changing->after;
    size_t i = 0, k = 0;
    while (i < before->header_count || k < after->header_count) {
        int order = i == before->header_count  ? 1
                    : k == after->header_count ? -1
                                               : compare_names(by_name(before, i)->name, by_name(after, k)->name);
        size_t end = order <= 0 ? run_end(before, i) : i, new_end = order >= 0 ? run_end(after, k) : k;
        compare_run(changing, i, end, k, new_end);
        i = end;
        k = new_end;
    }
}

/* In the right folder, and as often as expected. */
#include "check/check_internal.h"

static const char *const needs[] = {"arrived", NULL};

static void judge_folder(struct mf_check_context *context, const struct mf_expect *expect)
{
    const struct mf_case *at = mf_case(context);
    if (!at->arrival || mf_where_expected(context, expect, at->arrival))
        return;
    struct mf_arena *arena = context->arena;
    const char *label = expect->mailbox->label, *folder = at->arrival->copy.folder;
    bool junk = mf_in_folder(at->arrival, "junk");
    const char *name = mf_folder_of_use(context, expect);
    const char *words =
        name && !mf_same_nocase(name, expect->folder)
            ? mf_format(arena, "it is in folder %s of %s, not in %s, which is the folder for \"%s\" there", folder,
                        label, name, expect->folder)
            : mf_format(arena, "it is in folder %s of %s, not in %s", folder, label, expect->folder);
    mf_fact_add(context, junk ? "folder.junk" : "folder.other", MF_FACT_BAD, MF_SEGMENT_STORE, label,
                mf_format(arena, "in %s", folder), words);
}

const struct mf_check mf_check_where = {"where", "it is in the right folder", needs, mf_expects_arrival, judge_folder};

#define COPIES_SHOWN 6

/* Copies in order, with what tells one way from the other. */
static void show_copies(struct mf_check_context *context, struct mf_fact *fact, const struct mf_case *at)
{
    struct mf_text table = {.max = 64 << 10};
    for (size_t i = 0; i < at->copy_count && i < COPIES_SHOWN; i++) {
        const struct mf_arrival *copy = at->copies[i];
        char when[32];
        mf_usec took = copy->copy.at - at->handing.accepted_at;
        mf_text_printf(&table, "%s, UID %u, after %s, by way of %s\n", copy->copy.folder, copy->copy.uid,
                       mf_duration_text(took > 0 ? took : 0, when, sizeof when), mf_way_words(context, copy));
    }
    if (at->copy_count > COPIES_SHOWN)
        mf_text_printf(&table, "… and %zu more\n", at->copy_count - COPIES_SHOWN);
    mf_fact_show(context, fact, MF_EXHIBIT_TABLE, "", mf_copy(context->arena, mf_text_str(&table)));
    mf_text_release(&table);
}

/* Was the folder walked once more, `settle` after the last copy came? */
static bool is_counted_again(struct mf_check_context *context, const struct mf_case *at)
{
    const struct mf_mailbox_evidence *mailbox = mf_evidence_mailbox(context->evidence, at->expect->mailbox->label);
    mf_usec newest = 0;
    for (size_t i = 0; i < at->copy_count; i++)
        newest = at->copies[i]->copy.at > newest ? at->copies[i]->copy.at : newest;
    const struct mf_folder_evidence *folder =
        mailbox ? mf_evidence_folder(mailbox, at->arrival->copy.folder) : NULL;
    for (size_t i = 0; folder && i < folder->scan_count; i++)
        if (folder->scans[i].at >= newest + at->flow->settle)
            return true;
    return false;
}

/* Cut short before a second copy would have come: that there is one only is not known yet. */
static void state_uncounted(struct mf_check_context *context, const struct mf_case *at)
{
    if (mf_same(context->evidence->ended, "done") || is_counted_again(context, at))
        return;
    char settle[32];
    const char *label = at->expect->mailbox->label;
    mf_fact_add(context, "copies.uncounted", MF_FACT_WAITING, MF_SEGMENT_STORE, label, "seen, not counted again",
                mf_format(context->arena, "seen at %s; whether a second copy came was not looked for %s later", label,
                          mf_duration_text(at->flow->settle, settle, sizeof settle)));
}

static void judge_copies(struct mf_check_context *context, const struct mf_expect *expect)
{
    const struct mf_case *at = mf_case(context);
    struct mf_arena *arena = context->arena;
    size_t wanted = expect->copies > 0 ? (size_t)expect->copies : 1;
    const char *label = expect->mailbox->label;
    if (at->arrival && at->copy_count == wanted)
        state_uncounted(context, at);
    if (!at->arrival || at->copy_count == wanted)
        return;
    const char *words = mf_format(arena, "%zu copies at %s, %zu expected", at->copy_count, label, wanted);
    if (at->copy_count > wanted) {
        show_copies(context,
                    mf_fact_add(context, "copies.more", MF_FACT_BAD, MF_SEGMENT_STORE, label,
                                mf_format(arena, "%zu copies", at->copy_count), words),
                    at);
        return;
    }
    struct mf_coverage_answer looked =
        mf_evidence_coverage(context->evidence, label, at->first_intent, at->deadline, at->flow->settle);
    bool known = looked.coverage == MF_COVERAGE_COMPLETE;
    bool lost = looked.coverage == MF_COVERAGE_GAP && context->now >= at->deadline;
    mf_fact_add(context,
                known  ? "copies.fewer"
                : lost ? "arrival.unknown"
                       : "copies.awaited",
                known  ? MF_FACT_BAD
                : lost ? MF_FACT_UNKNOWN
                       : MF_FACT_WAITING,
                MF_SEGMENT_STORE, label, mf_format(arena, "%zu of %zu copies", at->copy_count, wanted), words);
}

const struct mf_check mf_check_copies = {"copies", "as many copies as expected", needs, mf_expects_arrival,
                                         judge_copies};

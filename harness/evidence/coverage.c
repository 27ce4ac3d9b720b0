/* Was a mailbox looked through well enough to say "not there"? */
#include "mailflow/evidence.h"

#include <string.h>

/* Did a scan see all that can have come since `sent`? From the very first UID it did; else it must
 * start where a window from before stood, under the same UIDVALIDITY. */
static bool is_complete(const struct mf_folder_evidence *folder, const struct mf_rec_scan *scan, mf_usec sent)
{
    if (scan->from_uid <= 1)
        return true;
    const struct mf_rec_window *window = &folder->window;
    return window->at && window->at <= sent && window->uidvalidity == scan->uidvalidity &&
           scan->from_uid <= window->uidnext;
}

static const struct mf_rec_scan *newest_complete(const struct mf_folder_evidence *folder, mf_usec sent)
{
    const struct mf_rec_scan *newest = NULL;
    for (size_t i = 0; i < folder->scan_count; i++)
        if (is_complete(folder, &folder->scans[i], sent) && (!newest || folder->scans[i].at >= newest->at))
            newest = &folder->scans[i];
    return newest;
}

/* Two complete scans since it was sent, the later not before `until`, settle apart. */
static bool looked_twice(const struct mf_folder_evidence *folder, mf_usec sent, mf_usec until, mf_usec settle)
{
    const struct mf_rec_scan *later = newest_complete(folder, sent);
    if (!later || later->at < until)
        return false;
    for (size_t i = 0; i < folder->scan_count; i++) {
        const struct mf_rec_scan *earlier = &folder->scans[i];
        bool counts = earlier != later && earlier->at >= sent && is_complete(folder, earlier, sent);
        if (counts && later->at - earlier->at >= settle)
            return true;
    }
    return false;
}

static bool is_about(const struct mf_rec_gap *gap, const char *folder)
{
    return gap->folder[0] == '\0' || strcmp(gap->folder, folder) == 0;
}

/* The newest gap of this folder that no complete scan came after. */
static const struct mf_rec_gap *open_gap(const struct mf_mailbox_evidence *mailbox, const struct mf_folder_evidence *folder,
                                         mf_usec sent)
{
    const struct mf_rec_scan *scan = newest_complete(folder, sent);
    const struct mf_rec_gap *open = NULL;
    for (size_t i = 0; i < mailbox->gap_count; i++) {
        const struct mf_rec_gap *gap = &mailbox->gaps[i];
        if (is_about(gap, folder->folder) && (!scan || gap->at > scan->at) && (!open || gap->at >= open->at))
            open = gap;
    }
    return open;
}

static const struct mf_rec_gap *newest_gap(const struct mf_mailbox_evidence *mailbox)
{
    const struct mf_rec_gap *newest = NULL;
    for (size_t i = 0; mailbox && i < mailbox->gap_count; i++)
        if (!newest || mailbox->gaps[i].at >= newest->at)
            newest = &mailbox->gaps[i];
    return newest;
}

static void add_folder(struct mf_coverage_answer *answer, const struct mf_mailbox_evidence *mailbox,
                       const struct mf_folder_evidence *folder, mf_usec sent, mf_usec until, mf_usec settle)
{
    const struct mf_rec_scan *scan = newest_complete(folder, sent);
    if (scan && scan->at > answer->last_scan)
        answer->last_scan = scan->at;
    if (looked_twice(folder, sent, until, settle)) {
        answer->folders_searched++;
        return;
    }
    const struct mf_rec_gap *gap = open_gap(mailbox, folder, sent);
    if (gap && (!answer->gap || gap->at > answer->gap->at))
        answer->gap = gap;
    answer->coverage = answer->gap ? MF_COVERAGE_GAP : MF_COVERAGE_NOT_YET;
}

/* A folder that never could be opened has left nothing but its gap. */
static void add_dark_folders(struct mf_coverage_answer *answer, const struct mf_mailbox_evidence *mailbox)
{
    for (size_t i = 0; i < mailbox->gap_count; i++) {
        const struct mf_rec_gap *gap = &mailbox->gaps[i];
        if (gap->folder[0] == '\0' || mf_evidence_folder(mailbox, gap->folder))
            continue;
        answer->coverage = MF_COVERAGE_GAP;
        if (!answer->gap || gap->at > answer->gap->at)
            answer->gap = gap;
    }
}

struct mf_coverage_answer mf_evidence_coverage(const struct mf_evidence *evidence, const char *mailbox, mf_usec sent,
                                               mf_usec until, mf_usec settle)
{
    const struct mf_mailbox_evidence *known = mf_evidence_mailbox(evidence, mailbox);
    struct mf_coverage_answer answer = {.coverage = MF_COVERAGE_COMPLETE};
    if (!known || !known->opened || known->folder_count == 0) {
        answer.coverage = MF_COVERAGE_NEVER_OPEN;
        answer.gap = newest_gap(known);
        return answer;
    }
    for (size_t i = 0; i < known->folder_count; i++)
        add_folder(&answer, known, &known->folders[i], sent, until, settle);
    add_dark_folders(&answer, known);
    return answer;
}

#define FIRST_LOOK MF_SECOND /* what is found so soon after the opening was there already */

mf_usec mf_evidence_unwatched_since(const struct mf_evidence *evidence, const char *mailbox, mf_usec seen)
{
    const struct mf_mailbox_evidence *known = mf_evidence_mailbox(evidence, mailbox);
    for (size_t i = known ? known->blind_count : 0; i > 0; i--) {
        const struct mf_blind *blind = &known->blind[i - 1];
        if (blind->to && blind->to <= seen && seen - blind->to <= FIRST_LOOK)
            return blind->from;
    }
    return 0;
}

/* DKIM of a whole message: every signature read, its key found, judged by us and by libopendkim. */
#include "mailflow/dkim.h"

#include <string.h>

#include "auth/dkim_internal.h"
#include "mailflow/trace.h"

const char *mf_dkim_result_name(enum mf_dkim_result result)
{
    switch (result) {
    case MF_DKIM_NONE:
        return "none";
    case MF_DKIM_PASS:
        return "pass";
    case MF_DKIM_FAIL:
        return "fail";
    case MF_DKIM_POLICY:
        return "policy";
    case MF_DKIM_NEUTRAL:
        return "neutral";
    case MF_DKIM_TEMPERROR:
        return "temperror";
    case MF_DKIM_PERMERROR:
        return "permerror";
    }
    return "none";
}

/* Which result of several tells most about the message. */
static int rank(enum mf_dkim_result result)
{
    static const int ranks[] = {
        [MF_DKIM_NONE] = 0, [MF_DKIM_PERMERROR] = 1, [MF_DKIM_NEUTRAL] = 2, [MF_DKIM_POLICY] = 3,
        [MF_DKIM_FAIL] = 4, [MF_DKIM_TEMPERROR] = 5, [MF_DKIM_PASS] = 6};
    return ranks[result];
}

static bool is_signature(const struct mf_header *header)
{
    static const char name[] = "DKIM-Signature";
    if (header->name.len != sizeof name - 1)
        return false;
    for (size_t i = 0; i < sizeof name - 1; i++)
        if (mf_lower((unsigned char)header->name.data[i]) != mf_lower((unsigned char)name[i]))
            return false;
    return true;
}

static struct mf_dkim_work *read_signatures(struct mf_arena *arena, const struct mf_message *message, mf_usec now,
                                            size_t *count)
{
    struct mf_dkim_work *works = NULL;
    size_t capacity = 0;
    *count = 0;
    for (size_t i = 0; i < message->header_count; i++) {
        if (!is_signature(&message->headers[i]))
            continue;
        struct mf_dkim_work *work = MF_PUSH(arena, works, *count, capacity);
        mf_dkim_read(arena, message, i, now, work);
        if (*count > MF_DKIM_MAX_SIGNATURES)
            mf_dkim_settle(work, MF_DKIM_POLICY, MF_DKIM_NOT_PROCESSED, "not looked at: too many signatures");
    }
    return works;
}

/* Asks for every key before judging: false when recorded answers lack some, so that all that is
 * missing becomes known at once. */
static bool find_keys(struct mf_arena *arena, struct mf_dns *dns, mf_usec deadline, struct mf_dkim_work *works,
                      size_t count)
{
    bool complete = true;
    for (size_t i = 0; i < count; i++)
        if (!works[i].settled && !mf_dkim_find_key(arena, dns, deadline, &works[i]))
            complete = false;
    return complete;
}

/* What libopendkim refuses by its own reading of the words does not pass, and the disagreement is told. But a digest
 * that fits is proof, and one that does not is none: of NUL, bare CR and a last line without its end, which no mail
 * should hold, libopendkim computes other ones than RFC 6376 3.4 says. */
static void compare(struct mf_arena *arena, struct mf_dkim_work *work, const struct mf_opendkim_verdict *verdict)
{
    struct mf_dkim_signature *told = work->told;
    bool passed = told->result == MF_DKIM_PASS;
    if (verdict->word == MF_OPENDKIM_CANNOT_SAY || passed == (verdict->word == MF_OPENDKIM_PASS))
        return;
    const char *ours = told->why;
    if (verdict->word == MF_OPENDKIM_OTHER_DIGEST) {
        if (passed)
            told->why = "good, but libopendkim reads some of these bytes otherwise: receivers that use it see a fail";
        return;
    }
    told->result = MF_DKIM_NEUTRAL;
    told->cause = MF_DKIM_NOT_PROCESSED;
    told->why =
        passed ? mf_format(arena, "two verifiers disagree: it verifies here, libopendkim says \"%s\"", verdict->why)
               : mf_format(arena, "two verifiers disagree: libopendkim says pass, here: %s", ours);
}

static void judge(struct mf_arena *arena, struct mf_bytes raw, const struct mf_message *message,
                  struct mf_dkim_work *works, size_t count)
{
    struct mf_dkim_bodies bodies = {0};
    for (size_t i = 0; i < count; i++)
        mf_dkim_judge(arena, message, &bodies, &works[i]);
    mf_text_release(&bodies.simple);
    mf_text_release(&bodies.relaxed);
    struct mf_opendkim_verdict *verdicts = mf_alloc_array(arena, count, sizeof *verdicts);
    mf_opendkim_verify(arena, raw, works, count, verdicts);
    for (size_t i = 0; i < count; i++) {
        compare(arena, &works[i], &verdicts[i]);
        const struct mf_dkim_signature *told = works[i].told;
        mf_trace(MF_TRACE_AUTH, "dkim s=%s d=%s: %s, %s", told->selector, told->domain,
                 mf_dkim_result_name(told->result), told->why);
    }
}

const struct mf_dkim *mf_dkim_verify(struct mf_arena *arena, struct mf_bytes raw, struct mf_dns *dns, mf_usec now,
                                     mf_usec deadline)
{
    struct mf_dkim *dkim = mf_alloc(arena, sizeof *dkim);
    struct mf_bytes bytes = mf_canon_line_ends(arena, raw);
    const struct mf_message *message = mf_message_parse(arena, bytes);
    struct mf_dkim_work *works = read_signatures(arena, message, now, &dkim->count);
    if (dkim->count == 0)
        return dkim;
    dkim->need_more = !find_keys(arena, dns, deadline, works, dkim->count);
    judge(arena, bytes, message, works, dkim->count);
    dkim->signatures = mf_alloc_array(arena, dkim->count, sizeof *dkim->signatures);
    for (size_t i = 0; i < dkim->count; i++) {
        dkim->signatures[i] = *works[i].told;
        if (rank(works[i].told->result) > rank(dkim->result))
            dkim->result = works[i].told->result;
    }
    return dkim;
}

const struct mf_dkim_signature *mf_dkim_aligned_pass(const struct mf_dkim *dkim)
{
    for (size_t i = 0; i < dkim->count; i++)
        if (dkim->signatures[i].result == MF_DKIM_PASS && dkim->signatures[i].aligned_relaxed)
            return &dkim->signatures[i];
    return NULL;
}

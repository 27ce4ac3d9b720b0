/* The chain as a whole (RFC 8617 5.2). */
#include "mailflow/arc.h"

#include <string.h>

#include "auth/arc_internal.h"
#include "mailflow/trace.h"

const char *mf_arc_result_name(enum mf_arc_result result)
{
    switch (result) {
    case MF_ARC_NONE:
        return "none";
    case MF_ARC_PASS:
        return "pass";
    case MF_ARC_FAIL:
        return "fail";
    case MF_ARC_TEMPERROR:
        return "temperror";
    }
    return "none";
}

static bool fails(struct mf_arc_chain *chain, size_t i, const struct mf_arc_signature *signature, const char *name)
{
    struct mf_arc *arc = chain->arc;
    if (signature->state == MF_ARC_GOOD)
        return false;
    if (signature->state == MF_ARC_BAD && arc->result != MF_ARC_FAIL) {
        arc->result = MF_ARC_FAIL;
        arc->broken_at = (int)i + 1;
        arc->reason = mf_format(chain->arena, "%s of set %zu (%s): %s", name, i + 1, signature->domain, signature->why);
    } else if (arc->result == MF_ARC_PASS) {
        arc->result = MF_ARC_TEMPERROR;
        arc->reason = mf_format(chain->arena, "%s of set %zu: %s", name, i + 1, signature->why);
    }
    return true;
}

/* Every signature is verified, also those that no longer decide: who forwarded what unchanged is worth knowing. */
static void verify_all(struct mf_arc_chain *chain)
{
    struct mf_arc *arc = chain->arc;
    for (size_t i = arc->count; i-- > 0;) {
        mf_arc_verify_message(chain, i);
        mf_arc_verify_seal(chain, i);
    }
    arc->result = MF_ARC_PASS;
    fails(chain, arc->count - 1, &arc->sets[arc->count - 1].message, "ARC-Message-Signature");
    for (size_t i = arc->count; i-- > 0;)
        fails(chain, i, &arc->sets[i].seal, "ARC-Seal");
}

/* RFC 8617 5.2, step 5: from which set on does every message signature still hold? */
static void find_oldest_pass(struct mf_arc *arc)
{
    size_t i = arc->count;
    while (i > 0 && arc->sets[i - 1].message.state == MF_ARC_GOOD)
        i--;
    arc->oldest_pass = i == 0 ? 0 : (int)i + 1;
}

static void tell_pass(struct mf_arc_chain *chain)
{
    struct mf_arc *arc = chain->arc;
    const struct mf_arc_set *last = &arc->sets[arc->count - 1];
    find_oldest_pass(arc);
    const char *since = arc->oldest_pass == 0
                            ? "unchanged since the first"
                            : mf_format(chain->arena, "unchanged since set %d only", arc->oldest_pass);
    arc->reason = mf_format(chain->arena, "%zu set%s, the last sealed by %s; the message is %s", arc->count,
                            arc->count == 1 ? "" : "s", last->seal.domain, since);
}

const struct mf_arc *mf_arc_verify(struct mf_arena *arena, struct mf_bytes raw, struct mf_dns *dns, mf_usec deadline)
{
    struct mf_arc *arc = mf_alloc(arena, sizeof *arc);
    struct mf_arc_chain *chain = mf_alloc(arena, sizeof *chain);
    chain->arena = arena;
    chain->dns = dns;
    chain->deadline = deadline;
    chain->message = mf_message_parse(arena, mf_canon_line_ends(arena, raw));
    chain->arc = arc;
    const char *why = mf_arc_read(chain);
    if (why) {
        arc->result = MF_ARC_FAIL;
        arc->reason = why;
    } else if (arc->count == 0) {
        arc->reason = "the message has no ARC fields";
    } else {
        verify_all(chain);
        if (arc->result == MF_ARC_PASS)
            tell_pass(chain);
    }
    if (arc->need_more && arc->result != MF_ARC_FAIL)
        arc->result = MF_ARC_TEMPERROR;
    mf_trace(MF_TRACE_AUTH, "arc=%s: %s", mf_arc_result_name(arc->result), arc->reason);
    return arc;
}

/* Messages given byte for byte (`raw`) carry no marks of ours; their Message-ID tells them, which
 * proves nothing: such a copy is never removed. */
#include "mailflow/message.h"
#include "run/box_internal.h"

static const char *message_id(struct mf_arena *arena, struct mf_bytes raw)
{
    const struct mf_header *header = mf_message_header(mf_message_parse(arena, raw), "Message-ID", 0);
    return header ? mf_header_text(arena, header, false) : "";
}

void mf_raw_build(struct mf_engine *engine)
{
    engine->raw_ids = mf_map_new(engine->arena);
    for (size_t i = 0; i < engine->flow_count; i++) {
        struct mf_bytes raw = engine->flows[i].flow->message.raw;
        const char *id = raw.data ? message_id(engine->arena, raw) : "";
        if (*id)
            mf_map_add(engine->raw_ids, id, &engine->flows[i]);
    }
}

struct mf_flow_run *mf_raw_find(const struct mf_engine *engine, struct mf_bytes raw)
{
    if (mf_map_count(engine->raw_ids) == 0)
        return NULL;
    struct mf_arena *scratch = mf_arena_new();
    struct mf_flow_run *run = mf_map_get(engine->raw_ids, message_id(scratch, raw));
    mf_arena_free(&scratch);
    return run;
}

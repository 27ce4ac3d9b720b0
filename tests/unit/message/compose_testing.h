/* What the tests of composing and of marks share: one message composed, and what stands in it. */
#ifndef COMPOSE_TESTING_H
#define COMPOSE_TESTING_H

#include "unit/test.h"

#include "mailflow/compose.h"
#include "mailflow/message.h"

#define RUN "7f3a"
#define FLOW "abc123abc123"
#define TOKEN "0123456789abcdef"

static const unsigned char test_secret[32] = "thirty-two bytes of this secret";

struct composed {
    struct mf_arena *arena;
    struct mf_compose wish;
    struct mf_text out;
    const char *message_id;
    struct mf_diag trouble;
    const struct mf_message *message;
};

static inline int composed_set_up(void **state)
{
    static const char *const to[] = {"bob@net-it.com"};
    struct mf_arena *arena = mf_arena_new();
    struct composed *c = mf_alloc(arena, sizeof *c);
    c->arena = arena;
    c->wish = (struct mf_compose){
        .from = "alice@net-it.com", .from_name = "Alice", .to = to, .to_count = 1, .subject = "Test " TOKEN,
        .text = "Hello\nworld", .message_id_domain = "net-it.com", .run = RUN, .flow_id = FLOW, .token = TOKEN,
        .attempt = 1, .secret = test_secret, .date = 1795400047 * MF_SECOND,
    };
    *state = c;
    return 0;
}

static inline int composed_tear_down(void **state)
{
    struct composed *c = *state;
    struct mf_arena *arena = c->arena;
    mf_text_release(&c->out);
    mf_arena_free(&arena);
    return 0;
}

static inline int try_compose(struct composed *c)
{
    mf_text_clear(&c->out);
    memset(&c->trouble, 0, sizeof c->trouble);
    int result = mf_compose_message(c->arena, &c->wish, &c->out, &c->message_id, &c->trouble);
    /* a copy: what was parsed before stays readable when the next message is composed */
    const char *copy = mf_copy_bytes(c->arena, c->out.data, c->out.len);
    c->message = mf_message_parse(c->arena, (struct mf_bytes){copy, c->out.len});
    return result;
}

static inline void compose(struct composed *c)
{
    if (try_compose(c))
        fail_msg("%s (%s)", c->trouble.title, c->trouble.hint);
}

static inline const char *field(struct composed *c, const char *name)
{
    return mf_header_text(c->arena, mf_message_header(c->message, name, 0), true);
}

static inline const char *raw_field(struct composed *c, const char *name)
{
    const struct mf_header *header = mf_message_header(c->message, name, 0);
    return header ? mf_copy_bytes(c->arena, header->raw.data, header->raw.len) : "";
}

static inline const char *body(struct composed *c)
{
    return mf_copy_bytes(c->arena, c->message->body.data, c->message->body.len);
}

#endif

/* A table of records as if it were published: its names are answered from it, all else by another. */
#include <ldns/ldns.h>
#include <stdlib.h>
#include <string.h>

#include "dns/dns_internal.h"
#include "mailflow/map.h"

struct node {
    struct mf_dns_raw *records;
    size_t count, capacity;
    const char *broken; /* why one of them can't be a record; NULL: all are good */
};
struct overlay {
    struct mf_dns base;
    struct mf_arena *arena;
    const char *label;
    struct mf_dns *below;
    struct mf_map *nodes; /* by name */
    struct mf_dns_raw *all;
    size_t count, capacity;
};

static struct node *node_of(struct overlay *overlay, const char *name)
{
    struct node *node = mf_map_get(overlay->nodes, name);
    if (node)
        return node;
    node = mf_alloc(overlay->arena, sizeof *node);
    mf_map_add(overlay->nodes, name, node);
    return node;
}

/* --- records from their text --- */

/* Character strings of at most 255 octets (RFC 1035 3.3.14). */
static struct mf_bytes wire_of_text(struct mf_arena *arena, const char *value)
{
    struct mf_text wire = {.max = 65535};
    size_t left = strlen(value);
    do {
        size_t len = left > 255 ? 255 : left;
        mf_text_putc(&wire, (char)len);
        mf_text_add(&wire, value, len);
        value += len;
        left -= len;
    } while (left);
    struct mf_bytes rdata = {mf_copy_bytes(arena, wire.data, wire.len), wire.len};
    mf_text_release(&wire);
    return rdata;
}

/* By ldns; names in it are whole, with or without their final dot. data NULL: it can't be read, *why says. */
static struct mf_bytes wire_of_others(struct mf_arena *arena, const char *type, const char *value, const char **why)
{
    ldns_rr *rr = NULL;
    ldns_rdf *root = ldns_dname_new_frm_str(".");
    ldns_status status = ldns_rr_new_frm_str(&rr, mf_format(arena, ". 0 IN %s %s", type, value), 0, root, NULL);
    struct mf_text wire = {.max = 65535};
    struct mf_bytes rdata = {NULL, 0};
    ldns_rdf_deep_free(root);
    if (status != LDNS_STATUS_OK) {
        *why = ldns_get_errorstr_by_id(status);
        return rdata;
    }
    for (size_t i = 0; i < ldns_rr_rd_count(rr); i++)
        mf_text_add(&wire, ldns_rdf_data(ldns_rr_rdf(rr, i)), ldns_rdf_size(ldns_rr_rdf(rr, i)));
    rdata = (struct mf_bytes){mf_copy_bytes(arena, wire.data, wire.len), wire.len};
    mf_text_release(&wire);
    ldns_rr_free(rr);
    return rdata;
}

void mf_dns_overlay_add(struct mf_dns *dns, const char *name, const char *type, const char *value)
{
    struct overlay *overlay = (struct overlay *)dns;
    const char *why = NULL, *normal = mf_dns_name_normal(overlay->arena, name, &why);
    unsigned number = ldns_get_rr_type_by_name(type);
    if (!normal)
        return; /* nobody can ask for it either */
    bool text = (number == MF_DNS_TXT || number == MF_DNS_SPF) && value[0] != '"';
    struct mf_bytes rdata =
        text ? wire_of_text(overlay->arena, value) : wire_of_others(overlay->arena, type, value, &why);
    struct node *node = node_of(overlay, normal);
    if (!number || !rdata.data) {
        node->broken = mf_format(overlay->arena, "\"%s %s\" of %s is no record: %s", type, value, overlay->label,
                                 number ? why : "unknown type");
        return;
    }
    struct mf_dns_raw raw = {normal, number, 0, rdata};
    *MF_PUSH(overlay->arena, node->records, node->count, node->capacity) = raw;
    *MF_PUSH(overlay->arena, overlay->all, overlay->count, overlay->capacity) = raw;
}

/* --- answers --- */

static void answer_from_below(struct overlay *overlay, struct mf_arena *arena, struct mf_dns_answer *answer,
                              mf_usec deadline)
{
    const struct mf_dns_answer *below = mf_dns_ask(overlay->below, arena, answer->name, answer->type, deadline);
    mf_usec asked = answer->asked;
    *answer = *below;
    answer->asked = below->asked ? below->asked : asked;
}

/* An alias of the table leads out of it: what is at its end, others know. */
static void go_on_below(struct overlay *overlay, struct mf_arena *arena, struct mf_dns_answer *answer, const char *end,
                        mf_usec deadline)
{
    const struct mf_dns_answer *below = mf_dns_ask(overlay->below, arena, end, answer->type, deadline);
    struct mf_dns_record *chain = mf_alloc_array(arena, answer->chain_count + below->chain_count + 1, sizeof *chain);
    memcpy(chain, answer->chain, answer->chain_count * sizeof *chain);
    if (below->chain_count)
        memcpy(chain + answer->chain_count, below->chain, below->chain_count * sizeof *chain);
    answer->chain = chain;
    answer->chain_count += below->chain_count;
    answer->canonical = below->canonical ? below->canonical : end;
    answer->status = below->status;
    answer->records = below->records;
    answer->count = below->count;
    answer->why = below->why;
    answer->negative_ttl = below->negative_ttl;
    answer->server = mf_format(arena, "%s, then %s", overlay->label, below->server);
}

static void ask_overlay(struct mf_dns *dns, struct mf_arena *arena, struct mf_dns_answer *answer, mf_usec deadline)
{
    struct overlay *overlay = (struct overlay *)dns;
    const struct node *node = mf_map_get(overlay->nodes, answer->name);
    if (!node) {
        answer_from_below(overlay, arena, answer, deadline);
        return;
    }
    answer->server = overlay->label;
    answer->planned = true;
    const char *end = mf_dns_answer_collect(arena, answer, overlay->all, overlay->count);
    if (end && strcmp(end, answer->name) == 0 && node->broken) {
        answer->status = MF_DNS_SERVFAIL;
        answer->why = mf_copy(arena, node->broken);
    } else if (end && strcmp(end, answer->name) == 0) {
        answer_from_below(overlay, arena, answer, deadline);
    } else if (end) {
        go_on_below(overlay, arena, answer, end, deadline);
    }
}

static void release_overlay(struct mf_dns *dns)
{
    struct overlay *overlay = (struct overlay *)dns;
    mf_arena_free(&overlay->arena);
    free(overlay);
}

static const struct mf_dns_kind kind = {.ask = ask_overlay, .release = release_overlay};

struct mf_dns *mf_dns_overlay(const char *label, struct mf_dns *below)
{
    struct overlay *overlay = mf_xmalloc(sizeof *overlay);
    *overlay = (struct overlay){.arena = mf_arena_new(), .below = below};
    mf_dns_base_init(&overlay->base, &kind);
    overlay->label = mf_copy(overlay->arena, label);
    overlay->nodes = mf_map_new(overlay->arena);
    return &overlay->base;
}

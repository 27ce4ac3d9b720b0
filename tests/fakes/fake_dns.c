/* The fake name server: one thread, one poll loop, ldns for the wire. */
#include "fakes/fake_dns.h"

#include <arpa/inet.h>
#include <ldns/ldns.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>
#include <unistd.h>

#define RULES_MAX 64
#define LATER_MAX 64

struct rule {
    char name[256];
    enum fake_dns_behaviour behaviour;
    int ms, asked;
};
struct later {
    long long due;
    struct sockaddr_storage peer;
    socklen_t peer_len;
    uint8_t *data;
    size_t len;
};
struct fake_dns {
    pthread_t thread;
    pthread_mutex_t lock;
    int udp, tcp, stop[2], port;
    char address[80];
    ldns_rr_list *records;
    struct rule rules[RULES_MAX];
    int rule_count, asked, asked_over_tcp;
    bool authoritative, authenticated, is_signed;
    struct later later[LATER_MAX];
    int held[LATER_MAX], held_count; /* TCP connections left silent */
};

static long long now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (long long)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static struct rule *rule_of(struct fake_dns *fake, const char *name)
{
    size_t len = strlen(name);
    if (len > 1 && name[len - 1] == '.')
        len--;
    for (int i = 0; i < fake->rule_count; i++)
        if (strlen(fake->rules[i].name) == len && strncasecmp(fake->rules[i].name, name, len) == 0)
            return &fake->rules[i];
    struct rule *rule = &fake->rules[fake->rule_count < RULES_MAX - 1 ? fake->rule_count++ : RULES_MAX - 1];
    *rule = (struct rule){0};
    snprintf(rule->name, sizeof rule->name, "%.*s", (int)len, name);
    return rule;
}

/* ------------------------------------------------------------------ answering */

static bool is_signature_of(const ldns_rr *rr, ldns_rr_type type)
{
    return ldns_rr_get_type(rr) == LDNS_RR_TYPE_RRSIG && ldns_rdf2rr_type(ldns_rr_rrsig_typecovered(rr)) == type;
}

static size_t add_matching(struct fake_dns *fake, ldns_rr_list *to, const ldns_rdf *name, ldns_rr_type type,
                           bool signatures)
{
    size_t count = 0;
    for (size_t i = 0; i < ldns_rr_list_rr_count(fake->records); i++) {
        ldns_rr *rr = ldns_rr_list_rr(fake->records, i);
        if (ldns_dname_compare(ldns_rr_owner(rr), name) != 0)
            continue;
        if (ldns_rr_get_type(rr) == type || (signatures && is_signature_of(rr, type))) {
            ldns_rr_list_push_rr(to, ldns_rr_clone(rr));
            count++;
        }
    }
    return count;
}

static bool exists(struct fake_dns *fake, const ldns_rdf *name)
{
    for (size_t i = 0; i < ldns_rr_list_rr_count(fake->records); i++)
        if (ldns_dname_compare(ldns_rr_owner(ldns_rr_list_rr(fake->records, i)), name) == 0 ||
            ldns_dname_is_subdomain(ldns_rr_owner(ldns_rr_list_rr(fake->records, i)), name))
            return true;
    return false;
}

static void add_soa(struct fake_dns *fake, ldns_rr_list *authority, const ldns_rdf *name)
{
    ldns_rdf *zone = ldns_rdf_clone(name);
    while (zone && add_matching(fake, authority, zone, LDNS_RR_TYPE_SOA, false) == 0 &&
           ldns_dname_label_count(zone) > 0) {
        ldns_rdf *parent = ldns_dname_left_chop(zone);
        ldns_rdf_deep_free(zone);
        zone = parent;
    }
    ldns_rdf_deep_free(zone);
}

static void fill_answer(struct fake_dns *fake, ldns_pkt *reply, const ldns_rdf *asked, ldns_rr_type type,
                        bool alias_only)
{
    ldns_rdf *name = ldns_rdf_clone(asked);
    for (int step = 0; step < 8; step++) {
        if (add_matching(fake, ldns_pkt_answer(reply), name, type, fake->is_signed))
            break;
        ldns_rr_list *alias = ldns_rr_list_new();
        if (!add_matching(fake, alias, name, LDNS_RR_TYPE_CNAME, fake->is_signed)) {
            ldns_rr_list_deep_free(alias);
            ldns_pkt_set_rcode(reply, exists(fake, name) ? LDNS_RCODE_NOERROR : LDNS_RCODE_NXDOMAIN);
            add_soa(fake, ldns_pkt_authority(reply), name);
            break;
        }
        ldns_rdf_deep_free(name);
        name = ldns_rdf_clone(ldns_rr_rdf(ldns_rr_list_rr(alias, 0), 0));
        ldns_rr_list_cat(ldns_pkt_answer(reply), alias);
        ldns_rr_list_free(alias);
        if (alias_only)
            break;
    }
    ldns_rdf_deep_free(name);
}

static void forge(ldns_pkt *reply, const ldns_rdf *name, bool other_question)
{
    ldns_rr *lie = NULL;
    char *text = ldns_rdf2str(name), line[300];
    snprintf(line, sizeof line, "%s 60 IN A 203.0.113.66", text);
    free(text);
    if (ldns_rr_new_frm_str(&lie, line, 60, NULL, NULL) == LDNS_STATUS_OK)
        ldns_rr_list_push_rr(ldns_pkt_answer(reply), lie);
    if (other_question) {
        ldns_rr *question = ldns_rr_list_rr(ldns_pkt_question(reply), 0);
        ldns_rdf_deep_free(ldns_rr_owner(question));
        ldns_rr_set_owner(question, ldns_dname_new_frm_str("other.invalid."));
    }
}

static void refer(ldns_pkt *reply)
{
    ldns_rr *ns = NULL;
    ldns_rr_new_frm_str(&ns, "example.com. 60 IN NS ns1.elsewhere.example.", 60, NULL, NULL);
    ldns_rr_list_push_rr(ldns_pkt_authority(reply), ns);
    ldns_pkt_set_aa(reply, false);
}

static ldns_pkt *new_reply(struct fake_dns *fake, const ldns_pkt *query, const ldns_rr *question)
{
    ldns_pkt *reply = ldns_pkt_new();
    ldns_pkt_set_id(reply, ldns_pkt_id(query));
    ldns_pkt_set_qr(reply, true);
    ldns_pkt_set_rd(reply, ldns_pkt_rd(query));
    ldns_pkt_set_ra(reply, !fake->authoritative);
    ldns_pkt_set_aa(reply, fake->authoritative);
    ldns_pkt_set_ad(reply, fake->authenticated);
    if (ldns_pkt_edns(query)) {
        ldns_pkt_set_edns_udp_size(reply, 4096);
        ldns_pkt_set_edns_do(reply, ldns_pkt_edns_do(query));
    }
    ldns_pkt_push_rr(reply, LDNS_SECTION_QUESTION, ldns_rr_clone(question));
    return reply;
}

enum lie { LIE_NONE, LIE_ID, LIE_QUESTION };

/* The bytes of one reply; *data to be freed. */
static void write_reply(struct fake_dns *fake, const ldns_pkt *query, enum fake_dns_behaviour behaviour, enum lie lie,
                        bool over_tcp, uint8_t **data, size_t *len)
{
    ldns_rr *question = ldns_rr_list_rr(ldns_pkt_question(query), 0);
    ldns_pkt *reply = new_reply(fake, query, question);
    if (lie)
        forge(reply, ldns_rr_owner(question), lie == LIE_QUESTION);
    else if (behaviour == FAKE_DNS_SERVFAIL)
        ldns_pkt_set_rcode(reply, LDNS_RCODE_SERVFAIL);
    else if (behaviour == FAKE_DNS_REFUSED)
        ldns_pkt_set_rcode(reply, LDNS_RCODE_REFUSED);
    else if (behaviour == FAKE_DNS_NO_EDNS && ldns_pkt_edns(query))
        ldns_pkt_set_rcode(reply, LDNS_RCODE_FORMERR);
    else if (behaviour == FAKE_DNS_REFER)
        refer(reply);
    else if (behaviour >= FAKE_DNS_TRUNCATE && behaviour <= FAKE_DNS_TRUNCATE_DROP && !over_tcp)
        ldns_pkt_set_tc(reply, true);
    else
        fill_answer(fake, reply, ldns_rr_owner(question), ldns_rr_get_type(question), behaviour == FAKE_DNS_ALIAS_ONLY);
    ldns_pkt_set_ancount(reply, (uint16_t)ldns_rr_list_rr_count(ldns_pkt_answer(reply)));
    ldns_pkt_set_nscount(reply, (uint16_t)ldns_rr_list_rr_count(ldns_pkt_authority(reply)));
    if (lie == LIE_ID)
        ldns_pkt_set_id(reply, (uint16_t)(ldns_pkt_id(query) + 1));
    if (ldns_pkt2wire(data, reply, len) != LDNS_STATUS_OK)
        *data = NULL;
    ldns_pkt_free(reply);
}

/* ------------------------------------------------------------------ UDP */

struct peer {
    struct sockaddr_storage address;
    socklen_t len;
};

static void send_later(struct fake_dns *fake, const struct peer *peer, uint8_t *data, size_t len, int ms)
{
    for (int i = 0; i < LATER_MAX; i++) {
        if (fake->later[i].data)
            continue;
        fake->later[i] = (struct later){now_ms() + ms, peer->address, peer->len, data, len};
        return;
    }
    free(data);
}

static void send_reply(struct fake_dns *fake, const struct peer *peer, const ldns_pkt *query,
                       enum fake_dns_behaviour behaviour, enum lie lie, int ms)
{
    uint8_t *data = NULL;
    size_t len = 0;
    write_reply(fake, query, behaviour, lie, false, &data, &len);
    if (data)
        send_later(fake, peer, data, len, ms);
}

static void send_garbage(struct fake_dns *fake, const struct peer *peer)
{
    sendto(fake->udp, "\x13\x37what?", 7, 0, (const struct sockaddr *)&peer->address, peer->len);
}

static void behave(struct fake_dns *fake, const struct peer *peer, const ldns_pkt *query, const struct rule *rule)
{
    bool is_first = rule->asked == 1;
    switch (rule->behaviour) {
    case FAKE_DNS_DROP:
        return;
    case FAKE_DNS_DROP_FIRST:
        if (is_first)
            return;
        break;
    case FAKE_DNS_DROP_EDNS:
        if (ldns_pkt_edns(query))
            return;
        break;
    case FAKE_DNS_GARBAGE_FIRST:
        if (!is_first)
            break;
        send_garbage(fake, peer);
        return;
    case FAKE_DNS_GARBAGE:
        send_garbage(fake, peer);
        return;
    case FAKE_DNS_WRONG_ID:
        send_reply(fake, peer, query, FAKE_DNS_ANSWER, LIE_ID, 0);
        return;
    case FAKE_DNS_WRONG_QUESTION:
        send_reply(fake, peer, query, FAKE_DNS_ANSWER, LIE_QUESTION, 0);
        return;
    case FAKE_DNS_FORGED_FIRST:
        send_reply(fake, peer, query, FAKE_DNS_ANSWER, LIE_ID, 0);
        send_reply(fake, peer, query, FAKE_DNS_ANSWER, LIE_QUESTION, 0);
        send_reply(fake, peer, query, FAKE_DNS_ANSWER, LIE_NONE, 20);
        return;
    case FAKE_DNS_ANSWER:
    case FAKE_DNS_SLOW:
    case FAKE_DNS_SERVFAIL:
    case FAKE_DNS_REFUSED:
    case FAKE_DNS_NO_EDNS:
    case FAKE_DNS_REFER:
    case FAKE_DNS_TRUNCATE:
    case FAKE_DNS_TRUNCATE_HANGUP:
    case FAKE_DNS_TRUNCATE_DROP:
    case FAKE_DNS_ALIAS_ONLY:
        break;
    }
    send_reply(fake, peer, query, rule->behaviour, LIE_NONE, rule->behaviour == FAKE_DNS_SLOW ? rule->ms : 0);
}

/* The question, noted; NULL when it can't be read. */
static ldns_pkt *read_query(struct fake_dns *fake, const uint8_t *data, size_t len, struct rule **rule)
{
    ldns_pkt *query = NULL;
    if (ldns_wire2pkt(&query, data, len) != LDNS_STATUS_OK)
        return NULL;
    if (ldns_rr_list_rr_count(ldns_pkt_question(query)) != 1) {
        ldns_pkt_free(query);
        return NULL;
    }
    char *name = ldns_rdf2str(ldns_rr_owner(ldns_rr_list_rr(ldns_pkt_question(query), 0)));
    *rule = rule_of(fake, name);
    free(name);
    (*rule)->asked++;
    fake->asked++;
    return query;
}

static void serve_udp(struct fake_dns *fake)
{
    uint8_t data[4096];
    struct peer peer = {.len = sizeof peer.address};
    struct rule *rule;
    ssize_t len = recvfrom(fake->udp, data, sizeof data, 0, (struct sockaddr *)&peer.address, &peer.len);
    ldns_pkt *query = len > 0 ? read_query(fake, data, (size_t)len, &rule) : NULL;
    if (!query)
        return;
    behave(fake, &peer, query, rule);
    ldns_pkt_free(query);
}

static void send_due(struct fake_dns *fake)
{
    for (int i = 0; i < LATER_MAX; i++) {
        struct later *later = &fake->later[i];
        if (!later->data || later->due > now_ms())
            continue;
        sendto(fake->udp, later->data, later->len, 0, (struct sockaddr *)&later->peer, later->peer_len);
        free(later->data);
        later->data = NULL;
    }
}

static int ms_until_due(struct fake_dns *fake)
{
    long long least = 1000, now = now_ms();
    for (int i = 0; i < LATER_MAX; i++)
        if (fake->later[i].data && fake->later[i].due - now < least)
            least = fake->later[i].due - now;
    return least < 0 ? 0 : (int)least;
}

/* ------------------------------------------------------------------ TCP */

static bool read_exactly(int s, uint8_t *data, size_t len)
{
    while (len) {
        struct pollfd p = {.fd = s, .events = POLLIN};
        ssize_t n = poll(&p, 1, 1000) > 0 ? recv(s, data, len, 0) : -1;
        if (n <= 0)
            return false;
        data += n;
        len -= (size_t)n;
    }
    return true;
}

static bool serve_question(struct fake_dns *fake, int s)
{
    uint8_t size[2], data[65536], *reply = NULL;
    size_t len = 0;
    struct rule *rule = NULL;
    if (!read_exactly(s, size, 2) || !read_exactly(s, data, (size_t)size[0] << 8 | size[1]))
        return false;
    ldns_pkt *query = read_query(fake, data, (size_t)size[0] << 8 | size[1], &rule);
    if (!query)
        return false;
    fake->asked_over_tcp++;
    bool stays = rule->behaviour == FAKE_DNS_TRUNCATE_DROP && fake->held_count < LATER_MAX;
    if (!stays && rule->behaviour != FAKE_DNS_TRUNCATE_HANGUP)
        write_reply(fake, query, rule->behaviour, LIE_NONE, true, &reply, &len);
    if (reply) {
        uint8_t head[2] = {(uint8_t)(len >> 8), (uint8_t)len};
        send(s, head, 2, MSG_NOSIGNAL | MSG_MORE);
        send(s, reply, len, MSG_NOSIGNAL);
    }
    free(reply);
    ldns_pkt_free(query);
    return stays;
}

static void serve_tcp(struct fake_dns *fake)
{
    int s = accept(fake->tcp, NULL, NULL);
    if (s < 0)
        return;
    if (serve_question(fake, s))
        fake->held[fake->held_count++] = s;
    else
        close(s);
}

/* ------------------------------------------------------------------ life */

static void *serve(void *argument)
{
    struct fake_dns *fake = argument;
    for (;;) {
        struct pollfd p[3] = {{fake->udp, POLLIN, 0}, {fake->tcp, POLLIN, 0}, {fake->stop[0], POLLIN, 0}};
        pthread_mutex_lock(&fake->lock);
        int ms = ms_until_due(fake);
        pthread_mutex_unlock(&fake->lock);
        poll(p, 3, ms);
        if (p[2].revents)
            return NULL;
        pthread_mutex_lock(&fake->lock);
        if (p[0].revents)
            serve_udp(fake);
        if (p[1].revents)
            serve_tcp(fake);
        send_due(fake);
        pthread_mutex_unlock(&fake->lock);
    }
}

static socklen_t make_address(const char *address, int port, struct sockaddr_storage *out)
{
    struct sockaddr_in *v4 = (struct sockaddr_in *)out;
    struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)out;
    memset(out, 0, sizeof *out);
    if (inet_pton(AF_INET, address, &v4->sin_addr) == 1) {
        v4->sin_family = AF_INET;
        v4->sin_port = htons((uint16_t)port);
        return sizeof *v4;
    }
    inet_pton(AF_INET6, address, &v6->sin6_addr);
    v6->sin6_family = AF_INET6;
    v6->sin6_port = htons((uint16_t)port);
    return sizeof *v6;
}

static int bound_port(int s)
{
    struct sockaddr_storage address;
    socklen_t len = sizeof address;
    getsockname(s, (struct sockaddr *)&address, &len);
    return ntohs(address.ss_family == AF_INET ? ((struct sockaddr_in *)&address)->sin_port
                                              : ((struct sockaddr_in6 *)&address)->sin6_port);
}

/* A port that is free for UDP and TCP; the first try nearly always does. */
static bool bind_both(struct fake_dns *fake, const char *address)
{
    struct sockaddr_storage at;
    for (int attempt = 0; attempt < 20; attempt++) {
        socklen_t len = make_address(address, 0, &at);
        fake->udp = socket(at.ss_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
        fake->tcp = socket(at.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
        if (bind(fake->udp, (struct sockaddr *)&at, len) == 0) {
            fake->port = bound_port(fake->udp);
            len = make_address(address, fake->port, &at);
            if (bind(fake->tcp, (struct sockaddr *)&at, len) == 0 && listen(fake->tcp, 16) == 0)
                return true;
        }
        close(fake->udp);
        close(fake->tcp);
    }
    return false;
}

struct fake_dns *fake_dns_start(const char *address)
{
    struct fake_dns *fake = calloc(1, sizeof *fake);
    if (!fake || !bind_both(fake, address) || pipe(fake->stop) < 0) {
        free(fake);
        return NULL;
    }
    snprintf(fake->address, sizeof fake->address, "%s@%d", address, fake->port);
    fake->records = ldns_rr_list_new();
    fake->authoritative = true;
    pthread_mutex_init(&fake->lock, NULL);
    pthread_create(&fake->thread, NULL, serve, fake);
    return fake;
}

void fake_dns_stop(struct fake_dns **fake_at)
{
    struct fake_dns *fake = *fake_at;
    if (!fake)
        return;
    if (write(fake->stop[1], "", 1) == 1)
        pthread_join(fake->thread, NULL);
    for (int i = 0; i < LATER_MAX; i++)
        free(fake->later[i].data);
    for (int i = 0; i < fake->held_count; i++)
        close(fake->held[i]);
    close(fake->udp);
    close(fake->tcp);
    close(fake->stop[0]);
    close(fake->stop[1]);
    ldns_rr_list_deep_free(fake->records);
    pthread_mutex_destroy(&fake->lock);
    free(fake);
    *fake_at = NULL;
}

const char *fake_dns_address(const struct fake_dns *fake)
{
    return fake->address;
}

int fake_dns_port(const struct fake_dns *fake)
{
    return fake->port;
}

/* ------------------------------------------------------------------ being told */

bool fake_dns_add(struct fake_dns *fake, const char *record)
{
    ldns_rr *rr = NULL;
    if (ldns_rr_new_frm_str(&rr, record, 60, NULL, NULL) != LDNS_STATUS_OK)
        return false;
    pthread_mutex_lock(&fake->lock);
    ldns_rr_list_push_rr(fake->records, rr);
    pthread_mutex_unlock(&fake->lock);
    return true;
}

void fake_dns_remove(struct fake_dns *fake, const char *name)
{
    ldns_rdf *owner = ldns_dname_new_frm_str(name);
    pthread_mutex_lock(&fake->lock);
    ldns_rr_list *kept = ldns_rr_list_new();
    ldns_rr *rr;
    while ((rr = ldns_rr_list_pop_rr(fake->records)) != NULL) {
        if (ldns_dname_compare(ldns_rr_owner(rr), owner) == 0)
            ldns_rr_free(rr);
        else
            ldns_rr_list_push_rr(kept, rr);
    }
    ldns_rr_list_free(fake->records);
    fake->records = kept;
    pthread_mutex_unlock(&fake->lock);
    ldns_rdf_deep_free(owner);
}

void fake_dns_behave(struct fake_dns *fake, const char *name, enum fake_dns_behaviour behaviour, int ms)
{
    pthread_mutex_lock(&fake->lock);
    struct rule *rule = rule_of(fake, name);
    rule->behaviour = behaviour;
    rule->ms = ms;
    pthread_mutex_unlock(&fake->lock);
}

void fake_dns_set_flags(struct fake_dns *fake, bool authoritative, bool authenticated)
{
    pthread_mutex_lock(&fake->lock);
    fake->authoritative = authoritative;
    fake->authenticated = authenticated;
    pthread_mutex_unlock(&fake->lock);
}

int fake_dns_asked(struct fake_dns *fake, const char *name)
{
    pthread_mutex_lock(&fake->lock);
    int asked = name ? rule_of(fake, name)->asked : fake->asked;
    pthread_mutex_unlock(&fake->lock);
    return asked;
}

int fake_dns_asked_over_tcp(struct fake_dns *fake)
{
    pthread_mutex_lock(&fake->lock);
    int asked = fake->asked_over_tcp;
    pthread_mutex_unlock(&fake->lock);
    return asked;
}

static bool write_anchor(const ldns_key *key, const char *file)
{
    ldns_rr *public_key = ldns_key2rr(key);
    char *text = ldns_rr2str(public_key);
    FILE *out = fopen(file, "w");
    bool good = out && text && fputs(text, out) >= 0;
    if (out)
        good = fclose(out) == 0 && good;
    free(text);
    ldns_rr_free(public_key);
    return good;
}

bool fake_dns_sign(struct fake_dns *fake, const char *anchor_file)
{
    ldns_rr *soa = NULL;
    ldns_rdf *root = ldns_dname_new_frm_str(".");
    ldns_key *key = ldns_key_new_frm_algorithm(LDNS_SIGN_ECDSAP256SHA256, 0);
    ldns_rr_new_frm_str(&soa, ". 60 IN SOA ns. root. 1 60 60 600 60", 60, NULL, NULL);
    if (!key || !soa)
        return false;
    ldns_key_set_pubkey_owner(key, ldns_rdf_clone(root));
    ldns_key_set_flags(key, ldns_key_flags(key) | LDNS_KEY_SEP_KEY);
    ldns_rr *public_key = ldns_key2rr(key);
    ldns_key_set_keytag(key, ldns_calc_keytag(public_key));
    pthread_mutex_lock(&fake->lock);
    ldns_rr_list_push_rr(fake->records, soa);
    ldns_rr_list_push_rr(fake->records, public_key);
    ldns_key_list *keys = ldns_key_list_new();
    ldns_key_list_push_key(keys, key);
    ldns_rr_list *todo = ldns_rr_list_clone(fake->records), *set;
    ldns_rr_list_sort(todo);
    while ((set = ldns_rr_list_pop_rrset(todo)) != NULL) {
        ldns_rr_list *signatures = ldns_sign_public(set, keys);
        ldns_rr_list_cat(fake->records, signatures);
        ldns_rr_list_free(signatures);
        ldns_rr_list_deep_free(set);
    }
    ldns_rr_list_deep_free(todo);
    fake->is_signed = true;
    pthread_mutex_unlock(&fake->lock);
    bool good = write_anchor(key, anchor_file);
    ldns_key_list_free(keys);
    ldns_rdf_deep_free(root);
    return good;
}

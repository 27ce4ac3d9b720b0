/* The door: every way to answer is asked here, watched and traced alike. */
#include <stdlib.h>

#include "dns/dns_internal.h"
#include "mailflow/trace.h"

void mf_dns_base_init(struct mf_dns *dns, const struct mf_dns_kind *kind)
{
    *dns = (struct mf_dns){.kind = kind};
    pthread_mutex_init(&dns->watch_lock, NULL);
}

void mf_dns_free(struct mf_dns **dns)
{
    if (!dns || !*dns)
        return;
    pthread_mutex_destroy(&(*dns)->watch_lock);
    (*dns)->kind->release(*dns); /* frees the whole struct */
    *dns = NULL;
}

void mf_dns_flush(struct mf_dns *dns)
{
    if (dns->kind->flush)
        dns->kind->flush(dns);
}

void mf_dns_watch(struct mf_dns *dns, void (*seen)(void *context, const struct mf_dns_answer *answer), void *context)
{
    pthread_mutex_lock(&dns->watch_lock);
    dns->seen = seen;
    dns->seen_context = context;
    pthread_mutex_unlock(&dns->watch_lock);
}

static void tell(struct mf_dns *dns, const struct mf_dns_answer *answer)
{
    char took[32];
    if (mf_tracing(MF_TRACE_DNS))
        mf_trace(MF_TRACE_DNS, "%s %s: %s, %zu record(s), from %s in %s%s%s", answer->name,
                 mf_dns_type_name(answer->type), mf_dns_status_name(answer->status), answer->count, answer->server,
                 mf_duration_text(answer->took, took, sizeof took), answer->why ? ": " : "",
                 answer->why ? answer->why : "");
    pthread_mutex_lock(&dns->watch_lock);
    if (dns->seen)
        dns->seen(dns->seen_context, answer);
    pthread_mutex_unlock(&dns->watch_lock);
}

const struct mf_dns_answer *mf_dns_ask(struct mf_dns *dns, struct mf_arena *arena, const char *name,
                                       enum mf_dns_type type, mf_usec deadline)
{
    const char *why = NULL;
    struct mf_dns_answer *answer = mf_alloc(arena, sizeof *answer);
    answer->type = type;
    mf_usec asked = answer->asked = mf_now();
    answer->server = "nobody";
    answer->name = mf_dns_name_normal(arena, name, &why);
    if (answer->name) {
        dns->kind->ask(dns, arena, answer, deadline);
    } else {
        /* What can't be a name can't be registered: nobody needs to be asked. */
        answer->name = mf_copy(arena, name);
        answer->status = MF_DNS_NXDOMAIN;
        answer->why = mf_format(arena, "\"%s\" can't be a domain name: %s", name, why);
    }
    if (answer->asked == asked) /* a recorded answer keeps its own time */
        answer->took = mf_now() - asked;
    tell(dns, answer);
    return answer;
}

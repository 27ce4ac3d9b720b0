/* libopendkim: the second opinion. Known traps and what is done about each:
 * - its own DNS would ask whom it likes: keys are handed to it by the look-up callback;
 * - one error ends the whole message: signatures are processed late, one by one (DELAYSIGPROC);
 * - signatures that it never processed say "body hash matches": PROCESSED and PASSED are asked first;
 * - it judges t= and x= by time(), not by the time given: its drift is set so wide that it never
 *   refuses for them, since our own reader judged them;
 * - broken signatures are left out of its list: BADSIGHANDLES keeps list and fields in step.
 *
 * One handle for the process, made once and never closed, under one lock: a handle of one's own per
 * thread is slower than one thread (measured).
 */
#include <opendkim/dkim.h>
#include <pthread.h>
#include <string.h>

#include "auth/dkim_internal.h"

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static DKIM_LIB *library; /* guarded by lock */

/* What the callbacks need of the message in hand. */
struct hand {
    const struct mf_dkim_work *works;
    size_t count;
};

static const char *record_of(const struct hand *hand, const char *domain, const char *selector)
{
    for (size_t i = 0; i < hand->count; i++) {
        const struct mf_dkim_signature *told = hand->works[i].told;
        if (told->key_record && mf_same(told->domain, domain) && mf_same(told->selector, selector))
            return told->key_record;
    }
    return NULL;
}

static DKIM_CBSTAT look_up(DKIM *dkim, DKIM_SIGINFO *signature, u_char *buffer, size_t size)
{
    const struct hand *hand = dkim_get_user_context(dkim);
    const char *domain = (const char *)dkim_sig_getdomain(signature);
    const char *selector = (const char *)dkim_sig_getselector(signature);
    const char *record = hand && domain && selector ? record_of(hand, domain, selector) : NULL;
    if (!record)
        return DKIM_CBSTAT_NOTFOUND;
    size_t len = strlen(record);
    if (len == 0 || len >= size) /* its buffer holds 1024 bytes */
        return DKIM_CBSTAT_ERROR;
    memcpy(buffer, record, len + 1);
    return DKIM_CBSTAT_CONTINUE;
}

/* Only signatures that we could read and verify are worth its while. */
static bool is_wanted(const struct mf_dkim_work *work)
{
    return work->told->cause == MF_DKIM_GOOD || work->told->result == MF_DKIM_FAIL;
}

static DKIM_CBSTAT prescreen(DKIM *dkim, DKIM_SIGINFO **signatures, int count)
{
    const struct hand *hand = dkim_get_user_context(dkim);
    for (int i = 0; i < count; i++)
        if (!hand || (size_t)i >= hand->count || !is_wanted(&hand->works[i]))
            dkim_sig_ignore(signatures[i]);
    return DKIM_CBSTAT_CONTINUE;
}

static DKIM_LIB *the_library(void)
{
    if (library)
        return library;
    library = dkim_init(NULL, NULL);
    if (!library)
        return NULL;
    unsigned flags = DKIM_LIBFLAGS_DELAYSIGPROC | DKIM_LIBFLAGS_BADSIGHANDLES;
    unsigned bits = 1024;
    dkim_options(library, DKIM_OP_SETOPT, DKIM_OPTS_FLAGS, &flags, sizeof flags);
    dkim_options(library, DKIM_OP_SETOPT, DKIM_OPTS_MINKEYBITS, &bits, sizeof bits);
    dkim_set_key_lookup(library, look_up);
    dkim_set_prescreen(library, prescreen);
    return library;
}

/* It computes t - drift and x + drift without looking for a wrap: the widest drift that does not wrap. */
static void widen_drift(const struct hand *hand)
{
    uint64_t drift = (uint64_t)1 << 60;
    for (size_t i = 0; i < hand->count; i++) {
        const char *value = mf_tags_value(&hand->works[i].tags, "t");
        long long signed_at;
        if (value && mf_tags_number(value, &signed_at) && (uint64_t)signed_at < drift)
            drift = (uint64_t)signed_at;
    }
    dkim_options(library, DKIM_OP_SETOPT, DKIM_OPTS_CLOCKDRIFT, &drift, sizeof drift);
}

static bool feed(DKIM *dkim, struct mf_bytes message)
{
    DKIM_STAT status = dkim_chunk(dkim, (u_char *)message.data, message.len);
    if (status == DKIM_STAT_OK)
        status = dkim_chunk(dkim, NULL, 0);
    if (status != DKIM_STAT_OK)
        return false;
    bool test_key;
    dkim_eom(dkim, &test_key);
    return true;
}

static struct mf_opendkim_verdict word_on(struct mf_arena *arena, DKIM_SIGINFO *signature,
                                          const struct mf_dkim_work *work)
{
    struct mf_opendkim_verdict verdict = {MF_OPENDKIM_CANNOT_SAY, NULL};
    unsigned flags = dkim_sig_getflags(signature);
    if (!is_wanted(work) || !(flags & DKIM_SIGFLAG_PROCESSED) || (flags & DKIM_SIGFLAG_IGNORE))
        return verdict;
    int error = dkim_sig_geterror(signature);
    const char *words = dkim_sig_geterrorstr(error);
    verdict.why = mf_copy(arena, words ? words : "no reason given");
    if ((flags & DKIM_SIGFLAG_PASSED) && dkim_sig_getbh(signature) == DKIM_SIGBH_MATCH && error == DKIM_SIGERROR_OK)
        verdict.word = MF_OPENDKIM_PASS;
    else if (error == DKIM_SIGERROR_BADSIG || error == DKIM_SIGERROR_OK)
        verdict.word = MF_OPENDKIM_OTHER_DIGEST;
    else if (error != DKIM_SIGERROR_EXPIRED && error != DKIM_SIGERROR_FUTURE && error != DKIM_SIGERROR_UNKNOWN)
        verdict.word = MF_OPENDKIM_FAIL;
    return verdict;
}

static void judge(struct mf_arena *arena, DKIM *dkim, struct mf_bytes message, struct hand *hand,
                  struct mf_opendkim_verdict *verdicts)
{
    DKIM_SIGINFO **signatures = NULL;
    int found = 0;
    dkim_set_user_context(dkim, hand);
    if (!feed(dkim, message) || dkim_getsiglist(dkim, &signatures, &found) != DKIM_STAT_OK)
        return;
    if ((size_t)found != hand->count) /* list and fields are out of step: nothing it says can be placed */
        return;
    for (size_t i = 0; i < hand->count; i++)
        verdicts[i] = word_on(arena, signatures[i], &hand->works[i]);
}

void mf_opendkim_verify(struct mf_arena *arena, struct mf_bytes message, const struct mf_dkim_work *works, size_t count,
                        struct mf_opendkim_verdict *verdicts)
{
    memset(verdicts, 0, count * sizeof *verdicts);
    bool any = false;
    for (size_t i = 0; i < count; i++)
        any = any || is_wanted(&works[i]);
    if (!any || message.len == 0)
        return;
    struct hand hand = {works, count};
    pthread_mutex_lock(&lock);
    DKIM_STAT status;
    if (the_library()) {
        widen_drift(&hand);
        DKIM *dkim = dkim_verify(library, (const u_char *)"mailflow", NULL, &status);
        if (dkim) {
            judge(arena, dkim, message, &hand, verdicts);
            dkim_free(dkim);
        }
    }
    pthread_mutex_unlock(&lock);
}

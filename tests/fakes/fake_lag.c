/* See fake_lag.h. */
#include "fakes/fake_lag.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stddef.h>

static pthread_once_t once = PTHREAD_ONCE_INIT;
static atomic_llong worst;

static void *sleep_and_look(void *context)
{
    (void)context;
    for (;;) {
        mf_usec wanted = mf_now() + 5 * MF_MS;
        mf_sleep_until(wanted);
        long long late = mf_now() - wanted;
        if (late > atomic_load(&worst))
            atomic_store(&worst, late);
    }
    return NULL;
}

static void start(void)
{
    pthread_t thread;
    if (pthread_create(&thread, NULL, sleep_and_look, NULL) == 0)
        pthread_detach(thread);
}

void fake_lag_watch(void)
{
    pthread_once(&once, start);
}

mf_usec fake_lag_worst(void)
{
    return atomic_exchange(&worst, 0);
}

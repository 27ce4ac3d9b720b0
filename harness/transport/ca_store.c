/* Trusted CAs, read once: OpenSSL 3 takes 25 ms of CPU time for a system's 140 certificates, which a
 * hundred connections would pay a hundred times. The stores are the only state that outlives a call
 * here; they are never changed once made (but for their reference count), and kept to the end. */
#include <openssl/x509.h>
#include <pthread.h>
#include <string.h>

#include "mailflow/arena.h"
#include "transport/certificate_internal.h"

struct kept {
    struct kept *next;
    char *ca_file; /* NULL: the system's */
    X509_STORE *store;
};
static struct kept *stores;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static X509_STORE *read_store(const char *ca_file)
{
    X509_STORE *store = X509_STORE_new();
    if (store && (ca_file ? X509_STORE_load_file(store, ca_file) : X509_STORE_set_default_paths(store)) == 1)
        return store;
    X509_STORE_free(store);
    return NULL;
}

static X509_STORE *find(const char *ca_file)
{
    for (const struct kept *kept = stores; kept; kept = kept->next)
        if (kept->ca_file && ca_file ? strcmp(kept->ca_file, ca_file) == 0 : kept->ca_file == ca_file)
            return kept->store;
    return NULL;
}

X509_STORE *mf_ca_store(const char *ca_file)
{
    pthread_mutex_lock(&lock);
    X509_STORE *store = find(ca_file);
    if (!store && (store = read_store(ca_file))) {
        struct kept *kept = mf_xmalloc(sizeof *kept);
        *kept = (struct kept){stores, ca_file ? mf_xstrdup(ca_file) : NULL, store};
        stores = kept;
    }
    if (store)
        X509_STORE_up_ref(store);
    pthread_mutex_unlock(&lock);
    return store;
}

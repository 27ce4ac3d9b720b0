/* Trusted CAs, read once: OpenSSL 3 takes 25 ms of CPU time for a system's 140 certificates, which a
 * hundred connections would pay a hundred times. The stores are the only state that outlives a call
 * here; they are never changed once made (but for their reference count), and kept to the end. */
#include <dirent.h>
#include <openssl/x509.h>
#include <pthread.h>
#include <stdlib.h>
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

/* "4f316efb.0": a certificate under the hash of its name, as c_rehash links them. */
static bool is_hash_link(const char *name)
{
    return strlen(name) == 10 && strspn(name, "0123456789abcdef") == 8 && strcmp(name + 8, ".0") == 0;
}

static bool has_hash_links(const char *folder)
{
    DIR *entries = folder ? opendir(folder) : NULL;
    bool found = false;
    for (struct dirent *entry; entries && !found && (entry = readdir(entries));)
        found = is_hash_link(entry->d_name);
    if (entries)
        closedir(entries);
    return found;
}

/* Where the system keeps its CAs one by one, only those that are asked for are read; else the bundle. */
static int add_system(X509_STORE *store)
{
    const char *folder = getenv(X509_get_default_cert_dir_env());
    folder = folder ? folder : X509_get_default_cert_dir();
    bool bundle_wanted = getenv(X509_get_default_cert_file_env()) != NULL;
    return !bundle_wanted && has_hash_links(folder) ? X509_STORE_load_path(store, folder) : X509_STORE_set_default_paths(store);
}

static X509_STORE *read_store(const char *ca_file)
{
    X509_STORE *store = X509_STORE_new();
    if (store && (ca_file ? X509_STORE_load_file(store, ca_file) : add_system(store)) == 1)
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

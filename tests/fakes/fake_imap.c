/* See fake_imap.h. */
#include "fakes/fake_imap.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fakes/fake_imap_session.h"

void fake_imap_note(struct fake_imap *imap, const char *line)
{
    size_t len = strlen(line);
    pthread_mutex_lock(&imap->lock);
    imap->log = realloc(imap->log, imap->log_len + len + 2);
    memcpy(imap->log + imap->log_len, line, len);
    imap->log_len += len;
    memcpy(imap->log + imap->log_len, "\n", 2);
    imap->log_len++;
    pthread_mutex_unlock(&imap->lock);
}

void fake_imap_spread_news(struct fake_imap *imap)
{
    uint64_t one = 1;
    for (int i = 0; i < imap->news_count; i++)
        if (imap->news[i] >= 0 && write(imap->news[i], &one, sizeof one) < 0)
            continue;
}

struct fake_imap *fake_imap_start(const struct fake_imap_options *options)
{
    struct fake_imap *imap = calloc(1, sizeof *imap);
    imap->options = *options;
    pthread_mutex_init(&imap->lock, NULL);
    store_add(&imap->store, "INBOX", "");
    store_add(&imap->store, "Junk", "\\Junk");
    store_add(&imap->store, "Sent", "\\Sent");
    store_add(&imap->store, "Trash", "\\Trash");
    imap->server = fake_server_start(&(struct fake_server_options){
        .script = fake_imap_talk, .context = imap, .tls = options->tls, .implicit_tls = options->implicit_tls,
        .silent_tls = options->silent_tls, .deaf = options->deaf, .ipv6 = options->ipv6});
    return imap;
}

void fake_imap_stop(struct fake_imap **imap)
{
    if (!*imap)
        return;
    fake_server_stop(&(*imap)->server);
    store_release(&(*imap)->store);
    free((*imap)->log);
    pthread_mutex_destroy(&(*imap)->lock);
    free(*imap);
    *imap = NULL;
}

int fake_imap_port(const struct fake_imap *imap)
{
    return fake_server_port(imap->server);
}

int fake_imap_connections(const struct fake_imap *imap)
{
    return fake_server_connections(imap->server);
}

/* ---- what the test does ---- */

void fake_imap_add_folder(struct fake_imap *imap, const char *wire_name, const char *flags)
{
    pthread_mutex_lock(&imap->lock);
    store_add(&imap->store, wire_name, flags);
    pthread_mutex_unlock(&imap->lock);
}

void fake_imap_only_inbox(struct fake_imap *imap)
{
    pthread_mutex_lock(&imap->lock);
    store_release(&imap->store);
    store_add(&imap->store, "INBOX", "");
    pthread_mutex_unlock(&imap->lock);
}

unsigned fake_imap_deliver(struct fake_imap *imap, const char *folder, const void *raw, size_t len, size_t padding)
{
    pthread_mutex_lock(&imap->lock);
    unsigned uid = store_deliver(store_find(&imap->store, folder), raw, len, padding);
    fake_imap_spread_news(imap);
    pthread_mutex_unlock(&imap->lock);
    return uid;
}

unsigned fake_imap_deliver_text(struct fake_imap *imap, const char *folder, const char *raw)
{
    return fake_imap_deliver(imap, folder, raw, strlen(raw), 0);
}

void fake_imap_expunge(struct fake_imap *imap, const char *folder, unsigned uid)
{
    pthread_mutex_lock(&imap->lock);
    store_remove(store_find(&imap->store, folder), uid);
    fake_imap_spread_news(imap);
    pthread_mutex_unlock(&imap->lock);
}

void fake_imap_skip_uids(struct fake_imap *imap, const char *folder, unsigned count)
{
    pthread_mutex_lock(&imap->lock);
    store_find(&imap->store, folder)->uidnext += count;
    pthread_mutex_unlock(&imap->lock);
}

void fake_imap_remake(struct fake_imap *imap, const char *folder)
{
    pthread_mutex_lock(&imap->lock);
    store_find(&imap->store, folder)->uidvalidity += 100;
    pthread_mutex_unlock(&imap->lock);
}

static bool *flag_of(struct store_message *message, const char *flag)
{
    return strcmp(flag, "\\Seen") == 0 ? &message->seen : &message->deleted;
}

void fake_imap_mark(struct fake_imap *imap, const char *folder, unsigned uid, const char *flag)
{
    pthread_mutex_lock(&imap->lock);
    struct store_message *message = store_message(store_find(&imap->store, folder), uid);
    if (message)
        *flag_of(message, flag) = true;
    pthread_mutex_unlock(&imap->lock);
}

bool fake_imap_is_marked(struct fake_imap *imap, const char *folder, unsigned uid, const char *flag)
{
    pthread_mutex_lock(&imap->lock);
    struct store_message *message = store_message(store_find(&imap->store, folder), uid);
    bool marked = message && *flag_of(message, flag);
    pthread_mutex_unlock(&imap->lock);
    return marked;
}

bool fake_imap_has(struct fake_imap *imap, const char *folder, unsigned uid)
{
    pthread_mutex_lock(&imap->lock);
    bool has = store_message(store_find(&imap->store, folder), uid) != NULL;
    pthread_mutex_unlock(&imap->lock);
    return has;
}

size_t fake_imap_count(struct fake_imap *imap, const char *folder)
{
    pthread_mutex_lock(&imap->lock);
    size_t count = store_find(&imap->store, folder)->count;
    pthread_mutex_unlock(&imap->lock);
    return count;
}

char *fake_imap_log(struct fake_imap *imap)
{
    pthread_mutex_lock(&imap->lock);
    char *log = strdup(imap->log ? imap->log : "");
    pthread_mutex_unlock(&imap->lock);
    return log;
}

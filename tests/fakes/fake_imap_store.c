/* See fake_imap_store.h. */
#include "fakes/fake_imap_store.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

struct store_folder *store_find(struct store *store, const char *name)
{
    for (size_t i = 0; i < store->count; i++)
        if (strcmp(store->folders[i].name, name) == 0 || (strcasecmp(name, "INBOX") == 0 && strcmp(store->folders[i].name, "INBOX") == 0))
            return &store->folders[i];
    return NULL;
}

struct store_folder *store_add(struct store *store, const char *name, const char *flags)
{
    store->folders = realloc(store->folders, (store->count + 1) * sizeof *store->folders);
    struct store_folder *folder = &store->folders[store->count++];
    *folder = (struct store_folder){.name = strdup(name), .flags = strdup(flags), .uidvalidity = 1000 + (unsigned)store->count, .uidnext = 1};
    return folder;
}

unsigned store_deliver(struct store_folder *folder, const void *data, size_t len, size_t padding)
{
    folder->messages = realloc(folder->messages, (folder->count + 1) * sizeof *folder->messages);
    struct store_message *message = &folder->messages[folder->count++];
    *message = (struct store_message){.uid = folder->uidnext++, .data = malloc(len + 1), .len = len, .padding = padding};
    memcpy(message->data, data, len);
    return message->uid;
}

struct store_message *store_message(struct store_folder *folder, unsigned uid)
{
    for (size_t i = 0; folder && i < folder->count; i++)
        if (folder->messages[i].uid == uid)
            return &folder->messages[i];
    return NULL;
}

void store_remove(struct store_folder *folder, unsigned uid)
{
    struct store_message *message = store_message(folder, uid);
    if (!message)
        return;
    size_t at = (size_t)(message - folder->messages);
    free(message->data);
    memmove(message, message + 1, (folder->count - at - 1) * sizeof *message);
    folder->count--;
}

void store_release(struct store *store)
{
    for (size_t i = 0; i < store->count; i++) {
        struct store_folder *folder = &store->folders[i];
        while (folder->count)
            store_remove(folder, folder->messages[folder->count - 1].uid);
        free(folder->messages);
        free(folder->name);
        free(folder->flags);
    }
    free(store->folders);
    *store = (struct store){.count = 0};
}

static unsigned number(const char **at, unsigned largest)
{
    if (**at == '*') {
        ++*at;
        return largest;
    }
    char *end;
    unsigned long value = strtoul(*at, &end, 10);
    *at = end;
    return (unsigned)value;
}

bool store_in_set(const char *set, unsigned uid, unsigned largest)
{
    while (*set) {
        unsigned first = number(&set, largest), last = first;
        if (*set == ':') {
            set++;
            last = number(&set, largest);
        }
        if (first > last) {
            unsigned swap = first;
            first = last;
            last = swap;
        }
        if (uid >= first && uid <= last)
            return true;
        if (*set != ',')
            return false;
        set++;
    }
    return false;
}

/* The folders of the fake IMAP server; every function wants the lock held. */
#ifndef FAKES_FAKE_IMAP_STORE_H
#define FAKES_FAKE_IMAP_STORE_H

#include <stdbool.h>
#include <stddef.h>

struct store_message {
    unsigned uid;
    bool seen, deleted;
    char *data;
    size_t len, padding;
};
struct store_folder {
    char *name, *flags;
    unsigned uidvalidity, uidnext;
    struct store_message *messages;
    size_t count;
};
struct store {
    struct store_folder *folders;
    size_t count;
};

struct store_folder *store_find(struct store *store, const char *name);
struct store_folder *store_add(struct store *store, const char *name, const char *flags);
unsigned store_deliver(struct store_folder *folder, const void *data, size_t len, size_t padding);
struct store_message *store_message(struct store_folder *folder, unsigned uid);
void store_remove(struct store_folder *folder, unsigned uid);
void store_release(struct store *store);
/* Is the UID in a set like "1,4:7,9:*"? largest: what "*" means. */
bool store_in_set(const char *set, unsigned uid, unsigned largest);

#endif

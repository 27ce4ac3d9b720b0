/* Folders and messages of the fake IMAP server. */
#include "fakes/fake_imap_session.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/eventfd.h>
#include <unistd.h>

void session_select(struct session *s, const char *words, bool writable)
{
    char name[256];
    session_take_string(s, words, name, sizeof name);
    pthread_mutex_lock(&s->imap->lock);
    struct store_folder *folder = store_find(&s->imap->store, name);
    struct store_folder copy = folder ? *folder : (struct store_folder){.count = 0};
    s->selected = folder != NULL;
    s->writable = writable;
    snprintf(s->folder, sizeof s->folder, "%s", name);
    if (folder)
        session_learn_folder(s, folder);
    pthread_mutex_unlock(&s->imap->lock);
    if (!s->selected) {
        session_say(s, "%s NO [NONEXISTENT] Mailbox doesn't exist: %s\r\n", s->tag, name);
        return;
    }
    session_say(s, "* FLAGS (\\Answered \\Deleted \\Seen)\r\n* %zu EXISTS\r\n* 0 RECENT\r\n* OK [UIDVALIDITY %u] UIDs valid\r\n", copy.count, copy.uidvalidity);
    if (!s->imap->options.no_uidnext)
        session_say(s, "* OK [UIDNEXT %u] Predicted next UID\r\n", copy.uidnext);
    session_ok(s, writable ? "[READ-WRITE] Select completed." : "[READ-ONLY] Examine completed.");
}

void session_status(struct session *s, const char *words)
{
    char name[256];
    session_take_string(s, words, name, sizeof name);
    pthread_mutex_lock(&s->imap->lock);
    struct store_folder *folder = store_find(&s->imap->store, name);
    struct store_folder copy = folder ? *folder : (struct store_folder){.count = 0};
    pthread_mutex_unlock(&s->imap->lock);
    if (!folder) {
        session_say(s, "%s NO [NONEXISTENT] Mailbox doesn't exist: %s\r\n", s->tag, name);
        return;
    }
    session_say(s, "* STATUS \"%s\" (MESSAGES %zu UIDNEXT %u UIDVALIDITY %u)\r\n", name, copy.count, copy.uidnext, copy.uidvalidity);
    session_ok(s, "Status completed.");
}

void session_list(struct session *s, const char *verb)
{
    pthread_mutex_lock(&s->imap->lock);
    for (size_t i = 0; i < s->imap->store.count; i++) {
        const struct store_folder *folder = &s->imap->store.folders[i];
        session_say(s, "* %s (%s) \"/\" \"%s\"\r\n", verb, folder->flags, folder->name);
    }
    pthread_mutex_unlock(&s->imap->lock);
    session_ok(s, "List completed.");
}

/* ---- messages ---- */

static unsigned largest(const struct session *s)
{
    return s->known_count ? s->known[s->known_count - 1] : 0;
}

static void say_body(struct session *s, const struct store_message *message, bool header)
{
    size_t len = message->len, padding = header ? 0 : message->padding;
    char *end = header ? memmem(message->data, len, "\r\n\r\n", 4) : NULL;
    if (end)
        len = (size_t)(end - message->data) + 4;
    session_say(s, "BODY[%s] {%zu}\r\n", header ? "HEADER" : "", len + padding);
    if (fake_rule_for(s->imap->options.rules, s->talk, "BODY")) {
        s->over = s->over || !fake_say_bytes(s->talk, message->data, len / 2);
        session_follow(s, "BODY", "");
        s->over = true;
        return;
    }
    s->over = s->over || !fake_say_bytes(s->talk, message->data, len);
    char block[65536];
    memset(block, 'x', sizeof block);
    while (padding && !s->over) {
        size_t here = padding < sizeof block ? padding : sizeof block;
        s->over = !fake_say_bytes(s->talk, block, here);
        padding -= here;
    }
}

static void fetch_one(struct session *s, size_t sequence, struct store_message *message, const char *items)
{
    const char *extra = s->imap->options.fetch_extra;
    session_say(s, "* %zu FETCH (%sUID %u", sequence, extra ? extra : "", message->uid);
    if (strstr(items, "FLAGS"))
        session_say(s, " FLAGS (%s%s%s)", message->seen ? "\\Seen" : "", message->seen && message->deleted ? " " : "", message->deleted ? "\\Deleted" : "");
    if (strstr(items, "INTERNALDATE"))
        session_say(s, " INTERNALDATE \"23-Nov-2026 02:14:07 +0530\"");
    if (strstr(items, "BODY")) {
        session_say(s, " ");
        if (strstr(items, "BODY["))
            message->seen = true; /* no PEEK */
        say_body(s, message, strstr(items, "[HEADER]") != NULL);
    }
    session_say(s, ")\r\n");
}

void session_fetch(struct session *s, const char *words)
{
    char set[8192];
    const char *items = session_take_string(s, words, set, sizeof set);
    if (!session_follow(s, "UID FETCH", ""))
        return;
    for (size_t i = 0; i < s->known_count && !s->over; i++) {
        if (!store_in_set(set, s->known[i], largest(s)))
            continue;
        pthread_mutex_lock(&s->imap->lock);
        struct store_folder *folder = store_find(&s->imap->store, s->folder);
        struct store_message *message = store_message(folder, s->known[i]);
        struct store_message copy = message ? *message : (struct store_message){.uid = 0};
        if (message)
            copy.data = memcpy(malloc(message->len + 1), message->data, message->len);
        if (message && strstr(items, "BODY["))
            message->seen = true;
        pthread_mutex_unlock(&s->imap->lock);
        if (message)
            fetch_one(s, i + 1, &copy, items);
        free(copy.data);
    }
    session_tell_changes(s, true);
    session_ok(s, "Fetch completed.");
}

void session_store(struct session *s, const char *words)
{
    char set[8192];
    const char *change = session_take_string(s, words, set, sizeof set);
    if (!s->writable) {
        session_say(s, "%s NO [READ-ONLY] Mailbox is read-only.\r\n", s->tag);
        return;
    }
    pthread_mutex_lock(&s->imap->lock);
    struct store_folder *folder = store_find(&s->imap->store, s->folder);
    for (size_t i = 0; i < folder->count; i++)
        if (store_in_set(set, folder->messages[i].uid, largest(s)) && strstr(change, "+FLAGS") && strstr(change, "\\Deleted"))
            folder->messages[i].deleted = true;
    pthread_mutex_unlock(&s->imap->lock);
    session_ok(s, "Store completed.");
}

/* set NULL: all that are marked. */
void session_expunge(struct session *s, const char *words)
{
    char set[8192] = "1:*";
    if (words)
        session_take_string(s, words, set, sizeof set);
    pthread_mutex_lock(&s->imap->lock);
    struct store_folder *folder = store_find(&s->imap->store, s->folder);
    for (size_t i = folder->count; s->writable && i-- > 0;)
        if (folder->messages[i].deleted && store_in_set(set, folder->messages[i].uid, largest(s)))
            store_remove(folder, folder->messages[i].uid);
    fake_imap_spread_news(s->imap);
    pthread_mutex_unlock(&s->imap->lock);
    session_tell_changes(s, true);
    session_ok(s, "Expunge completed.");
}

void session_move(struct session *s, const char *words)
{
    char set[8192], name[256], from[8192] = "", to[8192] = "";
    session_take_string(s, session_take_string(s, words, set, sizeof set), name, sizeof name);
    pthread_mutex_lock(&s->imap->lock);
    struct store_folder *folder = store_find(&s->imap->store, s->folder), *target = store_find(&s->imap->store, name);
    for (size_t i = 0; target && i < folder->count;) {
        struct store_message *message = &folder->messages[i];
        if (!store_in_set(set, message->uid, largest(s))) {
            i++;
            continue;
        }
        unsigned uid = store_deliver(target, message->data, message->len, message->padding);
        snprintf(from + strlen(from), sizeof from - strlen(from), "%s%u", *from ? "," : "", message->uid);
        snprintf(to + strlen(to), sizeof to - strlen(to), "%s%u", *to ? "," : "", uid);
        store_remove(folder, message->uid);
    }
    unsigned uidvalidity = target ? target->uidvalidity : 0;
    pthread_mutex_unlock(&s->imap->lock);
    if (!target) {
        session_say(s, "%s NO [TRYCREATE] Mailbox doesn't exist\r\n", s->tag);
        return;
    }
    session_say(s, "* OK [COPYUID %u %s %s] Moved UIDs.\r\n", uidvalidity, from, to);
    session_tell_changes(s, true);
    session_ok(s, "Move completed.");
}

void session_search_deleted(struct session *s)
{
    pthread_mutex_lock(&s->imap->lock);
    struct store_folder *folder = store_find(&s->imap->store, s->folder);
    session_say(s, "* SEARCH");
    for (size_t i = 0; i < folder->count; i++)
        if (folder->messages[i].deleted)
            session_say(s, " %u", folder->messages[i].uid);
    pthread_mutex_unlock(&s->imap->lock);
    session_say(s, "\r\n");
    session_ok(s, "Search completed.");
}

void session_idle(struct session *s)
{
    uint64_t count;
    const struct fake_rule *together = fake_rule_for(s->imap->options.rules, s->talk, "IDLING");
    char *plus = NULL;
    if (asprintf(&plus, "+ idling\r\n%s", together && together->act == FAKE_SAY ? together->say : "") < 0)
        abort();
    bool own = session_follow(s, "IDLE", plus);
    free(plus);
    if (!own)
        return;
    if (together && together->act != FAKE_SAY)
        session_follow(s, "IDLING", "");
    for (;;) {
        if (s->over)
            return;
        session_tell_changes(s, true);
        int what = fake_wait(s->talk, s->news, -1);
        if (what == 2 && read(s->news, &count, sizeof count) > 0)
            continue;
        const char *line = what == 1 ? fake_hear(s->talk) : NULL;
        s->over = s->over || !line;
        if (line && strcasecmp(line, "DONE") == 0)
            break;
    }
    session_ok(s, "Idle completed.");
}

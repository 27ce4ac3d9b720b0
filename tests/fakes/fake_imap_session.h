/* The fake IMAP server from the inside: a session and its commands. Shared by fake_imap*.c only. */
#ifndef FAKES_FAKE_IMAP_SESSION_H
#define FAKES_FAKE_IMAP_SESSION_H

#include <pthread.h>

#include "fakes/fake_imap.h"
#include "fakes/fake_imap_store.h"
#include "fakes/fake_server.h"

#define NEWS_MAX 1024

struct fake_imap {
    struct fake_imap_options options;
    struct fake_server *server;
    pthread_mutex_t lock;
    struct store store;
    int news[NEWS_MAX]; /* an eventfd for each session, -1 when it is over */
    int news_count;
    char *log;
    size_t log_len;
};

struct session {
    struct fake_imap *imap;
    struct fake_talk *talk;
    char tag[64], folder[256];
    bool selected, writable, logged_in, over;
    unsigned *known; /* the UIDs that the client knows of, by sequence number */
    size_t known_count;
    int news;
};

/* fake_imap.c */
void fake_imap_note(struct fake_imap *imap, const char *line); /* into the log */
void fake_imap_spread_news(struct fake_imap *imap);            /* wakes all that idle; wants the lock held */

/* fake_imap_session.c */
void fake_imap_talk(struct fake_talk *talk, void *context);
void session_say(struct session *s, const char *format, ...) __attribute__((format(printf, 2, 3)));
bool session_follow(struct session *s, const char *when, const char *own); /* true: its own was said */
void session_ok(struct session *s, const char *words);
void session_learn_folder(struct session *s, const struct store_folder *folder);
void session_tell_changes(struct session *s, bool may_expunge);
void session_capabilities(const struct session *s, char *to, size_t size);
const char *session_take_string(struct session *s, const char *at, char *to, size_t size);

/* fake_imap_login.c */
void session_authenticate(struct session *s, const char *words);
void session_login(struct session *s, const char *words);

/* fake_imap_mail.c */
void session_select(struct session *s, const char *words, bool writable);
void session_status(struct session *s, const char *words);
void session_list(struct session *s, const char *verb);
void session_fetch(struct session *s, const char *words);
void session_store(struct session *s, const char *words);
void session_expunge(struct session *s, const char *words); /* NULL: all that are marked */
void session_move(struct session *s, const char *words);
void session_search_deleted(struct session *s);
void session_idle(struct session *s);

#endif

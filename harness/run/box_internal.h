/* Room run, inside: one mailbox, its connection and its thread. */
#ifndef RUN_BOX_INTERNAL_H
#define RUN_BOX_INTERNAL_H

#include "mailflow/imap.h"
#include "run/engine_internal.h"

enum mf_box_state {
    MF_BOX_OPENING, /* not open yet for the first time */
    MF_BOX_READY,
    MF_BOX_LOST,    /* being opened again */
    MF_BOX_FAILED,  /* given up */
    MF_BOX_CLOSED,  /* its thread is at its end */
};
enum mf_box_scope { MF_SCOPE_NONE, MF_SCOPE_USUAL, MF_SCOPE_ALL }; /* USUAL: inbox, junk, sent and what is awaited */

/* UIDs that were looked at, from a base on. */
struct mf_uids { unsigned base; unsigned char *bits; size_t size; };
bool mf_uids_has(const struct mf_uids *uids, unsigned uid);
void mf_uids_add(struct mf_uids *uids, unsigned uid);
void mf_uids_reset(struct mf_uids *uids, unsigned base);

struct mf_box_folder {
    const char *name, *wire;
    enum mf_folder_use use;
    bool listed;           /* still there at the last LIST */
    bool windowed;         /* its window is known */
    bool anew;             /* what lies from from_uid on may be older than the watch */
    unsigned uidvalidity;
    unsigned from_uid;     /* what lies below was there before */
    unsigned next_uid;     /* what lies below was looked at, or was there before */
    struct mf_uids looked;
};

struct mf_ours { /* a copy of ours that was seen */
    struct mf_box_folder *folder;
    unsigned uidvalidity, uid;
    const struct mf_flow *flow;
    bool proved, again, removed;
    bool superseded; /* the folder was numbered anew, and there it is again */
    char *hash; /* heap */
};

struct mf_awaiting { const char *folder; size_t count; };

struct mf_box {
    struct mf_engine *engine;
    const struct mf_mailbox *mailbox;
    pthread_t thread;
    bool started;
    int wake_fd;
    int interrupt_fd;           /* readable: its connection gives up, also while it is being opened */

    /* under the engine's lock */
    enum mf_box_state state;
    bool settled;               /* opened once, or failed: sends may begin */
    bool overtaken;             /* something was sent before it was settled */
    bool resting;               /* waits long: must be woken */
    size_t awaited;             /* live wants */
    struct mf_awaiting *awaiting; /* by folder */
    size_t awaiting_count, awaiting_capacity;
    mf_usec stirred;            /* the newest reason to look often */
    mf_usec lost_at;
    bool scan_asked, scanning;  /* a complete scan of all folders */
    struct mf_look { mf_usec began, ended; } *scans; /* those that succeeded: folder by folder in between */
    size_t scan_count, scan_capacity;
    mf_usec scan_took;
    bool finish_asked;          /* scan `finish_scope`, clean up, close */
    enum mf_box_scope finish_scope;
    bool abandon;               /* close at once */
    struct mf_imap *imap;       /* written by its thread under the lock */

    /* its thread's */
    struct mf_arena *arena;
    struct mf_box_folder **folders;
    size_t folder_count, folder_capacity;
    struct mf_box_folder *selected;
    bool selected_for_writing;
    unsigned exists, uidnext;   /* of the selected folder: what it holds; when it was opened */
    bool windows_noted;
    struct mf_map *known;       /* copies that the run before saw already */
    struct mf_ours *ours;
    size_t ours_count, ours_capacity;
    struct mf_net_trouble trouble;
    int tries;
    mf_usec looked_aside;       /* when other folders were last asked */
};

void mf_box_init(struct mf_box *box, struct mf_engine *engine, const struct mf_mailbox *mailbox);
void mf_box_release(struct mf_box *box);
void *mf_box_main(void *box);  /* the thread */
void mf_box_wake(struct mf_box *box);
void mf_box_interrupt(struct mf_box *box); /* it closes at once */
/* Waits at most until then, or until woken. True: woken. */
bool mf_box_pause(struct mf_box *box, mf_usec until);

/* box_open.c: 0, or -1 with the trouble noted; *permanent: no use trying again. */
int mf_box_open(struct mf_box *box, mf_usec deadline, bool *permanent, struct mf_diag *d);
void mf_box_close(struct mf_box *box);
/* From now on the folder (NULL: the whole mailbox) can't be read. */
void mf_box_gap(struct mf_box *box, const struct mf_box_folder *folder, const struct mf_diag *d);

/* box_folders.c */
int mf_box_list(struct mf_box *box, struct mf_diag *d);
/* Notes the windows of all folders, or checks them after a reconnect. */
int mf_box_note_windows(struct mf_box *box, struct mf_diag *d);
struct mf_box_folder *mf_box_folder_for(struct mf_box *box, const char *word); /* NULL: there is none */
int mf_box_select(struct mf_box *box, struct mf_box_folder *folder, bool write, struct mf_diag *d);
const char *mf_use_word(enum mf_folder_use use); /* "inbox", …, "" */

/* box_scan.c: looking at messages. */
int mf_box_look_new(struct mf_box *box, struct mf_diag *d); /* the selected folder, from next_uid on */
int mf_box_scan(struct mf_box *box, enum mf_box_scope scope, struct mf_diag *d);

/* box_poll.c: one turn of waiting and looking. */
int mf_box_poll(struct mf_box *box, struct mf_diag *d);

/* box_bounce.c: a bounce that quotes nothing of ours: whose is it? NULL: not certain. */
struct mf_flow_run *mf_bounce_owner(struct mf_box *box, struct mf_arena *arena, const struct mf_message *message, const struct mf_dsn *dsn);

/* Does it return our message with what proves it ours? */
bool mf_bounce_returns_ours(struct mf_box *box, struct mf_arena *arena, const struct mf_message *message, const struct mf_flow_run *run);

/* box_copy.c: is a message ours? Then it is written down. */
void mf_box_examine(struct mf_box *box, struct mf_box_folder *folder, const struct mf_imap_message *message);
void mf_box_recall(struct mf_box *box); /* what the run before saw and did not remove */

/* box_clean.c */
void mf_box_clean(struct mf_box *box);
/* After a complete walk: copies that were seen before and are not there any more. */
void mf_box_note_taken(struct mf_box *box, const struct mf_box_folder *folder, const struct mf_uids *there);

#endif

/* The thread of a mailbox: opens it, keeps it open, looks, cleans up, closes. */
#include <errno.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "mailflow/trace.h"
#include "run/box_internal.h"

#define FIRST_TRIES 3
#define OPEN_TIME (15 * MF_SECOND)
#define REOPEN_FIRST (MF_SECOND / 10)
#define REOPEN_MOST (15 * MF_SECOND)
#define PATIENCE (120 * MF_SECOND) /* unreadable that long: given up */
#define LAST_TRY_TIME (3 * MF_SECOND)

void mf_box_init(struct mf_box *box, struct mf_engine *engine, const struct mf_mailbox *mailbox)
{
    *box = (struct mf_box){.engine = engine, .mailbox = mailbox, .arena = mf_arena_new()};
    box->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    box->interrupt_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
}

void mf_box_release(struct mf_box *box)
{
    for (size_t i = 0; i < box->folder_count; i++)
        mf_uids_reset(&box->folders[i]->looked, 0);
    if (box->wake_fd >= 0)
        close(box->wake_fd);
    if (box->interrupt_fd >= 0)
        close(box->interrupt_fd);
    mf_arena_free(&box->arena);
}

static void raise_fd(int fd)
{
    uint64_t one = 1;
    if (write(fd, &one, sizeof one) < 0)
        return; /* full: it is awake already */
}

void mf_box_wake(struct mf_box *box)
{
    raise_fd(box->wake_fd);
}

void mf_box_interrupt(struct mf_box *box)
{
    box->abandon = true;
    raise_fd(box->interrupt_fd);
    mf_box_wake(box);
}

bool mf_box_pause(struct mf_box *box, mf_usec until)
{
    mf_usec left = until - mf_now();
    struct timespec wait = {.tv_sec = left > 0 ? left / MF_SECOND : 0, .tv_nsec = left > 0 ? left % MF_SECOND * 1000 : 0};
    struct pollfd fd = {.fd = box->wake_fd, .events = POLLIN};
    uint64_t count;
    return ppoll(&fd, 1, &wait, NULL) > 0 && read(box->wake_fd, &count, sizeof count) > 0;
}

/* ---- states ---- */

static void set_state(struct mf_box *box, enum mf_box_state state)
{
    pthread_mutex_lock(&box->engine->lock);
    box->state = state;
    if (state != MF_BOX_OPENING)
        box->settled = true;
    if (state == MF_BOX_LOST && !box->lost_at)
        box->lost_at = mf_now();
    if (state == MF_BOX_READY)
        box->lost_at = 0;
    pthread_cond_signal(&box->engine->changed);
    pthread_mutex_unlock(&box->engine->lock);
}

static bool must_leave(struct mf_box *box)
{
    pthread_mutex_lock(&box->engine->lock);
    bool leave = box->abandon || box->finish_asked || box->engine->stopping;
    pthread_mutex_unlock(&box->engine->lock);
    return leave;
}

static void ready(struct mf_box *box)
{
    box->tries = 0;
    set_state(box, MF_BOX_READY);
    mf_engine_tell(box->engine, MF_EVENT_OPENED, NULL, box->mailbox, "", 0, 0);
}

static int attempt(struct mf_box *box, mf_usec deadline, bool *permanent, struct mf_diag *d)
{
    *d = (struct mf_diag){0};
    box->trouble = (struct mf_net_trouble){0};
    box->tries++;
    return mf_box_open(box, deadline, permanent, d);
}

/* The first opening: a few quick tries, so that the others don't wait long. */
static void open_first(struct mf_box *box)
{
    struct mf_diag d;
    bool permanent = false;
    mf_usec deadline = mf_now() + OPEN_TIME, wait = REOPEN_FIRST;
    mf_engine_tell(box->engine, MF_EVENT_OPENING, NULL, box->mailbox, "", 0, 0);
    while (!must_leave(box)) {
        if (attempt(box, deadline, &permanent, &d) == 0) {
            ready(box);
            return;
        }
        if (permanent || box->tries >= FIRST_TRIES || mf_now() + wait >= deadline)
            break;
        mf_box_pause(box, mf_now() + wait);
        wait *= 3;
    }
    if (box->tries) {
        mf_box_gap(box, NULL, &d);
        mf_engine_tell(box->engine, MF_EVENT_UNREADABLE, NULL, box->mailbox, d.title, 0, 0);
    }
    set_state(box, permanent ? MF_BOX_FAILED : MF_BOX_LOST);
}

/* The connection broke. */
static void lose(struct mf_box *box, const struct mf_diag *d)
{
    bool leaving;
    pthread_mutex_lock(&box->engine->lock);
    leaving = box->abandon;
    pthread_mutex_unlock(&box->engine->lock);
    mf_trace(MF_TRACE_RUN, "%s: lost: %s", box->mailbox->label, d->title);
    box->tries = 0;
    mf_box_gap(box, NULL, d);
    mf_box_close(box);
    set_state(box, MF_BOX_LOST);
    if (!leaving)
        mf_engine_tell(box->engine, MF_EVENT_LOST, NULL, box->mailbox, d->title, 0, 0);
}

/* Again and again, ever slower, until patience ends. */
static void reopen(struct mf_box *box)
{
    struct mf_diag d;
    bool permanent = false;
    mf_usec since = mf_now(), wait = REOPEN_FIRST;
    while (!must_leave(box)) {
        if (attempt(box, mf_now() + OPEN_TIME, &permanent, &d) == 0) {
            ready(box);
            return;
        }
        if (permanent || mf_now() - since > PATIENCE)
            break;
        mf_box_pause(box, mf_now() + wait);
        wait = wait * 2 < REOPEN_MOST ? wait * 2 : REOPEN_MOST;
    }
    if (must_leave(box))
        return;
    mf_box_gap(box, NULL, &d);
    mf_engine_tell(box->engine, MF_EVENT_UNREADABLE, NULL, box->mailbox, d.title, 0, 0);
    set_state(box, MF_BOX_FAILED);
}

/* ---- tasks ---- */

static void scan_all(struct mf_box *box)
{
    struct mf_diag d = {0};
    mf_usec began = mf_now();
    int result = mf_box_scan(box, MF_SCOPE_ALL, &d);
    pthread_mutex_lock(&box->engine->lock);
    box->scan_asked = false;
    box->scanning = false;
    box->scan_took = mf_now() - began;
    if (result == 0)
        *MF_PUSH(box->engine->arena, box->scans, box->scan_count, box->scan_capacity) =
            (struct mf_look){began, mf_now()};
    pthread_cond_signal(&box->engine->changed);
    pthread_mutex_unlock(&box->engine->lock);
    if (result < 0)
        lose(box, &d);
}

static void finish(struct mf_box *box)
{
    struct mf_diag d = {0};
    bool permanent;
    pthread_mutex_lock(&box->engine->lock);
    enum mf_box_scope scope = box->finish_scope;
    bool failed = box->state == MF_BOX_FAILED;
    pthread_mutex_unlock(&box->engine->lock);
    if (!box->imap && !failed && attempt(box, mf_now() + LAST_TRY_TIME, &permanent, &d) < 0)
        mf_box_gap(box, NULL, &d);
    if (box->imap && mf_box_scan(box, scope, &d) < 0)
        lose(box, &d);
    if (box->imap && !box->engine->options.keep_mail)
        mf_box_clean(box);
}

enum task { TASK_END, TASK_FINISH, TASK_SCAN, TASK_POLL, TASK_REOPEN, TASK_WAIT };

static enum task next_task(struct mf_box *box)
{
    enum task task = TASK_WAIT;
    pthread_mutex_lock(&box->engine->lock);
    if (box->abandon)
        task = TASK_END;
    else if (box->finish_asked)
        task = TASK_FINISH;
    else if (box->state == MF_BOX_LOST)
        task = box->engine->stopping ? TASK_WAIT : TASK_REOPEN;
    else if (box->state == MF_BOX_READY)
        task = box->scan_asked ? TASK_SCAN : TASK_POLL;
    box->scanning = task == TASK_SCAN;
    pthread_mutex_unlock(&box->engine->lock);
    return task;
}

static bool do_task(struct mf_box *box, enum task task)
{
    struct mf_diag d = {0};
    switch (task) {
    case TASK_END:
        return false;
    case TASK_FINISH:
        finish(box);
        return false;
    case TASK_SCAN:
        scan_all(box);
        break;
    case TASK_POLL:
        if (mf_box_poll(box, &d) < 0)
            lose(box, &d);
        break;
    case TASK_REOPEN:
        reopen(box);
        break;
    case TASK_WAIT:
        mf_box_pause(box, mf_now() + MF_SECOND);
        break;
    }
    return true;
}

void *mf_box_main(void *context)
{
    struct mf_box *box = context;
    open_first(box);
    while (do_task(box, next_task(box)))
        ;
    mf_box_close(box);
    set_state(box, MF_BOX_CLOSED);
    return NULL;
}

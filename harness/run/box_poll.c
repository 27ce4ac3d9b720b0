/* Waiting for mail, politely: NOOP in quick succession in the first moments after a send, then ever
 * slower; as soon as the pauses are longer than a few round trips, IDLE fills them. (IDLE alone is
 * 500 ms late on Dovecot; NOOP alone is rude to a live provider.)
 */
#include "run/box_internal.h"

#define QUICKEST (1500)          /* µs */
#define IDLE_FROM (15 * MF_MS)   /* pauses longer than this are spent in IDLE */
#define LONGEST (10 * MF_SECOND)
#define REST (60 * MF_SECOND)    /* nothing is awaited: still alive? */
#define ASIDE (300 * MF_MS)      /* junk, and the inbox where another folder is open, are asked this seldom */
#define CROWD 200                /* so many awaited: fetch them in batches */
#define CROWD_PAUSE (20 * MF_MS)

struct mood { /* what the engine wants, copied from under the lock */
    size_t awaited, folder_count;
    const char *folders[8];
    mf_usec stirred;
};

static struct mood ask_mood(struct mf_box *box)
{
    struct mood mood = {0};
    pthread_mutex_lock(&box->engine->lock);
    mood.awaited = box->awaited;
    mood.stirred = box->stirred;
    for (size_t i = 0; i < box->awaiting_count && mood.folder_count < 8; i++)
        if (box->awaiting[i].count)
            mood.folders[mood.folder_count++] = box->awaiting[i].folder;
    pthread_mutex_unlock(&box->engine->lock);
    return mood;
}

/* Of a budget that was given in the site polling takes a fifth; the rest is for what comes. */
static mf_usec frugal_pause(const struct mf_limits *limits)
{
    if (!limits->imap_given || limits->imap_commands <= 0)
        return 0;
    return (mf_usec)(10 * (double)MF_SECOND / limits->imap_commands);
}

/* A tenth of the time that it already takes: so what comes is late by 5 % on average. */
static mf_usec pause_for(const struct mf_box *box, const struct mood *mood, mf_usec now)
{
    const struct mf_limits *limits = &box->engine->plan->site->limits;
    mf_usec pause = (now - mood->stirred) / 10;
    if (pause < QUICKEST)
        pause = QUICKEST;
    if (mood->awaited > CROWD && pause < CROWD_PAUSE)
        pause = CROWD_PAUSE;
    mf_usec frugal = frugal_pause(limits);
    if (pause < frugal)
        return frugal;
    return pause < LONGEST ? pause : LONGEST;
}

/* From here on a message handed over wakes us, unless one was just before. */
static bool begin_rest(struct mf_box *box, mf_usec stirred)
{
    pthread_mutex_lock(&box->engine->lock);
    box->resting = box->stirred == stirred && !box->scan_asked && !box->finish_asked && !box->abandon;
    bool resting = box->resting;
    pthread_mutex_unlock(&box->engine->lock);
    return resting;
}

static void end_rest(struct mf_box *box)
{
    pthread_mutex_lock(&box->engine->lock);
    box->resting = false;
    pthread_mutex_unlock(&box->engine->lock);
}

static int wait_idle(struct mf_box *box, mf_usec stirred, mf_usec until, bool *grown, struct mf_diag *d)
{
    if (!begin_rest(box, stirred))
        return 0;
    int result = mf_imap_idle(box->imap, box->exists, box->wake_fd, until, grown, &box->trouble, d);
    end_rest(box);
    mf_box_pause(box, 0); /* takes the wake-up, if there is one */
    return result;
}

/* What IDLE did not tell NOOP does: Dovecot keeps a delivery to itself for half a second, also when
 * IDLE ends meanwhile. */
static int ask_now(struct mf_box *box, bool grown, struct mf_diag *d)
{
    unsigned exists = mf_imap_exists(box->imap);
    if (!grown && mf_imap_noop(box->imap, &exists, &box->trouble, d) < 0)
        return -1;
    grown = grown || exists > box->exists;
    box->exists = exists;
    return grown ? mf_box_look_new(box, d) : 0;
}

/* Another folder than the one that is open: STATUS, and only if something came it is opened. */
static int ask_aside(struct mf_box *box, struct mf_box_folder *folder, struct mf_diag *d)
{
    struct mf_imap_window window;
    if (folder == box->selected)
        return 0;
    if (mf_imap_status(box->imap, folder->wire, &window, &box->trouble, d) < 0)
        return mf_imap_alive(box->imap) ? 0 : -1; /* gone meanwhile: the next list tells */
    bool same = folder->windowed && window.uidvalidity == folder->uidvalidity && window.uidnext <= folder->next_uid;
    if (same)
        return 0;
    if (mf_box_select(box, folder, false, d) < 0)
        return mf_imap_alive(box->imap) ? 0 : -1;
    return mf_box_look_new(box, d);
}

/* Where mail comes that is awaited elsewhere. */
static int ask_usual(struct mf_box *box, struct mf_diag *d)
{
    static const char *const usual[] = {"junk", "inbox"};
    for (size_t i = 0; i < 2; i++) {
        struct mf_box_folder *folder = mf_box_folder_for(box, usual[i]);
        if (folder && ask_aside(box, folder, d) < 0)
            return -1;
    }
    return 0;
}

/* The folders awaited beside the open one, and now and then junk. */
static int ask_others(struct mf_box *box, const struct mood *mood, mf_usec now, struct mf_diag *d)
{
    for (size_t i = 0; i < mood->folder_count; i++) {
        struct mf_box_folder *folder = mf_box_folder_for(box, mood->folders[i]);
        if (!folder && now - box->looked_aside > 20 * MF_MS) { /* may be made with the first copy */
            box->looked_aside = now;
            if (mf_box_list(box, d) < 0)
                return -1;
            folder = mf_box_folder_for(box, mood->folders[i]);
        }
        if (folder && ask_aside(box, folder, d) < 0)
            return -1;
    }
    mf_usec seldom = ASIDE + (now - mood->stirred) / 5 + 5 * frugal_pause(&box->engine->plan->site->limits);
    if (now - mood->stirred < ASIDE || now - box->looked_aside < seldom)
        return 0;
    box->looked_aside = now;
    return ask_usual(box, d);
}

/* The folder to keep open: where something is awaited. */
static int focus(struct mf_box *box, const struct mood *mood, struct mf_diag *d)
{
    for (size_t i = 0; i < mood->folder_count; i++) {
        struct mf_box_folder *folder = mf_box_folder_for(box, mood->folders[i]);
        if (folder && folder == box->selected)
            return 0;
    }
    struct mf_box_folder *folder = mood->folder_count ? mf_box_folder_for(box, mood->folders[0]) : NULL;
    if (!folder)
        folder = mf_box_folder_for(box, "inbox");
    if (!folder || folder == box->selected)
        return 0;
    if (mf_box_select(box, folder, false, d) < 0)
        return -1;
    return mf_box_look_new(box, d); /* what came while another folder was open */
}

int mf_box_poll(struct mf_box *box, struct mf_diag *d)
{
    struct mood mood = ask_mood(box);
    if (!box->selected && focus(box, &mood, d) < 0)
        return -1;
    if (mood.awaited && focus(box, &mood, d) < 0)
        return -1;
    mf_usec now = mf_now(), pause = mood.awaited ? pause_for(box, &mood, now) : REST;
    bool grown = false, idle = !mood.awaited || (pause >= IDLE_FROM && mf_imap_can(box->imap, "IDLE"));
    if (!idle)
        mf_box_pause(box, now + pause);
    else if (wait_idle(box, mood.stirred, now + pause, &grown, d) < 0)
        return -1;
    if (ask_now(box, grown, d) < 0)
        return -1;
    return ask_others(box, &mood, mf_now(), d);
}

/* One look at a door, a mailbox or a token. */
#include <stdio.h>
#include <string.h>

#include "mailflow/imap.h"
#include "run/check_internal.h"

#define CONNECT_TIME (10 * MF_SECOND)
#define REPLY_TIME (15 * MF_SECOND)
#define DAYS_WARNED 14

/* ---- verdicts ---- */

static void tell_certificate(const struct mf_tls_seen *tls, char *words, size_t size)
{
    if (!tls->used)
        snprintf(words, size, "no TLS");
    else if (tls->subject[0])
        snprintf(words, size, "%s, certificate %s, %d days left", tls->version, tls->subject, tls->days_left);
    else
        snprintf(words, size, "%s", tls->version);
}

void mf_job_good(struct mf_job *job, const char *words, const struct mf_tls_seen *tls)
{
    char certificate[400];
    tell_certificate(tls, certificate, sizeof certificate);
    snprintf(job->words, sizeof job->words, "%s%s%s", words, *words ? "; " : "", certificate);
    job->state = MF_PROBE_GOOD;
    if (tls->used && tls->not_after && tls->days_left <= DAYS_WARNED) {
        job->state = MF_PROBE_WARN;
        snprintf(job->hint, sizeof job->hint, "Renew the certificate: it ends in %d days.", tls->days_left);
    } else if (tls->used && !tls->verified && tls->problem[0]) {
        /* Between servers TLS is opportunistic (RFC 7435): worth a word, no warning. */
        size_t used = strlen(job->words);
        snprintf(job->words + used, sizeof job->words - used, " (not trusted: %.300s)", tls->problem);
        job->state = job->door->tls_mode == MF_TLS_OFFERED ? MF_PROBE_GOOD : MF_PROBE_WARN;
    }
}

/* What was seen to be wrong is bad; what could not be seen is not known. */
void mf_job_failed(struct mf_job *job, const struct mf_net_trouble *trouble, const struct mf_diag *d)
{
    bool unseen = trouble->timed_out || trouble->temporary || (trouble->stage == MF_STAGE_NONE);
    job->state = unseen ? MF_PROBE_UNKNOWN : MF_PROBE_BAD;
    snprintf(job->words, sizeof job->words, "%s", d->title);
    snprintf(job->hint, sizeof job->hint, "%s", d->hint);
}

static void failed_early(struct mf_job *job, bool temporary, const struct mf_diag *d)
{
    struct mf_net_trouble trouble = {.stage = MF_STAGE_CONNECT, .temporary = temporary};
    mf_job_failed(job, &trouble, d);
}

/* ---- getting there ---- */

static const char **addresses_of(struct mf_job *job)
{
    const char *why;
    bool temporary;
    const char **addresses = mf_resolve(job->resolver, job->door->host, job->deadline, &why, &temporary);
    struct mf_diag d = {0};
    if (addresses)
        return addresses;
    mf_trouble(&d, "%s", why);
    mf_hint(&d, "Correct the name in the site, or publish its address in DNS.");
    failed_early(job, temporary, &d);
    return NULL;
}

static struct mf_endpoint endpoint_of(const struct mf_job *job, const char *address)
{
    return (struct mf_endpoint){.address = address, .port = job->door->port, .tls_name = job->door->host,
                                .tls_mode = job->door->tls_mode, .tls = job->door->tls, .label = job->door->url};
}

static int credentials_of(struct mf_job *job, struct mf_credentials *credentials)
{
    struct mf_diag d = {0};
    if (!job->login || mf_logins_get(job->logins, job->login, false, job->deadline, credentials, &d) == 0)
        return 0;
    failed_early(job, false, &d);
    return -1;
}

/* ---- SMTP ---- */

static void tell_smtp(struct mf_job *job, const struct mf_smtp_sent *sent, bool login)
{
    char words[400];
    snprintf(words, sizeof words, "%s%s", sent->peer, login ? ", login good" : "");
    if (login && sent->auth_used[0])
        snprintf(words, sizeof words, "%s, login good (%s)", sent->peer, sent->auth_used);
    mf_job_good(job, words, &sent->tls);
}

static void tell_refusal(struct mf_job *job, const struct mf_smtp_sent *sent)
{
    const struct mf_smtp_reply *reply = &sent->reply;
    job->state = reply->code >= 400 && reply->code < 500 ? MF_PROBE_UNKNOWN : MF_PROBE_BAD;
    snprintf(job->words, sizeof job->words, "%s: refused at %s: %d%s%s %.400s", sent->peer, mf_smtp_phase_name(sent->phase), reply->code,
             reply->enhanced[0] ? " " : "", reply->enhanced, reply->text);
    if (sent->phase == MF_SMTP_AUTH)
        snprintf(job->hint, sizeof job->hint, "Look at the login's user and password, and whether the account may submit mail.");
}

static bool look_smtp_at(struct mf_job *job, const char *address, const struct mf_credentials *credentials)
{
    struct mf_smtp_options options = {.endpoint = endpoint_of(job, address), .ehlo = job->helo, .credentials = credentials,
                                      .connect_timeout = CONNECT_TIME, .reply_timeout = REPLY_TIME};
    struct mf_smtp_sent sent;
    struct mf_diag d = {0};
    if (job->source && !(options.endpoint.source = mf_resolve_source(job->resolver, job->source, address, job->deadline))) {
        mf_trouble(&d, "no address of the source \"%s\" fits %s", job->source, address);
        failed_early(job, false, &d);
        return false;
    }
    struct mf_smtp *session = mf_smtp_new(&options);
    int result = mf_smtp_probe(session, job->deadline, &sent, &d);
    mf_smtp_free(&session);
    if (result < 0)
        mf_job_failed(job, &sent.trouble, &d);
    else if (sent.outcome == MF_SMTP_ACCEPTED)
        tell_smtp(job, &sent, credentials != NULL);
    else
        tell_refusal(job, &sent);
    return result == 0 || sent.trouble.stage >= MF_STAGE_LOGIN;
}

static void look_smtp(struct mf_job *job)
{
    struct mf_credentials credentials = {0};
    const char **addresses = addresses_of(job);
    if (!addresses || credentials_of(job, &credentials) < 0)
        return;
    for (size_t i = 0; addresses[i]; i++)
        if (look_smtp_at(job, addresses[i], job->login ? &credentials : NULL))
            break;
    mf_credentials_wipe(&credentials);
}

/* ---- IMAP ---- */

static struct mf_imap_options imap_options(const struct mf_job *job, const char *address, const struct mf_credentials *credentials)
{
    return (struct mf_imap_options){.endpoint = endpoint_of(job, address), .credentials = credentials,
                                    .connect_timeout = CONNECT_TIME, .reply_timeout = REPLY_TIME};
}

static bool look_imap_door_at(struct mf_job *job, const char *address, const struct mf_credentials *credentials)
{
    struct mf_imap_options options = imap_options(job, address, credentials);
    struct mf_imap_probe seen;
    struct mf_net_trouble trouble = {0};
    struct mf_diag d = {0};
    if (mf_imap_probe(&options, "INBOX", job->deadline, &seen, &trouble, &d) < 0) {
        mf_job_failed(job, &trouble, &d);
        return trouble.stage >= MF_STAGE_LOGIN;
    }
    mf_job_good(job, seen.peer, &seen.tls);
    return true;
}

static int count_folders(struct mf_imap *imap, size_t *folders, unsigned *messages, struct mf_net_trouble *trouble, struct mf_diag *d)
{
    struct mf_arena *arena = mf_arena_new();
    struct mf_imap_folder *list;
    struct mf_imap_window window = {0};
    size_t count;
    int result = mf_imap_folders(imap, arena, &list, &count, trouble, d);
    if (result == 0)
        result = mf_imap_select(imap, "INBOX", false, &window, trouble, d);
    for (size_t i = 0; result == 0 && i < count; i++)
        *folders += list[i].selectable;
    *messages = window.exists;
    mf_arena_free(&arena);
    return result;
}

static bool look_mailbox_at(struct mf_job *job, const char *address, const struct mf_credentials *credentials)
{
    struct mf_imap_options options = imap_options(job, address, credentials);
    struct mf_net_trouble trouble = {0};
    struct mf_diag d = {0};
    struct mf_imap *imap = NULL;
    size_t folders = 0;
    unsigned messages = 0;
    char words[120];
    if (mf_imap_open(&options, job->deadline, &imap, &trouble, &d) < 0 || count_folders(imap, &folders, &messages, &trouble, &d) < 0) {
        mf_job_failed(job, &trouble, &d);
    } else {
        snprintf(words, sizeof words, "%zu folder%s, inbox %u message%s", folders, folders == 1 ? "" : "s", messages, messages == 1 ? "" : "s");
        mf_job_good(job, words, mf_imap_tls(imap));
    }
    mf_imap_close(&imap);
    return job->state != MF_PROBE_UNKNOWN || trouble.stage >= MF_STAGE_LOGIN;
}

static void look_imap(struct mf_job *job, bool (*look)(struct mf_job *, const char *, const struct mf_credentials *))
{
    struct mf_credentials credentials = {0};
    const char **addresses = addresses_of(job);
    if (!addresses || credentials_of(job, &credentials) < 0)
        return;
    for (size_t i = 0; addresses[i]; i++)
        if (look(job, addresses[i], &credentials))
            break;
    mf_credentials_wipe(&credentials);
}

static void look_token(struct mf_job *job)
{
    struct mf_credentials credentials = {0};
    if (credentials_of(job, &credentials) < 0)
        return;
    job->state = MF_PROBE_GOOD;
    snprintf(job->words, sizeof job->words, "an access token was given");
    mf_credentials_wipe(&credentials);
}

void mf_job_do(struct mf_job *job)
{
    switch (job->kind) {
    case MF_JOB_SMTP:
        look_smtp(job);
        break;
    case MF_JOB_IMAP_DOOR:
        look_imap(job, look_imap_door_at);
        break;
    case MF_JOB_MAILBOX:
        look_imap(job, look_mailbox_at);
        break;
    case MF_JOB_TOKEN:
        look_token(job);
        break;
    }
}

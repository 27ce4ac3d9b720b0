/* From logins to credentials, with what is worth keeping kept: tokens until shortly before they
 * expire, and the output of password commands (see login.h). */
#include "mailflow/login.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "transport/endpoint_internal.h"
#include "transport/oauth2_internal.h"
#include "transport/sasl_internal.h"
#include "transport/secret_internal.h"

#define COMMAND_TOKEN_LIFETIME (60 * MF_SECOND) /* a token command does not tell how long its token lives */
#define TOKEN_MARGIN (120 * MF_SECOND)

/* One thing that is kept. Whoever holds its lock may be fetching it; others wait for that. */
struct kept {
    struct kept *next;
    char *key;
    pthread_mutex_t lock;
    char *value;   /* secret, heap; NULL: none yet */
    char *refresh; /* the newest refresh token, where the provider changes it */
    mf_usec until; /* good until then */
};

struct mf_logins {
    pthread_mutex_t lock; /* for the list */
    struct kept *first;
};

struct mf_logins *mf_logins_new(void)
{
    struct mf_logins *logins = mf_xmalloc(sizeof *logins);
    *logins = (struct mf_logins){.first = NULL};
    pthread_mutex_init(&logins->lock, NULL);
    return logins;
}

void mf_logins_free(struct mf_logins **logins)
{
    if (!logins || !*logins)
        return;
    for (struct kept *kept = (*logins)->first, *next; kept; kept = next) {
        next = kept->next;
        mf_wipe_text(&kept->value);
        mf_wipe_text(&kept->refresh);
        pthread_mutex_destroy(&kept->lock);
        free(kept->key);
        free(kept);
    }
    pthread_mutex_destroy(&(*logins)->lock);
    free(*logins);
    *logins = NULL;
}

/* The entry for a key, locked. */
static struct kept *hold(struct mf_logins *logins, const char *key)
{
    pthread_mutex_lock(&logins->lock);
    struct kept *kept = logins->first;
    while (kept && !mf_same(kept->key, key))
        kept = kept->next;
    if (!kept) {
        kept = mf_xmalloc(sizeof *kept);
        *kept = (struct kept){.next = logins->first, .key = mf_xstrdup(key)};
        pthread_mutex_init(&kept->lock, NULL);
        logins->first = kept;
    }
    pthread_mutex_unlock(&logins->lock);
    pthread_mutex_lock(&kept->lock);
    return kept;
}

/* ---- secrets ---- */

/* A command is run once and its answer kept; variables and files are read each time. */
static int kept_command(struct mf_logins *logins, const struct mf_secret *secret, bool fresh, mf_usec lifetime,
                        mf_usec deadline, char **value, struct mf_diag *d)
{
    struct mf_text key = {.max = 65536};
    int result = 0;
    mf_secret_key(secret, &key);
    struct kept *kept = hold(logins, mf_text_str(&key));
    mf_text_release(&key);
    if (fresh || !kept->value || mf_now() >= kept->until) {
        char *read = NULL;
        result = mf_secret_read(secret, deadline, &read, d);
        if (result == 0) {
            mf_wipe_text(&kept->value);
            kept->value = read;
            kept->until = lifetime == MF_NEVER ? MF_NEVER : mf_now() + lifetime;
        }
    }
    if (result == 0)
        *value = mf_xstrdup(kept->value);
    pthread_mutex_unlock(&kept->lock);
    return result;
}

static int get_secret(struct mf_logins *logins, const struct mf_secret *secret, bool fresh, mf_usec lifetime,
                      mf_usec deadline, char **value, struct mf_diag *d)
{
    *value = NULL;
    if (!secret->env && !secret->path && secret->argv)
        return kept_command(logins, secret, fresh, lifetime, deadline, value, d);
    return mf_secret_read(secret, deadline, value, d);
}

/* ---- tokens ---- */

static void token_key(const struct mf_oauth2 *oauth2, struct mf_text *key)
{
    mf_text_printf(key, "token\x1f%s\x1f%s\x1f%s\x1f", oauth2->token_url ? oauth2->token_url : "", oauth2->scope ? oauth2->scope : "",
                   oauth2->client_id ? oauth2->client_id : "");
    mf_secret_key(oauth2->client_secret, key);
    mf_secret_key(oauth2->refresh_token, key);
}

/* Shortly before its end a token is not used any more; a short-lived one for half its life. */
static mf_usec good_until(mf_usec expires)
{
    mf_usec left = expires - mf_now();
    return expires - (left < 2 * TOKEN_MARGIN ? left / 2 : TOKEN_MARGIN);
}

static int request(struct mf_logins *logins, const struct mf_oauth2 *oauth2, bool fresh, struct kept *kept, mf_usec deadline,
                   struct mf_diag *d)
{
    char *client_secret = NULL, *refresh = NULL;
    struct mf_token token = {.access = NULL};
    int result = oauth2->client_secret ? get_secret(logins, oauth2->client_secret, fresh, MF_NEVER, deadline, &client_secret, d) : 0;
    if (result == 0 && oauth2->refresh_token && !kept->refresh)
        result = get_secret(logins, oauth2->refresh_token, false, MF_NEVER, deadline, &refresh, d);
    if (result == 0)
        result = mf_oauth2_request(oauth2, client_secret, kept->refresh ? kept->refresh : refresh, deadline, &token, d);
    if (result == 0) {
        mf_wipe_text(&kept->value);
        kept->value = token.access;
        kept->until = good_until(token.expires);
        if (token.refresh) {
            mf_wipe_text(&kept->refresh);
            kept->refresh = token.refresh;
        }
    }
    mf_wipe_text(&client_secret);
    mf_wipe_text(&refresh);
    return result;
}

static int get_token(struct mf_logins *logins, const struct mf_oauth2 *oauth2, bool fresh, mf_usec deadline, char **bearer, struct mf_diag *d)
{
    struct mf_text key = {.max = 65536};
    int result = 0;
    if (oauth2->token)
        return get_secret(logins, oauth2->token, fresh, COMMAND_TOKEN_LIFETIME, deadline, bearer, d);
    if (!oauth2->token_url)
        return mf_trouble(d, "this login's oauth2 has neither a token nor a token-url");
    token_key(oauth2, &key);
    struct kept *kept = hold(logins, mf_text_str(&key));
    mf_text_release(&key);
    if (fresh || !kept->value || mf_now() >= kept->until)
        result = request(logins, oauth2, fresh, kept, deadline, d);
    if (result == 0)
        *bearer = mf_xstrdup(kept->value);
    pthread_mutex_unlock(&kept->lock);
    return result;
}

/* ---- credentials ---- */

static char *random_password(void)
{
    unsigned char random[18];
    struct mf_text text = {.max = 64};
    if (getrandom(random, sizeof random, 0) != (ssize_t)sizeof random)
        memset(random, 0x5a, sizeof random); /* wrong all the same */
    mf_base64_encode(&text, random, sizeof random);
    char *password = mf_xstrdup(mf_text_str(&text));
    mf_text_release(&text);
    return password;
}

static int get(struct mf_logins *logins, const struct mf_login *login, bool fresh, mf_usec deadline,
               struct mf_credentials *credentials, struct mf_diag *d)
{
    switch (login->kind) {
    case MF_LOGIN_NONE:
        return 0;
    case MF_LOGIN_WRONG:
        credentials->password = random_password();
        credentials->mechanism = NULL;
        return 0;
    case MF_LOGIN_PASSWORD:
        if (!login->password)
            return mf_trouble(d, "this login has no password");
        return get_secret(logins, login->password, fresh, MF_NEVER, deadline, &credentials->password, d);
    case MF_LOGIN_OAUTH2:
        if (!login->oauth2)
            return mf_trouble(d, "this login has no oauth2");
        return get_token(logins, login->oauth2, fresh, deadline, &credentials->bearer, d);
    }
    return -1;
}

int mf_logins_get(struct mf_logins *logins, const struct mf_login *login, bool fresh, mf_usec deadline,
                  struct mf_credentials *credentials, struct mf_diag *d)
{
    *credentials = (struct mf_credentials){.mechanism = login->mechanism};
    int result = get(logins, login, fresh, deadline, credentials, d);
    if (result == 0 && login->kind != MF_LOGIN_NONE)
        credentials->user = mf_xstrdup(login->user ? login->user : "");
    if (result < 0) {
        mf_credentials_wipe(credentials);
        if (d && !d->place.file)
            d->place = login->place;
    }
    return result;
}

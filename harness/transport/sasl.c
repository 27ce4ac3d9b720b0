/* See sasl_internal.h: which mechanism, and the exchanges without a shared secret's proof. */
#include "transport/sasl_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mailflow/arena.h"
#include "transport/endpoint_internal.h"
#include "transport/sasl_state_internal.h"

/* Strongest first. */
static const struct mf_sasl_mechanism mechanisms[] = {
    {"SCRAM-SHA-256", MF_SASL_SCRAM_SHA_256, false, true},
    {"SCRAM-SHA-1", MF_SASL_SCRAM_SHA_1, false, true},
    {"CRAM-MD5", MF_SASL_CRAM_MD5, false, false},
    {"PLAIN", MF_SASL_PLAIN, false, true},
    {"LOGIN", MF_SASL_LOGIN, false, false},
    {"XOAUTH2", MF_SASL_XOAUTH2, true, true},
    {"OAUTHBEARER", MF_SASL_OAUTHBEARER, true, true},
};
#define MECHANISM_COUNT (sizeof mechanisms / sizeof mechanisms[0])

bool mf_sasl_is_offered(const char *offered, const char *mechanism)
{
    size_t len = strlen(mechanism);
    for (const char *at = offered; at && *at;) {
        at += strspn(at, " ");
        size_t word = strcspn(at, " ");
        if (word == len && mf_starts_nocase(at, mechanism))
            return true;
        at += word;
    }
    return false;
}

static const struct mf_sasl_mechanism *find(const char *name)
{
    for (size_t i = 0; i < MECHANISM_COUNT; i++)
        if (mf_same_nocase(mechanisms[i].name, name))
            return &mechanisms[i];
    return NULL;
}

static const char *choose_forced(const char *offered, const struct mf_credentials *credentials, char *why, size_t why_size)
{
    const struct mf_sasl_mechanism *forced = find(credentials->mechanism);
    if (!forced)
        snprintf(why, why_size, "the mechanism %s is not built in (known: SCRAM-SHA-256, SCRAM-SHA-1, CRAM-MD5, PLAIN, "
                 "LOGIN, XOAUTH2, OAUTHBEARER)", credentials->mechanism);
    else if (forced->bearer ? !credentials->bearer : !credentials->password)
        snprintf(why, why_size, "the mechanism %s needs %s", forced->name, forced->bearer ? "an OAuth2 token" : "a password");
    else if (!mf_sasl_is_offered(offered, forced->name))
        snprintf(why, why_size, "the server does not offer %s, which the login asks for; it offers %s", forced->name,
                 *offered ? offered : "none");
    else
        return forced->name;
    return NULL;
}

const char *mf_sasl_choose(const char *offered, const struct mf_credentials *credentials, char *why, size_t why_size)
{
    if (credentials->mechanism)
        return choose_forced(offered, credentials, why, why_size);
    for (size_t i = 0; i < MECHANISM_COUNT; i++)
        if ((mechanisms[i].bearer ? credentials->bearer != NULL : credentials->password && !credentials->bearer) &&
            mf_sasl_is_offered(offered, mechanisms[i].name))
            return mechanisms[i].name;
    snprintf(why, why_size, "the server offers no mechanism for %s; it offers %s",
             credentials->bearer ? "an OAuth2 token (XOAUTH2, OAUTHBEARER)" : "a password that is built in here", *offered ? offered : "none");
    return NULL;
}

struct mf_sasl *mf_sasl_new(const char *mechanism, const struct mf_credentials *credentials, const char *host, int port)
{
    struct mf_sasl *sasl = mf_xmalloc(sizeof *sasl);
    *sasl = (struct mf_sasl){.mechanism = find(mechanism), .credentials = credentials, .host = host, .port = port};
    return sasl;
}

void mf_sasl_free(struct mf_sasl **sasl)
{
    if (!sasl || !*sasl)
        return;
    mf_scram_release(&(*sasl)->scram);
    free(*sasl);
    *sasl = NULL;
}

bool mf_sasl_speaks_first(const struct mf_sasl *sasl)
{
    return sasl->mechanism->speaks_first;
}

bool mf_sasl_is_bearer(const struct mf_sasl *sasl)
{
    return sasl->mechanism->bearer;
}

const char *mf_sasl_refusal(const struct mf_sasl *sasl)
{
    return sasl->refusal;
}

static void wiped(struct mf_text *text)
{
    if (text->data)
        explicit_bzero(text->data, text->capacity);
    mf_text_release(text);
}

/* authzid NUL authcid NUL password */
static void answer_plain(const struct mf_sasl *sasl, struct mf_text *raw)
{
    mf_text_putc(raw, '\0');
    mf_text_puts(raw, sasl->credentials->user);
    mf_text_putc(raw, '\0');
    mf_text_puts(raw, sasl->credentials->password);
}

/* A server that refuses a token sends its reason as a challenge and waits for an empty answer
 * (Google, Microsoft), or one byte 0x01 (RFC 7628 3.2.3). */
static void answer_oauth(struct mf_sasl *sasl, const struct mf_text *challenge, struct mf_text *raw)
{
    bool bearer = sasl->mechanism->kind == MF_SASL_OAUTHBEARER;
    if (sasl->steps > 0) {
        mf_clean_words(sasl->refusal, sizeof sasl->refusal, mf_text_str(challenge), challenge->len);
        if (bearer)
            mf_text_putc(raw, '\x01');
        return;
    }
    if (bearer)
        mf_text_printf(raw, "n,a=%s,\x01host=%s\x01port=%d\x01" "auth=Bearer %s\x01\x01", sasl->credentials->user,
                       sasl->host, sasl->port, sasl->credentials->bearer);
    else
        mf_text_printf(raw, "user=%s\x01" "auth=Bearer %s\x01\x01", sasl->credentials->user, sasl->credentials->bearer);
}

static int answer(struct mf_sasl *sasl, const struct mf_text *challenge, struct mf_text *raw, char *why, size_t why_size)
{
    switch (sasl->mechanism->kind) {
    case MF_SASL_PLAIN:
        answer_plain(sasl, raw);
        return 0;
    case MF_SASL_LOGIN:
        mf_text_puts(raw, sasl->steps == 0 ? sasl->credentials->user : sasl->credentials->password);
        return 0;
    case MF_SASL_CRAM_MD5:
        mf_cram_md5(sasl->credentials, mf_text_bytes(challenge), raw);
        return 0;
    case MF_SASL_XOAUTH2:
    case MF_SASL_OAUTHBEARER:
        answer_oauth(sasl, challenge, raw);
        return 0;
    case MF_SASL_SCRAM_SHA_1:
    case MF_SASL_SCRAM_SHA_256:
        return mf_scram_step(&sasl->scram, sasl->mechanism->kind == MF_SASL_SCRAM_SHA_256, sasl->credentials,
                             mf_text_str(challenge), raw, why, why_size);
    }
    return -1;
}

/* PLAIN and LOGIN answer whatever is asked; an OAuth2 refusal is one also when it can't be read. */
static bool heeds_challenge(const struct mf_sasl *sasl)
{
    switch (sasl->mechanism->kind) {
    case MF_SASL_PLAIN:
    case MF_SASL_LOGIN:
    case MF_SASL_XOAUTH2:
    case MF_SASL_OAUTHBEARER:
        return false;
    case MF_SASL_CRAM_MD5:
    case MF_SASL_SCRAM_SHA_1:
    case MF_SASL_SCRAM_SHA_256:
        return true;
    }
    return true;
}

int mf_sasl_step(struct mf_sasl *sasl, const char *challenge, struct mf_text *response, char *why, size_t why_size)
{
    struct mf_text asked = {.max = 16384}, raw = {.max = 65536};
    int result = 0;
    mf_text_clear(response);
    if (challenge && mf_sasl_base64_decode(&asked, challenge) < 0 && heeds_challenge(sasl)) {
        snprintf(why, why_size, "the server's challenge is not base64");
        result = -1;
    } else if (sasl->steps > 8) {
        snprintf(why, why_size, "the server goes on asking without end");
        result = -1;
    } else {
        result = answer(sasl, &asked, &raw, why, why_size);
    }
    if (result == 0)
        mf_base64_encode(response, raw.data, raw.len);
    sasl->steps++;
    wiped(&raw);
    mf_text_release(&asked);
    return result;
}

int mf_sasl_finish(struct mf_sasl *sasl, char *why, size_t why_size)
{
    bool scram = sasl->mechanism->kind == MF_SASL_SCRAM_SHA_1 || sasl->mechanism->kind == MF_SASL_SCRAM_SHA_256;
    if (!scram || sasl->scram.proved)
        return 0;
    snprintf(why, why_size, "the server let us in without proving that it knows the password (%s)", sasl->mechanism->name);
    return -1;
}

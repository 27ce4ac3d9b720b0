/* Logins of the fake IMAP server. */
#include "fakes/fake_imap_session.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static const char *ask(void *context, const char *challenge)
{
    struct session *s = context;
    if (!fake_say(s->talk, "+ %s\r\n", challenge))
        return NULL;
    const char *answer = fake_hear(s->talk);
    if (answer)
        fake_imap_note(s->imap, strcmp(answer, "*") == 0 ? "*" : "(answer)");
    return answer;
}

static void granted(struct session *s)
{
    char words[600], list[512];
    s->logged_in = true;
    session_capabilities(s, list, sizeof list);
    snprintf(words, sizeof words, s->imap->options.login_tells ? "[%s] Logged in" : "Logged in%.0s", list);
    session_ok(s, words);
}

void session_authenticate(struct session *s, const char *words)
{
    char mechanism[64] = "", initial[4096] = "";
    sscanf(words, "%63s %4095s", mechanism, initial);
    switch (fake_sasl(&s->imap->options.login, mechanism, initial[0] ? initial : NULL, ask, s)) {
    case FAKE_GRANTED:
        granted(s);
        break;
    case FAKE_DENIED:
        session_say(s, "%s NO [AUTHENTICATIONFAILED] Authentication failed.\r\n", s->tag);
        break;
    case FAKE_CANCELLED:
        session_say(s, "%s BAD Authentication aborted by client.\r\n", s->tag);
        break;
    case FAKE_UNKNOWN_MECHANISM:
        session_say(s, "%s NO Unsupported authentication mechanism.\r\n", s->tag);
        break;
    case FAKE_GONE:
        s->over = true;
    }
}

void session_login(struct session *s, const char *words)
{
    char user[512], password[512];
    const struct fake_login *wanted = &s->imap->options.login;
    session_take_string(s, session_take_string(s, words, user, sizeof user), password, sizeof password);
    if (s->imap->options.login_disabled)
        session_say(s, "%s NO [PRIVACYREQUIRED] LOGIN is disabled.\r\n", s->tag);
    else if (strcmp(user, wanted->user) == 0 && strcmp(password, wanted->password) == 0)
        granted(s);
    else
        session_say(s, "%s NO [AUTHENTICATIONFAILED] Authentication failed.\r\n", s->tag);
}

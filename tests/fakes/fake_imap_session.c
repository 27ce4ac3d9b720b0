/* A session of the fake IMAP server: what it says, and which command is whose. */
#include "fakes/fake_imap_session.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/eventfd.h>
#include <unistd.h>

void session_say(struct session *s, const char *format, ...)
{
    char *text = NULL;
    va_list args;
    va_start(args, format);
    int len = vasprintf(&text, format, args);
    va_end(args);
    if (len < 0 || !fake_say_bytes(s->talk, text, (size_t)len))
        s->over = true;
    free(text);
}

bool session_follow(struct session *s, const char *when, const char *own)
{
    enum fake_followed followed = fake_follow(s->talk, fake_rule_for(s->imap->options.rules, s->talk, when), own, s->tag);
    s->over = s->over || followed == FAKE_OVER;
    return followed == FAKE_OWN;
}

void session_ok(struct session *s, const char *words)
{
    session_say(s, "%s OK %s\r\n", s->tag, words);
}

void session_learn_folder(struct session *s, const struct store_folder *folder)
{
    s->known = realloc(s->known, (folder->count + 1) * sizeof *s->known);
    for (size_t i = 0; i < folder->count; i++)
        s->known[i] = folder->messages[i].uid;
    s->known_count = folder->count;
}

/* EXPUNGE and EXISTS for what changed since the client last heard. */
void session_tell_changes(struct session *s, bool may_expunge)
{
    struct fake_imap *imap = s->imap;
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    pthread_mutex_lock(&imap->lock);
    struct store_folder *folder = s->selected ? store_find(&imap->store, s->folder) : NULL;
    for (size_t i = 0; folder && may_expunge && i < s->known_count;) {
        if (store_message(folder, s->known[i])) {
            i++;
            continue;
        }
        fprintf(out, "* %zu EXPUNGE\r\n", i + 1);
        memmove(s->known + i, s->known + i + 1, (s->known_count - i - 1) * sizeof *s->known);
        s->known_count--;
    }
    bool grown = folder && folder->count && (s->known_count == 0 || folder->messages[folder->count - 1].uid > s->known[s->known_count - 1]);
    if (grown && (may_expunge || folder->count > s->known_count)) {
        fprintf(out, "* %zu EXISTS\r\n", folder->count);
        session_learn_folder(s, folder);
    }
    pthread_mutex_unlock(&imap->lock);
    fclose(out);
    if (size)
        session_say(s, "%s", text);
    free(text);
}

void session_capabilities(const struct session *s, char *to, size_t size)
{
    const struct fake_imap_options *o = &s->imap->options;
    size_t used = (size_t)snprintf(to, size, "CAPABILITY %s", !s->logged_in ? "IMAP4rev1 SASL-IR" : o->capabilities ? o->capabilities
                                   : "IMAP4rev1 IDLE UIDPLUS MOVE SPECIAL-USE LIST-EXTENDED SASL-IR");
    if (!s->logged_in && o->capabilities && !strstr(o->capabilities, "SASL-IR"))
        used = (size_t)snprintf(to, size, "CAPABILITY IMAP4rev1");
    bool tls = fake_has_tls(s->talk);
    if (!s->logged_in && o->starttls && !tls)
        used += (size_t)snprintf(to + used, size - used, " STARTTLS");
    if (!s->logged_in && o->login_disabled)
        used += (size_t)snprintf(to + used, size - used, " LOGINDISABLED");
    char list[256], *rest = NULL;
    snprintf(list, sizeof list, "%s", !s->logged_in && o->mechanisms ? o->mechanisms : "");
    for (char *name = strtok_r(list, " ", &rest); name; name = strtok_r(NULL, " ", &rest))
        used += (size_t)snprintf(to + used, size - used, " AUTH=%s", name);
}

/* A word, a quoted string, or a literal; returns what is behind it. */
const char *session_take_string(struct session *s, const char *at, char *to, size_t size)
{
    size_t used = 0;
    at += strspn(at, " ");
    if (*at == '{') {
        size_t len = strtoul(at + 1, NULL, 10);
        session_say(s, "+ go on\r\n");
        if (len >= size || !fake_hear_bytes(s->talk, to, len))
            len = 0;
        to[len] = '\0';
        const char *rest = fake_hear(s->talk);
        return rest ? rest : "";
    }
    bool quoted = *at == '"';
    for (at += quoted; *at && *at != (quoted ? '"' : ' '); at++) {
        if (quoted && *at == '\\' && at[1])
            at++;
        if (used + 1 < size)
            to[used++] = *at;
    }
    to[used] = '\0';
    return at + (quoted && *at == '"');
}

/* ---- commands ---- */

static bool is(const char *command, const char *verb, const char **words)
{
    size_t len = strlen(verb);
    if (strncasecmp(command, verb, len) != 0 || (command[len] && command[len] != ' '))
        return false;
    *words = command + len + (command[len] == ' ');
    return true;
}

static void start_tls(struct session *s)
{
    session_ok(s, "Begin TLS negotiation now.");
    if (fake_rule_for(s->imap->options.rules, s->talk, "HANDSHAKE"))
        session_follow(s, "HANDSHAKE", "");
    else if (!fake_start_tls(s->talk))
        s->over = true;
}

static void run_command(struct session *s, const char *command)
{
    const char *words = "";
    char text[600];
    if (is(command, "CAPABILITY", &words)) {
        session_capabilities(s, text, sizeof text);
        session_say(s, "* %s\r\n", text);
        session_ok(s, "Capability completed.");
    } else if (is(command, "STARTTLS", &words) && s->imap->options.starttls) {
        start_tls(s);
    } else if (is(command, "LOGIN", &words)) {
        session_login(s, words);
    } else if (is(command, "AUTHENTICATE", &words)) {
        session_authenticate(s, words);
    } else if (is(command, "LOGOUT", &words)) {
        session_say(s, "* BYE Logging out\r\n");
        session_ok(s, "Logout completed.");
        s->over = true;
    } else if (!s->logged_in) {
        session_say(s, "%s BAD Log in first.\r\n", s->tag);
    } else if (is(command, "LIST", &words) || is(command, "XLIST", &words)) {
        session_list(s, command[0] == 'X' || command[0] == 'x' ? "XLIST" : "LIST");
    } else if (is(command, "STATUS", &words)) {
        session_status(s, words);
    } else if (is(command, "SELECT", &words) || is(command, "EXAMINE", &words)) {
        session_select(s, words, command[0] == 'S' || command[0] == 's');
    } else if (is(command, "NOOP", &words)) {
        session_tell_changes(s, true);
        session_ok(s, "NOOP completed.");
    } else if (!s->selected) {
        session_say(s, "%s BAD No mailbox selected.\r\n", s->tag);
    } else if (is(command, "IDLE", &words)) {
        session_idle(s);
    } else if (is(command, "UID FETCH", &words)) {
        session_tell_changes(s, false);
        session_fetch(s, words);
    } else if (is(command, "UID STORE", &words)) {
        session_store(s, words);
    } else if (is(command, "UID EXPUNGE", &words)) {
        session_expunge(s, words);
    } else if (is(command, "EXPUNGE", &words)) {
        session_expunge(s, NULL);
    } else if (is(command, "UID MOVE", &words)) {
        session_move(s, words);
    } else if (is(command, "UID SEARCH DELETED", &words)) {
        session_search_deleted(s);
    } else {
        session_say(s, "%s BAD Unknown command.\r\n", s->tag);
    }
}

/* Rules for whole commands; IDLE and UID FETCH look at theirs in the right moment. */
static void obey(struct session *s, const char *command)
{
    const struct fake_rule *rule = fake_rule_for(s->imap->options.rules, s->talk, command);
    bool later = strncasecmp(command, "IDLE", 4) == 0 || strncasecmp(command, "UID FETCH", 9) == 0;
    if (rule && !later && (rule->act == FAKE_AFTER || session_follow(s, command, ""))) {
        run_command(s, command);
        s->over = s->over || rule->act == FAKE_AFTER;
    } else if (!rule || later) {
        run_command(s, command);
    }
}

static void greet(struct session *s)
{
    char text[700], list[512];
    session_capabilities(s, list, sizeof list);
    snprintf(text, sizeof text, s->imap->options.greeting_tells ? "* OK [%s] fake.test ready\r\n" : "* OK fake.test ready%.0s\r\n", list);
    session_follow(s, "GREETING", text);
}

static void register_news(struct session *s)
{
    pthread_mutex_lock(&s->imap->lock);
    if (s->imap->news_count == NEWS_MAX)
        abort();
    s->imap->news[s->imap->news_count++] = s->news;
    pthread_mutex_unlock(&s->imap->lock);
}

static void forget_news(struct session *s)
{
    pthread_mutex_lock(&s->imap->lock);
    for (int i = 0; i < s->imap->news_count; i++)
        if (s->imap->news[i] == s->news)
            s->imap->news[i] = -1;
    close(s->news);
    pthread_mutex_unlock(&s->imap->lock);
}

void fake_imap_talk(struct fake_talk *talk_, void *context)
{
    struct session *s = calloc(1, sizeof *s);
    const char *line;
    s->imap = context;
    s->talk = talk_;
    s->news = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    register_news(s);
    greet(s);
    while (!s->over && (line = fake_hear(talk_))) {
        char *copy = strdup(line);
        size_t tag = strcspn(copy, " ");
        snprintf(s->tag, sizeof s->tag, "%.*s", (int)tag, copy);
        const char *command = copy + tag + (copy[tag] == ' ');
        fake_imap_note(s->imap, strncasecmp(command, "LOGIN", 5) == 0 ? "LOGIN" : command);
        obey(s, command);
        free(copy);
    }
    forget_news(s);
    free(s->known);
    free(s);
}

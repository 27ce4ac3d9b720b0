/* See fake_imap.h. */
#include "fakes/fake_imap.h"

#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/eventfd.h>
#include <unistd.h>

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

static void note(struct fake_imap *imap, const char *line)
{
    size_t len = strlen(line);
    pthread_mutex_lock(&imap->lock);
    imap->log = realloc(imap->log, imap->log_len + len + 2);
    memcpy(imap->log + imap->log_len, line, len);
    imap->log_len += len;
    memcpy(imap->log + imap->log_len, "\n", 2);
    imap->log_len++;
    pthread_mutex_unlock(&imap->lock);
}

static void spread_news(struct fake_imap *imap)
{
    uint64_t one = 1;
    for (int i = 0; i < imap->news_count; i++)
        if (imap->news[i] >= 0 && write(imap->news[i], &one, sizeof one) < 0)
            continue;
}

/* ---- saying ---- */

static void say(struct session *s, const char *format, ...)
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

static bool follow(struct session *s, const char *when, const char *own)
{
    enum fake_followed followed = fake_follow(s->talk, fake_rule_for(s->imap->options.rules, s->talk, when), own, s->tag);
    s->over = s->over || followed == FAKE_OVER;
    return followed == FAKE_OWN;
}

static void ok(struct session *s, const char *words)
{
    say(s, "%s OK %s\r\n", s->tag, words);
}

static void learn_folder(struct session *s, const struct store_folder *folder)
{
    s->known = realloc(s->known, (folder->count + 1) * sizeof *s->known);
    for (size_t i = 0; i < folder->count; i++)
        s->known[i] = folder->messages[i].uid;
    s->known_count = folder->count;
}

/* EXPUNGE and EXISTS for what changed since the client last heard. */
static void tell_changes(struct session *s, bool may_expunge)
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
        learn_folder(s, folder);
    }
    pthread_mutex_unlock(&imap->lock);
    fclose(out);
    if (size)
        say(s, "%s", text);
    free(text);
}

static void capabilities(const struct session *s, char *to, size_t size)
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

/* ---- logging in ---- */

static const char *ask(void *context, const char *challenge)
{
    struct session *s = context;
    if (!fake_say(s->talk, "+ %s\r\n", challenge))
        return NULL;
    const char *answer = fake_hear(s->talk);
    if (answer)
        note(s->imap, strcmp(answer, "*") == 0 ? "*" : "(answer)");
    return answer;
}

static void granted(struct session *s)
{
    char words[600], list[512];
    s->logged_in = true;
    capabilities(s, list, sizeof list);
    snprintf(words, sizeof words, s->imap->options.login_tells ? "[%s] Logged in" : "Logged in%.0s", list);
    ok(s, words);
}

static void authenticate(struct session *s, const char *words)
{
    char mechanism[64] = "", initial[4096] = "";
    sscanf(words, "%63s %4095s", mechanism, initial);
    switch (fake_sasl(&s->imap->options.login, mechanism, initial[0] ? initial : NULL, ask, s)) {
    case FAKE_GRANTED:
        granted(s);
        break;
    case FAKE_DENIED:
        say(s, "%s NO [AUTHENTICATIONFAILED] Authentication failed.\r\n", s->tag);
        break;
    case FAKE_CANCELLED:
        say(s, "%s BAD Authentication aborted by client.\r\n", s->tag);
        break;
    case FAKE_UNKNOWN_MECHANISM:
        say(s, "%s NO Unsupported authentication mechanism.\r\n", s->tag);
        break;
    case FAKE_GONE:
        s->over = true;
    }
}

/* A word, a quoted string, or a literal; returns what is behind it. */
static const char *take_string(struct session *s, const char *at, char *to, size_t size)
{
    size_t used = 0;
    at += strspn(at, " ");
    if (*at == '{') {
        size_t len = strtoul(at + 1, NULL, 10);
        say(s, "+ go on\r\n");
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

static void login(struct session *s, const char *words)
{
    char user[512], password[512];
    const struct fake_login *wanted = &s->imap->options.login;
    take_string(s, take_string(s, words, user, sizeof user), password, sizeof password);
    if (s->imap->options.login_disabled)
        say(s, "%s NO [PRIVACYREQUIRED] LOGIN is disabled.\r\n", s->tag);
    else if (strcmp(user, wanted->user) == 0 && strcmp(password, wanted->password) == 0)
        granted(s);
    else
        say(s, "%s NO [AUTHENTICATIONFAILED] Authentication failed.\r\n", s->tag);
}

/* ---- folders ---- */

static void select_folder(struct session *s, const char *words, bool writable)
{
    char name[256];
    take_string(s, words, name, sizeof name);
    pthread_mutex_lock(&s->imap->lock);
    struct store_folder *folder = store_find(&s->imap->store, name);
    struct store_folder copy = folder ? *folder : (struct store_folder){.count = 0};
    s->selected = folder != NULL;
    s->writable = writable;
    snprintf(s->folder, sizeof s->folder, "%s", name);
    if (folder)
        learn_folder(s, folder);
    pthread_mutex_unlock(&s->imap->lock);
    if (!s->selected) {
        say(s, "%s NO [NONEXISTENT] Mailbox doesn't exist: %s\r\n", s->tag, name);
        return;
    }
    say(s, "* FLAGS (\\Answered \\Deleted \\Seen)\r\n* %zu EXISTS\r\n* 0 RECENT\r\n* OK [UIDVALIDITY %u] UIDs valid\r\n", copy.count, copy.uidvalidity);
    if (!s->imap->options.no_uidnext)
        say(s, "* OK [UIDNEXT %u] Predicted next UID\r\n", copy.uidnext);
    ok(s, writable ? "[READ-WRITE] Select completed." : "[READ-ONLY] Examine completed.");
}

static void status(struct session *s, const char *words)
{
    char name[256];
    take_string(s, words, name, sizeof name);
    pthread_mutex_lock(&s->imap->lock);
    struct store_folder *folder = store_find(&s->imap->store, name);
    struct store_folder copy = folder ? *folder : (struct store_folder){.count = 0};
    pthread_mutex_unlock(&s->imap->lock);
    if (!folder) {
        say(s, "%s NO [NONEXISTENT] Mailbox doesn't exist: %s\r\n", s->tag, name);
        return;
    }
    say(s, "* STATUS \"%s\" (MESSAGES %zu UIDNEXT %u UIDVALIDITY %u)\r\n", name, copy.count, copy.uidnext, copy.uidvalidity);
    ok(s, "Status completed.");
}

static void list(struct session *s, const char *verb)
{
    pthread_mutex_lock(&s->imap->lock);
    for (size_t i = 0; i < s->imap->store.count; i++) {
        const struct store_folder *folder = &s->imap->store.folders[i];
        say(s, "* %s (%s) \"/\" \"%s\"\r\n", verb, folder->flags, folder->name);
    }
    pthread_mutex_unlock(&s->imap->lock);
    ok(s, "List completed.");
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
    say(s, "BODY[%s] {%zu}\r\n", header ? "HEADER" : "", len + padding);
    if (fake_rule_for(s->imap->options.rules, s->talk, "BODY")) {
        s->over = s->over || !fake_say_bytes(s->talk, message->data, len / 2);
        follow(s, "BODY", "");
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
    say(s, "* %zu FETCH (%sUID %u", sequence, extra ? extra : "", message->uid);
    if (strstr(items, "FLAGS"))
        say(s, " FLAGS (%s%s%s)", message->seen ? "\\Seen" : "", message->seen && message->deleted ? " " : "", message->deleted ? "\\Deleted" : "");
    if (strstr(items, "INTERNALDATE"))
        say(s, " INTERNALDATE \"23-Nov-2026 02:14:07 +0530\"");
    if (strstr(items, "BODY")) {
        say(s, " ");
        if (strstr(items, "BODY["))
            message->seen = true; /* no PEEK */
        say_body(s, message, strstr(items, "[HEADER]") != NULL);
    }
    say(s, ")\r\n");
}

static void uid_fetch(struct session *s, const char *words)
{
    char set[8192];
    const char *items = take_string(s, words, set, sizeof set);
    if (!follow(s, "UID FETCH", ""))
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
    tell_changes(s, true);
    ok(s, "Fetch completed.");
}

static void uid_store(struct session *s, const char *words)
{
    char set[8192];
    const char *change = take_string(s, words, set, sizeof set);
    if (!s->writable) {
        say(s, "%s NO [READ-ONLY] Mailbox is read-only.\r\n", s->tag);
        return;
    }
    pthread_mutex_lock(&s->imap->lock);
    struct store_folder *folder = store_find(&s->imap->store, s->folder);
    for (size_t i = 0; i < folder->count; i++)
        if (store_in_set(set, folder->messages[i].uid, largest(s)) && strstr(change, "+FLAGS") && strstr(change, "\\Deleted"))
            folder->messages[i].deleted = true;
    pthread_mutex_unlock(&s->imap->lock);
    ok(s, "Store completed.");
}

/* set NULL: all that are marked. */
static void expunge(struct session *s, const char *words)
{
    char set[8192] = "1:*";
    if (words)
        take_string(s, words, set, sizeof set);
    pthread_mutex_lock(&s->imap->lock);
    struct store_folder *folder = store_find(&s->imap->store, s->folder);
    for (size_t i = folder->count; s->writable && i-- > 0;)
        if (folder->messages[i].deleted && store_in_set(set, folder->messages[i].uid, largest(s)))
            store_remove(folder, folder->messages[i].uid);
    spread_news(s->imap);
    pthread_mutex_unlock(&s->imap->lock);
    tell_changes(s, true);
    ok(s, "Expunge completed.");
}

static void uid_move(struct session *s, const char *words)
{
    char set[8192], name[256], from[8192] = "", to[8192] = "";
    take_string(s, take_string(s, words, set, sizeof set), name, sizeof name);
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
        say(s, "%s NO [TRYCREATE] Mailbox doesn't exist\r\n", s->tag);
        return;
    }
    say(s, "* OK [COPYUID %u %s %s] Moved UIDs.\r\n", uidvalidity, from, to);
    tell_changes(s, true);
    ok(s, "Move completed.");
}

static void search_deleted(struct session *s)
{
    pthread_mutex_lock(&s->imap->lock);
    struct store_folder *folder = store_find(&s->imap->store, s->folder);
    say(s, "* SEARCH");
    for (size_t i = 0; i < folder->count; i++)
        if (folder->messages[i].deleted)
            say(s, " %u", folder->messages[i].uid);
    pthread_mutex_unlock(&s->imap->lock);
    say(s, "\r\n");
    ok(s, "Search completed.");
}

static void idle(struct session *s)
{
    uint64_t count;
    const struct fake_rule *together = fake_rule_for(s->imap->options.rules, s->talk, "IDLING");
    char *plus = NULL;
    if (asprintf(&plus, "+ idling\r\n%s", together && together->act == FAKE_SAY ? together->say : "") < 0)
        abort();
    bool own = follow(s, "IDLE", plus);
    free(plus);
    if (!own)
        return;
    if (together && together->act != FAKE_SAY)
        follow(s, "IDLING", "");
    for (;;) {
        if (s->over)
            return;
        tell_changes(s, true);
        int what = fake_wait(s->talk, s->news, -1);
        if (what == 2 && read(s->news, &count, sizeof count) > 0)
            continue;
        const char *line = what == 1 ? fake_hear(s->talk) : NULL;
        s->over = s->over || !line;
        if (line && strcasecmp(line, "DONE") == 0)
            break;
    }
    ok(s, "Idle completed.");
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
    ok(s, "Begin TLS negotiation now.");
    if (fake_rule_for(s->imap->options.rules, s->talk, "HANDSHAKE"))
        follow(s, "HANDSHAKE", "");
    else if (!fake_start_tls(s->talk))
        s->over = true;
}

static void run_command(struct session *s, const char *command)
{
    const char *words = "";
    char text[600];
    if (is(command, "CAPABILITY", &words)) {
        capabilities(s, text, sizeof text);
        say(s, "* %s\r\n", text);
        ok(s, "Capability completed.");
    } else if (is(command, "STARTTLS", &words) && s->imap->options.starttls) {
        start_tls(s);
    } else if (is(command, "LOGIN", &words)) {
        login(s, words);
    } else if (is(command, "AUTHENTICATE", &words)) {
        authenticate(s, words);
    } else if (is(command, "LOGOUT", &words)) {
        say(s, "* BYE Logging out\r\n");
        ok(s, "Logout completed.");
        s->over = true;
    } else if (!s->logged_in) {
        say(s, "%s BAD Log in first.\r\n", s->tag);
    } else if (is(command, "LIST", &words) || is(command, "XLIST", &words)) {
        list(s, command[0] == 'X' || command[0] == 'x' ? "XLIST" : "LIST");
    } else if (is(command, "STATUS", &words)) {
        status(s, words);
    } else if (is(command, "SELECT", &words) || is(command, "EXAMINE", &words)) {
        select_folder(s, words, command[0] == 'S' || command[0] == 's');
    } else if (is(command, "NOOP", &words)) {
        tell_changes(s, true);
        ok(s, "NOOP completed.");
    } else if (!s->selected) {
        say(s, "%s BAD No mailbox selected.\r\n", s->tag);
    } else if (is(command, "IDLE", &words)) {
        idle(s);
    } else if (is(command, "UID FETCH", &words)) {
        tell_changes(s, false);
        uid_fetch(s, words);
    } else if (is(command, "UID STORE", &words)) {
        uid_store(s, words);
    } else if (is(command, "UID EXPUNGE", &words)) {
        expunge(s, words);
    } else if (is(command, "EXPUNGE", &words)) {
        expunge(s, NULL);
    } else if (is(command, "UID MOVE", &words)) {
        uid_move(s, words);
    } else if (is(command, "UID SEARCH DELETED", &words)) {
        search_deleted(s);
    } else {
        say(s, "%s BAD Unknown command.\r\n", s->tag);
    }
}

/* Rules for whole commands; IDLE and UID FETCH look at theirs in the right moment. */
static void obey(struct session *s, const char *command)
{
    const struct fake_rule *rule = fake_rule_for(s->imap->options.rules, s->talk, command);
    bool later = strncasecmp(command, "IDLE", 4) == 0 || strncasecmp(command, "UID FETCH", 9) == 0;
    if (rule && !later && (rule->act == FAKE_AFTER || follow(s, command, ""))) {
        run_command(s, command);
        s->over = s->over || rule->act == FAKE_AFTER;
    } else if (!rule || later) {
        run_command(s, command);
    }
}

static void greet(struct session *s)
{
    char text[700], list[512];
    capabilities(s, list, sizeof list);
    snprintf(text, sizeof text, s->imap->options.greeting_tells ? "* OK [%s] fake.test ready\r\n" : "* OK fake.test ready%.0s\r\n", list);
    follow(s, "GREETING", text);
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

static void talk(struct fake_talk *talk_, void *context)
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
        note(s->imap, strncasecmp(command, "LOGIN", 5) == 0 ? "LOGIN" : command);
        obey(s, command);
        free(copy);
    }
    forget_news(s);
    free(s->known);
    free(s);
}

struct fake_imap *fake_imap_start(const struct fake_imap_options *options)
{
    struct fake_imap *imap = calloc(1, sizeof *imap);
    imap->options = *options;
    pthread_mutex_init(&imap->lock, NULL);
    store_add(&imap->store, "INBOX", "");
    store_add(&imap->store, "Junk", "\\Junk");
    store_add(&imap->store, "Sent", "\\Sent");
    store_add(&imap->store, "Trash", "\\Trash");
    imap->server = fake_server_start(&(struct fake_server_options){
        .script = talk, .context = imap, .tls = options->tls, .implicit_tls = options->implicit_tls,
        .silent_tls = options->silent_tls, .deaf = options->deaf});
    return imap;
}

void fake_imap_stop(struct fake_imap **imap)
{
    if (!*imap)
        return;
    fake_server_stop(&(*imap)->server);
    store_release(&(*imap)->store);
    free((*imap)->log);
    pthread_mutex_destroy(&(*imap)->lock);
    free(*imap);
    *imap = NULL;
}

int fake_imap_port(const struct fake_imap *imap)
{
    return fake_server_port(imap->server);
}

int fake_imap_connections(const struct fake_imap *imap)
{
    return fake_server_connections(imap->server);
}

/* ---- what the test does ---- */

void fake_imap_add_folder(struct fake_imap *imap, const char *wire_name, const char *flags)
{
    pthread_mutex_lock(&imap->lock);
    store_add(&imap->store, wire_name, flags);
    pthread_mutex_unlock(&imap->lock);
}

void fake_imap_only_inbox(struct fake_imap *imap)
{
    pthread_mutex_lock(&imap->lock);
    store_release(&imap->store);
    store_add(&imap->store, "INBOX", "");
    pthread_mutex_unlock(&imap->lock);
}

unsigned fake_imap_deliver(struct fake_imap *imap, const char *folder, const void *raw, size_t len, size_t padding)
{
    pthread_mutex_lock(&imap->lock);
    unsigned uid = store_deliver(store_find(&imap->store, folder), raw, len, padding);
    spread_news(imap);
    pthread_mutex_unlock(&imap->lock);
    return uid;
}

unsigned fake_imap_deliver_text(struct fake_imap *imap, const char *folder, const char *raw)
{
    return fake_imap_deliver(imap, folder, raw, strlen(raw), 0);
}

void fake_imap_expunge(struct fake_imap *imap, const char *folder, unsigned uid)
{
    pthread_mutex_lock(&imap->lock);
    store_remove(store_find(&imap->store, folder), uid);
    spread_news(imap);
    pthread_mutex_unlock(&imap->lock);
}

void fake_imap_skip_uids(struct fake_imap *imap, const char *folder, unsigned count)
{
    pthread_mutex_lock(&imap->lock);
    store_find(&imap->store, folder)->uidnext += count;
    pthread_mutex_unlock(&imap->lock);
}

void fake_imap_remake(struct fake_imap *imap, const char *folder)
{
    pthread_mutex_lock(&imap->lock);
    store_find(&imap->store, folder)->uidvalidity += 100;
    pthread_mutex_unlock(&imap->lock);
}

static bool *flag_of(struct store_message *message, const char *flag)
{
    return strcmp(flag, "\\Seen") == 0 ? &message->seen : &message->deleted;
}

void fake_imap_mark(struct fake_imap *imap, const char *folder, unsigned uid, const char *flag)
{
    pthread_mutex_lock(&imap->lock);
    struct store_message *message = store_message(store_find(&imap->store, folder), uid);
    if (message)
        *flag_of(message, flag) = true;
    pthread_mutex_unlock(&imap->lock);
}

bool fake_imap_is_marked(struct fake_imap *imap, const char *folder, unsigned uid, const char *flag)
{
    pthread_mutex_lock(&imap->lock);
    struct store_message *message = store_message(store_find(&imap->store, folder), uid);
    bool marked = message && *flag_of(message, flag);
    pthread_mutex_unlock(&imap->lock);
    return marked;
}

bool fake_imap_has(struct fake_imap *imap, const char *folder, unsigned uid)
{
    pthread_mutex_lock(&imap->lock);
    bool has = store_message(store_find(&imap->store, folder), uid) != NULL;
    pthread_mutex_unlock(&imap->lock);
    return has;
}

size_t fake_imap_count(struct fake_imap *imap, const char *folder)
{
    pthread_mutex_lock(&imap->lock);
    size_t count = store_find(&imap->store, folder)->count;
    pthread_mutex_unlock(&imap->lock);
    return count;
}

char *fake_imap_log(struct fake_imap *imap)
{
    pthread_mutex_lock(&imap->lock);
    char *log = strdup(imap->log ? imap->log : "");
    pthread_mutex_unlock(&imap->lock);
    return log;
}

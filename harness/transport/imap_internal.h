/* Inside IMAP: the wire (lines, literals, what the server says without being asked) and the
 * connection. libetpan stays in imap_etpan.c, behind the functions at the end.
 *
 * libetpan reads the greeting and speaks LOGIN, STARTTLS, LIST, SELECT and STATUS; it is shown only
 * the lines that it asked for (imap_wire.c). The rest is spoken here directly over the wire, each for
 * a reason:
 *  - FETCH: libetpan 1.9.4 fails the whole answer at one attribute that it does not know, keeps all
 *    of it in memory, can't stop, and lets the server choose how large a literal grows;
 *  - NOOP, STORE, MOVE, EXPUNGE: FETCH comes in their answers as well (flags that others changed);
 *  - IDLE: mailimap_idle() fails when an untagged line precedes the "+", and what it reads does not
 *    update EXISTS;
 *  - AUTHENTICATE: its SASL needs plug-ins that a host may not have;
 *  - CAPABILITY: an OK without the answer crashes mailimap_capability();
 *  - LOGOUT: mailimap_parse_response() takes a final BYE for a tagged line and reads past the
 *    structure. The wire sees every line first and ends an answer at BYE.
 */
#ifndef TRANSPORT_IMAP_INTERNAL_H
#define TRANSPORT_IMAP_INTERNAL_H

#include "mailflow/imap.h"
#include "transport/stream_internal.h"

#define MF_WIRE_SIZE ((size_t)64 << 10) /* also the longest line */

struct mf_wire {
    struct mf_stream *stream;
    char *buffer;
    size_t start, end;   /* unread bytes of the buffer */
    size_t line_left;    /* of a line that was noted already, for libetpan to take */
    size_t literal_left; /* of a literal behind it */
    bool in_answer;      /* the line goes on behind its literal */
    bool continued;      /* what comes next goes on behind a literal: no line of its own */
    mf_usec limit;       /* until when the present exchange may take */
    mf_usec patience;    /* renews the limit where progress does */
    bool secret;         /* what is written now is not traced */
    bool leaving;        /* LOGOUT was said: BYE is right */
    enum mf_io io;       /* how the last wait ended */
    mf_usec asked;       /* when the present exchange began */
    char peer[80];
    /* what the server said */
    char said[512];      /* words of the last NO, BAD or BYE */
    char last_line[200]; /* as it came: see mf_wire_last_line */
    size_t last_len;
    bool bye, said_no, said_bad; /* said_no: also with the others */
    unsigned exists, expunged; /* messages now; EXPUNGEs so far */
    char copied[512];        /* the UIDs that [COPYUID …] gave last (RFC 4315) */
    char capabilities[1024]; /* upper case, by spaces, with one in front and behind */
};

/* What a line says by itself; those that others read are handed in here. */
void mf_wire_note(struct mf_wire *wire, const char *line, size_t len);
/* The next whole line with its CRLF, valid until the next call; it has been noted. */
enum mf_io mf_wire_line(struct mf_wire *wire, const char **line, size_t *len);
/* Exactly len bytes, appended to `to`; past its maximum they are dropped (to->full). */
enum mf_io mf_wire_bytes(struct mf_wire *wire, size_t len, struct mf_text *to);
enum mf_io mf_wire_write(struct mf_wire *wire, const char *data, size_t len);
/* "{123}" or "{123+}" at the end of a line: the literal's length, else -1. */
long long mf_wire_literal(const char *line, size_t len);
/* The last line, fit for a message ("can't be understood: …"). */
const char *mf_wire_last_line(struct mf_wire *wire);
/* Reads over the literals of a line that nobody wants, up to the line's real end. */
enum mf_io mf_wire_skip(struct mf_wire *wire, const char *line, size_t len);
/* For libetpan: at most `size` bytes, never beyond the present line or literal. */
enum mf_io mf_wire_some(struct mf_wire *wire, char *to, size_t size, size_t *got);
bool mf_wire_has_input(const struct mf_wire *wire);
bool mf_wire_has_line(const struct mf_wire *wire);
/* Takes what is there, without waiting; MF_IO_TIMED_OUT when that is nothing. */
enum mf_io mf_wire_gather(struct mf_wire *wire);
/* Starts an exchange: until `limit`, with nothing said yet. */
void mf_wire_begin(struct mf_wire *wire, mf_usec limit);

struct mf_etpan;

#define MF_BUDGET_MAX 64
struct mf_budget {
    double per_second; /* commands; 0: no limit */
    mf_usec recent[MF_BUDGET_MAX];
    size_t next;
};

struct mf_imap {
    struct mf_arena *arena;
    struct mf_endpoint endpoint;
    struct mf_wire wire;
    struct mf_etpan *etpan;
    struct mf_tls_seen tls;
    mf_usec connect_timeout, reply_timeout;
    struct mf_budget budget;
    int wake_fd;
    bool alive, logged_in;
    unsigned tag;
    char *selected; /* wire name, heap; NULL none */
    bool writable;
    struct mf_imap_window window; /* of the selected folder, as it was then */
};

struct mf_imap *mf_imap_new(const struct mf_imap_options *options); /* not connected yet */
int mf_imap_check_privacy(const struct mf_endpoint *endpoint, struct mf_failure *failure);
/* Capabilities, login, capabilities again; the greeting was read. */
int mf_imap_log_in(struct mf_imap *imap, const struct mf_credentials *credentials, mf_usec deadline, struct mf_failure *failure);

/* ---- commands spoken here ---- */

/* Waits for the command budget and begins an exchange. */
void mf_imap_begin(struct mf_imap *imap);
/* Writes "TAG words CRLF"; the tag for mf_imap_is_done. */
enum mf_io mf_imap_say(struct mf_imap *imap, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Is this the tagged end of our command? *ok tells which. */
bool mf_imap_is_done(const struct mf_imap *imap, const char *line, bool *ok);
/* Reads up to the end of our command, over everything that is not asked for. */
enum mf_io mf_imap_until_done(struct mf_imap *imap, bool *ok);
/* A whole command. `what` is for messages: "STORE". */
int mf_imap_run(struct mf_imap *imap, const char *command, const char *what, struct mf_net_trouble *trouble, struct mf_diag *d);
/* Trouble after a command of our own: io other than OK, or a NO. */
int mf_imap_tell(struct mf_imap *imap, enum mf_io io, const char *what, struct mf_net_trouble *trouble, struct mf_diag *d);
/* The same for what can't be understood. */
int mf_imap_tell_garbage(struct mf_imap *imap, const char *what, struct mf_net_trouble *trouble, struct mf_diag *d);
int mf_imap_tell_failure(struct mf_imap *imap, const struct mf_failure *failure, struct mf_net_trouble *trouble, struct mf_diag *d);
/* Words for a wait that ended badly, at failure->stage when that is set. */
void mf_imap_fail_stream(struct mf_imap *imap, const char *what, struct mf_failure *failure);
bool mf_imap_is_temporary(const char *said);
int mf_imap_authenticate(struct mf_imap *imap, const struct mf_credentials *credentials, struct mf_failure *failure);
/* -1 with trouble when the connection is dead, or (folder) no folder is open. */
int mf_imap_check(struct mf_imap *imap, bool folder, struct mf_net_trouble *trouble, struct mf_diag *d);

/* ---- commands spoken by libetpan: imap_etpan.c ---- */

enum mf_etpan_result {
    MF_ETPAN_OK,
    MF_ETPAN_NO,      /* the server refused; its words are in wire.said */
    MF_ETPAN_BAD,     /* the server did not understand us */
    MF_ETPAN_STREAM,  /* wire.io says what happened */
    MF_ETPAN_GARBAGE, /* we did not understand the server */
};
struct mf_etpan *mf_etpan_new(struct mf_wire *wire);
void mf_etpan_free(struct mf_etpan **etpan);
enum mf_etpan_result mf_etpan_greeting(struct mf_etpan *etpan, bool *authenticated);
enum mf_etpan_result mf_etpan_starttls(struct mf_etpan *etpan);
enum mf_etpan_result mf_etpan_login(struct mf_etpan *etpan, const char *user, const char *password);
void mf_etpan_logged_in(struct mf_etpan *etpan); /* AUTHENTICATE was spoken here */
void mf_etpan_adopt(struct mf_etpan *etpan);     /* the greeting was read elsewhere */
enum mf_etpan_result mf_etpan_select(struct mf_etpan *etpan, const char *wire_name, bool write, struct mf_imap_window *window);
enum mf_etpan_result mf_etpan_status(struct mf_etpan *etpan, const char *wire_name, struct mf_imap_window *window);
/* LIST "" "*", with special-use flags asked for where the server must be asked; XLIST if `xlist`. */
typedef void mf_etpan_folder(void *context, const char *wire_name, char delimiter, bool selectable, const char *flags);
enum mf_etpan_result mf_etpan_list(struct mf_etpan *etpan, bool xlist, bool return_special_use, mf_etpan_folder *each, void *context);
/* Trouble after one of these. Returns -1. */
int mf_imap_tell_etpan(struct mf_imap *imap, enum mf_etpan_result result, const char *what, struct mf_net_trouble *trouble, struct mf_diag *d);

/* RFC 3501 5.1.3. Decoded into the arena; what is no valid modified UTF-7 is shown as it is. */
const char *mf_utf7_decode(struct mf_arena *arena, const char *wire_name);
/* Which use a folder has by its flags (RFC 6154, XLIST), else by its name. */
enum mf_folder_use mf_folder_use_by_flags(const char *flags);
enum mf_folder_use mf_folder_use_by_name(const char *name, char delimiter);

#endif

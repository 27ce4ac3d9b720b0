/* A server of lines for tests: listens on 127.0.0.1 at a free port, a thread for each connection,
 * TLS from the first byte or later. What it says is up to a function. It ends when told to,
 * whatever its connections are doing.
 */
#ifndef FAKES_FAKE_SERVER_H
#define FAKES_FAKE_SERVER_H

#include <stdbool.h>
#include <stddef.h>

struct fake_server;
struct fake_talk; /* one connection */
struct ssl_ctx_st;

typedef void fake_script(struct fake_talk *talk, void *context);

struct fake_server_options {
    fake_script *script;
    void *context;
    struct ssl_ctx_st *tls;  /* for implicit TLS or fake_start_tls; NULL: none. The caller's */
    bool implicit_tls;
    bool silent_tls;         /* takes the connection and never answers the handshake */
    bool ipv6;               /* on ::1 instead of 127.0.0.1 */
    bool deaf;               /* listens and never accepts: the connection stands, nothing is said */
};
struct fake_server *fake_server_start(const struct fake_server_options *options);
void fake_server_stop(struct fake_server **server); /* joins all its threads */
int fake_server_port(const struct fake_server *server);
int fake_server_connections(struct fake_server *server); /* taken so far */
/* A port on 127.0.0.1 where nobody listens. */
int fake_free_port(void);
bool fake_has_ipv6(void);

/* A port on 127.0.0.1 that answers no connection request, like a host behind a firewall that drops. */
struct fake_wall;
struct fake_wall *fake_wall_build(void);
void fake_wall_tear_down(struct fake_wall **wall);
int fake_wall_port(const struct fake_wall *wall);

/* ---- for scripts ---- */

/* One line without its CRLF, valid until the next call; NULL when the client is gone or the server
 * is being stopped. */
const char *fake_hear(struct fake_talk *talk);
/* Exactly len bytes; false when they don't come. */
bool fake_hear_bytes(struct fake_talk *talk, char *to, size_t len);
/* false when the client is gone. */
bool fake_say(struct fake_talk *talk, const char *format, ...) __attribute__((format(printf, 2, 3)));
bool fake_say_bytes(struct fake_talk *talk, const void *data, size_t len);
bool fake_start_tls(struct fake_talk *talk);
bool fake_has_tls(const struct fake_talk *talk);
void fake_hang(struct fake_talk *talk);  /* says nothing until the server is stopped or the client goes */
void fake_pause(struct fake_talk *talk, int ms); /* or until the server is stopped */
void fake_reset(struct fake_talk *talk); /* ends the connection by RST instead of FIN */
/* Waits for a line or for fd; returns 1 for input, 2 for fd, 0 for neither within ms, -1 ended. */
int fake_wait(struct fake_talk *talk, int fd, int ms);
int fake_talk_number(const struct fake_talk *talk); /* 0 for the first connection */

#endif

/* An HTTP server for tests that answers POSTs, each with the next of its answers (the last one again
 * and again), and remembers the forms.
 */
#ifndef FAKES_FAKE_HTTP_H
#define FAKES_FAKE_HTTP_H

#include <stdbool.h>
#include <stddef.h>

struct ssl_ctx_st;
struct fake_http;

#define FAKE_ANSWERS 8
struct fake_http_options {
    struct { int status; const char *body; bool hang; } answers[FAKE_ANSWERS]; /* status 0: no more */
    int delay_ms;           /* before each answer */
    struct ssl_ctx_st *tls; /* the caller's; NULL: plain HTTP */
};
struct fake_http *fake_http_start(const struct fake_http_options *options);
void fake_http_stop(struct fake_http **http);
int fake_http_port(const struct fake_http *http);
size_t fake_http_count(struct fake_http *http);
/* The i-th form, as it came; lives until it is stopped. */
const char *fake_http_form(struct fake_http *http, size_t i);

#endif

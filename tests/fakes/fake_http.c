/* See fake_http.h. */
#include "fakes/fake_http.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "fakes/fake_server.h"

#define FORMS 256

struct fake_http {
    struct fake_http_options options;
    struct fake_server *server;
    pthread_mutex_t lock;
    char *forms[FORMS];
    size_t count;
};

static size_t read_head(struct fake_talk *talk)
{
    size_t length = 0;
    for (const char *line; (line = fake_hear(talk)) && *line;)
        if (strncasecmp(line, "Content-Length:", 15) == 0)
            length = strtoul(line + 15, NULL, 10);
    return length;
}

static size_t keep(struct fake_http *http, char *form)
{
    pthread_mutex_lock(&http->lock);
    size_t number = http->count;
    if (number < FORMS)
        http->forms[http->count++] = form;
    else
        abort();
    pthread_mutex_unlock(&http->lock);
    return number;
}

static void answer(struct fake_talk *talk, void *context)
{
    struct fake_http *http = context;
    size_t length = read_head(talk);
    char *form = calloc(1, length + 1);
    if (!length || !fake_hear_bytes(talk, form, length)) {
        free(form);
        return;
    }
    size_t number = keep(http, form), last = 0;
    while (last + 1 < FAKE_ANSWERS && http->options.answers[last + 1].status)
        last++;
    size_t which = number < last ? number : last;
    if (http->options.delay_ms)
        fake_pause(talk, http->options.delay_ms);
    if (http->options.answers[which].hang)
        fake_hang(talk);
    const char *body = http->options.answers[which].body;
    fake_say(talk, "HTTP/1.1 %d x\r\nContent-Type: application/json\r\nContent-Length: %zu\r\nConnection: close\r\n\r\n%s",
             http->options.answers[which].status, strlen(body), body);
}

struct fake_http *fake_http_start(const struct fake_http_options *options)
{
    struct fake_http *http = calloc(1, sizeof *http);
    http->options = *options;
    pthread_mutex_init(&http->lock, NULL);
    http->server = fake_server_start(&(struct fake_server_options){.script = answer, .context = http, .tls = options->tls, .implicit_tls = options->tls != NULL});
    return http;
}

void fake_http_stop(struct fake_http **http)
{
    fake_server_stop(&(*http)->server);
    for (size_t i = 0; i < (*http)->count; i++)
        free((*http)->forms[i]);
    pthread_mutex_destroy(&(*http)->lock);
    free(*http);
    *http = NULL;
}

int fake_http_port(const struct fake_http *http)
{
    return fake_server_port(http->server);
}

size_t fake_http_count(struct fake_http *http)
{
    pthread_mutex_lock(&http->lock);
    size_t count = http->count;
    pthread_mutex_unlock(&http->lock);
    return count;
}

const char *fake_http_form(struct fake_http *http, size_t i)
{
    pthread_mutex_lock(&http->lock);
    const char *form = i < http->count ? http->forms[i] : "";
    pthread_mutex_unlock(&http->lock);
    return form;
}

/* See link_internal.h: connections by libcurl, in a multi handle of their own so that every wait is
 * ours: libcurl's own limits count whole seconds.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "mailflow/text.h"
#include "transport/certificate_internal.h"
#include "transport/curl_link_internal.h"

static size_t on_line(char *data, size_t size, size_t count, void *context)
{
    struct mf_link *link = context;
    link->last_event = mf_now();
    link->lines++;
    link->upgrading = link->upgrading || link->asked_upgrade;
    link->stopped = !link->options.watch.line(link->options.watch.context, data, size * count);
    return link->stopped ? 0 : size * count;
}

/* "SSL connection using TLS1.3 / ECDHE_RSA_AES_256_GCM_SHA384" */
static void note_tls(struct mf_tls_seen *tls, const char *text, size_t len)
{
    char line[200], version[16], cipher[64];
    snprintf(line, sizeof line, "%.*s", (int)len, text);
    if (sscanf(line, "SSL connection using TLS%15[0-9.] / %63[A-Za-z0-9_-]", version, cipher) != 2)
        return;
    tls->used = true;
    snprintf(tls->version, sizeof tls->version, "TLSv%.10s", version);
    snprintf(tls->cipher, sizeof tls->cipher, "%s", cipher);
}

static int on_debug(CURL *easy, curl_infotype type, char *data, size_t len, void *context)
{
    (void)easy;
    struct mf_link *link = context;
    if (type == CURLINFO_TEXT)
        note_tls(link->tls, data, len);
    if (type == CURLINFO_HEADER_OUT) {
        link->last_event = mf_now();
        link->asked_upgrade = !link->upgrading && len >= 10 && memmem(data, len, "STARTTLS", 8) != NULL;
        link->options.watch.command(link->options.watch.context, data, len);
    }
    return 0;
}

static void set_address(struct mf_link *link)
{
    const struct mf_endpoint *e = link->options.endpoint;
    char address[96], target[112];
    snprintf(target, sizeof target, "::%s", mf_address_text(e->address, e->port, address, sizeof address));
    link->connect_to = curl_slist_append(NULL, target);
    curl_easy_setopt(link->easy, CURLOPT_CONNECT_TO, link->connect_to);
    if (e->source) {
        snprintf(target, sizeof target, "host!%s", e->source);
        curl_easy_setopt(link->easy, CURLOPT_INTERFACE, target);
    }
}

/* The URL's host is what the certificate must be for; its path is the EHLO name. */
static bool set_url(struct mf_link *link)
{
    const struct mf_endpoint *e = link->options.endpoint;
    bool implicit = e->tls_mode == MF_TLS_IMPLICIT;
    char port[12], host[300];
    CURLU *url = curl_url();
    snprintf(port, sizeof port, "%d", e->port);
    snprintf(host, sizeof host, strchr(e->tls_name, ':') ? "[%s]" : "%s", e->tls_name);
    const char *scheme = link->options.imap ? (implicit ? "imaps" : "imap") : (implicit ? "smtps" : "smtp");
    bool fine = !curl_url_set(url, CURLUPART_SCHEME, scheme, 0) && !curl_url_set(url, CURLUPART_HOST, host, 0) &&
                !curl_url_set(url, CURLUPART_PORT, port, 0);
    if (fine && link->options.ehlo) {
        char *path = curl_easy_escape(link->easy, link->options.ehlo, 0);
        struct mf_text text = {.max = 1024};
        mf_text_printf(&text, "/%s", path ? path : "");
        fine = !curl_url_set(url, CURLUPART_PATH, mf_text_str(&text), 0);
        mf_text_release(&text);
        curl_free(path);
    }
    fine = fine && !curl_url_get(url, CURLUPART_URL, &link->url, 0);
    curl_url_cleanup(url);
    return fine && !curl_easy_setopt(link->easy, CURLOPT_URL, link->url);
}

static void set_tls(struct mf_link *link)
{
    const struct mf_endpoint *e = link->options.endpoint;
    long use = e->tls_mode == MF_TLS_NONE || link->options.clear_text ? CURLUSESSL_NONE
               : e->tls_mode == MF_TLS_OFFERED && !link->options.tls_required ? CURLUSESSL_TRY
                                                                             : CURLUSESSL_ALL;
    curl_easy_setopt(link->easy, CURLOPT_USE_SSL, use);
    curl_easy_setopt(link->easy, CURLOPT_CERTINFO, 1L);
    mf_curl_set_tls(link->easy, e->tls, mf_link_is_judged(e));
}

static int on_socket(void *context, curl_socket_t fd, curlsocktype purpose);

static struct mf_link *new_link(const struct mf_link_options *options, struct mf_tls_seen *tls)
{
    mf_curl_start();
    struct mf_link *link = mf_xmalloc(sizeof *link);
    *link = (struct mf_link){.options = *options, .tls = tls, .fd = CURL_SOCKET_BAD, .last_event = mf_now()};
    link->multi = curl_multi_init();
    link->easy = curl_easy_init();
    CURL *easy = link->easy;
    curl_easy_setopt(easy, CURLOPT_CONNECT_ONLY, 1L);
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy, CURLOPT_PROXY, "");
    curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, link->error);
    curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, on_line);
    curl_easy_setopt(easy, CURLOPT_HEADERDATA, link);
    curl_easy_setopt(easy, CURLOPT_DEBUGFUNCTION, on_debug);
    curl_easy_setopt(easy, CURLOPT_DEBUGDATA, link);
    curl_easy_setopt(easy, CURLOPT_SOCKOPTFUNCTION, on_socket);
    curl_easy_setopt(easy, CURLOPT_SOCKOPTDATA, link);
    curl_easy_setopt(easy, CURLOPT_VERBOSE, 1L);
    /* Ours fire first; these only bound libcurl's own defaults away. */
    curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT, 86400L);
    curl_easy_setopt(easy, CURLOPT_SERVER_RESPONSE_TIMEOUT, 86400L);
    set_address(link);
    set_tls(link);
    return link;
}

void mf_link_close(struct mf_link **link)
{
    if (!link || !*link)
        return;
    /* Detached first, then the easy handle: libcurl closes a CONNECT_ONLY connection without QUIT. */
    curl_multi_remove_handle((*link)->multi, (*link)->easy);
    curl_easy_cleanup((*link)->easy);
    curl_multi_cleanup((*link)->multi);
    curl_slist_free_all((*link)->connect_to);
    curl_free((*link)->url);
    free(*link);
    *link = NULL;
}

/* libcurl 7.88 tells its socket and times only once TLS stands as well, so we look ourselves. */
static int on_socket(void *context, curl_socket_t fd, curlsocktype purpose)
{
    struct mf_link *link = context;
    link->fd = fd;
    return purpose == CURLSOCKTYPE_IPCXN ? CURL_SOCKOPT_OK : CURL_SOCKOPT_ERROR;
}

static void note_connected(struct mf_link *link)
{
    struct sockaddr_storage peer;
    socklen_t size = sizeof peer;
    if (link->connected || link->fd == CURL_SOCKET_BAD || getpeername(link->fd, (struct sockaddr *)&peer, &size) < 0)
        return;
    link->connected = true;
    link->last_event = mf_now();
}

static void learn_certificate(struct mf_link *link, CURLcode code)
{
    struct curl_certinfo *info = NULL;
    const struct mf_endpoint *e = link->options.endpoint;
    const char *pems[16];
    size_t count = 0;
    if (curl_easy_getinfo(link->easy, CURLINFO_CERTINFO, &info) || !info)
        return;
    for (int i = 0; i < info->num_of_certs && count < 16; i++)
        for (struct curl_slist *item = info->certinfo[i]; item; item = item->next)
            if (mf_starts(item->data, "Cert:") && count < 16)
                pems[count++] = item->data + 5;
    bool refused = code == CURLE_PEER_FAILED_VERIFICATION;
    mf_certificate_from_pem(pems, count, refused || !mf_link_is_judged(e), e->tls_name, e->tls->ca_file, link->tls);
    if (link->options.chain)
        mf_chain_from_pem(pems, count, link->options.chain);
    link->tls->verified = link->tls->used && !refused && !link->tls->problem[0];
}

/* Until when the present stage may take. */
static mf_usec limit_of(const struct mf_link *link, mf_usec started, enum mf_stage stage)
{
    if (stage == MF_STAGE_CONNECT)
        return started + link->options.connect_timeout;
    if (stage == MF_STAGE_TLS)
        return link->last_event + link->options.connect_timeout;
    return link->last_event + link->options.reply_timeout;
}

/* One round of waiting; false when it is over and *failure tells why. */
static bool wait_more(struct mf_link *link, mf_usec started, mf_usec deadline, struct mf_failure *failure)
{
    enum mf_stage stage = mf_link_stage(link);
    mf_usec limit = limit_of(link, started, stage), now = mf_now();
    mf_usec until = limit < deadline ? limit : deadline;
    if (now >= until) {
        mf_usec since = stage <= MF_STAGE_CONNECT ? started : link->last_event;
        mf_fail_io(failure, stage, MF_IO_TIMED_OUT, 0, now - since, mf_link_awaited(stage));
        return false;
    }
    struct curl_waitfd wake = {.fd = link->options.wake_fd, .events = CURL_WAIT_POLLIN};
    curl_multi_poll(link->multi, &wake, link->options.wake_fd >= 0 ? 1 : 0, mf_ms_until(until), NULL);
    if (wake.revents) {
        mf_fail_io(failure, stage, MF_IO_INTERRUPTED, 0, 0, mf_link_awaited(stage));
        return false;
    }
    return true;
}

static bool make_connection(struct mf_link *link, mf_usec deadline, struct mf_failure *failure)
{
    mf_usec started = mf_now();
    int running = 1, left;
    for (;;) {
        curl_multi_perform(link->multi, &running);
        if (!running)
            break;
        note_connected(link);
        if (!wait_more(link, started, deadline, failure))
            return false;
    }
    CURLMsg *message = curl_multi_info_read(link->multi, &left);
    CURLcode code = message ? message->data.result : CURLE_FAILED_INIT;
    link->connected = link->connected || code == CURLE_OK || link->tls->used || link->lines;
    learn_certificate(link, code);
    if (code != CURLE_OK) {
        mf_link_explain(link, code, failure);
        return false;
    }
    curl_easy_setopt(link->easy, CURLOPT_VERBOSE, 0L);
    if (curl_easy_getinfo(link->easy, CURLINFO_ACTIVESOCKET, &link->fd) || link->fd == CURL_SOCKET_BAD) {
        mf_fail_io(failure, MF_STAGE_COMMAND, MF_IO_CLOSED, 0, 0, "a reply");
        return false;
    }
    return true;
}

struct mf_link *mf_link_open(const struct mf_link_options *options, mf_usec deadline, struct mf_tls_seen *tls,
                             char *peer, size_t peer_size, struct mf_failure *failure)
{
    *tls = (struct mf_tls_seen){.used = false};
    struct mf_link *link = new_link(options, tls);
    bool up = false;
    if (!set_url(link) || curl_multi_add_handle(link->multi, link->easy) != CURLM_OK)
        mf_fail(failure, MF_STAGE_CONNECT, false, "\"%s\" can't be used as a host name", options->endpoint->tls_name);
    else
        up = make_connection(link, deadline, failure);
    if (link->connected)
        mf_address_text(options->endpoint->address, options->endpoint->port, peer, peer_size);
    if (!up) {
        mf_link_close(&link);
        return NULL;
    }
    link->secure = tls->used;
    link->tls = NULL;
    return link;
}

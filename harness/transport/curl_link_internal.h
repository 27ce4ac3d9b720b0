/* A link from the inside; shared by curl_link.c, curl_failure.c and curl_pipe.c only. */
#ifndef TRANSPORT_CURL_LINK_INTERNAL_H
#define TRANSPORT_CURL_LINK_INTERNAL_H

#include "transport/curl_internal.h"
#include "transport/link_internal.h"

struct mf_link {
    struct mf_link_options options;
    CURLM *multi;
    CURL *easy;
    struct curl_slist *connect_to;
    struct mf_tls_seen *tls; /* the caller's, while the connection is being made */
    bool secure;             /* TLS stands */
    char error[CURL_ERROR_SIZE];
    char *url;
    curl_socket_t fd;
    bool connected;     /* TCP stands */
    mf_usec last_event; /* something was said */
    int lines;          /* lines that the server said */
    bool upgrading;     /* STARTTLS was agreed on */
    bool asked_upgrade, stopped;
    int error_number;
};

bool mf_link_is_judged(const struct mf_endpoint *endpoint); /* must its certificate be right? */
enum mf_stage mf_link_stage(const struct mf_link *link);
const char *mf_link_awaited(enum mf_stage stage); /* "the greeting" */
/* What libcurl's code means at the stage that was reached. */
void mf_link_explain(struct mf_link *link, CURLcode code, struct mf_failure *failure);

#endif

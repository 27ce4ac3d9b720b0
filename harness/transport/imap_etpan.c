/* The only file that includes libetpan: its mailstream over our wire, and the commands that it
 * speaks well (see imap_internal.h). libetpan is pure buffer code here; every byte comes and goes
 * through the wire, with its deadlines.
 */
#include <libetpan/libetpan.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "transport/imap_internal.h"

struct mf_etpan {
    mailimap *session;
    mailstream *stream;
    struct mf_wire *wire;
};

/* ---- the stream ---- */

static ssize_t low_read(mailstream_low *low, void *buffer, size_t size)
{
    size_t got = 0;
    return mf_wire_some(low->data, buffer, size, &got) == MF_IO_OK ? (ssize_t)got : -1;
}

static ssize_t low_write(mailstream_low *low, const void *data, size_t len)
{
    return mf_wire_write(low->data, data, len) == MF_IO_OK ? (ssize_t)len : -1;
}

static int low_close(mailstream_low *low)
{
    (void)low; /* the connection closes the stream */
    return 0;
}

static int low_fd(mailstream_low *low)
{
    (void)low;
    return -1; /* nobody but us waits */
}

static void low_free(mailstream_low *low)
{
    free(low);
}

static mailstream_low_driver driver = {
    .mailstream_read = low_read,
    .mailstream_write = low_write,
    .mailstream_close = low_close,
    .mailstream_get_fd = low_fd,
    .mailstream_free = low_free,
};

struct mf_etpan *mf_etpan_new(struct mf_wire *wire)
{
    struct mf_etpan *etpan = mf_xmalloc(sizeof *etpan);
    etpan->wire = wire;
    etpan->session = mailimap_new(0, NULL);
    etpan->stream = mailstream_new(mailstream_low_new(wire, &driver), 8192);
    return etpan;
}

void mf_etpan_free(struct mf_etpan **etpan)
{
    if (!etpan || !*etpan)
        return;
    (*etpan)->session->imap_stream = NULL; /* else mailimap_free() would log out */
    mailstream_close((*etpan)->stream);
    mailimap_free((*etpan)->session);
    free(*etpan);
    *etpan = NULL;
}

/* ---- results ---- */

static enum mf_etpan_result result_of(const struct mf_etpan *etpan, int code)
{
    switch (code) {
    case MAILIMAP_NO_ERROR:
    case MAILIMAP_NO_ERROR_AUTHENTICATED:
    case MAILIMAP_NO_ERROR_NON_AUTHENTICATED: /* 2, and no error */
        return MF_ETPAN_OK;
    case MAILIMAP_ERROR_STREAM:
    case MAILIMAP_ERROR_DONT_ACCEPT_CONNECTION:
    case MAILIMAP_ERROR_FATAL:
        return MF_ETPAN_STREAM;
    case MAILIMAP_ERROR_PROTOCOL:
        return etpan->wire->said_no ? MF_ETPAN_BAD : MF_ETPAN_GARBAGE;
    case MAILIMAP_ERROR_PARSE:
    case MAILIMAP_ERROR_MEMORY:
    case MAILIMAP_ERROR_BAD_STATE:
    case MAILIMAP_ERROR_INVAL:
        return etpan->wire->io != MF_IO_OK ? MF_ETPAN_STREAM : MF_ETPAN_GARBAGE;
    default: /* one code for each command that was answered with NO */
        return etpan->wire->said_no ? MF_ETPAN_NO : MF_ETPAN_GARBAGE;
    }
}

enum mf_etpan_result mf_etpan_greeting(struct mf_etpan *etpan, bool *authenticated)
{
    int code = mailimap_connect(etpan->session, etpan->stream);
    *authenticated = code == MAILIMAP_NO_ERROR_AUTHENTICATED;
    return result_of(etpan, code);
}

enum mf_etpan_result mf_etpan_starttls(struct mf_etpan *etpan)
{
    return result_of(etpan, mailimap_starttls(etpan->session));
}

enum mf_etpan_result mf_etpan_login(struct mf_etpan *etpan, const char *user, const char *password)
{
    etpan->wire->secret = true;
    int code = mailimap_login(etpan->session, user, password);
    etpan->wire->secret = false;
    explicit_bzero(etpan->stream->write_buffer, etpan->stream->buffer_max_size);
    return result_of(etpan, code);
}

void mf_etpan_logged_in(struct mf_etpan *etpan)
{
    etpan->session->imap_state = MAILIMAP_STATE_AUTHENTICATED;
}

void mf_etpan_adopt(struct mf_etpan *etpan)
{
    etpan->session->imap_stream = etpan->stream;
    etpan->session->imap_connection_info = mailimap_connection_info_new();
    etpan->session->imap_state = MAILIMAP_STATE_NON_AUTHENTICATED;
}

/* ---- folders ---- */

enum mf_etpan_result mf_etpan_select(struct mf_etpan *etpan, const char *wire_name, bool write, struct mf_imap_window *window)
{
    etpan->wire->exists = 0;
    int code = write ? mailimap_select(etpan->session, wire_name) : mailimap_examine(etpan->session, wire_name);
    const struct mailimap_selection_info *info = etpan->session->imap_selection_info;
    if (code == MAILIMAP_NO_ERROR && info)
        *window = (struct mf_imap_window){info->sel_uidvalidity, info->sel_uidnext, etpan->wire->exists};
    return result_of(etpan, code);
}

static void take_status(const struct mailimap_mailbox_data_status *status, struct mf_imap_window *window)
{
    for (clistiter *at = clist_begin(status->st_info_list); at; at = clist_next(at)) {
        const struct mailimap_status_info *info = clist_content(at);
        if (info->st_att == MAILIMAP_STATUS_ATT_MESSAGES)
            window->exists = info->st_value;
        if (info->st_att == MAILIMAP_STATUS_ATT_UIDNEXT)
            window->uidnext = info->st_value;
        if (info->st_att == MAILIMAP_STATUS_ATT_UIDVALIDITY)
            window->uidvalidity = info->st_value;
    }
}

enum mf_etpan_result mf_etpan_status(struct mf_etpan *etpan, const char *wire_name, struct mf_imap_window *window)
{
    struct mailimap_mailbox_data_status *status = NULL;
    struct mailimap_status_att_list *wanted = mailimap_status_att_list_new_empty();
    mailimap_status_att_list_add(wanted, MAILIMAP_STATUS_ATT_MESSAGES);
    mailimap_status_att_list_add(wanted, MAILIMAP_STATUS_ATT_UIDNEXT);
    mailimap_status_att_list_add(wanted, MAILIMAP_STATUS_ATT_UIDVALIDITY);
    int code = mailimap_status(etpan->session, wire_name, wanted, &status);
    mailimap_status_att_list_free(wanted);
    if (status) {
        take_status(status, window);
        mailimap_mailbox_data_status_free(status);
    } else if (code == MAILIMAP_NO_ERROR) {
        return MF_ETPAN_GARBAGE;
    }
    return result_of(etpan, code);
}

static void flag_words(const struct mailimap_mbx_list_flags *flags, struct mf_text *words, bool *selectable)
{
    *selectable = !flags || flags->mbf_type != MAILIMAP_MBX_LIST_FLAGS_SFLAG || flags->mbf_sflag != MAILIMAP_MBX_LIST_SFLAG_NOSELECT;
    for (clistiter *at = flags && flags->mbf_oflags ? clist_begin(flags->mbf_oflags) : NULL; at; at = clist_next(at)) {
        const struct mailimap_mbx_list_oflag *flag = clist_content(at);
        if (flag->of_type == MAILIMAP_MBX_LIST_OFLAG_FLAG_EXT && flag->of_flag_ext)
            mf_text_printf(words, " \\%s ", flag->of_flag_ext + (flag->of_flag_ext[0] == '\\'));
    }
    /* RFC 5258: \NonExistent implies \Noselect */
    if (words->data && strcasestr(words->data, "\\NonExistent"))
        *selectable = false;
}

static void tell_folders(clist *list, mf_etpan_folder *each, void *context)
{
    for (clistiter *at = clist_begin(list); at; at = clist_next(at)) {
        const struct mailimap_mailbox_list *folder = clist_content(at);
        struct mf_text words = {.max = 4096};
        bool selectable;
        flag_words(folder->mb_flag, &words, &selectable);
        if (folder->mb_name && *folder->mb_name)
            each(context, folder->mb_name, folder->mb_delimiter, selectable, mf_text_str(&words));
        mf_text_release(&words);
    }
}

/* LIST … RETURN (SPECIAL-USE) is not in libetpan, but its answer is plain LIST (RFC 6154 5.2). */
static int list_special_use(struct mf_etpan *etpan, clist **list)
{
    int code = mailimap_custom_command(etpan->session, "LIST \"\" \"*\" RETURN (SPECIAL-USE)");
    if (code == MAILIMAP_NO_ERROR) {
        *list = etpan->session->imap_response_info->rsp_mailbox_list;
        etpan->session->imap_response_info->rsp_mailbox_list = NULL;
    }
    return code;
}

enum mf_etpan_result mf_etpan_list(struct mf_etpan *etpan, bool xlist, bool return_special_use, mf_etpan_folder *each, void *context)
{
    clist *list = NULL;
    int code = xlist                ? mailimap_xlist(etpan->session, "", "*", &list)
               : return_special_use ? list_special_use(etpan, &list)
                                    : mailimap_list(etpan->session, "", "*", &list);
    if (list) {
        if (code == MAILIMAP_NO_ERROR)
            tell_folders(list, each, context);
        mailimap_list_result_free(list);
    }
    return result_of(etpan, code);
}

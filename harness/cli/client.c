/* The client of a message. */
#include "cli/client.h"
#include "cli/ask.h"

#include <arpa/inet.h>
#include <string.h>

static bool is_inside(const char *ip)
{
    unsigned char a[16];
    if (inet_pton(AF_INET, ip, a) == 1)
        return a[0] == 10 || a[0] == 127 || (a[0] == 172 && (a[1] & 0xf0) == 16) || (a[0] == 192 && a[1] == 168) ||
               (a[0] == 169 && a[1] == 254) || a[0] == 0;
    static const unsigned char loopback[16] = {[15] = 1};
    if (inet_pton(AF_INET6, ip, a) != 1)
        return true;
    return memcmp(a, loopback, 16) == 0 || (a[0] & 0xfe) == 0xfc || (a[0] == 0xfe && (a[1] & 0xc0) == 0x80);
}

/* path: oldest first. */
static const struct mf_received *border_line(const struct mf_received **path, size_t count)
{
    const struct mf_received *any = NULL;
    for (size_t i = count; i-- > 0;) {
        if (!mf_dns_is_address(path[i]->ip))
            continue;
        if (!is_inside(path[i]->ip))
            return path[i];
        any = any ? any : path[i];
    }
    return any;
}

/* NULL: there is no Return-Path, which only final delivery writes (RFC 5321 4.4). */
static const char *return_path(struct mf_arena *arena, const struct mf_message *message)
{
    const struct mf_header *field = mf_message_header(message, "Return-Path", 0);
    if (!field)
        return NULL;
    const char *text = mf_header_text(arena, field, false);
    size_t len = strlen(text);
    return len >= 2 && text[0] == '<' && text[len - 1] == '>' ? mf_copy_bytes(arena, text + 1, len - 2) : text;
}

static void take_client(struct mf_arena *arena, struct client *client, const struct mf_received **path, size_t count)
{
    const struct mf_received *line = border_line(path, count);
    if (!line) {
        client->unknown = "the client's address is not known: no --ip, and no Received field that names one";
        return;
    }
    client->ip = line->ip;
    if (!client->helo)
        client->helo = line->helo ? line->helo : line->rdns;
    client->from_where = mf_format(arena,
                                   "Predicted: the client %s is the one that %s names in Received; give --ip, --helo "
                                   "and --mail-from if another server is your border.",
                                   line->ip, line->by ? line->by : "a server");
}

static void take_sender(struct mf_arena *arena, struct client *client, const struct mf_message *message,
                        const struct mf_received **path, size_t count)
{
    client->mail_from = return_path(arena, message);
    for (size_t i = count; i-- > 0 && !client->mail_from;)
        client->mail_from = path[i]->envelope_from;
    if (!client->mail_from && !client->unknown && client->helo && *client->helo) {
        client->from_where = mf_format(
            arena,
            "%s%sThe envelope sender is not known (no Return-Path, no --mail-from): the HELO name is judged instead.",
            client->from_where ? client->from_where : "", client->from_where ? " " : "");
        client->mail_from = "";
    }
    if (!client->mail_from && !client->unknown)
        client->unknown = "the envelope sender is not known: no --mail-from, and no Return-Path";
}

struct client client_find(struct mf_arena *arena, const struct client *given, const struct mf_message *message)
{
    struct client client = *given;
    size_t count;
    const struct mf_received **path = mf_message_path(arena, message, &count);
    if (!client.ip)
        take_client(arena, &client, path, count);
    if (!client.mail_from)
        take_sender(arena, &client, message, path, count);
    client.helo = client.helo ? client.helo : "";
    return client;
}

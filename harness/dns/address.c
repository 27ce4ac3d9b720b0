/* Whom to ask: "ADDR[@PORT]" as people write it, and /etc/resolv.conf (resolv.conf(5)). */
#include <arpa/inet.h>
#include <errno.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "dns/dns_internal.h"

static bool read_port(const char *text, unsigned *port)
{
    char *end;
    if (*text < '0' || *text > '9')
        return false;
    unsigned long value = strtoul(text, &end, 10);
    *port = (unsigned)value;
    return *end == '\0' && value > 0 && value <= 65535;
}

static void strip_brackets(char *host)
{
    size_t len = strlen(host);
    if (len < 2 || host[0] != '[' || host[len - 1] != ']')
        return;
    memmove(host, host + 1, len - 2);
    host[len - 2] = '\0';
}

/* "fe80::1%eth0": a link-local address needs its interface (RFC 4007 11). */
static bool cut_scope(char *host, unsigned *scope)
{
    char *percent = strchr(host, '%');
    if (!percent)
        return true;
    *percent = '\0';
    *scope = if_nametoindex(percent + 1);
    if (*scope == 0)
        *scope = (unsigned)strtoul(percent + 1, NULL, 10);
    return *scope != 0;
}

static bool fill_socket(struct mf_dns_address *address, const char *host, unsigned port, unsigned scope)
{
    struct sockaddr_in *v4 = (struct sockaddr_in *)&address->socket;
    struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)&address->socket;
    if (inet_pton(AF_INET, host, &v4->sin_addr) == 1) {
        v4->sin_family = AF_INET;
        v4->sin_port = htons((uint16_t)port);
        address->length = sizeof *v4;
        return true;
    }
    if (inet_pton(AF_INET6, host, &v6->sin6_addr) != 1)
        return false;
    v6->sin6_family = AF_INET6;
    v6->sin6_port = htons((uint16_t)port);
    v6->sin6_scope_id = scope;
    address->length = sizeof *v6;
    return true;
}

int mf_dns_address_parse(const char *text, struct mf_dns_address *address, struct mf_diag *d)
{
    char host[48], shown[48];
    unsigned port = 53, scope = 0;
    size_t len = strcspn(text, "@");
    *address = (struct mf_dns_address){0};
    snprintf(host, sizeof host, "%.*s", (int)len, text);
    strip_brackets(host);
    memcpy(shown, host, sizeof shown);
    bool good = len < sizeof host && (!text[len] || read_port(text + len + 1, &port)) && cut_scope(host, &scope) &&
                fill_socket(address, host, port, scope);
    if (!good) {
        mf_hint(d, "Write an address, and a port if it is not 53: 192.0.2.53, 127.0.0.1@5353, 2001:db8::53@53.");
        return mf_trouble(d, "\"%s\" is no address of a DNS server", text);
    }
    snprintf(address->text, sizeof address->text, "%s@%u", shown, port);
    return 0;
}

static void add_forwarder(struct mf_dns_forwarders *forwarders, const struct mf_dns_address *address)
{
    if (forwarders->count == MF_DNS_FORWARDERS_MAX)
        return;
    size_t used = strlen(forwarders->text);
    snprintf(forwarders->text + used, sizeof forwarders->text - used, "%s%s", used ? ", " : "", address->text);
    forwarders->address[forwarders->count++] = *address;
}

int mf_dns_forwarders_read(const char *path, struct mf_dns_forwarders *forwarders, struct mf_diag *d)
{
    char line[256], word[128];
    *forwarders = (struct mf_dns_forwarders){0};
    FILE *file = fopen(path, "re");
    if (!file && errno != ENOENT)
        return mf_trouble(d, "%s can't be read: %s", path, strerror(errno));
    while (file && fgets(line, sizeof line, file)) {
        struct mf_dns_address address;
        if (sscanf(line, " nameserver %127s", word) == 1 && mf_dns_address_parse(word, &address, NULL) == 0)
            add_forwarder(forwarders, &address);
    }
    if (file)
        fclose(file);
    if (forwarders->count == 0) { /* resolv.conf(5): without a nameserver line it is the local machine */
        struct mf_dns_address local;
        mf_dns_address_parse("127.0.0.1", &local, NULL);
        add_forwarder(forwarders, &local);
    }
    return 0;
}

int mf_dns_forwarders_find(const char *resolver, struct mf_dns_forwarders *forwarders, struct mf_diag *d)
{
    struct mf_dns_address address;
    const char *from_environment = getenv("MAILFLOW_RESOLVER");
    if (!resolver && from_environment && *from_environment)
        resolver = from_environment;
    if (!resolver)
        return mf_dns_forwarders_read("/etc/resolv.conf", forwarders, d);
    *forwarders = (struct mf_dns_forwarders){0};
    if (mf_dns_address_parse(resolver, &address, d) < 0) {
        if (resolver == from_environment)
            mf_context(d, "MAILFLOW_RESOLVER: ");
        return -1;
    }
    add_forwarder(forwarders, &address);
    return 0;
}

/* Connecting a datagram socket asks the routing table only. */
static bool local_towards(const char *address, char text[46])
{
    struct mf_dns_address to;
    struct sockaddr_storage local = {0};
    socklen_t len = sizeof local;
    mf_dns_address_parse(address, &to, NULL);
    int s = socket(to.socket.ss_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    bool known = s >= 0 && connect(s, (const struct sockaddr *)&to.socket, to.length) == 0 &&
                 getsockname(s, (struct sockaddr *)&local, &len) == 0;
    if (s >= 0)
        close(s);
    const void *ip = local.ss_family == AF_INET ? (const void *)&((struct sockaddr_in *)&local)->sin_addr
                                                : (const void *)&((struct sockaddr_in6 *)&local)->sin6_addr;
    return known && inet_ntop(local.ss_family, ip, text, 46) != NULL;
}

void mf_dns_egress(char text[46])
{
    if (!local_towards(MF_DNS_NOBODY_V4, text) && !local_towards(MF_DNS_NOBODY_V6, text))
        text[0] = '\0';
}

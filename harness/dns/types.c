/* Names of types and statuses. */
#include "dns/dns_internal.h"

const char *mf_dns_type_name(enum mf_dns_type type)
{
    switch (type) {
    case MF_DNS_A:
        return "A";
    case MF_DNS_NS:
        return "NS";
    case MF_DNS_CNAME:
        return "CNAME";
    case MF_DNS_SOA:
        return "SOA";
    case MF_DNS_PTR:
        return "PTR";
    case MF_DNS_MX:
        return "MX";
    case MF_DNS_TXT:
        return "TXT";
    case MF_DNS_AAAA:
        return "AAAA";
    case MF_DNS_SRV:
        return "SRV";
    case MF_DNS_TLSA:
        return "TLSA";
    case MF_DNS_SPF:
        return "SPF";
    case MF_DNS_CAA:
        return "CAA";
    }
    return "?";
}

enum mf_dns_type mf_dns_type_find(const char *name)
{
    static const enum mf_dns_type types[] = {MF_DNS_A,   MF_DNS_NS,   MF_DNS_CNAME, MF_DNS_SOA,  MF_DNS_PTR, MF_DNS_MX,
                                             MF_DNS_TXT, MF_DNS_AAAA, MF_DNS_SRV,   MF_DNS_TLSA, MF_DNS_SPF, MF_DNS_CAA};
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        if (mf_same(mf_dns_type_name(types[i]), name))
            return types[i];
    return (enum mf_dns_type)0;
}

const char *mf_dns_status_name(enum mf_dns_status status)
{
    switch (status) {
    case MF_DNS_OK:
        return "OK";
    case MF_DNS_NODATA:
        return "NODATA";
    case MF_DNS_NXDOMAIN:
        return "NXDOMAIN";
    case MF_DNS_SERVFAIL:
        return "SERVFAIL";
    case MF_DNS_TIMEOUT:
        return "TIMEOUT";
    case MF_DNS_BOGUS:
        return "BOGUS";
    case MF_DNS_UNKNOWN:
        return "UNKNOWN";
    }
    return "?";
}

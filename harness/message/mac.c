/* The proof that a message is of this run: the one place of this room that knows OpenSSL. */
#include "message/mac_internal.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdio.h>
#include <string.h>

#include "mailflow/text.h"

void mf_mac_of_mark(const unsigned char *secret, const char *run, const char *flow, int attempt,
                    const char *message_id, char mac[MF_MAC_HEX + 1])
{
    unsigned char digest[EVP_MAX_MD_SIZE] = {0};
    struct mf_text marked = {0};
    mf_text_printf(&marked, "%s|%s|%d|%s", run, flow, attempt, message_id);
    HMAC(EVP_sha256(), secret, 32, (const unsigned char *)marked.data, marked.len, digest, NULL);
    for (int i = 0; i < MF_MAC_HEX / 2; ++i)
        snprintf(mac + 2 * i, 3, "%02x", digest[i]);
    mf_text_release(&marked);
}

bool mf_mac_same(const char mac[MF_MAC_HEX + 1], const char *other)
{
    return strlen(other) == MF_MAC_HEX && CRYPTO_memcmp(mac, other, MF_MAC_HEX) == 0;
}

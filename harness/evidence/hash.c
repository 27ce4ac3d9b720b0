/* SHA-256 by OpenSSL; its only use in this room. */
#include "mailflow/journal.h"

#include <openssl/sha.h>

void mf_hash(struct mf_bytes bytes, char hash[MF_HASH_SIZE])
{
    static const char digits[] = "0123456789abcdef";
    unsigned char sum[SHA256_DIGEST_LENGTH];
    SHA256((const unsigned char *)(bytes.data ? bytes.data : ""), bytes.len, sum);
    for (size_t i = 0; i < sizeof sum; i++) {
        hash[2 * i] = digits[sum[i] >> 4];
        hash[2 * i + 1] = digits[sum[i] & 15];
    }
    hash[2 * sizeof sum] = '\0';
}

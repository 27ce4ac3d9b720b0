/* Private to room message: the proof that a message is of this run. */
#ifndef MESSAGE_MAC_INTERNAL_H
#define MESSAGE_MAC_INTERNAL_H

#include <stdbool.h>

#define MF_MAC_HEX 32 /* hex digits that are kept of an HMAC-SHA256 */

/* HMAC-SHA256(secret, run|flow|attempt|message-id); secret has 32 bytes. */
void mf_mac_of_mark(const unsigned char *secret, const char *run, const char *flow, int attempt,
                    const char *message_id, char mac[MF_MAC_HEX + 1]);
/* Takes as long whether they differ early or late. */
bool mf_mac_same(const char mac[MF_MAC_HEX + 1], const char *other);

#endif

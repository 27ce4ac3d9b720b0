/* Which UIDs of a folder were looked at: a bit each, from a base on. */
#include <stdlib.h>
#include <string.h>

#include "run/box_internal.h"

#define SIZE_MOST ((size_t)4 << 20) /* 32 million messages; beyond it they are looked at again */

bool mf_uids_has(const struct mf_uids *uids, unsigned uid)
{
    size_t at = uid - uids->base;
    return uid >= uids->base && at / 8 < uids->size && uids->bits[at / 8] & 1u << at % 8;
}

void mf_uids_add(struct mf_uids *uids, unsigned uid)
{
    size_t at = uid - uids->base, need = at / 8 + 1;
    if (uid < uids->base || need > SIZE_MOST)
        return;
    if (need > uids->size) {
        size_t larger = uids->size * 2 > need ? uids->size * 2 : need + 64;
        uids->bits = mf_xrealloc(uids->bits, larger);
        memset(uids->bits + uids->size, 0, larger - uids->size);
        uids->size = larger;
    }
    uids->bits[at / 8] |= (unsigned char)(1u << at % 8);
}

void mf_uids_reset(struct mf_uids *uids, unsigned base)
{
    free(uids->bits);
    *uids = (struct mf_uids){.base = base};
}

/* Room auth: what people paste into panels. Word processors, mail programs and web pages put characters
 * into a record that look like blanks, dashes and quotes and are none, or that can't be seen at all.
 * Pure; results are in the arena.
 */
#ifndef MAILFLOW_PASTED_H
#define MAILFLOW_PASTED_H

#include "mailflow/arena.h"
#include "mailflow/text.h"

/* The first character that is neither visible ASCII nor a plain space, in words: "a no-break space
 * (U+00A0)", "a tab". NULL: there is none. */
const char *mf_pasted_odd(struct mf_arena *arena, struct mf_bytes text);
/* For people: such characters made visible: "v=spf1<U+00A0>mx". */
const char *mf_pasted_shown(struct mf_arena *arena, struct mf_bytes text);
/* As it was meant: blanks and dashes made plain; quotes, backslashes and what can't be seen left out; no
 * blanks around it. */
const char *mf_pasted_plain(struct mf_arena *arena, struct mf_bytes text);

#endif

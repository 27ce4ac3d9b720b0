/* Results told to programs and to people: first one line a result in the words of RFC 8601, then
 * prose. What comes from a message or from DNS can neither forge a line nor reach the terminal as
 * control characters.
 */
#ifndef CLI_TELL_H
#define CLI_TELL_H

#include "mailflow/text.h"

/* " NAME=VALUE", quoted where RFC 8601 2.2 wants it. NULL or empty value: nothing is added. */
void tell_value(struct mf_text *out, const char *name, const char *value);
/* One line with that many blanks before it; line breaks and control characters become blanks. */
void tell_line(struct mf_text *out, int indent, const char *format, ...) __attribute__((format(printf, 3, 4)));
/* Lines ended by \n (an exhibit, a tree), each told by tell_line. */
void tell_lines(struct mf_text *out, int indent, const char *lines);
/* Writes to standard output and releases. */
void tell_print(struct mf_text *out);

#endif

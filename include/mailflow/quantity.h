/* Room base: numbers with a unit, as people write them: "30 s", "1.5 h", "9 MB".
 *
 * One reader for files and options. A number without its unit is none: 30 of what?
 */
#ifndef MAILFLOW_QUANTITY_H
#define MAILFLOW_QUANTITY_H

#include <stdbool.h>
#include <stddef.h>

#include "mailflow/clock.h"

struct mf_unit {
    const char *name;
    double factor;
    const char *also; /* what people write instead, with a blank on both sides of each; only for hints */
};
struct mf_quantity {
    const char *what, *example;
    const struct mf_unit *units;
    size_t unit_count;
    double most;
};
extern const struct mf_quantity mf_durations; /* in microseconds, up to a leap year */

enum mf_reading { MF_READING_GOOD, MF_READING_NO_NUMBER, MF_READING_NO_UNIT, MF_READING_TOO_MUCH };
/* *unit: what stands where the unit should be, "" when nothing does; set unless there is no number. */
enum mf_reading mf_quantity_read(const struct mf_quantity *kind, const char *text, double *amount, const char **unit);
/* NULL: no unit of this kind. */
const struct mf_unit *mf_unit_named(const struct mf_quantity *kind, const char *name);
const struct mf_unit *mf_unit_meant(const struct mf_quantity *kind, const char *word); /* "minutes": min */

/* A decimal number at the start of a text; what follows it, blanks skipped. NULL: there is none. */
const char *mf_number_read(const char *text, double *number);
/* "200 ms", "30 s", "5 min", "2 h", "1 d"; -1 when it is none. */
mf_usec mf_duration_read(const char *text);

#endif

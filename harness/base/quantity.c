/* Numbers with a unit. */
#include "mailflow/quantity.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct mf_unit durations[] = {{"ms", 1e3, " msec millis milliseconds "},
                                           {"s", 1e6, " sec secs second seconds "},
                                           {"min", 6e7, " m mins minute minutes "},
                                           {"h", 3.6e9, " hr hrs hour hours "},
                                           {"d", 8.64e10, " day days "}};
const struct mf_quantity mf_durations = {"duration", "30 s", durations, sizeof durations / sizeof *durations,
                                         366 * 8.64e10};

const char *mf_number_read(const char *text, double *number)
{
    char digits[32];
    size_t len = strspn(text, "0123456789.");
    if (len == 0 || len >= sizeof digits || text[0] == '.')
        return NULL;
    memcpy(digits, text, len);
    digits[len] = '\0';
    char *end;
    *number = strtod(digits, &end);
    if (*end || !isfinite(*number))
        return NULL;
    return text + len + strspn(text + len, " \t");
}

const struct mf_unit *mf_unit_named(const struct mf_quantity *kind, const char *name)
{
    for (size_t i = 0; i < kind->unit_count; i++)
        if (strcmp(name, kind->units[i].name) == 0)
            return &kind->units[i];
    return NULL;
}

const struct mf_unit *mf_unit_meant(const struct mf_quantity *kind, const char *word)
{
    char padded[32];
    if (snprintf(padded, sizeof padded, " %s ", word) >= (int)sizeof padded)
        return NULL;
    for (size_t i = 0; i < kind->unit_count; i++)
        if (strstr(kind->units[i].also, padded))
            return &kind->units[i];
    return NULL;
}

enum mf_reading mf_quantity_read(const struct mf_quantity *kind, const char *text, double *amount, const char **unit)
{
    double number;
    *unit = mf_number_read(text, &number);
    if (!*unit)
        return MF_READING_NO_NUMBER;
    const struct mf_unit *known = mf_unit_named(kind, *unit);
    if (!known)
        return MF_READING_NO_UNIT;
    *amount = number * known->factor;
    return *amount <= kind->most ? MF_READING_GOOD : MF_READING_TOO_MUCH;
}

mf_usec mf_duration_read(const char *text)
{
    double amount;
    const char *unit;
    return mf_quantity_read(&mf_durations, text, &amount, &unit) == MF_READING_GOOD ? (mf_usec)amount : -1;
}

/* Words of a closed list, numbers, and numbers with units. */
#include "plan/bind_internal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

int mf_word_among(struct mf_binder *b, const struct mf_value *value, const char *const *words, size_t count)
{
    struct mf_words known = {.arena = b->arena};
    for (size_t i = 0; i < count; i++) {
        if (strcmp(value->text, words[i]) == 0)
            return (int)i;
        mf_words_add(&known, words[i]);
    }
    if (!value->unknown && mf_refuse_comma(b, value))
        mf_tell(b, value->place, mf_words_hint(&known, value->text), "unknown word \"%s\" for \"%s\"", value->text,
                mf_key_name(b));
    return -1;
}

#define WORDS_MAX 12

bool mf_bind_word(struct mf_binder *b, const struct mf_node *node, int *number)
{
    struct mf_value value;
    if (!mf_bind_value(b, node, &value))
        return false;
    char *type = mf_copy(b->arena, b->key->type + strlen("word:")), *rest = NULL;
    const char *words[WORDS_MAX];
    size_t count = 0;
    for (char *word = strtok_r(type, "| ", &rest); word && count < WORDS_MAX; word = strtok_r(NULL, "| ", &rest))
        words[count++] = word;
    *number = mf_word_among(b, &value, words, count);
    return *number >= 0;
}

/* A decimal number at the start of a text; what follows it, blanks skipped. NULL: there is none. */
static const char *read_number(const char *text, double *number)
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

struct unit {
    const char *name;
    double factor;
    const char *also; /* written instead, with a blank on both sides of each */
};
static const struct unit durations[] = {{"ms", 1e3, " msec millis milliseconds "},
                                        {"s", 1e6, " sec secs second seconds "},
                                        {"min", 6e7, " m mins minute minutes "},
                                        {"h", 3.6e9, " hr hrs hour hours "},
                                        {"d", 8.64e10, " day days "}};
static const struct unit sizes[] = {{"B", 1, " b byte bytes octets "},
                                    {"kB", 1e3, " k K KB kilobytes "},
                                    {"MB", 1e6, " M m mb Mb megabytes "},
                                    {"KiB", 1024, " kib Ki "},
                                    {"MiB", 1048576, " mib Mi "}};
static const struct unit rates[] = {{"s", 1, " sec second "}, {"min", 60, " m minute "}, {"h", 3600, " hour "}};
#define COUNT(array) (sizeof(array) / sizeof *(array))

struct quantity {
    const char *what, *example;
    const struct unit *units;
    size_t unit_count;
    double most;
};
static const struct quantity duration_kind = {"duration", "30 s", durations, COUNT(durations), 366 * 8.64e10};
static const struct quantity size_kind = {"size", "9 MB", sizes, COUNT(sizes), 268435456};
static const struct quantity rate_kind = {"rate", "30/min", rates, COUNT(rates), 3600};

static bool tell_unit(struct mf_binder *b, const struct mf_value *value, const struct quantity *kind, const char *unit)
{
    struct mf_words words = {.arena = b->arena};
    const char *padded = mf_format(b->arena, " %s ", unit), *hint = NULL;
    for (size_t i = 0; i < kind->unit_count; i++) {
        mf_words_add(&words, kind->units[i].name);
        if (strstr(kind->units[i].also, padded))
            hint = mf_format(b->arena, "write %.*s%s", (int)(strlen(value->text) - strlen(unit)), value->text,
                             kind->units[i].name);
    }
    if (!unit[0] && kind != &rate_kind)
        return mf_tell(b, value->place,
                       mf_format(b->arena, "write %s %s or %s %s", value->text, kind->units[1].name, value->text,
                                 kind->units[2].name),
                       "\"%s\" is no %s: the unit is missing", value->text, kind->what);
    return mf_tell(b, value->place, hint ? hint : mf_words_hint(&words, unit), "\"%s\" is no %s: unknown unit \"%s\"",
                   value->text, kind->what, unit);
}

static bool tell_quantity(struct mf_binder *b, const struct mf_value *value, const struct quantity *kind)
{
    return mf_tell(b, value->place, mf_format(b->arena, "write it like %s", kind->example), "\"%s\" is no %s",
                   value->text, kind->what);
}

static bool read_quantity(struct mf_binder *b, const struct mf_value *value, const struct quantity *kind,
                          double *amount)
{
    double number;
    const char *unit = read_number(value->text, &number);
    if (!unit)
        return !value->unknown && tell_quantity(b, value, kind);
    for (size_t i = 0; i < kind->unit_count; i++)
        if (strcmp(unit, kind->units[i].name) == 0) {
            *amount = number * kind->units[i].factor;
            return *amount <= kind->most ||
                   mf_tell(b, value->place, NULL, "\"%s\" is too much for \"%s\"", value->text, mf_key_name(b));
        }
    return tell_unit(b, value, kind, unit);
}

bool mf_bind_duration(struct mf_binder *b, const struct mf_node *node, mf_usec *duration)
{
    struct mf_value value;
    double amount;
    if (!mf_bind_value(b, node, &value) || !read_quantity(b, &value, &duration_kind, &amount))
        return false;
    *duration = (mf_usec)amount;
    return true;
}

bool mf_bind_duration_range(struct mf_binder *b, const struct mf_node *node, mf_usec *from, mf_usec *to)
{
    struct mf_value value;
    if (!mf_bind_value(b, node, &value))
        return false;
    const char *dots = strstr(value.text, "..");
    *from = 0;
    if (!dots)
        return mf_bind_duration(b, node, to);
    size_t at = (size_t)(dots - value.text), after = at + 2 + strspn(dots + 2, " ");
    while (at > 0 && value.text[at - 1] == ' ')
        at--;
    struct mf_value low = mf_value_part(b, &value, 0, at);
    struct mf_value high = mf_value_part(b, &value, after, strlen(value.text) - after);
    double low_amount, high_amount;
    if (!read_quantity(b, &low, &duration_kind, &low_amount) || !read_quantity(b, &high, &duration_kind, &high_amount))
        return false;
    *from = (mf_usec)low_amount;
    *to = (mf_usec)high_amount;
    return *from < *to || mf_tell(b, value.place, "write the shorter one first: 5 min..20 min",
                                  "\"%s\" ends before it begins", value.text);
}

bool mf_bind_size(struct mf_binder *b, const struct mf_node *node, size_t *octets)
{
    struct mf_value value;
    double amount;
    if (!mf_bind_value(b, node, &value) || !read_quantity(b, &value, &size_kind, &amount))
        return false;
    *octets = (size_t)amount;
    return *octets > 0 || tell_quantity(b, &value, &size_kind);
}

bool mf_bind_count(struct mf_binder *b, const struct mf_node *node, int *count)
{
    struct mf_value value;
    if (!mf_bind_value(b, node, &value))
        return false;
    size_t len = strlen(value.text);
    if (len == 0 || len > 6 || strspn(value.text, "0123456789") != len)
        return !value.unknown && mf_tell(b, value.place, "a whole number", "\"%s\" is no count", value.text);
    *count = atoi(value.text);
    return true;
}

bool mf_bind_rate(struct mf_binder *b, const struct mf_node *node, double per, double *rate)
{
    struct mf_value value;
    *rate = 0;
    if (!mf_bind_value(b, node, &value))
        return false;
    if (strcmp(value.text, "none") == 0)
        return true;
    const char *slash = strchr(value.text, '/');
    double number;
    const char *end = read_number(value.text, &number);
    if (!slash || end != slash || number <= 0)
        return tell_quantity(b, &value, &rate_kind);
    const char *unit = slash + 1 + strspn(slash + 1, " ");
    for (size_t i = 0; i < COUNT(rates); i++)
        if (strcmp(unit, rates[i].name) == 0) {
            *rate = number / rates[i].factor * per;
            return true;
        }
    return tell_unit(b, &value, &rate_kind, unit);
}

/* Words of a closed list, numbers, and numbers with units. */
#include "plan/bind_internal.h"

#include <stdlib.h>
#include <string.h>

#include "mailflow/quantity.h"

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

static const struct mf_unit sizes[] = {{"B", 1, " b byte bytes octets "},
                                       {"kB", 1e3, " k K KB kilobytes "},
                                       {"MB", 1e6, " M m mb Mb megabytes "},
                                       {"KiB", 1024, " kib Ki "},
                                       {"MiB", 1048576, " mib Mi "}};
static const struct mf_unit rates[] = {{"s", 1, " sec second "}, {"min", 60, " m minute "}, {"h", 3600, " hour "}};
#define COUNT(array) (sizeof(array) / sizeof *(array))
static const struct mf_quantity size_kind = {"size", "9 MB", sizes, COUNT(sizes), 268435456};
static const struct mf_quantity rate_kind = {"rate", "30/min", rates, COUNT(rates), 3600};

static bool tell_unit(struct mf_binder *b, const struct mf_value *value, const struct mf_quantity *kind,
                      const char *unit)
{
    struct mf_words words = {.arena = b->arena};
    const struct mf_unit *meant = mf_unit_meant(kind, unit);
    const char *hint =
        meant ? mf_format(b->arena, "write %.*s%s", (int)(strlen(value->text) - strlen(unit)), value->text, meant->name)
              : NULL;
    for (size_t i = 0; i < kind->unit_count; i++)
        mf_words_add(&words, kind->units[i].name);
    if (!unit[0] && kind != &rate_kind)
        return mf_tell(b, value->place,
                       mf_format(b->arena, "write %s %s or %s %s", value->text, kind->units[1].name, value->text,
                                 kind->units[2].name),
                       "\"%s\" is no %s: the unit is missing", value->text, kind->what);
    return mf_tell(b, value->place, hint ? hint : mf_words_hint(&words, unit), "\"%s\" is no %s: unknown unit \"%s\"",
                   value->text, kind->what, unit);
}

static bool tell_quantity(struct mf_binder *b, const struct mf_value *value, const struct mf_quantity *kind)
{
    return mf_tell(b, value->place, mf_format(b->arena, "write it like %s", kind->example), "\"%s\" is no %s",
                   value->text, kind->what);
}

static bool read_quantity(struct mf_binder *b, const struct mf_value *value, const struct mf_quantity *kind,
                          double *amount)
{
    const char *unit;
    switch (mf_quantity_read(kind, value->text, amount, &unit)) {
    case MF_READING_GOOD:
        return true;
    case MF_READING_NO_NUMBER:
        return !value->unknown && tell_quantity(b, value, kind);
    case MF_READING_NO_UNIT:
        return tell_unit(b, value, kind, unit);
    case MF_READING_TOO_MUCH:
        break;
    }
    return mf_tell(b, value->place, NULL, "\"%s\" is too much for \"%s\"", value->text, mf_key_name(b));
}

bool mf_bind_duration(struct mf_binder *b, const struct mf_node *node, mf_usec *duration)
{
    struct mf_value value;
    double amount;
    if (!mf_bind_value(b, node, &value) || !read_quantity(b, &value, &mf_durations, &amount))
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
    if (!read_quantity(b, &low, &mf_durations, &low_amount) || !read_quantity(b, &high, &mf_durations, &high_amount))
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
    const char *end = mf_number_read(value.text, &number);
    if (!slash || end != slash || number <= 0)
        return tell_quantity(b, &value, &rate_kind);
    const char *unit = slash + 1 + strspn(slash + 1, " ");
    const struct mf_unit *known = mf_unit_named(&rate_kind, unit);
    if (!known)
        return tell_unit(b, &value, &rate_kind, unit);
    *rate = number / known->factor * per;
    return true;
}

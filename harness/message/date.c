/* Dates of header fields (RFC 5322 3.3 and 4.3), and of servers that never read it: no day name,
 * two-digit years, names of zones, asctime, IMAP's dashes, ISO 8601, am and pm.
 */
#include "mailflow/message.h"

#include <string.h>

#include "message/bytes_internal.h"

struct date {
    int day, month, year; /* 0 while unknown; year -1 */
    int hour, minute, second;
    long microsecond;
    int offset; /* minutes east of UTC */
    bool has_time, has_zone;
};

static const char *skip_between(const char *at)
{
    int depth = 0;
    for (; *at; ++at) {
        if (*at == '(')
            ++depth;
        else if (*at == ')' && depth > 0)
            --depth;
        else if (*at == '\\' && depth > 0 && at[1])
            ++at;
        else if (depth == 0 && !mf_is_space((unsigned char)*at) && *at != ',')
            break;
    }
    return at;
}

/* At most 9 digits count. */
static int read_number(const char **at, int *digits)
{
    int number = 0;
    for (*digits = 0; mf_is_digit((unsigned char)**at); ++*at)
        if ((*digits)++ < 9)
            number = number * 10 + (**at - '0');
    return number;
}

static void read_fraction(const char **at, struct date *date)
{
    long unit = 100000;
    for (++*at; mf_is_digit((unsigned char)**at); ++*at, unit /= 10)
        date->microsecond += unit * (**at - '0');
}

/* "02:14:07", "2:14", "02.14.07", "02:14:07.123"; the hour is read already. */
static bool read_time(const char **at, struct date *date, int hour)
{
    int digits;
    char separator = **at;
    ++*at;
    date->hour = hour;
    date->minute = read_number(at, &digits);
    if (digits == 0 || digits > 2)
        return false;
    if (**at == separator && mf_is_digit((unsigned char)(*at)[1])) {
        ++*at;
        date->second = read_number(at, &digits);
        if (digits > 2)
            return false;
        if ((**at == '.' || **at == ',') && mf_is_digit((unsigned char)(*at)[1]))
            read_fraction(at, date);
    }
    date->has_time = true;
    return true;
}

/* RFC 5322 4.3: two digits mean 1950 to 2049, three are counted from 1900. */
static int full_year(int year, int digits)
{
    if (digits == 2)
        return year < 50 ? year + 2000 : year + 1900;
    return digits == 3 ? year + 1900 : year;
}

static bool read_iso_date(const char **at, struct date *date, int year)
{
    int digits;
    date->year = year;
    ++*at;
    date->month = read_number(at, &digits);
    if (**at != '-')
        return false;
    ++*at;
    date->day = read_number(at, &digits);
    if (mf_lower((unsigned char)**at) == 't')
        ++*at;
    return true;
}

static bool read_digits(const char **at, struct date *date)
{
    int digits, number = read_number(at, &digits);
    bool digit_follows = **at && mf_is_digit((unsigned char)(*at)[1]);
    if (!date->has_time && digits <= 2 && digit_follows && (**at == ':' || (**at == '.' && date->day)))
        return read_time(at, date, number);
    if (digits == 4 && **at == '-' && digit_follows && date->day == 0)
        return read_iso_date(at, date, number);
    if (digits <= 2 && date->day == 0)
        date->day = number;
    else if (digits <= 4 && digits >= 2 && date->year < 0)
        date->year = full_year(number, digits);
    else if (!date->has_zone)
        return false;
    if (**at == '-' && !date->has_time)
        ++*at; /* 23-Nov-2026 */
    return true;
}

/* "+0530", "+05:30", "-5" */
static bool read_offset(const char **at, struct date *date)
{
    int sign = **at == '-' ? -1 : 1, digits;
    ++*at;
    int number = read_number(at, &digits);
    int minutes = digits <= 2 ? number * 60 : number / 100 * 60 + number % 100;
    if (digits <= 2 && **at == ':' && mf_is_digit((unsigned char)(*at)[1])) {
        ++*at;
        minutes += read_number(at, &digits);
    } else if (digits == 0 || digits > 4) {
        return false;
    }
    date->offset = sign * minutes;
    date->has_zone = true;
    return true;
}

static int month_of(struct mf_bytes word)
{
    static const char *const months[] = {"january", "february", "march",     "april",   "may",      "june",
                                         "july",    "august",   "september", "october", "november", "december"};
    for (int i = 0; i < 12; ++i)
        if (word.len >= 3 && word.len <= strlen(months[i]) &&
            mf_bytes_compare_nocase(word, (struct mf_bytes){months[i], word.len}) == 0)
            return i + 1;
    return mf_bytes_same_nocase(word, "sept") ? 9 : 0;
}

static bool is_day_name(struct mf_bytes word)
{
    static const char *const days[] = {"monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"};
    for (int i = 0; i < 7; ++i)
        if (word.len >= 2 && word.len <= strlen(days[i]) &&
            mf_bytes_compare_nocase(word, (struct mf_bytes){days[i], word.len}) == 0)
            return true;
    return false;
}

/* Names that mean one zone only; others (IST, military letters) are told as UTC, as RFC 5322 4.3 says. */
static int zone_minutes(struct mf_bytes word)
{
    static const struct {
        const char *name;
        int minutes;
    } zones[] = {{"est", -300},  {"edt", -240},  {"cst", -360}, {"cdt", -300}, {"mst", -420}, {"mdt", -360},
                 {"pst", -480},  {"pdt", -420},  {"wet", 0},    {"west", 60},  {"bst", 60},   {"cet", 60},
                 {"met", 60},    {"mez", 60},    {"cest", 120}, {"mest", 120}, {"eet", 120},  {"eest", 180},
                 {"msk", 180},   {"msd", 240},   {"jst", 540},  {"kst", 540},  {"hkt", 480},  {"sgt", 480},
                 {"aest", 600},  {"aedt", 660},  {"nzst", 720}, {"nzdt", 780}, {"akst", -540}, {"akdt", -480},
                 {"hst", -600}};
    for (size_t i = 0; i < sizeof zones / sizeof *zones; ++i)
        if (mf_bytes_same_nocase(word, zones[i].name))
            return zones[i].minutes;
    return 0;
}

static bool read_word(const char **at, struct date *date)
{
    const char *start = *at;
    while (mf_is_alpha((unsigned char)**at))
        ++*at;
    struct mf_bytes word = {start, (size_t)(*at - start)};
    bool is_pm = mf_bytes_same_nocase(word, "pm");
    if (**at == '.' || (**at == '-' && !date->has_time))
        ++*at; /* "Nov." and 23-Nov-2026 */
    if (date->has_time && (is_pm || mf_bytes_same_nocase(word, "am"))) {
        date->hour = date->hour % 12 + (is_pm ? 12 : 0);
        return true;
    }
    int month = month_of(word);
    if (month && date->month == 0) {
        date->month = month;
        return true;
    }
    if (!date->has_time)
        return is_day_name(word);
    if (!date->has_zone)
        date->offset = zone_minutes(word);
    date->has_zone = true;
    return true;
}

static int days_in_month(int month, int year)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return days[month - 1] + (month == 2 && leap);
}

static bool in_range(const struct date *date)
{
    return date->month >= 1 && date->month <= 12 && date->year >= 1900 && date->day >= 1 &&
           date->day <= days_in_month(date->month, date->year) && date->has_time && date->hour <= 23 &&
           date->minute <= 59 && date->second <= 60;
}

/* Days since 1970 in the Gregorian calendar, the year taken to start in March. */
static int64_t days_since_1970(int year, int month, int day)
{
    int64_t y = month <= 2 ? year - 1 : year;
    int64_t era = y / 400, year_of_era = y - era * 400;
    int64_t day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    return era * 146097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719468;
}

int mf_date_parse(const char *text, mf_usec *at, int *offset_minutes)
{
    struct date date = {.year = -1};
    const char *next = text ? text : "";
    while (*(next = skip_between(next))) {
        bool good = false;
        if (mf_is_digit((unsigned char)*next))
            good = read_digits(&next, &date);
        else if (mf_is_alpha((unsigned char)*next))
            good = read_word(&next, &date);
        else if ((*next == '+' || *next == '-') && date.has_time)
            good = read_offset(&next, &date);
        if (!good && !(date.has_zone && date.year >= 0))
            return -1;
        if (!good)
            break; /* words behind a whole date don't spoil it */
    }
    if (!in_range(&date))
        return -1;
    int64_t minutes = days_since_1970(date.year, date.month, date.day) * 1440 + date.hour * 60 + date.minute;
    *at = ((minutes - date.offset) * 60 + date.second) * MF_SECOND + date.microsecond;
    if (offset_minutes)
        *offset_minutes = date.offset;
    return 0;
}

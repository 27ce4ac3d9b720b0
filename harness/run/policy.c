/* After each answer: done, the next host, or later (RFC 5321 4.2.1, 4.5.4.1, 5.1). */
#include "run/policy_internal.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define FIRST_WAIT MF_SECOND
#define LONGEST_WAIT (60 * MF_SECOND)
/* A first hop that can't be reached is trouble of ours; it is not waited for as long as mail is. */
#define UNREACHABLE_TIME (30 * MF_SECOND)
#define LAST_CHANCE (MF_SECOND / 2) /* a last try is made this long before time is up */

static mf_usec unit_of(const char *word)
{
    if (strncasecmp(word, "min", 3) == 0 || (tolower((unsigned char)*word) == 'm' && !isalpha((unsigned char)word[1])))
        return 60 * MF_SECOND;
    if (tolower((unsigned char)*word) == 's' && (!isalpha((unsigned char)word[1]) || strncasecmp(word, "sec", 3) == 0))
        return MF_SECOND;
    if (strncasecmp(word, "hour", 4) == 0)
        return 3600 * MF_SECOND;
    return 0;
}

/* Only where the words are about coming again: "450 4.7.1 <x>: 300 seconds ago" is none. */
static bool is_about_waiting(const char *words)
{
    static const char *const hints[] = {"again", "retry", "greylist", "graylist", "grey-list", "wait", "come back", "later"};
    for (size_t i = 0; i < sizeof hints / sizeof *hints; i++)
        if (strcasestr(words, hints[i]))
            return true;
    return false;
}

/* "00:05:00", as milter-greylist and others say it. */
static mf_usec clock_at(const char *digits)
{
    int hours, minutes, seconds, used = 0;
    if (sscanf(digits, "%2d:%2d:%2d%n", &hours, &minutes, &seconds, &used) == 3 && used >= 5)
        return ((mf_usec)hours * 3600 + minutes * 60 + seconds) * MF_SECOND;
    return 0;
}

mf_usec mf_policy_wait_told(const char *words)
{
    if (!words || !is_about_waiting(words))
        return 0;
    for (const char *at = words; *at; at++) {
        bool starts = isdigit((unsigned char)*at) && (at == words || !isalnum((unsigned char)at[-1]));
        if (!starts || (at > words && (at[-1] == '.' || at[-1] == ':' || at[-1] == '-')))
            continue;
        mf_usec clock = clock_at(at);
        if (clock)
            return clock;
        char *end;
        long number = strtol(at, &end, 10);
        while (*end == ' ')
            end++;
        mf_usec unit = unit_of(end);
        if (unit && number > 0 && number <= 86400)
            return number * unit;
    }
    return 0;
}

static mf_usec backoff(int rounds)
{
    mf_usec wait = FIRST_WAIT;
    for (int i = 1; i < rounds && wait < LONGEST_WAIT; i++)
        wait *= 2;
    return wait < LONGEST_WAIT ? wait : LONGEST_WAIT;
}

/* A wait that the server told is obeyed or there is no more try; one of our own is cut short so that
 * one last try is still in time. */
static struct mf_policy later(const struct mf_policy_case *it, mf_usec wait, bool told, mf_usec until)
{
    struct mf_policy done = {MF_POLICY_DONE, 0};
    mf_usec at = it->now + wait;
    if (at < until)
        return (struct mf_policy){MF_POLICY_RETRY, at};
    if (told || until - it->now <= 2 * LAST_CHANCE)
        return done;
    return (struct mf_policy){MF_POLICY_RETRY, until - LAST_CHANCE};
}

static struct mf_policy after_4xx(const struct mf_policy_case *it)
{
    bool at_the_door = it->phase <= MF_SMTP_EHLO;
    if (at_the_door && it->more_hosts)
        return (struct mf_policy){MF_POLICY_NEXT_HOST, it->now};
    if (it->reply_is_enough)
        return (struct mf_policy){MF_POLICY_DONE, 0};
    mf_usec told = mf_policy_wait_told(it->words);
    return later(it, told > MF_SECOND ? told : backoff(it->rounds), told > 0, it->accept_by);
}

static struct mf_policy after_trouble(const struct mf_policy_case *it)
{
    bool at_login = it->phase == MF_SMTP_AUTH; /* another address of the server would say the same */
    bool in_time = it->now < it->accept_by; /* else the next one would be told as silent after no time at all */
    if (it->more_hosts && in_time && !(at_login && !it->temporary))
        return (struct mf_policy){MF_POLICY_NEXT_HOST, it->now};
    if (!it->temporary)
        return (struct mf_policy){MF_POLICY_DONE, 0};
    mf_usec patience = it->first_try + UNREACHABLE_TIME;
    return later(it, backoff(it->rounds), false, patience < it->accept_by ? patience : it->accept_by);
}

struct mf_policy mf_policy_after(const struct mf_policy_case *it)
{
    switch (it->outcome) {
    case MF_SMTP_ACCEPTED: /* code: a 4xx of some recipients, who are tried again */
    case MF_SMTP_REFUSED:
        if (it->code >= 400 && it->code < 500)
            return after_4xx(it);
        return (struct mf_policy){MF_POLICY_DONE, 0};
    case MF_SMTP_UNKNOWN: /* it may have been taken: a second one could be a second copy */
        return (struct mf_policy){MF_POLICY_DONE, 0};
    case MF_SMTP_TROUBLE:
        return after_trouble(it);
    }
    return (struct mf_policy){MF_POLICY_DONE, 0};
}

/* See fake_rule.h. */
#include "fakes/fake_rule.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "fakes/fake_server.h"

/* The fake's own copy of the rules counts, for all of its connections. */
static bool is_due(const struct fake_rule *rule)
{
    return !rule->nth || __atomic_add_fetch(&((struct fake_rule *)rule)->met, 1, __ATOMIC_RELAXED) == rule->nth;
}

const struct fake_rule *fake_rule_for(const struct fake_rule *rules, const struct fake_talk *talk, const char *line)
{
    for (int i = 0; i < FAKE_RULES; i++)
        if (rules[i].when && strncasecmp(line, rules[i].when, strlen(rules[i].when)) == 0 &&
            (!rules[i].connection || rules[i].connection == fake_talk_number(talk) + 1) && is_due(&rules[i]))
            return &rules[i];
    return NULL;
}

static bool say(struct fake_talk *talk, const char *text, const char *tag)
{
    for (const char *at; tag && (at = strstr(text, "$T")); text = at + 2)
        if (!fake_say_bytes(talk, text, (size_t)(at - text)) || !fake_say_bytes(talk, tag, strlen(tag)))
            return false;
    return fake_say_bytes(talk, text, strlen(text));
}

/* A "$T" must lie within the first ten octets or be left out. */
static bool drip(struct fake_talk *talk, const char *text, int ms, const char *tag)
{
    char piece[11];
    for (size_t len = strlen(text), at = 0; at < len; at += 10) {
        snprintf(piece, sizeof piece, "%.10s", text + at);
        if (!say(talk, piece, tag))
            return false;
        fake_pause(talk, ms);
    }
    return true;
}

enum fake_followed fake_follow(struct fake_talk *talk, const struct fake_rule *rule, const char *own, const char *tag)
{
    if (!rule)
        return say(talk, own, NULL) ? FAKE_OWN : FAKE_OVER;
    switch (rule->act) {
    case FAKE_SLOW:
        fake_pause(talk, rule->ms);
        return say(talk, own, NULL) ? FAKE_OWN : FAKE_OVER;
    case FAKE_BEFORE:
        return say(talk, rule->say, tag) && say(talk, own, NULL) ? FAKE_OWN : FAKE_OVER;
    case FAKE_SAY:
        return say(talk, rule->say, tag) ? FAKE_OTHER : FAKE_OVER;
    case FAKE_DRIP:
        return drip(talk, rule->say, rule->ms, tag) ? FAKE_OTHER : FAKE_OVER;
    case FAKE_AFTER:
        say(talk, own, NULL);
        return FAKE_OVER;
    case FAKE_DROP:
        if (rule->say)
            say(talk, rule->say, tag);
        return FAKE_OVER;
    case FAKE_RESET:
        fake_reset(talk);
        return FAKE_OVER;
    case FAKE_HANG:
        fake_hang(talk);
        return FAKE_OVER;
    }
    return FAKE_OVER;
}

/* How a fake server misbehaves: at which line, and how. */
#ifndef FAKES_FAKE_RULE_H
#define FAKES_FAKE_RULE_H

enum fake_act {
    FAKE_SAY,    /* says `say` instead of its own reply; with CRLF, several lines possible */
    FAKE_BEFORE, /* says `say`, then its own reply */
    FAKE_HANG,   /* says nothing any more */
    FAKE_DROP,   /* closes the connection (after `say`, if given) */
    FAKE_RESET,  /* the same by RST */
    FAKE_AFTER,  /* its own reply, then closes the connection */
    FAKE_SLOW,   /* waits `ms`, then its own reply */
    FAKE_DRIP,   /* says `say` ten octets at a time, `ms` apart */
};
struct fake_rule {
    const char *when; /* the beginning of a command line, any case; see the server for other moments */
    enum fake_act act;
    const char *say;  /* IMAP: "$T" is the command's tag */
    int ms;
    int connection;   /* 0: all; n: only the n-th connection, counted from 1 */
    int nth;          /* 0: every time; n: only the n-th line that it fits, counted from 1 over all connections */
    int met;          /* counted by the fake */
};
#define FAKE_RULES 12

struct fake_talk;
/* The rule for a line, NULL when there is none. */
const struct fake_rule *fake_rule_for(const struct fake_rule *rules, const struct fake_talk *talk, const char *line);
enum fake_followed { FAKE_OWN, /* its own reply was said */ FAKE_OTHER, /* another one */ FAKE_OVER /* the connection ends */ };
/* Says its own reply, or what the rule wants; tag NULL: nothing is replaced. */
enum fake_followed fake_follow(struct fake_talk *talk, const struct fake_rule *rule, const char *own, const char *tag);

#endif

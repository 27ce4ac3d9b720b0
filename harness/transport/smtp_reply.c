/* SMTP replies (RFC 5321 4.2, RFC 3463) and what EHLO offers. */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "transport/smtp_internal.h"

const char *mf_smtp_phase_name(enum mf_smtp_phase phase)
{
    switch (phase) {
    case MF_SMTP_CONNECT: return "CONNECT";
    case MF_SMTP_TLS: return "TLS";
    case MF_SMTP_EHLO: return "EHLO";
    case MF_SMTP_AUTH: return "AUTH";
    case MF_SMTP_MAIL: return "MAIL";
    case MF_SMTP_RCPT: return "RCPT";
    case MF_SMTP_DATA: return "DATA";
    case MF_SMTP_END_OF_DATA: return "END-OF-DATA";
    }
    return "unknown";
}

void mf_smtp_reply_begin(struct mf_smtp_reply *reply)
{
    *reply = (struct mf_smtp_reply){.code = 0};
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* The length of "5.1.1" at the start of a line's words, 0 when there is none (RFC 3463 2). */
static size_t enhanced_len(const char *words, size_t len)
{
    size_t i = 0;
    if (len < 5 || (words[0] != '2' && words[0] != '4' && words[0] != '5') || words[1] != '.')
        return 0;
    i = 2;
    size_t subject = 0, detail = 0;
    while (i < len && is_digit(words[i]) && subject < 4)
        i++, subject++;
    if (subject == 0 || subject > 3 || i >= len || words[i] != '.')
        return 0;
    i++;
    while (i < len && is_digit(words[i]) && detail < 4)
        i++, detail++;
    return detail == 0 || detail > 3 || (i < len && words[i] != ' ') ? 0 : i;
}

static void add_words(struct mf_smtp_reply *reply, const char *words, size_t len)
{
    size_t used = strlen(reply->text);
    if (used && used + 2 < sizeof reply->text)
        reply->text[used++] = ' ';
    mf_clean_words(reply->text + used, sizeof reply->text - used, words, len);
}

enum mf_reply_state mf_smtp_reply_line(struct mf_smtp_reply *reply, const char *line, size_t len)
{
    while (len && (line[len - 1] == '\n' || line[len - 1] == '\r'))
        len--;
    bool coded = len >= 3 && line[0] >= '2' && line[0] <= '5' && is_digit(line[1]) && is_digit(line[2]) &&
                 (len == 3 || line[3] == ' ' || line[3] == '-');
    int code = coded ? (line[0] - '0') * 100 + (line[1] - '0') * 10 + (line[2] - '0') : 0;
    if (!coded || (reply->code && reply->code != code)) {
        mf_clean_words(reply->text, sizeof reply->text, line, len);
        return MF_REPLY_GARBAGE;
    }
    reply->code = code;
    const char *words = line + (len > 3 ? 4 : 3);
    size_t words_len = len > 3 ? len - 4 : 0, enhanced = enhanced_len(words, words_len);
    if (enhanced && enhanced < sizeof reply->enhanced) {
        snprintf(reply->enhanced, sizeof reply->enhanced, "%.*s", (int)enhanced, words);
        words += enhanced;
        words_len -= enhanced;
        if (words_len)
            words++, words_len--;
    }
    add_words(reply, words, words_len);
    return len > 3 && line[3] == '-' ? MF_REPLY_MORE : MF_REPLY_COMPLETE;
}

static bool is_id_char(char c)
{
    return isalnum((unsigned char)c) || (c && strchr("-_.:+/=@", c));
}

/* The word at `at`, without brackets and trailing stops. */
static bool take_id(const char *at, char *queue_id, size_t size)
{
    at += strspn(at, " <([\"'");
    size_t len = 0;
    while (is_id_char(at[len]))
        len++;
    while (len && strchr(".:=", at[len - 1]))
        len--;
    if (len < 3 || len >= size)
        return false;
    snprintf(queue_id, size, "%.*s", (int)len, at);
    return true;
}

static bool has_digit(const char *word)
{
    return strpbrk(word, "0123456789") != NULL;
}

void mf_smtp_find_queue_id(const char *text, char *queue_id, size_t size)
{
    /* Postfix "queued as X"; Exim "OK id=X"; Sendmail "X Message accepted for delivery"; Exchange
     * "<msgid> [InternalId=X, …] Queued mail for delivery"; Gmail "OK 1700000000 X - gsmtp". */
    static const char *const before[] = {"queued as ", "queued mail as ", "InternalId=", "id=", "queueid=", "message-id "};
    queue_id[0] = '\0';
    for (size_t i = 0; i < sizeof before / sizeof before[0]; i++) {
        const char *at = strcasestr(text, before[i]);
        if (at && take_id(at + strlen(before[i]), queue_id, size))
            return;
    }
    const char *accepted = strcasestr(text, " Message accepted for delivery");
    if (accepted && take_id(text, queue_id, size))
        return;
    const char *gmail = strstr(text, " - gsmtp");
    const char *word = gmail;
    while (word && word > text && word[-1] != ' ')
        word--;
    if (!(gmail && take_id(word, queue_id, size) && has_digit(queue_id)))
        queue_id[0] = '\0';
}

/* The parameters behind a keyword, NULL when the line offers something else. */
static const char *offer(const char *line, const char *keyword)
{
    size_t len = strlen(keyword);
    if (!mf_starts_nocase(line, keyword) || (line[len] && line[len] != ' ' && line[len] != '='))
        return NULL;
    return line + len + (line[len] != '\0');
}

static void add_mechanisms(struct mf_smtp_sent *seen, const char *mechanisms)
{
    size_t used = strlen(seen->auth_offered);
    snprintf(seen->auth_offered + used, sizeof seen->auth_offered - used, "%s%s", used ? " " : "", mechanisms);
}

void mf_smtp_note_offer(struct mf_smtp_sent *seen, const char *line, size_t len)
{
    char words[512];
    const char *parameters;
    mf_clean_words(words, sizeof words, line, len);
    if (offer(words, "STARTTLS"))
        seen->offers_starttls = true;
    else if (offer(words, "SMTPUTF8"))
        seen->offers_smtputf8 = true;
    else if (offer(words, "8BITMIME"))
        seen->offers_8bitmime = true;
    else if (offer(words, "DSN"))
        seen->offers_dsn = true;
    else if ((parameters = offer(words, "SIZE"))) {
        seen->offers_size = true;
        seen->size_limit = strtoll(parameters, NULL, 10);
    } else if ((parameters = offer(words, "AUTH")) && !strstr(words, "AUTH=")) /* "AUTH=LOGIN" repeats it for old clients */
        add_mechanisms(seen, parameters);
}

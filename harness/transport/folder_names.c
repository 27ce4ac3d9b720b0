/* Folder names: modified UTF-7 (RFC 3501 5.1.3), and which use a folder has by its flags or name. */
#include <string.h>

#include "transport/imap_internal.h"

/* ---- modified UTF-7 ---- */

static int base64_value(char c)
{
    if (c >= 'A' && c <= 'Z')
        return c - 'A';
    if (c >= 'a' && c <= 'z')
        return c - 'a' + 26;
    if (c >= '0' && c <= '9')
        return c - '0' + 52;
    return c == '+' ? 62 : c == ',' ? 63 : -1;
}

static void add_utf8(struct mf_text *to, unsigned long c)
{
    if (c < 0x80) {
        mf_text_putc(to, (char)c);
    } else if (c < 0x800) {
        mf_text_putc(to, (char)(0xC0 | c >> 6));
        mf_text_putc(to, (char)(0x80 | (c & 0x3F)));
    } else if (c < 0x10000) {
        mf_text_putc(to, (char)(0xE0 | c >> 12));
        mf_text_putc(to, (char)(0x80 | (c >> 6 & 0x3F)));
        mf_text_putc(to, (char)(0x80 | (c & 0x3F)));
    } else {
        mf_text_putc(to, (char)(0xF0 | c >> 18));
        mf_text_putc(to, (char)(0x80 | (c >> 12 & 0x3F)));
        mf_text_putc(to, (char)(0x80 | (c >> 6 & 0x3F)));
        mf_text_putc(to, (char)(0x80 | (c & 0x3F)));
    }
}

/* One 16-bit unit; *high holds the first half of a pair. false: no valid UTF-16. */
static bool add_utf16(struct mf_text *to, unsigned long unit, unsigned long *high)
{
    bool is_high = unit >= 0xD800 && unit < 0xDC00, is_low = unit >= 0xDC00 && unit < 0xE000;
    if (*high) {
        if (!is_low)
            return false;
        add_utf8(to, 0x10000 + ((*high - 0xD800) << 10) + (unit - 0xDC00));
        *high = 0;
        return true;
    }
    if (is_low || unit < 0x20)
        return false;
    if (is_high)
        *high = unit;
    else
        add_utf8(to, unit);
    return true;
}

/* What stands between "&" and "-"; returns behind it, NULL when it is malformed. */
static const char *decode_shifted(struct mf_text *to, const char *at)
{
    unsigned long bits = 0, high = 0;
    int have = 0;
    if (*at == '-') {
        mf_text_putc(to, '&');
        return at + 1;
    }
    for (; *at && *at != '-'; at++) {
        int value = base64_value(*at);
        if (value < 0)
            return NULL;
        bits = (bits << 6 | (unsigned long)value) & 0xFFFFFF;
        have += 6;
        if (have >= 16) {
            have -= 16;
            if (!add_utf16(to, bits >> have & 0xFFFF, &high))
                return NULL;
        }
    }
    bool padded_right = have < 6 && (bits & ((1UL << have) - 1)) == 0;
    return *at == '-' && !high && padded_right ? at + 1 : NULL;
}

const char *mf_utf7_decode(struct mf_arena *arena, const char *wire_name)
{
    struct mf_text text = {.max = 4096};
    const char *at = wire_name;
    while (at && *at)
        if (*at == '&')
            at = decode_shifted(&text, at + 1);
        else
            mf_text_putc(&text, *at++);
    size_t len = strlen(wire_name);
    char *name = at && !text.full ? mf_copy(arena, mf_text_str(&text)) : NULL;
    mf_text_release(&text);
    if (name && mf_is_utf8(name, strlen(name), NULL))
        return name;
    name = mf_alloc(arena, len * 3 + 1);
    mf_clean_words(name, len + 1, wire_name, len);
    return name;
}

/* ---- uses ---- */

enum mf_folder_use mf_folder_use_by_flags(const char *flags)
{
    static const struct { const char *flag; enum mf_folder_use use; } known[] = {
        {"\\Junk ", MF_USE_JUNK}, {"\\Spam ", MF_USE_JUNK}, {"\\Sent ", MF_USE_SENT}, {"\\Archive ", MF_USE_ARCHIVE},
        {"\\Trash ", MF_USE_TRASH}, {"\\Drafts ", MF_USE_DRAFTS}, {"\\All ", MF_USE_ALL}, {"\\AllMail ", MF_USE_ALL},
        {"\\Inbox ", MF_USE_INBOX},
    };
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        if (strcasestr(flags, known[i].flag))
            return known[i].use;
    return MF_USE_NONE;
}

/* What servers and mail clients call them, in English and the languages they are often set to. */
static const struct { const char *name; enum mf_folder_use use; } usual_names[] = {
    {"junk", MF_USE_JUNK}, {"spam", MF_USE_JUNK}, {"junk e-mail", MF_USE_JUNK}, {"junk email", MF_USE_JUNK},
    {"junk mail", MF_USE_JUNK}, {"bulk mail", MF_USE_JUNK}, {"bulk", MF_USE_JUNK}, {"quarantine", MF_USE_JUNK},
    {"spamverdacht", MF_USE_JUNK}, {"unerwünscht", MF_USE_JUNK}, {"unerwünschte werbung", MF_USE_JUNK},
    {"courrier indésirable", MF_USE_JUNK}, {"pourriel", MF_USE_JUNK}, {"correo no deseado", MF_USE_JUNK},
    {"posta indesiderata", MF_USE_JUNK}, {"lixo eletrônico", MF_USE_JUNK}, {"lixo electrónico", MF_USE_JUNK},
    {"ongewenste e-mail", MF_USE_JUNK}, {"skräppost", MF_USE_JUNK}, {"uønsket e-post", MF_USE_JUNK},
    {"roskaposti", MF_USE_JUNK}, {"wiadomości-śmieci", MF_USE_JUNK}, {"спам", MF_USE_JUNK},
    {"нежелательная почта", MF_USE_JUNK}, {"迷惑メール", MF_USE_JUNK}, {"垃圾邮件", MF_USE_JUNK}, {"垃圾郵件", MF_USE_JUNK},
    {"sent", MF_USE_SENT}, {"sent items", MF_USE_SENT}, {"sent mail", MF_USE_SENT}, {"sent messages", MF_USE_SENT},
    {"sent-mail", MF_USE_SENT}, {"gesendet", MF_USE_SENT}, {"gesendete objekte", MF_USE_SENT},
    {"gesendete elemente", MF_USE_SENT}, {"éléments envoyés", MF_USE_SENT}, {"messages envoyés", MF_USE_SENT},
    {"enviados", MF_USE_SENT}, {"elementos enviados", MF_USE_SENT}, {"itens enviados", MF_USE_SENT},
    {"posta inviata", MF_USE_SENT}, {"inviati", MF_USE_SENT}, {"verzonden items", MF_USE_SENT}, {"verzonden", MF_USE_SENT},
    {"skickat", MF_USE_SENT}, {"sendte elementer", MF_USE_SENT}, {"lähetetyt", MF_USE_SENT}, {"elementy wysłane", MF_USE_SENT},
    {"отправленные", MF_USE_SENT}, {"送信済みアイテム", MF_USE_SENT}, {"送信済み", MF_USE_SENT}, {"已发送", MF_USE_SENT}, {"भेजे गए", MF_USE_SENT},
    {"archive", MF_USE_ARCHIVE}, {"archives", MF_USE_ARCHIVE}, {"archiv", MF_USE_ARCHIVE}, {"archivo", MF_USE_ARCHIVE}, {"archief", MF_USE_ARCHIVE},
    {"trash", MF_USE_TRASH}, {"deleted items", MF_USE_TRASH}, {"deleted messages", MF_USE_TRASH}, {"bin", MF_USE_TRASH},
    {"papierkorb", MF_USE_TRASH}, {"gelöschte objekte", MF_USE_TRASH}, {"gelöschte elemente", MF_USE_TRASH},
    {"corbeille", MF_USE_TRASH}, {"éléments supprimés", MF_USE_TRASH}, {"papelera", MF_USE_TRASH}, {"elementos eliminados", MF_USE_TRASH},
    {"cestino", MF_USE_TRASH}, {"lixeira", MF_USE_TRASH}, {"prullenbak", MF_USE_TRASH}, {"удаленные", MF_USE_TRASH},
    {"drafts", MF_USE_DRAFTS}, {"draft", MF_USE_DRAFTS}, {"entwürfe", MF_USE_DRAFTS}, {"brouillons", MF_USE_DRAFTS},
    {"borradores", MF_USE_DRAFTS}, {"bozze", MF_USE_DRAFTS}, {"rascunhos", MF_USE_DRAFTS}, {"concepten", MF_USE_DRAFTS},
    {"all mail", MF_USE_ALL},
};

/* The part behind a prefix that servers put in front: "INBOX.", "[Gmail]/". */
static const char *own_part(const char *name, char delimiter)
{
    char inbox[] = {'I', 'N', 'B', 'O', 'X', delimiter, '\0'};
    if (delimiter && mf_starts_nocase(name, inbox))
        return name + 6;
    const char *end = name[0] == '[' ? strchr(name, ']') : NULL;
    return end && end[1] == delimiter && delimiter ? end + 2 : name;
}

/* Lower case for ASCII, Latin-1 letters (C3 80..9E) and Cyrillic (D0 90..AF), all in UTF-8. */
static void fold(char *name)
{
    for (unsigned char *at = (unsigned char *)name; *at; at++) {
        *at = (unsigned char)mf_lower(*at);
        if (at[0] == 0xC3 && at[1] >= 0x80 && at[1] <= 0x9E)
            *++at += 0x20;
        else if (at[0] == 0xD0 && at[1] >= 0x90 && at[1] <= 0x9F)
            *++at += 0x20;
        else if (at[0] == 0xD0 && at[1] >= 0xA0 && at[1] <= 0xAF) {
            *at = 0xD1;
            *++at -= 0x20;
        }
    }
}

enum mf_folder_use mf_folder_use_by_name(const char *name, char delimiter)
{
    char own[200];
    mf_clean_words(own, sizeof own, own_part(name, delimiter), strlen(own_part(name, delimiter)));
    fold(own);
    for (size_t i = 0; i < sizeof usual_names / sizeof usual_names[0]; i++)
        if (mf_same(own, usual_names[i].name))
            return usual_names[i].use;
    return MF_USE_NONE;
}

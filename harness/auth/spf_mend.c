/* A mistake that spoils SPF: in whose record it stands, and the literal change that mends it. */
#include <string.h>

#include "auth/spf_internal.h"

static bool is_within(struct mf_arena *arena, const char *name, const char *domain)
{
    return mf_same_nocase(name, domain) || mf_ends_nocase(name, mf_format(arena, ".%s", domain));
}

/* The record without one of its terms. */
static const char *without(struct mf_arena *arena, const char *record, const char *term)
{
    struct mf_text kept = {.max = 65536};
    for (const char *at = record; *at;) {
        size_t len = strcspn(at, " ");
        if (len && !(len == strlen(term) && mf_starts_nocase(at, term)))
            mf_text_printf(&kept, "%s%.*s", kept.len ? " " : "", (int)len, at);
        at += len + (at[len] == ' ');
    }
    const char *text = mf_copy(arena, mf_text_str(&kept));
    mf_text_release(&kept);
    return text;
}

static const char *mended_record(struct mf_arena *arena, const struct mf_spf_mistake *mistake, struct mf_bytes text)
{
    const char *corrected = NULL;
    if (mistake->cause == MF_SPF_CIRCLE)
        return without(arena, mistake->record, mistake->term);
    if (mistake->cause == MF_SPF_SYNTAX || mistake->cause == MF_SPF_NO_RECORD)
        corrected = mf_spf_corrected(arena, text);
    return corrected && !strstr(mf_format(arena, "%s ", corrected), mf_format(arena, " %s ", mistake->term)) ? corrected
                                                                                                             : NULL;
}

const struct mf_spf_mistake *mf_spf_mistake_of(struct mf_spf_walk *walk, const struct mf_spf_verdict *verdict,
                                               const char *judged)
{
    struct mf_spf_mistake *mistake = mf_alloc(walk->arena, sizeof *mistake);
    struct mf_spf_verdict unused = {0};
    struct mf_bytes text = {0};
    *mistake = (struct mf_spf_mistake){.cause = verdict->cause, .domain = verdict->domain, .term = verdict->term};
    if (verdict->several)
        mistake->domain = verdict->several;
    if (!mistake->domain)
        mistake->domain = judged;
    mistake->is_own = mf_same_nocase(mistake->domain, judged);
    mistake->is_within = is_within(walk->arena, mistake->domain, judged);
    const char *path = verdict->path ? strstr(verdict->path, " > ") : NULL;
    mistake->via = path              ? mf_copy_bytes(walk->arena, verdict->path, (size_t)(path - verdict->path))
                   : mistake->is_own ? NULL
                                     : verdict->path;
    if (!verdict->several && mf_spf_find_record(walk, mistake->domain, &mistake->record, &text, &unused))
        mistake->mended = mended_record(walk->arena, mistake, text);
    return mistake;
}

const char *mf_spf_mend(struct mf_arena *arena, const struct mf_spf_mistake *mistake)
{
    const char *term = mistake->term ? mistake->term : "", *domain = mistake->domain, *what;
    if (mistake->cause == MF_SPF_SEVERAL_RECORDS)
        what = mf_format(arena, "leave one TXT record that begins with v=spf1 at %s, with all terms in it", domain);
    else if (mistake->cause == MF_SPF_CIRCLE)
        what = mf_format(arena, "take \"%s\" out of the record of %s", term, domain);
    else if (mistake->cause == MF_SPF_NO_RECORD)
        what = mf_format(arena, "correct \"%s\" in the record of %s, or take it out", term, domain);
    else
        what = mf_format(arena, "correct \"%s\" in the record of %s", term, domain);
    if (!mistake->is_within)
        return mf_format(arena,
                         "The record of %s is not yours: ask whoever runs that domain to %s%s%s%s. Until then, write "
                         "the addresses that you need of it in place of \"%s\".\n",
                         domain, what, mistake->mended ? " (is \"" : "", mistake->mended ? mistake->mended : "",
                         mistake->mended ? "\" meant?)" : "", mistake->via ? mistake->via : term);
    if (mistake->mended)
        return mf_format(arena, "%c%s%s:\n  %s.  TXT  \"%s\"\n", what[0] - 'a' + 'A', what + 1,
                         mistake->cause == MF_SPF_CIRCLE ? "" : "; if this is what was meant", domain, mistake->mended);
    return mf_format(arena, "%c%s%s%s%s\n", what[0] - 'a' + 'A', what + 1,
                     mistake->record ? ", which is now:\n  " : ".",
                     mistake->record ? mf_format(arena, "%s.  TXT  ", domain) : "",
                     mistake->record ? mf_format(arena, "\"%s\"", mistake->record) : "");
}

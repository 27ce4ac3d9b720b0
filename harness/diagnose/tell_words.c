/* What every teller needs: words in the arena, replies, our domain. */
#include "diagnose/tell_internal.h"

#include <stdarg.h>

const char *mf_finding_words(struct mf_telling *t, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    const char *words = mf_vformat(t->file->arena, format, args);
    va_end(args);
    return words;
}

const char *mf_reply_text(struct mf_arena *arena, const struct mf_rec_reply *reply)
{
    const char *enhanced = reply->enhanced ? reply->enhanced : "", *words = reply->text ? reply->text : "";
    if (!reply->code)
        return "no reply";
    return mf_format(arena, "%d%s%s%s%s", reply->code, *enhanced ? " " : "", enhanced, *words ? " " : "", words);
}

const char *mf_our_domain(const struct mf_telling *t)
{
    const struct mf_site *site = t->file->plan->site;
    return site->domain_count ? site->domains[0] : "the domain";
}

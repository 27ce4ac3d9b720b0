/* Words for header fields that are changed on the way: each field has its own usual suspect. */
#include "diagnose/tell_internal.h"
#include "mailflow/received.h"

#include <string.h>

/* The hops that the copy passed, as the ones that may have done it: "mail.net-it.com, relay.…". */
static const char *hops_of(struct mf_telling *t)
{
    const struct mf_arrival *arrival = t->first->fact->arrival;
    struct mf_text words = {.max = 1024};
    size_t count = 0;
    const struct mf_received **path =
        arrival ? mf_message_path(t->file->arena, mf_message_parse(t->file->arena, arrival->message), &count) : NULL;
    for (size_t i = 0; i < count; i++)
        if (path[i]->by && !(words.data && strstr(words.data, path[i]->by)))
            mf_text_printf(&words, "%s%s", words.len ? ", " : "", path[i]->by);
    const char *copy = mf_copy(t->file->arena, mf_text_str(&words));
    mf_text_release(&words);
    return copy;
}

static void tell_header_changed(struct mf_telling *t)
{
    static const struct {
        const char *field, *fix;
    } fixes[] = {
        {"Message-ID", "A hop gives messages a new Message-ID: switch that off; threads and de-duplication hang on it"},
        {"Date", "A hop sets Date anew: switch that off; where it corrects wrong clocks, mend the clock instead"},
        {"From",
         "Look for address rewriting (canonical, masquerading, generic maps, disclaimers with \"on behalf of\")"},
        {"To", "Look for address rewriting (canonical or virtual maps that touch the header)"},
        {"Cc", "Look for address rewriting (canonical or virtual maps that touch the header)"},
        {"Reply-To",
         "Look for the rule that sets Reply-To (lists, ticket systems, header rules); answers go where it says"},
    };
    const char *hops = hops_of(t);
    for (size_t i = 0; i < sizeof fixes / sizeof *fixes; i++)
        if (mf_same_nocase(fixes[i].field, t->suspect->scope))
            t->finding->fix =
                mf_finding_words(t, "%s. It passed: %s.\n", fixes[i].fix, *hops ? hops : "no hop that tells");
    t->finding->title = mf_finding_words(t, "%s is changed on the way", t->suspect->scope);
}

/* Everything that hangs on the sender's domain follows from it. */
static void tell_sender_rewritten(struct mf_telling *t)
{
    const char *hops = hops_of(t), *first = t->first->message->via ? t->first->message->via->label : "the first hop";
    t->finding->title = mf_finding_words(t, "The sender's domain is rewritten on the way: %s", t->suspect->scope);
    t->finding->why = mf_finding_words(t, "%s.\nSigner, SPF, DMARC and rules that copy by sender see the new domain.\n",
                                       t->first->fact->text);
    t->finding->fix = mf_finding_words(t,
                                       "Take the rewriting of outgoing mail (masquerading, canonical or generic maps) "
                                       "out; look at %s first. It passed: "
                                       "%s.\n",
                                       first, *hops ? hops : "no hop that tells");
}

mf_teller *mf_content_teller(const char *id)
{
    if (mf_same(id, "content.header-changed"))
        return tell_header_changed;
    return mf_same(id, "content.sender-rewritten") ? tell_sender_rewritten : NULL;
}

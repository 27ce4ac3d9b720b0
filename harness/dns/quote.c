/* TXT data as a zone file has it. */
#include <string.h>

#include "dns/dns_internal.h"

#define STRING_MAX 255 /* RFC 1035 3.3 */

const char *mf_dns_quote(struct mf_arena *arena, const char *text)
{
    struct mf_text out = {.max = 1 << 20};
    size_t in_piece = 0;
    mf_text_putc(&out, '"');
    for (; *text; text++) {
        unsigned char c = (unsigned char)*text;
        if (in_piece++ == STRING_MAX) {
            mf_text_puts(&out, "\" \"");
            in_piece = 1;
        }
        if (c == '"' || c == '\\')
            mf_text_printf(&out, "\\%c", c);
        else if (c < 32 || c > 126)
            mf_text_printf(&out, "\\%03u", c);
        else
            mf_text_putc(&out, *text);
    }
    mf_text_putc(&out, '"');
    const char *quoted = mf_copy(arena, mf_text_str(&out));
    mf_text_release(&out);
    return quoted;
}

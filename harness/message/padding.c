/* Lines that bring a message to its size. */
#include "message/mime_internal.h"

/* Lines of 76 octets; never one of a single octet at the end, since CRLF alone has two. */
void mf_padding_add(struct mf_text *out, size_t octets)
{
    static const char words[] = "padding to the size that the scenario asks for, line by line, and so on.xx";
    while (octets >= 2) {
        size_t line = octets < MF_LINE_MAX ? octets : MF_LINE_MAX;
        if (octets - line == 1)
            --line;
        mf_text_add(out, words, line - 2);
        if (line > 2 && out->data[out->len - 1] == ' ')
            out->data[out->len - 1] = 'x'; /* space at the end of a line gets lost on the way */
        mf_text_puts(out, "\r\n");
        octets -= line;
    }
}

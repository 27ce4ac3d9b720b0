/* What a crash may have done to the end of journal.jsonl. */
#include "evidence/lines_internal.h"

#include <string.h>

size_t mf_lines_whole(struct mf_bytes data)
{
    if (!data.data || data.len == 0)
        return 0;
    const char *last_break = memrchr(data.data, '\n', data.len);
    if (!last_break)
        return 0;
    const char *before = last_break > data.data ? memrchr(data.data, '\n', (size_t)(last_break - data.data)) : NULL;
    const char *start = before ? before + 1 : data.data;
    struct mf_codec_line *line = mf_codec_parse(start, (size_t)(last_break - start));
    size_t whole = (size_t)((line ? last_break + 1 : start) - data.data);
    mf_codec_line_free(&line);
    return whole;
}

/* The suite of OpenDKIM's own tests, run when MAILFLOW_CONFORMANCE names a folder that holds
 * dkim-opendkim/index.tsv: each message must pass exactly where RFC 8301 lets it (column rfc8301). */
#include "unit/test.h"

#include <stdio.h>
#include <stdlib.h>

#include "mailflow/dkim.h"
#include "mailflow/files.h"

static const char *column(char **fields, size_t count, char **header, size_t header_count, const char *name)
{
    for (size_t i = 0; i < header_count && i < count; i++)
        if (strcmp(header[i], name) == 0)
            return fields[i];
    return "";
}

static size_t split(char *line, char **fields, size_t max)
{
    size_t count = 0;
    line[strcspn(line, "\r\n")] = '\0';
    for (char *field; count < max && (field = strsep(&line, "\t"));)
        fields[count++] = field;
    return count;
}

static void each_message_passes_exactly_where_rfc_8301_lets_it(void **state)
{
    (void)state;
    const char *root = getenv("MAILFLOW_CONFORMANCE");
    if (!root) {
        print_message("MAILFLOW_CONFORMANCE is not set\n");
        skip();
    }
    struct mf_arena *arena = mf_arena_new();
    struct mf_files *files = mf_files_new();
    struct mf_diag d = {0};
    const char *folder = mf_format(arena, "%s/dkim-opendkim", root);
    struct mf_dns *dns = mf_dns_zone(mf_format(arena, "%s/derived/opendkim.zone", folder), &d);
    if (!dns)
        fail_msg("%s", d.title);
    FILE *index = fopen(mf_format(arena, "%s/index.tsv", folder), "re");
    assert_non_null(index);
    char line[65536], header_line[4096], *fields[20], *header[20];
    assert_non_null(fgets(header_line, sizeof header_line, index));
    size_t header_count = split(header_line, header, 20), rows = 0, wrong = 0;
    while (fgets(line, sizeof line, index)) {
        size_t count = split(line, fields, 20);
        const char *file = column(fields, count, header, header_count, "file");
        bool wanted = strcmp(column(fields, count, header, header_count, "rfc8301"), "pass") == 0;
        struct mf_bytes message;
        if (mf_files_read(files, mf_format(arena, "%s/%s", folder, file), &message, &d) < 0)
            fail_msg("%s", d.title);
        const struct mf_dkim *dkim = mf_dkim_verify(arena, message, dns, mf_now(), mf_now() + 10 * MF_SECOND);
        rows++;
        if ((dkim->result == MF_DKIM_PASS) == wanted)
            continue;
        wrong++;
        print_message("%s: dkim=%s, %s by RFC 8301\n", file, mf_dkim_result_name(dkim->result),
                      wanted ? "pass" : "no pass");
        for (size_t i = 0; i < dkim->count; i++)
            print_message("    %s: %s\n", mf_dkim_result_name(dkim->signatures[i].result), dkim->signatures[i].why);
    }
    fclose(index);
    print_message("%zu of %zu\n", rows - wrong, rows);
    assert_true(rows > 0);
    assert_int_equal(wrong, 0);
    mf_dns_free(&dns);
    mf_files_free(&files);
    mf_arena_free(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(each_message_passes_exactly_where_rfc_8301_lets_it)};
    return cmocka_run_group_tests(tests, NULL, NULL) ? 1 : 0;
}

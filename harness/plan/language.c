/* The reference of the language, out of the tables that binding uses. */
#include "plan/keys_internal.h"

const struct mf_form *const mf_forms[] = {
    &mf_form_site,
    &mf_form_dns_table,
    &mf_form_server,
    &mf_form_person,
    &mf_form_application,
    &mf_form_via,
    &mf_form_login,
    &mf_form_oauth2,
    &mf_form_action,
    &mf_form_deadlines,
    &mf_form_file,
    &mf_form_section,
    &mf_form_phase,
    &mf_form_flow,
    &mf_form_message,
    &mf_form_expect,
    /* small maps inside values */
    &mf_form_tls,
    &mf_form_limits,
    &mf_form_secret,
    &mf_form_dkim_value,
    &mf_form_ask,
    &mf_form_include,
    &mf_form_dns_rows,
    &mf_form_auth,
    &mf_form_bounce,
    &mf_form_capture,
    &mf_form_dsn,
    &mf_form_known_failure,
    NULL,
};

/* A cell of a Markdown table. */
static void print_cell(FILE *out, const char *text)
{
    for (; *text; text++) {
        if (*text == '|')
            fputc('\\', out);
        fputc(*text, out);
    }
}

static void print_key(FILE *out, const struct mf_key *key)
{
    fprintf(out, "| `%s` | ", key->name);
    print_cell(out, key->type);
    fputs(" | ", out);
    print_cell(out, key->fallback);
    fputs(" | ", out);
    print_cell(out, key->meaning);
    if (key->flags & MF_KEY_LATER)
        fputs(key->meaning[0] ? " *(not built yet)*" : "*(not built yet)*", out);
    fputs(" |\n", out);
}

static void print_table(FILE *out, const struct mf_table *table)
{
    fprintf(out, "\n## %s\n| key | type | default | meaning |\n|---|---|---|---|\n", table->title);
    for (size_t i = 0; i < table->count; i++)
        print_key(out, &table->keys[i]);
}

/* A table that several forms share is printed behind the last of them. */
static bool comes_again(size_t form, const struct mf_table *table)
{
    for (size_t i = form + 1; mf_forms[i]; i++)
        for (const struct mf_table *const *t = mf_forms[i]->tables; *t; t++)
            if (*t == table)
                return true;
    return false;
}

void mf_language_print(FILE *out)
{
    fputs("# Keys\n", out);
    for (size_t i = 0; mf_forms[i]; i++)
        for (const struct mf_table *const *table = mf_forms[i]->tables; *table; table++)
            if (!comes_again(i, *table))
                print_table(out, *table);
}

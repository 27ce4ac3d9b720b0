/* Files in memory, bound as a plan, for tests; each error as one line "file:line:col title | hint". */
#ifndef UNIT_PLAN_BINDING_H
#define UNIT_PLAN_BINDING_H

#include "unit/test.h"

#include <stdio.h>
#include <stdlib.h>

#include "mailflow/plan.h"
#include "mailflow/text.h"

struct file_in_memory {
    const char *path, *text;
};

struct binding {
    struct mf_files *files;
    struct mf_diags *diags;
    struct mf_plan *plan; /* NULL: see diags */
};

static const char *const known_findings[] = {
    "copy.late",        "copy.missing",         "copy.outbound-missing", "copy.application-missing", "content.footer-added",
    "dkim.body-changed", "dkim.partial-body",   "dkim.missing",          "spf.fail",                 "mailbox.unreadable",
};

static const unsigned char test_secret[32] = "thirty-two bytes, known to tests";

static inline struct mf_plan_options usual_options(const char *site, const char *const *scenarios, size_t count)
{
    return (struct mf_plan_options){
        .site = site, .scenarios = scenarios, .scenario_count = count, .run = "7f3a", .secret = test_secret,
        .findings = known_findings, .finding_count = sizeof known_findings / sizeof *known_findings};
}

static inline struct binding bind_files(const struct mf_plan_options *options, const struct file_in_memory *memory)
{
    struct binding result = {mf_files_new(), mf_diags_new(), NULL};
    for (; memory && memory->path; memory++)
        mf_files_snapshot(result.files, memory->path, mf_bytes_of(memory->text));
    result.plan = mf_plan_bind(options, result.files, result.diags);
    return result;
}

static inline void forget(struct binding *binding)
{
    mf_plan_free(&binding->plan);
    mf_diags_free(&binding->diags);
    mf_files_free(&binding->files);
}

/* All errors, one a line. Heap. */
static inline char *errors_of(const struct binding *binding)
{
    struct mf_text text = {.max = 1 << 20};
    const struct mf_diag *d;
    mf_text_puts(&text, "");
    for (size_t i = 0; (d = mf_diags_at(binding->diags, i)); i++) {
        if (d->place.file)
            mf_text_printf(&text, "%s:%d:%d ", d->place.file, d->place.line, d->place.column);
        mf_text_printf(&text, "%s%s%s\n", d->title, d->hint[0] ? " | " : "", d->hint);
    }
    return text.data;
}

/* The site of most tests: the usual four servers, three of ours and an outsider, two applications. */
static const char usual_site[] =
    "site: lab\n"
    "domain: net-it.com\n"
    "dns: {mx: 0 in.hes.trendmicro.com, spf: v=spf1 -all, dkim: {s1: v=DKIM1; p=AAAA}, dmarc: v=DMARC1; p=none}\n"
    "servers:\n"
    "  gateway: {smtp: smtp://relay.hes.trendmicro.com, hosts: .hes.trendmicro.com}\n"
    "  primary:\n"
    "    submission: [smtp://mail.net-it.com:587, smtps://mail.net-it.com:465]\n"
    "    smtp: smtp://mail.net-it.com:25\n"
    "    imap: imaps://mail.net-it.com\n"
    "    login: {user: $(person), password: {env: LAB_PASSWORD}}\n"
    "  secondary:\n"
    "    submission: smtp://continuity.net-it.com:587\n"
    "    imap: imaps://continuity.net-it.com\n"
    "    login: {password: {env: LAB_PASSWORD}}\n"
    "  outside: {imap: imaps://mx.example.org, login: {password: {env: LAB_PASSWORD}}}\n"
    "people:\n"
    "  alice: alice@net-it.com\n"
    "  bob: bob@net-it.com\n"
    "  carol: {address: carol@net-it.com, name: Carol Grün, aliases: c.gruen@net-it.com}\n"
    "  probe: probe@example.org\n"
    "applications:\n"
    "  crm: {address: crm@net-it.com, source: crm.net-it.com, helo: crm.net-it.com}\n"
    "  billing: {address: billing@net-it.com}\n"
    "deadlines: {late: 2 s, within: 10 s, settle: 200 ms}\n";

/* Binds one scenario with a site, both from memory as site.yaml and x.yaml. */
static inline struct binding bind_text(const char *site, const char *scenario)
{
    static const char *const path[] = {"x.yaml"};
    struct file_in_memory memory[] = {{"site.yaml", site}, {"x.yaml", scenario}, {NULL, NULL}};
    struct mf_plan_options options = usual_options("site.yaml", path, scenario ? 1 : 0);
    setenv("LAB_PASSWORD", "not shown anywhere", 1);
    return bind_files(&options, memory);
}

/* A plan that must come out. */
static inline struct binding bind_good(const char *scenario)
{
    struct binding binding = bind_text(usual_site, scenario);
    if (!binding.plan) {
        char *errors = errors_of(&binding);
        print_error("%s", errors);
        free(errors);
        fail();
    }
    return binding;
}

/* The errors must be exactly these lines. */
static inline void expect_errors(const char *site, const char *scenario, const char *expected)
{
    struct binding binding = bind_text(site, scenario);
    char *errors = errors_of(&binding);
    if (strcmp(errors, expected) != 0)
        print_error("--- scenario\n%s--- expected\n%s--- got\n%s---\n", scenario ? scenario : "(site alone)\n", expected, errors);
    assert_string_equal(errors, expected);
    assert_null(binding.plan);
    free(errors);
    forget(&binding);
}

#endif

/* The keys of scenario files, sections, phases and flows. Those of flows may stand at any of them. */
#include "plan/flow_internal.h"

static const struct mf_key file_keys[] = {
    {"scenario", "text", "required", "title", NULL, MF_KEY_REQUIRED, "title name"},
    {"about", "text", "", "a paragraph for the report", NULL, 0, "description"},
    {"vars", "map:text", "", "values for $(name); --var NAME=VALUE wins", NULL, 0, "variables"},
    {"sections", "list:section", "", "headings; run side by side", NULL, 0, NULL},
    {"phases", "list:phase", "", "headings; run one after the other", NULL, MF_KEY_LATER, NULL},
};
static const struct mf_key section_keys[] = {
    {"section", "text", "required", "heading", NULL, MF_KEY_REQUIRED, "name title"},
    {"about", "text", "", "", NULL, 0, "description"},
};
static const struct mf_key phase_keys[] = {
    {"phase", "text", "required", "heading", NULL, MF_KEY_REQUIRED, "name title"},
    {"about", "text", "", "", NULL, 0, "description"},
    {"action", "names", "", "actions of the site in force during this phase; undone, whatever happens, when the next phase no longer names them", NULL, MF_KEY_LATER, "actions do"},
};
static const struct mf_key holder_keys[] = {
    {"dns", "dns", "", "records to confirm at every authoritative server, a row each: [mx, spf, dkim, dmarc, more], or {records, table, within}", NULL, 0, NULL},
    {"flows", "list:flow", "", "the flows", NULL, 0, "tests steps"},
};
static const struct mf_key own_keys[] = {
    {"flow", "text", "required", "name; must be unique after expansion", NULL, MF_KEY_REQUIRED, "name title"},
    {"of", "text", "", "send nothing: look again at the message of that flow", NULL, 0, NULL},
};
static const struct mf_key flow_keys[MF_FLOW_KEYS] = {
    [MF_FLOW_FROM] = {"from", "sender", "required", "person, application, or address (then via is required)", mf_flow_from, 0, "sender"},
    [MF_FLOW_TO] = {"to", "recipients", "", "people or addresses; one message to all of them", mf_flow_to, 0, "recipient recipients rcpt"},
    [MF_FLOW_CC] = {"cc", "recipients", "", "", mf_flow_cc, 0, NULL},
    [MF_FLOW_BCC] = {"bcc", "recipients", "", "RCPT TO is to + cc + bcc", mf_flow_bcc, 0, NULL},
    [MF_FLOW_MAIL_FROM] = {"mail-from", "envelope", "address of from", "envelope sender; <> for none", mf_flow_mail_from, 0, "return-path envelope"},
    [MF_FLOW_VIA] = {"via", "via", "submission; application: its own; outsider without submission: mx", "door: SERVER [DOOR], URL, mx, or a map", mf_flow_via, 0, "door"},
    [MF_FLOW_DSN] = {"dsn", "dsn", "", "[success, failure, delay], never, or {notify, ret, envid}", mf_flow_dsn, 0, "notify"},
    [MF_FLOW_MESSAGE] = {"message", "message", "a short text", "template file, or a map", mf_flow_message, 0, "mail body"},
    [MF_FLOW_EXPECT] = {"expect", "list:expect", "each recipient", "all that is expected", mf_flow_expect, 0, "expectation expectations"},
    [MF_FLOW_LATE] = {"late", "duration", "site's, by kind", "", mf_flow_late, 0, NULL},
    [MF_FLOW_WITHIN] = {"within", "duration", "site's, by kind", "", mf_flow_within, 0, "timeout deadline"},
    [MF_FLOW_CLIENT] = {"client", "word:imap | pop3 | web", "imap", "what reads the mailboxes; web sends as well", mf_flow_client, 0, NULL},
    [MF_FLOW_RESOLVE] = {"resolve", "word:live | dns | dns-before", "live", "answer the names of that table from the site file, as if it were published: for MX, SPF, DKIM, DMARC; all else from DNS", mf_flow_resolve, 0, NULL},
    [MF_FLOW_EACH] = {"each", "each", "", "{var: list}: every combination; [{var: value}, ...] or FILE.csv: one a row; \"all applications\"", mf_flow_each_form, 0, "foreach matrix"},
    [MF_FLOW_NEEDS] = {"needs", "texts", "", "flows, sections that must have passed; else skipped", mf_flow_texts_form, 0, "depends requires"},
    [MF_FLOW_SITE_HAS] = {"site-has", "texts", "", "skip, with this reason, on a site without: primary, secondary, gateway, outside, old, applications, outsiders, dns-before", mf_flow_texts_form, 0, "if when"},
    [MF_FLOW_SKIP] = {"skip", "text", "", "reason", mf_flow_skip, 0, NULL},
    [MF_FLOW_KNOWN_FAILURE] = {"known-failure", "known", "", "reason, or {finding, reason, until}: told, not failed; fails once it passes", mf_flow_known_failure, MF_KEY_LATER, "xfail"},
    [MF_FLOW_SEVERITY] = {"severity", "severity", "", "FINDING: fail | warn | ignore; adds to the outer ones", mf_flow_severity_form, 0, NULL},
    [MF_FLOW_TAGS] = {"tags", "texts", "", "add to the outer ones", mf_flow_texts_form, 0, "labels"},
};

static const struct mf_table file_table = {"Scenario file", file_keys, 5};
static const struct mf_table section_table = {"Section", section_keys, 2};
static const struct mf_table phase_table = {"Phase", phase_keys, 3};
static const struct mf_table holder_table = {"File, section, phase", holder_keys, 2};
static const struct mf_table own_table = {"Flow, its own", own_keys, 2};
const struct mf_table mf_flow_table = {"Flow; also at the file, a section, a phase", flow_keys, MF_FLOW_KEYS};

const struct mf_form mf_form_file = {"a scenario file", "the scenario file itself, not further in", MF_IN_SCENARIO,
                                     {&file_table, &holder_table, &mf_flow_table}};
const struct mf_form mf_form_section = {"a section", "an item of \"sections\"", MF_IN_SCENARIO,
                                        {&section_table, &holder_table, &mf_flow_table}};
const struct mf_form mf_form_phase = {"a phase", "an item of \"phases\"", MF_IN_SCENARIO,
                                      {&phase_table, &holder_table, &mf_flow_table}};
const struct mf_form mf_form_flow = {"a flow", "an item of \"flows\"", MF_IN_SCENARIO, {&own_table, &mf_flow_table}};

static const struct mf_key include_keys[] = {
    {"include", "file", "required", "another scenario file, among flows; its flows inherit from here", NULL, MF_KEY_REQUIRED, NULL},
};
static const struct mf_table include_table = {"Include, an item of flows", include_keys, 1};
const struct mf_form mf_form_include = {"an include", "an item of \"flows\"", MF_IN_SCENARIO, {&include_table}};

/* A small world by hand, for tests of judging. */
#include "build.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FLOWS_MAX 40

const char build_through_gateway[] =
    "Received: from relay.hes.trendmicro.com (relay.hes.trendmicro.com [198.51.100.11]) by mx.example.org with ESMTPS "
    "id 3; Mon, 23 Nov 2026 02:31:42 +0000\r\n"
    "Received: from mail.net-it.com (mail.net-it.com [192.0.2.20]) by relay.hes.trendmicro.com with ESMTPS id 2; Mon, "
    "23 Nov 2026 02:31:41 +0000\r\n";
const char build_inside_only[] = "Received: from client (client [192.0.2.1]) by mail.net-it.com with ESMTPSA id 1; "
                                 "Mon, 23 Nov 2026 02:31:40 +0000\r\n";

static struct mf_server *server(struct build *b, size_t index, const char *name, enum mf_role role, const char *host)
{
    struct mf_server *one = &b->plan->site->servers[index];
    one->name = name;
    one->role = role;
    one->hosts = mf_alloc_array(b->arena, 2, sizeof *one->hosts);
    one->hosts[0] = host;
    one->host_count = 1;
    one->authserv_ids = one->hosts;
    one->authserv_id_count = 1;
    one->place = (struct mf_place){"site.yaml", 10 + (int)index, 3, 1};
    b->plan->site->server_count = index + 1;
    return one;
}

static struct mf_door *door(struct build *b, struct mf_server *of, enum mf_door_kind kind, const char *url,
                            const char *host)
{
    struct mf_door *one = mf_alloc(b->arena, sizeof *one);
    *one = (struct mf_door){.kind = kind, .server = of, .url = url, .host = host};
    return one;
}

static void add_servers(struct build *b)
{
    b->plan->site->servers = mf_alloc_array(b->arena, 4, sizeof *b->plan->site->servers);
    struct mf_server *gateway = server(b, 0, "gateway", MF_ROLE_GATEWAY, ".hes.trendmicro.com");
    gateway->smtp = door(b, gateway, MF_DOOR_SMTP, "smtp://relay.hes.trendmicro.com:25", "relay.hes.trendmicro.com");
    gateway->smtp_count = 1;
    struct mf_server *primary = server(b, 1, "primary", MF_ROLE_PRIMARY, "mail.net-it.com");
    primary->submission = door(b, primary, MF_DOOR_SUBMISSION, "smtp://mail.net-it.com:587", "mail.net-it.com");
    primary->submission_count = 1;
    primary->imap = door(b, primary, MF_DOOR_IMAP, "imaps://mail.net-it.com", "mail.net-it.com");
    struct mf_server *secondary = server(b, 2, "secondary", MF_ROLE_SECONDARY, "continuity.net-it.com");
    secondary->imap = door(b, secondary, MF_DOOR_IMAP, "imaps://continuity.net-it.com", "continuity.net-it.com");
    secondary->receives[MF_KIND_INBOUND] = "inbox";
    secondary->receives[MF_KIND_OUTBOUND] = "sent";
    secondary->receives[MF_KIND_APPLICATION] = "inbox";
    struct mf_server *outside = server(b, 3, "outside", MF_ROLE_OUTSIDE, "mx.example.org");
    outside->imap = door(b, outside, MF_DOOR_IMAP, "imaps://mx.example.org", "mx.example.org");
}

static void add_mailbox(struct build *b, struct mf_person *person, size_t server_index, const char *label)
{
    struct mf_site *site = b->plan->site;
    struct mf_mailbox *mailbox = &site->mailboxes[site->mailbox_count];
    static const struct mf_secret secret = {.env = "LAB_PASSWORD"};
    struct mf_login *login = mf_alloc(b->arena, sizeof *login);
    *login = (struct mf_login){
        .kind = MF_LOGIN_PASSWORD, .user = person->name, .password = &secret, .place = {"site.yaml", 24, 5, 1}};
    *mailbox = (struct mf_mailbox){.person = person,
                                   .server = &site->servers[server_index],
                                   .login = login,
                                   .label = label,
                                   .index = site->mailbox_count,
                                   .is_main = person->mailbox_count == 0};
    person->mailboxes[person->mailbox_count++] = mailbox;
    site->mailbox_count++;
}

static void add_people(struct build *b)
{
    static const char *const names[] = {"alice", "bob", "probe"};
    struct mf_site *site = b->plan->site;
    site->people = mf_alloc_array(b->arena, 3, sizeof *site->people);
    site->mailboxes = mf_alloc_array(b->arena, 8, sizeof *site->mailboxes);
    for (size_t i = 0; i < 3; i++) {
        struct mf_person *person = &site->people[i];
        bool outside = i == 2;
        person->name = names[i];
        person->address = mf_format(b->arena, "%s@%s", names[i], outside ? "example.org" : "net-it.com");
        person->outside = outside;
        person->mailboxes = mf_alloc_array(b->arena, 2, sizeof *person->mailboxes);
        add_mailbox(b, person, outside ? 3 : 1, outside ? names[i] : mf_format(b->arena, "%s primary", names[i]));
        if (!outside)
            add_mailbox(b, person, 2, mf_format(b->arena, "%s secondary", names[i]));
    }
    site->person_count = 3;
}

static void add_applications(struct build *b)
{
    static const char *const names[] = {"crm", "billing"};
    struct mf_site *site = b->plan->site;
    site->applications = mf_alloc_array(b->arena, 2, sizeof *site->applications);
    for (size_t i = 0; i < 2; i++) {
        struct mf_via *via = mf_alloc(b->arena, sizeof *via);
        *via = (struct mf_via){.door = site->servers[0].smtp,
                               .source = i ? "192.0.2.42" : "192.0.2.41",
                               .label = "gateway smtp",
                               .helo = mf_format(b->arena, "%s.net-it.com", names[i])};
        const char *address = mf_format(b->arena, "%s@net-it.com", names[i]);
        site->applications[i] =
            (struct mf_application){names[i], address, address, via, {"site.yaml", 50 + (int)i, 3, 1}};
    }
    site->application_count = 2;
}

/* --- what was looked at --- */

static void add_folder(struct build *b, struct mf_mailbox_evidence *mailbox, const char *name, const char *use)
{
    struct mf_folder_evidence *folder = &mailbox->folders[mailbox->folder_count++];
    folder->folder = name;
    folder->use = use;
    folder->window = (struct mf_rec_window){.at = BUILD_START - MF_SECOND,
                                            .mailbox = mailbox->mailbox,
                                            .folder = name,
                                            .use = use,
                                            .uidvalidity = 1,
                                            .uidnext = 5};
    folder->scans = mf_alloc_array(b->arena, 2, sizeof *folder->scans);
    folder->scan_count = 2;
    for (size_t i = 0; i < 2; i++)
        folder->scans[i] = (struct mf_rec_scan){.at = BUILD_START + (mf_usec)(60 + 10 * i) * MF_SECOND,
                                                .mailbox = mailbox->mailbox,
                                                .folder = name,
                                                .uidvalidity = 1,
                                                .from_uid = 5,
                                                .to_uid = 9};
}

static void watch_everything(struct build *b)
{
    const struct mf_site *site = b->plan->site;
    b->evidence->mailboxes = mf_alloc_array(b->arena, site->mailbox_count, sizeof *b->evidence->mailboxes);
    for (size_t i = 0; i < site->mailbox_count; i++) {
        struct mf_mailbox_evidence *mailbox = &b->evidence->mailboxes[i];
        struct mf_rec_opened *opened = mf_alloc(b->arena, sizeof *opened);
        mailbox->mailbox = site->mailboxes[i].label;
        *opened = (struct mf_rec_opened){.at = BUILD_START - MF_SECOND, .mailbox = mailbox->mailbox};
        mailbox->opened = opened;
        mailbox->folders = mf_alloc_array(b->arena, 3, sizeof *mailbox->folders);
        add_folder(b, mailbox, "INBOX", "inbox");
        add_folder(b, mailbox, "Junk", "junk");
        add_folder(b, mailbox, "Sent", "sent");
    }
    b->evidence->mailbox_count = site->mailbox_count;
}

struct build *build_new(void)
{
    struct mf_arena *arena = mf_arena_new();
    struct build *b = mf_alloc(arena, sizeof *b);
    b->arena = arena;
    b->now = BUILD_START + 3600 * MF_SECOND;
    b->plan = mf_alloc(arena, sizeof *b->plan);
    b->plan->title = "test";
    b->plan->site = mf_alloc(arena, sizeof *b->plan->site);
    b->plan->site->name = "lab";
    b->plan->site->domains = mf_alloc_array(arena, 1, sizeof *b->plan->site->domains);
    b->plan->site->domains[0] = "net-it.com";
    b->plan->site->domain_count = 1;
    b->plan->flows = mf_alloc_array(arena, FLOWS_MAX, sizeof *b->plan->flows);
    b->plan->sections = mf_alloc_array(arena, 1, sizeof *b->plan->sections);
    b->plan->sections[0].title = "Section";
    b->plan->section_count = 1;
    b->evidence = mf_alloc(arena, sizeof *b->evidence);
    b->evidence->dns = mf_dns_recorded();
    b->evidence->started = BUILD_START;
    b->evidence->last = BUILD_START + 70 * MF_SECOND;
    b->evidence->ended = "done";
    b->evidence->flows = mf_alloc_array(arena, FLOWS_MAX, sizeof *b->evidence->flows);
    add_servers(b);
    add_people(b);
    add_applications(b);
    watch_everything(b);
    return b;
}

void build_free(struct build **build)
{
    mf_dns_free(&(*build)->evidence->dns);
    struct mf_arena *arena = (*build)->arena;
    *build = NULL;
    mf_arena_free(&arena);
}

/* --- flows --- */

static const struct mf_person *person(struct build *b, const char *name)
{
    for (size_t i = 0; i < b->plan->site->person_count; i++)
        if (mf_same(b->plan->site->people[i].name, name))
            return &b->plan->site->people[i];
    return NULL;
}

static const struct mf_application *application(struct build *b, const char *name)
{
    for (size_t i = 0; i < b->plan->site->application_count; i++)
        if (mf_same(b->plan->site->applications[i].name, name))
            return &b->plan->site->applications[i];
    return NULL;
}

const struct mf_mailbox *build_mailbox(struct build *b, const char *label)
{
    for (size_t i = 0; i < b->plan->site->mailbox_count; i++)
        if (mf_same(b->plan->site->mailboxes[i].label, label))
            return &b->plan->site->mailboxes[i];
    fprintf(stderr, "no mailbox %s\n", label);
    abort();
}

static struct mf_flow *new_flow(struct build *b, const char *name)
{
    if (b->plan->flow_count == FLOWS_MAX)
        abort();
    struct mf_flow *flow = &b->plan->flows[b->plan->flow_count];
    flow->name = name;
    flow->index = b->plan->flow_count++;
    flow->id = mf_format(b->arena, "flow%02zu", flow->index);
    flow->token = flow->id;
    flow->section = &b->plan->sections[0];
    flow->late = BUILD_LATE;
    flow->within = BUILD_WITHIN;
    flow->settle = 200 * MF_MS;
    flow->place = (struct mf_place){"scenario.yaml", 10 + (int)flow->index, 3, 1};
    flow->expects = mf_alloc_array(b->arena, 8, sizeof *flow->expects);
    struct mf_flow_evidence *evidence = &b->evidence->flows[b->evidence->flow_count++];
    evidence->flow = flow->id;
    return flow;
}

static void set_via(struct build *b, struct mf_flow *flow)
{
    struct mf_via *via = mf_alloc(b->arena, sizeof *via);
    if (flow->from_application)
        flow->via = flow->from_application->via;
    else if (flow->from_person->outside)
        *via = (struct mf_via){.kind = MF_VIA_MX, .label = "mx of net-it.com"};
    else
        *via = (struct mf_via){.door = b->plan->site->servers[1].submission, .label = "primary submission"};
    if (!flow->via)
        flow->via = via;
}

struct mf_flow *build_flow(struct build *b, const char *name, const char *from, const char *to)
{
    struct mf_flow *flow = new_flow(b, name);
    const struct mf_person *recipient = person(b, to);
    flow->from_person = person(b, from);
    flow->from_application = application(b, from);
    flow->from = flow->mail_from = flow->from_person ? flow->from_person->address : flow->from_application->address;
    flow->recipients = mf_alloc_array(b->arena, 2, sizeof *flow->recipients);
    flow->recipients[0] = (struct mf_recipient){.address = recipient ? recipient->address : to, .person = recipient};
    flow->recipient_count = 1;
    bool inside = !flow->from_person || !flow->from_person->outside, target_outside = recipient && recipient->outside;
    flow->kind = flow->from_application ? MF_KIND_APPLICATION
                 : !inside              ? MF_KIND_INBOUND
                 : target_outside       ? MF_KIND_OUTBOUND
                                        : MF_KIND_INTERNAL;
    set_via(b, flow);
    if (recipient)
        build_expect(b, flow, MF_EXPECT_AT, recipient->mailboxes[0]->label);
    return flow;
}

struct mf_flow *build_again(struct build *b, const char *name, struct mf_flow *of, const char *mailbox)
{
    struct mf_flow *flow = new_flow(b, name);
    flow->of = of;
    flow->from_person = of->from_person;
    flow->from_application = of->from_application;
    flow->from = of->from;
    flow->mail_from = of->mail_from;
    flow->kind = of->kind;
    flow->recipients = of->recipients;
    flow->recipient_count = of->recipient_count;
    build_expect(b, flow, MF_EXPECT_AT, mailbox);
    return flow;
}

struct mf_flow *build_sentinel(struct build *b, struct mf_flow *flow, const char *mailbox)
{
    struct mf_flow *sentinel = mf_alloc(b->arena, sizeof *sentinel);
    *sentinel = *flow;
    sentinel->sentinel_of = flow;
    sentinel->index = b->evidence->flow_count++;
    sentinel->id = mf_format(b->arena, "flow%02zu", sentinel->index);
    b->evidence->flows[sentinel->index].flow = sentinel->id;
    sentinel->expects = mf_alloc_array(b->arena, 8, sizeof *sentinel->expects);
    sentinel->expect_count = 0;
    build_expect(b, sentinel, MF_EXPECT_AT, mailbox);
    flow->sentinel = sentinel;
    return sentinel;
}

void build_walks(struct build *b, mf_usec first, mf_usec second)
{
    for (size_t i = 0; i < b->evidence->mailbox_count; i++)
        for (size_t k = 0; k < b->evidence->mailboxes[i].folder_count; k++) {
            b->evidence->mailboxes[i].folders[k].scans[0].at = first;
            b->evidence->mailboxes[i].folders[k].scans[1].at = second;
        }
}

/* The language's table, "by copy". */
static void set_defaults(struct build *b, struct mf_expect *expect, const struct mf_flow *flow)
{
    bool outside = expect->mailbox->person->outside, from_outside = flow->from_person && flow->from_person->outside;
    bool own = flow->from_person == expect->mailbox->person;
    expect->copy_kind = flow->from_application ? (outside ? MF_COPY_APP_OUTSIDE : MF_COPY_APP_INSIDE)
                        : from_outside         ? MF_COPY_INBOUND
                        : outside              ? MF_COPY_OUTBOUND
                                               : MF_COPY_INTERNAL;
    expect->kind_of_mail = flow->kind;
    expect->is_copy = !expect->mailbox->is_main;
    expect->folder = expect->is_copy && own ? "sent" : "inbox";
    struct mf_hop *hop = mf_alloc(b->arena, sizeof *hop);
    hop->server = &b->plan->site->servers[0];
    bool internal = expect->copy_kind == MF_COPY_INTERNAL;
    if (!own && !expect->is_copy && internal) {
        expect->not_through = hop;
        expect->not_through_count = 1;
    } else if (!own && !expect->is_copy) {
        expect->through = hop;
        expect->through_count = 1;
    }
    static const enum mf_auth_want wants[] = {[MF_COPY_INTERNAL] = MF_AUTH_NOT_JUDGED,
                                              [MF_COPY_INBOUND] = MF_AUTH_STILL_VERIFIES,
                                              [MF_COPY_OUTBOUND] = MF_AUTH_RESULT,
                                              [MF_COPY_APP_OUTSIDE] = MF_AUTH_RESULT,
                                              [MF_COPY_APP_INSIDE] = MF_AUTH_PASS_OR_NONE_WARN};
    expect->dkim.want = own ? MF_AUTH_STILL_VERIFIES : wants[expect->copy_kind];
    expect->dkim.result = "pass";
    expect->dkim.aligned = true;
}

struct mf_expect *build_expect(struct build *b, struct mf_flow *flow, enum mf_expect_kind kind, const char *mailbox)
{
    struct mf_expect *expect = &flow->expects[flow->expect_count];
    expect->kind = kind;
    expect->flow = flow;
    expect->index = flow->expect_count++;
    expect->place = (struct mf_place){"scenario.yaml", flow->place.line, 9 + (int)expect->index, 1};
    expect->copies = 1;
    expect->late = flow->late;
    expect->within = flow->within;
    expect->recipients = mf_alloc_array(b->arena, 2, sizeof *expect->recipients);
    expect->recipients[0] = &flow->recipients[0];
    expect->recipient_count = 1;
    expect->mailbox = mailbox ? build_mailbox(b, mailbox) : NULL;
    if (expect->mailbox)
        set_defaults(b, expect, flow);
    return expect;
}

void build_rule(struct build *b, struct mf_flow *flow, const char *finding, enum mf_severity severity)
{
    struct mf_severity_rule *rules = mf_alloc_array(b->arena, flow->severity_count + 1, sizeof *rules);
    if (flow->severity_count)
        memcpy(rules + 1, flow->severities, flow->severity_count * sizeof *rules);
    rules[0] = (struct mf_severity_rule){.finding = finding, .severity = severity};
    flow->severities = rules;
    flow->severity_count++;
}

/* --- handing over --- */

const char *build_message(struct build *b, const struct mf_flow *flow)
{
    return mf_format(b->arena,
                     "From: %s\r\nTo: %s\r\nSubject: %s\r\nDate: Mon, 23 Nov 2026 02:31:40 +0000\r\nMessage-ID: "
                     "<%s@net-it.com>\r\n\r\nHello.\r\nmailflow test message\r\n",
                     flow->from, flow->recipients[0].address, flow->name, flow->id);
}

static struct mf_flow_evidence *evidence_of(struct build *b, const struct mf_flow *flow)
{
    return &b->evidence->flows[flow->index];
}

static struct mf_rec_sent *add_attempt(struct build *b, struct mf_flow *flow, const char *message, const char *outcome,
                                       const char *phase)
{
    struct mf_flow_evidence *evidence = evidence_of(b, flow);
    struct mf_attempt *attempts = mf_alloc_array(b->arena, evidence->attempt_count + 1, sizeof *attempts);
    if (evidence->attempt_count)
        memcpy(attempts, evidence->attempts, evidence->attempt_count * sizeof *attempts);
    evidence->attempts = attempts;
    struct mf_attempt *attempt = &attempts[evidence->attempt_count++];
    const char **rcpt = mf_alloc_array(b->arena, flow->recipient_count, sizeof *rcpt);
    for (size_t i = 0; i < flow->recipient_count; i++)
        rcpt[i] = flow->recipients[i].address;
    attempt->message = mf_bytes_of(message);
    attempt->intent =
        (struct mf_rec_intent){.at = BUILD_START - MF_MS,
                               .flow = flow->id,
                               .attempt = (int)evidence->attempt_count,
                               .hash = mf_format(b->arena, "%s/sent%zu", flow->id, evidence->attempt_count),
                               .message_id = mf_format(b->arena, "<%s@net-it.com>", flow->id),
                               .mail_from = flow->mail_from,
                               .rcpt = rcpt,
                               .rcpt_count = flow->recipient_count,
                               .via = flow->via->kind == MF_VIA_MX ? "in.hes.trendmicro.com" : flow->via->label,
                               .peer = ""};
    struct mf_rec_sent *sent = mf_alloc(b->arena, sizeof *sent);
    *sent = (struct mf_rec_sent){.at = BUILD_START,
                                 .flow = flow->id,
                                 .attempt = attempt->intent.attempt,
                                 .outcome = outcome,
                                 .phase = phase,
                                 .reply = {0, "", ""},
                                 .queue_id = "",
                                 .peer = "",
                                 .server = "",
                                 .trouble = "",
                                 .hint = "",
                                 .stage = ""};
    attempt->sent = sent;
    return sent;
}

void build_accept(struct build *b, struct mf_flow *flow, const char *message)
{
    struct mf_rec_sent *sent =
        add_attempt(b, flow, message ? message : build_message(b, flow), "accepted", "END-OF-DATA");
    sent->reply = (struct mf_rec_reply){250, "2.0.0", "Ok: queued as 4XyZ9"};
    sent->queue_id = "4XyZ9";
}

void build_refuse(struct build *b, struct mf_flow *flow, const char *phase, int code, const char *enhanced,
                  const char *text)
{
    add_attempt(b, flow, build_message(b, flow), "refused", phase)->reply = (struct mf_rec_reply){code, enhanced, text};
}

void build_defer(struct build *b, struct mf_flow *flow, int code, const char *text, mf_usec retry_at)
{
    struct mf_rec_sent *sent = add_attempt(b, flow, build_message(b, flow), "refused", "RCPT");
    sent->reply = (struct mf_rec_reply){code, "4.7.1", text};
    sent->retry_at = retry_at;
}

void build_trouble(struct build *b, struct mf_flow *flow, const char *stage, const char *words)
{
    struct mf_rec_sent *sent = add_attempt(b, flow, build_message(b, flow), "trouble", "CONNECT");
    sent->stage = stage;
    sent->trouble = words;
    sent->hint = "is the server up?";
}

void build_lose(struct build *b, struct mf_flow *flow)
{
    add_attempt(b, flow, build_message(b, flow), "unknown", "END-OF-DATA");
}

/* --- copies --- */

const char *build_received(struct build *b, const struct mf_flow *flow, const char *front, const char *behind)
{
    return mf_format(b->arena, "%s%s%s", front, build_message(b, flow->of ? flow->of : flow), behind);
}

const char *build_signed(struct build *b, const struct mf_flow *flow, const char *front, const char *behind)
{
    struct signing how = {.key = b->signer,
                          .domain = "net-it.com",
                          .selector = BUILD_SELECTOR,
                          .limit = -1,
                          .names = "From:To:Subject:Date:Message-ID"};
    if (!b->signer)
        return build_received(b, flow, front, behind);
    struct mf_bytes made = sign_message(b->arena, mf_bytes_of(build_message(b, flow->of ? flow->of : flow)), &how);
    return mf_format(b->arena, "%s%.*s%s", front, (int)made.len, made.data, behind);
}

void build_publish(struct build *b, const struct signing_key *key)
{
    answer_txt(b->evidence->dns, BUILD_KEY_NAME, (const char *[]){signing_key_record(b->arena, key)}, 1);
}

struct mf_rec_copy *build_copy(struct build *b, struct mf_flow *flow, const char *mailbox, const char *folder,
                               const char *message)
{
    struct mf_flow_evidence *evidence = evidence_of(b, flow);
    struct mf_arrival *arrivals = mf_alloc_array(b->arena, evidence->arrival_count + 1, sizeof *arrivals);
    if (evidence->arrival_count)
        memcpy(arrivals, evidence->arrivals, evidence->arrival_count * sizeof *arrivals);
    evidence->arrivals = arrivals;
    struct mf_arrival *arrival = &arrivals[evidence->arrival_count++];
    if (!message)
        message =
            build_received(b, flow, flow->kind == MF_KIND_INTERNAL ? build_inside_only : build_through_gateway, "");
    arrival->message = mf_bytes_of(message);
    const char *use = mf_same(folder, "INBOX")  ? "inbox"
                      : mf_same(folder, "Junk") ? "junk"
                      : mf_same(folder, "Sent") ? "sent"
                                                : "";
    arrival->copy = (struct mf_rec_copy){.at = BUILD_START + 10 * MF_MS,
                                         .mailbox = mailbox,
                                         .folder = folder,
                                         .use = use,
                                         .uidvalidity = 1,
                                         .uid = (unsigned)evidence->arrival_count + 4,
                                         .flow = flow->id,
                                         .attempt = 1,
                                         .internaldate = "",
                                         .proved = true,
                                         .hash = mf_format(b->arena, "%s/copy%zu", flow->id, evidence->arrival_count)};
    struct mf_rec_removed *removed = mf_alloc(b->arena, sizeof *removed);
    *removed = (struct mf_rec_removed){.mailbox = mailbox, .folder = folder, .removed = true};
    arrival->removed = removed;
    return &arrival->copy;
}

struct mf_rec_copy *build_bounce(struct build *b, struct mf_flow *flow, const char *mailbox, const char *fields)
{
    const char *bounce =
        mf_format(b->arena,
                  "Return-Path: <>\r\nFrom: MAILER-DAEMON@net-it.com\r\nSubject: Undelivered Mail Returned to Sender\r\n"
                  "MIME-Version: 1.0\r\nContent-Type: multipart/report; report-type=delivery-status; boundary=\"x\"\r\n\r\n"
                  "--x\r\nContent-Type: text/plain\r\n\r\nSorry.\r\n--x\r\nContent-Type: message/delivery-status\r\n\r\n"
                  "Reporting-MTA: dns; mail.net-it.com\r\n\r\n%s\r\n--x--\r\n",
                  fields);
    struct mf_rec_copy *copy = build_copy(b, flow, mailbox, "INBOX", bounce);
    copy->proved = false;
    return copy;
}

/* --- what could not be looked at --- */

static struct mf_mailbox_evidence *watched(struct build *b, const char *label)
{
    return &b->evidence->mailboxes[build_mailbox(b, label)->index];
}

static struct mf_rec_gap *add_gap(struct build *b, struct mf_mailbox_evidence *mailbox, const char *stage,
                                  const char *title, const char *said, mf_usec at)
{
    mailbox->gaps = mf_alloc(b->arena, sizeof *mailbox->gaps);
    mailbox->gap_count = 1;
    mailbox->gaps[0] =
        (struct mf_rec_gap){.at = at,
                            .mailbox = mailbox->mailbox,
                            .folder = "",
                            .stage = stage,
                            .title = title,
                            .hint = "",
                            .server_said = said,
                            .peer = "192.0.2.20:993",
                            .tries = 3,
                            .tls = {.used = !mf_same(stage, "connect"), .verified = true, .problem = ""}};
    return mailbox->gaps;
}

void build_unreadable(struct build *b, const char *label, const char *stage, const char *said)
{
    struct mf_mailbox_evidence *mailbox = watched(b, label);
    mailbox->opened = NULL;
    mailbox->folder_count = 0;
    add_gap(b, mailbox, stage, mf_format(b->arena, "%s: %s", label, said), said, BUILD_START);
}

void build_lost(struct build *b, const char *label)
{
    struct mf_mailbox_evidence *mailbox = watched(b, label);
    build_not_searched_again(b, label);
    add_gap(b, mailbox, "command", "connection reset by peer", "", BUILD_START + 5 * MF_SECOND);
}

void build_not_searched_again(struct build *b, const char *label)
{
    struct mf_mailbox_evidence *mailbox = watched(b, label);
    for (size_t i = 0; i < mailbox->folder_count; i++) {
        mailbox->folders[i].scan_count = 1;
        mailbox->folders[i].scans[0].at = BUILD_START + MF_SECOND;
    }
}

/* --- judging --- */

void build_judge(struct build *b)
{
    b->facts = mf_check_all(b->arena, b->plan, b->evidence, b->now);
    b->verdict = mf_diagnose(b->arena, b->plan, b->evidence, b->facts, b->now);
}

const struct mf_finding *build_finding(const struct build *b, const char *id)
{
    for (size_t i = 0; i < b->verdict->finding_count; i++)
        if (mf_same(b->verdict->findings[i]->kind->id, id))
            return b->verdict->findings[i];
    return NULL;
}

size_t build_findings(const struct build *b, const char *id)
{
    size_t count = 0;
    for (size_t i = 0; i < b->verdict->finding_count; i++)
        count += mf_same(b->verdict->findings[i]->kind->id, id);
    return count;
}

const struct mf_fact *build_fact(const struct build *b, const struct mf_flow *flow, const char *id)
{
    for (size_t i = 0; i < b->facts->count; i++)
        if (b->facts->items[i].flow == flow && mf_same(b->facts->items[i].id, id))
            return &b->facts->items[i];
    return NULL;
}

enum mf_outcome build_outcome(const struct build *b, const struct mf_flow *flow)
{
    return b->verdict->flows[flow->index].outcome;
}

const char *build_detail(const struct build *b, const struct mf_flow *flow)
{
    return b->verdict->flows[flow->index].detail;
}

bool build_hits(const struct mf_finding *finding, const struct mf_flow *flow)
{
    for (size_t i = 0; finding && i < finding->flow_count; i++)
        if (finding->flows[i] == flow)
            return true;
    return false;
}

/* --- the checklist --- */

struct checklist build_checklist(struct build *b)
{
    struct checklist list = {
        .internal = build_flow(b, "Internal mail", "alice", "bob"),
        .inbound = build_flow(b, "Inbound mail", "probe", "alice"),
        .outbound = build_flow(b, "Outbound mail", "alice", "probe"),
        .crm_in = build_flow(b, "crm to inside", "crm", "alice"),
        .crm_out = build_flow(b, "crm to outside", "crm", "probe"),
        .billing_in = build_flow(b, "billing to inside", "billing", "alice"),
        .billing_out = build_flow(b, "billing to outside", "billing", "probe"),
    };
    list.copy_inbound = build_again(b, "Copy of inbound mail", list.inbound, "alice secondary");
    list.copy_outbound = build_again(b, "Copy of outbound mail", list.outbound, "alice secondary");
    list.copy_crm = build_again(b, "Copy of mail from crm", list.crm_in, "alice secondary");
    list.copy_billing = build_again(b, "Copy of mail from billing", list.billing_in, "alice secondary");
    return list;
}

static void main_copy(struct build *b, struct mf_flow *flow, const char *mailbox)
{
    if (evidence_of(b, flow)->attempt_count == 0)
        build_accept(b, flow, NULL);
    const char *front = flow->kind == MF_KIND_INTERNAL ? build_inside_only : build_through_gateway;
    bool is_signed = flow->kind == MF_KIND_OUTBOUND || flow->kind == MF_KIND_APPLICATION;
    build_copy(b, flow, mailbox, "INBOX",
               is_signed ? build_signed(b, flow, front, "") : build_received(b, flow, front, ""));
}

void build_main_copies(struct build *b, const struct checklist *list)
{
    main_copy(b, list->internal, "bob primary");
    main_copy(b, list->inbound, "alice primary");
    main_copy(b, list->outbound, "probe");
    main_copy(b, list->crm_in, "alice primary");
    main_copy(b, list->crm_out, "probe");
    main_copy(b, list->billing_in, "alice primary");
    main_copy(b, list->billing_out, "probe");
}

void build_secondary_copies(struct build *b, const struct checklist *list, bool inbound, bool outbound)
{
    if (inbound) {
        build_copy(b, list->inbound, "alice secondary", "INBOX", NULL);
        build_copy(b, list->crm_in, "alice secondary", "INBOX", NULL);
        build_copy(b, list->billing_in, "alice secondary", "INBOX", NULL);
    }
    if (outbound)
        build_copy(b, list->outbound, "alice secondary", "Sent", NULL);
}

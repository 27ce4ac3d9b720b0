/* mailflow init: a first site file and scenario to fill in. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "cli/options.h"
#include "mailflow/message.h"

static const char site_text[] =
    "# The site: who and where. `mailflow reference` tells every key; secrets stay outside this file.\n"
    "site: {DOMAIN}\n"
    "domain: {DOMAIN}\n"
    "\n"
    "dns:                                        # as it must be after go-live\n"
    "  mx: 0 in.hes.trendmicro.com\n"
    "  spf: v=spf1 include:spf.hes.trendmicro.com -all\n"
    "  dmarc: v=DMARC1; p=none; sp=none; pct=100\n"
    "\n"
    "servers:\n"
    "  gateway:                                  # the filtering gateway in front\n"
    "    smtp: smtp://relay.hes.trendmicro.com:25\n"
    "    hosts: .hes.trendmicro.com              # its names in Received; a leading dot: any host below\n"
    "  primary:                                  # your own mail server\n"
    "    submission: smtp://mail.{DOMAIN}:587\n"
    "    imap: imaps://mail.{DOMAIN}\n"
    "    login: {password: {env: PRIMARY_PASSWORD}}\n"
    "  secondary:                                # the continuity mailboxes; drop it if there are none\n"
    "    imap: imaps://continuity.{DOMAIN}\n"
    "    login: {password: {env: SECONDARY_PASSWORD}}\n"
    "  outside:                                  # a mailbox somewhere else, to send from and to\n"
    "    submission: smtp://smtp.gmail.com:587\n"
    "    imap: imaps://imap.gmail.com\n"
    "    authserv-id: mx.google.com\n"
    "    login: {password: {env: OUTSIDE_PASSWORD}}\n"
    "\n"
    "people:                                     # test mailboxes\n"
    "  alice: alice@{DOMAIN}\n"
    "  bob: bob@{DOMAIN}\n"
    "  probe: your.probe@gmail.com\n"
    "\n"
    "applications:                               # whatever else sends for the domain\n"
    "  crm: {address: crm@{DOMAIN}}\n";

static const char scenario_text[] =
    "# What should happen. A flow needs no more than from and to; what is usual is expected by itself.\n"
    "scenario: Post go live\n"
    "\n"
    "sections:\n"
    "  - section: 1. Internal and external mail flow\n"
    "    flows:\n"
    "      - flow: Internal mail\n"
    "        from: alice\n"
    "        to: bob\n"
    "      - flow: Inbound mail\n"
    "        from: probe\n"
    "        to: alice\n"
    "      - flow: Outbound mail\n"
    "        from: alice\n"
    "        to: probe\n"
    "\n"
    "  - section: 2. Mail flow from connected applications\n"
    "    each: {app: all applications}\n"
    "    flows:\n"
    "      - flow: $(app) to inside\n"
    "        from: $(app)\n"
    "        to: alice\n"
    "      - flow: $(app) to outside\n"
    "        from: $(app)\n"
    "        to: probe\n"
    "\n"
    "  - section: 3. Continuity, copies in the secondary mailboxes\n"
    "    site-has: secondary\n"
    "    flows:\n"
    "      - flow: Copy of inbound mail\n"
    "        of: Inbound mail\n"
    "        expect: alice secondary\n"
    "      - flow: Copy of outbound mail\n"
    "        of: Outbound mail\n"
    "        expect: alice secondary\n"
    "      - flow: Copy of mail from $(app)\n"
    "        each: {app: all applications}\n"
    "        of: $(app) to inside\n"
    "        expect: alice secondary\n";

/* Never over a file that is there: somebody has filled it in. */
static int write_new(const char *path, const struct mf_text *text)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    struct mf_diag d = {0};
    if (fd < 0) {
        mf_trouble(&d, "%s: %s", path, strerror(errno));
        mf_hint(&d, "%s", errno == EEXIST ? "it is left as it is; move it away first" : "may you write in this folder?");
        cli_trouble(&d);
        return CLI_USAGE;
    }
    ssize_t written = write(fd, text->data, text->len);
    if (close(fd) < 0 || written != (ssize_t)text->len) {
        mf_trouble(&d, "%s could not be written whole: %s", path, strerror(errno));
        return cli_trouble(&d);
    }
    printf("wrote %s\n", path);
    return CLI_OK;
}

static void fill_in(struct mf_text *out, const char *text, const char *domain)
{
    static const char mark[] = "{DOMAIN}";
    for (const char *at; (at = strstr(text, mark)); text = at + strlen(mark)) {
        mf_text_add(out, text, (size_t)(at - text));
        mf_text_puts(out, domain);
    }
    mf_text_puts(out, text);
}

static int write_files(const char *domain)
{
    struct mf_text site = {0}, scenario = {0}, path = {0};
    mf_text_printf(&path, "%s.yaml", domain);
    fill_in(&site, site_text, domain);
    mf_text_puts(&scenario, scenario_text);
    int status = write_new(path.data, &site);
    if (status == CLI_OK)
        status = write_new("post-go-live.yaml", &scenario);
    if (status == CLI_OK)
        printf("\nNow fill in %s, set the passwords in the environment, then\n"
               "  mailflow check --site %s                    # logs in everywhere, sends nothing\n"
               "  mailflow run post-go-live.yaml --site %s    # the checklist\n",
               path.data, path.data, path.data);
    mf_text_release(&site);
    mf_text_release(&scenario);
    mf_text_release(&path);
    return status;
}

static bool is_domain(const char *text)
{
    size_t len = strlen(text);
    if (len == 0 || len > 253 || !strchr(text, '.') || text[0] == '.' || text[0] == '-' || text[len - 1] == '.')
        return false;
    return strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-") == len && !strstr(text, "..");
}

static int init_main(int argc, char **argv)
{
    int status;
    if (!cli_read_options(&cli_init, argc, argv, NULL, &status))
        return status;
    if (optind + 1 != argc)
        return cli_usage_error(&cli_init, "which domain? For example: mailflow init example.com");
    if (!is_domain(argv[optind]))
        return cli_usage_error(&cli_init, "\"%s\" is no domain name", argv[optind]);
    return write_files(argv[optind]);
}

const struct cli_command cli_init = {
    "init", "a first site file and scenario to fill in",
    "DOMAIN\n\nWrites DOMAIN.yaml (the site) and post-go-live.yaml (the checklist) into this folder. Files that\n"
    "are there are left alone.\n",
    NULL, NULL,
    init_main};

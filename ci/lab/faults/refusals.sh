# Who may in, and what is refused.

fault relay-denied "crm's address is not registered with the relay"
fault_relay-denied() {
    local address
    for address in "${host_v4[crm]}" ${host_v6[crm]}; do edit gateway/registered "\\|^$address/|d"; done
}

fault unknown-recipient-accepted 'The gateway takes mail for anybody at net-it.com, and bounces it when the primary refuses'
fault_unknown-recipient-accepted() { main gateway 'relay_recipient_maps ='; }

fault user-missing-at-primary 'bob is not known to the primary'
fault_user-missing-at-primary() { edit primary/mailboxes '/^bob@/d'; }

fault recipient-lost-behind-gateway 'alice is known to the gateway, and not to the primary: a bounce'
fault_recipient-lost-behind-gateway() { edit primary/mailboxes '/^alice@/d'; }

fault password-changed "bob's password at the primary is another"
fault_password-changed() { edit primary/users 's/^bob:.*/bob:{PLAIN}something-else/'; }

fault primary-open 'The primary takes mail straight from the Internet'
fault_primary-open() { edit primary/admitted 's/ 554 .*/ OK/'; }

fault open-relay 'The relay takes mail of anybody for anybody'
fault_open-relay() {
    edit gateway/registered 's/ 554 .*/ OK/' && listener relay 25 'smtpd_sender_restrictions ='
}

fault size-limit 'The gateway takes 100 kB, the primary ten times as much and more'
fault_size-limit() { main gateway 'message_size_limit = 102400'; }

fault recipient-list-stale "alice is not in the gateway's list of recipients"
fault_recipient-list-stale() { edit gateway/recipients '/^alice@/d'; }

fault mailboxes-full "The primary's mailboxes are full"
fault_mailboxes-full() {
    append primary/dovecot.conf 'mail_plugins = $mail_plugins quota' \
        'plugin {' '  quota = maildir:User quota' '  quota_rule = *:storage=1B' '}'
}

fault size-limit-at-primary 'The primary takes 200 kB, the gateway more'
fault_size-limit-at-primary() { main primary 'message_size_limit = 204800'; }

fault rate-cap 'The relay takes one message a minute of each server (450 4.7.1)'
fault_rate-cap() { listener relay 25 'smtpd_client_message_rate_limit = 1' 'smtpd_client_event_limit_exceptions ='; }

# SPF as somebody enforces it: the result is OpenDMARC's, what follows from it is said here
spf_policy() {   # HOST ACTION
    append "$1/spf-policy" "/^Authentication-Results: .*spf=fail/ $2"
    main "$1" "milter_header_checks = regexp:/lab/conf/$1/spf-policy"
}

fault app-not-in-spf-rejected "crm's address is not in our SPF record, and the outside refuses what fails" spf-outside
fault_app-not-in-spf-rejected() {
    zone 's/ a:crm\.net-it\.com//'
    spf_policy outside 'REJECT 5.7.1 SPF fail: not authorized'
    spf_policy mx2 'REJECT 5.7.1 SPF fail: not authorized'
}

fault app-not-in-spf-deleted "crm's address is not in our SPF record, and the gateway deletes what fails, after 250" spf-outside
fault_app-not-in-spf-deleted() {
    zone 's/ a:crm\.net-it\.com//'
    edit gateway/master.cf 's|(smtpd_milters = unix:/lab/state/gateway/signer/socket)|\1, unix:/lab/state/outside/dmarc/socket|'
    spf_policy gateway 'DISCARD SPF fail'
    append gateway/spf-policy '/^Authentication-Results:/ IGNORE'
}

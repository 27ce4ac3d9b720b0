# The ways that mail takes, and how long.

fault gateway-bypassed 'The primary sends straight to the Internet, past the gateway'
fault_gateway-bypassed() { main primary 'relayhost ='; }

fault internal-through-gateway 'The primary sends all mail of its people to the gateway, internal mail too'
fault_internal-through-gateway() {
    listener primary 587 'content_filter = smtp:[relay.hes.trendmicro.com]'
    listener primary 465 'content_filter = smtp:[relay.hes.trendmicro.com]'
}

fault user-not-switched "bob's mail still leaves the old way, past the gateway"
fault_user-not-switched() {
    append primary/old-way 'bob@net-it.com  smtp:example.org'
    main primary 'sender_dependent_default_transport_maps = texthash:/lab/conf/primary/old-way'
}

fault loop "The primary sends alice's mail back to the gateway, which sends it to the primary"
fault_loop() {
    append primary/transport 'alice@net-it.com  smtp:[in.hes.trendmicro.com]'
    main primary 'transport_maps = texthash:/lab/conf/primary/transport'
}

fault old-server-keeps-domain "The outside's server was ours once, and still takes net-it.com for its own"
fault_old-server-keeps-domain() {
    main outside 'virtual_mailbox_domains = example.org net-it.com'
    append outside/mailboxes 'alice@net-it.com  alice'
}

fault envelope-unaligned "The relay gives mail an envelope sender at a mailer's, whose SPF passes"
fault_envelope-unaligned() {
    cleanup relay 'sender_canonical_classes = envelope_sender'
    cleanup relay 'sender_canonical_maps = regexp:/lab/conf/gateway/envelope'
    append gateway/envelope '/^(.*)@net-it\.com$/ ${1}@bounce.mailer.example'
    append gateway/copy-outbound "$(sed -n 's/@net-it\.com/@bounce.mailer.example/p' "$made/gateway/copy-outbound")"
    world_zone mailer.example "bounce  TXT  \"v=spf1 ip4:${host_v4[relay]} ${host_v6[relay]:+ip6:${host_v6[relay]} }-all\""
}

greylist() {   # HOST, whose smtpd at port 25 is this
    program "$1" greylist
    service "$1" "greylist unix - n n - 0 spawn user=nobody argv=/bin/busybox sh /lab/conf/$1/greylist /tmp/greylist.$since"
    listener "$1" 25 'smtpd_recipient_restrictions = check_policy_service unix:private/greylist'
}

fault greylisting 'The outside greylists: it refuses a sender whom it does not know for 3 s (451 4.7.1)'
fault_greylisting() { greylist outside; greylist mx2; }

fault gateway-greylists 'The gateway greylists inbound mail for 3 s (451 4.7.1)'
fault_gateway-greylists() { greylist gateway; }

fault slow-hop 'The gateway holds inbound mail for 3 seconds'
fault_slow-hop() { filtered in hold; }

fault junk-delivery 'The outside takes all mail for junk'
fault_junk-delivery() {
    local host
    for host in outside mx2; do
        main $host 'virtual_alias_maps = inline:{ {probe@example.org = probe+Junk@example.org} {probe+Junk@example.org = probe+Junk@example.org} }' \
            "header_checks = regexp:/lab/conf/$host/spam"
        append $host/spam '/^From:/ PREPEND X-Spam-Status: Yes, score=6.1 required=5.0'
    done
}

fault junk-at-primary "The primary takes alice's mail for junk"
fault_junk-at-primary() { append primary/aliases {alice,alice+Junk}'@net-it.com  alice+Junk@net-it.com'; }

fault quarantine 'The gateway puts inbound mail into quarantine'
fault_quarantine() { on_the_way in '/^From:/ HOLD quarantined by policy'; }

fault discarded-at-primary "A forgotten rule of the primary deletes alice's mail"
fault_discarded-at-primary() {
    append primary/transport 'alice@net-it.com  discard:a rule'
    main primary 'transport_maps = texthash:/lab/conf/primary/transport'
}

fault alias-to-another "An alias of the primary leads alice's mail to bob"
fault_alias-to-another() { append primary/aliases 'alice@net-it.com  bob@net-it.com'; }

fault mail-watched "A forgotten rule of the gateway gives bob all that comes for alice"
fault_mail-watched() {
    append gateway/watched 'alice@net-it.com  alice@net-it.com, bob@net-it.com'
    main gateway 'virtual_alias_maps = texthash:/lab/conf/gateway/watched'
}

fault filed-away "A rule of alice's mailbox files what comes into Projects"
fault_filed-away() { append primary/aliases {alice,alice+Projects}'@net-it.com  alice+Projects@net-it.com'; }

fault gateway-to-old-server 'The gateway still hands inbound mail to the old hoster, who refuses it'
fault_gateway-to-old-server() { edit gateway/transport "s/^(net-it\.com +smtp:).*/\1[${host_name[outside]}]/"; }

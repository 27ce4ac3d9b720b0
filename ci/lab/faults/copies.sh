# The copies for the secondary.

no_copies() { edit "gateway/copy-$1" '/^[a-z]/d'; }

fault copies-off 'The gateway copies nothing to the secondary'
fault_copies-off() { no_copies inbound; no_copies outbound; }

fault copies-inbound-only 'The gateway copies inbound mail only'
fault_copies-inbound-only() { no_copies outbound; }

fault copies-outbound-only 'The gateway copies outbound mail only'
fault_copies-outbound-only() { no_copies inbound; }

fault copy-misses-applications 'The gateway copies mail that comes by its MX, and none that applications hand to the relay'
fault_copy-misses-applications() { cleanup relay 'recipient_bcc_maps ='; }

fault duplicates 'The primary copies to the secondary what the gateway has copied already'
fault_duplicates() {
    listener primary 25 'cleanup_service_name = cleanup-copy'
    service primary 'cleanup-copy unix n - n - 0 cleanup -o { recipient_bcc_maps = texthash:/lab/conf/primary/copies }'
    append primary/copies "$(<"$made/gateway/copy-inbound")"
    append primary/copy-address "$(<"$made/gateway/copy-address")"
    append primary/transport "copy.invalid  lmtp:inet:[${host_name[secondary]}]:24"
    main primary 'transport_maps = texthash:/lab/conf/primary/transport' 'lmtp_generic_maps = regexp:/lab/conf/primary/copy-address'
}

fault journal-copy 'The copies come as journal reports, with the message attached'
fault_journal-copy() { filtered copy journal; }

fault copy-altered 'The copies get a banner that the mail itself has not'
fault_copy-altered() { filtered copy banner; }

fault copies-late 'The copies are held for 3 seconds'
fault_copies-late() { filtered copy hold; }

fault copies-in-junk 'The secondary files copies of inbound mail into Junk'
fault_copies-in-junk() { edit gateway/copy-inbound 's/^([a-z]+)(@net-it\.com +)[^@]*/\1\2\1+Junk/'; }

fault copies-in-wrong-folder 'Copies of outbound mail go into the inbox, not into Sent'
fault_copies-in-wrong-folder() { edit gateway/copy-outbound 's/\+Sent@/@/'; }

fault copy-address-wrong 'The gateway copies to alice.smith, whom the secondary does not know'
fault_copy-address-wrong() { edit gateway/copy-inbound 's/^(alice@net-it\.com +)[^@]*/\1alice.smith/'; }

fault copies-bounce 'Copies are made by forwarding, to an alice.smith whom the secondary does not know: the sender gets a bounce'
fault_copies-bounce() {
    edit gateway/copy-inbound '/^alice@/d'
    append gateway/forwarded 'alice@net-it.com  alice@net-it.com, alice.smith@copy.invalid'
    main gateway 'virtual_alias_maps = texthash:/lab/conf/gateway/forwarded'
}

fault user-missing-at-secondary 'carol was never made at the secondary'
fault_user-missing-at-secondary() { edit secondary/users '/^carol:/d'; }

fault sent-folder-renamed "The secondary's folder for sent mail is Sent Items, and the copies go into Sent"
fault_sent-folder-renamed() { edit secondary/dovecot.conf 's/mailbox Sent \{/mailbox "Sent Items" {/'; }

fault copies-without-bob 'bob was forgotten in the rules that copy'
fault_copies-without-bob() { edit gateway/copy-inbound '/^bob@/d' && edit gateway/copy-outbound '/^bob@/d'; }

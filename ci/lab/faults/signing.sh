# The signature of what leaves by the relay.

fault signer-off 'The gateway does not sign: its signer is switched off'
fault_signer-off() { stopped gateway/signer; }

fault wrong-key 'Both name servers hold another key than the one that signs'
fault_wrong-key() { dkim_record "$(<"$KEYS/outside.txt")"; }

fault signs-little 'The gateway signs From, To and Date only, and no text that is added (l=)'
fault_signs-little() {
    edit gateway/opendkim.conf 's/^SignHeaders .*/SignHeaders From,To,Date/' 's/^Canonicalization .*/Canonicalization simple\/simple/' \
        '$a BodyLengthDB refile:/lab/conf/gateway/lengths'
    append gateway/lengths '*'
}

fault signs-for-another 'The gateway signs with the domain of its owner, not with ours'
fault_signs-for-another() {
    edit gateway/opendkim.conf 's/^(Domain|Selector|KeyFile) /#&/' '$a KeyTable refile:/lab/conf/gateway/keys' \
        '$a SigningTable refile:/lab/conf/gateway/signs'
    append gateway/keys 'theirs mailer.example:m1:/lab/conf/gateway/dkim.key'
    append gateway/signs '* theirs'
    world_zone mailer.example "m1._domainkey  TXT  $(zone_text "$KEYS/gateway.txt")"
}

fault footer-after-signing 'The gateway adds a footer to the text after it has signed'
fault_footer-after-signing() { filtered relay footer; }

fault tag-after-signing 'The gateway puts [net-it] into the subject after it has signed'
fault_tag-after-signing() { leaving '/^Subject: (.*)/ REPLACE Subject: [net-it] $1'; }

fault header-refolded 'The gateway signs simple/simple, and then folds the subject anew'
fault_header-refolded() {
    edit gateway/opendkim.conf 's/^Canonicalization .*/Canonicalization simple\/simple/' && filtered relay refold
}

fault trailing-space 'The gateway leaves a space at the end of each line after it has signed'
fault_trailing-space() { filtered relay trailing; }

fault 8bitmime-lost 'The outside takes no 8BITMIME, so that signed mail is encoded anew on its way there'
fault_8bitmime-lost() { main outside 'smtpd_discard_ehlo_keywords = 8bitmime, smtputf8'; main mx2 'smtpd_discard_ehlo_keywords = 8bitmime, smtputf8'; }

fault signs-applications-only "The gateway signs for the applications' servers, and was not told of the primary's"
fault_signs-applications-only() {
    local address
    edit gateway/signed-for '/^(0\.0\.0\.0|::)\/0$/d'
    for address in "${host_v4[crm]}" ${host_v6[crm]} "${host_v4[billing]}" ${host_v6[billing]}; do
        append gateway/signed-for "$address"
    done
}

fault selector-old 'The gateway signs with a selector of years ago, which DNS does not have any more'
fault_selector-old() { edit gateway/opendkim.conf 's/^Selector .*/Selector TM-DKIM-20140301090000/'; }

fault signs-with-sha1 'The gateway signs with rsa-sha1'
fault_signs-with-sha1() { edit gateway/opendkim.conf 's/^(SignatureAlgorithm rsa-)sha256/\1sha1/'; }

fault signer-broken 'The gateway cannot sign, for its key is too short, and takes no mail'
fault_signer-broken() {
    local kept=$FAULTS/kept/short.key
    [ -e "$kept" ] || openssl genrsa -out "$kept" 768 2>"$FAULTS/kept/openssl.err" || return
    cat "$kept" >"$made/gateway/dkim.key"
    broke=yes
}

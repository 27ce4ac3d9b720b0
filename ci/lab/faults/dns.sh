# The records of net-it.com, their servers, and what stands around them.

selector=TM-DKIM-20180222144920

# dkim_record TEXT: what stands at the selector; spf_record SED: changes the record of the domain itself
dkim_record() {
    local text=${1//\\/\\\\} strings='' i
    for ((i = 0; i < ${#text}; i += 255)); do strings+="\"${text:i:255}\" "; done
    zone "s|^($selector\._domainkey +TXT +).*|\1${strings//|/\\|}|"
}
spf_record() { zone "/^@ +TXT +\"v=spf1/$1"; }

fault mx-stale-at-ns2 'ns2 still has the zone of before: the old MX'
fault_mx-stale-at-ns2() {
    local serial
    read -r _ _ _ _ serial _ < <(grep -m1 ' SOA ' "$made/ns2/zones/net-it.com.zone")
    zone_at ns2 's/^(@ +MX +).*/\110 mail/' "s/$serial/$((serial - 3600))/"
}

fault old-mx-kept 'The old MX is still there, as a backup'
fault_old-mx-kept() { publish_too '@  MX  10 mail'; }

fault mx-cname 'The MX is an alias (CNAME)'
fault_mx-cname() { zone 's/^(@ +MX +0 ).*/\1mx/' && publish_too 'mx  CNAME  in.hes.trendmicro.com.'; }

fault mx-address 'The MX is an address, not a name'
fault_mx-address() { zone "s/^(@ +MX +0 ).*/\1${host_v4[gateway]}./"; }

fault mx-unknown 'The MX is misspelt: there is no such host'
fault_mx-unknown() { zone 's/^(@ +MX +0 ).*/\1in.hes.trendmcro.com./'; }

fault two-spf 'The old SPF record was left beside the new one' spf-outside
fault_two-spf() { publish_too '@  TXT  "v=spf1 mx ~all"'; }

fault spf-softfail 'The SPF record ends in ~all'
fault_spf-softfail() { spf_record 's/ -all"/ ~all"/'; }

fault spf-gateway-missing 'The SPF record lacks the gateway' spf-outside
fault_spf-gateway-missing() { spf_record 's/ include:spf\.hes\.trendmicro\.com//'; }

fault spf-app-missing "The SPF record lacks crm's server" public
fault_spf-app-missing() { zone 's/^(_spf\.apps .*) a:crm\.net-it\.com/\1/'; }

fault spf-eleven-lookups 'The SPF record takes eleven look-ups'
fault_spf-eleven-lookups() {
    local i includes=
    for i in 1 2 3 4 5 6 7; do
        includes+=" include:_spf$i.net-it.com"
        publish_too "_spf$i  TXT  \"v=spf1 ip4:198.51.100.$((200 + i)) -all\""
    done
    spf_record "s/ include:/$includes&/"
}

fault spf-mistyped 'The SPF record says inlcude:'
fault_spf-mistyped() { spf_record 's/include:spf/inlcude:spf/'; }

fault spf-include-broken 'The SPF record of the applications, which ours includes, has an address that is none'
fault_spf-include-broken() { zone 's/^(_spf\.apps .*ip4:[0-9.]+) /\1\/99 /'; }

fault mx-without-dot 'The dot at the end of the MX was forgotten: in.hes.trendmicro.com.net-it.com'
fault_mx-without-dot() { zone 's/^(@ +MX +0 in\.hes\.trendmicro\.com)\.$/\1/'; }

fault dkim-missing 'There is no key at the selector'
fault_dkim-missing() { zone "/^$selector\._domainkey /d"; }

fault dkim-cut 'The key is cut after 255 characters'
fault_dkim-cut() { local text; read -r text <"$KEYS/gateway.txt"; dkim_record "${text:0:255}"; }

fault dkim-revoked 'The key is empty, that is revoked'
fault_dkim-revoked() { dkim_record 'v=DKIM1; k=rsa; p='; }

fault dkim-quoted 'Quotes and a space were pasted into the key'
fault_dkim-quoted() {
    local text
    read -r text <"$KEYS/gateway.txt"
    dkim_record "${text:0:190}\\\" \\\"${text:190}"
}

fault dkim-doubled-name 'The panel has appended the domain: the key is at …._domainkey.net-it.com.net-it.com'
fault_dkim-doubled-name() { zone "s/^$selector\._domainkey /$selector._domainkey.net-it.com /"; }

fault dkim-two-txt 'Two keys are at the selector'
fault_dkim-two-txt() { publish_too "$selector._domainkey  TXT  $(zone_text "$KEYS/outside.txt")"; }

fault dkim-test-mode 'The key is in test mode (t=y)'
fault_dkim-test-mode() { zone "/^$selector\._domainkey /s/k=rsa;/k=rsa; t=y;/"; }

fault dmarc-missing 'There is no DMARC record'
fault_dmarc-missing() { zone '/^_dmarc /d'; }

fault two-dmarc 'Two DMARC records'
fault_two-dmarc() { publish_too '_dmarc  TXT  "v=DMARC1; p=reject"'; }

fault dmarc-broken 'The DMARC record has a policy that there is not'
fault_dmarc-broken() { zone '/^_dmarc /s/p=none; sp=none/p=monitor/'; }

fault ns2-dead 'ns2 does not answer'
fault_ns2-dead() { stopped ns2; }

fault ns2-lame 'ns2 knows nothing of the zone'
fault_ns2-lame() { edit ns2/nsd.conf '/^zone:/,$d'; }

# policy_host NAME LINE…: serves the MTA-STS policy of net-it.com, with a certificate for NAME
policy_host() {
    certificate world "$1"
    mkdir -p "$made/world/https/.well-known"
    mv "$made/world/tls.pem" "$made/world/https/tls.pem"
    append world/https/.well-known/mta-sts.txt "${@:2}"
    publish_too "mta-sts  A  ${host_v4[world]}"
    started world/https
}
# policy MX…: a good one, in force, with these
policy() {
    policy_host mta-sts.net-it.com 'version: STSv1' 'mode: enforce' "${@/#/mx: }" 'max_age: 604800'
}
sts_record() { publish_too "_mta-sts  TXT  \"${1-v=STSv1; id=20240101T000000}\""; }
tls_reports() { publish_too "_smtp._tls  TXT  \"${1-v=TLSRPTv1; rua=mailto:tls-reports@net-it.com}\""; }

fault mta-sts-old-mx 'The MTA-STS policy, in force, has the old MX only'
fault_mta-sts-old-mx() { policy mail.net-it.com; sts_record; tls_reports; }

fault mta-sts-record-id 'The id of the MTA-STS record has hyphens, so that the record does not count'
fault_mta-sts-record-id() { policy in.hes.trendmicro.com; sts_record 'v=STSv1; id=2024-01-01'; tls_reports; }

fault mta-sts-unannounced 'There is an MTA-STS policy, and no record that announces it'
fault_mta-sts-unannounced() { policy in.hes.trendmicro.com; tls_reports; }

fault mta-sts-certificate "The certificate of the MTA-STS policy's web server is for another name"
fault_mta-sts-certificate() {
    policy_host www.net-it.com 'version: STSv1' 'mode: enforce' 'mx: in.hes.trendmicro.com' 'max_age: 604800'
    sts_record
    tls_reports
}

fault mta-sts-no-age 'The MTA-STS policy lacks max_age'
fault_mta-sts-no-age() {
    policy_host mta-sts.net-it.com 'version: STSv1' 'mode: enforce' 'mx: in.hes.trendmicro.com'
    sts_record
    tls_reports
}

fault tls-rpt-missing 'An MTA-STS policy is in force, and nobody gets reports on what fails for it'
fault_tls-rpt-missing() { policy in.hes.trendmicro.com; sts_record; }

fault tls-rpt-broken 'The TLS-RPT record has an address without mailto:'
fault_tls-rpt-broken() { tls_reports 'v=TLSRPTv1; rua=tls-reports@net-it.com'; }

fault two-tls-rpt 'Two TLS-RPT records'
fault_two-tls-rpt() { tls_reports; tls_reports 'v=TLSRPTv1; rua=mailto:postmaster@net-it.com'; }

fault name-missing 'A name that people use, webmail, is not published'
fault_name-missing() { zone '/^webmail /d'; }

fault srv-port 'The SRV record of IMAP names the port of clear text'
fault_srv-port() { zone 's/^(_imaps\._tcp +SRV +0 1) 993 /\1 143 /'; }

fault srv-none 'The SRV record of IMAP says that there is no such service'
fault_srv-none() { zone 's/^(_imaps\._tcp +SRV) .*/\1  0 0 0 ./'; }

fault srv-old 'Clients still find the old server: autodiscover, autoconfig, SRV'
fault_srv-old() {
    publish_too 'autodiscover  CNAME  mail.old-hoster.example.' 'autoconfig  CNAME  mail.old-hoster.example.' \
        '_submission._tcp  SRV  0 1 587 mail.old-hoster.example.' '_imaps._tcp  SRV  0 1 993 mail.old-hoster.example.'
    world_zone old-hoster.example "mail  A  ${host_v4[mx2]}"
}

fault ptr-missing "The relay's address has no name (PTR)" public
fault_ptr-missing() {
    local a b c d
    IFS=. read -r a b c d <<<"${host_v4[relay]}"
    edit "world/zones/$c.$b.$a.in-addr.arpa.zone" "/^$d +PTR /d"
}

# in_cache SED NAME TYPE-NUMBER: the resolver asks while the zone is as SED makes it, and keeps the answer
in_cache() {
    local ns
    for ns in ns1 ns2; do sed -E "$1" "$made/$ns/zones/net-it.com.zone" >"$LAB_RUN/hosts/$ns/zones/net-it.com.zone"; done
    request reload ns1 ns2 || return
    "$LAB_DIR/lab" exec bash "$LAB_DIR/lib/ask.sh" "${host_v4[resolver]}" "$2" "$3"
    for ns in ns1 ns2; do cat "$made/$ns/zones/net-it.com.zone" >"$LAB_RUN/hosts/$ns/zones/net-it.com.zone"; done
    request reload ns1 ns2
}

fault resolver-has-old-mx 'The old MX is still in the cache of the resolver, for 300 s'
fault_resolver-has-old-mx() { edit resolver/unbound.conf 's/cache-max-ttl: 1$/cache-max-ttl: 300/'; }
after_resolver-has-old-mx() { in_cache 's/^@ +MX .*/@  300  MX  10 mail/' net-it.com 15; }

fault resolver-has-no-key 'The resolver was asked for the key before it was published, and remembers for 300 s that there is none'
fault_resolver-has-no-key() { edit resolver/unbound.conf 's/(cache-max-(negative-)?ttl): 1$/\1: 300/'; }
after_resolver-has-no-key() {
    in_cache "/^$selector\._domainkey /d; s/^@ +SOA (.*) 1\$/@  300  SOA  \1 300/" $selector._domainkey.net-it.com 16
}

# NSD has no switch for it: its TCP port speaks TLS and nothing else.
fault ns2-no-tcp 'ns2 answers over UDP only'
fault_ns2-no-tcp() {
    certificate ns2 ns2.net-it.com
    edit ns2/nsd.conf 's|^(    server-count: 1)$|\1\n    tls-port: 53\n    tls-service-key: "/lab/conf/ns2/tls.pem"\n    tls-service-pem: "/lab/conf/ns2/tls.pem"|'
}

fault split-horizon 'The resolver has an inner zone of net-it.com, with the old MX'
fault_split-horizon() {
    edit resolver/unbound.conf 's/^remote-control:$/    local-zone: "net-it.com." typetransparent\n    local-data: "net-it.com. 300 MX 10 mail.net-it.com."\n&/'
}

fault delegation-differs 'The registrar still names an old name server, besides'
fault_delegation-differs() { append world/zones/root.zone 'net-it.com.  NS  ns.old-hoster.example.'; }

fault ns-without-address 'The zone names a third name server, which does not exist'
fault_ns-without-address() {
    publish_too '@  NS  ns3'
    append world/zones/root.zone 'net-it.com.  NS  ns3.net-it.com.'
}

# The resolver answers in the name servers' place, and at an address that nobody has; the zone comes to it from
# the world, whose server is not asked by anybody else.
fault port-53-intercepted 'Something on the way answers port 53 in place of the name servers'
fault_port-53-intercepted() {
    local each
    stopped ns1
    stopped ns2
    cp "$made/ns1/zones/net-it.com.zone" "$made/world/zones/"
    append world/nsd.conf 'zone:' '    name: net-it.com' '    zonefile: net-it.com.zone'
    for each in ns1 ns2 nobody; do
        edit resolver/unbound.conf "s/^    username: unbound\$/    interface: ${host_v4[$each]}\n${host_v6[$each]:+    interface: ${host_v6[$each]}\n}&/"
    done
}

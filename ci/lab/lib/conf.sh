# The hosts' configuration: conf/ with the table's names and addresses put in, written to $LAB_RUN/hosts for
# people and tests to edit. One sed and a handful of other programs in all: `up` has half a second.

slurp() { IFS= read -r -d '' "$1" <"$2" || true; }   # VARIABLE FILE

# zone_text FILE: as a zone file wants it, "…" "…", since a string holds at most 255 bytes
zone_text() {
    local text i
    read -r text <"$1"
    for ((i = 0; i < ${#text}; i += 200)); do printf '"%s" ' "${text:i:200}"; done
}

# addresses_of DOMAIN: A and AAAA of the table's hosts below it, as the right side of a sed substitution
addresses_of() {
    local host
    for host in "${hosts[@]}"; do
        [[ ${host_name[$host]} = *."$1" ]] || continue
        printf '%s.  A  %s\\n' "${host_name[$host]}" "${host_v4[$host]}"
        [ "${host_v6[$host]}" ] && printf '%s.  AAAA  %s\\n' "${host_name[$host]}" "${host_v6[$host]}"
    done
}

# in_arpa6 ADDRESS: sets $arpa, its name in ip6.arpa
in_arpa6() {
    local IFS=: digits='' part missing i
    local head=(${1%%::*}) tail=(${1##*::})
    for ((missing = 8 - ${#head[@]} - ${#tail[@]}; missing > 0; missing--)); do head+=(0); done
    for part in "${head[@]}" "${tail[@]}"; do printf -v part '%04x' "0x$part"; digits+=$part; done
    arpa=ip6.arpa.
    for ((i = 0; i < 32; i++)); do arpa=${digits:i:1}.$arpa; done
}

# Reverse zones follow from the table alone: fills the array reverse[ZONE]=records.
declare -A reverse
find_reverse() {
    local host a b c d arpa
    for host in "${hosts[@]}"; do
        IFS=. read -r a b c d <<<"${host_v4[$host]}"
        reverse[$c.$b.$a.in-addr.arpa]+="$d  PTR  ${host_name[$host]}."$'\n'
        [ "${host_v6[$host]}" ] || continue
        in_arpa6 "${host_v6[$host]}"
        reverse[8.b.d.0.1.0.0.2.ip6.arpa]+="$arpa  PTR  ${host_name[$host]}."$'\n'
    done
}

# The sed script that fills the templates in, kept for `lab dns`.
write_filling() {
    local each password
    read -r password <"$KEYS/password"
    # "@primary@:25 …" in master.cf stands for both addresses
    echo 's/^@\([a-z0-9]*\)@\(:[0-9]* .*\)/@\1.v4@\2\n[@\1.v6@]\2/'
    if [ "$LAB_IPV6" != yes ]; then
        echo 's/\n\[@[a-z0-9]*\.v6@\].*//'
        echo 's/, @[a-z0-9]*\.v6@//g; s/ ip6:@[a-z0-9]*\.v6@//g'
        echo '/@[a-z0-9]*\.v6@/d; /^::\/0/d; s/^inet_protocols = all/inet_protocols = ipv4/'
    fi
    # Postfix finds no interface that owns an address of 127/8 other than 127.0.0.1
    [ "$LAB_RUNG" = loopback ] &&
        echo 's/^inet_interfaces = \(.*\)/inet_interfaces = 127.0.0.1\nproxy_interfaces = \1/'
    for each in "${hosts[@]}"; do
        echo "s|@$each.name@|${host_name[$each]}|g; s|@$each.v4@|${host_v4[$each]}|g; s|@$each.v6@|${host_v6[$each]}|g"
    done
    for each in net-it.com trendmicro.com example.org example.net; do
        echo "s|^@ADDRESSES $each@|$(addresses_of $each)|"
    done
    echo "s|@PASSWORD@|$password|; s|@GATEWAY-KEY@|$(zone_text "$KEYS/gateway.txt")|; s|@OUTSIDE-KEY@|$(zone_text "$KEYS/outside.txt")|"
}

write_conf() {
    local to=$LAB_RUN/hosts host file text main master dovecot zone serial
    printf -v serial '%(%s)T' -1
    mkdir -p "$to" "$LAB_RUN/log" && cp -r "$LAB_DIR"/conf/* "$to" || die "cannot write $LAB_RUN"
    slurp main "$to/common/main.cf"; slurp master "$to/common/master.cf"; slurp dovecot "$to/common/dovecot.conf"
    mkdir "$to/ns/zones" && cp "$to/published/after/net-it.com.zone" "$to/ns/zones"
    cp "$to/published/after/admitted" "$to/primary"
    cp -r "$to/ns" "$to/ns1"; mv "$to/ns" "$to/ns2"; rm -r "$to/common" "$to/published"

    for host in "${hosts[@]}"; do
        if [[ ${host_servers[$host]:-} = *postfix* ]]; then
            printf '%s' "$main" >>"$to/$host/main.cf"
            printf '%s' "$master" >>"$to/$host/master.cf"
        fi
        [[ ${host_servers[$host]:-} = *dovecot* ]] && printf '%s' "$dovecot" >"$to/$host/dovecot.conf"
        for file in "$to/$host"/{main.cf,dovecot.conf,nsd.conf,unbound.conf}; do
            [ -e "$file" ] || continue
            slurp text "$file"
            text=${text//@HOST@/$host}
            printf '%s' "${text//@HOST./@$host.}" >"$file"
        done
    done

    find_reverse
    text='    # reverse zones that unbound would answer itself, emptily'$'\n'
    for zone in "${!reverse[@]}"; do
        printf '$ORIGIN %s.\n$TTL 1\n@  SOA  ns.example.net. hostmaster.example.net. @SERIAL@ 60 10 600 1\n@  NS   ns.example.net.\n%s' \
            "$zone" "${reverse[$zone]}" >"$to/world/zones/$zone.zone"
        text+="    local-zone: \"$zone.\" nodefault"$'\n'
    done
    [ "$LAB_RUNG" = loopback ] && text+='    local-zone: "127.in-addr.arpa." nodefault'$'\n'
    slurp file "$to/resolver/unbound.conf"
    printf '%s' "${file/@REVERSE@$'\n'/$text}" >"$to/resolver/unbound.conf"
    for zone in "$to"/world/zones/*.zone; do
        zone=${zone##*/}; zone=${zone%.zone}
        printf 'zone:\n    name: "%s"\n    zonefile: "%s.zone"\n' "${zone/#root/.}" "$zone"
    done >>"$to/world/nsd.conf"

    write_filling >"$LAB_RUN/filling"
    find "$to/" -type f -exec sed -i -f "$LAB_RUN/filling" -e "s/@SERIAL@/$serial/" {} +
    for host in primary gateway secondary outside mx2; do
        cp "$KEYS/$host.pem" "$to/$host/tls.pem"
        cp "$KEYS/ca.pem" "$to/$host/ca.pem"
    done
    for host in gateway outside; do
        # The signers run as a user of their own; the folder's owner may differ from him on every rung.
        cp "$KEYS/$host.dkim" "$to/$host/dkim.key" && chmod 644 "$to/$host/dkim.key"
    done
    age "$to/"
}

# publish before|after HOSTS-FOLDER: the go-live is new DNS at both name servers, and the old MX closed to strangers.
# The serial grows even within one second, and when going back.
publish() {
    local from=$LAB_DIR/conf/published/$1 to=$2 ns serial old
    [ -d "$from" ] || die "lab dns: '$1' is neither before nor after"
    printf -v serial '%(%s)T' -1
    for ns in ns1 ns2; do
        read -r _ _ _ _ old _ < <(grep -m1 ' SOA ' "$to/$ns/zones/net-it.com.zone")
        [[ $old =~ ^[0-9]+$ ]] && ((old >= serial)) && serial=$((old + 1))
    done
    for ns in ns1 ns2; do
        sed -f "$LAB_RUN/filling" -e "s/@SERIAL@/$serial/" "$from/net-it.com.zone" >"$to/$ns/zones/net-it.com.zone"
    done
    sed -f "$LAB_RUN/filling" "$from/admitted" >"$to/primary/admitted"
}

# Postfix dozes on files younger than some 2 s, to be sure that nobody is still writing them.
age() { find "$@" -type f -newermt '5 seconds ago' -exec touch -d '1 hour ago' {} +; }

# The words that faults are written in (ci/lab/faults/*.sh). They edit $made, never the running lab, and find
# what they look for or break nothing: a fault that changed nothing is told as "not available here".

# edit FILE SED-EXPRESSION…: FILE is HOST/PATH
edit() {
    local file=$made/$1 before after expression=()
    shift
    slurp before "$file"
    for each; do expression+=(-e "$each"); done
    sed -i -E "${expression[@]}" "$file" || return
    slurp after "$file"
    if [ "$before" = "$after" ]; then
        echo "nothing to break in ${file#"$made/"}" >&2
        return 1
    fi
    broke=yes
}

# append FILE LINE…: makes the file where there is none
append() {
    local file=$made/$1
    shift
    mkdir -p "${file%/*}"
    printf '%s\n' "$@" >>"$file"
    broke=yes
}

# program HOST NAME: puts a program of ci/lab/faults/programs into the host's folder
program() {
    [ -e "$made/$1/$2" ] && return
    cp "$LAB_DIR/faults/programs/$2" "$made/$1/$2"
}

# main HOST "PARAMETER = VALUE"…: in main.cf; replaces what stands there
main() {
    local host=$1 line
    shift
    for line; do sed -i "/^${line%% *} *=/d" "$made/$host/main.cf"; append "$host/main.cf" "$line"; done
}

# main_too HOST PARAMETER VALUE: a further value behind those that the parameter has
main_too() {
    local value
    value=$(sed -n "s/^$2 *= *//p" "$made/$1/main.cf")
    main "$1" "$2 = ${value:+$value, }$3"
}

# service HOST LINE…: in master.cf; the same line is not written twice
service() {
    local host=$1 line
    shift
    for line; do grep -qxF -- "$line" "$made/$host/master.cf" || append "$host/master.cf" "$line"; done
}

# listener HOST PORT OPTION…: "-o { OPTION }" for the host's smtpd at this port; HOST may be the relay
listener() {
    local host=$1 port=$2 option at
    shift 2
    at="(${host_v4[$host]//./\\.}${host_v6[$host]:+|\\[${host_v6[$host]}\\]}):$port +inet"
    for option; do edit "${host_of[$host]}/master.cf" "/^$at/s|\$| -o { ${option//|/\\|} }|"; done
}

# zone SED-EXPRESSION…: net-it.com's zone at both of its name servers; zone_at HOST …: at one
zone() { zone_at ns1 "$@" && zone_at ns2 "$@"; }
zone_at() { edit "$1/zones/net-it.com.zone" "${@:2}"; }
# publish_too RECORD…: at both; names without a dot at their end are below net-it.com
publish_too() { append ns1/zones/net-it.com.zone "$@"; append ns2/zones/net-it.com.zone "$@"; }

# world_zone NAME RECORD…: a zone of somebody else
world_zone() {
    local file=world/zones/$1.zone
    if [ ! -e "$made/$file" ]; then
        append "$file" "\$ORIGIN $1." '$TTL 1' '@  SOA  ns.example.net. hostmaster.example.net. 1 60 10 600 1' '@  NS   ns.example.net.'
        append world/nsd.conf 'zone:' "    name: \"$1\"" "    zonefile: \"$1.zone\""
    fi
    append "$file" "${@:2}"
}

# stopped TARGET, started HOST/SERVER
stopped() { down+=("$1"); broke=yes; }
started() { running+=("$1"); broke=yes; }

# The three filters of the gateway, where a fault changes more than header_checks can: what comes in ("in"),
# what leaves by the relay for the outside, after the signer ("relay"), the copies for the secondary ("copy").
# filtered WHICH CHANGE: faults add up, each change is made to what the one before left; see programs/filter
declare -gA filter_port=([in]=10025 [relay]=10026 [copy]=10027)
filtered() {
    local by=gateway
    program gateway filter
    if grep -q "^filter-$1 " "$made/gateway/master.cf"; then
        edit gateway/master.cf "/^filter-$1 /s/ -- / $2 -- /"
        return
    fi
    case $1 in
    in)    listener gateway 25 'content_filter = filter-in:dummy' ;;
    relay) by=relay
           listener relay 25 'smtpd_recipient_restrictions = check_recipient_access regexp:/lab/conf/gateway/outward'
           append gateway/outward '!/@net-it\.com$/ FILTER filter-relay:dummy' ;;
    copy)  edit gateway/transport 's/^(copy)(\.invalid +)(.*)/\1\2filter-copy:\n\1-filtered\2\3/'
           edit gateway/copy-address 's/@copy\\/@copy(-filtered)?\\/' ;;
    esac
    service gateway "filter-$1 unix - n n - - pipe flags=q user=nobody null_sender= argv=/bin/busybox sh /lab/conf/gateway/filter $1 ${filter_port[$1]} $2 -- \${sender} \${recipient}" \
        "127.0.0.1:${filter_port[$1]} inet n - n - - smtpd -o { syslog_name = postfix/filtered-$1 } -o { myhostname = ${host_name[$by]} } -o { mynetworks = 127.0.0.0/8 } -o { smtpd_relay_restrictions = permit_mynetworks, reject } -o { receive_override_options = no_unknown_recipient_checks, no_header_body_checks, no_address_mappings, no_milters }"
}

# cleanup WAY OPTION: for what comes into the gateway by its MX ("in") or by the relay ("relay"). What the
# filters hand back comes by the plain cleanup, and is not treated twice.
cleanup() {
    if [ "$1" = relay ] && ! grep -q '^cleanup-relay ' "$made/gateway/master.cf"; then
        listener relay 25 'cleanup_service_name = cleanup-relay'
        service gateway 'cleanup-relay unix n - n - 0 cleanup'
    fi
    grep -qF -- "$2 }" <(grep "^cleanup-$1 " "$made/gateway/master.cf") ||
        edit gateway/master.cf "/^cleanup-$1 /s#\$# -o { $2 }#"
}

# on_the_way in|relay "/PATTERN/ ACTION": what the gateway does by headers; text_on_the_way: by text
on_the_way() { cleanup "$1" "header_checks = regexp:/lab/conf/gateway/header-$1"; append "gateway/header-$1" "$2"; }
text_on_the_way() { cleanup "$1" "body_checks = regexp:/lab/conf/gateway/body-$1"; append "gateway/body-$1" "$2"; }

# leaving "/PATTERN/ ACTION": what the gateway does to the headers of mail for the outside, when it is signed
# and leaves
leaving() {
    service gateway 'leaving unix - - n - - smtp -o { smtp_header_checks = regexp:/lab/conf/gateway/leaving }'
    main gateway 'default_transport = leaving'
    append gateway/leaving "$1"
}

# certificate HOST NAME [expired]: the host shows a certificate for NAME, of the lab's own authority
certificate() {
    local kept=$FAULTS/kept/$1.$2${3:+.$3}.pem to='+365 days'
    [ "${3:-}" = expired ] && to='-1 day'
    [ -e "$kept" ] || make_certificate "$1" "$2" "$(date -u -d "$to" +%Y%m%d%H%M%SZ)" >"$FAULTS/kept/openssl.err" 2>&1 ||
        { echo "openssl made no certificate: $(tail -n 1 "$FAULTS/kept/openssl.err")" >&2; return 1; }
    cat "$kept" >"$made/$1/tls.pem"
    broke=yes
}

make_certificate() {   # HOST NAME END, into $kept
    ( umask 077
      rm -rf "$FAULTS/kept/ca" && mkdir "$FAULTS/kept/ca" && cd "$FAULTS/kept/ca" && touch index || exit
      printf '%s\n' '[ca]' 'default_ca=lab' '[lab]' 'database=index' 'rand_serial=yes' 'new_certs_dir=.' 'default_md=sha256' \
          'policy=any' 'x509_extensions=server' '[any]' 'commonName=supplied' '[server]' \
          "subjectAltName=DNS:$2" 'extendedKeyUsage=serverAuth' >config
      openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj "/CN=$2" -keyout key -out request &&
      openssl ca -batch -notext -config config -cert "$KEYS/ca.pem" -keyfile "$KEYS/ca.key" -in request -out certificate \
          -startdate "$(date -u -d '-90 days' +%Y%m%d%H%M%SZ)" -enddate "$3" &&
      cat key certificate >"$kept" )
}

# --- DNSSEC: the lab's zones are not signed; faults of DANE sign those that it takes

# tool NAME ARG…: a program of the private root, with that root's libraries; needs no right of its own
tool() {
    local loader=("$LAB_ROOT"/lib/*/ld-linux*.so.*)
    local libraries=${loader[0]%/*}
    "${loader[0]}" --library-path "$libraries:$LAB_ROOT/usr/${libraries#"$LAB_ROOT/"}" "$LAB_ROOT/usr/bin/$1" "${@:2}"
}

# signing_key NAME: sets $signing_key, the path of a zone's key without its ending; made once
signing_key() {
    local at=$FAULTS/kept/dnssec
    mkdir -p "$at"
    [ -e "$at/of-$1.key" ] ||
        ( cd "$at" && name=$(tool ldns-keygen -k -r /dev/urandom -a ECDSAP256SHA256 "$1") &&
          for end in key private ds; do mv "$name.$end" "of-$1.$end" || exit; done ) >"$at/err" 2>&1 ||
        { echo "no key was made for $1: $(tail -n 1 "$at/err")" >&2; return 1; }
    signing_key=$at/of-$1
}

# sign_zone FILE NAME: one of the world's
sign_zone() {
    local signing_key zone=$made/world/zones/$1
    signing_key "$2" && cp "$zone" "$FAULTS/kept/unsigned" &&
        tool ldns-signzone -o "$2" -f "$FAULTS/kept/signed" "$FAULTS/kept/unsigned" "$signing_key" >"$FAULTS/kept/sign.err" 2>&1 ||
        { echo "$2 could not be signed: $(tail -n 1 "$FAULTS/kept/sign.err")" >&2; return 1; }
    cat "$FAULTS/kept/signed" >"$zone"
    broke=yes
}

# sign ZONE…: these of the world's zones and the root above them; commands run by `exec` trust its key, which
# is $MAILFLOW_TRUST_ANCHOR there. The root of the lab then delegates all zones, as a signed one must.
sign() {
    local file zone signing_key
    [ -e "$made/world/anchor" ] && { echo "the root is signed by another fault already" >&2; return 1; }
    for file in "$made"/world/zones/*.zone; do
        zone=${file##*/} zone=${zone%.zone}
        [ "$zone" = root ] || append world/zones/root.zone "$zone.  NS  ns.example.net."
    done
    for zone; do
        sign_zone "$zone.zone" "$zone" && signing_key "$zone" || return
        append world/zones/root.zone "$(cat "$signing_key.ds")"
    done
    sign_zone root.zone . && signing_key . && cp "$signing_key.ds" "$made/world/anchor"
}

# tlsa HOST: the value that fits its certificate, 3 1 1
tlsa() {
    printf '3 1 1 %s' "$(openssl x509 -in "$made/$1/tls.pem" -pubkey -noout | openssl pkey -pubin -outform der |
        openssl dgst -sha256 -r | cut -d' ' -f1)"
}

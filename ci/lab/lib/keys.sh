# Keys and certificates of the lab: made once, below ci/lab/keys, never committed.

# A TLS name is what a host is called in the table, and its short role for good measure.
make_keys() {
    local tmp=$KEYS.tmp.$$ host each san
    [ -e "$KEYS/complete" ] && [ "$KEYS/complete" -nt "$LAB_DIR/hosts" ] && return
    command -v openssl >/dev/null || die "openssl is not here, and the lab needs keys" "run ci/setup"
    say "making keys and certificates (once)"
    rm -rf "$tmp"
    ( umask 077 && mkdir -p "$tmp" && cd "$tmp" || exit 1
      exec 2>openssl.err
      openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 3650 -subj '/CN=mailflow lab' \
          -addext basicConstraints=critical,CA:TRUE -addext keyUsage=critical,keyCertSign,cRLSign \
          -keyout ca.key -out ca.pem || exit 1
      for host in "${hosts[@]}"; do
          [[ ${host_servers[$host]:-} = *postfix* ]] || continue
          san=
          for each in "${hosts[@]}"; do
              [ "${host_of[$each]}" = "$host" ] && san+=",DNS:${host_name[$each]}"
          done
          openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj "/CN=${host_name[$host]}" \
              -keyout "$host.key" -out request || exit 1
          openssl x509 -req -in request -CA ca.pem -CAkey ca.key -CAcreateserial -days 3650 -out "$host.crt" \
              -extfile <(printf 'subjectAltName=%s\nextendedKeyUsage=serverAuth' "${san#,}") || exit 1
          cat "$host.key" "$host.crt" >"$host.pem" || exit 1
          rm -f request "$host.key" "$host.crt"
      done
      for each in gateway outside; do
          openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out "$each.dkim" || exit 1
          printf 'v=DKIM1; k=rsa; p=%s\n' \
              "$(openssl pkey -in "$each.dkim" -pubout -outform DER | openssl base64 -A)" >"$each.txt" || exit 1
      done
      printf '%s\n' "$(openssl rand -hex 8)" >password || exit 1
      chmod 644 ca.pem ./*.txt; rm -f ca.srl openssl.err; : >complete
    ) || { cat "$tmp/openssl.err" >&2; rm -rf "$tmp"; die "openssl could not make the lab's keys in $KEYS"; }
    rm -rf "$KEYS" && mv -T "$tmp" "$KEYS" || die "cannot write $KEYS" "is ci/lab yours to write?"
}

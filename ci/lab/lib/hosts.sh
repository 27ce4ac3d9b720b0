# The table of hosts (ci/lab/hosts), and what each server and door of a host is.

declare -A host_name host_v4 host_v6 host_servers host_of
hosts=()        # in the table's order: those with servers or an address of their own

# On the loopback rung only 127/8 can be had: the second octet gives way, so that addresses stay readable.
loopback_address() {
    local IFS=.
    set -- $1
    echo "127.$1.$3.$4"
}

read_hosts() {
    local line name v4 v6 servers host
    while read -r host name v4 v6 servers; do
        [[ -z $host || $host = '#'* ]] && continue
        hosts+=("$host")
        host_name[$host]=$name host_v4[$host]=$v4 host_v6[$host]=$v6 host_of[$host]=$host
        if [[ $servers = 'of '* ]]; then
            host_of[$host]=${servers#of }
        else
            host_servers[$host]=$servers
        fi
    done <"$LAB_DIR/hosts"
}

# Called once the rung is known.
map_addresses() {
    local host
    for host in "${hosts[@]}"; do
        [ "$LAB_RUNG" = loopback ] && host_v4[$host]=$(loopback_address "${host_v4[$host]}")
        [ "$LAB_IPV6" = yes ] || host_v6[$host]=
    done
}

# find_host NAME: the host that has the servers, from its role or any of its DNS names; sets $host.
find_host() {
    local each
    for each in "${hosts[@]}"; do
        if [ "$1" = "$each" ] || [ "${1%.}" = "${host_name[$each]}" ]; then
            host=${host_of[$each]}
            return 0
        fi
    done
    warn "there is no host '$1' in the lab; take one of: ${hosts[*]}, or a DNS name out of ci/lab/hosts"
    return 1
}

# An MX that is down takes no mail; its users' mailboxes stay readable, or no test could see where the mail
# went. All of the host is "outside".
declare -A target_of=([mx.example.org]=outside/postfix)

# Doors: the listeners of a server that can be shut by themselves, as "server ADDRESS:PORT…".
declare -A doors=(
    [primary/smtp]='postfix primary:25'          [primary/submission]='postfix primary:587 primary:465'
    [gateway/inbound]='postfix gateway:25'       [gateway/relay]='postfix relay:25'
    [secondary/submission]='postfix secondary:587'
    [outside/smtp]='postfix outside:25'          [outside/submission]='postfix outside:587 outside:465'
    [mx2/smtp]='postfix mx2:25'
    [primary/imap]='dovecot imap'    [primary/lmtp]='dovecot lmtp'
    [secondary/imap]='dovecot imap'  [secondary/lmtp]='dovecot lmtp'
    [outside/imap]='dovecot imap'    [outside/lmtp]='dovecot lmtp'
)

# Servers that only a fault starts.
declare -A spare_servers=([world]=https)

# doors_of HOST: their short names
doors_of() {
    local each
    for each in "${!doors[@]}"; do
        [[ $each = "$1"/* ]] && echo "${each#*/}"
    done | sort
}

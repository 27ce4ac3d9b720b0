#!/bin/bash
# The lab's first process: builds the world of the rung that it was started on, starts the servers, and then
# does what is asked for through the pipe $LAB_RUN/control, so that nobody else needs its rights.
#
#   inside.sh probe    can this rung be stood on? prints "ipv6 yes|no"
#   inside.sh run      the lab
#   inside.sh clean    chroot rungs: removes what a lab left behind, dead or alive

set -u
export PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C
umask 022
for part in say proc hosts conf servers; do . "$LAB_DIR/lib/$part.sh"; done

LAB_TOP=$LAB_ROOT/lab           # /lab of the servers
LAB_CONF=$LAB_RUN/hosts         # the same as /lab/conf
case $LAB_RUNG in user|root) namespaces=yes LAB_PROC=$LAB_ROOT/proc ;; *) namespaces= LAB_PROC=/proc ;; esac

ipv6_works() {
    ip -6 addr add "$1/128" dev lo nodad 2>/dev/null && ip -6 addr del "$1/128" dev lo 2>/dev/null
}

add_addresses() {
    local host wanted=0 have round
    for host in "${hosts[@]}"; do
        echo "addr add ${host_v4[$host]}/32 dev lo"
        [ "${host_v6[$host]}" ] && echo "addr add ${host_v6[$host]}/128 dev lo nodad"
    done | ip -force -batch -
    # Commands that run in the lab shall look like the outside world: without this the kernel would give them
    # the address of the very server that they speak to. Its own routes for IPv6 come a moment late.
    for host in "${hosts[@]}"; do [ "${host_v6[$host]}" ] && ((wanted++)); done
    for ((round = 0; round < 200; round++)); do
        have=$(ip -6 route show table local 2>/dev/null | grep -c '^local 2001:db8:')
        ((have >= wanted)) && break
        nap 0.005
    done
    for host in "${hosts[@]}"; do
        [ "$host" = visitor ] && continue
        echo "route change local ${host_v4[$host]} dev lo table local src ${host_v4[visitor]}"
        [ "${host_v6[$host]}" ] || continue
        echo "route del local ${host_v6[$host]} dev lo table local"
        echo "route add local ${host_v6[$host]} dev lo table local src ${host_v6[visitor]}"
    done | ip -force -batch -
}

remove_addresses() {
    local host
    for host in "${hosts[@]}"; do
        ip addr del "${host_v4[$host]}/32" dev lo
        ip route del local "${host_v4[$host]}" dev lo table local
        ip -6 addr del "${host_v6[$host]}/128" dev lo
        ip -6 route del local "${host_v6[$host]}" dev lo table local
    done 2>/dev/null
}

probe() {
    case $LAB_RUNG in
    user|root)
        mount -t proc proc "$LAB_ROOT/proc" && mount -t tmpfs tmpfs "$LAB_ROOT/lab" &&
            touch "$LAB_ROOT/lab/f" && chown 65534:65534 "$LAB_ROOT/lab/f" &&
            mount --bind "$LAB_ROOT/lab/f" /etc/resolv.conf && ip link set lo up || exit 1 ;;
    netadmin)
        local host taken
        for host in "${hosts[@]}"; do
            taken=$(ip -o addr show to "${host_v4[$host]}" 2>/dev/null) && [ -z "$taken" ] ||
                { warn "an address of the lab's is in use on this machine: ${host_v4[$host]}"; exit 1; }
        done
        ip addr add "${host_v4[visitor]}/32" dev lo && ip addr del "${host_v4[visitor]}/32" dev lo || exit 1 ;;
    esac
    chroot "$LAB_ROOT" /bin/busybox true || exit 1
    if [ "$LAB_RUNG" = loopback ]; then echo 'ipv6 no'
    elif ipv6_works "${host_v6[visitor]}"; then echo 'ipv6 yes'
    else echo 'ipv6 no'; fi
}

build_world() {
    local f
    if [ "$namespaces" ]; then
        mount -t proc proc "$LAB_ROOT/proc"
        mount -t tmpfs -o mode=755 tmpfs "$LAB_TOP"
        mkdir "$LAB_TOP"/{conf,log}
        mount --bind "$LAB_RUN/hosts" "$LAB_TOP/conf"
        mount --bind "$LAB_RUN/log" "$LAB_TOP/log"
        ip link set lo up
        hostname "${host_name[visitor]}"
    fi
    mkdir -p "$LAB_TOP"/{state,dev,etc,tmp,run}
    chmod 1777 "$LAB_TOP/tmp"
    for f in null urandom random; do
        if [ "$namespaces" ]; then
            : >"$LAB_TOP/dev/$f"
            mount --bind "/dev/$f" "$LAB_TOP/dev/$f"
        elif ! { cp -a "/dev/$f" "$LAB_TOP/dev/$f" && : <"$LAB_TOP/dev/$f"; } 2>/dev/null; then
            # Some containers forbid device files; ordinary ones do for servers that only want to seed or to
            # throw away a little.
            rm -f "$LAB_TOP/dev/$f"
            if [ $f = null ]; then : >"$LAB_TOP/dev/null"; else head -c 4096 /dev/urandom >"$LAB_TOP/dev/$f"; fi
            chmod 666 "$LAB_TOP/dev/$f"
        fi
    done
    printf 'nameserver %s\noptions timeout:1 attempts:2\n' "${host_v4[resolver]}" >"$LAB_TOP/etc/resolv.conf"
    printf '127.0.0.1 localhost\n::1 localhost\n' >"$LAB_TOP/etc/hosts"
    { sed '/^hosts:/d' /etc/nsswitch.conf 2>/dev/null; echo 'hosts: files dns'; } >"$LAB_TOP/etc/nsswitch.conf"
    if [ "$namespaces" ]; then
        for f in resolv.conf hosts nsswitch.conf; do mount --bind "$LAB_TOP/etc/$f" "/etc/$f"; done
        # a cache of names that the machine may run would answer for the real world
        [ -d /run/nscd ] && mount -t tmpfs tmpfs /run/nscd
    fi
    [ "$LAB_RUNG" = loopback ] || add_addresses
    make_state
}

# What postfix's own start script would make, and folders for the others' state and sockets. The users are
# the private root's, not this machine's.
make_state() {
    local host each user number queue=(active bounce corrupt defer deferred flush hold incoming private saved trace)
    local -A id folders
    while IFS=: read -r user _ number _; do id[$user]=$number; done <"$LAB_ROOT/etc/passwd"
    id[postdrop]=$(sed -n 's/^postdrop:x:\([0-9]*\):.*/\1/p' "$LAB_ROOT/etc/group")
    for host in "${hosts[@]}"; do
        for each in ${host_servers[$host]:-}; do
            local at=state/$host
            case $each in
            postfix)
                folders[root]+=" $at/queue/pid"
                folders[postfix]+=" ${queue[*]/#/$at/queue/} $at/data"
                folders[postdrop]+=" $at/queue/maildrop $at/queue/public" ;;
            dovecot) folders[root]+=" $at/dovecot/run"; folders[vmail]+=" $at/mail" ;;
            signer|verifier) folders[opendkim]+=" $at/$each" ;;
            dmarc)   folders[opendmarc]+=" $at/$each" ;;
            *)       folders[$each]+=" $at" ;;
            esac
        done
    done
    cd "$LAB_TOP" || return
    mkdir -p ${folders[*]}
    for user in "${!folders[@]}"; do
        if [ "$user" = postdrop ]; then chown "${id[postfix]}:${id[postdrop]}" ${folders[postdrop]}
        else chown "${id[$user]}:${id[$user]}" ${folders[$user]}; fi
    done
    chmod 700 ${folders[postfix]}
    chmod 730 ${folders[postdrop]}
    cd /
}

start_all() {
    local host each open=()
    start_server lab syslog
    for each in unbound nsd dovecot signer verifier dmarc postfix; do
        for host in "${hosts[@]}"; do
            [[ " ${host_servers[$host]:-} " = *" $each "* ]] || continue
            start_server "$host" "$each"
            mapfile -t -O ${#open[@]} open < <(listeners "$host" "$each")
        done
    done
    wait_for open "${open[@]}"
}

# Somebody may remove build/ under a living lab, and nobody would find it any more: then it ends by itself.
watch_for_removal() {
    while [ -e "$LAB_RUN/state" ]; do nap 2; done
    echo gone >&3
}

# Through the machine's /proc, which is still the one at /proc: what the others see.
write_state() {
    local line fields
    read -r line </proc/self/stat
    fields=(${line##*) })
    {
        echo "LAB_PID=${line%% *} LAB_STARTED=${fields[19]} LAB_BOOT=$(</proc/sys/kernel/random/boot_id)"
        echo "LAB_RUNG=$LAB_RUNG LAB_IPV6=$LAB_IPV6 LAB_ROOT=${LAB_ROOT@Q} LAB_NET=$(readlink /proc/self/ns/net)"
    } >"$LAB_RUN/state.tmp"
    mv "$LAB_RUN/state.tmp" "$LAB_RUN/state"
}

# A request is a line "REPLY WORD…"; the reply is what is printed, then "exit STATUS".
serve() {
    local reply words
    while read -r -u 3 reply words; do
        [ "$reply" = gone ] && break
        [ -p "$reply" ] || continue
        set -- $words
        {
            case $1 in
            stop)   stop_target "$2" ;;
            start)  start_target "$2" ;;
            reload) shift; reload_targets "$@" ;;
            status) tell_status ;;
            *)      false ;;
            esac
            echo "exit $?"
        } 1<>"$reply" 2>&1
        rm -f "$reply"          # who asked may be gone, as in: lab status | head -1
    done
}

clean() {
    LAB_PROC=/proc
    kill_sessions
    [ "$LAB_RUNG" = netadmin ] && remove_addresses
    rm -rf "${LAB_ROOT:?}"/lab/*
}

read_hosts
case $1 in
probe) probe; exit ;;
clean) clean; exit ;;
esac
map_addresses
fields_of $$ && note_session "${fields[3]}"
ulimit -n 8192 2>/dev/null || ulimit -n "$(ulimit -Hn)"       # Dovecot counts on some thousand connections
exec 3<>"$LAB_RUN/control"
build_world
write_state
if start_all; then echo ready >"$LAB_RUN/started"; else echo failed >"$LAB_RUN/started"; fi
watch_for_removal &
serve
for each in "${!server_pid[@]}"; do stop_server "${each%/*}" "${each#*/}"; done
[ "$LAB_RUNG" = netadmin ] && remove_addresses
[ "$namespaces" ] || rm -rf "${LAB_ROOT:?}"/lab/*

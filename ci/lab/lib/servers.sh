# Inside the lab: starting, stopping and reloading the servers of a host. Each server is the leader of a
# session of its own, so that it and all its children are found by number, never by name.

declare -A server_pid       # HOST/SERVER → leader of its session
declare -A door_shut        # HOST/DOOR → yes

# The command line of a server, into the array command.
command_of() {   # HOST SERVER
    case $2 in
    postfix)         command=(/usr/lib/postfix/sbin/master -c "/lab/conf/$1") ;;
    dovecot)         command=(/usr/sbin/dovecot -F -c "/lab/conf/$1/dovecot.conf") ;;
    signer|verifier) command=(/usr/sbin/opendkim -f -x "/lab/conf/$1/opendkim.conf") ;;
    dmarc)           command=(/usr/sbin/opendmarc -f -c "/lab/conf/$1/opendmarc.conf") ;;
    nsd)             command=(/usr/sbin/nsd -d -c "/lab/conf/$1/nsd.conf") ;;
    unbound)         command=(/usr/sbin/unbound -d -c "/lab/conf/$1/unbound.conf") ;;
    syslog)          command=(/bin/busybox syslogd -n -S -O /lab/log/syslog) ;;
    # This machine's openssl, as the private root has no web server that speaks TLS: serves files.
    https)           command=(openssl s_server -quiet -accept "${host_v4[$1]}:443" -key tls.pem -cert tls.pem -WWW) ;;
    esac
}

# listeners HOST SERVER: what it opens when it is ready, ADDRESS:PORT or a socket's path.
listeners() {
    local at=${host_v4[$1]:-} port line disabled
    case $2 in
    postfix)
        disabled=$(sed -n 's/^master_service_disable *=//p' "$LAB_CONF/$1/main.cf")
        while read -r line _; do
            [[ " $disabled " = *" $line/inet "* ]] || echo "$line"
        done < <(grep -E '^[0-9.]+:[0-9]+[[:blank:]]+inet' "$LAB_CONF/$1/master.cf") ;;
    dovecot)
        [ "${door_shut[$1/imap]:-}" ] || { echo "$at:143"; echo "$at:993"; }
        [ "${door_shut[$1/lmtp]:-}" ] || echo "$at:24" ;;
    nsd|unbound) echo "$at:53" ;;
    https) echo "$at:443" ;;
    signer|verifier|dmarc) echo "$LAB_TOP/state/$1/$2/socket" ;;
    syslog) echo "$LAB_TOP/dev/log" ;;
    esac
}

# All TCP listeners of this network, as one string of " ADDRESS:PORT " in the kernel's hexadecimal.
all_listening() {
    local lines line words
    listening=' '
    mapfile -t lines <"$LAB_PROC/net/tcp"
    for line in "${lines[@]}"; do
        words=($line)               # number, local address, remote address, state
        [ "${words[3]}" = 0A ] && listening+="${words[1]} "
    done
}

as_kernel() {   # ADDRESS:PORT, sets $kernel
    local IFS=.
    set -- ${1%:*} "${1##*:}"
    printf -v kernel '%02X%02X%02X%02X:%04X' "$4" "$3" "$2" "$1" "$5"
}

is_open() {   # LISTENER; all_listening was called
    local kernel
    if [[ $1 = /* ]]; then [ -S "$1" ]; else as_kernel "$1"; [[ $listening = *" $kernel "* ]]; fi
}

# wait_for open|shut LISTENER…: within ten seconds, or says which ones are not.
wait_for() {
    local want=$1 each left round
    shift
    for ((round = 0; round < 1000; round++)); do
        all_listening
        left=()
        for each; do
            if is_open "$each"; then [ "$want" = open ]; else [ "$want" = shut ]; fi || left+=("$each")
        done
        [ ${#left[@]} = 0 ] && return
        set -- "${left[@]}"
        nap 0.004
    done
    warn "still not $want after 10 s: $*"
    return 1
}

start_server() {   # HOST SERVER; does not wait
    local command
    is_running "$1/$2" && return
    command_of "$1" "$2"
    [[ $2 = signer || $2 = verifier || $2 = dmarc ]] && rm -f "$LAB_TOP/state/$1/$2/socket"
    mkdir -p "$LAB_RUN/log/$1"
    local at=(chroot "$LAB_ROOT")
    [ "$2" = https ] && at=(env -C "$LAB_CONF/$1/https")
    setsid "${at[@]}" "${command[@]}" >>"$LAB_RUN/log/$1/$2.out" 2>&1 </dev/null 3>&- &
    server_pid[$1/$2]=$!
    disown                  # or bash would tell of every server that is stopped
    note_session "$!"
}

is_running() { local pid=${server_pid[$1]:-}; [ "$pid" ] && kill -0 "$pid" 2>/dev/null; }

stop_server() {   # HOST SERVER
    local pid=${server_pid[$1/$2]:-} members deadline
    [ "$pid" ] || return 0
    case $2 in
    # OpenDKIM and OpenDMARC take half a second over it, and have nothing to put in order.
    signer|verifier|dmarc) ;;
    *)  kill -TERM "$pid" 2>/dev/null
        deadline=$(now_ms 50)
        while members "$pid"; [ ${#members[@]} != 0 ] && (($(now_ms) < deadline)); do nap 0.003; done ;;
    esac
    # a child may be born while we look
    while members "$pid"; [ ${#members[@]} != 0 ]; do
        kill -KILL "${members[@]}" 2>/dev/null
        nap 0.002
    done
    unset "server_pid[$1/$2]"
    # Postfix's and Dovecot's pid files would name a stranger one day
    rm -f "$LAB_TOP/state/$1/queue/pid/master.pid" "$LAB_TOP/state/$1/dovecot/run/master.pid"
}

now_ms() { echo $(( ${EPOCHREALTIME/[.,]/} / 1000 + ${1:-0} )); }

# Children with the old configuration end by themselves, but not at once. Whoever serves a connection stays
# with it; he takes no new one.
hang_up() {   # HOST SERVER
    local pid=${server_pid[$1/$2]} before each old members deadline
    members "$pid"
    before=" ${members[*]} "
    kill -HUP "$pid"
    deadline=$(now_ms 60)
    while (($(now_ms) < deadline)); do
        nap 0.005
        members "$pid"
        old=
        for each in "${members[@]}"; do
            [ "$each" != "$pid" ] && [[ $before = *" $each "* ]] && old=$each
        done
        [ "$old" ] || break
    done
}

reload_server() {   # HOST SERVER
    is_running "$1/$2" || return 0
    case $2 in
    postfix) age "$LAB_CONF/$1"; hang_up "$1" postfix ;;
    dovecot) hang_up "$1" dovecot ;;
    # Started in some 10 ms; whether a signal has been heeded by then, nobody says.
    *)  stop_server "$1" "$2"; start_server "$1" "$2" ;;
    esac
}

# Shuts and opens the doors of a server, as door_shut says.
apply_doors() {   # HOST SERVER
    local door kind what each address shut=() list='' names=' '
    for door in "${!door_shut[@]}"; do
        [[ $door = "$1"/* ]] || continue
        read -r kind what <<<"${doors[$door]}"
        [ "$kind" = "$2" ] && shut+=($what)
    done
    if [ "$2" = postfix ]; then
        for each in "${shut[@]}"; do
            list+=" ${host_v4[${each%:*}]}:${each#*:}/inet"
            [ "${host_v6[${each%:*}]}" ] && list+=" [${host_v6[${each%:*}]}]:${each#*:}/inet"
        done
        sed -i "s|^master_service_disable =.*|master_service_disable =$list|" "$LAB_CONF/$1/main.cf"
    else
        for each in "${shut[@]}"; do
            case $each in
            imap) printf 'service imap-login {\n inet_listener imap {\n port = 0\n }\n inet_listener imaps {\n port = 0\n }\n}\n' ;;
            lmtp) printf 'service lmtp {\n inet_listener lmtp {\n port = 0\n }\n}\n' ;;
            esac
        done >"$LAB_TOP/state/$1/doors.conf"
    fi
    is_running "$1/$2" || return 0
    reload_server "$1" "$2"
    # Who still talks there is cut off: a door is shut, not politely closed.
    members "${server_pid[$1/$2]}"
    for each in "${members[@]}"; do
        [ "$each" = "${server_pid[$1/$2]}" ] && continue
        local words=()
        mapfile -d '' -t words 2>/dev/null <"$LAB_PROC/$each/cmdline"
        if [ "$2" = postfix ]; then
            [ "${words[1]:-}" = -n ] && [[ " $list " = *" ${words[2]}/inet "* ]] && kill -KILL "$each"
        else
            for what in "${shut[@]}"; do
                [[ ${words[0]:-} = dovecot*/"$what"* ]] && kill -KILL "$each"
            done
        fi
    done
    return 0
}

# --- what the commands do; TARGET is HOST or HOST/SERVER or HOST/DOOR

servers_of() { echo "${host_servers[$1]:-}"; }

# split TARGET: sets $host, $server (or empty), $door (or empty)
split() {
    local target=${target_of[${1%.}]:-$1}
    local part=${target#*/}
    find_host "${target%%/*}" || return
    server='' door=''
    [ "$part" = "$target" ] && return
    if [ "${doors[$host/$part]:-}" ]; then
        door=$part server=${doors[$host/$part]%% *}
    elif [[ " $(servers_of "$host") ${spare_servers[$host]:-} " = *" $part "* ]]; then
        server=$part
    else
        warn "'$host' has no '$part'; it has: $(servers_of "$host") $(doors_of "$host" | tr '\n' ' ')"
        return 1
    fi
}

stop_target() {
    local host server door each open=()
    split "$1" || return
    if [ "$door" ]; then
        door_shut[$host/$door]=yes
        apply_doors "$host" "$server"
        return
    fi
    for each in ${server:-$(servers_of "$host")}; do
        mapfile -t -O ${#open[@]} open < <(listeners "$host" "$each")
        stop_server "$host" "$each"
    done
}

start_target() {
    local host server door each open=()
    split "$1" || return
    if [ "$door" ]; then
        unset "door_shut[$host/$door]"
        apply_doors "$host" "$server"
    fi
    for each in ${server:-$(servers_of "$host")}; do
        # Starting a host or a server opens its doors too.
        if [ -z "$door" ]; then open_all_doors "$host" "$each"; fi
        start_server "$host" "$each"
        mapfile -t -O ${#open[@]} open < <(listeners "$host" "$each")
    done
    wait_for open "${open[@]}"
}

open_all_doors() {
    local door any=
    for door in "${!door_shut[@]}"; do
        [[ $door = "$1"/* ]] && [[ ${doors[$door]} = "$2 "* ]] && { unset "door_shut[$door]"; any=yes; }
    done
    [ "$any" ] && apply_doors "$1" "$2"
}

reload_targets() {
    local host server door each target open=()
    for target; do
        split "$target" || return
        for each in ${server:-$(servers_of "$host")}; do
            reload_server "$host" "$each"
            is_running "$host/$each" && mapfile -t -O ${#open[@]} open < <(listeners "$host" "$each")
        done
    done
    [ ${#open[@]} = 0 ] || wait_for open "${open[@]}"
}

tell_status() {
    local host each line door
    for host in "${hosts[@]}"; do
        [ "${host_servers[$host]:-}" ] || continue
        line=
        for each in ${host_servers[$host]}; do
            if is_running "$host/$each"; then line+=" $each"; else line+=" ($each is down)"; fi
        done
        for each in ${spare_servers[$host]:-}; do is_running "$host/$each" && line+=" $each"; done
        for door in $(doors_of "$host"); do
            [ "${door_shut[$host/$door]:-}" ] && line+=" ($door is shut)"
        done
        printf '%-10s %-24s %-15s%s\n' "$host" "${host_name[$host]}" "${host_v4[$host]}" "$line"
    done
}

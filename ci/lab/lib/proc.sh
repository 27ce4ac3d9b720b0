# Processes by number. LAB_PROC is the /proc in which they are looked for.

exec {never}<> <(:)
nap() { read -r -t "$1" -u "$never" _ || true; }

# fields_of PID: what /proc says of it, from the state on, into the array fields
fields_of() {
    local line
    { read -r line <"$LAB_PROC/$1/stat"; } 2>/dev/null || return
    fields=(${line##*) })       # [0] state [1] parent [2] group [3] session [19] start, in ticks since boot
}

# A number alone may be somebody else's by now; with the time of its start it is one process for ever.
started_of() {
    local fields=()
    fields_of "$1" && [ "${fields[0]}" != Z ] && echo "${fields[19]}"
}

# members SESSION: all its processes, into the array members
members() {
    local each fields
    members=()
    for each in "$LAB_PROC"/[0-9]*; do
        each=${each##*/}
        fields_of "$each" && [ "${fields[3]}" = "$1" ] && [ "${fields[0]}" != Z ] && members+=("$each")
    done
}

# On chroot rungs nothing but this note finds the lab's processes when its first one is gone.
note_session() {   # PID of its leader
    local fields=()
    case $LAB_RUNG in
    netadmin|loopback) fields_of "$1" && echo "$1 ${fields[19]}" >>"$LAB_RUN/sessions" ;;
    esac
}

# kill_sessions: all processes of the sessions noted. When the leader's number is somebody else's by now, so
# is the session's.
kill_sessions() {
    local session started round each fields found
    local -A ours=()
    while read -r session started; do
        fields=()
        fields_of "$session" && [ "${fields[19]}" != "$started" ] || ours[$session]=yes
    done < <(cat "$LAB_RUN/sessions" 2>/dev/null)
    for ((round = 0; round < 300; round++)); do
        found=()
        for each in "$LAB_PROC"/[0-9]*; do
            each=${each##*/}
            fields_of "$each" && [ "${ours[${fields[3]}]:-}" ] && [ "${fields[0]}" != Z ] && found+=("$each")
        done
        [ ${#found[@]} = 0 ] && return
        kill -KILL "${found[@]}" 2>/dev/null
        nap 0.005
    done
    warn "these processes do not die: ${found[*]}"
}

# Faults: the lab's servers, broken on purpose the way people break theirs (ci/lab/faults/).
#
# What the hosts' folders hold follows from two things: base, the configuration without any fault, and the
# set of faults that are on, applied in the order in which they are declared. So faults go on and off in any
# order, and base comes back to the byte. Who edits a host's folder while faults are on edits base: his
# changes are carried over.
#
#   $LAB_RUN/faults/on      "NAME SINCE" a line
#   $LAB_RUN/faults/base    the hosts' folders without faults
#   $LAB_RUN/faults/made    as we left them, to tell others' edits from ours
#   $LAB_RUN/faults/down, running    servers that faults stopped, and servers that only faults need
#   $LAB_RUN/faults/kept    keys and certificates, made once

FAULTS=$LAB_RUN/faults
declare -A fault_says fault_needs   # NAME → one sentence; what it needs to be seen
fault_names=()                      # in the order of their application

# fault NAME SENTENCE [NEEDS]: declares the fault that the function NAME makes; see lib/fault-words.sh
fault() {
    fault_names+=("$1")
    fault_says[$1]=$2 fault_needs[$1]=${3:-}
}

read_faults() {
    local file
    [ ${#fault_names[@]} = 0 ] || return 0
    . "$LAB_DIR/lib/fault-words.sh"
    for file in "$LAB_DIR"/faults/*.sh; do . "$file"; done
}

# why_not_here NAME: why this rung cannot show it; nothing where it can
why_not_here() {
    case ${fault_needs[$1]}:$LAB_RUNG in
    spf-outside:loopback) echo "the outside's SPF library passes all of 127/8" ;;
    public:loopback)      echo "the senders' addresses are of 127/8, which are nobody's on the Internet" ;;
    esac
}

# rungs_of NAME: where it can be shown
rungs_of() {
    case ${fault_needs[$1]} in
    spf-outside|public) echo "user root netadmin" ;;
    *)                  echo "user root netadmin loopback" ;;
    esac
}

# --- the set

declare -A fault_since      # NAME → since when it is on, in seconds since 1970
read_set() {
    local name since
    fault_since=()
    [ -e "$FAULTS/on" ] || return 0
    while read -r name since; do fault_since[$name]=$since; done <"$FAULTS/on"
}

write_set() {
    local name
    for name in "${fault_names[@]}"; do
        [ "${fault_since[$name]:-}" ] && echo "$name ${fault_since[$name]}"
    done >"$FAULTS/on"
}

# make_conf NAME…: the configuration with these faults, from base into $made; the arrays down and running
# get what they stop and start. The status is the last fault's: false where it found nothing to break.
make_conf() {
    local name status=0
    rm -rf "$made"; cp -a "$FAULTS/base" "$made" || die "cannot write $FAULTS"
    down=() running=()
    for name; do
        since=${fault_since[$name]:-0} broke=no
        "fault_$name"
        status=$?
        [ $broke = yes ] || status=1
    done
    return $status
}

# carry_over: what somebody edited in the hosts' folders since we wrote them goes into base, too.
carry_over() {
    local file
    while read -r file; do
        if [ ! -e "$LAB_RUN/hosts/$file" ]; then rm -f "$FAULTS/base/$file"
        elif [ ! -e "$FAULTS/base/$file" ] || [ ! -e "$FAULTS/made/$file" ]; then
            mkdir -p "$FAULTS/base/${file%/*}" && cp -a "$LAB_RUN/hosts/$file" "$FAULTS/base/$file"
        elif diff3 -m -E "$LAB_RUN/hosts/$file" "$FAULTS/made/$file" "$FAULTS/base/$file" >"$FAULTS/merged"; then
            cat "$FAULTS/merged" >"$FAULTS/base/$file"
        else
            die "$file was edited in the very lines that a fault which is on had changed" \
                "take your edit back: $(cd -P "$LAB_RUN/hosts" && pwd)/$file should be as $FAULTS/made/$file"
        fi
    done < <(differing "$FAULTS/made" "$LAB_RUN/hosts")
}

# differing A B: the files that are not the same in both folders, as HOST/FILE
differing() {
    diff -rqN "$1" "$2" | sed -n "s|^Files $1/\(.*\) and $2/.* differ\$|\1|p"
}

# --- from the set to the servers

# servers_reading HOST/FILE: the servers that must be told when it has changed
servers_reading() {
    local host=${1%%/*} each wanted
    case ${1#*/} in
    zones/*|nsd.conf)           wanted=nsd ;;
    unbound.conf|root.hints)    wanted=unbound ;;
    dovecot.conf|users)         wanted=dovecot ;;
    tls.pem)                    wanted='dovecot postfix' ;;
    opendkim.conf|dkim.key|signed-for|keys|signs) wanted='signer verifier' ;;
    opendmarc.conf)             wanted=dmarc ;;
    own-hosts)                  wanted='verifier dmarc' ;;
    https/*)                    wanted=https ;;
    *)                          wanted=postfix ;;
    esac
    for each in ${host_servers[$host]:-} ${spare_servers[$host]:-}; do
        [[ " $wanted " = *" $each "* ]] && echo "$host/$each"
    done
}

# put_in_force: the hosts' folders become $made; fills told with the servers that read what has changed. Where
# a name server has news, those with a cache forget (OpenDKIM has one of its own), so that a fault is there, or
# gone, when the command ends.
put_in_force() {
    local file each
    while read -r file; do
        if [ -e "$made/$file" ]; then
            mkdir -p "$LAB_RUN/hosts/${file%/*}" && cp "$made/$file" "$LAB_RUN/hosts/$file" || return
        else
            rm -f "$LAB_RUN/hosts/$file"
            ( cd "$LAB_RUN/hosts" && rmdir -p --ignore-fail-on-non-empty "${file%/*}" )
        fi
        for each in $(servers_reading "$file"); do told[$each]=yes; done
        [[ $file = */zones/* || $file = */nsd.conf ]] && told[resolver/unbound]=yes told[outside/verifier]=yes
    done < <(differing "$LAB_RUN/hosts" "$made")
    return 0
}

# tell_servers: stops, starts and reloads what the set of faults asks for
tell_servers() {
    local each
    for each in "${down[@]}"; do
        if [ "${was_down[$each]:-}" ]; then unset "was_down[$each]"; else request stop "$each" || return; fi
    done
    for each in "${running[@]}"; do
        if [ "${was_running[$each]:-}" ]; then unset "was_running[$each]"; else request start "$each" || return; fi
    done
    for each in "${!was_running[@]}"; do request stop "$each" || return; done
    [ ${#told[@]} = 0 ] || request reload "${!told[@]}" || return
    for each in "${!was_down[@]}"; do request start "$each" || return; done
    # who had found it dead would leave it alone for seconds
    [ ${#was_down[@]} = 0 ] || request reload gateway/postfix primary/postfix || return
    [ "${told[resolver/unbound]:-}" ] || return 0
    for each in "${!fault_since[@]}"; do
        declare -F "after_$each" >/dev/null && { "after_$each" || return; }
    done
    return 0
}

# apply_set: makes what fault_since says so. It is noted before the servers are told, so that a fault which a
# server does not survive can be taken back.
apply_set() {
    local made=$FAULTS/next name each names=() down running broke since
    local -A told=() was_down=() was_running=()
    for name in "${fault_names[@]}"; do [ "${fault_since[$name]:-}" ] && names+=("$name"); done
    for each in $(cat "$FAULTS/down" 2>/dev/null); do was_down[$each]=yes; done
    for each in $(cat "$FAULTS/running" 2>/dev/null); do was_running[$each]=yes; done
    make_conf "${names[@]}" 2>/dev/null
    put_in_force && rm -rf "$FAULTS/made" && mv "$made" "$FAULTS/made" || die "cannot write $LAB_RUN"
    made=$FAULTS/made
    printf '%s\n' "${down[@]}" >"$FAULTS/down"
    printf '%s\n' "${running[@]}" >"$FAULTS/running"
    write_set
    tell_servers || die "the configuration was written, but not all servers follow" \
        "ci/lab/lab status; see what they wrote: ci/lab/lab log HOST" "take faults back: ci/lab/lab fault off"
}

faults_are_on() { [ -s "$FAULTS/on" ]; }

open_faults() {
    must_be_up
    read_faults
    map_addresses
    lock "$LAB_RUN"
    read_set
    if [ -e "$FAULTS/made" ]; then
        carry_over
    else
        rm -rf "$FAULTS"
        mkdir -p "$FAULTS/kept" && cp -a "$LAB_RUN/hosts/." "$FAULTS/base" && cp -a "$FAULTS/base" "$FAULTS/made" ||
            die "cannot write $FAULTS"
    fi
}

close_faults() {
    faults_are_on || rm -rf "$FAULTS"
    unlock
}

# can_be_shown NAME: alone, on this lab as it is; else it says why not and is gone, with EX_UNAVAILABLE.
can_be_shown() {
    local made=$FAULTS/trial down running broke since why
    why=$(why_not_here "$1")
    [ -z "$why" ] && { make_conf "$1" 2>"$FAULTS/why" || why=$(tail -n 1 "$FAULTS/why"); }
    rm -rf "$made"
    [ -z "$why" ] && return
    close_faults
    say "not available here: $1: $why" >&2
    exit 69
}

fault_on() {   # NAME
    [ "${fault_since[$1]:-}" ] && return
    can_be_shown "$1"
    printf -v "fault_since[$1]" '%(%s)T' -1
    apply_set
}

list_faults() {
    local name on
    read_faults
    is_up && read_set
    for name in "${fault_names[@]}"; do
        on=' '; [ "${fault_since[$name]:-}" ] && on='*'
        printf '%s %-29s %-28s %s\n' "$on" "$name" "$(rungs_of "$name")" "${fault_says[$name]}"
    done
}

tell_faults() {
    local name
    read_faults
    read_set
    for name in "${fault_names[@]}"; do
        [ "${fault_since[$name]:-}" ] && printf 'fault %s: %s\n' "$name" "${fault_says[$name]}"
    done
    return 0
}

fault_command() {   # list | off | NAME on|off
    case ${1:-list} in
    list) list_faults; return ;;
    off)  must_be_up
          [ -e "$FAULTS" ] || return 0
          open_faults; fault_since=(); apply_set; close_faults; return ;;
    esac
    read_faults
    [ "${fault_says[$1]:-}" ] || die "there is no fault '$1'" "ci/lab/lab fault list"
    case ${2:-} in
    on)  open_faults; fault_on "$1"; close_faults ;;
    off) must_be_up
         [ -e "$FAULTS" ] || return 0
         open_faults; unset "fault_since[$1]"; apply_set; close_faults ;;
    *)   die "lab fault $1: on or off?" "ci/lab/lab fault $1 on|off" ;;
    esac
}

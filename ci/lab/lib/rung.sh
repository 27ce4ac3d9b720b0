# Where the lab can stand. Found by trying, best first: sysctls do not tell what AppArmor, seccomp or a
# container's missing capabilities forbid.
#
#   user      namespaces of an own user namespace: no rights needed, nothing of the machine is touched
#   root      namespaces by root's right (or sudo's)
#   netadmin  chroot; the lab's addresses on this machine's lo
#   loopback  chroot; addresses out of 127/8

namespaces=(--net --mount --uts --ipc --pid --fork --kill-child --propagation private)

what_it_is() {
    case $1 in
    user) echo "namespaces of a user namespace" ;;
    root) echo "root's namespaces" ;;
    netadmin) echo "chroot, the lab's addresses on this machine's lo" ;;
    loopback) echo "chroot, addresses of 127/8 on the real ports" ;;
    esac
}

what_it_lacks() {
    case $1 in
    user|root) ;;
    netadmin)
        echo "no name server in resolv.conf: commands must ask \$MAILFLOW_RESOLVER themselves"
        echo "servers and commands see this machine's processes and other interfaces" ;;
    loopback)
        echo "no documentation addresses: 192.0.2.20 is 127.192.2.20 here, and so on"
        echo "no name server in resolv.conf: commands must ask \$MAILFLOW_RESOLVER themselves"
        echo "no SPF faults outside: its SPF library passes all of 127/8"
        echo "commands come from 127.0.0.1, which has no place in anybody's SPF" ;;
    esac
    [ "$LAB_IPV6" = yes ] || echo "no IPv6"
}

has_namespaces() { [ "$LAB_RUNG" = user ] || [ "$LAB_RUNG" = root ]; }

# as_root: the words in front of a command that needs root's rights; empty when we have them.
as_root=()
find_root() {
    [ "$(id -u)" = 0 ] && return
    command -v sudo >/dev/null && sudo -n true 2>/dev/null && as_root=(sudo -n)
}
# Of the rung that was chosen: only an ordinary user's own namespace needs no root.
needs_root() { [ "$LAB_RUNG" != user ] && [ "$(id -u)" != 0 ]; }

# Root may map all its own numbers by itself; newuidmap wants /etc/subuid, which root mostly has not.
# Two steps, because capabilities in the new namespace come with an exec after the map is there.
in_own_user_namespace() {   # COMMAND…
    local from_child to_child pid map
    unshare --user true || return
    exec {from_child}<> <(:) {to_child}<> <(:)
    unshare --user bash -c 'echo $$ >&'"$from_child"'; read -r _ <&'"$to_child"'; exec "$@"' bash "$@" &
    read -r -t 5 -u "$from_child" pid || return
    for map in uid_map gid_map; do
        awk '{print $1, $1, $3}' "/proc/self/$map" >"/proc/$pid/$map" || { kill "$pid"; return 1; }
    done
    echo >&"$to_child"
    wait "$pid"
}

# on_rung COMMAND…: runs it on $LAB_RUNG, in new namespaces where the rung has any.
on_rung() {
    local environment=(env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin "LAB_DIR=$LAB_DIR" "LAB_ROOT=$LAB_ROOT"
                       "LAB_RUN=$LAB_RUN" "LAB_RUNG=$LAB_RUNG" "LAB_IPV6=$LAB_IPV6")
    case $LAB_RUNG in
    user) if [ "$(id -u)" = 0 ]; then
              in_own_user_namespace unshare "${namespaces[@]}" "${environment[@]}" "$@"
          else
              unshare --user --map-root-user --map-auto "${namespaces[@]}" "${environment[@]}" "$@"
          fi ;;
    root) "${as_root[@]}" unshare "${namespaces[@]}" "${environment[@]}" "$@" ;;
    *)    "${as_root[@]}" "${environment[@]}" "$@" ;;
    esac
}

# Chooses the rung: sets LAB_RUNG and LAB_IPV6.
choose_rung() {
    local rungs=${LAB_RUNG:-user root netadmin loopback} rung said tried=()
    find_root
    for rung in $rungs; do
        [ -n "$(what_it_is "$rung")" ] || die "LAB_RUNG: there is no rung '$rung'" "take one of: user root netadmin loopback"
        LAB_RUNG=$rung LAB_IPV6=no
        if needs_root && [ ${#as_root[@]} = 0 ]; then
            tried+=("$rung: you are neither root nor in sudo's favour")
            continue
        fi
        if said=$(on_rung bash "$LAB_DIR/lib/inside.sh" probe 2>&1); then
            LAB_IPV6=${said##*ipv6 }
            return
        fi
        tried+=("$rung: $(tail -n 1 <<<"$said")")
    done
    warn "the lab found no rung to stand on. Tried:"
    printf '  %s\n' "${tried[@]}" >&2
    die "nothing was started" \
        "as an ordinary user: apt-get install uidmap; usermod --add-subuids 100000-165535 --add-subgids 100000-165535 $(id -un)" \
        "or as root, or with sudo that asks for no password" \
        "in a container: run it as root, or with --cap-add SYS_ADMIN --security-opt apparmor=unconfined" \
        "Ubuntu 24.04: sysctl kernel.apparmor_restrict_unprivileged_userns=0"
}

# The private root: real servers out of Debian's packages, unpacked, never installed. Installing them would
# remove exim4 from somebody's machine and leave mail servers enabled at the next boot.

# section NAME: the package names of a section of ci/packages
section() {
    sed -n "/^\[$1\]/,/^\[/{/^\[/d; s/#.*//; s/[[:space:]]//g; /./p}" "$LAB_DIR/../packages"
}

# The root is kept under a name that changes with what it is made from.
root_path() {
    local key
    key=$( { section lab; section lab-without; declare -f root_fittings
             grep VERSION_CODENAME /etc/os-release; uname -m; } 2>/dev/null | cksum)
    echo "$LAB_CACHE/root-${key%% *}"
}

# apt_get ARG…: as it is here or, when the machine has no package lists, with lists of our own: neither
# needs root.
apt_lists=()
apt_get() { apt-get -q "${apt_lists[@]}" "$@"; }

# closure: name=version of all that the servers need, from an empty machine up, so that the chroot holds
# its own libc. "Inst NAME [OLD] (VERSION …" is apt's word for it.
closure() {
    # shellcheck disable=SC2046
    apt_get -s -q -o Dir::State::status=/dev/null -o APT::Install-Recommends=false \
            install $(section lab) |
        sed -n 's/^Inst \([^ ]*\) \(\[[^]]*\] \)\?(\([^ ]*\) .*/\1=\3/p' |
        awk -F= 'NR == FNR {without[$1]; next} !($1 in without)' <(section lab-without) -
}

make_root() {   # ROOT
    local root=$1 tmp=$1.tmp.$$ packages old
    command -v apt-get >/dev/null && command -v dpkg-deb >/dev/null ||
        die "the lab's servers come from Debian packages, and apt-get or dpkg-deb is not here" \
            "run the lab on Debian or a relative of it, or in a container of it"
    say "fetching the servers (once)"
    mkdir -p "$tmp/deb" "$tmp/root" || die "cannot write below $LAB_CACHE" "give it to yourself: chown -R $(id -un) $LAB_CACHE"
    # apt warns when its sandbox user cannot write here; it then downloads as the caller, which is right.
    packages=$(closure 2>"$tmp/apt.err")
    if [ -z "$packages" ]; then
        mkdir -p "$LAB_CACHE/apt/lists/partial" "$LAB_CACHE/apt/cache"
        apt_lists=(-o "Dir::State::lists=$LAB_CACHE/apt/lists" -o "Dir::Cache=$LAB_CACHE/apt/cache"
                   -o APT::Sandbox::User=)
        apt_get update >"$tmp/apt.err" 2>&1 && packages=$(closure 2>>"$tmp/apt.err")
    fi
    if [ -z "$packages" ]; then
        tail -n 5 "$tmp/apt.err" >&2
        rm -rf "$tmp" "$LAB_CACHE/apt"
        die "apt cannot find the lab's servers ($(section lab | tr '\n' ' '))" \
            "see that /etc/apt's sources can be reached: apt-get update"
    fi
    # shellcheck disable=SC2086
    if ! ( cd "$tmp/deb" && apt_get -o APT::Sandbox::User= download $packages >"$tmp/apt.err" 2>&1 ); then
        tail -n 5 "$tmp/apt.err" >&2
        rm -rf "$tmp" "$LAB_CACHE/apt"
        die "apt could not download the lab's servers; nothing was changed" \
            "is the mirror reachable? are the lists old? apt-get update, then: ci/lab/lab prepare"
    fi
    local deb
    for deb in "$tmp"/deb/*.deb; do
        dpkg-deb --fsys-tarfile "$deb" | tar -x -C "$tmp/root" --no-same-owner --exclude './usr/share/doc/*' \
            --exclude './usr/share/man/*' --exclude './usr/share/locale/*' ||
            { rm -rf "$tmp"; die "cannot unpack ${deb##*/} below $LAB_CACHE" "is the disk full? df $LAB_CACHE"; }
    done
    root_fittings "$tmp/root"
    printf '%s\n' "$packages" >"$tmp/root/lab-packages"
    # In one step, so that a root is there whole or not at all. Somebody may have been quicker: as good.
    mv -T "$tmp/root" "$root" 2>/dev/null || [ -d "$root" ] || die "cannot make $root"
    rm -rf "$tmp" "$LAB_CACHE/apt"
    for old in "$LAB_CACHE"/root-*; do
        [ "$old" = "$root" ] || [[ $old = *.tmp.* ]] || rm -rf "$old"
    done
    say "servers unpacked in $root: $(wc -l <"$root/lab-packages") packages, $(du -sm "$root" | cut -f1) MB"
}

# What no package brings: users, and everything that changes as links into /lab, so that one root serves
# several labs. Numbers that are nobody's on the machine, and inside an ordinary user's 65,536.
root_fittings() {   # ROOT
    local root=$1 f
    mkdir -p "$root"/{lab,proc,etc}
    rm -rf "$root"/{dev,tmp,run,var/run}
    for f in dev tmp run; do ln -s "lab/$f" "$root/$f"; done
    for f in resolv.conf hosts nsswitch.conf; do ln -sfn "../lab/etc/$f" "$root/etc/$f"; done
    cat >"$root/etc/passwd" <<-'END'
	root:x:0:0::/:/bin/false
	postfix:x:52001:52001::/:/bin/false
	dovecot:x:52002:52002::/:/bin/false
	dovenull:x:52003:52003::/:/bin/false
	vmail:x:52004:52004::/:/bin/false
	opendkim:x:52005:52005::/:/bin/false
	opendmarc:x:52006:52006::/:/bin/false
	nsd:x:52007:52007::/:/bin/false
	unbound:x:52008:52008::/:/bin/false
	nobody:x:65534:65534::/:/bin/false
	END
    sed 's/^\([^:]*\):x:\([0-9]*\):.*/\1:x:\2:/; s/^nobody/nogroup/' "$root/etc/passwd" >"$root/etc/group"
    echo 'postdrop:x:52010:' >>"$root/etc/group"
}

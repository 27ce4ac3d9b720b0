# Words for the person at the terminal.

say()  { printf 'lab: %s\n' "$*"; }
warn() { printf 'lab: %s\n' "$*" >&2; }

# die WHAT DO…: what is wrong (with where and why), then what to do about it, a line each.
die() {
    printf 'lab: %s\n' "$1" >&2
    shift
    [ $# -gt 0 ] && printf '  what to do: %s\n' "$@" >&2
    exit 1
}

#!/bin/sh
# Does a backend of HAProxy keep enough servers that are UP without this node, and is this node's UP?
# POSIX sh; needs GNU coreutils, awk and socat, and a stats socket (level user will do).
set -eu
# shellcheck source=../lib.sh
. "$(dirname "$(readlink -f "$0")")/../lib.sh"
configure "health.d/$name.conf"
need socat awk

# Settings, in health.d/haproxy.conf:
#   HAPROXY_SOCKETS   an address of socat for each HAProxy, separated by blanks
#   HAPROXY_BACKEND   the backend; required
#   HAPROXY_SERVER    this node's server in it
#   HAPROXY_MIN_UP    how many other servers must be UP
: "${HAPROXY_SOCKETS:=UNIX-CONNECT:/run/haproxy/admin.sock}"
: "${HAPROXY_SERVER:=${RC_NODE_NAME:-$(uname -n)}}"
: "${HAPROXY_MIN_UP:=1}"
set_or_fail HAPROXY_BACKEND
count_or_fail HAPROXY_MIN_UP

# "UP 1/3" is on its way down and "no check" is not known, so neither is UP.
judge() {
    printf '%s\n' "$answer" | awk -F , -v backend="$HAPROXY_BACKEND" -v own="$HAPROXY_SERVER" \
        -v least="$HAPROXY_MIN_UP" -v cluster="$1" '
        NR == 1 { sub(/^# */, ""); for (i = 1; i <= NF; i++) column[$i] = i; next }
        !("status" in column) || $column["pxname"] != backend { next }
        $column["svname"] == "BACKEND" { seen = 1; next }
        $column["svname"] == "FRONTEND" { next }
        $column["svname"] == own { state = $column["status"]; next }
        $column["status"] == "UP" { up++ }
        $column["status"] != "UP" { down = down " " $column["svname"] " (" $column["status"] ")" }
        END {
            if (!seen) print "HAProxy has no backend " backend " (HAPROXY_BACKEND)"
            else if (state == "") print "backend " backend " has no server " own " (HAPROXY_SERVER)"
            else if (!cluster && state != "UP") print "server " own " of this node is " state
            else if (cluster && up + 0 < least)
                print "only " up + 0 " other servers of " backend " are UP, " least " are needed; not UP:" down
            else print "fine"
        }'
}

if cluster_is_asked; then cluster=1; else cluster=0; fi
for socket in $HAPROXY_SOCKETS; do
    haproxy "$socket" 'show stat'
    said=$(judge "$cluster")
    [ "$said" = fine ] || fail "$said; see show stat at $socket"
done

#!/bin/sh
# Before the reboot: sets this node's server to drain in each HAProxy, and waits until its sessions are over. A
# server that somebody else took out is left as it is. What this hook took out is noted in the state
# directory, for haproxy-ready.sh. Run again, it goes on where it was.
# POSIX sh; needs GNU coreutils, awk and socat, and stats sockets of level admin.
set -eu
# shellcheck source=../lib.sh
. "$(dirname "$(readlink -f "$0")")/../lib.sh"
configure hooks.d/haproxy.conf
need socat awk

# Settings, in hooks.d/haproxy.conf:
#   HAPROXY_SOCKETS     an address of socat for each HAProxy, separated by blanks
#   HAPROXY_BACKEND     the backend; required
#   HAPROXY_SERVER      this node's server in it
#   HAPROXY_DRAIN_SEC   how long to wait for its sessions to end; less than the hook's timeout_sec
: "${HAPROXY_SOCKETS:=UNIX-CONNECT:/run/haproxy/admin.sock}"
: "${HAPROXY_SERVER:=${RC_NODE_NAME:-$(uname -n)}}"
: "${HAPROXY_DRAIN_SEC:=60}"
set_or_fail HAPROXY_BACKEND
count_or_fail HAPROXY_DRAIN_SEC
notes=${STATE_DIRECTORY:-/var/lib/clusterrebootd}/haproxy-drained
server=$HAPROXY_BACKEND/$HAPROXY_SERVER

# The state of the server, its health checks aside, and its sessions.
look() {
    haproxy "$1" 'show stat'
    printf '%s\n' "$answer" | awk -F , -v backend="$HAPROXY_BACKEND" -v own="$HAPROXY_SERVER" '
        NR == 1 { sub(/^# */, ""); for (i = 1; i <= NF; i++) column[$i] = i; next }
        !("scur" in column) || !("status" in column) { next }
        $column["pxname"] == backend && $column["svname"] == own {
            print ($column["status"] ~ /^(MAINT|DRAIN)/ ? "out" : "in"), $column["scur"] + 0
        }' >"$scratch/look"
    [ -s "$scratch/look" ] || fail "there is no server $server at $1; mend HAPROXY_BACKEND or HAPROXY_SERVER"
    read -r place sessions <"$scratch/look"
}

for socket in $HAPROXY_SOCKETS; do
    look "$socket"
    [ "$place" = in ] || continue
    # The note comes first: one too many is harmless, one too few leaves the server out.
    grep -qxF -e "$socket $server" "$notes" 2>/dev/null || printf '%s\n' "$socket $server" >>"$notes"
    sync "$notes"
    haproxy "$socket" "set server $server state drain"
    [ -z "$answer" ] || fail "HAProxy at $socket refuses: $answer; see that the socket has level admin"
done

end=$(($(date +%s) + HAPROXY_DRAIN_SEC))
for socket in $HAPROXY_SOCKETS; do
    look "$socket"
    [ "$place" = out ] || fail "server $server is not out at $socket; see show stat there"
    while [ "$sessions" -gt 0 ]; do
        [ "$(date +%s)" -lt "$end" ] ||
            fail "server $server still has $sessions sessions at $socket after $HAPROXY_DRAIN_SEC s;" \
                'see show sess there'
        sleep 1
        look "$socket"
    done
done

#!/bin/sh
# After the reboot, or when it was called off: puts this node's server back where haproxy-drain.sh took it out.
# Run again, it finds nothing to do. A HAProxy that cannot be asked keeps its note, for the next run.
# POSIX sh; needs GNU coreutils and socat, and stats sockets of level admin.
set -eu
# shellcheck source=../lib.sh
. "$(dirname "$(readlink -f "$0")")/../lib.sh"
configure hooks.d/haproxy.conf
need socat
notes=${STATE_DIRECTORY:-/var/lib/clusterrebootd}/haproxy-drained

while [ -s "$notes" ]; do
    read -r socket server <"$notes" || fail "$notes is cut short; put the server back by hand, and remove the file"
    haproxy "$socket" "set server $server state ready"
    [ -z "$answer" ] || fail "HAProxy at $socket refuses: $answer; put $server back by hand, and remove $notes"
    tail -n +2 "$notes" >"$notes.new"
    mv "$notes.new" "$notes"
done
rm -f "$notes"

#!/bin/sh
# After the reboot, or when it was called off: ends the silences that alertmanager-silence.sh made for this
# node, and no others. Run again, it finds nothing to do.
# POSIX sh; needs GNU coreutils, curl and jq 1.6.
set -eu
# shellcheck source=../lib.sh
. "$(dirname "$(readlink -f "$0")")/../lib.sh"
configure hooks.d/alertmanager.conf
need curl jq
: "${ALERTMANAGER_URL:=http://127.0.0.1:9093}"

fetch Alertmanager "$ALERTMANAGER_URL/api/v2/silences"
shape -r --arg by "clusterrebootd on ${RC_NODE_NAME:-$(uname -n)}" '
    [.[] | select(.createdBy == $by and .status.state != "expired") | .id | strings] | join(" ") | "ids \(.)"'
for id in ${shaped#ids}; do
    fetch Alertmanager "$ALERTMANAGER_URL/api/v2/silence/$id" --request DELETE
done

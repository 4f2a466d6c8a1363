#!/bin/sh
# Before the reboot: silences the alerts of this node, for a time after which the silence lapses by itself. Run
# again, it prolongs the silence that is there.
# POSIX sh; needs GNU coreutils, curl and jq 1.6.
set -eu
# shellcheck source=../lib.sh
. "$(dirname "$(readlink -f "$0")")/../lib.sh"
configure hooks.d/alertmanager.conf
need curl jq

# Settings, in hooks.d/alertmanager.conf, beside CURL_CONFIG for user and certificates:
#   ALERTMANAGER_URL           where to ask
#   ALERTMANAGER_LABEL         the label that tells the alerts of this node
#   ALERTMANAGER_VALUE         a regular expression for its whole value
#   ALERTMANAGER_SILENCE_SEC   when the silence lapses; reboot_timeout_sec is a good measure
: "${ALERTMANAGER_URL:=http://127.0.0.1:9093}"
: "${ALERTMANAGER_LABEL:=instance}"
: "${ALERTMANAGER_SILENCE_SEC:=1800}"
count_or_fail ALERTMANAGER_SILENCE_SEC
node=${RC_NODE_NAME:-$(uname -n)}
: "${ALERTMANAGER_VALUE:=$(printf '%s' "$node" | sed 's/\./\\./g')(:[0-9]+)?}"

fetch Alertmanager "$ALERTMANAGER_URL/api/v2/silences"
now=$(date +%s)
shape --arg by "clusterrebootd on $node" --arg name "$ALERTMANAGER_LABEL" --arg value "$ALERTMANAGER_VALUE" \
    --argjson now "$now" --argjson lasts "$ALERTMANAGER_SILENCE_SEC" '
    ([.[] | select(.createdBy == $by and .status.state == "active")][0] // {}) as $old
    | {matchers: [{name: $name, value: $value, isRegex: true, isEqual: true}],
       startsAt: ($old.startsAt // ($now | todate)), endsAt: ($now + $lasts | todate),
       createdBy: $by, comment: "The node reboots."}
      + if $old.id then {id: $old.id} else {} end'
printf '%s\n' "$shaped" >"$scratch/silence"
fetch Alertmanager "$ALERTMANAGER_URL/api/v2/silences" \
    --header 'Content-Type: application/json' --data "@$scratch/silence"
verdict 'see the log of Alertmanager' 'if .silenceID | text | . == "" then "no silence was made" else empty end'

#!/bin/sh
# Has the PostgreSQL cluster one leader and replicas that keep up, and one that can lead without this node?
# POSIX sh; needs GNU coreutils, curl and jq 1.6. Asks Patroni's REST API, and so needs no password.
set -eu
# shellcheck source=../lib.sh
. "$(dirname "$(readlink -f "$0")")/../lib.sh"
configure "health.d/$name.conf"
need curl jq

# Settings, in health.d/patroni.conf, beside CURL_CONFIG for certificates:
#   PATRONI_URL             Patroni on this node
#   PATRONI_MEMBER          the name of this node's member
#   PATRONI_MAX_LAG_BYTES   how far a replica may be behind
#   PATRONI_MIN_OTHERS      how many other members must be well
: "${PATRONI_URL:=http://127.0.0.1:8008}"
: "${PATRONI_MEMBER:=${RC_NODE_NAME:-$(uname -n)}}"
: "${PATRONI_MAX_LAG_BYTES:=16777216}"
: "${PATRONI_MIN_OTHERS:=1}"
count_or_fail PATRONI_MAX_LAG_BYTES
count_or_fail PATRONI_MIN_OTHERS

# Patroni before 3.0.4 calls a replica that streams "running", as it does a leader.
terms='
    def leads: .role | text | test("^(leader|standby_leader|master)$");
    def faults($timeline): .name as $name
        | if leads then select(.state != "running") | "leader \($name) is \(.state)"
          elif (.state | text | test("^(streaming|running)$")) | not then "replica \($name) is \(.state)"
          elif .timeline != $timeline then "replica \($name) is on timeline \(.timeline), the leader on \($timeline)"
          elif .lag | type != "number" then "replica \($name) does not know its lag"
          elif .lag > $max then "replica \($name) is \(.lag) bytes behind" else empty end;
    (.members | list) as $members | ([$members[] | select(leads)]) as $leaders
    | [$members[] | select(.name == $me)] as $own
    | if $leaders | length != 1 then "there are \($leaders | length) leaders"
      elif $own | length != 1 then "Patroni knows no member \($me) (PATRONI_MEMBER)"
      else ($leaders[0].timeline | number) as $timeline |'

judge() {
    verdict 'see patronictl list, and the log of Patroni there' "$terms $1 end" \
        --arg me "$PATRONI_MEMBER" --argjson max "$PATRONI_MAX_LAG_BYTES" --argjson least "$PATRONI_MIN_OTHERS"
}

fetch Patroni "$PATRONI_URL/cluster"
judge '$own[0] | faults($timeline)'
cluster_is_asked || exit 0

judge '
    (if .pause == true then "automatic failover is paused, patronictl resume ends that" else empty end),
    ($members[] | select(.name != $me) | faults($timeline)),
    ([$members[] | select(.name != $me) | select([faults($timeline)] == [])] | length as $well
     | (if $well < $least then "\($well) other members are well, \($least) are needed" else empty end),
       (if any(.[]; leads or .tags.nofailover != true) then empty else "no other member may become leader" end))'

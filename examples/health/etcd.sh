#!/bin/sh
# Is etcd well, and does it keep its quorum while this node's member is down?
# POSIX sh; needs GNU coreutils, jq 1.6 and etcdctl 3.4.
set -eu
# shellcheck source=../lib.sh
. "$(dirname "$(readlink -f "$0")")/../lib.sh"
configure "health.d/$name.conf"
need etcdctl jq

# Settings, in health.d/etcd.conf, beside etcdctl's own (ETCDCTL_CACERT, ETCDCTL_CERT, ETCDCTL_KEY, ETCDCTL_USER):
#   ETCD_LOCAL_ENDPOINT   the member on this node; empty if none runs here
#   ETCDCTL_ENDPOINTS     where to ask for the others; by default what the daemon itself uses
: "${ETCD_LOCAL_ENDPOINT=http://127.0.0.1:2379}"
: "${ETCDCTL_ENDPOINTS:=${RC_ETCD_ENDPOINTS:-$ETCD_LOCAL_ENDPOINT}}"
export ETCDCTL_API=3 ETCDCTL_ENDPOINTS

# The exit code of `endpoint health` says less than what it prints.
health='.[] | map | select(.health | truth | not) | "member \(.endpoint) is unhealthy: \(.error // "no reason given")"'
remedy='see etcdctl endpoint status --cluster, and the log of etcd there'

if [ -n "$ETCD_LOCAL_ENDPOINT" ]; then
    try 'the etcd on this node' env ETCDCTL_ENDPOINTS="$ETCD_LOCAL_ENDPOINT" etcdctl endpoint health -w json
    [ -n "$answer" ] || fail "the etcd on this node does not answer: $(complaint)"
    verdict "$remedy" "(if list == [] then \"no member answers\" else empty end), ($health)"
fi
cluster_is_asked || exit 0

ask etcd etcdctl member list -w json
verdict "add members, or let nobody reboot this one by itself" '
    .members | list | [.[] | select(.isLearner != true)] | length as $voters
    | if $voters == 0 then "etcd names no member"
      elif $here != "" and $voters - 1 < ($voters / 2 | floor) + 1
      then "of \($voters) members, etcd has no quorum without this one" else empty end' \
    --arg here "$ETCD_LOCAL_ENDPOINT"
verdict 'finish adding the member, or remove it' '
    .members[] | if .isLearner == true then "member \(.name) still learns"
    elif (.name // "") == "" then "a member was added and never started" else empty end'
members=$(printf '%s\n' "$answer" | jq '.members | length')

try etcd etcdctl endpoint health --cluster -w json
[ -n "$answer" ] || fail "etcd does not answer: $(complaint)"
verdict "$remedy" "($health), (length | select(. < \$all) | \"only \(.) of \(\$all) members answer\")" \
    --argjson all "$members"

ask etcd etcdctl alarm list
[ -z "$answer" ] || fail "etcd raises an alarm: $answer; mend its cause, then: etcdctl alarm disarm"

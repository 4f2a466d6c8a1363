#!/bin/sh
# Before the reboot: cordons this node and drains it. The cordon is marked as ours in the same write, so that
# kubernetes-uncordon.sh takes away no other one. Run again, it goes on where it was.
# POSIX sh; needs GNU coreutils, jq 1.6, kubectl, and a role that may get and patch nodes, get pods and
# daemonsets, and create pods/eviction.
set -eu
# shellcheck source=../lib.sh
. "$(dirname "$(readlink -f "$0")")/../lib.sh"
configure hooks.d/kubernetes.conf
need kubectl jq

# Settings, in hooks.d/kubernetes.conf, beside kubectl's own (KUBECONFIG):
#   KUBE_NODE                the name of this node in the cluster
#   KUBE_DRAIN_TIMEOUT_SEC   how long the pods may take to go; less than the hook's timeout_sec
#   KUBE_DRAIN_OPTIONS       further options; --delete-emptydir-data lets pods go that have such volumes
: "${KUBE_NODE:=${RC_NODE_NAME:-$(uname -n)}}"
: "${KUBE_DRAIN_TIMEOUT_SEC:=300}"
: "${KUBE_DRAIN_OPTIONS:=--ignore-daemonsets}"
count_or_fail KUBE_DRAIN_TIMEOUT_SEC

ask 'the API server' kubectl --request-timeout="${limit}s" get node "$KUBE_NODE" -o json
# The version makes the write fail if somebody else, such as a human who cordons, was quicker.
shape 'if .spec.unschedulable == true then "cordoned" else
    {metadata: {resourceVersion: .metadata.resourceVersion | strings,
                annotations: {"clusterrebootd/cordoned": "true"}}, spec: {unschedulable: true}} end'
[ "$shaped" = '"cordoned"' ] ||
    ask 'the API server' kubectl --request-timeout="${limit}s" patch node "$KUBE_NODE" --type merge --patch "$shaped"

limit=$((KUBE_DRAIN_TIMEOUT_SEC + 10))
# shellcheck disable=SC2086 # one argument an option
try 'the drain' kubectl drain "$KUBE_NODE" --timeout="${KUBE_DRAIN_TIMEOUT_SEC}s" $KUBE_DRAIN_OPTIONS
[ "$status" = 0 ] ||
    fail "node $KUBE_NODE is not drained: $(complaint); see kubectl get pods -A -o wide, kubectl get pdb -A"

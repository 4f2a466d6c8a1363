#!/bin/sh
# Is this node Ready; are the others, and do the disruption budgets allow every pod on this one to go?
# POSIX sh; needs GNU coreutils, jq 1.6, kubectl, and a role that may get nodes, pods and poddisruptionbudgets.
set -eu
# shellcheck source=../lib.sh
. "$(dirname "$(readlink -f "$0")")/../lib.sh"
configure "health.d/$name.conf"
need kubectl jq

# Settings, in health.d/kubernetes.conf, beside kubectl's own (KUBECONFIG):
#   KUBE_NODE            the name of this node in the cluster
#   KUBE_OUT_TOLERATED   how many other nodes may be not Ready or cordoned
: "${KUBE_NODE:=${RC_NODE_NAME:-$(uname -n)}}"
: "${KUBE_OUT_TOLERATED:=0}"
count_or_fail KUBE_OUT_TOLERATED

get() {
    ask 'the API server' kubectl --request-timeout="${limit}s" get -o json "$@"
}
ready='def is_ready: any(.status.conditions | list | .[]; .type == "Ready" and .status == "True");'

get nodes
verdict "see kubectl describe node $KUBE_NODE, and the log of the kubelet" "$ready"'
    [.items | list | .[] | select(.metadata.name == $node)]
    | if . == [] then "the cluster knows no node \($node) (KUBE_NODE)"
      elif .[0] | is_ready | not then "node \($node) is not Ready" else empty end' --arg node "$KUBE_NODE"
cluster_is_asked || exit 0

verdict 'see kubectl get nodes; uncordon or mend them, or raise KUBE_OUT_TOLERATED' "$ready"'
    [.items[] | select(.metadata.name != $node) | select((is_ready | not) or .spec.unschedulable == true)]
    | if length > $tolerated then "other nodes are not Ready or cordoned: \([.[].metadata.name | text] | join(", "))"
      else empty end' --arg node "$KUBE_NODE" --argjson tolerated "$KUBE_OUT_TOLERATED"

get pods --all-namespaces --field-selector "spec.nodeName=$KUBE_NODE"
printf '%s\n' "$answer" >"$scratch/pods"
get poddisruptionbudgets --all-namespaces
verdict 'see kubectl get pdb -A; wait until the pods are back, or give the workload another replica' '
    def chooses($labels):
        all((.matchLabels // {}) | to_entries[]; $labels[.key] == .value)
        and all((.matchExpressions // [])[]; .key as $key | .values as $values
            | if .operator == "In" then $labels[$key] as $is | any($values[]; . == $is)
              elif .operator == "NotIn" then $labels[$key] as $is | all($values[]; . != $is)
              elif .operator == "Exists" then $labels | has($key)
              elif .operator == "DoesNotExist" then $labels | has($key) | not
              else error("operator \(.operator) of a selector") end);
    # Pods that a drain leaves alone: of a daemon set, static ones, and those that are over.
    def stays: any((.metadata.ownerReferences // [])[]; .kind == "DaemonSet" or .kind == "Node")
        or (.status.phase | text | test("^(Succeeded|Failed)$"));
    ($pods[0].items | list | [.[] | select(stays | not)]) as $leaving
    | (.items | list) as $budgets
    | $leaving[] | .metadata.name as $pod | .metadata.namespace as $space | (.metadata.labels // {}) as $labels
    | [$budgets[] | select(.metadata.namespace == $space and .spec.selector != null)
        | select(.spec.selector | chooses($labels))]
    | if length > 1 then "pod \($space)/\($pod) has \(length) disruption budgets, so it cannot be evicted"
      else .[] | "\($space)/\(.metadata.name)" as $budget
        | if (.status.observedGeneration // 0) < (.metadata.generation // 0) then "budget \($budget) is not up to date"
          elif (.status.disruptionsAllowed | number) < 1 then "budget \($budget) does not let pod \($pod) go"
          else empty end end' --slurpfile pods "$scratch/pods"

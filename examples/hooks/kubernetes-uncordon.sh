#!/bin/sh
# After the reboot, or when it was called off: uncordons this node if kubernetes-drain.sh cordoned it. A node
# that somebody else cordoned stays so. Run again, it finds nothing to do.
# POSIX sh; needs GNU coreutils, jq 1.6, kubectl, and a role that may get and patch nodes.
set -eu
# shellcheck source=../lib.sh
. "$(dirname "$(readlink -f "$0")")/../lib.sh"
configure hooks.d/kubernetes.conf
need kubectl jq
: "${KUBE_NODE:=${RC_NODE_NAME:-$(uname -n)}}"

ask 'the API server' kubectl --request-timeout="${limit}s" get node "$KUBE_NODE" -o json
shape '.metadata.resourceVersion as $version
    | if .metadata.annotations["clusterrebootd/cordoned"] == null then "not ours" else
    {metadata: {resourceVersion: $version | strings, annotations: {"clusterrebootd/cordoned": null}},
     spec: {unschedulable: null}} end'
[ "$shaped" = '"not ours"' ] ||
    ask 'the API server' kubectl --request-timeout="${limit}s" patch node "$KUBE_NODE" --type merge --patch "$shaped"

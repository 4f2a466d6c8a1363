#!/bin/sh
# Is the Elasticsearch or OpenSearch cluster green and at rest, and this node in it?
# POSIX sh; needs GNU coreutils, curl and jq 1.6, and a user with the privilege `monitor`.
set -eu
# shellcheck source=../lib.sh
. "$(dirname "$(readlink -f "$0")")/../lib.sh"
configure "health.d/$name.conf"
need curl jq

# Settings, in health.d/elasticsearch.conf, beside CURL_CONFIG for user and certificates:
#   ELASTICSEARCH_URL     the node on this machine, so that an answer says that it has joined
#   ELASTICSEARCH_NODES   how many nodes the cluster has; required
: "${ELASTICSEARCH_URL:=http://127.0.0.1:9200}"
set_or_fail ELASTICSEARCH_NODES
count_or_fail ELASTICSEARCH_NODES

# A node that has no master does not answer with success.
fetch Elasticsearch "$ELASTICSEARCH_URL/_cluster/health?master_timeout=5s"
verdict 'see GET _cluster/health and the log of the master' '
    if .timed_out | truth then "the master does not answer" elif .status == "red" then "the cluster is red"
    else .status | text | select(test("^(green|yellow)$") | not) | "the cluster is \(.)" end'
cluster_is_asked || exit 0

verdict 'see GET _cat/shards and GET _cluster/allocation/explain; wait until the cluster is green and at rest' '
    (select(.status != "green") | "the cluster is \(.status)"),
    (.number_of_nodes | number | select(. != $nodes) | "\(.) nodes instead of \($nodes) are in the cluster"),
    (to_entries[] | select(.key | test("^(relocating|initializing|unassigned)_shards$")) | select(.value | number > 0)
     | "\(.value) \(.key | sub("_"; " "))"),
    (if has("relocating_shards") and has("initializing_shards") and has("unassigned_shards") then empty
     else error("no counts of shards") end)' --argjson nodes "$ELASTICSEARCH_NODES"

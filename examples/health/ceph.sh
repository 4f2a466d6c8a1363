#!/bin/sh
# Is Ceph whole, and do its data stay available while the daemons of this node are down?
# POSIX sh; needs GNU coreutils, jq 1.6, ceph, and a key with `mon 'allow r'` and `mgr 'allow r'`
# (CEPH_ARGS="--id clusterrebootd").
set -eu
# shellcheck source=../lib.sh
. "$(dirname "$(readlink -f "$0")")/../lib.sh"
configure "health.d/$name.conf"
need ceph jq

# Settings, in health.d/ceph.conf, beside ceph's own (CEPH_ARGS, CEPH_CONF):
#   CEPH_HOST               this node in the CRUSH map; empty if it has no OSDs
#   CEPH_MON                the monitor that runs here; empty if none
#   CEPH_TOLERATED_CHECKS   health checks that do not matter, such as "POOL_NO_REDUNDANCY"
#   CEPH_TOLERATED_FLAGS    flags of the OSD map that may be set, such as "noout"
_short=${RC_NODE_NAME:-$(uname -n)}
: "${CEPH_HOST=${_short%%.*}}"
: "${CEPH_MON=}"
: "${CEPH_TOLERATED_CHECKS=}"
: "${CEPH_TOLERATED_FLAGS=}"

if [ -n "$CEPH_HOST" ]; then
    ask Ceph ceph osd tree --format json
    verdict 'see ceph osd tree, and systemctl status ceph-osd@ID' '
        .nodes | list | . as $all | [.[] | select(.type == "host" and .name == $host)]
        | if length != 1 then "the CRUSH map has no host \($host) (CEPH_HOST)"
          else [.[0].children | list | .[] as $id | $all[] | select(.id == $id and .type == "osd")]
            | if . == [] then "host \($host) has no OSDs (CEPH_HOST)" else .[] | select(.status != "up")
            | "\(.name | text) of this node is \(.status)" end end' --arg host "$CEPH_HOST"
    osds=$(printf '%s\n' "$answer" | jq -r --arg host "$CEPH_HOST" '.nodes as $all
        | .nodes[] | select(.type == "host" and .name == $host) | .children[] as $id
        | $all[] | select(.id == $id and .type == "osd") | .id')
fi

ask Ceph ceph status --format json
if [ -n "$CEPH_MON" ]; then
    verdict "see ceph mon stat, and systemctl status ceph-mon@$CEPH_MON" '
        if any(.quorum_names | list | .[]; . == $mon) then empty
        else "monitor \($mon) of this node is not in the quorum" end' --arg mon "$CEPH_MON"
fi
cluster_is_asked || exit 0

# The state of the placement groups counts whatever the health says: a check can be muted.
verdict 'see ceph health detail; wait until Ceph has recovered' '
    ($checks | split(" ")) as $checks | ($flags | split(" ")) as $flags
    | (.health | map | .status | text) as $status
    | (if $status == "HEALTH_OK" then empty
       elif $status != "HEALTH_WARN" then "Ceph is in \($status): \(.health.checks | map | keys | join(", "))"
       else (.health.checks | map | to_entries | if . == [] then "Ceph is in \($status)" else .[] end
         | strings // (.key as $key | .value.summary.message as $message | select(any($checks[]; . == $key) | not)
         | if $key == "OSDMAP_FLAGS" then ($message | text | split(" ")[0] | split(",")) - $flags
             | if . == [] then empty else "flags are set: \(join(", "))" end
           else "\($key): \($message)" end)) end),
      (.pgmap | map
       | (if ([.pgs_by_state | list | .[].count | number] | add // 0) == (.num_pgs | number) then empty
          else "not all placement groups are reported" end),
         (.pgs_by_state[] | select((.state_name | text | split("+")) as $is
           | ($is | index("active")) == null or ($is | index("clean")) == null
             or ($is - ["active", "clean", "scrubbing", "deep", "snaptrim", "snaptrim_wait"]) != [])
          | "\(.count) placement groups are \(.state_name)")),
      ((.monmap.num_mons | number) as $all | (.quorum_names | list | length) as $in
       | if $in < $all then "only \($in) of \($all) monitors are in the quorum" else empty end)' \
    --arg checks "$CEPH_TOLERATED_CHECKS" --arg flags "$CEPH_TOLERATED_FLAGS"

if [ -n "${osds:-}" ]; then
    # shellcheck disable=SC2086 # one argument an OSD
    try Ceph ceph osd ok-to-stop $osds
    [ "$status" = 0 ] || fail "Ceph cannot spare the OSDs of this node: $(complaint); see ceph osd ok-to-stop $osds"
fi
if [ -n "$CEPH_MON" ]; then
    try Ceph ceph mon ok-to-stop "$CEPH_MON"
    [ "$status" = 0 ] || fail "Ceph cannot spare monitor $CEPH_MON: $(complaint); see ceph mon stat"
fi

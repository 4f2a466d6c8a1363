#!/bin/sh
# A machine that goes down: the reason is gone, and so is its daemon, without a farewell.
here=${0%/*}
echo "start $RC_NODE_NAME $(date +%s%N)" >> "$here/journal"
rm -f "$here/reboot-required"
# A parent that has ended already leaves us to another, which is not to be killed.
read -r parent < "/proc/$PPID/comm"
[ "$parent" = clusterrebootd ] && kill -KILL "$PPID"

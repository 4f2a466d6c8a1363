#!/bin/sh
# A machine that goes down: the reason is gone, and so is its daemon, without a farewell.
here=${0%/*}
echo "start $RC_NODE_NAME $(date +%s%N)" >> "$here/journal"
rm "$here/reboot-required"
kill -KILL "$PPID"

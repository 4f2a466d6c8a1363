#!/bin/sh
# A machine that goes down: the reason is gone, and so is its daemon, without a farewell.
here=${0%/*}
read -r boot < /proc/sys/kernel/random/boot_id
echo "start $RC_NODE_NAME $(date +%s%N) $boot" >> "$here/journal"
while [ -e "$here/hold-command" ]; do
    : > "$here/held-command"
    sleep 0.05
done
# A parent that has ended already leaves us to another, which is not to be killed.
read -r parent < "/proc/$PPID/comm"
[ "$parent" = clusterrebootd ] || exit 0
rm -f "$here/reboot-required"
kill -KILL "$PPID"

#!/bin/sh
# Before rpm takes the files away. $1 is how many versions are then left: an upgrade does not stop the daemon. Stopped on removal,
# it gives back what it may; a claim under which the machine may still go down stands in etcd.

if [ "$1" -eq 0 ] && command -v systemctl >/dev/null; then
    # Without systemd at work it only takes the links away.
    if [ -d /run/systemd/system ]; then
        systemctl --no-reload disable --now clusterrebootd.service || :
    else
        systemctl --no-reload disable clusterrebootd.service || :
    fi
fi
exit 0

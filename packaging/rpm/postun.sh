#!/bin/sh
# After rpm has taken the files away. $1 is how many versions are left: after an upgrade, a daemon that runs is started anew by
# the new program, which is safe at any moment, under a claim as well. /var/lib/clusterrebootd and what an operator wrote stay.

if [ -d /run/systemd/system ]; then
    systemctl daemon-reload || :
    if [ "$1" -ge 1 ]; then
        systemctl try-restart clusterrebootd.service || :
    fi
fi
exit 0

#!/bin/sh
# After rpm has put the files there. $1 is how many versions are then installed. Nothing is enabled, by presets neither: a system
# without any would enable everything.

if command -v systemd-tmpfiles >/dev/null; then
    systemd-tmpfiles --create clusterrebootd.conf || :
fi
# In a chroot or a container without systemd there is nobody to tell.
if [ -d /run/systemd/system ]; then
    systemctl daemon-reload || :
fi
exit 0

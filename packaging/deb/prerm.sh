#!/bin/sh
# Before Debian takes the package away. An upgrade does not stop the daemon: it works on until postinst starts it anew, and a
# node is never without one longer than that. Stopped on removal, it gives back what it may; a claim under which the machine may
# still go down stands in etcd.
set -e

if [ "$1" = remove ] && [ -z "${DPKG_ROOT:-}" ] && [ -d /run/systemd/system ]; then
    deb-systemd-invoke stop clusterrebootd.service || true
fi

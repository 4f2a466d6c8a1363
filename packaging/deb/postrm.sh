#!/bin/sh
# After Debian has taken the package away. What an operator wrote stays until the purge, and so does what the node remembers of
# etcd. What is in /run stays until the boot even then: it knows whether the reboot command has run, and whoever installs the
# package again must not find that forgotten.
set -e

unit=clusterrebootd.service

case $1 in
    remove | purge)
        if [ -z "${DPKG_ROOT:-}" ] && [ -d /run/systemd/system ]; then
            systemctl --system daemon-reload >/dev/null || true
        fi
        ;;
esac

if [ "$1" = purge ]; then
    if command -v deb-systemd-helper >/dev/null; then
        deb-systemd-helper purge "$unit" >/dev/null || true
        deb-systemd-helper unmask "$unit" >/dev/null || true
    fi
    rm -rf "${DPKG_ROOT:-}/etc/clusterrebootd" "${DPKG_ROOT:-}/var/lib/clusterrebootd"
fi

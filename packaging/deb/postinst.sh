#!/bin/sh
# After Debian has unpacked the package. Nothing is enabled or started that was not before; a daemon that runs is started
# anew by the new program, which is safe at any moment, under a claim as well.
set -e

unit=clusterrebootd.service
version_before=$2

case $1 in
    configure | abort-upgrade | abort-deconfigure | abort-remove) ;;
    *) exit 0 ;;
esac

if command -v deb-systemd-helper >/dev/null; then
    # What was never installed counts as one that was enabled, so that is asked first.
    if deb-systemd-helper debian-installed "$unit"; then
        # Whoever had it enabled when it was removed finds it enabled again, with the links that it has now.
        deb-systemd-helper unmask "$unit" >/dev/null || true
        if deb-systemd-helper --quiet was-enabled "$unit"; then
            deb-systemd-helper enable "$unit" >/dev/null || true
        fi
    fi
    # What a purge has to clean up.
    deb-systemd-helper update-state "$unit" >/dev/null || true
fi

if command -v systemd-tmpfiles >/dev/null; then
    systemd-tmpfiles ${DPKG_ROOT:+--root="$DPKG_ROOT"} --create clusterrebootd.conf || true
fi

# In a chroot or a container without systemd there is nobody to tell.
if [ -z "${DPKG_ROOT:-}" ] && [ -d /run/systemd/system ]; then
    systemctl --system daemon-reload >/dev/null || true
    if [ "$1" = configure ] && [ -n "$version_before" ]; then
        # Heeds policy-rc.d, and starts nothing that does not run.
        deb-systemd-invoke try-restart "$unit" >/dev/null || true
    fi
    if [ "$1" = abort-remove ] && systemctl --quiet is-enabled "$unit"; then
        # Stopped for a removal that did not come about; a node that is silent holds the others.
        deb-systemd-invoke start "$unit" >/dev/null || true
    fi
fi

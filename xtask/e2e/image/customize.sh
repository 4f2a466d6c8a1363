#!/bin/sh
# Makes of the system in $1, fresh from mmdebstrap, the disk and the kernel of a machine, in $E2E_OUT.
set -eu
# mke2fs is among the programs of root.
PATH=$PATH:/usr/sbin:/sbin
root=$1
here=$(dirname "$0")

cp -R "$here/files/." "$root/"
units=$root/etc/systemd/system
mkdir -p "$units/multi-user.target.wants" "$units/network-online.target.wants" "$root/etc/systemd/system-generators"
for unit in agent herald network; do
    ln -s "../e2e-$unit.service" "$units/multi-user.target.wants/"
done
ln -s ../e2e-network.service "$units/network-online.target.wants/"
ln -sf /usr/lib/systemd/system/multi-user.target "$units/default.target"
grep -v '^#' "$here/masked" | while read -r unit; do
    ln -sf /dev/null "$units/$unit"
done
for generator in "$root"/usr/lib/systemd/system-generators/*; do
    ln -s /dev/null "$root/etc/systemd/system-generators/$(basename "$generator")"
done

# Each machine is told its own name and id by the kernel's command line.
: >"$root/etc/machine-id"
: >"$root/etc/fstab"
rm -f "$root/etc/resolv.conf" "$root/etc/hostname"

# By this mmdebstrap keeps daemons from starting in a chroot; a machine starts its own.
rm -f "$root/usr/sbin/policy-rc.d"

cp "$root"/boot/vmlinuz-* "$E2E_OUT/vmlinuz"

# Bound to another place, the system is seen without what mmdebstrap has mounted into it.
plain=$(mktemp -d)
trap 'umount "$plain"; rmdir "$plain"' EXIT
mount --bind "$root" "$plain"
rm -rf "${plain:?}"/boot/* "$plain"/var/lib/apt/lists/* "$plain"/var/cache/apt/*
mke2fs -q -t ext4 -m 0 -d "$plain" "$E2E_OUT/base.img" 512M

#!/bin/busybox sh
# First process of the guest: mounts the host's root (read-only, by 9p) under a writable layer in memory and goes on there.
B=/bin/busybox
$B mount -t proc proc /proc; $B mount -t sysfs sys /sys; $B mount -t devtmpfs dev /dev
for m in $($B cat /mods/order); do $B insmod /mods/$m 2>/dev/null; done
$B mount -t 9p -o trans=virtio,version=9p2000.L,msize=524288,cache=loose,ro hostroot /lower || { echo "9p failed"; $B poweroff -f; }
$B mount -t tmpfs -o size=600m tmpfs /up; $B mkdir -p /up/u /up/w
$B mount -t overlay -o lowerdir=/lower,upperdir=/up/u,workdir=/up/w overlay /new || { echo "overlay failed"; $B poweroff -f; }
$B mount --move /proc /new/proc; $B mount --move /sys /new/sys; $B mount --move /dev /new/dev
S=$($B sed -n 's/.*portside.scripts=\([^ ]*\).*/\1/p' /new/proc/cmdline)
exec $B switch_root /new /bin/bash $S/guest-system.sh

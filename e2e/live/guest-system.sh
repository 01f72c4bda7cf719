#!/bin/bash
# The guest's system: a real udev, modules of USB and FAT, then an agent on the second serial line that runs commands as root.
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LANG=C.UTF-8
K=$(sed -n 's/.*portside.kernel=\([^ ]*\).*/\1/p' /proc/cmdline)
export PATH="$(sed -n 's/.*portside.path=\([^ ]*\).*/\1/p' /proc/cmdline):$PATH"
mount -t tmpfs run /run; mkdir -p /dev/pts /dev/shm /media /run/udev /root; mount -t devpts devpts /dev/pts; mount -t tmpfs shm /dev/shm
rm -rf /lib/modules; mkdir -p /lib/modules; ln -sfn "$K/lib/modules/$(uname -r)" "/lib/modules/$(uname -r)"
modprobe configfs; mount -t configfs configfs /sys/kernel/config
hostname usbguest; ip link set lo up 2>/dev/null
/lib/systemd/systemd-udevd --daemon
modprobe xhci_pci; modprobe usbhid
udevadm trigger --action=add --subsystem-match=usb --subsystem-match=block --subsystem-match=tty; udevadm settle -t 60
modprobe -a sd_mod usb_storage vfat nls_cp437 nls_ascii dummy_hcd libcomposite usb_f_mass_storage 2>/dev/null
exec 3<>/dev/ttyS1; stty -F /dev/ttyS1 raw -echo
echo "__READY" >&3
while IFS= read -r line <&3; do
  [ -z "$line" ] && continue
  [ "$line" = __POWEROFF ] && { sync; echo o > /proc/sysrq-trigger; sleep 5; }
  cmd=$(printf '%s' "$line" | base64 -d)
  ( eval "$cmd" ) >/run/out 2>&1 </dev/null; rc=$?
  base64 -w0 /run/out >&3; printf '\n__RC %d\n' $rc >&3
done

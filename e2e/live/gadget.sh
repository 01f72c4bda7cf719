#!/bin/bash
# In the guest: a mass-storage USB device of any identity. gadget.sh up VID PID SERIAL MANUFACTURER PRODUCT LABEL | down
g=/sys/kernel/config/usb_gadget/g1
case $1 in
up) set -e; mkdir $g; cd $g; echo 0x$2 > idVendor; echo 0x$3 > idProduct; echo 0x0300 > bcdUSB; echo 0x0110 > bcdDevice
  mkdir strings/0x409; echo "$4" > strings/0x409/serialnumber; echo "$5" > strings/0x409/manufacturer; echo "$6" > strings/0x409/product
  mkdir configs/c.1 functions/mass_storage.0
  [ -e /run/g.img ] || { truncate -s 64M /run/g.img; /sbin/mkfs.vfat -F 32 -n "$7" /run/g.img >/dev/null; }
  echo 1 > functions/mass_storage.0/lun.0/removable; printf '%-8.8s%-16.16s%-4.4s' "$5" "$6" PMAP > functions/mass_storage.0/lun.0/inquiry_string
  echo /run/g.img > functions/mass_storage.0/lun.0/file; ln -s $g/functions/mass_storage.0 configs/c.1/; ls /sys/class/udc | head -1 > UDC;;
down) cd $g; echo > UDC; rm configs/c.1/mass_storage.0; rmdir configs/c.1 functions/mass_storage.0 strings/0x409; cd ..; rmdir g1;;
esac

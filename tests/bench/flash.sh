#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# flash.sh DIR COMMAND...: bytes that a command, which is given a folder on a file
# system of its own (ext4), has written to the disk below when all of it is there.
# Prints "written BYTES" and what the command prints. Needs root and the loop device.

set -eu -o pipefail

image=$1/disk folder=$1/folder
shift

modprobe -a loop ext4
truncate -s 256M "$image"
# No initialization in the background: it would be counted.
mkfs.ext4 -q -E lazy_itable_init=0,lazy_journal_init=0 "$image"
mkdir -p "$folder"
device=$(losetup --find --show "$image")
mount "$device" "$folder"

# Sectors of 512 bytes written: the seventh number (Documentation/block/stat.rst).
written() { awk '{ print $7 * 512 }' "/sys/block/${device#/dev/}/stat"; }

sync -f "$folder"
before=$(written)
"${@//@/$folder}"
sync -f "$folder"
echo "written $(($(written) - before))"

umount "$folder"
losetup -d "$device"
rm "$image"

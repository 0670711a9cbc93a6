#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# build-module.sh KERNEL: build/kmod/KERNEL/openvpp.ko. KERNEL is a kernel of
# the bench, or "host" for the one that runs here.
#
# build-module.sh KERNEL no-hooks: build/kmod/KERNEL-no-hooks/openvpp.ko, without
# the code of hooks.
#
# Kbuild of 6.12 writes beside the sources. It is given a tree of links to them
# so that the checkout stays clean and kernels can be built side by side.

set -eu -o pipefail

. "$(dirname -- "$0")/lib.sh"

kernel=$1
out=$BUILD/kmod/$kernel${2:+-$2}
src=$out/src

if [[ $kernel == host ]]; then
	headers=/lib/modules/$(uname -r)/build
	[[ -d $headers ]] || die "no headers of the running kernel at $headers"
else
	load_kernel "$kernel"
	headers=$KDIR/usr/src/linux-headers-$(kernel_release)
fi

mkdir -p "$src"
exec 9>"$out/lock"
flock 9
cp -rsf "$TREE/kmod" "$TREE/include" "$src/"
find "$src" -xtype l -delete

${MAKE:-make} -C "$headers" M="$src/kmod" ${2:+OVPP_NO_HOOKS=y} modules

# Without its BTF the module loads, but runs without hooks: a build on headers
# that can make BTF has to have it.
if [[ -f $headers/vmlinux ]] && ! readelf -WS "$src/kmod/openvpp.ko" | grep ' \.BTF ' >/dev/null; then
	die "openvpp.ko for $kernel has no .BTF section (is pahole installed?)"
fi
cmp -s "$src/kmod/openvpp.ko" "$out/openvpp.ko" || cp "$src/kmod/openvpp.ko" "$out/openvpp.ko"

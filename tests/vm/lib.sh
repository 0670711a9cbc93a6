# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# shellcheck disable=SC2034 # used by those who source this
# What every script of the bench needs to know: where things are, and which
# kernel is meant. Sourced, never run.

: "${KERNEL:=6.12-rt}"

TREE=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/../.." && pwd -P)
BUILD=$TREE/build
# Downloads are kept outside the checkout: a second clone does not fetch them again.
CACHE=${OPENVPP_CACHE:-${XDG_CACHE_HOME:-${HOME:-/root}/.cache}/openvpp}

# depmod and modprobe are there, and not in the path of an ordinary user.
PATH=$PATH:/usr/sbin:/sbin

say() { printf '%s\n' "openvpp: $*" >&2; }
die() { say "$*"; exit 125; }

# kernel_names: every kernel that the bench has a description of.
kernel_names() {
	local conf

	for conf in "$TREE"/tests/vm/kernels/*.conf; do
		conf=${conf##*/}
		printf '%s\n' "${conf%.conf}"
	done
}

# load_kernel NAME: read its description; sets the variables of the .conf file,
# and KDIR, the folder that its packages are unpacked into.
load_kernel() {
	local conf=$TREE/tests/vm/kernels/$1.conf

	KERNEL=$1
	[[ -f $conf ]] || die "no kernel '$1'; there are: $(kernel_names | paste -sd' ')"
	# shellcheck source=tests/vm/kernels/6.12-rt.conf
	. "$conf"
	KDIR=$CACHE/kernels/$1
}

# kernel_release: the release string of the kernel in KDIR, as uname -r prints it.
kernel_release() {
	[[ -f $KDIR/release ]] || die "kernel '$KERNEL' is not here yet: run 'make deps KERNEL=$KERNEL'"
	cat "$KDIR/release"
}

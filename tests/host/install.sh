#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# timeout: 300
#
# make install and uninstall, into a folder: what comes, that it works, and that
# nothing but the operator's files stays.

set -u

cd -- "$(dirname -- "$0")/../.." || exit 1
# shellcheck source=/dev/null
. "$KSELFTEST/kselftest/ktap_helpers.sh"
. tests/vm/lib.sh

DIR=$(mktemp -d)
trap 'rm -rf "$DIR"' EXIT

# check NAME COMMAND...
check() {
	local name=$1

	shift
	if "$@" >"$DIR/out" 2>&1; then
		ktap_test_pass "$name"
	else
		sed 's/^/# /' "$DIR/out" | tail -n 20
		ktap_test_fail "$name"
	fi
}

into() { make --no-print-directory DEPS=no DESTDIR="$DIR/root" "$1"; }

# All lines of the udev rules parse; the node belongs to the group that reads.
rules() {
	local rules=$DIR/root/lib/udev/rules.d/60-openvpp.rules

	grep -q 'SUBSYSTEM=="openvpp", GROUP="ovpp", MODE="0660"' "$rules" || return 1
	if udevadm verify --help >/dev/null 2>&1; then
		udevadm verify "$rules"
	fi
}

# The unit parses, names what was installed, and gives one capability.
unit() {
	local unit=$DIR/root/lib/systemd/system/ovppd.service exec

	exec=$(sed -n 's/^ExecStart=\([^ ]*\).*/\1/p' "$unit")
	[ -x "$DIR/root$exec" ] && grep -qx 'CapabilityBoundingSet=CAP_NET_ADMIN' "$unit"
}

# The right to load hooks is this unit's alone, and the command is as the program has it.
hooks_unit() {
	local unit=$DIR/root/lib/systemd/system/ovpp-hooks.service exec

	exec=$(sed -n 's/^ExecStart=\([^ ]*\) hook restore .*/\1/p' "$unit")
	[ -x "$DIR/root$exec" ] && "$DIR/root$exec" help hook restore &&
		grep -qx 'CapabilityBoundingSet=CAP_SYS_ADMIN' "$unit" || return 1
	if command -v systemd-analyze >/dev/null; then
		sed "s|^ExecStart=|&$DIR/root|" "$unit" >"$DIR/ovpp-hooks.service"
		systemd-analyze verify --man=no "$DIR/ovpp-hooks.service"
	fi
}

# How exposed the unit is, as systemd rates it: 0 is best.
exposure() {
	local score

	score=$(systemd-analyze security --offline=true "$DIR/root/lib/systemd/system/ovppd.service" 2>/dev/null |
		sed -n 's/.*level.*: \([0-9.]*\) .*/\1/p')
	echo "exposure level $score"
	[ -n "$score" ] && [ "${score%%.*}" -le 2 ]
}

# What DKMS does, with the headers of the bench.
dkms_build() {
	local tree

	load_kernel 6.12
	tree=$(echo "$DIR"/root/usr/src/openvpp-*)
	cp -r "$tree" "$DIR/dkms" &&
		make -C "$KDIR/usr/src/linux-headers-$(kernel_release)" M="$DIR/dkms/kmod" modules &&
		[ -e "$DIR/dkms/kmod/openvpp.ko" ]
}

installed_cli() { "$DIR/root/usr/bin/ovpp" help; }

completion() { bash -n "$DIR/root/usr/share/bash-completion/completions/ovpp"; }

manual() { man --warnings -l "$DIR"/root/usr/share/man/man*/* >/dev/null; }

profiles() {
	local file

	for file in "$DIR"/root/usr/share/openvpp/profiles/*.yaml; do
		OVPP_PROFILES=$DIR/root/usr/share/openvpp/profiles "$DIR/root/usr/bin/ovpp" profile check "$file" || return 1
	done
}

# A hook outside of the tree, with what is installed alone.
hook() {
	local root=$DIR/root/usr policy

	for policy in build/bpf/*.bpf.o; do
		[ ! -e "$policy" ] || cmp "$policy" "$root/lib/openvpp/bpf/${policy##*/}" || return 1
	done
	cat >"$DIR/outside.bpf.c" <<-'C'
		#include <openvpp/openvpp.bpf.h>
		#include <openvpp/tap.h>

		SEC("struct_ops/frame_rx")
		int BPF_PROG(outside, struct ovpp_frame_ctx *frame)
		{
			return frame->len > sizeof(((struct ovpp_tap *)0)->data) / 2 ? OVPP_DROP : OVPP_ACCEPT;
		}

		OVPP_HOOK(hook) = {
			.frame_rx = (void *)outside,
		};
	C
	# shellcheck disable=SC2046
	"${CLANG:-clang}" -target bpf -mcpu=v3 -g -O2 -Wall -Werror -I"$root/include" \
		$(make --no-print-directory DEPS=no libbpf-cflags) \
		-idirafter "/usr/include/$(cc -print-multiarch)" -c -o "$DIR/outside.bpf.o" "$DIR/outside.bpf.c"
}

# The template, as the guide says, with the types of a kernel of the bench.
template() {
	local vmlinux

	load_kernel 6.12
	vmlinux=$KDIR/usr/src/linux-headers-$(kernel_release)/vmlinux
	cp -r "$DIR/root/usr/share/openvpp/hook-template" "$DIR/template" &&
		make -C "$DIR/template" PREFIX="$DIR/root/usr" VMLINUX_BTF="$vmlinux" \
			CLANG="${CLANG:-clang} $(make --no-print-directory DEPS=no libbpf-cflags)" &&
		[ -s "$DIR/template/build/my_policy.bpf.o" ]
}

nothing_left() {
	local left

	left=$(cd "$DIR/root" && find . -type f | sort)
	echo "$left"
	[ "$left" = ./etc/openvpp/ovppd.yaml ]
}

ktap_print_header
ktap_set_plan 14
check "install: everything goes into DESTDIR" into install
check "install: the program runs from there" installed_cli
check "install: profiles are complete and right" profiles
check "install: the udev rules give the node to the group ovpp" rules
check "install: the unit starts what was installed, with one capability" unit
check "install: the unit of hooks starts what was installed, with its one capability" hooks_unit
if systemd-analyze security --help 2>/dev/null | grep -q offline; then
	check "install: systemd rates the unit's exposure 2 of 10 or better" exposure
else
	ktap_test_skip "install: systemd rates the unit's exposure (no systemd-analyze here)"
fi
check "install: the DKMS tree builds by itself" dkms_build
check "install: completion is bash" completion
if command -v man >/dev/null; then
	check "install: the manual formats without a warning" manual
else
	ktap_test_skip "install: the manual formats (no man here)"
fi
check "install: a hook builds with the installed headers, policies are there" hook
check "install: the template of a policy builds with what is installed" template
check "uninstall: runs" into uninstall
check "uninstall: leaves the operator's configuration and nothing else" nothing_left
ktap_finished

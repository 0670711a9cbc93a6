#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The demo: a simulated day of a site in about a minute, in the bench or, with
# HOST=1, on this machine. Leaves build/demo/summary.json.
#
# On a host the devices are on a virtual pair of CAN net devices, so that real
# ones stay alone; CAN="can0 can1" takes these two instead (on one wire, up).

set -eu -o pipefail

. "$(dirname -- "$0")/../vm/lib.sh"

DEMO=tests/demo/demo.py

in_vm() {
	if [[ -t 0 && -t 1 ]]; then
		TTY=1 "$TREE/tests/vm/vm.sh" "/usr/bin/python3 -B $DEMO can0 can1"
	else
		"$TREE/tests/vm/vm.sh" "/usr/bin/python3 -B $DEMO can0 can1"
	fi
}

remove_pair() { ip link del ovppgw 2>/dev/null || true; }

make_pair() {
	remove_pair
	modprobe vxcan || die "this kernel has no vxcan; give two CAN net devices: CAN='can0 can1'"
	ip link add ovppgw type vxcan peer name ovppdev
	ip link set ovppgw txqueuelen 1000 up
	ip link set ovppdev txqueuelen 1000 up
	CAN="ovppgw ovppdev"
}

on_host() {
	local status=0

	[[ $(id -u) -eq 0 ]] || die "HOST=1 loads a module: run as root"
	[[ ! -d /sys/module/openvpp ]] ||
		die "the module openvpp is loaded already: this host has work to do"
	modprobe -a can can_raw || die "this kernel has no CAN"
	insmod "$BUILD/kmod/host/openvpp.ko" || die "cannot load the module"
	[[ -n ${CAN:-} ]] || make_pair
	# shellcheck disable=SC2086
	PATH=$BUILD/bin:$PATH /usr/bin/python3 -B "$DEMO" $CAN || status=$?
	rmmod openvpp
	[[ $CAN != ovppgw* ]] || remove_pair
	return "$status"
}

cd "$TREE"
mkdir -p "$BUILD/demo"
rm -f "$BUILD"/demo/*
if [[ -n ${HOST:-} ]]; then
	on_host
else
	in_vm
fi

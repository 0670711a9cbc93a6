#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The demo: a simulated day of a site in about a minute, in the bench or, with
# HOST=1, on this machine. Leaves build/demo/summary.json.
#
# On a host the devices are on a virtual pair of CAN net devices and on two pairs of
# ptys, so that real ones stay alone; CAN="can0 can1" takes these two instead (on one
# wire, up).

set -eu -o pipefail

. "$(dirname -- "$0")/../vm/lib.sh"

DEMO=tests/demo/demo.py
UARTS="/dev/ttyS1 /dev/ttyS2 /dev/ttyS3 /dev/ttyS4"

in_vm() {
	if [[ -t 0 && -t 1 ]]; then
		TTY=1 "$TREE/tests/vm/vm.sh" "/usr/bin/python3 -B $DEMO can0 can1 $UARTS"
	else
		"$TREE/tests/vm/vm.sh" "/usr/bin/python3 -B $DEMO can0 can1 $UARTS"
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

# make_line NAME: two ptys that are the ends of one line.
make_line() {
	socat "pty,rawer,link=$LINES_DIR/$1-gateway" "pty,rawer,link=$LINES_DIR/$1-devices" &
	SOCATS+=" $!"
	until [[ -e $LINES_DIR/$1-gateway && -e $LINES_DIR/$1-devices ]]; do sleep 0.1; done
}

make_lines() {
	LINES_DIR=$(mktemp -d)
	SOCATS=
	make_line grid
	make_line field
}

remove_lines() {
	# shellcheck disable=SC2086
	kill $SOCATS 2>/dev/null || true
	rm -rf "$LINES_DIR"
}

on_host() {
	local status=0

	[[ $(id -u) -eq 0 ]] || die "HOST=1 loads a module: run as root"
	[[ ! -d /sys/module/openvpp ]] ||
		die "the module openvpp is loaded already: this host has work to do"
	modprobe -a can can_raw || die "this kernel has no CAN"
	insmod "$BUILD/kmod/host/openvpp.ko" || die "cannot load the module"
	[[ -n ${CAN:-} ]] || make_pair
	make_lines
	# shellcheck disable=SC2086
	PATH=$BUILD/bin:$PATH /usr/bin/python3 -B "$DEMO" $CAN "$LINES_DIR"/grid-gateway \
		"$LINES_DIR"/grid-devices "$LINES_DIR"/field-gateway "$LINES_DIR"/field-devices || status=$?
	remove_lines
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

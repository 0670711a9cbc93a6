#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# timeout: 60
#
# The bench keeps its promises: without them, no other test means anything.

set -u

# shellcheck source=/dev/null
. "$KSELFTEST/kselftest/ktap_helpers.sh"

REAL="the real SJA1000 driver"

is_sja1000() {
	[ "$(basename "$(readlink -f "/sys/class/net/$1/device/driver")")" = kvaser_pci ]
}

runs_at_500k() { ip -d link show "$1" | grep -q 'bitrate 500000'; }

# crosses FROM TO: a frame sent on one interface arrives on the other.
crosses() {
	local seen

	seen=$(timeout 10 candump -n 1 -L "$2,123:7FF" & pid=$!
		for _ in 1 2 3 4 5 6 7 8 9 10; do
			sleep 0.2
			kill -0 "$pid" 2>/dev/null || break
			cansend "$1" 123#DEADBEEF01
		done
		wait "$pid")
	case $seen in
	*"$2 123#DEADBEEF01"*) ;;
	*) ktap_print_msg "$2 saw: ${seen:-nothing}"; return 1 ;;
	esac
}

on_wire() {
	if is_sja1000 can0 && is_sja1000 can1; then
		ktap_test_result "$1" "${@:2}"
	else
		ktap_test_skip "$1 (no such pair here)"
	fi
}

right_kernel() {
	[ -z "${OPENVPP_BENCH:-}" ] ||
		[ "$(uname -r)" = "$(cat "$OPENVPP_CACHE/kernels/$KERNEL/release")" ]
}

realtime_as_told() {
	case $(uname -v) in
	*PREEMPT_RT*) [ "$(cat /sys/kernel/realtime)" = 1 ] ;;
	*) [ ! -e /sys/kernel/realtime ] ;;
	esac
}

realtime_as_wanted() {
	[ -z "${OPENVPP_BENCH:-}" ] && return
	# shellcheck source=/dev/null
	. "tests/vm/kernels/$KERNEL.conf"
	case $REALTIME in
	yes) [ -e /sys/kernel/realtime ] ;;
	*) [ ! -e /sys/kernel/realtime ] ;;
	esac
}

module_loaded() {
	[ -d /sys/module/openvpp ] || [ ! -e "build/kmod/$KERNEL/openvpp.ko" ]
}

ktap_print_header
ktap_set_plan 8
ktap_test_result "bench: the kernel that was asked for is the one that runs" right_kernel
ktap_test_result "bench: /sys/kernel/realtime tells whether the kernel is PREEMPT_RT" realtime_as_told
ktap_test_result "bench: a real-time kernel was asked for, if and only if one runs" realtime_as_wanted
ktap_test_result "bench: the module is loaded" module_loaded
ktap_test_result "bench: vcan0 is up" grep -q 1 /sys/class/net/vcan0/carrier
on_wire "bench: can0 runs at 500 kbit/s" runs_at_500k can0
on_wire "bench: a frame sent on can0 arrives on can1 through $REAL" crosses can0 can1
on_wire "bench: a frame sent on can1 arrives on can0 through $REAL" crosses can1 can0
ktap_finished

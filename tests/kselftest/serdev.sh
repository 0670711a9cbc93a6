#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# timeout: 240
#
# A UART that the firmware gives to the gateway (SERDEV=1 of tests/vm/vm.sh): a bus on
# it, a device on the UART at the other end of its line, and the driver that is taken
# from it and given back.

set -u

# shellcheck source=/dev/null
. "$KSELFTEST/kselftest/ktap_helpers.sh"
# shellcheck source=tests/helpers.sh
. "$(dirname -- "$0")/../helpers.sh"

MODULE=${BUILD:-build}/kmod/${KERNEL:-host}/openvpp.ko
SITE=serdevtest
NAME=serial0-0
DRIVER=/sys/bus/serial/drivers/openvpp
PEER=/dev/ttyS4
DIR=$(mktemp -d)
DEVICE=

cleanup() {
	[ -z "$DEVICE" ] || kill "$DEVICE"
	ovpp site del $SITE
	rm -rf "$DIR"
} >/dev/null 2>&1
trap cleanup EXIT

cat >"$DIR/meter.yaml" <<'END'
name: meter
kind: meter
bus: modbus
messages:
  - name: power
    read: holding
    period_ms: 100
    timeout_ms: 2000
    signals:
      - { point: p, register: 10, type: i32 }
END

bus_is() { ovpp bus show line --site $SITE --json | grep -q "\"state\": \"$1\""; }
der_is() { ovpp der show meter --site $SITE --json | grep -q "\"quality\": \"$1\""; }

# start_device WATTS
start_device() {
	ovpp-sim slave "$DIR/meter.yaml" --tty $PEER --unit 5 --baud 115200 --parity even \
		--set "p=$1" >"$DIR/device" 2>&1 &
	DEVICE=$!
	until_true test -s "$DIR/device"
}

bound() {
	[ -e $DRIVER/$NAME ] && [ ! -e /dev/ttyS3 ] && run 0 site add $SITE &&
		run 0 bus add line --site $SITE --serdev $NAME && run 0 bus show line --site $SITE &&
		says "state up" && says "ifname $NAME" && says "baud 115200" && says "parity even" &&
		says "stop-bits 1"
}

taken() {
	run 3 bus add second --site $SITE --serdev $NAME && says "serves a bus already" &&
		run 3 bus add second --site $SITE --serdev serial9-9 && says "no such serdev device"
}

polled() {
	start_device 1234W && run 0 profile add "$DIR/meter.yaml" &&
		run 0 der add meter --site $SITE --bus line --profile meter --node 5 &&
		until_true der_is good && run 0 der show meter --site $SITE && says "p 1.23 kW good" &&
		run 0 modbus read line 5 10 2 --site $SITE && says "11 1234"
}

# Requests are refused, the DER is not reachable: as with a tty that was pulled out.
lost() {
	echo $NAME >$DRIVER/unbind && until_true bus_is absent && until_true der_is stale &&
		run 3 modbus read line 5 10 --site $SITE && says "its tty has gone" &&
		run 3 bus add second --site $SITE --serdev $NAME && says "no such serdev device"
}

# Nobody in user space has to do anything.
back() {
	echo $NAME >$DRIVER/bind && bus_is up && until_true der_is good &&
		run 0 modbus read line 5 11 --site $SITE && says "11 1234"
}

# Taken away and given back while it is polled, again and again.
often() {
	for _ in $(seq 5); do
		echo $NAME >$DRIVER/unbind && bus_is absent && echo $NAME >$DRIVER/bind && bus_is up ||
			return
	done
	until_true der_is good
}

# What is not a line of a site takes nothing; the next one can have it.
free() {
	run 0 site del $SITE && echo $NAME >$DRIVER/unbind && echo $NAME >$DRIVER/bind &&
		run 0 site add $SITE && run 0 bus add again --site $SITE --serdev $NAME &&
		run 0 modbus read again 5 11 --site $SITE && says "11 1234"
}

# The driver does not hold the module, a bus on it does not either: it goes with it.
unload() {
	run 0 site del $SITE && rmmod openvpp && [ ! -e $DRIVER ] && insmod "$MODULE" &&
		[ -e $DRIVER/$NAME ] && run 0 site add $SITE &&
		run 0 bus add line --site $SITE --serdev $NAME && bus_is up
}

if [ "$(id -u)" != 0 ] || [ ! -d /sys/module/openvpp ] || [ ! -e $DRIVER/$NAME ]; then
	ktap_print_header
	ktap_skip_all "NO SERDEV DEVICE TRIED: needs root, the module and $NAME (SERDEV=1 of tests/vm/vm.sh, acpica-tools)"
	exit "$KSFT_SKIP"
fi

ktap_print_header
ktap_set_plan 8
ktap_test_result "serdev: a bus on a UART of the firmware's" bound
ktap_test_result "serdev: it serves one bus" taken
ktap_test_result "serdev: its devices are polled" polled
ktap_test_result "serdev: without its driver the bus is absent" lost
ktap_test_result "serdev: and up again as soon as it is back" back
ktap_test_result "serdev: however often" often
ktap_test_result "serdev: the next site can have it" free
if [ -e "$MODULE" ]; then
	ktap_test_result "serdev: the module goes and comes" unload
else
	ktap_test_skip "serdev: the module goes and comes ($MODULE is not there)"
fi
ktap_finished

#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# timeout: 240
#
# Serial lines from the command line and from ovppd: a device on a pty that is pulled
# out and plugged in again, single requests, and what holds the module.

set -u

# shellcheck source=/dev/null
. "$KSELFTEST/kselftest/ktap_helpers.sh"
# shellcheck source=tests/helpers.sh
. "$(dirname -- "$0")/../helpers.sh"

MODULE=${BUILD:-build}/kmod/${KERNEL:-host}/openvpp.ko
SITE=linetest
DIR=$(mktemp -d)
LINK=$DIR/line # what stays the same, as /dev/serial/by-id/... does
DEVICE=
DAEMON=

unplug() {
	[ -z "$DEVICE" ] || kill "$DEVICE"
	[ -z "$DEVICE" ] || wait "$DEVICE"
	DEVICE=
} 2>/dev/null

cleanup() {
	[ -z "$DAEMON" ] || kill "$DAEMON"
	unplug
	ovpp site del $SITE
	rm -rf "$DIR"
} >/dev/null 2>&1
trap cleanup EXIT

# A device of unit 7: 256 holding registers, their number plus 1000; none above.
cat >"$DIR/device.py" <<'END'
import os, struct, sys, tty
master, slave = os.openpty()
tty.setraw(slave)
os.symlink(os.ttyname(slave), sys.argv[1] + ".new")
os.rename(sys.argv[1] + ".new", sys.argv[1])
reg = {n: n + 1000 for n in range(256)}

def crc(data):
    c = 0xFFFF
    for b in data:
        c ^= b
        for _ in range(8):
            c = c >> 1 ^ (0xA001 if c & 1 else 0)
    return struct.pack("<H", c)

def answer(pdu):
    function, address, value = struct.unpack(">BHH", pdu)
    if function == 3 and address + value <= 256:
        data = b"".join(struct.pack(">H", reg[address + i]) for i in range(value))
        return bytes([3, len(data)]) + data
    if function == 6 and address < 256:
        reg[address] = value
        return pdu
    return bytes([function | 0x80, 2])

have = b""
while True:
    try:
        have += os.read(master, 256)
    except OSError: # nobody has the other end open
        continue
    while len(have) >= 8:
        if have[0] == 7 and crc(have[:6]) == have[6:8]:
            adu = b"\x07" + answer(have[1:6])
            os.write(master, adu + crc(adu))
            have = have[8:]
        else:
            have = have[1:]
END

# plug: a new tty, under the same name.
plug() {
	rm -f "$LINK"
	python3 "$DIR/device.py" "$LINK" 2>/dev/null &
	DEVICE=$!
	until_true test -e "$LINK"
}

check() {
	local name=$1

	shift
	if "$@"; then
		ktap_test_pass "$name"
	else
		ktap_test_fail "$name"
	fi
}

bus_is() { ovpp bus show line --site $SITE --json | grep -q "\"state\": \"$1\""; }
has_value() { [ "$(ovpp modbus read line 7 "$1" --site $SITE 2>/dev/null | awk '{ print $2 }')" = "$2" ]; }

add_line() {
	plug && run 0 site add $SITE && run 0 bus add line --site $SITE --tty "$LINK" --baud 115200 --parity n &&
		run 0 bus show line --site $SITE && says "type modbus" && says "state up" &&
		says "path $LINK" && says "baud 115200" && says "parity none" && says "stop-bits 1" &&
		says "foreign-write no" && run 0 bus list --site $SITE && says "modbus pts"
}

wrong_lines() {
	run 2 bus add x --site $SITE --tty "$LINK" --parity mark && says "not even, odd or none" &&
		run 2 bus add x --site $SITE --tty "$LINK" --baud 0 &&
		run 2 bus add x --site $SITE --tty "$LINK" --stop-bits 3 &&
		run 2 bus add x --site $SITE --tty "$LINK" --type can &&
		run 2 bus add x --site $SITE --tty "$LINK" --ifname vcan0 &&
		run 2 bus add x --site $SITE --type modbus && says "which serial line" &&
		run 3 bus add x --site $SITE --tty "$DIR/none" && says "bus add: $DIR/none: No such file" &&
		run 3 bus add x --site $SITE --tty /dev/null && says "no serial port" &&
		run 3 bus add x --site $SITE --serdev serial9-9 && says "no such serdev device"
}

taken() {
	run 3 bus add second --site $SITE --tty "$LINK" && says "busy" && bus_is up
}

# The thread of the line runs one priority below the loop.
priority_is() { [ "$(chrt -p "$(pgrep -x ovppl/line)" | awk 'END { print $NF }')" = "$1" ]; }

priorities() {
	priority_is 79 && run 0 site set $SITE --priority 60 && priority_is 59 &&
		run 0 site set $SITE --priority 80 && priority_is 79 && bus_is up
}

requests() {
	run 0 modbus read line 7 20 3 --site $SITE && says "20 1020 0x03fc" && says "22 1022" &&
		run 0 modbus read line 7 0x10 --site $SITE --json && says '"values": [' && says 1016 &&
		run 1 modbus read line 7 255 2 --site $SITE && says "illegal address (2)" &&
		run 1 modbus read line 7 0 --input --site $SITE &&
		run 3 modbus read line 9 0 --site $SITE && says "unit 9: no answer" &&
		run 3 modbus read nothing 7 0 --site $SITE && says "there is no bus 'nothing'" &&
		run 2 modbus read line 248 0 --site $SITE && run 2 modbus read line 7 65536 --site $SITE &&
		run 2 modbus read line 7 0 126 --site $SITE && run 2 modbus read line 7 --site $SITE
}

writes() {
	run 3 modbus write line 7 30 4711 --site $SITE && says "not allowed" && has_value 30 1030 &&
		run 0 bus set line --foreign-write --site $SITE &&
		run 0 modbus write line 7 30 4711 --site $SITE && has_value 30 4711 &&
		run 1 modbus write line 7 300 1 --site $SITE && run 2 modbus write line 7 30 65536 --site $SITE &&
		run 0 bus set line --foreign-write no --site $SITE &&
		run 3 modbus write line 7 30 1 --site $SITE && has_value 30 4711
}

replug() {
	unplug
	until_true bus_is absent && run 0 bus rebind && run 3 modbus read line 7 0 --site $SITE &&
		says "its tty has gone" && plug && run 0 bus rebind /dev/null && bus_is absent &&
		run 0 bus rebind "$(readlink "$LINK")" && says "bus line has $LINK" && bus_is up &&
		has_value 5 1005 && run 0 bus rebind && [ -z "$OUT" ]
}

# A pty keeps its discipline until its other end is closed too; other ttys do not.
held() {
	! rmmod openvpp 2>/dev/null && run 0 bus del line --site $SITE && unplug && run 0 site del $SITE
}

unload() {
	local tries=50

	until rmmod openvpp 2>/dev/null; do
		[ $((tries--)) -gt 0 ] || return 1
		sleep 0.2
	done
	insmod "$MODULE"
}

daemon_line() {
	rm -f "$LINK"
	cat >"$DIR/ovppd.yaml" <<-END
	sites:
	  - name: $SITE
	    buses: [ { name: line, tty: $LINK, baud: 57600, parity: none, foreign_write: true } ]
	END
	ovppd --config "$DIR/ovppd.yaml" --database "$DIR/ovppd.db" 2>"$DIR/log" &
	DAEMON=$!
	until_true grep -q "No such file" "$DIR/log" && plug && until_true bus_is up &&
		run 0 bus show line --site $SITE && says "baud 57600" && says "foreign-write yes" && has_value 1 1001
}

daemon_replug() {
	unplug
	until_true bus_is absent && plug && until_true bus_is up && has_value 2 1002
}

daemon_changes() {
	sed -i 's/57600/9600/; s/, foreign_write: true//' "$DIR/ovppd.yaml" && kill -HUP "$DAEMON" || return
	until_true sh -c "ovpp bus show line --site $SITE | grep -q 'baud *9600'" && has_value 3 1003
}

if [ "$(id -u)" != 0 ] || [ ! -d /sys/module/openvpp ]; then
	ktap_print_header
	ktap_skip_all "needs root and the module"
	exit "$KSFT_SKIP"
fi

ktap_print_header
ktap_set_plan 12
check "modbus_cli: a bus on a tty" add_line
check "modbus_cli: what is no line is told" wrong_lines
check "modbus_cli: a tty serves one bus" taken
check "modbus_cli: the line's priority follows the loop's" priorities
check "modbus_cli: single requests" requests
check "modbus_cli: others write when they may" writes
check "modbus_cli: a tty that comes back is given back" replug
check "modbus_cli: the module does not go while a line has its tty, which goes with the bus" held
if [ -e "$MODULE" ]; then
	check "modbus_cli: and goes then" unload
else
	ktap_test_skip "modbus_cli: and goes then ($MODULE is not there)"
fi
check "modbus_cli: ovppd waits for the tty" daemon_line
check "modbus_cli: ovppd gives it back" daemon_replug
check "modbus_cli: ovppd makes a line anew that is to be another" daemon_changes
ktap_finished

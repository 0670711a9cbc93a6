#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# timeout: 60
#
# ovpp-sim as Modbus slaves on ptys, with a master that is not ours: mbpoll (libmodbus).

set -u

# shellcheck source=/dev/null
. "$KSELFTEST/kselftest/ktap_helpers.sh"

TMP=$(mktemp -d)
trap stop_slave EXIT
SIM=$BUILD/bin/ovpp-sim
export OVPP_PROFILES=userspace/profiles
PID=

cat >"$TMP/device.yaml" <<'END'
name: device
kind: battery
bus: modbus
messages:
  - name: measured
    read: holding
    period_ms: 1000
    timeout_ms: 5000
    signals:
      - { point: p, register: 100, type: i32 }
      - { point: soc, register: 102, type: u16, scale: 0.1, max_raw: 1000 }
  - name: switches
    read: coils
    period_ms: 1000
    timeout_ms: 5000
    signals:
      - { point: charge_ok, coil: 4 }
      - { point: discharge_ok, coil: 5 }
  - name: alarms
    read: discrete
    period_ms: 1000
    timeout_ms: 5000
    signals:
      - { point: alarm, coil: 8, length: 3 }
  - name: set
    write: registers
    signals:
      - { point: p_set, register: 200, type: i32, min_raw: -5000, max_raw: 5000 }
  - name: mode
    write: register
    signals:
      - { point: p_limit, register: 202, type: u16 }
  - name: run
    write: coil
    signals:
      - { point: connect, coil: 9 }
END

cat >"$TMP/site.yaml" <<END
name: site
duration: 1h
lines:
  - { name: bus, baud: 38400, parity: even }
devices:
  - { name: store, kind: battery, line: bus, unit: 3, profile: $TMP/device.yaml, safe_w: -700 }
  - { name: meter, kind: meter, line: bus, unit: 4, profile: eastron-sdm630 }
END

printf '40000: 5375 6e53 0001 0042\n' >"$TMP/dump"

# slave WORD...: ovpp-sim until its line is there.
slave() {
	"$SIM" "$@" >"$TMP/out" 2>"$TMP/err" &
	PID=$!
	until [ -e "$TMP/line" ]; do
		kill -0 "$PID" 2>/dev/null || { PID=; cat "$TMP/err"; return 1; }
		sleep 0.02
	done
}

# Ended in order, it takes its link along.
stop_slave() {
	[ -z "$PID" ] || { kill "$PID" && wait "$PID"; }
	PID=
	[ -e "$TMP/line" ] || [ -L "$TMP/line" ] && ktap_print_msg "the link is still there"
	[ "${1:-}" = keep ] || rm -rf "$TMP"
}

# poll WORD...: one poll of unit 1 without waiting long; OUT is what mbpoll said.
poll() {
	OUT=$(mbpoll -m rtu -b 19200 -P none -0 -1 -o 0.5 "$@" 2>&1) || true
}

says() {
	case $OUT in
	*"$1"*) ;;
	*) ktap_print_msg "not said: $1; said: $OUT"; return 1 ;;
	esac
}

# printed TEXT: the slave says so of what was written; it may take a moment.
printed() {
	local i

	for ((i = 0; i < 100; i++)); do
		! grep -q -- "$1" "$TMP/out" || return 0
		sleep 0.02
	done
	ktap_print_msg "not printed: $1; printed: $(cat "$TMP/out")"
	return 1
}

# device WORD...: with the profile of above.
device() {
	slave slave "$TMP/device.yaml" --pty "$TMP/line" \
		--set p=-1500W --set soc=55.5% --set charge_ok=1 --set alarm=5 "$@"
}

meter() {
	slave slave eastron-sdm630 --pty "$TMP/line" --set p=-1.5kW --set e_import=12.5kWh &&
		poll -B -t 3:float -r 52 "$TMP/line" && says '[52]: 	1500' &&
		poll -B -t 3:float -r 72 "$TMP/line" && says '[72]: 	12.5'
}

reads() {
	device && poll -B -t 4:int -r 100 "$TMP/line" && says '[100]: 	-1500' &&
		poll -r 102 "$TMP/line" && says '[102]: 	555' &&
		poll -t 0 -r 4 -c 2 "$TMP/line" && says '[4]: 	1' && says '[5]: 	0' &&
		poll -t 1 -r 8 -c 3 "$TMP/line" && says '[8]: 	1' && says '[9]: 	0' &&
		says '[10]: 	1'
}

writes() {
	device && poll -B -t 4:int -r 200 "$TMP/line" -- -1234 && says 'Written 1 ref' &&
		printed 'unit 1 p_set -1.234 kW' &&
		poll -r 202 "$TMP/line" 900 && printed 'unit 1 p_limit 900 W' &&
		poll -t 0 -r 9 "$TMP/line" 1 && printed 'unit 1 connect 1' &&
		poll -B -t 4:int -r 200 "$TMP/line" && says '[200]: 	-1234'
}

writes_json() {
	device --json && poll -r 202 "$TMP/line" 900 && printed '"point":"p_limit","value":900000'
}

exceptions() {
	device && poll -r 103 "$TMP/line" && says 'Illegal data address' &&
		poll -r 100 "$TMP/line" 1 && says 'Illegal data address' &&
		poll -B -t 4:int -r 200 "$TMP/line" -- 9999 && says 'Illegal data value' &&
		poll -u "$TMP/line" && says 'Illegal function'
}

dump() {
	slave slave --image "$TMP/dump" --pty "$TMP/line" &&
		poll -t 4:hex -r 40000 -c 4 "$TMP/line" && says '0x5375' && says '0x0042' &&
		poll -t 4:hex -r 40002 "$TMP/line" 0x2 0x41 && printed 'register 40003 0x0041' &&
		poll -t 3:hex -r 40002 -c 2 "$TMP/line" && says '0x0002' && says '0x0041'
}

# fault FAULT ERROR: what mbpoll says of it.
fault() {
	local status=0

	device --fault "$1" && poll -r 102 "$TMP/line" && says "$2" || status=1
	stop_slave keep
	return $status
}

faults() {
	fault silent 'Connection timed out' && fault late:2000 'Connection timed out' &&
		fault exception:6 'Slave device or server is busy' &&
		fault bit-errors:0.5 'failed' && fault wrong-unit 'failed' && fault none '555'
}

# Another unit than the one that is there.
other_unit() { device --unit 9 && poll -a 9 -r 102 "$TMP/line" && says 555 &&
	poll -a 1 -r 102 "$TMP/line" && says 'timed out'; }

# Several units on a line of a scenario; a command moves the device, and shows in both.
site() {
	slave run "$TMP/site.yaml" --line "bus=pty:$TMP/line" --json "$TMP/results" || return 1
	poll -a 3 -B -t 4:int -r 200 "$TMP/line" -- 600 && says 'Written 1 ref' || return 1
	wait_for -a 3 -B -t 4:int -r 100 -- '[100]: 	600' || return 1
	# Nobody repeats it: the battery falls back, and the meter sees it.
	wait_for -a 3 -B -t 4:int -r 100 -- '[100]: 	-700' || return 1
	wait_for -a 4 -B -t 3:float -r 52 -- '[52]: 	70' || return 1
	stop_slave keep
	python3 -c 'import json, sys
d = json.load(open(sys.argv[1]))["devices"]
s, m = d["store"], d["meter"]
sys.exit(not (s["unit"] == 3 and s["commands"] == 1 and s["watchdog_trips"] == 1
	and s["requests"] > 2 and m["answers"] > 0 and m["exceptions"] == 0))' "$TMP/results"
}

# wait_for WORD... -- TEXT: polls until it says so.
wait_for() {
	local text=${*: -1} i

	set -- "${@:1:$#-2}"
	for ((i = 0; i < 100; i++)); do
		poll "$@" "$TMP/line"
		case $OUT in
		*"$text"*) return 0 ;;
		esac
	done
	ktap_print_msg "never said: $text; last: $OUT"
	return 1
}

# A line that the scenario does not have, a tty that is none, a profile for CAN.
refusals() {
	! slave run "$TMP/site.yaml" --line "x=pty:$TMP/line" >/dev/null &&
		grep -q 'no such line' "$TMP/err" &&
		! slave slave eastron-sdm630 --tty "$TMP/none" >/dev/null &&
		grep -q 'No such file' "$TMP/err" &&
		! slave slave battery --pty "$TMP/line" >/dev/null &&
		grep -q 'not for Modbus' "$TMP/err" &&
		! slave slave eastron-sdm630 --pty "$TMP/line" --fault odd >/dev/null &&
		grep -q "no fault 'odd'" "$TMP/err" &&
		! slave slave eastron-sdm630 --pty "$TMP/line" --set p=5 >/dev/null &&
		grep -q 'units: ' "$TMP/err"
}

# result NAME FUNCTION
result() {
	ktap_test_result "sim: modbus: $1" "$2"
	stop_slave keep
}

ktap_print_header
if ! command -v mbpoll >/dev/null; then
	ktap_set_plan 1
	ktap_test_skip "sim: NOTHING COMPARED: no mbpoll here (make deps)"
	ktap_finished
fi
ktap_set_plan 10
result "another master reads a meter's floats" meter
result "another master reads registers, coils and discrete inputs" reads
result "what another master writes is printed as commands" writes
result "likewise as JSON" writes_json
result "another master understands the exceptions" exceptions
result "a dump is served" dump
result "faults look like faults" faults
result "it answers to its own unit only" other_unit
result "units of a scenario on a line: a command moves one, then it falls back" site
result "what cannot be is refused" refusals
ktap_finished

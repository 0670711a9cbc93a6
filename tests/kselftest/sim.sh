#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# timeout: 120
#
# ovpp-sim on a real CAN bus: what it says arrives, what it is told moves it.

set -u

# shellcheck source=/dev/null
. "$KSELFTEST/kselftest/ktap_helpers.sh"

DIR=$(mktemp -d)
trap 'rm -rf "$DIR"' EXIT

cat >"$DIR/site.yaml" <<'END'
name: test
speed: 600
start: "10:00"
devices:
  - { name: meter, kind: meter, node: 1 }
  - { name: pv, kind: pv, node: 2, peak_w: 5000 }
  - { name: battery, kind: battery, node: 3, power_w: 3000 }
END

# frames FILE: what was said, without times and interface.
frames() { awk '{ print $3 }' "$1"; }

# simulate COMMAND...: the site on can1 while COMMAND runs.
simulate() {
	local sim dump status

	candump -L can0 >"$DIR/heard" &
	dump=$!
	# candump is ready when its socket is bound.
	until grep -q can0 /proc/net/can/rcvlist_all; do sleep 0.1; done
	ovpp-sim run "$DIR/site.yaml" --can can1 \
		--json "$DIR/results" --record "$DIR/said" >"$DIR/out" &
	sim=$!
	"$@"
	kill "$sim"
	wait "$sim"
	status=$?
	# The last frames are on their way through the controllers.
	sleep 0.5
	kill "$dump"
	wait "$dump" 2>/dev/null
	return $status
}

# so EXPRESSION: does it hold for the results r (python)?
so() {
	python3 -c 'import json, sys
r = json.load(open(sys.argv[1]))
sys.exit(not eval(sys.argv[2]))' "$DIR/results" "$1"
}

# command ID DATA COUNT: a gateway's command, its heartbeat counting up.
command() {
	local i

	for ((i = 1; i <= $3; i++)); do
		cansend can0 "$(printf '%s#%s%02X' "$1" "$2" "$i")"
		sleep 0.05
	done
}

talk() {
	sleep 0.5
	cansend can0 305#0000000000000000
	cansend can0 083#00
	# Battery: charge with 1,000 W; PV: at most 500 W.
	command 083 F0D8FFFF010000 10
	command 0A2 88130000010000 40
	# Longer than watchdog and keep-alive.
	sleep 4
}

arrives() {
	so 'r["bus"]["dropped"] == 0' &&
		frames "$DIR/heard" >"$DIR/arrived" && frames "$DIR/said" >"$DIR/sent" &&
		[ "$(wc -l <"$DIR/sent")" -gt 100 ] && cmp "$DIR/sent" "$DIR/arrived"
}

takes_commands() {
	so 'r["devices"]["pv"]["commands"] == 40 and r["devices"]["pv"]["e_curtailed_mwh"] > 0'
}

counts_bad_ones() { so 'r["devices"]["battery"]["commands_bad"] == 1'; }

falls_back() {
	so 'r["devices"]["battery"]["watchdog_trips"] >= 1 and r["devices"]["battery"]["p_mw"] == 0' &&
		so 'r["devices"]["battery"]["e_import_mwh"] > 0'
}

keeps_alive() {
	so 'r["devices"]["battery"]["keepalives"] == 1' &&
		so 'r["devices"]["battery"]["keepalive_losses"] == 1'
}

ktap_print_header
if [ ! -e /sys/class/net/can0 ] || [ ! -e /sys/class/net/can1 ]; then
	ktap_skip_all "no can0 and can1 on one wire here"
	exit "$KSFT_SKIP"
fi
ktap_set_plan 6

ktap_test_result "sim: told to end, it ends in order" simulate sleep 3
ktap_test_result "sim: every frame that it records arrives at the other controller, in order" arrives

simulate talk
ktap_test_result "sim: a device takes the commands that come over the bus" takes_commands
ktap_test_result "sim: a command that is too short is counted, not taken" counts_bad_ones
ktap_test_result "sim: a device whose commands stop falls back by itself" falls_back
ktap_test_result "sim: the packs notice the keep-alive, and that it stops" keeps_alive
ktap_finished

#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# timeout: 600
#
# The site daemon against the real module: what it sets up, what it leaves
# alone, whose dispatch goes first, what it stores, and what happens to a site
# when the daemon, the disk, the clock or the module does something unexpected.

set -u

# shellcheck source=/dev/null
. "$KSELFTEST/kselftest/ktap_helpers.sh"
# shellcheck source=tests/helpers.sh
. "$(dirname -- "$0")/../helpers.sh"

NAME=ovppd-test
IF=vovppd0
DIR=$(mktemp -d)
DB=$DIR/ledger.db
CONFIG=$DIR/ovppd.yaml
LOG=$DIR/log
MODULE=${BUILD:-build}/kmod/${KERNEL:-}/openvpp.ko
EXTENSION=${BUILD:-build}/lib/ovpp_ledger
DAEMON=
DEVICES=()
export TZ=UTC
STARTED=$(($(date +%s) - $(cut -d. -f1 /proc/uptime)))

# ---- what the tests stand on ------------------------------------------------

# sql QUERY: what it gives, columns divided by '|'.
sql() {
	sqlite3 -readonly -cmd '.timeout 10000' -cmd ".load $EXTENSION" "$DB" "$1" | grep -v '^$'
}

# site KEY: what the kernel says of the site; empty where it says nothing.
site() {
	ovpp site show "$NAME" --json 2>/dev/null |
		sed -nE "s/^ *\"$1\": \"?([^\",]*)\"?,?\$/\1/p" | head -n 1
}

is() { [ "$(site "$1")" = "$2" ]; }
follows() { is state following; }
logged() { grep -q -- "$1" "$LOG"; }
sql_is() { [ "$(sql "$1")" = "$2" ]; }

# code EVENT: the subquery that gives its number.
code() { echo "(SELECT value FROM name WHERE kind = 'event' AND name = '$1')"; }

uptime() { cut -d. -f1 /proc/uptime; }
put_clock_back() { date -s "@$((STARTED + $(uptime)))" >/dev/null; }

write_profiles() {
	cat >"$DIR/meter.yaml" <<-'END'
	name: ovppd-test-meter
	kind: meter
	messages:
	  - name: power
	    id: 0x100
	    length: 4
	    timeout_ms: 20000
	    signals: [ { point: p, start: 0, length: 32, signed: true } ]
	END
	cat >"$DIR/battery.yaml" <<-'END'
	name: ovppd-test-battery
	kind: battery
	messages:
	  - name: power
	    id: 0x200
	    stride: 1
	    length: 4
	    timeout_ms: 20000
	    signals: [ { point: p, start: 0, length: 32, signed: true } ]
	  - name: command
	    id: 0x300
	    stride: 1
	    tx: true
	    length: 4
	    period_ms: 500
	    gap_ms: 10
	    signals: [ { point: p_set, start: 0, length: 32, signed: true } ]
	END
}

# write_config BATTERY...: by number; PERIOD, SAMPLE, RING, HEARTBEAT, TARGET, TTL.
write_config() {
	{
		cat <<-END
		ledger: { path: $DB, batch: { time: 200 ms }, retention: { size: 100 MB } }
		socket: $DIR/socket
		sites:
		  - name: $NAME
		    period: ${PERIOD:-20 ms}
		    sample: ${SAMPLE:-200 ms}
		    ring: ${RING:-16384}
		    heartbeat: ${HEARTBEAT:-4 s}
		    policy: { deadband: 5 W }
		    target: { p: ${TARGET:-1 kW}, ttl: ${TTL:-3 s} }
		    buses: [ { name: wire, if: $IF } ]
		    ders:
		      - { name: grid, bus: wire, profile: meter.yaml, pcc: true }
		END
		for n; do
			echo "      - { name: bat$n, bus: wire, profile: battery.yaml, node: $n," \
				"envelope: { p_min: -5 kW, p_max: 5 kW } }"
		done
	} >"$CONFIG"
}

# The meter and the batteries say that nothing flows, ten times a second.
start_devices() {
	ip link add "$IF" type vcan && ip link set "$IF" up || return
	for id in 100 201 202; do
		cangen "$IF" -I "$id" -L 4 -D 00000000 -g 100 &
		DEVICES+=($!)
	done
}

start_daemon() {
	: >"$LOG"
	ovppd --config "$CONFIG" --database "$DB" --verbose 2>>"$LOG" &
	DAEMON=$!
}

# stop_daemon SIGNAL: sets STATUS.
stop_daemon() {
	STATUS=0
	[ -n "$DAEMON" ] || return 0
	kill "-$1" "$DAEMON"
	# The shell's own word about a killed job is of no interest.
	{ wait "$DAEMON" || STATUS=$?; } 2>/dev/null
	DAEMON=
}

status() {
	python3 - "$DIR/socket" <<-'END'
	import socket, sys
	s = socket.socket(socket.AF_UNIX)
	s.connect(sys.argv[1])
	text = b""
	while part := s.recv(65536):
	    text += part
	print(text.decode())
	END
}

# shellcheck disable=SC2317
clean_up() {
	stop_daemon TERM
	ovpp site del "$NAME" >/dev/null 2>&1
	ovpp profile del ovppd-test-meter >/dev/null 2>&1
	ovpp profile del ovppd-test-battery >/dev/null 2>&1
	[ ${#DEVICES[@]} -eq 0 ] || kill "${DEVICES[@]}" 2>/dev/null
	ip link del "$IF" 2>/dev/null
	umount "$DIR/small" 2>/dev/null
	rm -rf "$DIR"
}
trap clean_up EXIT

# ---- the promises -----------------------------------------------------------

check_needs_no_kernel() {
	ovppd --check --config "$CONFIG" | grep -q '1 sites, 2 profiles: ok' || return
	sed 's/1 kW/1 kV/' "$CONFIG" >"$DIR/wrong.yaml"
	ovppd --check --config "$DIR/wrong.yaml" 2>"$DIR/errors"
	[ $? -eq 1 ] && grep -q 'sites\[0\].target.p: "1 kV" is not a quantity' "$DIR/errors"
}

sets_up_and_follows() {
	start_daemon
	wait_for 30 follows && wait_for 10 is target_mw 1000000 &&
		[ "$(site der_count)" = 2 ]
}

tells_its_status() {
	status >"$DIR/status" &&
		grep -q '"state": "following"' "$DIR/status" &&
		grep -q '"errors": \[\]' "$DIR/status"
}

stores_records() {
	wait_for 10 sql_is "SELECT COUNT(DISTINCT der) FROM sample" 2 &&
		wait_for 10 sql_is "SELECT COUNT(*) > 0 FROM site_sample WHERE state = 2" 1 &&
		sql_is "SELECT COUNT(*) FROM gap" 0
}

restart_disturbs_nothing() {
	local states

	states=$(sql "SELECT COUNT(*) FROM event WHERE code = $(code site_state)")
	stop_daemon TERM
	[ "$STATUS" -eq 0 ] || return
	start_daemon
	wait_for 10 sql_is "SELECT COUNT(*) FROM event WHERE arg = 1 AND code = $(code owner_changed)" 2 ||
		return
	# It gives the target anew before what the first one gave has ended.
	wait_for 10 sql_is "SELECT COUNT(*) > 0 FROM event WHERE code = $(code dispatch_state) AND
		seq > (SELECT MAX(seq) FROM event WHERE code = $(code owner_changed))" 1 || return
	if grep -E '(site|bus|der|policy|envelope|profile)-(new|set|del|lock)' "$LOG"; then
		return 1
	fi
	sql_is "SELECT COUNT(*) FROM event WHERE code = $(code site_state)" "$states" && follows
}

restart_stores_nothing_twice() {
	local count="SELECT SUM(n) FROM (SELECT COUNT(*) n FROM sample
		UNION ALL SELECT COUNT(*) FROM site_sample
		UNION ALL SELECT COUNT(*) FROM event
		UNION ALL SELECT COUNT(*) FROM dispatch)"

	sql_is "SELECT ($count) = (SELECT SUM(records) FROM batch)
		AND ($count) = (SELECT MAX(last_seq) + 1 FROM batch)" 1 &&
		sql_is "SELECT COUNT(*) FROM instance" 1 &&
		sql_is "SELECT COUNT(*) FROM gap" 0
}

killed_control_goes_on() {
	write_config 1
	kill -HUP "$DAEMON"
	wait_for 10 is heartbeat_ms 4000 || return
	KILLED=$(site head)
	stop_daemon KILL
	wait_for 20 is state fail_safe
}

# What happened in between was in the ring all the time.
killed_and_back() {
	start_daemon
	wait_for 20 follows && wait_for 10 restart_stores_nothing_twice || return
	sql_is "SELECT COUNT(DISTINCT n.name) FROM site_sample JOIN name n
		ON n.kind = 'site-state' AND n.value = state
		WHERE n.name IN ('following', 'fail_safe') AND seq > $KILLED" 2
}

second_daemon_on_the_ledger() {
	ovppd --config "$CONFIG" --database "$DB" 2>"$DIR/errors"
	[ $? -eq 3 ] && grep -q "in use by another ovppd, process $DAEMON" "$DIR/errors"
}

second_daemon_on_the_site() {
	sed "s,$DIR/socket,$DIR/socket2," "$CONFIG" >"$DIR/second.yaml"
	timeout 30 ovppd --config "$DIR/second.yaml" --database "$DIR/second.db" 2>"$DIR/errors"
	[ $? -eq 3 ] && grep -q "belongs to another process" "$DIR/errors" && follows
}

# Longer than any renewal; the exit status says that it ran to its end.
operator_goes_first() {
	ovpp dispatch run --site "$NAME" --p -2kW --for 5s --wait >/dev/null &&
		wait_for 5 logged "of another one goes first"
}

plan_is_taken_up_again() {
	wait_for 15 is target_mw 1000000 && wait_for 5 logged "taken up again"
}

deleted_site_comes_back() {
	ovpp site del "$NAME" || return
	wait_for 20 follows && [ "$(site der_count)" = 2 ] &&
		wait_for 5 sql_is "SELECT COUNT(*) FROM instance" 2
}

broken_file_changes_nothing() {
	write_config 1
	sed -i 's/1 kW/1 kV/' "$CONFIG"
	kill -HUP "$DAEMON"
	wait_for 5 logged "stays as it was" && follows && is target_mw 1000000
}

reload_changes_what_differs() {
	TARGET="500 W" write_config 1 2
	kill -HUP "$DAEMON"
	wait_for 10 is der_count 3 && wait_for 10 is target_mw 500000 || return
	write_config 2
	kill -HUP "$DAEMON"
	wait_for 10 is der_count 2 && wait_for 10 is target_mw 1000000 && follows
}

refusals_are_shown() {
	local log

	sed -i "s/heartbeat: 4 s/heartbeat: 1 ms/" "$CONFIG"
	kill -HUP "$DAEMON"
	wait_for 5 logged "<3>site $NAME: site: site-set:" || return
	log=$(grep "site-set:" "$LOG")
	ktap_print_msg "$log"
	follows && status | grep -q 'site-set' || return
	write_config 1
	kill -HUP "$DAEMON"
	wait_for 10 logged "everything is as configured"
}

# Each change takes a period of the loop: together longer than a heartbeat lasts.
slow_changes_cost_no_heartbeat() {
	local states result

	PERIOD="500 ms" write_config 1
	kill -HUP "$DAEMON"
	wait_for 10 is period_ns 500000000 && wait_for 5 follows || return
	states=$(sql "SELECT COUNT(*) FROM event WHERE code = $(code site_state)")
	PERIOD="500 ms" write_config 1 2 3 4 5 6
	kill -HUP "$DAEMON"
	wait_for 30 is der_count 7 && wait_for 20 logged "der bat6: envelope-set" && sleep 1 &&
		sql_is "SELECT COUNT(*) FROM event WHERE code = $(code site_state)" "$states"
	result=$?
	write_config 1
	kill -HUP "$DAEMON"
	wait_for 20 is der_count 2 && return $result
}

clock_step() {
	local head result

	head=$(site head)
	date -s '+1 year' >/dev/null
	wait_for 5 logged "the wall clock was set" && sleep 3 && follows && [ "$(site head)" -gt "$head" ]
	result=$?
	put_clock_back
	return $result
}

schedule_by_the_clock() {
	local result

	write_config 1
	sed -i 's/target: .*/schedule: [ { at: "00:00", p: 100 W }, { at: "12:00", p: 200 W } ]/' "$CONFIG"
	date -s '2030-01-01 11:00:00' >/dev/null
	kill -HUP "$DAEMON"
	wait_for 10 is target_mw 100000 && date -s '2030-01-01 13:00:00' >/dev/null &&
		wait_for 10 is target_mw 200000
	result=$?
	put_clock_back
	write_config 1
	kill -HUP "$DAEMON"
	wait_for 10 is target_mw 1000000 && return $result
}

no_file_restores_the_last_state() {
	local result

	stop_daemon TERM
	ovpp site del "$NAME" || return
	mv "$CONFIG" "$DIR/away.yaml"
	start_daemon
	wait_for 20 follows && logged "restored from the ledger" && [ "$(site der_count)" = 2 ]
	result=$?
	mv "$DIR/away.yaml" "$CONFIG"
	return $result
}

tells_the_service_manager() {
	stop_daemon TERM
	python3 - "$DIR/notify" "$DIR/told" <<-'END' &
	import socket, sys
	s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
	s.bind(sys.argv[1])
	with open(sys.argv[2], "w", buffering=1) as out:
	    while True:
	        text = s.recv(4096).decode()
	        print(text, file=out)
	        if text == "STOPPING=1":
	            break
	END
	local listener=$! result

	wait_for 10 test -S "$DIR/notify"
	NOTIFY_SOCKET=$DIR/notify WATCHDOG_USEC=1000000 start_daemon
	wait_for 15 grep -q 'READY=1' "$DIR/told" && wait_for 5 grep -q 'WATCHDOG=1' "$DIR/told"
	result=$?
	stop_daemon TERM
	wait_for 10 grep -q 'STOPPING=1' "$DIR/told" || result=1
	kill $listener 2>/dev/null
	return $result
}

# The daemon is away for longer than a small ring lasts.
lost_records_are_counted() {
	stop_daemon TERM
	ovpp site del "$NAME" || return
	RING=64 SAMPLE=0 write_config 1
	start_daemon
	wait_for 20 follows || return
	stop_daemon KILL
	sleep 1
	start_daemon
	wait_for 20 follows || return
	wait_for 10 sql_is "SELECT COUNT(*) >= 1 FROM gap" 1 || return
	# What is stored and what is known to be lost is all that there was.
	wait_for 10 sql_is "SELECT (SELECT SUM(records) FROM batch WHERE instance = i.id) +
		(SELECT SUM(records) FROM gap WHERE instance = i.id) =
		(SELECT MAX(last_seq) + 1 FROM batch WHERE instance = i.id)
		FROM instance i ORDER BY id DESC" 1
}

# Its own ledger on a small disk that something else fills.
full_disk() {
	local result

	stop_daemon TERM
	ovpp site del "$NAME" || return
	mkdir -p "$DIR/small"
	mount -t tmpfs -o size=16m tmpfs "$DIR/small" || return
	RING=64 SAMPLE=0 write_config 1
	DB=$DIR/small/ledger.db
	start_daemon
	wait_for 20 follows || return
	dd if=/dev/zero of="$DIR/small/filler" bs=4096 2>/dev/null
	wait_for 30 logged "records are not stored" || return
	# Longer than a heartbeat and a target last.
	sleep 5
	follows && is target_mw 1000000 || return
	rm "$DIR/small/filler"
	wait_for 30 logged "records are stored again" &&
		wait_for 20 sql_is "SELECT (SELECT SUM(records) FROM batch) +
			(SELECT COALESCE(SUM(records), 0) FROM gap) =
			(SELECT MAX(last_seq) + 1 FROM batch)" 1 && follows
	result=$?
	stop_daemon TERM
	DB=$DIR/ledger.db
	umount "$DIR/small"
	return $result
}

# Locked is only what is as configured, so the site is made anew.
locked_envelope_is_left_alone() {
	stop_daemon TERM
	ovpp site del "$NAME" >/dev/null
	write_config 1
	sed -i 's/    policy: .*/    envelope: { export_max: 3 kW, lock: true }/' "$CONFIG"
	start_daemon
	wait_for 20 sql_is "SELECT COUNT(*) FROM event WHERE code = $(code envelope_locked)" 1 || return
	sed -i 's/3 kW/4 kW/' "$CONFIG"
	kill -HUP "$DAEMON"
	wait_for 10 logged "<3>site $NAME: site: envelope-set:" && follows
}

module_reloaded() {
	stop_daemon TERM
	write_config 1
	rmmod openvpp || return
	start_daemon
	wait_for 10 logged "the module openvpp is not loaded" || return
	insmod "$MODULE" || return
	wait_for 20 follows && logged "everything is as configured"
}

leaves_the_site_to_its_lease() {
	stop_daemon TERM
	[ "$STATUS" -eq 0 ] && wait_for 20 is state fail_safe
}

have_module() { [ -e "$MODULE" ] && [ -w /sys/module ]; }

for need in ovppd ovpp cangen python3 sqlite3; do
	command -v $need >/dev/null || { ktap_print_header; ktap_skip_all "no $need"; exit "$KSFT_SKIP"; }
done
write_profiles
# Long enough for a restart on any machine.
HEARTBEAT="30 s" TTL="60 s" write_config 1
start_devices

ktap_print_header
ktap_set_plan 26
ktap_test_result "ovppd: a configuration is checked without a kernel" check_needs_no_kernel
ktap_test_result "ovppd: a site is set up and follows its target" sets_up_and_follows
ktap_test_result "ovppd: the status socket says so" tells_its_status
ktap_test_result "ovppd: records of all DER reach the ledger, none is lost" stores_records
ktap_test_result "ovppd: a restart disturbs nothing" restart_disturbs_nothing
ktap_test_result "ovppd: a restart stores nothing twice" restart_stores_nothing_twice
ktap_test_result "ovppd: killed, control goes on to the end of the lease" killed_control_goes_on
ktap_test_result "ovppd: back after a kill, the site follows and no record is missing" killed_and_back
ktap_test_result "ovppd: a second one on the ledger is refused" second_daemon_on_the_ledger
ktap_test_result "ovppd: a second one on the site is refused" second_daemon_on_the_site
ktap_test_result "ovppd: an operator's dispatch goes first" operator_goes_first
ktap_test_result "ovppd: when it has ended the plan is taken up again" plan_is_taken_up_again
ktap_test_result "ovppd: a deleted site is set up again" deleted_site_comes_back
ktap_test_result "ovppd: reload: a wrong file changes nothing" broken_file_changes_nothing
ktap_test_result "ovppd: reload: what is new comes, what is gone goes" reload_changes_what_differs
ktap_test_result "ovppd: what the kernel refuses is shown in its words" refusals_are_shown
ktap_test_result "ovppd: many slow changes cost no heartbeat" slow_changes_cost_no_heartbeat
ktap_test_result "ovppd: a clock set by a year leaves control alone" clock_step
ktap_test_result "ovppd: a schedule follows a clock that is set" schedule_by_the_clock
ktap_test_result "ovppd: without a file the last state is restored" no_file_restores_the_last_state
ktap_test_result "ovppd: the service manager is told" tells_the_service_manager
ktap_test_result "ovppd: records lost while it was away are counted exactly" lost_records_are_counted
ktap_test_result "ovppd: a full disk stops neither heartbeat nor target" full_disk
if have_module; then
	ktap_test_result "ovppd: a locked envelope is left alone, and that is said" locked_envelope_is_left_alone
	ktap_test_result "ovppd: a site is set up again after the module was reloaded" module_reloaded
else
	ktap_test_skip "ovppd: a locked envelope is left alone, and that is said (the module cannot be reloaded here)"
	ktap_test_skip "ovppd: a site is set up again after the module was reloaded (it cannot be reloaded here)"
fi
ktap_test_result "ovppd: stopped, it leaves the site to its lease" leaves_the_site_to_its_lease
ktap_finished

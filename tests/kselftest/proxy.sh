#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# timeout: 300
#
# The daemon's Modbus proxy: other masters, over TCP and on a serial port, ask a
# simulated device on the line that the module is the master of. Their values are
# those of the loop, they write what they may, and the loop does not notice them.

set -u

# shellcheck source=/dev/null
. "$KSELFTEST/kselftest/ktap_helpers.sh"
# shellcheck source=tests/helpers.sh
. "$(dirname -- "$0")/../helpers.sh"

NAME=proxy-test
DIR=$(mktemp -d)
CONFIG=$DIR/ovppd.yaml
PORT=15020
PIDS=()
DAEMON=
# What the device measures in W, and the registers that it is in, from the first on.
POWER_W=-123456
POWER_REGISTER=10
COMMAND_REGISTER=20
FREE_REGISTER=30

# ---- what the tests stand on ------------------------------------------------

write_device() {
	cat >"$DIR/battery.yaml" <<-END
	name: proxy-test-battery
	kind: battery
	bus: modbus
	messages:
	  - name: power
	    read: holding
	    period_ms: 100
	    timeout_ms: 20000
	    signals: [ { point: p, register: $POWER_REGISTER, type: i32 } ]
	  - name: command
	    write: registers
	    period_ms: 1000
	    signals: [ { point: p_set, register: $COMMAND_REGISTER, type: i32 } ]
	END
	printf '%d: %04x %04x\n%d: 0 0\n%d: 1 2 3 4\n' \
		"$POWER_REGISTER" $((POWER_W >> 16 & 0xffff)) $((POWER_W & 0xffff)) \
		"$COMMAND_REGISTER" "$FREE_REGISTER" >"$DIR/registers"
}

# write_config WRITE: the proxies of the tests.
write_config() {
	cat >"$CONFIG" <<-END
	ledger: { path: $DIR/ledger.db }
	socket: $DIR/socket
	sites:
	  - name: $NAME
	    period: 10 ms
	    buses: [ { name: rs485, tty: $DIR/line, baud: 115200, parity: none } ]
	    ders: [ { name: battery, bus: rs485, node: 1, profile: battery.yaml } ]
	    proxy:
	      - { bus: rs485, listen: $PORT, write: $1, units: [1, 2], clients: 6 }
	      - { bus: rs485, tty: $DIR/port, baud: 115200, parity: none }
	END
}

# Starts in the background what ends with the test.
start() {
	"$@" >>"$DIR/log" 2>&1 &
	PIDS+=($!)
}

start_daemon() {
	ovppd --config "$CONFIG" --verbose 2>>"$DIR/log" &
	DAEMON=$!
}

# shellcheck disable=SC2317
clean_up() {
	[ -z "$DAEMON" ] || { kill "$DAEMON" && wait "$DAEMON"; } 2>/dev/null
	ovpp site del "$NAME" >/dev/null 2>&1
	ovpp profile del proxy-test-battery >/dev/null 2>&1
	[ ${#PIDS[@]} -eq 0 ] || kill "${PIDS[@]}" 2>/dev/null
	rm -rf "$DIR"
}
trap clean_up EXIT

# json FILTER: a value of the JSON object on standard input, in Python.
json() { python3 -c "import json, sys; d = json.load(sys.stdin); print($1)"; }

# proxy KEY: of the server, as the status socket says.
proxy() {
	python3 - "$DIR/socket" <<-'END' | json "[p for p in d['proxies'] if 'listen' in p][0]['$1']"
	import socket, sys
	s = socket.socket(socket.AF_UNIX)
	s.connect(sys.argv[1])
	text = b""
	while part := s.recv(65536):
	    text += part
	print(text.decode())
	END
}

bus() { ovpp bus show rs485 --site "$NAME" --json | json "d['$1']"; }
der_power() {
	ovpp der show battery --site "$NAME" --json |
		json "[p['value'] for p in d['point'] if p['id'] == 'p'][0]"
}

power_is_known() { [ "$(der_power)" = "${POWER_W}000" ]; }
writable() { [ "$(bus foreign_write)" = "$1" ]; }

# tcp UNIT ARGUMENT...: mbpoll over TCP, once. Leaves what it said in $DIR/said.
tcp() {
	local unit=$1

	shift
	mbpoll -m tcp -p "$PORT" -a "$unit" -0 -1 -q -o 5 "$@" >"$DIR/said" 2>&1
}

rtu() {
	mbpoll -m rtu -b 115200 -P none -a 1 -0 -1 -q -o 5 "$@" >"$DIR/said" 2>&1
}

# said REGISTER VALUE: in what mbpoll printed.
said() { grep -Eq "^\[$1\]:[[:space:]]+$2( |\$)" "$DIR/said"; }
said_text() { grep -q "$1" "$DIR/said" || { sed 's/^/# /' "$DIR/said"; return 1; }; }

tcp_power() {
	tcp 1 -t 4:int -B -r "$POWER_REGISTER" 127.0.0.1 && said "$POWER_REGISTER" "$POWER_W"
}

# ---- the promises -----------------------------------------------------------

libmodbus_over_tcp() { tcp_power && power_is_known; }

libmodbus_over_rtu() {
	rtu -t 4:int -B -r "$POWER_REGISTER" "$DIR/far" &&
		said "$POWER_REGISTER" "$POWER_W" && power_is_known
}

# It puts several requests on their way, and finds each answer by its transaction.
pymodbus_over_tcp() {
	python3 - "$PORT" "$POWER_REGISTER" "$POWER_W" <<-'END'
	import asyncio, struct, sys
	from pymodbus.client import AsyncModbusTcpClient

	async def main(port, register, want):
	    client = AsyncModbusTcpClient("127.0.0.1", port=port)
	    await client.connect()
	    for _ in range(5):
	        answers = await asyncio.gather(
	            *(client.read_holding_registers(register + i % 2, 2 - i % 2, slave=1) for i in range(6)))
	        for i, answer in enumerate(answers):
	            words = struct.unpack(">HH", struct.pack(">i", want))
	            assert answer.registers == list(words[i % 2:]), (i, answer)
	    closing = client.close()
	    if asyncio.iscoroutine(closing):
	        await closing

	asyncio.run(main(*map(int, sys.argv[1:])))
	END
}

writes_are_refused() {
	local refused

	refused=$(proxy refused)
	! tcp 1 -t 4 -r "$FREE_REGISTER" 127.0.0.1 77 || return
	said_text "Illegal function" && [ "$(proxy refused)" -eq $((refused + 1)) ] &&
		writable 0 && tcp 1 -t 4 -r "$FREE_REGISTER" 127.0.0.1 && said "$FREE_REGISTER" 1
}

units_are_restricted() {
	! tcp 3 -t 4 -r 0 127.0.0.1 || return
	said_text "Gateway path unavailable"
}

silent_unit_is_told() {
	! tcp 2 -t 4 -r 0 127.0.0.1 || return
	said_text "Target device failed to respond" && power_is_known
}

writes_are_allowed() {
	write_config true
	kill -HUP "$DAEMON"
	wait_for 10 writable 1 && wait_for 10 tcp_power || return
	tcp 1 -t 4 -r "$FREE_REGISTER" 127.0.0.1 77 || return
	tcp 1 -t 4 -r "$FREE_REGISTER" 127.0.0.1 && said "$FREE_REGISTER" 77
}

commands_are_the_sites() {
	! tcp 1 -t 4 -r "$COMMAND_REGISTER" 127.0.0.1 1 || return
	said_text "Illegal data address"
}

port_still_only_reads() {
	! rtu -t 4 -r "$FREE_REGISTER" "$DIR/far" 78 || return
	said_text "Illegal function"
}

writes_end_with_the_configuration() {
	write_config false
	kill -HUP "$DAEMON"
	wait_for 10 writable 0
}

now_ms() { awk '{ printf "%d\n", $1 * 1000 }' /proc/uptime; }

# Without Python, which an emulated processor takes long to start.
loop_frames() { ovpp bus show rs485 --site "$NAME" --json | sed -n 's/^ *"rx_frames": \([0-9]*\).*/\1/p'; }

# rate SECONDS: frames for the loop, in 1,000 s.
rate() {
	local frames start

	frames=$(loop_frames)
	start=$(now_ms)
	sleep "$1"
	frames=$(($(loop_frames) - frames))
	echo $((frames * 1000000 / ($(now_ms) - start)))
}

# Five clients that ask without a pause. It is the line that they are to fight for,
# not the processor that the simulated device needs as well.
hammer() {
	exec nice -n 19 python3 - "$PORT" <<-'END'
	import socket, struct, sys, threading

	def ask():
	    with socket.create_connection(("127.0.0.1", int(sys.argv[1]))) as s:
	        while True:
	            s.sendall(struct.pack(">HHHBBHH", 1, 0, 6, 1, 3, 30, 4))
	            if not s.recv(300):
	                return

	for _ in range(5):
	    threading.Thread(target=ask).start()
	END
}

asked_since() { [ "$(proxy requests)" -gt $(($1 + 20)) ]; }

# Were they served like the loop, it would have half of its polls at most. Some are
# lost to the processor in an emulated machine.
loop_does_not_notice() {
	local alone with pid asked

	wait_for 10 tcp_power || return
	alone=$(rate 15)
	asked=$(proxy requests)
	hammer &
	pid=$!
	wait_for 20 asked_since "$asked" || { kill $pid; return 1; }
	with=$(rate 15)
	kill $pid
	ktap_print_msg "frames of the loop in 1,000 s: $alone alone, $with with five clients"
	[ "$alone" -gt 0 ] && [ $((with * 100)) -ge $((alone * 80)) ]
}

too_many_are_turned_away() {
	python3 - "$PORT" <<-'END'
	import socket, sys

	held = [socket.create_connection(("127.0.0.1", int(sys.argv[1]))) for _ in range(7)]
	held[6].settimeout(20)
	assert held[6].recv(1) == b""
	END
	[ "$(proxy turned_away)" -ge 1 ] && wait_for 10 tcp_power
}

no_path() { ! tcp 1 -t 4 -r 0 127.0.0.1 && said_text "Gateway path unavailable"; }

# The daemon makes what was taken away again when it is told.
site_goes_and_comes() {
	ovpp der del battery --site "$NAME" && ovpp bus del rs485 --site "$NAME" &&
		wait_for 5 no_path || return
	kill -HUP "$DAEMON"
	wait_for 20 tcp_power
}

# Five clients ask a unit that does not answer, and are left waiting: each takes the
# line for half a second.
ask_the_silent() {
	exec python3 - "$PORT" <<-'END'
	import socket, struct, sys

	held = [socket.create_connection(("127.0.0.1", int(sys.argv[1]))) for _ in range(5)]
	for s in held:
	    s.sendall(struct.pack(">HHHBBHH", 1, 0, 6, 2, 3, 30, 4))
	print("asked", flush=True)
	for s in held:
	    s.recv(300)
	END
}

has_asked() { grep -q asked "$DIR/asked"; }

stop_waits_for_no_device() {
	local pid start

	ask_the_silent >"$DIR/asked" 2>&1 &
	pid=$!
	wait_for 20 has_asked || { kill $pid; return 1; }
	start=$(now_ms)
	kill "$DAEMON"
	wait "$DAEMON" || return
	start=$(($(now_ms) - start))
	kill $pid 2>/dev/null
	ktap_print_msg "it took $start ms"
	[ "$start" -lt 1500 ]
}

restart_reopens() {
	start_daemon
	wait_for 20 tcp_power && libmodbus_over_rtu
}

for need in ovppd ovpp ovpp-sim mbpoll socat python3; do
	command -v $need >/dev/null || { ktap_print_header; ktap_skip_all "no $need"; exit "$KSFT_SKIP"; }
done
write_device
write_config false
start nice -n -15 ovpp-sim slave --image "$DIR/registers" --pty "$DIR/line" --unit 1 --baud 115200
start socat "pty,rawer,link=$DIR/port" "pty,rawer,link=$DIR/far"
wait_for 10 test -e "$DIR/line" -a -e "$DIR/far"
start_daemon
wait_for 30 power_is_known || sed "s,^,# ," "$DIR/log"

ktap_print_header
ktap_set_plan 15
ktap_test_result "proxy: a libmodbus master over TCP reads what the loop reads" libmodbus_over_tcp
ktap_test_result "proxy: a libmodbus master on a serial port reads what the loop reads" libmodbus_over_rtu
if python3 -c 'from pymodbus.client import AsyncModbusTcpClient' 2>/dev/null; then
	ktap_test_result "proxy: a pymodbus master with many requests at once reads what the loop reads" pymodbus_over_tcp
else
	ktap_test_skip "proxy: a pymodbus master with many requests at once reads what the loop reads (no pymodbus)"
fi
ktap_test_result "proxy: writes are refused" writes_are_refused
ktap_test_result "proxy: a unit that is not listed has no path" units_are_restricted
ktap_test_result "proxy: a device that does not answer is told" silent_unit_is_told
ktap_test_result "proxy: writes pass where they are allowed" writes_are_allowed
ktap_test_result "proxy: registers with commands are the site's alone" commands_are_the_sites
ktap_test_result "proxy: a proxy that may write opens no other one" port_still_only_reads
ktap_test_result "proxy: writes end with the configuration that allowed them" writes_end_with_the_configuration
ktap_test_result "proxy: clients that hammer do not slow the loop's polls" loop_does_not_notice
ktap_test_result "proxy: more clients than allowed are turned away" too_many_are_turned_away
ktap_test_result "proxy: without its bus there is no path, and then there is again" site_goes_and_comes
ktap_test_result "proxy: the daemon's end waits for no device" stop_waits_for_no_device
ktap_test_result "proxy: a restart opens everything again" restart_reopens
ktap_finished

#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# modbus.sh: what the master of a serial line makes of it, beside what the line
# could carry and what libmodbus makes of it (see modbus_guest.py and run.sh).

set -eu -o pipefail

. "$(dirname -- "$0")/lib.sh"

CONDITIONS="$KERNEL, one emulated processor whose clock counts instructions, a pty with the times of a line, 8N1"

main() {
	local out baud

	out=$(guest "/usr/bin/python3 -B tests/bench/modbus_guest.py")
	for baud in 9600 19200 115200; do
		line "polls at $baud Bd" "$(of "rate_$baud" "$out")" "$(of "limit_$baud" "$out")" \
			"the line's own limit" "polls a second" ">=0.97" \
			"10 registers, 4 units that answer at once, 20 s; libmodbus: $(of "peer_rate_$baud" "$out")"
	done
	line "polls with 5 % silent" "$(of silent_rate "$out")" "$(of peer_silent_rate "$out")" libmodbus \
		"healthy polls a second" ">=1.2" "19200 Bd, 20 units, one silent, 60 s"
	line "one dead unit of 32" "$(of dead_rate "$out")" "$(of alive_rate "$out")" "with none dead" \
		"polls a second of the slowest other unit" ">=0.9" "19200 Bd, 60 s"
	line "CPU a poll" "$(of cpu "$out")" "$(of peer_cpu "$out")" libmodbus "instructions" 0.5 \
		"115200 Bd; thread $(of cpu_thread "$out") against process $(of peer_cpu_process "$out"), the rest is workers of ttys"
	line "CPU a poll, master alone" "$(of cpu_thread "$out")" "$(of peer_cpu_process "$out")" libmodbus \
		"instructions" 0.5 "115200 Bd; the module's thread against libmodbus's process"
	uart "$out"
}

# Between two emulated 16550A the interrupt's thread counts, too, where there is one.
uart() {
	local CONDITIONS="$KERNEL, one emulated processor whose clock counts instructions, two 16550A on one line, 8N1, 115200 Bd"

	[[ -z $(of uart_cpu "$1") ]] ||
		line "CPU a poll, UART" "$(of uart_cpu "$1")" "$(of uart_peer_cpu "$1")" libmodbus \
			"instructions" 0.5 \
			"thread $(of uart_cpu_thread "$1") against process $(of uart_peer_cpu_process "$1"), the rest is the UART's interrupt and workers of ttys"
	line "CPU a poll, UART, master alone" "$(of uart_cpu_thread "$1")" "$(of uart_peer_cpu_process "$1")" \
		libmodbus "instructions" 0.5 "the module's thread against libmodbus's process"
}

main

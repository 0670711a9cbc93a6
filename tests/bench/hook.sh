#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# hook.sh: what hooks cost, counted in instructions (see hook.c and run.sh).

set -eu -o pipefail

. "$(dirname -- "$0")/../vm/lib.sh"

CONDITIONS="$KERNEL, one emulated processor whose clock counts instructions, vcan"

# guest COMMAND: its output, in a guest whose clock counts instructions.
guest() { ICOUNT=1 VM_TIMEOUT=1200 "$TREE/tests/vm/vm.sh" "$1"; }

# of KEY OUTPUT: the value of a line "KEY VALUE".
of() { sed -n "s/^$1 //p" <<<"$2"; }

# line NAME OURS PEER PEER_NAME UNIT GOAL [CONDITIONS]
line() { printf '%s\t%s\t%s\t%s\t%s\t%s\t%s\n' "$1" "$2" "$3" "$4" "$5" "$6" "$CONDITIONS${7:+; $7}"; }

less() { awk -v a="$1" -v b="$2" 'BEGIN { printf "%.1f", a - b }'; }

main() {
	local with without

	with=$(guest "set -e; m=build/tests-bench/hook; \$m call | sed 's/plain/base/'; \$m frame
		\$m replace; \$m spin | sed 's/missed/spin_missed/'")
	without=$(NOMOD=1 guest "insmod build/kmod/$KERNEL-no-hooks/openvpp.ko && build/tests-bench/hook frame")

	line "empty hook in ovpp_bus_receive()" "$(less "$(of hook "$with")" "$(of base "$with")")" \
		"$(less "$(of fentry "$with")" "$(of base "$with")")" "empty fentry program" \
		"instructions a frame" 1.5 "the least of 25 bursts of 20 frames, mean of 20 rounds, interleaved"
	line "no hook: frame received" "$(less "$(of plain "$with")" "$(of plain "$without")")" - - \
		"instructions beyond a build without hooks" 2 \
		"$(of plain "$with") against $(of plain "$without"), two boots, send and receive"
	line "no hook: tick" "$(less "$(of tick "$with")" "$(of tick "$without")")" - - \
		"instructions beyond a build without hooks" 5 \
		"$(of tick "$with") against $(of tick "$without"), two boots, one DER"
	line "1,000 replacements: missed ticks" "$(of missed "$with")" - - ticks 0 \
		"1 kHz, $(of frames "$with") frames in $(of seconds "$with") s, $(of ticks "$with") ticks"
	line "1,000 replacements: frames unfiltered" "$(of unfiltered "$with")" - - frames 0
	line "program at its limit: missed ticks" "$(of spin_missed "$with")" - - ticks 1 \
		"ejected for $(of cause "$with") after $(of runs "$with") call of $(of took "$with") instructions"
}

main

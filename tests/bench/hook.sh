#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# hook.sh: what hooks cost, counted in instructions (see hook.c and run.sh).

set -eu -o pipefail

. "$(dirname -- "$0")/lib.sh"

CONDITIONS="$KERNEL, one emulated processor whose clock counts instructions, vcan"

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

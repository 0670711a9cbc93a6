#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# run.sh: every measurement in tests/bench/*.sh. Each prints lines of fields with
# tabs between them, which report.py turns into build/bench/NAME.json and a table:
#
#   name  ours  peer  peer_name  unit  goal  conditions
#
# peer is "-" where there is none; goal is for the ratio ours/peer, for ours itself
# without a peer: a number, "at most", or with ">=" before it "at least".
#
# Status 1 when a goal is missed, 125 when something could not be measured.

set -eu -o pipefail

. "$(dirname -- "$0")/../vm/lib.sh"

main() {
	local script name status=0

	cd "$TREE"
	mkdir -p "$BUILD/bench"
	for script in tests/bench/*.sh; do
		name=$(basename "$script" .sh)
		[[ $name != run && $name != lib ]] || continue
		say "measuring: $name"
		"$script" >"$BUILD/bench/$name.tsv" || die "$script failed"
		python3 tests/bench/report.py "$BUILD/bench/$name.tsv" "$BUILD/bench/$name.json" \
			"$(git rev-parse --short HEAD 2>/dev/null || echo unknown)" || status=1
	done
	return "$status"
}

main

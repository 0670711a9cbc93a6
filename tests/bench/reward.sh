#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# reward.sh: what it costs to verify the evidence of a day and to compute its reward
# (see tests/host/make_epoch.c and run.sh).

set -eu -o pipefail

. "$(dirname -- "$0")/lib.sh"

MAKE=$BUILD/tests-host/make_epoch
CONDITIONS="on the build host, one core, CPU time, best of 5; a day of a site, batches of 600"
DIR=$(mktemp -d)
trap 'rm -r "$DIR"' EXIT

# cpu COMMAND...: the least of five runs, s.
cpu() {
	local TIMEFORMAT='%U %S'

	for _ in 1 2 3 4 5; do
		{ time "$@" >/dev/null; } 2>&1 | awk '{ print $1 + $2 }'
	done | sort -n | sed -n 1p
}

# day DEVICES: once a second each.
day() {
	local records=$((86400 * $1)) key proof

	"$MAKE" inputs "$1" >"$DIR/inputs"
	"$MAKE" bundle "$1" 86400 1 >"$DIR/bundle"
	"$BUILD/bin/ovpp" reward compute "$DIR/inputs" "$DIR/bundle" --out "$DIR/document"
	key=$(sed -n 's/^ *"gateway": "\(.*\)",$/\1/p' "$DIR/inputs" | sed -n 1p)
	proof=$(cpu "$BUILD/bin/ovpp-verify" --quiet --key "$key" "$DIR/bundle")
	line "from bundle to reward, $records records" \
		"$(cpu "$BUILD/bin/ovpp-verify" --quiet --reward "$DIR/document" "$DIR/bundle")" - - s \
		"$1" "of it $proof s for the proof"
}

day 1
day 8

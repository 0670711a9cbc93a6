#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# reward.sh: what it costs to verify the evidence of a day and to compute its reward, and
# to find both on a chain (see tests/host/make_epoch.c, tests/chain_site.sh and run.sh).

set -eu -o pipefail

. "$(dirname -- "$0")/lib.sh"
. "$TREE/tests/chain_site.sh"

MAKE=$BUILD/tests-host/make_epoch
CONDITIONS="on the build host, one core, CPU time, best of 5; a day of a site, batches of 600"
DIR=$(mktemp -d)
trap 'site_stop; rm -r "$DIR"' EXIT

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

# From the events of a chain to the last payment; the node is a process of its own.
day_on_chain() {
	local id owner

	"$MAKE" inputs 1 >"$DIR/plain"
	"$MAKE" bundle 1 86400 1 >"$DIR/bundle"
	site_start
	site_deploy "$DIR/plain"
	owner=$(account 4)
	site_py inputs "$DIR/plain" "$DIR/deployment" "$owner" >"$DIR/inputs"
	id=$(register $GATEWAY_KIND 1 0)
	register 5 16 0 >/dev/null
	anchor "$id" "$DIR/bundle"
	fund
	"$BUILD/bin/ovpp" reward compute "$DIR/inputs" "$DIR/bundle" --out "$DIR/document"
	propose "$DIR/document"
	finalize
	claim "$DIR/document" "$owner"
	settle
	line "from chain to reward, 86400 records" \
		"$(cpu "$BUILD/bin/ovpp-verify" --quiet --chain "$DIR/deployment" --rpc "$URL" \
			--reward "$DIR/document" "$DIR/bundle")" - - s 1 \
		"144 batches, a gateway and a device on anvil; waiting for it is not counted"
}

day 1
day 8
# Without anvil (scripts/contracts.sh) there is no chain to look at.
if site_ready; then
	day_on_chain
else
	say "not measured: from chain to reward: no anvil or no contracts in $CONTRACTS"
fi

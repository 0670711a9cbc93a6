#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# timeout: 180
#
# Contribution and reward: ovpp reward and ovpp-verify --reward, beside reward.py, which
# was written from docs/reward.md alone.

set -u

# shellcheck source=/dev/null
. "$KSELFTEST/kselftest/ktap_helpers.sh"

DIR=$(mktemp -d)
trap 'rm -rf "$DIR"' EXIT
MAKE=$BUILD/tests-host/make_epoch

"$MAKE" inputs 4 >"$DIR/inputs"
"$MAKE" bundle 4 14400 5 >"$DIR/bundle"
"$MAKE" ledger 4 14400 5 "$DIR/ledger.db"

# check NAME COMMAND...: what it prints follows if it fails.
check() {
	local name=$1 status=0

	shift
	"$@" >"$DIR/log" 2>&1 || status=$?
	ktap_test_result "reward: $name" [ $status = 0 ]
	[ $status = 0 ] || tail -n 20 "$DIR/log" | sed 's/^/# /'
}

# run STATUS PROGRAM ARGUMENT...: does it end with that status? Its output is in OUT.
run() {
	local want=$1 status=0 program=$2

	shift 2
	OUT=$("$BUILD/bin/$program" "$@" 2>&1) || status=$?
	[ "$status" = "$want" ] || { echo "status $status"; echo "$OUT"; return 1; }
}

# says PATTERN...: each is in the output.
says() {
	local pattern

	for pattern; do
		grep -q -- "$pattern" <<<"$OUT" || { echo "not said: $pattern"; echo "$OUT"; return 1; }
	done
}

# value EXPRESSION: of x, the JSON that was said.
value() { /usr/bin/python3 -c "import json, sys; x = json.loads(sys.argv[1]); print($1)" "$OUT"; }

# edit FILE STATEMENT TO: a document that is changed.
edit() {
	/usr/bin/python3 -c "
import json, sys
x = json.load(open(sys.argv[1]))
$2
json.dump(x, open(sys.argv[2], 'w'))" "$1" "$3"
}

second() { /usr/bin/python3 -B tests/host/reward.py "$@"; }

computed() {
	run 0 ovpp reward compute "$DIR/inputs" "$DIR/bundle" --out "$DIR/document" &&
		run 0 ovpp-verify --reward "$DIR/document" "$DIR/bundle" && says '^PROVEN' &&
		run 0 ovpp-verify --json --reward "$DIR/document" "$DIR/bundle" &&
		[ "$(value 'x["proven"], x["fault"]')" = "True None" ]
}

# The battery's 20 minutes of 3 kW, 15 s late: R is a third of three shares.
by_hand() {
	OUT=$(<"$DIR/document")
	[ "$(value 'max(d["response_mwh"] for d in x["results"]["devices"])')" = 899189 ] &&
		[ "$(value 'sum(d["samples"] == 0 for d in x["results"]["devices"])')" = 1 ] &&
		[ "$(value 'x["results"]["accounts"][0]["pay"]')" = \
			"$(value 'str(x["results"]["weight"] * 10**12)')" ]
}

# forged STATEMENT PATH: the document with a change is refused, and the place is said.
forged() {
	edit "$DIR/document" "$1" "$DIR/forged" &&
		run 1 ovpp-verify --reward "$DIR/forged" "$DIR/bundle" && says '^NOT PROVEN' "$2" &&
		run 1 ovpp-verify --json --reward "$DIR/forged" "$DIR/bundle" &&
		[ "$(value 'x["proven"], x["fault"] is None')" = "False False" ]
}

forgeries() {
	forged 'x["results"]["root"] = "00" * 32' 'at results.root' &&
		forged 'x["results"]["devices"][1]["weight"] += 1' 'at results.devices\[1\].weight' &&
		says '"expected"' '"found"' &&
		forged 'x["results"]["accounts"][0]["pay"] = "9"' 'at results.accounts\[0\].pay' &&
		forged 'x["inputs"]["devices"][1]["nameplate_mw"] += 1' 'at results' &&
		forged 'x["inputs"]["gateways"][0]["last_batch"] += 1' \
			'at inputs.gateways\[0\].last_batch' &&
		forged 'x["inputs"]["params"]["gamma_ppm"] += 1' 'at results' &&
		forged 'del x["results"]["carried"]' 'at results.carried' &&
		forged 'x["inputs"]["devices"].reverse()' 'ascending' &&
		forged 'x["inputs"]["devices"][0]["id"] = "AB" * 32' 'devices\[0\].id' &&
		forged 'x["inputs"]["secret"] = 1' 'there is no such member'
}

# The evidence of another time, or changed, or not there.
other_evidence() {
	"$MAKE" bundle 4 7200 5 >"$DIR/short" &&
		run 1 ovpp-verify --reward "$DIR/document" "$DIR/short" && says 'at inputs.gateways' &&
		cp "$DIR/bundle" "$DIR/changed" &&
		printf '\377' | dd of="$DIR/changed" bs=1 seek=100000 conv=notrunc status=none &&
		run 1 ovpp-verify --reward "$DIR/document" "$DIR/changed" && says 'byte [0-9]*:' &&
		run 1 ovpp-verify --reward "$DIR/document" "$DIR/inputs" && says 'this is no bundle' &&
		run 3 ovpp-verify --reward "$DIR/document" "$DIR/nothing" &&
		run 3 ovpp-verify --reward "$DIR/nothing" "$DIR/bundle" &&
		run 2 ovpp-verify --reward "$DIR/document" &&
		run 2 ovpp-verify --reward "$DIR/document" --key 00 "$DIR/bundle"
}

# What one epoch leaves is what the next one begins with.
next_epoch() {
	run 0 ovpp reward next "$DIR/document" --out "$DIR/next" &&
		run 0 ovpp reward compute "$DIR/next" "$DIR/bundle" --out "$DIR/next.document" &&
		second document "$DIR/next.document" "$DIR/bundle" &&
		run 0 ovpp-verify --reward "$DIR/next.document" --previous "$DIR/document" \
			"$DIR/bundle" && says 'goes on' && OUT=$(<"$DIR/next.document") &&
		[ "$(value 'x["inputs"]["epoch"], x["results"]["weight"]')" = "2 0" ] &&
		[ "$(value 'x["results"]["accounts"][0]["total"] ==
			x["inputs"]["accounts"][0]["total"] != "0"')" = True ] &&
		run 1 ovpp reward next "$DIR/inputs" && run 2 ovpp reward next
}

# broken STATEMENT PATH: the next epoch with a change does not go on, and the place is said.
broken() {
	edit "$DIR/next" "$1" "$DIR/broken" &&
		run 0 ovpp reward compute "$DIR/broken" "$DIR/bundle" --out "$DIR/broken.document" &&
		run 0 ovpp-verify --reward "$DIR/broken.document" "$DIR/bundle" &&
		run 1 ovpp-verify --reward "$DIR/broken.document" --previous "$DIR/document" \
			"$DIR/bundle" && says 'does not go on' "at inputs.$2"
}

# The battery, which owes, is device 1.
chained() {
	broken 'x["devices"][1]["state"]["debt_mwh"] = 0' 'devices\[1\].state.debt_mwh' &&
		broken 'del x["devices"][1]["state"]' 'devices\[1\].state' &&
		broken 'del x["devices"][1]' 'devices\[3\]' &&
		broken 'x["devices"][2]["history"][5] = [9]' 'devices\[2\].history\[5\]' &&
		broken 'x["accounts"][0]["total"] += "0"' 'accounts\[0\].total' &&
		broken 'x["carried"] = "1"' 'carried' && broken 'x["epoch"] = 3' 'epoch' &&
		run 2 ovpp-verify --key 00 --previous "$DIR/document" "$DIR/bundle"
}

# The second program climbs from the leaf to the root.
proof() {
	local account

	OUT=$(<"$DIR/document")
	for account in "$(value 'x["results"]["accounts"][0]["account"]')" \
		"$(value 'x["results"]["accounts"][2]["account"]')"; do
		run 0 ovpp reward proof "$DIR/document" "$account" --json &&
			echo "$OUT" >"$DIR/proof" && second proof "$DIR/document" "$DIR/proof" || return
	done
	run 0 ovpp reward proof "$DIR/document" "$account" && says "account *$account" 'proof *0x' &&
		run 1 ovpp reward proof "$DIR/document" "0x$(printf '1%.0s' {1..40})" &&
		edit "$DIR/document" 'x["results"]["accounts"][2]["total"] += "0"' "$DIR/forged" &&
		run 1 ovpp reward proof "$DIR/forged" "$account" && says 'not those of its root' &&
		run 1 ovpp reward proof "$DIR/inputs" "$account" &&
		run 2 ovpp reward proof "$DIR/document" 0x12 && run 2 ovpp reward proof "$DIR/document"
}

PERIOD=(--from 2026-03-01 --to '2026-03-02')

# The ledger says what a bundle of it says.
shown() {
	local weight gateway

	echo '{"devices": {"der0": {"nameplate_mw": 5000000, "capacity_mwh": 10000000},
		"der1": {"nameplate_mw": 5000000}}}' >"$DIR/params"
	run 0 ovpp reward show --ledger "$DIR/ledger.db" "${PERIOD[@]}" --params "$DIR/params" \
		--json || return
	weight=$(value 'x["weight"]')
	[ "$weight" -gt 1000000 ] && [ "$(value 'x["worth"]')" = "${weight}000000000000" ] || return
	run 0 ovpp key show --ledger "$DIR/ledger.db" --json && gateway=$(value 'x["gateway"]') &&
		run 0 ovpp reward show --ledger "$DIR/ledger.db" "${PERIOD[@]}" \
			--params "$DIR/params" --json &&
		value 'json.dumps([{"id": d["id"], "gateway": "'"$gateway"'", "account": "0x" + "1" * 40,
			"nameplate_mw": d["nameplate_mw"], "capacity_mwh": d["capacity_mwh"]}
			for d in x["devices"]])' >"$DIR/devices" &&
		edit "$DIR/inputs" "x['devices'] = json.load(open('$DIR/devices'))" "$DIR/own" &&
		run 0 ovpp ledger export --ledger "$DIR/ledger.db" --out "$DIR/own.evidence" &&
		run 0 ovpp reward compute "$DIR/own" "$DIR/own.evidence" --out "$DIR/own.document" &&
		second document "$DIR/own.document" "$DIR/own.evidence" &&
		OUT=$(<"$DIR/own.document") && [ "$(value 'x["results"]["weight"]')" = "$weight" ] &&
		run 0 ovpp reward show --ledger "$DIR/ledger.db" --params "$DIR/own.document" --json &&
		[ "$(value 'x["weight"]')" = "$weight" ]
}

show_usage() {
	run 0 ovpp reward show --ledger "$DIR/ledger.db" "${PERIOD[@]}" && says 'der0.*battery' \
		'? no nameplate' &&
		run 0 ovpp reward show --ledger "$DIR/ledger.db" "${PERIOD[@]}" --total 9000000000 \
			--json && [ "$(value 'x["total_weight"]')" = 9000000000 ] &&
		run 2 ovpp reward show --ledger "$DIR/ledger.db" "${PERIOD[@]}" --total 1 &&
		run 2 ovpp reward show --ledger "$DIR/ledger.db" --to 2026-03-01 &&
		run 2 ovpp reward show --ledger "$DIR/ledger.db" --epoch 0 &&
		run 2 ovpp reward show --ledger "$DIR/ledger.db" --epoch 1 "${PERIOD[@]}" &&
		run 3 ovpp reward show --ledger "$DIR/nothing" &&
		run 3 ovpp reward show --params "$DIR/nothing" &&
		echo '{"params": {"alfa_ppm": 1}}' >"$DIR/wrong" &&
		run 2 ovpp reward show --ledger "$DIR/ledger.db" --params "$DIR/wrong" &&
		says alfa_ppm && echo '{"devices": {"der0": {"nameplate_mw": -1}}}' >"$DIR/wrong" &&
		run 2 ovpp reward show --ledger "$DIR/ledger.db" --params "$DIR/wrong" && says der0 &&
		run 2 ovpp reward compute "$DIR/inputs"
}

params() {
	run 0 ovpp reward params && says '^alpha_ppm *1000000' 'Hash [0-9a-f]' &&
		run 0 ovpp reward params --json &&
		[ "$(value 'len(x["params"])')" = 28 ] &&
		[ "$(value 'x["params_hash"]')" = \
			"$(cd tests/host && /usr/bin/python3 -B -c \
				'import reward; print(reward.params_hash(reward.PARAMS).hex())')" ]
}

ktap_print_header
ktap_set_plan 12
check "a second scorer, written from the page, has the same numbers" \
	second score "$BUILD/tests-host/score_run" 1 400
check "an epoch is computed from bundles, and proven" computed
check "it is what a hand computes" by_hand
check "a second program has the same document" second document "$DIR/document" "$DIR/bundle"
check "a document that was changed is refused, with the place" forgeries
check "so is other evidence" other_evidence
check "an epoch goes on from the one before" next_epoch
check "one that does not go on is refused, with the place" chained
check "an account has what the contract wants" proof
check "the ledger of the site says the same" shown
check "show: usage" show_usage
check "parameters have the hash of the contract" params
ktap_finished

# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# A site whose day is on a chain: anvil with all contracts, a gateway registered, its
# batches anchored, its reward proposed, final and claimed. For tests and the bench, which
# have set DIR; anvil's accounts are: 0 has the tokens, 1 attests, 4 owns the gateway, 5
# anchors for it, 6 is a stranger.
#
# shellcheck disable=SC2034

CONTRACTS=$BUILD/contracts
PACKAGES=$CONTRACTS/node_modules/@foundry-rs
MAKE_EPOCH=$BUILD/tests-host/make_epoch
CALLS=$BUILD/tests-host/chain_calls
CHAIN=31337
# The key that anvil's account 0 has in the whole world.
DEPLOYER=0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80
GATEWAY_KIND=255

site_py() { /usr/bin/python3 -B tests/host/chain_site.py "$@"; }
site() { site_py "$URL" "$@"; }

# Anvil and contracts, from npm (scripts/contracts.sh), or status 1.
site_ready() {
	scripts/contracts.sh build >/dev/null 2>&1
	ANVIL=$(find -L "$PACKAGES" -path '*/bin/anvil' 2>/dev/null | head -n 1)
	[ -n "$ANVIL" ] && [ -d "$CONTRACTS/out" ]
}

# At URL; what is older than two blocks is final there. Its pid is in NODE.
site_start() {
	local port=

	"$ANVIL" --port 0 --slots-in-an-epoch 1 --chain-id $CHAIN >"$DIR/anvil.log" 2>&1 &
	NODE=$!
	until port=$(sed -n 's/^Listening on .*://p' "$DIR/anvil.log") && [ -n "$port" ]; do
		sleep 0.05
	done
	URL=http://127.0.0.1:$port
}

site_stop() {
	[ -z "${NODE:-}" ] || kill "$NODE" 2>/dev/null
	[ -z "${NODE:-}" ] || wait "$NODE" 2>/dev/null || true
	NODE=
}

# site_deploy INPUTS: with its parameters; the addresses are in $DIR/deployment.
site_deploy() {
	site_py config contracts/deploy/local.json "$1" >"$DIR/contracts.json"
	scripts/contracts.sh deploy "$DIR/contracts.json" "$DIR/deployment" --rpc-url "$URL" \
		--broadcast --private-key $DEPLOYER >"$DIR/forge.log" 2>&1 ||
		{ cat "$DIR/forge.log"; return 1; }
}

# at CONTRACT: its address; account NUMBER: anvil's.
at() { sed -n "/\"$1\"/,/}/s/.*\"address\": \"\(.*\)\".*/\1/p" "$DIR/deployment"; }
account() { site call eth_accounts | /usr/bin/python3 -c "import json, sys; print(json.load(sys.stdin)[$1])"; }

# register KIND SEED SINCE [SEED]: for account 4, with 5 as its operator; prints the id.
register() {
	"$CALLS" register $CHAIN "$(at DeviceRegistry)" "$(account 4)" "$(account 5)" "$@" |
		site raw 4 "$(at DeviceRegistry)"
}

# anchor ID BUNDLE...
anchor() { "$CALLS" anchor "$@" | site raw 5 "$(at TelemetryAnchor)" >/dev/null; }

# Enough that all there is is final.
settle() { site call anvil_mine '"0x4"' >/dev/null; }

# value DOCUMENT EXPRESSION: of x, the document.
value() { /usr/bin/python3 -c "import json, sys; x = json.load(open(sys.argv[1])); print($2)" "$1"; }

# fund: for rewards, and the attestor's bond.
fund() {
	local million=1000000000000000000000000 token ledger

	token=$(at OVPPToken) ledger=$(at RewardLedger)
	site send 0 "$token" 'approve(address,uint256)' "$ledger" $million &&
		site send 0 "$ledger" 'fund(uint128)' $million &&
		site send 0 "$token" 'transfer(address,uint256)' "$(account 1)" $million &&
		site send 1 "$token" 'approve(address,uint256)' "$ledger" $million &&
		site send 1 "$ledger" 'depositBond(uint256)' $million
} >/dev/null

# propose DOCUMENT [ROOT TOTAL EVIDENCE]: what it says, or something else.
propose() {
	local d=$1

	site send 1 "$(at RewardLedger)" 'propose(uint48,bytes32,uint128,bytes32,bytes32)' \
		"$(value "$d" 'x["inputs"]["epoch"]')" \
		"${2:-0x$(value "$d" 'x["results"]["root"]')}" \
		"${3:-$(value "$d" 'x["results"]["total"]')}" \
		"${4:-0x$(value "$d" 'x["results"]["evidence"]')}" \
		"0x$(value "$d" 'x["results"]["params_hash"]')"
} >/dev/null

finalize() {
	site call evm_increaseTime 3601 && site send 6 "$(at RewardLedger)" 'finalize()'
} >/dev/null

# claim DOCUMENT ACCOUNT: what it has earned; anybody sends it.
claim() {
	"$BUILD/bin/ovpp" reward proof "$1" "$2" --json >"$DIR/proof" &&
		site send 6 "$(at RewardClaims)" 'claim(address,uint256,bytes32[])' "$2" \
			"$(value "$DIR/proof" 'x["cumulative"]')" \
			"[$(value "$DIR/proof" '",".join(x["proof"])')]"
} >/dev/null

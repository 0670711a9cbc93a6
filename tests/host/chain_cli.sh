#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# timeout: 600
# processors: 0
#
# ovpp chain and what ovpp key says of chains, on a real node (anvil) with all contracts,
# which Deploy.s.sol has put there. Both come from npm (scripts/contracts.sh); without them
# nothing is tested. A wallet elsewhere is ethers.

set -u

# shellcheck source=/dev/null
. "$KSELFTEST/kselftest/ktap_helpers.sh"

CONTRACTS=$BUILD/contracts
scripts/contracts.sh build >/dev/null 2>&1
ANVIL=$(find -L "$CONTRACTS/node_modules/@foundry-rs/" -path '*/bin/anvil' 2>/dev/null | head -n 1)
# Accounts that anvil makes for everybody: who deploys, and an owner.
DEPLOYER=0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80
OWNER=0x70997970C51812dc3A010C7d01b50e0d17dc79C8
OWNER_KEY=59c6995e998f97a5a0044966f0945389dc9e86dae88c7a8412f4603b6b78690d

node() { /usr/bin/python3 -B tests/host/chain_node.py "$URL" "$@"; }

# start_node ARGUMENT...: at $URL, its pid in NODE.
start_node() {
	local log port=

	log=$(mktemp -p "$TMP")
	"$ANVIL" --port 0 "$@" >"$log" 2>&1 &
	NODE=$!
	NODES="${NODES:-} $NODE"
	until port=$(sed -n 's/^Listening on .*://p' "$log") && [ -n "$port" ]; do
		sleep 0.05
	done
	URL=http://127.0.0.1:$port
}

deploy() {
	DEPLOYMENT=$TMP/deployment.json
	scripts/contracts.sh deploy contracts/deploy/local.json "$DEPLOYMENT" --rpc-url "$URL" \
		--broadcast --private-key "$DEPLOYER" >"$TMP/deploy.log" 2>&1
}

# fresh [LINE...]: a ledger of five batches in DIR, and its configuration with these lines in
# the section of the chain.
fresh() {
	DIR=$(mktemp -d "$TMP/gateway.XXXX")
	LEDGER=$DIR/ledger.db
	KEYS=$LEDGER.keys
	write 5 0
	configure "$@"
}

# write BATCHES FIRST: of ten records each.
write() { "$BUILD/tests-host/make_ledger" "$LEDGER" "$1" 10 "$2" </dev/null >/dev/null; }

configure() {
	printf 'ledger: { path: %s, keys: %s }\nchain:\n' "$LEDGER" "$KEYS" >"$DIR/ovppd.yaml"
	[ $# != 0 ] || set -- "network: anvil" "rpc: [\"$URL\"]" "deployment: $DEPLOYMENT"
	printf '  %s\n' "$@" >>"$DIR/ovppd.yaml"
}

# owned: the same, with the owner elsewhere.
owned() {
	fresh "network: anvil" "rpc: [\"$URL\"]" "deployment: $DEPLOYMENT" "owner: \"$OWNER\""
	(umask 077 && echo "$OWNER_KEY" >"$DIR/owner")
}

run() {
	local wanted=$1 status=0

	shift
	OUT=$("$@" 2>"$DIR/err" </dev/null) || status=$?
	ERR=$(<"$DIR/err")
	[ "$status" = "$wanted" ] && return
	ktap_print_msg "$*: status $status, not $wanted: $OUT $ERR"
	return 1
}

# chain STATUS VERB WORD...: OUT and ERR are what it said.
chain() {
	local wanted=$1 verb=$2

	shift 2
	run "$wanted" timeout 120 "$BUILD/bin/ovpp" chain "$verb" --config "$DIR/${CONFIG:-ovppd.yaml}" "$@"
}

key() {
	local wanted=$1 verb=$2

	shift 2
	run "$wanted" "$BUILD/bin/ovpp" key "$verb" --ledger "$LEDGER" --keys "$KEYS" "$@"
}

says() {
	case $OUT$ERR in
	*"$1"*) ;;
	*) ktap_print_msg "not said: $1; said: $OUT $ERR"; return 1 ;;
	esac
}

# json EXPRESSION: true of o, which is what was printed.
json() {
	/usr/bin/python3 -c '
import json, sys
o = json.loads(sys.argv[1])
sys.exit(not eval(sys.argv[2]))' "$OUT" "$1" && return
	ktap_print_msg "not so: $1: $OUT"
	return 1
}

value() { /usr/bin/python3 -c 'import json, sys; o = json.loads(sys.argv[1]); print(eval(sys.argv[2]))' "$OUT" "$1"; }

# A tenth of a coin for the gateway's account.
paid() {
	chain 0 account --json && node call anvil_setBalance "\"$(value 'o["address"]')\"" '"0x16345785d8a0000"' >/dev/null
}

# ---- the gateway is its own owner -------------------------------------------------------

registered() {
	fresh && chain 1 status --json && json 'o["identity"] is None and o["on_chain"] is None' &&
		paid && chain 1 status && says "is not registered on anvil" &&
		chain 0 register --since all --json &&
		json 'len(o["sent"]) == 1 and o["sent"][0]["gas"] < 160000' &&
		json 'o["gateway"]["since"] == 0 and o["gateway"]["owner"] == o["account"]' &&
		says "register the gateway: costs at most 0." &&
		chain 0 status --json && json 'o["problems"] == [] and o["on_chain"]["next"] == 0' &&
		json 'all(c["right"] for c in o["contracts"]) and len(o["contracts"]) == 9'
}

anchored() {
	chain 0 anchor --timeout 100 --json &&
		json 'o["done"] and (o["batches"], o["anchored"]) == (5, 5)' &&
		chain 0 status --json && json 'o["on_chain"]["next"] == 5 and o["budget"]["spent_gwei"] > 0' &&
		chain 0 anchor && says "5 of 5 batches are anchored"
}

registered_again() {
	chain 0 register --json && json 'o["sent"] == []' && chain 0 register --since 3 &&
		says "nothing was missing" && says "--since does nothing" &&
		sqlite3 "$LEDGER" "DELETE FROM identity" && chain 1 status &&
		says "the ledger does not say so yet" && chain 0 register --json &&
		json 'o["sent"] == [] and o["gateway"]["since"] == 0' && chain 0 status
}

# Batches of the new key wait for it, and so does the next rotation.
rotated() {
	key 0 rotate && says "now run 'ovpp chain register'" && key 3 rotate &&
		says "could never learn it" && write 3 50 && chain 1 anchor --timeout 5 &&
		says "5 of 5" && says "'ovpp chain register' tells it" && chain 1 status &&
		says "batches from 5 on wait" && chain 0 register --json &&
		json '[s["what"] for s in o["sent"]] == ["a new key of the gateway, from batch 5 on"]' &&
		json 'o["gateway"]["epoch"] == 1' && chain 0 anchor --timeout 100 --json &&
		json '(o["done"], o["anchored"]) == (True, 8)' && chain 0 status --json &&
		json 'o["on_chain"]["keys"] == 2 and not o["on_chain"]["revoked"]' && key 0 rotate
}

revoked() {
	chain 0 register && key 3 rotate && says "wait for the next one" && write 2 80 &&
		key 0 revoke --from 9 --reason stolen && says "now run" && chain 0 register --json &&
		json '[s["what"] for s in o["sent"]] == ["a new key of the gateway, from batch 10 on",
			"key 2 of the gateway is not valid from batch 9 on"]' &&
		chain 0 register --json && json 'o["sent"] == []' && write 1 100 &&
		chain 0 anchor --timeout 100 --json && json 'o["anchored"] == 11'
}

# A rotation that was forced leaves a hole, which the chain knows of.
forced() {
	fresh && paid && chain 0 register && key 3 rotate && key 0 rotate --force && write 2 50 &&
		key 3 rotate && key 0 rotate --force && write 1 70 && chain 0 register --json &&
		json '[s["what"] for s in o["sent"]] == ["a new key of the gateway, from batch 7 on",
			"key 0 of the gateway is not valid from batch 5 on"]' &&
		chain 0 anchor --timeout 100 --json && json 'o["anchored"] == 3'
}

devices() {
	fresh && paid && chain 0 register --devices --json &&
		json '[d["name"] for d in o["devices"]] == ["bat0", "pv"] and len(o["sent"]) == 3' &&
		chain 0 register --json && json 'len(o["devices"]) == 2 and o["sent"] == []' &&
		write 1 50 && key 0 rotate && chain 0 register --json &&
		json 'len(o["sent"]) == 3 and all("new key" in s["what"] for s in o["sent"])' &&
		chain 0 register --devices --json && json 'o["sent"] == []' && key 0 show --did all &&
		json '[len(d["alsoKnownAs"]) for d in o] == [2, 1, 1]' &&
		json 'o[0]["alsoKnownAs"][0].startswith("eip155:31337/erc721:0x")'
}

since() {
	fresh && paid && chain 2 register --since 6 && says "5 is the next batch" &&
		chain 2 register --since x && key 0 rotate && chain 2 register --since 4 &&
		says "the key in force signs from batch 5 on" && write 4 50 &&
		chain 0 register --since 7 --json && json 'o["gateway"]["since"] == 7' &&
		chain 0 anchor --timeout 100 --json && json '(o["batches"], o["anchored"]) == (2, 2)'
}

# What is sent again is the same, or is not needed any more.
killed() {
	local i pid

	fresh && paid || return
	for i in 0 1 2 3 4 5 6 7; do
		"$BUILD/bin/ovpp" chain register --devices --config "$DIR/ovppd.yaml" >/dev/null 2>&1 &
		pid=$!
		sleep "0.$((i * 13 % 10))$i"
		kill -9 "$pid" 2>/dev/null
		wait "$pid" 2>/dev/null
	done
	chain 0 register --devices --json && json 'len(o["devices"]) == 2' &&
		chain 0 status --json && json 'o["problems"] == [] and o["outbox"]["calls"] == 0' &&
		[ "$(sqlite3 "$LEDGER" "SELECT COUNT(*), COUNT(DISTINCT data) FROM call WHERE state IN (3, 4, 5)")" = "3|3" ]
}

# interrupt STATE TEXT: who waits for a call of this state is told to end, and says so.
interrupt() {
	local pid status=0

	timeout 60 "$BUILD/bin/ovpp" chain register --config "$DIR/ovppd.yaml" \
		>/dev/null 2>"$DIR/err" </dev/null &
	pid=$!
	until [ "$(sqlite3 "$LEDGER" "SELECT state FROM call" 2>/dev/null)" = "$1" ]; do
		kill -0 "$pid" || return
		sleep 0.1
	done
	kill "$pid"
	wait "$pid" || status=$?
	OUT='' ERR=$(<"$DIR/err")
	[ "$status" != 0 ] && says "$2"
}

# What was not sent is taken back, what was sent is made once.
interrupted() {
	local holder status

	fresh && paid || return
	flock -o "$LEDGER.outbox.lock" sleep 60 &
	holder=$!
	interrupt 0 "taken back before it was sent" &&
		[ "$(sqlite3 "$LEDGER" "SELECT COUNT(*) FROM call")" = 0 ]
	status=$?
	kill "$holder"
	[ "$status" = 0 ] || return
	node call evm_setAutomine false >/dev/null && node call evm_setIntervalMining 0 >/dev/null &&
		interrupt 2 "it was sent, and may be mined"
	status=$?
	node call evm_setIntervalMining 1 >/dev/null
	[ "$status" = 0 ] && chain 0 register && says "nothing was missing" && chain 0 status &&
		[ "$(sqlite3 "$LEDGER" "SELECT COUNT(*) FROM call")" = 1 ]
}

# ---- the owner is elsewhere --------------------------------------------------------------

owner_key() {
	owned && paid && chain 3 register && says "its owner $OWNER has to consent" &&
		chmod 640 "$DIR/owner" && chain 3 register --owner-key "$DIR/owner" &&
		says "chmod 600 it" && chmod 600 "$DIR/owner" && echo "$OWNER_KEY" | tr 9 8 >"$DIR/other" &&
		chmod 600 "$DIR/other" && chain 3 register --owner-key "$DIR/other" && says "has to consent" &&
		chain 0 register --owner-key "$DIR/owner" --json &&
		json 'o["gateway"]["owner"] == "'"$OWNER"'" and o["account"] != "'"$OWNER"'"' &&
		chain 0 anchor && chain 0 status
}

# signed: each of what was prepared, by a wallet.
signed() {
	NODE_PATH=$CONTRACTS/node_modules /usr/bin/env node -e '
const { Wallet, TypedDataEncoder } = require("ethers");
(async () => {
	for (const { typed_data: t, digest } of JSON.parse(process.argv[1]).sign) {
		delete t.types.EIP712Domain;
		if (TypedDataEncoder.hash(t.domain, t.types, t.message) !== digest) process.exit(1);
		console.log(await new Wallet(process.argv[2]).signTypedData(t.domain, t.types, t.message));
	}
})()' "$OUT" "$OWNER_KEY"
}

# sign_and_send WORD...: as the gateway says after --prepare.
sign_and_send() {
	local since deadline signature all=()

	since=$(value 'o["since"]')
	deadline=$(value 'o["deadline"]')
	for signature in $(signed); do
		all+=(--owner-signature "$signature")
	done
	chain 0 register --since "$since" --deadline "$deadline" "${all[@]}" "$@" --json
}

prepared() {
	owned && paid && chain 0 register --prepare &&
		json 'len(o["sign"]) == 1 and o["sign"][0]["owner"] == "'"$OWNER"'"' &&
		says "eth_signTypedData_v4" && write 1 50 && sign_and_send &&
		json 'o["gateway"]["since"] == 5 and len(o["sent"]) == 1' && key 0 revoke --from 5 &&
		chain 0 register --prepare --devices && json 'len(o["sign"]) == 4' &&
		sign_and_send --devices && json 'len(o["sent"]) == 4 and o["gateway"]["epoch"] == 1' &&
		chain 0 register --prepare && json 'o["sign"] == []'
}

consent_wrong() {
	local other

	owned && paid && chain 0 register --prepare || return
	other=$(signed)
	chain 2 register --owner-signature "$other" && says "needs the --deadline" &&
		chain 2 register --owner-signature 0x12 --deadline 1900000000 && says "130 hexadecimal" &&
		chain 2 register --deadline 1 && says "is over" &&
		chain 3 register --owner-signature "$other" --deadline 1900000000 && says "as it was prepared" &&
		[ "$(sqlite3 "$LEDGER" "SELECT COUNT(*) FROM call")" = 0 ]
}

# ---- what is wrong -------------------------------------------------------------------------

no_money() {
	fresh && chain 3 register && says "has no ETH: send it some" && chain 1 status &&
		says "the account has no ETH" && chain 0 account --json &&
		node call anvil_setBalance "\"$(value 'o["address"]')\"" '"0xe8d4a51000"' >/dev/null &&
		node call anvil_setNextBlockBaseFeePerGas '"0x77359400"' >/dev/null &&
		node call anvil_mine >/dev/null && chain 3 register && says "has 0.000001 ETH: send it some" &&
		[ "$(sqlite3 "$LEDGER" "SELECT COUNT(*) FROM call")" = 0 ]
}

wrong_chain() {
	local old=$URL

	fresh && paid && start_node --chain-id 999 && configure && URL=$old &&
		chain 3 register && says "right chain" && chain 1 status && says "right chain" &&
		chain 3 anchor && kill "$NODE"
}

mainnet() {
	fresh && sed 's/"chain_id": 31337/"chain_id": 8453/' "$DEPLOYMENT" >"$DIR/base.json" &&
		configure "network: base" "rpc: [\"$URL\"]" "deployment: $DIR/base.json" &&
		chain 3 register && says "mainnet" && chain 3 account && says "mainnet" &&
		configure "network: anvil" "rpc: [\"$URL\"]" "deployment: $DIR/base.json" &&
		chain 3 register && says "deployment: "
}

other_contract() {
	fresh && paid && sed 's/\("code_hash": "0x\)..../\1dead/' "$DEPLOYMENT" >"$DIR/other.json" &&
		configure "network: anvil" "rpc: [\"$URL\"]" "deployment: $DIR/other.json" &&
		chain 3 register && says "another one than" && chain 1 status --json &&
		json 'not any(c["right"] for c in o["contracts"]) and len(o["problems"]) >= 9' &&
		[ "$(sqlite3 "$LEDGER" "SELECT COUNT(*) FROM call")" = 0 ]
}

node_down() {
	fresh && paid && chain 0 register &&
		configure "network: anvil" "rpc: [\"http://127.0.0.1:1\"]" "deployment: $DEPLOYMENT" &&
		chain 1 status --json && json 'not o["node"]["reachable"] and o["on_chain"] is None' &&
		json 'o["identity"]["since"] == 5 and o["account"]["balance_gwei"] is None' &&
		chain 1 status && says "does not answer" && chain 3 register && chain 3 anchor
}

files_wrong() {
	fresh && paid && chmod 640 "$KEYS/account-0.key" && chain 3 register && says "chmod 600" &&
		chain 1 status && says "chmod 600" && chmod 600 "$KEYS/account-0.key" &&
		CONFIG=none.yaml chain 3 register && echo "sites: []" >"$DIR/none.yaml" &&
		CONFIG=none.yaml chain 3 register && says "has no section 'chain'" &&
		chain 3 register --ledger "$DIR/none.db" && [ ! -e "$DIR/none.db" ] &&
		chain 2 anchor --wait long && chain 2 anchor --timeout x &&
		chain 3 anchor && says "is not registered"
}

passphrase() {
	(umask 077 && echo "correct horse" >"$TMP/pass")
	fresh && paid && key 0 passphrase --set "$TMP/pass" && ! grep -q secret "$KEYS"/*.key &&
		chain 3 register && says "is encrypted" && chain 0 register --passphrase-file "$TMP/pass" &&
		chain 0 status && key 0 passphrase --clear --passphrase-file "$TMP/pass" &&
		grep -q secret "$KEYS/account-0.key" && chain 0 register
}

# As the unit has it: all of it is the daemon's user's, and root registers.
as_root() {
	fresh && chown -R 4711:4712 "$DIR" && paid && chain 0 register &&
		[ -z "$(find "$DIR" -path '*ledger.db*' ! \( -uid 4711 -gid 4712 \))" ] && return
	ktap_print_msg "$(find "$DIR" -printf '%p %U:%G\n')"
	return 1
}

ktap_print_header
if [ -z "$ANVIL" ] || [ ! -d "$CONTRACTS/out" ]; then
	ktap_set_plan 1
	ktap_test_skip "chain cli: NOTHING TESTED: no anvil or no contracts in $CONTRACTS"
	ktap_finished
fi
unset OVPP_PASSPHRASE_FILE CREDENTIALS_DIRECTORY
TMP=$(mktemp -d)
# shellcheck disable=SC2086
trap 'kill $NODES 2>/dev/null; rm -rf "$TMP"' EXIT
start_node --slots-in-an-epoch 1 --mixed-mining --block-time 0.5
if ! deploy; then
	ktap_print_msg "$(tail -n 20 "$TMP/deploy.log")"
	ktap_set_plan 1
	ktap_test_fail "chain cli: the contracts are deployed"
	ktap_finished
fi
ktap_set_plan 21
ktap_test_result "chain cli: a gateway is registered" registered
ktap_test_result "chain cli: the batches of a ledger are anchored" anchored
ktap_test_result "chain cli: what is registered is not registered again" registered_again
ktap_test_result "chain cli: a rotation is told before its batches are anchored" rotated
ktap_test_result "chain cli: a revocation is told" revoked
ktap_test_result "chain cli: a key that the chain never knew leaves a hole" forced
ktap_test_result "chain cli: devices have identities, and their keys follow" devices
ktap_test_result "chain cli: it begins with a batch of the key in force" since
ktap_test_result "chain cli: registering is killed, and everything is there once" killed
ktap_test_result "chain cli: who waits may end it" interrupted
ktap_test_result "chain cli: an owner consents with a key" owner_key
ktap_test_result "chain cli: an owner consents with a wallet elsewhere" prepared
ktap_test_result "chain cli: a consent to something else is none" consent_wrong
ktap_test_result "chain cli: an account without money is told what to do" no_money
ktap_test_result "chain cli: nothing is signed for another chain" wrong_chain
ktap_test_result "chain cli: a mainnet has to be asked for" mainnet
ktap_test_result "chain cli: nothing is signed for another contract" other_contract
ktap_test_result "chain cli: without a node it says what it knows" node_down
ktap_test_result "chain cli: wrong files and options change nothing" files_wrong
ktap_test_result "chain cli: a passphrase is for the account, too" passphrase
if [ "$(id -u)" = 0 ]; then
	ktap_test_result "chain cli: what root makes is the daemon's" as_root
else
	ktap_test_skip "chain cli: what root makes is the daemon's (not root)"
fi
ktap_finished

#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# timeout: 300
# processors: 0
#
# ovpp-verify --chain against a real node (anvil) with all contracts: evidence and a reward
# are proven, and each forgery is found, with its place: of the evidence, of the document,
# of what is on the chain, and of a node that lies. Anvil and contracts come from npm
# (scripts/contracts.sh); without them nothing is tested.

set -u

# shellcheck source=/dev/null
. "$KSELFTEST/kselftest/ktap_helpers.sh"
. tests/chain_site.sh

# check NAME COMMAND...: what it prints follows if it fails. The chain is as before then.
check() {
	local name=$1 status=0 snapshot

	shift
	snapshot=$(site call evm_snapshot)
	"$@" >"$DIR/log" 2>&1 || status=$?
	ktap_test_result "verify_chain: $name" [ $status = 0 ]
	[ $status = 0 ] || tail -n 25 "$DIR/log" | sed 's/^/# /'
	site call evm_revert "$snapshot" >/dev/null
}

# run STATUS ARGUMENT...: of ovpp-verify, with NODE_URL; its output is in OUT.
run() {
	local want=$1 status=0

	shift
	OUT=$("$BUILD/bin/ovpp-verify" "$@" 2>&1) || status=$?
	[ "$status" = "$want" ] || { echo "status $status"; echo "$OUT"; return 1; }
}

# says PATTERN...: each is in the output.
says() {
	local pattern

	for pattern; do
		grep -q -- "$pattern" <<<"$OUT" || { echo "not said: $pattern"; echo "$OUT"; return 1; }
	done
}

# by_key STATUS [OPTION...] BUNDLE; reward STATUS [OPTION...] DOCUMENT BUNDLE
by_key() { run "$1" --chain "$DIR/deployment" --rpc "$NODE_URL" --key "$KEY" "${@:2}"; }
reward() { run "$1" --chain "$DIR/deployment" --rpc "$NODE_URL" --reward "${@:2}"; }

# said EXPRESSION: of x, the JSON that was said.
said() { /usr/bin/python3 -c "import json, sys; x = json.loads(sys.argv[1]); print($1)" "$OUT"; }

# edit FILE STATEMENT TO: inputs that are changed.
edit() {
	/usr/bin/python3 -c "
import json, sys
x = json.load(open(sys.argv[1]))
$2
json.dump(x, open(sys.argv[2], 'w'))" "$1" "$3"
}

# lying STATEMENTS: the node does, from now on.
lying() { printf '%s\n' "$1" >"$DIR/lie"; }

# ---- the site -------------------------------------------------------------------------

# The first one to register the key does not have it.
set_up() {
	"$MAKE_EPOCH" inputs 4 >"$DIR/plain" && "$MAKE_EPOCH" bundle 4 15000 5 >"$DIR/bundle" &&
		"$MAKE_EPOCH" bundle 4 15000 6 >"$DIR/other" &&
		"$MAKE_EPOCH" bundle 4 17250 5 >"$DIR/longer" && site_deploy "$DIR/plain" &&
		OWNER=$(account 4) && STRANGER=$(account 6) &&
		site_py inputs "$DIR/plain" "$DIR/deployment" "$OWNER" >"$DIR/inputs" &&
		KEY=$(value "$DIR/inputs" 'x["devices"][0]["gateway"]') &&
		"$CALLS" register $CHAIN "$(at DeviceRegistry)" "$STRANGER" "$STRANGER" \
			$GATEWAY_KIND 1 0 9 | site raw 6 "$(at DeviceRegistry)" >/dev/null &&
		ID=$(register $GATEWAY_KIND 1 0) && register 5 16 0 >/dev/null &&
		anchor "$ID" "$DIR/bundle" && fund && compute "$DIR/inputs" "$DIR/document"
}

compute() { "$BUILD/bin/ovpp" reward compute "$1" "$DIR/bundle" --out "$2"; }

# The epoch is proposed, final and paid.
pay() { propose "$DIR/document" && finalize && claim "$DIR/document" "$OWNER" && settle; }

# ---- what is right --------------------------------------------------------------------

evidence() {
	settle && by_key 0 "$DIR/bundle" && says '^PROVEN' "$ID" 'which is final' \
		'Anchored: 20 batches of the evidence (0 to 19)' && by_key 0 --json "$DIR/bundle" &&
		[ "$(said 'x["proven"], x["fault"], x["chain"]["fault"]')" = "True None None" ] &&
		[ "$(said 'x["chain"]["gateways"][0]["anchored"]["batches"]')" = 20 ] &&
		by_key 0 --quiet "$DIR/bundle" && [ -z "$OUT" ]
}

rewarded() {
	pay && reward 0 "$DIR/document" "$DIR/bundle" && says '^PROVEN' '^Final: ' '1 claims' \
		'Remark: *3 devices' && reward 0 "$DIR/document" --json "$DIR/bundle" &&
		[ "$(said 'x["chain"]["reward"]["paid"] == x["chain"]["reward"]["total"]')" = True ]
}

# An attestor looks before it agrees.
not_final() {
	propose "$DIR/document" && settle && reward 0 "$DIR/document" "$DIR/bundle" &&
		says 'Remark: *the epoch is not final yet'
}

# What is not final yet is not there, unless that is wanted.
blocks() {
	settle && propose "$DIR/document" &&
		reward 1 "$DIR/document" --finalized "$DIR/bundle" && says 'nobody has proposed' &&
		reward 0 "$DIR/document" --latest "$DIR/bundle" && says 'NOT final yet'
}

waiting() {
	settle && by_key 0 "$DIR/longer" && says 'not on the chain yet (batches: 3, 20 to 22)' &&
		"$CALLS" rotate $CHAIN "$(at DeviceRegistry)" "$ID" 2 20 0 |
		site raw 4 "$(at DeviceRegistry)" >/dev/null && settle &&
		by_key 0 "$DIR/bundle" && by_key 1 "$DIR/longer" &&
		says 'signed with another key' 'batch 20$'
}

# A device's owner is paid, and who owned it then if it was sold since.
devices() {
	register 11 17 0 >/dev/null && register 10 18 0 >"$DIR/device" && propose "$DIR/document" &&
		site send 4 "$(at DeviceRegistry)" 'transferFrom(address,address,uint256)' \
			"$OWNER" "$STRANGER" "$(<"$DIR/device")" && settle &&
		reward 0 "$DIR/document" "$DIR/bundle" && says 'Remark: *1 devices were sold' \
		'Remark: *1 devices have no'
}

# ---- forgeries ------------------------------------------------------------------------

other_evidence() {
	settle && by_key 1 "$DIR/other" && says '^NOT PROVEN: the root' 'at TelemetryAnchor, block' \
		"identity $ID, batch 0" 'expected: 0x' 'found: *0x' &&
		by_key 1 --json "$DIR/other" &&
		[ "$(said 'x["proven"], x["chain"]["fault"]["batch"]')" = "False 0" ]
}

# A batch that is not there, in evidence and on the chain.
missing() {
	"$BUILD/bin/ovpp" reward compute "$DIR/inputs" "$DIR/longer" --out "$DIR/more" &&
		propose "$DIR/more" && settle && reward 1 "$DIR/more" "$DIR/longer" &&
		says 'this batch is not on the chain' 'batch 20'
}

another_gateway() {
	local KEY

	"$MAKE_EPOCH" ledger 4 3600 5 "$DIR/ledger.db" && settle &&
		"$BUILD/bin/ovpp" ledger export --ledger "$DIR/ledger.db" --out "$DIR/stranger" &&
		KEY=$("$BUILD/bin/ovpp" key show --ledger "$DIR/ledger.db" --json |
			/usr/bin/python3 -c 'import json, sys; print(json.load(sys.stdin)["gateway"])') &&
		by_key 1 "$DIR/stranger" && says 'this gateway is not registered'
}

# Somebody has registered the key, and does not hold it.
no_proof() {
	settle && lying "
if method == 'eth_getLogs' and result:
    result = [e for e in result if '$ID' not in e['topics']]" && by_key 1 "$DIR/bundle" &&
		says 'without a proof of its key'
}

revoked_key() {
	"$CALLS" revoke "$ID" 0 10 | site raw 4 "$(at DeviceRegistry)" >/dev/null && settle &&
		by_key 1 "$DIR/bundle" && says 'revoked on the chain from batch 10 on' 'batch 10$' &&
		by_key 0 --allow-revoked "$DIR/bundle" &&
		says 'key that is revoked on the chain (batches: 10, 10 to 19)'
}

# proposed_as [ROOT TOTAL EVIDENCE] PATTERN
proposed_as() {
	local snapshot status=0

	snapshot=$(site call evm_snapshot)
	propose "$DIR/document" "${@:1:$#-1}" && settle &&
		reward 1 "$DIR/document" "$DIR/bundle" &&
		says "${!#}" 'at RewardLedger, block' 'expected:' 'found:' || status=$?
	site call evm_revert "$snapshot" >/dev/null
	return $status
}

other_proposals() {
	local root evidence total hash=0x${KEY:0:64}

	root=0x$(value "$DIR/document" 'x["results"]["root"]')
	total=$(value "$DIR/document" 'x["results"]["total"]')
	evidence=0x$(value "$DIR/document" 'x["results"]["evidence"]')
	proposed_as "$hash" "$total" "$evidence" 'with another root' &&
		proposed_as "$root" "${total}0" "$evidence" 'with another total' &&
		proposed_as "$root" "$total" "$hash" 'with other inputs'
}

# A document that is right in itself, with parameters of its own.
other_params() {
	pay && edit "$DIR/inputs" 'x["params"]["beta_ppm"] += 1' "$DIR/changed" &&
		compute "$DIR/changed" "$DIR/forged" && run 0 --reward "$DIR/forged" "$DIR/bundle" &&
		reward 1 "$DIR/forged" "$DIR/bundle" && says 'proposed with other parameters'
}

other_chain() {
	settle && edit "$DIR/inputs" 'x["chain_id"] = 8453' "$DIR/changed" &&
		compute "$DIR/changed" "$DIR/forged" && reward 1 "$DIR/forged" "$DIR/bundle" &&
		says 'of another chain' 'expected: 31337' 'found: *8453' &&
		compute "$DIR/plain" "$DIR/forged" && reward 1 "$DIR/forged" "$DIR/bundle" &&
		says 'of another contract'
}

vetoed() {
	propose "$DIR/document" && site send 2 "$(at RewardLedger)" 'veto()' && settle &&
		reward 1 "$DIR/document" "$DIR/bundle" && says 'was vetoed'
}

other_account() {
	site_py inputs "$DIR/plain" "$DIR/deployment" "$STRANGER" >"$DIR/changed" &&
		compute "$DIR/changed" "$DIR/forged" && propose "$DIR/forged" && settle &&
		reward 1 "$DIR/forged" "$DIR/bundle" && says 'paid to somebody else' \
		"found: *$(account 6 | cut -c 1-4)"
}

# ---- a node that lies -----------------------------------------------------------------

# lie PATTERN STATEMENTS: it is found in the reward.
lie() {
	lying "$2" && reward 1 "$DIR/document" "$DIR/bundle" && says '^NOT PROVEN' "$1"
}

# of EVENT STATEMENTS: what is done with its list.
of() {
	echo "
if method == 'eth_getLogs' and params[0]['topics'][0] == '$1' and result:"
	printf '    %s\n' "${@:2}"
}

topic() { site call web3_sha3 "\"0x$(printf %s "$1" | od -An -v -tx1 | tr -d ' \n')\"" | tr -d '"'; }

lies_of_anchors() {
	local anchored

	anchored=$(topic 'Anchored(uint256,uint48,bytes32,uint32,uint48,uint48)')
	pay && lie 'not the batch after the last one' "$(of "$anchored" 'del result[4]')" &&
		lie 'waits for another batch' "$(of "$anchored" 'del result[-1]')" &&
		lie 'the root of the batch\|do not make the head' "$(of "$anchored" \
			'result[4]["data"] = "0x" + "11" * 32 + result[4]["data"][66:]')" &&
		lie 'times that go back' "$(of "$anchored" \
			'result[4]["data"] = result[4]["data"][:-4] + "0000"' \
			'result[4]["data"] = result[4]["data"][:130] + "0" * 128')"
}

lies_of_identity() {
	local registered

	registered=$(topic 'OperatorSet(uint256,address)')
	site send 4 "$(at DeviceRegistry)" 'setOperator(uint256,address,uint256,bytes)' \
		"$ID" "$STRANGER" 281474976710655 '[]' && settle && by_key 0 "$DIR/bundle" &&
		lying "$(of "$registered" 'result.clear()')" && by_key 1 "$DIR/bundle" &&
		says 'another number of actions' &&
		lying "$(of "$registered" 'result[0]["topics"][2] = "0x" + "0" * 24 + "22" * 20')" &&
		by_key 1 "$DIR/bundle" && says 'has another operator'
}

lies_of_rewards() {
	local claimed transfer final

	claimed=$(topic 'Claimed(address,uint256)')
	transfer=$(topic 'Transfer(address,address,uint256)')
	final=$(topic 'EpochFinal(uint48,bytes32,bytes32,uint256)')
	pay && lie 'something else than it has earned' \
		"$(of "$claimed" 'result[0]["data"] = "0x" + "0" * 63 + "9"')" &&
		lie 'without a claim' "$(of "$claimed" 'result.clear()')" &&
		lie 'something else was paid' \
			"$(of "$transfer" "
        if params[0]['address'].lower() == '$(at OVPPToken | tr A-F a-f)': result[0]['data'] = '0x' + '0' * 63 + '9'")" &&
		lie 'another total became final' \
			"$(of "$final" 'result[0]["data"] = result[0]["data"][:-1] + "1"')" &&
		lie 'something else than its events' \
			"$(of "$(topic 'Funded(address,uint256)')" \
				'result[0]["data"] = result[0]["data"][:-1] + "1"')"
}

garbage() {
	settle && lying "$(of "$(topic 'Anchored(uint256,uint48,bytes32,uint32,uint48,uint48)')" \
		'result[4]["data"] = "0x1234"')" && by_key 3 "$DIR/bundle" && says 'cannot say' &&
		lying 'if method == "eth_getLogs": result = {"a": 1}' && by_key 3 "$DIR/bundle" &&
		lying 'if method == "eth_call": result = "0x"' && by_key 3 "$DIR/bundle" &&
		lying 'if method == "eth_getLogs" and result: result = result + result[:1]' &&
		by_key 3 "$DIR/bundle" && says 'not in their order'
}

# Nothing is said of evidence when the chain cannot be asked.
unreadable() {
	settle && run 3 --chain "$DIR/deployment" --rpc http://127.0.0.1:9 --key "$KEY" \
		"$DIR/bundle" && run 3 --chain "$DIR/nothing" --rpc "$URL" --key "$KEY" "$DIR/bundle" &&
		sed 's/31337/8453/' "$DIR/deployment" >"$DIR/elsewhere" &&
		run 3 --chain "$DIR/elsewhere" --rpc "$URL" --key "$KEY" "$DIR/bundle" &&
		says 'chain 31337, not 8453' &&
		sed 's/\(code_hash": "0x\)../\100/' "$DIR/deployment" >"$DIR/elsewhere" &&
		run 3 --chain "$DIR/elsewhere" --rpc "$URL" --key "$KEY" "$DIR/bundle" &&
		says 'is another one than the' &&
		run 0 --chain "$DIR/deployment" --rpc http://127.0.0.1:9 --rpc "$URL" --key "$KEY" \
			"$DIR/bundle"
}

usage() {
	run 2 --chain "$DIR/deployment" --key "$KEY" "$DIR/bundle" &&
		run 2 --rpc "$URL" --key "$KEY" "$DIR/bundle" &&
		run 2 --chain "$DIR/deployment" --rpc "$URL" --latest --finalized --key "$KEY" \
			"$DIR/bundle" && run 2 --chain "$DIR/deployment" --rpc "$URL" "$DIR/bundle"
}

ktap_print_header
if ! site_ready; then
	ktap_set_plan 1
	ktap_test_skip "verify_chain: NOTHING TESTED: no anvil or no contracts in $CONTRACTS"
	ktap_finished
fi
DIR=$(mktemp -d)
trap 'site_stop; kill "${LIAR:-}" 2>/dev/null; rm -r "$DIR"' EXIT
site_start
lying ''
exec 5< <(exec /usr/bin/python3 -B tests/host/chain_site.py "$URL" lie "$DIR/lie")
LIAR=$!
read -r -u 5 port
NODE_URL=http://127.0.0.1:$port
set_up >"$DIR/log" 2>&1 || { sed 's/^/# /' "$DIR/log"; echo 'Bail out! no site'; exit 1; }

# honest NAME COMMAND...: with a node that says what there is.
honest() {
	lying ''
	check "$@"
}

ktap_set_plan 22
honest "evidence is proven, by a chain that has it" evidence
honest "a reward is proven, to the last payment" rewarded
honest "so is one that waits to be final" not_final
honest "only what is final is there, unless that is wanted" blocks
honest "what is not anchored is a remark, under the chain's key alone" waiting
honest "a device's owner is paid, as of the proposal" devices
honest "other records than were anchored" other_evidence
honest "a reward of batches that are not on the chain" missing
honest "a gateway that is not registered" another_gateway
honest "a registration without the key" no_proof
honest "a key that is revoked on the chain" revoked_key
honest "another root, total or evidence in the proposal" other_proposals
honest "other parameters than the chain's" other_params
honest "a document of another chain or contract" other_chain
honest "a proposal that was vetoed" vetoed
honest "an account that owns nothing" other_account
honest "a node that leaves batches out or changes them" lies_of_anchors
honest "a node that hides what an owner did" lies_of_identity
honest "a node that lies about money" lies_of_rewards
honest "a node that says what no contract says: nothing is known then" garbage
honest "no node, another chain, another contract: nothing is known then" unreadable
honest "usage" usage
ktap_finished

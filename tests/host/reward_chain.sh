#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# timeout: 420
# processors: 0
#
# From evidence to a payment on a chain, and votes, with a real node (anvil) and all
# contracts, as contracts/script/Deploy.s.sol deploys them. Both come from npm
# (scripts/contracts.sh); without them nothing is tested.

set -u

# shellcheck source=/dev/null
. "$KSELFTEST/kselftest/ktap_helpers.sh"
# shellcheck source=tests/helpers.sh
. tests/helpers.sh

PATH=$BUILD/bin:$PATH
CONTRACTS=$BUILD/contracts
scripts/contracts.sh build >/dev/null 2>&1
ANVIL=$(find -L "$CONTRACTS/node_modules/@foundry-rs/" -path '*/bin/anvil' 2>/dev/null | head -n 1)
MAKE=$BUILD/tests-host/make_epoch

# The accounts that every anvil has.
HOLDER=0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266
ATTESTOR=0x70997970C51812dc3A010C7d01b50e0d17dc79C8
GUARDIAN=0x3C44CdDdB6a900fa2b585dd299e03d12FA4293BC
PAYEE=0x9965507D1a55bcC2695C58ba16FB37d819B0A4dc
NOBODY=0x0000000000000000000000000000000000000000
SECRETS=(
	ac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80
	59c6995e998f97a5a0044966f0945389dc9e86dae88c7a8412f4603b6b78690d
	5de4111afa1a4b94908f83103eb1f1706367c2e68ca870fc3fb9a804cdab365a
	7c852118294e51e653712a81e05800f419141751be58f605c371e15141b007a6
)

node() { /usr/bin/python3 -B tests/host/chain_node.py "$URL" "$@"; }

# key FILE SECRET: an account in a file of its own.
key() { (umask 077 && echo "$2" >"$DIR/$1"); }

# later SECONDS: the chain's clock goes on.
later() { node call evm_increaseTime "$1" >/dev/null && node call evm_mine >/dev/null; }

# contract NAME: its address.
contract() { /usr/bin/python3 -c "import json; print(json.load(open('$DIR/deployment'))['contracts']['$1']['address'])"; }

# as ADDRESS CONTRACT SIGNATURE WORDS: a call by an account whose key we do not have.
as() {
	local selector

	selector=$(node call web3_sha3 "\"0x$(printf %s "$3" | od -An -v -tx1 | tr -d ' \n')\"")
	node call anvil_impersonateAccount "\"$1\"" >/dev/null
	node call anvil_setBalance "\"$1\"" '"0x8ac7230489e80000"' >/dev/null
	node call eth_sendTransaction \
		"{\"from\": \"$1\", \"to\": \"$(contract "$2")\", \"data\": \"${selector:1:10}$4\"}" >/dev/null
}

word() { /usr/bin/python3 -c "print(f'{int($1):064x}')"; }

# config FILE CHAIN: the daemon's configuration, as far as the chain is concerned.
config() {
	cat >"$DIR/$1" <<-END
		chain:
		  network: $2
		  rpc: [$URL]
		  deployment: $DIR/deployment
		ledger:
		  path: $DIR/ledger.db
	END
}

# do_as FILE STATUS WORD...: run, with the account of a key file.
do_as() {
	local file=$1 status=$2

	shift 2
	run "$status" "$@" --config "$DIR/config" --key "$DIR/$file"
}

# ask STATUS WORD...: run, without an account of its own.
ask() { run "$@" --config "$DIR/config"; }

deploy() {
	scripts/contracts.sh deploy contracts/deploy/local.json "$DIR/deployment" --rpc-url "$URL" \
		--broadcast --private-key "0x${SECRETS[0]}" >"$DIR/deploy" 2>&1 &&
		as $HOLDER OVPPToken 'transfer(address,uint256)' \
			"$(word $ATTESTOR)$(word '5000 * 10**18')"
}

# ---- parameters and votes ------------------------------------------------------------------

params() {
	local own

	run 0 reward params --json && own=$OUT && ask 0 reward params --chain --json &&
		[ "$OUT" = "$own" ] && json 'len(o["params"]) == 28' && ask 0 reward params --chain &&
		says "alpha_ppm 1000000"
}

# What is wrong is said before anybody pays for it.
vote_refused() {
	do_as holder 2 vote propose --set alfa_ppm=1 && says "did you mean 'alpha_ppm'" &&
		do_as holder 2 vote propose --set alpha_ppm=x && do_as holder 2 vote propose &&
		do_as holder 1 vote propose --set alpha_ppm=90000000 && says "out of its bounds" &&
		do_as attestor 1 vote propose --set alpha_ppm=1 && says "vote delegate" &&
		ask 1 vote show 0x12 && ask 0 vote list && says "Nothing was proposed"
}

delegate() {
	do_as holder 0 vote power && says "delegate nobody" &&
		do_as holder 0 vote delegate self && says "$HOLDER votes" &&
		ask 0 vote power $HOLDER --json && json "o['delegate'] == '$HOLDER'" &&
		json 'o["votes"] == o["tokens"] == "99995" + 21 * "0"' && later 10
}

# pass ID: a proposal, from its begin to its end.
pass() {
	later 3601 && do_as holder 0 vote cast "$1" for --reason 'it is time' &&
		later 86400 && do_as holder 0 vote queue "$1" && later 3601 &&
		do_as holder 0 vote execute "$1"
}

# An epoch of two hours, that begins where the evidence does. Each step too early is refused.
vote() {
	local start

	start=$("$MAKE" inputs 4 | /usr/bin/python3 -c \
		'import json, sys; print(json.load(sys.stdin)["params"]["epoch_start_s"])')
	do_as holder 0 vote propose --set "epoch_start_s=$start" --set epoch_s=7200 --json || return
	json 'o["end_s"] - o["start_s"] == 86400 and o["id"].startswith("0x")' || return
	ID=$(/usr/bin/python3 -c 'import json, sys; print(json.loads(sys.argv[1])["id"])' "$OUT")
	ask 0 vote list && says "${ID:0:10}" && says "pending, votes from 20" &&
		do_as holder 1 vote cast "$ID" for && says "while it is active" &&
		do_as holder 1 vote queue "$ID" && later 3601 &&
		do_as attestor 1 vote cast "$ID" for && says "had no votes" &&
		do_as holder 2 vote cast "$ID" maybe &&
		do_as holder 0 vote cast "${ID:0:6}" for && says "were cast for" &&
		do_as holder 1 vote cast "${ID:2:6}" against && says "already" &&
		ask 0 vote show "$ID" && says "sets epoch_s to 7200" && says "active, until 20" &&
		later 86400 && do_as holder 1 vote execute "$ID" &&
		do_as holder 0 vote queue "$ID" && do_as holder 1 vote execute "$ID" &&
		says "to be executed from 20" && later 3601 && do_as holder 0 vote execute "$ID" &&
		ask 0 vote show "$ID" --json && json 'o["state"] == "executed"' &&
		json "o['actions'][0]['set'] == {'epoch_start_s': '$start', 'epoch_s': '7200'}" &&
		json 'o["for"] == "99995" + 21 * "0" and o["against"] == "0"' &&
		ask 0 reward params --chain --json && json 'o["params"]["epoch_s"] == 7200'
}

# ---- an epoch ------------------------------------------------------------------------------

# The battery is paid to an account; the others to one that no token goes to.
computed() {
	"$MAKE" inputs 4 | /usr/bin/python3 -c "
import json, sys
x = json.load(sys.stdin)
x['contract'] = '$(contract RewardClaims)'.lower()
x['accounts'] = []
del x['carried']
for d in x['devices']:
    del d['history']
    d['account'] = ('$PAYEE' if d['capacity_mwh'] else '$NOBODY').lower()
json.dump(x, open('$DIR/inputs', 'w'))"
	"$MAKE" bundle 4 14400 5 >"$DIR/bundle"
	ask 0 reward compute "$DIR/inputs" "$DIR/bundle" --chain --out "$DIR/epoch1" &&
		run 0 reward next "$DIR/epoch1" --out "$DIR/inputs2" &&
		ask 0 reward compute "$DIR/inputs2" "$DIR/bundle" --chain --out "$DIR/epoch2" &&
		ovpp-verify --reward "$DIR/epoch1" "$DIR/bundle" >/dev/null &&
		ovpp-verify --reward "$DIR/epoch2" --previous "$DIR/epoch1" "$DIR/bundle" >/dev/null &&
		OUT=$(<"$DIR/epoch2") &&
		json 'all(a["pay"] != "0" for a in o["results"]["accounts"])'
}

# edit FILE STATEMENT TO: a document that is changed.
edit() {
	/usr/bin/python3 -c "
import json, sys
x = json.load(open(sys.argv[1]))
$2
json.dump(x, open(sys.argv[2], 'w'))" "$DIR/$1" "$DIR/$3"
}

# What stands in the way is said, one after the other.
propose_refused() {
	do_as attestor 1 reward propose "$DIR/epoch2" && says "epoch 1 is next" &&
		do_as attestor 1 reward propose "$DIR/epoch1" && says "reward fund" &&
		do_as holder 0 reward fund 5000000 && do_as holder 1 reward propose "$DIR/epoch1" &&
		says "no attestor" && do_as attestor 1 reward propose "$DIR/epoch1" &&
		says "reward bond 1000" && do_as attestor 1 reward bond 5001 && says "has 5000 OVPP" &&
		do_as attestor 2 reward bond many && do_as attestor 2 reward propose &&
		do_as attestor 1 reward propose "$DIR/inputs" && says "no document" &&
		ask 0 reward status && says "last epoch none yet" && says "funded 5000000 OVPP"
}

# forged STATEMENT TEXT
forged() {
	edit epoch1 "$1" forged && do_as attestor 1 reward propose "$DIR/forged" && says "$2"
}

# A document is looked at in itself, and whether it is of this chain.
forgeries() {
	forged 'x["results"]["root"] = "00" * 32' 'results.root is "0000' &&
		forged 'x["results"]["total"] += "0"' 'results.total is' &&
		forged 'x["results"]["accounts"][0]["pay"] = "9"' 'results.accounts[0].pay is "9"' &&
		forged 'x["results"]["devices"][0]["weight"] += 1' 'follows from the rest' &&
		forged 'x["inputs"]["gateways"][0]["last_batch"] += 1' 'results.evidence' &&
		forged 'x["inputs"]["params"]["alpha_ppm"] += 1' 'results.' || return
	edit inputs 'x["chain_id"] = 1' other &&
		ask 0 reward compute "$DIR/other" "$DIR/bundle" --chain --out "$DIR/document" &&
		do_as attestor 1 reward propose "$DIR/document" && says "of chain 1" &&
		edit inputs 'x["contract"] = "0x" + "11" * 20' other &&
		ask 0 reward compute "$DIR/other" "$DIR/bundle" --chain --out "$DIR/document" &&
		do_as attestor 1 reward propose "$DIR/document" && says "of the contract"
}

bond() {
	do_as attestor 0 reward bond 1500.5 && says "1500.5 OVPP were deposited" &&
		do_as attestor 0 reward bond 500.5 --withdraw &&
		do_as attestor 1 reward bond 1000.000000000000000001 --withdraw &&
		says "1000 OVPP" &&
		ask 0 reward status $ATTESTOR --json &&
		json 'o["account"]["bond_free"] == "1" + 21 * "0" and o["account"]["attestor"]'
}

propose() {
	do_as attestor 0 reward propose "$DIR/epoch1" && says "Epoch 1 is proposed" &&
		do_as attestor 1 reward propose "$DIR/epoch1" && says "proposed already" &&
		ask 0 reward status && says "attested 1 of 1 that are needed" &&
		says "next the window is open until 20"
}

# Two have to agree, to the same.
attest() {
	ask 0 reward status --json && json 'o["proposal"]["agreed"] == 1' &&
		as "$(contract OVPPTimelock)" RewardLedger 'setTerms((uint128,uint128,uint48,uint32))' \
			"$(word '10**24')$(word '10**21')$(word 3600)$(word 2)" &&
		later 3601 && do_as holder 1 reward finalize && says "1 of 2 attestors agree" &&
		do_as holder 1 reward attest "$DIR/epoch1" && says "no attestor" &&
		do_as attestor 1 reward attest "$DIR/epoch1" && says "has attested to it already" &&
		edit inputs 'x["devices"][0]["nameplate_mw"] //= 2' other &&
		ask 0 reward compute "$DIR/other" "$DIR/bundle" --chain --out "$DIR/document" &&
		do_as second 1 reward attest "$DIR/document" && says "that is proposed is" &&
		do_as second 1 reward attest "$DIR/epoch2" && says "epoch 1 is proposed" &&
		do_as second 0 reward attest "$DIR/epoch1" && says "2 of 2 attestors agree"
}

# The same pays from other evidence are told apart by the hash alone.
attest_evidence() {
	edit inputs 'x["accounts"] = [{"account": "0x" + "77" * 20, "total": "0"}]' other &&
		ask 0 reward compute "$DIR/other" "$DIR/bundle" --chain --out "$DIR/document" &&
		do_as second 1 reward attest "$DIR/document" &&
		says "the hash of the evidence that is proposed is 0x"
}

finalize() {
	do_as holder 1 reward claim "$DIR/epoch1" $PAYEE && says "not final yet" &&
		do_as holder 0 reward finalize && says "Epoch 1 is final" &&
		do_as holder 1 reward finalize && says "no epoch is proposed" &&
		ask 0 reward status --json && json 'o["epoch"] == 1 and o["proposal"] is None' &&
		json 'int(o["promised"]) > 0 and o["paid"] == "0"'
}

balance() { ask 0 vote power "$1" --json && /usr/bin/python3 -c 'import json, sys; print(json.loads(sys.argv[1])["tokens"])' "$OUT"; }

# pays DOCUMENT: what an account is to get in all.
pays() { /usr/bin/python3 -c "
import json
print([a['total'] for a in json.load(open('$DIR/$1'))['results']['accounts'] if a['account'] == '$PAYEE'.lower()][0])"; }

# One that the token does not pay fails alone; then another one is paid, by the gateway.
blocked() {
	do_as holder 3 reward claim "$DIR/epoch1" $NOBODY &&
		says "the contract refuses: ERC20InvalidReceiver" && says "holds up nobody else" &&
		do_as holder 0 reward claim "$DIR/epoch1" $PAYEE --json &&
		json "o['cumulative'] == o['paid'] == '$(pays epoch1)' and o['gas'] < 120000" &&
		[ "$(balance $PAYEE)" = "$(pays epoch1)" ]
}

claim_again() {
	do_as holder 1 reward claim "$DIR/epoch1" $PAYEE && says "nothing to pay" &&
		do_as holder 1 reward claim "$DIR/epoch1" 0x1111111111111111111111111111111111111111 &&
		says "earned nothing" && do_as holder 1 reward claim "$DIR/epoch2" $PAYEE &&
		says "not final yet" && do_as holder 2 reward claim "$DIR/epoch1" 0x12 &&
		do_as holder 2 reward claim "$DIR/epoch1"
}

# The guardian stops a proposal; the bond is gone.
veto() {
	do_as attestor 0 reward propose "$DIR/epoch2" && do_as holder 3 reward veto &&
		says "the contract refuses: NotGuardian" && do_as holder 3 reward cancel &&
		do_as attestor 0 reward cancel && do_as attestor 0 reward propose "$DIR/epoch2" &&
		do_as guardian 0 reward veto && says "is stopped" &&
		ask 0 reward status --json && json "o['proposal'] is None and o['guardian'] == '$GUARDIAN'" &&
		json 'o["funded"] == "5001" + 21 * "0"' &&
		do_as attestor 1 reward propose "$DIR/epoch2" && says "reward bond 1000"
}

# The account of the gateway, which is made at its first use, sends a claim for another one.
cumulative() {
	do_as attestor 0 reward bond 1000 && do_as attestor 0 reward propose "$DIR/epoch2" &&
		do_as second 0 reward attest "$DIR/epoch2" && later 3601 &&
		do_as holder 0 reward finalize && do_as holder 1 reward claim "$DIR/epoch1" $PAYEE &&
		says "document of epoch 2 is needed" && ask 3 reward claim "$DIR/epoch2" $PAYEE &&
		says "send it some" && ask 0 vote power --json || return
	node call anvil_setBalance "$(/usr/bin/python3 -c 'import json, sys; print(json.dumps(json.loads(sys.argv[1])["account"]))' "$OUT")" \
		'"0xde0b6b3a7640000"' >/dev/null
	ask 0 reward claim "$DIR/epoch2" $PAYEE && says "was paid" &&
		[ "$(balance $PAYEE)" = "$(pays epoch2)" ] && ask 0 reward status --json &&
		json "o['paid'] == '$(pays epoch2)' and o['epoch'] == 2"
}

# What a vote changes, documents have to be computed with.
changed() {
	run 0 reward next "$DIR/epoch2" --out "$DIR/inputs3" &&
		ask 0 reward compute "$DIR/inputs3" "$DIR/bundle" --chain --out "$DIR/epoch3" &&
		do_as holder 0 vote propose --set beta_ppm=60000 --description 'Availability counts' --json || return
	ID=$(/usr/bin/python3 -c 'import json, sys; print(json.loads(sys.argv[1])["id"])' "$OUT")
	do_as holder 3 vote propose --set beta_ppm=60000 --description 'Availability counts' &&
		pass "$ID" && ask 0 vote list && says "executed" && says "Availability counts" &&
		ask 1 vote show 0x && ask 0 reward params --chain && says "beta_ppm 60000" &&
		do_as attestor 1 reward propose "$DIR/epoch3" && says "other parameters" &&
		ask 0 reward compute "$DIR/inputs3" "$DIR/bundle" --chain --out "$DIR/epoch3" &&
		do_as attestor 0 reward propose "$DIR/epoch3"
}

# The scorer does not know it: it is shown, and nothing is computed with it.
unknown() {
	do_as holder 0 vote propose --set later_ppm=7 --new --json || return
	ID=$(/usr/bin/python3 -c 'import json, sys; print(json.loads(sys.argv[1])["id"])' "$OUT")
	pass "$ID" && ask 1 reward params --chain && says "later_ppm 7" &&
		says "does not know" &&
		ask 1 reward compute "$DIR/inputs3" "$DIR/bundle" --chain
}

wrong_chain() {
	config wrong base && run 3 reward status --config "$DIR/wrong" &&
		config wrong base-sepolia && run 3 reward status --config "$DIR/wrong" &&
		says chain && run 3 vote list --config "$DIR/nothing"
}

ktap_print_header
if [ -z "$ANVIL" ]; then
	ktap_set_plan 1
	ktap_test_skip "reward chain: NOTHING TESTED: no anvil in $CONTRACTS"
	ktap_finished
fi
DIR=$(mktemp -d)
PORT=$(/usr/bin/python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
URL=http://127.0.0.1:$PORT
"$ANVIL" --silent --port "$PORT" --hardfork osaka --slots-in-an-epoch 1 >"$DIR/anvil.log" 2>&1 &
NODE=$!
trap 'kill "$NODE" 2>/dev/null; wait "$NODE" 2>/dev/null; rm -rf "$DIR"' EXIT
until node call eth_chainId >/dev/null 2>&1; do sleep 0.1; done
key holder "${SECRETS[0]}"
key attestor "${SECRETS[1]}"
key guardian "${SECRETS[2]}"
key second "${SECRETS[3]}"
config config anvil
"$MAKE" ledger 4 600 5 "$DIR/ledger.db"

ktap_set_plan 20
ktap_test_result "reward chain: all contracts are deployed" deploy
ktap_test_result "reward chain: the deployed parameters are the scorer's, by their hash" params
ktap_test_result "vote: a proposal that cannot be good is refused" vote_refused
ktap_test_result "vote: votes are delegated" delegate
ktap_test_result "vote: from a proposal to what it changes, no step too early" vote
ktap_test_result "reward chain: two epochs are computed with the chain's parameters" computed
ktap_test_result "reward chain: what stands in the way of a proposal is said" propose_refused
ktap_test_result "reward chain: a document that is not true to itself is refused" forgeries
ktap_test_result "reward chain: a bond is deposited and taken back" bond
ktap_test_result "reward chain: an epoch is proposed" propose
ktap_test_result "reward chain: other evidence is not attested to" attest_evidence
ktap_test_result "reward chain: a quorum agrees to one document" attest
ktap_test_result "reward chain: an epoch is final when its window is over" finalize
ktap_test_result "reward chain: blocked claim: it fails alone, and holds up nobody" blocked
ktap_test_result "reward chain: nothing is paid twice" claim_again
ktap_test_result "reward chain: the guardian's veto takes the bond" veto
ktap_test_result "reward chain: a later claim pays the difference" cumulative
ktap_test_result "vote: after a change an old document is refused" changed
ktap_test_result "vote: a parameter that the scorer does not know stops it" unknown
ktap_test_result "reward chain: another chain is refused" wrong_chain
ktap_finished

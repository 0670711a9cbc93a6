#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# timeout: 300
# processors: 0
#
# The outbox against a real node (anvil) and the real contract, with faults of the way,
# of the node and of this machine: each batch is anchored once, whatever happens. Crashes
# are in chain_crash.sh.

set -u

# shellcheck source=/dev/null
. "$KSELFTEST/kselftest/ktap_helpers.sh"
. tests/helpers.sh
. tests/chain.sh

METHODS="eth_chainId eth_getCode eth_getBlockByNumber eth_call eth_getTransactionCount
	eth_feeHistory eth_estimateGas eth_sendRawTransaction eth_getTransactionReceipt"

# anchored BATCHES: each once.
anchored() { node check "$CONTRACT" "$1"; }

plain() {
	usual_node
	anchor 5 calls=1 && anchored 5 && node paid 5 && no_attempt_twice
}

# ---- the way to the node ---------------------------------------------------------------

# Each method met a fault; and how many there were.
faults_met() {
	local method

	for method in $METHODS; do
		grep -q "\"method\": \"$method\", \"fault\": \"" "$LOG" && continue
		echo "no request of $method met a fault"
		return 1
	done
	echo "$(grep -c '"fault": "' "$LOG") of $(wc -l <"$LOG") requests met a fault"
}

# faults PERCENT [FAULT...]
faults() {
	usual_node
	start_proxy 1 "$@"
	anchor 8 every=6 calls=8 && anchored 8 && node paid 1 && no_attempt_twice && faults_met
}

# ---- the wrong chain, the wrong contract -----------------------------------------------

# Of two endpoints the first is of another chain.
wrong_chain() {
	local other

	start_node --chain-id 1
	deploy 1
	start_proxy 1 0
	other=$URL
	anchoring 3
	eventually said "it is of chain 1, not 31337" || return
	kill_it
	nothing_signed || return
	usual_node
	URL=$other,$NODE_URL
	anchor 3 && anchored 3 && ! grep -q Transaction "$LOG"
}

# The endpoint says what it should, and becomes another one: of another chain, with the
# same contract and the same account. What is signed there is worth nothing there.
changes_its_mind() {
	local there here i

	busy_node 1
	deploy 1
	there=$NODE_URL
	usual_node
	here=$NODE_URL
	start_proxy 1 0
	anchoring 30 every=20 calls=10
	for i in 1 2 3; do
		eventually mined $((i * 5)) || return
		proxy_set "{\"upstream\": \"$there\"}"
		sleep 1.5
		proxy_set "{\"upstream\": \"$here\"}"
		# Who has seen the other chain leaves this endpoint alone for minutes.
		kill_it
		anchoring 30 every=20 calls=10
	done
	finished && anchored 30 && node paid 3 && NODE_URL=$there && anchored 0 && node paid 0
}

wrong_contract() {
	usual_node
	start_proxy 1 0
	CODE=${CODE//[0-7]/8}
	anchoring 3
	eventually said "the contract at the address is another one" || return
	kill_it
	nothing_signed && ! grep -q Transaction "$LOG"
}

# Where there is none there may be one later, at the same address.
no_contract() {
	usual_node
	busy_node 31337
	anchoring 3
	eventually said "there is no contract at the address" && nothing_signed || return
	deploy 1
	finished && anchored 3
}

# ---- fees ------------------------------------------------------------------------------

# spike GWEI: from the next block on, which comes at once.
spike() {
	call anvil_setNextBlockBaseFeePerGas "\"$(printf '0x%x' "${1}000000000")\"" && call evm_mine
}

# This node throws out what cannot pay any more. Once while it waits, once while the
# outbox does not run: then its bytes are refused, and it does not wait to raise the fees.
base_fee_spike() {
	local before

	calm_node
	deploy 1
	start_proxy 1 0
	mining_off
	anchoring 3 every=1 bump_ms=700
	eventually sent 3 && spike 50 && eventually attempts 2 || return
	eventually mined_by_hand 3 || return
	kill_it
	anchoring 6 every=1 bump_ms=600000
	eventually sent 3 || return
	kill_it
	before=$(sql 'SELECT COUNT(*) FROM attempt')
	spike 200
	anchoring 6 every=1 bump_ms=600000
	eventually attempts $((before + 1)) && finally 6 && node bumps "$LOG" 2
}

mined_by_hand() { call evm_mine && mined "$1"; }

stuck() {
	calm_node
	deploy 1
	start_proxy 1 0
	mining_off
	anchoring 3 bump_ms=300
	eventually attempts 5 || return
	finally 3 && node bumps "$LOG" 5
}

over_budget() {
	calm_node
	deploy 1
	mining_off
	spike 100
	anchoring 3 every=1 batch_gwei=3000000
	eventually said "over the budget of a batch" || return
	[ "$(sql "SELECT COUNT(*) FROM intent WHERE state = 8 AND why LIKE '%budget%'")" = 3 ] &&
		nothing_signed && spike 1 && finally 3
}

# What is on its way stays there, and no dearer one is made before that is affordable.
over_budget_on_its_way() {
	calm_node
	deploy 1
	mining_off
	anchoring 3 every=1 batch_gwei=3000000 bump_ms=300
	eventually sent 3 && spike 100 && eventually said "over the budget of a batch" || return
	spike 1 && finally 3
}

# ---- nonces ----------------------------------------------------------------------------

# foreign NONCE: somebody else has the key and pays much.
foreign() {
	call anvil_impersonateAccount "\"$SIGNER\"" &&
		call eth_sendTransaction "{\"from\": \"$SIGNER\", \"to\": \"$SIGNER\", \"gas\": \"0x5208\",
			\"nonce\": \"$1\", \"maxFeePerGas\": \"0x2540be4000\",
			\"maxPriorityFeePerGas\": \"0x2540be400\"}"
}

foreign_nonce_on_its_way() {
	calm_node
	deploy 1
	mining_off
	anchoring 3 every=1 bump_ms=300
	eventually sent 3 && foreign 0x0 && call evm_mine || return
	eventually said "another transaction of this account took nonce 0" || return
	finally 3
}

foreign_nonce_between() {
	usual_node
	anchor 3 && foreign "$(printf '0x%x' "$(sql 'SELECT next_nonce FROM lane')")" || return
	anchor 6 && said "somebody else uses the gateway's account" && anchored 6 &&
		no_attempt_twice
}

# Two machines with the same ledger and the same key, at once.
copied_ledger() {
	local first

	usual_node
	URL=http://127.0.0.1:1 anchoring 6 every=1
	eventually have 6 || return
	kill_it
	cp "$DB" "$DB.copy" && cp "$DB-wal" "$DB.copy-wal" || return
	anchoring 6
	first=$RUNNING
	DB=$DB.copy anchoring 6
	finished && RUNNING=$first && finished && anchored 6
}

have() { [ "$(sql 'SELECT COUNT(*) FROM intent')" = "$1" ]; }

# ---- reorganizations -------------------------------------------------------------------

# A block for each transaction, and nothing is final before that is wanted.
reorg_node() { start_node --slots-in-an-epoch 32; }

height() { echo $(($(node call eth_blockNumber | tr -d '"'))); }

# reorg DEPTH: what was mined in so many blocks is not any more, and comes again.
reorg() {
	reorg_node
	deploy 1
	anchoring 6 every=12 calls=3
	eventually mined 6 || return
	call anvil_reorg "$1" '[]' && eventually said "is another one now" && finally 6 &&
		node paid 2 && no_attempt_twice
}

# One after the other, while batches keep coming.
reorgs() {
	local i

	reorg_node
	deploy 1
	call anvil_mine '"0x10"'
	anchoring 20 every=12 calls=5 bump_ms=2000
	for i in 1 2 3 4 5 6; do
		eventually mined $((i * 3)) || return
		call anvil_reorg $((i % 4 + 1)) '[]'
	done
	finally 20 && node paid 4
}

# Who may anchor is gone as well, until the registry says it again.
reorg_enrollment() {
	local before

	reorg_node
	deploy 0
	call anvil_mine '"0x8"'
	before=$(height)
	node enroll "$CONTRACT" "$SIGNER"
	anchoring 4 every=12
	eventually mined 4 || return
	call anvil_reorg $(($(height) - before)) '[]'
	eventually said "the contract takes batches from 0x0000000000000000000000000000000000000000" ||
		return
	node enroll "$CONTRACT" "$SIGNER" && finally 4
}

# So is the contract, and the account has no money; the contract comes again at the same
# address.
reorg_contract() {
	local was

	reorg_node
	call anvil_mine '"0x8"'
	deploy 1
	was=$CONTRACT
	anchoring 4 every=12
	eventually mined 4 || return
	call anvil_reorg $(($(height) - 4)) '[]'
	eventually said "is another one now" && deploy 1 && [ "$CONTRACT" = "$was" ] && finally 4
}

# ---- this machine ----------------------------------------------------------------------

# Ten years ahead, right, ten years behind. The contract takes no time that is before the
# last one: some were made to fit.
clock_jump() {
	usual_node
	anchor 20 every=4 clock_s=315360000 && anchored 20 && no_attempt_twice &&
		[ "$(sql 'SELECT COUNT(*) FROM intent a JOIN intent b ON b.seq = a.seq + 1
			WHERE b.t1_ms = a.t1_ms')" -gt 2 ]
}

# A disk of its own, which is full at times; once the process is killed then as well.
disk_full() {
	local holder i

	mkdir "$DIR/disk"
	# shellcheck disable=SC2016 # for the other shell
	exec 6< <(exec unshare -rm sh -c 'mount -t tmpfs -o size=8m none "$1" && echo ready &&
		exec sleep 300' sh "$DIR/disk")
	holder=$!
	STARTED+=("$holder")
	read -r -u 6 i && [ "$i" = ready ] || return 4
	IN=(nsenter -t "$holder" -U -m --preserve-credentials)
	usual_node
	DB=$DIR/disk/db
	anchoring 30 every=15
	for i in 1 2 3 4 5; do
		eventually mined $((i * 2)) || return
		"${IN[@]}" dd if=/dev/zero of="$DIR/disk/fill" bs=4k 2>/dev/null
		sleep 1
		[ "$i" != 3 ] || kill_it
		"${IN[@]}" rm "$DIR/disk/fill"
		[ "$i" != 3 ] || anchoring 30 every=15
	done
	finished && said "No space left" && anchored 30
}

# ---- telemetry -------------------------------------------------------------------------

# write BATCHES: of telemetry, into the ledger.
write() { "$BUILD/tests-host/ledger_write" "$DB" "$CONTRACT" "$1"; }

questions() { wc -l <"$LOG"; }
hangs() { tail -n 1 "$LOG" | grep -q "\"method\": \"$1\", \"fault\": \"hang\""; }

# The node does not answer a question, of each kind in turn: meanwhile batches are
# written, and nothing happens until all of them are.
telemetry() {
	local method before

	usual_node
	start_proxy 1 0
	write 2 >/dev/null
	for method in $METHODS; do
		proxy_set "{\"percent\": 100, \"faults\": [\"hang\"], \"only\": [\"$method\"]}"
		[ -n "${RUNNING:-}" ] ||
			anchoring 120 every=0 timeout_ms=100000 poll_ms=20 settle_ms=100
		eventually hangs "$method" || return
		before=$(questions)
		write 2 >>"$DIR/took" && [ "$(questions)" = "$before" ] || return
	done
	proxy_set '{"faults": []}'
	write 100 >>"$DIR/took" && finished && node ledger "$CONTRACT" "$DB" || return
	echo "a batch was stored in $(sort -n "$DIR/took" | tail -n 1) at most"
}

chain_begin chain
beside "chain: batches are anchored and final" plain
beside "chain: lost requests" faults 20 lost-request
beside "chain: lost responses" faults 20 lost-response
beside "chain: null for an answer" faults 20 null
beside "chain: garbage for an answer" faults 20 garbage
beside "chain: oversized answers" faults 20 oversized
beside "chain: answers to other requests" faults 20 wrong-id
beside "chain: HTTP status 429" faults 20 429
beside "chain: HTTP status 5xx" faults 20 500 502 503
beside "chain: all of these together" faults 20
beside "chain: an endpoint of another chain" wrong_chain
beside "chain: an endpoint that becomes one of another chain" changes_its_mind
beside "chain: nothing is signed for another contract" wrong_contract
beside "chain: nothing is signed where there is no contract, until there is" no_contract
beside "chain: a spike of the base fee" base_fee_spike
beside "chain: a stuck nonce: fees rise by an eighth, one attempt is mined" stuck
beside "chain: over the budget it is held until fees fall" over_budget
beside "chain: over the budget on its way" over_budget_on_its_way
beside "chain: a foreign transaction takes the nonce" foreign_nonce_on_its_way
beside "chain: a foreign transaction between two" foreign_nonce_between
beside "chain: two machines with the same ledger and key" copied_ledger
beside "chain: a reorganization of 1 block" reorg 1
beside "chain: a reorganization of 3 blocks" reorg 3
beside "chain: a reorganization of 6 blocks" reorg 6
beside "chain: reorganizations while batches keep coming" reorgs
beside "chain: a reorganization that takes the enrollment away" reorg_enrollment
beside "chain: a reorganization that takes the contract away" reorg_contract
beside "chain: the wall clock jumps by ten years" clock_jump
beside "chain: the disk is full at times" disk_full
beside "chain: telemetry is written while a node does not answer, whatever it is asked" telemetry
results

#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# timeout: 300
#
# The outbox against a real node (anvil) and the real contract, with faults between them,
# kills at random and a reorganization: each batch is anchored once. Both come from npm
# (scripts/contracts.sh); without them nothing is tested. KILLS: how often it is killed.

set -u

# shellcheck source=/dev/null
. "$KSELFTEST/kselftest/ktap_helpers.sh"

CONTRACTS=$BUILD/contracts
scripts/contracts.sh build >/dev/null 2>&1
ANVIL=$(find -L "$CONTRACTS/node_modules/@foundry-rs/" -path '*/bin/anvil' 2>/dev/null | head -n 1)
ARTIFACT=$CONTRACTS/out/TelemetryAnchor.sol/TelemetryAnchor.json
RUN=$BUILD/tests-host/anchor_run
KILLS=${KILLS:-20}
RANDOM=1

node() { /usr/bin/python3 -B tests/host/chain_node.py "http://127.0.0.1:$PORT" "$@"; }

# start_node EPOCH ARGUMENT...: anvil with the contract, at $PORT; after two epochs of so
# many blocks a block is final.
start_node() {
	PORT=$(/usr/bin/python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
	"$ANVIL" --silent --port "$PORT" --slots-in-an-epoch "$@" >"$DIR/anvil.log" 2>&1 &
	NODE=$!
	node wait
	read -r CONTRACT CODE <<<"$(node deploy "$ARTIFACT" "$("$RUN" address)")"
	URL=http://127.0.0.1:$PORT
	DB=$DIR/$PORT.db
}

stop_node() {
	kill "$NODE" 2>/dev/null
	wait "$NODE" 2>/dev/null
}

# start_proxy SEED PERCENT [FAULT...]: in front of the node, at $URL from now on.
start_proxy() {
	exec 5< <(exec /usr/bin/python3 -B tests/host/rpc_proxy.py "$URL" "$@")
	PROXY=$!
	read -r -u 5 port
	URL=http://127.0.0.1:$port
}

stop_proxy() {
	kill "$PROXY" 2>/dev/null
	wait "$PROXY" 2>/dev/null
	exec 5<&-
}

anchor() { timeout 100 "$RUN" "$DB" "$URL" "$CONTRACT" "$CODE" "$1"; }

# Blocks come all the time, so that there is always a later one that is final.
plain() {
	local status

	start_node 1 --block-time 1
	anchor 5 && node check "$CONTRACT" 5
	status=$?
	stop_node
	return $status
}

# faults SEED PERCENT [FAULT...]
faults() {
	local status

	start_node 1 --block-time 1
	start_proxy "$@"
	anchor 20 && node check "$CONTRACT" 20
	status=$?
	stop_proxy
	stop_node
	return $status
}

# More batches each time, and no time to finish.
kills() {
	local i pid status

	start_node 1 --block-time 1
	start_proxy 7 5 lost-request lost-response
	for ((i = 1; i <= KILLS; i++)); do
		"$RUN" "$DB" "$URL" "$CONTRACT" "$CODE" "$((i * 200 / KILLS))" &
		pid=$!
		sleep "$((RANDOM % 2)).$((RANDOM % 10))$((RANDOM % 10))"
		kill -9 "$pid" 2>/dev/null
		wait "$pid" 2>/dev/null
	done
	anchor 200 && node check "$CONTRACT" 200
	status=$?
	ktap_print_msg "200 batches in $(sqlite3 "$DB" 'SELECT COUNT(*) FROM attempt') attempts, $KILLS kills"
	stop_proxy
	stop_node
	return $status
}

# What was mined is not any more.
reorg() {
	local status pid

	start_node 8 --block-time 1
	# What made the contract is to stay.
	node call anvil_mine '"0x5"' >/dev/null
	"$RUN" "$DB" "$URL" "$CONTRACT" "$CODE" 3 &
	pid=$!
	until [ "$(sqlite3 "$DB" 'SELECT COUNT(*) FROM intent WHERE state IN (3, 4)' 2>/dev/null)" = 3 ]; do
		sleep 0.1
	done
	node call anvil_reorg 3 '[]' >/dev/null
	wait "$pid" && node check "$CONTRACT" 3
	status=$?
	stop_node
	return $status
}

wrong() {
	local trouble=$DIR/wrong.db

	start_node 1
	timeout 3 "$RUN" "$trouble" "$URL" "$CONTRACT" "${CODE//[0-7]/8}" 1
	stop_node
	[ "$(sqlite3 "$trouble" 'SELECT COUNT(*) FROM attempt')" = 0 ]
}

ktap_print_header
if [ -z "$ANVIL" ] || [ ! -f "$ARTIFACT" ]; then
	ktap_set_plan 1
	ktap_test_skip "chain: NOTHING TESTED: no anvil or no contracts in $CONTRACTS"
	ktap_finished
fi
DIR=$(mktemp -d)
trap 'kill "${NODE:-}" "${PROXY:-}" 2>/dev/null; rm -r "$DIR"' EXIT
ktap_set_plan 5
ktap_test_result "chain: batches are anchored and final" plain
ktap_test_result "chain: a fifth of all requests meets a fault" faults 1 20
ktap_test_result "chain: nothing is signed for another contract" wrong
ktap_test_result "chain: a reorganization is made good" reorg
ktap_test_result "chain: killed at random, each batch is anchored once" kills
ktap_finished

# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# What the tests of the outbox have in common, beside the kernel's ktap_helpers.sh and
# helpers.sh, which they read first: nodes (anvil) with the real contract, a proxy that
# does wrong in front of them, and tests that run beside each other, since all of them
# wait most of the time. Node and contract come from npm (scripts/contracts.sh).

CONTRACTS=$BUILD/contracts
ARTIFACT=$CONTRACTS/out/TelemetryAnchor.sol/TelemetryAnchor.json
RUN=$BUILD/tests-host/anchor_run

# chain_begin NAME: finds what is needed; without it the test is over.
chain_begin() {
	scripts/contracts.sh build >/dev/null 2>&1
	ANVIL=$(find -L "$CONTRACTS/node_modules/@foundry-rs/" -path '*/bin/anvil' 2>/dev/null | head -n 1)
	ktap_print_header
	if [ -z "$ANVIL" ] || [ ! -f "$ARTIFACT" ]; then
		ktap_set_plan 1
		ktap_test_skip "$1: NOTHING TESTED: no anvil or no contracts in $CONTRACTS"
		ktap_finished
	fi
	SIGNER=$("$RUN" address)
	ALL=$(mktemp -d)
	NAMES=()
	TESTS_BESIDE=()
	trap 'kill "${TESTS_BESIDE[@]}" 2>/dev/null; wait; rm -r "$ALL"' EXIT
}

# ---- tests beside each other -----------------------------------------------------------

# alone FOLDER COMMAND...: a test with a folder of its own, $DIR. What it starts is in
# STARTED, and ends with it; IN is in front of each command that uses the database.
alone() {
	DIR=$1
	DB=$DIR/db
	STARTED=()
	IN=()
	trap 'kill -9 "${STARTED[@]}" 2>/dev/null' EXIT
	mkdir "$DIR"
	shift
	"$@"
}

# beside NAME COMMAND...: such a test, while this goes on.
beside() {
	local n=${#NAMES[@]}

	NAMES+=("$1")
	shift
	alone "$ALL/$n" "$@" >"$ALL/$n.out" 2>&1 &
	TESTS_BESIDE+=($!)
}

# results: of all of them, in order. Status 4 of a test: it could not be made.
results() {
	local i status

	ktap_set_plan "${#NAMES[@]}"
	for i in "${!NAMES[@]}"; do
		status=0
		wait "${TESTS_BESIDE[i]}" || status=$?
		sed 's/^/# /' "$ALL/$i.out"
		case $status in
		0) ktap_test_pass "${NAMES[i]}" ;;
		4) ktap_test_skip "${NAMES[i]}: NOT TESTED" ;;
		*)
			[ ! -f "$ALL/$i/said" ] || tail -n 5 "$ALL/$i/said" | sed 's/^/# said: /'
			ktap_test_fail "${NAMES[i]}"
			;;
		esac
	done
	ktap_finished
}

# ---- nodes -----------------------------------------------------------------------------

# start_node ARGUMENT...: at $NODE_URL, which is $URL as well.
start_node() {
	local log port=

	log=$(mktemp -p "$DIR")
	"$ANVIL" --port 0 "$@" >"$log" 2>&1 &
	STARTED+=($!)
	until port=$(sed -n 's/^Listening on .*://p' "$log") && [ -n "$port" ]; do
		sleep 0.05
	done
	NODE_URL=http://127.0.0.1:$port
	URL=$NODE_URL
}

# busy_node CHAIN: blocks come all the time, so that there is always a later one that is
# final: one that is older than two epochs is.
busy_node() {
	start_node --chain-id "$1" --slots-in-an-epoch 1 --mixed-mining --block-time 0.1
}

# calm_node: blocks come with transactions, or are asked for.
calm_node() { start_node --slots-in-an-epoch 1; }

node() { /usr/bin/python3 -B tests/host/chain_node.py "$NODE_URL" "$@"; }
call() { node call "$@" >/dev/null; }

# deploy GATEWAYS: the contract that is in CONTRACT, with code of hash CODE.
deploy() { read -r CONTRACT CODE <<<"$(node deploy "$ARTIFACT" "$SIGNER" "$1")"; }

usual_node() { busy_node 31337 && deploy 1; }

mining_off() { call evm_setAutomine false; }

# start_proxy SEED PERCENT [FAULT...]: in front of the node, at $URL from now on.
start_proxy() {
	local port

	LOG=$DIR/proxy.log
	exec 5< <(exec /usr/bin/python3 -B tests/host/rpc_proxy.py "$LOG" "$NODE_URL" "$@")
	STARTED+=($!)
	read -r -u 5 port
	URL=http://127.0.0.1:$port
}

# proxy_set JSON: see rpc_proxy.py.
proxy_set() { NODE_URL=$URL call proxy_set "$1"; }

# ---- the outbox ------------------------------------------------------------------------

# anchoring BATCHES [OPTION=NUMBER...]: all of them, while the test goes on. What it says is
# in $DIR/said, its pid in RUNNING.
anchoring() {
	"${IN[@]}" "$RUN" "$DB" "$URL" "$CONTRACT" "$CODE" "$@" >>"$DIR/said" &
	RUNNING=$!
	STARTED+=("$RUNNING")
}

# finished: its status; that it was killed is no news. It does not live for ever.
finished() { { wait "$RUNNING"; } 2>/dev/null; }

# anchor BATCHES [OPTION=NUMBER...]: until all of them are final.
anchor() {
	anchoring "$@"
	finished
}

kill_it() {
	kill -9 "$RUNNING" 2>/dev/null
	finished || true
}

# The machine may be slow: this only ends what would never end.
eventually() { wait_for 60 "$@"; }

# finally BATCHES: so many blocks come that all of them are anchored, and final.
finally() {
	call evm_setAutomine true && eventually mined "$1" && eventually all_final && finished &&
		node check "$CONTRACT" "$1"
}

all_final() { call anvil_mine '"0x60"' && ! kill -0 "$RUNNING" 2>/dev/null; }

said() { grep -q "$1" "$DIR/said"; }

# sql TEXT: a number of the database, 0 without a database.
sql() { "${IN[@]}" sqlite3 -readonly -cmd '.timeout 2000' "$DB" "$1" 2>/dev/null || echo 0; }

# sent N: so many batches are on their way; mined N: anchored; attempts N: transactions.
sent() { [ "$(sql 'SELECT COUNT(*) FROM intent WHERE state = 2')" -ge "$1" ]; }
mined() { [ "$(sql 'SELECT COUNT(*) FROM intent WHERE state IN (3, 4, 5)')" -ge "$1" ]; }
attempts() { [ "$(sql 'SELECT COUNT(*) FROM attempt')" -ge "$1" ]; }

# Nothing was sent that anybody could mine.
nothing_signed() {
	[ "$(sql 'SELECT COUNT(*) FROM intent')" -gt 0 ] &&
		[ "$(sql 'SELECT COUNT(*) FROM attempt')" = 0 ]
}

# No transaction was made a second time.
no_attempt_twice() {
	[ "$(sql 'SELECT COUNT(*) - COUNT(DISTINCT nonce) FROM attempt')" = 0 ] && return
	echo "some nonce was used for two transactions"
	return 1
}

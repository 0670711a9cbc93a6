#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# timeout: 300
# processors: 0
#
# The daemon anchors a ledger on a real node (anvil), without the kernel module: what is
# wrong is shown and tried again, a node may go and come back, the daemon may be killed,
# the section may come and go; each batch is on the chain once.

set -u

cd -- "$(dirname -- "$0")/../.." || exit 1
# shellcheck source=/dev/null
. "$KSELFTEST/kselftest/ktap_helpers.sh"

CONTRACTS=$BUILD/contracts
scripts/contracts.sh build >/dev/null 2>&1
ANVIL=$(find -L "$CONTRACTS/node_modules/@foundry-rs/" -path '*/bin/anvil' 2>/dev/null | head -n 1)
EVENT='Anchored(uint256,uint48,bytes32,uint32,uint48,uint48)'
# The first account of anvil, which everybody knows.
DEPLOYER_KEY=0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80
NODE=
DAEMON=

node() { /usr/bin/python3 -B tests/host/chain_node.py "$URL" "$@"; }

# Its state is in a file while it is down.
start_node() {
	"$ANVIL" --silent --port "$PORT" --slots-in-an-epoch 1 --block-time 1 \
		--state "$DIR/anvil.json" >"$DIR/anvil.log" 2>&1 &
	NODE=$!
	until node call eth_chainId >/dev/null 2>&1; do
		kill -0 "$NODE" || return
		sleep 0.1
	done
}

stop_node() {
	[ -n "$NODE" ] || return 0
	kill -INT "$NODE" 2>/dev/null
	wait "$NODE" 2>/dev/null
	NODE=
}

# All contracts; the file says where they are.
deploy() {
	scripts/contracts.sh deploy contracts/deploy/local.json "$DIR/right.json" --rpc-url "$URL" \
		--broadcast --private-key "$DEPLOYER_KEY" >"$DIR/forge.log" 2>&1 &&
		cp "$DIR/right.json" "$DIR/deployment.json"
}

# configure [chain]: with a section or without.
configure() {
	cat >"$DIR/c.yaml" <<-END
		sites: []
		ledger: { path: $DIR/l.db, keys: $DIR/l.db.keys }
		socket: $DIR/sock
	END
	[ $# = 0 ] || cat >>"$DIR/c.yaml" <<-END
		chain:
		  network: anvil
		  rpc: [$URL]
		  deployment: $DIR/deployment.json
	END
}

start_daemon() {
	"$BUILD/bin/ovppd" --config "$DIR/c.yaml" 2>>"$DIR/ovppd.log" &
	DAEMON=$!
}

# stop_daemon [SIGNAL]
stop_daemon() {
	[ -n "$DAEMON" ] || return 0
	kill "-${1:-TERM}" "$DAEMON" 2>/dev/null
	wait "$DAEMON" 2>/dev/null
	DAEMON=
}

# chain FILTER: of the daemon's status.
chain() {
	/usr/bin/python3 - "$DIR/sock" 2>/dev/null <<-'END' | jq -re ".chain | $1"
		import socket, sys
		s = socket.socket(socket.AF_UNIX)
		s.connect(sys.argv[1])
		while part := s.recv(65536):
		    sys.stdout.write(part.decode())
	END
}

# await FILTER: until that is true of the status, or too much time is over.
await() {
	for _ in $(seq 200); do
		[ "$(chain "$1")" = true ] && return
		sleep 0.2
	done
	echo "never: $1"
	chain .
	return 1
}

sql() { sqlite3 -cmd '.timeout 5000' "$DIR/l.db" "$1"; }

# add BATCHES: to the ledger, which nobody has open; from record FIRST on.
FIRST=0
add() {
	"$BUILD/tests-host/make_ledger" "$DIR/l.db" "$1" 10 "$FIRST" </dev/null >/dev/null
	FIRST=$((FIRST + $1 * 10))
}

# What is final is looked at every 30 blocks only.
all_final() { await ".states.FINAL == $((FIRST / 10)) and .trouble == \"\""; }
all_mined() {
	await "(.states | .MINED + .SAFE + .FINAL) == $((FIRST / 10)) and .trouble == \"\""
}

# Each root of the ledger's log once, in its order.
anchored() {
	local topic anchor

	anchor=$(jq -r .contracts.TelemetryAnchor.address "$DIR/right.json")
	topic=$(node call web3_sha3 "\"0x$(printf %s "$EVENT" | xxd -p -c 200)\"")
	node call eth_getLogs "{\"address\": \"$anchor\", \"topics\": [$topic],
		\"fromBlock\": \"0x0\", \"toBlock\": \"latest\"}" |
		jq -r '.[].data[2:66]' >"$DIR/anchored"
	sql 'SELECT lower(hex(leaf)) FROM log ORDER BY seq' >"$DIR/stored"
	[ -s "$DIR/stored" ] && cmp "$DIR/stored" "$DIR/anchored"
}

# logged TIMES TEXT: so often the log has it.
logged() {
	[ "$(grep -c -- "$2" "$DIR/ovppd.log")" = "$1" ] || { tail -n 20 "$DIR/ovppd.log"; false; }
}

# ---- the promises ----

wants_an_identity() {
	configure chain
	add 5
	start_daemon
	await '(.trouble | contains("ovpp chain register")) and .identity == null' &&
		logged 1 'ovpp chain register' && [ "$(sql 'SELECT COUNT(*) FROM attempt')" = 0 ]
}

# The daemon has the outbox: it sends what the command line asks for.
registers_and_anchors() {
	node call anvil_setBalance "\"$(chain .account)\"" '"0xde0b6b3a7640000"' >/dev/null
	timeout 100 "$BUILD/bin/ovpp" chain register --since all --config "$DIR/c.yaml" &&
		all_final && anchored && [ "$(chain .identity)" != null ] &&
		[ "$(chain '.endpoints[0].state')" = ok ]
}

# Told once, and looked at again; nothing is signed for it.
wrong_contract() {
	local before

	stop_daemon
	add 2
	before=$(sql 'SELECT COUNT(*) FROM attempt')
	jq '.contracts.TelemetryAnchor.code_hash = .contracts.OVPPToken.code_hash' \
		"$DIR/right.json" >"$DIR/deployment.json"
	start_daemon
	await '.trouble == "the contract at the address is another one"' &&
		logged 1 'the contract at the address is another one' &&
		[ "$(sql 'SELECT COUNT(*) FROM attempt')" = "$before" ] &&
		cp "$DIR/right.json" "$DIR/deployment.json" && kill -HUP "$DAEMON" &&
		all_mined && anchored
}

killed_at_any_time() {
	local i

	for i in 1 2 3 4 5; do
		stop_daemon TERM
		add 20
		start_daemon
		sleep "$((i / 2)).$((i * 3 % 10))"
		stop_daemon KILL
	done
	start_daemon
	all_mined && anchored
}

node_goes_and_comes() {
	stop_node
	stop_daemon
	add 3
	start_daemon
	await '.trouble != "" and .states.NEW == 3 and .endpoints[0].state == "unreachable"' &&
		kill -0 "$DAEMON" && start_node && all_mined && anchored
}

section_goes_and_comes() {
	configure
	kill -HUP "$DAEMON"
	await '. == null' || return
	configure chain
	kill -HUP "$DAEMON"
	all_mined
}

# It is the only one that sends.
holds_the_lock() {
	! flock -n "$DIR/l.db.outbox.lock" true && stop_daemon &&
		flock -n "$DIR/l.db.outbox.lock" true && start_daemon && all_mined
}

# While a node does not answer.
ends_by_a_signal() {
	kill -STOP "$NODE"
	stop_daemon TERM
	kill -CONT "$NODE"
	[ "$(sql 'PRAGMA integrity_check')" = ok ]
}

# What URLs of nodes may have in them is not for readers of the ledger.
keeps_secrets() {
	start_daemon
	all_mined && ! sql 'SELECT value FROM state' | grep "$URL"
}

# run NAME FUNCTION
run() {
	if "$2" >"$DIR/log" 2>&1; then
		ktap_test_pass "ovppd: chain: $1"
	else
		sed 's/^/# /' "$DIR/log" | tail -n 40
		ktap_test_fail "ovppd: chain: $1"
	fi
}

ktap_print_header
if [ -z "$ANVIL" ]; then
	ktap_set_plan 1
	ktap_test_skip "ovppd: chain: NOTHING TESTED: no anvil in $CONTRACTS"
	ktap_finished
fi
DIR=$(mktemp -d)
trap 'stop_daemon KILL; stop_node; rm -r "$DIR"' EXIT
PORT=$(/usr/bin/python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
URL=http://127.0.0.1:$PORT
start_node
ktap_set_plan 9
deploy || ktap_exit_fail_msg "the contracts cannot be deployed: $(tail -n 5 "$DIR/forge.log")"
run "without an identity nothing is sent" wants_an_identity
run "it registers the gateway and anchors what was stored before" registers_and_anchors
run "nothing is signed for another contract, which is told once" wrong_contract
run "killed at any time, each batch is anchored once" killed_at_any_time
run "a node goes and comes back" node_goes_and_comes
run "its section goes and comes back" section_goes_and_comes
run "while it runs nobody else sends" holds_the_lock
run "it ends while a node does not answer" ends_by_a_signal
run "URLs of nodes are not kept in the ledger" keeps_secrets
ktap_finished

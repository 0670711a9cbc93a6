#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# timeout: 1800
# processors: 0
#
# The outbox dies (SIGKILL) on its way to a real node (anvil) and the real contract: at
# each question and each commit in turn, and at random. Each batch is anchored once, and
# each call is made once.
#
# KILLS: how often it is killed at random.

set -u

# shellcheck source=/dev/null
. "$KSELFTEST/kselftest/ktap_helpers.sh"
. tests/helpers.sh
. tests/chain.sh

KILLS=${KILLS:-100}
BATCHES=200
# Batches for each call.
CALLS=10
# More than there are points to die at.
POINTS=150
QUICK="every=1 poll_ms=20 settle_ms=40"
RANDOM=1

# each_point POINT LEAST CALLS: dies at the first, at the second, ..., until there is none any
# more. Each time a new database and another gateway; then a process that lives.
each_point() {
	local n status

	busy_node 31337 && deploy "$POINTS"
	for ((n = 1; n <= POINTS; n++)); do
		DB=$DIR/$n.db
		status=0
		# shellcheck disable=SC2086
		anchor 3 $QUICK calls="$3" gateway=$((n + 6)) "$1=$n" || status=$?
		[ "$status" != 0 ] || break
		[ "$status" = 137 ] || return
		# shellcheck disable=SC2086
		anchor 3 $QUICK calls="$3" gateway=$((n + 6)) || return
	done
	echo "died at $((n - 1)) points"
	[ "$n" -gt "$2" ] && [ "$n" -lt "$POINTS" ] && node check "$CONTRACT" 3 "$n" &&
		node paid $((3 * n * $3))
}

# states: of all batches and calls, as they are now.
states() {
	sqlite3 -readonly "$DB" "SELECT state FROM intent UNION SELECT state FROM call" 2>/dev/null
}

# More batches each time, and no time to finish. The node is slow, so that many meet a
# question that is under way.
kills() {
	local i status at="$DIR/at"

	usual_node
	start_proxy 7 100 jitter
	for ((i = 1; i <= KILLS; i++)); do
		anchoring "$((i * BATCHES / KILLS))" linger=1 calls=$CALLS poll_ms=20
		sleep "0.$((RANDOM % 4))$((RANDOM % 10))"
		kill -9 "$RUNNING"
		status=0
		finished || status=$?
		[ "$status" = 137 ] || return
		states >>"$at"
	done
	anchor $BATCHES calls=$CALLS && node check "$CONTRACT" $BATCHES &&
		node paid $((BATCHES / CALLS)) || return
	echo "$BATCHES batches and $((BATCHES / CALLS)) calls in $(sql 'SELECT COUNT(*) FROM attempt') transactions," \
		"$KILLS kills; some were in state: $(sort "$at" | uniq -c | tr -s ' \n' ' ')"
}

chain_begin chain_crash
beside "chain_crash: dies before each question" each_point before_request 15 0
beside "chain_crash: dies after each question" each_point after_request 15 0
beside "chain_crash: dies before each commit" each_point before_commit 8 0
beside "chain_crash: dies after each commit" each_point after_commit 8 0
beside "chain_crash: dies after each question, with calls" each_point after_request 30 1
beside "chain_crash: dies before each commit, with calls" each_point before_commit 15 1
beside "chain_crash: dies after each commit, with calls" each_point after_commit 15 1
beside "chain_crash: $KILLS kills at random" kills
results

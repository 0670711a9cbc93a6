#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# timeout: 900
#
# The contracts: each test of forge, then what transactions cost as a whole on anvil,
# against the goals and against contracts/.gas-snapshot. Wants Node 18 and its packages.

set -u

CONTRACTS=scripts/contracts.sh
LOG=$BUILD/contracts/log

skip() {
	echo "1..1"
	echo "ok 1 # SKIP contracts: NOTHING TESTED: $1"
	exit 0
}

why=$($CONTRACTS packages 2>&1) || skip "${why##*openvpp: }"
mkdir -p "$LOG"
$CONTRACTS build >"$LOG/build" 2>&1
built=$?
[ $built != 0 ] || $CONTRACTS test --json >"$LOG/forge.json" 2>"$LOG/forge"
[ $built != 0 ] || $CONTRACTS gas >"$LOG/gas" 2>"$LOG/gas.err"
sed 's/^/# /' "$LOG/build"
exec /usr/bin/python3 tests/host/contracts_tap.py $built "$LOG" contracts/.gas-snapshot

#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# timeout: 3000
#
# The ledger when the power goes, a write fails or the disk is full. A gateway's life
# in short (work.c) is recorded (record.c); every state that a power cut could have left
# of its files is made again and looked at (replay.c, check.c); and it is lived again
# while writes fail (faults.c). docs/durability.md says what that shows.
#
# CRASH=all: all of it, as "make check-crash" does; else a sample.

set -u

# shellcheck source=/dev/null
. "$KSELFTEST/kselftest/ktap_helpers.sh"

CRASH_PROGRAM=$BUILD/crash/crash
LIBRARY=$BUILD/crash/record.so
JOBS=$(nproc)
# Nothing of this is to wait for a disk, and inode numbers must not come again.
DIR=$(mktemp -d -p /dev/shm openvpp-crash.XXXXXX)
trap 'rm -rf "$DIR"' EXIT

if [ "${CRASH:-}" = all ]; then
	STATES=20000 FOUND=500 STRIDE=1
else
	STATES=200 FOUND=60 STRIDE=23
fi

# value KEY: of the last line that crash printed.
value() {
	printf '%s\n' "$OUT" | tail -n 1 | sed -nE "s/(.* )?$1 ([0-9]+)( .*)?\$/\\2/p"
}

# crash ARGUMENT...: sets OUT and STATUS, and shows OUT.
crash() {
	STATUS=0
	OUT=$("$CRASH_PROGRAM" "$@" 2>&1) || STATUS=$?
	printf '%s\n' "$OUT" | sed 's/^#* */# /'
}

at_least() { [ "$STATUS" -lt 2 ] && [ "$(value "$1")" -ge "$2" ]; }
at_most() { [ "$STATUS" -lt 2 ] && [ "$(value "$1")" -le "$2" ]; }

record() {
	mkdir "$DIR/work" "$DIR/scratch"
	: >"$DIR/marks"
	LD_PRELOAD=$LIBRARY OVPP_CRASH_DIR=$DIR/work OVPP_CRASH_TRACE=$DIR/trace \
		OVPP_CRASH_MARKS=$DIR/marks "$CRASH_PROGRAM" work "$DIR/work" 1
}

# What the record says and what is there are the same, or replay fails with status 3.
replay() {
	crash replay "$DIR/trace" "$DIR/scratch" --final "$DIR/work" --states "$STATES" --jobs "$JOBS"
	ktap_test_result "crash: nothing acknowledged is lost and nothing false verifies in any state" \
		at_most broken 0
	ktap_test_result "crash: $STATES different states were looked at" at_least distinct "$STATES"
	ktap_test_result "crash: from each of them the ledger opens in less than 2 s" \
		at_most open_us 2000000
}

# forgets WHAT PATTERN: a program that forgot these syncs would be found out.
forgets() {
	crash replay "$DIR/trace" "$DIR/scratch" --deaf "$2" --states "$FOUND" --jobs "$JOBS"
	ktap_test_result "crash: $1 that is not synced is found" [ "$STATUS" = 1 ]
}

# Some did happen; with the last n none does.
faults_held() { at_most broken 0 && at_least hit 2; }

# faults KIND TEXT FIRST STRIDE
faults() {
	crash faults "$1" "$LIBRARY" "$DIR/scratch" --scale 16 --first "$3" --stride "$4" \
		--jobs "$JOBS"
	ktap_test_result "crash: $2: nothing acknowledged is lost, and it goes on" faults_held
}

ktap_print_header
ktap_set_plan 14
ktap_test_result "crash: a gateway's life is recorded, and no step of it fails" record
replay
forgets "the log of the ledger" '*.db-wal'
forgets "a ledger behind its log" '*.db'
forgets "a key" 'keys/*'
forgets "a key's name" 'keys'
forgets "a ledger's name" ''
forgets "an export" 'export.bundle*'
faults once "the n-th write fails" 1 "$STRIDE"
ktap_test_result "crash: the n-th write fails: the work recovers each time" \
	[ "$(value recovered)" = "$(value hit)" ]
faults for-good "the n-th write and all after it fail" 1 "$STRIDE"
faults full "the disk is full at n blocks of 4 KiB" 1 "$((STRIDE / 8 + 1))"
ktap_finished

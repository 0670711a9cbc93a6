#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# ledger.sh: what it costs to keep records as signed evidence, beside bare SQLite with
# the same records as rows (see ledger.c, flash.sh and run.sh).

set -eu -o pipefail

. "$(dirname -- "$0")/lib.sh"

DAY="8 DER and the site at 1 record a second each, tests/bench/day.h"
BENCH=$BUILD/tests-bench/ledger
SCRATCH=$(mktemp -d "$BUILD/bench/ledger-XXXXXX")
trap 'rm -rf "$SCRATCH"' EXIT

folder() { mkdir "$SCRATCH/$1" && echo "$SCRATCH/$1"; }

writing() {
	local batch out

	CONDITIONS="on the build host, file system $(stat -f -c %T "$SCRATCH"), $DAY"
	for batch in 540 4096; do
		out=$("$BENCH" write "$(folder "write-$batch")" "$batch")
		line "durable and signed, $batch a batch" "$(of rate "$out")" "$(of peer_rate "$out")" \
			"bare SQLite (WAL, FULL)" "records a second" ">=0.7" \
			"20 turns of 10 batches each, in turns"
	done
	# At such a rate a batch is full before it is old.
	line "the store's share of a core at 10,000 records a second" \
		"$(awk -v ns="$(of cpu_ns "$out")" 'BEGIN { printf "%.2f", ns * 1e4 / 1e7 }')" - - \
		"%" 5 "4096 a batch, $(grep -qwE "sha_ni|sha2" /proc/cpuinfo && echo with || echo without) SHA instructions"
}

# What somebody with the bundle and the key needs, and with one record alone.
proving() {
	local dir=$SCRATCH/day batch key out ovpp=$BUILD/bin/ovpp

	"$ovpp" ledger export --ledger "$dir/ledger.db" --out "$dir/bundle" >/dev/null
	key=$("$ovpp" key show --ledger "$dir/ledger.db" --json | sed -n 's/^ *"gateway": "\(.*\)",*$/\1/p')
	CONDITIONS="on the build host, $DAY, a minute a batch"
	line "verify a day" "$(cpu_seconds "$BUILD/bin/ovpp-verify" --quiet --key "$key" "$dir/bundle")" \
		- - "s of processor time" 1 "777,600 records, $(stat -c %s "$dir/bundle") bytes"
	for batch in batches full; do
		dir=$(folder "prove-$batch")
		"$BENCH" "$batch" "$dir" 115200 >/dev/null
		out=$("$BENCH" prove "$dir" 1000)
		CONDITIONS="on the build host, one among a million records, $([[ $batch == full ]] && echo 4096 || echo 540) a batch, 1,000 proofs"
		line "proof of one record" "$(of proof_bytes "$out")" - - "bytes, the largest" 1024
		line "making it" "$(of prove_us "$out")" - - "us of processor time, mean" 1000
	done
}

# cpu_seconds COMMAND...: user and system time.
cpu_seconds() {
	local TIMEFORMAT='%U %S'

	{ time "$@" >/dev/null; } 2>&1 | awk '{ printf "%.2f", $1 + $2 }'
}

daemon() {
	local out

	CONDITIONS="$KERNEL, one emulated processor whose clock counts instructions, 100 DER"
	out=$(guest "tests/bench/ovppd_guest.sh 20")
	line "ovppd at 10,000 records a second" \
		"$(awk -v c="$(of calls "$out")" -v r="$(of records "$out")" 'BEGIN { printf "%.2f", c / r * 100 }')" \
		- - "system calls for 100 records" 1 \
		"$(awk -v c="$(of cpu_ns "$out")" -v r="$(of records "$out")" 'BEGIN { printf "%.0f", c / r }') instructions a record without SHA instructions"
}

# Everything that the ledger keeps: columns, headers, seeds,
# roll-ups, log.
stored() {
	local dir records

	CONDITIONS="a day, a minute a batch, $DAY"
	dir=$(folder day)
	records=$(of records "$("$BENCH" batches "$dir" 86400)")
	line "the ledger's file" "$(awk -v b="$(stat -c %s "$dir/ledger.db")" -v n="$records" \
		'BEGIN { printf "%.2f", b / n }')" - - "bytes a record" 16
}

# per_record OUTPUT: bytes written for each record.
per_record() { awk '$1 == "written" { w = $2 } $1 == "records" { n = $2 } END { printf "%.1f", w / n }' <<<"$1"; }

flash() {
	local ours peer

	CONDITIONS="$KERNEL, ext4 on a loop device, bytes at the block layer, all checkpointed, $DAY"
	ours=$(NOMOD=1 guest "mkdir /tmp/f && tests/bench/flash.sh /tmp/f $BENCH batches @ 7200")
	peer=$(NOMOD=1 guest "mkdir /tmp/f && tests/bench/flash.sh /tmp/f $BENCH rows @ 200")
	line "flash" "$(per_record "$ours")" "$(per_record "$peer")" "one row per insert" \
		"bytes written a record" 0.02 "two hours, a minute a batch; the peer 200 s"
}

writing
stored
proving
flash
daemon

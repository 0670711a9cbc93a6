#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# columns.sh: what records take in the ledger's columns, batch by batch, beside
# zstd -19 over the same integers in one frame; and what packing costs beside the
# hashing of the same records (see columns.c and run.sh). $OVPP_SHARED/data,
# ../shared/data by default, has public data; without it they are not measured.

set -eu -o pipefail

. "$(dirname -- "$0")/lib.sh"

SHARED=${OVPP_SHARED:-../shared}/data
COLUMNS=$BUILD/tests-bench/columns
PEER="zstd -19"
CONDITIONS="this machine, one core"

ratio() { awk -v a="$1" -v b="$2" 'BEGIN { printf "%.3f", a / b }'; }

# An hour of eight DER and the site, in batches of this many records.
day() {
	local out title="$1 records a batch"
	local what="simulated hour, 8 DER and the site once a second"

	out=$("$COLUMNS" day 3600 "$1")
	line "stored, $title" "$(of bytes "$out")" - - "bytes a record" 16 "$what"
	line "stored beside zstd, $title" "$(of bytes "$out")" "$(of peer "$out")" "$PEER" "bytes a record" 0.9 \
		"$what; the peer: all columns but seq in one frame, the best of 4 layouts"
	line "pack, $title" "$(of pack_ns "$out")" "$(of hash_ns "$out")" "entry, hash and tree" \
		"ns a record" 1 "CPU time, best of 5; zstd -3 of the records as they are: $(of zstd_ns "$out") ns"
	line "unpack, $title" "$(of unpack_ns "$out")" "$(of hash_ns "$out")" \
		"entry, hash and tree" "ns a record" 0.5 "CPU time, best of 5"
}

# A public data set; the peer has the columns of the set alone, as narrow as it likes.
public() {
	local out wide own best

	/usr/bin/python3 -B tests/bench/columns_data.py "$1" "$SHARED" "$DIR/$1"
	out=$("$COLUMNS" file "$DIR/$1" 4096)
	wide=$(of bytes "$("$COLUMNS" zstd "$DIR/$1.wide")")
	own=$(of bytes "$("$COLUMNS" zstd "$DIR/$1.own")")
	best=$((wide < own ? wide : own))
	line "stored beside zstd, $1" "$(of bytes "$out")" "$(ratio "$best" "$(of records "$out")")" "$PEER" \
		"bytes a record" 0.9 "public data, $(of records "$out") records, batches of 4096; $2"
}

main() {
	DIR=$(mktemp -d)
	trap 'rm -r "$DIR"' EXIT

	day 540
	day 4096
	if [[ -d $SHARED ]]; then
		public household "a house every 30 minutes for a year"
		public transmission "two buses and two lines, 30 times a second"
	else
		say "NOT MEASURED: public data, there is no $SHARED"
	fi
}

main

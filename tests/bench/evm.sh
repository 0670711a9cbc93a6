#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# evm.sh: what a transaction that anchors a batch costs to make, beside the bare
# signature and hashes (see evm.c and run.sh).

set -eu -o pipefail

. "$(dirname -- "$0")/lib.sh"

CONDITIONS="this machine, one core"

out=$("$BUILD/tests-bench/evm" 20000)
line "encode, hash and sign a transaction" "$(of ours_us "$out")" "$(of peer_us "$out")" \
	"libsecp256k1 + Keccak-256" us 1.3 \
	"anchor call, $(of raw_bytes "$out") bytes; medians of CPU time of 20000, in turns"

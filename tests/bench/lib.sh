# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# What the measurements share; sourced by them. CONDITIONS is the caller's.

. "$(dirname -- "${BASH_SOURCE[0]}")/../vm/lib.sh"

# guest COMMAND: its output, in a guest whose clock counts instructions.
guest() { ICOUNT=1 VM_TIMEOUT=2400 "$TREE/tests/vm/vm.sh" "$1"; }

# of KEY OUTPUT: the value of a line "KEY VALUE".
of() { sed -n "s/^$1 //p" <<<"$2"; }

# line NAME OURS PEER PEER_NAME UNIT GOAL [CONDITIONS]
line() { printf '%s\t%s\t%s\t%s\t%s\t%s\t%s\n' "$1" "$2" "$3" "$4" "$5" "$6" "$CONDITIONS${7:+; $7}"; }

#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# timeout: 180
#
# ovpp-verify on the bundles of tests/vectors: what it says to people, programs and
# scripts, and that a verifier which shares no code with it says the same.

set -u

# shellcheck source=/dev/null
. "$KSELFTEST/kselftest/ktap_helpers.sh"

VECTORS=tests/vectors/evidence.txt
DIR=$(mktemp -d)
trap 'rm -rf "$DIR"' EXIT

vector() { sed -n "s/^$1 //p" "$VECTORS"; }

# unhex: the bytes of hexadecimal digits.
unhex() { /usr/bin/python3 -c 'import sys; sys.stdout.buffer.write(bytes.fromhex(sys.stdin.read()))'; }

second() { /usr/bin/python3 tests/host/evidence.py "$@"; }

KEY=$(vector gateway)
vector bundle | unhex >"$DIR/bundle"
vector bundle-record | unhex >"$DIR/record"
echo "$KEY" >"$DIR/key"

# verify STATUS ARGUMENT...: does it end with that status? Its output is in $DIR/out.
verify() {
	local want=$1 status=0

	shift
	"$BUILD/bin/ovpp-verify" "$@" >"$DIR/out" 2>"$DIR/err" || status=$?
	[ "$status" = "$want" ] || { echo "status $status"; cat "$DIR/out" "$DIR/err"; return 1; }
}

# says PATTERN...: each is in the output.
says() {
	local pattern

	for pattern; do
		grep -q -- "$pattern" "$DIR/out" || { echo "not said: $pattern"; return 1; }
	done
}

# value FILTER: of the JSON output.
value() { /usr/bin/python3 -c "import json; print(json.load(open('$DIR/out'))$1)"; }

check() {
	local name=$1

	shift
	if "$@" >"$DIR/log" 2>&1; then
		ktap_test_pass "evidence: $name"
	else
		sed 's/^/# /' "$DIR/log" | tail -n 20
		ktap_test_fail "evidence: $name"
	fi
}

# change FILE OFFSET: a copy in $DIR/changed with another byte there.
change() {
	local byte

	byte=$(od -An -tu1 -j "$2" -N 1 "$1")
	cp "$1" "$DIR/changed"
	# shellcheck disable=SC2059
	printf "\\x$(printf %02x $((byte ^ 1)))" |
		dd of="$DIR/changed" bs=1 seek="$2" conv=notrunc status=none
}

proven() {
	verify 0 --key "$KEY" "$DIR/bundle" &&
		says '^PROVEN' 'Site:     home' '15 shown of 17' '3 records in 1 gaps' \
			'der0 (battery, serial SN-0815): 6 records' 'Remark:.*records never came'
}

proven_json() {
	verify 0 --json --key "$KEY" "$DIR/bundle" &&
		[ "$(value "['proven']")" = True ] && [ "$(value "['records']")" = 17 ] &&
		[ "$(value "['fault']")" = None ] && [ "$(value "['sites']")" = "['home']" ]
}

record() {
	verify 0 --key "$KEY" "$DIR/record" &&
		says 'record 2 of der0' 'p_mw *-1.499998 kW' 'f_mhz *50.003 Hz' &&
		verify 0 --json --key "$KEY" "$DIR/record" &&
		[ "$(value "['shown'][0]['p_mw']")" = -1499998 ] &&
		[ "$(value "['shown'][0]['name']")" = der0 ]
}

key_in_file() { verify 0 --key "$DIR/key" "$DIR/bundle"; }

from_stdin() { verify 0 --quiet --key "$KEY" - <"$DIR/bundle" && [ ! -s "$DIR/out" ]; }

# The power of the first record: its entry is the one that is named.
altered_record() {
	local entry=1224

	change "$DIR/bundle" $((entry + 16 + 47))
	verify 1 --key "$KEY" "$DIR/changed" &&
		says '^NOT PROVEN: this record was changed' "at byte $entry of .*batch 0, record 0" &&
		verify 1 --json --key "$KEY" "$DIR/changed" &&
		[ "$(value "['fault']['offset']")" = $entry ] &&
		[ "$(value "['fault']['record']")" = 0 ]
}

cut_off() {
	head -c 4000 "$DIR/bundle" >"$DIR/changed"
	verify 1 --key "$KEY" "$DIR/changed" && says '^NOT PROVEN' 'at byte 4000 '
}

wrong_gateway() {
	verify 1 --key "$(vector seed)" "$DIR/bundle" && says 'evidence of another gateway'
}

usage() {
	verify 2 && verify 2 "$DIR/bundle" && verify 2 --key "$KEY" && verify 2 --nonsense &&
		verify 0 --help && verify 0 --version
}

unreadable() {
	verify 3 --key "$KEY" "$DIR/none" && verify 3 --key "$DIR/none" "$DIR/bundle" &&
		verify 3 --key "$DIR/bundle" "$DIR/bundle" && verify 3 --key "$KEY" "$DIR"
}

second_agrees() {
	second verify "$KEY" "$DIR/bundle" && second verify "$KEY" "$DIR/record"
}

second_refuses() {
	second flips "$KEY" "$DIR/bundle" && second flips "$KEY" "$DIR/record"
}

ktap_print_header
ktap_set_plan 13
check "a bundle is proven, in words" proven
check "a bundle is proven, as JSON" proven_json
check "a record alone is proven, with its values" record
check "the key may be in a file" key_in_file
check "a bundle on standard input, quietly" from_stdin
check "an altered record is pointed at" altered_record
check "a bundle that was cut is refused where it ends" cut_off
check "another gateway's bundle is refused" wrong_gateway
check "wrong usage" usage
check "what cannot be read" unreadable
check "the vectors are what the page says" second vectors "$VECTORS"
check "the second verifier proves the same bundles" second_agrees
check "the second verifier refuses each changed byte and each cut" second_refuses
ktap_finished

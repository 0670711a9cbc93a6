#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# timeout: 60
#
# ovpp sunspec decode against dumps of real devices as another decoder reads them.
# They are no part of this tree: $OVPP_SHARED/data/sunspec/dumps, ../shared by default,
# a file {"regs": {ADDRESS: HEX}, "models": [{id, len, addr, points, computed}]} each.

set -u

# shellcheck source=/dev/null
. "$KSELFTEST/kselftest/ktap_helpers.sh"

DUMPS=${OVPP_SHARED:-../shared}/data/sunspec/dumps

# compare DUMP: prints what differs and "AGREE DIFFER"; fails unless all agree.
compare() {
	"$BUILD/bin/ovpp" sunspec decode "$1" --json 2>/dev/null |
		/usr/bin/python3 tests/host/sunspec_compare.py "$1"
}

ktap_print_header
if [ ! -d "$DUMPS" ]; then
	ktap_set_plan 1
	ktap_test_skip "sunspec: NOTHING COMPARED: no dumps in $DUMPS (OVPP_SHARED)"
	ktap_finished
fi

agree=0
set -- "$DUMPS"/*.json
ktap_set_plan $#
for dump; do
	out=$(compare "$dump")
	ktap_test_result "sunspec: as another decoder reads it: $(basename "$dump")" [ $? = 0 ]
	printf '%s\n' "$out" | sed 's/^/# /'
	agree=$((agree + $(printf '%s\n' "$out" | sed -n 's/^\([0-9]*\) points agree.*/\1/p')))
done
ktap_print_msg "$agree points agree in $# dumps"
ktap_finished

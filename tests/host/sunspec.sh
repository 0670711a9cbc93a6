#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# timeout: 60
#
# ovpp sunspec decode against dumps of real devices as another decoder reads them, and
# against the SunSpec Alliance's model definitions. They are no part of this tree:
# $OVPP_SHARED/data/sunspec, ../shared by default, has dumps/*.json, {"regs": {ADDRESS:
# HEX}, "models": [{id, len, addr, points, computed}]} each, and models/model_ID.json.

set -u

# shellcheck source=/dev/null
. "$KSELFTEST/kselftest/ktap_helpers.sh"

DATA=${OVPP_SHARED:-../shared}/data/sunspec
DUMPS=$DATA/dumps

# compare DUMP: prints what differs and "AGREE DIFFER"; fails unless all agree.
compare() {
	"$BUILD/bin/ovpp" sunspec decode "$1" --json 2>/dev/null |
		/usr/bin/python3 tests/host/sunspec_compare.py "$1"
}

definitions() {
	/usr/bin/python3 tests/host/sunspec_models.py "$BUILD/bin/ovpp" "$DATA/models"
}

# result NAME COMMAND...: what it prints follows as OUT.
result() {
	local name=$1 status=0

	shift
	OUT=$("$@") || status=$?
	ktap_test_result "sunspec: $name" [ $status = 0 ]
	printf '%s\n' "$OUT" | sed 's/^/# /'
}

ktap_print_header
if [ ! -d "$DUMPS" ]; then
	ktap_set_plan 1
	ktap_test_skip "sunspec: NOTHING COMPARED: no dumps in $DUMPS (OVPP_SHARED)"
	ktap_finished
fi

agree=0
set -- "$DUMPS"/*.json
ktap_set_plan $(($# + 1))
for dump; do
	result "as another decoder reads it: $(basename "$dump")" compare "$dump"
	n=$(printf '%s\n' "$OUT" | sed -n 's/^\([0-9]*\) points agree.*/\1/p')
	agree=$((agree + ${n:-0}))
done
ktap_print_msg "$agree points agree in $# dumps"
if [ -d "$DATA/models" ]; then
	result "random registers as the model definitions have them" definitions
else
	ktap_test_skip "sunspec: no model definitions in $DATA/models"
fi
ktap_finished

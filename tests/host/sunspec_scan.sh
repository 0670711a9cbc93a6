#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# timeout: 240
#
# ovpp sunspec scan against devices that pymodbus serves, over TCP and over a serial line
# that socat makes. Their images are made here; further ones are no part of this tree:
# $OVPP_SHARED/data, ../shared/data by default, has sunspec/dumps/*.json and
# modbus/pysunspec2/*.json.

set -u

# shellcheck source=/dev/null
. "$KSELFTEST/kselftest/ktap_helpers.sh"

TMP=$(mktemp -d)
SHARED=${OVPP_SHARED:-../shared}/data
SERVER=
LINE=

stop_server() {
	[ -z "$SERVER" ] || { kill "$SERVER"; wait "$SERVER"; }
	SERVER=
} 2>/dev/null

cleanup() {
	stop_server
	[ -z "$LINE" ] || kill "$LINE"
	rm -rf "$TMP"
}
trap cleanup EXIT

# scan STATUS [WORD...]: the status is STATUS; OUT is what it said, both streams.
scan() {
	local wanted=$1 status=0

	shift
	OUT=$("$BUILD/bin/ovpp" sunspec scan "$@" 2>&1 </dev/null) || status=$?
	[ "$status" = "$wanted" ] && return
	ktap_print_msg "scan $*: status $status, not $wanted: $OUT"
	return 1
}

# says TEXT: the last scan said it.
says() {
	case $OUT in
	*"$1"*) ;;
	*) ktap_print_msg "not said: $1; said: $OUT"; return 1 ;;
	esac
}

# until_true COMMAND...: as soon as it is true; a minute is for a machine that is busy.
until_true() {
	for _ in $(seq 600); do
		"$@" && return
		sleep 0.1
	done
	ktap_print_msg "never true: $*"
	return 1
}

free_port() {
	/usr/bin/python3 -c 'import socket
s = socket.socket()
s.bind(("127.0.0.1", 0))
print(s.getsockname()[1])'
}

# device NAME BASE MODEL...: the image of a device, $TMP/NAME.
device() {
	local name=$1 base=$2

	shift 2
	printf '{"models": [%s]}' "$(IFS=,; echo "$*")" >"$TMP/$name.dev"
	/usr/bin/python3 tests/host/sunspec_image.py "$TMP/$name.dev" "$base" >"$TMP/$name"
}

listens() { (: <>"/dev/tcp/127.0.0.1/$PORT") 2>/dev/null; }

# serve_tcp UNIT=IMAGE...: on PORT.
serve_tcp() {
	stop_server
	PORT=$(free_port)
	/usr/bin/python3 tests/host/sunspec_serve.py "127.0.0.1:$PORT" "$@" >"$TMP/server.log" 2>&1 &
	SERVER=$!
	until_true listens
}

INVERTER='{"ID": 103, "W": 1447, "W_SF": 1, "Hz": 5002, "Hz_SF": -2, "PhVphA": 2301,
	"V_SF": -1, "WH": 4418970, "WH_SF": 0, "St": 4, "Evt1": 0}'
SETTINGS='{"ID": 121, "WMax": 5000, "WMax_SF": 0}'
CONTROLS='{"ID": 123, "WMaxLimPct": 100, "WMaxLimPct_WinTms": 0, "WMaxLimPct_RvrtTms": 0,
	"WMaxLimPct_RmpTms": 0, "WMaxLim_Ena": 0, "WMaxLimPct_SF": 0}'
METER='{"ID": 203, "W": -25, "W_SF": 0, "TotWhImp": 7, "TotWhExp": 9, "TotWh_SF": 3}'

images() {
	device inverter 40000 '{"ID": 1, "Mn": "Acme", "Md": "Sun 5", "SN": "A1"}' "$INVERTER" \
		"$SETTINGS" "$CONTROLS" '{"ID": 64999}'
	device meter 0 '{"ID": 1, "Mn": "Acme", "Md": "Count", "SN": "B2"}' "$METER"
	device twin 50000 '{"ID": 1, "Mn": "Acme", "Md": "Sun 5", "SN": "A1"}' "$INVERTER"
	# The chain says more than the device has.
	/usr/bin/python3 -c 'import json, sys
regs = json.load(sys.stdin)["regs"]
print(json.dumps({"regs": {a: r for a, r in regs.items() if int(a) < 40150}}))' \
		<"$TMP/inverter" >"$TMP/broken"
}

over_tcp() {
	serve_tcp "3=$TMP/inverter" "5=$TMP/meter" "6=$TMP/twin" || return
	scan 0 --tcp "127.0.0.1:$PORT" --units 1-7 --out "$TMP/out" &&
		says "unit 3 at 40000: Acme Sun 5" && says "unit 5 at 0: Acme Count" &&
		says "unit 6 at 50000: Acme Sun 5" && says "W max    5000" &&
		says "models   1 common, 103 inverter_three_phase, 121 settings, 123 controls, 64999 -" &&
		says "ovpp der add NAME --bus BUS --profile PROFILE --node UNIT" || return
	# The twin has the serial number of the first one.
	[ "$(cd "$TMP/out" && echo *)" = "acme-count-b2.yaml acme-sun-5-a1.yaml acme-sun-5-u6.yaml" ] &&
		"$BUILD/bin/ovpp" profile check "$TMP"/out/*.yaml >/dev/null
}

as_json() {
	serve_tcp "3=$TMP/inverter" "5=$TMP/meter" || return
	"$BUILD/bin/ovpp" sunspec scan --tcp "127.0.0.1:$PORT" --units 3,5 --out "$TMP/out" --json |
		/usr/bin/python3 -c '
import json, os, sys

inverter, meter = json.load(sys.stdin)
assert inverter["unit"] == 3 and inverter["base"] == 40000 and inverter["complete"]
assert inverter["problem"] is None and inverter["rating_w"] == "5000"
assert [m["id"] for m in inverter["models"]] == [1, 103, 121, 123, 64999]
assert meter["manufacturer"] == "Acme" and meter["serial"] == "B2"
(profile,) = meter["profiles"]
assert profile["kind"] == "meter" and profile["name"] == "acme-count-b2"
assert os.path.isfile(profile["file"])'
}

broken_chain() {
	serve_tcp "3=$TMP/broken" || return
	scan 0 --tcp "127.0.0.1:$PORT" --units 3 --out "$TMP/out" &&
		says "the device refuses registers before its chain of models ends"
}

elsewhere() {
	serve_tcp "5=$TMP/meter" || return
	scan 1 --tcp "127.0.0.1:$PORT" --units 5 --base 40000,0x1000 --out "$TMP/out" &&
		says "no SunSpec device found" &&
		scan 0 --tcp "127.0.0.1:$PORT" --units 5 --base 0 --out "$TMP/out"
}

wishes() {
	serve_tcp "3=$TMP/inverter" "5=$TMP/meter" || return
	scan 0 --tcp "127.0.0.1:$PORT" --units 3,5 --out "$TMP/out" --revert 20s \
		--meter-positive export || return
	grep -q 'const: 20 ' "$TMP/out/acme-sun-5-a1.yaml" &&
		grep -q 'period_ms: 10000' "$TMP/out/acme-sun-5-a1.yaml" &&
		! grep -q 'scale: -1' "$TMP/out/acme-count-b2.yaml" &&
		scan 0 --tcp "127.0.0.1:$PORT" --units 3 --out "$TMP/out" --read-only &&
		! grep -q 'write:' "$TMP/out/acme-sun-5-a1.yaml"
}

# What cannot be written is said, and nothing is left of it.
no_folder() {
	serve_tcp "3=$TMP/inverter" || return
	scan 3 --tcp "127.0.0.1:$PORT" --units 3 --out "$TMP/inverter/none" && says "Not a directory"
}

no_server() {
	stop_server
	PORT=$(free_port)
	scan 3 --tcp "127.0.0.1:$PORT" && says "127.0.0.1:$PORT: " &&
		scan 3 --tty "$TMP/none" && says "No such file or directory" || return
	[ -d /sys/module/openvpp ] || { scan 3 --bus meters && says "is not loaded"; }
}

wrong() {
	scan 2 && says "say one of --tty, --tcp and --bus" &&
		scan 2 --tty a --tcp b && says "say one of --tty, --tcp and --bus" &&
		scan 2 --tcp h --units 0-5 && says "is no list of units" &&
		scan 2 --tcp h --units 5-3 && scan 2 --tcp h --units 1,,2 && scan 2 --tcp h --units 248 &&
		scan 2 --tcp h --base 65536 && says "is no list of addresses" &&
		scan 2 --tcp h --revert 1s && says "--revert" &&
		scan 2 --tcp h --timeout 0 && says "--timeout" &&
		scan 2 --tcp h --meter-positive up && says "import or export, not 'up'" &&
		scan 2 --tcp : && says "is no HOST[:PORT]" &&
		scan 2 --tty t --baud x && says "is no bit rate" &&
		scan 2 --tty t --parity x && says "n, e or o, not 'x'" &&
		scan 2 --tty t --stop-bits 3 && says "1 or 2, not '3'"
}

# A line of two ends: $TMP/a is the master's, $TMP/b the devices'.
lay_line() {
	socat "pty,raw,echo=0,link=$TMP/a" "pty,raw,echo=0,link=$TMP/b" &
	LINE=$!
	until_true [ -e "$TMP/a" ] && until_true [ -e "$TMP/b" ]
}

has_device() { scan 0 --tty "$TMP/a" --baud 115200 --units 3 --out "$TMP/rtu"; }

over_a_line() {
	stop_server
	mkdir -p "$TMP/rtu"
	/usr/bin/python3 tests/host/sunspec_serve.py "$TMP/b" "3=$TMP/inverter" "5=$TMP/meter" \
		>"$TMP/server.log" 2>&1 &
	SERVER=$!
	until_true has_device >/dev/null || return
	rm -f "$TMP"/rtu/*
	scan 0 --tty "$TMP/a" --baud 115200 --units 3-6 --timeout 100ms --out "$TMP/rtu" &&
		says "unit 3 at 40000: Acme Sun 5" && says "unit 5 at 0: Acme Count" &&
		cmp "$TMP/rtu/acme-sun-5-a1.yaml" "$TMP/out/acme-sun-5-a1.yaml" &&
		[ "$(cd "$TMP/rtu" && echo *)" = "acme-count-b2.yaml acme-sun-5-a1.yaml" ]
}

# Nobody answers, so that there is time to stop it.
is_scanning() { grep -qs "$(readlink -f "$TMP/a")" <(readlink -f /proc/"$SCAN"/fd/*); }

interrupted() {
	local before status=0

	stop_server
	before=$(stty -g <"$TMP/a")
	"$BUILD/bin/ovpp" sunspec scan --tty "$TMP/a" --out "$TMP/rtu" >"$TMP/said" 2>&1 &
	SCAN=$!
	until_true is_scanning || return
	kill -INT "$SCAN"
	wait "$SCAN" || status=$?
	OUT=$(cat "$TMP/said")
	[ "$status" = 3 ] && says "stopped at unit" && [ "$(stty -g <"$TMP/a")" = "$before" ] &&
		[ -z "$(find "$TMP/rtu" -name '.*.yaml')" ]
}

# Every dump is found; those of inverters and meters have a profile that loads.
all_dumps() {
	local dump unit=0 words=() dumps

	dumps=("$SHARED"/sunspec/dumps/*.json)
	for dump in "${dumps[@]}"; do
		unit=$((unit + 1))
		words+=("$unit=$dump")
	done
	for dump in "$SHARED"/modbus/pysunspec2/*.json; do
		unit=$((unit + 1))
		/usr/bin/python3 tests/host/sunspec_image.py "$dump" 40000 >"$TMP/image$unit" || return
		words+=("$unit=$TMP/image$unit")
		dumps+=("$dump")
	done
	mkdir -p "$TMP/dumps" && serve_tcp "${words[@]}" || return
	"$BUILD/bin/ovpp" sunspec scan --tcp "127.0.0.1:$PORT" --units "1-$unit" \
		--out "$TMP/dumps" --json >"$TMP/found" || return
	/usr/bin/python3 - "$TMP/found" "${dumps[@]}" <<-'EOF'
	import json, sys

	with open(sys.argv[1]) as f:
	    found = {d["unit"]: d for d in json.load(f)}
	profiles = 0
	for unit, path in enumerate(sys.argv[2:], 1):
	    device = found[unit]
	    assert device["complete"], (path, device["problem"])
	    ids = [m["id"] for m in device["models"]]
	    wanted = any(i in (*range(101, 114), *range(201, 215), 701, 802) for i in ids)
	    assert bool(device["profiles"]) == wanted, (path, ids)
	    assert all(p["file"] for p in device["profiles"]), path
	    profiles += len(device["profiles"])
	print(f"# {len(found)} devices, {profiles} profiles")
	EOF
}

ktap_print_header
ktap_set_plan 11
images
ktap_test_result "sunspec scan: finds devices over TCP and writes profiles" over_tcp
ktap_test_result "sunspec scan: --json has what was found under stable keys" as_json
ktap_test_result "sunspec scan: a chain that breaks is said" broken_chain
ktap_test_result "sunspec scan: looks where it is told to" elsewhere
ktap_test_result "sunspec scan: writes profiles as they are wished" wishes
ktap_test_result "sunspec scan: says what it cannot write" no_folder
ktap_test_result "sunspec scan: says what it cannot open" no_server
ktap_test_result "sunspec scan: says what is wrong with its words" wrong
serve_tcp "3=$TMP/inverter" && scan 0 --tcp "127.0.0.1:$PORT" --units 3 --out "$TMP/out"
lay_line
ktap_test_result "sunspec scan: finds devices on a serial line and writes the same profiles" over_a_line
ktap_test_result "sunspec scan: leaves line and folder clean when it is interrupted" interrupted
if [ -d "$SHARED/sunspec/dumps" ]; then
	ktap_test_result "sunspec scan: finds every dump of a real device" all_dumps
else
	ktap_test_skip "sunspec scan: NO REAL DEVICE TRIED: no dumps in $SHARED (OVPP_SHARED)"
fi
ktap_finished

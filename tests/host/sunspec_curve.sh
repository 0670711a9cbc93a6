#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# timeout: 120
#
# ovpp sunspec curve: curves of the simulator's device are shown and written over a
# serial line; those of a device that pymodbus serves, over TCP, are kept, but never
# adopted.

set -u

# shellcheck source=/dev/null
. "$KSELFTEST/kselftest/ktap_helpers.sh"

TMP=$(mktemp -d)
DEVICE=
SERVER=

stop() {
	[ -z "$1" ] || { kill "$1"; wait "$1"; }
} 2>/dev/null

cleanup() {
	stop "$DEVICE"
	stop "$SERVER"
	rm -rf "$TMP"
}
trap cleanup EXIT

until_true() {
	for _ in $(seq 600); do
		"$@" && return
		sleep 0.1
	done
	ktap_print_msg "never true: $*"
	return 1
}

# Room for 4 points; curve 1 is a copy of the active one, 2 and 3 can be written.
DROOP='"DbOf": 36, "DbUf": 36, "KOf": 50, "KUf": 50, "RspTms": 5, "PMin": 0'
CURVE='"ActPt": 2, "DeptRef": 1, "Pri": 0, "RspTms": 10, "VRef": 1000, "VRefAuto": 1000'
POINTS='"Pt": [{"V": 950, "Var": 300}, {"V": 1050, "Var": -300}, {}, {}]'
EMPTY='"Pt": [{}, {}, {}, {}], "ReadOnly": 0'
cat >"$TMP/device" <<END
{"models": [{"ID": 1, "Mn": "Acme", "Md": "Sun 7", "SN": "C3"},
  {"ID": 705, "Ena": 0, "AdptCrvReq": 0, "AdptCrvRslt": 1, "NPt": 4, "NCrv": 3, "RvrtTms": 0,
   "RvrtCrv": 1, "V_SF": -1, "DeptRef_SF": -1, "RspTms_SF": 0,
   "Crv": [{$CURVE, "ReadOnly": 1, $POINTS}, {$EMPTY}, {$EMPTY}]},
  {"ID": 711, "Ena": 1, "AdptCtlReq": 1, "AdptCtlRslt": 1, "NCtl": 2, "Db_SF": -3, "K_SF": -3,
   "RspTms_SF": 0, "Ctl": [{$DROOP, "ReadOnly": 0}, {$DROOP, "ReadOnly": 0}]},
  {"ID": 712, "Ena": 0, "AdptCrvReq": 1, "AdptCrvRslt": 1, "NPt": 2, "NCrv": 1, "W_SF": 0,
   "DeptRef_SF": 0, "Crv": [{"ActPt": 2, "DeptRef": 1, "ReadOnly": 0,
   "Pt": [{"W": 50, "Var": 0}, {"W": 100, "Var": -44}]}]}]}
END

cat >"$TMP/volt-var.yaml" <<'END'
model: 705
DeptRef: VAR_MAX_PCT
RspTms: 5
Pt:
  - { V: 92, Var: 44 }
  - { V: 98, Var: 0 }
  - { V: 102, Var: 0 }
  - { V: 108.5, Var: -44 }
Ena: ENABLED
END

start_device() {
	/usr/bin/python3 tests/host/sunspec_image.py "$TMP/device" 40000 >"$TMP/image"
	"$BUILD/bin/ovpp-sim" slave --image "$TMP/image" --pty "$TMP/line" --unit 3 --baud 115200 \
		>"$TMP/written" 2>&1 &
	DEVICE=$!
	until_true test -e "$TMP/line"
}

# curve STATUS WORD...: of the simulator's device.
curve() {
	local wanted=$1 status=0

	shift
	OUT=$("$BUILD/bin/ovpp" sunspec curve "$@" --tty "$TMP/line" --baud 115200 --unit 3 \
		--base 40000 2>&1 </dev/null) || status=$?
	[ "$status" = "$wanted" ] && return
	ktap_print_msg "curve $*: status $status, not $wanted: $OUT"
	return 1
}

# says TEXT: the last command said it, whatever the width of its columns.
says() {
	case $(tr -s ' ' <<<"$OUT") in
	*"$1"*) ;;
	*) ktap_print_msg "not said: $1; said: $OUT"; return 1 ;;
	esac
}

# write STATUS YAML: a curve as it is given.
write() {
	printf '%s\n' "$2" >"$TMP/file.yaml"
	curve "$1" write "$TMP/file.yaml"
}

# untouched COMMAND...: it leads to no write at all.
untouched() {
	local before after

	before=$(wc -l <"$TMP/written")
	"$@" || return
	after=$(wc -l <"$TMP/written")
	[ "$before" = "$after" ] || { ktap_print_msg "$*: something was written"; return 1; }
}

shows() {
	untouched curve 0 && says "unit 3: volt-var (705) at 40070, disabled, room for 4 points" &&
		says "1 active 95:30 105:-30 DeptRef VAR_MAX_PCT, Pri ACTIVE, VRef 100" &&
		says "2 stored" && says "unit 3: frequency droop (711)" &&
		says "DbOf 0.036, DbUf 0.036, KOf 0.05" && says "watt-var (712)" &&
		curve 0 show --model 711 && ! says "volt-var" >/dev/null && curve 1 --model 706
}

as_json() {
	curve 0 --json && /usr/bin/python3 -c '
import json, sys

volt_var, droop, _ = json.loads(sys.argv[1])
assert volt_var["model"] == 705 and volt_var["Ena"] == "DISABLED" and volt_var["NPt"] == 4
active, stored, _ = volt_var["curves"]
assert active["active"] and active["read_only"] and active["Pt"][0] == {"V": 95, "Var": 30}
assert not stored["active"] and stored["Pt"] == [] and stored["curve"] == 2
assert droop["curves"][0]["DbOf"] == "0.036" and "Pt" not in droop["curves"][0]' "$OUT"
}

refused() {
	untouched write 2 'Pt: []' && says "which model" &&
		untouched write 2 '{model: 705, Pt: [{V: 92, Var: 144}, {V: 108, Var: 0}]}' &&
		says "Var: 144 is not at least -100 and at most 100" &&
		untouched write 2 '{model: 705, Pt: [{V: 108, Var: 0}, {V: 92, Var: 44}]}' &&
		says "Pt 2: points go from left to right" &&
		untouched write 1 '{model: 705, Pt: [{V: 92.05, Var: 44}]}' &&
		says "V: the device cannot hold 92.05, its steps are of 1e-1" &&
		untouched write 1 '{model: 705, Pt: [{V: 90, Var: 1}, {V: 91, Var: 1}, {V: 92, Var: 1},
			{V: 93, Var: 1}, {V: 94, Var: 1}]}' &&
		says "Pt: 5 points; the device has room for 4" &&
		untouched write 2 '{model: 705, Pt: [{V: 92}]}' && says "a point has two values" &&
		untouched write 2 '{model: 705, ReadOnly: RW}' && says "'ReadOnly' is nothing to write" &&
		untouched write 2 '{model: 705, DeptRef: 9}' && says "'9' is none of its values" &&
		untouched write 1 '{model: 705, VRefAutoEna: ENABLED}' && says "does not have it" &&
		untouched write 1 '{model: 705, curve: 1}' && says "curve 1 is read only" &&
		untouched write 2 '{model: 705, curve: 4}' && says "the device has curves 1 to 3" &&
		untouched write 2 '{model: 705, RvrtCrv: 9}' && says "RvrtCrv: the device has curves" &&
		untouched write 1 '{model: 712, Pt: [{W: 60, Var: 0}]}' &&
		says "the device has no curve but those that are active or read only" &&
		untouched write 1 '{model: 711, curve: 1, RspTms: 7}' && says "curve 1 is the active one" &&
		untouched write 1 '{model: 706, DeptRef: 0}' && says "no curves of model 706" &&
		untouched write 2 '{model: 704, VarSet: 1}' && says "model 704 has no curves" &&
		untouched write 2 'model: ['
}

adopted() {
	curve 0 write "$TMP/volt-var.yaml" &&
		says "curve 2 of volt-var (705) was written, read back and adopted; it is enabled" &&
		says "Ena DISABLED ENABLED" && says "Pt 1 V 95 92" && says "Pt 4 V - 108.5" &&
		says "RspTms 10 5" && ! says "VRef " >/dev/null || return
	curve 0 && says "1 active 92:44 98:0 102:0 108.5:-44 DeptRef VAR_MAX_PCT, Pri ACTIVE, VRef 100" &&
		says "2 stored 92:44 98:0 102:0 108.5:-44" && says "(705) at 40070, enabled"
}

# What the file does not give is as in the active curve.
in_part() {
	write 0 '{model: 705, RspTms: 20, RvrtTms: 300, RvrtCrv: 2, curve: 3}' &&
		says "curve 3 of volt-var" && says "RspTms 5 20" && says "RvrtTms 0 300" && curve 0 &&
		says "1 active 92:44 98:0 102:0 108.5:-44 DeptRef VAR_MAX_PCT, Pri ACTIVE, VRef 100, RspTms 20"
}

# Devices that follow a curve where it is stored.
in_place() {
	write 0 '{model: 711, DbOf: "0.02", KOf: 0.04}' && says "curve 2 of frequency droop (711)" &&
		says "DbOf 0.036 0.02" && curve 0 --model 711 && says "1 stored DbOf 0.036" &&
		says "2 active DbOf 0.02, DbUf 0.036, KOf 0.04" &&
		write 0 '{model: 711, RspTms: 6}' && says "curve 1 of frequency droop" || return
	curve 0 --model 711 --json && grep -q '"AdptCtlReq": 1' <<<"$OUT"
}

# As it is shown it can be written.
round_trip() {
	curve 0 --model 705 --json && /usr/bin/python3 -c '
import json, sys

curve = json.loads(sys.argv[1])[0]["curves"][0]
for key in ("ActPt", "VRefAuto", "ReadOnly", "curve", "active", "read_only"):
    curve.pop(key, None)
curve["Pt"][0]["V"] = 91
json.dump(curve, open(sys.argv[2], "w"))' "$OUT" "$TMP/again.json" &&
		curve 0 write "$TMP/again.json" --model 705 --json &&
		/usr/bin/python3 -c '
import json, sys

said = json.loads(sys.argv[1])
assert said["curve"] == 2 and said["model"] == 705 and said["unit"] == 3
changed = {(c["name"], c["pt"]): (c["before"], c["now"]) for c in said["changed"]}
assert changed.pop(("V", 1)) == (92, 91) and changed.pop(("AdptCrvReq", 0)) == (3, 2), changed
assert not changed, changed' "$OUT"
}

listens() { (: <>"/dev/tcp/127.0.0.1/$PORT") 2>/dev/null; }

# Memory that adopts nothing: AdptCrvRslt says "completed" all the time, curve 1 stays.
not_adopted() {
	PORT=$(/usr/bin/python3 -c 'import socket
s = socket.socket()
s.bind(("127.0.0.1", 0))
print(s.getsockname()[1])')
	/usr/bin/python3 tests/host/sunspec_serve.py "127.0.0.1:$PORT" "3=$TMP/image" >"$TMP/log" 2>&1 &
	SERVER=$!
	until_true listens || return
	OUT=$("$BUILD/bin/ovpp" sunspec curve write "$TMP/volt-var.yaml" --tcp "127.0.0.1:$PORT" \
		--unit 3 --wait 1s 2>&1)
	[ $? = 3 ] && says "does not say in time that it has adopted curve 2" || return
	OUT=$("$BUILD/bin/ovpp" sunspec curve --tcp "127.0.0.1:$PORT" --unit 3 --model 705)
	says "(705) at 40070, disabled" && says "1 active 95:30 105:-30"
}

words() {
	OUT=$("$BUILD/bin/ovpp" sunspec curve --tty x 2>&1)
	[ $? = 2 ] && says "which device? Give --unit" || return
	curve 2 write && says "say 'show', or 'write FILE'" && curve 2 read x && curve 2 show x &&
		curve 2 --model 103 && says "model 103 has no curves" && curve 2 --wait 1h &&
		untouched curve 2 write "$TMP/none.yaml"
}

ktap_print_header
ktap_set_plan 9
start_device
ktap_test_result "sunspec curve: shows the curves of a device" shows
ktap_test_result "sunspec curve: --json has them under the names of their models" as_json
ktap_test_result "sunspec curve: what a device cannot hold is refused before anything is written" refused
ktap_test_result "sunspec curve: writes a curve and has it adopted" adopted
ktap_test_result "sunspec curve: what is not given stays as it is" in_part
ktap_test_result "sunspec curve: a device may follow a curve where it is stored" in_place
ktap_test_result "sunspec curve: what is shown can be written" round_trip
ktap_test_result "sunspec curve: a device that adopts nothing is told of" not_adopted
ktap_test_result "sunspec curve: says what is wrong with its words" words
ktap_finished

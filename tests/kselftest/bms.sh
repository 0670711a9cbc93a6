#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Frames of real battery packs, as candump wrote them down, played into the bus:
# the module decodes them to what their vendors mean. The frames below are facts
# published by owners of such packs; the values beside them are what the packs'
# displays and manuals say.

set -u

# shellcheck source=/dev/null
. "$KSELFTEST/kselftest/ktap_helpers.sh"

log=$(mktemp)
cleanup() {
	ovpp site del bms
	ovpp profile del pylontech-bms
	ovpp profile del byd-lvs
	rm -f "$log"
} >/dev/null 2>&1
trap cleanup EXIT

# play FRAME...: one candump log line each, a millisecond apart.
play() {
	local t=0 frame

	: >"$log"
	for frame in "$@"; do
		printf '(1700000000.%06d) vcan0 %s\n' $((t += 1000)) "$frame" >>"$log"
	done
	canplayer -I "$log" vcan0=vcan0
}

# point NAME: value of a point of the pack, in the kernel's milli-units.
point() {
	ovpp der show pack --site bms --json |
		python3 -c 'import json, sys
der = json.load(sys.stdin)
der = der[0] if isinstance(der, list) else der
print({p["id"]: p.get("value") for p in der["point"]}.get(sys.argv[1]))' "$1"
}

# pack PROFILE: a new site with one pack of this profile.
pack() {
	ovpp site del bms >/dev/null 2>&1
	ovpp site add bms --period 10ms >/dev/null && ovpp bus add vcan0 --site bms --ifname vcan0 >/dev/null &&
		ovpp profile add "$1" >/dev/null 2>&1
	ovpp der add pack --site bms --bus vcan0 --profile "$1" >/dev/null
}

# is VALUE EXPECTED NAME
is() {
	if [ "$1" = "$2" ]; then
		ktap_test_pass "$3"
	else
		ktap_print_msg "found '$1', expected '$2'"
		ktap_test_fail "$3"
	fi
}

ktap_print_header
ktap_set_plan 11

pack pylontech-bms
play 351#1402C012C012C201 355#58005E00 356#7A13F2FE6B01 359#0000000006504E 35C#C000 35E#50594C4F4E202020
sleep 0.2
is "$(point v)" 49860 "bms: Pylontech, old firmware: 49.86 V"
is "$(point i)" 27000 "bms: Pylontech: -27.0 A on the wire is discharge, 27 A into the site"
is "$(point p)" 1346220 "bms: Pylontech: power follows from voltage and current"
is "$(point soc)" 880000 "bms: Pylontech: 88 % charged"
is "$(point temp)" 36300 "bms: Pylontech: 36.3 degrees"
is "$(point i_charge_max) $(point i_discharge_max)" "480000 480000" \
	"bms: Pylontech: 480 A either way"
is "$(point alarm) $(point charge_ok) $(point discharge_ok)" "0 1 1" \
	"bms: Pylontech: no alarm, charge and discharge enabled"

play 351#1002C012C012C201 355#540060000000 356#7B13E9FE6B01 35A#0000000000000000 35F#4C4901033C02AA00
sleep 0.2
is "$(point soc) $(point soh)" "840000 960000" \
	"bms: Pylontech, new firmware: an absent fine state of charge is not 0 %"

pack byd-lvs
play 351#480200050005AE01 355#4300640000000000 356#BE14F9FF8C000000 35A#AAAAAAAAAAAAAAAA 35E#4259440000000000
sleep 0.2
is "$(point v) $(point soc)" "53100 670000" "bms: BYD: 53.1 V, 67 %"
is "$(point i)" 700 "bms: BYD: -0.7 A on the wire is discharge"
is "$(point alarm)" 0 "bms: BYD: pairs of 10b are no alarm"

ktap_finished

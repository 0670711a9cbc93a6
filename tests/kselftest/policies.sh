#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# processors: 1
# timeout: 240
#
# The shipped policies against frames of two batteries on a real CAN bus: each does
# what its head comment promises. Programs start slowly here, so each test loads its
# policy once and asks as little as it can.

set -u

# shellcheck source=/dev/null
. "$KSELFTEST/kselftest/ktap_helpers.sh"

export OVPP_PROFILES=userspace/profiles
SITE=policies
PROFILE=policies-battery
TMP=$(mktemp -d)
HOOK=
HEART=

cleanup() {
	[ -z "$HEART" ] || kill "$HEART"
	[ -z "$HOOK" ] || ovpp hook unload "$HOOK" --site $SITE
	ovpp site del $SITE
	ovpp profile del $PROFILE
	rm -rf "$TMP"
} >/dev/null 2>&1
trap cleanup EXIT

# run WORD...: OUT is what ovpp says, without the blanks between keys and values.
run() {
	OUT=$(timeout 60 ovpp "$@" --site $SITE 2>&1 </dev/null) || {
		ktap_print_msg "ovpp $*: status $?: $OUT"
		return 1
	}
	OUT=${OUT//\": /\":}
}

# says TEXT: the last command said it.
says() {
	[[ $OUT == *"$1"* ]] && return
	ktap_print_msg "not said: $1; said: $(tr -d '\n' <<<"$OUT" | cut -c 1-400)"
	return 1
}

# load POLICY "MEMBER..." SETTING...: with budgets that an emulated machine keeps.
load() {
	local policy=$1 member setting words=()

	for member in $2; do
		words+=(--budget "$member=500000")
	done
	shift 2
	for setting; do
		words+=(--set "$setting")
	done
	run hook load "$policy" --pin "${words[@]}" && HOOK=$policy
}

unload() {
	local hook=$HOOK

	HOOK=
	run hook unload "$hook"
}

# say NODE W SOC SOH FAULT: a battery's frame, % and °C (always 25).
say() {
	cansend can1 "$(printf '10%x#%02X%02X%02X%02X%02X%02X19%02X' "$1" \
		$(($2 & 255)) $(($2 >> 8 & 255)) $(($2 >> 16 & 255)) $(($2 >> 24 & 255)) \
		"$3" "$4" "$5")"
}

# again ID TIMES: the frame of an idle battery, half full, a millisecond apart.
again() { cangen can1 -I "$1" -L 8 -D 0000000032641900 -n "$2" -g 1; }

# commands BAT1 BAT2: within ten seconds these powers, mW, are in force.
commands() {
	local tries=20

	while [ $((tries--)) -gt 0 ]; do
		run der list --json || return
		OUT=$(tr -dc '[:alnum:]_":,-' <<<"$OUT" | grep -oE '"p_set_mw":-?[0-9]+' |
			cut -d: -f2 | tr '\n' ' ')
		[ "$OUT" = "$1 $2 " ] && return
		sleep 0.5
	done
	ktap_print_msg "commands are $OUT, not $1 $2"
	return 1
}

write_profile() {
	cat >"$TMP/$PROFILE.yaml" <<-'YAML'
		name: policies-battery
		version: 1
		kind: battery
		messages:
		  - name: all
		    id: 0x100
		    stride: 1
		    length: 8
		    timeout_ms: 0
		    signals:
		      - { point: p, start: 0, length: 32, signed: true }
		      - { point: soc, start: 32, length: 8 }
		      - { point: soh, start: 40, length: 8 }
		      - { point: temp, start: 48, length: 8, signed: true }
		  - name: command
		    id: 0x180
		    stride: 1
		    tx: true
		    length: 4
		    period_ms: 1000
		    signals:
		      - { point: p_set, start: 0, length: 32, signed: true }
	YAML
}

# One heartbeat, by the kernel's own client, holds for a minute while it lives.
start_heart() {
	python3 - "$KSELFTEST/../../net/ynl" $SITE <<-'PYTHON' &
		import sys, time
		sys.path.insert(0, sys.argv[1])
		from lib import YnlFamily
		family = YnlFamily("docs/netlink/specs/openvpp.yaml", schema="")
		while True:
		    family.do("heartbeat", {"name": sys.argv[2]})
		    time.sleep(10)
	PYTHON
	HEART=$!
}

# Dispatches are taken once the heartbeat is there.
dispatch() {
	local tries=50

	until ovpp dispatch run --der "$1" --p 4kW --for 1h --site $SITE >"$TMP/dispatch" 2>&1; do
		[ $((tries--)) -gt 0 ] || { ktap_print_msg "$(cat "$TMP/dispatch")"; return 1; }
		sleep 0.5
	done
}

# Two batteries of 5 kW, both told to give 4 kW.
set_up() {
	local bat

	write_profile
	ovpp site add $SITE --period 10ms --sample 200ms --heartbeat 1min >/dev/null &&
		start_heart && run bus add can0 --ifname can0 &&
		ovpp profile add "$TMP/$PROFILE.yaml" >/dev/null || return
	for bat in bat1 bat2; do
		run der add $bat --bus can0 --profile $PROFILE --node "${bat#bat}" &&
			run envelope set $bat --p-min -5kW --p-max 5kW || return
	done
	again 101 1
	again 102 1
	dispatch bat1 && dispatch bat2
}

frame_tap() {
	load frame_tap "frame_rx frame_tx" config.id=0x101 config.mask=0x7ff || return
	again 102 1
	again 101 1
	run hook tap frame_tap --count 1 && says "101#0000000032641900 R"
}

rate_limit() {
	load rate_limit "frame_rx frame_tx" limits.0x101.frames_s=1 limits.0x101.burst=2 || return
	again 101 6
	run hook get rate_limit counters_state --json || return
	[[ $OUT =~ \"rx_passed\":([0-9]+) ]] && [ "${BASH_REMATCH[1]}" -ge 2 ] &&
		[[ $OUT =~ \"rx_dropped\":([0-9]+) ]] && [ "${BASH_REMATCH[1]}" -ge 2 ] && return
	ktap_print_msg "counted: $OUT"
	return 1
}

spoof_guard() {
	load spoof_guard frame_rx guard.0x101.period_ms=60000 guard.0x102.bus=4711 || return
	again 101 3
	again 102 2
	run hook get spoof_guard seen_state --json && says '"doubled":2' && says '"wrong_bus":2' &&
		says '"doubled":0' && says '"wrong_bus":0'
}

# Nothing changes but, once, the charge: that is the only record.
deadband() {
	local watch

	load deadband sample config.deadband_mw=1000000 config.soc_ppm=100000 \
		config.max_ms=600000 || return
	sleep 1
	ovpp watch --der bat2 --count 1 --for 30s --json --site $SITE >"$TMP/watch" &
	watch=$!
	sleep 5
	say 2 0 90 100 0
	wait $watch
	OUT=$(<"$TMP/watch")
	OUT=${OUT//\": /\":}
	says '"soc_ppm":900000' && run hook show deadband --json && [[ $OUT =~ \"dropped\":[1-9] ]]
}

quiet_hours() {
	load quiet_hours control windows.bat1.from=00:00 windows.bat1.to=00:00 \
		windows.bat1.p_max_mw=1000000 && commands 1000000 4000000
}

# All that a policy narrowed is given back when it goes.
given_back() { commands 4000000 4000000; }

soc_guard() {
	load soc_guard control guard.bat2.soc_min_ppm=100000 guard.bat2.soc_min_taper_ppm=300000 ||
		return
	say 2 0 20 100 0
	commands 4000000 2500000
}

fuse_guard() {
	load fuse_guard control groups.1.export_mw=5000000 members.bat1=1 members.bat2=1 &&
		commands 2500000 2500000
}

# 8 kW by 80 % and 20 %: 5 kW is all that the first may, 3 kW are the second's.
health_share() {
	say 1 0 80 100 0
	say 2 0 20 100 0
	load health_share control config.all=1 && commands 4000000 3000000
}

# Byte 7 is no point of bat1: only the policy knows what it means.
fault_reflex() {
	load fault_reflex frame_rx faults.0x101.offset=7 faults.0x101.mask=0x80 \
		faults.0x101.match_any=1 faults.0x101.partner.0=bat2 faults.0x101.hold_ms=60000 ||
		return
	say 1 0 80 100 128
	commands 4000000 0 && run der show bat2 --json && says '"supervision":"reflex"'
}

tests=(
	frame_tap "policies: frame_tap shows the frames that are asked for"
	rate_limit "policies: rate_limit lets a burst pass and no more"
	spoof_guard "policies: spoof_guard drops the second sender, and the wrong bus"
	deadband "policies: deadband records what has changed and nothing else"
	quiet_hours "policies: quiet_hours holds a battery within its window"
	given_back "policies: what a policy narrowed is given back when it goes"
	soc_guard "policies: soc_guard gives half in the middle of its taper"
	fuse_guard "policies: fuse_guard shrinks a group to its fuse in proportion"
	health_share "policies: health_share asks less of the emptier battery"
	fault_reflex "policies: fault_reflex sends the partner to its safe value"
)

ktap_print_header
if [ ! -e /sys/class/net/can0 ] || [ ! -e /sys/class/net/can1 ]; then
	ktap_skip_all "no can0 and can1 on one wire here"
	exit "$KSFT_SKIP"
fi
if [ ! -e /sys/kernel/btf/openvpp ]; then
	ktap_skip_all "the module has no BTF here"
	exit "$KSFT_SKIP"
fi
ktap_set_plan $((${#tests[@]} / 2))
set_up || ktap_print_msg "the site could not be set up"
for ((i = 0; i < ${#tests[@]}; i += 2)); do
	result=0
	"${tests[i]}" || result=1
	[ -z "$HOOK" ] || unload || result=1
	if [ $result = 0 ]; then
		ktap_test_pass "${tests[i + 1]}"
	else
		ktap_test_fail "${tests[i + 1]}"
	fi
done
ktap_finished

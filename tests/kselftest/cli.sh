#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# timeout: 400
#
# The command line against the module: what is said is what the kernel then has,
# and what the kernel says is what is shown.

set -u

# shellcheck source=/dev/null
. "$KSELFTEST/kselftest/ktap_helpers.sh"
# shellcheck source=tests/helpers.sh
. "$(dirname -- "$0")/../helpers.sh"

export OVPP_PROFILES=userspace/profiles
SITE=clitest
DEV=vclitest
TMP=$(mktemp -d)

cleanup() {
	[ -z "${HEART:-}" ] || kill "$HEART"
	ovpp site del $SITE
	ovpp site del ${SITE}2
	ovpp profile del pylontech-bms
	ovpp profile del clitest-meter
	ip link del $DEV
	rm -rf "$TMP"
} >/dev/null 2>&1
trap cleanup EXIT
# An earlier test may have left a profile of this name.
ovpp profile del pylontech-bms >/dev/null 2>&1

site_round() {
	run 0 site add $SITE --period 2ms --cpu 0 --priority 70 --sample 500ms --fallback 15min &&
		says "site $SITE has id" && run 0 site show $SITE --json &&
		json 'o["period_ns"] == 2000000 and o["cpu"] == 0 and o["priority"] == 70' &&
		json 'o["sample_ms"] == 500 and o["fallback_ms"] == 900000' &&
		json 'o["state"] == "start" and "target_mw" not in o' &&
		run 0 site set $SITE --period-ns 10000000 --heartbeat 1min && run 0 site show $SITE &&
		says "period 10 ms" && says "heartbeat 60 s" &&
		run 0 site list && says $SITE
}

only_site() {
	[ "$(ovpp site list --json | grep -c '"name"')" = 1 ] || return 2
	run 0 site show && says "name $SITE" && run 0 stats show && run 0 site add ${SITE}2 &&
		run 2 stats show && says "$SITE, ${SITE}2" && run 2 site show && says "${SITE}2" &&
		run 0 stats show --site $SITE && run 0 site del ${SITE}2
}

refusal() {
	run 3 site add $SITE && says "ovpp: site add: kernel: " && [ -z "$OUT" ] &&
		run 3 bus add nodevice --site $SITE && says "no such net device" &&
		run 3 der show nobody --site $SITE && says "kernel: " &&
		run 3 der add x --site $SITE --bus 77 --profile none && says "kernel: "
}

bus_round() {
	run 0 bus add wire --if $DEV --restart-max 5s --loopback no --site $SITE &&
		run 0 bus show wire --site $SITE --json &&
		json 'o["ifname"] == "'$DEV'" and o["restart_max_ms"] == 5000 and o["loopback"] == 0' &&
		run 0 bus set wire --loopback --site $SITE && run 0 bus show wire --site $SITE &&
		says "loopback yes" && run 0 bus del wire --site $SITE &&
		run 0 bus add $DEV --site $SITE && run 0 bus list --site $SITE --json &&
		json 'len(o) == 1 and o[0]["name"] == o[0]["ifname"] == "'$DEV'" and o[0]["state"] == "up"'
}

# A meter whose word holds for ever, so that no test depends on the host's speed.
write_meter() {
	cat >"$TMP/clitest-meter.yaml" <<-'YAML'
		name: clitest-meter
		version: 1
		kind: meter
		messages:
		  - name: power
		    id: 0x0c0
		    timeout_ms: 0
		    signals:
		      - { point: p, start: 0, length: 32, signed: true }
	YAML
}

profile_round() {
	write_meter && run 0 profile add pylontech-bms && run 0 profile add "$TMP/clitest-meter.yaml" &&
		run 3 profile add pylontech-bms && says "kernel: " &&
		run 0 profile list && says "clitest-meter 1 meter" &&
		run 0 profile show pylontech-bms && says "measures" && says "received 0x351" &&
		run 0 profile show pylontech-bms --json && json 'len(o["message"]) == o["message_count"]'
}

FRAMES='(1) c 351#1402C012C012C201
(2) c 355#58005E00
(3) c 356#7A13F2FE6B01'

play() {
	local line

	while read -r line; do
		cansend $DEV "${line##* }"
	done <<<"$FRAMES"
}

has_values() {
	run 0 der show bat --site $SITE --json &&
		json '{p["id"]: p["value"] for p in o["point"] if "value" in p}.items() >= '"$WANTED"'.items()'
}

same_values() {
	run 0 der add bat --bus $DEV --profile pylontech-bms --safe -100W --site $SITE || return
	WANTED=$(printf '%s\n' "$FRAMES" | ovpp profile decode pylontech-bms --json 2>/dev/null | python3 -c '
import json, sys
print({p["id"]: p["value"] for line in sys.stdin for p in json.loads(line)["point"]})')
	play
	until_true has_values && json 'o["safe_mw"] == -100000' &&
		run 0 der show bat --site $SITE && says "49.9 V" && says "1.35 kW"
}

envelope_round() {
	run 0 envelope set bat --p-min -5kW --p-max 2500 --ramp 500W/s --soc-min 12.5% --site $SITE &&
		run 0 envelope show bat --site $SITE --json &&
		json 'o["p_min_mw"] == -5000000 and o["p_max_mw"] == 2500000' &&
		json 'o["ramp_mw_s"] == 500000 and o["soc_min_ppm"] == 125000' &&
		run 0 envelope set --export-max 10kW --f-min 49.5 --site $SITE &&
		run 0 envelope show --site $SITE && says "export-max 10 kW" && says "49.5 Hz" &&
		run 0 envelope set --export-max none --site $SITE && run 0 envelope show --site $SITE --json &&
		json 'all("export_max_mw" not in e for e in o)'
}

policy_round() {
	run 0 policy set --fallback 1kW --gain 10% --droop 2kW/Hz --settle 2s --site $SITE &&
		run 0 policy set bat --rank 7 --rest -300W --enable no --site $SITE &&
		run 0 policy show --site $SITE --json &&
		json 'any(p.get("fallback_mw") == 1000000 and p["droop_mw_hz"] == 2000000 for p in o)' &&
		json 'any(p.get("der_name") == "bat" and p["rank"] == 7 and p["enable"] == 0 for p in o)' &&
		run 0 policy show bat --site $SITE && says "rest -300 W" && run 0 policy show --site $SITE
}

meter() {
	run 0 der add grid --bus $DEV --profile clitest-meter --pcc --site $SITE &&
		run 0 der show grid --site $SITE --json && json 'o["pcc"] == 1 and o["kind"] == "meter"' &&
		cansend $DEV 0C0#E8030000
}

no_heartbeat() {
	run 3 dispatch run --p 1kW --for 1h --site $SITE && says "kernel: no heartbeat"
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

has_heartbeat() { run 0 site show $SITE --json && json '"heartbeat_age_ms" in o'; }
is_running() { run 0 dispatch list --site $SITE --json && json 'any(d["state"] == "running" for d in o)'; }
running() { printf '%s' "$OUT" | tr -d ' \n' | sed 's/.*"id":\([0-9]*\)[^}]*"running".*/\1/'; }

delivered() {
	start_heart
	until_true has_heartbeat &&
		run 0 dispatch run --p 1kW --for 3s --site $SITE --wait && says "state done" &&
		run 0 dispatch list --site $SITE --json &&
		json 'o[-1]["state"] == "done" and o[-1]["e_asked_mwh"] in range(800, 900)'
}

cancelled() {
	local status=0

	ovpp dispatch run --p 2kW --for 1h --site $SITE --wait >"$TMP/waiting" &
	until_true is_running && run 0 dispatch cancel "$(running)" --site $SITE
	wait $! || status=$?
	[ $status -eq 1 ] && grep -q 'state *cancelled' "$TMP/waiting"
}

# One that may only take the place of another leaves the others alone.
yields() {
	local id

	run 0 dispatch run --p 1kW --for 1h --site $SITE && until_true is_running || return
	id=$(running)
	run 3 dispatch run --p 2kW --for 1h --instead-of 0 --site $SITE &&
		says "another dispatch for this target is active" &&
		run 0 dispatch run --p 2kW --for 1h --instead-of "$id" --site $SITE &&
		until_true is_running && run 0 dispatch cancel "$(running)" --site $SITE
}

# blocks FILE: submits the schedule on standard input; OUT is the dispatch.
blocks() {
	cat >"$TMP/$1"
	run 0 dispatch run --file "$TMP/$1" --site $SITE --json && json '"id" in o' || return
	ID=$(printf '%s' "$OUT" | tr -dc '0-9 ' | awk '{ print $NF }')
	run 0 dispatch show "$ID" --site $SITE --json
}

schedule() {
	local begin=$(($(date +%s) + 7200))

	blocks plan.yaml <<-YAML &&
		site: $SITE
		blocks:
		  - { start: $(date -u -d @$begin +%FT%TZ), for: 15min, p: 5kW }
		  - { for: 900, p: -2500 }
		  - { start: "$(TZ=XYZ-2 date -d @$((begin + 3600)) +%FT%T)+02:00", for: 1h, p: 0 }
	YAML
		json '[b["p_mw"] for b in o["block"]] == [5000000, -2500000, 0]' &&
		json '[b["duration_ms"] for b in o["block"]] == [900000, 900000, 3600000]' &&
		json 'o["block"][1]["start_ns"] - o["block"][0]["start_ns"] == 900 * 10**9' &&
		json 'o["block"][2]["start_ns"] - o["block"][0]["start_ns"] == 3600 * 10**9' &&
		run 0 dispatch show "$ID" --site $SITE && says "-2.5 kW" && says PCC
}

# Times of day are those of a place where it is about noon.
next_day() {
	local -x TZ

	TZ=NOON$(($(date -u +%-H) - 12))
	blocks plan.csv <<-'CSV' &&
		start,for,p
		14:00,15min,5kW
		01:00:30,1h,-1kW
	CSV
		json 'o["block"][1]["start_ns"] - o["block"][0]["start_ns"] == (11 * 3600 + 30) * 10**9'
}

watch_lines() {
	run 0 watch --count 3 --for 30s --json --site $SITE &&
		[ "$(printf '%s\n' "$OUT" | grep -c '"seq"')" = 3 ] &&
		run 0 watch --count 1 --for 30s --der bat --site $SITE && says " bat " &&
		run 0 watch --all --events --count 1 --for 30s --json --site $SITE && json 'o["type"] == "event"'
}

watch_event() {
	ovpp watch --events --for 6s --site $SITE >"$TMP/events" &
	sleep 2
	ip link set $DEV down
	wait $!
	ip link set $DEV up
	grep -q "$DEV  *bus-state: down" "$TMP/events" ||
		{ ktap_print_msg "$(cat "$TMP/events")"; return 1; }
}

watch_table() {
	run 0 watch --table --count 2 --interval 100ms --site $SITE && says "DER" && says "bat" &&
		[ "$(printf '%s\n' "$OUT" | grep -c "^$SITE ")" = 2 ] &&
		! printf '%s' "$OUT" | grep -q $'\033' &&
		! printf '%s\n' "$OUT" | grep -n '.\{80\}' &&
		run 0 watch --table --count 1 --json --site $SITE && json 'o["site"]["name"] == "'$SITE'"'
}

stats() {
	run 0 stats show --site $SITE && says "wake latency: " && says "####" &&
		run 0 stats show --site $SITE --json || return
	BEFORE=$(tr -d '\n ' <<<"$OUT" | sed 's/.*"wake_ns":{[^}]*"count":\([0-9]*\).*/\1/')
	run 0 stats reset --site $SITE && run 0 stats show --site $SITE --json &&
		json 'o["wake_ns"]["count"] < '"$BEFORE"' <= o["ticks"]'
}

# finds RESULT CHECK [TEXT]: doctor says so of the site.
finds() {
	OUT=$(ovpp doctor --json --site $SITE)
	json "any(c['result'] == '$1' and c['name'] == '$2' and '''${3:-}''' in c['seen'] for c in o['checks'])"
}

doctor_site() {
	finds ok module && finds ok "device node" && finds ok heartbeat $SITE &&
		finds ok "CAN device" $DEV && finds ok rights || return
	case $(uname -v) in
	*PREEMPT_RT*) finds ok "real-time kernel" ;;
	*) finds warn "real-time kernel" ;;
	esac
}

doctor_rival() {
	local status

	chrt -f 71 sleep 60 &
	until [ "$(cat /proc/$!/comm)" = sleep ]; do sleep 0.1; done
	finds warn "real-time tasks" "sleep (71)"
	status=$?
	kill $!
	wait $! 2>/dev/null
	[ $status -eq 0 ] && finds ok "real-time tasks"
}

doctor_down() {
	ip link set $DEV down
	run 1 doctor --site $SITE
	local status=$?
	ip link set $DEV up
	[ $status -eq 0 ] && says "$DEV is down" && says "ip link set $DEV up"
}

# In a network namespace of its own, with which the locked site goes.
locked() {
	OUT=$(unshare -n bash -c 'ovpp site add clilock && ovpp envelope lock --site clilock &&
		ovpp envelope set --export-max 1kW --site clilock; echo "status $?"
		ovpp site del clilock; echo "status $?"' 2>&1)
	ERR=
	says "the envelope is locked until the module is unloaded" && says "status 3" &&
		says "the envelope is locked: the site stays"
}

# Without any right: reading goes, changing and the device node do not.
without_rights() {
	local ovpp

	ovpp=$(command -v ovpp)
	nobody() { setpriv --reuid 65534 --regid 65534 --clear-groups --inh-caps=-all "$ovpp" "$@" 2>&1; }
	nobody site list >/dev/null || return
	OUT=$(nobody site set $SITE --period 1ms)
	[ $? -eq 3 ] && ERR='' && says CAP_NET_ADMIN || return
	chmod 660 /dev/ovpp*
	OUT=$(nobody watch --count 1 --for 1s --site $SITE)
	[ $? -eq 3 ] && says "group ovpp"
}

removal() {
	kill "$HEART"
	run 0 der del bat --site $SITE && run 0 der del grid --site $SITE &&
		run 0 bus del $DEV --site $SITE && run 0 profile del clitest-meter &&
		run 0 profile del pylontech-bms && run 0 site del $SITE && run 3 site show $SITE &&
		says "no such site"
}

tests=(
	site_round "cli: what is said of a site is what the kernel has"
	only_site "cli: the only site need not be named, of two one must be"
	refusal "cli: the kernel's refusal is shown, status 3"
	bus_round "cli: what is said of a bus is what the kernel has"
	profile_round "cli: profiles come, are shown, and come only once"
	same_values "cli: profile decode and the module find the same values in the same frames"
	envelope_round "cli: what is said of an envelope is what the kernel has"
	locked "cli: a locked envelope and its site stay as they are"
	policy_round "cli: what is said of a policy is what the kernel has"
	meter "cli: a meter at the PCC is added with --pcc"
	no_heartbeat "cli: a dispatch without a heartbeat is refused with the reason"
	delivered "cli: dispatch run --wait ends when the dispatch is done, and shows it"
	cancelled "cli: dispatch run --wait has status 1 when the dispatch is cancelled"
	yields "cli: dispatch run --instead-of supersedes that dispatch and no other"
	schedule "cli: a schedule in YAML becomes the blocks that it says"
	next_day "cli: a time of day before the row above is the next day's"
	watch_lines "cli: watch prints records, of all or of one DER"
	watch_event "cli: watch --events shows a bus that goes down"
	watch_table "cli: watch --table fits a terminal and has no escape codes without one"
	stats "cli: stats shows histograms, stats reset empties them"
	doctor_site "doctor: module, site and device are looked at"
	doctor_rival "doctor: a task above the loop is named while it runs"
	doctor_down "doctor: a CAN device that is down must be changed, status 1"
	without_rights "cli: without rights reading goes, and what is missing is said"
	removal "cli: all that was added can be removed"
)

ktap_print_header
modprobe vcan 2>/dev/null
if ! ip link add $DEV type vcan || ! ip link set $DEV up; then
	ktap_skip_all "no vcan here"
	exit "$KSFT_SKIP"
fi
ktap_set_plan $((${#tests[@]} / 2))
for ((i = 0; i < ${#tests[@]}; i += 2)); do
	"${tests[i]}"
	case $? in
	0) ktap_test_pass "${tests[i + 1]}" ;;
	2) ktap_test_skip "${tests[i + 1]} (not alone here)" ;;
	*) ktap_test_fail "${tests[i + 1]}" ;;
	esac
done
ktap_finished

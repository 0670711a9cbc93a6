#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# processors: 1
# timeout: 480
#
# ovpp hook against the module: hooks come, are seen, set, tapped and replaced, and
# go, and nothing is left half done. Programs start slowly in the emulated bench:
# the shell itself does what it can.

set -u

# shellcheck source=/dev/null
. "$KSELFTEST/kselftest/ktap_helpers.sh"

SITE=hookcli
DEV=vhookcli
HOOK=ac.cept
OBJECTS=$BUILD/tests-bpf
PINS=/sys/fs/bpf/openvpp/$SITE
# The BPF file system has no dots in names.
PIN=$PINS/ac%2ecept
TMP=$(mktemp -d)

# An emulated processor takes its time.
SLOW=(--budget frame_rx=500000 --budget frame_tx=500000 --budget event=500000 --budget control=500000)

cleanup() {
	ovpp hook unload $HOOK --site $SITE
	ovpp site del $SITE
	ip link del $DEV
	rm -rf "$TMP"
} >/dev/null 2>&1
trap cleanup EXIT

# run STATUS VERB WORD...: of ovpp hook; OUT is standard output, ERR the other.
run() {
	local wanted=$1 status=0

	shift
	OUT=$(ovpp hook "$@" --site $SITE 2>"$TMP/err" </dev/null) || status=$?
	ERR=$(<"$TMP/err")
	[ "$status" = "$wanted" ] && return
	ktap_print_msg "ovpp hook $*: status $status, not $wanted: $OUT $ERR"
	return 1
}

# says TEXT: the last command said it, blanks aside.
says() {
	local said=$OUT$ERR

	case ${said//[[:space:]]/} in
	*"${1//[[:space:]]/}"*) ;;
	*) ktap_print_msg "not said: $1; said: $OUT $ERR"; return 1 ;;
	esac
}

# nothing_half_done: a folder that is not complete has been taken away.
nothing_half_done() {
	local left

	for left in "$PINS"/*%new; do
		[ ! -e "$left" ] || { ktap_print_msg "left over: $left"; return 1; }
	done
}

set_up() {
	ovpp site add $SITE --period 10ms --priority 70 && ip link add $DEV type vcan &&
		ip link set $DEV up && ovpp bus add $DEV --site $SITE
} >/dev/null

# The verifier's own words, then which program it was.
refused() {
	run 3 load "$OBJECTS/refused.bpf.o" --pin && says "mem_or_null" &&
		says "refused program refused_frame_rx" && [ ! -e "$PINS" ]
}

foreground() {
	local line status=0 pid

	exec 3< <(exec ovpp hook load "$OBJECTS/accept.bpf.o" --name front --site $SITE \
		--priority -7 "${SLOW[@]}" --budget sample=500000 --budget control=300 2>&1)
	pid=$!
	read -r -t 60 line <&3
	ktap_print_msg "$line"
	[[ $line == "loaded as hook "*"; it ends with this command" ]] && run 0 list && says front &&
		says "frame_rx,frame_tx,sample,control,event" && says runs &&
		run 0 show front --json && says '"priority": -7' && says '"budget_ns": 300000' &&
		says '"budget_ns": 500000000' || status=1
	kill -TERM $pid
	wait $pid && [ $status = 0 ] && [ ! -e "$PINS" ] && run 3 show front && says "kernel: "
}

pinned() {
	run 0 load "$OBJECTS/accept.bpf.o" --name $HOOK --pin --priority 5 "${SLOW[@]}" --budget sample=700000 --json \
		--set config.small=5 --set config.from=22:15 --set windows.3.p_w=-4 &&
		says '"name": "'$HOOK'"' && [ -e "$PIN/link" ] && [ -e "$PIN/config" ] &&
		[ -e "$PIN/tap" ] && nothing_half_done
}

twice() {
	run 3 load "$OBJECTS/accept.bpf.o" --name $HOOK --pin && says "ovpp hook replace" &&
		[ -e "$PIN/link" ] && nothing_half_done
}

shown() {
	run 0 show $HOOK && says "priority 5" && says "state runs" && says "sample 700 ms"
}

# What one command sets, of several entries, leaves their other members alone.
settings() {
	run 0 get $HOOK && says "config.small 5" && says "config.from 22:15" &&
		says "windows.3.p_w -4" &&
		run 0 set $HOOK config.mode=loud config.loud=yes windows.3.from=1:00 weights.9=-2 &&
		run 0 get $HOOK --json && says '"small": 5' && says '"mode": "loud"' &&
		says '"loud": true' && says '"from": 60,' && says '"p_w": -4' &&
		says '"weights": { "9": -2 }'
}

# Of several settings, none is made when one of them is wrong.
wrong_settings() {
	run 2 set $HOOK config.small=6 config.small=256 && says "0 to 255" &&
		run 3 set $HOOK weights.nobody=1 && says "there is no DER 'nobody'" &&
		run 0 get $HOOK config.small && says "config.small 5"
}

tapped() {
	cansend $DEV 351#1402C012C012C201 || return
	OUT=$(timeout 60 ovpp hook tap $HOOK --count 1 --site $SITE 2>&1)
	[[ $OUT =~ ^\([0-9]+\.[0-9]{6}\)\ bus[0-9]+\ 351#1402C012C012C201\ R$ ]] && return
	ktap_print_msg "tapped: $OUT"
	return 1
}

not_replaced() {
	run 3 replace $HOOK "$OBJECTS/refused.bpf.o" && says "refused program refused_frame_rx" &&
		nothing_half_done && run 0 get $HOOK config.small && says "config.small 5"
}

# Of the old one stay priority, budgets, and every setting but those given anew.
replaced() {
	run 0 replace $HOOK "$OBJECTS/accept.bpf.o" --set config.small=9 --budget control=600000 &&
		says "loaded as hook" && nothing_half_done && [ -e "$PIN/link" ] &&
		run 0 get $HOOK && says "config.small 9" && says "config.from 22:15" &&
		says "config.mode loud" && says "windows.3.from 01:00" && says "windows.3.p_w -4" &&
		says "weights.9 -2" &&
		run 0 show $HOOK && says "priority 5" && says "sample 700 ms" && says "control 600 ms"
}

# deadband has a map config too, with other values in it.
not_kept() {
	run 3 replace $HOOK deadband && says "config.small is set and cannot be taken over" &&
		says "--reset" && nothing_half_done && run 0 get $HOOK config && says "config.small 9"
}

reset() {
	run 0 replace $HOOK "$OBJECTS/accept.bpf.o" --reset --set config.small=4 &&
		nothing_half_done && run 0 get $HOOK config && says "config.small 4" &&
		says "config.from 00:00" && run 0 get $HOOK --json && says '"windows": {}' &&
		says '"weights": {}'
}

# The link that was there is the one that the new program is behind.
tapped_again() { tapped; }

# list FILE WORD...: a file of the list, as an operator writes it.
list() {
	local file=$1

	shift
	mkdir -p "$TMP/list"
	printf '%s\n' "# of the bench" "$1  # a file of ours" "${@:2}" >"$TMP/list/$file"
}

# restored STATUS: ovpp hook restore; OUT and ERR as of run.
restored() {
	local status=0

	OUT=$(ovpp hook restore "$TMP/list" 2>"$TMP/err" </dev/null) || status=$?
	ERR=$(<"$TMP/err")
	[ "$status" = "$1" ] && return
	ktap_print_msg "ovpp hook restore: status $status, not $1: $OUT $ERR"
	return 1
}

# ids: of the hooks that the list names.
ids() { ovpp hook list --site $SITE --json | tr -d ' \n' | grep -o '"id":[0-9]*'; }

# The second of three cannot be loaded; the others are.
listed() {
	list 10-first.conf "$OBJECTS/accept.bpf.o" --site $SITE "--name first" --priority -3 \
		"--set config.small=7 ${SLOW[*]} --budget sample=500000"
	list 20-bad.conf nowhere.bpf.o --site $SITE
	list 30-last.conf quiet_hours "--site $SITE" "--set config.utc_offset_min=60"
	list 40-not.txt "$OBJECTS/accept.bpf.o" --site $SITE "--name never"
	restored 3 && says "20-bad.conf: this hook is not loaded" &&
		run 0 show first && says "priority -3" && run 0 get first config.small &&
		says "config.small 7" && [ -e "$PINS/first/link" ] &&
		run 0 get quiet_hours config && says "config.utc_offset_min 60" && run 3 show never
}

# What is there is left as it is, whatever the list says of it now; what is not, comes.
listed_again() {
	local before

	rm "$TMP/list/20-bad.conf" && run 0 set first config.small=8 && run 0 unload quiet_hours &&
		before=$(ids) && restored 0 && says "loaded as hook" && run 0 get first config.small &&
		says "config.small 8" && [[ $(ids) == *"$before"* ]] && [ -e "$PINS/quiet_hours/link" ] &&
		before=$(ids) && restored 0 && [ -z "$OUT$ERR" ] && [ "$(ids)" = "$before" ]
}

# Pins without a hook behind them, of a site that has been there before.
listed_after_its_site() {
	ovpp site del $SITE && ip link del $DEV && set_up && run 3 show first && [ -e "$PINS/first/link" ] &&
		restored 0 && run 0 show first && run 0 get first config.small && says "config.small 7" &&
		run 0 unload first && run 0 unload quiet_hours && [ ! -e "$PINS" ]
}

# What the unit has: no right but this one.
one_right() {
	OUT=$(setpriv --bounding-set=-all,+sys_admin ovpp hook restore "$TMP/list" 2>&1) &&
		says "loaded as hook" && run 0 unload first && run 0 unload quiet_hours && return
	ktap_print_msg "$OUT"
	return 1
}

unloaded() {
	run 0 unload $HOOK && [ ! -e "$PINS" ] && run 3 show $HOOK && says "kernel: " &&
		run 3 unload $HOOK && says "no pinned hook"
}

tests=(
	set_up "hook: a site with a bus"
	refused "hook: a program that is refused comes with the verifier's log, and pins nothing"
	foreground "hook: without a pin it ends with its command"
	pinned "hook: pinned with its maps, set before it runs"
	twice "hook: a name that is taken is refused, and nothing changes"
	shown "hook: show has what was given"
	settings "hook: settings are read and written, the others stay"
	wrong_settings "hook: of settings of which one is wrong, none is made"
	tapped "hook: tap shows a frame as candump does"
	not_replaced "hook: replaced by a program that is refused, the old one stays"
	replaced "hook: replaced, with priority, budgets and settings of the old one"
	not_kept "hook: a setting that the new one has no place for keeps the old one"
	tapped_again "hook: the new one runs"
	reset "hook: replaced with --reset, settings begin anew"
	unloaded "hook: unloaded, and nothing is left of it"
	listed "hook: what a folder lists is loaded, but for a file that is wrong"
	listed_again "hook: what is there already is left alone"
	listed_after_its_site "hook: pins that the site has outlived are no hook"
	one_right "hook: what a folder lists is loaded with CAP_SYS_ADMIN alone"
)

ktap_print_header
if [ ! -e /sys/kernel/btf/openvpp ]; then
	ktap_skip_all "hooks need the BTF of the module"
	exit "$KSFT_SKIP"
fi
ktap_set_plan $((${#tests[@]} / 2))
for ((i = 0; i < ${#tests[@]}; i += 2)); do
	ktap_test_result "${tests[i + 1]}" "${tests[i]}"
done
ktap_finished

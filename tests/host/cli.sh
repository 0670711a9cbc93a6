#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# timeout: 120
#
# The command line without a kernel: what it says to people, what it refuses and
# with which exit status, and all that it does on the host itself.

set -u

# shellcheck source=/dev/null
. "$KSELFTEST/kselftest/ktap_helpers.sh"

TMP=$(mktemp -d)
trap 'rm -rf "$TMP"' EXIT
export OVPP_PROFILES=userspace/profiles
unset OVPP_SYSROOT

# run STATUS [WORD...]: the status is STATUS; OUT is what it said, both streams.
run() {
	local wanted=$1 status=0

	shift
	OUT=$("$BUILD/bin/ovpp" "$@" 2>&1 </dev/null) || status=$?
	[ "$status" = "$wanted" ] && return
	ktap_print_msg "ovpp $*: status $status, not $wanted: $OUT"
	return 1
}

# says TEXT: the last command said it.
says() {
	case $OUT in
	*"$1"*) ;;
	*) ktap_print_msg "not said: $1; said: $OUT"; return 1 ;;
	esac
}

# Without the module nothing can be changed by mistake.
needs_no_module() {
	if [ -d /sys/module/openvpp ]; then
		ktap_test_skip "$1 (the module is loaded)"
	else
		ktap_test_result "$@"
	fi
}

no_command() { run 2 && says "usage: ovpp COMMAND"; }

commands() {
	"$BUILD/bin/ovpp" help | sed -n '/^commands:/,/^$/s/^  \([a-z]*\) .*/\1/p' | grep -vx help
}
verbs() { "$BUILD/bin/ovpp" help "$1" | sed -n "/^usage:/,/^$/s/^  ovpp $1 \([a-z]*\).*/\1/p"; }

# One help text: status 0 and no line longer than a terminal.
readable() {
	run 0 help "$@" && ! printf '%s\n' "$OUT" | grep -n '.\{80\}'
}

all_help() {
	local command verb

	readable || return
	for command in $(commands); do
		readable "$command" || return
		for verb in $(verbs "$command"); do
			readable "$command" "$verb" || return
			run 0 "$command" "$verb" --help || return
		done
	done
	[ "$(commands | wc -l)" -ge 10 ]
}

nearest() {
	run 2 sit list && says "did you mean 'site'?" &&
		run 2 site lsit && says "did you mean 'list'?" &&
		run 2 site rm home && says "did you mean 'del'?" &&
		run 2 site add home --perod 1ms && says "did you mean --period?" &&
		run 2 der add b --kind batery && says "did you mean 'battery'?" &&
		run 2 frobnicate && says "there is no command 'frobnicate'" &&
		run 2 site frobnicate && says "but: list show add set del"
}

verb_first() { run 2 add site home && says "did you mean 'ovpp site add'?"; }

missing() {
	run 2 site add && says "NAME is missing" &&
		run 2 site add home --period && says "--period needs a value" &&
		run 2 dispatch run && says "--p 5kW --for 15min"
}

too_much() {
	run 2 site add home barn && says "unexpected word 'barn'" &&
		run 2 site add home --cpu 1 --cpu 2 && says "given twice" &&
		run 2 site list --json=yes && says "takes no value"
}

wrong_values() {
	run 2 site add home --period 5kW && says "units: ns us" &&
		run 2 envelope set --soc-min 12.34567% && says "finer than can be kept" &&
		run 2 policy set --rank -1 && says "cannot be negative" &&
		run 2 bus set can0 --loopback=maybe && says "neither yes nor no" &&
		run 2 dispatch show first && says "ids are numbers"
}

no_module() {
	run 3 site list && says "modprobe openvpp" &&
		run 3 site add home --period 1ms && says "ovpp: site add: the kernel module"
}

# Values are understood: the next thing missing is the module.
values() {
	run 3 site add home --period 100us --cpu -1 --fallback 15min --heartbeat 0.5 &&
		run 3 site add home --period-ns 100000 --heartbeat-ms=500 &&
		run 3 envelope set bat1 --p-min -2.5kW --p-max '3 kW' --ramp 500W/s --v-max 400V &&
		run 3 envelope set --export-max none --f-min 49.5 --f-max 50.5Hz &&
		run 3 policy set bat1 --soc-min 10 --soc-max 90% --enable no --rank 7 &&
		run 3 der add grid --pcc --bus 1 --profile meter &&
		run 3 der add --pcc=no grid --bus can0 --profile meter
}

# Each attribute that a request of the netlink family may carry can be said: each
# line is "OPERATION ATTRIBUTE VALUE".
attributes() {
	python3 - docs/netlink/specs/openvpp.yaml <<-'PYTHON'
		import sys, yaml
		spec = yaml.safe_load(open(sys.argv[1]))
		sets = {s["name"]: {a["name"]: a for a in s["attributes"]} for s in spec["attribute-sets"]}
		enums = {e["name"]: e for e in spec["definitions"] if e["type"] == "enum"}
		for op in spec["operations"]["list"]:
		    for name in op.get("do", {}).get("request", {}).get("attributes", []):
		        attr = sets[op["attribute-set"]][name]
		        if attr["type"] == "nest" or op["name"] == "heartbeat":
		            continue  # given as a file; sent by the daemon
		        if name in ("tty-fd", "path", "rs485"):
		            continue  # what --tty names is opened; a switch
		        value = "1"
		        if "enum" in attr:
		            value = enums[attr["enum"]]["entries"][0]["name"]
		        print(op["name"], name, value)
	PYTHON
}

# The command for an operation, with what it needs beside the attribute.
command_for() {
	case $1 in
	dispatch-new) echo "dispatch run --p 1 --for 1" ;;
	dispatch-del) echo "dispatch cancel" ;;
	profile-new) echo "profile add meter" ;;
	*-new) [ "$2" = name ] && echo "${1%-new} add" || echo "${1%-new} add x" ;;
	*-get) echo "${1%-get} show" ;;
	*) echo "${1%-*} ${1##*-}" ;;
	esac
}

# A subject has to be named, unless the attribute names it.
subject_for() {
	case $1:$2 in
	*:id | *:name | policy-*:* | envelope-*:* | stats-*:* | *-new:*) ;;
	*) echo 1 ;;
	esac
}

every_attribute() {
	local op attr value n=0

	while read -r op attr value; do
		# shellcheck disable=SC2046
		run 3 $(command_for "$op" "$attr") $(subject_for "$op" "$attr") \
			"--$attr=$value" || return
		n=$((n + 1))
	done < <(attributes)
	[ "$n" -gt 100 ]
}

shipped_profiles() { run 0 profile check userspace/profiles/*.yaml; }

broken_profile() {
	cat >"$TMP/broken.yaml" <<-'YAML'
		name: broken
		messages:
		  - name: values
		    id: 0x100
		    timeout_ms: 100
		    length: 8
		    signals:
		      - { point: v, start: 0, length: 65 }
	YAML
	run 1 profile check "$TMP/broken.yaml" && says "broken.yaml" && says "values" &&
		run 1 profile check "$TMP/nowhere.yaml" && says "there is no file" &&
		run 1 profile check nothing-of-this-name && says "there is no profile"
}

# decode STATUS PROFILE...: of standard input; OUT is what it decoded, ERR the rest.
decode() {
	local wanted=$1 status=0

	shift
	OUT=$("$BUILD/bin/ovpp" profile decode "$@" 2>"$TMP/err") || status=$?
	ERR=$(<"$TMP/err")
	[ "$status" = "$wanted" ] && return
	ktap_print_msg "decode: status $status, not $wanted: $OUT $ERR"
	return 1
}

# Frames of a Pylontech US5000, as published; P follows from V and I.
real_frames() {
	decode 0 pylontech-bms <<-'LOG' || return
		(1700000000.000000) can0 351#1402C012C012C201
		(1700000000.001000) can0 355#58005E00
		(1700000000.002000) can0 356#7A13F2FE6B01
		(1700000000.003000) can0 35C#C000
	LOG
	says "v-charge-max 53.2 V  i-charge-max 480 A  i-discharge-max 480 A" &&
		says "soc 88 %  soh 94 %" &&
		says "v 49.86 V  i 27 A  temp 36.3 °C  p 1.34622 kW" &&
		says "charge-ok 1  discharge-ok 1"
}

printed_frames() {
	decode 0 pylontech-bms <<-'LOG' || return
		  can0  351   [8]  14 02 C0 12 C0 12 C2 01
		 (1700000000.1)  can0  355   [4]  58 00 5E 00   'X.^.'
		  can0  123   [0]
	LOG
	says "351  v-charge-max 53.2 V" && says "(1700000000.1) 355  soc 88 %" &&
		[ "$ERR" = "2 frames decoded, 1 of other identifiers, 0 malformed" ]
}

# refused LINE: one good frame and a bad line give status 1.
refused() {
	decode 1 pylontech-bms <<<"(1) can0 355#58005E00"$'\n'"$1" && says "soc 88 %"
}

bad_frames() {
	refused '(2) can0 355#58' && refused '(2) can0 355#R' &&
		refused '(2) can0 355##058005E00' && refused 'no frame at all' &&
		refused '(2) can0 355#5800Z' && refused '(2 can0 355#58005E00' &&
		decode 1 pylontech-bms <<<"(1) can0 123#00"
}

decode_json() {
	decode 0 pylontech-bms --json <<<"(1.5) can0 355#58005E00" &&
		[ "$OUT" = '{"time_s":1.5,"can_id":853,"point":[{"id":"soc","value":880000,"quality":"good"},{"id":"soh","value":940000,"quality":"good"}]}' ]
}

not_known() {
	cat >"$TMP/limits.yaml" <<-'YAML'
		name: limits
		messages:
		  - name: values
		    id: 0x100
		    stride: 0x10
		    timeout_ms: 100
		    signals:
		      - { point: soc, start: 0, length: 8, max_raw: 100 }
	YAML
	decode 0 "$TMP/limits.yaml" --node 2 <<<"can0 120#FF" && says "soc invalid" &&
		decode 0 "$TMP/limits.yaml" --node=2 --json <<<"can0 120#FF" &&
		says '"value":null,"quality":"invalid"' &&
		decode 1 "$TMP/limits.yaml" <<<"can0 120#FF"
}

# What a meter answered, by request, in a larger block, and as hook tap prints it.
registers() {
	local decoded="4:52  p 5 kW"

	run 0 profile decode eastron-sdm630 4:52=C59C4000 && says "$decoded" &&
		run 0 profile decode eastron-sdm630 "4:48=0000 0000 0000 0000 C59C 4000 0000" &&
		says "$decoded" &&
		decode 0 eastron-sdm630 <<<"4:0x34=C59C4000" && says "$decoded" &&
		decode 0 eastron-sdm630 --node 7 <<<"(1.5) rs485 04070034#C59C4000" &&
		says "(1.5) $decoded" &&
		run 0 profile decode eastron-sdm630 --json 4:52=C59C4000 &&
		says '"function":4,"address":52,"point":[{"id":"p","value":5000000,"quality":"good"}]'
}

registers_wrong() {
	run 1 profile decode eastron-sdm630 4:52=C59C40 && says "0 frames decoded" &&
		run 1 profile decode eastron-sdm630 3:52=C59C4000 && says "0 frames decoded" &&
		run 1 profile decode eastron-sdm630 4:52=C59C4000 4:52=x &&
		says "line 2 is no frame of candump and no FUNCTION:ADDRESS=REGISTERS" &&
		run 1 profile decode pylontech-bms 4:52=C59C4000 && says "line 1 is no frame"
}

import_dbc() {
	run 0 profile import userspace/profiles/ovpp-der.dbc && printf '%s\n' "$OUT" >"$TMP/der.yaml" &&
		run 0 profile check "$TMP/der.yaml" &&
		run 1 profile import "$TMP/broken.yaml" && says "broken.yaml"
}

# plan STATUS NAME: a schedule from standard input; good ones end at the module.
plan() {
	cat >"$TMP/$2"
	run "$1" dispatch run --site home --file "$TMP/$2"
}

# Times of day are those of a place where it is about noon.
good_plans() {
	local -x TZ

	TZ=NOON$(($(date -u +%-H) - 12))
	plan 3 plan.yaml <<-'YAML' || return
		blocks:
		  - { start: 2030-06-01T12:00:00Z, for: 15min, p: 5kW }
		  - { start: 2030-06-01T14:15:00+02:00, for: 900, p: -2500 }
		  - { for: 1h, p: 0 }
	YAML
	says modprobe && plan 3 plan.csv <<-'CSV' && says modprobe
		# afternoon
		start;for;p
		"13:30";15min;5kW
		;15min;-2.5kW
		01:00;1h;0
	CSV
}

bad_plans() {
	plan 2 plan.yaml <<<"blocks: [{ for: 15min, p: 5kW }, { p: 5kW }]" &&
		says "block 1: 'for' is missing" &&
		plan 2 plan.yaml <<<"blocks: [{ start: noon, for: 1h, p: 0 }]" &&
		says "'noon' is no time" &&
		plan 2 plan.yaml <<<"blocks: [{ for: 1h, power: 0 }]" && says "'power' is unknown" &&
		plan 2 plan.yaml <<<"start: 12:00" && says "'start' is unknown" &&
		plan 2 plan.yaml <<<"blocks: [{ start: 1999-01-01 00:00, for: 1h, p: 0 }]" &&
		says "all blocks are over" &&
		run 2 dispatch run --file "$TMP/plan.yaml" --p 5kW && says "--file takes the place"
}

HOOK=$BUILD/tests-bpf/accept.bpf.o

hook_usage() {
	run 2 hook load && says "FILE|POLICY is missing" &&
		run 2 hook replace accept && says "FILE is missing" &&
		run 2 hook set accept && says "MAP.KEY=VALUE is missing" &&
		run 2 hook get accept config more && says "unexpected word 'more'" &&
		run 2 hook tap accept --count 0 && says "no number above 0" &&
		run 2 hook load "$HOOK" --budget frame_rx && says "MEMBER=MICROSECONDS" &&
		run 2 hook load "$HOOK" --budget frame=5 && says "'frame' is no member" &&
		run 2 hook load "$HOOK" --budget control=2s && says "1 ns to 1 s" &&
		run 2 hook load "$HOOK" --priority 1.5 && says "--priority" &&
		run 3 hook load no-such-policy && says "no installed policy 'no-such-policy'" &&
		run 3 hook load "$TMP/no.bpf.o" && says "No such file" &&
		run 3 hook load ./Makefile && says "not a proper ELF object"
}

hook_settings() {
	run 2 hook load "$HOOK" --set config.small=256 && says "out of range: 0 to 255" &&
		run 2 hook load "$HOOK" --set config.smal=1 && says "it has small, change," &&
		run 2 hook load "$HOOK" --set nothing.x=1 &&
		says "there are config, weights, modes, windows" &&
		run 2 hook load "$HOOK" --set tap.0=1 && says "it is a ring buffer" &&
		run 2 hook load "$HOOK" --set config.small=1 --set=config.mode=shy &&
		says "known are off, quiet, loud"
}

# Good ones end at the module.
hook_options() {
	run 3 hook load "$HOOK" --set config.small=1 --set config.from=22:00 --priority -5 \
		--budget frame_rx=50 --budget=frame-tx=20us --name x && says modprobe &&
		run 3 hook load "$HOOK" --set config.der=bat0 --site home && says modprobe
}

# Files in the order of their names, one after the other, whatever becomes of them.
hook_lists() {
	mkdir "$TMP/list" && printf '# ours\n%s # of the tree\n\t--set config.small=256\r\n' "$HOOK" >"$TMP/list/1.conf" &&
		printf '%s --set config.mode=a#b' "$HOOK" >"$TMP/list/2.conf" &&
		printf '# nothing\n' >"$TMP/list/3.conf" && echo nonsense >"$TMP/list/4.txt" &&
		run 2 hook restore "$TMP/list" && says "out of range: 0 to 255" &&
		says "1.conf: this hook is not loaded" && says "'a#b'" && says "FILE|POLICY is missing" &&
		says "3.conf: this hook is not loaded" && [[ $OUT != *4.txt* ]] &&
		run 3 hook restore "$TMP/nowhere" && says "No such file" &&
		run 2 hook restore "$TMP/list" more && says "unexpected word 'more'"
}

tapped_frames() {
	decode 0 pylontech-bms <<-'LOG' || return
		(1.000000) bus1 355#58005E00 R der3
		(1.000000) bus1 355#58005E00 T
	LOG
	[ "$ERR" = "2 frames decoded, 0 of other identifiers, 0 malformed" ]
}

# A host below $TMP/root: a real-time kernel, two CPUs, nothing wrong.
make_host() {
	local cpu root=$TMP/root

	rm -rf "$root"
	mkdir -p "$root"/proc/sys/kernel "$root"/proc/self "$root"/sys/kernel/btf "$root"/boot \
		"$root"/sys/devices/system/clocksource/clocksource0 "$root"/sys/devices/system/cpu
	echo 6.12.1-rt >"$root/proc/sys/kernel/osrelease"
	echo '#1 SMP PREEMPT_RT test' >"$root/proc/sys/kernel/version"
	echo 4096 >"$root/proc/sys/kernel/tainted"
	echo -1 >"$root/proc/sys/kernel/sched_rt_runtime_us"
	echo 1000000 >"$root/proc/sys/kernel/sched_rt_period_us"
	echo 'root=/dev/sda' >"$root/proc/cmdline"
	echo Filename >"$root/proc/swaps"
	echo 'CapEff: 0000000000001000' >"$root/proc/self/status"
	echo 'CONFIG_SMP=y' >"$root/boot/config-6.12.1-rt"
	echo 1 >"$root/sys/kernel/realtime"
	echo tsc >"$root/sys/devices/system/clocksource/clocksource0/current_clocksource"
	echo 0-1 >"$root/sys/devices/system/cpu/online"
	for cpu in 0 1; do
		mkdir -p "$root/sys/devices/system/cpu/cpu$cpu"/{cpufreq,cpuidle/state0}
		echo performance >"$root/sys/devices/system/cpu/cpu$cpu/cpufreq/scaling_governor"
		echo 2 >"$root/sys/devices/system/cpu/cpu$cpu/cpuidle/state0/latency"
		echo 0 >"$root/sys/devices/system/cpu/cpu$cpu/cpuidle/state0/disable"
	done
}

# make_task PID NAME PRIORITY CPUS: a SCHED_FIFO thread.
make_task() {
	local dir=$TMP/root/proc/$1/task/$1

	mkdir -p "$dir"
	echo "$1 ($2) S $(seq -s ' ' 4 39) $3 1 0 0" >"$dir/stat"
	printf 'Name:\t%s\nCpus_allowed_list:\t%s\n' "$2" "$4" >"$dir/status"
}

# finds RESULT CHECK [TEXT]: what doctor says of the host below $TMP/root.
finds() {
	local out

	out=$(OVPP_SYSROOT=$TMP/root "$BUILD/bin/ovpp" doctor --json)
	printf '%s' "$out" | python3 -c '
import json, sys
result, name, text = sys.argv[1:]
found = [c for c in json.load(sys.stdin)["checks"] if c["name"] == name]
sys.exit(not any(c["result"] == result and text in c["seen"] and
	(result not in ("warn", "fail") or c["advice"]) for c in found))' "$1" "$2" "${3:-}" && return
	ktap_print_msg "$2 is not $1 ${3:-}: $(printf '%s' "$out" | grep -A3 "\"$2\"" | tr -d '\n')"
	return 1
}

# The status is 1 if and only if something must be changed.
status_of_doctor() {
	local status=0

	OVPP_SYSROOT=$TMP/root "$BUILD/bin/ovpp" doctor --json >"$TMP/doctor.json" || status=$?
	python3 -c '
import json, sys
d = json.load(open(sys.argv[1]))
bad = any(c["result"] == "fail" for c in d["checks"])
sys.exit(not (bad == (sys.argv[2] == "1") and d["ok"] != bad))' "$TMP/doctor.json" "$status"
}

# put VALUE FILE: below the root; and a host that is good but for it.
put() {
	make_host
	mkdir -p "$(dirname "$TMP/root$2")"
	echo "$1" >"$TMP/root$2"
}

doctor_good() {
	make_host
	finds ok "kernel version" 6.12.1 && finds ok "real-time kernel" && finds ok "debug options" &&
		finds ok "kernel taint" && finds ok "clock source" && finds ok throttling &&
		finds ok "frequency scaling" && finds ok "idle states" && finds ok rights &&
		finds ok swap && finds ok "real-time tasks"
}

doctor_kernel() {
	put 6.1.0-1-amd64 /proc/sys/kernel/osrelease
	finds fail "kernel version" "older than 6.12" || return
	put 7.0.3 /proc/sys/kernel/osrelease
	finds ok "kernel version" || return
	put '#1 SMP PREEMPT_DYNAMIC' /proc/sys/kernel/version
	rm "$TMP/root/sys/kernel/realtime"
	finds warn "real-time kernel" "preempt= not given" || return
	echo 'quiet preempt=full ro' >"$TMP/root/proc/cmdline"
	finds warn "real-time kernel" "preempt=full" || return
	put CONFIG_PROVE_LOCKING=y /boot/config-6.12.1-rt
	finds warn "debug options" CONFIG_PROVE_LOCKING || return
	put 640 /proc/sys/kernel/tainted
	finds warn "kernel taint" "the kernel has warned"
}

doctor_clock() {
	put hpet /sys/devices/system/clocksource/clocksource0/current_clocksource
	finds warn "clock source" hpet || return
	put jiffies /sys/devices/system/clocksource/clocksource0/current_clocksource
	finds fail "clock source" jiffies
}

doctor_tasks() {
	make_host
	make_task 10 migration/1 99 1
	make_task 11 ovpp/home 80 1
	make_task 12 audio 79 0-1
	finds ok "real-time tasks" || return
	make_task 13 'a (b) c' 80 0-1
	finds warn "real-time tasks" "a (b) c (80)" || return
	make_host
	make_task 14 irq/16-eth0 50 0-1
	finds ok "interrupt threads" "none of 1" || return
	make_task 15 irq/17-nvme0 90 1
	finds warn "interrupt threads" "irq/17-nvme0 (90)" &&
		finds ok "real-time tasks"
}

doctor_power() {
	put ondemand /sys/devices/system/cpu/cpu1/cpufreq/scaling_governor
	finds warn "frequency scaling" "CPU 1: ondemand" || return
	put 400 /sys/devices/system/cpu/cpu0/cpuidle/state0/latency
	finds warn "idle states" "400 us" || return
	echo 1 >"$TMP/root/sys/devices/system/cpu/cpu0/cpuidle/state0/disable"
	finds ok "idle states" || return
	put 950000 /proc/sys/kernel/sched_rt_runtime_us
	finds warn throttling 950000
}

doctor_rights() {
	put 'CapEff: 0000000000000000' /proc/self/status
	finds warn rights "may only look" || return
	printf 'Filename\n/dev/sda2 partition\n' >"$TMP/root/proc/swaps"
	finds warn swap
}

doctor_module() {
	make_host
	finds fail module "not installed" && status_of_doctor || return
	put 'updates/openvpp.ko:' /lib/modules/6.12.1-rt/modules.dep
	finds fail module "not loaded" || return
	mkdir -p "$TMP/root/sys/module/openvpp"
	: >"$TMP/root/sys/kernel/btf/vmlinux"
	finds ok module && finds warn "module BTF" "the module has none" || return
	: >"$TMP/root/sys/kernel/btf/openvpp"
	finds ok "module BTF" && status_of_doctor
}

plain_output() {
	run 1 doctor
	! printf '%s' "$OUT" | grep -q $'\033' && says "must be changed"
}

man_page() {
	local command verb

	for command in $(commands); do
		grep -q "^\.SS ovpp $command" docs/man/ovpp.1 ||
			{ ktap_print_msg "ovpp.1 says nothing of $command"; return 1; }
		for verb in $(verbs "$command"); do
			grep -q "ovpp $command $verb" docs/man/ovpp.1 ||
				{ ktap_print_msg "ovpp.1 says nothing of $command $verb"; return 1; }
		done
	done
	[ -z "$(man --warnings -l docs/man/ovpp.1 2>&1 >/dev/null)" ]
}

# complete WORD...: what bash offers for the last word.
complete_words() {
	PATH=$BUILD/bin:$PATH bash -c '
		. scripts/completion/ovpp.bash
		COMP_WORDS=(ovpp "$@") COMP_CWORD=$#
		_ovpp
		printf "%s\n" "${COMPREPLY[@]}"' - "$@" | tr '\n' ' '
}

completion() {
	[ "$(complete_words si)" = "site " ] && [ "$(complete_words der a)" = "add " ] &&
		[ "$(complete_words der add x --pro)" = "--profile " ] &&
		[[ $(complete_words "") == *"site "*"doctor "* ]]
}

# A device with a common model and an inverter that are short, a model that nobody knows,
# modules of an MPPT model, and a last one that is cut off.
sunspec_dump() {
	cat <<-'DUMP'
		# ADDRESS: HEX ...
		40000: 5375 6e53 0001 0010 4163 6d65 0000 0000
		0x9c48: 0000 0000 0000 0000 0000 0000 0000 0000
		40016: 0000 0000 0000 0000
		40020: 0067 0012 0266 00cd ffff 00cc ffff 0fff ffff ffff
		40030: ffff ffff ffff ffff ff38 0001 1386 fffe 05aa 8000
		40040: fde8 0002 beef 0007
		40044: 00a0 001c ffff 0000 0001 8000 0000 0000 0001 0000
		40054: 0001 5056 3100 0000 0000 0000 0000 0000 0000 0021 025a 00c4
		40066: 0000 0000 0000 0001 ffff 0004 0000 0005
		40074 02c9
		40075 0007
		40076 0bb8
	DUMP
}

# point NAME WORDS: a line of the last output.
point() {
	printf '%s\n' "$OUT" | tr -s ' ' | grep -qxF -- " $1 $2" && return
	ktap_print_msg "not said: $1 $2; said: $OUT"
	return 1
}

sunspec_points() {
	sunspec_dump >"$TMP/dump.txt"
	run 0 sunspec decode "$TMP/dump.txt" &&
		says "model 1 common, 16 registers at 40002" && point Mn Acme &&
		says "model 103 inverter_three_phase, 18 registers at 40020" &&
		point A "61.4 A (raw 614)" && point AphB - && point PhVphA - && point W "-2000 W (raw -200)" &&
		point Hz "49.98 Hz (raw 4998)" && point VA "- (raw 1450)" &&
		says "model 65000 (not known), 2 registers at 40040" && says "40042: beef 0007" &&
		point "module[0].IDStr" PV1 && point "module[0].DCA" "3.3 A (raw 33)" &&
		point "module[0].DCV" "602 V" && point "module[0].DCSt" "4 MPPT" &&
		point "module[0].DCEvt" "0x5 GROUND_FAULT, RESERVED_2" &&
		says "model 713 DERStorageCapacity, 7 registers at 40074" &&
		says "incomplete: 6 registers are not in the dump" &&
		says "the dump ends at 40077, before the chain of models does"
}

sunspec_json() {
	sunspec_dump >"$TMP/dump.txt"
	"$BUILD/bin/ovpp" sunspec decode "$TMP/dump.txt" --json 2>/dev/null | python3 -c '
import json, sys
common, inverter, unknown, mppt, battery = json.load(sys.stdin)
keys = ["address", "complete", "groups", "id", "length", "name", "points", "registers"]
assert all(sorted(m) == keys for m in (common, inverter, unknown, mppt, battery))
def point(of, name):
    return next(p for p in of["points"] if p["name"] == name)
assert point(inverter, "A") == {
    "name": "A", "raw": 614, "value": "61.4", "unit": "A", "type": "uint16", "symbol": None}
assert point(inverter, "W")["value"] == -2000 and point(inverter, "AphB")["raw"] is None
assert point(inverter, "VA")["raw"] == 1450 and point(inverter, "VA")["value"] is None
assert unknown["name"] is None and unknown["registers"] == ["beef", "0007"]
module, = mppt["groups"]
assert module["name"] == "module" and module["index"] == 0 and module["groups"] == []
assert point(module, "DCSt")["symbol"] == "MPPT"
assert point(module, "DCEvt")["symbol"] == ["GROUND_FAULT", "RESERVED_2"]
assert [m["complete"] for m in (mppt, battery)] == [True, False]'
}

sunspec_forms() {
	echo "5375 6e53 02cb 0001 0000 ffff" >"$TMP/words" &&
		run 0 sunspec decode "$TMP/words" --base 7 && says "registers at 9" &&
		point LocRemCtl "0 REMOTE" && run 1 sunspec decode "$TMP/words" &&
		says "say --base" &&
		echo '{"regs": {"3": "5375", "4": "6e53", "5": "ffff"}}' >"$TMP/regs.json" &&
		run 0 sunspec decode "$TMP/regs.json" --json && [ "$OUT" = "[]" ] &&
		echo '[21365, 28243, 65535]' >"$TMP/regs.json" &&
		run 0 sunspec decode "$TMP/regs.json" --base 0x10 && [ -z "$OUT" ]
}

sunspec_wrong() {
	echo "40000: 5375 6e54" >"$TMP/dump.txt"
	run 1 sunspec decode "$TMP/dump.txt" && says "there is no SunSpec map in it" &&
		run 2 sunspec decode && says "FILE is missing" &&
		run 2 sunspec decode a b && says "unexpected word 'b'" &&
		run 2 sunspec decode "$TMP/dump.txt" --base 65536 && says "is no address" &&
		run 3 sunspec decode "$TMP/none" && says "No such file" || return
	echo "40000: 5375 wxyz" >"$TMP/dump.txt"
	run 1 sunspec decode "$TMP/dump.txt" && says "dump.txt:1: 'wxyz' is no register"
}

tests=(
	no_command "cli: without a command it shows help, status 2"
	all_help "cli: every command and verb has help that fits a terminal"
	nearest "cli: a word that is not known brings the nearest one"
	verb_first "cli: a verb before its object brings the right order"
	missing "cli: what is missing is named"
	too_much "cli: what is too much is refused"
	wrong_values "cli: a value that is wrong is explained"
	shipped_profiles "cli: profile check finds every shipped profile good"
	broken_profile "cli: profile check names file and message of what is wrong, status 1"
	real_frames "cli: profile decode gives the values that a Pylontech pack means"
	printed_frames "cli: profile decode reads what candump prints, not only its log"
	bad_frames "cli: profile decode of a bad frame or of none, status 1"
	tapped_frames "cli: profile decode reads what hook tap prints"
	decode_json "cli: profile decode --json is an object a line in milli-units"
	not_known "cli: profile decode shows a value that is not one as invalid, never as 0"
	registers "cli: profile decode gives the values of registers, whatever block they came in"
	registers_wrong "cli: profile decode of too few registers or of none, status 1"
	import_dbc "cli: profile import of a DBC file passes profile check"
	sunspec_points "cli: sunspec decode prints every point, and what it does not know"
	sunspec_json "cli: sunspec decode --json has exact values under stable keys"
	sunspec_forms "cli: sunspec decode reads lines, words and JSON"
	sunspec_wrong "cli: sunspec decode says what is wrong and where"
	bad_plans "cli: a schedule that is wrong is refused with the block's number"
	hook_usage "cli: hook names what is missing or wrong"
	hook_settings "cli: a setting that the hook's types do not allow is refused before loading"
	doctor_kernel "doctor: an old, not real-time, debug or tainted kernel is seen"
	doctor_clock "doctor: a slow clock source is seen"
	doctor_tasks "doctor: tasks and interrupt threads at or above the loop are named"
	doctor_power "doctor: frequency scaling, deep idle states and throttling are seen"
	doctor_rights "doctor: missing rights and swap are seen"
	doctor_module "doctor: a module that is missing, not loaded or without BTF is seen"
	doctor_good "doctor: a host with nothing wrong is found good"
	plain_output "cli: no escape codes where no terminal is"
	man_page "cli: the man page has every command and verb"
	completion "cli: bash completes commands, verbs and options"
)
module_tests=(
	no_module "cli: without the module, status 3 and how to load it"
	values "cli: quantities with and without units are understood"
	every_attribute "cli: every attribute of the netlink family can be said"
	hook_lists "cli: a list of hooks has words and comments, and its errors name the file"
	hook_options "cli: options of hook load are understood, and may be repeated"
	good_plans "cli: schedules in YAML and CSV are understood"
)

ktap_print_header
ktap_set_plan $(((${#tests[@]} + ${#module_tests[@]}) / 2))
for ((i = 0; i < ${#tests[@]}; i += 2)); do
	ktap_test_result "${tests[i + 1]}" "${tests[i]}"
done
for ((i = 0; i < ${#module_tests[@]}; i += 2)); do
	needs_no_module "${module_tests[i + 1]}" "${module_tests[i]}"
done
ktap_finished

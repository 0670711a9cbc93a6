#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# check.sh: run all tests ("make check" has built them), first those of the
# host, then the kselftests, in two boots of each kernel in KERNELS. HOST=1 runs
# the kselftests on this machine instead, with its own kernel.
#
# Leaves TAP in build/check/host and build/check/KERNEL. The last line is
# "N passed, N failed, N skipped"; the status is 0 when none failed.

set -eu -o pipefail

. "$(dirname -- "$0")/vm/lib.sh"
. "$(dirname -- "$0")/names.sh"

CHECK=$BUILD/check
BESIDE=()
: "${KERNELS:=6.12 6.12-rt}"

# wanted FILE...: those that exist and that TESTS asks for.
wanted() {
	local file word

	for file; do
		[[ -f $file ]] || continue
		for word in ${TESTS:-/}; do
			[[ $file != *"$word"* ]] || { printf '%s\n' "$file"; break; }
		done
	done
}

# record KERNEL NAME TEXT: a failure that no test printed itself.
record() {
	printf '  %-10s %-28s FAILED\n    not ok - %s\n' "$1" "$2" "$3"
	printf 'not ok - %s\n' "$3" >>"$CHECK/$1/$2.tap"
	echo "0 1 0" >"$CHECK/$1/$2.count"
}

# pending KERNEL TEST...: those that are not over.
pending() {
	local kernel=$1 test

	shift
	for test; do
		[[ -f $CHECK/$kernel/$(test_name "$test").count ]] || printf '%s\n' "$test"
	done
}

# longest TEST...: no guest that is alive is silent for as long as this.
longest() {
	local test most=0

	for test; do
		[[ $(test_timeout "$test") -le $most ]] || most=$(test_timeout "$test")
	done
	echo $((most + 30))
}

# boot_and_run KERNEL TEST...: one boot. A guest that dies takes the test along
# that it was at, unless it was the emulator that failed: then that test is run
# again, a few times at most.
boot_and_run() {
	local kernel=$1 status=0 log=$BUILD/vm/$1/console.log first begun

	shift
	SERDEV=1 VM_TIMEOUT=0 VM_SILENCE=$(longest "$@") KERNEL=$kernel "$TREE/tests/vm/vm.sh" \
		"KLOG=1 tests/suite.sh build/check/$kernel $*" || status=$?
	if [[ $status -eq 126 && $((emulator_failures += 1)) -le 3 ]]; then
		say "running again what was cut short"
		return 0
	fi
	outside_of_tests "$kernel" "$log"

	first=$(pending "$kernel" "$@" | sed -n 1p)
	[[ -n $first ]] || return 0
	first=$(test_name "$first")
	begun=$(grep -c "openvpp-test: begin $first " "$log") || true
	if [[ $begun -gt 0 ]]; then
		sed "1,/openvpp-test: begin ${first//\//\\/} /d; s/^/# /" "$log" |
			sed -n 1,60p >>"$CHECK/$kernel/$first.tap"
		record "$kernel" "$first" "the kernel or its machine died (status $status, log: $log)"
	else
		record "$kernel" boot "the bench could not run $first and what follows (status $status, log: $log)"
		return 1
	fi
}

# A warning between two tests, at boot or at power-off belongs to none of them,
# and is a failure as well.
outside_of_tests() {
	local klog

	klog=$(awk '/openvpp-test: begin / { inside = 1 }
		!inside
		/openvpp-test: end / { inside = 0 }' "$2" | "$TREE/tests/vm/klog.sh") || {
		printf '%s\n' "$klog"
		record "$1" "kernel-log-$(date +%s)" "the kernel warned outside of the tests"
	}
}

in_vm() {
	local kernel=$1 left emulator_failures=0
	shift

	mkdir -p "$CHECK/$kernel"
	left=("$@")
	while [[ ${#left[@]} -gt 0 ]]; do
		boot_and_run "$kernel" "${left[@]}" || break
		mapfile -t left < <(pending "$kernel" "$@")
	done
}

# in_vms TEST...: on all kernels. Programs first, where several processors matter,
# one kernel after the other. Then scripts, most of whose time goes into starting
# programs: two kernels side by side, each on one processor. What the second one
# prints comes when both are over, so that they do not speak at once.
in_vms() {
	local kernels programs scripts kernel i

	mapfile -t programs < <(printf '%s\n' "$@" | grep '\.c$')
	mapfile -t scripts < <(printf '%s\n' "$@" | grep '\.sh$')
	read -r -a kernels <<<"$KERNELS"
	for kernel in "${kernels[@]}"; do
		[[ ${#programs[@]} -eq 0 ]] || in_vm "$kernel" "${programs[@]}"
	done
	[[ ${#scripts[@]} -gt 0 ]] || return 0
	export SMP=1
	for ((i = 0; i < ${#kernels[@]}; i += 2)); do
		[[ -z ${kernels[i + 1]:-} ]] || beside in_vm "${kernels[i + 1]}" "${scripts[@]}"
		in_vm "${kernels[i]}" "${scripts[@]}"
		[[ -z ${kernels[i + 1]:-} ]] || together
	done
}

# beside COMMAND...: in a process group of its own, which ends with this script.
beside() {
	local out=$CHECK/beside.${#BESIDE[@]}

	set -m
	"$@" >"$out" 2>&1 &
	BESIDE+=("$!")
	set +m
	trap stop_beside EXIT
}

# shellcheck disable=SC2317 # by the trap
stop_beside() {
	local pid

	for pid in "${BESIDE[@]}"; do
		kill -- "-$pid" 2>/dev/null
	done
}

# together: waits for what is beside, and passes on what it printed.
together() {
	local i

	for i in "${!BESIDE[@]}"; do
		wait "${BESIDE[i]}" || true
		cat "$CHECK/beside.$i"
		rm "$CHECK/beside.$i"
	done
	BESIDE=()
	trap - EXIT
}

# in_host TEST...: those that have no kernel of their own. Programs, scripts, and those
# that say "processors: 0", since most of their time they wait, side by side.
in_host() {
	local test programs=() scripts=() waiting=()

	for test; do
		case $test in
		*.c) programs+=("$test") ;;
		*) if [[ $(test_says "$test" processors) == 0 ]]; then
			waiting+=("$test")
		else
			scripts+=("$test")
		fi ;;
		esac
	done
	[[ ${#waiting[@]} -eq 0 ]] || beside tests/suite.sh "$CHECK/host" "${waiting[@]}"
	[[ ${#scripts[@]} -eq 0 ]] || beside tests/suite.sh "$CHECK/host" "${scripts[@]}"
	[[ ${#programs[@]} -eq 0 ]] || tests/suite.sh "$CHECK/host" "${programs[@]}"
	together
}

# This machine takes the place of the guest. Its real CAN buses stay alone: a
# test that wants can0 and can1 says that it skips.
on_host() {
	[[ $(id -u) -eq 0 ]] || die "HOST=1 loads a module: run as root"
	# Whoever loaded it may have a plant that hangs on it.
	[[ ! -d /sys/module/openvpp ]] || die "openvpp is loaded here already: 'rmmod openvpp' first"
	mkdir -p "$CHECK/this-host"
	modprobe -a can can_raw vcan || die "this kernel has no CAN"
	insmod "$BUILD/kmod/host/openvpp.ko" || die "cannot load the module"
	if [[ ! -e /sys/class/net/vcan0 ]]; then
		ip link add vcan0 type vcan
		trap 'ip link del vcan0' EXIT
	fi
	ip link set vcan0 up
	[[ -e /sys/class/net/can0 && -e /sys/class/net/can1 ]] ||
		say "no can0 and can1 on one wire here: their tests are skipped"
	PATH=$BUILD/bin:$PATH KLOG=1 "$TREE/tests/suite.sh" "$CHECK/this-host" "$@"
	rmmod openvpp || record this-host unload "the module cannot be unloaded after the tests"
}

main() {
	local host kernel_tests kernel

	cd "$TREE"
	exec 7>"$BUILD/check.lock"
	flock -n 7 || die "another 'make check' runs in this checkout"
	rm -rf "$CHECK"
	mkdir -p "$CHECK/host"
	mapfile -t host < <(wanted tests/unit/*.c tests/fuzz/*.c tests/host/*.sh tests/crash/*.sh)
	mapfile -t kernel_tests < <(wanted tests/kselftest/*.c tests/kselftest/*.sh)
	refuse_namesakes "${host[@]}" "${kernel_tests[@]}"

	[[ ${#host[@]} -eq 0 ]] || in_host "${host[@]}"
	if [[ ${#kernel_tests[@]} -eq 0 ]]; then
		:
	elif [[ -n ${HOST:-} ]]; then
		on_host "${kernel_tests[@]}"
	else
		in_vms "${kernel_tests[@]}"
	fi
	summary
}

# Two tests of one name would share their results.
refuse_namesakes() {
	local test twice

	twice=$(for test; do test_name "$test"; done | sort | uniq -d)
	[[ -z $twice ]] || die "two tests have the same name: $twice"
}

summary() {
	find "$CHECK" -name '*.count' -exec cat {} + |
		awk '{ p += $1; f += $2; s += $3 }
		END {
			printf "%d passed, %d failed, %d skipped\n", p, f, s
			exit f > 0 || p == 0
		}'
}

main "$@"; exit

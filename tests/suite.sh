#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# suite.sh OUT TEST...: run tests here, one after the other. TEST is a source
# file below tests/. Each leaves OUT/NAME.tap, and OUT/NAME.count ("passed
# failed skipped") once it is over: a test without one was cut short.
#
# A line "timeout: SECONDS" in the first five of a test is its time limit. One
# "processors: 1" is for tests that have the kernel change its code all the time:
# under emulation they run on one processor, see emulator_race in vm/vm.sh. With
# "processors: 0" one of the host needs next to none: check.sh runs it beside others.
# KLOG=1: what the kernel warns about while a test runs fails that test.

set -eu -o pipefail

. "$(dirname -- "$0")/vm/lib.sh"
. "$(dirname -- "$0")/names.sh"

export KSELFTEST=$CACHE/linux-source-6.12/tools/testing/selftests

# A fuzzer run as a test: a fixed seed, so that the same tree gives the same answer.
fuzz() {
	local name=$1 scratch corpus=$TREE/tests/fuzz/corpus/$1 status=0

	scratch=$(mktemp -d)
	[[ -d $corpus ]] || corpus=
	echo 1..1
	"$BUILD/fuzz/$name" -seed=1 -runs="${FUZZ_RUNS:-20000}" -timeout=10 -print_final_stats=1 \
		-artifact_prefix="$OUT/fuzz/$name-" "$scratch" ${corpus:+"$corpus"} 2>&1 |
		sed 's/^/# /' || status=$?
	rm -rf "$scratch"
	if [[ $status -eq 0 ]]; then
		echo "ok 1 fuzz: $name: no input of ${FUZZ_RUNS:-20000} breaks it"
	else
		echo "not ok 1 fuzz: $name: an input breaks it, kept as $OUT/fuzz/$name-*"
	fi
}
export -f fuzz

# command_of SOURCE: sets COMMAND.
command_of() {
	local base=${1##*/}

	base=${base%.*}
	case $1 in
	*.sh) COMMAND=(bash "$1") ;;
	*/fuzz/*) COMMAND=(bash -eu -o pipefail -c "fuzz $base") ;;
	*/unit/*) COMMAND=("$BUILD/unit/$base") ;;
	*/kselftest/*) COMMAND=("$BUILD/kselftest/$base") ;;
	esac
}

# processors 0|1 SOURCE: all but the first off or on, if the test is for one only.
processors() {
	local cpu

	[[ -n ${OPENVPP_BENCH:-} && $(test_says "$2" processors) == 1 ]] || return 0
	for cpu in /sys/devices/system/cpu/cpu[1-9]*/online; do
		[[ ! -w $cpu ]] || echo "$1" >"$cpu"
	done
}

mark() { echo "openvpp-test: $1" >/dev/kmsg; }

# klog_since MARK: what went wrong in the kernel after it.
klog_since() {
	dmesg | awk -v mark="openvpp-test: $1" 'found; index($0, mark) { found = 1 }' |
		"$TREE/tests/vm/klog.sh"
}

run_test() {
	local name status=0 start=$SECONDS report counts klog=''

	name=$(test_name "$1")
	mkdir -p "$(dirname "$OUT/$name")"
	command_of "$1"
	[[ -z ${KLOG:-} ]] || mark "begin $name $$"
	processors 0 "$1"
	timeout -k 5 "$(test_timeout "$1")" "${COMMAND[@]}" \
		</dev/null >"$OUT/$name.tap" 2>&1 || status=$?
	processors 1 "$1"
	if [[ -n ${KLOG:-} ]]; then
		klog=$(klog_since "begin $name $$") || true
		mark "end $name $$"
	fi

	report=$(awk -v status="$status" -v klog="$klog" -f "$TREE/tests/tap.awk" "$OUT/$name.tap")
	counts=${report##*$'\n'}
	show "$name" "$counts" "$((SECONDS - start))"
	[[ $report == "$counts" ]] || printf '%s\n' "${report%$'\n'*}"
	[[ -z $klog ]] || printf '# kernel: %s\n' "$klog" >>"$OUT/$name.tap"
	echo "$counts" >"$OUT/$name.count"
}

# show NAME COUNTS SECONDS
show() {
	local passed failed skipped

	read -r passed failed skipped <<<"$2"
	printf '  %-10s %-28s %3d passed' "$LABEL" "$1" "$passed"
	[[ $failed -eq 0 ]] || printf ', %d FAILED' "$failed"
	[[ $skipped -eq 0 ]] || printf ', %d skipped' "$skipped"
	printf '  (%d s)\n' "$3"
}

OUT=$1
LABEL=${OUT##*/}
shift
export TREE BUILD OUT
cd "$TREE"
for test; do
	run_test "$test"
done

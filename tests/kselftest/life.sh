#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# timeout: 300
#
# Death of the module and of what it holds, in the midst of traffic.

set -u

# shellcheck source=/dev/null
. "$KSELFTEST/kselftest/ktap_helpers.sh"

MODULE=${BUILD:-build}/kmod/${KERNEL:-host}/openvpp.ko

# check NAME COMMAND...
check() {
	local name=$1

	shift
	if "$@" >/dev/null 2>&1; then
		ktap_test_pass "$name"
	else
		ktap_print_msg "failed: $*"
		ktap_test_fail "$name"
	fi
}

# The profile has one received and one sent message a device, 29-bit, by node.
profile() {
	cat <<-'END' >"$DIR/life.yaml"
	name: life
	version: 1
	kind: battery
	messages:
	  - { name: rx, id: 0x10000, ext: true, stride: 1, length: 8, timeout_ms: 60000,
	      signals: [ { point: p, start: 0, length: 32, signed: true, scale: 0.001 } ] }
	  - { name: tx, id: 0x20000, ext: true, stride: 1, tx: true, length: 8, period_ms: 1000,
	      signals: [ { point: p_set, start: 0, length: 32, signed: true, scale: 0.001 } ] }
	END
	ovpp profile add "$DIR/life.yaml"
}

# A site with a bus and a few DER on it.
populate() {
	local n

	ovpp site add life --period 10ms >/dev/null && ovpp bus add can --site life --ifname vlife0 >/dev/null
	for n in 1 2 3; do
		ovpp der add d$n --site life --bus can --profile life --node $n >/dev/null
	done
}

DIR=$(mktemp -d)
traffic=
cleanup() {
	[ -z "$traffic" ] || kill "$traffic" 2>/dev/null
	ovpp site del life >/dev/null 2>&1
	ovpp profile del life >/dev/null 2>&1
	ip link del vlife0 2>/dev/null
	rm -rf "$DIR"
}
trap cleanup EXIT

ktap_print_header
ktap_set_plan 14

ip link add vlife0 type vcan && ip link set vlife0 up
check "life: a profile of the test's own is taken" profile

# ---- death under load ----
populate
cangen vlife0 -e -I 10001 -L 8 -g 1 &
traffic=$!
# shellcheck disable=SC2016 # $i is that shell's
check "life: DER come and go while their frames arrive" \
	sh -c 'for i in 1 2 3; do
	       ovpp der del d$i --site life && ovpp der add d$i --site life --bus can --profile life --node $i || exit 1
	       done'
exec 7</dev/ovpp"$(ovpp site show life --json | python3 -c 'import json, sys
s = json.load(sys.stdin); print((s[0] if isinstance(s, list) else s)["id"])')"
check "life: the module does not go while a file is open" sh -c '! rmmod openvpp'
check "life: a site goes under an open file and traffic" ovpp site del life
check "life: the file's reader is told" sh -c '! dd bs=128 count=100000 <&7 of=/dev/null 2>/dev/null'
exec 7<&-

# ---- hooks ----
if [ -e /sys/kernel/btf/openvpp ] && [ -e "$MODULE" ]; then
	ovpp site add life >/dev/null
	check "life: a hook is pinned" ovpp hook load frame_tap --pin --site life
	check "life: the module does not go while a hook is there" sh -c '! rmmod openvpp'
	check "life: a site goes under its hook" ovpp site del life
	check "life: nor does it go while a hook is attached to nothing" sh -c '! rmmod openvpp'
	ovpp hook unload frame_tap --site life >/dev/null 2>&1
	rm -rf /sys/fs/bpf/openvpp/life
	# The kernel lets go of programs when nobody can be in them any more.
	# shellcheck disable=SC2016 # $(...) is that shell's
	check "life: the module goes after the last hook" \
		sh -c 'for i in $(seq 50); do rmmod openvpp && exit; sleep 0.2; done; exit 1'
	objcopy --remove-section .BTF --remove-section .BTF.base "$MODULE" "$DIR/no-btf.ko"
	check "life: without BTF it loads, says why there are no hooks, and all else works" \
		sh -c "insmod $DIR/no-btf.ko && dmesg | tail -n 20 | grep -q 'hooks are unavailable' &&
			ovpp hook list 2>&1 | grep -q BTF && ! ovpp hook load frame_tap --site life &&
			ovpp site add life && ovpp site del life && rmmod openvpp"
	insmod "$MODULE"
else
	for n in 1 2 3 4 5 6; do ktap_test_skip "life: hooks (no BTF, or $MODULE is not there)"; done
fi

# ---- unloading ----
populate
if [ -e "$MODULE" ]; then
	check "life: the module goes with sites, buses and DER in traffic" rmmod openvpp
	check "life: and comes back empty" sh -c "insmod $MODULE && [ \"\$(ovpp site list --json)\" = '[]' ]"
	check "life: five times over" sh -c "for i in 1 2 3 4 5; do
		ovpp site add life && ovpp bus add can --site life --ifname vlife0 && rmmod openvpp && insmod $MODULE || exit 1; done"
else
	for n in 1 2 3; do ktap_test_skip "life: unloading ($MODULE is not there)"; done
fi

ktap_finished

#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# timeout: 300
#
# Birth and death of the module and of what it holds: many sites, many DER,
# removal in the midst of traffic, unloading.

set -u

# shellcheck source=/dev/null
. "$KSELFTEST/kselftest/ktap_helpers.sh"

MODULE=${BUILD:-build}/kmod/${KERNEL:-host}/openvpp.ko
DERS=1000
BUDGET=2048 # bytes of kernel memory a DER

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

# add_ders SITE BUS FIRST LAST, many a process: one ovpp each would take minutes.
add_ders() {
	local n

	for n in $(seq "$3" "$4"); do
		echo "der add d$n --site $1 --bus $2 --profile life --node $n"
	done | xargs -P 4 -L 1 ovpp >/dev/null
}

greatest_memory() {
	ovpp der list --site big --json |
		python3 -c 'import json, sys; print(max(d["memory"] for d in json.load(sys.stdin)))'
}

# What the kernel had in use before and has now, in KiB. Slab and vmalloc.
kernel_memory() {
	awk '/^(Slab|VmallocUsed|Percpu):/ { n += $2 } END { print n }' /proc/meminfo
}

der_count() {
	ovpp site show "$1" --json | python3 -c '
import json, sys
s = json.load(sys.stdin)
print((s[0] if isinstance(s, list) else s)["der_count"])'
}

DIR=$(mktemp -d)
traffic=
cleanup() {
	[ -z "$traffic" ] || kill "$traffic" 2>/dev/null
	for site in big a b c life; do ovpp site del $site; done >/dev/null 2>&1
	ovpp profile del life >/dev/null 2>&1
	ip link del vlife0 2>/dev/null
	rm -rf "$DIR"
}
trap cleanup EXIT

ktap_print_header
ktap_set_plan 14

ip link add vlife0 type vcan && ip link set vlife0 up
check "life: a profile of the test's own is taken" profile

# ---- many ----
check "life: several sites run at the same time" \
	sh -c 'for s in a b c; do ovpp site add $s --period 10ms || exit 1; done
	       [ "$(ovpp site list --json | grep -c "\"name\"")" -ge 3 ]'
for s in a b c; do ovpp site del $s; done

ovpp site add big --period 100ms --sample 3600s --ring-records 1024 >/dev/null
ovpp bus add can --site big --ifname vlife0 >/dev/null
before=$(kernel_memory)
add_ders big can 1 $DERS
used=$((($(kernel_memory) - before) * 1024 / DERS))
check "life: a site takes $DERS DER" test "$(der_count big)" = $DERS
check "life: and not one more" sh -c "! ovpp der add more --site big --bus can --profile life --node 5000"
ktap_print_msg "a DER says it holds $(greatest_memory) bytes; the kernel's memory grew by $used a DER"
check "life: a DER holds at most $BUDGET bytes" test "$(greatest_memory)" -le $BUDGET
check "life: the kernel's memory grew by no more than that" test "$used" -le $BUDGET
check "life: a site goes with all its DER" ovpp site del big

# ---- death under load ----
ovpp site add life >/dev/null
ovpp bus add can --site life --ifname vlife0 >/dev/null
add_ders life can 1 20
(while :; do cansend vlife0 00010001#0000000000000000; done) &
traffic=$!
check "life: DER come and go while their frames arrive" \
	sh -c 'for i in 1 2 3 4 5 6 7 8 9 10; do
	       ovpp der del d$i --site life && ovpp der add d$i --site life --bus can --profile life --node $i || exit 1
	       done'
exec 7</dev/ovpp"$(ovpp site show life --json | python3 -c 'import json, sys
s = json.load(sys.stdin); print((s[0] if isinstance(s, list) else s)["id"])')"
check "life: the module does not go while a file is open" sh -c '! rmmod openvpp'
check "life: a site goes under an open file and traffic" ovpp site del life
check "life: the file's reader is told" sh -c '! dd bs=128 count=100000 <&7 of=/dev/null 2>/dev/null'
exec 7<&-

# ---- unloading ----
ovpp site add life >/dev/null
ovpp bus add can --site life --ifname vlife0 >/dev/null
add_ders life can 1 20
if [ -e "$MODULE" ]; then
	check "life: the module goes with sites, buses and DER in traffic" rmmod openvpp
	check "life: and comes back empty" sh -c "insmod $MODULE && [ \"\$(ovpp site list --json)\" = '[]' ]"
	check "life: ten times over" sh -c "for i in 1 2 3 4 5 6 7 8 9 10; do
		ovpp site add life && ovpp bus add can --site life --ifname vlife0 && rmmod openvpp && insmod $MODULE || exit 1; done"
else
	for n in 1 2 3; do ktap_test_skip "life: unloading ($MODULE is not there)"; done
fi

ktap_finished

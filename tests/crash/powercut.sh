#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# timeout: 3000
#
# The real thing: a guest with a disk (virtio-blk, ext4) in which ovppd runs a site and
# work.c lives its lives, loses its power at a random moment: QEMU is killed, or reset.
# Then it boots again from the same disk, and everything that was acknowledged must be
# there. What a guest says to the share is on the host at once, and survives.
#
# cache=writeback: the guest sees a disk with a cache that it must flush. What it wrote
# there is in the host's memory and survives; so what is lost is what the guest's own
# kernel held back, which ext4 writes in its own order. What a disk loses of its cache
# is the job of crash.sh.
#
# CRASH=all: many cuts, as "make check-crash" does; else a few.

set -u

# shellcheck source=/dev/null
. "$KSELFTEST/kselftest/ktap_helpers.sh"

KERNEL=${KERNEL:-6.12-rt}
SHARE=$BUILD/powercut
DISK=$SHARE/disk
VM=
if [ "${CRASH:-}" = all ]; then CUTS=20; else CUTS=2; fi
# The same moments each time, as far as a guest's time can be the same.
RANDOM=1

clean_up() {
	cut_power
	rm -rf "$SHARE"
}
trap clean_up EXIT

# cut_power: whoever is told by a signal that it may handle would flush first.
cut_power() {
	[ -n "$VM" ] || return 0
	[ ! -f "$SHARE/pid" ] || kill -KILL "$(cat "$SHARE/pid")" 2>/dev/null
	{ wait "$VM"; } 2>/dev/null
	VM=
}

# The machine begins anew without a word to its kernel; -no-reboot makes that an end.
reset() {
	printf '{"execute": "qmp_capabilities"}\n{"execute": "system_reset"}\n' |
		timeout 10 socat -t 2 - "UNIX:$SHARE/qmp" >/dev/null
	{ wait "$VM"; } 2>/dev/null
	VM=
}

make_disk() {
	rm -rf "$SHARE"
	mkdir -p "$SHARE" && truncate -s 256M "$DISK" &&
		PATH=$PATH:/usr/sbin:/sbin mkfs.ext4 -q -F "$DISK"
}

# boot ROUND COMMAND: in the background; it says "ready" in the share.
boot() {
	rm -f "$SHARE/ready" "$SHARE/pid" "$SHARE/qmp"
	QEMU_EXTRA="-drive file=$DISK,if=virtio,format=raw,cache=writeback -pidfile $SHARE/pid
		-qmp unix:$SHARE/qmp,server=on,wait=off" KERNEL=$KERNEL VM_TIMEOUT=400 SMP=1 \
		tests/vm/vm.sh "tests/crash/guest/powercut.sh $SHARE $1 $2" >"$SHARE/out-$1" 2>&1 &
	VM=$!
}

# Did the guest find everything, and go to work again?
is_ready() {
	# Another bench of this kernel may go first, and the guest has a limit of its own.
	while [ ! -f "$SHARE/ready" ]; do
		kill -0 "$VM" 2>/dev/null || return
		sleep 0.1
	done
}

# A round: boot, look at what the last cut has left, work, cut.
cut_once() {
	boot "$1" work
	if ! is_ready; then
		cut_power
		sed 's/^/# /' "$SHARE/out-$1"
		return 1
	fi
	sleep "$((RANDOM % 5)).$((RANDOM % 900 + 100))"
	if [ $(($1 % 2)) = 1 ]; then reset; else cut_power; fi
}

# The last cut is looked at, too; then the machine ends in order.
look_at_last() {
	boot "$CUTS" look
	{ wait "$VM"; } 2>/dev/null
	STATUS=$?
	VM=
	[ "$STATUS" = 0 ] || sed 's/^/# /' "$SHARE/out-$CUTS"
	[ "$STATUS" = 0 ]
}

all_cuts() {
	local i

	for ((i = 0; i < CUTS; i++)); do
		cut_once "$i" || return
	done
	look_at_last
}

some_were_worth_it() {
	ktap_print_msg "acknowledged: $(tail -n 1 "$SHARE/marks" 2>/dev/null) by ovppd," \
		"$(cat "$SHARE"/work-* | grep -c batch) batches by the work;" \
		"ovppd was killed $(grep -c . "$SHARE/kills") times"
	[ "$(sed -n '$s/^batch \([0-9]*\).*/\1/p' "$SHARE/marks")" -ge "$CUTS" ]
}

ktap_print_header
if [ -n "${HOST:-}" ]; then
	ktap_skip_all "powercut: this machine is not to lose its power"
	exit 0
fi
ktap_set_plan 3
ktap_test_result "powercut: a disk" make_disk
ktap_test_result "powercut: nothing acknowledged is lost in $CUTS cuts and resets" all_cuts
ktap_test_result "powercut: ovppd and the work stored something between each two" some_were_worth_it
ktap_finished

#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# In the guest of ../powercut.sh: mount the disk, look at what is on it, then work until the
# power goes.
#
#   powercut.sh SHARE ROUND work|look
#
# SHARE/marks has what ovppd's ledger was seen to have (marks.h): a reader of an SQLite
# database in WAL mode sees a transaction only when it was synced. SHARE/work-ROUND-N has
# what the work N of the round was told. Meanwhile ovppd is killed (-9) now and then, and
# goes on with what is in the kernel's ring: so within a life no record may be missing.

set -u

SHARE=$1
ROUND=$2
DISK=/tmp/disk
DIR=$DISK/ovppd
IF=vpower0
CRASH_PROGRAM=build/crash/crash

fail() {
	echo "round $ROUND: $*"
	exit 1
}

mount_disk() {
	mkdir -p "$DISK"
	modprobe -a virtio_blk ext4 || fail "no driver"
	mount -t ext4 /dev/vda "$DISK" || fail "the disk cannot be mounted"
}

# check FOLDER MARKS: a copy, since the check adds a batch.
check() {
	[ -d "$1" ] || fail "$1 is gone"
	touch "$2"
	rm -rf /tmp/copy
	cp -r "$1" /tmp/copy
	"$CRASH_PROGRAM" check /tmp/copy "$2" || fail "$1 is not as it was"
}

# The disk is left as ovppd's next start is to find it.
look() {
	local marks

	[ "$ROUND" -gt 0 ] || return 0
	check "$DIR" "$SHARE/marks"
	[ "$(sqlite3 /tmp/copy/ledger.db "SELECT COUNT(*) FROM gap")" = 0 ] ||
		fail "records were lost when ovppd was killed"
	for marks in "$SHARE/work-$((ROUND - 1))"-*; do
		[ ! -s "$marks" ] || check "$DISK/${marks##*/}" "$marks"
	done
	rm -rf "$DISK"/work-*
}

write_config() {
	mkdir -p "$DIR"
	cat >"/tmp/meter.yaml" <<-'END'
	name: powercut-meter
	kind: meter
	messages:
	  - name: power
	    id: 0x100
	    length: 4
	    timeout_ms: 20000
	    signals: [ { point: p, start: 0, length: 32, signed: true } ]
	END
	cat >/tmp/ovppd.yaml <<-END
	ledger: { path: $DIR/ledger.db, batch: { time: 100 ms } }
	socket: /tmp/socket
	sites:
	  - name: power
	    period: 20 ms
	    sample: 50 ms
	    heartbeat: 4 s
	    buses: [ { name: wire, if: $IF } ]
	    ders: [ { name: grid, bus: wire, profile: meter.yaml, pcc: true } ]
	END
}

start_bus() {
	ip link add "$IF" up type vcan || fail "no bus"
	cangen "$IF" -I 100 -L 4 -D 00000000 -g 20 &
}

# Never for so long that the ring would be written over.
keep_ovppd() {
	local pid

	while :; do
		ovppd --config /tmp/ovppd.yaml --database "$DIR/ledger.db" 2>/tmp/log &
		pid=$!
		sleep "$((RANDOM % 3 + 1)).$((RANDOM % 10))"
		kill -KILL $pid
		{ wait $pid; } 2>/dev/null
		echo killed >>"$SHARE/kills"
	done
}

# The newest batch that a reader sees, each time that there is one more.
watch_ovppd() {
	local last=-1 seq

	# One process, asked again and again: to start one takes longer than a batch.
	coproc SQL { sqlite3 -readonly -cmd '.timeout 1000' "$DIR/ledger.db"; }
	while sleep 0.02; do
		echo "SELECT COALESCE(MAX(seq), -1) FROM batch;" >&"${SQL[1]}"
		read -r seq <&"${SQL[0]}" || break
		[ "$seq" -le "$last" ] || echo "batch $seq" >>"$SHARE/marks"
		last=$seq
	done
}

# batches: that ovppd's ledger has.
batches() { sqlite3 -readonly "$DIR/ledger.db" "SELECT COUNT(*) FROM batch" 2>/dev/null || echo 0; }

wait_for_ledger() {
	local i

	for ((i = 0; i < 300; i++)); do
		[ "$(batches)" -le "$1" ] || return 0
		sleep 0.1
	done
	cat /tmp/log
	fail "ovppd stores nothing"
}

# One life after the other, until the power goes.
live() {
	local i

	for ((i = 0; ; i++)); do
		mkdir "$DISK/work-$ROUND-$i"
		sync "$DISK"
		OVPP_CRASH_MARKS=$SHARE/work-$ROUND-$i \
			"$CRASH_PROGRAM" work "$DISK/work-$ROUND-$i" 1
	done
}

work() {
	local before

	write_config
	sync "$DISK"
	before=$(batches)
	start_bus
	live &
	keep_ovppd &
	wait_for_ledger "$before"
	watch_ovppd &
	touch "$SHARE/ready"
	sleep 100
	fail "the power was not cut"
}

mount_disk
look
[ "$3" = look ] || work
umount "$DISK" || fail "the disk is in use"

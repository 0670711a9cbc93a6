#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Process 1 of the bench, after the initramfs: make the machine look like a
# gateway (file systems, CAN buses, the module), run the job, power off.
#
#   guest.sh JOB    a folder on the writable share, see vm.sh:
#
#   env      shell variables: KERNEL, CAN_MODULES, NOMOD, MODARGS, JOB_TTY,
#            HOST_PORT
#   command  what to run; its output goes to "output", its status to "status"

set -u

log() { echo "bench: $*" >/dev/kmsg; }

# give_up TEXT: the bench itself failed, the command was never run.
give_up() {
	log "$*"
	echo "openvpp: bench: $*" >>"$JOB/output"
	finish 125
}

finish() {
	echo "$1" >"$JOB/status.new"
	mv "$JOB/status.new" "$JOB/status"
	sync
	# The kernel powers off on its own time, and init must not return first:
	# wait for ever, and start no program, for its disk may be gone already.
	mkfifo /run/never
	echo o >/proc/sysrq-trigger
	read -r _ <>/run/never
}

mount_file_systems() {
	mkdir -p /dev/pts /dev/shm
	mount -t devpts -o mode=620,ptmxmode=666 devpts /dev/pts
	mount -t tmpfs -o mode=1777 tmpfs /dev/shm
	mount -t debugfs debugfs /sys/kernel/debug
	mount -t tracefs tracefs /sys/kernel/tracing
	mount -t bpf bpf /sys/fs/bpf
	mount -t cgroup2 cgroup2 /sys/fs/cgroup
	ln -s /proc/self/fd /dev/fd
	ln -s /proc/self/fd/0 /dev/stdin
	ln -s /proc/self/fd/1 /dev/stdout
	ln -s /proc/self/fd/2 /dev/stderr
	mkdir -p /run/lock "$HOME"
}

# The kernel booted on one processor, see emulator_race in vm.sh.
start_processors() {
	for online in /sys/devices/system/cpu/cpu[0-9]*/online; do
		[ ! -e "$online" ] || [ "$(cat "$online")" = 1 ] || echo 1 >"$online"
	done
}

set_up_can() {
	# shellcheck disable=SC2086
	modprobe -a $CAN_MODULES || return
	ip link add vcan0 type vcan || return
	ip link set vcan0 txqueuelen 1000 up || return
	for can in can0 can1; do
		[ -e /sys/class/net/$can ] || continue
		ip link set $can txqueuelen 1000 type can bitrate 500000 || return
		ip link set $can up || return
	done
}

load_module() {
	module=$TREE/build/kmod/$KERNEL/openvpp.ko
	[ -z "$NOMOD" ] && [ -e "$module" ] || return 0
	# shellcheck disable=SC2086
	insmod "$module" $MODARGS
}

# The host is at 10.0.2.2, as QEMU has it; programs here find its port at home.
forward_port() {
	[ -n "$HOST_PORT" ] || return 0
	modprobe virtio_net || return
	ip addr add 10.0.2.15/24 dev eth0 || return
	ip link set eth0 up || return
	socat "TCP-LISTEN:$HOST_PORT,bind=127.0.0.1,fork,reuseaddr" "TCP:10.0.2.2:$HOST_PORT" &
}

# A command writes to a file of the share: exact bytes, each seen by the host
# at once, none lost when the machine stops. A terminal is the virtio console.
run_job() {
	cd "$TREE" || give_up "no checkout at $TREE"
	if [ -n "$JOB_TTY" ]; then
		modprobe virtio_console || give_up "no virtio console"
		# The console forgets its size when it is closed.
		setsid -c bash -c "stty rows ${LINES:-24} cols ${COLUMNS:-80}
			exec bash '$JOB/command'" </dev/hvc0 >/dev/hvc0 2>&1
	else
		bash "$JOB/command" </dev/null >>"$JOB/output" 2>&1
	fi
}

JOB=$1
# shellcheck source=/dev/null
. "$JOB/env"
export PATH="$TREE/build/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
export HOME=/tmp/home

mount_file_systems
start_processors
# A processor that is stuck ends the guest, so that the next test gets its turn.
echo 1 >/proc/sys/kernel/softlockup_panic
echo 1 >/proc/sys/kernel/panic_on_rcu_stall
echo openvpp-bench >/proc/sys/kernel/hostname
echo 1 >/proc/sys/kernel/sysrq
# A test that writes many lines to the kernel log must not lose any.
echo on >/proc/sys/kernel/printk_devkmsg
ip link set lo up
set_up_can || give_up "cannot set up the CAN buses"
forward_port || give_up "cannot reach the host"
load_module || give_up "cannot load openvpp.ko: $(dmesg | tail -n 1)"
log "ready"
run_job
finish $?

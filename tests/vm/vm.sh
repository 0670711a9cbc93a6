#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The bench: boot a real kernel under QEMU on top of the host's own root file
# system (read-only), run one command there, pass on its output and its status.
#
#   tests/vm/vm.sh 'COMMAND'    run it in the guest's bash, from the checkout
#   tests/vm/vm.sh              a shell
#
# Environment:
#   KERNEL=6.12-rt   which kernel, a file of tests/vm/kernels
#   SMP=2 MEM=2G     the machine;  QEMU_EXTRA=...  more arguments for QEMU
#   ICOUNT=1         virtual time: one instruction is one nanosecond
#   SERDEV=1         the fourth serial port, ttyS3, is the gateway's by its firmware: a
#                    serdev device; needs iasl, and is left out without it
#   HOST_PORT=N      the guest's 127.0.0.1:N is that port of the host
#   NOMOD=1          do not load openvpp.ko;  MODARGS=...  its parameters
#   TTY=1            give the command a terminal
#   VM_TIMEOUT=600   seconds before a guest is stopped (0: never)
#   VM_SILENCE=0     the same, of no output and no kernel message
#
# Status: the command's own; 99 when the command succeeded but the kernel
# warned; 124 when time ran out; 125 when the bench failed or the guest died;
# 126 when the emulator did (see emulator_race): run it again.

set -eu -o pipefail

. "$(dirname -- "$0")/lib.sh"

RUN=$BUILD/vm/$KERNEL
JOB=$RUN/job
: "${VM_TIMEOUT:=600}" "${VM_SILENCE:=0}"
# "rows columns" of the terminal that the output goes to, if it does.
SIZE=
[[ ! -t 1 ]] || SIZE=$(stty size 2>/dev/null </dev/tty) || SIZE=

# One bench of a kernel at a time, on a checkout (they would share the job's
# folder) and on a cache: two kernels side by side are what two processors can
# carry. The locks last as long as this script and its QEMU.
take_locks() {
	mkdir -p "$RUN" "$CACHE"
	exec 8>"$RUN/lock" 9>"$CACHE/bench-$KERNEL.lock"
	if ! { flock -n 8 && flock -n 9; }; then
		say "another bench is running; waiting for it"
		flock 8 && flock 9
	fi
}

# modules_for MODULE...: the files that they need, in load order.
modules_for() {
	local module

	for module in "$@"; do
		modprobe -d "$KDIR" -S "$RELEASE" --show-depends "$module"
	done | awk '$1 == "insmod" && !seen[$2]++ { print $2 }'
}

# make_initramfs FILE [PROBE]
make_initramfs() {
	local root file

	root=$(mktemp -d "$RUN/initramfs.XXXXXX")
	mkdir "$root/bin" "$root/modules"
	cp "${BUSYBOX:-/bin/busybox}" "$root/bin/busybox"
	cp "$TREE/tests/vm/init" "$root/init"
	chmod +x "$root/init"
	printf '%s=%q\n' TREE "$TREE" CACHE "$CACHE" KDIR "$KDIR" JOB "$JOB" PROBE "${2:-}" >"$root/bench.conf"
	# shellcheck disable=SC2086
	for file in $(modules_for $BOOT_MODULES); do
		unpack_module "$file" "$root/modules"
	done
	(cd "$root" && find . | cpio -o -H newc --quiet) >"$1"
	rm -rf "$root"
}

# unpack_module FILE DIR: busybox loads plain .ko files only.
unpack_module() {
	local name=${1##*/}

	case $name in
	*.xz) name=${name%.xz}; xz -dc "$1" >"$2/$name" ;;
	*.zst) name=${name%.zst}; zstd -qdc "$1" >"$2/$name" ;;
	*) cp "$1" "$2/$name" ;;
	esac
	echo "$name" >>"$2/order"
}

# machine_args ACCELERATOR: sets the array MACHINE.
machine_args() {
	# shellcheck disable=SC2206
	MACHINE=($QEMU_MACHINE -nodefaults -no-user-config -display none -no-reboot
		-m "${MEM:-2G}" -kernel "$KDIR/boot/vmlinuz-$RELEASE")
	case $1 in
	kvm) MACHINE+=(-smp "${SMP:-2}" -accel kvm -cpu host) ;;
	tcg) MACHINE+=(-smp "${SMP:-2}" -accel "tcg,thread=multi" -cpu "$QEMU_CPU_TCG") ;;
	icount)
		MACHINE+=(-smp 1 -accel "tcg,thread=single" -cpu "$QEMU_CPU_TCG"
			-icount "shift=0,sleep=off") ;;
	esac
}

# The console shows everything but debug messages. An oops ends the guest: what
# runs after one proves nothing. One processor boots, guest.sh starts the others:
# see emulator_race.
kernel_args() {
	echo "console=$CONSOLE loglevel=7 printk.devkmsg=on log_buf_len=4M" \
		"panic=-1 oops=panic maxcpus=1 $KERNEL_ARGS"
}

# emulator_race LOG: the guest died of a fault of QEMU's TCG, not of its own.
#
# Linux changes its code while it runs (static branches, tracepoints). It puts a
# breakpoint there for the time of the change. With a host thread per processor,
# TCG can miss the last write of a change if another processor translates that
# very code (QEMU 7.2 and 10.0 both do), and goes on to run a breakpoint that is
# in memory no more: "Oops: int3", where the byte before the faulting address is
# not the breakpoint, 0xcc. It is rare, because most changes are made at boot,
# when there is only one processor.
emulator_race() {
	awk '/Oops: int3/ { int3 = 1 }
		int3 && / Code: / { code = $0; exit }
		END { exit !(code ~ / [0-9a-f][0-9a-f] </ && code !~ / cc </) }' "$1"
}

# kvm_works: by trying; a /dev/kvm may exist and still not run this kernel.
kvm_works() {
	local answer probe

	[[ -w /dev/kvm && $(uname -m) == "${QEMU#qemu-system-}" ]] || return 1
	answer=$CACHE/kvm-$(uname -n)-$(uname -r)-$RELEASE
	if [[ ! -f $answer ]]; then
		probe=$RUN/probe
		make_initramfs "$probe.initramfs" 1
		machine_args kvm
		timeout -k 1 20 "$QEMU" "${MACHINE[@]}" -initrd "$probe.initramfs" \
			-append "$(kernel_args)" -serial "file:$probe.log" \
			</dev/null >/dev/null 2>&1 || true
		if grep -q 'bench: probe ok' "$probe.log"; then
			echo yes >"$answer"
		else
			echo no >"$answer"
		fi
	fi
	[[ $(cat "$answer") == yes ]]
}

accelerator() {
	if [[ -n ${ICOUNT:-} ]]; then
		echo icount
	elif kvm_works; then
		echo kvm
	else
		echo tcg
	fi
}

# uart_args: serial ports, the first wired to the second, the third to the fourth.
uart_args() {
	local device n=0 role

	for device in $UARTS; do
		role=",server=on,wait=off"
		[[ $((n % 2)) -eq 0 ]] || role=
		ARGS+=(-chardev "socket,id=uart$n,path=$RUN/line$((n / 2))$role" -device "$device,chardev=uart$n")
		n=$((n + 1))
	done
}

# serdev_args: see SERDEV.
serdev_args() {
	[[ -n ${SERDEV:-} ]] || return 0
	command -v iasl >/dev/null || { say "no iasl (acpica-tools): no serdev device"; return 0; }
	iasl -p "$RUN/serdev" "$TREE/tests/vm/serdev.asl" >"$RUN/iasl.log" 2>&1 || die "iasl: see $RUN/iasl.log"
	ARGS+=(-acpitable "file=$RUN/serdev.aml")
}

qemu_args() {
	# shellcheck disable=SC2054,SC2206
	ARGS=("${MACHINE[@]}" -initrd "$RUN/initramfs" -append "$(kernel_args)"
		-serial "file:$RUN/console.log"
		-fsdev "local,id=root,path=${ROOT:-/},security_model=none,multidevs=remap,readonly=on"
		-device "virtio-9p-pci,fsdev=root,mount_tag=root"
		-fsdev "local,id=build,path=$BUILD,security_model=none,multidevs=remap"
		-device "virtio-9p-pci,fsdev=build,mount_tag=build"
		-object rng-random,id=rng,filename=/dev/urandom -device virtio-rng-pci,rng=rng
		-object can-bus,id=wire
		-device kvaser_pci,canbus=wire -device kvaser_pci,canbus=wire
		${QEMU_EXTRA:-})
	uart_args
	serdev_args
	[[ -z ${HOST_PORT:-} ]] || ARGS+=(-netdev "user,id=host" -device "virtio-net-pci,netdev=host")
	if [[ -n ${TTY:-} ]]; then
		ARGS+=(-chardev "stdio,id=tty,signal=off" -device virtio-serial-pci
			-device "virtconsole,chardev=tty")
	fi
}

# write_job COMMAND: what the guest is to do. Its environment is not ours: a
# guest is the same wherever it is started from.
write_job() {
	rm -rf "$JOB"
	mkdir -p "$JOB"
	printf '%s\n' "$1" >"$JOB/command"
	: >"$JOB/output"
	{
		printf '%s=%q\n' TREE "$TREE" KERNEL "$KERNEL" CAN_MODULES "$CAN_MODULES" \
			NOMOD "${NOMOD:-}" MODARGS "${MODARGS:-}" JOB_TTY "${TTY:-}" \
			HOST_PORT "${HOST_PORT:-}"
		printf 'export %s=%q\n' KERNEL "$KERNEL" OPENVPP_CACHE "$CACHE" \
			OPENVPP_BENCH 1 TERM "${TERM:-dumb}" LANG C.UTF-8
		[[ -z $SIZE ]] || printf 'export LINES=%s COLUMNS=%s\n' "${SIZE% *}" "${SIZE#* }"
	} >"$JOB/env"
}

# stop_when_silent PID: a processor that hangs with its interrupts off takes the
# clock along, and with it all that could have noticed inside the guest.
stop_when_silent() {
	local last

	[[ $VM_SILENCE -gt 0 ]] || return 0
	# An empty pipe in place of a lock: reading it is a sleep without a process.
	exec 8>&- 9<> <(:)
	while ! read -r -t 5 -u 9 && kill -0 "$1" 2>/dev/null; do
		last=$(stat -c %Y "$RUN/console.log" "$JOB/output" 2>/dev/null | sort -n | tail -n 1)
		[[ $(($(date +%s) - ${last:-0})) -gt $VM_SILENCE ]] || continue
		say "the guest was silent for $VM_SILENCE s"
		kill "$1"
		return
	done
}

# run_guest: QEMU in the background, the job's output passed on as it grows.
# timeout(1) is QEMU's parent, so nothing but our own guest is ever stopped.
run_guest() {
	local limit=$VM_TIMEOUT guest reader='' watcher status=0

	: >"$RUN/console.log"
	[[ -z ${TTY:-} ]] || limit=0
	timeout --foreground -k 10 "$limit" "$QEMU" "${ARGS[@]}" <&"$STDIN" &
	guest=$!
	trap 'kill "$guest" 2>/dev/null; wait "$guest"; exit 130' INT TERM HUP
	if [[ -z ${TTY:-} ]]; then
		tail -q -c +1 -s 0.1 -f --pid="$guest" "$JOB/output" 8>&- 9>&- &
		reader=$!
	fi
	stop_when_silent "$guest" &
	watcher=$!
	wait "$guest" || status=$?
	[[ -z $reader ]] || wait "$reader" || true
	kill "$watcher" 2>/dev/null || true
	trap - INT TERM HUP
	[[ $status -ne 124 && $status -ne 137 && $status -ne 143 ]] || {
		say "the guest did not end in time and was stopped; its kernel log: $RUN/console.log"
		return 124
	}
	[[ -f $JOB/status ]] || {
		! emulator_race "$RUN/console.log" || {
			say "the emulator lost a change of the kernel's code (Oops: int3); not a fault of what ran"
			return 126
		}
		say "the guest ended before its command did; its kernel log: $RUN/console.log"
		tail -n 15 "$RUN/console.log" >&2
		return 125
	}
	return "$(cat "$JOB/status")"
}

main() {
	local command status=0

	if [[ $# -gt 0 ]]; then
		command=$*
		exec {STDIN}</dev/null
		[[ -z ${TTY:-} ]] || exec {STDIN}<&0
	else
		command="PS1='openvpp $KERNEL \\w # ' exec bash --norc -i"
		TTY=1
		exec {STDIN}<&0
	fi
	load_kernel "$KERNEL"
	RELEASE=$(kernel_release)
	take_locks
	machine_args "$(accelerator)"
	make_initramfs "$RUN/initramfs"
	qemu_args
	for _ in 1 2 3; do
		status=0
		write_job "$command"
		run_guest || status=$?
		[[ $status -eq 126 ]] || break
		# Another boot loses nothing as long as the command did not start.
		! grep -q 'bench: ready' "$RUN/console.log" || break
	done
	[[ $status -ne 126 ]] || return 126
	"$TREE/tests/vm/klog.sh" "$RUN/console.log" >&2 || {
		say "the kernel warned (all of its log: $RUN/console.log)"
		[[ $status -ne 0 ]] || status=99
	}
	return "$status"
}

main "$@"; exit

#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# ovppd_guest.sh SECONDS: what the daemon costs while a site with 100 DER writes
# 10,000 records a second. Prints "records N", "cpu_ns N" (all of its threads) and
# "calls N" (system calls, counted by the kernel's tracer) of so many seconds.

set -eu -o pipefail

SECONDS_MEASURED=$1
DIR=$(mktemp -d)
NAME=bench
TRACE=/sys/kernel/tracing

cat >"$DIR/der.yaml" <<'END'
name: bench-der
kind: pv
messages:
  - name: power
    id: 0x100
    stride: 1
    length: 8
    timeout_ms: 60000
    signals:
      - { point: p, start: 0, length: 24, signed: true }
      - { point: v, start: 24, length: 16 }
      - { point: i, start: 40, length: 16 }
END

{
	cat <<-END
	ledger: { path: $DIR/ledger.db }
	socket: $DIR/socket
	sites:
	  - name: $NAME
	    period: 10 ms
	    sample: 10 ms
	    ring: 65536
	    buses: [ { name: wire, if: vcan0 } ]
	    ders:
	END
	for node in {1..100}; do
		echo "      - { name: der$node, bus: wire, profile: der.yaml, node: $node }"
	done
} >"$DIR/ovppd.yaml"

head() { ovpp site show "$NAME" --json | sed -nE 's/^ *"head": ([0-9]+),?$/\1/p'; }
cpu_ns() { awk '{ sum += $1 } END { printf "%.0f\n", sum }' /proc/"$DAEMON"/task/*/schedstat; }
calls() { awk '/common_pid/ { sum += $NF } END { print sum + 0 }' "$TRACE/events/raw_syscalls/sys_enter/hist"; }

mountpoint -q "$TRACE" || mount -t tracefs tracefs "$TRACE"
cangen vcan0 -I i -L 8 -D r -g 1 &
CANGEN=$!
ovppd --config "$DIR/ovppd.yaml" 2>"$DIR/log" &
DAEMON=$!
trap 'kill $CANGEN $DAEMON' EXIT
until grep -q "everything is as configured" "$DIR/log" || ovpp der list --json 2>/dev/null | grep -q der100; do
	sleep 0.5
done
sleep 5

tasks=("/proc/$DAEMON/task/"*)
filter=$(printf 'common_pid == %s || ' "${tasks[@]##*/}")
echo "hist:keys=common_pid if ${filter% || }" >"$TRACE/events/raw_syscalls/sys_enter/trigger"
records=$(head) cpu=$(cpu_ns) calls=$(calls)
sleep "$SECONDS_MEASURED"
echo "records $(($(head) - records))"
echo "cpu_ns $(($(cpu_ns) - cpu))"
echo "calls $(($(calls) - calls))"
sed -n 1,5p "$DIR/log" >&2

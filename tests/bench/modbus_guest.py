#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""What a serial line carries: the module's master, and libmodbus in a loop.

Runs in a guest whose clock counts instructions. ovpp-sim is the units on a pty
and takes the time that their bytes would take on a line. Prints lines "KEY VALUE".
"""

import glob
import json
import os
import signal
import subprocess
import sys
import time

PEER = "build/tests-bench/modbus"
LINK = "/tmp/bench-line"
# Two UARTs on one line, see tests/vm/README.md.
UART, FAR_UART = "/dev/ttyS1", "/dev/ttyS2"
REGISTERS = 10
SECONDS = 20
# How long back-offs and time-outs take to settle.
SETTLE = 10

PROFILE = f"""
name: bench
kind: load
bus: modbus
messages:
  - name: block
    read: holding
    address: 0
    count: {REGISTERS}
    period_ms: 1
    timeout_ms: 60000
    signals:
      - {{ point: p, register: 0, type: i32 }}
      - {{ point: v, register: 2, type: u32 }}
      - {{ point: e_import, register: 8, type: u32 }}
"""


def ovpp(*words):
    done = subprocess.run(("ovpp", *words, "--json"), capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"ovpp {' '.join(words)}: {done.stderr}")
    return json.loads(done.stdout) if done.stdout.strip() else None


def scenario(baud, units, silent):
    """Units 1 to N on one line; the last of them says nothing if asked for."""
    lines = ["name: bench", "start: '00:00'", "lines:",
             f"  - {{ name: line, baud: {baud}, parity: none }}", "devices:"]
    lines += [f"  - {{ name: u{n}, kind: load, line: line, unit: {n}, profile: /tmp/bench.yaml, "
              "curve: { '00:00': 500 } }" for n in range(1, units + 1)]
    if silent:
        lines += ["events:", f"  - {{ at: '00:00', do: fault, device: u{units}, fault: silent }}"]
    return "\n".join(lines) + "\n"


class Line:
    """The simulator as the units of a line. A pty that the module had is no more for
    others until both its ends were closed, so that each master has one of its own."""

    def __init__(self, baud, units, silent=False, near=LINK, far=f"pty:{LINK}"):
        self.baud, self.units, self.near = baud, units, near
        with open("/tmp/bench-scenario.yaml", "w", encoding="utf-8") as file:
            file.write(scenario(baud, units, silent))
        self.process = subprocess.Popen(
            ("ovpp-sim", "run", "/tmp/bench-scenario.yaml", "--line", f"line={far}"),
            stdout=subprocess.PIPE)
        self.process.stdout.readline()
        time.sleep(0.5)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait()


def runtime_ns(pids):
    """Time on the processor of threads; those that are gone count as nothing."""
    total = 0
    for pid in pids:
        try:
            with open(f"/proc/{pid}/schedstat", encoding="ascii") as file:
                total += int(file.read().split()[0])
        except OSError:
            pass
    return total


def named(*parts):
    """Threads of the kernel whose names begin with the first, and have the others."""
    found = []
    for path in glob.glob("/proc/[0-9]*/comm"):
        try:
            with open(path, encoding="ascii", errors="replace") as file:
                name = file.read()
                if name.startswith(parts[0]) and all(p in name for p in parts):
                    found.append(path.split("/")[2])
        except OSError:
            pass
    return found


def polls():
    """Polls answered, by unit."""
    return {d["name"]: d["rx_frames"] for d in ovpp("der", "list")}


def ours(line, seconds=SECONDS, settle=SETTLE):
    """The module's master: answered polls a second by unit, time a poll."""
    ovpp("site", "add", "bench", "--period", "1s")
    ovpp("bus", "add", "line", "--tty", line.near, "--baud", str(line.baud), "--parity", "none")
    for n in range(1, line.units + 1):
        ovpp("der", "add", f"u{n}", "--bus", "line", "--profile", "bench", "--node", str(n))
    time.sleep(settle)
    thread, workers = named("ovppl/"), workers_of(line)
    before, start = polls(), time.monotonic()
    busy = runtime_ns(thread), runtime_ns(workers)
    time.sleep(seconds)
    after, elapsed = polls(), time.monotonic() - start
    busy = runtime_ns(thread) - busy[0], runtime_ns(workers) - busy[1]
    ovpp("site", "del", "bench")
    answered = sum(after.values()) - sum(before.values())
    return ({name: (after[name] - before[name]) / elapsed for name in after},
            busy[0] / max(answered, 1), busy[1] / max(answered, 1))


def workers_of(line):
    """Threads that work for the master: of ttys, and of the interrupt of its UART."""
    return named("kworker/") + named("irq/", os.path.basename(line.near))


def libmodbus(line, seconds=SECONDS):
    """libmodbus in a loop, with its own time-outs."""
    # Open before and after: the interrupt's thread lives as long as the port is open.
    held = os.open(line.near, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)
    workers = workers_of(line)
    busy = runtime_ns(workers)
    done = subprocess.run((PEER, "peer", line.near, str(line.baud), str(REGISTERS), str(line.units),
                           str(seconds)), capture_output=True, text=True, check=True)
    busy = runtime_ns(workers) - busy
    os.close(held)
    values = dict(row.split() for row in done.stdout.splitlines())
    answered = max(int(values["answered"]), 1)
    return float(values["rate"]), 1000 * float(values["cpu_us"]) / answered, busy / answered


def say(key, value):
    print(key, f"{value:.3f}", flush=True)


def limit(baud):
    out = subprocess.run((PEER, "limit", str(baud), str(REGISTERS)), capture_output=True,
                         text=True, check=True).stdout
    return float(out.split()[1])


def rates():
    for baud in (9600, 19200, 115200):
        with Line(baud, 4) as line:
            by_unit, thread, workers = ours(line)
        with Line(baud, 4) as line:
            rate, peer, peer_workers = libmodbus(line)
        say(f"limit_{baud}", limit(baud))
        say(f"rate_{baud}", sum(by_unit.values()))
        say(f"peer_rate_{baud}", rate)
    # At the highest speed, where most is done in a second.
    say("cpu", thread + workers)
    say("peer_cpu", peer + peer_workers)
    say("cpu_thread", thread)
    say("peer_cpu_process", peer)


def uart():
    """The same between two UARTs. Where interrupts have threads: else nobody counts them."""
    with Line(115200, 4, near=UART, far=FAR_UART) as line:
        _, thread, workers = ours(line)
    with Line(115200, 4, near=UART, far=FAR_UART) as line:
        _, peer, peer_workers = libmodbus(line)
    if os.path.exists("/sys/kernel/realtime"):
        say("uart_cpu", thread + workers)
        say("uart_peer_cpu", peer + peer_workers)
    say("uart_cpu_thread", thread)
    say("uart_peer_cpu_process", peer)


def silent():
    """One of twenty says nothing."""
    with Line(19200, 20, silent=True) as line:
        by_unit, *_ = ours(line, 60, 30)
    with Line(19200, 20, silent=True) as line:
        rate, *_ = libmodbus(line, 60)
    say("silent_rate", sum(by_unit.values()))
    say("peer_silent_rate", rate)


def dead():
    """One of thirty-two is dead: what is left to the others of their rate."""
    slowest = []
    for quiet in (False, True):
        with Line(19200, 32, silent=quiet) as line:
            by_unit, *_ = ours(line, 60, 30)
        slowest.append(min(rate for name, rate in by_unit.items() if name != "u32"))
    say("alive_rate", slowest[0])
    say("dead_rate", slowest[1])


def main():
    os.environ["PATH"] = os.path.abspath("build/bin") + ":" + os.environ["PATH"]
    with open("/tmp/bench.yaml", "w", encoding="utf-8") as file:
        file.write(PROFILE)
    ovpp("profile", "add", "/tmp/bench.yaml")
    rates()
    uart()
    silent()
    dead()


main()

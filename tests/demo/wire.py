# SPDX-License-Identifier: GPL-2.0-or-later
"""The commands as they came to the devices: on the CAN wire heard by candump, on
serial lines told by the simulator, which is their other end."""

import json
import subprocess

# Nodes on the CAN bus, and the base identifiers of the device protocol.
NODES = {"battery": 4, "ev": 5, "generator": 6}
SETPOINT, POWER = 0x080, 0x0E0
ON_LINES = ("pv",)
COMMANDED = (*NODES, *ON_LINES)


class Wire:
    """Commands to all devices, and power messages of one that will be unplugged."""

    def __init__(self, can, path, unplugged):
        self.path = path
        self.file = open(path, "w", encoding="ascii")
        self.power_id = POWER + NODES[unplugged]
        filters = f"{can},{SETPOINT:03X}:7E0,{self.power_id:03X}:7FF"
        self.process = subprocess.Popen(("candump", "-L", filters), stdout=self.file,
                                        stdin=subprocess.DEVNULL)
        self.offset_ns = 0
        self.commands = {name: [] for name in COMMANDED}
        self.power_ns = []

    def stop(self, offset_ns, taken):
        """Ends listening and reads what was heard; candump stamps with the wall clock,
        the file of commands taken has CLOCK_MONOTONIC."""
        self.offset_ns = offset_ns
        self.process.terminate()
        self.process.wait()
        self.file.close()
        ids = {SETPOINT + node: n for n, node in NODES.items()}
        with open(self.path, encoding="ascii") as file:
            for line in file:
                self._take(line, ids)
        with open(taken, encoding="utf-8") as file:
            for command in map(json.loads, file):
                if command["device"] in ON_LINES:
                    self.commands[command["device"]].append((command["mono_ns"], command["p_mw"]))

    def _take(self, line, ids):
        stamp, _, frame = line.split()
        seconds, micros = stamp.strip("()").split(".")
        now = int(seconds) * 10**9 + int(micros) * 1000 - self.offset_ns
        can_id, data = frame.split("#")
        can_id = int(can_id, 16)
        if can_id == self.power_id:
            self.power_ns.append(now)
        elif can_id in ids:
            raw = int.from_bytes(bytes.fromhex(data)[:4], "little", signed=True)
            self.commands[ids[can_id]].append((now, raw * 100))

    def commands_between(self, name, start_ns, end_ns):
        """Commands (time, mW) to a device in a span of time."""
        return [c for c in self.commands[name] if start_ns <= c[0] < end_ns]

    def silence(self):
        """The longest pause of the unplugged device: its last and next message."""
        pairs = zip(self.power_ns, self.power_ns[1:])
        return max(pairs, key=lambda p: p[1] - p[0], default=(0, 0))

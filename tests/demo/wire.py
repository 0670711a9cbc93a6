# SPDX-License-Identifier: GPL-2.0-or-later
"""What passed on the wire, heard at the devices' end by candump."""

import subprocess

# Nodes of the scenario and the base identifiers of the device protocol.
NODES = {"pv": 2, "wind": 3, "battery": 4, "ev": 5, "generator": 6}
LIMITED = ("pv", "wind")
SETPOINT, LIMIT, POWER = 0x080, 0x0A0, 0x0E0


class Wire:
    """Commands to all devices, and power messages of one that will be unplugged."""

    def __init__(self, can, path, unplugged):
        self.path = path
        self.file = open(path, "w", encoding="ascii")
        self.power_id = POWER + NODES[unplugged]
        filters = f"{can},{SETPOINT:03X}:7E0,{LIMIT:03X}:7E0,{self.power_id:03X}:7FF"
        self.process = subprocess.Popen(("candump", "-L", filters), stdout=self.file,
                                        stdin=subprocess.DEVNULL)
        self.offset_ns = 0
        self.commands = {name: [] for name in NODES}
        self.power_ns = []

    def stop(self, offset_ns):
        """Ends listening and reads what was heard; candump stamps with the wall clock."""
        self.offset_ns = offset_ns
        self.process.terminate()
        self.process.wait()
        self.file.close()
        ids = {(LIMIT if n in LIMITED else SETPOINT) + node: n for n, node in NODES.items()}
        with open(self.path, encoding="ascii") as file:
            for line in file:
                self._take(line, ids)

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

#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Print the register image of a SunSpec device, as sunspec_serve.py takes it.

usage: sunspec_image.py DEVICE BASE

A device is JSON as pysunspec2 has it: {"models": [{"ID": 1, "Mn": "Acme", ...}]} with raw
values by point; groups are lists or objects by name. Points that are not there, or null,
are not implemented. Models without a table are two registers.
"""

import importlib.util
import json
import os
import struct
import sys

TREE = os.path.join(os.path.dirname(__file__), "../..")

# What is not implemented, as an integer of the type's size.
ABSENT = {
    "int16": 0x8000, "sunssf": 0x8000, "pad": 0x8000, "int32": 0x80000000,
    "int64": 1 << 63, "acc16": 0, "acc32": 0, "acc64": 0, "string": 0, "ipaddr": 0,
    "ipv6addr": 0, "float32": 0x7FC00000, "float64": 0x7FF8 << 48,
}  # fmt: skip


def tables():
    path = os.path.join(TREE, "scripts/sunspec-table.py")
    spec = importlib.util.spec_from_file_location("table", path)
    table = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(table)
    with open(table.MODELS, encoding="utf-8") as f:
        return table.Reader(f).models


def registers(point, value):
    size, kind = point["size"], point["type"]
    if value is None:
        number = ABSENT.get(kind, (1 << 16 * size) - 1)
    elif kind == "string":
        number = int.from_bytes(value.encode().ljust(2 * size, b"\0")[: 2 * size], "big")
    elif kind == "float32":
        number = struct.unpack(">I", struct.pack(">f", value))[0]
    else:
        number = int(value) & ((1 << 16 * size) - 1)
    return [number >> 16 * (size - 1 - i) & 0xFFFF for i in range(size)]


def group(table, values):
    regs = [r for p in table.points for r in registers(p, values.get(p["name"]))]
    for inner in table.groups:
        entries = values.get(inner.name, [])
        for entry in entries if isinstance(entries, list) else [entries]:
            regs += group(inner, entry)
    return regs


def chain(models):
    known = tables()
    regs = [0x5375, 0x6E53]
    for values in models:
        table = known.get(values["ID"])
        body = group(table.like or table, values) if table else [0, 0]
        regs += [values["ID"], len(body)] + body
    return regs + [0xFFFF, 0]


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__.strip())
    with open(sys.argv[1], encoding="utf-8") as f:
        regs = chain(json.load(f)["models"])
    json.dump({"regs": {int(sys.argv[2]) + i: f"{r:04x}" for i, r in enumerate(regs)}}, sys.stdout)


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Compare what "ovpp sunspec decode --json" printed with a reference decoding.

usage: sunspec_compare.py DUMP.json < DECODED

Says what differs and how many points agree; status 1 if one differs or a model is
not where it is in the dump.
"""

import json
import math
import sys


def same(a, b):
    """A value here and one there, which has been through binary floating point."""
    if a is None or b is None:
        return a is b
    if isinstance(b, str):
        return a == b
    return math.isclose(float(a), float(b), rel_tol=1e-9, abs_tol=1e-12)


class Comparison:
    def __init__(self):
        self.agree = self.differ = self.pads = 0

    def check(self, good, what):
        if not good:
            self.differ += 1
            print("differs:", what)
        return good

    def point(self, where, point, raw, value):
        if point["type"] == "pad":
            self.pads += 1
            return
        name = f"{where} {point['name']}"
        # Raw texts are hex here; their value says the same.
        ours = point["raw"] if isinstance(point["raw"], int) else point["value"]
        self.agree += self.check(
            same(ours, raw) and same(point["value"], value),
            f"{name}: {ours} {point['value']}, there {raw} {value}",
        )

    def group(self, where, group, raw, value):
        """The points of a model or of a group in it; all that are there are here."""
        names = {"ID", "L"} if "id" in group else set()
        for point in group["points"]:
            name = point["name"]
            names.add(name)
            if name not in raw:
                self.check(False, f"{where} {name} is not there")
            else:
                self.point(where, point, raw[name], value[name])
        for inner in group["groups"]:
            name, i = inner["name"], inner["index"]
            names.add(name)
            there, computed = raw.get(name), value.get(name)
            if isinstance(there, list):
                there, computed = there[i : i + 1], computed[i : i + 1]
                there, computed = (there or [None])[0], (computed or [None])[0]
            if there is None:
                self.check(False, f"{where} {name} {i} is not there")
            else:
                self.group(f"{where} {name}[{i}]", inner, there, computed)
        for name in raw.keys() - names:
            self.check(False, f"{where} {name} is not here")


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__.strip())
    with open(sys.argv[1], encoding="utf-8") as f:
        there = json.load(f)["models"]
    here = json.load(sys.stdin)
    c = Comparison()
    unknown = 0
    c.check(len(here) == len(there), f"{len(here)} models, there {len(there)}")
    for model, other in zip(here, there):
        where = f"model {model['id']}"
        for ours, theirs in (("id", "id"), ("length", "len"), ("address", "addr")):
            c.check(model[ours] == other[theirs], f"{where} {ours}: {model[ours]}")
        if model["name"] is None or "points" not in other or "note" in other:
            unknown += 1
        else:
            c.group(where, model, other["points"], other["computed"])
    print(
        f"{c.agree} points agree, {c.differ} differ;",
        f"{unknown} models not compared, {c.pads} pads",
    )
    sys.exit(1 if c.differ else 0)


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Compare "ovpp sunspec decode" with the SunSpec Alliance's model definitions.

usage: sunspec_models.py OVPP MODELS

MODELS is a folder with their JSON files, model_ID.json. Every model that OVPP knows
is filled with random registers, which are decoded by OVPP and, here, by the definition.
Says what differs and how many points agree; status 1 if one differs.
"""

import glob
import json
import math
import os
import random
import re
import struct
import subprocess
import sys
import tempfile
from fractions import Fraction

ROUNDS = 5
COPIES = 2  # of a group that comes as often as it fits

# What is no value.
ABSENT = {"sunssf": -1 << 15, "pad": 1 << 15, "count": (1 << 16) - 1}
for bits in (16, 32, 64):
    ABSENT[f"int{bits}"] = -1 << (bits - 1)
    ABSENT[f"acc{bits}"] = 0
    for kind in ("uint", "enum", "bitfield"):
        ABSENT[f"{kind}{bits}"] = (1 << bits) - 1


def near(envs, name):
    return next(env[name] for env in envs if name in env)


def copies(group, envs):
    count = group.get("count", 1)
    return near(envs, count) if isinstance(count, str) else count or COPIES


def number(point, words):
    value = 0
    for w in words:
        value = value << 16 | w
    signed = point["type"].startswith("int") or point["type"] == "sunssf"
    top = 1 << (16 * len(words))
    return value - top if signed and value >= top >> 1 else value


def symbols(point, raw):
    known = point.get("symbols", [])
    if raw is None:
        return None
    if point["type"].startswith("bitfield"):
        return [s["name"] for s in known if raw >> s["value"] & 1]
    return next((s["name"] for s in known if s["value"] == raw), None)


class Model:
    """Registers for a model, and what they mean."""

    def __init__(self, definition):
        self.words, self.points = [], []
        self.group(definition["group"], [], "", definition["id"])
        self.words[1] = len(self.words) - 2

    def group(self, group, envs, path, model=None):
        env = {}
        envs = [env] + envs
        counts = {g.get("count") for g in group.get("groups", [])}
        counts |= {"NPt", "NCrv", "NCrvSet"}
        filled = []
        for p in group["points"]:
            if model and p["name"] in ("ID", "L"):
                self.words.append(model)
                continue
            words = self.fill(p, p["name"] in counts)
            env[p["name"]] = number(p, words)
            filled.append((p, words))
        for p, words in filled:
            self.points.append((path + p["name"], p, self.meaning(p, words, envs)))
        for g in group.get("groups", []):
            for i in range(copies(g, envs)):
                self.group(g, envs, f"{path}{g['name']}[{i}].")

    def fill(self, p, is_count):
        if is_count:
            words = [random.randrange(1, 4)]
        elif p["type"] == "sunssf":
            words = [random.choice((0, 1, 3, 10, 0xFFFF, 0xFFFE, 0xFFF6, 0x8000))]
        elif p["type"] == "string":
            words = [0x4142] * random.randrange(p["size"])
            words += [0] * (p["size"] - len(words))
        else:
            some = (random.randrange(65536), random.randrange(300), 0xFFFF, 0x8000, 0)
            words = [random.choice(some) for _ in range(p["size"])]
        self.words += words
        return words

    def meaning(self, p, words, envs):
        """Raw value, value and symbol."""
        if p["type"] == "string":
            return None, "AB" * words.count(0x4142) or None, None
        if p["type"] == "float32":
            value = struct.unpack(">f", struct.pack(">2H", *words))[0]
            return None, None if math.isnan(value) else value, None
        raw = number(p, words)
        if raw == ABSENT[p["type"]]:
            return None, None, None
        scale = near(envs, p["sf"]) if "sf" in p else 0
        absent = scale == ABSENT["sunssf"]
        return raw, None if absent else raw * Fraction(10) ** scale, symbols(p, raw)


def flat(node, path=""):
    for p in node["points"]:
        yield path + p["name"], p
    for g in node["groups"]:
        yield from flat(g, f"{path}{g['name']}[{g['index']}].")


def as_float(text):
    return struct.unpack(">f", struct.pack(">f", float(text)))[0]


def same_value(ours, p, theirs):
    if ours is None or theirs is None:
        return ours is theirs
    if p["type"] == "string":
        return ours == theirs
    if p["type"] == "float32":
        return math.isinf(theirs) or as_float(ours) == theirs
    return Fraction(ours) == theirs


def same(ours, p, meaning):
    raw, value, symbol = meaning
    unit = " ".join(p["units"].split()) if "units" in p else None
    kind = "uint16" if p["type"] == "count" else p["type"]
    good = ours["type"] == kind and (ours["unit"] or None) == (unit or None)
    if p["type"] not in ("string", "float32"):
        good = good and (ours["raw"] if raw is None else int(ours["raw"])) == raw
    return good and ours["symbol"] == symbol and same_value(ours["value"], p, value)


def decode(ovpp, words):
    with tempfile.NamedTemporaryFile("w", suffix=".hex") as f:
        f.write(" ".join(f"{w:04x}" for w in words))
        f.flush()
        out = subprocess.check_output([ovpp, "sunspec", "decode", f.name, "--base=0", "--json"])
    return json.loads(out)


def known(definition, ovpp):
    """Does OVPP decode this model?"""
    return decode(ovpp, [0x5375, 0x6E53, definition["id"], 0, 0xFFFF])[0]["name"] is not None


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__.strip())
    ovpp, folder = sys.argv[1:]
    definitions = []
    for path in glob.glob(os.path.join(folder, "model_*.json")):
        if re.search(r"model_\d+\.json$", path):
            with open(path, encoding="utf-8") as f:
                definitions.append(json.load(f))
    definitions = [d for d in definitions if known(d, ovpp)]
    random.seed(1)
    agree = differ = 0
    for _ in range(ROUNDS):
        models = [Model(d) for d in definitions]
        words = [0x5375, 0x6E53] + [w for m in models for w in m.words] + [0xFFFF]
        for model, ours in zip(models, decode(ovpp, words), strict=True):
            here = list(flat(ours))
            if [n for n, _ in here] != [n for n, _, _ in model.points] or ours["registers"]:
                print(f"differs: model {ours['id']} has other points")
                differ += 1
                continue
            for (name, point), (_, p, meaning) in zip(here, model.points):
                good = same(point, p, meaning)
                agree += good
                differ += not good
                if not good:
                    print(f"differs: model {ours['id']} {name}: {point}, there {meaning}")
    print(f"{agree} points agree, {differ} differ; {len(definitions)} models")
    sys.exit(1 if differ or not agree else 0)


if __name__ == "__main__":
    main()

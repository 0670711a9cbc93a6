#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Write the SunSpec models as C tables for libovpp to standard output.

usage: sunspec-table.py > userspace/lib/sunspec_gen.c

What is read is userspace/lib/sunspec_models.txt, whose head says how it is
written; the tables' types are in userspace/lib/sunspec.h.
"""

import os
import re
import sys

MODELS = os.path.join(os.path.dirname(__file__), "../userspace/lib/sunspec_models.txt")

# Registers of a value.
SIZES = {
    "int16": 1, "uint16": 1, "acc16": 1, "enum16": 1, "bitfield16": 1, "sunssf": 1, "pad": 1,
    "int32": 2, "uint32": 2, "acc32": 2, "enum32": 2, "bitfield32": 2, "float32": 2, "ipaddr": 2,
    "int64": 4, "uint64": 4, "acc64": 4, "float64": 4, "eui48": 4, "ipv6addr": 8,
}  # fmt: skip

# Of ID and L, which all models have.
HEADER = 2


class Group:
    """A group of points, and at its top a model."""

    def __init__(self, name, outer=None, count="1", model=None):
        self.name, self.outer, self.count, self.model = name, outer, count, model
        self.points, self.groups = [], []
        self.size = 0 if outer else HEADER
        self.like = None

    def has(self, name):
        found = any(p["name"] == name for p in self.points)
        return found or (self.outer is not None and self.outer.has(name))


class Reader:
    def __init__(self, lines):
        self.symbols, self.models = {}, {}
        self.into = []  # what the lines of each depth go into
        for number, line in enumerate(lines, 1):
            text = line.split("#")[0].rstrip()
            if not text:
                continue
            try:
                self.line(len(text) - len(text.lstrip("\t")), text.split())
            except (ValueError, KeyError, IndexError, AttributeError) as error:
                sys.exit(f"sunspec_models.txt:{number}: {error}: {text.strip()}")
        for model in self.models.values():
            self.check(model)

    def line(self, depth, words):
        del self.into[depth:]
        if words[0] == "symbols":
            self.symbols[words[1]] = []
            self.into = [self.symbols[words[1]]]
        elif words[0] == "model":
            self.model(*words[1:])
        elif isinstance(self.into[-1], list):
            self.into[-1].append((int(words[0]), " ".join(words[1:])))
        elif words[0] == "group":
            self.group(*words[1:])
        else:
            self.point(words)

    def model(self, number, name, equals=None, other=None):
        top = Group(name, model=int(number))
        if equals:
            top.like = self.models[int(other)]
        self.models[int(number)] = top
        self.into = [top]

    def group(self, name, how=None, count="1"):
        outer = self.into[-1]
        group = Group(name, outer, "0" if how == "fill" else count)
        outer.groups.append(group)
        self.into.append(group)

    def point(self, words):
        group = self.into[-1]
        if group.groups:
            raise ValueError("a point behind a group")
        string = re.fullmatch(r"string\[(\d+)\]", words[1])
        kind = "string" if string else words[1]
        size = int(string[1]) if string else SIZES[kind]
        point = {"name": words[0], "type": kind, "size": size, "offset": group.size}
        rest = words[2:]
        for mark, field in (("*", "scale"), ("=", "symbols")):
            if rest and rest[0].startswith(mark):
                point[field] = rest.pop(0)[1:]
        if "symbols" in point and point["symbols"] not in self.symbols:
            raise ValueError("no such symbols")
        point["unit"] = " ".join(rest)
        group.points.append(point)
        group.size += size

    def check(self, group):
        if not group.like and not group.points:
            sys.exit(f"sunspec_models.txt: group {group.name} has no point")
        names = [p["scale"] for p in group.points if "scale" in p]
        names += [g.count for g in group.groups if not g.count.isdigit()]
        for name in names:
            if not group.has(name):
                sys.exit(f"sunspec_models.txt: group {group.name}: there is no {name}")
        for inner in group.groups:
            self.check(inner)


def quoted(text):
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def symbol_tables(symbols):
    for name, values in symbols.items():
        yield f"static const struct ovpp_sunspec_symbol s_{name}[] = {{"
        yield from (f"\t{{ {number}, {quoted(text)} }}," for number, text in values)
        yield "\t{ 0, NULL },"
        yield "};"


def point_row(p):
    fields = [quoted(p["name"])]
    fields += [quoted(p[k]) if p.get(k) else "NULL" for k in ("unit", "scale")]
    fields.append(f"s_{p['symbols']}" if "symbols" in p else "NULL")
    fields += [f"OVPP_SUNSPEC_{p['type'].upper()}", str(p["size"]), str(p["offset"])]
    return "\t{ " + ", ".join(fields) + " },"


def group_row(group, key):
    by = "NULL" if group.count.isdigit() else quoted(group.count)
    number = group.count if group.count.isdigit() else "0"
    return (
        f"{{ {quoted(group.name)}, p_{key}, COUNT(p_{key}), {group.size}, "
        + (f"g_{key}, COUNT(g_{key}), " if group.groups else "NULL, 0, ")
        + f"{number}, {by} }}"
    )


def group_tables(group, key):
    """The tables of a group's points and of the groups within it."""
    yield f"static const struct ovpp_sunspec_point p_{key}[] = {{"
    yield from map(point_row, group.points)
    yield "};"
    for inner in group.groups:
        yield from group_tables(inner, f"{key}_{inner.name}")
    if group.groups:
        yield f"static const struct ovpp_sunspec_group g_{key}[] = {{"
        yield from (f"\t{group_row(g, f'{key}_{g.name}')}," for g in group.groups)
        yield "};"


def model_row(model):
    like = model.like or model
    named = Group(model.name)
    named.points, named.groups, named.size = like.points, like.groups, like.size
    return f"\t{{ {model.model}, {group_row(named, like.model)} }},"


def text(reader):
    yield "// SPDX-License-Identifier: GPL-2.0-or-later"
    yield "/* Generated by scripts/sunspec-table.py from userspace/lib/sunspec_models.txt. */"
    yield "/* clang-format off */"
    yield '#include "sunspec.h"'
    yield ""
    yield "#define COUNT(a) (sizeof(a) / sizeof((a)[0]))"
    yield ""
    yield from symbol_tables(reader.symbols)
    for number, model in reader.models.items():
        if not model.like:
            yield from group_tables(model, number)
    yield "const struct ovpp_sunspec_model ovpp_sunspec_models[] = {"
    yield from map(model_row, reader.models.values())
    yield "};"
    yield "const size_t ovpp_sunspec_n_models = COUNT(ovpp_sunspec_models);"


def main():
    if len(sys.argv) != 1:
        sys.exit(__doc__.strip())
    sys.stdout.reconfigure(encoding="utf-8")
    with open(MODELS, encoding="utf-8") as f:
        sys.stdout.write("\n".join(text(Reader(f))) + "\n")


if __name__ == "__main__":
    main()

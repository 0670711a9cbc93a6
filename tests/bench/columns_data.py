#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""columns_data.py SET DATA OUT: a public data set (a folder as in ../shared/data) as
records for columns.c. Numbers are integers at the precision of the file; one that is
missing is 0 with the quality "never". Which column is which field is below.

OUT.wide and OUT.own are the columns of the set alone, its time first, each behind the
other: as 8 bytes a number, and as many as the column's numbers need."""

import csv
import datetime
import decimal
import itertools
import pathlib
import struct
import sys

HEAD = struct.Struct("<QQQHHIII")
SAMPLE = struct.Struct("<qqQQqiiiiIIIIIIIHH")
FIELDS = ("p q e_import e_export p_set v i f temp soc soh state alarm warning age quality"
          " supervision flags").split()
# Those that have a quality, in the order of its bits.
POINTS = "p q e_import e_export v i f temp soc soh state alarm warning".split()
GOOD = 1
EPOCH_NS = 1_709_154_000_000_000_000


def number(text, digits):
    return int(decimal.Decimal(text).scaleb(digits)) if text else None


def household(folder):
    """A house and its PV plant every 30 minutes for a year: mW."""
    with open(folder / "optimization/emhass/household_1y_30min.csv", encoding="utf-8") as f:
        rows = list(csv.reader(f))[1:]
    start = datetime.datetime.fromisoformat(rows[0][0])
    for time, *powers in rows:
        t = int((datetime.datetime.fromisoformat(time) - start).total_seconds()) * 10**9
        yield t, [{"p": number(p, 3)} for p in powers]


def transmission(folder):
    """Two buses (voltage, angle as a current, frequency) and two lines, 30 times a second."""
    path = folder / "market/gmlc/Grid_Info_data_artificial_inertia.csv"
    with open(path, encoding="utf-8") as f:
        for t, v1, a1, f1, p1, q1, p2, q2, v2, a2, f2 in list(csv.reader(f))[1:]:
            yield number(t, 9), [
                {"v": number(v1, 2), "i": number(a1, 3), "f": number(f1, 3)},
                {"p": number(p1, 3), "q": number(q1, 3)},
                {"p": number(p2, 3), "q": number(q2, 3)},
                {"v": number(v2, 2), "i": number(a2, 3), "f": number(f2, 3)},
            ]


def record(seq, t, der, values):
    known = {k: v for k, v in values.items() if v is not None}
    known["quality"] = sum(GOOD << 2 * i for i, p in enumerate(POINTS) if p in known)
    return (HEAD.pack(seq, t, EPOCH_NS + t, 1, 0, 1, der, 0)
            + SAMPLE.pack(*(known.get(f, 0) for f in FIELDS)))


def columns(rows):
    """Time in ns and all values, column by column."""
    yield [t for t, _ in rows]
    for der, values in enumerate(rows[0][1]):
        for field in values:
            yield [ders[der][field] or 0 for _, ders in rows]


def width(column):
    """Code of the narrowest integer that holds all of a column."""
    for code, bits in (("b", 8), ("h", 16), ("i", 32)):
        if all(-(1 << bits - 1) <= v < 1 << bits - 1 for v in column):
            return code
    return "q"


def main():
    name, folder, out = sys.argv[1:]
    read = {"household": household, "transmission": transmission}
    rows = list(read[name](pathlib.Path(folder)))
    seq = itertools.count()
    with open(out, "wb") as f:
        for t, ders in rows:
            for der, values in enumerate(ders, 1):
                f.write(record(next(seq), t, der, values))
    with open(out + ".wide", "wb") as wide, open(out + ".own", "wb") as own:
        for c in columns(rows):
            wide.write(struct.pack(f"<{len(c)}q", *c))
            own.write(struct.pack(f"<{len(c)}{width(c)}", *c))


main()

#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""report.py TSV JSON COMMIT: measurements as JSON, and as a table on standard
output. Status 1 when a goal is missed. run.sh says what the fields are."""

import json
import sys


def measurement(line, commit):
    name, ours, peer, peer_name, unit, goal, conditions = line.split("\t")
    at_least = goal.startswith(">=")
    ours, goal = float(ours), float(goal.removeprefix(">="))
    peer = None if peer == "-" else float(peer)
    ratio = None if peer is None else round(ours / peer, 3)
    judged = ours if ratio is None else ratio
    return {
        "name": name,
        "ours": ours,
        "peer": peer,
        "peer_name": None if peer is None else peer_name,
        "unit": unit,
        "ratio": ratio,
        "goal": goal,
        "at_least": at_least,
        "met": judged >= goal if at_least else judged <= goal,
        "conditions": conditions,
        "commit": commit,
    }


def number(value):
    return "-" if value is None else f"{value:.10g}"


def show(results):
    rows = [("measured", "ours", "peer", "unit", "ratio", "goal", "")]
    rows += [
        (r["name"], number(r["ours"]), number(r["peer"]), r["unit"], number(r["ratio"]),
         (">= " if r["at_least"] else "<= ") + number(r["goal"]), "met" if r["met"] else "MISSED")
        for r in results
    ]
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    for row in rows:
        print("  ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip())


def main():
    tsv, out, commit = sys.argv[1:]
    with open(tsv, encoding="utf-8") as f:
        results = [measurement(line.rstrip("\n"), commit) for line in f]
    with open(out, "w", encoding="utf-8") as f:
        json.dump(results, f, indent=2)
        f.write("\n")
    show(results)
    return 0 if results and all(r["met"] for r in results) else 1


sys.exit(main())

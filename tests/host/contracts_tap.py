#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""contracts_tap.py BUILD-STATUS LOG SNAPSHOT: what forge and the gas measurement said, as TAP.

LOG has forge.json (of forge test --json) and gas ("NAME: GAS" a line, as in SNAPSHOT).
"""

import json
import pathlib
import re
import sys

# Gas of whole transactions, at most. Those of many batches are of all of them together.
GOALS = {
    "anchor, steady": 37_200,
    "anchor relayed, steady": 45_400,
    "anchor 100 of 100 gateways, all": 2_740_000,
    "register device, later": 80_000,
    "claim of 1,024, later": 60_500,
}
RECORDS_PER_BATCH = 3600
GAS_PER_RECORD = 10.4

# How much more than in the snapshot a transaction may cost.
TOLERANCE = 1.02

results = []


def result(good, name, details=()):
    results.append(good)
    print(f"{'ok' if good else 'not ok'} {len(results)} contracts: {name}")
    for line in details:
        print(f"# {line}")


def promise(test):
    """test_a_key_is_registered_once() is a sentence."""
    return re.sub(r"^(test|testFuzz|invariant)_|\(.*", "", test).replace("_", " ")


def forge(path):
    suites = json.loads(path.read_text())
    for suite, content in sorted(suites.items()):
        name = re.sub(r"(Test)?$", "", suite.split(":")[1])
        for test, outcome in sorted(content["test_results"].items()):
            good = outcome["status"] == "Success"
            details = [] if good else [str(outcome.get("reason")), str(outcome.get("counterexample"))]
            result(good, f"{name}: {promise(test)}", details)


def read_gas(path):
    lines = (line.rsplit(": ", 1) for line in path.read_text().splitlines())
    return {name: int(gas) for name, gas in lines}


def gas(measured, snapshot):
    for name, used in measured.items():
        before = snapshot.get(name)
        if before is None:
            result(False, f"gas: {name}: is in no snapshot")
            continue
        result(used <= before * TOLERANCE, f"gas: {name}: at most 2 % over the snapshot",
               [f"{used:,}, snapshot {before:,}"])
    for name in snapshot.keys() - measured.keys():
        result(False, f"gas: {name}: was not measured")
    for name, goal in GOALS.items():
        used = measured.get(name, sys.maxsize)
        result(used <= goal, f"gas: {name}: at most {goal:,}", [f"{used:,}"])
    per_record = measured.get("anchor, steady", sys.maxsize) / RECORDS_PER_BATCH
    result(per_record <= GAS_PER_RECORD, f"gas: at most {GAS_PER_RECORD} a record", [f"{per_record:.2f}"])


def main():
    built, log, snapshot = sys.argv[1] == "0", pathlib.Path(sys.argv[2]), pathlib.Path(sys.argv[3])
    result(built, "they compile")
    if built:
        try:
            forge(log / "forge.json")
        except ValueError:
            result(False, "forge tests", (log / "forge").read_text().splitlines()[-20:])
        measured = read_gas(log / "gas")
        result(bool(measured), "transactions run on anvil, and its events give the head that it has",
               [] if measured else (log / "gas.err").read_text().splitlines()[-20:])
        gas(measured, read_gas(snapshot))
    print(f"1..{len(results)}")
    sys.exit(0 if all(results) else 1)


main()

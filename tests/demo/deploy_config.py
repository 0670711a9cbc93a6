#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Prints what the demo's contracts are deployed with: those of contracts/deploy/local.json,
but for parameters of a day that lasts a minute."""

import json
import os
import time

HERE = os.path.dirname(os.path.abspath(__file__))
LOCAL = os.path.join(HERE, "..", "..", "contracts", "deploy", "local.json")
SLOT_S = 60

# Registers count a day in a minute, power is what it is: they differ by as much as a
# device can move in a day. On a chain of real devices it is three minutes.
PARAMETERS = {
    "epoch_start_s": int(time.time()) // SLOT_S * SLOT_S,
    "epoch_s": 10 * SLOT_S,
    "slot_s": SLOT_S,
    "bin_s": 10,
    "bin_coverage_ppm": 500_000,
    "energy_slack_ms": 86_400_000,
    "owner_cap_ppm": 1_000_000,
}

with open(LOCAL, encoding="utf-8") as file:
    config = json.load(file)
names = config["parameters"]["names"]
for name, value in PARAMETERS.items():
    config["parameters"]["values"][names.index(name)] = value
print(json.dumps(config, indent=1))

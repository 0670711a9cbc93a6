#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""A day of a site in a minute: usage:

demo.py GATEWAY-CAN DEVICES-CAN GATEWAY-TTY DEVICES-TTY GATEWAY-TTY DEVICES-TTY [PORT]

ovpp-sim is the site's devices at the one end of the CAN wire and of two serial
lines, the module and ovppd are the gateway at the other. Every claim of the summary is checked with what was
recorded, heard on the wire, or simulated; a claim that fails ends the demo with
status 1. PORT: of a node of an EVM chain on this machine, with the contracts.
"""

import collections
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time

from claims import check
from gateway import (SITE_STATES, SUPERVISION, Daemon, Feed, Refused, evidence_facts, fill_in,
                     ledger_facts, ovpp, wait_for)
from onchain import Chain
from summary import collect, show
from view import View
from wire import Wire

HERE = os.path.dirname(os.path.abspath(__file__))
OUT = os.path.join(HERE, "..", "..", "build", "demo")
SPEED = 1440
UNPLUGGED = "battery"
NEWS = {"online": "is there", "silent": "is silent: in quarantine, at its safe value"}


class Clock:
    """Simulated time of day, reckoned from the start of ovpp-sim."""

    speed = SPEED

    def __init__(self):
        self.start_ns = time.monotonic_ns()

    def day_s(self):
        return (time.monotonic_ns() - self.start_ns) / 1e9 * self.speed

    def text(self):
        minutes = int(self.day_s() // 60)
        return f"{minutes // 60:02}:{minutes % 60:02}"


def shortest_timeout_ms(profile):
    """When a device of this profile counts as silent at the earliest."""
    return min(m["timeout_ms"] for m in ovpp("profile", "show", profile)["message"]
               if m.get("timeout_ms") and "optional" not in m.get("flags", ()))


class Demo:
    """The processes of the demo and what is known of them."""

    def __init__(self, gateway_can, devices_can, gateway_grid, devices_grid, gateway_field,
                 devices_field, port=None):
        self.run_dir = tempfile.mkdtemp(prefix="ovpp-demo-")
        self.results_path = os.path.join(self.run_dir, "results.json")
        self.wire = Wire(devices_can, os.path.join(self.run_dir, "wire.log"), UNPLUGGED)
        self.taken_path = os.path.join(self.run_dir, "taken.json")
        self.scenario = os.path.join(self.run_dir, "day.yaml")
        fill_in("day.yaml", self.scenario, {})
        self.chain = Chain(self.run_dir, port) if port else None
        self.daemon = Daemon(self.run_dir, {"@IF@": gateway_can, "@GRID@": gateway_grid,
                                            "@FIELD@": gateway_field,
                                            "@CHAIN@": self.chain.config() if port else ""})
        self.buses = ("--can", devices_can, "--line", f"grid={devices_grid}",
                      "--line", f"field={devices_field}")
        self.devices = None
        self.feed = None
        self.view = None
        self.clock = None
        self.kills = []
        self.restart_ns = None
        self.dispatch_id = None
        self.lease = None
        self.silent_ms = None

    def start(self):
        """First the gateway, which finds nobody on the bus, then the devices."""
        self.daemon.start()
        wait_for("ovppd sets up the site", 60, self._is_set_up)
        self.lease = {k: ovpp("site", "show")[k] for k in ("heartbeat_ms", "fallback_ms")}
        self.silent_ms = shortest_timeout_ms("battery")
        self.feed = Feed()
        wait_for("the first record", 60, lambda: self.feed.site)
        self.devices = subprocess.Popen(
            ("ovpp-sim", "run", self.scenario, *self.buses, "--speed", str(SPEED),
             "--json", self.results_path, "--commands", self.taken_path),
            stdout=subprocess.PIPE, text=True)
        self.devices.stdout.readline()
        self.clock = Clock()
        self.view = View(self.feed, self.clock)
        self.view.note("the devices are on the bus; nobody has told them anything yet")

    @staticmethod
    def _is_set_up():
        try:
            return len(ovpp("der", "list")) == 7
        except Refused:
            return False

    def register(self):
        if self.chain:
            self.chain.register()
            self.view.note("owner and devices sign: the site is registered on the chain")

    def dispatch(self):
        reply = ovpp("dispatch", "run", "--p", "9kW", "--for", "6s")
        self.dispatch_id = reply["id"]
        self.view.note("dispatch: export 9 kW for 6 s (2.4 simulated hours)")

    def kill_daemon(self):
        self.kills.append({"mono_ns": time.monotonic_ns(), "record": self.feed.last_seq})
        self.daemon.kill()
        self.view.note("kill -9 ovppd: the kernel goes on by its local rules")

    def restart_daemon(self):
        self.daemon.start()
        self.restart_ns = time.monotonic_ns()
        self.view.note("ovppd is started again")

    def kill_daemon_for_good(self):
        self.kill_daemon()
        self.view.note("nobody starts it again: the lease will end")

    def run_day(self):
        steps = collections.deque((
            ("01:12", self.register),
            ("03:36", self.dispatch),
            ("16:24", self.kill_daemon),
            ("17:12", self.restart_daemon),
            ("20:24", self.kill_daemon_for_good)))
        announced = 0
        while self.devices.poll() is None:
            while steps and self.clock.text() >= steps[0][0]:
                steps.popleft()[1]()
            announced = self._announce(announced)
            self.view.draw()
            time.sleep(0.2)

    def _announce(self, n):
        """Notes what the kernel itself reports."""
        for event in self.feed.events[n:]:
            name = self.feed.names.get(event["der"], "")
            if event["code"] == "der_supervision" and name == UNPLUGGED:
                text = NEWS.get(SUPERVISION[event["arg"]])
                if text:
                    self.view.note(f"kernel: {name} {text}")
            elif event["code"] == "site_state":
                state = SITE_STATES[event["arg"] & 0xff].replace("_", "-")
                self.view.note(f"kernel: site is {state}")
            n += 1
        return n

    def finish(self):
        """All that is left to know once the day is over."""
        time.sleep(1)
        der = {d["name"]: d for d in ovpp("der", "list")}
        head = ovpp("site", "show")["head"]
        stats = ovpp("stats", "show")
        wait_for("the last records", 60, lambda: self.feed.last_seq + 1 >= head)
        self.feed.stop()
        self.wire.stop(self.feed.site[-1]["real_ns"] - self.feed.site[-1]["mono_ns"],
                       self.taken_path)
        with open(self.results_path, encoding="utf-8") as file:
            truth = json.load(file)
        ledger = self.daemon.ledger
        bundle = os.path.join(self.run_dir, "day.evidence")
        ovpp("ledger", "export", "--ledger", ledger, "--out", bundle)
        chain = self.chain.facts(ledger, bundle) if self.chain else None
        return collect(self, der, stats, truth, ledger_facts(ledger),
                       evidence_facts(ledger, bundle), chain)

    def stop(self):
        for process in (self.devices, self.daemon.process, self.feed and self.feed.process,
                        self.wire.process):
            if process and process.poll() is None:
                process.kill()
                process.wait()
        for name in ("ovppd.log", "results.json", "wire.log", "taken.json", "ledger.db",
                     "ledger.db-wal", "day.evidence", "epoch1.json"):
            path = os.path.join(self.run_dir, name)
            if os.path.exists(path):
                shutil.copy(path, OUT)
        shutil.rmtree(self.run_dir)


def main(*ends):
    os.makedirs(OUT, exist_ok=True)
    demo = Demo(*ends)
    try:
        demo.start()
        demo.run_day()
        facts = demo.finish()
    except (Refused, RuntimeError, TimeoutError) as error:
        print(f"demo: {error}\nthe daemon's log: build/demo/ovppd.log", file=sys.stderr)
        return 1
    finally:
        demo.stop()
    claims = check(facts)
    facts["claims"] = claims
    with open(os.path.join(OUT, "summary.json"), "w", encoding="utf-8") as file:
        json.dump(facts, file, indent=1)
        file.write("\n")
    show(facts)
    return 0 if all(c["holds"] for c in claims) else 1


if __name__ == "__main__":
    if len(sys.argv) not in (7, 8):
        sys.exit(__doc__)
    sys.exit(main(*sys.argv[1:]))

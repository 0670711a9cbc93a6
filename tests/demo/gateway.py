# SPDX-License-Identifier: GPL-2.0-or-later
"""The gateway as an operator sees it: ovppd, ovpp, and what they record."""

import json
import os
import sqlite3
import subprocess
import threading
import time

SUPERVISION = ("waiting", "online", "silent", "alarmed", "disabled", "unreachable")
SITE_STATES = ("start", "autonomous", "following", "fail_safe", "fault")


class Refused(Exception):
    """A command ended with a status that is not 0."""


def ovpp(*words):
    """Runs an ovpp command and returns its JSON."""
    done = subprocess.run(("ovpp", *words, "--json"), capture_output=True, text=True, check=False)
    if done.returncode:
        raise Refused(f"ovpp {' '.join(words)}: status {done.returncode}: {done.stderr.strip()}")
    return json.loads(done.stdout) if done.stdout.strip() else None


def wait_for(what, seconds, true):
    """Until true() is; the demo cannot go on without."""
    end = time.monotonic() + seconds
    while not true():
        if time.monotonic() > end:
            raise TimeoutError(f"{what}: not within {seconds} s")
        time.sleep(0.05)


def fill_in(name, path, words):
    """A file of this folder with its words between @ replaced."""
    here = os.path.dirname(os.path.abspath(__file__))
    with open(os.path.join(here, name), encoding="utf-8") as file:
        text = file.read()
    for word, value in {**words, "@HERE@": here}.items():
        text = text.replace(word, value)
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)


class Daemon:
    """ovppd, with the demo's configuration."""

    def __init__(self, run_dir, words):
        self.log = open(os.path.join(run_dir, "ovppd.log"), "ab")
        self.config = os.path.join(run_dir, "ovppd.yaml")
        self.ledger = os.path.join(run_dir, "ledger.db")
        self.process = None
        fill_in("site.yaml", self.config, {**words, "@RUN@": run_dir})

    def start(self):
        self.process = subprocess.Popen(("ovppd", "--config", self.config), stdout=self.log,
                                        stderr=self.log, stdin=subprocess.DEVNULL)

    def kill(self):
        """kill -9: it has no chance to say good-bye."""
        self.process.kill()
        self.process.wait()


class Feed:
    """Every record of the site, from the ring, without ovppd."""

    def __init__(self):
        self.names = {der["id"]: der["name"] for der in ovpp("der", "list")}
        self.first_seq = None
        self.last_seq = -1
        self.count = 0
        self.site = []
        self.samples = {name: [] for name in self.names.values()}
        self.events = []
        self.dispatches = []
        self.process = subprocess.Popen(("ovpp", "watch", "--all", "--json"), text=True,
                                        stdout=subprocess.PIPE, stdin=subprocess.DEVNULL)
        self.thread = threading.Thread(target=self._read, daemon=True)
        self.thread.start()

    def _read(self):
        for line in self.process.stdout:
            # The last line is cut when the process is stopped.
            if line.endswith("\n"):
                self._take(json.loads(line))

    def _take(self, record):
        if "seq" not in record:
            return
        if self.first_seq is None:
            self.first_seq = record["seq"]
        self.last_seq = record["seq"]
        self.count += 1
        if record["type"] == "site":
            self.site.append(record)
        elif record["type"] == "sample":
            self.samples.setdefault(self.names.get(record["der"]), []).append(record)
        elif record["type"] == "event":
            self.events.append(record)
        elif record["type"] == "dispatch":
            self.dispatches.append(record)

    def stop(self):
        self.process.terminate()
        self.process.wait()
        self.thread.join()

    def lost(self):
        """Records that were overwritten before they could be read."""
        return self.last_seq - self.first_seq + 1 - self.count

    def latest(self, name):
        return self.samples[name][-1] if self.samples.get(name) else {}

    def supervision(self, name, state):
        """Times at which a DER came into a state."""
        return [e["mono_ns"] for e in self.events
                if e["code"] == "der_supervision" and self.names.get(e["der"]) == name
                and e["arg"] == SUPERVISION.index(state)]

    def states(self, state):
        """Times at which the site came into a state."""
        return [e["mono_ns"] for e in self.events
                if e["code"] == "site_state" and e["arg"] & 0xff == SITE_STATES.index(state)]

    def between(self, start_ns, end_ns):
        """The site's records of a span of time."""
        return [s for s in self.site if start_ns <= s["mono_ns"] < end_ns]


def ledger_facts(path):
    """What a dead daemon's ledger holds."""
    with sqlite3.connect(path) as db:
        count, first, last, last_ns, lost = db.execute(
            "SELECT sum(records), min(first_seq), max(last_seq), max(mono_ns), sum(lost)"
            " FROM batch").fetchone()
        check = db.execute("PRAGMA integrity_check").fetchone()[0]
    return {"records": count, "first_seq": first, "last_seq": last, "last_mono_ns": last_ns,
            "lost": lost, "integrity": check}


def verify(key, bundle):
    """What ovpp-verify says of a bundle; it sees neither ledger nor gateway."""
    done = subprocess.run(("ovpp-verify", "--json", "--key", key, bundle), capture_output=True,
                          text=True, check=False)
    return json.loads(done.stdout)


def evidence_facts(ledger, bundle):
    """What a verifier makes of a ledger's bundle before and after a forgery."""
    key = ovpp("key", "show", "--ledger", ledger)["gateway"]
    verdict = verify(key, bundle)
    with open(bundle, "r+b") as file:
        size = file.seek(0, os.SEEK_END)
        file.seek(size // 2)
        byte = file.read(1)[0]
        file.seek(size // 2)
        file.write(bytes((byte ^ 1,)))
    forged = verify(key, bundle)
    return {"gateway": key, "bytes": size, "proven": verdict["proven"],
            "batches": verdict["batches"], "records": verdict["disclosed"],
            "devices": len(verdict["devices"]), "forged_byte": size // 2,
            "forgery_proven": forged["proven"], "forgery_found_at": forged["fault"]["offset"],
            "stored_bytes_a_record":
                round(ovpp("ledger", "status", "--ledger", ledger)["bytes_per_record"], 1)}

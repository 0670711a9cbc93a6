# SPDX-License-Identifier: GPL-2.0-or-later
"""The numbers of the run, all of them measured, and how they are shown."""

import platform

from view import ORDER, kwh
from wire import COMMANDED


def percentile(values, share):
    """The value below which a share of all values is; None of none."""
    values = sorted(values)
    return values[min(int(len(values) * share), len(values) - 1)] if values else None


def errors_mw(samples):
    """|PCC - target| where a target was in force and the PCC known."""
    return [abs(s["pcc_mw"] - s["target_mw"]) for s in samples
            if s.get("target_mw") is not None and s.get("pcc_quality") == "good"]


def error_facts(samples):
    errors = errors_mw(samples)
    return {"samples": len(errors),
            "mean_mw": round(sum(errors) / len(errors)) if errors else None,
            "p50_mw": percentile(errors, 0.5), "p95_mw": percentile(errors, 0.95),
            "max_mw": max(errors, default=None)}


def machine():
    with open("/proc/cpuinfo", encoding="ascii", errors="replace") as file:
        cpu = next((line.split(":")[1].strip() for line in file if "model name" in line), "")
    return {"kernel": platform.release(), "realtime": "PREEMPT_RT" in platform.version(),
            "cpu": cpu, "emulated": "TCG" in cpu}


def energy_facts(der, truth):
    """Registers as the module decoded them, beside the simulator's own."""
    facts = {}
    for name in ORDER:
        point = {p["id"]: p.get("value") for p in der[name]["point"]}
        real = truth["devices"][name]
        facts[name] = {
            "e_import_mwh": point.get("e_import"), "e_export_mwh": point.get("e_export"),
            "sim_e_import_mwh": real["e_import_mwh"], "sim_e_export_mwh": real["e_export_mwh"]}
    return facts


def dispatch_facts(demo):
    record = next((d for d in demo.feed.dispatches if d["id"] == demo.dispatch_id), None)
    if not record:
        return None
    keys = ("state", "e_asked_mwh", "e_delivered_mwh", "error_mean_mw", "unknown_ms")
    facts = {key: record[key] for key in keys}
    # The first second is the ramp to the new target.
    facts["settled"] = error_facts(demo.feed.between(record["start_ns"] + 10**9,
                                                     record["end_ns"]))
    facts["duration_ms"] = (record["end_ns"] - record["start_ns"]) // 10**6
    return facts


def unplug_facts(demo, name):
    """From the last message of the unplugged device to its quarantine, and back."""
    last_ns, next_ns = demo.wire.silence()
    silent = [t for t in demo.feed.supervision(name, "silent") if last_ns <= t < next_ns]
    back = [t for t in demo.feed.supervision(name, "online") if t >= next_ns]
    held = demo.wire.commands_between(name, silent[0] + 10**8, next_ns) if silent else []
    return {
        "device": name, "timeout_ms": demo.silent_ms, "away_ms": (next_ns - last_ns) // 10**6,
        "quarantined_after_ms": (silent[0] - last_ns) // 10**6 if silent else None,
        "back_after_ms": (back[0] - next_ns) // 10**6 if back else None,
        "commands_while_away": len(held),
        "greatest_command_while_away_mw": max((abs(c[1]) for c in held), default=None),
        "pcc_error": error_facts(demo.feed.between(last_ns, next_ns))}


def kill_facts(demo):
    """From the first kill -9 until the daemon has the site again."""
    start = demo.kills[0]["mono_ns"]
    back = [t for t in demo.feed.states("following") if t > demo.restart_ns]
    end = back[0] if back else demo.restart_ns
    samples = demo.feed.between(start, end)
    pauses = [b["mono_ns"] - a["mono_ns"] for a, b in zip(samples, samples[1:])]
    return {
        "without_daemon_ms": (end - start) // 10**6,
        "restarted_after_ms": (demo.restart_ns - start) // 10**6,
        "ticks": samples[-1]["ticks"] - samples[0]["ticks"] if samples else 0,
        "records": sum(1 for _ in samples),
        "longest_pause_of_records_ms": max(pauses, default=0) // 10**6,
        "states": sorted({s["state"] for s in samples}),
        "pcc_error": error_facts(samples)}


def fail_safe_facts(demo):
    """After the last kill -9: the end of the lease, and the wire after it."""
    kill_ns = demo.kills[-1]["mono_ns"]
    ends = [t for t in demo.feed.states("fail_safe") if t > kill_ns]
    if not ends:
        return None
    after = {n: demo.wire.commands_between(n, ends[0], float("inf")) for n in COMMANDED}
    first = {n: c[0][0] - ends[0] for n, c in after.items() if c}
    return {
        **demo.lease,
        "lease_ended_after_ms": (ends[0] - kill_ns) // 10**6,
        "safe_on_wire_after_us": {n: t // 1000 for n, t in first.items()},
        "commands_after": {n: len(c) for n, c in after.items()},
        "unsafe_commands_after": sum(1 for c in after.values() for _, mw in c if mw)}


def start_facts(demo):
    """Before the first setpoint nothing may have been told to move."""
    begin = demo.feed.states("following")
    before = {n: demo.wire.commands_between(n, 0, begin[0] if begin else float("inf"))
              for n in COMMANDED}
    return {"following": bool(begin),
            "commands_before": sum(len(c) for c in before.values()),
            "unsafe_commands_before": sum(1 for c in before.values() for _, mw in c if mw)}


def curve(demo, name):
    """State of charge over the simulated day: [seconds of the day, ppm]."""
    points, last = [], -900
    for s in demo.feed.samples[name]:
        t = (s["mono_ns"] - demo.clock.start_ns) / 1e9 * demo.clock.speed
        if s.get("soc_ppm") is not None and t - last >= 900:
            points.append([round(t), s["soc_ppm"]])
            last = t
    return points


def collect(demo, der, stats, truth, ledger, evidence, chain):
    """Everything the summary says, in SI milli-units."""
    controlled = [s for s in demo.feed.site if s["state"] in ("following", "autonomous")]
    f_mhz = [s["f_mhz"] for s in demo.feed.site if s.get("f_mhz")]
    last = demo.feed.site[-1]
    return {
        "machine": machine(),
        "day": {"speed": truth["speed"], "simulated_s": truth["end_s"] - truth["start_s"],
                "bus_ms": truth["bus"]["bus_ms"], "behind_clock_ms": truth["bus"]["late_ms"],
                "bus_load_max_ppm": truth["bus"]["load_max_ppm"],
                "frames_dropped": truth["bus"]["dropped"]},
        "start": start_facts(demo),
        "energy": energy_facts(der, truth),
        "pcc": error_facts(controlled),
        "frequency": {"min_mhz": min(f_mhz, default=None), "max_mhz": max(f_mhz, default=None)},
        "dispatch": dispatch_facts(demo),
        "unplug": unplug_facts(demo, "battery"),
        "kill": kill_facts(demo),
        "fail_safe": fail_safe_facts(demo),
        "loop": {"ticks": last["ticks"], "missed": last["missed"],
                 "stats": stats[0] if isinstance(stats, list) else stats},
        "records": {"written": demo.feed.last_seq + 1, "read": demo.feed.count,
                    "lost_by_reader": demo.feed.lost(),
                    "at_first_kill": demo.kills[0]["record"],
                    "at_last_kill": demo.kills[-1]["record"], "ledger": ledger},
        "evidence": evidence,
        "chain": chain,
        "generator": {"starts": truth["devices"]["generator"]["starts"]},
        "ev": {k: truth["devices"]["ev"][k] for k in ("departures", "needs_met")},
        "keepalives_seen_by_packs": truth["devices"]["battery"]["keepalives"],
        "soc": {name: curve(demo, name) for name in ("battery", "ev")},
    }


# ---- for people --------------------------------------------------------------

def error_text(e):
    if not e["samples"]:
        return "not known"
    return (f"mean {e['mean_mw'] / 1000:,.0f} W, half within {e['p50_mw'] / 1000:,.0f} W, "
            f"95 % within {e['p95_mw'] / 1000:,.0f} W")


def show_energy(facts):
    print(f"\n{'simulated energy':18}{'given, kWh':>12}{'taken, kWh':>12}"
          f"{'simulator:':>14}{'given':>8}{'taken':>8}")
    for name, e in facts["energy"].items():
        print(f"  {name:16}{kwh(e['e_export_mwh']):>12}{kwh(e['e_import_mwh']):>12}"
              f"{'':14}{kwh(e['sim_e_export_mwh']):>8}{kwh(e['sim_e_import_mwh']):>8}")


def spark(points):
    """A curve in one line."""
    marks = " .:-=+*#%@"
    return "".join(marks[min(ppm * len(marks) // 10**6, len(marks) - 1)] for _, ppm in points)


def show_soc(facts):
    print("\nstate of charge over the day, from 0 (blank) to 100 % (@)")
    for name, points in facts["soc"].items():
        slots = {t // 1800: ppm for t, ppm in points}
        line = "".join(spark([(i, slots[i])]) if i in slots else " " for i in range(48))
        print(f"  {name:10}[{line}]")


def duration(ns):
    return f"{ns / 1000:,.0f} us" if ns < 10**7 else f"{ns / 10**6:,.0f} ms"


def show_histogram(title, h):
    buckets = h.get("bucket", [])
    if not h["count"]:
        return
    print(f"\n{title}: {h['count']:,} values, mean {duration(h['sum'] / h['count'])}, "
          f"greatest {duration(h['greatest'])}")
    most = max(buckets)
    for i, n in enumerate(buckets):
        if n:
            print(f"  up to {duration(2**i):>10}{n:>10,}  {'#' * max(round(30 * n / most), 1)}")


def show(facts):
    m = facts["machine"]
    print("\n" + "=" * 78)
    print(f"a day of the site farm, Linux {m['kernel']}"
          f"{' (PREEMPT_RT)' if m['realtime'] else ''}")
    show_energy(facts)
    show_soc(facts)
    print(f"\nPCC against its target: {error_text(facts['pcc'])}")
    f = facts["frequency"]
    print(f"grid: {f['min_mhz'] / 1000:.3f} to {f['max_mhz'] / 1000:.3f} Hz; bus load at most "
          f"{facts['day']['bus_load_max_ppm'] / 1e4:.0f} %")
    stats = facts["loop"]["stats"]
    show_histogram("wake-up after the timer's time", stats["wake_ns"])
    show_histogram("length of a tick", stats["tick_ns"])
    show_histogram("from the meter's frame to the end of its tick", stats["trigger_ns"])
    print(f"\n{facts['loop']['ticks']:,} ticks; {facts['loop']['missed']:,} deadlines missed")
    if m["emulated"]:
        print("(This machine is emulated in software. Its times are no hardware's: read them as\n"
              " that the loop works, not how fast it is.)")
    print("\nThe gateway knows real time only: what a dispatch asks and delivers is real energy,\n"
          f"{facts['day']['speed']:g} times less than the simulated registers count.")
    print("\nwhat was claimed, and what was seen")
    for c in facts["claims"]:
        print(f"  {'ok  ' if c['holds'] else 'FAIL'} {c['claim']}\n         {c['seen']}")
    failed = sum(1 for c in facts["claims"] if not c["holds"])
    print(f"\n{len(facts['claims']) - failed} of {len(facts['claims'])} claims hold; "
          "build/demo/summary.json has the numbers")

# SPDX-License-Identifier: GPL-2.0-or-later
"""What the demo claims, each with what was seen. Only the run decides."""

from summary import error_text

# A register on the bus counts whole Wh; the meter's noise is in both of its.
REGISTER_MWH = 1000
# Beyond what was set, on a machine that may be emulated.
SLACK_MS = 1000


def starts_safe(f):
    s = f["start"]
    return (s["following"] and s["commands_before"] > 0 and not s["unsafe_commands_before"],
            f"{s['commands_before']} commands before the first setpoint, "
            f"{s['unsafe_commands_before']} of them off the safe value")


def registers_agree(f):
    # The turbine's controller has no register of energy, the inverter one only.
    off = [abs(e[k] - e["sim_" + k]) for e in f["energy"].values()
           for k in ("e_import_mwh", "e_export_mwh") if e[k] is not None]
    return (len(off) == 11 and max(off) <= REGISTER_MWH,
            f"{len(off)} registers, greatest difference {max(off, default=0) / 1000:.2f} Wh")


def counted(energy, key):
    """A register, or what the simulator counted where the device has none."""
    return energy["sim_" + key] if energy[key] is None else energy[key]


def energy_balances(f):
    net = {n: counted(e, "e_export_mwh") - counted(e, "e_import_mwh")
           for n, e in f["energy"].items()}
    off = abs(net["meter"] - sum(v for n, v in net.items() if n != "meter"))
    through = sum(e["sim_e_export_mwh"] + e["sim_e_import_mwh"] for e in f["energy"].values())
    return off <= through / 1000, (f"meter {net['meter'] / 1e6:.2f} kWh, off the sum of the "
                                   f"devices by {off / 1000:.0f} Wh")


def follows_target(f):
    p = f["pcc"]
    return bool(p["samples"]) and p["p50_mw"] <= 200_000, error_text(p)


def delivers_dispatch(f):
    d = f["dispatch"]
    if not d:
        return False, "the dispatch never ended"
    share = d["e_delivered_mwh"] / d["e_asked_mwh"]
    return (d["state"] == "done" and 0.9 <= share <= 1.1,
            f"{d['e_asked_mwh'] / 1000:.2f} Wh asked in {d['duration_ms'] / 1000:.1f} s, "
            f"{d['e_delivered_mwh'] / 1000:.2f} Wh delivered ({100 * share:.1f} %); "
            f"after the ramp {error_text(d['settled'])}")


def quarantines(f):
    u = f["unplug"]
    after = u["quarantined_after_ms"]
    return (after is not None and abs(after - u["timeout_ms"]) <= SLACK_MS
            and u["greatest_command_while_away_mw"] == 0,
            f"{u['device']} away for {u['away_ms']} ms: quarantined {after} ms after its last "
            f"message, {u['commands_while_away']} commands since, greatest "
            f"{(u['greatest_command_while_away_mw'] or 0) / 1000:.0f} W")


def takes_back(f):
    u = f["unplug"]
    return (u["back_after_ms"] is not None,
            f"taken back {u['back_after_ms']} ms after its first message (its packs speak "
            "once a second)")


def survives_kill(f):
    k = f["kill"]
    return (k["ticks"] > 0 and k["records"] > 0 and set(k["states"]) <= {"following", "autonomous"}
            and "autonomous" in k["states"] and k["longest_pause_of_records_ms"] < SLACK_MS,
            f"{k['without_daemon_ms']} ms from kill to restart and return: {k['ticks']:,} ticks, "
            f"{k['records']} site records, states {', '.join(k['states'])}; PCC {error_text(k['pcc_error'])}")


def keeps_records(f):
    r, ledger = f["records"], f["records"]["ledger"]
    whole = ledger["records"] == ledger["last_seq"] - ledger["first_seq"] + 1
    return (whole and ledger["first_seq"] == 0 and not ledger["lost"]
            and ledger["last_seq"] > r["at_first_kill"] and ledger["integrity"] == "ok",
            f"ledger: records {ledger['first_seq']} to {ledger['last_seq']}, "
            f"{ledger['records']} there, {ledger['lost']} lost; "
            f"ovppd was first killed at {r['at_first_kill']}, for good at {r['at_last_kill']}")


def proves_the_day(f):
    e, ledger = f["evidence"], f["records"]["ledger"]
    return (e["proven"] and e["records"] == ledger["records"] and not e["forgery_proven"],
            f"{e['records']} records of {e['devices']} devices in {e['batches']} signed batches, "
            f"proven by ovpp-verify from a file of {e['bytes']:,} bytes and the gateway's public "
            f"key; one bit changed at byte {e['forged_byte']:,}: not proven, found at byte "
            f"{e['forgery_found_at']:,}; {e['stored_bytes_a_record']} bytes a record in the ledger")


def loses_nothing(f):
    r = f["records"]
    return (r["lost_by_reader"] == 0 and r["read"] == r["written"],
            f"{r['written']} written, {r['read']} read from the ring, "
            f"{r['lost_by_reader']} lost")


def ends_safe(f):
    s = f["fail_safe"]
    if not s:
        return False, "the lease never ended"
    late = max(s["safe_on_wire_after_us"].values(), default=None)
    lease = s["heartbeat_ms"] + s["fallback_ms"]
    return (lease - SLACK_MS <= s["lease_ended_after_ms"] <= lease + SLACK_MS
            and s["unsafe_commands_after"] == 0 and all(s["commands_after"].values())
            and late is not None and late <= 1000 * SLACK_MS,
            f"fail-safe {s['lease_ended_after_ms']} ms after the kill; every device had its safe "
            f"command on the wire {late / 1000 if late is not None else float('nan'):.1f} ms "
            f"later; {sum(s['commands_after'].values())} commands since, "
            f"{s['unsafe_commands_after']} off the safe value")


def keeps_packs_alive(f):
    n, seconds = f["keepalives_seen_by_packs"], f["day"]["bus_ms"] / 1000
    return n >= 0.8 * seconds, f"{n} keep-alives in {seconds:.0f} s"


# ---- with a chain ----

def is_registered(f):
    r, devices = f["chain"]["registered"], f["evidence"]["devices"]
    return (len(r["devices"]) == devices,
            f"gateway {r['gateway']['id'][:12]}... of owner {r['gateway']['owner']}, and "
            f"{len(r['devices'])} devices with keys of their own, in {len(r['sent'])} "
            "transactions that the gateway's account paid")


def is_anchored(f):
    a, e = f["chain"]["anchored"], f["evidence"]
    return (a["seqs"] == list(range(e["batches"])) and a["records"] == e["records"],
            f"{len(a['seqs'])} of {e['batches']} batches, each once and in order, in "
            f"{a['transactions']} transactions, ovppd killed twice meanwhile; "
            f"{a['gas'] / len(a['seqs']):,.0f} gas a batch")


def is_paid(f):
    paid, verified = f["chain"]["paid"], f["chain"]["verified"]
    return (int(paid["paid"]) > 0 and verified["proven"],
            f"{int(paid['paid']) / 10**18:,.3f} OVPP were claimed; ovpp-verify --chain computes "
            "them again, bit by bit, from the chain's events and the day's evidence")


ON_CHAIN = (
    ("the site and its devices have identities on a chain", is_registered),
    ("each batch of the day is anchored there once", is_anchored),
    ("its reward is paid, and a stranger can compute it", is_paid),
)

CLAIMS = (
    ("nothing moves before it is told to", starts_safe),
    ("what the module decodes is what the devices count", registers_agree),
    ("the meter's energy is the sum of all devices'", energy_balances),
    ("the PCC follows its target through the day", follows_target),
    ("a dispatch is delivered", delivers_dispatch),
    ("an unplugged device is quarantined at its safe value", quarantines),
    ("a device that comes back is taken back", takes_back),
    ("control goes on when ovppd is killed", survives_kill),
    ("records of the time without ovppd are in the ledger, none is missing", keeps_records),
    ("a stranger can prove the day, and a forgery is found", proves_the_day),
    ("a reader of the ring loses no record", loses_nothing),
    ("when the lease ends every device is told its safe value", ends_safe),
    ("the battery's packs are kept alive by the kernel, daemon or not", keeps_packs_alive),
)


def check(facts):
    """Every claim with whether it holds and what was seen."""
    results = []
    for claim, test in CLAIMS + (ON_CHAIN if facts["chain"] else ()):
        holds, seen = test(facts)
        results.append({"claim": claim, "holds": bool(holds), "seen": seen})
    return results

#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""A second scorer, written from docs/reward.md alone.

usage: reward.py score PROGRAM SEED COUNT    does PROGRAM (score_run) say the same of random
                                             devices? prints the first that differs
       reward.py document FILE BUNDLE...     is a reward's document what the bundles say? it
                                             does not check their signatures
       reward.py proof FILE PROOF            does a proof lead to the root of a document?
       reward.py leaf CHAIN CONTRACT ACCOUNT TOTAL    the leaf of a claim
"""

import hashlib
import json
import random
import subprocess
import sys

import evidence

PPM = 10**6
UNKNOWN = -(2**63)
NEVER, GOOD = 0, 1

PARAMS = {
    "scorer": 1, "epoch_start_s": 0, "epoch_s": 86400, "slot_s": 3600, "bin_s": 60,
    "bin_coverage_ppm": 900000, "interval_max_ms": 10000, "clock_step_max_ms": 1000,
    "clock_error_max_us": 1000000, "clock_loss_ppm": 500000, "integrated_loss_ppm": 200000,
    "power_margin_ppm": 100000, "energy_slack_ms": 180000, "energy_leak_ppm": 50000,
    "soc_slack_ppm": 100000, "soc_leak_ppm": 200000, "shown_decay_ppm": 2000,
    "baseline_min": 3, "delay_max_ms": 60000, "delay_band_ppm": 100000,
    "response_min_ppm": 400000, "alpha_ppm": 1000000, "beta_ppm": 50000,
    "gamma_ppm": 2000000, "owner_cap_ppm": 100000, "carry_max_ppm": 1000000,
    "pool_microtokens": 10000000000, "price_max_microtokens": 1000000,
}

STATE = ("known", "has_import", "has_export", "e_import_mwh", "e_export_mwh", "real_ms", "debt_mwh",
         "drift_mwh", "soc_drift_mwh", "shown_mw")


def div(a, b):
    """Rounded toward zero; b > 0."""
    return a // b if a >= 0 else -(-a // b)


def share(a, b):
    return 0 if a <= 0 else PPM if a >= b else a * PPM // b


# ---- a device ------------------------------------------------------------------------


def usable(samples, p, dev, start, end):
    """Those that count, in order."""
    most = div(dev["nameplate_mw"] * (PPM + p["power_margin_ppm"]), PPM)
    last = None
    for s in samples:
        if not start <= s["real"] < end or (last is not None and s["real"] <= last):
            continue
        if abs(s["p"]) > most or not (s["has_import"] or s["has_export"]):
            continue
        if any(s[h] and s[r] >= 2**63 for h, r in (("has_import", "imp"), ("has_export", "exp"))):
            continue
        if dev["capacity_mwh"] and not (s["has_soc"] and s["soc"] <= PPM):
            continue
        last = s["real"]
        yield s


def is_valid(a, b, p):
    if a is None or a["run"] != b["run"] or b["mono"] < a["mono"]:
        return False
    real, mono = b["real"] - a["real"], b["mono"] - a["mono"]
    if real > p["interval_max_ms"] or abs(real - mono) > p["clock_step_max_ms"]:
        return False
    for has, reg in (("has_import", "imp"), ("has_export", "exp")):
        if a[has] != b[has] or (b[has] and b[reg] < a[reg]):
            return False
    return True


def take_registers(state, s, p, dev):
    """net(b), and the registers into the state."""
    net = 0
    passed = max(s["real"] - state["real_ms"], 0)
    state["real_ms"] = s["real"]
    for has, key, reg, sign in (("has_import", "e_import_mwh", "imp", -1),
                                ("has_export", "e_export_mwh", "exp", 1)):
        if not s[has]:
            continue
        if state[has] and s[reg] >= state[key]:
            net += sign * (s[reg] - state[key])
        state[key] = max(state[key], s[reg])
        state[has] = 1
    return max(net, -(dev["nameplate_mw"] * (10 * passed + p["energy_slack_ms"]) // 3600000))


def pieces(start, end, *steps):
    """[start, end) cut at the multiples of the steps."""
    while start < end:
        to = min([end] + [start // step * step + step for step in steps])
        yield start, to
        start = to


def sums(samples, p, dev, start, slots):
    """The sums of all slots, what the dispatches got, and the state before its slots."""
    slot_ms, bin_ms = p["slot_s"] * 1000, p["bin_s"] * 1000
    keys = ("net", "taken", "flow", "through", "covered", "unsync", "integ", "soc")
    out = [dict.fromkeys(keys, 0) for _ in range(slots)]
    bins, held = {}, []
    state = dict(dev["state"])
    first_soc, a, count = None, None, 0
    for b in usable(samples, p, dev, start, start + slots * slot_ms):
        count += 1
        if first_soc is None:
            first_soc = (b["real"] - start) // slot_ms, b["soc"]
        valid = is_valid(a, b, p)
        for t, to in pieces(a["real"] - start, b["real"] - start, bin_ms) if valid else ():
            slot, ms = out[t // slot_ms], to - t
            slot["flow"] += a["p"] * ms
            slot["through"] += abs(a["p"]) * ms
            slot["covered"] += ms
            slot["unsync"] += 0 if a["sync"] and b["sync"] else ms
            slot["integ"] += ms if a["integ"] or b["integ"] else 0
            if a["ready"] and b["ready"]:
                bins[t // bin_ms] = bins.get(t // bin_ms, 0) + ms
        if valid:
            held.append((a["real"], b["real"], a["p"]))
        net = take_registers(state, b, p, dev)
        slot = out[(b["real"] - start) // slot_ms]
        if valid:
            slot["net"] += net
            slot["soc"] += b["soc"] - a["soc"]
        else:
            slot["taken"] += min(net, 0)
        a = b
    for n, slot in enumerate(out):
        per = slot_ms // bin_ms
        slot["bins"] = sum(1 for i in range(n * per, n * per + per)
                           if bins.get(i, 0) * PPM >= bin_ms * p["bin_coverage_ppm"]
                           and bins.get(i, 0))
    return out, held, state, first_soc, count


def response(x, held, p, dev, baseline):
    if baseline is None:
        return 0, 0
    start, end, setpoint = x
    length = end - start
    d = setpoint - baseline
    asked = min(abs(d), dev["nameplate_mw"])
    if not asked:
        return 0, 0
    delivered = error = covered = 0
    delay = None
    for t, to, power in held:
        t, to = max(t, start), min(to, end)
        if t >= to:
            continue
        delivered += (power - baseline) * (to - t) * (1 if d > 0 else -1)
        error += abs(power - setpoint) * (to - t)
        covered += to - t
        if delay is None and abs(power - setpoint) * PPM <= asked * p["delay_band_ppm"]:
            delay = t - start
    error += asked * (length - covered)
    whole = asked * length
    in_time = 0 if delay is None else share(p["delay_max_ms"] - delay, p["delay_max_ms"])
    r = (share(delivered, whole) + share(whole - error, whole) + in_time) // 3
    if r < p["response_min_ppm"]:
        r = 0
    return r, whole // 3600000 * r // PPM


def bucket(state, key, inflow, leak, slack):
    slack = max(slack, 1)
    x = state[key] + inflow
    size = min(max(abs(x) - leak, 0), 2 * slack)
    state[key] = -size if x < 0 else size
    return share(2 * slack - size, slack)


def quality(s, state, p, dev):
    through = s["through"] // 3600000
    checks = [share(s["covered"], p["slot_s"] * 1000)]
    for key, loss in (("unsync", "clock_loss_ppm"), ("integ", "integrated_loss_ppm")):
        checks.append(PPM - p[loss] * s[key] // s["covered"] if s[key] else PPM)
    checks.append(bucket(state, "drift_mwh", s["net"] - div(s["flow"], 3600000),
                         through * p["energy_leak_ppm"] // PPM,
                         dev["nameplate_mw"] * p["energy_slack_ms"] // 3600000))
    if dev["capacity_mwh"]:
        inflow = div(s["soc"] * dev["capacity_mwh"] + s["net"] * PPM, PPM)
        checks.append(bucket(state, "soc_drift_mwh", inflow,
                             through * p["soc_leak_ppm"] // PPM,
                             dev["capacity_mwh"] * p["soc_slack_ppm"] // PPM))
    q = PPM
    for check in checks:
        q = q * check // PPM
    return q


def score_slot(s, n, state, p, dev, r):
    """Energy, availability, weight without and with quality."""
    limit = dev["nameplate_mw"]
    if dev.get("ceiling_mw"):
        limit = max(min(limit, dev["ceiling_mw"][n]), 0)
    net = min(s["net"] + s["taken"], limit * s["covered"] // 3600000)
    debt = state["debt_mwh"]
    energy = max(net - debt, 0)
    state["debt_mwh"] = min(max(debt - net, 0), 2**62)
    kept = state["shown_mw"] - state["shown_mw"] * p["shown_decay_ppm"] // PPM
    now = abs(s["flow"]) // (p["slot_s"] * 1000)
    state["shown_mw"] = min(max(now, kept), dev["nameplate_mw"])
    avail = min(state["shown_mw"], limit) * s["bins"] * p["bin_s"] // 3600
    tariff = dev["tariff_ppm"][n] if dev.get("tariff_ppm") else PPM
    full = (energy * tariff // PPM * p["alpha_ppm"] + avail * p["beta_ppm"]
            + r * p["gamma_ppm"]) // PPM
    return energy, avail, full, full * quality(s, state, p, dev) // PPM


def score(samples, p, dev, start, slots):
    """What score_run prints, as a list."""
    out, held, registers, first, count = sums(samples, p, dev, start, slots)
    state = dict(dev["state"])
    state.update({k: registers[k] for k in STATE[1:6]})
    total = [0] * 4
    r_sum, responses = 0, []
    for n, s in enumerate(out):
        if first and first[0] == n and not state["known"]:
            state["known"] = 1
            state["debt_mwh"] = dev["capacity_mwh"] * first[1] // PPM
        r_slot = 0
        for x in dev["dispatches"]:
            if (x[0] - start) // (p["slot_s"] * 1000) == n:
                baseline = dev["baseline_mw"][n] if dev.get("baseline_mw") else None
                r, weight = response(x, held, p, dev, baseline)
                responses.append(r)
                r_slot += weight
        r_sum += r_slot
        total = [a + b for a, b in zip(total, score_slot(s, n, state, p, dev, r_slot))]
    means = [div(s["flow"], s["covered"]) if s["covered"] and s["covered"] * PPM >=
             p["slot_s"] * 1000 * p["bin_coverage_ppm"] else UNKNOWN for s in out]
    covered = sum(s["covered"] for s in out)
    return ([count, total[0], total[1], r_sum, covered, total[2], total[3]]
            + [int(state[k]) for k in STATE] + responses + means)


# ---- an epoch --------------------------------------------------------------------------


def rotate(x, n):
    return (x << n | x >> (64 - n)) & (1 << 64) - 1 if n else x


def permute(a):
    """Keccak-f[1600] on 25 lanes a[x + 5y]; FIPS 202, 3.2 and 3.3."""
    lfsr = 1
    for _ in range(24):
        c = [a[x] ^ a[x + 5] ^ a[x + 10] ^ a[x + 15] ^ a[x + 20] for x in range(5)]
        a = [a[i] ^ c[(i - 1) % 5] ^ rotate(c[(i + 1) % 5], 1) for i in range(25)]
        x, y, current = 1, 0, a[1]
        for t in range(24):
            x, y = y, (2 * x + 3 * y) % 5
            current, a[x + 5 * y] = a[x + 5 * y], rotate(current, (t + 1) * (t + 2) // 2 % 64)
        a = [a[i] ^ (~a[i // 5 * 5 + (i + 1) % 5] & a[i // 5 * 5 + (i + 2) % 5])
             for i in range(25)]
        for j in range(7):
            if lfsr & 1:
                a[0] ^= 1 << (1 << j) - 1
            lfsr = lfsr << 1 ^ (0x171 if lfsr & 0x80 else 0)
    return a


def keccak(data):
    data += b"\1" + bytes(135 - len(data) % 136)
    data = data[:-1] + bytes([data[-1] | 0x80])
    a = [0] * 25
    for at in range(0, len(data), 136):
        for i in range(17):
            a[i] ^= int.from_bytes(data[at + 8 * i : at + 8 * i + 8], "little")
        a = permute(a)
    return b"".join(x.to_bytes(8, "little") for x in a[:4])


def word(x):
    return x.to_bytes(32, "big")


def leaf_of(chain, contract, account, total):
    return keccak(keccak(word(chain) + word(int(contract, 16)) + word(int(account, 16))
                         + word(total)))


def tree(level):
    if not level:
        return bytes(32)
    while len(level) > 1:
        pairs = [sorted(level[i : i + 2]) for i in range(0, len(level), 2)]
        level = [keccak(x[0] + x[1]) if len(x) == 2 else x[0] for x in pairs]
    return level[0]


def params_hash(p):
    return keccak(b"".join(k.encode().ljust(32, b"\0") + word(p[k]) for k in PARAMS))


def items_of(path):
    """The items of a bundle, not checked."""
    with open(path, "rb") as f:
        data = f.read()
    at = 0
    while at < len(data):
        item, at = evidence.take(data, at)
        yield item


def quality_of(leaf, value):
    return be(leaf, 120, 4) >> 2 * value & 3


def be(leaf, at, size, signed=False):
    return int.from_bytes(leaf[at : at + size], "big", signed=signed)


def sample_of(leaf, sync, run):
    """A record that may be a usable sample, or None."""
    flags, state = be(leaf, 126, 2), be(leaf, 104, 4)
    registers = [quality_of(leaf, 2), quality_of(leaf, 3)]
    if be(leaf, 24, 2) != 1 or flags & 4 or quality_of(leaf, 0) != GOOD:
        return None
    if any(q not in (GOOD, NEVER) for q in registers):
        return None
    told = quality_of(leaf, 10) == GOOD
    return {"real": be(leaf, 16, 8) // 10**6, "mono": be(leaf, 8, 8) // 10**6, "run": run,
            "p": be(leaf, 40, 8, True), "imp": be(leaf, 56, 8), "exp": be(leaf, 64, 8),
            "soc": be(leaf, 96, 4), "has_import": registers[0] == GOOD,
            "has_export": registers[1] == GOOD, "has_soc": quality_of(leaf, 8) == GOOD,
            "ready": bool(flags & 2) and be(leaf, 124, 2) == 1 and not (told and state in (1, 7)),
            "integ": bool(flags & 1), "sync": sync}


def read_bundles(paths, p):
    """Samples by gateway and device."""
    samples, lives, runs = {}, {}, 0
    for path in paths:
        tables = {}
        gateway = None
        for item in items_of(path):
            if item[0] == 0:
                gateway = item[2].hex()
            elif item[0] == 2:
                tables[hashlib.sha256(item[1]).digest()] = {
                    d[0]: d[1].hex() for d in evidence.take(item[1], 0)[0]}
            elif item[0] == 4:
                h = evidence.take(evidence.take(item[1], 7)[0], 0)[0]
                sync = h[15][0] and h[15][1] <= p["clock_error_max_us"]
                life = gateway, h[7], h[8]
                for at in range(16, len(item[3]), 144):
                    leaf = item[3][at : at + 128]
                    seq, der = be(leaf, 0, 8), be(leaf, 32, 4)
                    if lives.get(life, (None, 0))[0] != seq:
                        runs += 1
                        lives[life] = seq, runs
                    lives[life] = seq + 1, lives[life][1]
                    sample = sample_of(leaf, sync, lives[life][1])
                    if sample and der in tables[h[16]]:
                        key = gateway, tables[h[16]][der]
                        samples.setdefault(key, []).append(sample)
    return samples


def baselines(d, p, slots):
    history = d.get("history", [[]] * slots)
    return [div(sum(h), len(h)) if len(h) >= p["baseline_min"] else None for h in history]


def device_result(d, p, tariff, samples, start, slots):
    dev = dict(d, dispatches=d.get("dispatches", []), tariff_ppm=tariff,
               baseline_mw=baselines(d, p, slots), state=d.get("state", dict.fromkeys(STATE, 0)))
    out = score(samples, p, dev, start, slots)
    n = len(dev["dispatches"])
    history = [list(h) for h in d.get("history", [[]] * slots)]
    for i, mean in enumerate(out[17 + n :]):
        if not n and mean != UNKNOWN:
            history[i] = ([mean] + history[i])[:10]
    names = ("samples", "energy_mwh", "available_mwh", "response_mwh", "covered_ms", "full",
             "weight")
    result = dict(zip(names, out[:7]), id=d["id"], responses_ppm=out[17 : 17 + n])
    result.update(state=dict(zip(STATE, out[7:17])), history=history)
    return result


def settle(inputs, p, devices):
    total = {a["account"]: int(a["total"]) for a in inputs.get("accounts", [])}
    weight = {}
    for d, result in zip(inputs["devices"], devices):
        total.setdefault(d["account"], 0)
        weight[d["account"]] = weight.get(d["account"], 0) + result["weight"]
    all_weight = sum(weight.values())
    base = p["pool_microtokens"] * 10**12
    pool = left = base + int(inputs.get("carried", "0"))
    accounts = []
    for account in sorted(total):
        w, pay = weight.get(account, 0), 0
        if all_weight:
            pay = min(pool * w // all_weight, pool * p["owner_cap_ppm"] // PPM,
                      w * p["price_max_microtokens"] * 10**6)
        left -= pay
        total[account] += pay
        accounts.append({"account": account, "weight": w, "pay": str(pay),
                         "total": str(total[account])})
    carried = min(left, base // PPM * p["carry_max_ppm"])
    leaves = [leaf_of(inputs["chain_id"], inputs["contract"], a, total[a])
              for a in sorted(total) if total[a]]
    return {"accounts": accounts, "weight": all_weight, "total": str(sum(total.values())),
            "carried": str(carried), "root": tree(leaves).hex()}


def check_document(path, bundles):
    with open(path, encoding="utf-8") as f:
        document = json.load(f)
    inputs, p = document["inputs"], document["inputs"]["params"]
    start = (p["epoch_start_s"] + (inputs["epoch"] - 1) * p["epoch_s"]) * 1000
    slots = p["epoch_s"] // p["slot_s"]
    samples = read_bundles(bundles, p)
    devices = [device_result(d, p, inputs.get("tariff_ppm"),
                             samples.get((d["gateway"], d["id"]), []), start, slots)
               for d in inputs["devices"]]
    text = json.dumps(inputs, sort_keys=True, separators=(",", ":"))
    results = {"devices": devices, "params_hash": params_hash(p).hex(),
               "evidence": hashlib.sha256(text.encode()).hexdigest()}
    results.update(settle(inputs, p, devices))
    for key in sorted(set(results) | set(document["results"])):
        if results.get(key) != document["results"].get(key):
            print(f"{key}: expected {results.get(key)}, found {document['results'].get(key)}")
            return 1
    print(f"{len(devices)} devices, weight {results['weight']}")
    return 0


def check_proof(path, proof_path):
    with open(path, encoding="utf-8") as f:
        document = json.load(f)
    with open(proof_path, encoding="utf-8") as f:
        proof = json.load(f)
    inputs = document["inputs"]
    at = leaf_of(inputs["chain_id"], inputs["contract"], proof["account"],
                 int(proof["cumulative"]))
    for sibling in proof["proof"]:
        at = keccak(b"".join(sorted((at, bytes.fromhex(sibling[2:])))))
    return 0 if at.hex() == document["results"]["root"] else 1


# ---- random devices --------------------------------------------------------------------


def random_params(rng):
    p = dict(PARAMS)
    p["slot_s"], p["bin_s"] = rng.choice(((60, 1), (300, 60), (3600, 60), (900, 900)))
    p["epoch_s"] = p["slot_s"]
    for key, top in (("bin_coverage_ppm", PPM), ("clock_loss_ppm", PPM), ("gamma_ppm", 10**7),
                     ("integrated_loss_ppm", PPM), ("energy_slack_ms", 10**6),
                     ("energy_leak_ppm", PPM), ("soc_slack_ppm", PPM), ("soc_leak_ppm", PPM),
                     ("response_min_ppm", PPM), ("delay_band_ppm", PPM), ("beta_ppm", 10**7),
                     ("shown_decay_ppm", PPM), ("alpha_ppm", 10**7)):
        if rng.random() < 0.3:
            p[key] = rng.randint(1, top)
    return p


def random_dispatches(rng, p, nameplate, start, slots):
    out = []
    for n in range(slots):
        at = start + n * p["slot_s"] * 1000
        end = at + p["slot_s"] * 1000
        while rng.random() < 0.6 and at < end - 2:
            at = rng.randint(at, end - 2)
            to = rng.randint(at + 1, end)
            out.append((at, to, rng.randint(-nameplate, nameplate)))
            at = to
    return out


def random_device(rng, p, start, slots):
    nameplate = rng.choice((1, 3, 5000000, 2**38, rng.randint(1, 10**9)))
    small = min(nameplate, 10**9)
    dev = {"nameplate_mw": nameplate,
           "capacity_mwh": rng.choice((0, 0, 10**7, 2**40, rng.randint(1, 10**8)))}
    if rng.random() < 0.5:
        dev["tariff_ppm"] = [rng.randint(0, 10 * PPM) for _ in range(slots)]
    if rng.random() < 0.3:
        dev["ceiling_mw"] = [rng.randint(-small, 2 * small) for _ in range(slots)]
    if rng.random() < 0.7:
        dev["baseline_mw"] = [rng.choice((None, rng.randint(-small, small)))
                              for _ in range(slots)]
    dev["dispatches"] = random_dispatches(rng, p, nameplate, start, slots)
    state = dict.fromkeys(STATE, 0)
    if rng.random() < 0.5:
        state.update(known=1, has_import=rng.randint(0, 1), has_export=1,
                     debt_mwh=rng.choice((0, rng.randint(0, 2**62))),
                     drift_mwh=rng.randint(-10**6, 10**6),
                     soc_drift_mwh=rng.randint(-10**6, 10**6), shown_mw=rng.randint(0, 2**38),
                     e_export_mwh=rng.randint(0, 10**9))
        state["real_ms"] = rng.choice((0, start, start - rng.randint(0, 10**8), start + 10**7))
        state["real_ms"] = max(state["real_ms"], 0)
        state["e_import_mwh"] = rng.randint(0, 10**9) if state["has_import"] else 0
    dev["state"] = state
    return dev


def random_samples(rng, p, dev, start, slots):
    """A device that is honest mostly, and less so now and then."""
    wild = rng.choice((0, 0, 0.01, 0.3))
    nameplate = dev["nameplate_mw"]
    t = start + rng.randint(-2000, 20000)
    mono, run, power, soc = rng.randint(0, 10**9), 1, 0, rng.randint(0, PPM)
    imp, exp, flow = rng.randint(0, 10**9), rng.randint(0, 10**9), 0
    flags = {"has_import": rng.random() < 0.7, "has_export": rng.random() < 0.9,
             "has_soc": True, "ready": True, "integ": rng.random() < 0.3, "sync": True}
    out = []
    while t < start + slots * p["slot_s"] * 1000 + 5000 and len(out) < 500:
        step = rng.choice((1000, 1000, 5000, 10000, rng.randint(1, 12000)))
        if rng.random() < wild:
            step = rng.choice((0, 11000, 700000, -5000))
        flow += power * step
        moved = div(flow, 3600000)
        flow -= moved * 3600000
        imp, exp = imp + max(-moved, 0), exp + max(moved, 0)
        if rng.random() < wild:
            imp, exp = rng.choice(((imp, exp + 10**6), (imp + 10**6, exp), (imp, 2**63),
                                   (imp, 2**63 - 1),
                                   (max(imp - 5, 0), exp)))
        t, mono = t + step, mono + step + (rng.randint(-3000, 3000) if rng.random() < wild else 0)
        power = rng.choice((power, rng.randint(-nameplate, nameplate)))
        if dev["dispatches"] and rng.random() < 0.3:
            power = dev["dispatches"][-1][2]
        if rng.random() < wild:
            power = rng.choice((2 * nameplate, -2**63, 2**63 - 1))
        soc = min(max(soc + rng.randint(-1000, 1000), 0), PPM + (rng.random() < wild))
        run += rng.random() < wild
        sample = {"real": t, "mono": max(mono, 0), "run": run, "p": power, "imp": imp,
                  "exp": exp, "soc": soc}
        sample.update({k: v != (rng.random() < wild / 3) for k, v in flags.items()})
        out.append(sample)
    return out


FLAGS = ("has_import", "has_export", "has_soc", "ready", "integ", "sync")


def line_of(p, dev, samples, start, slots):
    words = list(p.values()) + [start, slots, dev["nameplate_mw"], dev["capacity_mwh"]]
    for key in ("tariff_ppm", "ceiling_mw", "baseline_mw"):
        series = dev.get(key)
        words += [1] + [UNKNOWN if x is None else x for x in series] if series else [0]
    words.append(len(dev["dispatches"]))
    for x in dev["dispatches"]:
        words += x
    words += [int(dev["state"][k]) for k in STATE] + [len(samples)]
    for s in samples:
        words += [s[k] for k in ("real", "mono", "run", "p", "imp", "exp", "soc")]
        words.append(sum(s[k] << i for i, k in enumerate(FLAGS)))
    return " ".join(map(str, words))


def random_case(rng):
    p = random_params(rng)
    slots = rng.randint(1, 5)
    start = rng.randint(0, 10**6) * p["slot_s"] * 1000
    dev = random_device(rng, p, start, slots)
    return p, dev, random_samples(rng, p, dev, start, slots), start, slots


def compare(program, seed, count):
    rng = random.Random(seed)
    cases = [random_case(rng) for _ in range(count)]
    text = "".join(line_of(p, d, s, a, n) + "\n" for p, d, s, a, n in cases)
    lines = subprocess.run([program], input=text, capture_output=True, text=True,
                           check=True).stdout.splitlines()
    paid = responded = 0
    for i, (p, dev, samples, start, slots) in enumerate(cases):
        mine = score(samples, p, dev, start, slots)
        theirs = [int(x) for x in lines[i].split()]
        if mine != theirs:
            print(f"device {i}: expected {mine}, found {theirs}")
            return 1
        paid += mine[6] > 0
        responded += mine[3] > 0
    print(f"{count} devices, {paid} with a weight, {responded} with a response")
    return 0 if len(lines) == count and paid > count // 10 and responded else 1


def main(argv):
    if argv[1:2] == ["score"] and len(argv) == 5:
        return compare(argv[2], int(argv[3]), int(argv[4]))
    if argv[1:2] == ["document"] and len(argv) > 3:
        return check_document(argv[2], argv[3:])
    if argv[1:2] == ["proof"] and len(argv) == 4:
        return check_proof(argv[2], argv[3])
    if argv[1:2] == ["leaf"] and len(argv) == 6:
        print(leaf_of(int(argv[2]), argv[3], argv[4], int(argv[5])).hex())
        return 0
    print(__doc__, file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv))

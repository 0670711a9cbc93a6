#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""A second verifier of evidence, written from docs/evidence.md alone.

usage: evidence.py verify GATEWAY BUNDLE    is it proven? prints why not; status 0 or 1
       evidence.py vectors FILE             is every vector what the page says?
       evidence.py flips GATEWAY BUNDLE     is every bundle with a bit changed refused?
"""

import hashlib
import json
import struct
import sys

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

ENTRY = 144
SAMPLE = 1


class No(Exception):
    """The answer."""


def need(holds, why):
    if not holds:
        raise No(why)


def sha(*parts):
    return hashlib.sha256(b"".join(parts)).digest()


def u64(x):
    return struct.pack(">Q", x)


def check(key, signature, *message):
    try:
        Ed25519PublicKey.from_public_bytes(key).verify(signature, b"".join(message))
    except (InvalidSignature, ValueError):
        raise No("signature") from None


# ---- CBOR ----------------------------------------------------------------------------


def take(data, at):
    """The value at a place, and the place behind it."""
    need(at < len(data), "cut off")
    major, info = data[at] >> 5, data[at] & 31
    at += 1
    if major == 7:
        need(info in (20, 21), "CBOR type")
        return info == 21, at
    if info < 24:
        n = info
    else:
        need(info < 28, "CBOR length")
        size = 1 << (info - 24)
        need(at + size <= len(data), "cut off")
        n = int.from_bytes(data[at : at + size], "big")
        need(n >= (24 if size == 1 else 1 << 4 * size), "CBOR not shortest")
        at += size
    if major == 0:
        need(n < 1 << 63, "integer")
        return n, at
    if major in (2, 3):
        need(at + n <= len(data), "cut off")
        part = data[at : at + n]
        return (part if major == 2 else text(part)), at + n
    need(major in (4, 5) and n < 1 << 20, "CBOR type")
    values = []
    for _ in range(n * (major - 3)):
        value, at = take(data, at)
        values.append(value)
    if major == 4:
        return values, at
    need(values[::2] == list(range(1, n + 1)), "keys of a map")
    return dict(zip(values[::2], values[1::2])), at


def text(part):
    try:
        word = part.decode()
    except UnicodeDecodeError:
        raise No("UTF-8") from None
    need(not any(ord(c) < 32 or 127 <= ord(c) < 160 for c in word), "control character")
    return word


def whole(data):
    value, at = take(data, 0)
    need(at == len(data), "something follows")
    return value


def is_uint(x, low=0, high=(1 << 63) - 1):
    need(type(x) is int and low <= x <= high, "integer")


def is_bytes(x, size):
    need(type(x) is bytes and len(x) == size, "bytes")


def is_text(x, low):
    need(type(x) is str and low <= len(x.encode()) <= 63, "text")


def is_list(x, size):
    need(type(x) is list and len(x) == size, "array")


def is_pair(x):
    is_list(x, 2)
    is_uint(x[0])
    is_uint(x[1])


def joined(x, size):
    need(type(x) is bytes and len(x) % size == 0, "joined bytes")
    return [x[i : i + size] for i in range(0, len(x), size)]


# ---- trees ---------------------------------------------------------------------------


def leaf_hash(data):
    return sha(b"\0", data)


def node(left, right):
    return sha(b"\1", left, right)


class Tree:
    """Peaks, the largest first; sizes are powers of two."""

    def __init__(self, size=0, peaks=()):
        self.size = size
        self.peaks = list(peaks)

    def append(self, leaf):
        bits = self.size
        while bits & 1:
            leaf = node(self.peaks.pop(), leaf)
            bits >>= 1
        self.peaks.append(leaf)
        self.size += 1

    def root(self):
        peaks = self.peaks[:]
        top = peaks.pop()
        while peaks:
            top = node(peaks.pop(), top)
        return top


def root_of(hashes):
    tree = Tree()
    for h in hashes:
        tree.append(h)
    return tree.root()


def split(n):
    return 1 << (n - 1).bit_length() - 1


def included(leaf, index, size, path):
    """Root by a path, the recursive definition turned round."""
    need(index < size, "index")
    if size == 1:
        need(not path, "path too long")
        return leaf
    need(path, "path too short")
    k = split(size)
    if index < k:
        return node(included(leaf, index, k, path[:-1]), path[-1])
    return node(path[-1], included(leaf, index - k, size - k, path[:-1]))


def consistent(old, size, path, old_root, known=True):
    """Roots of the old tree and of the new one by a path: SUBPROOF of the RFC."""
    if old == size:
        if known:
            need(not path, "path too long")
            return old_root, old_root
        need(len(path) == 1, "path")
        return path[0], path[0]
    need(path, "path too short")
    k = split(size)
    if old <= k:
        before, now = consistent(old, k, path[:-1], old_root, known)
        return before, node(now, path[-1])
    before, now = consistent(old - k, size - k, path[:-1], old_root, False)
    return node(path[-1], before), node(path[-1], now)


# ---- what is signed ------------------------------------------------------------------


def open_header(cose):
    need(cose[:7] == bytes.fromhex("d28443a10127a0"), "COSE_Sign1")
    payload, at = take(cose, 7)
    signature, at = take(cose, at)
    need(at == len(cose) and type(payload) is bytes, "COSE_Sign1")
    is_bytes(signature, 64)
    h = whole(payload)
    need(type(h) is dict and len(h) == 18, "header")
    need(h[1] == 1 and h[1] is not True, "version")
    for key, size in ((2, 32), (5, 32), (7, 16), (16, 32), (17, 32)):
        is_bytes(h[key], size)
    is_uint(h[3], 0, (1 << 32) - 1)
    is_uint(h[4], 0, (1 << 62) - 1)
    need((h[5] == bytes(32)) == (h[4] == 0), "previous header")
    is_text(h[6], 1)
    is_text(h[18], 0)
    is_uint(h[8])
    is_uint(h[9], 1, 4096)
    is_uint(h[10])
    is_uint(h[11], h[10])
    open_gaps(h)
    is_pair(h[13])
    is_pair(h[14])
    need(h[13][0] <= h[13][1] and h[14][0] <= h[14][1], "times")
    if h[9] == 1:
        need(h[13][0] == h[13][1] and h[14][0] == h[14][1], "times of one record")
    is_list(h[15], 2)
    need(type(h[15][0]) is bool, "clock")
    is_uint(h[15][1])
    signed = b"\x84\x6aSignature1\x43\xa1\x01\x27\x48OVPP-TB1" + cose[7 : len(cose) - 66]
    return h, signed, signature


def open_gaps(h):
    need(type(h[12]) is list, "gaps")
    lost, low = 0, h[10]
    for gap in h[12]:
        is_pair(gap)
        need(low <= gap[0] <= gap[1] < h[11], "gap")
        lost += gap[1] - gap[0] + 1
        low = gap[1] + 2
    need(h[9] + lost == h[11] - h[10] + 1, "records and gaps")


def open_table(data, gateway):
    table, last = {}, 0
    devices = whole(data)
    need(type(devices) is list and len(devices) <= 4096, "table")
    for d in devices:
        is_list(d, 7)
        is_uint(d[0], last + 1, (1 << 32) - 1)
        is_bytes(d[1], 32)
        is_bytes(d[2], 32)
        is_text(d[3], 1)
        is_text(d[4], 1)
        is_text(d[5], 0)
        is_bytes(d[6], 64)
        check(d[2], d[6], b"OVPP-DEV1", gateway, d[1], d[2])
        table[d[0]] = d
        last = d[0]
    return table


def open_key(data, keys, gateway):
    key = whole(data)
    is_list(key, 3)
    before = keys[-1] if keys else None
    need(type(key[0]) is bytes, "statement")
    s = whole(key[0])
    need(type(s) is dict and len(s) == 8 and s[1] == 1 and s[1] is not True, "statement")
    need(s[2] == gateway and s[3] == len(keys) and s[3] is not False, "gateway, epoch")
    is_bytes(s[4], 32)
    is_uint(s[5], before[5] if before else 0, 1 << 62 if before else 0)
    is_uint(s[6])
    need(type(s[7]) is list and len(s[7]) <= (1 if before else 0), "revocation")
    if s[7]:
        is_uint(s[7][0], 0, s[5])
    is_text(s[8], 0)
    is_bytes(key[2], 64)
    if before:
        need(s[4] != before[4], "key")
        is_bytes(key[1], 64)
        check(before[4], key[1], b"OVPP-KEY1", key[0])
    else:
        need(s[4] == gateway and key[1] == b"", "key of epoch 0")
    check(s[4], key[2], b"OVPP-KEY1", key[0])
    return s


# ---- the bundle ----------------------------------------------------------------------


def be(leaf, at, size):
    return int.from_bytes(leaf[at : at + size], "big")


class Verifier:
    SIZES = (3, 2, 2, 3, 4, 6, 5, 3, 2)
    # By the item before (and what kind of bundle it is) what may follow.
    FOLLOWS = {
        None: (0,),
        0: (1, 6),
        1: (1, 2, 3, 4, 5, 6),
        3: (2, 4),
        4: (2, 4, 5),
        6: (7,),
        7: (5,),
        8: (5,),
    }

    def __init__(self, gateway):
        self.gateway = gateway
        self.keys = []
        self.tables = {}
        self.pending = None
        self.bare = False
        self.lives = {}
        self.devices = {}
        self.registers = {}
        self.log = Tree()
        self.whole = True
        self.previous = None
        self.head = None
        self.counts = {"batches": 0, "records": 0, "disclosed": 0, "gaps": 0, "lost": 0}

    def key_of(self, epoch, batch):
        if not self.keys and epoch == 0:
            return self.gateway
        need(epoch < len(self.keys), "no such key")
        signs = [s[3] for s in self.keys if s[5] <= batch]
        need(signs[-1] == epoch, "key is not the one that signs")
        if epoch + 1 < len(self.keys):
            need(not self.keys[epoch + 1][7] or batch < self.keys[epoch + 1][7][0], "revoked")
        return self.keys[epoch][4]

    def verify(self, data):
        at, last, may = 0, None, (0,)
        while at < len(data):
            item, at = take(data, at)
            need(type(item) is list and item and type(item[0]) is int, "item")
            kind = item[0]
            need(kind in may, "order of items")
            is_list(item, self.SIZES[kind])
            self.last = last
            getattr(self, f"item{kind}")(*item[1:])
            if kind == 2:
                may = tuple(k for k in may if k in (4, 6))
            elif kind == 5:
                may = (8, 0) + ((2, 6) if last == 7 else ())
            else:
                may = self.FOLLOWS[kind]
            last = kind
        need(last == 5 or (last == 6 and self.bare), "no head at the end")

    def item0(self, version, gateway):
        need(version == 1 and version is not True and gateway == self.gateway, "begin")
        need(not self.keys, "only one bundle is taken here")

    def item1(self, key):
        self.keys.append(open_key(key, self.keys, self.gateway))

    def item2(self, data):
        need(self.pending is None, "table that nothing names")
        self.pending = sha(data)
        self.tables[self.pending] = open_table(data, self.gateway)

    def item3(self, size, peaks):
        is_uint(size, 1, (1 << 62) - 1)
        peaks = joined(peaks, 32)
        need(len(peaks) == bin(size).count("1"), "peaks")
        self.log = Tree(size, peaks)
        self.whole = False

    def header(self, cose, alone=False):
        """Of a batch or of a record's: what does not need the one before."""
        need(type(cose) is bytes, "header")
        h, signed, signature = open_header(cose)
        need(h[2] == self.gateway, "gateway")
        check(self.key_of(h[3], h[4]), signature, signed)
        self.bare = alone and self.pending is None and h[16] not in self.tables
        if self.bare:
            return h
        need(h[16] in self.tables and self.pending in (None, h[16]), "table")
        self.pending = None
        for d in self.tables[h[16]].values():
            self.device(d, h[3])
        return h

    def device(self, d, epoch):
        need(epoch or d[1] == d[2], "first key of a device")
        known, since = self.devices.get(d[1], (d[2], epoch))
        if known != d[2]:
            need(epoch > since, "key of a device")
            since = epoch
        self.devices[d[1]] = (d[2], since)

    def item4(self, cose, hashes, entries):
        h = self.header(cose)
        need(h[4] == self.log.size, "number of the batch")
        if self.previous:
            need(h[5] == self.previous, "chain")
        life = self.lives.get((h[7], h[8]))
        if life:
            need(h[6] == life[6] and h[10] == life[11] + 1, "life")
        else:
            need(h[10] == 0 or not self.whole, "life does not begin with 0")
        self.lives[(h[7], h[8])] = h
        hashes = joined(hashes, 32)
        need(len(hashes) == h[9] and root_of(hashes) == h[17], "tree")
        entries = joined(entries, ENTRY)
        need(len(entries) <= h[9], "entries")
        low, times = 0, []
        for e in entries:
            index, leaf = self.index(h, e), e[16:]
            need(index >= low and leaf_hash(e) == hashes[index], "entry")
            low = index + 1
            times.append(self.leaf(h, leaf))
            if be(leaf, 24, 2) == SAMPLE:
                self.register(h, leaf)
        if len(times) == h[9]:
            for field, clock in ((13, 0), (14, 1)):
                of = [t[clock] for t in times]
                need([min(of), max(of)] == h[field], "times of the batch")
        self.previous = sha(cose)
        self.log.append(leaf_hash(node(leaf_hash(cose), h[17])))
        for name, n in (
            ("batches", 1),
            ("records", h[9]),
            ("disclosed", len(entries)),
            ("gaps", len(h[12])),
            ("lost", h[11] - h[10] + 1 - h[9]),
        ):
            self.counts[name] += n

    def index(self, h, entry):
        seq = be(entry, 16, 8)
        need(h[10] <= seq <= h[11], "seq")
        below = 0
        for first, last in h[12]:
            need(not first <= seq <= last, "seq in a gap")
            if last < seq:
                below += last - first + 1
        return seq - h[10] - below

    def leaf(self, h, leaf):
        now, real = be(leaf, 8, 8), be(leaf, 16, 8)
        need(h[13][0] <= now <= h[13][1], "mono of a record")
        need(h[14][0] <= real <= h[14][1], "real of a record")
        if be(leaf, 24, 2) == SAMPLE and not self.bare:
            need(be(leaf, 32, 4) in self.tables[h[16]], "device of a sample")
        return now, real

    def register(self, h, leaf):
        device = self.tables[h[16]][be(leaf, 32, 4)][1]
        for bit, at in ((4, 56), (6, 64)):
            if (be(leaf, 120, 4) >> bit) & 3 in (1, 2):
                value = be(leaf, at, 8)
                need(value >= self.registers.get((device, at), 0), "register goes back")
                self.registers[(device, at)] = value

    def item5(self, epoch, size, real, root, signature):
        is_uint(epoch, 0, (1 << 32) - 1)
        is_uint(size, 1, 1 << 62)
        is_uint(real)
        is_bytes(root, 32)
        is_bytes(signature, 64)
        check(
            self.key_of(epoch, size - 1),
            signature,
            b"OVPP-TH1" + self.gateway + u64(epoch) + u64(size) + u64(real) + root,
        )
        if self.last == 4:
            need((size, root) == (self.log.size, self.log.root()), "log")
        elif self.last == 7:
            need(self.batch < size, "size of the log")
            leaf = leaf_hash(self.batch_root)
            need(included(leaf, self.batch, size, self.path) == root, "batch in the log")
        elif self.last == 8:
            old_size, old_root = self.head
            need(old_size <= size, "smaller log")
            roots = consistent(old_size, size, self.path, old_root)
            need(roots == (old_root, root), "consistency")
        if self.head and self.head[0] == size:
            need(self.head[1] == root, "two logs")
        self.head = (size, root)

    def item6(self, cose, index, path, entry):
        h = self.header(cose, alone=True)
        is_uint(index, 0, h[9] - 1)
        is_bytes(entry, ENTRY)
        need(included(leaf_hash(entry), index, h[9], joined(path, 32)) == h[17], "record")
        need(self.index(h, entry) == index, "seq of the record")
        self.leaf(h, entry[16:])
        self.batch, self.batch_root = h[4], node(leaf_hash(cose), h[17])
        for name in ("batches", "records", "disclosed"):
            self.counts[name] += 1

    def item7(self, batch, path):
        need(type(batch) is int and batch == self.batch, "batch of the record")
        self.path = joined(path, 32)

    def item8(self, path):
        self.path = joined(path, 32)


def is_proven(gateway, data):
    verifier = Verifier(gateway)
    try:
        verifier.verify(data)
    except No as no:
        return str(no), None
    return None, verifier.counts


# ---- the command line ----------------------------------------------------------------


def read(path):
    with open(path, "rb") as file:
        return file.read()


def vectors(path):
    with open(path, encoding="ascii") as file:
        v = {name: bytes.fromhex(hexa) for name, hexa in map(str.split, file)}
    gateway, e = v["gateway"], v["entry"]
    need(v["salt"] == sha(v["seed"], e[16:24])[:16] == e[:16], "salt")
    need(e[16:] == v["leaf-dispatch"] and leaf_hash(e) == v["entry-hash"], "entry")
    for name, number in (("other", 0), ("sample", 1), ("site", 2), ("event", 3)):
        leaf = bytearray(range(0x80, 0x100))
        leaf[24:26] = number.to_bytes(2, "big")
        need(leaf == v["leaf-" + name], "leaf " + name)
    keys = [open_key(v["key-0"], [], gateway)]
    keys.append(open_key(v["key-1"], keys, gateway))
    need(sha(v["device-table"]) == v["device-table-hash"], "table")
    open_table(v["device-table"], gateway)
    h, signed, signature = open_header(v["signed-header"])
    check(keys[1][4], signature, signed)
    need((h[16], h[17]) == (v["device-table-hash"], v["tree-root"]), "header")
    need(node(leaf_hash(v["signed-header"]), h[17]) == v["batch-root"], "batch root")
    for name in ("bundle", "bundle-record"):
        why, _ = is_proven(gateway, v[name])
        need(why is None, f"{name}: {why}")
    need(v["head-signature"] == v["bundle"][-64:], "head")
    need(v["log-root"] == v["bundle"][-98:-66], "log root")


def flips(gateway, data):
    """Each byte with one bit changed, and each place to cut."""
    for at in range(len(data)):
        changed = bytearray(data)
        changed[at] ^= 1 << at % 8
        need(is_proven(gateway, bytes(changed))[0], f"byte {at} changed and still proven")
        need(is_proven(gateway, data[:at])[0], f"cut at {at} and still proven")


def main(verb, *args):
    try:
        if verb == "vectors":
            vectors(*args)
        elif verb == "flips":
            flips(bytes.fromhex(args[0]), read(args[1]))
        else:
            why, counts = is_proven(bytes.fromhex(args[0]), read(args[1]))
            need(why is None, why)
            print(json.dumps(counts))
    except No as no:
        print("no:", no)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))

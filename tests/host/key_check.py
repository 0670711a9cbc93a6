#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""key_check.py LEDGER KEYS [PASSPHRASE]: the keys of a ledger, as docs/evidence.md and
docs/keys.md have them. Shares only libsodium's primitives with what made them.

Checks every statement against the one before it, and that the newest key's file gives
that key. Prints the number of keys and of revoked ones."""

import ctypes
import ctypes.util
import hashlib
import json
import sqlite3
import sys

sodium = ctypes.CDLL(ctypes.util.find_library("sodium"))
sodium.sodium_init()


class Cbor:
    """What statements consist of, in its shortest encoding only."""

    def __init__(self, data):
        self.data, self.at = data, 0

    def take(self, n):
        self.at += n
        assert self.at <= len(self.data), "too short"
        return self.data[self.at - n : self.at]

    def head(self):
        first = self.take(1)[0]
        size = {24: 1, 25: 2, 26: 4, 27: 8}.get(first & 31, 0)
        value = int.from_bytes(self.take(size), "big") if size else first & 31
        assert not size or value >= {1: 24, 2: 1 << 8, 4: 1 << 16, 8: 1 << 32}[size]
        return first >> 5, value

    def item(self):
        major, n = self.head()
        if major == 0:
            return n
        if major == 2:
            return self.take(n)
        if major == 3:
            return self.take(n).decode()
        if major == 4:
            return [self.item() for _ in range(n)]
        assert major == 5, f"major type {major}"
        pairs = [(self.item(), self.item()) for _ in range(n)]
        assert [k for k, _ in pairs] == sorted({k for k, _ in pairs}), "order of keys"
        return dict(pairs)

    @classmethod
    def whole(cls, data):
        reader = cls(data)
        value = reader.item()
        assert reader.at == len(data), "bytes behind the end"
        return value


def signed(signature, data, key):
    return len(signature) == 64 and not sodium.crypto_sign_verify_detached(
        signature, data, ctypes.c_ulonglong(len(data)), key
    )


def check_chain(rows):
    before, revoked = None, 0
    for n, (epoch, public, from_batch, row) in enumerate(rows):
        statement, by_before, by_own = Cbor.whole(row)
        s, data = Cbor.whole(statement), b"OVPP-KEY1" + statement
        gateway = before[2] if before else public
        assert sorted(s) == [1, 2, 3, 4, 5, 6, 7, 8] and s[1] == 1
        assert (epoch, s[3], s[2], s[4], s[5]) == (n, n, gateway, public, from_batch)
        assert signed(by_own, data, public), "not signed by the key itself"
        if before:
            assert s[5] >= before[5], "begins before the key before it"
            assert signed(by_before, data, before[4]), "not signed by the key before it"
            assert not s[7] or before[5] <= s[7][0] <= s[5], "revokes what is not its own"
        else:
            assert by_before == b"" and not s[7] and s[5] == 0
        revoked += len(s[7])
        before = s
    return before, revoked


def secret_of(file, passphrase):
    if "secret" in file:
        assert passphrase is None, "not encrypted"
        return bytes.fromhex(file["secret"])
    kdf, box = file["kdf"], bytes.fromhex(file["ciphertext"])
    salt, public = bytes.fromhex(kdf["salt"]), bytes.fromhex(file["public"])
    assert (kdf["name"], file["cipher"]) == ("argon2id", "xchacha20poly1305")
    key, secret = ctypes.create_string_buffer(32), ctypes.create_string_buffer(32)
    assert not sodium.crypto_pwhash(
        key, ctypes.c_ulonglong(32), passphrase, ctypes.c_ulonglong(len(passphrase)), salt,
        ctypes.c_ulonglong(kdf["ops"]), ctypes.c_size_t(kdf["mem"]), 2,
    )
    head = b"OVPP-KF1" + file["epoch"].to_bytes(4, "big") + public
    head += kdf["ops"].to_bytes(8, "big") + kdf["mem"].to_bytes(8, "big") + salt
    assert not sodium.crypto_aead_xchacha20poly1305_ietf_decrypt(
        secret, None, None, box, ctypes.c_ulonglong(len(box)), head,
        ctypes.c_ulonglong(len(head)), bytes.fromhex(file["nonce"]), key,
    ), "another passphrase"
    return secret.raw


def public_of(secret, number, context):
    seed = hashlib.blake2b(
        digest_size=32, key=secret, salt=number.to_bytes(8, "little"), person=context
    ).digest()
    public, sign = ctypes.create_string_buffer(32), ctypes.create_string_buffer(64)
    sodium.crypto_sign_seed_keypair(public, sign, seed)
    return public.raw


def main(ledger, keys, passphrase=None):
    sql = sqlite3.connect(f"file:{ledger}?mode=ro", uri=True)
    rows = sql.execute("SELECT epoch, public, from_batch, statement FROM key ORDER BY epoch")
    newest, revoked = check_chain(rows)
    with open(f"{keys}/gateway-{newest[3]}.key", encoding="ascii") as f:
        file = json.load(f)
    secret = secret_of(file, passphrase and passphrase.encode())
    assert (file["version"], file["epoch"]) == (1, newest[3])
    assert public_of(secret, 0, b"ovppgate") == newest[4] == bytes.fromhex(file["public"])
    print(newest[3] + 1, revoked)


if __name__ == "__main__":
    main(*sys.argv[1:])

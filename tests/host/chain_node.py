#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""What the tests of the outbox want of a node, by JSON-RPC.

	chain_node.py URL deploy ARTIFACT SIGNER GATEWAYS
		prints CONTRACT and the hash of its code; enrolls so many from 7 on
	chain_node.py URL enroll CONTRACT SIGNER	gateway 7, once more
	chain_node.py URL call METHOD [JSON...]		prints the result
	chain_node.py URL check CONTRACT BATCHES [GATEWAYS]
		each of them is anchored once, in order
	chain_node.py URL ledger CONTRACT LEDGER
		each batch of a ledger is
	chain_node.py URL paid WEI
		anchor_run's calls have paid so much
	chain_node.py URL bumps LOG ATTEMPTS
		so many transactions or more of one nonce were sent by LOG of rpc_proxy.py,
		each with both fees an eighth above those before, and one of them was mined

Status 1: no. The registry of the contract is the node's first account.
"""
import http.client
import json
import sqlite3
import sys
import urllib.parse

GATEWAY = 7
# anchor's event and enroll(), by their hashes
ENROLL = "d4054b28"


class Node:
    def __init__(self, url):
        self.connection = http.client.HTTPConnection(urllib.parse.urlsplit(url).netloc, timeout=20)

    def __call__(self, method, *params):
        body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": params})
        self.connection.request("POST", "/", body, {"Content-Type": "application/json"})
        with self.connection.getresponse() as answer:
            message = json.load(answer)
        if "error" in message:
            raise RuntimeError(f"{method}: {message['error']}")
        return message["result"]

    def send(self, **tx):
        """From the first account; the node is to mine it at once."""
        owner = self("eth_accounts")[0]
        sent = self("eth_sendTransaction", {"from": owner, "gas": hex(3000000), **tx})
        while not (receipt := self("eth_getTransactionReceipt", sent)):
            pass
        assert receipt["status"] == "0x1", receipt
        return receipt


def word(x):
    return f"{x:064x}"


def enroll(node, contract, signer, gateway=GATEWAY):
    node.send(to="0x" + contract, data="0x" + ENROLL + word(gateway) + word(int(signer, 16)) + word(0))


def deploy(node, artifact, signer, gateways):
    with open(artifact, encoding="utf-8") as file:
        code = json.load(file)["bytecode"]["object"]
    owner = node("eth_accounts")[0]
    contract = node.send(data=code + word(int(owner, 16)))["contractAddress"][2:]
    for i in range(int(gateways)):
        enroll(node, contract, signer, GATEWAY + i)
    node("anvil_setBalance", signer, hex(10**18))
    print(contract, node("web3_sha3", node("eth_getCode", "0x" + contract, "latest"))[2:])


def anchored(node, contract, roots, gateways=1):
    """The events of the canonical chain, against the roots that were given."""
    topic = node("web3_sha3", "0x" + b"Anchored(uint256,uint48,bytes32,uint32,uint48,uint48)".hex())
    logs = node("eth_getLogs", {"address": "0x" + contract, "topics": [topic],
                                "fromBlock": "0x0", "toBlock": "latest"})
    seqs = {GATEWAY + i: [] for i in range(gateways)}
    for log in logs:
        seq = int(log["topics"][2], 16)
        seqs[int(log["topics"][1], 16)].append(seq)
        if seq >= len(roots) or log["data"][:66] != roots[seq]:
            return f"batch {seq} is another one"
    for gateway, is_there in seqs.items():
        if is_there != list(range(len(roots))):
            return f"of gateway {gateway} are anchored: {is_there}, {len(roots)} wanted"
    return None


def check(node, contract, batches, gateways="1"):
    """Roots as anchor_run.c makes them."""
    roots = [node("web3_sha3", "0x" + i.to_bytes(8, "little").hex()) for i in range(int(batches))]
    return anchored(node, contract, roots, int(gateways))


def ledger(node, contract, path):
    rows = sqlite3.connect(f"file:{path}?mode=ro", uri=True).execute(
        "SELECT leaf FROM log ORDER BY seq")
    return anchored(node, contract, ["0x" + leaf.hex() for leaf, in rows])


def paid(node, wei):
    has = int(node("eth_getBalance", "0xca11" + 36 * "0", "latest"), 16)
    return None if has == int(wei) else f"{has} wei were paid, {wei} wanted"


# ---- transactions that were sent -----------------------------------------------------

def item(data, at):
    """Of RLP: where the payload of the item at a position begins and ends."""
    kind = data[at]
    if kind < 0x80:
        return at, at + 1
    size = kind - (0x80 if kind < 0xc0 else 0xc0)
    begin = at + 1
    if size > 55:
        begin += size - 55
        size = int.from_bytes(data[at + 1:begin], "big")
    return begin, begin + size


def fields(raw):
    """Nonce, tip and fee of a transaction of type 2, whose bytes are these."""
    data = bytes.fromhex(raw[4:])
    at, numbers = item(data, 0)[0], []
    for _ in range(4):
        begin, at = item(data, at)
        numbers.append(int.from_bytes(data[begin:at], "big"))
    return numbers[1:]


def raised(attempts):
    return all(8 * now[i] >= 9 * before[i]
               for before, now in zip(attempts, attempts[1:]) for i in (1, 2))


def bumps(node, log, wanted):
    with open(log, encoding="utf-8") as file:
        requests = [json.loads(line) for line in file]
    sent = [r["params"][0] for r in requests if r["method"] == "eth_sendRawTransaction"]
    by_nonce = {}
    for raw in dict.fromkeys(sent):
        by_nonce.setdefault(fields(raw)[0], []).append(raw)
    most = max(by_nonce.values(), key=len, default=[])
    mined = [raw for raw in most
             if node("eth_getTransactionReceipt", node("web3_sha3", raw))]
    print(f"{len(most)} attempts of one nonce, {len(mined)} of them mined")
    if len(most) < int(wanted) or len(mined) != 1:
        return f"{wanted} attempts, one of them mined, were wanted"
    if not all(raised([fields(raw) for raw in each]) for each in by_nonce.values()):
        return "fees were raised by less than an eighth"
    return None


def main():
    node, what, args = Node(sys.argv[1]), sys.argv[2], sys.argv[3:]
    if what == "call":
        print(json.dumps(node(args[0], *map(json.loads, args[1:]))))
        return 0
    wrong = {"deploy": deploy, "enroll": enroll, "check": check, "ledger": ledger,
             "paid": paid, "bumps": bumps}[what](node, *args)
    if wrong:
        print(wrong)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())

#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""What tests/host/chain.sh wants of a node, by JSON-RPC.

	chain_node.py URL wait
	chain_node.py URL deploy ARTIFACT SIGNER	prints CONTRACT and the hash of its code
	chain_node.py URL call METHOD [JSON...]		prints the result
	chain_node.py URL check CONTRACT BATCHES	each of them once, in order; status 1: no

The registry of the contract is the node's first account, which enrolls gateway 7.
"""
import json
import sys
import time
import urllib.request

GATEWAY = 7
# anchor's event and enroll(), by their hashes
ENROLL = "d4054b28"


def rpc(url, method, *params):
    body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": params}).encode()
    request = urllib.request.Request(url, body, {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=10) as answer:
        message = json.load(answer)
    if "error" in message:
        raise RuntimeError(f"{method}: {message['error']}")
    return message["result"]


def wait(url):
    for _ in range(100):
        try:
            rpc(url, "eth_chainId")
            return
        except OSError:
            time.sleep(0.1)
    sys.exit("the node does not answer")


def receipt(url, tx):
    for _ in range(100):
        found = rpc(url, "eth_getTransactionReceipt", tx)
        if found:
            assert found["status"] == "0x1", found
            return found
        time.sleep(0.1)
    sys.exit("no receipt")


def word(x):
    return f"{x:064x}"


def deploy(url, artifact, signer):
    with open(artifact, encoding="utf-8") as file:
        code = json.load(file)["bytecode"]["object"]
    owner = rpc(url, "eth_accounts")[0]
    made = receipt(url, rpc(url, "eth_sendTransaction",
                            {"from": owner, "data": code + word(int(owner, 16))}))
    contract = made["contractAddress"]
    data = "0x" + ENROLL + word(GATEWAY) + word(int(signer, 16)) + word(0)
    receipt(url, rpc(url, "eth_sendTransaction", {"from": owner, "to": contract, "data": data}))
    receipt(url, rpc(url, "eth_sendTransaction",
                     {"from": owner, "to": signer, "value": hex(10**18)}))
    code_hash = rpc(url, "web3_sha3", rpc(url, "eth_getCode", contract, "latest"))
    print(contract[2:], code_hash[2:])


def check(url, contract, batches):
    """The events of the canonical chain, against the roots that were given."""
    topic = rpc(url, "web3_sha3", "0x" + b"Anchored(uint256,uint48,bytes32,uint32,uint48,uint48)".hex())
    logs = rpc(url, "eth_getLogs", {"address": "0x" + contract, "topics": [topic],
                                    "fromBlock": "0x0", "toBlock": "latest"})
    seqs = [int(log["topics"][2], 16) for log in logs]
    roots = [log["data"][:66] for log in logs]
    wanted = [rpc(url, "web3_sha3", "0x" + i.to_bytes(8, "little").hex()) for i in range(batches)]
    if seqs == list(range(batches)) and roots == wanted:
        return 0
    print(f"# anchored: {seqs}, {batches} wanted")
    return 1


def main():
    url, what, args = sys.argv[1], sys.argv[2], sys.argv[3:]
    if what == "wait":
        wait(url)
    elif what == "deploy":
        deploy(url, *args)
    elif what == "call":
        print(json.dumps(rpc(url, args[0], *map(json.loads, args[1:]))))
    elif what == "check":
        return check(url, args[0], int(args[1]))
    return 0


if __name__ == "__main__":
    sys.exit(main())

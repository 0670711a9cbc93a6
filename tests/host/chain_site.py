#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Transactions of the accounts that anvil has the keys of, for tests/chain_site.sh.

	chain_site.py config LOCAL INPUTS	a deployment's configuration, whose parameters
						are those of a document's inputs
	chain_site.py inputs INPUTS DEPLOYMENT ACCOUNT
						those of a first epoch there, that pays one
						account for all devices
	chain_site.py URL call METHOD [JSON...]	prints the result
	chain_site.py URL raw FROM TO < DATA	sends each line; FROM: number of the account
	chain_site.py URL send FROM TO SIGNATURE [ARGUMENT...]
						both print whose the last event is: its
						first indexed argument

	chain_site.py URL lie FILE		prints its port: the same node, but for what
						the statements in FILE make of "result", the
						answer to "method" with "params"

An argument is a number, "0x..." or a list of hashes, "[0x...,0x...]".
"""
import http.client
import http.server
import json
import sys
import urllib.parse


class Node:
    def __init__(self, url):
        self.connection = http.client.HTTPConnection(urllib.parse.urlsplit(url).netloc, timeout=60)
        self.accounts = self("eth_accounts")

    def __call__(self, method, *params):
        body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": params})
        self.connection.request("POST", "/", body, {"Content-Type": "application/json"})
        with self.connection.getresponse() as answer:
            message = json.load(answer)
        if "error" in message:
            raise RuntimeError(f"{method}: {message['error']}")
        return message["result"]

    def send(self, account, to, data):
        tx = self("eth_sendTransaction", {"from": self.accounts[int(account)], "to": to, "data": data})
        while not (receipt := self("eth_getTransactionReceipt", tx)):
            pass
        assert receipt["status"] == "0x1", receipt
        return receipt


def word(text):
    return f"{int(text, 16 if text.startswith('0x') else 10):064x}"


def encode(node, signature, arguments):
    """Words, and behind them the lists that they name the place of."""
    heads, tails = "", ""
    for text in arguments:
        if not text.startswith("["):
            heads += word(text)
            continue
        items = [item for item in text[1:-1].split(",") if item]
        heads += word(str(32 * len(arguments) + len(tails) // 2))
        tails += word(str(len(items))) + "".join(map(word, items))
    return node("web3_sha3", "0x" + signature.encode().hex())[:10] + heads + tails


def load(path):
    with open(path, encoding="utf-8") as file:
        return json.load(file)


def config(local, inputs):
    made = load(local)
    params = load(inputs)["params"]
    made["parameters"] = {"names": list(params), "values": list(params.values())}
    print(json.dumps(made))


def inputs(path, deployment, account):
    made, deployed = load(path), load(deployment)
    made["chain_id"] = deployed["chain_id"]
    made["contract"] = deployed["contracts"]["RewardClaims"]["address"].lower()
    made["carried"] = "0"
    made["accounts"] = []
    for device in made["devices"]:
        device["account"] = account.lower()
    print(json.dumps(made))


def tell(receipt):
    for log in receipt["logs"][-1:]:
        print(*log["topics"][1:2])


def lie(url, path):
    """FILE is read anew each time; none: the node as it is."""
    host = urllib.parse.urlsplit(url).netloc

    class Liar(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *_):
            pass

        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            asked = json.loads(body)
            connection = http.client.HTTPConnection(host, timeout=60)
            connection.request("POST", "/", body, {"Content-Type": "application/json"})
            with connection.getresponse() as answer:
                said = json.load(answer)
            with open(path, encoding="utf-8") as file:
                names = {"method": asked["method"], "params": asked["params"],
                         "result": said.get("result")}
                exec(file.read(), names)  # pylint: disable=exec-used
            if "result" in said:
                said["result"] = names["result"]
            text = json.dumps(said).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Liar)
    print(server.server_address[1], flush=True)
    server.serve_forever()


def main():
    if sys.argv[1] == "config":
        return config(*sys.argv[2:])
    if sys.argv[1] == "inputs":
        return inputs(*sys.argv[2:])
    if sys.argv[2] == "lie":
        return lie(sys.argv[1], sys.argv[3])
    node, what, args = Node(sys.argv[1]), sys.argv[2], sys.argv[3:]
    if what == "call":
        print(json.dumps(node(args[0], *map(json.loads, args[1:]))))
    elif what == "raw":
        for line in sys.stdin:
            tell(node.send(args[0], args[1], line.strip()))
    elif what == "send":
        tell(node.send(args[0], args[1], encode(node, args[2], args[3:])))
    return None


if __name__ == "__main__":
    sys.exit(main())

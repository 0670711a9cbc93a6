# SPDX-License-Identifier: GPL-2.0-or-later
"""The demo's chain: who takes part, and what they do there with ovpp."""

import json
import os
import subprocess
import urllib.request

from gateway import ovpp

HERE = os.path.dirname(os.path.abspath(__file__))
DEPLOYMENT = os.path.join(HERE, "..", "..", "build", "demo", "deployment.json")
CHALLENGE_S = 3600

# Accounts that every anvil has, by their place among them.
SECRETS = {
    "holder": "ac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80",
    "attestor": "59c6995e998f97a5a0044966f0945389dc9e86dae88c7a8412f4603b6b78690d",
    "owner": "47e179ec197488593b187f80a00eb0da91f1b9d0b13f8733639f19c30a34926a",
}
ACCOUNTS = {"holder": 0, "attestor": 1, "owner": 4}

# What the devices can move and hold, in W and Wh. They say so when they are registered.
NAMEPLATES = {"meter": (15_000, 0), "load": (15_000, 0), "wind": (3_000, 0), "pv": (12_000, 0),
              "battery": (6_000, 14_400), "ev": (11_000, 77_000), "generator": (8_000, 0)}


class Chain:
    """A node, and the site's business there."""

    def __init__(self, run_dir, port):
        self.dir = run_dir
        self.url = f"http://127.0.0.1:{port}"
        self.registering = None
        with open(DEPLOYMENT, encoding="utf-8") as file:
            self.deployment = json.load(file)
        self.accounts = self.rpc("eth_accounts")
        for name, secret in SECRETS.items():
            fd = os.open(self.path(name), os.O_WRONLY | os.O_CREAT, 0o600)
            os.write(fd, secret.encode())
            os.close(fd)

    def path(self, name):
        return os.path.join(self.dir, name)

    def rpc(self, method, *params):
        body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": params})
        request = urllib.request.Request(self.url, body.encode(),
                                         {"Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=30) as answer:
            message = json.load(answer)
        if "error" in message:
            raise RuntimeError(f"{method}: {message['error']}")
        return message["result"]

    def contract(self, name):
        return self.deployment["contracts"][name]["address"]

    def account(self, name):
        return self.accounts[ACCOUNTS[name]]

    def config(self):
        """The section of the daemon's configuration."""
        return (f"chain:\n  network: anvil\n  rpc: [{self.url}]\n  deployment: {DEPLOYMENT}\n"
                f"  owner: '{self.account('owner')}'\n")

    def ovpp(self, *words, key=None):
        more = ("--key", self.path(key)) if key else ()
        return ovpp(*words, *more, "--config", self.path("ovppd.yaml"))

    def send(self, name, to, **what):
        self.rpc("eth_sendTransaction", {"from": self.account(name), "to": to, **what})

    def register(self):
        """The owner and each device consent, the gateway's account pays; in the background."""
        self.send("holder", self.ovpp("chain", "account")["address"], value=hex(10**18))
        self.registering = subprocess.Popen(
            ("ovpp", "chain", "register", "--since", "all", "--devices", "--owner-key",
             self.path("owner"), "--config", self.path("ovppd.yaml"), "--json"),
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def _registered(self):
        out, err = self.registering.communicate(timeout=120)
        if self.registering.returncode:
            raise RuntimeError(f"ovpp chain register: {err.strip()}")
        return json.loads(out)

    def _anchored(self):
        """All batches, with what the node itself says of the events."""
        self.ovpp("chain", "anchor", "--wait", "final", "--timeout", "120")
        topic = self.rpc("web3_sha3", "0x" + b"Anchored(uint256,uint48,bytes32,uint32,uint48,"
                                             b"uint48)".hex())
        events = self.rpc("eth_getLogs", {"address": self.contract("TelemetryAnchor"),
                                          "topics": [topic], "fromBlock": "0x0",
                                          "toBlock": "latest"})
        sent = {e["transactionHash"] for e in events}
        gas = sum(int(self.rpc("eth_getTransactionReceipt", tx)["gasUsed"], 16) for tx in sent)
        return {"seqs": [int(e["topics"][2], 16) for e in events],
                "records": sum(int(e["data"][66:130], 16) for e in events),
                "transactions": len(sent), "gas": gas}

    def _inputs(self, keys):
        """What is published of the epoch: devices with what they are and whom they pay."""
        owner = self.account("owner").lower()
        devices = [{"id": d["id"], "gateway": keys["gateway"], "account": owner,
                    "nameplate_mw": NAMEPLATES[d["name"]][0] * 1000,
                    "capacity_mwh": NAMEPLATES[d["name"]][1] * 1000} for d in keys["devices"]]
        inputs = {"version": 1, "chain_id": self.deployment["chain_id"],
                  "contract": self.contract("RewardClaims").lower(),
                  "epoch": 1, "params": self.ovpp("reward", "params", "--chain")["params"],
                  "devices": sorted(devices, key=lambda d: d["id"]), "accounts": []}
        with open(self.path("inputs.json"), "w", encoding="utf-8") as file:
            json.dump(inputs, file)

    def _give_tokens(self, name, amount):
        """transfer(address,uint256) of the token."""
        data = f"0xa9059cbb{int(self.account(name), 16):064x}{amount * 10**18:064x}"
        self.send("holder", self.contract("OVPPToken"), data=data)

    def _paid(self, bundle, document):
        """From evidence to a payment: proposed, not vetoed for an hour of the chain, claimed."""
        self.ovpp("reward", "compute", self.path("inputs.json"), bundle, "--out", document)
        self.ovpp("reward", "fund", "1000000", key="holder")
        self._give_tokens("attestor", 1000)
        self.ovpp("reward", "bond", "1000", key="attestor")
        self.ovpp("reward", "propose", document, key="attestor")
        self.rpc("evm_increaseTime", CHALLENGE_S + 1)
        self.rpc("evm_mine")
        self.ovpp("reward", "finalize", key="holder")
        return self.ovpp("reward", "claim", document, self.account("owner"), key="holder")

    def _verified(self, bundle, document):
        done = subprocess.run(("ovpp-verify", "--json", "--chain", DEPLOYMENT, "--rpc", self.url,
                               "--latest", "--reward", document, bundle),
                              capture_output=True, text=True, check=False)
        return {"proven": done.returncode == 0, "said": json.loads(done.stdout)}

    def facts(self, ledger, bundle):
        """The rest of the business, once the day is over."""
        document = self.path("epoch1.json")
        registered = self._registered()
        anchored = self._anchored()
        keys = ovpp("key", "show", "--ledger", ledger)
        self._inputs(keys)
        return {"registered": registered, "anchored": anchored,
                "paid": self._paid(bundle, document),
                "verified": self._verified(bundle, document)}

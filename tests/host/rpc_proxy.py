#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""A JSON-RPC proxy that does wrong.

	rpc_proxy.py LOG UPSTREAM SEED PERCENT [FAULT...]

Listens on a free port of this machine, which it prints, and hands requests on to
UPSTREAM. PERCENT of them meet a fault, drawn at random from SEED: of those that are
named, or of all that are over by themselves. Unless that is 0, the first request of each
method meets one, so that no method is left out. What was asked and what became of it is a
line of JSON in LOG each.

The method proxy_set changes that while it runs: {"upstream", "percent", "faults", "only"}.
"only" is a list of methods: others meet no fault.
"""
import http.server
import json
import random
import sys
import threading
import time
import urllib.request

FAULTS = ("lost-request", "lost-response", "429", "500", "502", "503", "null", "garbage",
          "wrong-id", "oversized", "delay")
# hang: no answer before it is set otherwise; jitter: harmless
MORE_FAULTS = ("hang", "jitter")


class Proxy(http.server.ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64

    def __init__(self, log, upstream, seed, percent, faults):
        super().__init__(("127.0.0.1", 0), Handler)
        self.log = open(log, "a", encoding="utf-8")
        self.random = random.Random(seed)
        self.lock = threading.Lock()
        self.seen = set()
        self.set({"upstream": upstream, "percent": percent, "faults": faults, "only": None})

    def handle_error(self, request, client_address):
        """Who asked may be gone."""
        if not isinstance(sys.exc_info()[1], OSError):
            super().handle_error(request, client_address)

    def set(self, what):
        for name, value in what.items():
            setattr(self, name, value)
        if unknown := set(self.faults) - set(FAULTS + MORE_FAULTS):
            raise ValueError(unknown)

    def hits(self, fault, method):
        """May this fault happen to this method, as it is set now?"""
        return fault in self.faults and (self.only is None or method in self.only)

    def draw(self, request):
        method, fault = request["method"], None
        with self.lock:
            hit = self.random.uniform(0, 100) < self.percent or (
                self.percent and method not in self.seen)
            if hit and self.faults:
                fault = self.random.choice(self.faults)
                fault = fault if self.hits(fault, method) else None
            self.seen.add(method)
            print(json.dumps({"method": method, "fault": fault,
                              "params": request["params"]}), file=self.log, flush=True)
        return fault


class Handler(http.server.BaseHTTPRequestHandler):
    def forward(self, body):
        request = urllib.request.Request(self.server.upstream, body,
                                         {"Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=10) as answer:
            return answer.read()

    def answer(self, status, body, headers=()):
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        request = json.loads(body)
        if request["method"] == "proxy_set":
            self.server.set(request["params"][0])
            answer = {"jsonrpc": "2.0", "id": request["id"], "result": True}
            self.answer(200, json.dumps(answer).encode())
            return
        fault = self.server.draw(request)
        while fault == "hang" and self.server.hits(fault, request["method"]):
            time.sleep(0.02)
        if fault in ("lost-request", "hang"):
            return
        if fault == "429":
            self.answer(429, b"slower", [("Retry-After", "1")])
            return
        if fault in ("500", "502", "503"):
            self.answer(int(fault), b"")
            return
        answer = self.forward(body)
        if fault == "lost-response":
            return
        self.answer(200, self.spoil(fault, answer))

    def spoil(self, fault, answer):
        """The node's answer, or something else in its place."""
        if fault == "garbage":
            return b"\xff\x00<html>"
        if fault == "oversized":
            return b" " * 2000000
        if fault == "delay":
            time.sleep(0.5)
        if fault == "jitter":
            time.sleep(self.server.random.uniform(0, 0.02))
        if fault in ("null", "wrong-id"):
            message = json.loads(answer)
            message["id"] += fault == "wrong-id"
            if fault == "null":
                message.pop("error", None)
                message["result"] = None
            return json.dumps(message).encode()
        return answer

    def log_message(self, *args):
        pass


def main():
    log, upstream, seed, percent = sys.argv[1:5]
    proxy = Proxy(log, upstream, int(seed), float(percent), sys.argv[5:] or FAULTS)
    print(proxy.server_address[1], flush=True)
    proxy.serve_forever()


if __name__ == "__main__":
    main()

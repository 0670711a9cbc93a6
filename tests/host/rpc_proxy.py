#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""A JSON-RPC proxy that does wrong.

	rpc_proxy.py UPSTREAM SEED PERCENT [FAULT...]

Listens on a free port of this machine, which it prints, and hands requests on to
UPSTREAM. PERCENT of them meet a fault, drawn at random from SEED: of those that are
named, or of all.
"""
import http.server
import json
import random
import sys
import threading
import time
import urllib.request

FAULTS = ("lost-request", "lost-response", "429", "500", "null", "garbage", "wrong-id",
          "oversized", "delay")


class Proxy(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, upstream, seed, percent, faults):
        super().__init__(("127.0.0.1", 0), Handler)
        self.upstream = upstream
        self.random = random.Random(seed)
        self.percent = percent
        self.faults = faults
        self.lock = threading.Lock()

    def draw(self):
        with self.lock:
            if self.random.uniform(0, 100) >= self.percent:
                return None
            return self.random.choice(self.faults)


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
        fault = self.server.draw()
        if fault == "lost-request":
            return
        if fault == "429":
            self.answer(429, b"slower", [("Retry-After", "1")])
            return
        if fault == "500":
            self.answer(500, b"")
            return
        answer = self.forward(body)
        if fault == "lost-response":
            return
        self.answer(200, spoil(fault, answer))

    def log_message(self, *args):
        pass


def spoil(fault, answer):
    """The node's answer, or something else in its place."""
    if fault == "garbage":
        return b"\xff\x00<html>"
    if fault == "oversized":
        return b" " * 2000000
    if fault == "delay":
        time.sleep(0.5)
    if fault in ("null", "wrong-id"):
        message = json.loads(answer)
        message["id"] += fault == "wrong-id"
        if fault == "null":
            message.pop("error", None)
            message["result"] = None
        return json.dumps(message).encode()
    return answer


def main():
    upstream, seed, percent = sys.argv[1], int(sys.argv[2]), float(sys.argv[3])
    proxy = Proxy(upstream, seed, percent, sys.argv[4:] or FAULTS)
    print(proxy.server_address[1], flush=True)
    proxy.serve_forever()


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""An engine in Python that runs workload cycles with lists: the worker protocol of bench/README.md."""
import json, os, sys, time
from collections import deque

MASK, STEP = 2**64 - 1, 0x9E3779B97F4A7C15
messages = os.fdopen(3, "w", buffering=1)

def send(event, **fields):
    print(json.dumps({"event": event, **fields}), file=messages)
    if event in ("ready", "drained") and sys.stdin.readline() != "go\n":
        sys.exit(3)  # the runner has gone

def mix(value):
    value = (value ^ value >> 30) * 0xBF58476D1CE4E5B9 & MASK
    value = (value ^ value >> 27) * 0x94D049BB133111EB & MASK
    return value ^ value >> 31

def run(seed, nodes, rounds, count, window, batch, latency):
    salt = digest = mix(mix(seed + STEP & MASK) ^ mix(0x6A09E667F3BCC90A))
    kept, made = deque(), 0
    for start in list(range(0, count, batch)) * rounds + [None]:
        began = time.monotonic_ns()
        for _ in range(len(kept) if start is None else min(batch, count - start)):
            if start is None or len(kept) == window:
                node = kept.popleft()
                for _ in range(nodes):
                    node, digest = node[0], digest * STEP + mix(node[1]) & MASK
            if start is not None:
                ring = [[None, mix(salt + made * nodes + i & MASK) & 2**30 - 1 | 1024] for i in range(nodes)]
                for i in range(nodes):
                    ring[i - 1][0] = ring[i]
                kept.append(ring[0])
                made += 1
        latency.append([time.monotonic_ns() - began, 1])
    latency.pop()  # what was left is dropped outside of operations
    return {"digest": "%016x" % mix(digest), "values": {"operations": len(latency)}, "latency_ns": latency}

cell = json.loads(sys.stdin.readline())
knob = lambda name, default: cell["knobs"].get("cycles." + name, default)
nodes = {"list": 1, "pair": 2}.get(knob("kind", "pair"), int(knob("length", 10)))
numbers = [int(knob(*row)) for row in (("rounds", 4), ("count", 5000), ("window", 1000), ("batch", 10))]
record = {"status": "failed", "why": "this engine knows cycles of lists only"}
send("ready")
if cell["workload"] == "cycles" and knob("kind", "pair") != "instance":
    began = time.monotonic_ns()
    send("active", clock_ns=began)
    record = {"status": "finished", **run(cell["seed"], nodes, *numbers, latency=[])}
    record["values"]["wall_ns"] = time.monotonic_ns() - began
send("drained")
send("record", **record)

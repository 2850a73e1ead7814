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

def run(seed, rounds, count, nodes, window, batch, latency):
    salt = digest = mix(mix(seed + STEP & MASK) ^ mix(0x6A09E667F3BCC90A))
    kept, made = deque(), 0
    for start in (start for _ in range(rounds) for start in range(0, count, batch)):
        began = time.monotonic_ns()
        for _ in range(min(batch, count - start)):
            if len(kept) == window:
                digest = drop(kept.popleft(), nodes, digest)
            ring = [[None, mix(salt + made * nodes + i & MASK) & 2**30 - 1 | 1024] for i in range(nodes)]
            for i in range(nodes):
                ring[i][0] = ring[(i + 1) % nodes]
            kept.append(ring[0])
            made += 1
        latency.append([time.monotonic_ns() - began, 1])
    while kept:
        digest = drop(kept.popleft(), nodes, digest)
    return mix(digest)

def drop(node, nodes, digest):
    for _ in range(nodes):
        node, digest = node[0], digest * STEP + mix(node[1]) & MASK
    return digest

cell = json.loads(sys.stdin.readline())
knob = lambda name, default: cell["knobs"].get("cycles." + name, default)
nodes = {"list": 1, "pair": 2}.get(knob("kind", "pair"), int(knob("length", 10)))
numbers = [int(knob(*row)) for row in (("rounds", 4), ("count", 5000), ("window", 1000), ("batch", 10))]
latency, record = [], {"status": "failed", "why": "this engine knows cycles of lists only"}
send("ready")
if cell["workload"] == "cycles" and knob("kind", "pair") != "instance":
    send("active", clock_ns=time.monotonic_ns())
    began, cpu = time.monotonic_ns(), time.process_time_ns()
    digest = run(cell["seed"], *numbers[:2], nodes, *numbers[2:], latency)
    values = {"wall_ns": time.monotonic_ns() - began, "cpu_ns": time.process_time_ns() - cpu, "operations": len(latency)}
    record = {"status": "finished", "digest": "%016x" % digest, "values": values, "latency_ns": latency}
send("drained")
send("record", **record)

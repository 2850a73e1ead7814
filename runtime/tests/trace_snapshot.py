#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What CPython's tracemalloc makes of two snapshots: the expected tables of trace_snapshot_test.c.

    /usr/bin/python3 runtime/tests/trace_snapshot.py > runtime/tests/data/tracemalloc-3.11.2.txt

Lines, in this order: `old` and `new` are traced blocks (bytes, frames there were, frames recorded, newest
first); then titles (`= subject key cumulative filters`), each with its table's rows: bytes, difference,
blocks, difference, frames, newest first. A filter is in|ex:pattern:line:all, line 0 for any.
"""
import random
import tracemalloc

LIMIT = 4
FILES = ["a.c", "ab.c", "b.c", "lib/a.c", "lib/list.c", "list.c", "z"]
FILTERS = [
    [],
    [(True, "a.c", None, False)],
    [(True, "*a.c", None, False)],
    [(True, "*l*st.c", None, True)],
    [(False, "?.c", None, False)],
    [(False, "*.c", 2, True)],
    [(True, "lib/*", None, False), (True, "z", None, False), (False, "*", 3, False)],
    [(True, "a*", None, True), (False, "*b*", None, True), (False, "z*", None, False)],
    [(True, "nothing", None, False)],
    [(True, "", None, False)],
]


def make_traces(draw, count):
    traces = []
    for _ in range(count):
        depth = draw.randint(1, LIMIT)
        frames = tuple((draw.choice(FILES), draw.randint(1, 4)) for _ in range(depth))
        total = depth + (draw.randint(0, 3) if depth == LIMIT else 0)
        traces.append((0, draw.choice([16, 24, 64, 64, 64, 100, 600]), frames, total))
    return traces


def text_of(frames):
    return " ".join(f"{name}:{line}" for name, line in frames)


def print_rows(rows):
    for row in rows:
        frames = [(frame.filename, frame.lineno) for frame in reversed(row.traceback)]
        print(row.size, getattr(row, "size_diff", 0), row.count, getattr(row, "count_diff", 0), text_of(frames))


def filter_text(row):
    inclusive, pattern, line, all_frames = row
    return f"{'in' if inclusive else 'ex'}:{pattern}:{line or 0}:{int(all_frames)}"


def print_tables(old, new, filters):
    made = [tracemalloc.Filter(*row) for row in filters]
    old, new = old.filter_traces(made), new.filter_traces(made)
    for key in ("lineno", "filename", "traceback"):
        for cumulative in (False, True):
            if cumulative and key == "traceback":
                continue
            words = " ".join([key, str(int(cumulative))] + [filter_text(row) for row in filters])
            print("= statistics", words)
            print_rows(new.statistics(key, cumulative))
            print("= compare", words)
            print_rows(new.compare_to(old, key, cumulative))


def main():
    draw = random.Random(20260101)
    old, new = make_traces(draw, 40), make_traces(draw, 40)
    new += draw.sample(old, 20)  # what stays as it is
    for name, traces in (("old", old), ("new", new)):
        for _, size, frames, total in traces:
            print(name, size, total, text_of(frames))
    for filters in FILTERS:
        print_tables(tracemalloc.Snapshot(old, LIMIT), tracemalloc.Snapshot(new, LIMIT), filters)


main()

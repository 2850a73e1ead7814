#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Prints how the containers of the Python that runs this grow: sys.getsizeof at each length where it changes.

The table is one of those that plots/README.md describes: a block for each container, a header row, then
length and bytes. growth-3.11.2.tsv beside this file is what CPython 3.11.2 on x86-64 prints."""

import array
import sys

LENGTH_MOST = 1_000_000


def put_item(table, key):
    table[key] = key


CONTAINERS = (
    ("list", list, list.append),
    ("dict", dict, put_item),
    ("set", set, set.add),
    ("array", lambda: array.array("q"), lambda numbers, number: numbers.append(number)),
)


def print_steps(name, make, add):
    print(f"{name}\tbytes")
    container = make()
    before = None
    for length in range(LENGTH_MOST + 1):
        if length > 0:
            add(container, length - 1)
        now = sys.getsizeof(container)
        if now != before:
            print(f"{length}\t{now}")
        before = now


for index, container in enumerate(CONTAINERS):
    if index > 0:
        print("\n")
    print_steps(*container)

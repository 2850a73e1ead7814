# SPDX-License-Identifier: MIT
#
# set_order.py: in what order CPython's sets of ints have their keys, as a table for set_test.c:
#
#     /usr/bin/python3 -I -S set_order.py > data/set-order-3.11.2.txt
#
# The first line is `python VERSION`. Every other line is
#
#     WALK STEP LENGTH GETSIZEOF ORDER
#
# after step STEP of a walk, where ORDER is a hash, the FNV-1a of the keys as 64-bit words, in order. A
# walk does STEPS steps to a set that is empty at first. The n-th walk draws its numbers from SplitMix64 begun at
# state n (runtime/tests/seed.h has it as test_random_next), one number r for each step:
#
#     key      (r >> 8) modulo KEYS of the walk, shifted left by SHIFT of the walk, or negated without
#              the shift where bit 60 of r is set
#     r & 15   0 ... 7 add, 8 ... 13 discard, 14 pop unless empty, 15 as (r >> 40) & 7 says: 0 take a
#              copy in place of the set, 1 update it by a copy to which the key was added, else nothing

import sys

STEPS = 4000
EVERY = 128
MASK = (1 << 64) - 1
WALKS = [(shift, keys) for keys in (16, 64, 300, 3000) for shift in (0, 5, 10, 15)]


def random_numbers(state):
    while True:
        state = (state + 0x9E3779B97F4A7C15) & MASK
        z = ((state ^ (state >> 30)) * 0xBF58476D1CE4E5B9) & MASK
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & MASK
        yield z ^ (z >> 31)


def order(keys):
    result = 0xCBF29CE484222325
    for key in keys:
        result = ((result ^ (key & MASK)) * 0x100000001B3) & MASK
    return result


def change(subject, r, shift, keys):
    key = (r >> 8) % keys
    key = -key if r >> 60 & 1 else key << shift
    action, more = r & 15, r >> 40 & 7
    if action < 8:
        subject.add(key)
    elif action < 14:
        subject.discard(key)
    elif action == 14:
        if subject:
            subject.pop()
    elif more == 0:
        return subject.copy()
    elif more == 1:
        other = subject.copy()
        other.add(key)
        subject.update(other)
    return subject


print("python", sys.version.split()[0])
for walk, (shift, keys) in enumerate(WALKS, 1):
    subject = set()
    for step, r in zip(range(1, STEPS + 1), random_numbers(walk)):
        subject = change(subject, r, shift, keys)
        if step % EVERY == 0:
            print(walk, step, len(subject), sys.getsizeof(subject), "%016x" % order(subject))

# SPDX-License-Identifier: MIT
#
# hashes.py: what CPython's hash() gives when the seed is 0, as a table for tests written in C. Run it
# isolated from the environment but for the seed:
#
#     PYTHONHASHSEED=0 /usr/bin/python3 -S hashes.py > data/hashes-3.11.2.txt
#
# Format. The first line is `python VERSION`. Every other line is
#
#     KIND HASH VALUE
#
#   int     a sign, + or -, and the magnitude in hexadecimal without leading zeros
#   float   the 64 bits in hexadecimal
#   bytes   two hexadecimal figures a byte; `-` for none
#   str     the code points in hexadecimal, joined by commas; `-` for none
#
# Random values draw from SplitMix64, begun at state 1.

import struct
import sys

state = 1


def draw(bits):
    global state
    state = (state + 0x9E3779B97F4A7C15) % 2**64
    z = state
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9 % 2**64
    z = (z ^ (z >> 27)) * 0x94D049BB133111EB % 2**64
    return (z ^ (z >> 31)) >> (64 - bits)


def ints():
    p = 2**61 - 1
    near = [0, 30, 60, 61, 62, 63, 64, 90, 122, 183, 240]
    values = {2**b + d for b in near for d in (-2, -1, 0, 1, 2)}
    values |= {k * p + d for k in (1, 2, 3, 2**30, p) for d in (-2, -1, 0, 1, 2)}
    values |= {draw(64) << 30 * i | draw(60) for i in range(1, 9)}
    values |= set(range(300)) & {0, 1, 2, 5, 6, 42, 255, 256, 257}
    for value in sorted(v for m in values for v in {m, -m}):
        yield "int", hash(value), f"{'-' if value < 0 else '+'}{abs(value):x}"


def floats():
    values = [0.0, 0.5, 1.0, 1.5, 2.0, 0.1, 1 / 3, 3.141592653589793, 1e300, 1e-300, 5e-324,
              2.2250738585072014e-308, 1.7976931348623157e308, float("inf")]
    values += [float(2**b) for b in (30, 52, 53, 60, 61, 62, 122)]
    values += [2.0**-b for b in (1, 30, 60, 61, 62, 122, 1022, 1074)]
    values += [1 + 2.0**-52, 2.0**53 - 1, float(2**61 - 2**8)]
    values += [struct.unpack("<d", struct.pack("<Q", draw(63)))[0] for _ in range(30)]
    for value in [v for m in values for v in (m, -m) if m == m]:
        yield "float", hash(value), f"{struct.unpack('<Q', struct.pack('<d', value))[0]:016x}"


def byte_strings():
    values = [bytes(range(n)) for n in range(34)] + [b"abc", b"\xff" * 8, bytes(1000)]
    values += [bytes(draw(8) for _ in range(n)) for n in (7, 8, 9, 15, 16, 100)]
    for value in values:
        yield "bytes", hash(value), value.hex() or "-"


def texts():
    values = ["", "a", "b", "self", "name", "abcdefgh", "__init__", "x" * 100, "\0", "a\0", "\x7f"]
    values += [f"k{i}" for i in range(20)]
    values += ["\xe9", "caf\xe9", "\xff" * 9, "\u0100", "\u4e2d\u6587", "\uffff\x00", "ab\u0394",
               "\U0001f600", "a\U0001f600b", "\U0010ffff" * 5]
    for value in values:
        yield "str", hash(value), ",".join(f"{ord(c):x}" for c in value) or "-"


if __name__ == "__main__":
    if sys.flags.hash_randomization:
        sys.exit("hashes.py: hashes are random here; set PYTHONHASHSEED=0")
    print("python", sys.version.split()[0])
    for make in (ints, floats, byte_strings, texts):
        for row in make():
            print(*row)

#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Prints compare_golden.txt: what scipy and numpy make of the questions that compare/stats.c answers.

Each line is a function, its arguments and its results; bench/tests/compare_stats_test.c asks the same. The draws of the
bootstrap come from the generator of workloads/rng.h, written here once more, so that both resample alike; whether that
resampling is sound, scipy's own bootstrap says in an assertion.
"""

import numpy as np
from scipy import stats

MASK = 2**64 - 1
SEED = 0x8B10C5
DRAWS = 10000


def mix(value):
    value = (value ^ value >> 30) * 0xBF58476D1CE4E5B9 & MASK
    value = (value ^ value >> 27) * 0x94D049BB133111EB & MASK
    return value ^ value >> 31


def derive(seed, index):
    return mix(mix(seed + 0x9E3779B97F4A7C15 & MASK) ^ mix(index + 0x6A09E667F3BCC909 & MASK))


class Generator:
    """xoshiro256**"""

    def __init__(self, seed):
        self.state = [mix(seed + (i + 1) * 0x9E3779B97F4A7C15 & MASK) for i in range(4)]

    def next(self):
        s = self.state
        product = s[1] * 5 & MASK
        result = (product << 7 | product >> 57) * 9 & MASK
        shifted = s[1] << 17 & MASK
        s[2] ^= s[0]
        s[3] ^= s[1]
        s[1] ^= s[2]
        s[0] ^= s[3]
        s[2] ^= shifted
        s[3] = (s[3] << 45 | s[3] >> 19) & MASK
        return result

    def below(self, bound):
        return (self.next() >> 32) * bound >> 32


def draw(blocks):
    generator = Generator(derive(SEED, blocks))
    return np.array([[generator.below(blocks) for _ in range(blocks)] for _ in range(DRAWS)])


def estimate(values, confidence, indices):
    values = np.asarray(values)
    n, mean, beyond = len(values), np.mean(values), 1 - confidence
    means = (values - mean)[indices].mean(axis=1)
    t = stats.t.isf(beyond / 2, n - 1)
    expansion = t / stats.norm.isf(beyond / 2) * np.sqrt(n / (n - 1))
    below = -np.quantile(means, beyond / 2) * expansion
    above = np.quantile(means, 1 - beyond / 2) * expansion
    error = (below if mean > 0 else above) / t
    by_scipy = stats.bootstrap((values,), np.mean, confidence_level=confidence, n_resamples=DRAWS,
                               method="percentile", random_state=1).confidence_interval
    width = by_scipy.high - by_scipy.low
    assert abs(mean - below / expansion - by_scipy.low) < 0.05 * width
    assert abs(mean + above / expansion - by_scipy.high) < 0.05 * width
    return mean, mean - below, mean + above, 2 * stats.t.sf(abs(mean) / error, n - 1)


def holm(p):
    order = np.argsort(p, kind="stable")
    adjusted = np.empty(len(p))
    adjusted[order] = np.minimum(1, np.maximum.accumulate(
        np.asarray(p)[order] * np.arange(len(p), 0, -1)))
    return adjusted


def say(name, *numbers):
    print(name, *(str(x) if isinstance(x, int) else f"{x:.12g}" for x in numbers))


for beyond in 0.5, 0.1, 0.05, 0.01, 1e-3, 1e-6, 1e-12:
    say("normal_bound", beyond, stats.norm.isf(beyond / 2))
for degrees in 1, 2, 3, 4, 5, 9, 10, 19, 30, 99, 500:
    for t in 0.1, 0.9, 1.0, 2.0, 3.5, 8.0, 40.0:
        say("t_beyond", t, degrees, 2 * stats.t.sf(t, degrees))
    for beyond in 0.5, 0.05, 0.01, 1e-4, 1e-8:
        say("t_bound", beyond, degrees, stats.t.isf(beyond / 2, degrees))
for up, down in (0, 0), (1, 0), (5, 0), (6, 0), (3, 3), (9, 1), (2, 18), (40, 60), (700, 800):
    say("sign_test", up, down, stats.binomtest(up, up + down).pvalue if up + down else 1.0)
for confidence in 0.9, 0.95, 0.99, 0.999:
    say("sign_blocks", 1 - confidence,
        next(n for n in range(1, 99) if stats.binomtest(0, n).pvalue <= (1 - confidence) * (1 + 1e-9)))
for p in [0.01], [0.04, 0.01, 0.03, 0.005], [0.5, 0.9, 0.02], [1e-9, 0.001, 0.001, 0.2, 0.049, 1.0]:
    say("holm", len(p), *p, *holm(p))
for ratios in [1.1, 1.2, 0.9], [2.0, 0.5], [1.01, 1.02, 1.5, 0.25, 4.0]:
    say("geometric_mean", len(ratios), *ratios, stats.gmean(ratios))

source = np.random.default_rng(8)
for blocks in 2, 3, 5, 7, 10, 20:
    indices = draw(blocks)
    for values in (source.normal(0.03, 0.05, blocks), source.standard_t(3, blocks) * 0.04,
                   source.lognormal(0, 1, blocks) * -0.05):
        values = [float(f"{x:.6g}") for x in values]
        for confidence in 0.95, 0.99:
            if blocks > 2:
                say("estimate", blocks, confidence, *values, *estimate(values, confidence, indices))

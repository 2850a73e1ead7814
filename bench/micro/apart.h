/* SPDX-License-Identifier: MIT
 *
 * apart.h: one measured pass in a process of its own, so that every pass finds the heap as a program
 * finds it when it starts: without holes, caches or free lists that an earlier pass has left.
 */
#ifndef BENCH_MICRO_APART_H
#define BENCH_MICRO_APART_H

#include <stddef.h>
#include <stdint.h>

/* 0, or a negative errno. `result` is zero at first, and what it holds at the end comes back. */
typedef int (*bench_apart_fn)(const void *job, void *result);

/* Forks, runs, waits. -ECHILD: the child was killed or ended by itself; else what the pass gave. */
int bench_apart_run(bench_apart_fn pass, const void *job, void *ret_result, size_t result_bytes);

/* Touches that much memory and gives it back, so that the host of a virtual machine has backed it and
 * the first touch of the pass itself costs what a page fault costs, not a multiple of it. */
void bench_apart_warm(size_t bytes);

/* Zeroed memory, already resident, from no allocator under test. NULL: out of memory. */
void *bench_apart_map(size_t bytes);
void bench_apart_unmap(void *memory, size_t bytes);

/* What is resident of this process, to the page: the kernel walks the page tables for it, where the
 * figure in statm may be off by some tens of pages. 0: cannot be read. */
uint64_t bench_apart_resident_bytes(void);

#endif

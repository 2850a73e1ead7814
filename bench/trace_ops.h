/* SPDX-License-Identifier: MIT
 *
 * trace_ops.h: a recording as an op script.
 */
#ifndef BENCH_TRACE_OPS_H
#define BENCH_TRACE_OPS_H

/* Prints the script; gives an exit status, having said what is wrong. */
int bench_trace_ops_print(const char *path);

#endif

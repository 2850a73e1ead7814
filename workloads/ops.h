/* SPDX-License-Identifier: MIT
 *
 * ops.h: op scripts, programs as text that say everything the vocabulary of engine.h can. README.md has the
 * grammar.
 *
 * A script is parsed once into a program, which knows no engine, and run on a heap. The same script prints the
 * same lines on every engine, or the engines differ. What a statement cannot do (a name that is not bound, a
 * key that is not there) is found out before the engine is asked, since failing costs objects; the statement
 * then does nothing but print a line, and the script goes on.
 *
 * No text makes a program that does not end, or that needs more memory than the limits allow.
 */
#ifndef WORKLOADS_OPS_H
#define WORKLOADS_OPS_H

#include "workloads/engine.h"

enum {
    WL_OPS_LINE_BYTES = 4096,
    WL_OPS_NESTING = 16,
    WL_OPS_SCRIPT_BYTES = 64 << 20,
    WL_OPS_WHY_BYTES = 512, /* enough for any reason */
};

struct wl_ops_program;

/* -EINVAL with "LINE: what was expected" in `why`; -ENOMEM. */
int wl_ops_parse(const char *script, size_t bytes, struct wl_ops_program **ret_program,
                 struct rt_text *why);
void wl_ops_free(struct wl_ops_program *program); /* NULL is fine */

struct wl_ops_limits {
    int64_t objects_max, steps_max, output_max;
};

struct rt_knob_table wl_ops_knobs(void);

/* Takes one line, without its end. False: stop. */
typedef bool (*wl_ops_print_fn)(void *context, const char *line, size_t bytes);

/* Settles the heap and runs the program in it. -E2BIG: it passed a limit, with "LINE: which" in `why`; -ENOMEM;
 * -ECANCELED: the printer said stop. */
int wl_ops_run(struct en_heap *heap, const struct wl_ops_program *program,
               const struct wl_ops_limits *limits, wl_ops_print_fn print, void *context,
               struct rt_text *why);

#endif

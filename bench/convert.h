/* SPDX-License-Identifier: MIT
 *
 * convert.h: from the raw file of a recorder to a recording.
 */
#ifndef BENCH_CONVERT_H
#define BENCH_CONVERT_H

#include <stddef.h>
#include <stdint.h>

#include "workloads/trace.h"

struct bench_converted {
    struct wl_trace_counts counts;
    uint64_t events; /* raw */
    uint64_t lost;   /* not 0: the disk was full, and what came then is not in the recording */
    uint64_t bytes;  /* of the recording */
};

/* Makes a raw file for a recorder to write. 0 or a negative errno. */
int bench_convert_create_raw(const char *raw_path);

/* `header` is the recording's. 0; -ENODATA: nobody wrote to the raw file; another negative errno, with the
 * reason in `why`. */
int bench_convert(const char *raw_path, const char *path, const char *header,
                  struct bench_converted *ret_converted, char *why, size_t why_bytes);

#endif

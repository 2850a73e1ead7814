/* SPDX-License-Identifier: MIT
 *
 * csv_file.h: the rows of a CSV file that has a header, one after the other, and what is wrong with each.
 *
 * The file is given, or made up (csv_make.h): then it is in $TMPDIR, or else /tmp, and has no name any more
 * when this returns, so that nothing is left of it whatever becomes of the process.
 */
#ifndef WORKLOADS_CSV_FILE_H
#define WORKLOADS_CSV_FILE_H

#include "runtime/rt.h"
#include "workloads/csv_make.h"
#include "workloads/csv_read.h"

struct wl_csv_file {
    int fd;
    int64_t bytes; /* read or written so far */
    struct wl_csv_read reader;
    size_t columns, category, value; /* by the header */

    struct wl_csv_row row; /* the current one: at first the header, then the first behind it ... */
    bool is_over;          /* there is none any more */
    const char *flaw;      /* of the row; NULL: it is good */
    double number;         /* a good row's value */
};

/* Both leave the header as the row. A negative errno, with one line in `why` (may be NULL), and nothing to fini. */
int wl_csv_file_open(struct wl_csv_file *file, const char *path, struct rt_text *why);
int wl_csv_file_make(struct wl_csv_file *file, const struct wl_csv_make_spec *spec, uint64_t seed,
                     struct rt_text *why);
void wl_csv_file_fini(struct wl_csv_file *file);

/* Which columns count: by their names, or by their numbers from 1 on. -EINVAL. */
int wl_csv_file_choose(struct wl_csv_file *file, const char *category, const char *value,
                       struct rt_text *why);

/* The next row that has any field. -EIO and the like. */
int wl_csv_file_next(struct wl_csv_file *file, struct rt_text *why);

#endif

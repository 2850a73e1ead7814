/* SPDX-License-Identifier: MIT
 *
 * rt_trace.h: who allocated what, as every other room sees it: tracemalloc. Part of rt.h, and only
 * included by it.
 *
 * Glossary, continued.
 *   frame      a place in the program: a file or any other label, and a line.
 *   site       the frames in which a block was allocated, most recent first: CPython's traceback.
 *   traced     a block whose size and site are recorded: one that was allocated since tracing began.
 *
 * The program names its frames itself: it pushes one where it enters something worth a name, says on which
 * line it is, and pops it. That costs a few stores whether or not blocks are traced; allocating and freeing
 * cost nothing more until they are.
 *
 * What is recorded, counted, sorted and returned is CPython 3.11's; docs/tracing.md says where it is not.
 */
#ifndef RUNTIME_RT_TRACE_H
#define RUNTIME_RT_TRACE_H

#if !defined(RUNTIME_RT_H)
#error "include runtime/rt.h instead"
#endif

struct rt_trace_frame {
    const char *file;
    uint32_t line;
};

enum {
    RT_TRACE_FRAMES_MAX = 65535,
};

struct rt_trace_site {
    const struct rt_trace_frame *frames; /* most recent first */
    uint32_t count;                      /* recorded; 1 or more */
    uint32_t total;                      /* there were, counted up to RT_TRACE_FRAMES_MAX */
};

/* ---- Where the program is ----------------------------------------------------------------------- */

/* The label is kept as it is: it stays where it is as long as the context and all snapshots. A frame for
 * which there is no memory does without its name: its blocks are those of the frame below. */
void rt_trace_push(struct rt *rt, const char *file, uint32_t line);
void rt_trace_at(struct rt *rt,
                 uint32_t line);  /* of the newest frame; nothing where there is none */
void rt_trace_pop(struct rt *rt); /* pre: one was pushed */

/* ---- Tracing ------------------------------------------------------------------------------------ */

/* From now on, with so many frames of each site. Nothing happens where blocks are traced already. -EINVAL:
 * not 1 to RT_TRACE_FRAMES_MAX; -ENOMEM. While tracing, an allocation that cannot be recorded fails. */
int rt_trace_start(struct rt *rt, int64_t frames);
void rt_trace_stop(struct rt *rt);  /* and forgets all; snapshots stay */
void rt_trace_clear(struct rt *rt); /* forgets all, and the peak; tracing goes on */
bool rt_trace_is_on(const struct rt *rt);
int64_t rt_trace_limit(const struct rt *rt); /* frames, as last started with; 1 at first */

/* Bytes in traced blocks, as asked for, and the most there ever were; 0 while off. */
size_t rt_trace_bytes(const struct rt *rt);
size_t rt_trace_peak_bytes(const struct rt *rt);
void rt_trace_reset_peak(struct rt *rt);

/* Of the tables of this module; not in any other count. */
size_t rt_trace_own_bytes(const struct rt *rt);

/* False: not traced. The site's frames are good until the next call that may allocate, or stops. */
bool rt_trace_find(const struct rt *rt, const void *block, size_t *ret_bytes,
                   struct rt_trace_site *ret_site);
bool rt_trace_find_object(const struct rt *rt, const struct rt_object *object, size_t *ret_bytes,
                          struct rt_trace_site *ret_site);

/* ---- Snapshots ----------------------------------------------------------------------------------
 * All traced blocks at one moment. Independent of what is traced afterwards. */

struct rt_trace_block {
    size_t bytes;
    uint32_t site; /* number among the snapshot's sites */
};

struct rt_trace_snapshot {
    int64_t limit; /* frames */
    size_t bytes;  /* of all blocks */
    size_t block_count, site_count;
    const struct rt_trace_block *blocks; /* in no particular order */
    const struct rt_trace_site *sites;
    const struct rt_trace_frame *files; /* of all sites, in order: as their frames, with line 0 */
};

/* -EINVAL: not tracing; -ENOMEM. */
int rt_trace_snapshot_take(struct rt *rt, struct rt_trace_snapshot **ret_snapshot);
void rt_trace_snapshot_destroy(struct rt *rt,
                               struct rt_trace_snapshot *snapshot); /* NULL is fine */

struct rt_trace_filter {
    const char *pattern; /* of labels; * is any text, ? any character of one byte */
    uint32_t line;       /* 0: any */
    bool is_exclusive;   /* keeps what does not match */
    bool all_frames; /* of a site, and not its most recent one alone: one that matches is enough */
};

/* Another snapshot, of the blocks that at least one inclusive filter (if there is any) and all exclusive
 * ones keep. -ENOMEM. */
int rt_trace_snapshot_filter(struct rt *rt, const struct rt_trace_snapshot *snapshot,
                             const struct rt_trace_filter *filters, size_t count,
                             struct rt_trace_snapshot **ret_snapshot);

/* ---- Statistics --------------------------------------------------------------------------------- */

enum rt_trace_key {
    RT_TRACE_BY_LINE, /* of the most recent frame */
    RT_TRACE_BY_FILE, /* with line 0 */
    RT_TRACE_BY_SITE,
    RT_TRACE_KEY_COUNT
};

struct rt_trace_row {
    struct rt_trace_site site; /* its frames are a snapshot's */
    int64_t bytes, bytes_diff;
    int64_t count, count_diff; /* blocks */
};

struct rt_trace_table {
    size_t row_count; /* no more than the limit */
    size_t group_count;
    int64_t bytes, count; /* of all groups */
    struct rt_trace_row *rows;
};

/* One row for each group of blocks, the largest first: by bytes, count and site, descending; sites compare by
 * their oldest frames first, frames by label and line. The table must not outlive the snapshot.
 * `is_cumulative` counts a block in the group of each frame of its site. `limit`: so many rows; 0: all.
 * -EINVAL: cumulative by site; -ENOMEM. */
int rt_trace_statistics(struct rt *rt, const struct rt_trace_snapshot *snapshot,
                        enum rt_trace_key key, bool is_cumulative, size_t limit,
                        struct rt_trace_table **ret_table);

/* What changed from `old`: one row for each group in either, of which `bytes` and `count` are now's, and 0 for
 * a group that is gone. By |bytes_diff|, bytes, |count_diff|, count and site, descending. The table must
 * not outlive either snapshot. */
int rt_trace_compare(struct rt *rt, const struct rt_trace_snapshot *snapshot,
                     const struct rt_trace_snapshot *old, enum rt_trace_key key, bool is_cumulative,
                     size_t limit, struct rt_trace_table **ret_table);
void rt_trace_table_destroy(struct rt *rt, struct rt_trace_table *table); /* NULL is fine */

/* Appends "label:line". */
void rt_trace_frame_print(const struct rt_trace_frame *frame, struct rt_text *text);

#endif

/* SPDX-License-Identifier: MIT
 *
 * rt.h: all that other rooms see of the runtime.
 *
 * Glossary. One word, one meaning, in code, charts and documents alike.
 *   context    a `struct rt`: one heap with its knobs, listeners and counters. Two contexts share nothing.
 *   block      the memory that answers one request. Small blocks live in pools, large ones come from
 *              the system's malloc.
 *   request    what the caller asked for, in bytes; the block may be larger (its *rounded* size).
 *   class      a rounded size: class i serves requests of 16*i+1 ... 16*(i+1) bytes.
 *   pool       a run of equal blocks of one class (16 KiB unless told otherwise).
 *   arena      a run of pools, mapped and unmapped as one (1 MiB unless told otherwise).
 *   page       the operating system's page, and nothing else.
 *   live       handed out and not yet freed; *held* is what the context has from the system for it;
 *              *resident* is what the system really backs with memory.
 *   pool slack bytes of pools in use that are not in a live block; arena slack: bytes of arenas that
 *              are in no pool in use.
 *   knob       a tunable: one row of a table, with a dotted name.
 *
 * The other parts of this header, with the rest of the glossary, are rt_object.h, rt_gc.h,
 * rt_inspect.h and rt_trace.h.
 *
 * Laws. Every call that may allocate or free takes the context. Nothing here prints, reads a clock or
 * draws a random number. A function returning `int` gives 0 or a negative errno; outputs are called
 * `ret_...` and are untouched on failure. A pointer result is NULL only for out of memory.
 */
#ifndef RUNTIME_RT_H
#define RUNTIME_RT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct rt;
struct rt_os;

/* ---- Text ---------------------------------------------------------------------------------------
 * A bounded builder of short messages: always terminated, cut at the end of its buffer. */

struct rt_text {
    char *data;
    size_t capacity; /* of data, with the terminator */
    size_t length;   /* without the terminator */
    bool cut;        /* something did not fit */
};

void rt_text_init(struct rt_text *text, char *data, size_t capacity);
void rt_text_string(struct rt_text *text, const char *string);
void rt_text_integer(struct rt_text *text, int64_t value);
void rt_text_unsigned(struct rt_text *text, uint64_t value);
void rt_text_hex(struct rt_text *text, uint64_t value);
void rt_text_ratio(struct rt_text *text, double value);  /* shortest of up to 6 decimals */
void rt_text_size(struct rt_text *text, uint64_t bytes); /* exact: "1MiB", "16KiB", "17" */
void rt_text_column(struct rt_text *text,
                    size_t column); /* pad with spaces up to here in the line */

/* ---- Knobs --------------------------------------------------------------------------------------
 * A table of knobs describes the fields of one plain struct: integers, sizes, enumerations and
 * booleans are int64_t fields, ratios are double fields, texts are char[RT_KNOB_TEXT_BYTES]. The same table makes help texts, sweep
 * grids, recorded metadata and axis labels. The runtime's own table is rt_config_knobs(); each
 * workload brings another. */

enum rt_knob_type {
    RT_KNOB_INTEGER,
    RT_KNOB_SIZE,    /* bytes; parsed and printed with KiB, MiB, GiB */
    RT_KNOB_RATIO,   /* a double */
    RT_KNOB_ENUM,    /* the field holds the index of the choice */
    RT_KNOB_BOOLEAN, /* on/off, true/false, yes/no, 1/0 */
    RT_KNOB_TEXT, /* UTF-8 without control characters, ended by a zero: a path, a name; may be empty */
};

enum {
    RT_KNOB_TEXT_BYTES = 256 /* of a text's field */
};

struct rt_knob {
    const char *name; /* dotted, e.g. "alloc.arena" */
    enum rt_knob_type type;
    size_t offset;              /* of the field in the struct the table describes */
    int64_t low, high, initial; /* INTEGER, SIZE, ENUM (index), BOOLEAN (0/1) */
    double ratio_low, ratio_high, ratio_initial; /* RATIO */
    const char *const *choices; /* ENUM: NULL-terminated names, in order of value */
    bool power_of_two;          /* SIZE or INTEGER: nothing else is accepted */
    const char *text_initial;   /* TEXT; NULL: empty */
    const char *unit;           /* "bytes", "objects", "" */
    const char *help;           /* one line: what it does and what turning it costs */
};

struct rt_knob_table {
    const struct rt_knob *rows;
    size_t count;
};

/* The row of that name, or NULL. */
const struct rt_knob *rt_knob_find(struct rt_knob_table table, const char *name);

/* The row whose name is nearest to the given one; NULL when nothing is near enough to be meant. */
const struct rt_knob *rt_knob_nearest(struct rt_knob_table table, const char *name);

/* How many single-letter edits (insert, delete, replace, swap of neighbours) lead from one word to
 * the other; words longer than 63 letters are compared by their first 63. */
size_t rt_knob_distance(const char *one, const char *other);

/* Sets every field the table describes to its initial value. */
void rt_knob_defaults(struct rt_knob_table table, void *fields);

/* Parses `value` by the row and stores it in its field. -EINVAL: not of the row's type; -ERANGE: out
 * of bounds. On failure the field is untouched and `why` (may be NULL) has one line that names the
 * knob, what was given and what is allowed. */
int rt_knob_set(const struct rt_knob *row, void *fields, const char *value, struct rt_text *why);

/* The same for "name=value"; -ENOENT for a name that is not in the table (the line then suggests the
 * nearest one). */
int rt_knob_assign(struct rt_knob_table table, void *fields, const char *assignment,
                   struct rt_text *why);

/* Appends the field's value as rt_knob_set would accept it, and the allowed range or choices. */
void rt_knob_print(const struct rt_knob *row, const void *fields, struct rt_text *text);
void rt_knob_print_range(const struct rt_knob *row, struct rt_text *text);

/* ---- Configuration ------------------------------------------------------------------------------ */

enum rt_backend {
    RT_BACKEND_POOL,
    RT_BACKEND_SYSTEM,
    RT_BACKEND_DEBUG,
    RT_BACKEND_COUNT
};
enum rt_thp {
    RT_THP_SYSTEM,
    RT_THP_NEVER,
    RT_THP_ADVISE,
    RT_THP_ALWAYS,
    RT_THP_COUNT
};
enum rt_gc_mode {
    RT_GC_MODE_AUTO,
    RT_GC_MODE_OFF,
    RT_GC_MODE_MANUAL,
    RT_GC_MODE_IDLE,
    RT_GC_MODE_COUNT
};
enum rt_gc_finalizers {
    RT_GC_FINALIZERS_SAFE,
    RT_GC_FINALIZERS_LEGACY,
    RT_GC_FINALIZERS_COUNT
};
enum rt_debug_action {
    RT_DEBUG_ABORT,
    RT_DEBUG_REPORT,
    RT_DEBUG_ACTION_COUNT
};

/* One field for each row of rt_config_knobs(); the rows say what each means and may be. */
struct rt_config {
    int64_t alloc_backend; /* enum rt_backend */
    int64_t alloc_arena_bytes;
    int64_t alloc_pool_bytes;
    int64_t alloc_small_bytes;   /* largest request that a pool serves */
    int64_t alloc_keep_arenas;   /* empty arenas kept mapped */
    int64_t alloc_thp;           /* enum rt_thp */
    int64_t alloc_reserve_bytes; /* address space set aside for arenas */
    int64_t alloc_fill_new;      /* -1: as the backend does by itself */
    int64_t alloc_fill_freed;
    int64_t alloc_fail_at;           /* 0: never */
    int64_t alloc_fail_every;        /* 0: never */
    int64_t alloc_quarantine_blocks; /* debug backend: freed blocks held back and checked */
    int64_t alloc_debug_action;      /* enum rt_debug_action */
    int64_t object_keep_lists;       /* the sizes of the free lists */
    int64_t object_keep_dicts;
    int64_t object_keep_keys;
    int64_t object_keep_tuples;
    int64_t object_keep_floats;
    int64_t gc_mode;       /* enum rt_gc_mode */
    int64_t gc_policy;     /* rt_gc_policy_name() */
    int64_t gc_threshold0; /* RT_GC_POLICYS_OWN: as the policy has it */
    int64_t gc_threshold1;
    int64_t gc_threshold2;
    int64_t gc_finalizers; /* enum rt_gc_finalizers */
    int64_t gc_stress;
    int64_t gc_verify_every; /* 0: never */
};

enum {
    RT_GC_POLICYS_OWN = -1,
};

struct rt_knob_table rt_config_knobs(void);
void rt_config_init(struct rt_config *config); /* every knob at its initial value */

/* -EINVAL for a combination that cannot work, with the reason in `why` (may be NULL). */
int rt_config_check(const struct rt_config *config, struct rt_text *why);

/* ---- Contexts ----------------------------------------------------------------------------------- */

/* `os` may be NULL for the real system. -EINVAL: rt_config_check would refuse; -ENOMEM. */
int rt_create(const struct rt_config *config, const struct rt_os *os, struct rt **ret_rt);

/* Gives everything back to the system, small and large blocks that are still live included (blocks of
 * the `system` backend excepted: nobody keeps a list of those). NULL is fine. */
void rt_destroy(struct rt *rt);

const struct rt_config *rt_configuration(const struct rt *rt);

/* ---- Memory -------------------------------------------------------------------------------------
 * Freeing says the size again, as sized deletion does in C++: the caller knows it, and it keeps the
 * byte-exact accounting off the hot path. A pointer that is not ours is found out and reported whatever
 * the backend; a wrong size, or a pointer into the middle of a block, is the caller's bug that the debug
 * backend finds.
 * A request of 0 bytes is a request of 1. Blocks are aligned to 16 bytes. */

void *rt_alloc(struct rt *rt, size_t size);
void *rt_alloc_zeroed(struct rt *rt, size_t size);
void rt_free(struct rt *rt, void *block, size_t size); /* NULL is fine */

/* Keeps the contents up to the smaller size; NULL leaves the old block as it was. A NULL block is an
 * rt_alloc. Stays in place exactly where CPython's pymalloc does. */
void *rt_realloc(struct rt *rt, void *block, size_t old_size, size_t new_size);

/* Gives whole pages inside arenas that hold no live byte back to the system; returns how many bytes.
 * Nothing moves; later requests may take a page fault that they would not have taken. */
size_t rt_trim(struct rt *rt);

/* True when the address lies in a pool in use or is the start of a large block of this context. */
bool rt_owns(const struct rt *rt, const void *address);

/* ---- Events -------------------------------------------------------------------------------------
 * The runtime announces, others measure. A listener is called inside the call that caused the event:
 * it must not call back into the same context except to read counters. */

enum rt_event_kind {
    RT_EVENT_ARENA_MAPPED,   /* address, bytes */
    RT_EVENT_ARENA_RELEASED, /* address, bytes */
    RT_EVENT_TRIMMED,        /* bytes given back by rt_trim */
    RT_EVENT_OUT_OF_MEMORY,  /* bytes asked for, and not to be had */
    RT_EVENT_FAULT_INJECTED, /* bytes; count is the number of the attempt */
    RT_EVENT_BAD_FREE,       /* address; text says what is wrong with it */
    RT_EVENT_DEBUG,          /* address; text is the debug backend's whole report */
    RT_EVENT_UNRAISABLE, /* address of the object whose callback or finalizer failed; count: errno */
    RT_EVENT_GC_BEGIN,   /* cycle */
    RT_EVENT_GC_PHASE,   /* cycle: its phase has ended */
    RT_EVENT_GC_END,     /* cycle */
    RT_EVENT_GC_DEBUG,   /* text: a line of gc.set_debug's; address of the object it is about */
    RT_EVENT_COUNT
};

struct rt_gc_cycle;

struct rt_event {
    enum rt_event_kind kind;
    const void *address;
    size_t bytes;
    uint64_t count;
    const char *text;
    const struct rt_gc_cycle *cycle; /* of the GC events */
};

typedef void (*rt_listener_fn)(void *context, const struct rt_event *event);

const char *rt_event_name(enum rt_event_kind kind);             /* "arena mapped" */
int rt_listen(struct rt *rt, rt_listener_fn fn, void *context); /* -ENOSPC: eight are enough */
void rt_unlisten(struct rt *rt, rt_listener_fn fn, void *context);

/* ---- Statistics ---------------------------------------------------------------------------------
 * Each counter is declared once, in stats.c, with its name, unit and meaning. All are exact and all
 * are deterministic: the same calls give the same figures on any machine. */

enum rt_stat {
    RT_STAT_ALLOCATIONS, /* blocks handed out, reallocations that left a pool's block included */
    RT_STAT_FREES,
    RT_STAT_LIVE_BLOCKS,
    RT_STAT_LIVE_REQUESTED_BYTES,
    RT_STAT_LIVE_REQUESTED_BYTES_PEAK,
    RT_STAT_LIVE_ROUNDED_BYTES, /* small blocks by class; large ones as requested */
    RT_STAT_LIVE_ROUNDED_BYTES_PEAK,
    RT_STAT_LARGE_BLOCKS,
    RT_STAT_LARGE_BYTES,
    RT_STAT_LARGE_BYTES_PEAK,
    RT_STAT_POOLS_IN_USE,
    RT_STAT_POOL_SLACK_BYTES,
    RT_STAT_POOL_SLACK_BYTES_PEAK,
    RT_STAT_ARENAS_MAPPED, /* now */
    RT_STAT_ARENAS_MAPPED_PEAK,
    RT_STAT_ARENAS_MAPPED_TOTAL,
    RT_STAT_ARENAS_RELEASED_TOTAL,
    RT_STAT_ARENA_SLACK_BYTES,
    RT_STAT_ARENA_SLACK_BYTES_PEAK,
    RT_STAT_HELD_BYTES, /* arenas mapped and large blocks */
    RT_STAT_HELD_BYTES_PEAK,
    RT_STAT_TABLE_BYTES,   /* the context's own tables: pool records, registries */
    RT_STAT_TRIMMED_BYTES, /* given back by rt_trim, all told */
    RT_STAT_FAULTS_INJECTED,
    RT_STAT_GC_COLLECTIONS0, /* by generation */
    RT_STAT_GC_COLLECTIONS1,
    RT_STAT_GC_COLLECTIONS2,
    RT_STAT_GC_COLLECTED0,
    RT_STAT_GC_COLLECTED1,
    RT_STAT_GC_COLLECTED2,
    RT_STAT_GC_UNCOLLECTABLE,
    RT_STAT_GC_EXAMINED,
    RT_STAT_GC_EDGES,
    RT_STAT_GC_UNTRACKED,
    RT_STAT_GC_WEAKREFS_CLEARED,
    RT_STAT_GC_FINALIZERS_CALLED,
    RT_STAT_GC_FREED,
    RT_STAT_GC_FREED_BYTES,
    RT_STAT_GC_TRACKED, /* now */
    RT_STAT_COUNT
};

struct rt_stat_row {
    const char *name; /* dotted, e.g. "alloc.live_requested_bytes" */
    const char *unit; /* "blocks", "bytes", "arenas", ... */
    const char *help;
};

const struct rt_stat_row *rt_stat_row(enum rt_stat stat);
void rt_stats_read(const struct rt *rt, uint64_t ret_values[RT_STAT_COUNT]);

/* What CPython's sys._debugmallocstats() prints of its pools, as data and as a table. */
struct rt_census_class {
    size_t block_bytes;
    size_t pools, blocks_live, blocks_free; /* free: in pools of this class */
};

struct rt_census {
    size_t small_bytes, class_count; /* the largest pooled request; rows in use below */
    struct rt_census_class classes[256];
    size_t arenas_mapped_total, arenas_released_total, arenas_peak, arenas;
    size_t arena_bytes, pool_bytes;
    size_t unused_pools;
    size_t live_bytes, free_block_bytes, unused_pool_bytes, header_bytes, quantization_bytes,
        alignment_bytes, total_bytes;
    size_t large_blocks, large_bytes;
};

void rt_census_read(const struct rt *rt, struct rt_census *ret_census);
void rt_census_print(const struct rt_census *census, struct rt_text *text);

/* ---- Verification -------------------------------------------------------------------------------
 * Walks the whole heap and checks every invariant. 0, or -EBADMSG with the first broken one in `why`
 * (may be NULL). */
int rt_verify(const struct rt *rt, struct rt_text *why);

#include "runtime/rt_object.h"

#include "runtime/rt_gc.h"

#include "runtime/rt_inspect.h"

#include "runtime/rt_trace.h"

#endif

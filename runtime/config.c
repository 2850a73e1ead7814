/* SPDX-License-Identifier: MIT
 *
 * config.c: every tunable of the runtime, one row each.
 *
 * Invariants:
 *   - Each field of struct rt_config is described by exactly one row, and the rows are in the order of
 *     the fields. The compiler counts them; the test compares their places.
 *   - A configuration that rt_config_check lets pass can be run: whatever a module would otherwise
 *     have to guard against is refused here, by row or by combination.
 *   - The largest arena fits the smallest reserve and the initial values pass the check; so a single
 *     knob can be turned over most of its range without turning another.
 */
#include "runtime/rt.h"
#include "runtime/base.h"
#include "runtime/gc_policy.h"
#include "runtime/size_class.h"

#include <errno.h>

enum {
    KIB = 1 << 10,
    MIB = 1 << 20,
    GIB = 1 << 30,
    BYTE_MAX = 255,
    OBJECT_KEEP_MAX = 1 << 20,
    VALUE_BYTES = 32, /* of a field in words, with the terminator */
};

static const char *const backends[RT_BACKEND_COUNT + 1] = {
    [RT_BACKEND_POOL] = "pool",
    [RT_BACKEND_SYSTEM] = "system",
    [RT_BACKEND_DEBUG] = "debug",
};

static const char *const thp_choices[RT_THP_COUNT + 1] = {
    [RT_THP_SYSTEM] = "system",
    [RT_THP_NEVER] = "never",
    [RT_THP_ADVISE] = "advise",
    [RT_THP_ALWAYS] = "always",
};

static const char *const debug_actions[RT_DEBUG_ACTION_COUNT + 1] = {
    [RT_DEBUG_ABORT] = "abort",
    [RT_DEBUG_REPORT] = "report",
};

static const char *const gc_modes[RT_GC_MODE_COUNT + 1] = {
    [RT_GC_MODE_AUTO] = "auto",
    [RT_GC_MODE_OFF] = "off",
    [RT_GC_MODE_MANUAL] = "manual",
    [RT_GC_MODE_IDLE] = "idle",
};

static const char *const gc_policies[] = {"generational", "generational-3.13", "single", "adaptive",
                                          NULL};

_Static_assert(sizeof gc_policies / sizeof gc_policies[0] == RT_GC_POLICY_COUNT + 1,
               "one name for each row of gc_policy.c");

static const char *const gc_finalizers[RT_GC_FINALIZERS_COUNT + 1] = {
    [RT_GC_FINALIZERS_SAFE] = "safe",
    [RT_GC_FINALIZERS_LEGACY] = "legacy",
};

static const struct rt_knob rows[] = {
    {
        .name = "alloc.backend",
        .type = RT_KNOB_ENUM,
        .offset = offsetof(struct rt_config, alloc_backend),
        .high = RT_BACKEND_COUNT - 1,
        .initial = RT_BACKEND_POOL,
        .choices = backends,
        .unit = "",
        .help =
            "who serves requests: pool is this allocator; system sends each one to the system's "
            "malloc; debug is pool with guards around each block, slower and larger",
    },
    {
        .name = "alloc.arena",
        .type = RT_KNOB_SIZE,
        .offset = offsetof(struct rt_config, alloc_arena_bytes),
        .low = 256 * KIB,
        .high = 32 * MIB,
        .initial = MIB,
        .power_of_two = true,
        .unit = "bytes",
        .help = "memory taken from the system at a time; larger means fewer system calls, and more "
                "memory held for the sake of a few blocks",
    },
    {
        .name = "alloc.pool",
        .type = RT_KNOB_SIZE,
        .offset = offsetof(struct rt_config, alloc_pool_bytes),
        .low = 4 * KIB,
        .high = MIB,
        .initial = 16 * KIB,
        .power_of_two = true,
        .unit = "bytes",
        .help = "memory given to one size class at a time; larger means fewer changes of pool, and "
                "more memory held by classes with few blocks",
    },
    {
        .name = "alloc.small",
        .type = RT_KNOB_SIZE,
        .offset = offsetof(struct rt_config, alloc_small_bytes),
        .low = RT_UNIT_BYTES,
        .high = RT_CLASS_COUNT_MAX * RT_UNIT_BYTES,
        .initial = 512,
        .unit = "bytes",
        .help =
            "largest request served from pools, a multiple of 16; higher means fewer calls of the "
            "system's malloc, and more classes that each hold a pool partly empty",
    },
    {
        .name = "alloc.keep_arenas",
        .type = RT_KNOB_INTEGER,
        .offset = offsetof(struct rt_config, alloc_keep_arenas),
        .high = 65536,
        .unit = "arenas",
        .help =
            "empty arenas kept for the next burst; each saves mapping it and its page faults once "
            "more, and stays resident meanwhile",
    },
    {
        .name = "alloc.thp",
        .type = RT_KNOB_ENUM,
        .offset = offsetof(struct rt_config, alloc_thp),
        .high = RT_THP_COUNT - 1,
        .initial = RT_THP_SYSTEM,
        .choices = thp_choices,
        .unit = "",
        .help =
            "huge pages: system leaves it to /sys/kernel/mm/transparent_hugepage; never forbids "
            "them; advise asks for them, with arenas mapped one by one as usual; always asks and "
            "maps in steps of 2 MiB, so that every page can be a huge one: the fewest page faults, "
            "the most memory held",
    },
    {
        .name = "alloc.reserve",
        .type = RT_KNOB_SIZE,
        .offset = offsetof(struct rt_config, alloc_reserve_bytes),
        .low = 64 * MIB,
        .high = INT64_C(64) * GIB,
        .initial = INT64_C(64) * GIB,
        .power_of_two = true,
        .unit = "bytes",
        .help = "address space set aside for arenas, and so the most they can ever hold; costs no "
                "memory, but counts against a limit on address space (ulimit -v)",
    },
    {
        .name = "alloc.fill_new",
        .type = RT_KNOB_INTEGER,
        .offset = offsetof(struct rt_config, alloc_fill_new),
        .low = -1,
        .high = BYTE_MAX,
        .initial = -1,
        .unit = "",
        .help = "byte written all over a new block, -1 for what the backend does by itself; costs "
                "writing each block once more, and shows reads of memory never set",
    },
    {
        .name = "alloc.fill_freed",
        .type = RT_KNOB_INTEGER,
        .offset = offsetof(struct rt_config, alloc_fill_freed),
        .low = -1,
        .high = BYTE_MAX,
        .initial = -1,
        .unit = "",
        .help =
            "byte written all over a freed block, -1 for what the backend does by itself; costs "
            "writing each block once more, and shows reads after the free",
    },
    {
        .name = "alloc.fail_at",
        .type = RT_KNOB_INTEGER,
        .offset = offsetof(struct rt_config, alloc_fail_at),
        .high = INT64_C(1) << 62,
        .unit = "attempts",
        .help =
            "the attempt of this number to get memory fails, counted from 1 over all layers; 0 for "
            "none; any other value takes every allocation off its fast path",
    },
    {
        .name = "alloc.fail_every",
        .type = RT_KNOB_INTEGER,
        .offset = offsetof(struct rt_config, alloc_fail_every),
        .high = INT64_C(1) << 62,
        .unit = "attempts",
        .help = "every attempt whose number is a multiple of this fails; 0 for none; costs what "
                "alloc.fail_at costs",
    },
    {
        .name = "alloc.quarantine",
        .type = RT_KNOB_INTEGER,
        .offset = offsetof(struct rt_config, alloc_quarantine_blocks),
        .high = 1 << 20,
        .initial = 256,
        .unit = "blocks",
        .help =
            "debug backend: freed blocks held back and checked before they serve again; more finds "
            "later writes after a free, and holds more memory",
    },
    {
        .name = "alloc.debug_action",
        .type = RT_KNOB_ENUM,
        .offset = offsetof(struct rt_config, alloc_debug_action),
        .high = RT_DEBUG_ACTION_COUNT - 1,
        .initial = RT_DEBUG_ABORT,
        .choices = debug_actions,
        .unit = "",
        .help =
            "debug backend: abort ends the process at the first broken block, report says what is "
            "wrong and goes on, with memory that may be damaged further",
    },
    {
        .name = "object.keep_lists",
        .type = RT_KNOB_INTEGER,
        .offset = offsetof(struct rt_config, object_keep_lists),
        .high = OBJECT_KEEP_MAX,
        .initial = 80,
        .unit = "lists",
        .help = "dead lists kept for the next ones; 0 keeps none, and each list then goes to the "
                "allocator and to the collector's count",
    },
    {
        .name = "object.keep_dicts",
        .type = RT_KNOB_INTEGER,
        .offset = offsetof(struct rt_config, object_keep_dicts),
        .high = OBJECT_KEEP_MAX,
        .initial = 80,
        .unit = "dicts",
        .help = "dead dicts kept for the next ones; 0 keeps none",
    },
    {
        .name = "object.keep_keys",
        .type = RT_KNOB_INTEGER,
        .offset = offsetof(struct rt_config, object_keep_keys),
        .high = OBJECT_KEEP_MAX,
        .initial = 80,
        .unit = "key tables",
        .help =
            "dead key tables, of dicts of up to five strings, kept for the next ones; 0 keeps none",
    },
    {
        .name = "object.keep_tuples",
        .type = RT_KNOB_INTEGER,
        .offset = offsetof(struct rt_config, object_keep_tuples),
        .high = OBJECT_KEEP_MAX,
        .initial = 2000,
        .unit = "tuples",
        .help = "dead tuples kept for the next ones, of each length from 1 to 20; 0 keeps none",
    },
    {
        .name = "object.keep_floats",
        .type = RT_KNOB_INTEGER,
        .offset = offsetof(struct rt_config, object_keep_floats),
        .high = OBJECT_KEEP_MAX,
        .initial = 100,
        .unit = "floats",
        .help = "dead floats kept for the next ones; 0 keeps none",
    },
    {
        .name = "gc.mode",
        .type = RT_KNOB_ENUM,
        .offset = offsetof(struct rt_config, gc_mode),
        .high = RT_GC_MODE_COUNT - 1,
        .initial = RT_GC_MODE_AUTO,
        .choices = gc_modes,
        .unit = "",
        .help =
            "when trash is collected: auto as soon as a generation is due; off never, and trash "
            "stays; manual at the points where the program would call gc.collect(); idle in the "
            "windows in which it waits, where nobody sees the pause",
    },
    {
        .name = "gc.policy",
        .type = RT_KNOB_ENUM,
        .offset = offsetof(struct rt_config, gc_policy),
        .high = RT_GC_POLICY_COUNT - 1,
        .initial = 0,
        .choices = gc_policies,
        .unit = "",
        .help = "what is due, and when: generational is CPython 3.11; generational-3.13 has its "
                "larger threshold and waits for a safe point; single examines everything when the "
                "heap has grown by a quarter; adaptive waits longer the more has survived",
    },
    {
        .name = "gc.threshold0",
        .type = RT_KNOB_INTEGER,
        .offset = offsetof(struct rt_config, gc_threshold0),
        .low = RT_GC_POLICYS_OWN,
        .high = INT32_MAX,
        .initial = RT_GC_POLICYS_OWN,
        .unit = "objects",
        .help =
            "new containers, less those gone, beyond which generation 0 is due; -1 the policy's "
            "own (700; generational-3.13 2000), 0 never; higher means fewer pauses, and more "
            "trash waiting",
    },
    {
        .name = "gc.threshold1",
        .type = RT_KNOB_INTEGER,
        .offset = offsetof(struct rt_config, gc_threshold1),
        .low = RT_GC_POLICYS_OWN,
        .high = INT32_MAX,
        .initial = RT_GC_POLICYS_OWN,
        .unit = "collections",
        .help = "collections of generation 0 beyond which generation 1 is due; -1 the policy's own "
                "(10)",
    },
    {
        .name = "gc.threshold2",
        .type = RT_KNOB_INTEGER,
        .offset = offsetof(struct rt_config, gc_threshold2),
        .low = RT_GC_POLICYS_OWN,
        .high = INT32_MAX,
        .initial = RT_GC_POLICYS_OWN,
        .unit = "collections",
        .help =
            "collections of generation 1 beyond which everything is due, once a quarter more has "
            "survived; -1 the policy's own (10)",
    },
    {
        .name = "gc.finalizers",
        .type = RT_KNOB_ENUM,
        .offset = offsetof(struct rt_config, gc_finalizers),
        .high = RT_GC_FINALIZERS_COUNT - 1,
        .initial = RT_GC_FINALIZERS_SAFE,
        .choices = gc_finalizers,
        .unit = "",
        .help = "what becomes of trash with finalizers: safe runs them and frees it; legacy, as "
                "before Python 3.4, keeps it for ever and lists it as garbage",
    },
    {
        .name = "gc.stress",
        .type = RT_KNOB_BOOLEAN,
        .offset = offsetof(struct rt_config, gc_stress),
        .high = 1,
        .unit = "",
        .help = "collect everything at every allocation of a container; finds callers that lose "
                "what they have not yet stored, and costs the square of the time",
    },
    {
        .name = "gc.verify_every",
        .type = RT_KNOB_INTEGER,
        .offset = offsetof(struct rt_config, gc_verify_every),
        .high = INT32_MAX,
        .unit = "collections",
        .help =
            "check the whole heap after every nth collection, 0 never; a broken one is reported "
            "like a bad free",
    },
};

_Static_assert(sizeof rows / sizeof rows[0] * sizeof(int64_t) == sizeof(struct rt_config),
               "one row for each field");

struct rt_knob_table
rt_config_knobs(void) {
    return (struct rt_knob_table){.rows = rows, .count = RT_COUNT_OF(rows)};
}

void
rt_config_init(struct rt_config *config) {
    rt_knob_defaults(rt_config_knobs(), config);
}

/* A field is in bounds when its row would accept it in words; then the row also has the words for
 * saying why not. */
static int
check_field(const struct rt_knob *row, const struct rt_config *config, struct rt_text *why) {
    struct rt_config scratch;
    struct rt_text text;
    char value[VALUE_BYTES];

    rt_text_init(&text, value, sizeof value);
    rt_knob_print(row, config, &text);
    return rt_knob_set(row, &scratch, value, why) == 0 ? 0 : -EINVAL;
}

static int
refuse(struct rt_text *why, const char *knob, int64_t bytes, const char *verdict, int64_t limit) {
    rt_text_string(why, knob);
    rt_text_string(why, ": ");
    rt_text_size(why, (uint64_t)bytes);
    rt_text_string(why, verdict);
    rt_text_size(why, (uint64_t)limit);
    return -EINVAL;
}

static int
check_combination(const struct rt_config *config, struct rt_text *why) {
    int64_t pool = config->alloc_pool_bytes;
    int64_t small = config->alloc_small_bytes;
    int64_t small_most = (pool - RT_POOL_HEADER_BYTES) / 2 / RT_UNIT_BYTES * RT_UNIT_BYTES;

    if (pool > config->alloc_arena_bytes) {
        return refuse(why, "alloc.pool", pool, " does not fit an arena, alloc.arena is ",
                      config->alloc_arena_bytes);
    }
    if (small % RT_UNIT_BYTES != 0) {
        return refuse(why, "alloc.small", small, " is not a multiple of 16, the next one is ",
                      small + RT_UNIT_BYTES - small % RT_UNIT_BYTES);
    }
    if (small > small_most) {
        (void)refuse(why, "alloc.small", small, " does not fit twice in a pool, alloc.pool is ",
                     pool);
        rt_text_string(why, ": at most ");
        rt_text_size(why, (uint64_t)small_most);
        return -EINVAL;
    }
    return 0;
}

/* Combinations are refused whatever the backend, so that a grid over backends is refused as one. */
int
rt_config_check(const struct rt_config *config, struct rt_text *why) {
    struct rt_text nowhere = {0};

    why = why != NULL ? why : &nowhere;
    for (size_t i = 0; i < RT_COUNT_OF(rows); i++) {
        if (check_field(&rows[i], config, why) != 0) {
            return -EINVAL;
        }
    }
    return check_combination(config, why);
}

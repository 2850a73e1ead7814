/* SPDX-License-Identifier: MIT
 *
 * churn.c: blocks are born and die without end, sizes and lifetimes drawn from laws.
 *
 * Fill up to `churn.live` blocks; then `churn.operations` times let `churn.burst` of them die by the
 * lifetime law and as many be born by the size law (some live through it and are resized instead);
 * then drain. An operation is one such burst.
 *
 * Invariants:
 *   - The live blocks are a ring in order of birth: ring[first] is the oldest, `count` entries follow.
 *     Only the laws that draw at random disturb that order, by moving the newest into the hole.
 *   - Each block holds its stamp, a number that no other block of the run holds, in as many of its bytes
 *     as `churn.touch` says. A block's bytes are compared with the stamp before it dies or is resized, so
 *     that whoever else wrote there is found.
 *   - The digest folds in what was found in each block that died, in order of death. Neither the draws
 *     nor the digest depend on an address.
 */
#include "workloads/workload.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "workloads/dist.h"
#include "workloads/rng.h"

enum size_law {
    SIZE_PYTHON,
    SIZE_UNIFORM,
    SIZE_GEOMETRIC,
    SIZE_FIXED
};
enum lifetime_law {
    LIFETIME_RANDOM,
    LIFETIME_FIFO,
    LIFETIME_LIFO,
    LIFETIME_MIXED
};
enum touch {
    TOUCH_ALL,
    TOUCH_EDGES,
    TOUCH_NONE
};

struct churn_knobs {
    int64_t operations, burst, live;
    int64_t size_law, size, size_min, size_max;
    int64_t lifetime_law, touch;
    double resize_share;
};

struct block {
    unsigned char *data;
    uint64_t stamp;
    uint32_t size;
};

struct churn {
    const struct churn_knobs *knobs;
    struct wl_run *run;
    struct wl_rng rng;
    struct wl_dist_table sizes;
    struct block *ring;
    size_t first, count, capacity;
    uint64_t births;
    uint64_t corrupted; /* blocks that did not hold their stamp */
    uint64_t digest;
};

static const char *const size_laws[] = {"python", "uniform", "geometric", "fixed", NULL};
static const char *const lifetime_laws[] = {"random", "fifo", "lifo", "mixed", NULL};
static const char *const touches[] = {"all", "edges", "none", NULL};

static const struct rt_knob rows[] = {
    {.name = "churn.operations",
     .type = RT_KNOB_INTEGER,
     .offset = offsetof(struct churn_knobs, operations),
     .low = 1,
     .high = 1000000000,
     .initial = 20000,
     .unit = "operations",
     .help = "bursts of deaths and births; each is timed by itself"},
    {.name = "churn.burst",
     .type = RT_KNOB_INTEGER,
     .offset = offsetof(struct churn_knobs, burst),
     .low = 1,
     .high = 1000000,
     .initial = 50,
     .unit = "blocks",
     .help = "blocks that one operation replaces; a long burst hides rare stalls"},
    {.name = "churn.live",
     .type = RT_KNOB_INTEGER,
     .offset = offsetof(struct churn_knobs, live),
     .low = 1,
     .high = 100000000,
     .initial = 50000,
     .unit = "blocks",
     .help = "blocks that live at any time; more of them miss more caches"},
    {.name = "churn.size_law",
     .type = RT_KNOB_ENUM,
     .offset = offsetof(struct churn_knobs, size_law),
     .low = 0,
     .high = SIZE_FIXED,
     .initial = SIZE_PYTHON,
     .choices = size_laws,
     .unit = "",
     .help = "where sizes come from: a mix like Python's objects, or one of three plain laws"},
    {.name = "churn.size",
     .type = RT_KNOB_SIZE,
     .offset = offsetof(struct churn_knobs, size),
     .low = 1,
     .high = 1 << 20,
     .initial = 64,
     .unit = "bytes",
     .help = "the size under law fixed, the mean under law geometric"},
    {.name = "churn.size_min",
     .type = RT_KNOB_SIZE,
     .offset = offsetof(struct churn_knobs, size_min),
     .low = 1,
     .high = 1 << 20,
     .initial = 1,
     .unit = "bytes",
     .help = "smallest size under laws uniform and geometric"},
    {.name = "churn.size_max",
     .type = RT_KNOB_SIZE,
     .offset = offsetof(struct churn_knobs, size_max),
     .low = 1,
     .high = 1 << 20,
     .initial = 512,
     .unit = "bytes",
     .help = "greatest size under law uniform"},
    {.name = "churn.lifetime_law",
     .type = RT_KNOB_ENUM,
     .offset = offsetof(struct churn_knobs, lifetime_law),
     .low = 0,
     .high = LIFETIME_MIXED,
     .initial = LIFETIME_RANDOM,
     .choices = lifetime_laws,
     .unit = "",
     .help = "who dies: anyone, the oldest, the newest, or newest and anyone by halves"},
    {.name = "churn.resize_share",
     .type = RT_KNOB_RATIO,
     .offset = offsetof(struct churn_knobs, resize_share),
     .ratio_low = 0,
     .ratio_high = 1,
     .ratio_initial = 0.05,
     .unit = "",
     .help = "share of the replaced blocks that are resized instead of dying"},
    {.name = "churn.touch",
     .type = RT_KNOB_ENUM,
     .offset = offsetof(struct churn_knobs, touch),
     .low = 0,
     .high = TOUCH_NONE,
     .initial = TOUCH_ALL,
     .choices = touches,
     .unit = "",
     .help = "bytes of a block that are written and checked; less of it shows the allocator barer"},
};

static int
churn_check(const void *knobs, struct rt_text *why) {
    const struct churn_knobs *churn = knobs;
    bool bad = churn->size_law == SIZE_UNIFORM && churn->size_min > churn->size_max;
    bool low = churn->size_law == SIZE_GEOMETRIC && churn->size_min > churn->size;

    if ((bad || low) && why != NULL) {
        rt_text_string(why, "churn.size_min=");
        rt_text_size(why, (uint64_t)churn->size_min);
        rt_text_string(why, bad ? " is above churn.size_max=" : " is above churn.size=");
        rt_text_size(why, (uint64_t)(bad ? churn->size_max : churn->size));
    }
    return bad || low ? -EINVAL : 0;
}

static double
mean_size(const struct churn_knobs *knobs) {
    size_t count;
    const struct wl_dist_row *table = wl_dist_python_sizes(&count);

    switch ((enum size_law)knobs->size_law) {
    case SIZE_PYTHON:
        return wl_dist_table_mean(table, count);
    case SIZE_UNIFORM:
        return wl_dist_uniform_mean((uint32_t)knobs->size_min, (uint32_t)knobs->size_max);
    case SIZE_GEOMETRIC:
    case SIZE_FIXED:
        break;
    }
    return (double)knobs->size;
}

static uint64_t
churn_peak_live_bytes(const void *knobs) {
    const struct churn_knobs *churn = knobs;
    return (uint64_t)(mean_size(churn) * (double)churn->live);
}

static uint64_t
churn_operations(const void *knobs) {
    return (uint64_t)((const struct churn_knobs *)knobs)->operations;
}

static uint32_t
draw_size(struct churn *churn) {
    const struct churn_knobs *knobs = churn->knobs;

    switch ((enum size_law)knobs->size_law) {
    case SIZE_PYTHON:
        return wl_dist_table_draw(&churn->sizes, &churn->rng);
    case SIZE_UNIFORM:
        return wl_dist_uniform(&churn->rng, (uint32_t)knobs->size_min, (uint32_t)knobs->size_max);
    case SIZE_GEOMETRIC:
        if (knobs->size > knobs->size_min)
            return (uint32_t)knobs->size_min +
                   wl_dist_geometric(&churn->rng, (double)(knobs->size - knobs->size_min));
        break;
    case SIZE_FIXED:
        break;
    }
    return (uint32_t)knobs->size;
}

/* Writes the stamp over and over; the last copy is cut at the block's end. */
static void
stamp_all(unsigned char *data, uint32_t size, uint64_t stamp) {
    uint32_t at = 0;
    for (; at + sizeof stamp <= size; at += (uint32_t)sizeof stamp)
        memcpy(data + at, &stamp, sizeof stamp);
    memcpy(data + at, &stamp, size - at);
}

/* 0 when the first `size` bytes hold the stamp, else the bits that differ somewhere. */
static uint64_t
differ_all(const unsigned char *data, uint32_t size, uint64_t stamp) {
    uint64_t differ = 0, word;
    uint32_t at = 0;

    for (; at + sizeof word <= size; at += (uint32_t)sizeof word) {
        memcpy(&word, data + at, sizeof word);
        differ |= word ^ stamp;
    }
    word = stamp;
    memcpy(&word, data + at, size - at);
    return differ | (word ^ stamp);
}

/* The same for the first byte, and for the last unless it was cut off. */
static uint64_t
differ_edges(const struct block *block, uint32_t kept) {
    unsigned char stamp = (unsigned char)block->stamp, differ = block->data[0] ^ stamp;
    if (kept == block->size)
        differ |= block->data[kept - 1] ^ stamp;
    return differ;
}

static void
write_stamp(const struct churn *churn, const struct block *block) {
    if (churn->knobs->touch == TOUCH_ALL)
        stamp_all(block->data, block->size, block->stamp);
    else if (churn->knobs->touch == TOUCH_EDGES)
        block->data[0] = block->data[block->size - 1] = (unsigned char)block->stamp;
}

/* Compares what should be left of the block in its first `kept` bytes, and folds it into the digest. */
static void
check_stamp(struct churn *churn, const struct block *block, uint32_t kept) {
    uint64_t differ = 0;

    if (churn->knobs->touch == TOUCH_ALL)
        differ = differ_all(block->data, kept, block->stamp);
    else if (churn->knobs->touch == TOUCH_EDGES)
        differ = differ_edges(block, kept);
    churn->corrupted += differ != 0;
    churn->digest =
        churn->digest * UINT64_C(0x9e3779b97f4a7c15) + (block->stamp ^ differ ^ block->size);
}

/* The slot of the ring that is `steps` younger than the oldest; pre: steps < capacity. */
static size_t
slot_at(const struct churn *churn, size_t steps) {
    size_t slot = churn->first + steps;
    return slot < churn->capacity ? slot : slot - churn->capacity;
}

static int
give_birth(struct churn *churn) {
    struct block block = {.size = draw_size(churn), .stamp = wl_rng_mix(++churn->births)};

    block.data = en_alloc(churn->run->heap, block.size);
    if (block.data == NULL)
        return -ENOMEM;
    write_stamp(churn, &block);
    churn->ring[slot_at(churn, churn->count++)] = block;
    return 0;
}

/* Takes the block out of the ring that the lifetime law says is next. */
static struct block
choose_victim(struct churn *churn) {
    size_t newest = slot_at(churn, churn->count - 1);
    bool random =
        churn->knobs->lifetime_law == LIFETIME_RANDOM ||
        (churn->knobs->lifetime_law == LIFETIME_MIXED && (wl_rng_next(&churn->rng) >> 63) != 0);
    struct block victim;

    churn->count--;
    if (churn->knobs->lifetime_law == LIFETIME_FIFO) {
        victim = churn->ring[churn->first];
        churn->first = churn->first + 1 < churn->capacity ? churn->first + 1 : 0;
        return victim;
    }
    size_t at = newest;
    if (random)
        at = slot_at(churn, wl_rng_below(&churn->rng, (uint32_t)churn->count + 1));
    victim = churn->ring[at];
    churn->ring[at] = churn->ring[newest];
    return victim;
}

static void
let_die(struct churn *churn) {
    struct block victim = choose_victim(churn);
    check_stamp(churn, &victim, victim.size);
    en_free(churn->run->heap, victim.data, victim.size);
}

static int
resize_one(struct churn *churn) {
    size_t at = slot_at(churn, wl_rng_below(&churn->rng, (uint32_t)churn->count));
    struct block *block = &churn->ring[at];
    uint32_t size = draw_size(churn);
    unsigned char *data = en_realloc(churn->run->heap, block->data, block->size, size);

    if (data == NULL)
        return -ENOMEM;
    block->data = data;
    check_stamp(churn, block, size < block->size ? size : block->size);
    block->size = size;
    block->stamp = wl_rng_mix(++churn->births);
    write_stamp(churn, block);
    return 0;
}

static int
run_operation(struct churn *churn) {
    int64_t burst =
        churn->knobs->burst < churn->knobs->live ? churn->knobs->burst : churn->knobs->live;
    int64_t deaths = burst;
    int error = 0;

    if (churn->knobs->resize_share > 0) {
        deaths = 0;
        for (int64_t i = 0; i < burst && error == 0; i++) {
            if (wl_rng_unit(&churn->rng) < churn->knobs->resize_share)
                error = resize_one(churn);
            else
                deaths++;
        }
    }
    for (int64_t i = 0; i < deaths && error == 0; i++)
        let_die(churn);
    for (int64_t i = 0; i < deaths && error == 0; i++)
        error = give_birth(churn);
    return error;
}

static int
run_phases(struct churn *churn) {
    const struct churn_knobs *knobs = churn->knobs;
    int error = 0;

    while (error == 0 && churn->count < (size_t)knobs->live)
        error = give_birth(churn);
    for (int64_t i = 0; error == 0 && i < knobs->operations; i++) {
        wl_begin(churn->run);
        error = run_operation(churn);
        wl_end(churn->run);
    }
    while (churn->count > 0)
        let_die(churn);
    return error;
}

static int
churn_run(struct wl_run *run) {
    struct churn *churn = run->state;
    int error = run_phases(churn);

    run->digest = wl_rng_mix(churn->digest);
    if (error == 0 && churn->corrupted == 0)
        return 0;
    if (run->why != NULL && churn->corrupted > 0) {
        rt_text_unsigned(run->why, churn->corrupted);
        rt_text_string(run->why, " of ");
        rt_text_unsigned(run->why, churn->births);
        rt_text_string(run->why, " blocks did not hold what was written into them");
    } else if (run->why != NULL) {
        rt_text_string(run->why, "a request failed after ");
        rt_text_unsigned(run->why, churn->births);
        rt_text_string(run->why, " blocks");
    }
    return churn->corrupted > 0 ? -EBADMSG : error;
}

static int
churn_prepare(struct wl_run *run) {
    size_t row_count;
    const struct wl_dist_row *table = wl_dist_python_sizes(&row_count);
    const struct churn_knobs *knobs = run->knobs;
    struct churn *churn = malloc(sizeof *churn);

    run->state = churn;
    if (churn == NULL)
        return -ENOMEM;
    *churn = (struct churn){.knobs = knobs, .run = run, .capacity = (size_t)knobs->live};
    wl_rng_init(&churn->rng, run->seed);
    wl_dist_table_init(&churn->sizes, table, row_count);
    churn->ring = malloc(churn->capacity * sizeof *churn->ring);
    if (churn->ring == NULL)
        return -ENOMEM;
    memset(churn->ring, 0xff, churn->capacity * sizeof *churn->ring);
    return 0;
}

static void
churn_finish(struct wl_run *run) {
    struct churn *churn = run->state;

    if (churn != NULL)
        free(churn->ring);
    free(churn);
    run->state = NULL;
}

extern const struct wl_workload wl_churn;
const struct wl_workload wl_churn = {
    .name = "churn",
    .summary = "blocks are born and die without end; sizes and lifetimes follow laws",
    .caveat =
        "its blocks do not point to each other, and nobody reads them between birth and death",
    .version = 1,
    .knobs = {rows, sizeof rows / sizeof rows[0]},
    .knobs_bytes = sizeof(struct churn_knobs),
    .check = churn_check,
    .peak_live_bytes = churn_peak_live_bytes,
    .operations = churn_operations,
    .prepare = churn_prepare,
    .run = churn_run,
    .finish = churn_finish,
};

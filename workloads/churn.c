/* SPDX-License-Identifier: MIT
 *
 * churn.c: blocks are born and die without end, sizes and lifetimes drawn from laws.
 *
 * Program `steady`: fill up to `churn.live` blocks; then `churn.operations` times let `churn.burst` of them
 * die by the lifetime law and as many be born by the size law (some live through it and are resized
 * instead); then drain. An operation is one such burst.
 *
 * Program `phases` goes by bytes: in each operation a burst dies, and then more die, or are born, until as many
 * bytes live as are due. In the first quarter of the operations that grows from nothing to what `churn.live`
 * blocks have, in the second it stays so; in the third all sizes are multiplied by `churn.shift`, so that
 * what the old ones leave behind has to serve the new ones; in the last it falls to `churn.left` of it.
 * At the end of each phase it is told what lives, and how much the process holds for it.
 *
 * Invariants:
 *   - The live blocks are a ring in order of birth: ring[first] is the oldest, `count` entries follow.
 *     Only the laws that draw at random disturb that order, by moving the newest into the hole.
 *   - A block of life k is spared k - 1 times of k when it is drawn to die or to be resized, so that it lives
 *     k times as long as one of life 1. The fill has the shares that this leads to.
 *   - Each block holds its stamp, a number that no other block of the run holds, in as many of its bytes
 *     as `churn.touch` says. A block's bytes are compared with the stamp before it dies or is resized, so
 *     that whoever else wrote there is found.
 *   - The victims of a burst are all chosen, and fetched, before the first is looked at, as if their owners had
 *     just used them: what an operation takes is not the memory's latency alone.
 *   - The digest folds in what was found in each block that died, in order of death. Neither the draws
 *     nor the digest depend on an address.
 */
#include "workloads/workload.h"

#include <errno.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "workloads/dist.h"
#include "workloads/rng.h"

enum size_law {
    SIZE_PYTHON,
    SIZE_UNIFORM,
    SIZE_GEOMETRIC,
    SIZE_FIXED,
    SIZE_TABLE
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

enum program {
    PROGRAM_STEADY,
    PROGRAM_PHASES
};
enum phase {
    PHASE_GROW,
    PHASE_STEADY,
    PHASE_SHIFT,
    PHASE_SHRINK,
    PHASE_COUNT
};

enum {
    METRIC_LIVE,                              /* the first of one for each phase */
    METRIC_RATIO = METRIC_LIVE + PHASE_COUNT, /* likewise */
    METRIC_COUNT = METRIC_RATIO + PHASE_COUNT
};

struct churn_knobs {
    int64_t operations, burst, live;
    int64_t size_law, size, size_min, size_max;
    int64_t lifetime_law, touch, program;
    double resize_share, shift, left;
    char table[RT_KNOB_TEXT_BYTES];
};

struct block {
    unsigned char *data;
    uint64_t stamp;
    uint32_t size, life;
};

struct churn {
    const struct churn_knobs *knobs;
    struct wl_run *run;
    struct wl_rng rng;
    struct wl_dist_mix mix; /* of a law that is a table */
    struct block *ring;
    struct block *victims; /* of one burst */
    size_t first, count, capacity;
    double resizes; /* due */
    double shift;   /* sizes are multiplied by it now */
    uint64_t live_bytes;
    double full;      /* the most of them, in program phases */
    int64_t resident; /* before the run */
    uint64_t births;
    uint64_t corrupted; /* blocks that did not hold their stamp */
    uint64_t digest;
};

static const char *const size_laws[] = {"python", "uniform", "geometric", "fixed", "table", NULL};
static const char *const lifetime_laws[] = {"random", "fifo", "lifo", "mixed", NULL};
static const char *const programs[] = {"steady", "phases", NULL};
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
     .high = SIZE_TABLE,
     .initial = SIZE_PYTHON,
     .choices = size_laws,
     .unit = "",
     .help = "where sizes come from: a mix like Python's objects, one of three plain laws, or "
             "churn.table"},
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
    {.name = "churn.table",
     .type = RT_KNOB_TEXT,
     .offset = offsetof(struct churn_knobs, table),
     .unit = "",
     .help = "rows of law table, size:weight or size:weight:life, e.g. 32:70/64:29/4096:1:20; life "
             "20 lives 20 times as long"},
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
     .initial = TOUCH_EDGES,
     .choices = touches,
     .unit = "",
     .help = "bytes of a block that are written and checked; less of it shows the allocator barer"},
    {.name = "churn.program",
     .type = RT_KNOB_ENUM,
     .offset = offsetof(struct churn_knobs, program),
     .low = 0,
     .high = PROGRAM_PHASES,
     .initial = PROGRAM_STEADY,
     .choices = programs,
     .unit = "",
     .help = "blocks are replaced all the time, or: grow, stay, take on other sizes, shrink"},
    {.name = "churn.shift",
     .type = RT_KNOB_RATIO,
     .offset = offsetof(struct churn_knobs, shift),
     .ratio_low = 0.1,
     .ratio_high = 10,
     .ratio_initial = 1.5,
     .unit = "",
     .help = "what sizes are multiplied by from the third phase on; freed blocks then fit no more"},
    {.name = "churn.left",
     .type = RT_KNOB_RATIO,
     .offset = offsetof(struct churn_knobs, left),
     .ratio_low = 0,
     .ratio_high = 1,
     .ratio_initial = 0.1,
     .unit = "",
     .help = "share of the live bytes that the last phase leaves; the fewer, the more is in holes"},
};

#define LIVE_HELP  "bytes that are asked for and live when "
#define RATIO_HELP "growth of resident memory over the bytes that live, when "

static const struct wl_metric own_metrics[METRIC_COUNT] = {
    {"churn.grow_live_bytes", "bytes", "none", LIVE_HELP "the heap has grown", true},
    {"churn.steady_live_bytes", "bytes", "none", LIVE_HELP "blocks have been replaced", true},
    {"churn.shift_live_bytes", "bytes", "none", LIVE_HELP "sizes have shifted", true},
    {"churn.shrink_live_bytes", "bytes", "none", LIVE_HELP "the heap has shrunk", true},
    {"churn.grow_overhead", "ratio", "lower", RATIO_HELP "the heap has grown", false},
    {"churn.steady_overhead", "ratio", "lower", RATIO_HELP "blocks have been replaced", false},
    {"churn.shift_overhead", "ratio", "lower", RATIO_HELP "sizes have shifted", false},
    {"churn.shrink_overhead", "ratio", "lower", RATIO_HELP "the heap has shrunk", false},
};

/* ---- Sizes -------------------------------------------------------------------------------------- */

static bool
is_table(const struct churn_knobs *knobs) {
    return knobs->size_law == SIZE_PYTHON || knobs->size_law == SIZE_TABLE;
}

/* pre: is_table() */
static int
read_mix(const struct churn_knobs *knobs, struct wl_dist_mix *ret_mix, struct rt_text *why) {
    size_t count;
    const struct wl_dist_row *python = wl_dist_python_sizes(&count);

    if (knobs->size_law == SIZE_TABLE)
        return wl_dist_mix_parse(ret_mix, knobs->table, why);
    wl_dist_mix_init(ret_mix, python, count);
    return 0;
}

static int
check_table(const struct churn_knobs *knobs, struct rt_text *why) {
    struct wl_dist_mix mix;

    if (read_mix(knobs, &mix, why) != 0)
        return -EINVAL;
    if (!mix.has_lives || knobs->lifetime_law == LIFETIME_RANDOM)
        return 0;
    if (why != NULL)
        rt_text_string(why, "a churn.table with lives needs churn.lifetime_law=random");
    return -EINVAL;
}

static int
churn_check(const void *knobs, struct rt_text *why) {
    const struct churn_knobs *churn = knobs;
    bool bad = churn->size_law == SIZE_UNIFORM && churn->size_min > churn->size_max;
    bool low = churn->size_law == SIZE_GEOMETRIC && churn->size_min > churn->size;

    if (churn->size_law == SIZE_TABLE)
        return check_table(churn, why);
    if ((bad || low) && why != NULL) {
        rt_text_string(why, "churn.size_min=");
        rt_text_size(why, (uint64_t)churn->size_min);
        rt_text_string(why, bad ? " is above churn.size_max=" : " is above churn.size=");
        rt_text_size(why, (uint64_t)(bad ? churn->size_max : churn->size));
    }
    return bad || low ? -EINVAL : 0;
}

/* The mean size of what lives, and its standard deviation. */
static double
mean_size(const struct churn_knobs *knobs, double *ret_deviation) {
    double low = (double)knobs->size_min, high = (double)knobs->size_max;
    struct wl_dist_mix mix;

    *ret_deviation = 0;
    if (is_table(knobs)) {
        (void)read_mix(knobs, &mix, NULL);
        return wl_dist_mix_mean(&mix, ret_deviation);
    }
    if (knobs->size_law == SIZE_UNIFORM) {
        *ret_deviation = (high - low) / sqrt(12);
        return wl_dist_uniform_mean((uint32_t)knobs->size_min, (uint32_t)knobs->size_max);
    }
    if (knobs->size_law == SIZE_GEOMETRIC)
        *ret_deviation = (double)knobs->size - low;
    return (double)knobs->size;
}

/* What lives has a sum that goes up and down, and is at its highest by two standard deviations or so. */
static uint64_t
churn_peak_live_bytes(const void *knobs) {
    const struct churn_knobs *churn = knobs;
    double deviation, size = mean_size(churn, &deviation);

    if (churn->program == PROGRAM_PHASES)
        deviation = 0;
    return (uint64_t)(size * (double)churn->live + 2 * deviation * sqrt((double)churn->live));
}

static uint64_t
churn_operations(const void *knobs) {
    return (uint64_t)((const struct churn_knobs *)knobs)->operations;
}

static uint32_t
draw_plain(struct churn *churn) {
    const struct churn_knobs *knobs = churn->knobs;

    if (knobs->size_law == SIZE_UNIFORM)
        return wl_dist_uniform(&churn->rng, (uint32_t)knobs->size_min, (uint32_t)knobs->size_max);
    if (knobs->size_law == SIZE_GEOMETRIC && knobs->size > knobs->size_min)
        return (uint32_t)knobs->size_min +
               wl_dist_geometric(&churn->rng, (double)(knobs->size - knobs->size_min));
    return (uint32_t)knobs->size;
}

/* A block without memory; of tables `table` says with which shares. */
static struct block
draw_block(struct churn *churn, const struct wl_dist_table *table) {
    struct block block = {.life = 1, .stamp = ++churn->births * UINT64_C(0x9e3779b97f4a7c15)};

    if (table->count > 0) {
        uint32_t row = wl_dist_table_draw(table, &churn->rng);
        block.size = churn->mix.rows[row].value;
        block.life = churn->mix.lives[row];
    } else {
        block.size = draw_plain(churn);
    }
    if (churn->shift != 1)
        block.size = block.size * churn->shift < 1 ? 1 : (uint32_t)(block.size * churn->shift);
    return block;
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
give_birth(struct churn *churn, const struct wl_dist_table *table) {
    struct block block = draw_block(churn, table);

    block.data = en_alloc(churn->run->heap, block.size);
    if (block.data == NULL)
        return -ENOMEM;
    write_stamp(churn, &block);
    churn->live_bytes += block.size;
    churn->ring[slot_at(churn, churn->count++)] = block;
    return 0;
}

/* Anyone's, but the longer it is to live the more seldom. */
static size_t
draw_slot(struct churn *churn) {
    size_t slot;

    do
        slot = slot_at(churn, wl_rng_below(&churn->rng, (uint32_t)churn->count));
    while (churn->mix.has_lives && wl_rng_below(&churn->rng, churn->ring[slot].life) != 0);
    return slot;
}

/* Takes the block out of the ring that the lifetime law says is next. */
static struct block
choose_victim(struct churn *churn) {
    size_t newest = slot_at(churn, churn->count - 1), at = newest;
    struct block victim;

    if (churn->knobs->lifetime_law == LIFETIME_FIFO) {
        victim = churn->ring[churn->first];
        churn->first = churn->first + 1 < churn->capacity ? churn->first + 1 : 0;
        churn->count--;
        return victim;
    }
    if (churn->knobs->lifetime_law == LIFETIME_RANDOM ||
        (churn->knobs->lifetime_law == LIFETIME_MIXED && (wl_rng_next(&churn->rng) >> 63) != 0))
        at = draw_slot(churn);
    victim = churn->ring[at];
    churn->ring[at] = churn->ring[newest];
    churn->count--;
    return victim;
}

static void
let_die(struct churn *churn, const struct block *victim) {
    check_stamp(churn, victim, victim->size);
    churn->live_bytes -= victim->size;
    en_free(churn->run->heap, victim->data, victim->size);
}

/* So many, chosen first; as many as there are at most. */
static void
let_burst_die(struct churn *churn, int64_t count) {
    bool is_read = churn->knobs->touch != TOUCH_NONE;

    for (int64_t i = 0; i < count; i++) {
        churn->victims[i] = choose_victim(churn);
        if (is_read)
            __builtin_prefetch(churn->victims[i].data);
    }
    for (int64_t i = 0; i < count; i++)
        let_die(churn, &churn->victims[i]);
}

static int
resize_one(struct churn *churn) {
    struct block *block = &churn->ring[draw_slot(churn)], old = *block;
    struct block resized = draw_block(churn, &churn->mix.born);

    resized.data = en_realloc(churn->run->heap, old.data, old.size, resized.size);
    if (resized.data == NULL)
        return -ENOMEM;
    old.data = resized.data;
    check_stamp(churn, &old, resized.size < old.size ? resized.size : old.size);
    churn->live_bytes += (uint64_t)resized.size - old.size;
    write_stamp(churn, &resized);
    *block = resized;
    return 0;
}

/* Resizes the share of so many blocks that is due; the rest of them, or a negative errno. */
static int64_t
resize_share(struct churn *churn, int64_t count) {
    int64_t left = count;

    churn->resizes += churn->knobs->resize_share * (double)count;
    for (; churn->resizes >= 1; churn->resizes -= 1, left--)
        if (resize_one(churn) != 0)
            return -ENOMEM;
    return left;
}

static int64_t
burst_of(const struct churn *churn) {
    int64_t burst = churn->knobs->burst, count = (int64_t)churn->count;
    return burst < count ? burst : count;
}

/* ---- The programs ------------------------------------------------------------------------------- */

static int
replace_burst(struct churn *churn) {
    int64_t deaths = resize_share(churn, burst_of(churn));
    int error = 0;

    if (deaths < 0)
        return -ENOMEM;
    let_burst_die(churn, deaths);
    for (int64_t i = 0; i < deaths && error == 0; i++)
        error = give_birth(churn, &churn->mix.born);
    return error;
}

/* Lets a burst die, and brings the live bytes to where they should be. What goes beyond replacing the dead
 * has the shares of what lives. */
static int
move_towards(struct churn *churn, uint64_t due_bytes) {
    int64_t deaths = resize_share(churn, burst_of(churn)), births = 0;
    int error = 0;

    if (deaths < 0)
        return -ENOMEM;
    let_burst_die(churn, deaths);
    while (churn->live_bytes > due_bytes && churn->count > 0)
        let_burst_die(churn, 1);
    for (; error == 0 && churn->live_bytes < due_bytes && churn->count < churn->capacity; births++)
        error = give_birth(churn, births < deaths ? &churn->mix.born : &churn->mix.living);
    return error;
}

/* The live bytes that are due when operation n of program `phases` ends. */
static uint64_t
due_bytes_at(const struct churn_knobs *knobs, double full, int64_t n) {
    double progress = (double)(n + 1) * PHASE_COUNT / (double)knobs->operations;

    if (progress < 1)
        return (uint64_t)(full * progress);
    if (progress <= PHASE_SHRINK)
        return (uint64_t)full;
    return (uint64_t)(full * (1 - (1 - knobs->left) * (progress - PHASE_SHRINK)));
}

static enum phase
phase_at(const struct churn_knobs *knobs, int64_t n) {
    if (knobs->program == PROGRAM_STEADY)
        return PHASE_STEADY;
    return (enum phase)(n * PHASE_COUNT / knobs->operations);
}

static void
tell_phase(struct churn *churn, enum phase phase) {
    int64_t resident = wl_resident_bytes(churn->run);

    churn->run->metrics[METRIC_LIVE + phase] = (double)churn->live_bytes;
    if (resident >= 0 && churn->resident >= 0 && churn->live_bytes > 0)
        churn->run->metrics[METRIC_RATIO + phase] =
            (double)(resident - churn->resident) / (double)churn->live_bytes;
}

static int
run_operation(struct churn *churn, int64_t n) {
    enum phase phase = phase_at(churn->knobs, n);
    bool is_steady = churn->knobs->program == PROGRAM_STEADY;
    uint64_t due = is_steady ? 0 : due_bytes_at(churn->knobs, churn->full, n);
    int error;

    churn->shift = phase >= PHASE_SHIFT ? churn->knobs->shift : 1;
    wl_begin(churn->run);
    error = is_steady ? replace_burst(churn) : move_towards(churn, due);
    wl_end(churn->run);
    if (n + 1 == churn->knobs->operations || phase_at(churn->knobs, n + 1) != phase)
        tell_phase(churn, phase);
    return error;
}

static int
run_program(struct churn *churn) {
    const struct churn_knobs *knobs = churn->knobs;
    int error = 0;

    churn->resident = wl_resident_bytes(churn->run);
    while (knobs->program == PROGRAM_STEADY && error == 0 && churn->count < (size_t)knobs->live)
        error = give_birth(churn, &churn->mix.living);
    for (int64_t n = 0; error == 0 && n < knobs->operations; n++)
        error = run_operation(churn, n);
    while (churn->count > 0)
        let_burst_die(churn, 1);
    return error;
}

static int
churn_run(struct wl_run *run) {
    struct churn *churn = run->state;
    int error;

    for (size_t i = 0; i < METRIC_COUNT; i++)
        run->metrics[i] = NAN;
    error = run_program(churn);

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

/* Sizes that shift to smaller ones need more blocks for as many bytes; random ones some more. */
static size_t
capacity_for(const struct churn_knobs *knobs) {
    double blocks = (double)knobs->live;

    if (knobs->program == PROGRAM_STEADY)
        return (size_t)knobs->live;
    return (size_t)(1.25 * blocks / (knobs->shift < 1 ? knobs->shift : 1)) + 1000;
}

static int
churn_prepare(struct wl_run *run) {
    const struct churn_knobs *knobs = run->knobs;
    struct churn *churn = calloc(1, sizeof *churn);
    double deviation;

    run->state = churn;
    if (churn == NULL)
        return -ENOMEM;
    churn->knobs = knobs;
    churn->run = run;
    churn->capacity = capacity_for(knobs);
    churn->shift = 1;
    churn->full = mean_size(knobs, &deviation) * (double)knobs->live;
    wl_rng_init(&churn->rng, run->seed);
    if (is_table(knobs))
        (void)read_mix(knobs, &churn->mix, NULL);
    churn->ring = malloc(churn->capacity * sizeof *churn->ring);
    churn->victims = malloc((size_t)knobs->burst * sizeof *churn->victims);
    if (churn->ring == NULL || churn->victims == NULL)
        return -ENOMEM;
    memset(churn->ring, 0xff, churn->capacity * sizeof *churn->ring);
    memset(churn->victims, 0xff, (size_t)knobs->burst * sizeof *churn->victims);
    return 0;
}

static void
churn_finish(struct wl_run *run) {
    struct churn *churn = run->state;

    if (churn != NULL) {
        free(churn->ring);
        free(churn->victims);
    }
    free(churn);
    run->state = NULL;
}

extern const struct wl_workload wl_churn;
const struct wl_workload wl_churn = {
    .name = "churn",
    .summary = "blocks are born and die without end; sizes and lifetimes follow laws",
    .caveat =
        "its blocks do not point to each other, and nobody reads them between birth and death",
    .version = 2,
    .knobs = {rows, sizeof rows / sizeof rows[0]},
    .knobs_bytes = sizeof(struct churn_knobs),
    .metrics = own_metrics,
    .metric_count = METRIC_COUNT,
    .check = churn_check,
    .peak_live_bytes = churn_peak_live_bytes,
    .operations = churn_operations,
    .prepare = churn_prepare,
    .run = churn_run,
    .finish = churn_finish,
};

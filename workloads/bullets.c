/* SPDX-License-Identifier: MIT
 *
 * bullets.c: a game's main loop. Bullets are fired, fly, and are gone; behind them stands a world.
 *
 * A round is `bullets.frames` frames. Each `bullets.every` frames a volley of `bullets.spawn` bullets is fired,
 * which fly `bullets.life` frames, moving by their own speed in each; some hit a target before. When a round
 * ends those in flight vanish. An operation is one frame, which may make scratch containers and drop them.
 * Behind each frame there is an idle window, and then a wait if frames come at a rate; behind each round a
 * manual point, and wherever an interpreter would look up from its work, a safe point.
 *
 * Invariants:
 *   - Of the bullets `bullets.cyclic_share`, evenly spread, refer to their shooter, which has a list of those
 *     of its volley. A volley that is over leaves shooter, list and those bullets to the collector; all
 *     other bullets die by count. Only the volley's own list, and the shooter's, refer to a bullet.
 *   - Of a volley `bullets.hit_share` is to hit something, evenly over its life; which, a walk through the volley
 *     says that begins anywhere and comes by every bullet once. None takes the place of a bullet that hit.
 *     One that refers to its shooter flies on, since it would not die by count.
 *   - All numbers are whole and small, so that floats are exact. Where a bullet is when it goes follows from
 *     its number and its age, and is compared; the digest folds it in, in the order of going.
 *   - The world is built before the first frame, and nobody touches it until the end: each of its things
 *     refers to one made earlier.
 *   - Classes and names are there before the run, and stay until the heap goes.
 */
#include "workloads/bullets_scratch.h"
#include "workloads/workload.h"

#include <errno.h>
#include <stdlib.h>

#include "workloads/rng.h"
#include "workloads/sizes.h"

enum layout {
    LAYOUT_INLINE,
    LAYOUT_DICT,
    LAYOUT_SLOTS
};

enum attribute {
    X,
    Y,
    DX,
    DY,
    DAMAGE,
    ANGLE,
    ATTRIBUTES_MOST,
    SHOOTER = ATTRIBUTES_MOST,
    NAMES
};

enum {
    CLASSES_BYTES = 3 * 2048, /* the classes, their keys and the names, about */
};

struct bullets_knobs {
    int64_t rounds, frames, spawn, every, life, attributes, layout, background, rate, scratch;
    double cyclic_share, hit_share;
};

enum {
    METRIC_FIRED,
    METRIC_HITS,
    METRICS
};

static const struct wl_metric metrics[METRICS] = {
    [METRIC_FIRED] = {"bullets.fired", "bullets", "none", "fired in all", true},
    [METRIC_HITS] = {"bullets.hits", "bullets", "none",
                     "freed by their count because they hit a target", true},
};

struct volley {
    struct en_object *bullets; /* a list; NULL: none in flight */
    int64_t first;             /* number of its first bullet */
    int64_t age;               /* frames that it has flown */
    int64_t next_hit;          /* the bullet that is the next to hit */
};

struct bullets {
    const struct bullets_knobs *knobs;
    struct wl_run *run;
    struct en_heap *heap;
    struct en_object *bullet_class, *shooter_class, *prop_class;
    struct en_object *names[NAMES], *bullets_name, *near_name;
    struct en_object *world;
    struct wl_bullets_scratch scratch;
    struct volley *volleys; /* a ring: the oldest at `oldest` */
    int64_t ring, oldest, flying;
    int64_t stride; /* of the walk through a volley; has no divisor in common with its length */
    int64_t fired, hits; /* bullets so far */
    uint64_t salt, digest;
    int64_t wrong;
};

static const char *const layouts[] = {"inline", "dict", "slots", NULL};
static const char *const names[NAMES] = {"x", "y", "dx", "dy", "damage", "angle", "shooter"};

static const struct rt_knob rows[] = {
    {.name = "bullets.rounds",
     .type = RT_KNOB_INTEGER,
     .offset = offsetof(struct bullets_knobs, rounds),
     .low = 1,
     .high = 100000,
     .initial = 2,
     .unit = "rounds",
     .help = "rounds; at the end of each is the point at which a game would collect by hand"},
    {.name = "bullets.frames",
     .type = RT_KNOB_INTEGER,
     .offset = offsetof(struct bullets_knobs, frames),
     .low = 1,
     .high = 10000000,
     .initial = 300,
     .unit = "frames",
     .help = "frames of a round"},
    {.name = "bullets.spawn",
     .type = RT_KNOB_INTEGER,
     .offset = offsetof(struct bullets_knobs, spawn),
     .low = 1,
     .high = 1000000,
     .initial = 50,
     .unit = "bullets",
     .help = "bullets of a volley"},
    {.name = "bullets.every",
     .type = RT_KNOB_INTEGER,
     .offset = offsetof(struct bullets_knobs, every),
     .low = 1,
     .high = 100000,
     .initial = 1,
     .unit = "frames",
     .help = "frames from one volley to the next; 1 is a steady stream, more makes bursts"},
    {.name = "bullets.life",
     .type = RT_KNOB_INTEGER,
     .offset = offsetof(struct bullets_knobs, life),
     .low = 1,
     .high = 100000,
     .initial = 60,
     .unit = "frames",
     .help = "frames that a bullet flies"},
    {.name = "bullets.cyclic_share",
     .type = RT_KNOB_RATIO,
     .offset = offsetof(struct bullets_knobs, cyclic_share),
     .ratio_low = 0,
     .ratio_high = 1,
     .ratio_initial = 0.2,
     .unit = "",
     .help = "of the bullets, those that refer to their shooter and it to them: when they are gone "
             "only the collector can free them"},
    {.name = "bullets.hit_share",
     .type = RT_KNOB_RATIO,
     .offset = offsetof(struct bullets_knobs, hit_share),
     .ratio_low = 0,
     .ratio_high = 1,
     .ratio_initial = 0.1,
     .unit = "",
     .help = "of the bullets, those that hit a target before their life is over, and are freed "
             "then and "
             "there by their count; those that refer to their shooter do not"},
    {.name = "bullets.scratch",
     .type = RT_KNOB_INTEGER,
     .offset = offsetof(struct bullets_knobs, scratch),
     .high = 1000000,
     .initial = 0,
     .unit = "containers",
     .help = "tuples, lists and dicts that each frame makes and drops: they bring collections "
             "nearer in "
             "which nothing is found"},
    {.name = "bullets.rate",
     .type = RT_KNOB_INTEGER,
     .offset = offsetof(struct bullets_knobs, rate),
     .high = 10000,
     .initial = 0,
     .unit = "frames/s",
     .help = "frames a second, which are waited for; 0 runs flat out"},
    {.name = "bullets.attributes",
     .type = RT_KNOB_INTEGER,
     .offset = offsetof(struct bullets_knobs, attributes),
     .low = DY + 1,
     .high = ATTRIBUTES_MOST,
     .initial = DY + 1,
     .unit = "attributes",
     .help = "floats that a bullet has: place and speed, and two that are only carried"},
    {.name = "bullets.layout",
     .type = RT_KNOB_ENUM,
     .offset = offsetof(struct bullets_knobs, layout),
     .high = LAYOUT_SLOTS,
     .initial = LAYOUT_INLINE,
     .choices = layouts,
     .unit = "",
     .help = "a bullet is an instance without a __dict__ of its own, one whose __dict__ was asked "
             "for, one with __slots__"},
    {.name = "bullets.background",
     .type = RT_KNOB_INTEGER,
     .offset = offsetof(struct bullets_knobs, background),
     .high = 100000000,
     .initial = 0,
     .unit = "objects",
     .help = "objects of the world that live throughout and that nobody touches"},
};

/* ---- Numbers ------------------------------------------------------------------------------------ */

static int64_t
number_at(const struct bullets *bullets, int64_t bullet, int attribute) {
    uint64_t drawn = wl_rng_mix(bullets->salt + (uint64_t)bullet * NAMES + (uint64_t)attribute);
    return attribute <= Y ? (int64_t)(drawn & 4095) : (int64_t)(drawn & 15) - 8;
}

/* How many of the first `count` bullets are cyclic. */
static int64_t
cyclic_among(const struct bullets_knobs *knobs, int64_t count) {
    return (int64_t)((double)count * knobs->cyclic_share);
}

/* ---- Firing ------------------------------------------------------------------------------------- */

static int
set_floats(struct bullets *bullets, struct en_object *bullet, int64_t number) {
    for (int a = 0; a < bullets->knobs->attributes; a++) {
        struct en_object *value = en_float(bullets->heap, (double)number_at(bullets, number, a));
        if (value == NULL)
            return -1;
        int error = en_attr_set(bullets->heap, bullet, bullets->names[a], value);
        en_decref(bullets->heap, value);
        if (error != 0)
            return -1;
    }
    return 0;
}

/* Into the volley, complete or not. */
static struct en_object *
make_bullet(struct bullets *bullets, struct en_object *volley, int64_t index,
            struct en_object *shooter) {
    struct en_heap *heap = bullets->heap;
    struct en_object *bullet = en_instance_new(heap, bullets->bullet_class);

    if (bullet == NULL)
        return NULL;
    en_list_put_steal(volley, (size_t)index, bullet);
    if (set_floats(bullets, bullet, bullets->fired + index) != 0 ||
        en_attr_set(heap, bullet, bullets->names[SHOOTER], shooter) != 0)
        return NULL;
    if (bullets->knobs->layout == LAYOUT_DICT && en_instance_dict(heap, bullet) == NULL)
        return NULL;
    return bullet;
}

/* A shooter with a list of so many items, yet empty; *ret_list is borrowed. */
static struct en_object *
make_shooter(struct bullets *bullets, int64_t count, struct en_object **ret_list) {
    struct en_heap *heap = bullets->heap;
    struct en_object *shooter = en_instance_new(heap, bullets->shooter_class);
    struct en_object *list = shooter == NULL ? NULL : en_list_new(heap, (size_t)count);
    int error = list == NULL ? -1 : en_attr_set(heap, shooter, bullets->bullets_name, list);

    en_xdecref(heap, list);
    if (error != 0) {
        en_xdecref(heap, shooter);
        return NULL;
    }
    *ret_list = list;
    return shooter;
}

static int
fill_volley(struct bullets *bullets, struct en_object *volley) {
    const struct bullets_knobs *knobs = bullets->knobs;
    int64_t before = cyclic_among(knobs, bullets->fired), done = before;
    int64_t after = cyclic_among(knobs, bullets->fired + knobs->spawn);
    struct en_object *list = NULL, *shooter = NULL, *none = en_none(bullets->heap);
    int error = 0;

    if (after > before) {
        shooter = make_shooter(bullets, after - before, &list);
        error = shooter == NULL ? -1 : 0;
    }
    for (int64_t i = 0; error == 0 && i < knobs->spawn; i++) {
        bool is_cyclic = cyclic_among(knobs, bullets->fired + i + 1) > done;
        struct en_object *bullet = make_bullet(bullets, volley, i, is_cyclic ? shooter : none);
        error = bullet == NULL ? -1 : 0;
        if (error == 0 && is_cyclic)
            en_list_put_steal(list, (size_t)(done++ - before), en_incref(bullet));
        en_safe_point(bullets->heap);
    }
    en_xdecref(bullets->heap, shooter);
    return error;
}

/* Anywhere in the volley. */
static int64_t
first_hit(const struct bullets *bullets) {
    uint64_t drawn = wl_rng_mix(bullets->salt ^ (uint64_t)bullets->fired);
    return (int64_t)(drawn % (uint64_t)bullets->knobs->spawn);
}

static int
fire_volley(struct bullets *bullets) {
    int64_t at = (bullets->oldest + bullets->flying) % bullets->ring;
    struct en_object *list = en_list_new(bullets->heap, (size_t)bullets->knobs->spawn);

    if (list == NULL)
        return -1;
    bullets->volleys[at] = (struct volley){list, bullets->fired, 0, first_hit(bullets)};
    bullets->flying++;
    int error = fill_volley(bullets, list);
    bullets->fired += bullets->knobs->spawn;
    return error;
}

/* ---- Flying ------------------------------------------------------------------------------------- */

/* place += speed */
static int
move_along(struct bullets *bullets, struct en_object *bullet, enum attribute place,
           enum attribute speed) {
    struct en_heap *heap = bullets->heap;
    struct en_object *from = en_attr_get(heap, bullet, bullets->names[place]);
    struct en_object *by = en_attr_get(heap, bullet, bullets->names[speed]);
    struct en_object *to = from == NULL || by == NULL
                               ? NULL
                               : en_float(heap, en_float_value(from) + en_float_value(by));
    int error = to == NULL ? -1 : en_attr_set(heap, bullet, bullets->names[place], to);

    en_xdecref(heap, from);
    en_xdecref(heap, by);
    en_xdecref(heap, to);
    return error;
}

static int
move_all(struct bullets *bullets) {
    const struct en_object *none = en_none(bullets->heap);
    int error = 0;

    for (int64_t v = 0; v < bullets->flying; v++) {
        struct volley *volley = &bullets->volleys[(bullets->oldest + v) % bullets->ring];
        for (int64_t i = 0; error == 0 && i < bullets->knobs->spawn; i++) {
            struct en_object *bullet = en_list_get(volley->bullets, (size_t)i);
            if (bullet == none)
                continue;
            error = move_along(bullets, bullet, X, DX);
            if (error == 0)
                error = move_along(bullets, bullet, Y, DY);
        }
        volley->age++;
    }
    return error;
}

/* ---- Going -------------------------------------------------------------------------------------- */

static int
check_place(struct bullets *bullets, struct en_object *bullet, int64_t number, int64_t age,
            enum attribute place) {
    struct en_object *value = en_attr_get(bullets->heap, bullet, bullets->names[place]);
    int64_t expected = number_at(bullets, number, (int)place) +
                       age * number_at(bullets, number, (int)place + (DX - X));

    if (value == NULL)
        return -1;
    double found = en_float_value(value);
    en_decref(bullets->heap, value);
    bullets->wrong += found != (double)expected;
    bullets->digest = bullets->digest * UINT64_C(0x9e3779b97f4a7c15) +
                      wl_rng_mix((uint64_t)(found == (double)expected ? expected : -1));
    return 0;
}

static int
check_bullet(struct bullets *bullets, const struct volley *volley, int64_t index) {
    struct en_object *bullet = en_list_get(volley->bullets, (size_t)index);
    int64_t number = volley->first + index;
    int error;

    if (bullet == en_none(bullets->heap))
        return 0;
    error = check_place(bullets, bullet, number, volley->age, X);
    return error == 0 ? check_place(bullets, bullet, number, volley->age, Y) : error;
}

/* How many of a volley were to hit something up to that age. */
static int64_t
hits_until(const struct bullets_knobs *knobs, int64_t age) {
    return (int64_t)((double)knobs->spawn * knobs->hit_share * (double)age / (double)knobs->life);
}

static int
hit_targets(struct bullets *bullets, struct volley *volley) {
    const struct bullets_knobs *knobs = bullets->knobs;
    int64_t count = hits_until(knobs, volley->age) - hits_until(knobs, volley->age - 1);
    int error = 0;

    for (; error == 0 && count > 0; count--) {
        int64_t index = volley->next_hit, number = volley->first + index;
        volley->next_hit = (index + bullets->stride) % knobs->spawn;
        if (cyclic_among(knobs, number + 1) > cyclic_among(knobs, number))
            continue;
        error = check_bullet(bullets, volley, index);
        en_list_set(bullets->heap, volley->bullets, (size_t)index, en_none(bullets->heap));
        bullets->hits++;
    }
    return error;
}

static int
hit_all(struct bullets *bullets) {
    int error = 0;

    for (int64_t v = 0; error == 0 && v < bullets->flying; v++)
        error = hit_targets(bullets, &bullets->volleys[(bullets->oldest + v) % bullets->ring]);
    return error;
}

/* Objects of a volley that the collector has to find. */
static uint64_t
count_trash(const struct bullets *bullets, const struct volley *volley) {
    const struct bullets_knobs *knobs = bullets->knobs;
    int64_t cyclic =
        cyclic_among(knobs, volley->first + knobs->spawn) - cyclic_among(knobs, volley->first);
    int64_t each = knobs->layout == LAYOUT_DICT ? 2 : 1;
    return cyclic == 0 ? 0 : (uint64_t)(cyclic * each + 2);
}

/* The oldest one. */
static int
drop_volley(struct bullets *bullets) {
    struct volley *volley = &bullets->volleys[bullets->oldest];
    int error = 0;

    for (int64_t i = 0; error == 0 && i < bullets->knobs->spawn; i++)
        error = check_bullet(bullets, volley, i);
    bullets->run->trash_objects += count_trash(bullets, volley);
    en_decref(bullets->heap, volley->bullets);
    volley->bullets = NULL;
    bullets->oldest = (bullets->oldest + 1) % bullets->ring;
    bullets->flying--;
    return error;
}

static int
drop_old(struct bullets *bullets, int64_t age) {
    int error = 0;
    while (error == 0 && bullets->flying > 0 && bullets->volleys[bullets->oldest].age >= age)
        error = drop_volley(bullets);
    return error;
}

/* ---- The world ---------------------------------------------------------------------------------- */

static int
build_world(struct bullets *bullets) {
    int64_t count = bullets->knobs->background;
    struct en_heap *heap = bullets->heap;
    struct wl_rng rng;

    if (count == 0)
        return 0;
    wl_rng_init(&rng, bullets->salt);
    bullets->world = en_list_new(heap, (size_t)count);
    if (bullets->world == NULL)
        return -1;
    for (int64_t i = 0; i < count; i++) {
        struct en_object *prop = en_instance_new(heap, bullets->prop_class);
        if (prop == NULL)
            return -1;
        en_list_put_steal(bullets->world, (size_t)i, prop);
        struct en_object *near =
            i == 0 ? en_none(heap) : en_list_get(bullets->world, wl_rng_below(&rng, (uint32_t)i));
        if (en_attr_set(heap, prop, bullets->near_name, near) != 0)
            return -1;
        en_safe_point(heap);
    }
    return 0;
}

/* ---- What it is going to need ------------------------------------------------------------------- */

static int64_t
volleys_in_flight(const struct bullets_knobs *knobs) {
    int64_t frames = knobs->life < knobs->frames ? knobs->life : knobs->frames;
    return (frames + knobs->every - 1) / knobs->every;
}

static int64_t
volleys_of_round(const struct bullets_knobs *knobs) {
    return (knobs->frames + knobs->every - 1) / knobs->every;
}

static int64_t
bullets_bytes(const struct bullets_knobs *knobs, int64_t count) {
    int64_t attributes = knobs->attributes, floats = count * attributes * WL_SIZES_FLOAT;

    if (knobs->layout == LAYOUT_SLOTS)
        return floats + count * (WL_SIZES_SLOTS + 8 * (attributes + 1));
    return floats + wl_sizes_values(count, attributes + 1) +
           count * (WL_SIZES_INSTANCE + (knobs->layout == LAYOUT_DICT ? WL_SIZES_DICT : 0));
}

/* Of as many volleys, the newest of which has just been fired. */
static int64_t
bullets_alive(const struct bullets_knobs *knobs, int64_t volleys) {
    double gone = 0;

    for (int64_t v = 0; v < volleys; v++)
        gone += (double)hits_until(knobs, v * knobs->every);
    return volleys * knobs->spawn - (int64_t)(gone * (1 - knobs->cyclic_share));
}

/* What a shooter and its list come to for so many volleys. */
static int64_t
shooters_bytes(const struct bullets_knobs *knobs, int64_t volleys) {
    int64_t cyclic = cyclic_among(knobs, volleys * knobs->spawn);
    int64_t shooters = cyclic < volleys ? cyclic : volleys;
    return shooters * (WL_SIZES_SLOTS + 8 + WL_SIZES_LIST) + 8 * cyclic;
}

static uint64_t
bullets_peak_live_bytes(const void *fields) {
    const struct bullets_knobs *knobs = fields;
    int64_t volleys = volleys_in_flight(knobs), props = knobs->background;
    int64_t world = props == 0 ? 0 : WL_SIZES_LIST + props * (8 + WL_SIZES_SLOTS + 8);

    return (uint64_t)(CLASSES_BYTES + world + wl_bullets_scratch_bytes(knobs->scratch) +
                      bullets_bytes(knobs, bullets_alive(knobs, volleys)) +
                      volleys * (WL_SIZES_LIST + 8 * knobs->spawn) +
                      shooters_bytes(knobs, volleys));
}

static uint64_t
bullets_peak_trash_bytes(const void *fields) {
    const struct bullets_knobs *knobs = fields;
    int64_t volleys = knobs->rounds * volleys_of_round(knobs), flying = volleys_in_flight(knobs);
    int64_t cyclic =
        cyclic_among(knobs, volleys * knobs->spawn) - cyclic_among(knobs, flying * knobs->spawn);

    return (uint64_t)(bullets_bytes(knobs, cyclic) + shooters_bytes(knobs, volleys) -
                      shooters_bytes(knobs, flying));
}

static uint64_t
bullets_operations(const void *fields) {
    const struct bullets_knobs *knobs = fields;
    return (uint64_t)(knobs->rounds * knobs->frames);
}

/* ---- The run ------------------------------------------------------------------------------------ */

static int
work_frame(struct bullets *bullets, int64_t frame) {
    int error = 0;

    if (frame % bullets->knobs->every == 0)
        error = fire_volley(bullets);
    if (error == 0)
        error = wl_bullets_scratch_make(&bullets->scratch, frame);
    if (error == 0)
        error = move_all(bullets);
    if (error == 0)
        error = hit_all(bullets);
    if (error == 0)
        error = drop_old(bullets, bullets->knobs->life);
    bullets->wrong += wl_bullets_scratch_drop(&bullets->scratch, frame);
    return error;
}

static int
run_frame(struct bullets *bullets, int64_t frame) {
    int64_t rate = bullets->knobs->rate;
    int error;

    if (rate > 0)
        wl_wait(bullets->run, bullets->run->operations * UINT64_C(1000000000) / (uint64_t)rate);
    wl_begin(bullets->run);
    en_safe_point(bullets->heap);
    error = work_frame(bullets, frame);
    wl_end(bullets->run);
    if (error == 0)
        en_idle_window(bullets->heap);
    return error;
}

static int
run_rounds(struct bullets *bullets) {
    int error = build_world(bullets);

    for (int64_t round = 0; error == 0 && round < bullets->knobs->rounds; round++) {
        for (int64_t frame = 0; error == 0 && frame < bullets->knobs->frames; frame++)
            error = run_frame(bullets, frame);
        if (error == 0)
            error = drop_old(bullets, 0);
        if (error == 0)
            en_manual_point(bullets->heap);
    }
    return error;
}

static void
release_all(struct bullets *bullets) {
    for (int64_t v = 0; v < bullets->ring; v++) {
        en_xdecref(bullets->heap, bullets->volleys[v].bullets);
        bullets->volleys[v].bullets = NULL;
    }
    en_xdecref(bullets->heap, bullets->world);
    bullets->world = NULL;
    en_gc_collect(bullets->heap, RT_GENERATIONS - 1);
    en_free_lists_clear(bullets->heap);
}

static int
bullets_run(struct wl_run *run) {
    struct bullets *bullets = run->state;
    int error = run_rounds(bullets);

    if (error != 0)
        error = -en_error(run->heap);
    wl_done(run);
    release_all(bullets);
    run->digest = wl_rng_mix(bullets->digest);
    run->metrics[METRIC_FIRED] = (double)bullets->fired;
    run->metrics[METRIC_HITS] = (double)bullets->hits;
    if (run->why != NULL && error != 0) {
        rt_text_string(run->why, "a request failed when ");
        rt_text_integer(run->why, bullets->fired);
        rt_text_string(run->why, " bullets were fired");
    } else if (run->why != NULL && bullets->wrong > 0) {
        rt_text_integer(run->why, bullets->wrong);
        rt_text_string(run->why,
                       " numbers of bullets and scratch containers were not what they had to be");
    }
    return error == 0 && bullets->wrong > 0 ? -EBADMSG : error;
}

/* ---- Before and after --------------------------------------------------------------------------- */

static struct en_object *
make_class(struct bullets *bullets, const char *name, const char *const *slots, int64_t count) {
    const struct en_class_spec spec = {.name = name, .slots = slots, .slot_count = (size_t)count};
    return en_class_new(bullets->heap, &spec);
}

/* What there is of them in case of a failure goes with drop_classes. */
static int
make_classes(struct bullets *bullets) {
    static const char *const bullets_slot[] = {"bullets"}, *const near_slot[] = {"near"};
    int64_t attributes = bullets->knobs->attributes;
    const char *slots[NAMES];
    bool complete = true;

    for (int64_t a = 0; a < attributes; a++)
        slots[a] = names[a];
    slots[attributes] = names[SHOOTER];
    for (int a = 0; complete && a < NAMES; a++)
        complete = (bullets->names[a] = en_name(bullets->heap, names[a])) != NULL;
    if (!complete || (bullets->bullets_name = en_name(bullets->heap, bullets_slot[0])) == NULL ||
        (bullets->near_name = en_name(bullets->heap, near_slot[0])) == NULL)
        return -1;
    bullets->scratch.key = bullets->names[X];
    if (bullets->knobs->layout == LAYOUT_SLOTS)
        bullets->bullet_class = make_class(bullets, "Bullet", slots, attributes + 1);
    else
        bullets->bullet_class = make_class(bullets, "Bullet", NULL, 0);
    if (bullets->bullet_class != NULL)
        bullets->shooter_class = make_class(bullets, "Shooter", bullets_slot, 1);
    if (bullets->shooter_class != NULL)
        bullets->prop_class = make_class(bullets, "Prop", near_slot, 1);
    return bullets->prop_class == NULL ? -1 : 0;
}

static void
drop_classes(struct bullets *bullets) {
    struct en_object **all[] = {&bullets->bullet_class, &bullets->shooter_class,
                                &bullets->prop_class, &bullets->bullets_name, &bullets->near_name};

    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        en_xdecref(bullets->heap, *all[i]);
        *all[i] = NULL;
    }
    for (size_t a = 0; a < NAMES; a++) {
        en_xdecref(bullets->heap, bullets->names[a]);
        bullets->names[a] = NULL;
    }
}

/* About two thirds of the volley, so that neighbours do not go together. */
static int64_t
find_stride(int64_t count) {
    int64_t stride = count * 5 / 8;

    for (;; stride++) {
        int64_t a = count, b = stride;
        while (b != 0) {
            int64_t rest = a % b;
            a = b;
            b = rest;
        }
        if (a == 1)
            return stride;
    }
}

static int
bullets_prepare(struct wl_run *run) {
    const struct bullets_knobs *knobs = run->knobs;
    struct bullets *bullets = calloc(1, sizeof *bullets);

    run->state = bullets;
    if (bullets == NULL)
        return -ENOMEM;
    bullets->knobs = knobs;
    bullets->run = run;
    bullets->heap = run->heap;
    bullets->salt = bullets->digest = wl_rng_derive(run->seed, 1);
    bullets->ring = volleys_in_flight(knobs);
    bullets->volleys = calloc((size_t)bullets->ring, sizeof *bullets->volleys);
    if (bullets->volleys == NULL)
        return -ENOMEM;
    bullets->stride = find_stride(knobs->spawn);
    bullets->scratch.heap = run->heap;
    bullets->scratch.count = knobs->scratch;
    bullets->scratch.items = calloc((size_t)knobs->scratch + 1, sizeof *bullets->scratch.items);
    if (bullets->scratch.items == NULL)
        return -ENOMEM;
    int error = make_classes(bullets);
    if (error != 0)
        drop_classes(bullets);
    return wl_prepared(run, error, "a request failed while the classes were made");
}

static void
bullets_finish(struct wl_run *run) {
    struct bullets *bullets = run->state;

    if (bullets != NULL) {
        drop_classes(bullets);
        free(bullets->volleys);
        free(bullets->scratch.items);
    }
    free(bullets);
    run->state = NULL;
}

extern const struct wl_workload wl_bullets;
const struct wl_workload wl_bullets = {
    .name = "bullets",
    .summary = "a game fires bullets, moves them frame by frame, and drops them, some of them as "
               "cyclic trash",
    .caveat = "without bullets.rate frames follow each other without waiting, so that an idle "
              "window is as "
              "long as the collector likes; nothing is drawn, and nobody looks at the world",
    .version = 2,
    .knobs = {rows, sizeof rows / sizeof rows[0]},
    .knobs_bytes = sizeof(struct bullets_knobs),
    .variant = "bullets.layout",
    .budget_ns = 16666667,
    .metrics = metrics,
    .metric_count = METRICS,
    .peak_live_bytes = bullets_peak_live_bytes,
    .peak_trash_bytes = bullets_peak_trash_bytes,
    .operations = bullets_operations,
    .round_operations = NULL,
    .prepare = bullets_prepare,
    .run = bullets_run,
    .finish = bullets_finish,
};

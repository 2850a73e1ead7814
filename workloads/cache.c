/* SPDX-License-Identifier: MIT
 *
 * cache.c: a cache with a limit in front of something slow, as a program in Python writes it.
 *
 * Its entries stand in a dict, key to value, the oldest first; the dict's order is all the order that there is.
 * Small values are the cache's. Of a large one, of `cache.weak_from` bytes or more, it has a weak reference
 * alone: such a value lives as long as somebody uses it, and when it dies the callback, a method bound to
 * the key, takes the entry out. Values are used by the last `cache.window` lookups.
 *
 * A lookup of a key that has no entry makes the value and puts it in; if the cache is full the first entry of
 * the dict goes before that. With `lru` an entry that is found goes to the dict's end. An operation is
 * `cache.batch` lookups, whose keys were drawn before.
 *
 * Invariants:
 *   - There are no more entries than `cache.capacity`; an entry's weak reference is never dead between
 *     lookups.
 *   - A value has its key and a payload, whose size follows from the key alone; each lookup compares.
 *   - hits + misses = lookups; misses - evictions - dead = entries.
 */
#include "workloads/workload.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "workloads/dist.h"
#include "workloads/rng.h"
#include "workloads/sizes.h"

enum policy {
    POLICY_FIFO,
    POLICY_LRU
};

enum {
    KEY_BYTES = 8,  /* of a key's text */
    STR_BYTES = 49, /* of a str and of bytes, besides what is in them */
    BYTES_BYTES = 33,
    WEAKREF_BYTES = 72,
    METHOD_BYTES = 64,
    BASE_BYTES = 3500, /* the class, its keys, names, the function: about */
    POINTS = 100,      /* of the series */
    MANUAL_POINTS = 10,
};

struct cache_knobs {
    int64_t lookups, keys;
    double skew;
    int64_t capacity, policy, value_bytes, weak_from, window, batch;
};

struct cache {
    const struct cache_knobs *knobs;
    struct wl_run *run;
    struct en_heap *heap;
    struct en_object *value_class, *key_name, *payload_name;
    struct en_code code;                                /* of the callback */
    struct en_object *forget, *keys, *entries, *window; /* the run's */
    struct wl_dist_zipf zipf;
    struct wl_rng rng;
    uint32_t *drawn;         /* the keys of the operation */
    uint32_t *payload_bytes; /* of each key's value */
    char *payload;
    int64_t done, hits, misses, evictions, dead, wrong;
    int64_t point_hits, point_done; /* when the last point was told */
    uint64_t sum, digest;
};

static const char *const policies[] = {"fifo", "lru", NULL};

static const struct rt_knob rows[] = {
    {.name = "cache.lookups",
     .type = RT_KNOB_INTEGER,
     .offset = offsetof(struct cache_knobs, lookups),
     .low = 1,
     .high = INT64_C(1000000000000),
     .initial = 200000,
     .unit = "lookups",
     .help = "lookups in the whole run"},
    {.name = "cache.keys",
     .type = RT_KNOB_INTEGER,
     .offset = offsetof(struct cache_knobs, keys),
     .low = 1,
     .high = 1000000,
     .initial = 10000,
     .unit = "keys",
     .help = "keys that there are to look up"},
    {.name = "cache.skew",
     .type = RT_KNOB_RATIO,
     .offset = offsetof(struct cache_knobs, skew),
     .ratio_low = 0,
     .ratio_high = 8,
     .ratio_initial = 1,
     .unit = "",
     .help =
         "how much more some keys are asked for than others: the k-th as often as 1 / k to this "
         "power; 0: all alike, 1: as words in a text; more of it is a higher hit rate"},
    {.name = "cache.capacity",
     .type = RT_KNOB_INTEGER,
     .offset = offsetof(struct cache_knobs, capacity),
     .low = 1,
     .high = 10000000,
     .initial = 1000,
     .unit = "entries",
     .help =
         "entries that the cache may have; more of them hit more often and take more memory, and "
         "the first of a large dict takes longer to find"},
    {.name = "cache.policy",
     .type = RT_KNOB_ENUM,
     .offset = offsetof(struct cache_knobs, policy),
     .high = POLICY_LRU,
     .initial = POLICY_FIFO,
     .choices = policies,
     .unit = "",
     .help = "which entry goes when the cache is full: the one put in first, or the one looked up "
             "the longest time ago, which moves an entry at each hit"},
    {.name = "cache.value_bytes",
     .type = RT_KNOB_SIZE,
     .offset = offsetof(struct cache_knobs, value_bytes),
     .low = 16,
     .high = 1 << 28,
     .initial = 512,
     .unit = "bytes",
     .help = "a value's payload on average; each key has its own size, up to twice that"},
    {.name = "cache.weak_from",
     .type = RT_KNOB_SIZE,
     .offset = offsetof(struct cache_knobs, weak_from),
     .low = 0,
     .high = 1 << 30,
     .initial = 768,
     .unit = "bytes",
     .help = "values with so large a payload are only referred to weakly: memory is less, and they "
             "are made anew when nobody uses them any more"},
    {.name = "cache.window",
     .type = RT_KNOB_INTEGER,
     .offset = offsetof(struct cache_knobs, window),
     .low = 1,
     .high = 1000000,
     .initial = 50,
     .unit = "lookups",
     .help = "the last lookups, whose values are still in use"},
    {.name = "cache.batch",
     .type = RT_KNOB_INTEGER,
     .offset = offsetof(struct cache_knobs, batch),
     .low = 1,
     .high = 1000000,
     .initial = 10,
     .unit = "lookups",
     .help = "lookups of one operation"},
};

static const struct wl_metric metrics[] = {
    {"cache.hit_rate", "ratio", "higher", "lookups that found an entry, of all", true},
    {"cache.hits", "lookups", "higher", "lookups that found an entry", true},
    {"cache.misses", "lookups", "lower", "lookups for which a value had to be made", true},
    {"cache.evictions", "entries", "lower", "entries that went because the cache was full", true},
    {"cache.dead_cleaned", "entries", "none",
     "entries that went because nobody used their large value any more", true},
    {"cache.size", "entries", "none", "entries at the end", true},
};

static const struct wl_series series[] = {
    {"cache.hits_of_1000", "lookups", "lookups",
     "of a thousand lookups those that found an entry, since the point before"},
};

/* ---- The formulas ------------------------------------------------------------------------------- */

static int64_t
smaller(int64_t one, int64_t other) {
    return one < other ? one : other;
}

/* The same in every run, so that the formula can know it. */
static int64_t
draw_payload(const struct cache_knobs *knobs, int64_t key) {
    uint64_t drawn = wl_rng_mix((uint64_t)key + 1);
    return 2 + (int64_t)(drawn % (uint64_t)(2 * knobs->value_bytes - 2));
}

/* What values of one kind come to. */
struct living {
    double count, bytes; /* the latter of one payload, on average */
};

/* A chance, or an expected number, of a key with a share of all lookups, which stays for so many of them. */
struct expectation {
    double (*of)(const struct expectation *self, double share);
    double window, stay;
    bool is_lru;
};

/* Summed up over the keys with large values, or over the others. */
static struct living
expect(const struct cache_knobs *knobs, bool is_weak, struct expectation expectation) {
    struct living living = {0};
    double whole = 0, bytes = 0;

    for (int64_t key = 0; key < knobs->keys; key++)
        whole += pow((double)key + 1, -knobs->skew);
    for (int64_t key = 0; key < knobs->keys; key++) {
        int64_t payload = draw_payload(knobs, key);
        if ((payload >= knobs->weak_from) != is_weak)
            continue;
        double share = pow((double)key + 1, -knobs->skew) / whole;
        double expected = expectation.of(&expectation, share);
        living.count += expected;
        bytes += expected * (double)payload;
    }
    living.bytes = living.count > 0 ? bytes / living.count : 0;
    return living;
}

/* It comes up in the window. */
static double
comes_up(const struct expectation *self, double share) {
    return share < 1 ? -expm1(self->window * log1p(-share)) : 1;
}

/* It is in a cache from which entries go so long after they were put in, or last found (Che's approximation). */
static double
is_in(const struct expectation *self, double share) {
    return self->is_lru ? -expm1(-share * self->stay)
                        : share * self->stay / (1 + share * self->stay);
}

/* Its values that went from that cache within the window, and were used after it had begun: for certain when they
 * were put in then, or last found. */
static double
outlive(const struct expectation *self, double share) {
    double certain = self->window > self->stay ? self->window - self->stay : 0;
    struct expectation before = {.window = self->window - certain};
    double perhaps = self->is_lru ? 0 : before.window - comes_up(&before, share) / share;

    return share * (1 - is_in(self, share)) * (certain + perhaps);
}

/* The values that are used and not in the cache any more, in which there is room for so many. */
static struct living
expect_outliving(const struct cache_knobs *knobs, double room) {
    struct expectation expectation = {.of = is_in,
                                      .window = (double)knobs->window,
                                      .stay = room / 2 + 0.5,
                                      .is_lru = knobs->policy == POLICY_LRU};

    for (double step = 1024; step > 1.01; step = sqrt(step))
        while (expectation.stay < 1e15) {
            struct expectation longer = expectation;
            longer.stay *= step;
            if (expect(knobs, false, longer).count > room)
                break;
            expectation = longer;
        }
    expectation.of = outlive;
    return expect(knobs, false, expectation);
}

/* The first instances of a class have more room than later ones, and stay where all stay. */
static double
values_bytes(struct living living, bool all_stay) {
    const int64_t count = (int64_t)(living.count + 0.5), first = all_stay ? 0 : 100;
    const int64_t room = wl_sizes_values(first + count, 2) - wl_sizes_values(first, 2);

    return living.count * (WL_SIZES_INSTANCE + BYTES_BYTES + living.bytes) + (double)room;
}

/* Where entries come and go, the dict is made anew from time to time, in the end as large as before. */
static int64_t
entries_bytes(int64_t entries, bool all_stay, bool is_still) {
    int64_t slots = 8;

    if (is_still)
        return wl_sizes_dict_peak(entries, 0);
    while (slots <= 3 * entries)
        slots *= 2;
    return WL_SIZES_DICT + wl_sizes_string_keys(slots) +
           wl_sizes_string_keys(all_stay ? slots / 2 : slots);
}

static uint64_t
cache_peak_live_bytes(const void *fields) {
    const struct cache_knobs *knobs = fields;
    const double window = (double)smaller(knobs->window, knobs->lookups);
    struct living weak =
        expect(knobs, true, (struct expectation){.of = comes_up, .window = window});
    struct living strong = expect(
        knobs, false, (struct expectation){.of = comes_up, .window = (double)knobs->lookups});
    struct living more = {0};
    double room = (double)knobs->capacity - weak.count;
    bool all_stay = strong.count <= room;
    bool is_still = all_stay && weak.count < 1 && knobs->policy == POLICY_FIFO;

    if (!all_stay) {
        strong.count = room > 0 ? room : 0;
        if (knobs->window > knobs->capacity / 10) /* else next to none */
            more = expect_outliving(knobs, strong.count);
    }
    double bytes = values_bytes(strong, all_stay) + values_bytes(weak, false) +
                   values_bytes(more, false) + weak.count * (WEAKREF_BYTES + METHOD_BYTES);
    bytes += (double)entries_bytes((int64_t)(strong.count + weak.count + 0.5), all_stay, is_still);
    bytes += (double)(knobs->keys * (STR_BYTES + KEY_BYTES + 8) + 8 * knobs->window);
    return (uint64_t)bytes + BASE_BYTES;
}

static uint64_t
cache_operations(const void *fields) {
    const struct cache_knobs *knobs = fields;
    return (uint64_t)((knobs->lookups + knobs->batch - 1) / knobs->batch);
}

/* ---- Values ------------------------------------------------------------------------------------- */

/* What the cache stands in front of. */
static struct en_object *
load_value(struct cache *cache, int64_t number, struct en_object *key) {
    struct en_heap *heap = cache->heap;
    struct en_object *value = en_instance_new(heap, cache->value_class);
    struct en_object *payload =
        value == NULL ? NULL : en_bytes(heap, cache->payload, cache->payload_bytes[number]);
    int error = payload == NULL ? -1 : en_attr_set(heap, value, cache->key_name, key);

    if (error == 0)
        error = en_attr_set(heap, value, cache->payload_name, payload);
    en_xdecref(heap, payload);
    if (error == 0)
        return value;
    en_xdecref(heap, value);
    return NULL;
}

static int
check_value(struct cache *cache, int64_t number, const struct en_object *key,
            struct en_object *value) {
    struct en_heap *heap = cache->heap;
    struct en_object *found = en_attr_get(heap, value, cache->key_name);
    struct en_object *payload =
        found == NULL ? NULL : en_attr_get(heap, value, cache->payload_name);

    if (payload != NULL) {
        int64_t bytes = (int64_t)en_bytes_length(payload);
        cache->wrong += found != key || bytes != cache->payload_bytes[number];
        cache->sum += wl_rng_mix((uint64_t)number) ^ (uint64_t)bytes;
    }
    en_xdecref(heap, found);
    en_xdecref(heap, payload);
    return payload == NULL ? -1 : 0;
}

/* ---- The cache ---------------------------------------------------------------------------------- */

/* The callback, a method of the key: the value is dead. Another one may have its place by now. */
static struct en_object *
forget_dead(struct en_heap *heap, struct en_self *self, struct en_object *const *args,
            size_t count) {
    struct cache *cache = en_data(self);

    (void)count;
    if (cache->entries != NULL && en_dict_get(heap, cache->entries, args[0]) == args[1]) {
        if (en_dict_delete(heap, cache->entries, args[0]) != 0)
            return NULL;
        cache->dead++;
    }
    return en_incref(en_none(heap));
}

static int
evict_oldest(struct cache *cache) {
    struct en_object *key, *entry;
    size_t position = 0;

    if (!en_dict_next(cache->entries, &position, &key, &entry))
        return 0;
    en_incref(key);
    int error = en_dict_delete(cache->heap, cache->entries, key);
    en_decref(cache->heap, key);
    cache->evictions += error == 0;
    return error;
}

/* What refers to it without keeping it. */
static struct en_object *
make_reference(struct cache *cache, struct en_object *key, struct en_object *value) {
    struct en_object *callback = en_method_new(cache->heap, cache->forget, key);
    struct en_object *weakref =
        callback == NULL ? NULL : en_weakref_new(cache->heap, value, callback);

    en_xdecref(cache->heap, callback);
    return weakref;
}

static int
put(struct cache *cache, bool is_weak, struct en_object *key, struct en_object *value) {
    struct en_heap *heap = cache->heap;
    int error = 0;

    if ((int64_t)en_dict_length(cache->entries) >= cache->knobs->capacity)
        error = evict_oldest(cache);
    if (error != 0)
        return error;
    struct en_object *entry = is_weak ? make_reference(cache, key, value) : en_incref(value);
    error = entry == NULL ? -1 : en_dict_set(heap, cache->entries, key, entry);
    en_xdecref(heap, entry);
    return error;
}

static int
move_to_end(struct cache *cache, struct en_object *key, struct en_object *entry) {
    en_incref(entry);
    int error = en_dict_delete(cache->heap, cache->entries, key);
    if (error == 0)
        error = en_dict_set(cache->heap, cache->entries, key, entry);
    en_decref(cache->heap, entry);
    return error;
}

/* The value is the caller's; NULL: failed. */
static struct en_object *
look_up(struct cache *cache, int64_t number, struct en_object *key) {
    bool is_weak = cache->payload_bytes[number] >= cache->knobs->weak_from;
    struct en_object *entry = en_dict_get(cache->heap, cache->entries, key);
    struct en_object *value = entry != NULL && is_weak ? en_weakref_get(cache->heap, entry) : entry;
    int error = 0;

    if (value != NULL) {
        cache->hits++;
        en_incref(value);
        if (cache->knobs->policy == POLICY_LRU)
            error = move_to_end(cache, key, entry);
    } else {
        cache->misses++;
        value = load_value(cache, number, key);
        error = value == NULL ? -1 : put(cache, is_weak, key, value);
    }
    if (error == 0)
        return value;
    en_xdecref(cache->heap, value);
    return NULL;
}

static int
serve_lookup(struct cache *cache, int64_t number) {
    struct en_object *key = en_list_get(cache->keys, (size_t)number);
    struct en_object *value = look_up(cache, number, key);
    int error = value == NULL ? -1 : check_value(cache, number, key, value);

    if (error == 0)
        en_list_set(cache->heap, cache->window, (size_t)(cache->done % cache->knobs->window),
                    value);
    en_xdecref(cache->heap, value);
    cache->done += error == 0;
    en_safe_point(cache->heap);
    return error;
}

/* ---- The run ------------------------------------------------------------------------------------ */

static int
make_keys(struct cache *cache) {
    struct en_heap *heap = cache->heap;

    cache->keys = en_list_repeat(heap, en_none(heap), (size_t)cache->knobs->keys);
    for (int64_t i = 0; cache->keys != NULL && i < cache->knobs->keys; i++) {
        char text[KEY_BYTES];
        int64_t rest = i;
        for (int at = KEY_BYTES - 1; at >= 0; at--, rest /= 10)
            text[at] = (char)(at == 0 ? 'k' : '0' + rest % 10);
        struct en_object *key = en_str(heap, text, KEY_BYTES);
        if (key == NULL)
            return -1;
        en_list_set(heap, cache->keys, (size_t)i, key);
        en_decref(heap, key);
    }
    return cache->keys == NULL ? -1 : 0;
}

static int
make_cache(struct cache *cache) {
    struct en_heap *heap = cache->heap;

    if (make_keys(cache) != 0)
        return -1;
    cache->forget = en_function_new(heap, &cache->code, NULL);
    if (cache->forget != NULL)
        cache->window = en_list_repeat(heap, en_none(heap), (size_t)cache->knobs->window);
    if (cache->window != NULL)
        cache->entries = en_dict_new(heap);
    return cache->entries == NULL ? -1 : 0;
}

static int
run_batch(struct cache *cache, int64_t count) {
    int error = 0;

    for (int64_t i = 0; i < count; i++)
        cache->drawn[i] = wl_dist_zipf_draw(&cache->zipf, &cache->rng);
    wl_begin(cache->run);
    for (int64_t i = 0; error == 0 && i < count; i++)
        error = serve_lookup(cache, cache->drawn[i]);
    cache->digest = wl_rng_mix(cache->digest ^ cache->sum);
    wl_end(cache->run);
    return error;
}

/* Each hundredth of the run. */
static void
say_hits(struct cache *cache) {
    const int64_t every = (cache->knobs->lookups + POINTS - 1) / POINTS;
    int64_t lookups = cache->done - cache->point_done;

    if (lookups < every && cache->done < cache->knobs->lookups)
        return;
    wl_point(cache->run, 0, cache->done, (cache->hits - cache->point_hits) * 1000 / lookups);
    cache->point_hits = cache->hits;
    cache->point_done = cache->done;
}

static int
run_lookups(struct cache *cache) {
    const struct cache_knobs *knobs = cache->knobs;
    int64_t next_manual = knobs->lookups / MANUAL_POINTS;
    int error = make_cache(cache);

    while (error == 0 && cache->done < knobs->lookups) {
        error = run_batch(cache, smaller(knobs->batch, knobs->lookups - cache->done));
        if (error != 0)
            break;
        en_idle_window(cache->heap);
        say_hits(cache);
        if (cache->done >= next_manual) {
            en_manual_point(cache->heap);
            next_manual += knobs->lookups / MANUAL_POINTS;
        }
    }
    return error;
}

/* The cache goes first, so that no callback finds it; what is in use goes last. */
static void
drop_cache(struct cache *cache) {
    struct en_heap *heap = cache->heap;
    struct en_object *entries = cache->entries;

    cache->entries = NULL;
    en_xdecref(heap, entries);
    en_xdecref(heap, cache->window);
    en_xdecref(heap, cache->keys);
    en_xdecref(heap, cache->forget);
    cache->window = cache->keys = cache->forget = NULL;
    en_gc_collect(heap, RT_GENERATIONS - 1);
    en_free_lists_clear(heap);
}

static void
tell(struct cache *cache) {
    double *ret_metrics = cache->run->metrics;

    ret_metrics[0] = (double)cache->hits / (double)(cache->hits + cache->misses);
    ret_metrics[1] = (double)cache->hits;
    ret_metrics[2] = (double)cache->misses;
    ret_metrics[3] = (double)cache->evictions;
    ret_metrics[4] = (double)cache->dead;
    ret_metrics[5] = (double)en_dict_length(cache->entries);
    cache->wrong +=
        cache->misses - cache->evictions - cache->dead != (int64_t)en_dict_length(cache->entries);
}

static int
cache_run(struct wl_run *run) {
    struct cache *cache = run->state;
    int error = run_lookups(cache);

    if (error != 0)
        error = -en_error(run->heap);
    else
        tell(cache);
    wl_done(run);
    drop_cache(cache);
    run->digest = wl_rng_mix(cache->digest ^ (uint64_t)cache->hits);
    return wl_ended(run, error, cache->done, "lookups", cache->wrong,
                    "lookups did not give what was put in");
}

/* ---- Before and after --------------------------------------------------------------------------- */

static int
make_class(struct cache *cache) {
    const struct en_class_spec spec = {.name = "Value"};

    cache->key_name = en_name(cache->heap, "key");
    if (cache->key_name != NULL)
        cache->payload_name = en_name(cache->heap, "payload");
    if (cache->payload_name != NULL)
        cache->value_class = en_class_new(cache->heap, &spec);
    return cache->value_class == NULL ? -1 : 0;
}

static void
drop_class(struct cache *cache) {
    en_xdecref(cache->heap, cache->value_class);
    en_xdecref(cache->heap, cache->key_name);
    en_xdecref(cache->heap, cache->payload_name);
    cache->value_class = cache->key_name = cache->payload_name = NULL;
}

static int
cache_prepare(struct wl_run *run) {
    const struct cache_knobs *knobs = run->knobs;
    struct cache *cache = calloc(1, sizeof *cache);

    run->state = cache;
    if (cache == NULL)
        return -ENOMEM;
    cache->knobs = knobs;
    cache->run = run;
    cache->heap = run->heap;
    cache->digest = wl_rng_derive(run->seed, 1);
    wl_rng_init(&cache->rng, wl_rng_derive(run->seed, 2));
    wl_dist_zipf_init(&cache->zipf, (uint32_t)knobs->keys, knobs->skew);
    cache->drawn = calloc((size_t)knobs->batch, sizeof *cache->drawn);
    cache->payload = malloc((size_t)(2 * knobs->value_bytes));
    cache->payload_bytes = malloc((size_t)knobs->keys * sizeof *cache->payload_bytes);
    if (cache->drawn == NULL || cache->payload == NULL || cache->payload_bytes == NULL)
        return -ENOMEM;
    for (int64_t key = 0; key < knobs->keys; key++)
        cache->payload_bytes[key] = (uint32_t)draw_payload(knobs, key);
    memset(cache->payload, 'x', (size_t)(2 * knobs->value_bytes));
    int error = en_code_init(run->heap, &cache->code, forget_dead, cache, 2);
    if (error == 0)
        error = make_class(cache);
    if (error != 0)
        drop_class(cache);
    return wl_prepared(run, error, "a request failed while the class was made");
}

static void
cache_finish(struct wl_run *run) {
    struct cache *cache = run->state;

    if (cache != NULL) {
        drop_class(cache);
        en_code_fini(run->heap, &cache->code);
        free(cache->drawn);
        free(cache->payload);
        free(cache->payload_bytes);
    }
    free(cache);
    run->state = NULL;
}

extern const struct wl_workload wl_cache;
const struct wl_workload wl_cache = {
    .name = "cache",
    .summary =
        "a cache with a limit, which refers to large values weakly, is asked for keys of which "
        "some are more popular than others",
    .caveat = "making a value costs little here, so that a miss is cheap; keys are asked for "
              "independently of each other and of the time",
    .version = 1,
    .knobs = {rows, sizeof rows / sizeof rows[0]},
    .knobs_bytes = sizeof(struct cache_knobs),
    .metrics = metrics,
    .metric_count = sizeof metrics / sizeof metrics[0],
    .series = series,
    .series_count = sizeof series / sizeof series[0],
    .peak_live_bytes = cache_peak_live_bytes,
    .operations = cache_operations,
    .prepare = cache_prepare,
    .run = cache_run,
    .finish = cache_finish,
};

/* SPDX-License-Identifier: MIT
 *
 * dist.c: laws of distribution. See dist.h.
 *
 * A table with n rows of weights w summing to W becomes n columns of height W each. Small rows (w*n < W)
 * are topped up with the surplus of one large row, so that a column holds at most two values: its own up
 * to the threshold, and one alias above it.
 */
#include "workloads/dist.h"

#include <errno.h>
#include <math.h>

uint32_t
wl_dist_uniform(struct wl_rng *rng, uint32_t low, uint32_t high) {
    return low + wl_rng_below(rng, high - low + 1);
}

double
wl_dist_uniform_mean(uint32_t low, uint32_t high) {
    return ((double)low + (double)high) / 2;
}

uint32_t
wl_dist_geometric(struct wl_rng *rng, double mean) {
    /* floor(log(u) / log(q)) is geometric with mean q / (1 - q), for u uniform in (0, 1]. */
    double steps = log(1 - wl_rng_unit(rng)) / log(mean / (1 + mean));
    return steps < 4294967295.0 ? (uint32_t)steps : UINT32_MAX;
}

/* ---- Popularity ---------------------------------------------------------------------------------
 * With f(x) = x^-skew, k = 1, 2, ... has the stretch of length f(k) that ends at F(k + 1/2), F being the integral
 * of f. f is convex, so these stretches do not overlap; a number in [low, high] that falls between them is
 * drawn again. */

/* F(x), with F(1) = 0. */
static double
integral(double skew, double x) {
    return fabs(1 - skew) < 1e-9 ? log(x) : expm1((1 - skew) * log(x)) / (1 - skew);
}

static double
integral_inverse(double skew, double y) {
    return fabs(1 - skew) < 1e-9 ? exp(y) : exp(log1p((1 - skew) * y) / (1 - skew));
}

void
wl_dist_zipf_init(struct wl_dist_zipf *zipf, uint32_t count, double skew) {
    zipf->count = count;
    zipf->skew = skew;
    zipf->low = integral(skew, 1.5) - 1;
    zipf->high = integral(skew, (double)count + 0.5);
    zipf->sure = 2 - integral_inverse(skew, integral(skew, 2.5) - pow(2, -skew));
}

uint32_t
wl_dist_zipf_draw(const struct wl_dist_zipf *zipf, struct wl_rng *rng) {
    for (;;) {
        double drawn = zipf->high - wl_rng_unit(rng) * (zipf->high - zipf->low);
        double x = integral_inverse(zipf->skew, drawn), k = floor(x + 0.5);

        k = k < 1 ? 1 : k > zipf->count ? zipf->count : k;
        if (k - x <= zipf->sure || drawn >= integral(zipf->skew, k + 0.5) - pow(k, -zipf->skew))
            return (uint32_t)k - 1;
    }
}

/* ---- Tables ------------------------------------------------------------------------------------- */

static uint64_t
sum_weights(const struct wl_dist_row *rows, size_t count) {
    uint64_t sum = 0;
    for (size_t i = 0; i < count; i++)
        sum += rows[i].weight;
    return sum;
}

/* height / whole as a 32-bit fraction; a full column keeps everything but one part in 2^32. */
static uint32_t
threshold_of(uint64_t height, uint64_t whole) {
    uint64_t fraction = (height << 32) / whole;
    return fraction > UINT32_MAX ? UINT32_MAX : (uint32_t)fraction;
}

void
wl_dist_table_init(struct wl_dist_table *table, const struct wl_dist_row *rows, size_t count) {
    uint64_t height[WL_DIST_TABLE_ROWS];
    size_t small[WL_DIST_TABLE_ROWS], large[WL_DIST_TABLE_ROWS], smalls = 0, larges = 0;
    uint64_t whole = sum_weights(rows, count);

    table->count = count;
    for (size_t i = 0; i < count; i++) {
        height[i] = (uint64_t)rows[i].weight * count;
        table->value[i] = table->alias[i] = rows[i].value;
        table->threshold[i] = UINT32_MAX;
        if (height[i] < whole)
            small[smalls++] = i;
        else
            large[larges++] = i;
    }
    while (smalls > 0 && larges > 0) {
        size_t low = small[--smalls], high = large[larges - 1];
        table->threshold[low] = threshold_of(height[low], whole);
        table->alias[low] = rows[high].value;
        height[high] -= whole - height[low];
        if (height[high] < whole) {
            larges--;
            small[smalls++] = high;
        }
    }
}

double
wl_dist_table_mean(const struct wl_dist_row *rows, size_t count) {
    double sum = 0;
    for (size_t i = 0; i < count; i++)
        sum += (double)rows[i].value * rows[i].weight;
    return sum / (double)sum_weights(rows, count);
}

const struct wl_dist_row *
wl_dist_python_sizes(size_t *ret_count) {
    static const struct wl_dist_row rows[] = {
        {24, 120}, /* float */
        {28, 140}, /* int of one digit */
        {32, 30},  /* int of two digits */
        {40, 40},  /* bytes and short tuples' bodies */
        {48, 60},  /* cell, slot wrapper, small instance */
        {52, 70},  /* str of a few letters */
        {56, 110}, /* instance, tuple of two */
        {64, 110}, /* str, tuple of three, dict header */
        {72, 70},  /* instance with a weak reference list, tuple of four */
        {80, 40},  /* str */
        {88, 30},  /* list's first growth steps */
        {104, 40}, /* keys shared by inline values */
        {120, 30}, /* list of a few elements */
        {136, 25}, /* exception, frame parts */
        {160, 20}, /* function */
        {184, 15}, /* longer str */
        {200, 10}, /* list */
        {232, 25}, /* keys of a dict with up to five entries */
        {256, 10}, /* list */
        {352, 10}, /* keys of a dict with up to ten entries */
        {424, 5},  /* generator with its frame */
        {512, 5},  /* longer str, list */
        {640, 4},  /* keys of a dict with up to twenty entries */
        {1088, 4}, /* class */
        {2272, 2}, /* keys, list */
        {4160, 1}, /* buffer */
        {8248, 1}, /* buffer */
    };

    *ret_count = sizeof rows / sizeof rows[0];
    return rows;
}

/* ---- Mixes -------------------------------------------------------------------------------------- */

/* The weights' sum stays below 2^26 with the most of all: 64 rows of weight 10,000 that live 100 times as
 * long. */
static void
build_tables(struct wl_dist_mix *mix) {
    struct wl_dist_row born[WL_DIST_TABLE_ROWS], living[WL_DIST_TABLE_ROWS];

    mix->has_lives = false;
    for (size_t i = 0; i < mix->count; i++) {
        born[i] = (struct wl_dist_row){(uint32_t)i, mix->rows[i].weight};
        living[i] = (struct wl_dist_row){(uint32_t)i, mix->rows[i].weight * mix->lives[i]};
        mix->has_lives = mix->has_lives || mix->lives[i] != 1;
    }
    wl_dist_table_init(&mix->born, born, mix->count);
    wl_dist_table_init(&mix->living, living, mix->count);
}

void
wl_dist_mix_init(struct wl_dist_mix *mix, const struct wl_dist_row *rows, size_t count) {
    mix->count = count;
    for (size_t i = 0; i < count; i++) {
        mix->rows[i] = rows[i];
        mix->lives[i] = 1;
    }
    build_tables(mix);
}

double
wl_dist_mix_mean(const struct wl_dist_mix *mix, double *ret_deviation) {
    double sum = 0, squares = 0, weights = 0;

    for (size_t i = 0; i < mix->count; i++) {
        double weight = (double)mix->rows[i].weight * mix->lives[i], value = mix->rows[i].value;
        weights += weight;
        sum += weight * value;
        squares += weight * value * value;
    }
    *ret_deviation = sqrt(squares / weights - sum / weights * (sum / weights));
    return sum / weights;
}

/* Digits for a number from 1 to `most`; the rest of the text, or NULL. */
static const char *
read_number(const char *text, uint32_t most, uint32_t *ret_number) {
    uint32_t number = 0;

    for (; *text >= '0' && *text <= '9'; text++) {
        number = number * 10 + (uint32_t)(*text - '0');
        if (number > most)
            return NULL;
    }
    *ret_number = number;
    return number == 0 ? NULL : text;
}

/* The same; behind a row is what parts rows, or the end. */
static const char *
read_row(const char *text, struct wl_dist_row *ret_row, uint32_t *ret_life) {
    *ret_life = 1;
    text = read_number(text, WL_DIST_VALUE_MOST, &ret_row->value);
    if (text == NULL || *text != ':')
        return NULL;
    text = read_number(text + 1, WL_DIST_WEIGHT_MOST, &ret_row->weight);
    if (text != NULL && *text == ':')
        text = read_number(text + 1, WL_DIST_LIFE_MOST, ret_life);
    return text == NULL || (*text != ' ' && *text != '/' && *text != '\0') ? NULL : text;
}

static int
refuse_row(struct rt_text *why, size_t row) {
    if (why != NULL) {
        rt_text_string(why, "row ");
        rt_text_unsigned(why, row);
        rt_text_string(why,
                       " of the table is not size:weight or size:weight:life, with sizes up to "
                       "1048576, weights to 10000, lives to 100");
    }
    return -EINVAL;
}

int
wl_dist_mix_parse(struct wl_dist_mix *mix, const char *text, struct rt_text *why) {
    size_t count = 0;

    for (;; count++) {
        while (*text == ' ' || *text == '/')
            text++;
        if (*text == '\0' && count > 0)
            break;
        text = count < WL_DIST_TABLE_ROWS ? read_row(text, &mix->rows[count], &mix->lives[count])
                                          : NULL;
        if (text == NULL)
            return refuse_row(why, count + 1);
    }
    mix->count = count;
    build_tables(mix);
    return 0;
}

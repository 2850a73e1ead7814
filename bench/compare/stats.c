/* SPDX-License-Identifier: MIT
 *
 * compare/stats.c: see compare/stats.h for why it is done so.
 *
 * Student's distribution with a whole number v of degrees has a finite sum (Abramowitz and Stegun 26.7.3
 * and 4): with s = sin and c = cos of atan(t / sqrt(v)), what lies within t is
 *
 *     v even: s (1 + 1/2 c^2 + 1*3/(2*4) c^4 + ... up to c^(v - 2))
 *     v odd:  2/pi (atan(t / sqrt(v)) + s (c + 2/3 c^3 + 2*4/(3*5) c^5 + ... up to c^(v - 2)))
 *
 * Without an end both sums come to 1, so what lies beyond t is the rest of the sum: all terms are positive,
 * and even the smallest tail is right in all its digits. For small t the rest has very many terms, and the
 * finite part is taken.
 */
#include "bench/compare/stats.h"

#include <errno.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "workloads/rng.h"

static const double pi = 3.14159265358979323846;

enum {
    SEED = 0x8b10c5,
    NEEDED_MOST = 1000,
    HALVINGS = 80
};

/* ---- Distributions ------------------------------------------------------------------------------------ */

double
bench_compare_stats_normal_bound(double beyond) {
    double low = 0, high = 40;

    for (int i = 0; i < HALVINGS; i++) {
        double middle = (low + high) / 2;
        if (erfc(middle / sqrt(2)) > beyond)
            low = middle;
        else
            high = middle;
    }
    return (low + high) / 2;
}

double
bench_compare_stats_t_beyond(double t, unsigned degrees) {
    double square = degrees / (degrees + t * t), sine = fabs(t) / sqrt(degrees + t * t);
    unsigned odd = degrees % 2, k = 0, last = degrees / 2;
    double term = odd ? sine * sqrt(square) * 2 / pi : sine, sum = 0;

    if (degrees == 0 || isnan(t))
        return NAN;
    for (; k < last; k++) { /* term k is that of c^(2 k + odd) */
        sum += term;
        term *= square * (2 * k + 1 + odd) / (2 * k + 2 + odd);
    }
    if (fabs(t) < 1)
        return 1 - sum - (odd ? 2 / pi * atan(fabs(t) / sqrt(degrees)) : 0);
    for (sum = 0; term > sum * 1e-17; k++) {
        sum += term;
        term *= square * (2 * k + 1 + odd) / (2 * k + 2 + odd);
    }
    return sum;
}

double
bench_compare_stats_t_bound(double beyond, unsigned degrees) {
    double low = 0, high = 1;

    while (high < 1e300 && bench_compare_stats_t_beyond(high, degrees) > beyond) {
        low = high;
        high *= 2;
    }
    for (int i = 0; i < HALVINGS; i++) {
        double middle = (low + high) / 2;
        if (bench_compare_stats_t_beyond(middle, degrees) > beyond)
            low = middle;
        else
            high = middle;
    }
    return (low + high) / 2;
}

/* The same from the normal bound z, good to three digits from 30 degrees on (Cornish and Fisher). */
static double
near_t_bound(double z, double degrees) {
    double cube = z * z * z;

    return z + (cube + z) / (4 * degrees) +
           (5 * cube * z * z + 16 * cube + 3 * z) / (96 * degrees * degrees);
}

/* ---- Tests ---------------------------------------------------------------------------------------------- */

double
bench_compare_stats_sign_test(size_t up, size_t down) {
    double all = (double)(up + down), sum = 0;
    size_t fewer = up < down ? up : down;

    if (up == down)
        return 1;
    for (size_t i = 0; i <= fewer; i++)
        sum += exp(lgamma(all + 1) - lgamma((double)i + 1) - lgamma(all - (double)i + 1) -
                   all * log(2));
    return fmin(1, 2 * sum);
}

size_t
bench_compare_stats_sign_blocks(double p) {
    size_t blocks = 1;

    for (double floor = 1; floor > p * (1 + 1e-9) && blocks < NEEDED_MOST; blocks++)
        floor /= 2;
    return blocks;
}

struct ranked {
    double p;
    size_t at;
};

static int
by_p(const void *a, const void *b) {
    const struct ranked *left = a, *right = b;

    if (left->p != right->p)
        return left->p < right->p ? -1 : 1;
    return left->at < right->at ? -1 : left->at > right->at;
}

int
bench_compare_stats_holm(const double *p, size_t count, double *ret_adjusted) {
    struct ranked *ranked = malloc((count + 1) * sizeof *ranked);
    double most = 0;

    if (ranked == NULL)
        return -ENOMEM;
    for (size_t i = 0; i < count; i++)
        ranked[i] = (struct ranked){p[i], i};
    qsort(ranked, count, sizeof *ranked, by_p);
    for (size_t i = 0; i < count; i++) {
        most = fmax(most, fmin(1, ranked[i].p * (double)(count - i)));
        ret_adjusted[ranked[i].at] = most;
    }
    free(ranked);
    return 0;
}

/* ---- Order
 * -------------------------------------------------------------------------------------------------- */

/* Hoare's: afterwards values[at] is where sorting would put it, with nothing greater before it and nothing
 * smaller behind it. */
static void
select_value(double *values, size_t count, size_t at) {
    ptrdiff_t low = 0, high = (ptrdiff_t)count - 1, wanted = (ptrdiff_t)at;

    while (low < high) {
        double pivot = values[wanted];
        ptrdiff_t i = low, j = high;
        while (i <= j) {
            while (values[i] < pivot)
                i++;
            while (values[j] > pivot)
                j--;
            if (i > j)
                break;
            double other = values[i];
            values[i++] = values[j];
            values[j--] = other;
        }
        if (j < wanted)
            low = i;
        if (i > wanted)
            high = j;
    }
}

/* Of the draws, between two neighbours as near as it lies to each. */
static double
quantile(double *values, size_t count, double share) {
    double position = share * (double)(count - 1);
    size_t at = (size_t)position;

    select_value(values, count, at);
    if (at + 1 >= count)
        return values[at];
    double next = values[at + 1];
    for (size_t i = at + 2; i < count; i++)
        next = values[i] < next ? values[i] : next;
    return values[at] + (position - (double)at) * (next - values[at]);
}

double
bench_compare_stats_median(const double *values, size_t count) {
    double few[64], *copy = count <= 64 ? few : malloc(count * sizeof *copy), result = NAN;

    if (count > 0 && copy != NULL) {
        memcpy(copy, values, count * sizeof *copy);
        result = quantile(copy, count, 0.5);
    }
    if (copy != few)
        free(copy);
    return result;
}

/* ---- Draws
 * --------------------------------------------------------------------------------------------------- */

static void
draw(struct bench_compare_draws *draws) {
    struct wl_rng rng;
    size_t count = draws->count;

    wl_rng_init(&rng, wl_rng_derive(SEED, draws->blocks));
    for (size_t i = 0; i < count; i++)
        for (size_t k = 0; k < draws->blocks; k++)
            draws->times[wl_rng_below(&rng, (uint32_t)draws->blocks) * count + i]++;
}

int
bench_compare_draws_init(struct bench_compare_draws *draws, size_t blocks, unsigned count,
                         double confidence) {
    double beyond = 1 - confidence;

    *draws = (struct bench_compare_draws){
        .blocks = blocks,
        .count = count,
        .confidence = confidence,
        .times = calloc(blocks * count, sizeof *draws->times),
        .means = malloc(count * sizeof *draws->means),
        .sorted = malloc(count * sizeof *draws->sorted),
    };
    if (draws->times == NULL || draws->means == NULL || draws->sorted == NULL) {
        bench_compare_draws_fini(draws);
        return -ENOMEM;
    }
    draws->t = bench_compare_stats_t_bound(beyond, (unsigned)blocks - 1);
    draws->expansion = draws->t / bench_compare_stats_normal_bound(beyond) *
                       sqrt((double)blocks / (double)(blocks - 1));
    draw(draws);
    return 0;
}

void
bench_compare_draws_fini(struct bench_compare_draws *draws) {
    free(draws->times);
    free(draws->means);
    free(draws->sorted);
    *draws = (struct bench_compare_draws){0};
}

/* ---- The estimate
 * ---------------------------------------------------------------------------------------------- */

/* Of values around their mean, so that nothing of it is rounded away in single steps. */
static void
resample(struct bench_compare_draws *draws, const double *values, double mean) {
    double *means = draws->means;

    for (size_t i = 0; i < draws->count; i++)
        means[i] = 0;
    for (size_t k = 0; k < draws->blocks; k++) {
        const float *times = &draws->times[k * draws->count];
        double value = (values[k] - mean) / (double)draws->blocks;
        for (size_t i = 0; i < draws->count; i++)
            means[i] += times[i] * value;
    }
    memcpy(draws->sorted, means, draws->count * sizeof *means);
}

/* Blocks that all say the same. */
static struct bench_compare_estimate
estimate_without_scatter(size_t blocks, double mean) {
    double p = mean == 0 ? 1 : bench_compare_stats_sign_test(blocks, 0);

    return (struct bench_compare_estimate){mean, mean, mean, p, 0};
}

struct bench_compare_estimate
bench_compare_stats_estimate(struct bench_compare_draws *draws, const double *values) {
    double mean = 0, least = values[0], most = values[0], beyond = 1 - draws->confidence;

    for (size_t i = 0; i < draws->blocks; i++) {
        mean += values[i] / (double)draws->blocks;
        least = fmin(least, values[i]);
        most = fmax(most, values[i]);
    }
    if (most - least <= 1e-12 * fmax(fabs(most), fabs(least)))
        return estimate_without_scatter(draws->blocks, values[0]);
    resample(draws, values, mean);
    double below = -quantile(draws->sorted, draws->count, beyond / 2) * draws->expansion;
    double above = quantile(draws->sorted, draws->count, 1 - beyond / 2) * draws->expansion;
    double error = (mean > 0 ? below : above) / draws->t;
    return (struct bench_compare_estimate){
        mean, mean - below, mean + above,
        bench_compare_stats_t_beyond(mean / error, (unsigned)draws->blocks - 1), error};
}

static bool
would_do(double spread, double target, double z, double beyond, size_t blocks) {
    double t = blocks > 30 ? near_t_bound(z, (double)blocks - 1)
                           : bench_compare_stats_t_bound(beyond, (unsigned)blocks - 1);

    return t * spread / sqrt((double)blocks) <= target;
}

size_t
bench_compare_stats_blocks_needed(const struct bench_compare_draws *draws,
                                  const struct bench_compare_estimate *estimate, double floor,
                                  double beyond) {
    double size = fabs(estimate->mean), spread = estimate->error * sqrt((double)draws->blocks);
    size_t low = draws->blocks, high = NEEDED_MOST;

    if (size <= floor)
        beyond = 1 - draws->confidence;
    double target = size > floor ? size : floor - size;
    double z = bench_compare_stats_normal_bound(beyond);
    if (!would_do(spread, target, z, beyond, high))
        return 0;
    while (high - low > 1) {
        size_t middle = low + (high - low) / 2;
        if (would_do(spread, target, z, beyond, middle))
            high = middle;
        else
            low = middle;
    }
    return high;
}

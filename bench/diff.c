/* SPDX-License-Identifier: MIT
 *
 * diff.c: two texts compared line by line. See diff.h.
 *
 * What both begin and end with is common. In between it is the greedy way of Myers (1986): for 0, 1, 2 ... changes, how far
 * each diagonal gets; a diagonal is x - y, x lines of the old text and y of the new one being dealt with. What
 * each round reached is kept, so that the way can be walked back. Beyond CHANGES_MAX rounds all that is in between
 * is taken as changed.
 */
#include "bench/diff.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    CHANGES_MAX = 1000,
    HEAD_BYTES = 128
};

int
bench_diff_lines_init(struct bench_diff_lines *lines, const char *text, size_t bytes) {
    size_t count = 0, at = 0;

    for (size_t i = 0; i < bytes; i++)
        count += text[i] == '\n' || i + 1 == bytes;
    *lines = (struct bench_diff_lines){text, bytes, count, malloc((count + 1) * sizeof(size_t))};
    if (lines->starts == NULL)
        return -ENOMEM;
    for (size_t i = 0; i < count; i++) {
        const char *newline = memchr(text + at, '\n', bytes - at);
        lines->starts[i] = at;
        at = newline == NULL ? bytes : (size_t)(newline - text) + 1;
    }
    lines->starts[count] = bytes;
    return 0;
}

void
bench_diff_lines_fini(struct bench_diff_lines *lines) {
    free(lines->starts);
    lines->starts = NULL;
}

static const char *
line_at(const struct bench_diff_lines *lines, size_t index, size_t *ret_bytes) {
    const char *line = lines->text + lines->starts[index];

    *ret_bytes = lines->starts[index + 1] - lines->starts[index];
    if (*ret_bytes > 0 && line[*ret_bytes - 1] == '\n')
        --*ret_bytes;
    return line;
}

static bool
is_same(const struct bench_diff_lines *old, size_t x, const struct bench_diff_lines *new,
        size_t y) {
    size_t one_bytes, other_bytes;
    const char *one = line_at(old, x, &one_bytes), *other = line_at(new, y, &other_bytes);

    return one_bytes == other_bytes && memcmp(one, other, one_bytes) == 0;
}

/* ---- Which lines change ------------------------------------------------------------------------- */

struct search {
    const struct bench_diff_lines *old, *new;
    size_t start;                /* lines that both begin with */
    int32_t width, height;       /* lines in between */
    int32_t *reached;            /* of round d, diagonals -d ... d, one round behind the other */
    bool *is_removed, *is_added; /* by line */
};

static int32_t *
round_of(const struct search *search, int32_t changes) {
    return search->reached + (size_t)changes * (size_t)changes + (size_t)changes;
}

static int32_t
slide(const struct search *search, int32_t x, int32_t y) {
    while (
        x < search->width && y < search->height &&
        is_same(search->old, search->start + (size_t)x, search->new, search->start + (size_t)y)) {
        x++;
        y++;
    }
    return x;
}

/* Whether the way to a diagonal came down, by a line of the new text, and not from the left. */
static bool
came_down(const int32_t *before, int32_t diagonal, int32_t changes) {
    return diagonal == -changes ||
           (diagonal != changes && before[diagonal - 1] < before[diagonal + 1]);
}

/* The number of changes, or -1: too many; -ENOMEM. */
static int32_t
find_way(struct search *search) {
    for (int32_t changes = 0; changes <= CHANGES_MAX; changes++) {
        size_t cells = (size_t)(changes + 1) * (size_t)(changes + 1);
        int32_t *wider = realloc(search->reached, cells * sizeof *wider), *here;
        if (wider == NULL)
            return -ENOMEM;
        search->reached = wider;
        here = round_of(search, changes);
        for (int32_t diagonal = -changes; diagonal <= changes; diagonal += 2) {
            int32_t x = 0;
            if (changes > 0) {
                const int32_t *before = round_of(search, changes - 1);
                x = came_down(before, diagonal, changes) ? before[diagonal + 1]
                                                         : before[diagonal - 1] + 1;
            }
            if (x <= search->width && x - diagonal <= search->height)
                x = slide(search, x, x - diagonal);
            here[diagonal] = x;
            if (x >= search->width && x - diagonal >= search->height &&
                diagonal == search->width - search->height)
                return changes;
        }
    }
    return -1;
}

static void
walk_back(struct search *search, int32_t changes) {
    int32_t diagonal = search->width - search->height;

    for (; changes > 0; changes--) {
        const int32_t *before = round_of(search, changes - 1);
        if (came_down(before, diagonal, changes)) {
            diagonal++;
            search->is_added[search->start + (size_t)(before[diagonal] - diagonal)] = true;
        } else {
            diagonal--;
            search->is_removed[search->start + (size_t)before[diagonal]] = true;
        }
    }
}

static int
mark(struct search *search) {
    const struct bench_diff_lines *old = search->old, *new = search->new;
    size_t end = 0, least = old->count < new->count ? old->count : new->count;
    int32_t changes;

    while (search->start < least && is_same(old, search->start, new, search->start))
        search->start++;
    while (end < least - search->start &&
           is_same(old, old->count - 1 - end, new, new->count - 1 - end))
        end++;
    search->width = (int32_t)(old->count - search->start - end);
    search->height = (int32_t)(new->count - search->start - end);
    changes = find_way(search);
    if (changes == -ENOMEM)
        return -ENOMEM;
    if (changes >= 0) {
        walk_back(search, changes);
        return 0;
    }
    memset(search->is_removed + search->start, true, (size_t)search->width);
    memset(search->is_added + search->start, true, (size_t)search->height);
    return 0;
}

/* ---- Hunks -------------------------------------------------------------------------------------- */

struct place {
    size_t x, y;
};

static bool
is_changed(const struct search *search, struct place at) {
    return (at.x < search->old->count && search->is_removed[at.x]) ||
           (at.y < search->new->count && search->is_added[at.y]);
}

static struct place
pass(const struct search *search, struct place at) {
    if (at.x < search->old->count && search->is_removed[at.x])
        at.x++;
    else if (at.y < search->new->count && search->is_added[at.y])
        at.y++;
    else
        at = (struct place){at.x + 1, at.y + 1};
    return at;
}

/* Where the hunk ends: behind a change that no other follows within twice `around` lines. */
static struct place
find_end(const struct search *search, struct place at, size_t around) {
    struct place end = at;
    size_t common = 0;

    while ((at.x < search->old->count || at.y < search->new->count) && common <= 2 * around) {
        common = is_changed(search, at) ? 0 : common + 1;
        at = pass(search, at);
        if (common == 0)
            end = at;
    }
    return end;
}

static void
print_hunk(const struct search *search, struct place first, struct place end, bench_diff_fn print,
           void *context) {
    char head[HEAD_BYTES];
    size_t bytes;
    const char *line;
    int length = snprintf(head, sizeof head, "-%zu,%zu +%zu,%zu", first.x + (end.x > first.x),
                          end.x - first.x, first.y + (end.y > first.y), end.y - first.y);

    print(context, '@', head, (size_t)length);
    while (first.x < end.x || first.y < end.y) {
        struct place next = pass(search, first);
        bool is_old = next.x > first.x;
        line =
            is_old ? line_at(search->old, first.x, &bytes) : line_at(search->new, first.y, &bytes);
        print(context,
              next.x > first.x && next.y > first.y ? ' '
              : is_old                             ? '-'
                                                   : '+',
              line, bytes);
        first = next;
    }
}

static bool
print_hunks(const struct search *search, size_t around, bench_diff_fn print, void *context) {
    struct place at = {0, 0};
    bool has_one = false;

    while (at.x < search->old->count || at.y < search->new->count) {
        size_t before = at.x < around ? at.x : around, left;
        struct place end;
        if (!is_changed(search, at)) {
            at = pass(search, at);
            continue;
        }
        end = find_end(search, at, around);
        left = search->old->count - end.x;
        left = left < around ? left : around;
        print_hunk(search, (struct place){at.x - before, at.y - before},
                   (struct place){end.x + left, end.y + left}, print, context);
        has_one = true;
        at = end;
    }
    return has_one;
}

int
bench_diff_print(const struct bench_diff_lines *old, const struct bench_diff_lines *new,
                 size_t around, bench_diff_fn print, void *context, bool *ret_differ) {
    struct search search = {
        .old = old,
        .new = new,
        .is_removed = calloc(old->count + 1, sizeof(bool)),
        .is_added = calloc(new->count + 1, sizeof(bool)),
    };
    int error = search.is_removed == NULL || search.is_added == NULL || old->count > INT32_MAX ||
                        new->count > INT32_MAX
                    ? -ENOMEM
                    : mark(&search);

    if (error == 0)
        *ret_differ = print_hunks(&search, around, print, context);
    free(search.reached);
    free(search.is_removed);
    free(search.is_added);
    return error;
}

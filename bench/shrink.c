/* SPDX-License-Identifier: MIT
 *
 * shrink.c: delta debugging over lines. See shrink.h.
 *
 * Stretches of lines are left out one after the other, halves first and in the end single lines; what went
 * well stays out. Single lines are tried until a whole pass leaves none out. The pass goes from the end to the
 * beginning, since what stands late depends on what stands early.
 */
#include "bench/shrink.h"

#include <stdlib.h>
#include <string.h>

struct lines {
    size_t *begins; /* and one more, the end */
    size_t count;
};

static int
split(const char *text, size_t bytes, struct lines *lines) {
    size_t count = 0;

    for (size_t i = 0; i < bytes; i++)
        count += text[i] == '\n' || i + 1 == bytes;
    lines->begins = malloc((count + 1) * sizeof *lines->begins);
    if (lines->begins == NULL)
        return -1;
    lines->count = 0;
    lines->begins[0] = 0;
    for (size_t i = 0; i < bytes; i++)
        if (text[i] == '\n' || i + 1 == bytes)
            lines->begins[++lines->count] = i + 1;
    return 0;
}

/* What is left without lines first ... end goes to `shorter`. */
static size_t
leave_out(const char *text, const struct lines *lines, size_t first, size_t end, char *shorter) {
    size_t before = lines->begins[first], after = lines->begins[lines->count] - lines->begins[end];

    memcpy(shorter, text, before);
    memcpy(shorter + before, text + lines->begins[end], after);
    return before + after;
}

/* One pass with stretches of that many lines; says whether any could be left out. -1: out of memory. */
static int
pass(char *text, size_t *bytes, size_t stretch, char *shorter, bench_shrink_fn does,
     void *context) {
    struct lines lines;
    int has_shrunk = 0;

    if (split(text, *bytes, &lines) != 0)
        return -1;
    for (size_t end = lines.count; end > 0;) {
        size_t first = end > stretch ? end - stretch : 0;
        size_t left = leave_out(text, &lines, first, end, shorter);
        if (does(context, shorter, left)) {
            memcpy(text, shorter, left);
            *bytes = left;
            has_shrunk = 1;
            free(lines.begins);
            if (split(text, *bytes, &lines) != 0)
                return -1;
        }
        end = first;
    }
    free(lines.begins);
    return has_shrunk;
}

int
bench_shrink(char *text, size_t *bytes, bench_shrink_fn does, void *context) {
    char *shorter = malloc(*bytes + 1);
    struct lines lines;
    int status = shorter == NULL ? -1 : split(text, *bytes, &lines);
    size_t stretch = 1;

    if (status == 0) {
        stretch = lines.count / 2 + 1;
        free(lines.begins);
    }
    while (status >= 0 && stretch > 1) {
        status = pass(text, bytes, stretch, shorter, does, context);
        stretch = (stretch + 1) / 2;
    }
    while (status >= 0 && (status = pass(text, bytes, 1, shorter, does, context)) > 0)
        continue;
    free(shorter);
    return status;
}

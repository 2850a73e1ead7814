/* SPDX-License-Identifier: MIT
 *
 * knob_fuzz.c: any bytes as an assignment to a table with a row of each type.
 *
 * The first byte picks a row, whose name is then put before the rest, or none, and the rest is the
 * whole assignment. What must hold: an accepted value is one the row allows, and its words give it
 * again; a refused one leaves the fields alone and is explained in one line.
 */
#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/rt.h"

enum {
    ASSIGNMENT_BYTES = 600,
    LINE_BYTES = 400
};

struct sample {
    int64_t integer, size, choice, boolean, power;
    double ratio;
    char text[RT_KNOB_TEXT_BYTES];
};

static const char *const choices[] = {"system", "never", "advise", "always", NULL};

static const struct rt_knob rows[] = {
    {.name = "fuzz.integer",
     .type = RT_KNOB_INTEGER,
     .offset = offsetof(struct sample, integer),
     .low = INT64_MIN,
     .high = INT64_MAX},
    {.name = "fuzz.size",
     .type = RT_KNOB_SIZE,
     .offset = offsetof(struct sample, size),
     .low = 16,
     .high = INT64_MAX,
     .initial = 16},
    {.name = "fuzz.choice",
     .type = RT_KNOB_ENUM,
     .offset = offsetof(struct sample, choice),
     .choices = choices},
    {.name = "fuzz.boolean", .type = RT_KNOB_BOOLEAN, .offset = offsetof(struct sample, boolean)},
    {.name = "fuzz.power",
     .type = RT_KNOB_SIZE,
     .offset = offsetof(struct sample, power),
     .low = 4096,
     .high = INT64_C(1) << 40,
     .initial = 4096,
     .power_of_two = true},
    {.name = "fuzz.ratio",
     .type = RT_KNOB_RATIO,
     .offset = offsetof(struct sample, ratio),
     .ratio_low = -8589934591,
     .ratio_high = 1e9},
    {.name = "fuzz.text", .type = RT_KNOB_TEXT, .offset = offsetof(struct sample, text)},
};

static const struct rt_knob_table table = {.rows = rows, .count = sizeof rows / sizeof rows[0]};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
must(bool condition) {
    if (!condition) {
        abort();
    }
}

static bool
is_same(const struct sample *one, const struct sample *other) {
    return one->integer == other->integer && one->size == other->size &&
           one->choice == other->choice && one->boolean == other->boolean &&
           one->power == other->power && one->ratio == other->ratio &&
           memcmp(one->text, other->text, sizeof one->text) == 0;
}

static void
check_allowed(const struct sample *sample) {
    must(sample->size >= 16);
    must(sample->choice >= 0 && sample->choice < 4);
    must(sample->boolean == 0 || sample->boolean == 1);
    must(sample->power >= 4096 && sample->power <= INT64_C(1) << 40);
    must((sample->power & (sample->power - 1)) == 0);
    must(sample->ratio >= -8589934591 && sample->ratio <= 1e9);
}

static void
check_round_trip(const struct sample *sample) {
    struct sample copy;

    memset(&copy, 0, sizeof copy);
    for (size_t i = 0; i < table.count; i++) {
        char value[LINE_BYTES];
        struct rt_text text;

        rt_text_init(&text, value, sizeof value);
        rt_knob_print(&rows[i], sample, &text);
        must(!text.cut);
        must(rt_knob_set(&rows[i], &copy, value, NULL) == 0);
    }
    must(is_same(&copy, sample));
}

static void
check_line(const struct rt_text *why) {
    must(!why->cut && why->length > 0 && why->data[why->length] == '\0');
    for (size_t i = 0; i < why->length; i++) {
        must((unsigned char)why->data[i] >= ' ' && why->data[i] != '\x7f');
    }
}

static void
make_assignment(char ret_assignment[ASSIGNMENT_BYTES], const uint8_t *data, size_t size) {
    size_t at = 0;

    if (size > 0 && data[0] % 8 < table.count) {
        const char *name = rows[data[0] % 8].name;

        at = strlen(name);
        memcpy(ret_assignment, name, at);
        ret_assignment[at++] = '=';
    }
    for (size_t i = 1; i < size && at + 1 < ASSIGNMENT_BYTES; i++) {
        ret_assignment[at++] = (char)data[i];
    }
    ret_assignment[at] = '\0';
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    char assignment[ASSIGNMENT_BYTES], line[LINE_BYTES];
    struct sample sample, before;
    struct rt_text why;
    int status;

    memset(&sample, 0, sizeof sample);
    rt_knob_defaults(table, &sample);
    before = sample;
    make_assignment(assignment, data, size);
    rt_text_init(&why, line, sizeof line);
    status = rt_knob_assign(table, &sample, assignment, &why);
    if (status == 0) {
        must(why.length == 0);
        check_allowed(&sample);
        check_round_trip(&sample);
    } else {
        must(status == -EINVAL || status == -ERANGE || status == -ENOENT);
        must(is_same(&sample, &before));
        check_line(&why);
    }
    return 0;
}

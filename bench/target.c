/* SPDX-License-Identifier: MIT
 *
 * target.c: small things that verbs share. See target.h.
 */
#include "bench/target.h"

#include <stdio.h>
#include <string.h>

#include "bench/say.h"
#include "bench/suite.h"
#include "bench/verb.h"
#include "workloads/workload.h"

const char *
bench_target_split(const char *assignment, char *ret_name, size_t name_bytes) {
    const char *sign = strchr(assignment, '=');

    if (sign == NULL || sign == assignment || (size_t)(sign - assignment) >= name_bytes) {
        bench_say(0, "--set %s: not of the form knob=value", assignment);
        return NULL;
    }
    memcpy(ret_name, assignment, (size_t)(sign - assignment));
    ret_name[sign - assignment] = '\0';
    return sign + 1;
}

enum {
    NAMES = 128,
    NAME_BYTES = 64
};

struct names {
    size_t count;
    char text[NAMES][NAME_BYTES];
};

static void
add_name(struct names *names, const char *name) {
    if (names->count < NAMES)
        snprintf(names->text[names->count++], NAME_BYTES, "%s", name);
}

static int
add_suite(void *context, const struct bench_suite *suite) {
    add_name(context, suite->name);
    return 0;
}

int
bench_target_refuse(const char *name, bool suites) {
    const char *pointers[NAMES + 1];
    struct names names = {0};
    char hint[96];
    size_t count;
    const struct wl_workload *const *workloads = wl_registry(&count);

    for (size_t i = 0; i < count; i++)
        add_name(&names, workloads[i]->name);
    if (suites)
        bench_suite_each(add_suite, &names);
    for (size_t i = 0; i < names.count; i++)
        pointers[i] = names.text[i];
    pointers[names.count] = NULL;
    return bench_say(BENCH_STATUS_USAGE, "no %s %s%s (gcsweep list shows all)",
                     suites ? "suite or workload" : "workload", name,
                     bench_say_nearest(bench_say_guess(name, pointers), hint, sizeof hint));
}

void
bench_target_print_json(json_t *document) {
    if (document == NULL)
        return;
    json_dumpf(document, stdout, JSON_INDENT(2) | JSON_REAL_PRECISION(15));
    fputc('\n', stdout);
    json_decref(document);
}

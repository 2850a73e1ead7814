/* SPDX-License-Identifier: MIT
 *
 * ops_run.c: an op script run on an engine's heap. See ops_run.h.
 */
#include "bench/ops_run.h"

#include <string.h>

#include "bench/verb.h"

void
bench_ops_settings_init(struct bench_ops_settings *settings) {
    settings->name = "-";
    rt_config_init(&settings->config);
    rt_knob_defaults(wl_ops_knobs(), &settings->limits);
}

int
bench_ops_settings_assign(struct bench_ops_settings *settings, const char *assignment,
                          struct rt_text *why) {
    if (strncmp(assignment, "ops.", strlen("ops.")) == 0)
        return rt_knob_assign(wl_ops_knobs(), &settings->limits, assignment, why);
    return rt_knob_assign(rt_config_knobs(), &settings->config, assignment, why);
}

int
bench_ops_parse(const struct bench_ops_settings *settings, const char *script, size_t bytes,
                struct wl_ops_program **ret_program) {
    char line[WL_OPS_WHY_BYTES];
    struct rt_text why;
    int error;

    rt_text_init(&why, line, sizeof line);
    error = wl_ops_parse(script, bytes, ret_program, &why);
    if (error == 0)
        return BENCH_STATUS_DONE;
    if (error == -EINVAL) {
        fprintf(stderr, "gcsweep: replay: %s:%s\n", settings->name, line);
        return BENCH_STATUS_USAGE;
    }
    fprintf(stderr, "gcsweep: replay: %s: out of memory\n", settings->name);
    return BENCH_STATUS_ENVIRONMENT;
}

static bool
print_line(void *context, const char *line, size_t bytes) {
    FILE *out = context;

    return fwrite(line, 1, bytes, out) == bytes && putc('\n', out) != EOF;
}

int
bench_ops_run(struct en_heap *heap, const struct bench_ops_settings *settings,
              const struct wl_ops_program *program, FILE *out) {
    char line[WL_OPS_WHY_BYTES];
    struct rt_text why;
    int error;

    rt_text_init(&why, line, sizeof line);
    error = wl_ops_run(heap, program, &settings->limits, print_line, out, &why);
    if (fflush(out) != 0 && error == 0)
        error = -ECANCELED;
    switch (error) {
    case 0:
        return BENCH_STATUS_DONE;
    case -E2BIG:
        fprintf(stderr, "gcsweep: replay: %s:%s\n", settings->name, line);
        return BENCH_STATUS_USAGE;
    case -ECANCELED:
        fprintf(stderr, "gcsweep: replay: the output cannot be written\n");
        return BENCH_STATUS_ENVIRONMENT;
    default:
        fprintf(stderr, "gcsweep: replay: %s: out of memory\n", settings->name);
        return BENCH_STATUS_ENVIRONMENT;
    }
}

/* SPDX-License-Identifier: MIT
 *
 * plan_fuzz.c: any text as a suite file, then as the values of --set, never breaks anything; and what is
 * accepted makes a plan or a refusal with a reason.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "bench/plan.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
require(int condition) {
    if (!condition)
        abort();
}

static void
try_plan(const struct bench_suite *suite) {
    char data[256] = "";
    struct bench_plan plan;
    struct rt_text why;
    size_t configs = 0;

    for (size_t i = 0; i < suite->count; i++)
        configs += bench_grid_configs(&suite->grids[i]);
    if (configs > 1000)
        return;
    rt_text_init(&why, data, sizeof data);
    if (bench_plan_make(&plan, suite, 2, 1, &why) == 0) {
        require(plan.cell_count == configs * 2);
        bench_plan_fini(&plan);
    } else {
        require(why.length > 0);
    }
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static const char *const knobs[] = {"churn.live", "alloc.arena", "churn.resize_share",
                                        "alloc.backend"};
    char *text = malloc(size + 1), why_data[256];
    struct bench_suite suite;
    struct rt_text why;

    require(text != NULL);
    if (size > 0)
        memcpy(text, data, size);
    text[size] = '\0';
    bench_suite_init(&suite, "fuzz");
    rt_text_init(&why, why_data, sizeof why_data);
    if (bench_suite_parse(&suite, "fuzz.ini", text, &why) == 0)
        try_plan(&suite);
    else
        require(why.length > 0);
    bench_suite_fini(&suite);

    bench_suite_init(&suite, "fuzz");
    require(bench_suite_add(&suite, wl_registry_find("churn")) != NULL);
    for (size_t i = 0; i < sizeof knobs / sizeof knobs[0]; i++) {
        rt_text_init(&why, why_data, sizeof why_data);
        if (bench_suite_set(&suite, knobs[i], text, &why) != 0)
            require(why.length > 0);
    }
    try_plan(&suite);
    bench_suite_fini(&suite);
    free(text);
    return 0;
}

/* SPDX-License-Identifier: MIT
 *
 * ops_fuzz.c: any text as an op script, and any bytes as a well-formed one, ends and leaves the heap in order.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "workloads/tests/ops_script.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum {
    SCRIPT_BYTES = 1 << 16,
    LINES = 1000
};

static void
require(bool condition) {
    if (!condition)
        abort();
}

static bool
count_line(void *context, const char *line, size_t bytes) {
    int64_t *lines = context;

    require(memchr(line, '\n', bytes) == NULL);
    return ++*lines <= LINES;
}

static void
try_script(const char *script, size_t bytes) {
    const struct wl_ops_limits limits = {20000, 20000, LINES};
    struct wl_ops_program *program;
    char line[WL_OPS_WHY_BYTES] = "";
    struct rt_config config;
    struct rt_text why;
    int64_t lines = 0;
    struct rt *rt;
    int status;

    rt_text_init(&why, line, sizeof line);
    status = wl_ops_parse(script, bytes, &program, &why);
    require(status == 0 || (status == -EINVAL && why.length > 0 && !why.cut));
    if (status != 0)
        return;
    rt_config_init(&config);
    config.alloc_backend = RT_BACKEND_DEBUG;
    require(rt_create(&config, NULL, &rt) == 0);
    status = wl_ops_run(rt, program, &limits, count_line, &lines, &why);
    require(status == 0 || (status == -E2BIG && why.length > 0));
    require(rt_verify(rt, NULL) == 0);
    rt_destroy(rt);
    wl_ops_free(program);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static const char opening[] = "list a\n";
    char *script = malloc(SCRIPT_BYTES);

    require(script != NULL);
    if (size + sizeof opening < SCRIPT_BYTES) {
        memcpy(script, opening, sizeof opening - 1);
        memcpy(script + sizeof opening - 1, data, size);
        try_script(script, size + sizeof opening - 1);
    }
    ops_script_make(data, size, script, SCRIPT_BYTES);
    try_script(script, strlen(script));
    free(script);
    return 0;
}

/* SPDX-License-Identifier: MIT
 *
 * alloc_fuzz.c: any sequence of requests, under any knobs, leaves a sound heap.
 *
 * The first eight bytes choose the knobs, each three after them an operation: a slot, a size, a choice.
 * The verifier runs after every operation of short inputs and at the end of all. A combination of knobs
 * that the configuration refuses is passed over.
 */
#include "runtime/rt.h"
#include "runtime/tests/alloc_ops.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
choose_knobs(struct rt_config *config, const uint8_t *bytes) {
    rt_config_init(config);
    config->alloc_backend = bytes[0] % RT_BACKEND_COUNT;
    config->alloc_arena_bytes = (int64_t)256 << 10 << bytes[1] % 4;
    config->alloc_pool_bytes = (int64_t)4 << 10 << bytes[2] % 7;
    config->alloc_small_bytes = 16 * (1 + bytes[3]);
    config->alloc_keep_arenas = bytes[4] % 4;
    config->alloc_thp = bytes[5] % RT_THP_COUNT;
    config->alloc_fail_every = bytes[6] < 64 ? bytes[6] : 0;
    config->alloc_quarantine_blocks = bytes[7];
    config->alloc_reserve_bytes = (int64_t)64 << 20;
}

static void
judge(struct alloc_ops *ops) {
    char buffer[256] = "";
    struct rt_text why;

    rt_text_init(&why, buffer, sizeof(buffer));
    if (alloc_ops_judge(ops, &why) != NULL) {
        __builtin_trap();
    }
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct alloc_ops ops = {.broken = NULL};
    struct rt_config config;

    if (size < 8) {
        return 0;
    }
    choose_knobs(&config, data);
    if (rt_create(&config, NULL, &ops.rt) != 0) {
        return 0;
    }
    for (size_t i = 8; i + 3 <= size; i += 3) {
        size_t bytes = data[i + 1] < 240 ? data[i + 1] : (size_t)(data[i + 1] - 239) * 300;

        alloc_ops_step(&ops, data[i], bytes, (unsigned)data[i + 2] * 3);
        if (size < 200) {
            judge(&ops);
        }
    }
    judge(&ops);
    alloc_ops_give_all(&ops);
    judge(&ops);
    rt_destroy(ops.rt);
    return 0;
}

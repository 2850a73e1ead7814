/* SPDX-License-Identifier: MIT
 *
 * baseline_fuzz.c: any text as a baseline is read or refused with a reason; what is read is written, and read again as
 * the same.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "bench/gate/baseline.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
require(int condition) {
    if (!condition)
        abort();
}

static char *
print(const struct bench_gate_baseline *baseline, size_t *ret_bytes) {
    char *text = NULL;
    FILE *out = open_memstream(&text, ret_bytes);

    require(out != NULL);
    bench_gate_baseline_write(baseline, out);
    require(fclose(out) == 0);
    return text;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct bench_gate_baseline baseline, again;
    char why[256] = "", *one, *other;
    size_t one_bytes, other_bytes;

    if (bench_gate_baseline_parse(&baseline, "fuzz", (const char *)data, size, why, sizeof why) !=
        0) {
        require(why[0] != '\0');
        return 0;
    }
    one = print(&baseline, &one_bytes);
    require(bench_gate_baseline_parse(&again, "fuzz", one, one_bytes, why, sizeof why) == 0);
    other = print(&again, &other_bytes);
    require(one_bytes == other_bytes && memcmp(one, other, one_bytes) == 0);
    free(one);
    free(other);
    bench_gate_baseline_fini(&again);
    bench_gate_baseline_fini(&baseline);
    return 0;
}

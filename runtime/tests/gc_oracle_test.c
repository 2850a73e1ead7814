/* SPDX-License-Identifier: MIT
 *
 * CPython's collector and ours, scenario by scenario: see gc_oracle.h. What is counted does not depend on who
 * allocates, so each backend is held to the same lines.
 *
 * Lines left out: in S6 that of bare objects, of which we have none, and the title of S5b.
 */
#include "runtime/tests/gc_oracle.h"

#include <stdio.h>

#define DATA TEST_DATA "/gc-3.11.2.txt"

static const struct oracle_scenario scenarios[] = {
    {DATA, "S1", oracle_s1},   {DATA, "S2", oracle_s2},   {DATA, "S3", oracle_s3},
    {DATA, "S4", oracle_s4},   {DATA, "S5", oracle_s5},   {DATA, "S6", oracle_s6},
    {DATA, "S7", oracle_s7},   {DATA, "S8", oracle_s8},   {DATA, "S9", oracle_s9},
    {DATA, "S10", oracle_s10}, {DATA, "S11", oracle_s11}, {DATA, "S12", oracle_s12},
    {DATA, "S13", oracle_s13}, {DATA, "S14", oracle_s14}, {DATA, "S15", oracle_s15},
    {DATA, "S16", oracle_s16}, {DATA, "S17", oracle_s17},
};

static const char *const backends[] = {"pool", "system", "debug"};

enum {
    SCENARIO_COUNT = sizeof scenarios / sizeof scenarios[0],
    BACKEND_COUNT = sizeof backends / sizeof backends[0],
};

static void
test_scenario(void **state) {
    const int *number = *state;
    char backend[32];

    snprintf(backend, sizeof backend, "alloc.backend=%s", backends[*number % BACKEND_COUNT]);
    oracle_run(&scenarios[*number / BACKEND_COUNT], backend);
}

int
main(void) {
    static struct CMUnitTest tests[SCENARIO_COUNT * BACKEND_COUNT];
    static char names[SCENARIO_COUNT * BACKEND_COUNT][64];
    static int numbers[SCENARIO_COUNT * BACKEND_COUNT];

    for (int i = 0; i < SCENARIO_COUNT * BACKEND_COUNT; i++) {
        snprintf(names[i], sizeof names[i], "test_gc_oracle_agrees_in_%s_on_the_%s_backend",
                 scenarios[i / BACKEND_COUNT].name, backends[i % BACKEND_COUNT]);
        numbers[i] = i;
        tests[i] = (struct CMUnitTest){
            .name = names[i], .test_func = test_scenario, .initial_state = &numbers[i]};
    }
    return cmocka_run_group_tests_name("gc_oracle", tests, NULL, NULL);
}

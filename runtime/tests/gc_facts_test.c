/* SPDX-License-Identifier: MIT
 *
 * What seven Python programs print of CPython 3.11.2's collector, printed again by ours, line by line: see
 * gc_oracle.h. Lines that depend on the interpreter, or are of kinds of objects that we do not have, are left
 * out where they come, by their beginnings.
 */
#include "runtime/tests/gc_facts.h"

#define DATA TEST_DATA "/gc-facts-3.11.2.txt"

static struct oracle_scenario scenarios[] = {
    {DATA, "### p01", facts_p01}, {DATA, "### p02", facts_p02}, {DATA, "### p03", facts_p03},
    {DATA, "### p04", facts_p04}, {DATA, "### p05", facts_p05}, {DATA, "### p06", facts_p06},
    {DATA, "### p09", facts_p09},
};

static void
test_facts(void **state) {
    oracle_run(*state, "alloc.backend=pool");
}

#define FACTS(number, what)                                                                        \
    {                                                                                              \
        .name = "test_gc_facts_of_" what "_agree", .test_func = test_facts,                        \
        .initial_state = &scenarios[number]                                                        \
    }

int
main(void) {
    const struct CMUnitTest tests[] = {
        FACTS(0, "counts"),   FACTS(1, "triggers"),        FACTS(2, "calls"),
        FACTS(3, "bullets"),  FACTS(4, "weak_references"), FACTS(5, "finalizers"),
        FACTS(6, "tracking"),
    };

    return cmocka_run_group_tests_name("gc_facts", tests, NULL, NULL);
}

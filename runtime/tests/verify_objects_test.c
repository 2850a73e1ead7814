/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "runtime/object.h"
#include "runtime/track.h"

static void
test_none_survives_its_last_reference(void **state) {
    struct rt_config config;
    struct rt *rt;

    (void)state;
    rt_config_init(&config);
    assert_int_equal(rt_create(&config, NULL, &rt), 0);
    rt_none(rt)->count = 1;
    rt_decref(rt, rt_none(rt));
    assert_true(rt_none(rt)->count > 0);
    assert_int_equal(rt_verify(rt, NULL), 0);
    rt_destroy(rt);
}

int
main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_none_survives_its_last_reference)};

    return cmocka_run_group_tests_name("verify_objects", tests, NULL, NULL);
}

/* SPDX-License-Identifier: MIT
 *
 * prefork_test.c: one answer whether the parent freezes or not; what a child reads and collects is copied for it, and
 * freezing saves the collector's part; a child that fails, is killed, or finds a wrong number is told of.
 */
#include "workloads/tests/outcome.h"

#include <fcntl.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#define SMALL "prefork.records=3000", "prefork.children=2", "prefork.requests=10"

enum {
    COUNTS,
    DATA,
    COLLECTOR,
    SHARED
};

static struct outcome
run_small(const char *one, const char *other, const char *more) {
    const char *const sets[] = {SMALL, one, other, more, NULL};
    struct outcome outcome =
        run_call(&(struct outcome_call){.workload = "prefork", .sets = sets, .seed = 3});
    assert_int_equal(outcome.error, 0);
    assert_int_equal(outcome.left_blocks, 0);
    return outcome;
}

static void
test_prefork_gives_one_answer_however_it_collects(void **state) {
    static const char *const modes[] = {"gc.mode=auto",         "gc.mode=off",
                                        "gc.mode=manual",       "gc.mode=idle",
                                        "gc.threshold0=5",      "gc.policy=single",
                                        "alloc.backend=debug",  "alloc.backend=system",
                                        "prefork.child_gc=off", "prefork.hole_share=0.5"};
    const uint64_t digest =
        run_small("prefork.freeze=never", "gc.mode=auto", "gc.mode=auto").digest;

    (void)state;
    for (size_t m = 0; m < sizeof modes / sizeof modes[0]; m++) {
        struct outcome never = run_small("prefork.freeze=never", modes[m], "gc.threshold1=7");
        struct outcome frozen =
            run_small("prefork.freeze=before_fork", modes[m], "gc.threshold1=7");
        assert_true(never.digest == digest && frozen.digest == digest);
        assert_int_equal(never.operations, 2);
        assert_int_equal(never.begins, 2);
        assert_int_equal(never.ends, 2);
    }
}

static void
test_prefork_peaks_are_as_computed(void **state) {
    static const char *const more[] = {"prefork.hole_share=0", "prefork.hole_share=0.3",
                                       "prefork.hole_share=1"};

    (void)state;
    for (size_t i = 0; i < 3; i++) {
        struct outcome outcome = run_small(more[i], "gc.mode=off", "gc.mode=off");
        assert_peak_is_as_computed(&outcome, more[i]);
    }
}

/* With a heap of 10 MB, of which the pages of everything else are a small part. */
static struct outcome
run_large(const char *freeze, const char *touch, const char *child_gc) {
    const char *const sets[] = {"prefork.records=30000",
                                "prefork.children=1",
                                "prefork.requests=0",
                                freeze,
                                touch,
                                child_gc,
                                NULL};
    return run_call(&(struct outcome_call){.workload = "prefork", .sets = sets, .seed = 3});
}

static void
test_prefork_reading_copies_what_it_touches(void **state) {
    struct outcome none =
        run_large("prefork.freeze=never", "prefork.touch_share=0", "prefork.child_gc=off");
    struct outcome half =
        run_large("prefork.freeze=never", "prefork.touch_share=0.5", "prefork.child_gc=off");
    struct outcome whole =
        run_large("prefork.freeze=never", "prefork.touch_share=1", "prefork.child_gc=off");

    (void)state;
    if (isnan(whole.metrics[COUNTS]))
        skip();
    assert_true(none.metrics[COUNTS] < 1e6 && whole.metrics[COUNTS] > 6e6);
    assert_true(half.metrics[COUNTS] > 3e6 && half.metrics[COUNTS] < 5.5e6);
    assert_true(whole.metrics[SHARED] > whole.metrics[COUNTS]);
    assert_true(whole.metrics[COLLECTOR] < 1e6 && whole.metrics[DATA] < 1e6);
}

static void
test_prefork_freezing_keeps_the_collector_from_the_heap(void **state) {
    struct outcome never =
        run_large("prefork.freeze=never", "prefork.touch_share=0", "prefork.child_gc=on");
    struct outcome frozen =
        run_large("prefork.freeze=before_fork", "prefork.touch_share=0", "prefork.child_gc=on");

    (void)state;
    if (isnan(never.metrics[COLLECTOR]))
        skip();
    assert_true(frozen.metrics[COLLECTOR] < never.metrics[COLLECTOR] / 2);
}

static void
test_prefork_every_request_may_fail_in_parent_and_child(void **state) {
    const char *const sets[] = {"prefork.records=2",          "prefork.children=2",
                                "prefork.requests=1",         "prefork.hole_share=0.5",
                                "prefork.freeze=before_fork", NULL};

    (void)state;
    assert_true(fail_at_each((struct outcome_call){"prefork", .sets = sets, .seed = 3}) > 100);
}

static void
spoil_number(struct rt *rt) {
    spoil_attribute(rt, "number");
}

static void
test_prefork_children_find_a_number_that_somebody_else_wrote(void **state) {
    const char *const sets[] = {SMALL, "prefork.touch_share=1", NULL};
    struct outcome outcome = run_call(&(struct outcome_call){
        "prefork", sets, .seed = 3, .disturb_at = 2, .meddle = spoil_number});

    (void)state;
    assert_int_equal(outcome.error, -EBADMSG);
    assert_string_equal(outcome.why, "1 records did not hold what was written into them");
}

/* ---- Ends --------------------------------------------------------------------------------------- */

/* A child of that process which is not `but`, as the kernel says; 0: none. */
static pid_t
find_child(pid_t parent, pid_t but) {
    char path[64], text[256];
    int fd, taken = 0, read_so_far;

    snprintf(path, sizeof path, "/proc/%d/task/%d/children", (int)parent, (int)parent);
    fd = open(path, O_RDONLY);
    ssize_t got = fd < 0 ? -1 : read(fd, text, sizeof text - 1);
    if (fd >= 0)
        close(fd);
    text[got < 0 ? 0 : got] = '\0';
    for (int pid; sscanf(text + taken, "%d%n", &pid, &read_so_far) == 1; taken += read_so_far)
        if (pid != but)
            return pid;
    return 0;
}

static void
nap(void) {
    usleep(1000);
}

/* The first child of `parent` but itself. */
static void
kill_first_child(pid_t parent) {
    for (int i = 0; i < 10000 && getppid() == parent; i++, nap()) {
        pid_t child = find_child(parent, getpid());
        if (child > 0) {
            kill(child, SIGKILL);
            _exit(0);
        }
    }
    _exit(1);
}

static bool
has_lists_of_children(void) {
    char path[64];
    snprintf(path, sizeof path, "/proc/self/task/%d/children", (int)getpid());
    return access(path, R_OK) == 0;
}

static const char *const endless[] = {"prefork.children=1", "prefork.records=100",
                                      "prefork.requests=10000000", NULL};

static void
test_prefork_tells_of_a_child_that_was_killed(void **state) {
    int status = -1;

    (void)state;
    if (!has_lists_of_children())
        skip();
    pid_t self = getpid(), killer = fork();
    assert_true(killer >= 0);
    if (killer == 0)
        kill_first_child(self);
    struct outcome outcome =
        run_call(&(struct outcome_call){.workload = "prefork", .sets = endless, .seed = 3});
    assert_int_equal(waitpid(killer, &status, 0), killer);
    assert_int_equal(status, 0);
    assert_int_equal(outcome.error, -ECHILD);
    assert_string_equal(outcome.why, "child 0 was killed by signal 9");
    assert_int_equal(outcome.left_blocks, 0);
}

/* Gone, or a zombie that nobody waits for. */
static bool
is_over(pid_t pid) {
    char path[64], text[256] = "", state = 'Z';

    snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
    int fd = open(path, O_RDONLY);
    if (fd < 0)
        return true;
    if (read(fd, text, sizeof text - 1) > 0 && strrchr(text, ')') != NULL)
        state = strrchr(text, ')')[2];
    close(fd);
    return state == 'Z' || state == 'X';
}

static void
test_prefork_children_do_not_outlive_their_parent(void **state) {
    pid_t child = 0;

    (void)state;
    if (!has_lists_of_children())
        skip();
    pid_t parent = fork();
    assert_true(parent >= 0);
    if (parent == 0) {
        (void)run_call(&(struct outcome_call){.workload = "prefork", .sets = endless, .seed = 3});
        _exit(0);
    }
    for (int i = 0; i < 10000 && child == 0; i++, nap())
        child = find_child(parent, 0);
    assert_true(child > 0);
    assert_int_equal(kill(parent, SIGKILL), 0);
    assert_int_equal(waitpid(parent, NULL, 0), parent);
    for (int i = 0; i < 10000 && !is_over(child); i++)
        nap();
    assert_true(is_over(child));
}

int
main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_prefork_gives_one_answer_however_it_collects),
        cmocka_unit_test(test_prefork_peaks_are_as_computed),
        cmocka_unit_test(test_prefork_reading_copies_what_it_touches),
        cmocka_unit_test(test_prefork_freezing_keeps_the_collector_from_the_heap),
        cmocka_unit_test(test_prefork_every_request_may_fail_in_parent_and_child),
        cmocka_unit_test(test_prefork_children_find_a_number_that_somebody_else_wrote),
        cmocka_unit_test(test_prefork_tells_of_a_child_that_was_killed),
        cmocka_unit_test(test_prefork_children_do_not_outlive_their_parent),
    };
    return cmocka_run_group_tests_name("workloads/prefork", tests, NULL, NULL);
}

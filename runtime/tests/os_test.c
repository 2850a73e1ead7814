/* SPDX-License-Identifier: MIT
 *
 * The hooks of the real system, checked against what the system itself says of the mappings.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "runtime/os.h"

enum {
    KIB = 1 << 10,
    MIB = 1 << 20,
    LINE_BYTES = 512
};

struct mapping {
    uintptr_t start, end;
    bool can_read, can_write;
};

/* What /proc/self/maps has at the address; all zero when there is nothing. */
static struct mapping
mapping_at(const void *address) {
    FILE *maps = fopen("/proc/self/maps", "r");
    struct mapping found = {0};
    char line[LINE_BYTES];

    assert_non_null(maps);
    while (fgets(line, sizeof line, maps) != NULL) {
        uintptr_t start, end;
        char protection[5];

        if (sscanf(line, "%" SCNxPTR "-%" SCNxPTR " %4s", &start, &end, protection) == 3 &&
            start <= (uintptr_t)address && (uintptr_t)address < end) {
            found = (struct mapping){.start = start,
                                     .end = end,
                                     .can_read = protection[0] == 'r',
                                     .can_write = protection[1] == 'w'};
        }
    }
    fclose(maps);
    return found;
}

/* Whether the kernel's flags for the mapping at the address have this one among them. */
static bool
has_flag(const void *address, const char *flag) {
    FILE *maps = fopen("/proc/self/smaps", "r");
    char line[LINE_BYTES];
    bool is_inside = false, has = false;

    assert_non_null(maps);
    while (fgets(line, sizeof line, maps) != NULL) {
        uintptr_t start, end;

        if (sscanf(line, "%" SCNxPTR "-%" SCNxPTR " ", &start, &end) == 2) {
            is_inside = start <= (uintptr_t)address && (uintptr_t)address < end;
        } else if (is_inside && strncmp(line, "VmFlags:", 8) == 0) {
            has = strstr(line, flag) != NULL;
        }
    }
    fclose(maps);
    return has;
}

/* All that the process has mapped. Reads without stdio, whose buffers would count. */
static size_t
count_mapped_bytes(void) {
    char text[LINE_BYTES] = "";
    int file = open("/proc/self/statm", O_RDONLY);

    assert_true(file >= 0);
    assert_true(read(file, text, sizeof text - 1) > 0);
    close(file);
    return strtoull(text, NULL, 10) * rt_os_page_bytes();
}

static size_t
count_resident(const void *address, size_t bytes) {
    unsigned char pages[256];
    size_t page_count = bytes / rt_os_page_bytes(), resident = 0;

    assert_true(page_count <= sizeof pages);
    assert_int_equal(mincore((void *)(uintptr_t)address, bytes, pages), 0);
    for (size_t i = 0; i < page_count; i++) {
        resident += pages[i] & 1;
    }
    return resident;
}

static bool
is_all(const char *memory, size_t bytes, char value) {
    for (size_t i = 0; i < bytes; i++) {
        if (memory[i] != value) {
            return false;
        }
    }
    return true;
}

static char *
reserve(size_t bytes, size_t alignment) {
    const struct rt_os *os = rt_os_system();
    char *memory = os->reserve(os->context, bytes, alignment);

    assert_non_null(memory);
    return memory;
}

static char *
reserve_committed(size_t bytes) {
    const struct rt_os *os = rt_os_system();
    char *memory = reserve(bytes, rt_os_page_bytes());

    assert_int_equal(os->commit(os->context, memory, bytes), 0);
    return memory;
}

static void
release(void *memory, size_t bytes) {
    rt_os_system()->release(rt_os_system()->context, memory, bytes);
}

static void
test_os_page_is_a_power_of_two(void **state) {
    size_t page_bytes = rt_os_page_bytes();

    (void)state;
    assert_true(page_bytes >= 4096);
    assert_int_equal(page_bytes & (page_bytes - 1), 0);
}

static void
test_os_reserve_is_aligned_as_asked(void **state) {
    static const size_t alignments[] = {1, 16, 64 * KIB, 2 * MIB, 64 * MIB, 1024 * MIB};

    (void)state;
    for (size_t i = 0; i < sizeof alignments / sizeof alignments[0]; i++) {
        char *memory = reserve(MIB, alignments[i]);

        assert_int_equal((uintptr_t)memory % alignments[i], 0);
        assert_int_equal((uintptr_t)memory % rt_os_page_bytes(), 0);
        release(memory, MIB);
    }
}

/* Several in a row, since one may have been aligned by chance. */
static void
test_os_reserve_gives_back_what_alignment_did_not_need(void **state) {
    enum {
        COUNT = 8
    };
    size_t mapped_bytes = count_mapped_bytes();
    char *memory[COUNT];

    (void)state;
    for (size_t i = 0; i < COUNT; i++) {
        memory[i] = reserve(MIB, 64 * MIB);
    }
    assert_int_equal(count_mapped_bytes() - mapped_bytes, COUNT * MIB);
    for (size_t i = 0; i < COUNT; i++) {
        release(memory[i], MIB);
    }
    assert_int_equal(count_mapped_bytes(), mapped_bytes);
}

static void
test_os_reserve_of_too_much_is_null(void **state) {
    const struct rt_os *os = rt_os_system();

    (void)state;
    assert_null(os->reserve(os->context, SIZE_MAX / 4 + 1, 4096));
    assert_null(os->reserve(os->context, SIZE_MAX - 4095, 2 * MIB));
}

static void
test_os_reserved_memory_cannot_be_touched(void **state) {
    char *memory = reserve(MIB, MIB);
    struct mapping mapping = mapping_at(memory);

    (void)state;
    assert_true(mapping.end > mapping.start);
    assert_false(mapping.can_read);
    assert_false(mapping.can_write);
    release(memory, MIB);
}

static void
test_os_release_leaves_nothing(void **state) {
    char *memory = reserve(MIB, MIB);

    (void)state;
    release(memory, MIB);
    assert_int_equal(mapping_at(memory).end, 0);
}

static void
test_os_committed_memory_is_zero_and_writable(void **state) {
    char *memory = reserve_committed(64 * KIB);

    (void)state;
    assert_true(is_all(memory, 64 * KIB, 0));
    memset(memory, 'x', 64 * KIB);
    assert_true(is_all(memory, 64 * KIB, 'x'));
    release(memory, 64 * KIB);
}

static void
test_os_commit_again_keeps_the_contents(void **state) {
    const struct rt_os *os = rt_os_system();
    char *memory = reserve_committed(64 * KIB);

    (void)state;
    memory[7] = 'x';
    assert_int_equal(os->commit(os->context, memory, 64 * KIB), 0);
    assert_int_equal(memory[7], 'x');
    release(memory, 64 * KIB);
}

static void
test_os_commit_of_a_part_leaves_the_rest_reserved(void **state) {
    const struct rt_os *os = rt_os_system();
    char *memory = reserve(MIB, MIB);

    (void)state;
    assert_int_equal(os->commit(os->context, memory + 256 * KIB, 64 * KIB), 0);
    assert_false(mapping_at(memory + 256 * KIB - 1).can_write);
    assert_true(mapping_at(memory + 256 * KIB).can_write);
    assert_true(mapping_at(memory + 320 * KIB - 1).can_write);
    assert_false(mapping_at(memory + 320 * KIB).can_write);
    release(memory, MIB);
}

static void
test_os_commit_of_nothing_mapped_fails(void **state) {
    const struct rt_os *os = rt_os_system();
    char *memory = reserve(MIB, MIB);

    (void)state;
    release(memory, MIB);
    assert_int_equal(os->commit(os->context, memory, MIB), -ENOMEM);
}

static void
test_os_decommit_gives_the_memory_back(void **state) {
    const struct rt_os *os = rt_os_system();
    char *memory = reserve_committed(256 * KIB);

    (void)state;
    memset(memory, 'x', 256 * KIB);
    assert_int_equal(count_resident(memory, 256 * KIB), 256 * KIB / rt_os_page_bytes());
    os->decommit(os->context, memory, 256 * KIB);
    assert_int_equal(count_resident(memory, 256 * KIB), 0);
    assert_false(mapping_at(memory).can_read);
    release(memory, 256 * KIB);
}

static void
test_os_committed_after_decommit_is_zero_again(void **state) {
    const struct rt_os *os = rt_os_system();
    char *memory = reserve_committed(64 * KIB);

    (void)state;
    memset(memory, 'x', 64 * KIB);
    os->decommit(os->context, memory, 64 * KIB);
    assert_int_equal(os->commit(os->context, memory, 64 * KIB), 0);
    assert_true(is_all(memory, 64 * KIB, 0));
    release(memory, 64 * KIB);
}

static void
test_os_decommit_gives_locked_memory_back_too(void **state) {
    const struct rt_os *os = rt_os_system();
    char *memory = reserve_committed(16 * KIB);

    (void)state;
    memset(memory, 'x', 16 * KIB);
    if (mlock(memory, 16 * KIB) != 0) {
        release(memory, 16 * KIB);
        skip(); /* RLIMIT_MEMLOCK allows nothing here */
    }
    os->decommit(os->context, memory, 16 * KIB);
    assert_int_equal(os->commit(os->context, memory, 16 * KIB), 0);
    assert_true(is_all(memory, 16 * KIB, 0));
    release(memory, 16 * KIB);
}

/* The number of mappings a process may have is limited, and a heap that breathes must not use them up. */
static void
test_os_decommitted_memory_is_one_mapping_again(void **state) {
    enum {
        PART_COUNT = 64,
        PART_BYTES = 256 * KIB
    };
    const struct rt_os *os = rt_os_system();
    char *memory = reserve(PART_COUNT * PART_BYTES, MIB);
    struct mapping mapping;

    (void)state;
    for (size_t i = 0; i < PART_COUNT; i++) {
        char *part = memory + i * 37 % PART_COUNT * PART_BYTES;

        assert_int_equal(os->commit(os->context, part, PART_BYTES), 0);
        *part = 'x';
    }
    for (size_t i = 0; i < PART_COUNT; i++) {
        os->decommit(os->context, memory + i * 23 % PART_COUNT * PART_BYTES, PART_BYTES);
    }
    mapping = mapping_at(memory);
    assert_true(mapping.start <= (uintptr_t)memory);
    assert_true(mapping.end >= (uintptr_t)memory + PART_COUNT * PART_BYTES);
    release(memory, PART_COUNT * PART_BYTES);
}

static void
test_os_discarded_memory_reads_as_zero(void **state) {
    const struct rt_os *os = rt_os_system();
    size_t page_bytes = rt_os_page_bytes();
    char *memory = reserve_committed(4 * page_bytes);

    (void)state;
    memset(memory, 'x', 4 * page_bytes);
    assert_int_equal(os->advise(os->context, memory + page_bytes, page_bytes, RT_OS_ADVICE_DISCARD),
                     0);
    assert_int_equal(count_resident(memory, 4 * page_bytes), 3);
    assert_true(is_all(memory, page_bytes, 'x'));
    assert_true(is_all(memory + page_bytes, page_bytes, 0));
    assert_true(is_all(memory + 2 * page_bytes, 2 * page_bytes, 'x'));
    release(memory, 4 * page_bytes);
}

static void
test_os_advice_on_huge_pages_reaches_the_mapping(void **state) {
    const struct rt_os *os = rt_os_system();
    char *memory = reserve(4 * MIB, 2 * MIB);

    (void)state;
    assert_int_equal(os->commit(os->context, memory, 4 * MIB), 0);
    if (os->advise(os->context, memory, 2 * MIB, RT_OS_ADVICE_HUGE) != 0) {
        release(memory, 4 * MIB);
        skip(); /* a kernel without transparent huge pages */
    }
    assert_true(has_flag(memory, " hg"));
    assert_false(has_flag(memory + 2 * MIB, " hg"));
    assert_int_equal(os->advise(os->context, memory, 2 * MIB, RT_OS_ADVICE_NO_HUGE), 0);
    assert_true(has_flag(memory, " nh"));
    release(memory, 4 * MIB);
}

static void
test_os_advice_on_nothing_mapped_fails(void **state) {
    const struct rt_os *os = rt_os_system();
    char *memory = reserve(MIB, MIB);

    (void)state;
    release(memory, MIB);
    assert_int_equal(os->advise(os->context, memory, MIB, RT_OS_ADVICE_DISCARD), -ENOMEM);
}

static void
test_os_large_blocks_of_no_bytes_are_blocks(void **state) {
    const struct rt_os *os = rt_os_system();
    void *block = os->large_alloc(os->context, 0);
    void *zeroed = os->large_alloc_zeroed(os->context, 0);

    (void)state;
    assert_non_null(block);
    assert_non_null(zeroed);
    block = os->large_realloc(os->context, block, 0);
    assert_non_null(block);
    os->large_free(os->context, block);
    os->large_free(os->context, zeroed);
}

static void
test_os_large_zeroed_is_zero(void **state) {
    const struct rt_os *os = rt_os_system();
    char *block;

    (void)state;
    for (size_t i = 0; i < 4; i++) { /* the second time around it is recycled memory */
        block = os->large_alloc_zeroed(os->context, 5000);
        assert_non_null(block);
        assert_true(is_all(block, 5000, 0));
        memset(block, 'x', 5000);
        os->large_free(os->context, block);
    }
}

static void
test_os_large_realloc_keeps_the_contents(void **state) {
    const struct rt_os *os = rt_os_system();
    char *block = os->large_alloc(os->context, 600);

    (void)state;
    assert_non_null(block);
    memset(block, 'x', 600);
    block = os->large_realloc(os->context, block, 3 * MIB);
    assert_non_null(block);
    assert_true(is_all(block, 600, 'x'));
    block = os->large_realloc(os->context, block, 100);
    assert_non_null(block);
    assert_true(is_all(block, 100, 'x'));
    os->large_free(os->context, block);
    os->large_trim(os->context);
}

static void
test_os_large_alloc_of_too_much_is_null(void **state) {
    const struct rt_os *os = rt_os_system();
    void *volatile block; /* a block that nobody looks at may be had by a compiler's leave alone */

    (void)state;
    block = os->large_alloc(os->context, SIZE_MAX / 4);
    assert_null(block);
    block = os->large_alloc_zeroed(os->context, SIZE_MAX / 4);
    assert_null(block);
}

static size_t
smaller(size_t one, size_t other) {
    return one < other ? one : other;
}

static void
do_nothing(int signal_number) {
    (void)signal_number;
}

/* A child complains into a pipe that is always full, and is interrupted at each turn: its writes are
 * cut short or fail with EINTR, and nothing may be lost or said twice. */
static void
test_os_complaint_arrives_whole_in_spite_of_interruptions(void **state) {
    static char said[MIB], heard[MIB + 1];
    struct sigaction action = {.sa_handler = do_nothing}, old;
    const struct rt_os *os = rt_os_system();
    size_t length = 0;
    ssize_t count;
    int ends[2], status;
    pid_t child;

    (void)state;
    for (size_t i = 0; i < sizeof said; i++) {
        said[i] = (char)(i * 31 >> 3);
    }
    assert_int_equal(pipe(ends), 0);
    assert_int_equal(sigaction(SIGUSR1, &action, &old), 0); /* without SA_RESTART */
    child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        dup2(ends[1], STDERR_FILENO);
        close(ends[0]);
        close(ends[1]);
        os->complain(os->context, said, sizeof said);
        _exit(0);
    }
    close(ends[1]);
    do {
        for (size_t i = 0; i < 3; i++) { /* once within a write, then before the next has begun */
            kill(child, SIGUSR1);
            usleep(200);
        }
        count = read(ends[0], heard + length, smaller(sizeof heard - length, 16 * KIB));
        length += count > 0 ? (size_t)count : 0;
    } while (count > 0);
    close(ends[0]);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(sigaction(SIGUSR1, &old, NULL), 0);
    assert_int_equal(status, 0);
    assert_int_equal(length, sizeof said);
    assert_memory_equal(heard, said, sizeof said);
}

static void
test_os_complaint_that_nobody_can_hear_is_dropped(void **state) {
    const struct rt_os *os = rt_os_system();
    pid_t child = fork();
    int status;

    (void)state;
    assert_true(child >= 0);
    if (child == 0) {
        close(STDERR_FILENO);
        os->complain(os->context, "x", 1);
        _exit(0);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
}

static void
test_os_abort_ends_the_process(void **state) {
    const struct rt_os *os = rt_os_system();
    pid_t child = fork();
    int status;

    (void)state;
    assert_true(child >= 0);
    if (child == 0) {
        (void)setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0});
        (void)signal(SIGABRT, SIG_DFL);
        os->abort(os->context);
        _exit(0);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status));
    assert_int_equal(WTERMSIG(status), SIGABRT);
}

int
main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_os_page_is_a_power_of_two),
        cmocka_unit_test(test_os_reserve_is_aligned_as_asked),
        cmocka_unit_test(test_os_reserve_gives_back_what_alignment_did_not_need),
        cmocka_unit_test(test_os_reserve_of_too_much_is_null),
        cmocka_unit_test(test_os_reserved_memory_cannot_be_touched),
        cmocka_unit_test(test_os_release_leaves_nothing),
        cmocka_unit_test(test_os_committed_memory_is_zero_and_writable),
        cmocka_unit_test(test_os_commit_again_keeps_the_contents),
        cmocka_unit_test(test_os_commit_of_a_part_leaves_the_rest_reserved),
        cmocka_unit_test(test_os_commit_of_nothing_mapped_fails),
        cmocka_unit_test(test_os_decommit_gives_the_memory_back),
        cmocka_unit_test(test_os_committed_after_decommit_is_zero_again),
        cmocka_unit_test(test_os_decommit_gives_locked_memory_back_too),
        cmocka_unit_test(test_os_decommitted_memory_is_one_mapping_again),
        cmocka_unit_test(test_os_discarded_memory_reads_as_zero),
        cmocka_unit_test(test_os_advice_on_huge_pages_reaches_the_mapping),
        cmocka_unit_test(test_os_advice_on_nothing_mapped_fails),
        cmocka_unit_test(test_os_large_blocks_of_no_bytes_are_blocks),
        cmocka_unit_test(test_os_large_zeroed_is_zero),
        cmocka_unit_test(test_os_large_realloc_keeps_the_contents),
        cmocka_unit_test(test_os_large_alloc_of_too_much_is_null),
        cmocka_unit_test(test_os_complaint_arrives_whole_in_spite_of_interruptions),
        cmocka_unit_test(test_os_complaint_that_nobody_can_hear_is_dropped),
        cmocka_unit_test(test_os_abort_ends_the_process),
    };

    return cmocka_run_group_tests_name("os", tests, NULL, NULL);
}

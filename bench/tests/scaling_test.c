/* SPDX-License-Identifier: MIT
 *
 * scaling_test.c: what docs/scaling.md says of other programs is so, line by line as it stands there: GNU
 * parallel and Slurm run the shards of a sweep, which are then one run. Arguments: the program, the
 * folder docs, and slurm_node.sh.
 */
#include "bench/tests/program.h"

#include <errno.h>

#include "bench/store.h"

static const char *docs, *node_script;

/* The first line of the page with that beginning, behind its four spaces. */
static void
find_line(const char *beginning, char *ret_line, size_t bytes) {
    static char text[TEXT_BYTES];
    char path[512], wanted[128];

    snprintf(path, sizeof path, "%s/scaling.md", docs);
    read_text(path, text);
    snprintf(wanted, sizeof wanted, "\n    %s", beginning);
    const char *line = strstr(text, wanted);
    if (line == NULL)
        fail_msg("scaling.md has no line that begins with %s", beginning);
    snprintf(ret_line, bytes, "%.*s", (int)strcspn(line + 5, "\n"), line + 5);
}

/* A small suite in the place of that one, and the program by its name. */
static void
prepare(const char *suite) {
    char path[64], value[4096];
    FILE *file;

    snprintf(path, sizeof path, "suites/%s.ini", suite);
    assert_int_equal(mkdir("suites", 0777), 0);
    file = fopen(path, "w");
    assert_non_null(file);
    fputs("[cycles]\ngc.mode = auto, off\ncycles.window = 20\n", file);
    fclose(file);
    assert_int_equal(mkdir("bin", 0777), 0);
    assert_int_equal(symlink(program, "bin/gcsweep"), 0);
    assert_non_null(getcwd(path, sizeof path));
    snprintf(value, sizeof value, "%s/bin:%s", path, getenv("PATH"));
    setenv("PATH", value, 1);
    snprintf(value, sizeof value, "%s/suites", path);
    setenv("GCSWEEP_SUITES", value, 1);
}

static void
assert_whole(const char *path, const char *sources) {
    struct bench_store *store;
    char why[256], value[16];

    if (bench_store_open(path, BENCH_STORE_READ, &store, why, sizeof why) != 0)
        fail_msg("%s", why);
    assert_int_equal(bench_store_fact(store, BENCH_STORE_RUN, "merged", value, sizeof value), 0);
    assert_string_equal(value, sources);
    assert_int_equal(bench_store_fact(store, BENCH_STORE_RUN, "complete", value, sizeof value), 0);
    assert_string_equal(value, "1");
    assert_int_equal(bench_store_fact(store, BENCH_STORE_RUN, "missing", value, sizeof value),
                     -ENOENT);
    bench_store_close(store);
}

/* What it says would not be TAP. */
static int
run_quietly(const char *line) {
    char command[1400];
    snprintf(command, sizeof command,
             "{ %s; } >said.txt 2>&1 || { sed 's/^/# /' said.txt; false; }", line);
    return system(command);
}

static void
test_scaling_line_for_parallel_works(void **state) {
    char line[1024];

    (void)state;
    if (system("command -v parallel >/dev/null && parallel --version 2>/dev/null | grep -q GNU") !=
        0) {
        printf("# GNU parallel is missing (package parallel)\n");
        skip();
    }
    find_line("parallel ", line, sizeof line);
    prepare("quick");
    assert_int_equal(run_quietly(line), 0);
    assert_whole("results/whole.db", "3");
}

/* Waits for the job at most that long. */
static bool
submit(const char *line, int seconds) {
    char command[1400];
    snprintf(command, sizeof command, "timeout %d sbatch --wait %s >sbatch.txt 2>&1", seconds,
             line);
    return system(command) == 0;
}

static void
test_scaling_job_array_of_slurm_works(void **state) {
    struct fixture *fixture = *state;
    char command[1200], line[512], words[1024];
    int status;

    snprintf(command, sizeof command, "sh %s start %s/slurm 2>node.txt", node_script,
             fixture->directory);
    status = system(command);
    if (WIFEXITED(status) && WEXITSTATUS(status) == 3) {
        read_text("node.txt", fixture->err);
        printf("# no Slurm here: %s", fixture->err);
        skip();
    }
    assert_int_equal(status, 0);
    snprintf(command, sizeof command, "%s/slurm/slurm.conf", fixture->directory);
    setenv("SLURM_CONF", command, 1);
    find_line("sbatch ", line, sizeof line);
    prepare("full");
    assert_int_equal(strncmp(line, "sbatch --array=1-8 docs/", 24), 0);
    snprintf(words, sizeof words, "--array=1-8 %s/%s", docs, line + 24);
    bool done = submit(words, 120);
    bool again = done && submit(words, 120); /* nothing is left to do, and nothing is harmed */
    find_line("gcsweep merge night-1 ", line, sizeof line);
    status = done && again ? run_quietly(line) : 1;
    snprintf(command, sizeof command,
             "sh %s stop %s/slurm; tail -n 20 sbatch.txt gcsweep-*-1.log | sed 's/^/# /'",
             node_script, fixture->directory);
    assert_int_equal(system(command), 0);
    assert_true(done && again);
    assert_int_equal(status, 0);
    assert_whole("results/night.db", "8");
}

#define UNIT(test_) cmocka_unit_test_setup_teardown(test_, set_up, tear_down)

int
main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        UNIT(test_scaling_line_for_parallel_works),
        UNIT(test_scaling_job_array_of_slurm_works),
    };

    if (argc < 4) {
        fprintf(stderr, "usage: scaling_test PROGRAM DOCS SLURM_NODE\n");
        return 2;
    }
    program = realpath(argv[1], NULL); /* tests change their directory */
    docs = realpath(argv[2], NULL);
    node_script = realpath(argv[3], NULL);
    return cmocka_run_group_tests_name("bench/scaling", tests, NULL, NULL);
}

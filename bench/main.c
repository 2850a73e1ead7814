/* SPDX-License-Identifier: MIT
 *
 * main.c: the table of verbs, and which one an argument names. See verb.h.
 */
#include "bench/verbs.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "bench/env.h"
#include "bench/say.h"

extern const struct bench_verb bench_verb_merge, bench_verb_run, bench_verb_sweep, bench_verb_list,
    bench_verb_compare, bench_verb_report, bench_verb_plot, bench_verb_history, bench_verb_export,
    bench_verb_record, bench_verb_replay, bench_verb_agree, bench_verb_bench, bench_verb_gate,
    bench_verb_worker;

static const struct bench_verb *const verbs[] = {
    &bench_verb_run,    &bench_verb_sweep,  &bench_verb_merge,  &bench_verb_compare,
    &bench_verb_gate,   &bench_verb_report, &bench_verb_plot,   &bench_verb_history,
    &bench_verb_export, &bench_verb_record, &bench_verb_replay, &bench_verb_agree,
    &bench_verb_list,   &bench_verb_bench,  &bench_verb_worker,
};

enum {
    ALL_VERBS = sizeof verbs / sizeof verbs[0],
    SHOWN_VERBS = ALL_VERBS - 1
};

const struct bench_verb *const *
bench_verbs(size_t *ret_count) {
    *ret_count = SHOWN_VERBS;
    return verbs;
}

static const struct bench_verb *
find_verb(const char *name) {
    for (size_t i = 0; i < ALL_VERBS; i++)
        if (strcmp(verbs[i]->name, name) == 0)
            return verbs[i];
    return NULL;
}

static int
refuse_verb(const char *name) {
    const char *names[SHOWN_VERBS + 2];
    char hint[64];

    for (size_t i = 0; i < SHOWN_VERBS; i++)
        names[i] = verbs[i]->name;
    names[SHOWN_VERBS] = "help";
    names[SHOWN_VERBS + 1] = NULL;
    return bench_say(BENCH_STATUS_USAGE, "no verb %s%s (gcsweep help shows all)", name,
                     bench_say_nearest(bench_say_guess(name, names), hint, sizeof hint));
}

static void
print_usage(FILE *out) {
    fprintf(out, "usage: gcsweep VERB [ARGUMENT]...\n"
                 "\n"
                 "Benchmarks and stress tests for tuning allocators and garbage collectors.\n"
                 "\n");
    for (size_t i = 0; i < SHOWN_VERBS; i++)
        fprintf(out, "  %-8s %s\n", verbs[i]->name, verbs[i]->summary);
    fprintf(out,
            "  %-8s %s\n"
            "\n"
            "The main job:   gcsweep sweep quick --report\n"
            "Of one verb:    gcsweep help VERB\n"
            "\n"
            "Exit status: 0 done; 1 done, and the answer is no; 2 the call or an input is wrong;\n"
            "3 the environment lacks something; 130 interrupted, what was finished is kept.\n",
            "help", "print this, or the page of one verb");
}

/* `gcsweep help [VERB]`. */
static int
help(int argc, char **argv) {
    const struct bench_verb *verb = argc > 1 ? find_verb(argv[1]) : NULL;

    if (argc > 2)
        return bench_say(BENCH_STATUS_USAGE, "help takes one verb, not also %s", argv[2]);
    if (argc > 1 && verb == NULL && strcmp(argv[1], "help") != 0)
        return refuse_verb(argv[1]);
    if (verb != NULL)
        fputs(verb->help, stdout);
    else
        print_usage(stdout);
    return BENCH_STATUS_DONE;
}

/* "--help" among a verb's arguments, before a "--". */
static bool
asks_for_help(int argc, char **argv) {
    for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++)
        if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0)
            return true;
    return false;
}

/* The first argument is the verb, or what is asked about all of them. */
static int
run(int argc, char **argv) {
    const struct bench_verb *verb = find_verb(argv[0]);

    if (strcmp(argv[0], "help") == 0 || strcmp(argv[0], "--help") == 0 ||
        strcmp(argv[0], "-h") == 0)
        return help(argc, argv);
    if (strcmp(argv[0], "--version") == 0) {
        printf("gcsweep %s\n", bench_env_version());
        return BENCH_STATUS_DONE;
    }
    if (verb == NULL)
        return refuse_verb(argv[0]);
    if (asks_for_help(argc, argv)) {
        fputs(verb->help, stdout);
        return BENCH_STATUS_DONE;
    }
    return verb->run(argc, argv);
}

int
main(int argc, char **argv) {
    int status;

    if (argc < 2) {
        print_usage(stderr);
        return BENCH_STATUS_USAGE;
    }
    status = run(argc - 1, argv + 1);
    if ((fflush(stdout) != 0 || ferror(stdout)) && status != BENCH_STATUS_ENVIRONMENT)
        return bench_say(BENCH_STATUS_ENVIRONMENT, "standard output cannot be written");
    return status;
}

/* SPDX-License-Identifier: MIT
 *
 * verb.h: what a verb of the command line is. Each lives in its own cmd_<verb>.c; main.c has the
 * table, prints the help texts and hands over the arguments behind the verb.
 */
#ifndef BENCH_VERB_H
#define BENCH_VERB_H

/* Exit statuses, the same for every verb. */
enum bench_status {
    BENCH_STATUS_DONE = 0,
    BENCH_STATUS_NO = 1,          /* done, and the answer is no */
    BENCH_STATUS_USAGE = 2,       /* the call or an input is wrong */
    BENCH_STATUS_ENVIRONMENT = 3, /* the environment lacks something */
    BENCH_STATUS_INTERRUPTED = 130,
};

struct bench_verb {
    const char *name;
    const char *summary; /* one line */
    const char *help;    /* the whole page that --help prints */
    /* argv[0] is the verb; --help has been dealt with. Returns an exit status. */
    int (*run)(int argc, char **argv);
};

#endif

/* SPDX-License-Identifier: MIT
 *
 * option.h: the arguments behind a verb. "--name value", "--name=value", words, and "--" which makes
 * words of all that follow.
 */
#ifndef BENCH_OPTION_H
#define BENCH_OPTION_H

#include <stdbool.h>
#include <stdint.h>

struct bench_option {
    const char *name; /* with its dashes; a row with NULL ends the table */
    bool has_value;
};

struct bench_option_reader {
    const struct bench_option *options;
    const char *verb;
    char **argv;
    int argc, at;
    bool words_only;
    const char *value; /* of the option, or the word */
};

enum {
    BENCH_OPTION_END = -1,
    BENCH_OPTION_WRONG = -2,
    BENCH_OPTION_WORD = -3
};

void bench_option_init(struct bench_option_reader *reader, const struct bench_option *options,
                       int argc, char **argv);

/* The index of the next option in the table, or one of the above. What is wrong has been said. */
int bench_option_next(struct bench_option_reader *reader);

/* A whole number within bounds; what is wrong has been said, and false is given. */
bool bench_option_number(const char *name, const char *value, uint64_t low, uint64_t high,
                         uint64_t *ret_number);

/* "2.5s", "300ms", "2min", "1h", a bare number is seconds; at most a day. The rest as above. */
bool bench_option_duration(const char *name, const char *value, uint64_t *ret_ns);

#endif

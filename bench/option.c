/* SPDX-License-Identifier: MIT
 *
 * option.c: arguments. See option.h.
 */
#include "bench/option.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "bench/say.h"

void
bench_option_init(struct bench_option_reader *reader, const struct bench_option *options, int argc,
                  char **argv) {
    *reader = (struct bench_option_reader){
        .options = options, .verb = argv[0], .argv = argv, .argc = argc, .at = 1};
}

static int
refuse_unknown(const struct bench_option_reader *reader, const char *word) {
    const char *names[32];
    char name[64], hint[96];
    size_t count = 0, length = strcspn(word, "=");

    for (; count < 31 && reader->options[count].name != NULL; count++)
        names[count] = reader->options[count].name;
    names[count] = NULL;
    if (length >= sizeof name)
        length = sizeof name - 1;
    memcpy(name, word, length);
    name[length] = '\0';
    bench_say(0, "%s has no option %s%s (gcsweep help %s)", reader->verb, name,
              bench_say_nearest(bench_say_guess(name, names), hint, sizeof hint), reader->verb);
    return BENCH_OPTION_WRONG;
}

static int
take_option(struct bench_option_reader *reader, int index, const char *word, size_t length) {
    const struct bench_option *option = &reader->options[index];

    reader->value = word[length] == '=' ? word + length + 1 : NULL;
    if (!option->has_value && reader->value != NULL) {
        bench_say(0, "%s takes no value", option->name);
        return BENCH_OPTION_WRONG;
    }
    if (option->has_value && reader->value == NULL) {
        if (reader->at == reader->argc) {
            bench_say(0, "%s needs a value (gcsweep help %s)", option->name, reader->verb);
            return BENCH_OPTION_WRONG;
        }
        reader->value = reader->argv[reader->at++];
    }
    return index;
}

int
bench_option_next(struct bench_option_reader *reader) {
    if (reader->at == reader->argc)
        return BENCH_OPTION_END;
    const char *word = reader->argv[reader->at++];

    if (!reader->words_only && strcmp(word, "--") == 0) {
        reader->words_only = true;
        return bench_option_next(reader);
    }
    if (reader->words_only || word[0] != '-' || word[1] == '\0') {
        reader->value = word;
        return BENCH_OPTION_WORD;
    }
    for (int i = 0; reader->options[i].name != NULL; i++) {
        size_t length = strlen(reader->options[i].name);
        if (strncmp(word, reader->options[i].name, length) == 0 &&
            (word[length] == '\0' || word[length] == '='))
            return take_option(reader, i, word, length);
    }
    return refuse_unknown(reader, word);
}

bool
bench_option_number(const char *name, const char *value, uint64_t low, uint64_t high,
                    uint64_t *ret_number) {
    char *end;
    errno = 0;
    uint64_t number = strtoull(value, &end, 10);

    if (value[0] < '0' || value[0] > '9' || *end != '\0' || errno != 0 || number < low ||
        number > high) {
        bench_say(0, "%s=%s: not a whole number from %llu to %llu", name, value,
                  (unsigned long long)low, (unsigned long long)high);
        return false;
    }
    *ret_number = number;
    return true;
}

bool
bench_option_duration(const char *name, const char *value, uint64_t *ret_ns) {
    static const struct {
        const char *suffix;
        double seconds;
    } units[] = {{"", 1}, {"s", 1}, {"ms", 1e-3}, {"us", 1e-6}, {"min", 60}, {"h", 3600}};
    char *end;
    double number = strtod(value, &end);

    if ((value[0] >= '0' && value[0] <= '9') || value[0] == '.')
        for (size_t i = 0; end != value && i < sizeof units / sizeof units[0]; i++) {
            double seconds = number * units[i].seconds;
            if (strcmp(end, units[i].suffix) == 0 && seconds >= 1e-6 && seconds <= 86400) {
                *ret_ns = (uint64_t)(seconds * 1e9);
                return true;
            }
        }
    bench_say(0, "%s=%s: not a duration such as 2.5s, 300ms or 2min, at most 24h", name, value);
    return false;
}

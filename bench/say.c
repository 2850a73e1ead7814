/* SPDX-License-Identifier: MIT
 *
 * say.c: messages of one line. Line ends inside a message become spaces, so that it stays one.
 */
#include "bench/say.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "runtime/rt.h"

int
bench_say(int status, const char *format, ...) {
    char line[1024];
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(line, sizeof line, format, arguments);
    va_end(arguments);
    for (char *at = line; *at != '\0'; at++)
        if (*at == '\n' || *at == '\r')
            *at = ' ';
    fflush(stdout);
    fprintf(stderr, "gcsweep: %s\n", line);
    return status;
}

const char *
bench_say_nearest(const char *nearest, char *text, size_t bytes) {
    text[0] = '\0';
    if (nearest != NULL)
        snprintf(text, bytes, ", did you mean %s?", nearest);
    return text;
}

const char *
bench_say_guess(const char *word, const char *const *words) {
    const char *nearest = NULL;
    size_t best = strlen(word) / 2 + 1;

    for (; *words != NULL; words++) {
        size_t distance = rt_knob_distance(word, *words);
        if (distance < best) {
            best = distance;
            nearest = *words;
        }
    }
    return nearest;
}

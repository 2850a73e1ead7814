/* SPDX-License-Identifier: MIT
 *
 * compare/selection.c: see compare/selection.h.
 */
#include "bench/compare/selection.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char name_letters[] = "abcdefghijklmnopqrstuvwxyz0123456789_.";

/* A colon with NAME= behind it, or NULL. */
static char *
find_choice(char *text) {
    for (char *colon = strchr(text, ':'); colon != NULL; colon = strchr(colon + 1, ':')) {
        size_t length = strspn(colon + 1, name_letters);
        if (length > 0 && colon[1 + length] == '=')
            return colon;
    }
    return NULL;
}

/* No value may be empty, so that a comma too many is not passed over. */
static bool
are_values(const char *values) {
    size_t length;

    for (; (length = strcspn(values, ",")) > 0; values += length + 1)
        if (values[length] == '\0')
            return true;
    return false;
}

static int
take_choices(struct bench_compare_selection *selection, char *at, char *why, size_t why_bytes) {
    while (at != NULL) {
        char *name = at + 1, *values = strchr(name, '='), *next = find_choice(values);
        if (next != NULL)
            *next = '\0';
        *values++ = '\0';
        if (!are_values(values)) {
            snprintf(why, why_bytes, "%s: a value of %s is missing: NAME=VALUE or NAME=VALUE,VALUE",
                     selection->run, name);
            return -EINVAL;
        }
        if (bench_compare_selection_find(selection, name) != NULL) {
            snprintf(why, why_bytes, "%s: %s is there twice: name its values once, with commas",
                     selection->run, name);
            return -EINVAL;
        }
        if (selection->count == BENCH_COMPARE_CHOICES) {
            snprintf(why, why_bytes, "%s: more than %d choices", selection->run,
                     BENCH_COMPARE_CHOICES);
            return -EINVAL;
        }
        selection->choices[selection->count++] = (struct bench_compare_choice){name, values};
        at = next;
    }
    return 0;
}

int
bench_compare_selection_parse(const char *text, struct bench_compare_selection *ret_selection,
                              char *why, size_t why_bytes) {
    struct bench_compare_selection selection = {.text = strdup(text)};
    int error;

    if (selection.text == NULL) {
        snprintf(why, why_bytes, "out of memory");
        return -ENOMEM;
    }
    selection.run = selection.text;
    char *first = find_choice(selection.text);
    if (first != NULL)
        *first = '\0';
    error = take_choices(&selection, first, why, why_bytes);
    if (error == 0 && selection.run[0] == '\0') {
        snprintf(why, why_bytes, "'%s' names no run: RUN[:NAME=VALUE[,VALUE]]...", text);
        error = -EINVAL;
    }
    if (error == 0)
        *ret_selection = selection;
    else
        free(selection.text);
    return error;
}

void
bench_compare_selection_fini(struct bench_compare_selection *selection) {
    free(selection->text);
    *selection = (struct bench_compare_selection){0};
}

const struct bench_compare_choice *
bench_compare_selection_find(const struct bench_compare_selection *selection, const char *name) {
    for (size_t i = 0; i < selection->count; i++)
        if (strcmp(selection->choices[i].name, name) == 0)
            return &selection->choices[i];
    return NULL;
}

static bool
is_number(const char *text, size_t length, double number) {
    char *end;
    double value = strtod(text, &end);

    return end == text + length && value == number;
}

bool
bench_compare_choice_has(const struct bench_compare_choice *choice, const char *value,
                         double number) {
    const char *part = choice->values;

    for (;;) {
        size_t length = strcspn(part, ",");
        if ((strlen(value) == length && strncmp(part, value, length) == 0) ||
            is_number(part, length, number))
            return true;
        if (part[length] == '\0')
            return false;
        part += length + 1;
    }
}

/* SPDX-License-Identifier: MIT
 *
 * gate/baseline.c: the text, read and written. See gate/baseline.h.
 *
 * Invariant: once read, names of configurations are unlike each other, and so are the names within one; by_name and
 * counts are sorted.
 */
#include "bench/gate/baseline.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "bench/export/file.h"
#include "bench/say.h"

/* ---- Reading ---------------------------------------------------------------------------------------- */

struct reader {
    struct bench_gate_baseline *baseline;
    const char *path;
    size_t line;
    bool has_version, has_seed;
    char *why;
    size_t why_bytes;
};

static int refuse(const struct reader *reader, size_t line, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static int
refuse(const struct reader *reader, size_t line, const char *format, ...) {
    int length = snprintf(reader->why, reader->why_bytes, "%s:%zu: ", reader->path, line);
    va_list arguments;

    va_start(arguments, format);
    if (length >= 0 && (size_t)length < reader->why_bytes)
        vsnprintf(reader->why + length, reader->why_bytes - (size_t)length, format, arguments);
    va_end(arguments);
    return -EINVAL;
}

static bool
read_whole(const char *text, uint64_t *ret_number) {
    char *end;

    errno = 0;
    *ret_number = strtoull(text, &end, 10);
    return isdigit((unsigned char)text[0]) && *end == '\0' && errno == 0;
}

static int
take_version(struct reader *reader, const char *value) {
    uint64_t version;

    if (!read_whole(value, &version) || version == 0)
        return refuse(reader, reader->line, "baseline = %.32s: not a version", value);
    if (version > BENCH_GATE_BASELINE_VERSION) {
        refuse(reader, reader->line,
               "this baseline has form %" PRIu64 ", of a newer gcsweep; this one reads up to %d",
               version, BENCH_GATE_BASELINE_VERSION);
        return -EPROTO;
    }
    reader->has_version = true;
    return 0;
}

static int
keep_text(struct reader *reader, char **field, const char *name, const char *value) {
    if (*field != NULL)
        return refuse(reader, reader->line, "%s is there twice", name);
    *field = strdup(value);
    return *field == NULL ? -ENOMEM : 0;
}

static int
take_head(struct reader *reader, const char *name, const char *value) {
    static const char *const names[] = {"baseline", "suite", "seed", "accepted", NULL};
    char hint[64];

    if (strcmp(name, "baseline") == 0)
        return take_version(reader, value);
    if (!reader->has_version)
        return refuse(reader, reader->line, "not a baseline: its first line is \"baseline = %d\"",
                      BENCH_GATE_BASELINE_VERSION);
    if (strcmp(name, "suite") == 0)
        return keep_text(reader, &reader->baseline->suite, name, value);
    if (strcmp(name, "accepted") == 0)
        return keep_text(reader, &reader->baseline->accepted, name, value);
    if (strcmp(name, "seed") != 0)
        return refuse(reader, reader->line, "%.64s is not known%s", name,
                      bench_say_nearest(bench_say_guess(name, names), hint, sizeof hint));
    reader->has_seed = true;
    return read_whole(value, &reader->baseline->seed)
               ? 0
               : refuse(reader, reader->line, "seed = %.32s: not a whole number", value);
}

static int
take_digest(struct reader *reader, struct bench_gate_config *config, const char *value) {
    size_t length = strspn(value, "0123456789abcdef");

    if (length == 0 || value[length] != '\0' || length >= sizeof config->digest)
        return refuse(reader, reader->line, "digest = %.40s: not one", value);
    memcpy(config->digest, value, length + 1);
    config->digest_line = reader->line;
    return 0;
}

int
bench_gate_baseline_add_count(struct bench_gate_config *config, const char *name, double value,
                              size_t line) {
    size_t count = config->count_count;

    if ((count & (count - 1)) == 0) {
        size_t room = count == 0 ? 1 : 2 * count;
        void *grown = realloc(config->counts, room * sizeof *config->counts);
        if (grown == NULL)
            return -ENOMEM;
        config->counts = grown;
    }
    char *copy = strdup(name);
    if (copy == NULL)
        return -ENOMEM;
    config->counts[config->count_count++] =
        (struct bench_gate_count){.name = copy, .value = value, .line = line};
    return 0;
}

static int
take_count(struct reader *reader, const char *name, const char *value) {
    struct bench_gate_config *config =
        &reader->baseline->configs[reader->baseline->config_count - 1];
    uint64_t number;
    char *end;

    if (strcmp(name, "digest") == 0)
        return take_digest(reader, config, value);
    if (strcmp(name, "version") == 0 || strcmp(name, "seed") == 0) {
        if (!read_whole(value, &number) || number > INT64_MAX)
            return refuse(reader, reader->line, "%s = %.32s: not a whole number", name, value);
        if (name[0] == 'v')
            config->version = (int64_t)number;
        else
            config->seed = number;
        return 0;
    }
    double count = strtod(value, &end);
    if (end == value || *end != '\0' || !isfinite(count))
        return refuse(reader, reader->line, "%.64s = %.32s: not a number", name, value);
    return bench_gate_baseline_add_count(config, name, count, reader->line);
}

int
bench_gate_baseline_add(struct bench_gate_baseline *baseline, const char *name, size_t line) {
    size_t count = baseline->config_count;

    if ((count & (count - 1)) == 0) {
        size_t room = count == 0 ? 1 : 2 * count;
        void *grown = realloc(baseline->configs, room * sizeof *baseline->configs);
        if (grown == NULL)
            return -ENOMEM;
        baseline->configs = grown;
    }
    baseline->configs[count] =
        (struct bench_gate_config){.name = strdup(name), .version = -1, .line = line};
    if (baseline->configs[count].name == NULL)
        return -ENOMEM;
    baseline->config_count++;
    return 0;
}

static char *
trim(char *text) {
    size_t length;

    while (*text == ' ' || *text == '\t')
        text++;
    length = strlen(text);
    while (length > 0 && strchr(" \t\r", text[length - 1]) != NULL)
        text[--length] = '\0';
    return text;
}

static int
take_line(struct reader *reader, char *line) {
    char *text = trim(line), *equals;
    size_t length = strlen(text);

    if (text[0] == '#' || text[0] == '\0')
        return 0;
    if (text[0] == '[') {
        if (length < 3 || text[length - 1] != ']')
            return refuse(reader, reader->line, "a configuration has the form [NAME]");
        if (!reader->has_version)
            return refuse(reader, reader->line,
                          "not a baseline: its first line is \"baseline = %d\"",
                          BENCH_GATE_BASELINE_VERSION);
        text[length - 1] = '\0';
        return bench_gate_baseline_add(reader->baseline, text + 1, reader->line);
    }
    equals = strchr(text, '=');
    if (equals == NULL || equals == text)
        return refuse(reader, reader->line, "neither [NAME] nor NAME = VALUE");
    *equals = '\0';
    text = trim(text);
    return reader->baseline->config_count == 0 ? take_head(reader, text, trim(equals + 1))
                                               : take_count(reader, text, trim(equals + 1));
}

/* ---- What was read ---------------------------------------------------------------------------------- */

static int
by_config_name(const void *one, const void *other) {
    const struct bench_gate_config *const *a = one, *const *b = other;
    return strcmp((*a)->name, (*b)->name);
}

static int
by_count_name(const void *one, const void *other) {
    const struct bench_gate_count *a = one, *b = other;
    return strcmp(a->name, b->name);
}

static int
check_config(const struct reader *reader, const struct bench_gate_config *config) {
    if (config->version < 0 || config->digest[0] == '\0')
        return refuse(reader, config->line, "[%.200s] has no %s", config->name,
                      config->version < 0 ? "version" : "digest");
    for (size_t i = 1; i < config->count_count; i++)
        if (strcmp(config->counts[i - 1].name, config->counts[i].name) == 0)
            return refuse(reader, config->counts[i].line, "%.64s is there twice",
                          config->counts[i].name);
    return 0;
}

int
bench_gate_baseline_sort(struct bench_gate_baseline *baseline) {
    size_t count = baseline->config_count;

    baseline->by_name = calloc(count + 1, sizeof(struct bench_gate_config *));
    if (baseline->by_name == NULL)
        return -ENOMEM;
    for (size_t i = 0; i < count; i++)
        baseline->by_name[i] = &baseline->configs[i];
    for (size_t i = 0; i < count; i++)
        if (baseline->configs[i].count_count > 0)
            qsort(baseline->configs[i].counts, baseline->configs[i].count_count,
                  sizeof(struct bench_gate_count), by_count_name);
    qsort(baseline->by_name, count, sizeof(struct bench_gate_config *), by_config_name);
    return 0;
}

static int
check_all(const struct reader *reader) {
    struct bench_gate_baseline *baseline = reader->baseline;
    int error = 0;

    if (!reader->has_version)
        return refuse(reader, 1, "not a baseline: its first line is \"baseline = %d\"",
                      BENCH_GATE_BASELINE_VERSION);
    if (baseline->suite == NULL || !reader->has_seed)
        return refuse(reader, 1, "the head has no %s", baseline->suite == NULL ? "suite" : "seed");
    if (baseline->config_count == 0)
        return refuse(reader, reader->line, "no configuration: nothing would be compared");
    error = bench_gate_baseline_sort(baseline);
    for (size_t i = 0; error == 0 && i < baseline->config_count; i++)
        error = check_config(reader, &baseline->configs[i]);
    for (size_t i = 1; error == 0 && i < baseline->config_count; i++)
        if (strcmp(baseline->by_name[i - 1]->name, baseline->by_name[i]->name) == 0)
            error = refuse(reader, baseline->by_name[i]->line, "[%.200s] is there twice",
                           baseline->by_name[i]->name);
    return error;
}

int
bench_gate_baseline_parse(struct bench_gate_baseline *baseline, const char *path, const char *text,
                          size_t bytes, char *why, size_t why_bytes) {
    struct reader reader = {.baseline = baseline, .path = path, .why = why, .why_bytes = why_bytes};
    char *copy = malloc(bytes + 1), *line = copy;
    int error = 0;

    *baseline = (struct bench_gate_baseline){.path = strdup(path)};
    if (copy == NULL || baseline->path == NULL)
        error = -ENOMEM;
    else
        memcpy(copy, text, bytes);
    if (error == 0 && memchr(copy, '\0', bytes) != NULL)
        error = refuse(&reader, 1, "not a text");
    if (error == 0)
        copy[bytes] = '\0';
    while (error == 0 && *line != '\0') {
        char *end = line + strcspn(line, "\n");
        bool is_last = *end == '\0';
        *end = '\0';
        reader.line++;
        error = take_line(&reader, line);
        line = is_last ? end : end + 1;
    }
    if (error == 0)
        error = check_all(&reader);
    free(copy);
    if (error == -ENOMEM)
        snprintf(why, why_bytes, "%s: out of memory", path);
    if (error != 0)
        bench_gate_baseline_fini(baseline);
    return error;
}

int
bench_gate_baseline_read(struct bench_gate_baseline *baseline, const char *path, char *why,
                         size_t why_bytes) {
    FILE *file = fopen(path, "re");
    size_t bytes = 0, room = 1 << 16;
    char *text = malloc(room);
    int error = file == NULL ? -errno : text == NULL ? -ENOMEM : 0;

    while (error == 0) {
        bytes += fread(text + bytes, 1, room - bytes, file);
        if (bytes < room)
            break;
        char *grown = room >= BENCH_GATE_BASELINE_BYTES ? NULL : realloc(text, room * 2);
        error = grown == NULL ? -EFBIG : 0;
        text = grown == NULL ? text : grown;
        room *= 2;
    }
    if (error == 0 && ferror(file))
        error = errno != 0 ? -errno : -EIO;
    if (error != 0)
        snprintf(why, why_bytes, "%s: %s", path, strerror(-error));
    else
        error = bench_gate_baseline_parse(baseline, path, text, bytes, why, why_bytes);
    if (file != NULL)
        fclose(file);
    free(text);
    return error;
}

void
bench_gate_baseline_fini(struct bench_gate_baseline *baseline) {
    for (size_t i = 0; i < baseline->config_count; i++) {
        struct bench_gate_config *config = &baseline->configs[i];
        for (size_t k = 0; k < config->count_count; k++)
            free(config->counts[k].name);
        free(config->counts);
        free(config->name);
        free(config->trouble);
    }
    free(baseline->configs);
    free(baseline->by_name);
    free(baseline->path);
    free(baseline->suite);
    free(baseline->accepted);
    *baseline = (struct bench_gate_baseline){.path = NULL};
}

const struct bench_gate_config *
bench_gate_baseline_find(const struct bench_gate_baseline *baseline, const char *name) {
    const struct bench_gate_config key = {.name = (char *)name}, *wanted = &key;
    struct bench_gate_config **found = bsearch(&wanted, baseline->by_name, baseline->config_count,
                                               sizeof(struct bench_gate_config *), by_config_name);

    return found == NULL ? NULL : *found;
}

/* ---- Writing ---------------------------------------------------------------------------------------- */

void
bench_gate_baseline_write(const struct bench_gate_baseline *baseline, FILE *out) {
    fprintf(out,
            "# What each configuration of the suite counts, on every machine alike. `gcsweep gate` "
            "compares with it;\n"
            "# a change that is meant is accepted with `gcsweep gate --accept`, never by hand.\n"
            "baseline = %d\nsuite = %s\nseed = %" PRIu64 "\n",
            BENCH_GATE_BASELINE_VERSION, baseline->suite, baseline->seed);
    if (baseline->accepted != NULL)
        fprintf(out, "accepted = %s\n", baseline->accepted);
    for (size_t i = 0; i < baseline->config_count; i++) {
        const struct bench_gate_config *config = &baseline->configs[i];
        fprintf(out, "\n[%s]\nversion = %" PRId64 "\nseed = %" PRIu64 "\ndigest = %s\n",
                config->name, config->version, config->seed, config->digest);
        for (size_t k = 0; k < config->count_count; k++) {
            fprintf(out, "%s = ", config->counts[k].name);
            bench_export_number(out, config->counts[k].value);
            fputc('\n', out);
        }
    }
}

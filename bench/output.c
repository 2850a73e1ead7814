/* SPDX-License-Identifier: MIT
 *
 * output.c: see output.h.
 *
 * A file grows under a name that nobody looks for, in the folder where it is to be. When all of it has reached
 * the disk it is renamed; or linked, which fails where there is a file already.
 */
#include "bench/output.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *
name_of(const struct bench_output *output) {
    return output->path == NULL ? "standard output" : output->path;
}

static int
tell(const struct bench_output *output, int error, char *why, size_t why_bytes) {
    if (error == -EEXIST)
        snprintf(why, why_bytes, "%s is there already: choose another name, or --force it",
                 output->path);
    else if (error == -ENOENT)
        snprintf(why, why_bytes, "%s: there is no such folder", output->path);
    else
        snprintf(why, why_bytes, "%s cannot be written: %s", name_of(output), strerror(-error));
    return error;
}

static int
hide(struct bench_output *output) {
    const char *slash = strrchr(output->path, '/');
    int folder = slash == NULL ? 0 : (int)(slash + 1 - output->path);
    int length = snprintf(output->hidden, sizeof output->hidden, "%.*s.%s.%ld", folder,
                          output->path, output->path + folder, (long)getpid());

    return length < BENCH_OUTPUT_PATH_BYTES ? 0 : -ENAMETOOLONG;
}

static int
open_file(struct bench_output *output) {
    struct stat status;
    bool exists = stat(output->path, &status) == 0;
    int error = 0;

    if (exists && S_ISDIR(status.st_mode))
        return -EISDIR;
    if (exists && S_ISREG(status.st_mode) && !output->replaces)
        return -EEXIST;
    if (!exists || S_ISREG(status.st_mode))
        error = hide(output);
    if (error == 0)
        output->file = fopen(output->hidden[0] == '\0' ? output->path : output->hidden, "w");
    return error == 0 && output->file == NULL ? -errno : error;
}

int
bench_output_open(struct bench_output *output, const char *path, bool replaces, char *why,
                  size_t why_bytes) {
    *output = (struct bench_output){.file = stdout, .replaces = replaces};
    if (path == NULL || strcmp(path, "-") == 0)
        return 0;
    output->path = path;
    output->file = NULL;
    int error = open_file(output);
    return error == 0 ? 0 : tell(output, error, why, why_bytes);
}

bool
bench_output_is_broken(struct bench_output *output) {
    if (output->error == 0 && ferror(output->file))
        output->error = errno != 0 ? -errno : -EIO;
    return output->error != 0;
}

/* File systems without hard links have a moment between look and renaming. */
static int
put_in_place(const struct bench_output *output) {
    if (output->replaces)
        return rename(output->hidden, output->path) == 0 ? 0 : -errno;
    if (link(output->hidden, output->path) == 0)
        return unlink(output->hidden) == 0 ? 0 : -errno;
    if (errno == EEXIST || access(output->path, F_OK) == 0)
        return -EEXIST;
    return rename(output->hidden, output->path) == 0 ? 0 : -errno;
}

int
bench_output_finish(struct bench_output *output, char *why, size_t why_bytes) {
    int error = bench_output_is_broken(output) ? output->error : 0;

    if (error == 0 && fflush(output->file) != 0)
        error = -errno;
    if (error == 0 && output->hidden[0] != '\0' && fsync(fileno(output->file)) != 0)
        error = -errno;
    if (output->path != NULL && fclose(output->file) != 0 && error == 0)
        error = -errno;
    output->file = NULL;
    if (error == 0 && output->hidden[0] != '\0')
        error = put_in_place(output);
    if (error == 0)
        return 0;
    bench_output_drop(output);
    return tell(output, error, why, why_bytes);
}

void
bench_output_drop(struct bench_output *output) {
    if (output->path != NULL && output->file != NULL)
        fclose(output->file);
    output->file = NULL;
    if (output->hidden[0] != '\0')
        unlink(output->hidden);
}

/* SPDX-License-Identifier: MIT
 *
 * csv_file.c: see csv_file.h.
 *
 * Whether a row is good is settled here, before anything is made of it, so that every strategy skips the
 * same ones.
 */
#include "workloads/csv_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    BUFFER_BYTES = 1 << 18,
    PATH_BYTES = 4096,
};

static void
say(struct rt_text *why, const char *one, const char *other, const char *third) {
    if (why == NULL)
        return;
    rt_text_string(why, one);
    rt_text_string(why, other);
    rt_text_string(why, third);
}

static int
fail(struct rt_text *why, const char *what, const char *path, int error) {
    say(why, what, path, ": ");
    say(why, strerror(-error), "", "");
    return error;
}

/* ---- Reading ------------------------------------------------------------------------------------ */

static int
feed(struct wl_csv_file *file) {
    char *room;
    size_t bytes;
    ssize_t got;
    int error = wl_csv_read_room(&file->reader, &room, &bytes);

    if (error != 0)
        return error;
    do
        got = read(file->fd, room, bytes);
    while (got < 0 && errno == EINTR);
    if (got < 0)
        return -errno;
    file->bytes += got;
    wl_csv_read_fed(&file->reader, (size_t)got);
    return 0;
}

static const char *
find_flaw(struct wl_csv_file *file) {
    const struct wl_csv_row *row = &file->row;

    if (row->flaws != 0)
        return row->flaws & WL_CSV_FLAW_OPEN ? "a quote is never closed"
               : row->flaws & WL_CSV_FLAW_BEHIND_QUOTE
                   ? "letters behind the closing quote of a field"
                   : "it is not UTF-8";
    if (row->count != file->columns)
        return row->count < file->columns ? "fewer fields than the header"
                                          : "more fields than the header";
    const struct wl_csv_field *value = &row->fields[file->value];
    return wl_csv_read_number(value->data, value->bytes, &file->number) ? NULL
                                                                        : "the value is no number";
}

int
wl_csv_file_next(struct wl_csv_file *file, struct rt_text *why) {
    for (;;) {
        int got = wl_csv_read_row(&file->reader, &file->row);
        if (got == 1 && file->row.count > 0) {
            file->flaw = find_flaw(file);
            return 0;
        }
        if (got == 0 && file->reader.is_last) {
            file->is_over = true;
            return 0;
        }
        int error = got == 0 ? feed(file) : got < 0 ? got : 0;
        if (error == 0)
            continue;
        say(why, "reading the CSV file failed at line ", "", "");
        if (why != NULL)
            rt_text_integer(why, file->reader.line);
        return fail(why, "", "", error);
    }
}

static int
read_header(struct wl_csv_file *file, const char *name, struct rt_text *why) {
    int error = wl_csv_file_next(file, why);

    if (error == 0 && (file->is_over || file->row.flaws != 0)) {
        say(why, name, ": ", file->is_over ? "no header, it is empty" : "its header is ");
        say(why, file->is_over ? "" : "not whole or not UTF-8", "", "");
        error = -EINVAL;
    }
    file->columns = file->row.count;
    return error;
}

/* Takes over the descriptor. */
static int
begin(struct wl_csv_file *file, int fd, const char *name, struct rt_text *why) {
    *file = (struct wl_csv_file){.fd = fd};
    int error = wl_csv_read_init(&file->reader, BUFFER_BYTES);

    if (error == 0)
        error = read_header(file, name, why);
    else
        say(why, "no memory for a buffer to read into", "", "");
    if (error != 0)
        wl_csv_file_fini(file);
    return error;
}

int
wl_csv_file_open(struct wl_csv_file *file, const char *path, struct rt_text *why) {
    int fd = open(path, O_RDONLY | O_CLOEXEC);

    if (fd < 0)
        return fail(why, "csv.file: ", path, -errno);
    return begin(file, fd, path, why);
}

void
wl_csv_file_fini(struct wl_csv_file *file) {
    wl_csv_read_fini(&file->reader);
    if (file->fd >= 0)
        (void)close(file->fd);
    file->fd = -1;
}

/* ---- Columns ------------------------------------------------------------------------------------ */

static bool
find_column(const struct wl_csv_file *file, const char *name, size_t *ret_index) {
    size_t bytes = strlen(name), number = 0, digits = strspn(name, "0123456789");

    for (size_t i = 0; i < file->columns; i++) {
        const struct wl_csv_field *field = &file->row.fields[i];
        if (field->bytes == bytes && memcmp(field->data, name, bytes) == 0) {
            *ret_index = i;
            return true;
        }
    }
    if (digits == 0 || digits != bytes || digits > 9)
        return false;
    for (size_t i = 0; i < digits; i++)
        number = number * 10 + (size_t)(name[i] - '0');
    *ret_index = number - 1;
    return number >= 1 && number <= file->columns;
}

int
wl_csv_file_choose(struct wl_csv_file *file, const char *category, const char *value,
                   struct rt_text *why) {
    bool has_category = find_column(file, category, &file->category);

    if (has_category && find_column(file, value, &file->value)) {
        if (file->value != file->category)
            return 0;
        say(why, "csv.value=", value, ": that is the category's column, too");
        return -EINVAL;
    }
    say(why, has_category ? "csv.value=" : "csv.category=", has_category ? value : category,
        ": no column of that name or number in the file's header, which has ");
    if (why != NULL)
        rt_text_unsigned(why, file->columns);
    say(why, " columns", "", "");
    return -EINVAL;
}

/* ---- Making ------------------------------------------------------------------------------------- */

static int
write_all(int fd, const char *data, size_t bytes) {
    while (bytes > 0) {
        ssize_t written = write(fd, data, bytes);
        if (written < 0 && errno == EINTR)
            continue;
        if (written <= 0)
            return written < 0 ? -errno : -ENOSPC;
        data += written;
        bytes -= (size_t)written;
    }
    return 0;
}

static int
write_rows(struct wl_csv_file *file, const struct wl_csv_make_spec *spec, uint64_t seed) {
    char *buffer = malloc(BUFFER_BYTES);
    struct wl_csv_make make;
    int error = buffer == NULL ? -ENOMEM : 0;

    wl_csv_make_init(&make, spec, seed);
    for (size_t bytes = 1; error == 0 && bytes > 0;) {
        bytes = wl_csv_make_fill(&make, buffer, BUFFER_BYTES);
        error = write_all(file->fd, buffer, bytes);
    }
    free(buffer);
    if (error == 0 && lseek(file->fd, 0, SEEK_SET) != 0)
        error = -errno;
    return error;
}

int
wl_csv_file_make(struct wl_csv_file *file, const struct wl_csv_make_spec *spec, uint64_t seed,
                 struct rt_text *why) {
    static const char name[] = "/gcsweep-csv-XXXXXX";
    const char *directory = getenv("TMPDIR");
    char path[PATH_BYTES];

    if (directory == NULL || directory[0] == '\0')
        directory = "/tmp";
    if (strlen(directory) + sizeof name > sizeof path)
        return fail(why, "TMPDIR: ", directory, -ENAMETOOLONG);
    strcpy(path, directory);
    strcat(path, name);
    *file = (struct wl_csv_file){.fd = mkostemp(path, O_CLOEXEC)};
    if (file->fd < 0)
        return fail(why, "no CSV file can be made in ", directory, -errno);
    int error = unlink(path) == 0 ? write_rows(file, spec, seed) : -errno;
    if (error == 0)
        return begin(file, file->fd, "the CSV file that was made", why);
    wl_csv_file_fini(file);
    (void)fail(why, "no CSV file can be written in ", directory, error);
    say(why, "; name another place in TMPDIR, or lower csv.rows", "", "");
    return error;
}

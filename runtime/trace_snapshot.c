/* SPDX-License-Identifier: MIT
 *
 * trace_snapshot.c: what the traced blocks were at one moment, by whom, and what changed between two.
 *
 * A snapshot is one piece of memory: its head, blocks, sites, the sites' frames, and those once more with
 * line 0, so that a group by file has frames to show as well. It copies all sites, and may have some that no
 * block has any more.
 *
 * A table is made by adding: first the blocks of each site, then a row for each group that a site belongs to.
 * Rows of the older snapshot are negative and add to the differences alone. Equal groups are brought together
 * by sorting, and become one row. In statistics all differences are 0, so one order serves both kinds of
 * tables: |bytes_diff|, bytes, |count_diff|, count and site, descending.
 *
 * Frames are equal when their labels read the same: a label may be at several addresses.
 */
#include "runtime/trace.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* ---- Snapshots ---------------------------------------------------------------------------------- */

/* The writable parts of a snapshot. */
struct parts {
    struct rt_trace_snapshot *head;
    struct rt_trace_block *blocks;
    struct rt_trace_site *sites;
    struct rt_trace_frame *frames, *files;
};

static bool
obtain_parts(struct rt *rt, size_t blocks, size_t sites, size_t frames, struct parts *ret_parts) {
    struct parts parts;
    char *end =
        rt_trace_obtain(rt, sizeof *parts.head + blocks * sizeof *parts.blocks +
                                sites * sizeof *parts.sites + 2 * frames * sizeof *parts.frames);

    if (end == NULL) {
        return false;
    }
    parts.head = (struct rt_trace_snapshot *)end;
    parts.blocks = (struct rt_trace_block *)(end += sizeof *parts.head);
    parts.sites = (struct rt_trace_site *)(end += blocks * sizeof *parts.blocks);
    parts.frames = (struct rt_trace_frame *)(end + sites * sizeof *parts.sites);
    parts.files = parts.frames + frames;
    *parts.head = (struct rt_trace_snapshot){
        .site_count = sites, .blocks = parts.blocks, .sites = parts.sites, .files = parts.files};
    *ret_parts = parts;
    return true;
}

static void
copy_frames(struct parts *parts, const struct rt_trace_frame *frames, size_t count) {
    for (size_t i = 0; i < count; i++) {
        parts->frames[i] = frames[i];
        parts->files[i] = (struct rt_trace_frame){.file = frames[i].file};
    }
}

static void
add_block(struct parts *parts, struct rt_trace_block block) {
    parts->blocks[parts->head->block_count++] = block;
    parts->head->bytes += block.bytes;
}

int
rt_trace_snapshot_take(struct rt *rt, struct rt_trace_snapshot **ret_snapshot) {
    const struct rt_trace_tables *tables = rt->trace.tables;
    struct parts parts;

    if (tables == NULL) {
        return -EINVAL;
    }
    if (!obtain_parts(rt, tables->record_count, tables->site_count, tables->frame_count, &parts)) {
        return -ENOMEM;
    }
    parts.head->limit = rt->trace.limit;
    copy_frames(&parts, tables->frames, tables->frame_count);
    for (size_t i = 0; i < tables->site_count; i++) {
        const struct rt_trace_known_site *site = &tables->sites[i];

        parts.sites[i] = (struct rt_trace_site){
            .frames = parts.frames + site->first, .count = site->count, .total = site->total};
    }
    for (size_t i = 0; i < tables->record_capacity; i++) {
        const struct rt_trace_record *record = &tables->records[i];

        if (record->unit != 0) {
            add_block(&parts, (struct rt_trace_block){.bytes = rt_trace_record_bytes(record),
                                                      .site = record->site});
        }
    }
    *ret_snapshot = parts.head;
    return 0;
}

void
rt_trace_snapshot_destroy(struct rt *rt, struct rt_trace_snapshot *snapshot) {
    rt_trace_give_back(rt, snapshot);
}

/* ---- Filters ------------------------------------------------------------------------------------ */

/* Goes back to the last asterisk, and lets it take one character more, for as long as that helps. */
static bool
matches_pattern(const char *pattern, const char *text) {
    const char *after = NULL, *resume = NULL;

    while (*text != '\0') {
        if (*pattern == '*') {
            after = ++pattern;
            resume = text;
        } else if (*pattern == '?' || *pattern == *text) {
            pattern++;
            text++;
        } else if (after != NULL) {
            pattern = after;
            text = ++resume;
        } else {
            return false;
        }
    }
    while (*pattern == '*') {
        pattern++;
    }
    return *pattern == '\0';
}

static bool
keeps_site(const struct rt_trace_filter *filter, const struct rt_trace_site *site) {
    size_t count = filter->all_frames ? site->count : 1;

    for (size_t i = 0; i < count; i++) {
        const struct rt_trace_frame *frame = &site->frames[i];

        if ((filter->line == 0 || filter->line == frame->line) &&
            matches_pattern(filter->pattern, frame->file)) {
            return !filter->is_exclusive;
        }
    }
    return filter->is_exclusive;
}

static bool
is_kept(const struct rt_trace_site *site, const struct rt_trace_filter *filters, size_t count) {
    bool has_inclusive = false, is_included = false;

    for (size_t i = 0; i < count; i++) {
        bool keeps = keeps_site(&filters[i], site);

        if (filters[i].is_exclusive && !keeps) {
            return false;
        }
        has_inclusive |= !filters[i].is_exclusive;
        is_included |= !filters[i].is_exclusive && keeps;
    }
    return is_included || !has_inclusive;
}

static size_t
count_frames(const struct rt_trace_snapshot *snapshot) {
    size_t count = 0;

    for (size_t i = 0; i < snapshot->site_count; i++) {
        count += snapshot->sites[i].count;
    }
    return count;
}

static void
copy_sites(struct parts *parts, const struct rt_trace_snapshot *snapshot) {
    size_t first = 0;

    for (size_t i = 0; i < snapshot->site_count; i++) {
        parts->sites[i] = snapshot->sites[i];
        parts->sites[i].frames = parts->frames + first;
        first += snapshot->sites[i].count;
    }
    if (first > 0) {
        copy_frames(parts, snapshot->sites[0].frames, first);
    }
}

int
rt_trace_snapshot_filter(struct rt *rt, const struct rt_trace_snapshot *snapshot,
                         const struct rt_trace_filter *filters, size_t count,
                         struct rt_trace_snapshot **ret_snapshot) {
    bool *kept = rt_trace_obtain(rt, snapshot->site_count * sizeof *kept + 1);
    struct parts parts;

    if (kept == NULL) {
        return -ENOMEM;
    }
    if (!obtain_parts(rt, snapshot->block_count, snapshot->site_count, count_frames(snapshot),
                      &parts)) {
        rt_trace_give_back(rt, kept);
        return -ENOMEM;
    }
    parts.head->limit = snapshot->limit;
    copy_sites(&parts, snapshot);
    for (size_t i = 0; i < snapshot->site_count; i++) {
        kept[i] = is_kept(&snapshot->sites[i], filters, count);
    }
    for (size_t i = 0; i < snapshot->block_count; i++) {
        if (kept[snapshot->blocks[i].site]) {
            add_block(&parts, snapshot->blocks[i]);
        }
    }
    rt_trace_give_back(rt, kept);
    *ret_snapshot = parts.head;
    return 0;
}

/* ---- Order -------------------------------------------------------------------------------------- */

static int
compare_numbers(int64_t one, int64_t other) {
    return (one > other) - (one < other);
}

static int
compare_frames(const struct rt_trace_frame *one, const struct rt_trace_frame *other) {
    int order = one->file == other->file ? 0 : strcmp(one->file, other->file);

    return order != 0 ? order : compare_numbers(one->line, other->line);
}

/* As CPython compares tuples of frames, the oldest first. */
static int
compare_sites(const struct rt_trace_site *one, const struct rt_trace_site *other) {
    size_t common = one->count < other->count ? one->count : other->count;

    for (size_t i = 1; i <= common; i++) {
        int order = compare_frames(&one->frames[one->count - i], &other->frames[other->count - i]);

        if (order != 0) {
            return order;
        }
    }
    return compare_numbers(one->count, other->count);
}

static int
compare_groups(const void *one, const void *other) {
    return compare_sites(&((const struct rt_trace_row *)one)->site,
                         &((const struct rt_trace_row *)other)->site);
}

static int
compare_rows(const void *one, const void *other) {
    const struct rt_trace_row *a = other, *b = one; /* descending */
    int order = compare_numbers(llabs(a->bytes_diff), llabs(b->bytes_diff));

    order = order != 0 ? order : compare_numbers(a->bytes, b->bytes);
    order = order != 0 ? order : compare_numbers(llabs(a->count_diff), llabs(b->count_diff));
    order = order != 0 ? order : compare_numbers(a->count, b->count);
    return order != 0 ? order : compare_sites(&a->site, &b->site);
}

/* ---- Tables ------------------------------------------------------------------------------------- */

/* What a table is made of. */
struct tally {
    enum rt_trace_key key;
    bool is_cumulative;
    struct rt_trace_row *rows;
    size_t row_count;
    struct rt_trace_row *sums; /* by site of the snapshot at hand */
};

static size_t
rows_at_most(const struct rt_trace_snapshot *snapshot, bool is_cumulative) {
    return is_cumulative ? count_frames(snapshot) : snapshot->site_count;
}

static void
sum_sites(struct tally *tally, const struct rt_trace_snapshot *snapshot) {
    memset(tally->sums, 0, snapshot->site_count * sizeof *tally->sums);
    for (size_t i = 0; i < snapshot->block_count; i++) {
        struct rt_trace_row *sum = &tally->sums[snapshot->blocks[i].site];

        sum->bytes += (int64_t)snapshot->blocks[i].bytes;
        sum->count++;
    }
}

/* The group that the site is in with its frame of this number. */
static struct rt_trace_site
group_of(const struct tally *tally, const struct rt_trace_snapshot *snapshot,
         const struct rt_trace_site *site, size_t frame) {
    const struct rt_trace_frame *frames = site->frames + frame;

    if (tally->key == RT_TRACE_BY_SITE) {
        return *site;
    }
    if (tally->key == RT_TRACE_BY_FILE) {
        frames = snapshot->files + (frames - snapshot->sites[0].frames);
    }
    return (struct rt_trace_site){.frames = frames, .count = 1, .total = 1};
}

/* `now` and `change`: how often the snapshot counts in the figures, and in the differences. */
static void
add_snapshot(struct tally *tally, const struct rt_trace_snapshot *snapshot, int now, int change) {
    sum_sites(tally, snapshot);
    for (size_t i = 0; i < snapshot->site_count; i++) {
        const struct rt_trace_site *site = &snapshot->sites[i];
        const struct rt_trace_row *sum = &tally->sums[i];

        for (size_t j = 0; sum->count > 0 && j < (tally->is_cumulative ? site->count : 1); j++) {
            tally->rows[tally->row_count++] =
                (struct rt_trace_row){.site = group_of(tally, snapshot, site, j),
                                      .bytes = now * sum->bytes,
                                      .bytes_diff = change * sum->bytes,
                                      .count = now * sum->count,
                                      .count_diff = change * sum->count};
        }
    }
}

static void
add_row(struct rt_trace_row *row, const struct rt_trace_row *more) {
    row->bytes += more->bytes;
    row->bytes_diff += more->bytes_diff;
    row->count += more->count;
    row->count_diff += more->count_diff;
}

static void
finish(struct tally *tally, struct rt_trace_table *table, size_t limit) {
    size_t groups = 0;

    qsort(tally->rows, tally->row_count, sizeof *tally->rows, compare_groups);
    for (size_t i = 0; i < tally->row_count; i++) {
        table->bytes += tally->rows[i].bytes;
        table->count += tally->rows[i].count;
        if (groups > 0 && compare_groups(&tally->rows[groups - 1], &tally->rows[i]) == 0) {
            add_row(&tally->rows[groups - 1], &tally->rows[i]);
        } else {
            tally->rows[groups++] = tally->rows[i];
        }
    }
    qsort(tally->rows, groups, sizeof *tally->rows, compare_rows);
    table->rows = tally->rows;
    table->group_count = groups;
    table->row_count = limit == 0 || groups < limit ? groups : limit;
}

/* `old` may be NULL: statistics. The table is one piece of memory, with its rows. */
static int
make_table(struct rt *rt, const struct rt_trace_snapshot *snapshot,
           const struct rt_trace_snapshot *old, struct tally tally, size_t limit,
           struct rt_trace_table **ret_table) {
    size_t rows = rows_at_most(snapshot, tally.is_cumulative);
    size_t sums = snapshot->site_count;
    struct rt_trace_table *table;

    if ((unsigned)tally.key >= RT_TRACE_KEY_COUNT ||
        (tally.is_cumulative && tally.key == RT_TRACE_BY_SITE)) {
        return -EINVAL;
    }
    if (old != NULL) {
        rows += rows_at_most(old, tally.is_cumulative);
        sums = sums > old->site_count ? sums : old->site_count;
    }
    tally.sums = rt_trace_obtain(rt, (sums + 1) * sizeof *tally.sums);
    table =
        tally.sums == NULL ? NULL : rt_trace_obtain(rt, sizeof *table + rows * sizeof *tally.rows);
    if (table == NULL) {
        rt_trace_give_back(rt, tally.sums);
        return -ENOMEM;
    }
    tally.rows = (struct rt_trace_row *)(table + 1);
    add_snapshot(&tally, snapshot, /* now */ 1, /* change */ old == NULL ? 0 : 1);
    if (old != NULL) {
        add_snapshot(&tally, old, /* now */ 0, /* change */ -1);
    }
    finish(&tally, table, limit);
    rt_trace_give_back(rt, tally.sums);
    *ret_table = table;
    return 0;
}

int
rt_trace_statistics(struct rt *rt, const struct rt_trace_snapshot *snapshot, enum rt_trace_key key,
                    bool is_cumulative, size_t limit, struct rt_trace_table **ret_table) {
    struct tally tally = {.key = key, .is_cumulative = is_cumulative};

    return make_table(rt, snapshot, NULL, tally, limit, ret_table);
}

int
rt_trace_compare(struct rt *rt, const struct rt_trace_snapshot *snapshot,
                 const struct rt_trace_snapshot *old, enum rt_trace_key key, bool is_cumulative,
                 size_t limit, struct rt_trace_table **ret_table) {
    struct tally tally = {.key = key, .is_cumulative = is_cumulative};

    return make_table(rt, snapshot, old, tally, limit, ret_table);
}

void
rt_trace_table_destroy(struct rt *rt, struct rt_trace_table *table) {
    rt_trace_give_back(rt, table);
}

void
rt_trace_frame_print(const struct rt_trace_frame *frame, struct rt_text *text) {
    rt_text_string(text, frame->file);
    rt_text_string(text, ":");
    rt_text_unsigned(text, frame->line);
}

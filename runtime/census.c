/* SPDX-License-Identifier: MIT
 *
 * census.c: what CPython's sys._debugmallocstats() tells of its pools, as data and as a table.
 *
 * The sum of the parts is the total to the byte: live blocks, free blocks of pools in use, unused
 * pools, pool headers, the remainders no block fits in, and alignment (always 0 here: our arenas are
 * aligned).
 */
#include "runtime/pool.h"

static void
count_pool(const struct rt *rt, int32_t number, struct rt_census *census) {
    const struct rt_pool *pool = &rt->pools[number];
    struct rt_census_class *row = &census->classes[rt_pool_class(pool)];
    size_t capacity = rt->capacity[rt_pool_class(pool)];
    size_t live = rt_pool_live_blocks(pool, &rt->rest[number]);

    row->pools++;
    row->blocks_live += live;
    row->blocks_free += capacity - live;
    census->live_bytes += live * row->block_bytes;
    census->free_block_bytes += (capacity - live) * row->block_bytes;
    census->header_bytes += RT_POOL_HEADER_BYTES;
    census->quantization_bytes +=
        rt->pool_bytes - RT_POOL_HEADER_BYTES - capacity * row->block_bytes;
}

void
rt_census_read(const struct rt *rt, struct rt_census *ret_census) {
    const struct rt_arenas *arenas = &rt->arenas;
    size_t pools = arenas->covered * arenas->pools_per_arena;

    *ret_census = (struct rt_census){
        .small_bytes = rt->small_bytes,
        .class_count = rt->small_bytes >> RT_UNIT_SHIFT,
        .arenas_mapped_total = arenas->mapped_total,
        .arenas_released_total = arenas->released_total,
        .arenas_peak = arenas->mapped_peak,
        .arenas = arenas->mapped,
        .arena_bytes = rt->arena_bytes,
        .pool_bytes = rt->pool_bytes,
        .unused_pools = arenas->free_pools,
        .unused_pool_bytes = rt_arena_slack_bytes(rt),
        .total_bytes = arenas->mapped * rt->arena_bytes,
        .large_blocks = rt->large.count,
        .large_bytes = rt->large.bytes,
    };
    for (size_t i = 0; i < ret_census->class_count; i++) {
        ret_census->classes[i].block_bytes = rt_size_class_bytes(i);
    }
    for (size_t i = 0; i < pools; i++) {
        if (rt_pool_is_in_use(&rt->pools[i])) {
            count_pool(rt, (int32_t)i, ret_census);
        }
    }
}

static void
print_class(size_t index, const struct rt_census_class *row, struct rt_text *text) {
    const size_t columns[] = {index, row->block_bytes, row->pools, row->blocks_live,
                              row->blocks_free};

    for (size_t i = 0; i < RT_COUNT_OF(columns); i++) {
        rt_text_column(text, i * 14);
        rt_text_unsigned(text, columns[i]);
    }
    rt_text_string(text, "\n");
}

static void
print_figure(const char *label, size_t value, struct rt_text *text) {
    rt_text_string(text, label);
    rt_text_column(text, 40);
    rt_text_string(text, "= ");
    rt_text_unsigned(text, value);
    rt_text_string(text, "\n");
}

void
rt_census_print(const struct rt_census *census, struct rt_text *text) {
    static const char *const heads[] = {"class", "size", "pools", "blocks in use", "avail blocks"};

    rt_text_string(text, "Small block threshold = ");
    rt_text_unsigned(text, census->small_bytes);
    rt_text_string(text, ", in ");
    rt_text_unsigned(text, census->class_count);
    rt_text_string(text, " size classes.\n\n");
    for (size_t i = 0; i < RT_COUNT_OF(heads); i++) {
        rt_text_column(text, i * 14);
        rt_text_string(text, heads[i]);
    }
    rt_text_string(text, "\n");
    for (size_t i = 0; i < census->class_count; i++) {
        if (census->classes[i].pools != 0) {
            print_class(i, &census->classes[i], text);
        }
    }
    rt_text_string(text, "\n");
    print_figure("# arenas allocated total", census->arenas_mapped_total, text);
    print_figure("# arenas reclaimed", census->arenas_released_total, text);
    print_figure("# arenas highwater mark", census->arenas_peak, text);
    print_figure("# arenas allocated current", census->arenas, text);
    print_figure("# bytes in an arena", census->arena_bytes, text);
    rt_text_string(text, "\n");
    print_figure("# bytes in allocated blocks", census->live_bytes, text);
    print_figure("# bytes in available blocks", census->free_block_bytes, text);
    print_figure("# unused pools", census->unused_pools, text);
    print_figure("# bytes in unused pools", census->unused_pool_bytes, text);
    print_figure("# bytes lost to pool headers", census->header_bytes, text);
    print_figure("# bytes lost to quantization", census->quantization_bytes, text);
    print_figure("# bytes lost to arena alignment", census->alignment_bytes, text);
    print_figure("Total", census->total_bytes, text);
    rt_text_string(text, "\n");
    print_figure("# large blocks", census->large_blocks, text);
    print_figure("# bytes in large blocks", census->large_bytes, text);
}

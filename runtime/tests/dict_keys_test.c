/* SPDX-License-Identifier: MIT
 *
 * Key tables: their blocks, large indexes, the names that instances share and their values, and what dicts do
 * over such names.
 */
#include "runtime/tests/keyed.h"

#include "runtime/dict.h"
#include "runtime/dict_lookup.h"

static struct rt_object *
name_of(struct rt *rt, int number) {
    char text[16];
    struct rt_object *name;

    (void)snprintf(text, sizeof text, "name%d", number);
    name = rt_str_name(rt, text);
    assert_non_null(name);
    return name;
}

static void
assert_sound(const struct rt_keys *keys, size_t used) {
    char buffer[TEST_TEXT_BYTES];
    struct rt_text why;

    rt_text_init(&why, buffer, sizeof buffer);
    if (!rt_keys_verify(keys, used, &why))
        fail_msg("%s", buffer);
}

static uint64_t
live_bytes(struct rt *rt) {
    return test_stat(rt, RT_STAT_LIVE_REQUESTED_BYTES);
}

/* ---- Blocks ------------------------------------------------------------------------------------- */

static void
test_dict_keys_are_one_block_of_head_index_and_pairs(void **state) {
    struct rt *rt = test_create(NULL, "object.keep_keys=0", NULL);

    (void)state;
    for (unsigned log2_slots = 3; log2_slots <= 18; log2_slots++) {
        size_t slots = (size_t)1 << log2_slots, width = slots <= 128 ? 1 : slots <= 32768 ? 2 : 4;

        for (int kind = RT_KEYS_GENERAL; kind <= RT_KEYS_STR; kind++) {
            uint64_t before = live_bytes(rt);
            struct rt_keys *keys = rt_keys_new(rt, log2_slots, (enum rt_keys_kind)kind);
            size_t pair_bytes = kind == RT_KEYS_STR ? 16 : 24;

            assert_non_null(keys);
            assert_int_equal(rt_keys_bytes(keys), 32 + slots * width + 2 * slots / 3 * pair_bytes);
            assert_int_equal(live_bytes(rt) - before, rt_keys_bytes(keys));
            assert_int_equal(keys->limit, 2 * slots / 3);
            assert_sound(keys, 0);
            rt_keys_decref(rt, keys);
            assert_int_equal(live_bytes(rt), before);
        }
    }
    rt_destroy(rt);
}

static void
test_dict_keys_keeps_eighty_of_the_smallest_for_str(void **state) {
    struct rt *rt = test_create(NULL, NULL);
    struct rt_keys *keys[100];
    uint64_t before = live_bytes(rt);

    (void)state;
    for (int kind = RT_KEYS_GENERAL; kind <= RT_KEYS_STR; kind++) {
        for (int i = 0; i < 100; i++)
            assert_non_null(keys[i] = rt_keys_new(rt, 3, (enum rt_keys_kind)kind));
        for (int i = 0; i < 100; i++)
            rt_keys_decref(rt, keys[i]);
        assert_int_equal(live_bytes(rt) - before, kind == RT_KEYS_STR ? 80 * 120 : 0);
    }
    keys[0] = rt_keys_new(rt, 4, RT_KEYS_STR);
    rt_keys_decref(rt, keys[0]);
    assert_int_equal(live_bytes(rt) - before, 80 * 120);
    keys[0] = rt_keys_new(rt, 3, RT_KEYS_STR);
    assert_int_equal(live_bytes(rt) - before, 80 * 120);
    assert_sound(keys[0], 0);
    rt_keys_decref(rt, keys[0]);
    rt_free_lists_clear(rt);
    assert_int_equal(live_bytes(rt), before);
    rt_destroy(rt);
}

/* ---- Large indexes ------------------------------------------------------------------------------ */

/* Few of these are at home: many share the low bits of their hashes. */
static int64_t
crowded(int64_t number) {
    return number % 7 == 0 ? (number << 18) + 1 : number * 8;
}

static void
test_dict_keys_finds_every_pair_at_each_size(void **state) {
    struct rt *rt = test_create(NULL, NULL);
    struct rt_object *dict = rt_dict_new(rt);
    size_t bytes = 0;

    (void)state;
    for (int64_t i = 0; i < 400000; i++) {
        struct rt_object *key = rt_int_new(rt, crowded(i));

        assert_int_equal(rt_dict_set(rt, dict, key, rt_none(rt)), 0);
        rt_decref(rt, key);
        if (rt_sizeof(dict) != bytes) {
            bytes = rt_sizeof(dict);
            assert_sound(rt_dict(dict)->keys, (size_t)i + 1);
        }
    }
    assert_sound(rt_dict(dict)->keys, 400000);
    rt_decref(rt, dict);
    rt_destroy(rt);
}

static void
test_dict_keys_of_str_finds_every_pair_at_each_size(void **state) {
    struct rt *rt = test_create(NULL, NULL);
    struct rt_object *dict = rt_dict_new(rt);
    size_t bytes = 0;

    (void)state;
    for (int64_t i = 0; i < 200000; i++) {
        test_dict_put(rt, dict, TEST_KEY_STR, i, i);
        if (rt_sizeof(dict) != bytes) {
            bytes = rt_sizeof(dict);
            assert_sound(rt_dict(dict)->keys, (size_t)i + 1);
        }
    }
    for (int64_t i = 0; i < 200000; i += 3)
        assert_true(test_dict_take(rt, dict, TEST_KEY_STR, i));
    assert_verified(rt);
    for (int64_t i = 0; i < 200000; i++)
        assert_int_equal(test_dict_find(rt, dict, TEST_KEY_STR, i), i % 3 == 0 ? -1 : i);
    for (int64_t i = 200000; rt_sizeof(dict) == bytes; i++)
        test_dict_put(rt, dict, TEST_KEY_STR, i, i);
    assert_sound(rt_dict(dict)->keys, rt_dict_length(dict));
    for (int64_t i = 0; i < 200000; i++)
        assert_int_equal(test_dict_find(rt, dict, TEST_KEY_STR, i), i % 3 == 0 ? -1 : i);
    rt_decref(rt, dict);
    rt_destroy(rt);
}

static size_t
count_slots(const struct rt_keys *keys, int64_t index) {
    size_t count = 0;

    for (size_t slot = 0; slot < rt_keys_slots(keys); slot++)
        count += rt_keys_index_get(keys, slot) == index;
    return count;
}

static void
test_dict_keys_that_come_and_go_take_one_slot(void **state) {
    (void)state;
    for (int64_t count = 20; count < 200000; count *= 20) {
        for (int kind = 0; kind < TEST_KEY_KINDS; kind++) {
            struct rt *rt = test_create(NULL, NULL);
            struct rt_object *dict = test_dict_of(rt, (enum test_key_kind)kind, 0, count);
            struct rt_keys *keys = rt_dict(dict)->keys;
            size_t slots = rt_keys_slots(keys);

            for (int64_t i = 0; keys->entries < keys->limit; i++) {
                assert_true(test_dict_take(rt, dict, (enum test_key_kind)kind, i % 3));
                test_dict_put(rt, dict, (enum test_key_kind)kind, i % 3, i);
            }
            assert_ptr_equal(rt_dict(dict)->keys, keys);
            assert_int_equal(count_slots(keys, RT_KEYS_DELETED), 0);
            assert_int_equal(count_slots(keys, RT_KEYS_EMPTY), slots - (size_t)count);
            assert_sound(keys, (size_t)count);
            rt_decref(rt, dict);
            rt_destroy(rt);
        }
    }
}

static void
test_dict_keys_remember_what_is_gone_at_the_front(void **state) {
    struct rt *rt = test_create(NULL, NULL);
    struct rt_object *dict = test_dict_of(rt, TEST_KEY_INT, 0, 1000), *key, *value;
    struct rt_keys *keys = rt_dict(dict)->keys;
    size_t position = 0;

    (void)state;
    for (int64_t i = 0; i < 900; i++)
        assert_true(test_dict_take(rt, dict, TEST_KEY_INT, i));
    assert_true(rt_dict_next(dict, &position, &key, &value));
    assert_int_equal(position, 901);
    assert_int_equal(keys->gone, 900);
    position = 950;
    assert_true(test_dict_take(rt, dict, TEST_KEY_INT, 950));
    assert_true(rt_dict_next(dict, &position, &key, &value));
    assert_int_equal(position, 952);
    assert_int_equal(keys->gone, 900);
    for (int64_t i = 0; i < 99; i++) {
        assert_int_equal(rt_dict_popitem(rt, dict, &key, &value), 0);
        rt_decref(rt, key);
        rt_decref(rt, value);
    }
    assert_sound(keys, 0);
    test_dict_put(rt, dict, TEST_KEY_INT, 5000, 7);
    position = 0;
    assert_true(rt_dict_next(dict, &position, &key, &value));
    assert_int_equal(position, 901);
    assert_sound(keys, 1);
    rt_decref(rt, dict);
    rt_destroy(rt);
}

/* ---- Names -------------------------------------------------------------------------------------- */

static void
test_dict_keys_shares_at_most_thirty_names(void **state) {
    struct rt *rt = test_create(NULL, NULL);
    struct rt_object *first = name_of(rt, 0); /* which brings the table of the interned */
    uint64_t before = live_bytes(rt);
    struct rt_keys *keys = rt_keys_new_shared(rt);

    (void)state;
    assert_int_equal(rt_keys_bytes(keys), 768);
    for (int i = 0; i < 32; i++) {
        struct rt_object *name = name_of(rt, i);

        assert_int_equal(rt_keys_shared_find(keys, name), RT_KEYS_EMPTY);
        assert_int_equal(rt_keys_shared_insert(keys, name), i < 30 ? i : RT_KEYS_EMPTY);
        assert_int_equal(rt_keys_shared_insert(keys, name), i < 30 ? i : RT_KEYS_EMPTY);
        assert_int_equal(rt_keys_shared_find(keys, name), i < 30 ? i : RT_KEYS_EMPTY);
        if (i < 30)
            assert_ptr_equal(rt_keys_shared_name(keys, i), name);
        rt_decref(rt, name);
    }
    assert_sound(keys, 30);
    rt_keys_decref(rt, keys);
    assert_int_equal(live_bytes(rt), before);
    rt_decref(rt, first);
    rt_destroy(rt);
}

/* ---- Values ------------------------------------------------------------------------------------- */

static void
test_dict_keys_drops_values_in_the_order_of_names(void **state) {
    struct rt *rt = test_create(NULL, NULL);
    struct rt_keys *keys = rt_keys_new_shared(rt);
    struct rt_values *values = rt_values_new(rt, keys);
    struct test_log log = {.count = 0};
    static const int64_t order[] = {2, 4, 9};
    static const size_t set[] = {9, 2, 4};

    (void)state;
    for (size_t i = 0; i < 3; i++) {
        values->items[set[i]] = test_mourner(rt, &log, (int64_t)set[i]);
        rt_values_note(values, set[i]);
    }
    rt_values_drop(rt, values);
    assert_died(&log, order, 3);
    rt_keys_decref(rt, keys);
    rt_destroy(rt);
}

/* ---- Dicts over a class's keys ------------------------------------------------------------------ */

/* A class's keys a0 ... a<count - 1> after many instances, and one instance's dict. */
struct sharing {
    struct rt *rt;
    struct rt_keys *keys;
    struct rt_object *dict;
};

static struct rt_object *
attribute(struct rt *rt, char letter, int number) {
    char text[8];
    struct rt_object *name;

    (void)snprintf(text, sizeof text, "%c%d", letter, number);
    name = rt_str_name(rt, text);
    assert_non_null(name);
    return name;
}

static int
set_attribute(struct sharing *sharing, char letter, int number) {
    struct rt_object *name = attribute(sharing->rt, letter, number);
    int status = rt_dict_set(sharing->rt, sharing->dict, name, rt_none(sharing->rt));

    rt_decref(sharing->rt, name);
    return status;
}

static int
delete_attribute(struct sharing *sharing, char letter, int number) {
    struct rt_object *name = attribute(sharing->rt, letter, number);
    int status = rt_dict_delete(sharing->rt, sharing->dict, name);

    rt_decref(sharing->rt, name);
    return status;
}

static struct sharing
share(int count) {
    struct sharing sharing = {.rt = test_create(NULL, NULL)};
    struct rt_values *values;

    sharing.keys = rt_keys_new_shared(sharing.rt);
    for (int i = 0; i < 40; i++) {
        values = rt_values_new(sharing.rt, sharing.keys);
        for (int j = 0; j < count; j++) {
            struct rt_object *name = attribute(sharing.rt, 'a', j);
            int64_t index = rt_keys_shared_insert(sharing.keys, name);

            assert_int_equal(index, j);
            values->items[index] = rt_incref(rt_none(sharing.rt));
            rt_values_note(values, (size_t)index);
            rt_decref(sharing.rt, name);
        }
        if (i < 39)
            rt_values_drop(sharing.rt, values);
    }
    sharing.dict = rt_dict_new(sharing.rt);
    assert_non_null(sharing.dict);
    assert_int_equal(rt_dict_share(sharing.rt, sharing.dict, sharing.keys, values), 0);
    return sharing;
}

static void
end_sharing(struct sharing *sharing) {
    char buffer[TEST_TEXT_BYTES] = "";
    struct rt_text why;

    rt_text_init(&why, buffer, sizeof buffer);
    if (!rt_dict_type.verify(sharing->rt, sharing->dict, &why))
        fail_msg("%s", buffer);
    rt_decref(sharing->rt, sharing->dict);
    assert_int_equal(sharing->keys->count, 1);
    rt_keys_decref(sharing->rt, sharing->keys);
    rt_destroy(sharing->rt);
}

static void
drop_newest(struct rt *rt, struct rt_object *dict) {
    struct rt_object *key, *value;

    assert_int_equal(rt_dict_popitem(rt, dict, &key, &value), 0);
    rt_decref(rt, key);
    rt_decref(rt, value);
}

/* The names in order: "a1 a0". */
static void
assert_names(const struct rt_object *dict, const char *expected) {
    struct rt_object *key, *value;
    size_t position = 0;
    struct rt_text text;
    char buffer[128];

    rt_text_init(&text, buffer, sizeof buffer);
    while (rt_dict_next(dict, &position, &key, &value)) {
        if (text.length > 0)
            rt_text_string(&text, " ");
        rt_str_to_text(key, &text);
    }
    assert_string_equal(buffer, expected);
}

static void
test_dict_keys_shared_has_only_its_values(void **state) {
    static const size_t bytes[] = {72, 80, 88, 96, 104, 112, 120};

    (void)state;
    for (int count = 0; count < 7; count++) {
        struct sharing sharing = share(count);

        assert_int_equal(rt_sizeof(sharing.dict), bytes[count]);
        assert_int_equal(rt_block_bytes(sharing.dict),
                         bytes[count] + rt_values_prefix_bytes((size_t)count + 1));
        assert_int_equal(rt_dict_length(sharing.dict), count);
        assert_false(rt_is_tracked(sharing.dict));
        end_sharing(&sharing);
    }
}

static void
test_dict_keys_shared_takes_one_new_name_more_and_then_has_its_own(void **state) {
    struct sharing sharing = share(2);

    (void)state;
    assert_int_equal(set_attribute(&sharing, 'z', 0), 0);
    assert_int_equal(rt_sizeof(sharing.dict), 88);
    assert_int_equal(sharing.keys->entries, 3);
    assert_int_equal(set_attribute(&sharing, 'z', 1), 0);
    assert_int_equal(rt_sizeof(sharing.dict), 272);
    assert_int_equal(sharing.keys->entries, 3);
    assert_names(sharing.dict, "a0 a1 z0 z1");
    assert_int_equal(rt_dict_length(sharing.dict), 4);
    end_sharing(&sharing);
}

static void
test_dict_keys_shared_goes_on_sharing_after_deletions(void **state) {
    struct sharing sharing = share(2);

    (void)state;
    assert_int_equal(delete_attribute(&sharing, 'a', 0), 0);
    assert_int_equal(delete_attribute(&sharing, 'a', 0), -1);
    assert_int_equal(rt_error(sharing.rt), ENOENT);
    assert_names(sharing.dict, "a1");
    assert_int_equal(set_attribute(&sharing, 'a', 0), 0);
    assert_names(sharing.dict, "a1 a0");
    assert_int_equal(delete_attribute(&sharing, 'a', 0), 0);
    assert_int_equal(delete_attribute(&sharing, 'a', 1), 0);
    assert_int_equal(rt_sizeof(sharing.dict), 88);
    assert_int_equal(rt_dict_length(sharing.dict), 0);
    end_sharing(&sharing);
}

static void
test_dict_keys_shared_is_general_after_another_key(void **state) {
    struct sharing sharing = share(2);

    (void)state;
    test_dict_put(sharing.rt, sharing.dict, TEST_KEY_INT, 1, 1);
    assert_int_equal(rt_sizeof(sharing.dict), 352);
    assert_int_equal(rt_dict_length(sharing.dict), 3);
    end_sharing(&sharing);
}

static void
test_dict_keys_shared_is_large_after_popitem(void **state) {
    struct sharing sharing = share(2);

    (void)state;
    assert_int_equal(delete_attribute(&sharing, 'a', 0), 0);
    assert_int_equal(set_attribute(&sharing, 'a', 0), 0);
    drop_newest(sharing.rt, sharing.dict);
    assert_names(sharing.dict, "a1");
    assert_int_equal(rt_sizeof(sharing.dict), 832);
    end_sharing(&sharing);
}

static void
test_dict_keys_shared_is_empty_after_clear(void **state) {
    struct sharing sharing = share(2);

    (void)state;
    rt_dict_clear(sharing.rt, sharing.dict);
    assert_int_equal(rt_sizeof(sharing.dict), 64);
    assert_int_equal(set_attribute(&sharing, 'a', 0), 0);
    assert_int_equal(rt_sizeof(sharing.dict), 184);
    end_sharing(&sharing);
}

static void
test_dict_keys_shared_counts_the_keys_when_the_class_is_gone(void **state) {
    struct sharing sharing = share(2);

    (void)state;
    rt_keys_decref(sharing.rt, sharing.keys);
    assert_int_equal(rt_sizeof(sharing.dict), 88 + 768);
    sharing.keys->count++;
    end_sharing(&sharing);
}

static void
test_dict_keys_shared_is_tracked_for_the_sake_of_a_value(void **state) {
    struct sharing sharing = share(1);
    struct rt_values *values = rt_values_new(sharing.rt, sharing.keys);
    struct rt_object *dict;

    (void)state;
    values->items[0] = rt_list_new(sharing.rt, 0);
    rt_values_note(values, 0);
    dict = rt_dict_new(sharing.rt);
    assert_non_null(dict);
    assert_int_equal(rt_dict_share(sharing.rt, dict, sharing.keys, values), 0);
    assert_true(rt_is_tracked(dict));
    assert_verified(sharing.rt);
    rt_decref(sharing.rt, dict);
    end_sharing(&sharing);
}

static void
test_dict_keys_shared_is_as_it_was_after_each_failure(void **state) {
    struct sharing sharing = share(2);
    struct test_dict_state before = test_dict_look(sharing.dict);
    struct rt_object *key, *value;

    (void)state;
    sharing.rt->fast_bytes = 0; /* so that faults are looked for */
    sharing.rt->has_faults = true;
    sharing.rt->config.alloc_fail_every = 1;
    key = rt_int_new(sharing.rt, 5);
    assert_int_equal(rt_dict_set(sharing.rt, sharing.dict, key, rt_none(sharing.rt)), -1);
    assert_int_equal(rt_error(sharing.rt), ENOMEM);
    assert_int_equal(rt_dict_popitem(sharing.rt, sharing.dict, &key, &value), -1);
    assert_null(rt_dict_copy(sharing.rt, sharing.dict));
    sharing.rt->config.alloc_fail_every = 0;
    sharing.rt->has_faults = false;
    assert_same_state(test_dict_look(sharing.dict), before);
    end_sharing(&sharing);
}

static void
test_dict_keys_shared_verifier_sees_what_is_wrong(void **state) {
    struct sharing sharing = share(2);
    struct rt_dict *shared = rt_dict(sharing.dict);
    struct rt_values *values = shared->values;
    char buffer[TEST_TEXT_BYTES];
    struct rt_text why;

    (void)state;
    rt_text_init(&why, buffer, sizeof buffer);
    shared->values = NULL;
    assert_false(rt_dict_type.verify(sharing.rt, sharing.dict, &why));
    assert_non_null(strstr(buffer, "do not go with its keys"));
    shared->values = values;
    rt_values_bytes(values)[-2] = 1;
    rt_text_init(&why, buffer, sizeof buffer);
    assert_false(rt_dict_type.verify(sharing.rt, sharing.dict, &why));
    assert_non_null(strstr(buffer, "not in their order"));
    rt_values_bytes(values)[-2] = 2;
    end_sharing(&sharing);
}

/* ---- Failures and faults ------------------------------------------------------------------------ */

static void
test_dict_keys_fails_cleanly_without_memory(void **state) {
    (void)state;
    for (size_t b = 0; b < 3; b++) {
        struct rt *rt = test_create_fallible(test_backends[b]);
        struct rt_keys *keys = rt_keys_new(rt, 4, RT_KEYS_STR), *shared = rt_keys_new_shared(rt);
        struct rt_values *values = rt_values_new(rt, shared);
        uint64_t before = live_bytes(rt);

        rt_fail(rt, 0);
        rt->config.alloc_fail_every = 1;
        assert_null(rt_keys_new(rt, 4, RT_KEYS_GENERAL));
        assert_null(rt_keys_new_shared(rt));
        assert_null(rt_keys_clone(rt, keys));
        assert_null(rt_keys_move(rt, keys, 0, 5, RT_KEYS_STR));
        assert_null(rt_keys_unshare(rt, shared, values, 6, RT_KEYS_STR));
        assert_null(rt_values_new(rt, shared));
        assert_null(rt_values_copy(rt, values, shared));
        assert_int_equal(rt_error(rt), ENOMEM);
        assert_int_equal(live_bytes(rt), before);
        assert_sound(keys, 0);
        assert_sound(shared, 0);
        rt->config.alloc_fail_every = 0;
        rt_values_drop(rt, values);
        rt_keys_decref(rt, shared);
        rt_keys_decref(rt, keys);
        rt_destroy(rt);
    }
}

static void
assert_complaint(const struct rt_keys *keys, size_t used, const char *words) {
    char buffer[TEST_TEXT_BYTES];
    struct rt_text why;

    rt_text_init(&why, buffer, sizeof buffer);
    assert_false(rt_keys_verify(keys, used, &why));
    assert_non_null(strstr(buffer, words));
}

static void
test_dict_keys_verifier_sees_what_is_wrong(void **state) {
    struct rt *rt = test_create(NULL, NULL);
    struct rt_object *dict = test_dict_of(rt, TEST_KEY_INT, 0, 10);
    struct rt_keys *keys = rt_dict(dict)->keys;
    int8_t *slots = (int8_t *)keys->indices;

    (void)state;
    assert_sound(keys, 10);
    assert_complaint(keys, 9, "does not name each");
    slots[3] = 12;
    assert_complaint(keys, 10, "names no pair");
    slots[3] = RT_KEYS_DELETED;
    assert_complaint(keys, 10, "does not name each");
    slots[12] = 3;
    assert_complaint(keys, 10, "a search does not find");
    slots[3] = 3;
    slots[12] = RT_KEYS_EMPTY;
    keys->limit++;
    assert_complaint(keys, 10, "more pairs than it may");
    keys->limit--;
    rt_keys_general(keys)[3].hash = 4;
    assert_complaint(keys, 10, "a search does not find");
    rt_keys_general(keys)[3].hash = 3;
    keys->log2_index_bytes++;
    assert_complaint(keys, 10, "wrong size");
    keys->log2_index_bytes--;
    keys->gone++;
    assert_complaint(keys, 10, "gone which are not");
    keys->gone--;
    assert_sound(keys, 10);
    rt_decref(rt, dict);
    rt_destroy(rt);
}

static void
test_dict_keys_verifier_sees_a_wrong_mark(void **state) {
    struct rt *rt = test_create(NULL, NULL);
    struct rt_object *dict = test_dict_of(rt, TEST_KEY_INT, 0, 30000);
    struct rt_keys *keys = rt_dict(dict)->keys;
    uint32_t *slots = (uint32_t *)keys->indices;

    (void)state;
    assert_int_equal(keys->log2_slots, 16);
    assert_int_equal(slots[77], 77 | 1 << 16);
    slots[77] ^= 1 << 20;
    assert_complaint(keys, 30000, "a search does not find");
    slots[77] ^= 1 << 20;
    assert_sound(keys, 30000);
    rt_decref(rt, dict);
    rt_destroy(rt);
}

int
main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_dict_keys_are_one_block_of_head_index_and_pairs),
        cmocka_unit_test(test_dict_keys_keeps_eighty_of_the_smallest_for_str),
        cmocka_unit_test(test_dict_keys_finds_every_pair_at_each_size),
        cmocka_unit_test(test_dict_keys_of_str_finds_every_pair_at_each_size),
        cmocka_unit_test(test_dict_keys_that_come_and_go_take_one_slot),
        cmocka_unit_test(test_dict_keys_remember_what_is_gone_at_the_front),
        cmocka_unit_test(test_dict_keys_shares_at_most_thirty_names),
        cmocka_unit_test(test_dict_keys_drops_values_in_the_order_of_names),
        cmocka_unit_test(test_dict_keys_shared_has_only_its_values),
        cmocka_unit_test(test_dict_keys_shared_takes_one_new_name_more_and_then_has_its_own),
        cmocka_unit_test(test_dict_keys_shared_goes_on_sharing_after_deletions),
        cmocka_unit_test(test_dict_keys_shared_is_general_after_another_key),
        cmocka_unit_test(test_dict_keys_shared_is_large_after_popitem),
        cmocka_unit_test(test_dict_keys_shared_is_empty_after_clear),
        cmocka_unit_test(test_dict_keys_shared_counts_the_keys_when_the_class_is_gone),
        cmocka_unit_test(test_dict_keys_shared_is_tracked_for_the_sake_of_a_value),
        cmocka_unit_test(test_dict_keys_shared_is_as_it_was_after_each_failure),
        cmocka_unit_test(test_dict_keys_shared_verifier_sees_what_is_wrong),
        cmocka_unit_test(test_dict_keys_fails_cleanly_without_memory),
        cmocka_unit_test(test_dict_keys_verifier_sees_what_is_wrong),
        cmocka_unit_test(test_dict_keys_verifier_sees_a_wrong_mark),
    };

    return cmocka_run_group_tests_name("dict_keys", tests, NULL, NULL);
}

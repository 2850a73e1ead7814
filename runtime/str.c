/* SPDX-License-Identifier: MIT
 *
 * str.c: text.
 *
 * Characters are code points, as wide as the largest of them needs: 1 byte up to U+00FF, 2 up to U+FFFF, 4
 * beyond. A string of ASCII alone has the shorter head.
 *
 * Invariants:
 *   - The width is the least that holds every character, and `is_ascii` says whether all are below
 *     U+0080: two strings of the same text have the same form. A zero character follows the last one.
 *   - '' and the strings of one character up to U+00FF are the ones in the context, and no other string has
 *     such a text. They are marked as interned, since they are the only ones of their text.
 *   - There are no surrogates: every string can be written as UTF-8.
 *   - A string never changes, but for its hash, which is found out once, and for rt_str_append, when the
 *     caller's is the only reference.
 */
#include "runtime/str.h"
#include "runtime/hash.h"
#include "runtime/intern.h"
#include "runtime/utf8.h"

#include <string.h>

enum {
    ASCII_MAX = 0x7f,
    WIDTH_1_MAX = 0xff,
    WIDTH_2_MAX = 0xffff,
};

_Static_assert(RT_STR_WIDE_BYTES + 2 <= sizeof((struct rt_shared *)0)->characters[0],
               "there is room for a shared character");

/* ---- Characters --------------------------------------------------------------------------------- */

static RT_ALWAYS_INLINE unsigned
width_for(uint32_t largest) {
    return largest <= WIDTH_1_MAX ? 1 : largest <= WIDTH_2_MAX ? 2 : 4;
}

static RT_ALWAYS_INLINE char *
characters_of(struct rt_str *self) {
    return (char *)self + (self->is_ascii ? RT_STR_ASCII_BYTES : RT_STR_WIDE_BYTES);
}

static RT_ALWAYS_INLINE uint32_t
get_at(const void *characters, unsigned width, size_t index) {
    switch (width) {
    case 1:
        return ((const uint8_t *)characters)[index];
    case 2:
        return ((const uint16_t *)characters)[index];
    default:
        return ((const uint32_t *)characters)[index];
    }
}

static RT_ALWAYS_INLINE void
put_at(void *characters, unsigned width, size_t index, uint32_t point) {
    switch (width) {
    case 1:
        ((uint8_t *)characters)[index] = (uint8_t)point;
        return;
    case 2:
        ((uint16_t *)characters)[index] = (uint16_t)point;
        return;
    default:
        ((uint32_t *)characters)[index] = point;
    }
}

static uint32_t
largest_of(const struct rt_str *self, size_t start, size_t end) {
    const char *characters = rt_str_bytes(self);
    uint32_t largest = 0;

    for (size_t i = start; i < end; i++) {
        uint32_t point = get_at(characters, self->width, i);

        largest = point > largest ? point : largest;
    }
    return largest;
}

/* Copies from `from` on to the characters of `to` from `at` on. pre: they fit, in number and width */
static void
copy_characters(struct rt_str *to, size_t at, const struct rt_str *from, size_t start,
                size_t count) {
    char *target = characters_of(to);
    const char *source = rt_str_bytes(from);

    if (to->width == from->width) {
        memcpy(target + at * to->width, source + start * to->width, count * to->width);
        return;
    }
    for (size_t i = 0; i < count; i++) {
        put_at(target, to->width, at + i, get_at(source, from->width, start + i));
    }
}

/* ---- Blocks ------------------------------------------------------------------------------------- */

static RT_ALWAYS_INLINE size_t
block_bytes(size_t length, unsigned width, bool is_ascii) {
    return (is_ascii ? (size_t)RT_STR_ASCII_BYTES : (size_t)RT_STR_WIDE_BYTES) +
           (length + 1) * width;
}

static size_t
block_bytes_of(const struct rt_str *self) {
    return block_bytes((size_t)self->length, self->width, self->is_ascii);
}

static RT_ALWAYS_INLINE void
init(struct rt_str *self, size_t length, unsigned width, bool is_ascii) {
    rt_object_init(&self->object, &rt_str_type);
    self->length = (int64_t)length;
    self->hash = RT_STR_NO_HASH;
    self->width = (uint8_t)width;
    self->is_ascii = is_ascii;
    self->is_interned = false;
    put_at(characters_of(self), width, length, 0);
}

/* All but the characters. pre: not a shared one's text */
static RT_ALWAYS_INLINE struct rt_str *
alloc_blank(struct rt *rt, size_t length, unsigned width, bool is_ascii) {
    struct rt_str *self = rt_alloc_inline(rt, block_bytes(length, width, is_ascii));

    if (RT_UNLIKELY(self == NULL)) {
        rt->error = ENOMEM;
        return NULL;
    }
    init(self, length, width, is_ascii);
    return self;
}

static struct rt_str *
alloc_for(struct rt *rt, size_t length, uint32_t largest) {
    return alloc_blank(rt, length, width_for(largest), largest <= ASCII_MAX);
}

static RT_ALWAYS_INLINE struct rt_object *
shared_empty(struct rt *rt) {
    return (struct rt_object *)rt->shared.empty_str;
}

/* pre: up to U+00FF */
static RT_ALWAYS_INLINE struct rt_object *
shared_character(struct rt *rt, uint32_t point) {
    return (struct rt_object *)rt->shared.characters[point];
}

static bool
is_shared_text(const struct rt_str *self) {
    return self->length == 0 || (self->length == 1 && self->width == 1);
}

static RT_NOINLINE void
drop_interned(struct rt *rt, struct rt_object *object) {
    if (is_shared_text(rt_str(object))) {
        object->count = RT_SHARED_COUNT;
        return;
    }
    rt_intern_remove(rt, object);
    rt_free(rt, object, block_bytes_of(rt_str(object)));
}

static void
drop(struct rt *rt, struct rt_object *object) {
    const struct rt_str *self = rt_str(object);

    if (RT_UNLIKELY(self->is_interned)) {
        drop_interned(rt, object);
        return;
    }
    rt_free_inline(rt, object, block_bytes_of(self));
}

/* ---- From text ---------------------------------------------------------------------------------- */

static RT_ALWAYS_INLINE struct rt_object *
new_ascii(struct rt *rt, const char *text, size_t bytes) {
    struct rt_str *self = alloc_blank(rt, bytes, 1, /* is_ascii */ true);

    if (RT_UNLIKELY(self == NULL)) {
        return NULL;
    }
    memcpy((char *)self + RT_STR_ASCII_BYTES, text, bytes);
    return &self->object;
}

static RT_NOINLINE struct rt_object *
new_wide(struct rt *rt, const char *utf8, size_t bytes) {
    const char *at = utf8;
    struct rt_str *self;
    uint32_t largest, point;
    size_t length;

    if (rt_utf8_measure(utf8, bytes, &length, &largest) != 0) {
        return rt_fail(rt, EINVAL);
    }
    if (length == 1 && largest <= WIDTH_1_MAX) {
        return rt_incref(shared_character(rt, largest));
    }
    self = alloc_for(rt, length, largest);
    if (self == NULL) {
        return NULL;
    }
    for (size_t i = 0; i < length; i++) {
        at += rt_utf8_decode(at, &point);
        put_at(characters_of(self), self->width, i, point);
    }
    return &self->object;
}

struct rt_object *
rt_str_new(struct rt *rt, const char *utf8, size_t bytes) {
    if (RT_UNLIKELY(!rt_utf8_is_ascii(utf8, bytes))) {
        return new_wide(rt, utf8, bytes);
    }
    if (RT_UNLIKELY(bytes <= 1)) {
        return rt_incref(bytes == 0 ? shared_empty(rt) : shared_character(rt, (uint8_t)*utf8));
    }
    return new_ascii(rt, utf8, bytes);
}

struct rt_object *
rt_str_from_points(struct rt *rt, const uint32_t *points, size_t count) {
    struct rt_str *self;
    uint32_t largest = 0;

    for (size_t i = 0; i < count; i++) {
        if (!rt_point_is_valid(points[i])) {
            return rt_fail(rt, EINVAL);
        }
        largest = points[i] > largest ? points[i] : largest;
    }
    if (count == 0 || (count == 1 && largest <= WIDTH_1_MAX)) {
        return rt_incref(count == 0 ? shared_empty(rt) : shared_character(rt, largest));
    }
    self = alloc_for(rt, count, largest);
    if (self == NULL) {
        return NULL;
    }
    for (size_t i = 0; i < count; i++) {
        put_at(characters_of(self), self->width, i, points[i]);
    }
    return &self->object;
}

/* ---- Interned strings --------------------------------------------------------------------------- */

/* Two passes over a text that is new, and none but the hash's over one that is known. pre: ASCII, more
 * than one character */
static struct rt_object *
intern_ascii(struct rt *rt, const char *text, size_t bytes) {
    int64_t hash = rt_hash_bytes(text, bytes);
    struct rt_object *string = rt_intern_find(rt, text, bytes, 1, hash);

    if (RT_LIKELY(string != NULL)) {
        return rt_incref(string);
    }
    string = new_ascii(rt, text, bytes);
    if (string != NULL) {
        rt_str(string)->hash = hash;
        rt_intern_add(rt, string);
    }
    return string;
}

static RT_ALWAYS_INLINE bool
is_name_character(unsigned char byte) {
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') ||
           (byte >= '0' && byte <= '9') || byte == '_';
}

struct rt_object *
rt_str_constant(struct rt *rt, const char *utf8, size_t bytes) {
    size_t names = 0;

    while (names < bytes && is_name_character((unsigned char)utf8[names])) {
        names++;
    }
    return bytes > 1 && names == bytes ? intern_ascii(rt, utf8, bytes)
                                       : rt_str_new(rt, utf8, bytes);
}

struct rt_object *
rt_str_name(struct rt *rt, const char *utf8) {
    size_t bytes = strlen(utf8);
    struct rt_object *string;

    if (RT_LIKELY(bytes > 1 && rt_utf8_is_ascii(utf8, bytes))) {
        return intern_ascii(rt, utf8, bytes);
    }
    string = rt_str_new(rt, utf8, bytes);
    if (string != NULL) {
        rt_str_intern(rt, &string);
    }
    return string;
}

void
rt_str_intern(struct rt *rt, struct rt_object **string) {
    struct rt_str *self = rt_str(*string);
    struct rt_object *found;

    RT_ASSERT_KIND(*string, RT_KIND_STR);
    if (self->is_interned) {
        return;
    }
    found = rt_intern_find(rt, rt_str_bytes(self), (size_t)self->length, self->width,
                           rt_str_hash(*string));
    if (found == NULL) {
        rt_intern_add(rt, *string);
        return;
    }
    rt_incref(found);
    rt_decref(rt, *string);
    *string = found;
}

bool
rt_str_is_interned(const struct rt_object *string) {
    return rt_str(string)->is_interned;
}

/* ---- To characters ------------------------------------------------------------------------------ */

size_t
rt_str_length(const struct rt_object *string) {
    return (size_t)rt_str(string)->length;
}

unsigned
rt_str_width(const struct rt_object *string) {
    return rt_str(string)->width;
}

bool
rt_str_is_ascii(const struct rt_object *string) {
    return rt_str(string)->is_ascii;
}

const void *
rt_str_data(const struct rt_object *string) {
    return rt_str_bytes(rt_str(string));
}

uint32_t
rt_str_at(const struct rt_object *string, size_t index) {
    RT_ASSERT(index < rt_str_length(string), "a character that the string has");
    return get_at(rt_str_bytes(rt_str(string)), rt_str(string)->width, index);
}

/* A character is written whole or not at all. */
void
rt_str_to_text(const struct rt_object *string, struct rt_text *text) {
    char bytes[RT_UTF8_BYTES_MAX + 1];

    for (size_t i = 0; i < rt_str_length(string) && !text->cut; i++) {
        size_t count = rt_utf8_encode(rt_str_at(string, i), bytes);

        bytes[count] = '\0';
        if (text->capacity > 0 && text->capacity - 1 - text->length < count) {
            text->cut = true;
        } else {
            rt_text_string(text, bytes);
        }
    }
}

/* ---- Parts and sums ----------------------------------------------------------------------------- */

struct rt_object *
rt_str_concat(struct rt *rt, struct rt_object *left, struct rt_object *right) {
    const struct rt_str *a = rt_str(left), *b = rt_str(right);
    struct rt_str *self;

    if (a->length == 0 || b->length == 0) {
        return rt_incref(a->length == 0 ? right : left);
    }
    self = alloc_blank(rt, (size_t)(a->length + b->length),
                       a->width > b->width ? a->width : b->width, a->is_ascii && b->is_ascii);
    if (self == NULL) {
        return NULL;
    }
    copy_characters(self, 0, a, 0, (size_t)a->length);
    copy_characters(self, (size_t)a->length, b, 0, (size_t)b->length);
    return &self->object;
}

struct rt_object *
rt_str_slice(struct rt *rt, struct rt_object *string, size_t start, size_t end) {
    const struct rt_str *from = rt_str(string);
    size_t length = (size_t)from->length;
    struct rt_str *self;
    uint32_t largest;

    end = end < length ? end : length;
    if (start == 0 && end == length) {
        return rt_incref(string);
    }
    if (start >= end) {
        return rt_incref(shared_empty(rt));
    }
    largest = from->is_ascii ? ASCII_MAX : largest_of(from, start, end);
    if (end - start == 1 && largest <= WIDTH_1_MAX) {
        return rt_incref(shared_character(rt, rt_str_at(string, start)));
    }
    self = alloc_for(rt, end - start, largest);
    if (self == NULL) {
        return NULL;
    }
    copy_characters(self, 0, from, start, end - start);
    return &self->object;
}

/* Whether nobody could tell that the left one became longer, and the right one's characters fit. */
static bool
can_extend(const struct rt_str *left, const struct rt_str *right) {
    return left->object.count == 1 && !left->is_interned && left->hash == RT_STR_NO_HASH &&
           left != right && left->width >= right->width && (!left->is_ascii || right->is_ascii);
}

static int
extend(struct rt *rt, struct rt_object **left, const struct rt_str *right) {
    struct rt_str *self = rt_str(*left);
    size_t length = (size_t)self->length, sum = length + (size_t)right->length;

    self =
        rt_realloc(rt, self, block_bytes_of(self), block_bytes(sum, self->width, self->is_ascii));
    if (self == NULL) {
        return rt_refuse(rt, ENOMEM);
    }
    self->length = (int64_t)sum;
    copy_characters(self, length, right, 0, (size_t)right->length);
    put_at(characters_of(self), self->width, sum, 0);
    *left = &self->object;
    return 0;
}

int
rt_str_append(struct rt *rt, struct rt_object **left, struct rt_object *right) {
    struct rt_object *old = *left, *sum;

    if (rt_str(right)->length == 0) {
        return 0;
    }
    if (can_extend(rt_str(old), rt_str(right))) {
        return extend(rt, left, rt_str(right));
    }
    sum = rt_str_concat(rt, old, right);
    if (sum == NULL) {
        return -1;
    }
    *left = sum;
    rt_decref(rt, old);
    return 0;
}

/* ---- Values ------------------------------------------------------------------------------------- */

RT_NOINLINE int64_t
rt_str_hash_slowly(struct rt_object *object) {
    struct rt_str *self = rt_str(object);

    self->hash = rt_hash_bytes(rt_str_bytes(self), (size_t)self->length * self->width);
    return self->hash;
}

bool
rt_str_equal(const struct rt_object *one, const struct rt_object *other) {
    const struct rt_str *a = rt_str(one), *b = rt_str(other);

    return a->length == b->length && a->width == b->width && a->is_ascii == b->is_ascii &&
           memcmp(rt_str_bytes(a), rt_str_bytes(b), (size_t)a->length * a->width) == 0;
}

static int
hash(struct rt *rt, struct rt_object *object, int64_t *ret_hash) {
    (void)rt;
    *ret_hash = rt_str_hash(object);
    return 0;
}

static int
equal(struct rt *rt, struct rt_object *one, struct rt_object *other, int depth) {
    (void)rt, (void)depth;
    return rt_is_str(other) && rt_str_equal(one, other);
}

static size_t
size(const struct rt_object *object) {
    return block_bytes_of(rt_str(object));
}

static size_t
owned(const struct rt_object *object) {
    return is_shared_text(rt_str(object)) ? 0 : size(object);
}

static const char *
find_fault(const struct rt *rt, const struct rt_str *self) {
    size_t length = (size_t)self->length;
    const char *characters = rt_str_bytes(self);
    uint32_t largest = largest_of(self, 0, length);

    if (is_shared_text(self) &&
        (const char *)self !=
            (length == 0 ? rt->shared.empty_str : rt->shared.characters[largest])) {
        return "a short string is not the shared one";
    }
    if (self->width != width_for(largest) || self->is_ascii != (largest <= ASCII_MAX)) {
        return "a string is not as wide as its widest character";
    }
    if (get_at(characters, self->width, length) != 0) {
        return "a string has no zero at its end";
    }
    if (self->hash != RT_STR_NO_HASH &&
        self->hash != rt_hash_bytes(characters, length * self->width)) {
        return "a string has another text's hash";
    }
    if (self->is_interned && !is_shared_text(self) &&
        rt_intern_find(rt, characters, length, self->width, self->hash) != &self->object) {
        return "a string is marked as interned and is not";
    }
    return NULL;
}

static bool
verify(const struct rt *rt, const struct rt_object *object, struct rt_text *why) {
    const char *fault = find_fault(rt, rt_str(object));

    if (fault != NULL && why != NULL) {
        rt_text_string(why, fault);
    }
    return fault == NULL;
}

const struct rt_type rt_str_type = {
    .drop = drop,
    .size = size,
    .owned = owned,
    .hash = hash,
    .equal = equal,
    .verify = verify,
    .name = "str",
    .kind = RT_KIND_STR,
};

/* ---- Those that are shared ---------------------------------------------------------------------- */

static void
init_shared(void *place, size_t length, uint32_t point) {
    struct rt_str *self = place;

    init(self, length, 1, point <= ASCII_MAX);
    put_at(characters_of(self), 1, 0, point);
    self->object.count = RT_SHARED_COUNT;
    self->is_interned = true;
}

void
rt_str_init(struct rt *rt) {
    init_shared(rt->shared.empty_str, 0, 0);
    for (uint32_t point = 0; point < RT_CHARACTER_COUNT; point++) {
        init_shared(rt->shared.characters[point], 1, point);
    }
}

/* SPDX-License-Identifier: MIT
 *
 * knob.c: tables of tunables, from words to fields and back.
 *
 * Invariants:
 *   - A field that was set through its row holds a value the row allows, and what rt_knob_print says
 *     of it is accepted by rt_knob_set and gives the very same value. So a recorded setting can be
 *     run again.
 *   - On failure no field has changed, and `why` holds one line without control characters:
 *     the knob, what was given, what is wrong with it, and in brackets what is allowed.
 *
 * Words. Numbers are as knob_parse.h has them. The choices of an enumeration and the words of a boolean
 * are known by themselves, in any case: `low` and `high` are for numbers. A power of two is above 0,
 * and the bounds of a ratio are ones that a ratio can have.
 */
#include "runtime/rt.h"
#include "runtime/base.h"
#include "runtime/knob_parse.h"

#include <errno.h>
#include <string.h>

enum {
    WORD_BYTES = 64,  /* of a word that is compared, with its terminator */
    GIVEN_BYTES = 40, /* of a value that is repeated in a message */
};

static const struct {
    const char *word;
    int64_t value;
} boolean_words[] = {{"off", 0}, {"on", 1},  {"false", 0}, {"true", 1},
                     {"no", 0},  {"yes", 1}, {"0", 0},     {"1", 1}};

/* ---- Fields ---- */

static int64_t
load_integer(const struct rt_knob *row, const void *fields) {
    int64_t value;

    memcpy(&value, (const char *)fields + row->offset, sizeof value);
    return value;
}

static double
load_ratio(const struct rt_knob *row, const void *fields) {
    double value;

    memcpy(&value, (const char *)fields + row->offset, sizeof value);
    return value;
}

static void
store_integer(const struct rt_knob *row, void *fields, int64_t value) {
    memcpy((char *)fields + row->offset, &value, sizeof value);
}

static void
store_ratio(const struct rt_knob *row, void *fields, double value) {
    memcpy((char *)fields + row->offset, &value, sizeof value);
}

/* Of a text, with zeros behind it, so that fields that say the same are the same bytes. Apart, since a compiler that
 * sees a table without texts warns that one would not fit. */
static RT_NOINLINE void
store_text(const struct rt_knob *row, void *fields, const char *value) {
    char text[RT_KNOB_TEXT_BYTES] = {0};

    memcpy(text, value, strlen(value) + 1);
    memcpy((char *)fields + row->offset, text, sizeof text);
}

static const char *
load_text(const struct rt_knob *row, const void *fields) {
    return (const char *)fields + row->offset;
}

void
rt_knob_defaults(struct rt_knob_table table, void *fields) {
    for (size_t i = 0; i < table.count; i++) {
        const struct rt_knob *row = &table.rows[i];

        if (row->type == RT_KNOB_RATIO) {
            store_ratio(row, fields, row->ratio_initial);
        } else if (row->type == RT_KNOB_TEXT) {
            store_text(row, fields, row->text_initial == NULL ? "" : row->text_initial);
        } else {
            store_integer(row, fields, row->initial);
        }
    }
}

/* ---- Names ---- */

static bool
equals_folded(const char *one, const char *other) {
    while (*one != '\0' && rt_knob_parse_fold(*one) == rt_knob_parse_fold(*other)) {
        one++;
        other++;
    }
    return *one == *other;
}

/* The word in small letters, as much of it as takes part in comparisons. */
static void
fold_word(char ret_word[WORD_BYTES], const char *word, size_t length) {
    size_t count = length < WORD_BYTES ? length : WORD_BYTES - 1;

    memset(ret_word, 0, WORD_BYTES);
    for (size_t i = 0; i < count; i++) {
        ret_word[i] = rt_knob_parse_fold(word[i]);
    }
}

static size_t
smaller(size_t one, size_t other) {
    return one < other ? one : other;
}

/* Optimal string alignment: Levenshtein's table with one more case, for neighbours that changed
 * places. Three rows of it are alive: this letter's, the last one's, and the one before. */
size_t
rt_knob_distance(const char *one, const char *other) {
    size_t rows[3][WORD_BYTES];
    size_t *before = rows[0], *last = rows[1], *now = rows[2];
    size_t width = smaller(strlen(other), WORD_BYTES - 1);
    size_t height = smaller(strlen(one), WORD_BYTES - 1);

    for (size_t j = 0; j <= width; j++) {
        last[j] = j;
    }
    for (size_t i = 1; i <= height; i++) {
        size_t *oldest = before;

        now[0] = i;
        for (size_t j = 1; j <= width; j++) {
            now[j] = smaller(last[j], now[j - 1]) + 1;
            now[j] = smaller(now[j], last[j - 1] + (one[i - 1] != other[j - 1]));
            if (i > 1 && j > 1 && one[i - 1] == other[j - 2] && one[i - 2] == other[j - 1]) {
                now[j] = smaller(now[j], before[j - 2] + 1);
            }
        }
        before = last;
        last = now;
        now = oldest;
    }
    return last[width];
}

/* To the name, or to what follows one of its dots: "pool" may mean "alloc.pool". */
static size_t
distance_to_name(const char *word, const char *name) {
    size_t best = rt_knob_distance(word, name);

    while ((name = strchr(name, '.')) != NULL) {
        name++;
        best = smaller(best, rt_knob_distance(word, name));
    }
    return best;
}

/* A third of the letters may be wrong, or one, but never all of them. */
static bool
is_near(size_t distance, size_t length) {
    return distance < length && (distance <= 1 || distance <= length / 3);
}

static const struct rt_knob *
find_row(struct rt_knob_table table, const char *name, size_t length) {
    for (size_t i = 0; i < table.count; i++) {
        if (strncmp(table.rows[i].name, name, length) == 0 && table.rows[i].name[length] == '\0') {
            return table.rows + i;
        }
    }
    return NULL;
}

static const struct rt_knob *
find_nearest(struct rt_knob_table table, const char *name, size_t length) {
    const struct rt_knob *nearest = NULL;
    size_t least = SIZE_MAX;
    char word[WORD_BYTES];

    fold_word(word, name, length);
    for (size_t i = 0; i < table.count; i++) {
        size_t distance = distance_to_name(word, table.rows[i].name);

        if (distance < least && is_near(distance, strlen(word))) {
            least = distance;
            nearest = table.rows + i;
        }
    }
    return nearest;
}

const struct rt_knob *
rt_knob_find(struct rt_knob_table table, const char *name) {
    return find_row(table, name, strlen(name));
}

const struct rt_knob *
rt_knob_nearest(struct rt_knob_table table, const char *name) {
    return find_nearest(table, name, strlen(name));
}

/* ---- Printing ---- */

static void
print_integer(const struct rt_knob *row, int64_t value, struct rt_text *text) {
    if (row->type == RT_KNOB_SIZE && value >= 0) {
        rt_text_size(text, (uint64_t)value);
    } else {
        rt_text_integer(text, value);
    }
}

static size_t
count_choices(const struct rt_knob *row) {
    size_t count = 0;

    while (row->choices[count] != NULL) {
        count++;
    }
    return count;
}

/* A field that holds no choice at all is printed as a number, which rt_knob_set then refuses. */
void
rt_knob_print(const struct rt_knob *row, const void *fields, struct rt_text *text) {
    int64_t value;

    if (row->type == RT_KNOB_RATIO) {
        rt_text_ratio(text, load_ratio(row, fields));
        return;
    }
    if (row->type == RT_KNOB_TEXT) {
        rt_text_string(text, load_text(row, fields));
        return;
    }
    value = load_integer(row, fields);
    if (row->type == RT_KNOB_ENUM && value >= 0 && (uint64_t)value < count_choices(row)) {
        rt_text_string(text, row->choices[value]);
    } else if (row->type == RT_KNOB_BOOLEAN && (value == 0 || value == 1)) {
        rt_text_string(text, value == 1 ? "on" : "off");
    } else {
        print_integer(row, value, text);
    }
}

void
rt_knob_print_range(const struct rt_knob *row, struct rt_text *text) {
    switch (row->type) {
    case RT_KNOB_INTEGER:
    case RT_KNOB_SIZE:
        print_integer(row, row->low, text);
        rt_text_string(text, " to ");
        print_integer(row, row->high, text);
        rt_text_string(text, row->power_of_two ? ", a power of two" : "");
        break;
    case RT_KNOB_RATIO:
        rt_text_ratio(text, row->ratio_low);
        rt_text_string(text, " to ");
        rt_text_ratio(text, row->ratio_high);
        break;
    case RT_KNOB_ENUM:
        for (size_t i = 0; row->choices[i] != NULL; i++) {
            rt_text_string(text, i > 0 ? ", " : "");
            rt_text_string(text, row->choices[i]);
        }
        break;
    case RT_KNOB_BOOLEAN:
        rt_text_string(text, "on, off");
        break;
    case RT_KNOB_TEXT:
        rt_text_string(text, "up to ");
        rt_text_integer(text, RT_KNOB_TEXT_BYTES - 1);
        rt_text_string(text, " bytes of text");
        break;
    }
}

/* ---- Messages ---- */

/* What was given, fit to stand in a line: not too long and without control characters. */
static void
print_given(struct rt_text *why, const char *given, size_t length) {
    char word[GIVEN_BYTES + 1];
    size_t count = length <= GIVEN_BYTES ? length : GIVEN_BYTES - 3;

    while (count < length && count > 0 && ((unsigned char)given[count] & 0xc0) == 0x80) {
        count--; /* not within a letter of UTF-8 */
    }
    for (size_t i = 0; i < count; i++) {
        bool is_control = (unsigned char)given[i] < ' ' || given[i] == '\x7f';

        word[i] = is_control ? '?' : given[i];
    }
    word[count] = '\0';
    rt_text_string(why, word);
    rt_text_string(why, count < length ? "..." : "");
}

static void
begin_complaint(const struct rt_knob *row, const char *given, const char *quote,
                struct rt_text *why) {
    rt_text_string(why, row->name);
    rt_text_string(why, ": ");
    rt_text_string(why, quote);
    print_given(why, given, strlen(given));
    rt_text_string(why, quote);
}

static int
end_complaint(const struct rt_knob *row, int status, struct rt_text *why) {
    rt_text_string(why, " (");
    rt_knob_print_range(row, why);
    rt_text_string(why, ")");
    return status;
}

static int
refuse_type(const struct rt_knob *row, const char *given, const char *type, struct rt_text *why) {
    begin_complaint(row, given, "'", why);
    rt_text_string(why, " is not ");
    rt_text_string(why, type);
    return end_complaint(row, -EINVAL, why);
}

static int
refuse_value(const struct rt_knob *row, const char *given, const char *verdict,
             struct rt_text *why) {
    begin_complaint(row, given, "", why);
    rt_text_string(why, verdict);
    return end_complaint(row, -ERANGE, why);
}

static int
refuse_bound(const struct rt_knob *row, const char *given, bool is_below, struct rt_text *why) {
    begin_complaint(row, given, "", why);
    rt_text_string(why, is_below ? " is below the smallest, " : " is above the largest, ");
    if (row->type == RT_KNOB_RATIO) {
        rt_text_ratio(why, is_below ? row->ratio_low : row->ratio_high);
    } else {
        print_integer(row, is_below ? row->low : row->high, why);
    }
    return end_complaint(row, -ERANGE, why);
}

/* ---- Setting ---- */

static int
set_integer(const struct rt_knob *row, void *fields, const char *given, struct rt_text *why) {
    bool is_size = row->type == RT_KNOB_SIZE;
    int64_t value;
    int status = is_size ? rt_knob_parse_size(given, &value) : rt_knob_parse_integer(given, &value);

    if (status == -EINVAL) {
        return refuse_type(row, given, is_size ? "a size" : "a whole number", why);
    }
    if (value < row->low || value > row->high || status == -ERANGE) {
        return refuse_bound(row, given, value < row->low || value == INT64_MIN, why);
    }
    if (row->power_of_two && (value <= 0 || !rt_is_power_of_two((uint64_t)value))) {
        return refuse_value(row, given, " is not a power of two", why);
    }
    store_integer(row, fields, value);
    return 0;
}

static int
set_ratio(const struct rt_knob *row, void *fields, const char *given, struct rt_text *why) {
    double value;
    int status = rt_knob_parse_ratio(given, &value);

    if (status == -EINVAL) {
        return refuse_type(row, given, "a ratio", why);
    }
    if (status == -ERANGE && value == 0) {
        return refuse_value(row, given, " is nearer to 0 than the smallest step, 0.000001", why);
    }
    if (value < row->ratio_low || value > row->ratio_high || status == -ERANGE) {
        return refuse_bound(row, given, value < row->ratio_low, why);
    }
    store_ratio(row, fields, value);
    return 0;
}

static int
set_enum(const struct rt_knob *row, void *fields, const char *given, struct rt_text *why) {
    const char *nearest = NULL;
    size_t least = SIZE_MAX;
    char word[WORD_BYTES];

    fold_word(word, given, strlen(given));
    for (size_t i = 0; row->choices[i] != NULL; i++) {
        size_t distance;

        if (equals_folded(given, row->choices[i])) {
            store_integer(row, fields, (int64_t)i);
            return 0;
        }
        distance = rt_knob_distance(word, row->choices[i]);
        if (distance < least && is_near(distance, strlen(word))) {
            least = distance;
            nearest = row->choices[i];
        }
    }
    begin_complaint(row, given, "'", why);
    rt_text_string(why, " is not a choice");
    if (nearest != NULL) {
        rt_text_string(why, "; did you mean ");
        rt_text_string(why, nearest);
        rt_text_string(why, "?");
    }
    return end_complaint(row, -EINVAL, why);
}

static int
set_boolean(const struct rt_knob *row, void *fields, const char *given, struct rt_text *why) {
    for (size_t i = 0; i < RT_COUNT_OF(boolean_words); i++) {
        if (equals_folded(given, boolean_words[i].word)) {
            store_integer(row, fields, boolean_words[i].value);
            return 0;
        }
    }
    return refuse_type(row, given, "a boolean", why);
}

/* How many bytes the letter of UTF-8 has that begins here; 0: that is none, or a control character. */
static size_t
measure_letter(const unsigned char *at) {
    static const struct {
        unsigned char mask, lead;
        uint32_t least;
    } kinds[] = {{0x80, 0, ' '}, {0xe0, 0xc0, 0xa0}, {0xf0, 0xe0, 0x800}, {0xf8, 0xf0, 0x10000}};

    for (size_t i = 0; i < RT_COUNT_OF(kinds); i++) {
        uint32_t point = at[0] & (unsigned)(unsigned char)~kinds[i].mask;
        size_t more = 0;

        if ((at[0] & kinds[i].mask) != kinds[i].lead) {
            continue;
        }
        for (; more < i && (at[more + 1] & 0xc0) == 0x80; more++) {
            point = point << 6 | (at[more + 1] & 0x3f);
        }
        bool is_letter = more == i && point >= kinds[i].least && point != 0x7f &&
                         point <= 0x10ffff && (point < 0xd800 || point > 0xdfff);
        return is_letter ? i + 1 : 0;
    }
    return 0;
}

static int
set_text(const struct rt_knob *row, void *fields, const char *given, struct rt_text *why) {
    const unsigned char *at = (const unsigned char *)given;

    while (*at != '\0') {
        size_t bytes = measure_letter(at);

        if (bytes == 0) {
            return refuse_type(row, given, "text in UTF-8 without control characters", why);
        }
        at += bytes;
    }
    if (at - (const unsigned char *)given >= RT_KNOB_TEXT_BYTES) {
        return refuse_value(row, given, " is too long", why);
    }
    store_text(row, fields, given);
    return 0;
}

int
rt_knob_set(const struct rt_knob *row, void *fields, const char *value, struct rt_text *why) {
    struct rt_text nowhere = {0};

    why = why != NULL ? why : &nowhere;
    switch (row->type) {
    case RT_KNOB_INTEGER:
    case RT_KNOB_SIZE:
        return set_integer(row, fields, value, why);
    case RT_KNOB_RATIO:
        return set_ratio(row, fields, value, why);
    case RT_KNOB_ENUM:
        return set_enum(row, fields, value, why);
    case RT_KNOB_BOOLEAN:
        return set_boolean(row, fields, value, why);
    case RT_KNOB_TEXT:
        return set_text(row, fields, value, why);
    }
    RT_ASSERT(false, "a row has one of the six types");
    return -EINVAL;
}

static int
refuse_name(struct rt_knob_table table, const char *name, size_t length, struct rt_text *why) {
    const struct rt_knob *nearest = find_nearest(table, name, length);

    rt_text_string(why, "no knob is called ");
    print_given(why, name, length);
    if (nearest != NULL) {
        rt_text_string(why, "; did you mean ");
        rt_text_string(why, nearest->name);
        rt_text_string(why, "?");
    }
    return -ENOENT;
}

int
rt_knob_assign(struct rt_knob_table table, void *fields, const char *assignment,
               struct rt_text *why) {
    size_t length = strcspn(assignment, "=");
    const struct rt_knob *row = find_row(table, assignment, length);
    struct rt_text nowhere = {0};

    why = why != NULL ? why : &nowhere;
    if (length == 0) {
        rt_text_string(why, "'");
        print_given(why, assignment, strlen(assignment));
        rt_text_string(why, "' names no knob; write name=value");
        return -EINVAL;
    }
    if (row == NULL) {
        return refuse_name(table, assignment, length, why);
    }
    if (assignment[length] == '\0') {
        rt_text_string(why, row->name);
        rt_text_string(why, ": no value is given; write ");
        rt_text_string(why, row->name);
        rt_text_string(why, "=VALUE");
        return end_complaint(row, -EINVAL, why);
    }
    return rt_knob_set(row, fields, assignment + length + 1, why);
}

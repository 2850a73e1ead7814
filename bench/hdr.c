/* SPDX-License-Identifier: MIT
 *
 * hdr.c: .hlog and .hgrm. See hdr.h.
 *
 * A line of a log is base64 of (cookie, length, zlib stream); the stream is a head of 40 bytes and the
 * counts. All numbers are big-endian but the counts, which are LEB128 of the zigzag of either a count or,
 * below zero, of how many empty buckets follow each other; its ninth byte carries eight bits.
 *
 * Decoding trusts nothing: whatever the bytes, the result is a histogram that some sequence of records
 * could have made, or it is refused; and no head makes it allocate more than PAYLOAD_MOST.
 */
#include "bench/hdr.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <zlib.h>

#include "bench/varint.h"

#define COOKIE            UINT32_C(0x1c849303)
#define COOKIE_COMPRESSED UINT32_C(0x1c849304)
#define WORD              UINT32_C(0x10) /* in the cookie: counts are packed */
#define WORD_MASK         UINT32_C(0xf0)

enum {
    DIGITS = 3,
    HEAD_BYTES = 40,
    WRAP_BYTES = 8, /* cookie and length before the stream */
    COUNT_BYTES = 9,
    PAYLOAD_MOST = 1 << 26,
    TICKS = 5 /* rows of a distribution to each halving */
};

/* ---- Bytes ------------------------------------------------------------------------------------------ */

static void
put_big(unsigned char *data, uint64_t value, int bytes) {
    for (int i = 0; i < bytes; i++)
        data[i] = (unsigned char)(value >> (8 * (bytes - 1 - i)));
}

static uint64_t
get_big(const unsigned char *data, int bytes) {
    uint64_t value = 0;
    for (int i = 0; i < bytes; i++)
        value = value << 8 | data[i];
    return value;
}

static size_t
put_count(unsigned char *data, int64_t count) {
    uint64_t value = bench_varint_zigzag(count);
    size_t length = 0;

    for (; value >= 0x80 && length < COUNT_BYTES - 1; value >>= 7)
        data[length++] = (unsigned char)(value | 0x80);
    data[length++] = (unsigned char)value;
    return length;
}

static bool
get_count(const unsigned char *data, size_t bytes, size_t *at, int64_t *ret_count) {
    uint64_t value = 0;

    for (unsigned i = 0; i < COUNT_BYTES && *at < bytes; i++) {
        uint64_t byte = data[(*at)++];
        bool is_last = i == COUNT_BYTES - 1 || (byte & 0x80) == 0;
        value |= (i == COUNT_BYTES - 1 ? byte : byte & 0x7f) << (7 * i);
        if (is_last) {
            *ret_count = bench_varint_unzigzag(value);
            return true;
        }
    }
    return false;
}

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

static char *
to_base64(const unsigned char *data, size_t bytes) {
    char *text = malloc((bytes + 2) / 3 * 4 + 1), *at = text;

    for (size_t i = 0; text != NULL && i < bytes; i += 3) {
        size_t here = bytes - i < 3 ? bytes - i : 3;
        uint32_t group = (uint32_t)data[i] << 16 | (here > 1 ? (uint32_t)data[i + 1] << 8 : 0) |
                         (here > 2 ? data[i + 2] : 0);
        for (size_t k = 0; k < 4; k++)
            *at++ = k <= here ? alphabet[group >> (18 - 6 * k) & 63] : '=';
    }
    if (text != NULL)
        *at = '\0';
    return text;
}

/* Up to the end of the line; `data` has room for three bytes of each four. False: not base64. */
static bool
from_base64(const char *text, size_t length, unsigned char *data, size_t *ret_bytes) {
    uint32_t group = 0;
    size_t bytes = 0, padding = 0;

    if (length % 4 != 0)
        return false;
    for (size_t i = 0; i < length; i++) {
        const char *digit = text[i] == '\0' ? NULL : strchr(alphabet, text[i]);
        padding += text[i] == '=';
        if ((digit == NULL || padding > 0) && (text[i] != '=' || i + 2 < length))
            return false;
        group = group << 6 | (digit == NULL ? 0 : (uint32_t)(digit - alphabet));
        if (i % 4 == 3) {
            put_big(data + bytes, group & 0xffffff, 3);
            bytes += 3;
        }
    }
    *ret_bytes = bytes - padding;
    return true;
}

/* ---- Encoding --------------------------------------------------------------------------------------- */

static size_t
put_counts(unsigned char *data, const struct bench_hist *hist) {
    size_t end = hist->count == 0 ? 0 : bench_hist_bucket(hist->greatest) + 1, length = 0;

    for (size_t i = 0; i < end;) {
        int64_t empty = 0;
        for (; i < end && hist->buckets[i] == 0; i++)
            empty++;
        if (empty > 0)
            length += put_count(data + length, empty == 1 ? 0 : -empty);
        if (i < end)
            length += put_count(data + length, (int64_t)hist->buckets[i++]);
    }
    return length;
}

/* The head, then the counts, for which there is room. */
static size_t
put_histogram(unsigned char *data, const struct bench_hist *hist) {
    const double ratio = 1; /* of integers to doubles */
    uint64_t ratio_bits;
    size_t payload = put_counts(data + HEAD_BYTES, hist);

    memcpy(&ratio_bits, &ratio, sizeof ratio_bits);
    put_big(data, COOKIE | WORD, 4);
    put_big(data + 4, payload, 4);
    put_big(data + 8, 0, 4); /* no shift of the counts */
    put_big(data + 12, DIGITS, 4);
    put_big(data + 16, 1, 8);
    put_big(data + 24, BENCH_HIST_GREATEST, 8);
    put_big(data + 32, ratio_bits, 8);
    return HEAD_BYTES + payload;
}

char *
bench_hdr_encode(const struct bench_hist *hist) {
    size_t most = HEAD_BYTES + (size_t)BENCH_HIST_BUCKETS * COUNT_BYTES;
    uLongf packed = compressBound(most);
    unsigned char *plain = malloc(most), *data = malloc(WRAP_BYTES + packed);
    char *text = NULL;

    if (plain != NULL && data != NULL &&
        compress2(data + WRAP_BYTES, &packed, plain, put_histogram(plain, hist),
                  Z_DEFAULT_COMPRESSION) == Z_OK) {
        put_big(data, COOKIE_COMPRESSED | WORD, 4);
        put_big(data + 4, packed, 4);
        text = to_base64(data, WRAP_BYTES + packed);
    }
    free(plain);
    free(data);
    return text;
}

/* ---- Decoding --------------------------------------------------------------------------------------- */

/* How another histogram's counts stand for values. */
struct shape {
    unsigned half_bits, unit_bits;
};

/* The shift of the counts says how they lay in the writer's memory; here they are in order. */
static bool
read_shape(const unsigned char *head, struct shape *shape) {
    uint64_t digits = get_big(head + 12, 4), lowest = get_big(head + 16, 8), full = 2;

    if (digits < 1 || digits > 5 || lowest < 1 || lowest > BENCH_HIST_GREATEST)
        return false;
    for (uint64_t i = 0; i < digits; i++)
        full *= 10;
    shape->half_bits = 63u - (unsigned)__builtin_clzll(full - 1);
    shape->unit_bits = 63u - (unsigned)__builtin_clzll(lowest);
    return true;
}

/* The value in the middle of those of count i; false: larger than any number here. */
static bool
value_of(const struct shape *shape, uint64_t i, uint64_t *ret_value) {
    uint64_t half = UINT64_C(1) << shape->half_bits, doubling = i >> shape->half_bits;
    uint64_t shift = shape->unit_bits + (doubling > 1 ? doubling - 1 : 0);
    uint64_t within = doubling == 0 ? i : (i & (half - 1)) + half;

    if (shift + shape->half_bits + 1 >= 64)
        return false;
    *ret_value = (within << shift) + (UINT64_C(1) << shift) / 2;
    return true;
}

/* The least and the greatest are what their buckets may mean. */
static void
widen_ends(struct bench_hist *hist) {
    if (hist->count == 0)
        return;
    uint64_t high = bench_hist_low(bench_hist_bucket(hist->greatest) + 1) - 1;
    hist->least = bench_hist_low(bench_hist_bucket(hist->least));
    hist->greatest = high < BENCH_HIST_GREATEST ? high : BENCH_HIST_GREATEST;
}

static int
read_counts(const unsigned char *data, size_t bytes, const struct shape *shape,
            struct bench_hist *hist) {
    uint64_t index = 0, value;
    size_t at = 0;
    int64_t count;

    while (at < bytes) {
        if (!get_count(data, bytes, &at, &count) || count < -PAYLOAD_MOST || index > PAYLOAD_MOST)
            return -EBADMSG;
        if (count > 0) {
            if (!value_of(shape, index, &value) || hist->count + (uint64_t)count < hist->count)
                return -EBADMSG;
            bench_hist_record_many(hist, value, (uint64_t)count);
        }
        index += count < 0 ? (uint64_t)-count : 1;
    }
    widen_ends(hist);
    return 0;
}

/* Inflates exactly so many bytes. */
static bool
inflate_part(z_stream *stream, unsigned char *data, size_t bytes) {
    stream->next_out = data;
    stream->avail_out = (uInt)bytes;
    while (stream->avail_out > 0) {
        int result = inflate(stream, Z_SYNC_FLUSH);
        if (result != Z_OK && (result != Z_STREAM_END || stream->avail_out > 0))
            return false;
    }
    return true;
}

static int
read_stream(z_stream *stream, struct bench_hist *hist) {
    unsigned char head[HEAD_BYTES], *payload;
    struct shape shape;
    uint64_t bytes;
    int error = -EBADMSG;

    if (!inflate_part(stream, head, sizeof head) || (get_big(head, 4) & ~WORD_MASK) != COOKIE ||
        !read_shape(head, &shape))
        return -EBADMSG;
    bytes = get_big(head + 4, 4);
    if (bytes > PAYLOAD_MOST)
        return -EBADMSG;
    payload = malloc(bytes + 1);
    if (payload == NULL)
        return -ENOMEM;
    if (inflate_part(stream, payload, bytes))
        error = read_counts(payload, bytes, &shape, hist);
    free(payload);
    return error;
}

static int
decode_bytes(unsigned char *data, size_t bytes, struct bench_hist *hist) {
    z_stream stream = {0};
    int error;

    if (bytes < WRAP_BYTES || (get_big(data, 4) & ~WORD_MASK) != COOKIE_COMPRESSED ||
        get_big(data + 4, 4) > bytes - WRAP_BYTES)
        return -EBADMSG;
    stream.next_in = data + WRAP_BYTES;
    stream.avail_in = (uInt)get_big(data + 4, 4);
    if (inflateInit(&stream) != Z_OK)
        return -ENOMEM;
    error = read_stream(&stream, hist);
    inflateEnd(&stream);
    return error;
}

int
bench_hdr_decode(const char *text, struct bench_hist *ret_hist) {
    size_t length = strcspn(text, "\r\n"), bytes;
    unsigned char *data = malloc(length / 4 * 3 + 3);
    int error = data == NULL ? -ENOMEM : -EBADMSG;

    bench_hist_init(ret_hist);
    if (data != NULL && from_base64(text, length, data, &bytes))
        error = decode_bytes(data, bytes, ret_hist);
    free(data);
    return error;
}

/* ---- Logs ------------------------------------------------------------------------------------------- */

void
bench_hdr_log_head(FILE *out, double start_s, const char *about) {
    fprintf(out,
            "#[%s]\n"
            "#[Histogram log format version 1.3]\n"
            "#[StartTime: %.3f (seconds since epoch)]\n"
            "\"StartTimestamp\",\"Interval_Length\",\"Interval_Max\","
            "\"Interval_Compressed_Histogram\"\n",
            about, start_s);
}

/* The maximum is a millionth of the unit, as everywhere: milliseconds. */
int
bench_hdr_log_put(FILE *out, const struct bench_hdr_interval *interval) {
    char *text = bench_hdr_encode(interval->hist);

    if (text == NULL)
        return -ENOMEM;
    if (interval->tag[0] != '\0')
        fprintf(out, "Tag=%s,", interval->tag);
    fprintf(out, "%.3f,%.3f,%.3f,%s\n", interval->start_s, interval->length_s,
            (double)interval->hist->greatest / 1e6, text);
    free(text);
    return 0;
}

static int
parse_interval(char *line, struct bench_hdr_interval *interval) {
    char *rest = line;

    interval->tag[0] = '\0';
    if (strncmp(line, "Tag=", 4) == 0) {
        size_t length = strcspn(line + 4, ",");
        if (length >= sizeof interval->tag || line[4 + length] == '\0')
            return -EBADMSG;
        memcpy(interval->tag, line + 4, length);
        interval->tag[length] = '\0';
        rest = line + 4 + length + 1;
    }
    interval->start_s = strtod(rest, &rest);
    if (*rest++ != ',')
        return -EBADMSG;
    interval->length_s = strtod(rest, &rest);
    if (*rest++ != ',')
        return -EBADMSG;
    rest = strchr(rest, ',');
    return rest == NULL ? -EBADMSG : bench_hdr_decode(rest + 1, interval->hist);
}

int
bench_hdr_log_read(FILE *in, int (*fn)(void *context, const struct bench_hdr_interval *interval),
                   void *context, size_t *ret_line) {
    struct bench_hdr_interval interval = {.hist = malloc(sizeof *interval.hist)};
    char *line = NULL;
    size_t room = 0;
    int error = interval.hist == NULL ? -ENOMEM : 0;

    *ret_line = 0;
    while (error == 0 && getline(&line, &room, in) > 0) {
        ++*ret_line;
        if (line[0] == '#' || line[0] == '"' || line[strspn(line, " \r\n")] == '\0')
            continue;
        error = parse_interval(line, &interval);
        if (error == 0)
            error = fn(context, &interval);
    }
    free(line);
    free(interval.hist);
    return error;
}

/* ---- Percentile distributions ----------------------------------------------------------------------- */

static uint64_t
high_of(const struct bench_hist *hist, size_t bucket) {
    uint64_t high = bench_hist_low(bucket + 1) - 1;
    return high < hist->greatest ? high : hist->greatest;
}

/* The middle of a bucket stands for its values. */
static double
deviation_of(const struct bench_hist *hist, double mean) {
    double sum = 0;

    for (size_t i = 0; i < BENCH_HIST_BUCKETS; i++) {
        uint64_t low = bench_hist_low(i), width = bench_hist_low(i + 1) - low;
        uint64_t middle = low + width / 2;
        double off = (double)middle - mean;
        if (hist->buckets[i] > 0)
            sum += off * off * (double)hist->buckets[i];
    }
    return hist->count == 0 ? 0 : sqrt(sum / (double)hist->count);
}

static double
next_level(double level) {
    double ticks = TICKS * pow(2, floor(log2(100 / (100 - level))) + 1);
    return level + 100 / ticks;
}

static void
write_rows(FILE *out, const struct bench_hist *hist) {
    uint64_t seen = 0;
    double level = 0;

    for (size_t i = 0; i < BENCH_HIST_BUCKETS && seen < hist->count; i++) {
        seen += hist->buckets[i];
        while (hist->buckets[i] > 0 && 100.0 * (double)seen / (double)hist->count >= level) {
            fprintf(out, "%12.3f %.12f %10" PRIu64 " %14.2f\n", (double)high_of(hist, i),
                    level / 100, seen, 1 / (1 - level / 100));
            level = next_level(level);
            if (seen == hist->count)
                break;
        }
        if (seen == hist->count)
            fprintf(out, "%12.3f %.12f %10" PRIu64 "\n", (double)high_of(hist, i), 1.0, seen);
    }
}

void
bench_hdr_hgrm_write(FILE *out, const struct bench_hist *hist) {
    double mean = 0;

    (void)bench_hist_mean(hist, &mean);
    fprintf(out, "%12s %14s %10s %14s\n\n", "Value", "Percentile", "TotalCount",
            "1/(1-Percentile)");
    write_rows(out, hist);
    fprintf(out, "#[Mean    = %12.3f, StdDeviation   = %12.3f]\n", mean, deviation_of(hist, mean));
    fprintf(out, "#[Max     = %12.3f, Total count    = %12" PRIu64 "]\n", (double)hist->greatest,
            hist->count);
    fprintf(out, "#[Buckets = %12d, SubBuckets     = %12d]\n", BENCH_HIST_DOUBLINGS + 1,
            BENCH_HIST_FULL);
}

/* A row of the table; false: it is none. */
static bool
read_row(const char *line, struct bench_hist *hist) {
    double value, percentile;
    uint64_t seen;

    if (sscanf(line, "%lf %lf %" SCNu64, &value, &percentile, &seen) != 3 || !(value >= 0) ||
        value > 1e18 || !(percentile >= 0 && percentile <= 1) || seen < hist->count)
        return false;
    bench_hist_record_many(hist, (uint64_t)llround(value), seen - hist->count);
    return true;
}

int
bench_hdr_hgrm_read(FILE *in, struct bench_hist *ret_hist) {
    char *line = NULL;
    size_t room = 0;
    uint64_t total = UINT64_MAX;
    bool has_title = false;
    int error = 0;

    bench_hist_init(ret_hist);
    while (error == 0 && getline(&line, &room, in) > 0) {
        if (strncmp(line, "#[Max", 5) == 0)
            (void)sscanf(line, "#[Max = %*f, Total count = %" SCNu64, &total);
        else if (strstr(line, "TotalCount") != NULL)
            has_title = true;
        else if (line[0] != '#' && line[strspn(line, " \r\n")] != '\0' && !read_row(line, ret_hist))
            error = -EBADMSG;
    }
    free(line);
    return error == 0 && (!has_title || total != ret_hist->count) ? -EBADMSG : error;
}

/* SPDX-License-Identifier: MIT
 *
 * report/svg.c: from gnuplot's SVG to a tenth of it that looks the same.
 *
 * The page is light or dark; a chart in it must be both. So every colour of plots/style.gp becomes a class
 * of plots/report/style.css, and black, which has none, the colour of the text. A unit is a tenth of
 * gnuplot's: coordinates are whole numbers. Points of a line that nobody would miss are left out, and marks
 * that cover each other. What looks the same is one path, if nothing was drawn between; ticks, lines of the
 * grid and writing, which do not cover each other, do not count as between.
 *
 * What gnuplot writes is small in kind: groups that set the width of the pen, paths of straight lines,
 * polygons, writing, and uses of its fifteen marks. Anything else is refused.
 */
#include "bench/report/svg.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "bench/report/path.h"

enum {
    UNITS = 10, /* to one of gnuplot's */
    MISSED = 2,
    STYLE_BYTES = 128,
    CORNERS_MOST = 17,
    MARK_PLACES = 512, /* across and down; marks in the same place are one */
    FONT = 14,         /* of the page's style sheet, in gnuplot's units */
};

struct tag {
    const char *text; /* behind '<' */
    size_t length;    /* up to '>' */
};

struct value { /* of an attribute; not terminated */
    const char *text;
    size_t length;
};

struct piece {
    struct piece *before, *next;
    char style[STYLE_BYTES]; /* attributes of a path, or `writing` */
    bool is_frame;           /* ticks, grid, writing */
    char *text;
    size_t bytes;
    FILE *out;
};

static const char writing[] = "writing"; /* no path's style: they begin with a blank */

struct drawing {
    struct piece *first, *last;
    struct bench_report_place *places; /* of the line being read */
    size_t count, capacity;
    double pen;                   /* its width */
    char mark_style[STYLE_BYTES]; /* that `taken` is of */
    uint8_t taken[MARK_PLACES * MARK_PLACES / 8];
};

/* ---- Tags -------------------------------------------------------------------------------------- */

static bool
is_tag(const struct tag *tag, const char *name) {
    size_t length = strlen(name);
    return tag->length >= length && strncmp(tag->text, name, length) == 0 &&
           (tag->length == length || strchr(" \t\n/", tag->text[length]));
}

static bool
is_space(char c) {
    return isspace((unsigned char)c);
}

/* Empty when there is no such attribute. Their names stand behind a blank, before `=` and a quote. */
static struct value
get_value(const struct tag *tag, const char *name) {
    const char *end = tag->text + tag->length;
    size_t length = strlen(name);
    for (const char *at = tag->text; at + length < end; at++) {
        if (*at == '\'' || *at == '"') {
            const char *quote = memchr(at + 1, *at, (size_t)(end - at - 1));
            if (!quote)
                break;
            at = quote;
            continue;
        }
        if (!is_space(*at) || strncmp(at + 1, name, length) != 0)
            continue;
        const char *behind = at + 1 + length;
        while (behind < end && (is_space(*behind) || *behind == '='))
            behind++;
        const char *quote = behind < end && (*behind == '\'' || *behind == '"')
                                ? memchr(behind + 1, *behind, (size_t)(end - behind - 1))
                                : NULL;
        if (quote && (is_space(at[1 + length]) || at[1 + length] == '='))
            return (struct value){behind + 1, (size_t)(quote - behind) - 1};
    }
    return (struct value){"", 0};
}

static double
get_number(const struct tag *tag, const char *name, double otherwise) {
    struct value value = get_value(tag, name);
    return value.length ? strtod(value.text, NULL) : otherwise;
}

static bool
is_value(struct value value, const char *text) {
    return value.length == strlen(text) && strncmp(value.text, text, value.length) == 0;
}

static int32_t
to_units(double number) {
    return (int32_t)lround(number * UNITS);
}

/* The next number in a text of numbers and letters, for `*text` to go on behind; false: none is left. */
static bool
next_number(const char **text, const char *end, double *ret_number) {
    while (*text < end && !isdigit((unsigned char)**text) && !strchr("+-.", **text))
        ++*text;
    if (*text >= end)
        return false;
    char *behind;
    *ret_number = strtod(*text, &behind);
    *text = behind > *text ? behind : *text + 1;
    return true;
}

/* ---- Styles ------------------------------------------------------------------------------------ */

/* " class="s1"" and the like into `buffer`; -EINVAL: not a colour. `also` is a class, or "". */
static int
print_class(struct value colour, const char *also, char buffer[48]) {
    static const struct {
        int red, green, blue;
        const char *class;
    } known[] = {{0, 0, 0, ""},        {118, 118, 118, "ax"}, {217, 217, 217, "gr"},
                 {0, 114, 178, "s1"},  {213, 94, 0, "s2"},    {0, 158, 115, "s3"},
                 {170, 68, 153, "s4"}, {178, 125, 0, "s5"},   {58, 155, 217, "s6"},
                 {127, 79, 36, "s7"}};
    int red = 0, green = 0, blue = 0;
    if (strncmp(colour.text, "rgb", 3) == 0 &&
        sscanf(colour.text, "rgb( %d , %d , %d", &red, &green, &blue) != 3)
        return -EINVAL;
    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
        if (known[i].red != red || known[i].green != green || known[i].blue != blue)
            continue;
        const char *class = known[i].class, *blank = *class && *also ? " " : "";
        snprintf(buffer, 48, *class || *also ? " class=\"%s%s%s\"" : "%s%s%s", class, blank, also);
        return 0;
    }
    snprintf(buffer, 48, " style=\"--c:rgb(%d,%d,%d)\"%s%s%s", red, green, blue,
             *also ? " class=\"" : "", also, *also ? "\"" : "");
    return 0;
}

/* ---- Pieces ------------------------------------------------------------------------------------ */

/* The stream of all that has this style, as far as nothing else was drawn over it. NULL: no memory. */
static FILE *
find_piece(struct drawing *drawing, const char *style, bool is_frame) {
    struct piece *piece = drawing->last;
    for (; piece; piece = is_frame && piece->is_frame ? piece->before : NULL)
        if (strcmp(piece->style, style) == 0)
            return piece->out;
    piece = calloc(1, sizeof(*piece));
    if (!piece)
        return NULL;
    snprintf(piece->style, sizeof(piece->style), "%s", style);
    piece->is_frame = is_frame;
    piece->before = drawing->last;
    piece->out = open_memstream(&piece->text, &piece->bytes);
    *(drawing->last ? &drawing->last->next : &drawing->first) = piece;
    drawing->last = piece;
    return piece->out;
}

static int
add_place(struct drawing *drawing, double x, double y) {
    if (drawing->count == drawing->capacity) {
        size_t capacity = drawing->capacity ? 2 * drawing->capacity : 256;
        void *larger = realloc(drawing->places, capacity * sizeof(*drawing->places));
        if (!larger)
            return -ENOMEM;
        drawing->places = larger;
        drawing->capacity = capacity;
    }
    drawing->places[drawing->count++] = (struct bench_report_place){to_units(x), to_units(y)};
    return 0;
}

/* Writes the line read so far. A lone place is none, unless it is closed. */
static void
end_line(struct drawing *drawing, bool is_closed, FILE *out) {
    drawing->count = bench_report_path_thin(drawing->places, drawing->count, MISSED);
    if (drawing->count > 1)
        bench_report_path_write(drawing->places, drawing->count, is_closed, out);
    drawing->count = 0;
}

/* ---- What is drawn ----------------------------------------------------------------------------- */

static int
read_path(struct drawing *drawing, const struct tag *tag) {
    struct value data = get_value(tag, "d"), colour = get_value(tag, "stroke");
    struct value dashes = get_value(tag, "stroke-dasharray");
    const char *end = data.text + data.length;
    char style[STYLE_BYTES], class[48];
    int error = print_class(colour, "", class);
    int length = snprintf(style, sizeof(style), "%s", class);
    if (drawing->pen != 1)
        length += snprintf(style + length, sizeof(style) - (size_t)length, " stroke-width=\"%d\"",
                           to_units(drawing->pen));
    if (dashes.length && dashes.length < 60) {
        const char *at = dashes.text, *sign = " stroke-dasharray=\"";
        double number;
        for (; next_number(&at, dashes.text + dashes.length, &number); sign = " ")
            length += snprintf(style + length, sizeof(style) - (size_t)length, "%s%d", sign,
                               to_units(number));
        snprintf(style + length, sizeof(style) - (size_t)length, "\"");
    }
    bool is_frame = !dashes.length && (is_value(get_value(tag, "class"), "gridline") ||
                                       strstr(class, "\"ax\"") != NULL);
    FILE *out = error ? NULL : find_piece(drawing, style, is_frame);
    if (!out)
        return error ? error : -ENOMEM;
    for (const char *at = data.text; at < end && !error; at++) {
        double x, y;
        if (*at == 'M' || *at == 'Z')
            end_line(drawing, *at == 'Z', out);
        if ((*at == 'M' || *at == 'L') && next_number(&at, end, &x) && next_number(&at, end, &y)) {
            error = add_place(drawing, x, y);
            at--;
        }
    }
    end_line(drawing, false, out);
    return error;
}

static int
read_polygon(struct drawing *drawing, const struct tag *tag) {
    struct value points = get_value(tag, "points");
    double x, y, opacity = get_number(tag, "fill-opacity", 1);
    const char *at = points.text, *end = points.text + points.length;
    char style[STYLE_BYTES], class[48];
    int error = print_class(get_value(tag, "fill"), "f", class);
    int length = snprintf(style, sizeof(style), "%s", class);
    if (opacity < 1)
        snprintf(style + length, sizeof(style) - (size_t)length, " fill-opacity=\"%.3g\"", opacity);
    FILE *out = error ? NULL : find_piece(drawing, style, false);
    if (!out)
        return error ? error : -ENOMEM;
    while (!error && next_number(&at, end, &x) && next_number(&at, end, &y))
        error = add_place(drawing, x, y);
    end_line(drawing, true, out);
    return error;
}

/* ---- Marks ------------------------------------------------------------------------------------- */

#define NEW NAN /* a new stroke begins */

/* Corners, in units of the mark's size, in gnuplot's order; open ones and filled ones are the same. */
static const struct mark {
    double corners[CORNERS_MOST][2];
    size_t count;
    bool is_closed;
} marks[] = {
    {{{-1, 0}, {1, 0}, {NEW, 0}, {0, -1}, {0, 1}}, 5, false},
    {{{-1, -1}, {1, 1}, {NEW, 0}, {1, -1}, {-1, 1}}, 5, false},
    {{{-1, 0},
      {1, 0},
      {NEW, 0},
      {0, -1},
      {0, 1},
      {NEW, 0},
      {-1, -1},
      {1, 1},
      {NEW, 0},
      {1, -1},
      {-1, 1}},
     11,
     false},
    {{{-1, -1}, {1, -1}, {1, 1}, {-1, 1}}, 4, true},
    {{{1, 0},
      {.924, .383},
      {.707, .707},
      {.383, .924},
      {0, 1},
      {-.383, .924},
      {-.707, .707},
      {-.924, .383},
      {-1, 0},
      {-.924, -.383},
      {-.707, -.707},
      {-.383, -.924},
      {0, -1},
      {.383, -.924},
      {.707, -.707},
      {.924, -.383}},
     16,
     true},
    {{{0, -1.33}, {-1.33, .67}, {1.33, .67}}, 3, true},
    {{{0, 1.33}, {1.33, -.67}, {-1.33, -.67}}, 3, true},
    {{{0, -1.414}, {1.414, 0}, {0, 1.414}, {-1.414, 0}}, 4, true},
    {{{0, 1.33}, {1.265, .411}, {.782, -1.067}, {-.782, -1.076}, {-1.265, .411}}, 5, true},
};

/* True once for each place and style; a mark over an equal one is not seen. */
static bool
take_place(struct drawing *drawing, const char *style, double x, double y) {
    size_t column = (size_t)fmax(0, x), row = (size_t)fmax(0, y);
    size_t bit = row % MARK_PLACES * MARK_PLACES + column % MARK_PLACES;
    if (strcmp(drawing->mark_style, style) != 0) {
        snprintf(drawing->mark_style, sizeof(drawing->mark_style), "%s", style);
        memset(drawing->taken, 0, sizeof(drawing->taken));
    }
    bool is_free = !(drawing->taken[bit / 8] & 1 << bit % 8);
    drawing->taken[bit / 8] |= (uint8_t)(1 << bit % 8);
    return is_free;
}

static int
draw_mark(struct drawing *drawing, const struct mark *mark, double x, double y, double size,
          FILE *out) {
    int error = 0;
    for (size_t i = 0; i < mark->count && !error; i++) {
        const double *corner = mark->corners[i];
        if (isnan(corner[0]))
            end_line(drawing, false, out);
        else
            error = add_place(drawing, x + size * corner[0], y + size * corner[1]);
    }
    bench_report_path_write(drawing->places, drawing->count, mark->is_closed, out);
    drawing->count = 0;
    return error;
}

static int
read_mark(struct drawing *drawing, const struct tag *tag) {
    struct value href = get_value(tag, "xlink:href"), transform = get_value(tag, "transform");
    const char *at = transform.text, *end = transform.text + transform.length;
    double x, y, size;
    unsigned number;
    char style[STYLE_BYTES], class[48];
    if (is_value(href, "#gpDot"))
        return 0; /* smaller than can be seen at half size */
    if (sscanf(href.text, "#gpPt%u", &number) != 1 || number > 14 || !next_number(&at, end, &x) ||
        !next_number(&at, end, &y) || !next_number(&at, end, &size))
        return -EINVAL;
    bool is_filled = number > 3 && number % 2 == 0;
    const struct mark *mark = &marks[number <= 3 ? number : 3 + (number - 3) / 2];
    int error = print_class(get_value(tag, "color"), is_filled ? "f" : "", class);
    if (is_filled)
        snprintf(style, sizeof(style), "%s", class);
    else
        snprintf(style, sizeof(style), "%s stroke-width=\"%d\"", class, to_units(size * 0.22));
    FILE *out = error ? NULL : find_piece(drawing, style, false);
    if (!out)
        return error ? error : -ENOMEM;
    return take_place(drawing, style, x, y) ? draw_mark(drawing, mark, x, y, size, out) : 0;
}

/* ---- Writing ----------------------------------------------------------------------------------- */

/* `group` has a place and the looks; `text` is what stands between its tags, which gnuplot has escaped but
 * for '>'. */
static int
write_text(struct drawing *drawing, const struct tag *group, struct value text) {
    struct value transform = get_value(group, "transform"),
                 anchor = get_value(group, "text-anchor");
    const char *at = transform.text, *end = transform.text + transform.length;
    double x, y, angle = 0, size = get_number(group, "font-size", FONT);
    const char *also = is_value(anchor, "end") ? "e" : is_value(anchor, "middle") ? "m" : "";
    char class[48];
    if (text.length == 0) /* a tick or a label without words */
        return 0;
    FILE *out = find_piece(drawing, writing, true);
    if (!out)
        return -ENOMEM;
    if (!next_number(&at, end, &x) || !next_number(&at, end, &y) ||
        print_class(get_value(group, "fill"), also, class))
        return -EINVAL;
    if (next_number(&at, end, &angle) && angle != 0)
        fprintf(out, "<text transform=\"translate(%d %d)rotate(%g)\"%s", to_units(x), to_units(y),
                angle, class);
    else
        fprintf(out, "<text x=\"%d\" y=\"%d\"%s", to_units(x), to_units(y), class);
    if (size != FONT)
        fprintf(out, " style=\"font-size:%dpx\"", to_units(size));
    fputc('>', out);
    for (size_t i = 0; i < text.length; i++)
        text.text[i] == '>' ? fputs("&gt;", out) : fputc(text.text[i], out);
    fputs("</text>\n", out);
    return 0;
}

/* ---- The whole --------------------------------------------------------------------------------- */

/* Behind `</name>`; NULL when there is none. */
static const char *
skip_element(const char *text, const char *name) {
    char closing[32];
    snprintf(closing, sizeof(closing), "</%s>", name);
    const char *end = strstr(text, closing);
    return end ? end + strlen(closing) : NULL;
}

static int
read_tag(struct drawing *drawing, const struct tag *tag, struct tag *group, const char **behind) {
    if (is_tag(tag, "path"))
        return read_path(drawing, tag);
    if (is_tag(tag, "polygon"))
        return read_polygon(drawing, tag);
    if (is_tag(tag, "use"))
        return read_mark(drawing, tag);
    if (is_tag(tag, "g")) {
        *group = *tag;
        drawing->pen = get_number(tag, "stroke-width", drawing->pen);
        return 0;
    }
    if (is_tag(tag, "text")) {
        const char *end = strchr(*behind, '<');
        return write_text(drawing, group, (struct value){*behind, (size_t)(end - *behind)});
    }
    if (is_tag(tag, "title") || is_tag(tag, "defs") || is_tag(tag, "desc")) {
        *behind = skip_element(*behind, is_tag(tag, "title")  ? "title"
                                        : is_tag(tag, "defs") ? "defs"
                                                              : "desc");
        return *behind ? 0 : -EINVAL;
    }
    bool is_ground = is_tag(tag, "rect") && is_value(get_value(tag, "fill"), "none");
    return tag->text[0] == '/' || is_ground ? 0 : -EINVAL;
}

static int
read_drawing(struct drawing *drawing, const char *body) {
    struct tag group = {"", 0};
    int error = 0;
    while (!error && body && (body = strchr(body, '<')) != NULL) {
        const char *end = strchr(body, '>');
        if (!end)
            return -EINVAL;
        const struct tag tag = {body + 1, (size_t)(end - body) - 1};
        if (is_tag(&tag, "/svg"))
            return 0;
        body = end + 1;
        error = read_tag(drawing, &tag, &group, &body);
    }
    return error ? error : -EINVAL;
}

static void
write_pieces(struct drawing *drawing, FILE *out) {
    for (struct piece *piece = drawing->first; piece; piece = piece->next) {
        fflush(piece->out);
        if (strcmp(piece->style, writing) == 0)
            fwrite(piece->text, 1, piece->bytes, out);
        else if (piece->bytes)
            fprintf(out, "<path%s d=\"%s\"/>\n", piece->style, piece->text);
    }
}

static void
free_drawing(struct drawing *drawing) {
    for (struct piece *next, *piece = drawing->first; piece; piece = next) {
        next = piece->next;
        if (piece->out)
            fclose(piece->out);
        free(piece->text);
        free(piece);
    }
    free(drawing->places);
    free(drawing);
}

int
bench_report_svg_embed(const char *svg, const char *label_id, const char *note_id, FILE *out) {
    const char *box = strstr(svg, "viewBox=\""), *body = strstr(svg, "<g id=\"gnuplot_canvas\">");
    double left, top, width, height;
    if (!box || !body || body < box ||
        sscanf(box, "viewBox=\"%lf %lf %lf %lf", &left, &top, &width, &height) != 4)
        return -EINVAL;
    struct drawing *drawing = calloc(1, sizeof(*drawing));
    if (!drawing)
        return -ENOMEM;
    drawing->pen = 1;
    int error = read_drawing(drawing, body);
    if (!error) {
        fprintf(out,
                "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"chart\" viewBox=\"0 0 %d %d\" "
                "role=\"img\" aria-labelledby=\"%s\" aria-describedby=\"%s\">\n",
                to_units(width), to_units(height), label_id, note_id);
        write_pieces(drawing, out);
        fputs("</svg>\n", out);
    }
    free_drawing(drawing);
    return error;
}

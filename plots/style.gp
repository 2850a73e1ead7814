# SPDX-License-Identifier: MIT
#
# style.gp: what all figures have in common; each loads it first. It holds the only colours.
#
# A figure is called as   gnuplot -c FIGURE.gp DATA OUT FORMAT [TITLE [CAPTION]]
#   DATA     tab-separated values: blocks apart by two blank lines, each with a header row whose
#            first cell is the name of the series (README.md says which columns a figure wants)
#   FORMAT   svg, png, pdf: pictures that stand alone, with title and caption;
#            page: SVG for a page that brings its own heading; drawn once, for a phone's width, where
#            writing of 14 still has more than 10 pixels, and shown larger on a desk
#   CAPTION  where the numbers come from: commit, machine
# It reads DATA and writes OUT, nothing else. Data without a point gives a picture that says so.
#
# Rules of the series: colour, dash and marker go by position, so that a configuration looks the same
# in every figure of one run. Block 0 is the default and is drawn in the colour of the text.

if (ARG3 eq "") { print "usage: gnuplot -c FIGURE.gp DATA OUT FORMAT [TITLE [CAPTION]]"; exit status 2 }

data = ARG1
format = ARG3
title_text = ARG4
caption_text = ARG5
stands_alone = format eq "svg" || format eq "png" || format eq "pdf"
narrow = format eq "page"
small_font = narrow ? ",14" : ",11"      # of writing in the drawing

set encoding utf8
set datafile separator tab missing "n/a" commentschars ""

# A picture is as high as its key needs: `keys` is how many entries there will be. A figure that has rows of
# its own says before it loads this how many lines more they take, `rows_more`.
named_most = 8      # a ninth block holds all other curves, apart by one blank line: drawn thin, in grey
stats data using 2 nooutput
keys = exists("STATS_blocks") ? (STATS_blocks > named_most + 1 ? named_most + 2 : STATS_blocks) : 0
if (exists("keys_given")) { keys = keys_given }
key_columns = narrow ? (exists("columns_narrow") ? columns_narrow : 1) : exists("columns_given") ? columns_given : 2
key_rows = (keys + key_columns - 1) / key_columns + (exists("rows_more") ? rows_more : 0)
undefine STATS_*

canvas_width = narrow ? 480.0 : 880.0       # of 96 to the inch, whatever the format
canvas_height = narrow ? 360.0 + 20 * key_rows : 500.0 + 21 * key_rows
if (format eq "svg") {
    set terminal svg noenhanced size 880,500 + 21 * key_rows font "DejaVu Sans,14" background "#ffffff" name "gcsweep"
} else { if (format eq "png") {
    set terminal pngcairo noenhanced size 1760,1000 + 42 * key_rows fontscale 1.9 font "DejaVu Sans,12" \
        background "#ffffff" linewidth 2 pointscale 2
} else { if (format eq "pdf") {
    set terminal pdfcairo noenhanced size 22cm,(12.5 + 0.55 * key_rows)cm font "DejaVu Sans,11" \
        background "#ffffff" linewidth 1.5
} else { if (format eq "page") {
    set terminal svg noenhanced size 480,360 + 20 * key_rows font "DejaVu Sans,14" name "gcsweep"
} else {
    print sprintf("unknown format \"%s\"; one of svg, png, pdf, page", format)
    exit status 2
}}}}
set output ARG2

# Okabe and Ito's palette, darkened where it would be too faint on white. The report replaces each by
# a variable, so that the page can lighten them on a dark ground: it knows them by these values.
text_colour = "#000000"
soft_colour = "#767676"
grid_colour = "#d9d9d9"
array colour[7] = ["#0072b2", "#d55e00", "#009e73", "#aa4499", "#b27d00", "#3a9bd9", "#7f4f24"]
colour_of(i) = i == 0 ? text_colour : colour[(i - 1) % 7 + 1]
array marker[8] = [7, 5, 9, 13, 11, 4, 8, 6]
marker_of(i) = marker[i % 8 + 1]
array dash[4] = [1, 2, 4, 5]
dash_of(i) = i == 0 ? 1 : dash[(i - 1) % 4 + 1]
width_of(i) = i == 0 ? 2.6 : 1.8
set style increment user
set border 3 linecolor rgb soft_colour linewidth 1
set tics nomirror textcolor rgb text_colour
set grid linecolor rgb grid_colour linetype 1 linewidth 1
set key below left Left reverse samplen 2.5 spacing 1.15 height 0.6 textcolor rgb text_colour
set key maxcols key_columns
if (stands_alone) {
    title_font = strlen(title_text) > 85 ? ",11" : strlen(title_text) > 60 ? ",13" : ",17"
    set tmargin 5
    set label 1001 title_text at screen 0.015, screen 1 left offset 0,-1.3 textcolor rgb text_colour font title_font
    set label 1002 caption_text at screen 0.015, screen 1 left offset 0,-2.7 textcolor rgb soft_colour font ",11"
}

# Room for the ends: a lone value gets a range of its own.
padded_low(low, high) = low == high ? (low > 0 ? low * 0.5 : low - 1) : low
padded_high(low, high) = low == high ? (high > 0 ? high * 1.5 : high + 1) : high

# Ticks of an axis: round numbers, few enough for their labels.
round_step(step) = step <= 1 ? 1 : step <= 2 ? 2 : step <= 5 ? 5 : 10
tick_step(least) = 10 ** floor(log10(least)) * round_step(least / 10 ** floor(log10(least)))
ticks_most = narrow ? 5.0 : 9.0

# The unit of an axis by its largest value.
time_divisor(ns) = ns >= 2e9 ? 1e9 : ns >= 2e6 ? 1e6 : ns >= 2e3 ? 1e3 : 1.0
time_unit(ns) = ns >= 2e9 ? "s" : ns >= 2e6 ? "ms" : ns >= 2e3 ? "µs" : "ns"
# A time as people read it, three digits.
time_parts(value, unit) = sprintf(value >= 99.95 || value == floor(value) ? "%.0f %s" : value >= 9.995 ? "%.1f %s" : "%.2f %s", value, unit)
time_text(ns) = ns >= 999.5e6 ? time_parts(ns / 1e9, "s") : ns >= 999.5e3 ? time_parts(ns / 1e6, "ms") : ns >= 999.5 ? time_parts(ns / 1e3, "µs") : time_parts(ns, "ns")
time_tics = '("1 ns" 1, "10 ns" 10, "100 ns" 100, "1 µs" 1e3, "10 µs" 1e4, "100 µs" 1e5, "1 ms" 1e6, "10 ms" 1e7, "100 ms" 1e8, "1 s" 1e9, "10 s" 1e10, "100 s" 1e11, "1000 s" 1e12)'
few_time_tics = '("1 ns" 1, "100 ns" 100, "10 µs" 1e4, "1 ms" 1e6, "100 ms" 1e8, "10 s" 1e10, "1000 s" 1e12)'
blank_time_tics = '("" 1, "" 10, "" 100, "" 1e3, "" 1e4, "" 1e5, "" 1e6, "" 1e7, "" 1e8, "" 1e9, "" 1e10, "" 1e11)'
# Percentiles on a log axis of 1/(1-p): each further nine has the same width.
percent_tics = '("0 %%" 1, "50 %%" 2, "90 %%" 10, "99 %%" 100, "99.9 %%" 1e3, "99.99 %%" 1e4, "99.999 %%" 1e5, "99.9999 %%" 1e6, "99.99999 %%" 1e7, "99.999999 %%" 1e8)'
few_percent_tics = '("0 %%" 1, "90 %%" 10, "99 %%" 100, "99.9 %%" 1e3, "4 nines" 1e4, "5 nines" 1e5, "6 nines" 1e6)'
fewest_percent_tics = '("0 %%" 1, "99 %%" 100, "4 nines" 1e4, "6 nines" 1e6, "8 nines" 1e8)'
blank_percent_tics = '("" 1, "" 10, "" 100, "" 1e3, "" 1e4, "" 1e5, "" 1e6, "" 1e7, "" 1e8)'
bytes_divisor(bytes) = bytes >= 2**31 ? 2.0**30 : bytes >= 2**21 ? 2.0**20 : bytes >= 2**11 ? 2.0**10 : 1.0
bytes_unit(bytes) = bytes >= 2**31 ? "GiB" : bytes >= 2**21 ? "MiB" : bytes >= 2**11 ? "KiB" : "B"

# Panels. A figure that has several says before it loads this how many entries its one key has, `keys_given`. Then, in
# a multiplot, for each panel:   eval panel(i, rows, columns); set label 1003 NAME @panel_name; plot ...
# All share both axes: only the lowest have numbers below, only the leftmost have numbers beside. The titles of the axes,
# panel_xlabel and panel_ylabel, and the key, below all, are there once.
head_px = stands_alone ? 66 : 4
foot_px = 24.0 * ((keys + key_columns - 1) / key_columns) + 72
name_px = 27
left_px = 92
gap_px = 16
panel_xlabel = ""
panel_ylabel = ""
panel_xtics = ""        # how to set those with names of their own, and the same with none
panel_xblank = ""
panel_yformat = "% h"
panel_name = "at graph 0, graph 1 left offset 0,0.7 textcolor rgb text_colour"
panel_note = "at graph 1, graph 1 right offset 0,0.7 textcolor rgb soft_colour font small_font"
panel_width(columns) = (canvas_width - left_px - (narrow ? 14 : 22) - (columns - 1) * gap_px) / columns
panel_height(rows) = (canvas_height - head_px - foot_px) / rows - name_px
panel_left(i, columns) = left_px + (i % columns) * (panel_width(columns) + gap_px)
panel_top(i, rows, columns) = canvas_height - head_px - name_px - (i / columns) * (panel_height(rows) + name_px)
panel_edges(left, right, top, bottom) = sprintf("set lmargin at screen %f; set rmargin at screen %f; set tmargin at screen %f; set bmargin at screen %f;", left / canvas_width, right / canvas_width, top / canvas_height, bottom / canvas_height)
panel_titles = "set label 1004 panel_ylabel at screen 12 / canvas_width, screen (foot_px + (canvas_height - head_px - foot_px) / 2) / canvas_height center rotate textcolor rgb text_colour; set label 1005 panel_xlabel at screen (left_px + (canvas_width - left_px) / 2) / canvas_width, screen (foot_px - 43) / canvas_height center textcolor rgb text_colour;"
panel(i, rows, columns) = panel_edges(panel_left(i, columns), panel_left(i, columns) + panel_width(columns), panel_top(i, rows, columns), panel_top(i, rows, columns) - panel_height(rows)) \
    . (i == 0 ? panel_titles : "unset label;") \
    . (i / columns < rows - 1 ? "set format x ''; " . panel_xblank : "set format x; " . panel_xtics) . ";" \
    . (i % columns ? "set format y '';" : "set format y panel_yformat;") \
    . (i == rows * columns - 1 ? "set key at screen (left_px + 4) / canvas_width, screen 8 / canvas_height left bottom horizontal;" : "unset key;")

# A value of any metric, whose name says by its end what it is.
general_text(value) = abs(value) >= 999.5e6 ? sprintf("%.3gG", value / 1e9) : abs(value) >= 999.5e3 ? sprintf("%.3gM", value / 1e6) : abs(value) >= 9999.5 ? sprintf("%.3gk", value / 1e3) : value == floor(value) ? sprintf("%.0f", value) : sprintf("%.3g", value)
bytes_parts(value, unit) = sprintf(value == floor(value) || value >= 99.95 ? "%.0f %s" : value >= 9.995 ? "%.1f %s" : "%.2f %s", value, unit)
bytes_text(bytes) = bytes_parts(bytes / bytes_divisor(bytes), bytes_unit(bytes))
is_time(name) = strlen(name) > 3 ? name[strlen(name) - 2:] eq "_ns" : 0
is_bytes(name) = strstrt(name, "bytes") > 0
quantity_text(name, value) = is_time(name) ? time_text(value) : is_bytes(name) ? bytes_text(value) : general_text(value)
quantity_divisor(name, most) = is_time(name) ? time_divisor(most) : is_bytes(name) ? bytes_divisor(most) : most >= 2e9 ? 1e9 : most >= 2e6 ? 1e6 : most >= 2e4 ? 1e3 : 1.0
quantity_unit(name, most) = is_time(name) ? ", ".time_unit(most) : is_bytes(name) ? ", ".bytes_unit(most) : most >= 2e9 ? " (billion)" : most >= 2e6 ? " (million)" : most >= 2e4 ? " (thousand)" : ""

# What to draw when there is nothing to draw.
nothing_drawn = "unset border; unset tics; unset grid; unset key; unset xlabel; unset ylabel; unset logscale; set xrange [0:1]; set yrange [0:1]; set label 1 nothing_text at graph 0.5, graph 0.5 center textcolor rgb text_colour; plot NaN notitle"

# SPDX-License-Identifier: MIT
#
# allocators.gp: which allocator is fastest and which needs least memory, workload by workload?
#
# Columns: place of the row from 1, ratio of wall times to the default allocator, ratio of peaks of resident memory, name
# of the row. A block for each allocator. Two panels share the rows; a line at 1 is the default.

set datafile separator tab missing "n/a"
stats ARG1 using 1 nooutput name "ROWS"
rows = exists("ROWS_records") && ROWS_records > 0 ? int(ROWS_max) : 0
blocks = exists("ROWS_blocks") ? ROWS_blocks : 0
rows_more = (rows > 10 ? 1.1 * (rows - 10) : 0) + 0.5 * blocks

call ARG0[1:strlen(ARG0) - strlen("allocators.gp")]."style.gp" ARG1 ARG2 ARG3 ARG4 ARG5

if (rows == 0) {
    nothing_text = "No allocators to draw: the run has one only."
    eval nothing_drawn
    exit
}
# Each panel has a range of its own.
array low[2] = [1.0, 1.0]
array most[2] = [1.0, 1.0]
do for [n = 1:2] {
    stats data using n + 1 nooutput name "RATIO"
    if (exists("RATIO_records") && RATIO_records > 0) {
        low[n] = RATIO_min < 1 ? RATIO_min : 1.0
        most[n] = RATIO_max > 1 ? RATIO_max : 1.0
    }
    undefine RATIO_*
    low[n] = low[n] / (most[n] / low[n]) ** 0.06 / 1.02
    most[n] = most[n] * (most[n] / low[n]) ** 0.06 * 1.02
}

# Row labels have the room they need, up to a third of the picture.
letters_most = narrow ? 20 : 34
letters = 0
array names[rows]
do for [n = 1:rows] { names[n] = "" }
do for [i = 0:blocks - 1] {
    stats data index i using (row = (valid(1) ? int($1) : 0), row > 0 ? (names[row] = strcol(4), row) : NaN) nooutput
}
shortened(text) = strlen(text) > letters_most ? text[1:letters_most - 1] . "…" : text
do for [n = 1:rows] {
    names[n] = shortened(names[n])
    letters = strlen(names[n]) > letters ? strlen(names[n]) : letters
}

width = narrow ? 480.0 : 880.0
height = narrow ? 360.0 + 20 * key_rows : 500.0 + 21 * key_rows      # those of the SVG, by style.gp
key_height = 24.0 * blocks + 12
top_edge = stands_alone ? 1 - 100 / height : 1 - 30 / height
low_edge = (58 + key_height) / height
left_edge = (14 + letters * (narrow ? 9.0 : 8.6)) / width
gap = 0.04
wide = (0.98 - left_edge - gap) / 2

set logscale x 2
set yrange [rows + 0.6:0.4]
set ytics scale 0 font small_font
set xtics font small_font
marks_of(span) = span > 16 ? '("1/64" 1.0 / 64, "1/16" 1.0 / 16, "1/4" 0.25, "1×" 1, "4×" 4, "16×" 16, "64×" 64, "256×" 256)' : \
                 span > 3 ? '("1/8" 0.125, "1/4" 0.25, "1/2" 0.5, "0.7" 0.7, "1×" 1, "2×" 2, "4×" 4, "8×" 8, "16×" 16)' : \
                 span > 1.5 ? '("0.4" 0.4, "0.5" 0.5, "0.7" 0.7, "1×" 1, "1.4×" 1.4, "2×" 2, "2.8×" 2.8)' : \
                 span < 1.25 ? '("0.85" 0.85, "0.9" 0.9, "0.95" 0.95, "1×" 1, "1.05" 1.05, "1.1" 1.1, "1.15" 1.15, "1.2" 1.2)' : \
                 '("0.7" 0.7, "0.8" 0.8, "0.9" 0.9, "1×" 1, "1.1×" 1.1, "1.2×" 1.2, "1.3×" 1.3, "1.4×" 1.4)'
set grid xtics ytics linecolor rgb grid_colour linetype 1 linewidth 1
set arrow 1 from first 1, graph 0 to first 1, graph 1 nohead linecolor rgb text_colour linewidth 1.2
set tmargin at screen top_edge
set bmargin at screen low_edge
set key at screen left_edge, screen key_height / height left top noautotitle maxcols 1
size = narrow ? 0.9 : 1.15

set multiplot
set xrange [low[1]:most[1]]
eval "set xtics " . marks_of(most[1] / low[1])
set lmargin at screen left_edge
set rmargin at screen left_edge + wide
set label 2 "time" at graph 0.5, graph 1 center offset 0,0.9 textcolor rgb text_colour
set label 3 "times the default's (log, less is better)" at screen left_edge + wide + gap / 2, screen low_edge center offset 0,-2.3 textcolor rgb text_colour font small_font
set ytics (names[1] 1)
do for [n = 2:rows] { set ytics add (names[n] n) }
plot for [i = 0:blocks - 1] data index i using 2:1 with points linecolor rgb colour[i % 7 + 1] pointtype marker_of(i) pointsize size title columnheader(1)
unset key
unset label
set xrange [low[2]:most[2]]
eval "set xtics " . marks_of(most[2] / low[2])
set lmargin at screen left_edge + wide + gap
set rmargin at screen 0.98
set label 2 (narrow ? "peak memory" : "peak of resident memory") at graph 0.5, graph 1 center offset 0,0.9 textcolor rgb text_colour
set ytics ("" 1)
do for [n = 1:rows] { set ytics add ("" n) }
plot for [i = 0:blocks - 1] data index i using 3:1 with points linecolor rgb colour[i % 7 + 1] pointtype marker_of(i) pointsize size notitle
unset multiplot

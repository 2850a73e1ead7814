# SPDX-License-Identifier: MIT
#
# staircase.gp: do containers grow at the same lengths and to the same sizes as CPython's?
#
# Columns: length, bytes, at each length where the bytes change. Blocks come in pairs: a container of ours,
# and the same of CPython's. Each pair has a panel; CPython's is a broad coloured line, and each size of ours a dark dot
# on top of it, so that both are seen where they agree: nothing is known of ours between two dots.

call ARG0[1:strlen(ARG0) - strlen("staircase.gp")]."style.gp" ARG1 ARG2 ARG3 ARG4 ARG5

from_one(length) = length >= 1 ? length : 1      # what is empty stands where the first item is
stats data using (from_one($1)):2 nooutput
if (!exists("STATS_records") || STATS_records == 0) {
    nothing_text = "No staircase to draw: the workload lets nothing grow."
    eval nothing_drawn
    exit
}
panels = (STATS_blocks + 1) / 2
across = panels > 1 ? 2 : 1
down = (panels + across - 1) / across
longest = STATS_max_x
row_step = int(ceil(STATS_records / 6000.0))      # very many sizes are thinned

low = STATS_min_y
most = STATS_max_y
array names[panels]
do for [k = 1:panels] {
    stats data index 2 * (k - 1) every ::0::0 using (name = strcol(1), 1) nooutput
    names[k] = name
}

# All have one scale, so that containers can be compared; what goes out of it is longer than ours grew.
set logscale xy 10
set xrange [1:(longest > 10 ? longest * 1.25 : 12)]
set yrange [low / 1.6:most * 2.4]
is_wide = across == 1 || !narrow
x_marks = is_wide ? '("1" 1, "10" 10, "100" 100, "1,000" 1e3, "10⁴" 1e4, "10⁵" 1e5, "10⁶" 1e6, "10⁷" 1e7, "10⁸" 1e8)' : \
                    '("1" 1, "100" 100, "10⁴" 1e4, "10⁶" 1e6, "10⁸" 1e8)'
x_blanks = is_wide ? '("" 1, "" 10, "" 100, "" 1e3, "" 1e4, "" 1e5, "" 1e6, "" 1e7, "" 1e8)' : \
                     '("" 1, "" 100, "" 1e4, "" 1e6, "" 1e8)'
y_marks = '("64 B" 64, "1 KiB" 2**10, "16 KiB" 2**14, "256 KiB" 2**18, "4 MiB" 2**22, "64 MiB" 2**26, "1 GiB" 2**30, "16 GiB" 2**34)'
y_blanks = '("" 64, "" 2**10, "" 2**14, "" 2**18, "" 2**22, "" 2**26, "" 2**30, "" 2**34)'

# Panels are placed by hand: what stands above and below them has its place in each format.
height = narrow ? 360.0 + 20 * key_rows : 500.0 + 21 * key_rows      # that of the SVG, by style.gp
top_edge = stands_alone ? 1 - 68 / height : 1 - 8 / height
low_edge = 104 / height
left_edge = narrow ? 0.16 : 0.085
gap_x = narrow ? 0.06 : 0.03
gap_y = narrow ? 0.04 : 0.04
wide = (0.97 - left_edge - (across - 1) * gap_x) / across
high = (top_edge - low_edge - (down - 1) * gap_y) / down
set label 2 "length, items" at screen left_edge + (0.97 - left_edge) / 2, screen low_edge offset 0,-2.4 center textcolor rgb text_colour
set key at screen left_edge, screen 50 / height left top maxcols 1 samplen 3
ours_title = narrow ? "here, where a size was seen first" : "here, where a size was seen first; on the line: the same"
theirs_title = narrow ? "in CPython" : "in CPython 3.11.2"

set multiplot
do for [k = 0:panels - 1] {
    left = left_edge + (k % across) * (wide + gap_x)
    top = top_edge - (k / across) * (high + gap_y)
    set lmargin at screen left
    set rmargin at screen left + wide
    set tmargin at screen top
    set bmargin at screen top - high
    set label 3 names[k + 1] at graph 0.04, graph 0.9 left textcolor rgb text_colour
    eval "set xtics " . (k + across >= panels ? x_marks : x_blanks) . " font small_font"
    eval "set ytics " . (k % across == 0 ? y_marks : y_blanks) . " font small_font"
    plot data index 2 * k + 1 every row_step using (from_one($1)):2 with steps linecolor rgb colour[6] linewidth (narrow ? 5 : 6) title (k == 0 ? theirs_title : ""), \
         data index 2 * k every row_step using (from_one($1)):2 with points linecolor rgb text_colour pointtype 7 pointsize 0.45 title (k == 0 ? ours_title : "")
    unset label 2
    if (stands_alone) { unset label 1001; unset label 1002 }
}
unset multiplot

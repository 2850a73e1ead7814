# SPDX-License-Identifier: MIT
#
# forest.gp: which rows of a comparison differ, by how much, and how sure is that?
#
# Columns: place of the row from 1, ratio new over base, low and high end of its interval, name of the row, the figures
# in words. The first block has one row, whose low and high are the floor; then comes a block for each verdict, named by
# it: a verdict has a marker of its own.

set datafile separator tab missing "n/a"
stats ARG1 using 1 nooutput name "ROWS"
blocks = exists("ROWS_blocks") ? ROWS_blocks : 0
rows = exists("ROWS_records") && ROWS_records > 0 ? int(ROWS_max) : 0
# A page is narrow: there the name of a row stands above it.
row_height = ARG3 eq "page" ? 1.9 : 1.05
rows_more = (row_height * rows > 12.6 ? row_height * rows - 12.6 : 0) + 0.5 * blocks

call ARG0[1:strlen(ARG0) - strlen("forest.gp")]."style.gp" ARG1 ARG2 ARG3 ARG4 ARG5

if (rows == 0) {
    nothing_text = "No forest to draw: no row has a ratio."
    eval nothing_drawn
    exit
}
array bound[4] = [1, 1, 1, 1]      # of the ratios, of the intervals
stats data using 2 nooutput name "RATIO"
bound[1] = RATIO_min
bound[2] = RATIO_max
stats data using 3:4 nooutput name "ENDS"
bound[3] = exists("ENDS_min_x") && ENDS_min_x < bound[1] ? ENDS_min_x : bound[1]
bound[4] = exists("ENDS_max_y") && ENDS_max_y > bound[2] ? ENDS_max_y : bound[2]
stats data index 0 using (low_end = $3):(high_end = $4) nooutput

# An interval without end must not make all others a dot: what leaves the picture is cut.
low = bound[3] < bound[1] / 3 ? bound[1] / 3 : bound[3]
most = bound[4] > bound[2] * 3 ? bound[2] * 3 : bound[4]
span = most / low
low = low / span ** 0.05 / 1.005
most = most * span ** 0.05 * 1.005

letters_most = narrow ? 58 : 52
letters = 0
array names[rows]
do for [n = 1:rows] { names[n] = "" }
do for [i = 1:blocks - 1] {
    stats data index i using (row = (valid(1) ? int($1) : 0), row > 0 ? (names[row] = strcol(5), row) : NaN) nooutput
}
# What tells rows apart may be at either end.
shortened(text) = strlen(text) <= letters_most ? text : \
                  text[1:letters_most / 2 - 3] . "…" . text[strlen(text) - letters_most / 2 - 1:strlen(text)]
do for [n = 1:rows] {
    names[n] = shortened(names[n])
    letters = strlen(names[n]) > letters ? strlen(names[n]) : letters
}

width = narrow ? 480.0 : 880.0
height = narrow ? 360.0 + 20 * key_rows : 500.0 + 21 * key_rows      # those of the SVG, by style.gp
key_height = 24.0 * blocks + 12
set tmargin at screen (stands_alone ? 1 - 76 / height : 1 - 10 / height)
low_edge = (58 + key_height) / height
set bmargin at screen low_edge
left_edge = (14 + (narrow ? 0 : letters * 8.2)) / width
right_edge = narrow ? 0.97 : 0.79
set lmargin at screen left_edge
set rmargin at screen right_edge
set key at screen left_edge, screen key_height / height left top noautotitle maxcols 1

set logscale x 2
set xrange [low:most]
set yrange [rows + 0.6:0.4]
set ytics scale 0 font small_font
set ytics (narrow ? "" : names[1] 1)
do for [n = 2:rows] { set ytics add (narrow ? "" : names[n] n) }
do for [n = 1:(narrow ? rows : 0)] {
    set label n + 1 names[n] at graph 0, first n - 0.5 left font small_font textcolor rgb text_colour noenhanced
}
span = most / low
narrow_marks = span > 16 ? '("1/256" 1.0 / 256, "1/16" 1.0 / 16, "1" 1, "16" 16, "256" 256)' : \
               span > 1.5 ? '("1/8" 0.125, "1/4" 0.25, "1/2" 0.5, "1" 1, "2" 2, "4" 4, "8" 8)' : \
               span > 1.12 ? '("0.7" 0.7, "0.8" 0.8, "0.9" 0.9, "1" 1, "1.1" 1.1, "1.2" 1.2, "1.4" 1.4)' : \
               '("0.9" 0.9, "0.96" 0.96, "1" 1, "1.04" 1.04, "1.1" 1.1)'
x_marks = span > 16 ? '("1/64" 1.0 / 64, "1/16" 1.0 / 16, "1/4" 0.25, "1" 1, "4" 4, "16" 16, "64" 64, "256" 256)' : \
          span > 6 ? '("1/8" 0.125, "1/4" 0.25, "1/2" 0.5, "1" 1, "2" 2, "4" 4, "8" 8, "16" 16)' : \
          span > 1.5 ? '("1/4" 0.25, "0.35" 0.35, "1/2" 0.5, "0.7" 0.7, "1" 1, "1.4" 1.4, "2" 2, "2.8" 2.8, "4" 4)' : \
          span > 1.12 ? '("0.7" 0.7, "0.8" 0.8, "0.9" 0.9, "0.95" 0.95, "1" 1, "1.05" 1.05, "1.1" 1.1, "1.2" 1.2, "1.3" 1.3, "1.4" 1.4)' : \
          '("0.9" 0.9, "0.92" 0.92, "0.94" 0.94, "0.96" 0.96, "0.98" 0.98, "1" 1, "1.02" 1.02, "1.04" 1.04, "1.06" 1.06, "1.08" 1.08, "1.1" 1.1)'
eval "set xtics " . (narrow ? narrow_marks : x_marks) . " font small_font"
set xlabel "new / base (log)" textcolor rgb text_colour
set grid noxtics ytics linecolor rgb grid_colour linetype 1 linewidth 1
set object 1 rectangle from first low_end, graph 0 to first high_end, graph 1 behind fillcolor rgb soft_colour fillstyle solid 0.22 noborder
set arrow 1 from first 1, graph 0 to first 1, graph 1 nohead linecolor rgb text_colour linewidth 1.2

array verdict[blocks]
do for [i = 2:blocks] {
    stats data index i - 1 every ::0::0 using (verdict[i] = strcol(1), 1) nooutput
}
marker_for(name) = name eq "worse" ? 5 : name eq "better" ? 7 : name eq "changed" ? 9 : name eq "same" ? 6 : name eq "mean of all" ? 13 : 4
colour_for(name) = name eq "worse" ? colour[2] : name eq "better" ? colour[1] : name eq "changed" ? colour[4] : name eq "mean of all" ? text_colour : soft_colour
size = narrow ? 0.9 : 1.2
plot for [i = 2:blocks] data index i - 1 using 2:1:3:4 with xerrorbars linecolor rgb colour_for(verdict[i]) pointtype marker_for(verdict[i]) pointsize size linewidth 1.4 notitle, \
     for [i = 2:blocks] data index i - 1 using 2:1 with points linecolor rgb colour_for(verdict[i]) pointtype marker_for(verdict[i]) pointsize size linewidth 1.4 title verdict[i], \
     NaN with boxes fillstyle solid 0.22 noborder linecolor rgb soft_colour title "within the floor", \
     for [i = 2:(narrow ? 0 : blocks)] data index i - 1 using (most):1:6 with labels left offset 1,0 font small_font textcolor rgb text_colour notitle

# SPDX-License-Identifier: MIT
#
# mmu.gp: how much of its worst moments does the collector leave to the program?
#
# Columns: length of a window in ns, percent of it that are left to the program in the worst window of that
# length.
# A window may be worse than a shorter one, so the curves need not rise everywhere.

call ARG0[1:strlen(ARG0) - strlen("mmu.gp")]."style.gp" ARG1 ARG2 ARG3 ARG4 ARG5

stats data using 1:2 nooutput
if (!exists("STATS_records") || STATS_records == 0) {
    nothing_text = "No utilisation to draw: the run has none."
    eval nothing_drawn
    exit
}
blocks = STATS_blocks
named = blocks > named_most ? named_most : blocks
low = STATS_min_x
high = STATS_max_x > low ? STATS_max_x : low * 10

set xlabel (narrow ? "length of the window (log)" : "length of the window of time (log)") textcolor rgb text_colour
set ylabel (narrow ? "left to the program" : "left to the program in the worst one") textcolor rgb text_colour
set logscale x 10
set xrange [low:high * 1.03]
set xtics @time_tics
set yrange [-2:102]
set ytics 20
set format y "%.0f %%"

rest = blocks > named_most ? "data index named_most using 1:2 with lines linecolor rgb soft_colour linewidth 0.6 title columnheader(1)," : ""
plot @rest \
     for [i = 0:named - 1] data index i using 1:2 \
         with linespoints linecolor rgb colour_of(i) dashtype dash_of(i) linewidth width_of(i) \
         pointtype marker_of(i) pointsize 0.6 title columnheader(1)

# SPDX-License-Identifier: MIT
#
# frames.gp: how many frames come too late at 60 and at 120 Hz, and how many in a row?
#
# Columns: frames that took longer than 1/60 s, than 1/120 s, the most of each in a row, frames, name of the
# configuration. One block.

set datafile separator tab missing "n/a" commentschars ""
stats ARG1 using 5 nooutput
rows = exists("STATS_records") ? int(STATS_records) : 0
undefine STATS_*
rows_more = rows > 5 ? 2 * (rows - 5) : 0
call ARG0[1:strlen(ARG0) - strlen("frames.gp")]."style.gp" ARG1 ARG2 ARG3 ARG4 ARG5

stats data using 2 nooutput
if (!exists("STATS_records") || STATS_records == 0) {
    nothing_text = "No frames to draw: the workload has none."
    eval nothing_drawn
    exit
}
most = STATS_max > 0 ? STATS_max : 1

set xlabel "frames missed" textcolor rgb text_colour
set xrange [0:most * (narrow ? 2.2 : 1.3)]
set xtics tick_step(most * (narrow ? 2.2 : 1.3) / ticks_most)
set yrange [rows - 0.4:-0.6]
set ytics scale 0
unset grid
set grid xtics linecolor rgb grid_colour linetype 1 linewidth 1
set style fill solid 1 noborder
set key autotitle columnheader

shown(missed, run) = missed == 0 ? "none" : sprintf(run > 1 ? "%.0f, %.0f in a row" : "%.0f", missed, run)
plot data using ($1 / 2):(column(0) - 0.2):($1 / 2):(0.17):ytic(6) \
         with boxxyerror linecolor rgb colour[2] title "at 60 Hz", \
     data using ($2 / 2):(column(0) + 0.2):($2 / 2):(0.17) \
         with boxxyerror linecolor rgb colour[1] linewidth 1.4 fillstyle transparent solid 0.2 border title "at 120 Hz", \
     data using 1:(column(0) - 0.2):(shown($1, $3)) \
         with labels left offset 0.6,0 textcolor rgb text_colour font small_font notitle, \
     data using 2:(column(0) + 0.2):(shown($2, $4)) \
         with labels left offset 0.6,0 textcolor rgb text_colour font small_font notitle

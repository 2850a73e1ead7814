# SPDX-License-Identifier: MIT
#
# pauses.gp: how long do collections of each generation take under each configuration?
#
# A block for each generation, with the same rows in the same order. Columns: mean in ns, longest in ns, 99th
# percentile in ns, number of collections, name of the configuration. A mean without a collection is n/a.

set datafile separator tab missing "n/a" commentschars ""
stats ARG1 using 4 nooutput
rows = exists("STATS_records") && STATS_blocks > 0 ? int(STATS_records / STATS_blocks) : 0
undefine STATS_*
rows_more = rows > 5 ? 2.3 * (rows - 5) : 0
call ARG0[1:strlen(ARG0) - strlen("pauses.gp")]."style.gp" ARG1 ARG2 ARG3 ARG4 ARG5

stats data using 1:2 nooutput
if (!exists("STATS_records") || STATS_records == 0) {
    nothing_text = "No pauses to draw: nothing was collected."
    eval nothing_drawn
    exit
}
low = padded_low(STATS_min_x, STATS_max_y) / 1.6
room = narrow ? 1.8 : 1.35        # to the right, for what is written there: a share of the decades

set xlabel (narrow ? "mean to longest (log)" : "time of a collection: mean to longest (log)") textcolor rgb text_colour
set logscale x 10
set xrange [low:low * (STATS_max_y * 1.3 / low) ** room]
set xtics @time_tics
if (narrow) { set xtics @few_time_tics }
set yrange [rows - 0.4:-0.6]
set ytics scale 0
unset grid
set grid xtics linecolor rgb grid_colour linetype 1 linewidth 1
set key autotitle columnheader

y(i) = column(0) + (i - 1) * 0.28
length = narrow ? "%s" : "%s, %d×"
shown(ns, count) = sprintf(length, time_text(ns), count)
plot data index 0 using (low):(column(0)):ytic(5) with dots linecolor rgb grid_colour notitle, \
     for [i = 0:2] data index i using 1:(y(i)):($2 - $1):(0) \
         with vectors nohead linecolor rgb colour[i + 1] linewidth 2 notitle, \
     for [i = 0:2] data index i using 1:(y(i)) \
         with points linecolor rgb colour[i + 1] pointtype marker_of(i) pointsize 0.9 title columnheader(1), \
     for [i = 0:2] data index i using 2:(y(i)):(shown($2, $4)) \
         with labels left offset 0.6,0 textcolor rgb text_colour font small_font notitle

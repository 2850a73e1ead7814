# SPDX-License-Identifier: MIT
#
# longest.gp: for how long does the longest collection stop the program, inside an operation and anywhere?
#
# Columns: longest inside an operation in ns, longest of all in ns, collections, name of the configuration. One
# block.

set datafile separator tab missing "n/a" commentschars ""
stats ARG1 using 3 nooutput
rows = exists("STATS_records") ? int(STATS_records) : 0
undefine STATS_*
rows_more = rows > 5 ? 2 * (rows - 5) : 0
call ARG0[1:strlen(ARG0) - strlen("longest.gp")]."style.gp" ARG1 ARG2 ARG3 ARG4 ARG5

stats data using 2 nooutput
if (!exists("STATS_records") || STATS_records == 0 || STATS_max == 0) {
    nothing_text = "No pause to draw: nothing was collected."
    eval nothing_drawn
    exit
}
most = STATS_max
divisor = time_divisor(most)

set xlabel sprintf(narrow ? "longest collection, %s" : "longest collection (median over the blocks), %s", time_unit(most)) textcolor rgb text_colour
set xrange [0:most / divisor * (narrow ? 1.35 : 1.18)]
set xtics tick_step(most / divisor / ticks_most)
set yrange [rows - 0.4:-0.6]
set ytics scale 0
unset grid
set grid xtics linecolor rgb grid_colour linetype 1 linewidth 1
set style fill solid 1 noborder
set key autotitle columnheader

inside(ns, count) = count == 0 ? "no collection" : ns > 0 ? time_text(ns) : "none"
anywhere(ns, count) = count == 0 ? "" : time_text(ns)
plot data using ($1 / 2 / divisor):(column(0) - 0.2):($1 / 2 / divisor):(0.17):ytic(4) \
         with boxxyerror linecolor rgb colour[2] title (narrow ? "in operations" : "inside an operation"), \
     data using ($2 / 2 / divisor):(column(0) + 0.2):($2 / 2 / divisor):(0.17) \
         with boxxyerror linecolor rgb colour[1] linewidth 1.4 fillstyle transparent solid 0.2 border title "anywhere", \
     data using ($1 / divisor):(column(0) - 0.2):(inside($1, $3)) \
         with labels left offset 0.6,0 textcolor rgb text_colour font small_font notitle, \
     data using ($2 / divisor):(column(0) + 0.2):(anywhere($2, $3)) \
         with labels left offset 0.6,0 textcolor rgb text_colour font small_font notitle

# SPDX-License-Identifier: MIT
#
# yield.gp: how much do collections examine, and how much of it was trash?
#
# Columns: objects examined, containers freed, collections, name of the configuration. One block.

set datafile separator tab missing "n/a" commentschars ""
stats ARG1 using 3 nooutput
rows = exists("STATS_records") ? int(STATS_records) : 0
undefine STATS_*
rows_more = rows > 8 ? 1.6 * (rows - 8) : 0
call ARG0[1:strlen(ARG0) - strlen("yield.gp")]."style.gp" ARG1 ARG2 ARG3 ARG4 ARG5

stats data using 1 nooutput
if (!exists("STATS_records") || STATS_records == 0 || STATS_max == 0) {
    nothing_text = "No yield to draw: nothing was collected."
    eval nothing_drawn
    exit
}
most = STATS_max
room = narrow ? 1.4 : 1.5           # for what is written behind the bars
divisor = most >= 2e6 ? 1e6 : most >= 2e3 ? 1e3 : 1.0
unit = most >= 2e6 ? " (million)" : most >= 2e3 ? " (thousand)" : ""

set xlabel "objects".unit textcolor rgb text_colour
set xrange [0:most / divisor * room]
set xtics tick_step(most / divisor / ticks_most * room)
set yrange [rows - 0.4:-0.6]
set ytics scale 0
unset grid
set grid xtics linecolor rgb grid_colour linetype 1 linewidth 1
set style fill solid 1 noborder
set key autotitle columnheader

percent(part, whole) = sprintf(whole > 0 && 100.0 * part / whole < 9.95 ? "%.1f %%" : "%.0f %%", whole > 0 ? 100.0 * part / whole : 0)
shown(examined, freed, count) = count == 0 ? "no collection" : narrow ? percent(freed, examined) : sprintf(count == 1 ? "%s in one collection" : "%s in %.10g collections", percent(freed, examined), count)
plot data using ($1 / 2 / divisor):0:($1 / 2 / divisor):(0.34):ytic(4) \
         with boxxyerror linecolor rgb colour[1] fillstyle transparent solid 0.25 title "examined", \
     data using ($2 / 2 / divisor):0:($2 / 2 / divisor):(0.34) \
         with boxxyerror linecolor rgb colour[2] title "trash, freed", \
     data using ($1 / divisor):0:(shown($1, $2, $3)) \
         with labels left offset 0.6,0 textcolor rgb text_colour font small_font notitle

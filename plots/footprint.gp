# SPDX-License-Identifier: MIT
#
# footprint.gp: how many bytes does each of many things cost?
#
# Columns: bytes by accounting, bytes by growth of resident memory, name of the configuration. One row a
# block. The ninth block has all other configurations; they are named in the key and not drawn.

call ARG0[1:strlen(ARG0) - strlen("footprint.gp")]."style.gp" ARG1 ARG2 ARG3 ARG4 ARG5

stats data using 1:1 nooutput
if (!exists("STATS_records") || STATS_records == 0) {
    nothing_text = "No footprint to draw: the workload does not say how many things it makes."
    eval nothing_drawn
    exit
}
blocks = STATS_blocks
named = blocks > named_most ? named_most : blocks
most = STATS_max_x
stats data using 2:2 nooutput
if (exists("STATS_max_x") && STATS_max_x > most) { most = STATS_max_x }
divisor = bytes_divisor(most)
unit = bytes_unit(most)
number(n) = valid(n) ? column(n) / divisor : 0      # labels without a place are too much for gnuplot
label(n) = valid(n) ? shown(column(n)) : ""         # the header row is seen as well
shown(bytes) = sprintf(bytes / divisor >= 99.95 || divisor == 1.0 && bytes == floor(bytes) ? "%.0f " : "%.1f ", bytes / divisor) . unit

set xlabel sprintf("bytes for each%s", unit eq "B" ? "" : ", " . unit) textcolor rgb text_colour
set xrange [0:padded_high(0, most) / divisor * 1.18]
set xtics tick_step(padded_high(0, most) / divisor / ticks_most)
set yrange [named - 0.4:-0.6]
set ytics scale 0
unset grid
set grid xtics linecolor rgb grid_colour linetype 1 linewidth 1
set style fill solid 1 noborder
resident_text = narrow ? "resident, by growth" : "resident, by growth of the process"

rest = blocks > named_most ? "data index named_most using (NaN):(NaN) with points linecolor rgb soft_colour pointtype 6 title columnheader(1).' (not drawn)'," : ""
plot @rest \
     for [i = 0:named - 1] data index i using (number(1) / 2):(i - 0.2):(number(1) / 2):(0.17):ytic(3) \
         with boxxyerror linecolor rgb colour[1] title (i == 0 ? "requested, by accounting" : ""), \
     for [i = 0:named - 1] data index i using (number(2) / 2):(i + 0.2):(number(2) / 2):(0.17) \
         with boxxyerror linecolor rgb colour[2] linewidth 1.4 fillstyle transparent solid 0.2 border title (i == 0 ? resident_text : ""), \
     for [i = 0:named - 1] data index i using (number(1)):(i - 0.2):(label(1)) \
         with labels left offset 0.6,0 textcolor rgb text_colour notitle, \
     for [i = 0:named - 1] data index i using (number(2)):(i + 0.2):(label(2)) \
         with labels left offset 0.6,0 textcolor rgb text_colour notitle

# SPDX-License-Identifier: MIT
#
# memory.gp: how much memory does each configuration hold resident, from start to drain?
#
# Columns: time since the cell's work began in ns, resident bytes.

call ARG0[1:strlen(ARG0) - strlen("memory.gp")]."style.gp" ARG1 ARG2 ARG3 ARG4 ARG5

stats data using 1:2 nooutput
if (!exists("STATS_records") || STATS_records == 0) {
    nothing_text = "No memory to draw: the run has no samples."
    eval nothing_drawn
    exit
}
blocks = STATS_blocks
named = blocks > named_most ? named_most : blocks
x_divisor = time_divisor(STATS_max_x)
y_divisor = bytes_divisor(STATS_max_y)
apart = STATS_records <= 40 * blocks ? 1 : int(STATS_records / blocks / 8)      # samples from one that is marked to the next

set xlabel sprintf("time, %s", time_unit(STATS_max_x)) textcolor rgb text_colour
set ylabel sprintf("resident memory, %s", bytes_unit(STATS_max_y)) textcolor rgb text_colour
set xrange [0:padded_high(0, STATS_max_x) / x_divisor * 1.02]
set xtics tick_step(padded_high(0, STATS_max_x) / x_divisor / ticks_most)
set yrange [0:padded_high(0, STATS_max_y) / y_divisor * 1.05]

rest = blocks > named_most ? "data index named_most using ($1 / x_divisor):($2 / y_divisor) with lines linecolor rgb soft_colour linewidth 0.6 title columnheader(1)," : ""
plot @rest \
     for [i = 0:named - 1] data index i using ($1 / x_divisor):($2 / y_divisor) \
         with linespoints linecolor rgb colour_of(i) dashtype dash_of(i) linewidth width_of(i) \
         pointtype marker_of(i) pointsize (apart > 1 ? 0.7 : 0.5) pointinterval apart title columnheader(1)

# SPDX-License-Identifier: MIT
#
# tradeoff.gp: which configurations are worth having, when time and memory both count?
#
# Columns: median wall time in ns, peak resident bytes. One row a block; the ninth block has all other
# configurations, the tenth the Pareto front by rising time: those that no other beats in both. With
# fewer blocks the last one is the front.

call ARG0[1:strlen(ARG0) - strlen("tradeoff.gp")]."style.gp" ARG1 ARG2 ARG3 ARG4 ARG5

stats data using 1:2 nooutput
if (!exists("STATS_records") || STATS_records == 0) {
    nothing_text = "No trade-off to draw: no cell of the run was finished."
    eval nothing_drawn
    exit
}
front = STATS_blocks - 1
named = front > named_most ? named_most : front
x_divisor = time_divisor(STATS_max_x)
y_divisor = bytes_divisor(STATS_max_y)
margin(low, high) = low == high ? 0.25 * high : 0.12 * (high - low)
low_of(low, high) = low - margin(low, high) < 0 ? 0 : low - margin(low, high)

goal = narrow ? "" : " (less is better)"
set xlabel sprintf("median wall time, %s", time_unit(STATS_max_x)) . goal textcolor rgb text_colour
set ylabel sprintf("peak resident, %s", bytes_unit(STATS_max_y)) . goal textcolor rgb text_colour
set xrange [low_of(STATS_min_x, STATS_max_x) / x_divisor:(STATS_max_x + margin(STATS_min_x, STATS_max_x)) / x_divisor]
set xtics tick_step((STATS_max_x - STATS_min_x + 2 * margin(STATS_min_x, STATS_max_x)) / x_divisor / ticks_most)
set yrange [low_of(STATS_min_y, STATS_max_y) / y_divisor:(STATS_max_y + margin(STATS_min_y, STATS_max_y)) / y_divisor]

rest = front > named_most ? "data index named_most using ($1 / x_divisor):($2 / y_divisor) with points linecolor rgb soft_colour pointtype 6 pointsize 0.5 title columnheader(1)," : ""
plot data index front using ($1 / x_divisor):($2 / y_divisor) with steps \
         linecolor rgb soft_colour dashtype 2 linewidth 1.5 title "Pareto front", \
     @rest \
     for [i = 0:named - 1] data index i using ($1 / x_divisor):($2 / y_divisor) \
         with points linecolor rgb colour_of(i) pointtype marker_of(i) pointsize (i == 0 ? 1.5 : 1.1) title columnheader(1), \
     data index 0 using ($1 / x_divisor):($2 / y_divisor):("default") \
         with labels offset 0, 1.2 textcolor rgb text_colour notitle

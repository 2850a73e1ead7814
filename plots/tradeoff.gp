# SPDX-License-Identifier: MIT
#
# tradeoff.gp: which configurations are worth having, when time and memory both count?
#
# Columns: median wall time in ns, peak resident bytes, what is written beside it. One row a block; the ninth block has
# all other configurations, the tenth the Pareto front by rising time: those that no other beats in both. With
# fewer blocks the last one is the front. A header
# that says "mark:" and the name of a metric has that in its first column.

call ARG0[1:strlen(ARG0) - strlen("tradeoff.gp")]."style.gp" ARG1 ARG2 ARG3 ARG4 ARG5

stats data using 1:2 nooutput
if (!exists("STATS_records") || STATS_records == 0) {
    nothing_text = "No trade-off to draw: no cell of the run was finished."
    eval nothing_drawn
    exit
}
front = STATS_blocks - 1
x_most = STATS_max_x
x_least = STATS_min_x
y_most = STATS_max_y
y_least = STATS_min_y
metric = ""
stats data index 0 every ::0::0 using (metric = strcol(3)[6:], 0) nooutput
named = front > named_most ? named_most : front
y_default = 0
y_best = 0
stats data index 0 using (y_default = $2, 0) nooutput
stats data index (front > 1 ? 1 : 0) using (y_best = $2, 0) nooutput
best_is_above = y_best > y_default      # then its mark is, too, so that neither lies on the other's point
x_name = metric eq "" ? "wall_ns" : metric
x_divisor = quantity_divisor(x_name, x_most)
y_divisor = bytes_divisor(y_most)
margin(low, high) = low == high ? (high == 0 ? 1 : 0.25 * abs(high)) : 0.12 * (high - low)
low_of(low, high) = low >= 0 && low - margin(low, high) < 0 ? 0 : low - margin(low, high)

# Above the point, below it, or on its right where there is no room below.
is_low(y) = y - low_of(y_least, y_most) < 0.1 * (y_most - low_of(y_least, y_most))
beside(is_above, y) = is_above ? "center offset 0,1.1" : is_low(y) ? "left offset 1.2,0" : "center offset 0,-1.1"
default_beside = beside(!best_is_above, y_default)
best_beside = beside(best_is_above, y_best)

goal = narrow || metric ne "" ? "" : " (less is better)"
set xlabel (metric eq "" ? "median wall time" : metric) . quantity_unit(x_name, x_most) . goal textcolor rgb text_colour
set ylabel sprintf("peak resident, %s", bytes_unit(y_most)) . (narrow ? "" : " (less is better)") textcolor rgb text_colour
set xrange [low_of(x_least, x_most) / x_divisor:(x_most + margin(x_least, x_most)) / x_divisor]
set xtics tick_step((x_most - x_least + 2 * margin(x_least, x_most)) / x_divisor / ticks_most)
set yrange [low_of(y_least, y_most) / y_divisor:(y_most + margin(y_least, y_most)) / y_divisor]

# What is on the front and nothing else has its mark there.
knee(mark) = mark eq "knee" ? mark : ""
at(mark) = mark eq "" ? NaN : column(1) / x_divisor
rest = front > named_most ? "data index named_most using ($1 / x_divisor):($2 / y_divisor) with points linecolor rgb soft_colour pointtype 6 pointsize 0.5 title columnheader(1)," : ""
plot data index front using ($1 / x_divisor):($2 / y_divisor) with steps \
         linecolor rgb soft_colour dashtype 2 linewidth 1.5 title "Pareto front", \
     @rest \
     for [i = 0:named - 1] data index i using ($1 / x_divisor):($2 / y_divisor) \
         with points linecolor rgb colour_of(i) pointtype marker_of(i) pointsize (i == 0 ? 1.5 : 1.1) title columnheader(1), \
     data index 0 using (at(strcol(3))):($2 / y_divisor):3 \
         with labels @default_beside textcolor rgb text_colour notitle, \
     for [i = 1:(front > 1 ? 1 : 0)] data index i using (at(strcol(3))):($2 / y_divisor):3 \
         with labels @best_beside textcolor rgb text_colour notitle, \
     data index front using (at(knee(strcol(3)))):($2 / y_divisor):3 \
         with labels center offset 0,1.1 textcolor rgb text_colour notitle

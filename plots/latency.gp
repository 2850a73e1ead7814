# SPDX-License-Identifier: MIT
#
# latency.gp: how long do the slowest operations take under each configuration?
#
# Columns: percentile (0 to 100, below 100), latency in ns, supported (1, or 0 where fewer than ten
# samples lie beyond). The horizontal axis is 1/(1-p) on a log scale, so that each further nine has
# the same width; unsupported ends are dotted.

call ARG0[1:strlen(ARG0) - strlen("latency.gp")]."style.gp" ARG1 ARG2 ARG3 ARG4 ARG5

stats data using (1 / (1 - $1 / 100)):2 nooutput
if (!exists("STATS_records") || STATS_records == 0) {
    nothing_text = "No latency to draw: the run has no samples."
    eval nothing_drawn
    exit
}
blocks = STATS_blocks
named = blocks > named_most ? named_most : blocks
divisor = time_divisor(STATS_max_y)

set xlabel "percentile of operations" textcolor rgb text_colour
set ylabel sprintf("latency, %s", time_unit(STATS_max_y)) textcolor rgb text_colour
set logscale x 10
set xrange [1:(STATS_max_x > 10 ? STATS_max_x * 1.3 : 13)]
set xtics @percent_tics
if (narrow) { set xtics @few_percent_tics }
if (narrow && STATS_max_x > 3e6) { set xtics @fewest_percent_tics }
if (STATS_min_y > 0 && STATS_max_y / STATS_min_y > 20) {
    set logscale y 10
    set format y "%.10g"
    set yrange [padded_low(STATS_min_y, STATS_max_y) / divisor / 1.1:STATS_max_y / divisor * 1.1]
} else {
    set yrange [0:padded_high(0, STATS_max_y) / divisor * 1.05]
}

x(p) = 1 / (1 - p / 100)
rest = blocks > named_most ? "data index named_most using (x($1)):($2 / divisor) with lines linecolor rgb soft_colour linewidth 0.6 title columnheader(1)," : ""
plot @rest \
     for [i = 0:named - 1] data index i using (x($1)):($3 == 1 ? $2 / divisor : NaN) \
         with lines linecolor rgb colour_of(i) dashtype dash_of(i) linewidth width_of(i) title columnheader(1), \
     for [i = 0:named - 1] data index i using (x($1)):($3 == 1 ? NaN : $2 / divisor) \
         with lines linecolor rgb colour_of(i) dashtype 3 linewidth 1 notitle

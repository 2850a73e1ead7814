# SPDX-License-Identifier: MIT
#
# spikes.gp: at which length does one more item take long, every time?
#
# Columns: number of the operation in its round, time of the slowest near it in ns: the least over all
# rounds, so that what the machine did once is not in it.

call ARG0[1:strlen(ARG0) - strlen("spikes.gp")]."style.gp" ARG1 ARG2 ARG3 ARG4 ARG5

stats data using 1:2 nooutput
if (!exists("STATS_records") || STATS_records == 0) {
    nothing_text = "No spikes to draw: the workload does not go in rounds."
    eval nothing_drawn
    exit
}
blocks = STATS_blocks
named = blocks > named_most ? named_most : blocks
divisor = time_divisor(STATS_max_y)

set xlabel "number of the operation in its round" textcolor rgb text_colour
set ylabel sprintf("slowest in every round, %s", time_unit(STATS_max_y)) textcolor rgb text_colour
set logscale x 10
set xrange [1:(STATS_max_x > 10 ? STATS_max_x * 1.1 : 12)]
set xtics ("1" 1, "10" 10, "100" 100, "1,000" 1e3, "10,000" 1e4, "100,000" 1e5, "a million" 1e6, "10 million" 1e7, "100 million" 1e8)
if (narrow) { set xtics ("1" 1, "100" 100, "10⁴" 1e4, "10⁶" 1e6, "10⁸" 1e8) }
if (STATS_min_y > 0 && STATS_max_y / STATS_min_y > 20) {
    set logscale y 10
    set yrange [STATS_min_y / divisor / 1.3:STATS_max_y / divisor * 1.3]
    set format y "%g"
    if (STATS_max_y / STATS_min_y < 1000) {
        set ytics (1)
        do for [power = -3:9] {
            do for [part in "1 2 5"] { set ytics add (sprintf("%g", part * 10.0 ** power) part * 10.0 ** power) }
        }
    }
} else {
    set yrange [0:padded_high(0, STATS_max_y) / divisor * 1.05]
}

rest = blocks > named_most ? "data index named_most using 1:($2 / divisor) with lines linecolor rgb soft_colour linewidth 0.6 title columnheader(1)," : ""
plot @rest \
     for [i = 0:named - 1] data index i using 1:($2 / divisor) \
         with lines linecolor rgb colour_of(i) dashtype dash_of(i) linewidth (i == 0 ? 1.8 : 1.2) title columnheader(1)

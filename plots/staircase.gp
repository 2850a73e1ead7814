# SPDX-License-Identifier: MIT
#
# staircase.gp: do containers grow at the same lengths and to the same sizes as CPython's?
#
# Columns: length, bytes, at each length where the bytes change. Blocks come in pairs: a container of ours,
# and the same of CPython's. Ours is a line, CPython's are marks, so that both are seen where they agree.

call ARG0[1:strlen(ARG0) - strlen("staircase.gp")]."style.gp" ARG1 ARG2 ARG3 ARG4 ARG5

stats data using ($1 > 0 ? $1 : NaN):2 nooutput
if (!exists("STATS_records") || STATS_records == 0) {
    nothing_text = "No staircase to draw: the workload lets nothing grow."
    eval nothing_drawn
    exit
}
blocks = STATS_blocks

set xlabel "length, items" textcolor rgb text_colour
set ylabel "bytes of the container (log)" textcolor rgb text_colour
set logscale x 10
set logscale y 10
set xrange [1:(STATS_max_x > 10 ? STATS_max_x * 1.25 : 12)]
set yrange [STATS_min_y / 1.6:STATS_max_y * 1.9]
set format x "%.0f"
set xtics ("1" 1, "10" 10, "100" 100, "1,000" 1e3, "10,000" 1e4, "100,000" 1e5, "a million" 1e6, "10 million" 1e7, "100 million" 1e8)
if (narrow) { set xtics ("1" 1, "100" 100, "10⁴" 1e4, "10⁶" 1e6, "10⁸" 1e8) }
set ytics ("64 B" 64, "1 KiB" 2**10, "16 KiB" 2**14, "256 KiB" 2**18, "4 MiB" 2**22, "64 MiB" 2**26, "1 GiB" 2**30)

container_colour(i) = i / 2 == 0 ? text_colour : colour[(i / 2 - 1) % 7 + 1]
plot for [i = 0:blocks - 1:2] data index i using ($1 > 0 ? $1 : NaN):2 \
         with steps linecolor rgb container_colour(i) linewidth 1.6 title columnheader(1), \
     for [i = 1:blocks - 1:2] data index i using ($1 > 0 ? $1 : NaN):2 \
         with points linecolor rgb container_colour(i) pointtype marker_of(i / 2) pointsize 0.55 title columnheader(1)

# SPDX-License-Identifier: MIT
#
# pausehist.gp: how many collections of each generation took how long?
#
# A panel for each generation that was collected; one or two blocks for each, the default's first. Columns: from and
# below how many ns, number of collections, generation. The bins of a block have no gaps.

set datafile separator tab missing "n/a" commentschars ""
array names[6]          # configurations
array titles[6]         # generations
stats ARG1 using 3 nooutput
blocks = exists("STATS_blocks") ? (STATS_blocks > 6 ? 6 : int(STATS_blocks)) : 0
do for [i = 1:blocks] { stats ARG1 index i - 1 every ::0::1 using (names[i] = $0 == 0 ? strcol(1) : names[i], titles[i] = "generation ".strcol(4), 0) nooutput }
pair = blocks > 1 ? (titles[1] eq titles[2] ? 2 : 1) : 1
panels = blocks >= pair ? blocks / pair : 1
undefine STATS_*
keys_given = pair
rows_more = 4 * panels - 7
call ARG0[1:strlen(ARG0) - strlen("pausehist.gp")]."style.gp" ARG1 ARG2 ARG3 ARG4 ARG5

stats data using 1:3 nooutput
if (!exists("STATS_records") || STATS_records == 0) {
    nothing_text = "No histogram to draw: nothing was collected."
    eval nothing_drawn
    exit
}
low = STATS_min_x > 0 ? STATS_min_x : 0.5         # a bin from 0 begins there
most = STATS_max_y
stats data using 2 nooutput
high = STATS_max

panel_xlabel = "time of a collection (log)"
panel_ylabel = "collections (log)"
set logscale xy 10
set xrange [low / 1.3:high * 1.3]
panel_xtics = "set xtics ".(narrow && high / low > 5e3 ? few_time_tics : time_tics)
panel_xblank = "set xtics ".blank_time_tics
floor_of_bars = 0.7
set yrange [floor_of_bars:(most > 1 ? most : 1) * 1.6]
panel_yformat = "%.10g"
set style fill solid noborder

# A bar at each bin with something in it, and a roof in its dash: both can be told apart without colour.
height(count) = count > 0 ? count : NaN
from(ns) = ns > 0 ? ns : low
set multiplot
do for [k = 0:panels - 1] {
    eval panel(k, panels, 1)
    set label 1003 titles[pair * k + 1] @panel_name
    plot for [i = 0:pair - 1] data index pair * k + i using (sqrt(from($1) * $2)):(floor_of_bars):(from($1)):2:(floor_of_bars):(height($3)) \
             with boxxyerror linecolor rgb colour_of(i) fillstyle transparent solid (i == 0 ? 0.18 : 0.3) notitle, \
         for [i = 0:pair - 1] data index pair * k + i using (from($1)):(height($3)):($2 - from($1)):(0) \
             with vectors nohead linecolor rgb colour_of(i) dashtype dash_of(i) linewidth (i == 0 ? 2 : 1.6) notitle, \
         for [i = 0:pair - 1] keyentry with lines linecolor rgb colour_of(i) dashtype dash_of(i) linewidth 2 title names[i + 1]
}
unset multiplot

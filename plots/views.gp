# SPDX-License-Identifier: MIT
#
# views.gp: what did an operation take from when it began, from when it was meant to, and at an even rate?
#
# Three blocks for each configuration, one for each view, named by it. Columns: percentile (0 to 100, below 100), latency
# in ns, supported (1, or 0 where fewer than ten samples lie beyond), configuration. A panel for each configuration. Axes
# are those of latency.gp.

set datafile separator tab missing "n/a" commentschars ""
array views[3]
array views_there[3]
do for [i = 1:3] {
    stats ARG1 index i - 1 every ::0::0 using (views[i] = strcol(1), 0) nooutput
    undefine STATS_records
    stats ARG1 index i - 1 using 2 nooutput
    views_there[i] = exists("STATS_records") ? STATS_records > 0 : 0
}
undefine STATS_*
stats ARG1 using 2 nooutput
panels = exists("STATS_blocks") && STATS_blocks >= 3 ? STATS_blocks / 3 : 1
undefine STATS_*
keys_given = 3
columns_given = 1
rows_more = panels > 1 && ARG3 eq "page" ? 5 : 0
call ARG0[1:strlen(ARG0) - strlen("views.gp")]."style.gp" ARG1 ARG2 ARG3 ARG4 ARG5

stats data using (1 / (1 - $1 / 100)):2 nooutput
if (!exists("STATS_records") || STATS_records == 0) {
    nothing_text = "No latency to draw: the run has no samples."
    eval nothing_drawn
    exit
}
x_most = STATS_max_x > 10 ? STATS_max_x * 1.3 : 13
low = STATS_min_y > 0 ? STATS_min_y : 1
high = STATS_max_y > low ? STATS_max_y : low
array name[panels]
do for [i = 1:panels] { stats data index 3 * (i - 1) every ::1::1 using (name[i] = strcol(4), 0) nooutput }

panel_xlabel = "percentile of operations"
panel_ylabel = "latency (log)"
set logscale xy 10
set xrange [1:x_most]
panel_xtics = "set xtics ".(!narrow && panels == 1 ? percent_tics : x_most > (narrow ? 3e6 : 6e4) ? fewest_percent_tics : few_percent_tics)
panel_xblank = "set xtics ".blank_percent_tics
set yrange [low / 1.3:high * 1.3]
set ytics @time_tics
if (narrow && high / low > 1e4) { set ytics @few_time_tics }

x(p) = 1 / (1 - p / 100)
shown(ns) = ns > 0 ? ns : low           # no time at all is at the bottom
rows = narrow ? panels : 1
columns = narrow ? 1 : panels
array dashes[3] = [1, 2, 4]
set multiplot
do for [k = 0:panels - 1] {
    eval panel(k, rows, columns)
    if (k % columns) { set ytics @blank_time_tics }
    set label 1003 name[k + 1] @panel_name
    plot for [i = 0:2] data index 3 * k + i using (x($1)):($3 == 1 ? shown($2) : NaN) \
             with lines linecolor rgb colour_of(i) dashtype dashes[i + 1] linewidth width_of(i) notitle, \
         for [i = 0:2] data index 3 * k + i using (x($1)):($3 == 1 ? NaN : shown($2)) \
             with lines linecolor rgb colour_of(i) dashtype 3 linewidth 1 notitle, \
         for [i = 0:2] keyentry with lines linecolor rgb (views_there[i + 1] ? colour_of(i) : grid_colour) \
             dashtype dashes[i + 1] linewidth 2 title views[i + 1].(views_there[i + 1] ? "" : ": none")
}
unset multiplot

# SPDX-License-Identifier: MIT
#
# timeline.gp: when did each collection begin, and how long did it take?
#
# Three blocks for each configuration, one for each generation. Columns: time since the work began in ns, time that the
# collection took in ns, of how many it is the longest, configuration. A panel for each configuration.

set datafile separator tab missing "n/a" commentschars ""
stats ARG1 using 2 nooutput
panels = exists("STATS_blocks") && STATS_blocks >= 3 ? STATS_blocks / 3 : 1
undefine STATS_*
columns_narrow = 2
keys_given = 3
columns_given = 3
rows_more = panels > 1 ? 4 : -4
call ARG0[1:strlen(ARG0) - strlen("timeline.gp")]."style.gp" ARG1 ARG2 ARG3 ARG4 ARG5

stats data using 1:2 nooutput
if (!exists("STATS_records") || STATS_records == 0) {
    nothing_text = "No timeline to draw: nothing was collected."
    eval nothing_drawn
    exit
}
x_divisor = time_divisor(STATS_max_x)
x_unit = time_unit(STATS_max_x)
x_most = padded_high(0, STATS_max_x) / x_divisor * 1.02
low = STATS_min_y > 0 ? STATS_min_y : 1
high = STATS_max_y > low ? STATS_max_y : low
array name[panels]
array most[panels]
do for [i = 1:panels] {
    stats data index 3 * (i - 1) every ::1::1 using (name[i] = strcol(4), 0) nooutput
    stats data index 3 * (i - 1):3 * (i - 1) + 2 using 3 nooutput
    most[i] = int(STATS_max)
    undefine STATS_records
    stats data index 3 * (i - 1):3 * (i - 1) + 2 using 2 nooutput
    if (!exists("STATS_records") || STATS_records == 0) { most[i] = 0 }
}

panel_xlabel = sprintf("time since the work began, %s", x_unit)
panel_ylabel = "time of a collection (log)"
set xrange [0:x_most]
set xtics tick_step(x_most / ticks_most)
set logscale y 10
set yrange [low / 2:high * 2]
set ytics @time_tics
if (narrow && high / low > 1e4) { set ytics @few_time_tics }

# The young are many: each is a stroke as long as it is thick, which is short to write down.
stroke = x_most * 3 / panel_width(1)
took(ns) = ns > 0 ? ns : low             # no time at all is at the bottom
size_of(i) = i == 0 ? 0.5 : 0.8
set multiplot
do for [k = 0:panels - 1] {
    eval panel(k, panels, 1)
    set label 1003 name[k + 1] @panel_name
    if (!narrow && most[k + 1] > 1) { set label 1006 sprintf("a mark is the longest of up to %d", most[k + 1]) @panel_note }
    if (most[k + 1] == 0) { set label 1007 "no collection" at graph 0.5, graph 0.5 center textcolor rgb soft_colour }
    plot data index 3 * k using ($1 / x_divisor - stroke / 2):(took($2)):(stroke):(0) \
             with vectors nohead linecolor rgb colour[1] linewidth 3 notitle, \
         for [i = 1:2] data index 3 * k + i using ($1 / x_divisor):(took($2)) \
             with points linecolor rgb colour[i + 1] pointtype marker_of(i) pointsize 0.8 notitle, \
         for [i = 0:2] keyentry with points linecolor rgb colour[i + 1] pointtype marker_of(i) pointsize size_of(i) title sprintf("generation %d", i)
}
unset multiplot

# SPDX-License-Identifier: MIT
#
# parts.gp: what is the memory made of that a configuration holds, over time?
#
# Four blocks for each configuration: resident, live, trash, baseline. Columns: time since the work began in ns, bytes,
# configuration.
# Live is what was requested and not freed; trash is the part of it that only a collection can free. Live is drawn on
# top of the baseline, which was resident before the work began, and trash at the bottom of live. A panel for each
# configuration.

set datafile separator tab missing "n/a" commentschars ""
stats ARG1 using 2 nooutput
panels = exists("STATS_blocks") && STATS_blocks >= 4 ? STATS_blocks / 4 : 1
undefine STATS_*
columns_narrow = 2
keys_given = 4
columns_given = 2
rows_more = panels > 1 ? 5 : -3
call ARG0[1:strlen(ARG0) - strlen("parts.gp")]."style.gp" ARG1 ARG2 ARG3 ARG4 ARG5

stats data using 1:2 nooutput
if (!exists("STATS_records") || STATS_records == 0) {
    nothing_text = "No memory to draw: the run has no samples."
    eval nothing_drawn
    exit
}
x_divisor = time_divisor(STATS_max_x)
x_unit = time_unit(STATS_max_x)
x_most = padded_high(0, STATS_max_x) / x_divisor * 1.02
y_divisor = bytes_divisor(STATS_max_y)
y_unit = bytes_unit(STATS_max_y)
y_most = padded_high(0, STATS_max_y) / y_divisor * 1.08
live_text = "live: n/a"
trash_text = "trash: n/a"
do for [i = 0:panels - 1] {
    undefine STATS_records
    stats data index 4 * i + 1 using 2 nooutput
    if (exists("STATS_records")) { if (STATS_records > 0) { live_text = "live" } }
    undefine STATS_records
    stats data index 4 * i + 2 using 2 nooutput
    if (exists("STATS_records")) { if (STATS_records > 0) { trash_text = "of it trash" } }
}
array name[panels]
array base[panels]
do for [i = 1:panels] {
    stats data index 4 * (i - 1) every ::1::1 using (name[i] = strcol(3), 0) nooutput
    undefine STATS_max
    stats data index 4 * (i - 1) + 3 using 2 nooutput
    base[i] = exists("STATS_max") ? STATS_max / y_divisor : 0
}

panel_xlabel = sprintf("time since the work began, %s", x_unit)
panel_ylabel = sprintf("memory, %s", y_unit)
set xrange [0:x_most]
set xtics tick_step(x_most / ticks_most)
set yrange [0:y_most]
set ytics tick_step(y_most / 4)
set style fill noborder

set multiplot
do for [k = 0:panels - 1] {
    eval panel(k, panels, 1)
    set label 1003 name[k + 1] @panel_name
    floor = base[k + 1]
    plot data index 4 * k + 1 using ($1 / x_divisor):(floor):(floor + $2 / y_divisor) \
             with filledcurves linecolor rgb colour[1] fillstyle transparent solid 0.25 notitle, \
         data index 4 * k + 2 using ($1 / x_divisor):(floor):(floor + $2 / y_divisor) \
             with filledcurves linecolor rgb colour[2] fillstyle transparent solid 0.45 notitle, \
         data index 4 * k + 1 using ($1 / x_divisor):(floor + $2 / y_divisor) \
             with lines linecolor rgb colour[1] linewidth 1.4 notitle, \
         data index 4 * k + 2 using ($1 / x_divisor):(floor + $2 / y_divisor) \
             with lines linecolor rgb colour[2] dashtype 2 linewidth 1.4 notitle, \
         data index 4 * k + 3 using ($1 / x_divisor):($2 / y_divisor) \
             with lines linecolor rgb soft_colour dashtype 4 linewidth 1.6 notitle, \
         data index 4 * k using ($1 / x_divisor):($2 / y_divisor) \
             with lines linecolor rgb text_colour linewidth 2.2 notitle, \
         keyentry with lines linecolor rgb text_colour linewidth 2.2 title "resident", \
         keyentry with lines linecolor rgb colour[1] linewidth 3 title live_text, \
         keyentry with lines linecolor rgb colour[2] dashtype 2 linewidth 3 title trash_text, \
         keyentry with lines linecolor rgb soft_colour dashtype 4 linewidth 1.6 title "baseline"
}
unset multiplot

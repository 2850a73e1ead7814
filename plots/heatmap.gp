# SPDX-License-Identifier: MIT
#
# heatmap.gp: which threshold of generation 0 and which mode keep the slowest operations short?
#
# Columns: column and row of the cell, from 0; a figure, the 99th percentile of operations in ns unless another was asked
# for; what the two knobs were set to; 1 for the default, else 0. One block, whose header names figure and knobs. A
# cell is the darker the more, on a log scale from the least to the greatest where all are positive; colour says nothing
# that the number in it does not.

call ARG0[1:strlen(ARG0) - strlen("heatmap.gp")]."style.gp" ARG1 ARG2 ARG3 ARG4 ARG5

stats data using 3 nooutput
if (!exists("STATS_records") || STATS_records == 0) {
    nothing_text = "No map to draw: too few samples for a percentile, or one threshold or mode only."
    eval nothing_drawn
    exit
}
low = STATS_min
high = STATS_max
stats data every ::0::0 using (metric = strcol(3), x_knob = strcol(4), y_knob = strcol(5), 0) nooutput
cells = int(STATS_records)
stats data using 1:2 nooutput
columns = int(STATS_max_x) + 1
lines = int(STATS_max_y) + 1

set xlabel x_knob textcolor rgb text_colour
set ylabel y_knob textcolor rgb text_colour
set xrange [-0.5:columns - 0.5]
set yrange [lines - 0.5:-0.5]
set xtics scale 0
set ytics scale 0
unset grid
unset border
unset key
set key autotitle columnheader

# One opacity for each twentieth of the way from the least to the greatest: black writing stays legible.
steps = 20
share(value) = low > 0 ? log(value / low) / log(high / low) : (value - low) / (high - low)
step_of(value) = high > low ? floor(share(value) * (steps - 0.001)) : 0
opacity(step) = 0.04 + 0.5 * step / (steps - 1)
shown(n, is_default) = (valid(n) ? quantity_text(metric, column(n)) : "n/a") . (is_default == 1 ? "\ndefault" : "")
plot data using 1:2:(0.5):(0.5):xtic(4):ytic(5) with boxxyerror linecolor rgb grid_colour linewidth 1 fillstyle empty notitle, \
     for [i = 0:steps - 1] data using (step_of($3) == i ? $1 : NaN):2:(0.485):(0.47) \
         with boxxyerror linecolor rgb colour[2] fillstyle transparent solid opacity(i) noborder notitle, \
     data using ($6 == 1 ? $1 : NaN):2:(0.485):(0.47) \
         with boxxyerror linecolor rgb text_colour linewidth 2 fillstyle empty notitle, \
     data using 1:2:(shown(3, $6)) with labels center textcolor rgb text_colour notitle

# SPDX-License-Identifier: MIT
#
# history.gp: how did a metric change from run to run?
#
# Columns: place of the run, median, least and greatest of its blocks, level (from change to change), what begins
# here (0 nothing, 1 better, 2 worse, 3 changed), that in words, name of the run, date. The second cell of a header
# row is the unit. A block for each group of runs that can be held against each other.

rows_more = 3
call ARG0[1:strlen(ARG0) - strlen("history.gp")]."style.gp" ARG1 ARG2 ARG3 ARG4 ARG5

stats data using 1:2 nooutput
if (!exists("STATS_records") || STATS_records == 0) {
    nothing_text = "No history to draw: no run has a value."
    eval nothing_drawn
    exit
}
blocks = STATS_blocks
runs = int(STATS_max_x)
low = STATS_min_y
high = STATS_max_y
stats data using 3:4 nooutput
if (exists("STATS_min_x") && STATS_min_x < low) { low = STATS_min_x }
if (exists("STATS_max_y") && STATS_max_y > high) { high = STATS_max_y }

is_number(value) = value == value       # of header rows it is not
stats data using (is_number($6) && $6 > 0 ? $1 : NaN) nooutput name "TURNS"
turns = exists("TURNS_records") ? TURNS_records : 0
stats data using 5 nooutput name "LEVELS"

# Unit of the axis: that of the table, as large as the values want it.
stats data index 0 every ::0::0 using (unit_cell = strcol(2), 1) nooutput name "UNIT"
is_time = unit_cell eq "ns"
is_bytes = unit_cell eq "bytes"
divisor = is_time ? time_divisor(high) : is_bytes ? bytes_divisor(high) : 1
unit = is_time ? time_unit(high) : is_bytes ? bytes_unit(high) : unit_cell eq "1" ? "" : unit_cell

span = high > low ? high - low : (high != 0 ? abs(high) : 1) * 0.5
set xrange [0.5:(runs > 1 ? runs + 0.5 : 1.5)]
set yrange [(low - 0.08 * span) / divisor:(high + 0.2 * span) / divisor]
set ylabel "median of the blocks" . (unit eq "" ? "" : ", " . unit) textcolor rgb text_colour
set xlabel "runs, by when they began" textcolor rgb text_colour
set xtics scale (runs > 60 ? 0 : 0.5)
labels_most = narrow ? 3 : 7
label_step = int(ceil((runs + 0.0) / labels_most))
is_labelled(place) = is_number(place) && (int(place) - 1) % label_step == 0
is_crowded = runs > 150
size = runs > 60 ? 0.45 : runs > 20 ? 0.7 : 0.95
# A huge history is thinned; what begins at a run is drawn all the same.
rows_most = 2000
row_step = int(ceil((runs + 0.0) / rows_most))
kept(place) = is_number(place) && int(place) % row_step == 0
group_colour(i) = i < 2 ? colour_of(i) : colour_of(i + 1)    # the level has the second
turned(place, turn) = is_number(turn) && turn > 0 ? place - 0.5 : NaN
bottom = (low - 0.08 * span) / divisor
top = (high + 0.13 * span) / divisor
is_told = turns <= (narrow ? 1 : 6)
has_level = exists("LEVELS_records") && LEVELS_records > 0 && turns > 0
level_title = narrow ? "level" : "level from change to change"
bars_title = narrow ? "least to greatest block" : "from the least to the greatest block"
set grid noxtics ytics linecolor rgb grid_colour linetype 1 linewidth 1

plot for [i = 0:blocks - 1] data index i using (kept($1) ? $1 : NaN):($3 / divisor):($4 / divisor):xtic(is_labelled($1) ? strcol(9) : "") \
         with points pointsize 0 linecolor rgb soft_colour notitle, \
     for [i = 0:blocks - 1] data index i using (turned($1, $6)):(bottom):(0):(top - bottom) \
         with vectors nohead dashtype 3 linewidth 1.4 linecolor rgb colour[2] title (i == 0 && turns > 0 ? "a change begins" : ""), \
     for [i = 0:blocks - 1] data index i using (kept($1) && !is_crowded ? $1 : NaN):($2 / divisor):($3 / divisor):($4 / divisor) \
         with yerrorbars pointsize 0 linecolor rgb soft_colour linewidth 1 title (i == 0 && !is_crowded ? bars_title : ""), \
     for [i = 0:blocks - 1] data index i using (kept($1) ? $1 : NaN):($2 / divisor) \
         with linespoints linecolor rgb group_colour(i) dashtype dash_of(i) linewidth 1 pointtype marker_of(i) pointsize size title columnheader(1), \
     for [i = 0:blocks - 1] data index i using (has_level ? $1 - 0.5 : NaN):($5 / divisor) \
         with steps linecolor rgb colour[2] linewidth 2.2 title (i == 0 && has_level ? level_title : ""), \
     for [i = 0:blocks - 1] data index i using (is_told ? turned($1, $6) : NaN):(is_told && is_number($6) && $6 > 0 && $1 <= 0.6 * runs ? top : NaN):(strcol(7)) \
         with labels left offset 0.3,0.5 textcolor rgb text_colour notitle, \
     for [i = 0:blocks - 1] data index i using (is_told ? turned($1, $6) : NaN):(is_told && is_number($6) && $6 > 0 && $1 > 0.6 * runs ? top : NaN):(strcol(7)) \
         with labels right offset -0.3,0.5 textcolor rgb text_colour notitle

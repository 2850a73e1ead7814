# SPDX-License-Identifier: MIT
#
# footprint.gp: how many bytes does each of many things cost?
#
# Columns: bytes by accounting, bytes by growth of resident memory, name of the configuration. The second
# block, if there is one, stands for all other configurations; it is named in the key and not drawn.

set datafile separator tab missing "n/a"
stats ARG1 using 0:(1) nooutput name "ROWS"
rows = exists("ROWS_blocks") && ROWS_blocks > 0 ? int(ROWS_records) - ROWS_blocks : 0      # but for the header rows
rows_more = 1 + (rows > 5 ? 1.5 * (rows - 5) : 0)

call ARG0[1:strlen(ARG0) - strlen("footprint.gp")]."style.gp" ARG1 ARG2 ARG3 ARG4 ARG5

most = -1
stats data using 1:1 nooutput name "LIVE"
if (exists("LIVE_records") && LIVE_records > 0) { most = LIVE_max_x }
stats data using 2:2 nooutput name "RESIDENT"
if (exists("RESIDENT_records") && RESIDENT_records > 0 && RESIDENT_max_x > most) { most = RESIDENT_max_x }
if (most < 0) {
    nothing_text = "No footprint to draw: the workload does not say how many things it makes."
    eval nothing_drawn
    exit
}
others = ROWS_blocks > 1
rows = others ? rows - 1 : rows
divisor = bytes_divisor(most)
unit = bytes_unit(most)
number(n) = valid(n) ? column(n) / divisor : 0      # labels without a place are too much for gnuplot
label(n) = valid(n) ? shown(column(n)) : ""         # the header row is seen as well
shown(bytes) = sprintf(bytes / divisor >= 99.95 || divisor == 1.0 && bytes == floor(bytes) ? "%.0f " : "%.1f ", bytes / divisor) . unit

set xlabel sprintf("bytes for each%s", unit eq "B" ? "" : ", " . unit) textcolor rgb text_colour
set xrange [0:padded_high(0, most) / divisor * 1.18]
set xtics tick_step(padded_high(0, most) / divisor / ticks_most)
set yrange [rows + 0.6:0.4]        # the header row is row 0
set ytics scale 0
unset grid
set grid xtics linecolor rgb grid_colour linetype 1 linewidth 1
set style fill solid 1 noborder
set key maxcols 1
resident_text = narrow ? "resident, by growth" : "resident, by growth of the process"

rest = others ? "data index 1 using (NaN):(NaN) with points linecolor rgb soft_colour pointtype 6 title columnheader(1).' (not drawn)'," : ""
plot @rest \
     data index 0 using (number(1) / 2):($0 - 0.2):(number(1) / 2):($0 > 0 ? 0.17 : 0):ytic($0 > 0 ? strcol(3) : "") \
         with boxxyerror linecolor rgb colour[1] title "requested, by accounting", \
     data index 0 using (number(2) / 2):($0 + 0.2):(number(2) / 2):($0 > 0 ? 0.17 : 0) \
         with boxxyerror linecolor rgb colour[2] linewidth 1.4 fillstyle transparent solid 0.2 border title resident_text, \
     data index 0 using (number(1)):($0 - 0.2):(label(1)) \
         with labels left offset 0.6,0 font small_font textcolor rgb text_colour notitle, \
     data index 0 using (number(2)):($0 + 0.2):(label(2)) \
         with labels left offset 0.6,0 font small_font textcolor rgb text_colour notitle

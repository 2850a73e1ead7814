# SPDX-License-Identifier: MIT
#
# strategies.gp: what does each way to hold a CSV file cost, in time and in memory?
#
# Columns: median wall time in ns, bytes that the process grew by (at least 64 KiB), name of the configuration. A
# block for each strategy on each engine, named "STRATEGY" or "STRATEGY on ENGINE". Both axes are logarithmic. A strategy
# has a marker of its own and its name beside its first point; engines are told apart by filling.

rows_more = 1
call ARG0[1:strlen(ARG0) - strlen("strategies.gp")]."style.gp" ARG1 ARG2 ARG3 ARG4 ARG5

stats data using 1:2 nooutput
if (!exists("STATS_records") || STATS_records == 0) {
    nothing_text = "No strategies to draw: no cell of the run was finished."
    eval nothing_drawn
    exit
}
blocks = STATS_blocks
row_step = int(ceil(STATS_records / 2000.0))      # very many points are thinned
left = STATS_min_x
right = STATS_max_x
low = STATS_min_y
high = STATS_max_y

# Of each block: the strategy, and which engine it is on, in the order in which they come.
array strategy[blocks]
array engine[blocks]
array kind[blocks]
engines = ""
strategies = ""
do for [i = 1:blocks] {
    stats data index i - 1 every ::0::0 using (name = strcol(1), 1) nooutput
    at = strstrt(name, " on ")
    strategy[i] = at > 0 ? name[1:at - 1] : name
    engine[i] = at > 0 ? name[at + 4:*] : "-"
    if (strstrt(engines, " " . engine[i] . " ") == 0) { engines = engines . " " . engine[i] . " " }
    if (strstrt(strategies, " " . strategy[i] . " ") == 0) { strategies = strategies . " " . strategy[i] . " " }
}
# The place of a word among words.
place_of(list, what) = sum [n = 1:words(list)] (word(list, n) eq what ? n : 0)
# Filled markers, and the same ones open.
array filled[6] = [7, 5, 9, 13, 11, 15]
array open[6] = [6, 4, 8, 12, 10, 14]
mark_of(i) = place_of(engines, engine[i]) == 1 ? filled[(place_of(strategies, strategy[i]) - 1) % 6 + 1] : open[(place_of(strategies, strategy[i]) - 1) % 6 + 1]
shade_of(i) = colour[(place_of(strategies, strategy[i]) - 1) % 7 + 1]

# Where the points of each block begin and end, for names not to stand on them.
array first_x[blocks]
array last_x[blocks]
array mid_y[blocks]
do for [i = 1:blocks] {
    first_x[i] = 0
    last_x[i] = 0
    mid_y[i] = 1
    stats data index i - 1 using 1:2 nooutput name "ONE"
    if (exists("ONE_records") && ONE_records > 0) { first_x[i] = ONE_min_x; last_x[i] = ONE_max_x; mid_y[i] = ONE_max_y }
    undefine ONE_*
}

# A strategy's name stands to the right of its slowest point, or to the left of its fastest, or above, where there is room.
width_of(text) = (strlen(text) + 2) * (narrow ? 8.5 / 330 : 8.5 / 700) * log(right * (narrow ? 4.5 : 2.2) / left * 1.6)
is_beside(y, i) = abs(log(y / mid_y[i])) < 0.045 * log(high / low * 5)
is_hit(x, y, reach, i, what) = strategy[i] ne what && last_x[i] > 0 && is_beside(y, i) && (reach > 0 ? last_x[i] >= x && log(first_x[i] / x) < reach : first_x[i] <= x && log(last_x[i] / x) > reach)
hits(x, y, reach, what) = sum [i = 1:blocks] (is_hit(x, y, reach, i, what) ? 1 : 0)
do for [n = 1:words(strategies)] {
    what = word(strategies, n)
    x = 0
    least = right * 2
    do for [i = 1:blocks] {
        if (strategy[i] eq what && last_x[i] > x) { x = last_x[i]; y = mid_y[i] }
        if (strategy[i] eq what && last_x[i] > 0 && first_x[i] < least) { least = first_x[i] }
    }
    if (x > 0) {
        if (hits(x, y, width_of(what), what) == 0) {
            set label 10 + n what at x, y left offset 0.9,0 font small_font textcolor rgb text_colour
        } else { if (hits(least, y, -width_of(what), what) == 0 && log(least / left * 1.6) > width_of(what)) {
            set label 10 + n what at least, y right offset -0.9,0 font small_font textcolor rgb text_colour
        } else {
            set label 10 + n what at x, y center offset 0,0.9 font small_font textcolor rgb text_colour
        }}
    }
}

decades(from, to) = log10(to / from)
set logscale xy 10
set xrange [left / 1.6:right * (narrow ? 4.5 : 2.2)]
set yrange [low / 2:high * 2.5]
set xlabel "median wall time (less is better, log)" textcolor rgb text_colour
set ylabel "process grown by (log)" textcolor rgb text_colour
set xtics ("10 µs" 1e4, "100 µs" 1e5, "1 ms" 1e6, "10 ms" 1e7, "100 ms" 1e8, "1 s" 1e9, "10 s" 1e10, "100 s" 1e11)
if (decades(left / 1.6, right * 2.2) < 2.4) {
    set xtics ("1 ms" 1e6, "2 ms" 2e6, "5 ms" 5e6, "10 ms" 1e7, "20 ms" 2e7, "50 ms" 5e7, "100 ms" 1e8, "200 ms" 2e8, "500 ms" 5e8, "1 s" 1e9, "2 s" 2e9, "5 s" 5e9, "10 s" 1e10, "20 s" 2e10, "50 s" 5e10)
}
if (narrow) {
    set xtics ("10 µs" 1e4, "30 µs" 3e4, "100 µs" 1e5, "300 µs" 3e5, "1 ms" 1e6, "3 ms" 3e6, "10 ms" 1e7, "30 ms" 3e7, "100 ms" 1e8, "300 ms" 3e8, "1 s" 1e9, "3 s" 3e9, "10 s" 1e10, "30 s" 3e10, "100 s" 1e11)
}
set ytics ("64 KiB" 2**16, "256 KiB" 2**18, "1 MiB" 2**20, "4 MiB" 2**22, "16 MiB" 2**24, "64 MiB" 2**26, "256 MiB" 2**28, "1 GiB" 2**30, "4 GiB" 2**32, "16 GiB" 2**34)


size = narrow ? 1 : 1.3
plot for [i = 1:blocks] data index i - 1 every row_step using 1:2 with points linecolor rgb shade_of(i) pointtype mark_of(i) pointsize size linewidth 1.5 notitle, \
     for [n = 1:words(engines)] NaN with points linecolor rgb text_colour pointtype (n == 1 ? 7 : 6) pointsize size title (words(engines) > 1 ? word(engines, n) : "")

/* SPDX-License-Identifier: MIT
 *
 * report/words.h: text into the page, and how a ratio is told to a person. Whatever comes out of a run file
 * goes through here: all parts of the page are well-formed XHTML.
 */
#ifndef BENCH_REPORT_WORDS_H
#define BENCH_REPORT_WORDS_H

#include <stdbool.h>
#include <stdio.h>

/* Escapes markup; what XML cannot hold (control characters, broken UTF-8) becomes U+FFFD. */
void bench_report_words_text(FILE *out, const char *text);

/* `text` so, between two pieces of markup. */
void bench_report_words_between(FILE *out, const char *before, const char *text,
                                const char *behind);

/* By BENCH_REPORT_FLOOR at least. */
bool bench_report_words_is_less(double ratio);
bool bench_report_words_is_more(double ratio);

/* "12 % less", "3.4× as much", "the same within 2 %". */
void bench_report_words_change(FILE *out, double ratio);

#endif

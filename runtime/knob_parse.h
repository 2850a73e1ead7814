/* SPDX-License-Identifier: MIT
 *
 * knob_parse.h: how a person may write a number.
 *
 *   integer  [+-] digits
 *   size     digits [space] [B | K[i][B] | M[i][B] | G[i][B] | T[i][B]]     in any case; K is always 1024
 *   ratio    [+-] digits with a point or without [e [+-] digits] [[space] %]
 *
 * Each gives 0, -EINVAL for a word that is no such number, or -ERANGE for one that the type cannot
 * hold; *ret_value then is the nearest that it can (an integer or a size), or has the right sign (a
 * ratio), so that a caller can tell too large from too small.
 *
 * Ratios are kept to a millionth, and below 2^33: what lies between is rounded, ties to even. So the
 * six decimals in which they are printed say all there is. -ERANGE with a value of 0 is a ratio that is
 * not 0 but would be rounded to it.
 */
#ifndef RUNTIME_KNOB_PARSE_H
#define RUNTIME_KNOB_PARSE_H

#include "runtime/base.h"

int rt_knob_parse_integer(const char *text, int64_t *ret_value);
int rt_knob_parse_size(const char *text, int64_t *ret_value);
int rt_knob_parse_ratio(const char *text, double *ret_value);

/* The letter in small, if it is one of ASCII's. */
char rt_knob_parse_fold(char letter);

#endif

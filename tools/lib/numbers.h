/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Numbers out of text that people wrote: all of the text is the number, without a sign and without
 * blanks, and it lies within limits. A result is left alone when the text is wrong.
 */
#ifndef DEVMEMTOP_LIB_NUMBERS_H
#define DEVMEMTOP_LIB_NUMBERS_H

#include <stdbool.h>
#include <stdint.h>

#define NSEC_PER_SEC  1000000000ULL
#define NSEC_PER_MSEC 1000000ULL
#define NSEC_PER_USEC 1000ULL

/**
 * parse_number() - read a plain decimal number
 * @text: to be read
 * @min: the smallest allowed
 * @max: the largest allowed
 * @value: the result
 *
 * Return: false when @text is no such number.
 */
bool parse_number(const char *text, uint64_t min, uint64_t max, uint64_t *value);

/**
 * parse_range() - read "N", or "N-M" with N not above M
 * @text: to be read
 * @max: the largest allowed
 * @first: N
 * @last: M, or N when it is alone
 *
 * Return: false when @text is no such range.
 */
bool parse_range(const char *text, uint64_t max, uint64_t *first, uint64_t *last);

/**
 * parse_size() - read bytes such as 4096, 64K, 16M or 1G (powers of 1024)
 * @text: to be read
 * @min: the smallest allowed
 * @max: the largest allowed
 * @bytes: the result
 *
 * Return: false when @text is no such size.
 */
bool parse_size(const char *text, uint64_t min, uint64_t max, uint64_t *bytes);

/**
 * parse_decimal() - read a number that may have decimals, such as 5 or 0.25
 * @text: to be read
 * @min: the smallest allowed
 * @max: the largest allowed
 * @value: the result
 *
 * Return: false when @text is no such number.
 */
bool parse_decimal(const char *text, double min, double max, double *value);

/**
 * parse_seconds() - read seconds that may have decimals
 * @text: to be read
 * @min_ns: the least allowed, in nanoseconds
 * @max_ns: the most allowed, in nanoseconds
 * @nsec: the result in nanoseconds
 *
 * Return: false when @text is no such number.
 */
bool parse_seconds(const char *text, uint64_t min_ns, uint64_t max_ns, uint64_t *nsec);

#endif

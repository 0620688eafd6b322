/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Small drawings in a line of text: where net_iovs are, rates over time, distributions.
 */
#ifndef DEVMEMTOP_VIEW_BAR_H
#define DEVMEMTOP_VIEW_BAR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "view/screen.h"
#include "model/snapshot.h"

/* The places where a net_iov can be, in the order of a bar. */
enum part {
	PART_USER,
	PART_SOCKET,
	PART_POSTED,
	PART_RING,
	PART_CACHE,
	PART_FREE,
	PARTS,
};

/* The name of a place, and how it is drawn and counted. */
struct part_style {
	const char *name;
	const char *letter;
	enum screen_attr attr;
};

extern const struct part_style part_styles[PARTS];

/**
 * bar_part() - how many net_iovs are in a place
 * @p: parts
 * @part: place
 *
 * Return: the number or UNKNOWN.
 */
uint64_t bar_part(const struct parts *p, enum part part);

/**
 * bar_put() - draw a stacked bar; each place that is not empty gets a letter at least
 * @s: page
 * @p: parts
 * @whole: what the whole width stands for; what the parts leave of it stays blank. UNKNOWN or
 *	less than the parts: their sum.
 * @width: columns, all are used
 */
void bar_put(struct screen *s, const struct parts *p, uint64_t whole, unsigned int width);

/**
 * spark_put() - draw values as columns of different heights, the largest one being full
 * @s: page
 * @values: the latest last; NAN is drawn as a blank
 * @num: how many
 * @width: columns, all are used; with fewer than @num, only the latest values
 * @utf8: may block characters be used?
 */
void spark_put(struct screen *s, const double *values, size_t num, unsigned int width, bool utf8);

#endif

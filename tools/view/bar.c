// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Small drawings in a line of text.
 */
#include "view/bar.h"

#include <math.h>

/* Letters and not shades, so that the places differ even without colours. */
const struct part_style part_styles[PARTS] = {
	[PART_USER] = { .name = "user", .letter = "U", .attr = ATTR_USER },
	[PART_SOCKET] = { .name = "socket", .letter = "S", .attr = ATTR_SOCKET },
	[PART_POSTED] = { .name = "posted", .letter = "p", .attr = ATTR_POSTED },
	[PART_RING] = { .name = "ring", .letter = "r", .attr = ATTR_RING },
	[PART_CACHE] = { .name = "cache", .letter = "c", .attr = ATTR_CACHE },
	[PART_FREE] = { .name = "free", .letter = ".", .attr = ATTR_DIM },
};

uint64_t bar_part(const struct parts *p, enum part part)
{
	const uint64_t counts[PARTS] = {
		[PART_USER] = p->user, [PART_SOCKET] = p->socket, [PART_POSTED] = p->posted,
		[PART_RING] = p->ring, [PART_CACHE] = p->cache,	  [PART_FREE] = p->free,
	};

	return counts[part];
}

static uint64_t known_part(const struct parts *p, enum part part)
{
	uint64_t count = bar_part(p, part);

	return count == UNKNOWN ? 0 : count;
}

void bar_put(struct screen *s, const struct parts *p, uint64_t whole, unsigned int width)
{
	unsigned int cells[PARTS], used = 0, i, j;
	uint64_t sum = 0;

	for (i = 0; i < PARTS; i++)
		sum += known_part(p, i);
	if (whole == UNKNOWN || whole < sum)
		whole = sum;
	for (i = 0; i < PARTS; i++) {
		uint64_t count = known_part(p, i);

		cells[i] = whole ? (unsigned int)(count * (double)width / whole + 0.5) : 0;
		if (count && !cells[i])
			cells[i] = 1;
		used += cells[i];
	}
	/* Rounding up took too much: the largest ones give it back. */
	while (used > width) {
		unsigned int largest = 0;

		for (i = 1; i < PARTS; i++)
			if (cells[i] > cells[largest])
				largest = i;
		cells[largest]--;
		used--;
	}
	for (i = 0; i < PARTS; i++) {
		char text[512];

		for (j = 0; j < cells[i] && j + 1 < sizeof(text); j++)
			text[j] = part_styles[i].letter[0];
		text[j] = '\0';
		if (j)
			screen_put(s, part_styles[i].attr, "%s", text);
	}
	screen_put(s, ATTR_PLAIN, "%*s", (int)(width - used), "");
}

void spark_put(struct screen *s, const double *values, size_t num, unsigned int width, bool utf8)
{
	static const char *const blocks[] = { "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█" };
	static const char *const plain[] = { "_", ".", ":", "-", "=", "+", "*", "#" };
	const int steps = sizeof(plain) / sizeof(plain[0]);
	double max = 0;
	size_t i, first = num > width ? num - width : 0;

	for (i = first; i < num; i++)
		if (values[i] > max)
			max = values[i];
	screen_put(s, ATTR_PLAIN, "%*s", (int)(width - (num - first)), "");
	for (i = first; i < num; i++) {
		int step = max > 0 && !isnan(values[i]) ? (int)(values[i] / max * (steps - 1) + 0.5)
							: 0;

		if (isnan(values[i]))
			screen_put(s, ATTR_PLAIN, " ");
		else
			screen_put(s, ATTR_PLAIN, "%s", utf8 ? blocks[step] : plain[step]);
	}
}

/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What a view is drawn by, besides the snapshots.
 */
#ifndef DEVMEMTOP_VIEW_OPTIONS_H
#define DEVMEMTOP_VIEW_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/history.h"

struct page;
struct race;

enum view_sort {
	SORT_TROUBLE,
	SORT_QUEUE,
	SORT_RX,
	SORT_OUTSTANDING,
	SORT_RESTARTS,
	SORTS,
};

struct view_options {
	unsigned int width;	 /* columns */
	unsigned int height;	 /* lines, 0: as many as it takes, without a footer */
	const struct page *page; /* NULL: the first one */
	enum view_sort sort;
	bool all; /* unbound queues, too */
	bool paused;
	bool utf8;	  /* the terminal shows it */
	double interval;  /* seconds */
	size_t cursor;	  /* selected row of a table, lines of a text that are scrolled away */
	uint32_t ifindex; /* of the queue that a page is about */
	uint32_t queue;
	const struct history *history; /* for sparklines, NULL: none */
	const char *filter;	       /* text of the filter, NULL: none */
	const char *input;	       /* text being typed, in place of the footer; NULL: none */
	const char *note;	       /* one line to show below the totals, NULL: none */
	/*
	 * Makes the text of a race, to be freed; the view knows none. Not NULL where there are
	 * races.
	 */
	char *(*race_text)(const struct race *race);
};

/* Smallest terminal that the live view works in. */
#define VIEW_MIN_WIDTH	40
#define VIEW_MIN_HEIGHT 8

#endif

/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Drawing: pages as pure functions of (snapshot, earlier snapshot, options). The live view, the
 * batch mode and the golden tests all call these.
 */
#ifndef DEVMEMTOP_VIEW_VIEW_H
#define DEVMEMTOP_VIEW_VIEW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/history.h"
#include "model/rates.h"
#include "view/screen.h"
#include "model/snapshot.h"

enum view_mode {
	VIEW_QUEUES,
	VIEW_QUEUE, /* one, with everything about it */
	VIEW_BINDINGS,
	VIEW_SOCKETS,
	VIEW_EVENTS,
	VIEW_RACES,
	VIEW_HELP,
	VIEW_MODES,
};

enum view_sort {
	SORT_TROUBLE,
	SORT_QUEUE,
	SORT_RX,
	SORT_OUTSTANDING,
	SORT_RESTARTS,
	SORTS,
};

struct view_options {
	unsigned int width;  /* columns */
	unsigned int height; /* lines, 0: as many as it takes, without a footer */
	enum view_mode mode;
	enum view_sort sort;
	bool all; /* unbound queues, too */
	bool paused;
	bool utf8;	  /* the terminal shows it */
	double interval;  /* seconds */
	size_t cursor;	  /* selected row of a table, lines of a text that are scrolled away */
	uint32_t ifindex; /* of the queue that VIEW_QUEUE is about */
	uint32_t queue;
	const struct history *history; /* for sparklines, NULL: none */
	const char *filter;	       /* what is being filtered by, NULL: nothing */
	const char *input;	       /* text being typed, in place of the footer; NULL: none */
	const char *note;	       /* one line to show below the totals, NULL: none */
	/* Makes the text of a race, to be freed; the view knows none. Not NULL where there are races. */
	char *(*race_text)(const struct race *race);
};

/* Smallest terminal that the live view works in. */
#define VIEW_MIN_WIDTH	40
#define VIEW_MIN_HEIGHT 8

/**
 * view_render() - draw a page
 * @now: snapshot
 * @before: an earlier one, for rates; NULL: none
 * @opt: options
 *
 * Return: the page, to be freed with screen_free(). Its rows and seen say how far opt->cursor can
 * go.
 */
struct screen *view_render(const struct snapshot *now, const struct snapshot *before,
			   const struct view_options *opt);

/**
 * view_sort_name() - what a sort order goes by
 * @sort: order
 *
 * Return: static string.
 */
const char *view_sort_name(enum view_sort sort);

/**
 * view_sorted() - the queues to show, in order
 * @now: snapshot
 * @before: an earlier one or NULL
 * @opt: options
 * @num: gets how many
 *
 * Return: array of rows of @now, to be freed.
 */
const struct queue_row **view_sorted(const struct snapshot *now, const struct snapshot *before,
				     const struct view_options *opt, size_t *num);

#endif

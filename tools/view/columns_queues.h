/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The columns of the tables. One description is the source of the heading, the cells, which
 * columns fit, and what the help says about each.
 */
#ifndef DEVMEMTOP_VIEW_COLUMNS_QUEUES_H
#define DEVMEMTOP_VIEW_COLUMNS_QUEUES_H

#include <stdbool.h>
#include <stddef.h>

#include "model/history.h"
#include "model/rates.h"
#include "view/screen.h"
#include "model/snapshot.h"

#define COLUMN_TEXT 64
#define COLUMNS_MAX 32

/* What a cell is made of; the row is the one that the table is about. */
struct cell_input {
	const struct snapshot *snap;
	const struct queue_row *q;
	struct queue_rates rates;
	enum queue_state state;
	const struct history_row *history;
	const struct binding_row *b;
	const struct socket_row *sock;
	const struct event_row *e;
	bool utf8;
};

struct column {
	const char *title;
	unsigned int width;    /* at least */
	unsigned int max;      /* at most: as much as the rows need, or a picture can use */
	bool left;	       /* aligned to the left */
	unsigned int priority; /* columns with lower numbers are dropped last */
	/* Writes COLUMN_TEXT bytes at most, returns the attribute. NULL: see draw. */
	enum screen_attr (*cell)(const struct cell_input *in, char *text);
	const char *help;
	/* Draws exactly that many columns. */
	void (*draw)(struct screen *s, const struct cell_input *in, unsigned int width);
};

struct table {
	const struct column *columns;
	size_t num; /* COLUMNS_MAX at most */
};

extern const struct table table_queues;
extern const struct table table_bindings;
extern const struct table table_sockets;
extern const struct table table_events;

/**
 * columns_need() - remember how wide a row is
 * @t: table
 * @in: the row
 * @need: COLUMNS_MAX widths, 0 before the first row
 */
void columns_need(const struct table *t, const struct cell_input *in, unsigned int *need);

/**
 * columns_fit() - choose the columns that fit into a width, with a blank between them
 * @t: table
 * @width: columns of the terminal
 * @need: from columns_need()
 * @widths: gets COLUMNS_MAX widths, 0: the column is not shown
 */
void columns_fit(const struct table *t, unsigned int width, const unsigned int *need,
		 unsigned int *widths);

/**
 * columns_heading() - draw the titles, on a new line
 * @s: page
 * @t: table
 * @widths: from columns_fit()
 */
void columns_heading(struct screen *s, const struct table *t, const unsigned int *widths);

/**
 * columns_row() - draw a row, on a new line
 * @s: page
 * @t: table
 * @widths: from columns_fit()
 * @in: the row
 */
void columns_row(struct screen *s, const struct table *t, const unsigned int *widths,
		 const struct cell_input *in);

#endif

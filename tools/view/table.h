/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Tables: rows and columns that fit into a width. One description of a column is the source of its
 * heading, its cells, when it is shown, and what the help says about it.
 */
#ifndef DEVMEMTOP_VIEW_TABLE_H
#define DEVMEMTOP_VIEW_TABLE_H

#include <stdbool.h>
#include <stddef.h>

#include "model/history.h"
#include "model/rates.h"
#include "model/snapshot.h"
#include "view/options.h"
#include "view/screen.h"

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
	unsigned int width; /* at least, and never less than the title */
	unsigned int max; /* at most: as much as the rows need, or a drawing can use; 0: no more */
	bool left;	  /* aligned to the left */
	unsigned int priority; /* columns with lower numbers are dropped last */
	/*
	 * Writes COLUMN_TEXT bytes at most, returns the attribute. What is left empty, and a column
	 * that has neither this nor draw, is not known.
	 */
	enum screen_attr (*value)(const struct cell_input *in, char *text);
	/* In place of a value: draws exactly that many columns. */
	void (*draw)(struct screen *s, const struct cell_input *in, unsigned int width);
	const char *help;
};

struct table {
	const struct column *columns;
	size_t num; /* COLUMNS_MAX at most */
};

/* Fills in a table's row. */
typedef void (*table_row_cb)(struct cell_input *in, size_t i, void *data);

/**
 * table_draw() - draw a table with its heading; the row under the cursor is selected and shown
 * @s: screen
 * @t: columns
 * @num: rows
 * @row: gives the row
 * @in: what all rows have in common
 * @data: for @row
 * @opt: options
 */
void table_draw(struct screen *s, const struct table *t, size_t num, table_row_cb row,
		struct cell_input *in, void *data, const struct view_options *opt);

/**
 * table_draw_whole() - draw a table in the middle of a text: all of it, nothing selected
 *
 * Parameters are those of table_draw().
 */
void table_draw_whole(struct screen *s, const struct table *t, size_t num, table_row_cb row,
		      struct cell_input *in, void *data);

/**
 * table_fit() - choose the columns that fit into a width, with a blank between them
 * @t: table
 * @width: columns of the terminal
 * @need: COLUMNS_MAX widths: of the longest cells
 * @widths: gets COLUMNS_MAX widths, 0: the column is not shown
 */
void table_fit(const struct table *t, unsigned int width, const unsigned int *need,
	       unsigned int *widths);

#endif

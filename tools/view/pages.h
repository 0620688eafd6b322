/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Pages below the totals; what view.c and the files of the pages share.
 */
#ifndef DEVMEMTOP_VIEW_PAGES_H
#define DEVMEMTOP_VIEW_PAGES_H

#include "view/columns_queues.h"
#include "view/view.h"

/* Fills in a table's row. */
typedef void (*view_row_cb)(struct cell_input *in, size_t i, void *data);

/**
 * view_table() - draw a table with its heading; the row under the cursor is selected and shown
 * @s: page
 * @t: columns
 * @num: rows
 * @row: gives the row
 * @in: what all rows have in common
 * @data: for @row
 * @opt: options
 */
void view_table(struct screen *s, const struct table *t, size_t num, view_row_cb row,
		struct cell_input *in, void *data, const struct view_options *opt);

/**
 * view_header() - draw what stands above every page, from its first line on
 * @s: page
 * @now: snapshot
 * @before: an earlier one or NULL
 * @opt: options
 * @most: lines that it may take
 */
void view_header(struct screen *s, const struct snapshot *now, const struct snapshot *before,
		 const struct view_options *opt, size_t most);

/**
 * view_heading() - a line that begins a part of a page
 * @s: page
 * @fmt: as printf()
 */
void view_heading(struct screen *s, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/**
 * view_wrapped() - draw a text in as many lines as it needs, broken at blanks
 * @s: page
 * @attr: how
 * @indent: where the lines after the first one begin
 * @text: text
 */
void view_wrapped(struct screen *s, enum screen_attr attr, unsigned int indent, const char *text);

/**
 * view_bindings() - draw the table of bindings
 * @s: page
 * @now: snapshot
 * @opt: options
 */
void view_bindings(struct screen *s, const struct snapshot *now, const struct view_options *opt);

/**
 * view_sockets() - draw the table of sockets; parameters as for view_bindings()
 */
void view_sockets(struct screen *s, const struct snapshot *now, const struct view_options *opt);

/**
 * view_events() - draw the table of events, the latest first; parameters as for view_bindings()
 */
void view_events(struct screen *s, const struct snapshot *now, const struct view_options *opt);

/**
 * view_races() - draw the reports of races, the latest first; parameters as for view_bindings()
 */
void view_races(struct screen *s, const struct snapshot *now, const struct view_options *opt);

/**
 * view_detail() - draw all about one queue: opt->ifindex, opt->queue
 * @s: page
 * @now: snapshot
 * @before: an earlier one or NULL
 * @opt: options
 */
void view_detail(struct screen *s, const struct snapshot *now, const struct snapshot *before,
		 const struct view_options *opt);

#endif

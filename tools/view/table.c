// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Tables: rows and columns that fit into a width.
 */
#include "view/table.h"

#include <string.h>

#define PRIORITIES 8

/* Columns up to this priority are shown however narrow they get, those below it whole or not. */
#define PRIORITY_CUT 1

/* What is left over makes the first drawing of a table larger, up to this. */
#define DRAWING_MAX 32

/* A width that was forgotten is that of the title. */
static unsigned int least_width(const struct column *c)
{
	unsigned int title = c->title ? strlen(c->title) : 1;

	return c->width > title ? c->width : title;
}

/* A cell that the column leaves empty is not known. */
static enum screen_attr cell_text(const struct column *c, const struct cell_input *in, char *text)
{
	enum screen_attr attr = ATTR_PLAIN;

	text[0] = '\0';
	if (c->value)
		attr = c->value(in, text);
	if (!text[0])
		strcpy(text, "-");
	return attr;
}

/* Remember how wide a row is. */
static void widen_need(const struct table *t, const struct cell_input *in, unsigned int *need)
{
	char text[COLUMN_TEXT];
	unsigned int columns;
	size_t i;

	for (i = 0; i < t->num; i++) {
		const struct column *c = &t->columns[i];

		if (c->draw || c->max <= least_width(c))
			continue;
		cell_text(c, in, text);
		columns = screen_columns(text);
		if (columns > need[i])
			need[i] = columns < c->max ? columns : c->max;
	}
}

/* Give a column more of what is left, up to @to. */
static void widen(unsigned int *width, unsigned int to, unsigned int *left)
{
	unsigned int more = *width && to > *width ? to - *width : 0;

	if (more > *left)
		more = *left;
	*width += more;
	*left -= more;
}

/* First numbers that would be cut off, then names, then drawings. */
static void widen_all(const struct table *t, const unsigned int *need, unsigned int *widths,
		      unsigned int *left)
{
	size_t i;

	for (i = 0; i < t->num; i++)
		if (!t->columns[i].left)
			widen(&widths[i], need[i], left);
	for (i = 0; i < t->num; i++)
		widen(&widths[i], need[i], left);
	for (i = 0; i < t->num; i++)
		if (t->columns[i].draw)
			widen(&widths[i], t->columns[i].max, left);
}

void table_fit(const struct table *t, unsigned int width, const unsigned int *need,
	       unsigned int *widths)
{
	/* Each column takes a blank, too; the last one's is outside. */
	unsigned int left = width + 1, priority;
	size_t i;

	memset(widths, 0, COLUMNS_MAX * sizeof(*widths));
	for (priority = 0; priority < PRIORITIES; priority++) {
		for (i = 0; i < t->num; i++) {
			const struct column *c = &t->columns[i];
			unsigned int w = least_width(c);

			if (priority > PRIORITY_CUT && need[i] > w)
				w = need[i];
			if (c->priority != priority || w + 1 > left)
				continue;
			widths[i] = w;
			left -= w + 1;
		}
		if (priority == PRIORITY_CUT)
			widen_all(t, need, widths, &left);
	}
	for (i = 0; i < t->num; i++)
		if (widths[i] && t->columns[i].draw)
			break;
	if (i < t->num)
		widen(&widths[i], DRAWING_MAX, &left);
}

static void put_titles(struct screen *s, const struct table *t, const unsigned int *widths)
{
	size_t i;

	screen_newline(s);
	for (i = 0; i < t->num; i++) {
		const struct column *c = &t->columns[i];

		if (!widths[i])
			continue;
		if (s->lines[s->num - 1].columns)
			screen_put(s, ATTR_HEADER, " ");
		screen_put(s, ATTR_HEADER, c->left ? "%-*s" : "%*s", (int)widths[i],
			   c->title ? c->title : "-");
	}
}

static void put_row(struct screen *s, const struct table *t, const unsigned int *widths,
		    const struct cell_input *in)
{
	char text[COLUMN_TEXT];
	size_t i;

	screen_newline(s);
	for (i = 0; i < t->num; i++) {
		const struct column *c = &t->columns[i];
		enum screen_attr attr;

		if (!widths[i])
			continue;
		if (s->lines[s->num - 1].columns)
			screen_put(s, ATTR_PLAIN, " ");
		if (c->draw) {
			c->draw(s, in, widths[i]);
			continue;
		}
		attr = cell_text(c, in, text);
		screen_cell(s, attr, text, widths[i], c->left);
	}
}

/* Lines left when the page has a height, which here is without the footer. */
static size_t lines_left(const struct screen *s, const struct view_options *opt)
{
	if (!opt->height)
		return SIZE_MAX;
	return opt->height > s->num ? opt->height - s->num : 0;
}

void table_draw(struct screen *s, const struct table *t, size_t num, table_row_cb row,
		struct cell_input *in, void *data, const struct view_options *opt)
{
	size_t cursor = opt->cursor < num ? opt->cursor : num ? num - 1 : 0;
	size_t first = 0, room, i;
	unsigned int need[COLUMNS_MAX] = { 0 }, widths[COLUMNS_MAX];

	for (i = 0; i < num; i++) {
		row(in, i, data);
		widen_need(t, in, need);
	}
	table_fit(t, s->width, need, widths);
	put_titles(s, t, widths);
	room = lines_left(s, opt);
	if (num > room) {
		/* The last line says what did not fit; the cursor stays in the middle. */
		if (room)
			room--;
		if (cursor > room / 2)
			first = cursor - room / 2;
		if (first + room > num)
			first = num - room;
	}
	s->rows = num;
	s->seen = room;
	for (i = first; i < num && i - first < room; i++) {
		row(in, i, data);
		put_row(s, t, widths, in);
		if (opt->height && i == cursor)
			screen_select(s);
	}
	if (room >= num)
		return;
	screen_newline(s);
	screen_put(s, ATTR_DIM, "rows %zu to %zu of %zu", first + 1, i, num);
}

void table_draw_whole(struct screen *s, const struct table *t, size_t num, table_row_cb row,
		      struct cell_input *in, void *data)
{
	const struct view_options whole = { .width = s->width };

	table_draw(s, t, num, row, in, data, &whole);
}

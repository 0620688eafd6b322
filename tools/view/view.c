// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Drawing: the frame around every page (totals, footer) and the table of queues.
 */
#include "view/view.h"

#include <err.h>
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "lib/format.h"
#include "view/keys.h"
#include "view/pages.h"

/* From this height on the footer has two lines, when they are needed. */
#define FOOTER_HEIGHT 16

/* Lines that a page has, at least: of a table a heading and two rows. */
#define PAGE_LINES 3

/* ---- order ---- */

/* What sorting compares, so that states and rates are worked out once for each queue. */
struct sort_key {
	const struct queue_row *q;
	double first; /* larger comes first */
	double second;
};

static int cmp_sort_keys(const void *a, const void *b)
{
	const struct sort_key *x = a, *y = b;

	if (x->first != y->first)
		return x->first > y->first ? -1 : 1;
	if (x->second != y->second)
		return x->second > y->second ? -1 : 1;
	/* Rows of a snapshot are in order of interface and queue. */
	return x->q < y->q ? -1 : x->q > y->q;
}

static double known(double value)
{
	return isnan(value) ? 0 : value;
}

static double known_count(uint64_t value)
{
	return value == UNKNOWN ? 0 : (double)value;
}

static struct sort_key sort_key(const struct queue_row *q, const struct queue_row *before,
				double seconds, enum view_sort sort)
{
	struct queue_rates r = queue_rates(q, before, seconds);
	struct sort_key key = { .q = q };

	switch (sort) {
	case SORT_TROUBLE:
		key.first = queue_state(q, before);
		key.second = known(r.niov_fails);
		break;
	case SORT_RX:
		key.first = known(r.rx_bytes);
		key.second = known_count(q->rx_bytes);
		break;
	case SORT_OUTSTANDING:
		key.first = known_count(q->outstanding);
		break;
	case SORT_RESTARTS:
		key.first = known_count(q->restarts);
		break;
	default:
		break;
	}
	return key;
}

const char *view_sort_name(enum view_sort sort)
{
	static const char *const names[SORTS] = {
		[SORT_TROUBLE] = "trouble",	[SORT_QUEUE] = "queue",	      [SORT_RX] = "bytes",
		[SORT_OUTSTANDING] = "buffers", [SORT_RESTARTS] = "restarts",
	};

	return sort < SORTS ? names[sort] : "?";
}

const struct queue_row **view_sorted(const struct snapshot *now, const struct snapshot *before,
				     const struct view_options *opt, size_t *num)
{
	struct sort_key *order = calloc(now->queues.num + 1, sizeof(*order));
	const struct queue_row **rows = calloc(now->queues.num + 1, sizeof(*rows));
	double seconds = snapshot_seconds(now, before);
	size_t i;

	if (!order || !rows)
		err(EXIT_FAILURE, "drawing");
	*num = 0;
	for (i = 0; i < now->queues.num; i++) {
		const struct queue_row *q = queue_at(now, i);

		if (opt->all || queue_is_shown(q))
			order[(*num)++] =
				sort_key(q, snapshot_find_queue(before, q->ifindex, q->queue),
					 seconds, opt->sort);
	}
	qsort(order, *num, sizeof(*order), cmp_sort_keys);
	for (i = 0; i < *num; i++)
		rows[i] = order[i].q;
	free(order);
	return rows;
}

/* ---- tables ---- */

/* Lines left when the page has a height, which here is without the footer. */
static size_t lines_left(const struct screen *s, const struct view_options *opt)
{
	if (!opt->height)
		return SIZE_MAX;
	return opt->height > s->num ? opt->height - s->num : 0;
}

void view_table(struct screen *s, const struct table *t, size_t num, view_row_cb row,
		struct cell_input *in, void *data, const struct view_options *opt)
{
	size_t cursor = opt->cursor < num ? opt->cursor : num ? num - 1 : 0;
	size_t first = 0, room, i;
	unsigned int need[COLUMNS_MAX] = { 0 }, widths[COLUMNS_MAX];

	for (i = 0; i < num; i++) {
		row(in, i, data);
		columns_need(t, in, need);
	}
	columns_fit(t, s->width, need, widths);
	columns_heading(s, t, widths);
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
		columns_row(s, t, widths, in);
		if (opt->height && i == cursor)
			screen_select(s);
	}
	if (room >= num)
		return;
	screen_newline(s);
	screen_put(s, ATTR_DIM, "rows %zu to %zu of %zu", first + 1, i, num);
}

void view_heading(struct screen *s, const char *fmt, ...)
{
	char text[128];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	screen_newline(s);
	screen_newline(s);
	screen_put(s, ATTR_TITLE, "%s", text);
}

void view_wrapped(struct screen *s, enum screen_attr attr, unsigned int indent, const char *text)
{
	while (*text) {
		const char *end = strchr(text, ' ');
		size_t len = end ? (size_t)(end - text) : strlen(text);

		if (len > screen_room(s) && s->lines[s->num - 1].columns > indent) {
			screen_newline(s);
			screen_pad(s, indent);
		}
		screen_put(s, attr, "%.*s%s", (int)len, text, end ? " " : "");
		text += len + (end ? 1 : 0);
	}
}

/* What the rows of queues are made from. */
struct queue_rows {
	const struct queue_row **rows;
	const struct snapshot *before;
	const struct view_options *opt;
	double seconds;
};

static void queue_row_cb(struct cell_input *in, size_t i, void *data)
{
	const struct queue_rows *r = data;
	const struct queue_row *q = r->rows[i];
	const struct queue_row *b = snapshot_find_queue(r->before, q->ifindex, q->queue);

	in->q = q;
	in->rates = queue_rates(q, b, r->seconds);
	in->state = queue_state(q, b);
	in->history = history_of(r->opt->history, q->ifindex, q->queue);
}

static void render_queues(struct screen *s, const struct snapshot *now,
			  const struct snapshot *before, const struct view_options *opt)
{
	struct queue_rows r = { .before = before,
				.opt = opt,
				.seconds = snapshot_seconds(now, before) };
	struct cell_input in = { .snap = now, .utf8 = opt->utf8 };
	char text[64];
	size_t num;

	r.rows = view_sorted(now, before, opt, &num);
	if (num) {
		view_table(s, &table_queues, num, queue_row_cb, &in, &r, opt);
	} else {
		screen_newline(s);
		screen_put(s, ATTR_PLAIN, "No queue has a dma-buf bound. ");
		if (now->queues.num) {
			snprintf(text, sizeof(text), "%s shows the %zu unbound ones.",
				 opt->height ? "a" : "-a", now->queues.num);
			view_wrapped(s, ATTR_DIM, 0, text);
		}
	}
	free(r.rows);
}

/* ---- help and footer ---- */

static void help_table(struct screen *s, const char *title, const struct table *t)
{
	size_t i;

	view_heading(s, "%s", title);
	for (i = 0; i < t->num; i++) {
		screen_newline(s);
		screen_put(s, ATTR_HEADER, "%8s", t->columns[i].title);
		screen_put(s, ATTR_PLAIN, "  ");
		view_wrapped(s, ATTR_PLAIN, 10, t->columns[i].help);
	}
}

static void render_help(struct screen *s)
{
	size_t i;

	for (i = 0; i < num_keys; i++) {
		/* The page of help has its own keys, which its footer names. */
		if (!(keys[i].modes & ~(1U << VIEW_HELP)))
			continue;
		screen_newline(s);
		screen_put(s, ATTR_KEY, "%5s", keys[i].label);
		screen_put(s, ATTR_PLAIN, "  ");
		view_wrapped(s, ATTR_PLAIN, 7, keys[i].help);
	}
	help_table(s, "Queues", &table_queues);
	help_table(s, "Bindings", &table_bindings);
	help_table(s, "Sockets", &table_sockets);
	help_table(s, "Events", &table_events);
}

/* What is typed, and how to end it; of a long text its end is seen. */
static void put_input(struct screen *s, const char *input)
{
	static const char begin[] = "filter: ", end[] = "  enter use  esc cancel";
	unsigned int room = s->width - strlen(begin) - 1;

	if (room > strlen(end) + 16)
		room -= strlen(end);
	if (strlen(input) > room)
		input += strlen(input) - room;
	screen_newline(s);
	screen_put(s, ATTR_KEY, "%s", begin);
	screen_put(s, ATTR_TITLE, "%s_", input);
	screen_put(s, ATTR_PLAIN, "  ");
	if (screen_room(s) + 2 < strlen(end))
		return;
	screen_put(s, ATTR_KEY, "enter");
	screen_put(s, ATTR_PLAIN, " use  ");
	screen_put(s, ATTR_KEY, "esc");
	screen_put(s, ATTR_PLAIN, " cancel");
}

/* "key word", on a new line when the last one has no room; false: there is no line for it. */
static bool put_key(struct screen *s, const struct key *key, const struct view_options *opt,
		    size_t lines)
{
	unsigned int columns = strlen(key->label) + 1 + strlen(key->word);
	const char *order = "";

	if (key->action == ACTION_SORT)
		order = view_sort_name(opt->sort);
	if (order[0])
		columns += 2 + strlen(order);
	/* With a mark, should it be the last one of the last line. */
	if (screen_room(s) < columns + (s->num == lines ? strlen("  ...") : 0)) {
		if (s->num == lines)
			return false;
		screen_newline(s);
	}
	screen_put(s, ATTR_KEY, "%s", key->label);
	screen_put(s, ATTR_PLAIN, " %s%s%s  ", key->word, order[0] ? ": " : "", order);
	return true;
}

/* The keys of the page, in so many lines at most. */
static void put_footer(struct screen *s, const struct view_options *opt, size_t lines)
{
	size_t i;

	lines += s->num;
	if (opt->input) {
		put_input(s, opt->input);
		return;
	}
	screen_newline(s);
	for (i = 0; i < num_keys; i++) {
		if (!keys[i].word || !(keys[i].modes & 1U << opt->mode))
			continue;
		if (put_key(s, &keys[i], opt, lines))
			continue;
		/* What does not fit is in the help. */
		screen_put(s, ATTR_DIM, "...");
		return;
	}
}

/* A high page has a line more for the footer, when it is needed. */
static size_t footer_lines(const struct view_options *opt)
{
	struct screen *s = screen_new(opt->width);
	size_t lines;

	put_footer(s, opt, opt->height >= FOOTER_HEIGHT ? 2 : 1);
	lines = s->num;
	screen_free(s);
	return lines;
}

/* Drop the lines of a text that are scrolled away, and those that do not fit. */
static void scroll_text(struct screen *s, size_t first, const struct view_options *opt)
{
	size_t room = opt->height > first ? opt->height - first : 0;
	size_t text = s->num - first, last, drop;

	if (!opt->height)
		return;
	last = text > room ? text - room : 0;
	drop = opt->cursor < last ? opt->cursor : last;
	s->rows = last + 1;
	s->seen = room;
	screen_remove(s, first, drop);
	if (s->num > first + room)
		screen_remove(s, first + room, s->num - first - room);
}

static void render_body(struct screen *s, const struct snapshot *now, const struct snapshot *before,
			const struct view_options *opt)
{
	size_t first = s->num;

	switch (opt->mode) {
	case VIEW_HELP:
		render_help(s);
		scroll_text(s, first, opt);
		break;
	case VIEW_QUEUE:
		view_detail(s, now, before, opt);
		scroll_text(s, first, opt);
		break;
	case VIEW_BINDINGS:
		view_bindings(s, now, opt);
		break;
	case VIEW_SOCKETS:
		view_sockets(s, now, opt);
		break;
	case VIEW_EVENTS:
		view_events(s, now, opt);
		break;
	case VIEW_RACES:
		view_races(s, now, opt);
		scroll_text(s, first, opt);
		break;
	default:
		render_queues(s, now, before, opt);
		break;
	}
}

struct screen *view_render(const struct snapshot *now, const struct snapshot *before,
			   const struct view_options *opt)
{
	struct screen *s = screen_new(opt->width);
	struct view_options body = *opt;
	size_t header = SIZE_MAX, page;

	s->utf8 = opt->utf8;
	if (opt->height) {
		/* The header leaves a third to the page, and some lines in any case. */
		body.height -= footer_lines(opt);
		page = body.height / 3 > PAGE_LINES ? body.height / 3 : PAGE_LINES;
		header = body.height > page ? body.height - page : 0;
	}
	view_header(s, now, before, opt, header);
	if (s->num < header)
		screen_newline(s);
	render_body(s, now, before, &body);
	if (!opt->height)
		return s;
	while (s->num < body.height)
		screen_newline(s);
	put_footer(s, opt, opt->height - body.height);
	return s;
}

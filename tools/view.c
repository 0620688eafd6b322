// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Drawing: the frame around every page (totals, footer) and the table of queues.
 */
#include "view.h"

#include <err.h>
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "format.h"
#include "keys.h"
#include "version.h"
#include "view_pages.h"

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
		[SORT_TROUBLE] = "trouble", [SORT_QUEUE] = "queue",	  [SORT_RX] = "rx",
		[SORT_OUTSTANDING] = "out", [SORT_RESTARTS] = "restarts",
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

/* ---- totals ---- */

/* "value label", with two blanks between; on a new line when the last one has no room. */
static void put_total(struct screen *s, const char *value, const char *label, enum screen_attr attr)
{
	if (screen_room(s) < screen_columns(value) + 1 + screen_columns(label) + 2)
		screen_newline(s);
	if (s->lines[s->num - 1].columns)
		screen_put(s, ATTR_PLAIN, "  ");
	screen_put(s, attr, "%s", value);
	screen_put(s, ATTR_PLAIN, " %s", label);
}

static void put_source(struct screen *s, const struct snapshot *now, enum source source,
		       const char *name)
{
	if (now->sources & 1U << source)
		screen_put(s, ATTR_PLAIN, " %s", name);
}

static void render_title(struct screen *s, const struct snapshot *now,
			 const struct view_options *opt)
{
	time_t seconds = now->wall_ns / 1000000000;
	char clock[16];
	struct tm tm;

	localtime_r(&seconds, &tm);
	strftime(clock, sizeof(clock), "%H:%M:%S", &tm);
	screen_newline(s);
	screen_put(s, ATTR_TITLE, "devmemtop " DEVMEMTOP_VERSION);
	screen_put(s, ATTR_PLAIN, "  %s  every %gs", clock, opt->interval);
	if (opt->paused)
		screen_put(s, ATTR_WARN, "  paused");
	if (opt->filter)
		screen_put(s, ATTR_WARN, "  only %s", opt->filter);
	screen_put(s, ATTR_PLAIN, "  by %s  from", view_sort_name(opt->sort));
	put_source(s, now, SOURCE_EVENTS, "events");
	put_source(s, now, SOURCE_WALK, "walk");
	put_source(s, now, SOURCE_SOCKETS, "sockets");
	put_source(s, now, SOURCE_NETLINK, "netlink");
}

/* Why events were lost: docs/devmemtop.md says what each reason means. */
static void render_losses(struct screen *s, const struct snapshot *now)
{
	char buf[FORMAT_MAX];

	if (now->lost_ring)
		put_total(s, format_count(buf, now->lost_ring), "in the ring", ATTR_BAD);
	if (now->lost_missed)
		put_total(s, format_count(buf, now->lost_missed), "missed", ATTR_BAD);
	if (now->lost_full)
		put_total(s, format_count(buf, now->lost_full), "for lack of a table entry",
			  ATTR_BAD);
	if (now->lost_races)
		put_total(s, format_count(buf, now->lost_races), "of races", ATTR_BAD);
}

static void render_totals(struct screen *s, const struct snapshot *now,
			  const struct snapshot *before)
{
	struct totals t = snapshot_totals(now, before);
	char buf[FORMAT_MAX], bytes[FORMAT_MAX], of[FORMAT_MAX + 24];

	screen_newline(s);
	put_total(s, format_count(buf, t.bindings), t.bindings == 1 ? "binding" : "bindings",
		  ATTR_TITLE);
	if (t.unbound_bindings)
		put_total(s, format_count(buf, t.unbound_bindings), "unbound but held", ATTR_WARN);
	put_total(s, format_count(buf, t.queues), t.queues == 1 ? "queue" : "queues", ATTR_TITLE);
	put_total(s, format_bytes(buf, t.bindings ? t.size_bytes : 0), "dma-buf", ATTR_TITLE);
	snprintf(of, sizeof(of), "of %s net_iovs out", format_count(buf, t.bindings ? t.niovs : 0));
	put_total(s, format_count(buf, t.bindings ? t.outstanding : 0), of, ATTR_TITLE);

	screen_newline(s);
	put_total(s, format_rate(buf, t.rates.rx_packets), "pkt/s", ATTR_TITLE);
	if (isnan(t.rates.rx_bytes))
		strcpy(bytes, "-");
	else
		format_bytes(bytes, (uint64_t)t.rates.rx_bytes);
	put_total(s, bytes, "B/s", ATTR_TITLE);
	put_total(s, format_rate(buf, t.rates.niov_fails), "fail/s",
		  t.rates.niov_fails > 0 ? ATTR_BAD : ATTR_TITLE);
	put_total(s, format_count(buf, t.restarts), t.restarts == 1 ? "restart" : "restarts",
		  ATTR_TITLE);
	if (t.restart_failures && t.restart_failures != UNKNOWN)
		put_total(s, format_count(buf, t.restart_failures), "failed", ATTR_BAD);
	put_total(s, format_count(buf, t.races), t.races == 1 ? "race" : "races",
		  t.races && t.races != UNKNOWN ? ATTR_BAD : ATTR_TITLE);
	put_total(s, format_count(buf, t.lost), "lost events",
		  t.lost && t.lost != UNKNOWN ? ATTR_BAD : ATTR_TITLE);
	render_losses(s, now);
	if (now->incomplete[0]) {
		screen_newline(s);
		screen_put(s, ATTR_WARN, "incomplete: %s", now->incomplete);
	}
}

/* Room for what is said about who holds most. */
#define HOLDER_WIDTH 72

/* Whoever waits for buffers wants to know who has them. */
static void render_trouble(struct screen *s, const struct snapshot *now)
{
	const struct queue_row *worst = NULL;
	const struct socket_row *holder;
	char buf[FORMAT_MAX], of[FORMAT_MAX];
	size_t i;

	for (i = 0; i < now->queues.num; i++) {
		const struct queue_row *q = queue_at(now, i);

		if (q->starved_ns && (!worst || q->starved_ns < worst->starved_ns))
			worst = q;
	}
	holder = snapshot_holder(now, worst ? worst->binding : 0);
	if (!worst && !holder)
		return;
	screen_newline(s);
	if (worst)
		screen_put(s, ATTR_BAD, "%s queue %u has no buffer for %s, %s failed  ",
			   worst->ifname, worst->queue,
			   format_ns(buf, snapshot_age(now, worst->starved_ns)),
			   format_count(of, worst->starved_fails));
	if (!holder)
		return;
	if (screen_room(s) < HOLDER_WIDTH && worst)
		screen_newline(s);
	screen_put(s, ATTR_PLAIN, "most held: ");
	screen_put(s, worst ? ATTR_BAD : ATTR_TITLE, "%s (%u)",
		   holder->comm[0] ? holder->comm : "?", holder->pid);
	screen_put(s, ATTR_PLAIN, " %s in its queue, %s as tokens",
		   format_count(buf, holder->socket_niovs), format_count(of, holder->user_niovs));
	if (holder->oldest_ns != UNKNOWN)
		screen_put(s, ATTR_PLAIN, ", oldest %s%s", holder->oldest_before ? ">" : "",
			   format_age(buf, holder->oldest_ns));
}

/* ---- tables ---- */

/* Lines left for rows when the page has a height, with one kept for the footer. */
static size_t rows_left(const struct screen *s, const struct view_options *opt)
{
	if (!opt->height)
		return SIZE_MAX;
	return opt->height > s->num + 1 ? opt->height - s->num - 1 : 0;
}

void view_table(struct screen *s, const struct table *t, size_t num, view_row_cb row,
		struct cell_input *in, void *data, const struct view_options *opt)
{
	size_t cursor = opt->cursor < num ? opt->cursor : num ? num - 1 : 0;
	size_t first = 0, room, i;
	bool chosen[COLUMNS_MAX];

	columns_fit(t, s->width, chosen);
	columns_heading(s, t, chosen);
	room = rows_left(s, opt);
	if (num > room) {
		/* The last line says what did not fit; the cursor stays in the middle. */
		if (room)
			room--;
		if (cursor > room / 2)
			first = cursor - room / 2;
		if (first + room > num)
			first = num - room;
	}
	for (i = first; i < num && i - first < room; i++) {
		row(in, i, data);
		columns_row(s, t, chosen, in);
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

		if (len + 1 > screen_room(s) && s->lines[s->num - 1].columns > indent) {
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
	size_t num;

	r.rows = view_sorted(now, before, opt, &num);
	if (num) {
		view_table(s, &table_queues, num, queue_row_cb, &in, &r, opt);
	} else {
		screen_newline(s);
		screen_put(s, ATTR_PLAIN, "No queue has a dma-buf bound.");
		if (now->queues.num)
			screen_put(s, ATTR_DIM, " %s shows the %zu unbound ones.",
				   opt->height ? "a" : "-a", now->queues.num);
	}
	free(r.rows);
}

size_t view_rows(const struct snapshot *now, const struct view_options *opt)
{
	size_t num = 0, i;

	switch (opt->mode) {
	case VIEW_QUEUES:
		for (i = 0; i < now->queues.num; i++)
			num += opt->all || queue_is_shown(queue_at(now, i));
		return num;
	case VIEW_BINDINGS:
		return now->bindings.num;
	case VIEW_SOCKETS:
		return now->sockets.num;
	case VIEW_EVENTS:
		return now->events.num;
	default:
		return 400;
	}
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
		screen_put(s, ATTR_PLAIN, "  %s", keys[i].help);
	}
	help_table(s, "Queues", &table_queues);
	help_table(s, "Bindings", &table_bindings);
	help_table(s, "Sockets", &table_sockets);
	help_table(s, "Events", &table_events);
}

static void render_footer(struct screen *s, const struct view_options *opt)
{
	size_t i;

	while (s->num + 1 < opt->height)
		screen_newline(s);
	screen_newline(s);
	if (opt->input) {
		screen_put(s, ATTR_KEY, "filter: ");
		screen_put(s, ATTR_TITLE, "%s_", opt->input);
		return;
	}
	for (i = 0; i < num_keys; i++) {
		if (!keys[i].word || !(keys[i].modes & 1U << opt->mode))
			continue;
		/* What does not fit is in the help. */
		if (screen_room(s) < strlen(keys[i].label) + 1 + strlen(keys[i].word))
			continue;
		screen_put(s, ATTR_KEY, "%s", keys[i].label);
		screen_put(s, ATTR_PLAIN, " %s  ", keys[i].word);
	}
}

/* Drop the lines of a text that are scrolled away, and those that do not fit. */
static void scroll_text(struct screen *s, size_t first, const struct view_options *opt)
{
	size_t room = opt->height > first + 1 ? opt->height - first - 1 : 0;
	size_t text = s->num - first, drop, i;

	if (!opt->height)
		return;
	drop = opt->cursor < text ? opt->cursor : text;
	if (text - drop < room)
		drop = text > room ? text - room : 0;
	for (i = 0; i < drop; i++)
		free(s->lines[first + i].text);
	memmove(&s->lines[first], &s->lines[first + drop],
		(s->num - first - drop) * sizeof(*s->lines));
	s->num -= drop;
	while (s->num > first + room)
		free(s->lines[--s->num].text);
}

struct screen *view_render(const struct snapshot *now, const struct snapshot *before,
			   const struct view_options *opt)
{
	struct screen *s = screen_new(opt->width);
	size_t first;

	render_title(s, now, opt);
	render_totals(s, now, before);
	render_trouble(s, now);
	if (opt->note) {
		screen_newline(s);
		screen_put(s, ATTR_WARN, "%s", opt->note);
	}
	screen_newline(s);
	first = s->num;
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
		view_races(s, now);
		scroll_text(s, first, opt);
		break;
	default:
		render_queues(s, now, before, opt);
		break;
	}
	if (opt->height)
		render_footer(s, opt);
	return s;
}

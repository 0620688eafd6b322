// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Drawing: all about one queue.
 */
#include "view/pages.h"

#include <string.h>

#include "view/bar.h"
#include "lib/format.h"

/* Restarts shown; the page of events has them all. */
#define DETAIL_EVENTS 12

static void put_where(struct screen *s, const struct queue_row *q)
{
	char buf[FORMAT_MAX];
	unsigned int i;

	screen_newline(s);
	bar_put(s, &q->parts, q->niovs, s->width);
	screen_newline(s);
	for (i = 0; i < PARTS; i++) {
		if (screen_room(s) < 14)
			screen_newline(s);
		screen_put(s, part_styles[i].attr, "%s", part_styles[i].letter);
		screen_put(s, ATTR_PLAIN, " %s ", part_styles[i].name);
		screen_put(s, ATTR_TITLE, "%s  ", format_count(buf, bar_part(&q->parts, i)));
	}
}

static void put_starved(struct screen *s, const struct snapshot *now, const struct queue_row *q)
{
	char buf[FORMAT_MAX], fails[FORMAT_MAX], text[96];

	if (!q->starved_ns)
		return;
	screen_newline(s);
	snprintf(text, sizeof(text), "no buffer for %s, %s allocations failed since",
		 format_ns(buf, snapshot_age(now, q->starved_ns)),
		 format_count(fails, q->starved_fails));
	view_wrapped(s, ATTR_BAD, 0, text);
}

static void put_binding(struct screen *s, const struct snapshot *now, const struct queue_row *q)
{
	char size[FORMAT_MAX], niovs[FORMAT_MAX], age[FORMAT_MAX], text[192];
	size_t i, len;

	for (i = 0; i < now->bindings.num; i++) {
		const struct binding_row *b = binding_at(now, i);

		if (!q->binding || b->id != q->binding)
			continue;
		screen_newline(s);
		len = sprintf(text, "binding %u, dma-buf %s, %s net_iovs, %u queue%s", b->id,
			      format_bytes(size, b->size_bytes), format_count(niovs, b->niovs),
			      b->queues, b->queues == 1 ? "" : "s");
		if (b->pid)
			len += sprintf(text + len, ", by %s (%u)", b->comm, b->pid);
		if (b->bound_ns)
			sprintf(text + len, ", %s ago",
				format_ns(age, snapshot_age(now, b->bound_ns)));
		view_wrapped(s, ATTR_PLAIN, 2, text);
		return;
	}
	screen_newline(s);
	screen_put(s, ATTR_DIM, "no dma-buf is bound: host memory");
}

struct detail_rows {
	const void *rows[DETAIL_EVENTS];
	size_t num;
};

static void socket_cb(struct cell_input *in, size_t i, void *data)
{
	in->sock = ((const struct detail_rows *)data)->rows[i];
}

static void event_cb(struct cell_input *in, size_t i, void *data)
{
	in->e = ((const struct detail_rows *)data)->rows[i];
}

/* A table in the middle of a text: all of it, nothing selected. */
static void put_table(struct screen *s, const struct snapshot *now, const struct table *t,
		      view_row_cb row, struct detail_rows *rows)
{
	const struct view_options whole = { .width = s->width };
	struct cell_input in = { .snap = now };

	view_table(s, t, rows->num, row, &in, rows, &whole);
}

static void put_sockets(struct screen *s, const struct snapshot *now, const struct queue_row *q)
{
	struct detail_rows rows = { .num = 0 };
	size_t i;

	for (i = 0; i < now->sockets.num && rows.num < DETAIL_EVENTS; i++) {
		const struct socket_row *sock = socket_at(now, i);

		if (sock->ifindex == q->ifindex &&
		    (sock->queue == q->queue || (q->binding && sock->binding == q->binding)))
			rows.rows[rows.num++] = sock;
	}
	if (!rows.num)
		return;
	view_heading(s, "Sockets");
	put_table(s, now, &table_sockets, socket_cb, &rows);
}

static void put_events(struct screen *s, const struct snapshot *now, const struct queue_row *q)
{
	struct detail_rows rows = { .num = 0 };
	size_t i;

	for (i = now->events.num; i-- && rows.num < DETAIL_EVENTS;) {
		const struct event_row *e = event_at(now, i);

		if (e->ifindex == q->ifindex && e->queue == q->queue)
			rows.rows[rows.num++] = e;
	}
	if (!rows.num)
		return;
	view_heading(s, "Last restarts");
	put_table(s, now, &table_events, event_cb, &rows);
}

/* "1.02us .. 2.05us  123  ####" for every power of two from the first to the last one seen. */
static void put_histogram(struct screen *s, const char *title, const struct histogram *h)
{
	char from[FORMAT_MAX], n[FORMAT_MAX], bar[256];
	unsigned int i, first = HIST_SLOTS, last = 0, j, room;
	uint64_t max = 0, sum = 0;

	for (i = 0; i < HIST_SLOTS; i++) {
		if (!h->slots[i])
			continue;
		first = i < first ? i : first;
		last = i;
		sum += h->slots[i];
		max = h->slots[i] > max ? h->slots[i] : max;
	}
	if (!sum)
		return;
	view_heading(s, "%s", title);
	for (i = first; i <= last; i++) {
		screen_newline(s);
		screen_put(s, ATTR_PLAIN, "%7s up  ", format_ns(from, UINT64_C(1) << i));
		screen_put(s, ATTR_TITLE, "%6s  ", format_count(n, h->slots[i]));
		room = screen_room(s) < sizeof(bar) ? screen_room(s) : sizeof(bar) - 1;
		for (j = 0; j < h->slots[i] * (double)room / max; j++)
			bar[j] = '#';
		bar[j] = '\0';
		screen_put(s, ATTR_GOOD, "%s", bar);
	}
}

static void put_times(struct screen *s, const struct snapshot *now, const struct hist_row *h)
{
	if (now->measured != (1U << HIST_KINDS) - 1) {
		screen_newline(s);
		screen_newline(s);
		screen_put(s, ATTR_DIM, "%s of its times %s: devmemtop check says why.",
			   now->measured ? "Some" : "None",
			   now->measured ? "are not measured here" : "is measured here");
	}
	if (!h)
		return;
	put_histogram(s, "How long net_iovs were out of the binding (a sample)", &h->hold);
	put_histogram(s, "How long the queue was down: end of stop to end of start", &h->down);
	put_histogram(s, "How long restarts took: begin to end", &h->restart);
	put_histogram(s, "How long allocations took for which the pool had nothing", &h->provider);
}

void view_detail(struct screen *s, const struct snapshot *now, const struct snapshot *before,
		 const struct view_options *opt)
{
	const struct queue_row *q = snapshot_find_queue(now, opt->ifindex, opt->queue);
	const struct hist_row *h = snapshot_find_hists(now, opt->ifindex, opt->queue);
	unsigned int need[COLUMNS_MAX] = { 0 }, widths[COLUMNS_MAX];
	struct cell_input in;

	if (!q) {
		screen_newline(s);
		screen_put(s, ATTR_WARN, "The queue is gone.");
		return;
	}
	in = (struct cell_input){
		.snap = now,
		.q = q,
		.rates = queue_rates(q, snapshot_find_queue(before, q->ifindex, q->queue),
				     snapshot_seconds(now, before)),
		.state = queue_state(q, snapshot_find_queue(before, q->ifindex, q->queue)),
		.history = history_of(opt->history, q->ifindex, q->queue),
		.utf8 = opt->utf8,
	};
	columns_need(&table_queues, &in, need);
	columns_fit(&table_queues, s->width, need, widths);
	columns_heading(s, &table_queues, widths);
	columns_row(s, &table_queues, widths, &in);
	put_starved(s, now, q);
	view_heading(s, "Where the buffers are");
	if (q->binding || (q->held && q->held != UNKNOWN))
		put_where(s, q);
	put_binding(s, now, q);
	put_sockets(s, now, q);
	put_events(s, now, q);
	put_times(s, now, h);
}

// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The page of one queue: all about it.
 */
#include <stdio.h>
#include <string.h>

#include "lib/format.h"
#include "view/bar.h"
#include "view/columns.h"
#include "view/pages.h"

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
	screen_wrapped(s, ATTR_BAD, 0, text);
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
		screen_wrapped(s, ATTR_PLAIN, 2, text);
		return;
	}
	screen_newline(s);
	screen_put(s, ATTR_DIM, "no dma-buf is bound: host memory");
}

struct detail_rows {
	const void *rows[DETAIL_EVENTS];
	size_t num;
};

static void give_socket(struct cell_input *in, size_t i, void *data)
{
	in->sock = ((const struct detail_rows *)data)->rows[i];
}

static void give_event(struct cell_input *in, size_t i, void *data)
{
	in->e = ((const struct detail_rows *)data)->rows[i];
}

static void put_sockets(struct screen *s, const struct snapshot *now, const struct queue_row *q)
{
	struct detail_rows rows = { .num = 0 };
	struct cell_input in = { .snap = now };
	size_t i;

	for (i = 0; i < now->sockets.num && rows.num < DETAIL_EVENTS; i++) {
		const struct socket_row *sock = socket_at(now, i);

		if (sock->ifindex == q->ifindex &&
		    (sock->queue == q->queue || (q->binding && sock->binding == q->binding)))
			rows.rows[rows.num++] = sock;
	}
	if (!rows.num)
		return;
	screen_heading(s, "Sockets");
	table_draw_whole(s, &table_sockets, rows.num, give_socket, &in, &rows);
}

static void put_events(struct screen *s, const struct snapshot *now, const struct queue_row *q)
{
	struct detail_rows rows = { .num = 0 };
	struct cell_input in = { .snap = now };
	size_t i;

	for (i = now->events.num; i-- && rows.num < DETAIL_EVENTS;) {
		const struct event_row *e = event_at(now, i);

		if (e->ifindex == q->ifindex && e->queue == q->queue)
			rows.rows[rows.num++] = e;
	}
	if (!rows.num)
		return;
	screen_heading(s, "Last restarts");
	table_draw_whole(s, &table_events, rows.num, give_event, &in, &rows);
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
	screen_heading(s, "%s", title);
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

/* The row is what all rows have in common: there is one. */
static void give_queue(struct cell_input *in, size_t i, void *data)
{
	(void)in;
	(void)i;
	(void)data;
}

static void put_queue(struct screen *s, const struct page_input *in, const struct queue_row *q)
{
	const struct queue_row *before = snapshot_find_queue(in->before, q->ifindex, q->queue);
	struct cell_input cells = {
		.snap = in->now,
		.q = q,
		.rates = queue_rates(q, before, snapshot_seconds(in->now, in->before)),
		.state = queue_state(q, before),
		.history = history_of(in->opt->history, q->ifindex, q->queue),
		.utf8 = in->opt->utf8,
	};

	table_draw_whole(s, &table_queues, 1, give_queue, &cells, NULL);
}

static void draw_queue(struct screen *s, const struct page_input *in)
{
	const struct view_options *opt = in->opt;
	const struct queue_row *q = snapshot_find_queue(in->now, opt->ifindex, opt->queue);

	if (!q) {
		screen_newline(s);
		screen_put(s, ATTR_WARN, "The queue is gone.");
		return;
	}
	put_queue(s, in, q);
	put_starved(s, in->now, q);
	screen_heading(s, "Where the buffers are");
	if (q->binding || (q->held && q->held != UNKNOWN))
		put_where(s, q);
	put_binding(s, in->now, q);
	put_sockets(s, in->now, q);
	put_events(s, in->now, q);
	put_times(s, in->now, snapshot_find_hists(in->now, opt->ifindex, opt->queue));
}

const struct page page_queue = {
	.key = { .codes = { KEYS_ENTER },
		 .label = "enter",
		 .word = "open",
		 .help = "open the selected queue: times, binding, sockets, last restarts",
		 .needs = HAS_QUEUES },
	.has = HAS_SAMPLE | HAS_BACK,
	.about_queue = true,
	.draw = draw_queue,
};

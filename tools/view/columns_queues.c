// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The columns of the table of queues.
 */
#include "view/columns_queues.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "view/bar.h"
#include "view/cells.h"
#include "lib/format.h"

static enum screen_attr cell_ifname(const struct cell_input *in, char *text)
{
	snprintf(text, COLUMN_TEXT, "%s", in->q->ifname);
	return ATTR_PLAIN;
}

static enum screen_attr cell_queue(const struct cell_input *in, char *text)
{
	snprintf(text, COLUMN_TEXT, "%u", in->q->queue);
	return ATTR_PLAIN;
}

static enum screen_attr cell_state(const struct cell_input *in, char *text)
{
	static const enum screen_attr attrs[STATES] = {
		[STATE_HOST] = ATTR_DIM,      [STATE_OK] = ATTR_GOOD,
		[STATE_LINK_DOWN] = ATTR_DIM, [STATE_HELD] = ATTR_WARN,
		[STATE_RESTART] = ATTR_WARN,  [STATE_FAILED] = ATTR_BAD,
		[STATE_STARVED] = ATTR_BAD,   [STATE_DEAD] = ATTR_BAD,
	};

	snprintf(text, COLUMN_TEXT, "%s", queue_state_name(in->state));
	return attrs[in->state];
}

static enum screen_attr cell_napi(const struct cell_input *in, char *text)
{
	return cell_of_id(text, in->q->napi);
}

static enum screen_attr cell_binding(const struct cell_input *in, char *text)
{
	return cell_of_id(text, in->q->binding);
}

static enum screen_attr cell_pool(const struct cell_input *in, char *text)
{
	return cell_of_id(text, in->q->pool);
}

static enum screen_attr cell_size(const struct cell_input *in, char *text)
{
	return cell_of_bytes(text, in->q->size_bytes);
}

static enum screen_attr cell_outstanding(const struct cell_input *in, char *text)
{
	return cell_of_count(text, in->q->outstanding);
}

static enum screen_attr cell_free(const struct cell_input *in, char *text)
{
	format_count(text, in->q->niovs_free);
	return in->q->niovs_free == 0 && in->state == STATE_STARVED ? ATTR_BAD : ATTR_PLAIN;
}

static enum screen_attr cell_held(const struct cell_input *in, char *text)
{
	format_count(text, in->q->held);
	return in->q->held && in->q->held != UNKNOWN ? ATTR_WARN : ATTR_PLAIN;
}

static enum screen_attr cell_cache(const struct cell_input *in, char *text)
{
	return cell_of_count(text, in->q->cache);
}

static enum screen_attr cell_ring(const struct cell_input *in, char *text)
{
	return cell_of_count(text, in->q->ring);
}

static enum screen_attr cell_fails(const struct cell_input *in, char *text)
{
	format_rate(text, in->rates.niov_fails);
	return in->rates.niov_fails > 0 ? ATTR_BAD : ATTR_PLAIN;
}

static enum screen_attr cell_recycles(const struct cell_input *in, char *text)
{
	format_rate(text, in->rates.pool_recycles);
	return ATTR_PLAIN;
}

static enum screen_attr cell_tokens(const struct cell_input *in, char *text)
{
	format_rate(text, in->rates.token_gets);
	return ATTR_PLAIN;
}

static enum screen_attr cell_restarts(const struct cell_input *in, char *text)
{
	format_count(text, in->q->restarts);
	return in->q->last_err ? ATTR_BAD : ATTR_PLAIN;
}

static enum screen_attr cell_down(const struct cell_input *in, char *text)
{
	format_ns(text, in->q->down_ns);
	return ATTR_PLAIN;
}

static enum screen_attr cell_rx_rate(const struct cell_input *in, char *text)
{
	return cell_of_bytes(text,
			     isnan(in->rates.rx_bytes) ? UNKNOWN : (uint64_t)in->rates.rx_bytes);
}

static enum screen_attr cell_rx_bytes(const struct cell_input *in, char *text)
{
	return cell_of_bytes(text, in->q->rx_bytes);
}

static enum screen_attr cell_drops(const struct cell_input *in, char *text)
{
	format_rate(text, in->rates.rx_drops);
	return in->rates.rx_drops > 0 ? ATTR_WARN : ATTR_PLAIN;
}

static void draw_where(struct screen *s, const struct cell_input *in, unsigned int width)
{
	bar_put(s, &in->q->parts, in->q->niovs, width);
}

/* Digits of a rate, and the fewest pictures that a sparkline is worth drawing for. */
#define RATE_WIDTH  5
#define SPARK_WIDTH 3

/* A rate, with those of the last pictures behind it as far as there is room. */
static void draw_rate(struct screen *s, const struct cell_input *in, double rate,
		      const double *history, unsigned int width)
{
	char text[FORMAT_MAX];

	format_rate(text, rate);
	if (width < RATE_WIDTH + 1 + SPARK_WIDTH) {
		screen_cell(s, ATTR_PLAIN, text, width, false);
		return;
	}
	screen_cell(s, ATTR_PLAIN, text, RATE_WIDTH, false);
	screen_put(s, ATTR_PLAIN, " ");
	if (history)
		spark_put(s, history, HISTORY_LEN, width - RATE_WIDTH - 1, in->utf8);
	else
		screen_put(s, ATTR_PLAIN, "%*s", (int)(width - RATE_WIDTH - 1), "");
}

static void draw_allocs(struct screen *s, const struct cell_input *in, unsigned int width)
{
	draw_rate(s, in, in->rates.niov_allocs, in->history ? in->history->allocs : NULL, width);
}

static void draw_frees(struct screen *s, const struct cell_input *in, unsigned int width)
{
	draw_rate(s, in, in->rates.niov_frees, in->history ? in->history->frees : NULL, width);
}

/* A terminal of 80 columns has room for priorities 0 and 1. */
static const struct column columns[] = {
	{ "IFACE", 7, 15, true, 0, cell_ifname, "interface", NULL },
	{ "Q", 3, 10, false, 0, cell_queue, "receive queue", NULL },
	{ "STATE", 7, 7, true, 0, cell_state,
	  "ok; starved: no net_iov left in pool and binding; held: buffers of a former binding are still out; failed: "
	  "last restart; dead: queue stopped; down: link; host: not bound",
	  NULL },
	{ "NAPI", 5, 10, false, 3, cell_napi, "NAPI instance that serves the queue", NULL },
	{ "BIND", 5, 10, false, 0, cell_binding, "id of the dma-buf binding", NULL },
	{ "DMABUF", 6, 6, false, 2, cell_size, "size of the dma-buf", NULL },
	{ "POOL", 5, 10, false, 4, cell_pool, "id of the page pool", NULL },
	{ "OUT", 5, 5, false, 0, cell_outstanding,
	  "net_iovs that the queue's pools took out of the binding: in the pool, posted, in sockets or "
	  "held by user space",
	  NULL },
	{ "WHERE", 11, 11, true, 1, NULL,
	  "where the queue's net_iovs are, those of former bindings included: U with user space, S in "
	  "sockets, p posted to the NIC, r in the pool's ring, c in its cache, . free in the binding; "
	  "blank: with other queues",
	  draw_where },
	{ "FREE", 5, 5, false, 2, cell_free, "net_iovs left in the binding, which queues may share",
	  NULL },
	{ "HELD", 5, 5, false, 5, cell_held,
	  "of OUT: taken by pools which no longer feed the queue", NULL },
	{ "CACHE", 5, 5, false, 7, cell_cache, "net_iovs in the pool's cache", NULL },
	{ "RING", 5, 5, false, 7, cell_ring, "net_iovs in the pool's ring", NULL },
	{ "ALLOC/s", 7, 11, true, 1, NULL,
	  "net_iovs from the binding to a pool, a second; behind it those of the last pictures, the "
	  "highest of them full",
	  draw_allocs },
	{ "FREE/s", 6, 11, true, 1, NULL,
	  "net_iovs from a pool back to the binding, a second; and the last pictures", draw_frees },
	{ "FAIL/s", 6, 6, false, 0, cell_fails, "allocations that found the binding empty", NULL },
	{ "RECYC/s", 7, 7, false, 6, cell_recycles, "buffers that came back into the pool itself",
	  NULL },
	{ "TOKEN/s", 7, 7, false, 6, cell_tokens, "tokens handed to user space", NULL },
	{ "RST", 5, 5, false, 2, cell_restarts, "restarts of the queue since devmemtop started",
	  NULL },
	{ "DOWN", 6, 6, false, 2, cell_down,
	  "last restart: from the end of stop to the end of start", NULL },
	{ "RX/s", 5, 5, false, 0, cell_rx_rate, "bytes received per second, from the driver",
	  NULL },
	{ "RX", 5, 5, false, 5, cell_rx_bytes, "bytes received, from the driver", NULL },
	{ "DROP/s", 6, 6, false, 3, cell_drops, "packets the NIC dropped, from the driver", NULL },
};
const struct table table_queues = { columns, sizeof(columns) / sizeof(columns[0]) };

#define PRIORITIES 8

/* Columns up to this priority are shown however narrow they get, those below it whole or not. */
#define PRIORITY_CUT 1

/* What is left over makes the first picture of a table larger, up to this. */
#define PICTURE_MAX 32

void columns_need(const struct table *t, const struct cell_input *in, unsigned int *need)
{
	char text[COLUMN_TEXT];
	unsigned int columns;
	size_t i;

	for (i = 0; i < t->num; i++) {
		const struct column *c = &t->columns[i];

		if (!c->cell || c->max == c->width)
			continue;
		c->cell(in, text);
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

/* First numbers that would be cut off, then names, then pictures. */
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

void columns_fit(const struct table *t, unsigned int width, const unsigned int *need,
		 unsigned int *widths)
{
	/* Each column takes a blank, too; the last one's is outside. */
	unsigned int left = width + 1, priority;
	size_t i;

	memset(widths, 0, COLUMNS_MAX * sizeof(*widths));
	for (priority = 0; priority < PRIORITIES; priority++) {
		for (i = 0; i < t->num; i++) {
			const struct column *c = &t->columns[i];
			unsigned int w = c->width;

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
		widen(&widths[i], PICTURE_MAX, &left);
}

void columns_heading(struct screen *s, const struct table *t, const unsigned int *widths)
{
	size_t i;

	screen_newline(s);
	for (i = 0; i < t->num; i++) {
		const struct column *c = &t->columns[i];

		if (!widths[i])
			continue;
		if (s->lines[s->num - 1].columns)
			screen_put(s, ATTR_HEADER, " ");
		screen_put(s, ATTR_HEADER, c->left ? "%-*s" : "%*s", (int)widths[i], c->title);
	}
}

void columns_row(struct screen *s, const struct table *t, const unsigned int *widths,
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
		attr = c->cell(in, text);
		screen_cell(s, attr, text, widths[i], c->left);
	}
}

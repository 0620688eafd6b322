// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The columns of the table of queues.
 */
#include "columns.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "bar.h"
#include "cell.h"
#include "format.h"

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

static enum screen_attr cell_allocs(const struct cell_input *in, char *text)
{
	format_rate(text, in->rates.niov_allocs);
	return ATTR_PLAIN;
}

static enum screen_attr cell_frees(const struct cell_input *in, char *text)
{
	format_rate(text, in->rates.niov_frees);
	return ATTR_PLAIN;
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

static void draw_allocs(struct screen *s, const struct cell_input *in, unsigned int width)
{
	if (in->history)
		spark_put(s, in->history->allocs, HISTORY_LEN, width, in->utf8);
	else
		screen_put(s, ATTR_PLAIN, "%*s", (int)width, "");
}

static void draw_frees(struct screen *s, const struct cell_input *in, unsigned int width)
{
	if (in->history)
		spark_put(s, in->history->frees, HISTORY_LEN, width, in->utf8);
	else
		screen_put(s, ATTR_PLAIN, "%*s", (int)width, "");
}

/* A terminal of 80 columns has room for priorities 0 and 1. */
static const struct column columns[] = {
	{ "IFACE", 7, true, 0, cell_ifname, "interface", NULL },
	{ "Q", 3, false, 0, cell_queue, "receive queue", NULL },
	{ "STATE", 7, true, 0, cell_state,
	  "ok; starved: no net_iov left; held: buffers of a former binding are still out; failed: "
	  "last restart; dead: queue stopped; down: link; host: not bound",
	  NULL },
	{ "NAPI", 5, false, 3, cell_napi, "NAPI instance that serves the queue", NULL },
	{ "BIND", 5, false, 0, cell_binding, "id of the dma-buf binding", NULL },
	{ "DMABUF", 6, false, 2, cell_size, "size of the dma-buf", NULL },
	{ "POOL", 5, false, 4, cell_pool, "id of the page pool", NULL },
	{ "OUT", 5, false, 0, cell_outstanding,
	  "net_iovs that the queue's pools took out of the binding: in the pool, posted, in sockets or "
	  "held by user space",
	  NULL },
	{ "WHERE", 16, true, 1, NULL,
	  "where the net_iovs of the binding are: U with user space, S in sockets, p posted to the "
	  "NIC, r in the pool's ring, c in its cache, . free; blank: with other queues",
	  draw_where },
	{ "FREE", 5, false, 2, cell_free, "net_iovs left in the binding, which queues may share",
	  NULL },
	{ "HELD", 5, false, 5, cell_held, "of OUT: taken by pools which no longer feed the queue",
	  NULL },
	{ "CACHE", 5, false, 7, cell_cache, "net_iovs in the pool's cache", NULL },
	{ "RING", 5, false, 7, cell_ring, "net_iovs in the pool's ring", NULL },
	{ "ALLOC/s", 7, false, 1, cell_allocs, "net_iovs from the binding to a pool", NULL },
	{ "ALLOCS", 8, true, 4, NULL, "ALLOC/s of the last pictures, the largest one full",
	  draw_allocs },
	{ "FREE/s", 6, false, 1, cell_frees, "net_iovs from a pool back to the binding", NULL },
	{ "FREES", 8, true, 4, NULL, "FREE/s of the last pictures, the largest one full",
	  draw_frees },
	{ "FAIL/s", 6, false, 0, cell_fails, "allocations that found the binding empty", NULL },
	{ "RECYC/s", 7, false, 6, cell_recycles, "buffers that came back into the pool itself",
	  NULL },
	{ "TOKEN/s", 7, false, 6, cell_tokens, "tokens handed to user space", NULL },
	{ "RST", 4, false, 2, cell_restarts, "restarts of the queue since devmemtop started",
	  NULL },
	{ "DOWN", 6, false, 2, cell_down, "last restart: from the end of stop to the end of start",
	  NULL },
	{ "RX/s", 6, false, 0, cell_rx_rate, "bytes received per second, from the driver", NULL },
	{ "RX", 6, false, 5, cell_rx_bytes, "bytes received, from the driver", NULL },
	{ "DROP/s", 6, false, 3, cell_drops, "packets the NIC dropped, from the driver", NULL },
};
const struct table table_queues = { columns, sizeof(columns) / sizeof(columns[0]) };

#define PRIORITIES 8

void columns_fit(const struct table *t, unsigned int width, bool *chosen)
{
	unsigned int used = 0, priority;
	size_t i;

	memset(chosen, 0, COLUMNS_MAX * sizeof(*chosen));
	for (priority = 0; priority < PRIORITIES; priority++) {
		for (i = 0; i < t->num; i++) {
			if (t->columns[i].priority != priority ||
			    used + t->columns[i].width > width)
				continue;
			chosen[i] = true;
			used += t->columns[i].width + 1;
		}
	}
}

void columns_heading(struct screen *s, const struct table *t, const bool *chosen)
{
	size_t i;

	screen_newline(s);
	for (i = 0; i < t->num; i++) {
		const struct column *c = &t->columns[i];

		if (!chosen[i])
			continue;
		if (s->lines[s->num - 1].columns)
			screen_put(s, ATTR_HEADER, " ");
		screen_put(s, ATTR_HEADER, c->left ? "%-*s" : "%*s", (int)c->width, c->title);
	}
}

void columns_row(struct screen *s, const struct table *t, const bool *chosen,
		 const struct cell_input *in)
{
	char text[COLUMN_TEXT];
	size_t i;

	screen_newline(s);
	for (i = 0; i < t->num; i++) {
		const struct column *c = &t->columns[i];
		enum screen_attr attr;

		if (!chosen[i])
			continue;
		if (s->lines[s->num - 1].columns)
			screen_put(s, ATTR_PLAIN, " ");
		if (c->draw) {
			c->draw(s, in, c->width);
			continue;
		}
		attr = c->cell(in, text);
		screen_put(s, attr, c->left ? "%-*.*s" : "%*.*s", (int)c->width, (int)c->width,
			   text);
	}
}

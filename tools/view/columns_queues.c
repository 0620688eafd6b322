// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The columns of the table of queues.
 */
#include "view/columns.h"

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

/* Digits of a rate, and the fewest samples that a sparkline is worth drawing for. */
#define RATE_WIDTH  5
#define SPARK_WIDTH 3

/* A rate, with those of the last samples behind it as far as there is room. */
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
	{
		.title = "IFACE",
		.width = 7,
		.max = 15,
		.left = true,
		.priority = 0,
		.value = cell_ifname,
		.help = "interface",
	},
	{
		.title = "Q",
		.width = 3,
		.max = 10,
		.priority = 0,
		.value = cell_queue,
		.help = "receive queue",
	},
	{
		.title = "STATE",
		.width = 7,
		.left = true,
		.priority = 0,
		.value = cell_state,
		.help = "ok; starved: no net_iov left in pool and binding; held: buffers of a former binding are still out; failed: "
			"last restart; dead: queue stopped; down: link; host: not bound",
	},
	{
		.title = "NAPI",
		.width = 5,
		.max = 10,
		.priority = 3,
		.value = cell_napi,
		.help = "NAPI instance that serves the queue",
	},
	{
		.title = "BIND",
		.width = 5,
		.max = 10,
		.priority = 0,
		.value = cell_binding,
		.help = "id of the dma-buf binding",
	},
	{
		.title = "DMABUF",
		.width = 6,
		.priority = 2,
		.value = cell_size,
		.help = "size of the dma-buf",
	},
	{
		.title = "POOL",
		.width = 5,
		.max = 10,
		.priority = 4,
		.value = cell_pool,
		.help = "id of the page pool",
	},
	{
		.title = "OUT",
		.width = 5,
		.priority = 0,
		.value = cell_outstanding,
		.help = "net_iovs that the queue's pools took out of the binding: in the pool, posted, in sockets or "
			"held by user space",
	},
	{
		.title = "WHERE",
		.width = 11,
		.left = true,
		.priority = 1,
		.draw = draw_where,
		.help = "where the queue's net_iovs are, those of former bindings included: U with user space, S in "
			"sockets, p posted to the NIC, r in the pool's ring, c in its cache, . free in the binding; "
			"blank: with other queues",
	},
	{
		.title = "FREE",
		.width = 5,
		.priority = 2,
		.value = cell_free,
		.help = "net_iovs left in the binding, which queues may share",
	},
	{
		.title = "HELD",
		.width = 5,
		.priority = 5,
		.value = cell_held,
		.help = "of OUT: taken by pools which no longer feed the queue",
	},
	{
		.title = "CACHE",
		.width = 5,
		.priority = 7,
		.value = cell_cache,
		.help = "net_iovs in the pool's cache",
	},
	{
		.title = "RING",
		.width = 5,
		.priority = 7,
		.value = cell_ring,
		.help = "net_iovs in the pool's ring",
	},
	{
		.title = "ALLOC/s",
		.width = 7,
		.max = 11,
		.left = true,
		.priority = 1,
		.draw = draw_allocs,
		.help = "net_iovs from the binding to a pool, a second; behind it those of the last samples, the "
			"highest of them full",
	},
	{
		.title = "FREE/s",
		.width = 6,
		.max = 11,
		.left = true,
		.priority = 1,
		.draw = draw_frees,
		.help = "net_iovs from a pool back to the binding, a second; and the last samples",
	},
	{
		.title = "FAIL/s",
		.width = 6,
		.priority = 0,
		.value = cell_fails,
		.help = "allocations that found the binding empty",
	},
	{
		.title = "RECYC/s",
		.width = 7,
		.priority = 6,
		.value = cell_recycles,
		.help = "buffers that came back into the pool itself",
	},
	{
		.title = "TOKEN/s",
		.width = 7,
		.priority = 6,
		.value = cell_tokens,
		.help = "tokens handed to user space",
	},
	{
		.title = "RST",
		.width = 5,
		.priority = 2,
		.value = cell_restarts,
		.help = "restarts of the queue since devmemtop started",
	},
	{
		.title = "DOWN",
		.width = 6,
		.priority = 2,
		.value = cell_down,
		.help = "last restart: from the end of stop to the end of start",
	},
	{
		.title = "RX/s",
		.width = 5,
		.priority = 0,
		.value = cell_rx_rate,
		.help = "bytes received per second, from the driver",
	},
	{
		.title = "RX",
		.width = 5,
		.priority = 5,
		.value = cell_rx_bytes,
		.help = "bytes received, from the driver",
	},
	{
		.title = "DROP/s",
		.width = 6,
		.priority = 3,
		.value = cell_drops,
		.help = "packets the NIC dropped, from the driver",
	},
};
const struct table table_queues = {
	.columns = columns,
	.num = sizeof(columns) / sizeof(columns[0]),
};

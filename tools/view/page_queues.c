// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The first page: a line per queue.
 */
#include <stdio.h>
#include <stdlib.h>

#include "view/columns.h"
#include "view/pages.h"
#include "view/sort.h"

/* What the rows of queues are made from. */
struct queue_rows {
	const struct queue_row **rows;
	const struct snapshot *before;
	const struct view_options *opt;
	double seconds;
};

static void give_row(struct cell_input *in, size_t i, void *data)
{
	const struct queue_rows *r = data;
	const struct queue_row *q = r->rows[i];
	const struct queue_row *b = snapshot_find_queue(r->before, q->ifindex, q->queue);

	in->q = q;
	in->rates = queue_rates(q, b, r->seconds);
	in->state = queue_state(q, b);
	in->history = history_of(r->opt->history, q->ifindex, q->queue);
}

static void draw_queues(struct screen *s, const struct page_input *in)
{
	const struct view_options *opt = in->opt;
	struct queue_rows r = {
		.before = in->before,
		.opt = opt,
		.seconds = snapshot_seconds(in->now, in->before),
	};
	struct cell_input cells = { .snap = in->now, .utf8 = opt->utf8 };
	char text[64];
	size_t num;

	r.rows = view_sorted(in->now, in->before, opt, &num);
	if (num) {
		table_draw(s, &table_queues, num, give_row, &cells, &r, opt);
	} else {
		screen_newline(s);
		screen_put(s, ATTR_PLAIN, "No queue has a dma-buf bound. ");
		if (in->now->queues.num) {
			snprintf(text, sizeof(text), "%s shows the %zu unbound ones.",
				 opt->height ? "a" : "-a", in->now->queues.num);
			screen_wrapped(s, ATTR_DIM, 0, text);
		}
	}
	free(r.rows);
}

const struct page page_queues = {
	.key = { .codes = { KEYS_ESCAPE },
		 .label = "esc",
		 .word = "back",
		 .help = "back to the queues",
		 .needs = HAS_BACK },
	.has = HAS_QUEUES | HAS_SAMPLE,
	.table = &table_queues,
	.title = "Queues",
	.draw = draw_queues,
};

// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The last rates of each queue, for sparklines.
 */
#include "model/history.h"

#include <math.h>
#include <string.h>

#include "model/rates.h"

static int cmp_rows(const void *a, const void *b)
{
	const struct history_row *x = a, *y = b;

	if (x->ifindex != y->ifindex)
		return x->ifindex < y->ifindex ? -1 : 1;
	return x->queue < y->queue ? -1 : x->queue > y->queue;
}

static void push(double *values, double value)
{
	memmove(values, values + 1, (HISTORY_LEN - 1) * sizeof(*values));
	values[HISTORY_LEN - 1] = value;
}

void history_add(struct history *h, const struct snapshot *now, const struct snapshot *before)
{
	double seconds = snapshot_seconds(now, before);
	struct sorted rows = { 0 };
	size_t i, j;

	for (i = 0; i < now->queues.num; i++) {
		const struct queue_row *q = queue_at(now, i);
		const struct history_row *old = history_of(h, q->ifindex, q->queue);
		struct queue_rates r =
			queue_rates(q, snapshot_find_queue(before, q->ifindex, q->queue), seconds);
		struct history_row row = { .ifindex = q->ifindex, .queue = q->queue };

		for (j = 0; j < HISTORY_LEN; j++)
			row.allocs[j] = row.frees[j] = NAN;
		if (old)
			row = *old;
		push(row.allocs, r.niov_allocs);
		push(row.frees, r.niov_frees);
		sorted_get(&rows, sizeof(row), &row, cmp_rows);
	}
	sorted_free(&h->rows);
	h->rows = rows;
}

const struct history_row *history_of(const struct history *h, uint32_t ifindex, uint32_t queue)
{
	struct history_row key = { .ifindex = ifindex, .queue = queue };

	return h ? sorted_find(&h->rows, sizeof(key), &key, cmp_rows) : NULL;
}

void history_copy(struct history *to, const struct history *from)
{
	size_t i;

	for (i = 0; i < from->rows.num; i++)
		sorted_get(&to->rows, sizeof(struct history_row),
			   (const struct history_row *)from->rows.rows + i, cmp_rows);
}

void history_clear(struct history *h)
{
	sorted_free(&h->rows);
}

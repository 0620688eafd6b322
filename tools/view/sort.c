// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The queues that are shown, in order.
 */
#include "view/sort.h"

#include <err.h>
#include <math.h>
#include <stdlib.h>

#include "model/rates.h"

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

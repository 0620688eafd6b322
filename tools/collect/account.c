// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Accounts by queue.
 */
#include "collect/account.h"

#include <err.h>
#include <stdlib.h>
#include <string.h>

struct queue_account {
	uint32_t ifindex;
	uint32_t queue;
	struct counters total;
	bool has_pool_stats;
};

/* What a pool had counted when its statistics were last read. */
struct pool_account {
	uint32_t id;
	uint64_t allocs; /* UNKNOWN: its statistics were never read */
	uint64_t recycles;
	uint64_t ring_full;
};

struct account {
	struct sorted queues;
	struct sorted pools; /* of the last snapshot, and older ones that it may have missed */
	bool has_baseline;
};

static int cmp_queue_accounts(const void *a, const void *b)
{
	const struct queue_account *x = a, *y = b;

	if (x->ifindex != y->ifindex)
		return x->ifindex < y->ifindex ? -1 : 1;
	return x->queue < y->queue ? -1 : x->queue > y->queue;
}

static int cmp_pool_accounts(const void *a, const void *b)
{
	const struct pool_account *x = a, *y = b;

	return x->id < y->id ? -1 : x->id > y->id;
}

struct account *account_new(void)
{
	struct account *acc = calloc(1, sizeof(*acc));

	if (!acc)
		err(EXIT_FAILURE, "starting");
	return acc;
}

void account_free(struct account *acc)
{
	if (!acc)
		return;
	sorted_free(&acc->queues);
	sorted_free(&acc->pools);
	free(acc);
}

static struct queue_account *get_queue(struct account *acc, uint32_t ifindex, uint32_t queue)
{
	struct queue_account key = { .ifindex = ifindex, .queue = queue };

	return sorted_get(&acc->queues, sizeof(key), &key, cmp_queue_accounts);
}

void account_credit(struct account *acc, uint32_t ifindex, uint32_t queue, size_t member,
		    uint64_t count)
{
	struct queue_account *q = get_queue(acc, ifindex, queue);

	*(uint64_t *)((char *)&q->total + member) += count;
}

/* A pool's counters never shrink. A smaller number is from another pool with the same id. */
static uint64_t growth(uint64_t now, uint64_t before)
{
	return now >= before ? now - before : now;
}

static const struct pool_account *find_pool(const struct account *acc, uint32_t id)
{
	struct pool_account key = { .id = id };

	return sorted_find(&acc->pools, sizeof(key), &key, cmp_pool_accounts);
}

static void credit_pool(struct account *acc, const struct pool_row *pool,
			const struct pool_account *now)
{
	const struct pool_account none = { 0 }, *before = find_pool(acc, pool->id);
	struct queue_account *q;

	/* The pools of headers and of unbound queues do not count here. */
	if (pool->queue == NO_QUEUE || !pool->binding)
		return;
	q = get_queue(acc, pool->ifindex, pool->queue);
	q->has_pool_stats = true;
	if (!before)
		before = acc->has_baseline ? &none : now;
	else if (before->allocs == UNKNOWN)
		before = now;
	q->total.pool_allocs += growth(now->allocs, before->allocs);
	q->total.pool_recycles += growth(now->recycles, before->recycles);
	q->total.pool_ring_full += growth(now->ring_full, before->ring_full);
}

/* If a snapshot is incomplete, pools that are missing in it may still exist. */
static void keep_missing(const struct account *acc, struct sorted *seen)
{
	const struct pool_account *rows = acc->pools.rows;
	size_t i;

	for (i = 0; i < acc->pools.num; i++)
		sorted_get(seen, sizeof(rows[i]), &rows[i], cmp_pool_accounts);
}

void account_pools(struct account *acc, const struct snapshot *snap)
{
	struct sorted seen = { 0 };
	size_t i;

	for (i = 0; i < snap->pools.num; i++) {
		const struct pool_row *pool = pool_at(snap, i);
		struct pool_account now = { pool->id, pool->allocs, pool->recycles,
					    pool->ring_full };
		const struct pool_account *before;

		if (pool->allocs != UNKNOWN) {
			credit_pool(acc, pool, &now);
		} else {
			before = find_pool(acc, pool->id);
			if (before)
				now = *before;
		}
		sorted_get(&seen, sizeof(now), &now, cmp_pool_accounts);
	}
	if (snap->incomplete[0])
		keep_missing(acc, &seen);
	sorted_free(&acc->pools);
	acc->pools = seen;
	acc->has_baseline = true;
}

void account_fill(const struct account *acc, struct snapshot *snap, bool events)
{
	size_t i;

	for (i = 0; i < snap->queues.num; i++) {
		struct queue_row *row = queue_at(snap, i);
		struct queue_account key = { .ifindex = row->ifindex, .queue = row->queue };
		const struct queue_account *q;

		q = sorted_find(&acc->queues, sizeof(key), &key, cmp_queue_accounts);
		if (!q)
			q = &key;
		row->total = q->total;
#define COUNTER(name) row->total.name = UNKNOWN;
		if (!events) {
			EVENT_COUNTERS(COUNTER)
		}
		if (!q->has_pool_stats) {
			POOL_COUNTERS(COUNTER)
		}
#undef COUNTER
	}
}

// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The model: making, finding and relating its rows.
 */
#include "model/snapshot.h"

#include <err.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "model/race.h"

static uint64_t clock_ns(clockid_t id)
{
	struct timespec ts;

	clock_gettime(id, &ts);
	return (uint64_t)ts.tv_sec * 1000000000 + ts.tv_nsec;
}

const char *source_name(enum source source)
{
	static const char *const names[SOURCES] = {
		[SOURCE_NETLINK] = "netlink",
		[SOURCE_SOCKETS] = "sockets",
		[SOURCE_WALK] = "walk",
		[SOURCE_EVENTS] = "events",
	};

	return names[source];
}

struct snapshot *snapshot_new(void)
{
	struct snapshot *snap = calloc(1, sizeof(*snap));

	if (!snap)
		err(EXIT_FAILURE, "reading the system's state");
	snap->time_ns = clock_ns(CLOCK_MONOTONIC);
	snap->wall_ns = clock_ns(CLOCK_REALTIME);
	snap->races = UNKNOWN;
	return snap;
}

void snapshot_free(struct snapshot *snap)
{
	if (!snap)
		return;
	sorted_free(&snap->queues);
	sorted_free(&snap->pools);
	sorted_free(&snap->bindings);
	sorted_free(&snap->events);
	sorted_free(&snap->sockets);
	snapshot_keep_races(snap, NULL);
	sorted_free(&snap->races_kept);
	sorted_free(&snap->hists);
	free(snap);
}

static int cmp_u32(uint32_t a, uint32_t b)
{
	return a < b ? -1 : a > b;
}

static int cmp_queues(const void *a, const void *b)
{
	const struct queue_row *x = a, *y = b;
	int ret = cmp_u32(x->ifindex, y->ifindex);

	return ret ? ret : cmp_u32(x->queue, y->queue);
}

static int cmp_hists(const void *a, const void *b)
{
	const struct hist_row *x = a, *y = b;
	int ret = cmp_u32(x->ifindex, y->ifindex);

	return ret ? ret : cmp_u32(x->queue, y->queue);
}

static int cmp_pools(const void *a, const void *b)
{
	return cmp_u32(((const struct pool_row *)a)->id, ((const struct pool_row *)b)->id);
}

static int cmp_bindings(const void *a, const void *b)
{
	return cmp_u32(((const struct binding_row *)a)->id, ((const struct binding_row *)b)->id);
}

static void forget_all(void *row, size_t size, size_t numbers)
{
	memset(row, 0, numbers);
	memset((char *)row + numbers, 0xff, size - numbers);
}

/* UNKNOWN has all bits set, so this sets all numbers without naming them, and forgets none. */
#define KNOW_NOTHING(row) forget_all(row, sizeof(*(row)), offsetof(typeof(*(row)), numbers))

struct queue_row *snapshot_queue(struct snapshot *snap, uint32_t ifindex, uint32_t queue)
{
	struct queue_row key;

	KNOW_NOTHING(&key);
	key.ifindex = ifindex;
	key.queue = queue;
	return sorted_get(&snap->queues, sizeof(key), &key, cmp_queues);
}

struct pool_row *snapshot_pool(struct snapshot *snap, uint32_t id)
{
	struct pool_row key;

	KNOW_NOTHING(&key);
	key.id = id;
	key.queue = NO_QUEUE;
	return sorted_get(&snap->pools, sizeof(key), &key, cmp_pools);
}

struct pool_row *snapshot_find_pool(const struct snapshot *snap, uint32_t id)
{
	struct pool_row key = { .id = id };

	return sorted_find(&snap->pools, sizeof(key), &key, cmp_pools);
}

struct binding_row *snapshot_binding(struct snapshot *snap, uint32_t id)
{
	struct binding_row key;

	KNOW_NOTHING(&key);
	key.id = id;
	return sorted_get(&snap->bindings, sizeof(key), &key, cmp_bindings);
}

struct binding_row *snapshot_find_binding(const struct snapshot *snap, uint32_t id)
{
	struct binding_row key = { .id = id };

	return sorted_find(&snap->bindings, sizeof(key), &key, cmp_bindings);
}

struct event_row *snapshot_add_event(struct snapshot *snap)
{
	struct event_row *row = sorted_append(&snap->events, sizeof(*row));

	KNOW_NOTHING(row);
	row->queue = NO_QUEUE;
	return row;
}

struct socket_row *snapshot_add_socket(struct snapshot *snap)
{
	struct socket_row *row = sorted_append(&snap->sockets, sizeof(*row));

	KNOW_NOTHING(row);
	row->queue = NO_QUEUE;
	return row;
}

struct hist_row *snapshot_hists(struct snapshot *snap, uint32_t ifindex, uint32_t queue)
{
	struct hist_row key = { .ifindex = ifindex, .queue = queue };

	return sorted_get(&snap->hists, sizeof(key), &key, cmp_hists);
}

const struct hist_row *snapshot_find_hists(const struct snapshot *snap, uint32_t ifindex,
					   uint32_t queue)
{
	struct hist_row key = { .ifindex = ifindex, .queue = queue };

	return snap ? sorted_find(&snap->hists, sizeof(key), &key, cmp_hists) : NULL;
}

static void add(uint64_t *sum, uint64_t value)
{
	if (value != UNKNOWN)
		*sum = *sum == UNKNOWN ? value : *sum + value;
}

const struct socket_row *snapshot_holder(const struct snapshot *snap, uint32_t binding)
{
	const struct socket_row *most = NULL;
	uint64_t max = 0;
	size_t i;

	for (i = 0; i < snap->sockets.num; i++) {
		const struct socket_row *s = socket_at(snap, i);
		uint64_t has = 0;

		add(&has, s->user_niovs);
		add(&has, s->socket_niovs);
		if ((binding && s->binding != binding) || has <= max)
			continue;
		max = has;
		most = s;
	}
	return most;
}

void snapshot_add_race(struct snapshot *snap, struct race *race)
{
	*(struct race **)sorted_append(&snap->races_kept, sizeof(race)) = race_share(race);
}

void snapshot_keep_races(struct snapshot *snap, const bool *keep)
{
	struct race **races = snap->races_kept.rows;
	size_t i, kept = 0;

	for (i = 0; i < snap->races_kept.num; i++)
		if (keep && keep[i])
			races[kept++] = races[i];
		else
			race_put(races[i]);
	snap->races_kept.num = kept;
}

const struct queue_row *snapshot_find_queue(const struct snapshot *snap, uint32_t ifindex,
					    uint32_t queue)
{
	struct queue_row key = { .ifindex = ifindex, .queue = queue };

	return snap ? sorted_find(&snap->queues, sizeof(key), &key, cmp_queues) : NULL;
}

/*
 * Netlink does not say which queue a pool feeds. If exactly one queue has the same NAPI and
 * binding, it is this one: in all drivers that support bindings, a NAPI serves one rx queue.
 */
static void guess_queue(const struct snapshot *snap, struct pool_row *pool)
{
	struct queue_row key = { .ifindex = pool->ifindex };
	const struct queue_row *match = NULL;
	size_t i = sorted_place(&snap->queues, sizeof(key), &key, cmp_queues);

	/* Queues of an interface stand together. */
	for (; i < snap->queues.num && queue_at(snap, i)->ifindex == pool->ifindex; i++) {
		const struct queue_row *q = queue_at(snap, i);

		if (!q->napi || q->napi != pool->napi || q->binding != pool->binding)
			continue;
		if (match)
			return;
		match = q;
	}
	if (match)
		pool->queue = match->queue;
}

/*
 * Adds a pool's outstanding net_iovs to the parts of its queue or binding. Posted are those that
 * are in no other place. Sockets are read a moment after the pools, so under load this may be 0 too
 * early.
 */
static void add_parts(struct parts *parts, const struct pool_row *pool)
{
	uint64_t rest;

	if (pool->user == UNKNOWN || pool->cache == UNKNOWN || pool->outstanding == UNKNOWN)
		return;
	rest = pool->cache + pool->ring + pool->socket + pool->user;
	add(&parts->cache, pool->cache);
	add(&parts->ring, pool->ring);
	add(&parts->socket, pool->socket);
	add(&parts->user, pool->user);
	add(&parts->posted, pool->outstanding > rest ? pool->outstanding - rest : 0);
}

/* A detached pool that holds nothing only waits to be freed, and is not shown. */
static void settle_pool(struct snapshot *snap, const struct pool_row *pool)
{
	struct queue_row *q;

	if (pool->queue == NO_QUEUE)
		return;
	if (!snapshot_find_queue(snap, pool->ifindex, pool->queue) &&
	    (!pool->binding || !pool->outstanding))
		return;
	q = snapshot_queue(snap, pool->ifindex, pool->queue);
	if (pool->detached_s || (pool->binding && pool->binding != q->binding)) {
		if (pool->binding) {
			add(&q->held, pool->outstanding);
			add(&q->outstanding, pool->outstanding);
			add_parts(&q->parts, pool);
		}
		return;
	}
	/* A driver may have a second pool for headers; the one with the binding counts. */
	if (pool->binding != q->binding)
		return;
	if (pool->id > q->pool)
		q->pool = pool->id;
	/* A dead queue has no pool, so the link was set down and up since then. */
	q->dead = false;
	if (!pool->binding)
		return;
	add(&q->outstanding, pool->outstanding);
	add(&q->cache, pool->cache);
	add(&q->ring, pool->ring);
	add_parts(&q->parts, pool);
	add(&q->starved_fails, pool->starved_fails);
	if (pool->starved_ns && (!q->starved_ns || pool->starved_ns < q->starved_ns))
		q->starved_ns = pool->starved_ns;
}

/* Rows of one binding mostly follow each other, so one look-up is enough. */
static struct binding_row *binding_of(const struct snapshot *snap, uint32_t id,
				      struct binding_row *before)
{
	if (!id)
		return NULL;
	return before && before->id == id ? before : snapshot_find_binding(snap, id);
}

void snapshot_sum_bindings(struct snapshot *snap)
{
	struct binding_row *b = NULL;
	size_t i;

	for (i = 0; i < snap->bindings.num; i++) {
		b = binding_at(snap, i);
		if (b->summed)
			b->outstanding = UNKNOWN;
		b->summed = b->outstanding == UNKNOWN;
	}
	for (i = 0; i < snap->pools.num; i++) {
		b = binding_of(snap, pool_at(snap, i)->binding, b);
		if (b && b->summed)
			add(&b->outstanding, pool_at(snap, i)->outstanding);
	}
}

bool pool_has_buffers(const struct snapshot *snap, const struct pool_row *pool)
{
	const struct binding_row *b = snapshot_find_binding(snap, pool->binding);

	if (pool->cache || pool->ring)
		return true;
	return !b || b->outstanding == UNKNOWN || b->niovs > b->outstanding;
}

static void settle_bindings(struct snapshot *snap)
{
	struct binding_row *b = NULL;
	size_t i;

	snapshot_sum_bindings(snap);
	for (i = 0; i < snap->pools.num; i++) {
		b = binding_of(snap, pool_at(snap, i)->binding, b);
		if (!b)
			continue;
		add_parts(&b->parts, pool_at(snap, i));
		if (!b->ifindex)
			b->ifindex = pool_at(snap, i)->ifindex;
	}
	for (i = 0; i < snap->bindings.num; i++) {
		b = binding_at(snap, i);
		if (b->niovs != UNKNOWN && b->outstanding != UNKNOWN && b->niovs >= b->outstanding)
			b->parts.free = b->niovs - b->outstanding;
	}
	for (i = 0; i < snap->queues.num; i++) {
		struct queue_row *q = queue_at(snap, i);

		b = binding_of(snap, q->binding, b);
		if (!b)
			continue;
		b->queues++;
		b->ifindex = q->ifindex;
		q->size_bytes = b->size_bytes;
		q->niovs = b->niovs;
		q->niovs_free = b->parts.free;
		q->parts.free = b->parts.free;
	}
	for (i = 0; i < snap->bindings.num; i++)
		if (!binding_at(snap, i)->queues)
			binding_at(snap, i)->unbound = true;
}

/* When the places are known, a place to which nothing is added has 0. */
static void clear_parts(struct parts *parts)
{
	*parts = (struct parts){ .free = UNKNOWN };
}

void snapshot_settle(struct snapshot *snap)
{
	size_t i;

	for (i = 0; i < snap->pools.num; i++)
		if (pool_at(snap, i)->queue == NO_QUEUE)
			guess_queue(snap, pool_at(snap, i));
	for (i = 0; i < snap->pools.num; i++)
		if (pool_at(snap, i)->binding)
			snapshot_binding(snap, pool_at(snap, i)->binding);
	for (i = 0; i < snap->queues.num; i++)
		if (queue_at(snap, i)->binding)
			snapshot_binding(snap, queue_at(snap, i)->binding);
	/* Netlink does not say which queue these pools fed. */
	if (snap->sources & 1U << SOURCE_WALK)
		for (i = 0; i < snap->queues.num; i++)
			queue_at(snap, i)->held = 0;
	if (snap->sources & 1U << SOURCE_SOCKETS) {
		for (i = 0; i < snap->queues.num; i++)
			clear_parts(&queue_at(snap, i)->parts);
		for (i = 0; i < snap->bindings.num; i++)
			clear_parts(&binding_at(snap, i)->parts);
	}
	for (i = 0; i < snap->pools.num; i++)
		settle_pool(snap, pool_at(snap, i));
	settle_bindings(snap);
}

void snapshot_note(struct snapshot *snap, const char *fmt, ...)
{
	va_list ap;

	if (snap->incomplete[0])
		return;
	va_start(ap, fmt);
	vsnprintf(snap->incomplete, sizeof(snap->incomplete), fmt, ap);
	va_end(ap);
}

bool queue_is_shown(const struct queue_row *q)
{
	return q->binding || q->dead || q->running || (q->held && q->held != UNKNOWN) ||
	       (q->restarts && q->restarts != UNKNOWN);
}

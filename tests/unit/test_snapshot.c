// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The model: rows by key, pools related to queues and bindings, accounts that survive pools.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

#include "collect/account.h"
#include "collect/homes.h"
#include "model/rates.h"
#include "model/snapshot.h"

static struct pool_row *add_pool(struct snapshot *snap, uint32_t id, uint32_t queue,
				 uint32_t binding, uint64_t outstanding)
{
	struct pool_row *pool = snapshot_pool(snap, id);

	pool->ifindex = 2;
	pool->queue = queue;
	pool->binding = binding;
	pool->outstanding = outstanding;
	return pool;
}

static struct queue_row *add_queue(struct snapshot *snap, uint32_t queue, uint32_t binding)
{
	struct queue_row *q = snapshot_queue(snap, 2, queue);

	q->binding = binding;
	q->link_up = true;
	return q;
}

static void rows_are_found_and_sorted(void **state)
{
	static const uint32_t order[] = { 5, 1, 3, 9, 1, 5, 0 };
	struct snapshot *snap = snapshot_new();
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(order) / sizeof(order[0]); i++)
		snapshot_queue(snap, 2, order[i])->napi += 1;
	snapshot_queue(snap, 1, 7);
	assert_int_equal(snap->queues.num, 6);
	assert_int_equal(queue_at(snap, 0)->ifindex, 1);
	for (i = 2; i < snap->queues.num; i++)
		assert_true(queue_at(snap, i - 1)->queue < queue_at(snap, i)->queue);
	assert_int_equal(snapshot_find_queue(snap, 2, 5)->napi, 2);
	assert_true(snapshot_find_queue(snap, 2, 5)->outstanding == UNKNOWN);
	assert_null(snapshot_find_queue(snap, 2, 4));
	assert_null(snapshot_find_queue(NULL, 2, 5));
	snapshot_free(snap);
}

/* A rebind leaves the old pool with buffers out: they are the queue's, but held. */
static void old_pools_are_held(void **state)
{
	struct snapshot *snap = snapshot_new();
	const struct queue_row *q;
	struct binding_row *b;

	(void)state;
	add_queue(snap, 1, 8);
	add_pool(snap, 20, 1, 7, 30)->detached_s = 5;
	add_pool(snap, 24, 1, 8, 100)->cache = 10;
	b = snapshot_binding(snap, 8);
	b->size_bytes = 4096 * 128;
	b->niovs = 128;
	snapshot_settle(snap);
	q = snapshot_find_queue(snap, 2, 1);
	assert_int_equal(q->pool, 24);
	assert_int_equal(q->outstanding, 130);
	assert_int_equal(q->held, 30);
	assert_int_equal(q->cache, 10);
	assert_int_equal(q->size_bytes, 4096 * 128);
	assert_int_equal(q->niovs_free, 28);
	assert_int_equal(queue_state(q, NULL), STATE_HELD);
	assert_int_equal(snap->bindings.num, 2);
	assert_true(binding_at(snap, 0)->unbound);
	assert_int_equal(binding_at(snap, 0)->outstanding, 30);
	assert_false(binding_at(snap, 1)->unbound);
	assert_int_equal(binding_at(snap, 1)->queues, 1);
	snapshot_free(snap);
}

/* A pool's known places are added to its queue and binding; the rest is posted. */
static void parts_add_up(void **state)
{
	struct snapshot *snap = snapshot_new();
	struct binding_row *b;
	struct pool_row *pool;
	const struct parts *p;

	(void)state;
	snap->sources = 1 << SOURCE_SOCKETS;
	add_queue(snap, 1, 8);
	add_queue(snap, 2, 8);
	b = snapshot_binding(snap, 8);
	b->niovs = 200;
	pool = add_pool(snap, 24, 1, 8, 100);
	pool->cache = 10;
	pool->ring = 5;
	pool->socket = 20;
	pool->user = 25;
	/* Given up by a link that went down; all it had is with user space. */
	pool = add_pool(snap, 23, 1, 8, 30);
	pool->detached_s = 7;
	pool->cache = 0;
	pool->ring = 0;
	pool->socket = 0;
	pool->user = 30;
	snapshot_settle(snap);
	p = &snapshot_find_queue(snap, 2, 1)->parts;
	assert_int_equal(p->free, 70);
	assert_int_equal(p->cache, 10);
	assert_int_equal(p->ring, 5);
	assert_int_equal(p->posted, 40);
	assert_int_equal(p->socket, 20);
	assert_int_equal(p->user, 55);
	p = &snapshot_find_queue(snap, 2, 2)->parts;
	assert_int_equal(p->free, 70);
	assert_int_equal(p->user, 0);
	p = &binding_at(snap, 0)->parts;
	assert_int_equal(p->free + p->cache + p->ring + p->posted + p->socket + p->user, 200);
	snapshot_free(snap);
}

/* Only the walk knows which queue a pool fed before. */
static void held_needs_its_source(void **state)
{
	struct snapshot *snap = snapshot_new();

	(void)state;
	add_queue(snap, 1, 8);
	snapshot_settle(snap);
	assert_true(queue_at(snap, 0)->held == UNKNOWN);
	snap->sources = 1 << SOURCE_WALK;
	snapshot_settle(snap);
	assert_int_equal(queue_at(snap, 0)->held, 0);
	add_pool(snap, 20, 1, 7, 30);
	snapshot_settle(snap);
	assert_int_equal(queue_at(snap, 0)->held, 30);
	snapshot_free(snap);
}

/* Without a source for sockets, the places of outstanding net_iovs are not known. */
static void parts_need_their_source(void **state)
{
	struct snapshot *snap = snapshot_new();

	(void)state;
	add_queue(snap, 1, 8);
	add_pool(snap, 24, 1, 8, 100)->cache = 10;
	snapshot_settle(snap);
	assert_true(binding_at(snap, 0)->parts.user == UNKNOWN);
	assert_true(binding_at(snap, 0)->parts.posted == UNKNOWN);
	assert_true(snapshot_find_queue(snap, 2, 1)->parts.socket == UNKNOWN);
	snapshot_free(snap);
}

static void the_holder_is_who_has_most(void **state)
{
	static const struct socket_row sockets[] = {
		{ .cookie = 1, .binding = 8, .user_niovs = 5, .socket_niovs = 1 },
		{ .cookie = 2, .binding = 9, .user_niovs = 4, .socket_niovs = 90 },
		{ .cookie = 3, .binding = 8, .user_niovs = 3, .socket_niovs = 4 },
	};
	struct snapshot *snap = snapshot_new();
	size_t i;

	(void)state;
	assert_null(snapshot_holder(snap, 0));
	for (i = 0; i < sizeof(sockets) / sizeof(sockets[0]); i++)
		*snapshot_add_socket(snap) = sockets[i];
	assert_int_equal(snapshot_holder(snap, 0)->cookie, 2);
	assert_int_equal(snapshot_holder(snap, 8)->cookie, 3);
	assert_null(snapshot_holder(snap, 7));
	snapshot_free(snap);
}

/* A queue that is gone, with buffers of its last binding still out, must not be lost. */
static void held_buffers_make_a_queue_shown(void **state)
{
	struct snapshot *snap = snapshot_new();

	(void)state;
	add_pool(snap, 20, 3, 7, 30)->detached_s = 5;
	add_pool(snap, 21, 4, 0, 12)->detached_s = 5;
	snapshot_settle(snap);
	assert_int_equal(snap->queues.num, 1);
	assert_true(queue_is_shown(snapshot_find_queue(snap, 2, 3)));
	snapshot_free(snap);
}

/* Netlink does not say a pool's queue. NAPI and binding show it, unless two queues match. */
static void queues_are_guessed_only_when_certain(void **state)
{
	struct snapshot *snap = snapshot_new();

	(void)state;
	add_queue(snap, 0, 7)->napi = 100;
	add_queue(snap, 1, 7)->napi = 101;
	add_queue(snap, 2, 7)->napi = 101;
	add_pool(snap, 20, NO_QUEUE, 7, 1)->napi = 100;
	add_pool(snap, 21, NO_QUEUE, 7, 1)->napi = 101;
	add_pool(snap, 22, NO_QUEUE, 0, 1)->napi = 100;
	snapshot_settle(snap);
	assert_int_equal(snapshot_pool(snap, 20)->queue, 0);
	assert_int_equal(snapshot_pool(snap, 21)->queue, NO_QUEUE);
	assert_int_equal(snapshot_pool(snap, 22)->queue, NO_QUEUE);
	snapshot_free(snap);
}

static void dead_queue_with_a_pool_came_back(void **state)
{
	struct snapshot *snap = snapshot_new();

	(void)state;
	add_queue(snap, 0, 0)->dead = true;
	add_queue(snap, 1, 0)->dead = true;
	add_pool(snap, 30, 1, 0, 64);
	snapshot_settle(snap);
	assert_int_equal(queue_state(queue_at(snap, 0), NULL), STATE_DEAD);
	assert_int_equal(queue_state(queue_at(snap, 1), NULL), STATE_HOST);
	snapshot_free(snap);
}

static struct snapshot *with_pool_stats(uint32_t id, uint64_t allocs)
{
	struct snapshot *snap = snapshot_new();
	struct pool_row *pool;

	add_queue(snap, 1, 7);
	pool = add_pool(snap, id, 1, 7, 0);
	pool->allocs = allocs;
	pool->recycles = allocs;
	pool->ring_full = 0;
	snapshot_settle(snap);
	return snap;
}

/* A pool's counts from before the first snapshot do not count; all counts of its successor do. */
static void accounts_survive_pools(void **state)
{
	static const struct {
		uint32_t pool;
		uint64_t counted;
		uint64_t total;
	} steps[] = { { 20, 1000, 0 }, { 20, 1500, 500 }, { 24, 200, 700 }, { 24, 201, 701 } };
	struct account *acc = account_new();
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		struct snapshot *snap = with_pool_stats(steps[i].pool, steps[i].counted);

		account_pools(acc, snap);
		account_fill(acc, snap, true);
		assert_int_equal(queue_at(snap, 0)->total.pool_allocs, steps[i].total);
		assert_int_equal(queue_at(snap, 0)->total.niov_allocs, 0);
		snapshot_free(snap);
	}
	account_free(acc);
}

/* After a dump that failed, nothing is credited twice, and nothing from before the start. */
static void accounts_survive_missing_statistics(void **state)
{
	static const struct {
		uint64_t counted;
		bool listed;
		uint64_t total;
	} steps[] = {
		{ UNKNOWN, true, UNKNOWN }, { 1000, true, 0 }, { UNKNOWN, true, 0 },
		{ 1200, true, 200 },	    { 0, false, 200 }, { 1300, true, 300 },
	};
	struct account *acc = account_new();
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		struct snapshot *snap = with_pool_stats(steps[i].listed ? 20 : 30,
							steps[i].listed ? steps[i].counted : 0);

		if (!steps[i].listed)
			snapshot_note(snap, "page pools: interrupted");
		account_pools(acc, snap);
		account_fill(acc, snap, true);
		assert_true(queue_at(snap, 0)->total.pool_allocs == steps[i].total);
		snapshot_free(snap);
	}
	account_free(acc);
}

/* If a binding does not count its outstanding net_iovs, they are the sum over its pools. */
static void empty_is_only_who_is_known_to_be(void **state)
{
	struct snapshot *snap = snapshot_new();
	struct binding_row *b = snapshot_binding(snap, 7);

	(void)state;
	add_pool(snap, 20, 1, 7, 60);
	add_pool(snap, 21, 2, 7, 40);
	snapshot_find_pool(snap, 20)->cache = 0;
	snapshot_find_pool(snap, 20)->ring = 0;
	assert_null(snapshot_find_pool(snap, 22));
	assert_true(pool_has_buffers(snap, snapshot_find_pool(snap, 20)));
	b->niovs = 101;
	snapshot_sum_bindings(snap);
	assert_int_equal(b->outstanding, 100);
	assert_true(pool_has_buffers(snap, snapshot_find_pool(snap, 20)));
	b->niovs = 100;
	snapshot_sum_bindings(snap);
	assert_int_equal(b->outstanding, 100);
	assert_false(pool_has_buffers(snap, snapshot_find_pool(snap, 20)));
	snapshot_find_pool(snap, 20)->ring = 1;
	assert_true(pool_has_buffers(snap, snapshot_find_pool(snap, 20)));
	/* What the kernel counts is not worked out. */
	b->summed = false;
	b->outstanding = 90;
	snapshot_sum_bindings(snap);
	assert_int_equal(b->outstanding, 90);
	snapshot_free(snap);
}

/* The kernel gives pools of removed interfaces to loopback, without their origin. */
static void pools_remember_their_interface(void **state)
{
	struct snapshot *snap = snapshot_new();
	struct homes *homes = homes_new();

	(void)state;
	add_pool(snap, 20, 1, 7, 60)->ifindex = 1;
	add_pool(snap, 21, 1, 0, 60)->ifindex = 1;
	homes_update(homes, snap);
	assert_int_equal(homes_ifindex(homes, 20), 1);
	assert_string_equal(homes_name(homes, 1), "lo");
	assert_int_equal(homes_ifindex(homes, 21), 0);
	assert_null(homes_name(homes, 3));
	snapshot_free(snap);
	/* Not when it only was not read. */
	snap = snapshot_new();
	snapshot_note(snap, "page pools: interrupted");
	homes_update(homes, snap);
	assert_int_equal(homes_ifindex(homes, 20), 1);
	snapshot_free(snap);
	snap = snapshot_new();
	homes_update(homes, snap);
	assert_int_equal(homes_ifindex(homes, 20), 0);
	snapshot_free(snap);
	homes_free(homes);
}

static void accounts_without_events_are_unknown(void **state)
{
	struct snapshot *snap = with_pool_stats(20, 5);
	struct account *acc = account_new();

	(void)state;
	account_credit(acc, 2, 1, offsetof(struct counters, niov_frees), 3);
	account_fill(acc, snap, true);
	assert_int_equal(queue_at(snap, 0)->total.niov_frees, 3);
	assert_true(queue_at(snap, 0)->total.pool_allocs == UNKNOWN);
	account_fill(acc, snap, false);
	assert_true(queue_at(snap, 0)->total.niov_frees == UNKNOWN);
	account_free(acc);
	snapshot_free(snap);
}

static void rates_and_states(void **state)
{
	struct queue_row before = { .binding = 7, .link_up = true, .niovs_free = 9 };
	struct queue_row now = before;
	struct queue_rates r;

	(void)state;
	now.rx_bytes = 3000;
	before.rx_bytes = 1000;
	before.rx_packets = 50; /* the driver was reset since */
	now.total.token_gets = UNKNOWN;
	r = queue_rates(&now, &before, 0.5);
	assert_true(r.rx_bytes == 4000);
	assert_true(r.rx_packets == 0);
	assert_true(r.token_gets != r.token_gets);
	r = queue_rates(&now, NULL, 0.5);
	assert_true(r.rx_bytes != r.rx_bytes);

	assert_int_equal(queue_state(&now, &before), STATE_OK);
	now.last_err = -12;
	assert_int_equal(queue_state(&now, &before), STATE_FAILED);
	now.total.niov_fails = 1;
	assert_int_equal(queue_state(&now, &before), STATE_STARVED);
	assert_int_equal(queue_state(&now, &now), STATE_FAILED);
	now.running = true;
	now.dead = true;
	assert_int_equal(queue_state(&now, &now), STATE_RESTART);
	now.running = false;
	assert_int_equal(queue_state(&now, &now), STATE_DEAD);
	now = before;
	now.link_up = false;
	assert_int_equal(queue_state(&now, &before), STATE_LINK_DOWN);
	/* A link that is down says more than a restart that failed before. */
	now.last_err = -12;
	assert_int_equal(queue_state(&now, &before), STATE_LINK_DOWN);
	now.held = 1;
	assert_int_equal(queue_state(&now, &before), STATE_HELD);
	now = (struct queue_row){ .link_up = false };
	assert_int_equal(queue_state(&now, &now), STATE_HOST);
	now.last_err = -12;
	assert_int_equal(queue_state(&now, &now), STATE_FAILED);
}

/* After a burst a large pool keeps what it took: nothing is free, and nothing is wrong. */
static void starved_is_who_has_nothing(void **state)
{
	static const struct {
		uint64_t free, cache, ring, starved_ns;
		bool starved;
	} cases[] = {
		{ 0, 0, 0, 0, true },
		{ 0, 0, 1, 0, false },
		{ 0, 1, 0, 0, false },
		{ 1, 0, 0, 0, false },
		{ 0, UNKNOWN, UNKNOWN, 0, false },
		{ UNKNOWN, 0, 0, 0, false },
		{ 0, UNKNOWN, UNKNOWN, 5, true },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct queue_row q = { .binding = 7,
				       .link_up = true,
				       .niovs_free = cases[i].free,
				       .cache = cases[i].cache,
				       .ring = cases[i].ring,
				       .starved_ns = cases[i].starved_ns };
		struct binding_row b = { .parts = { .free = cases[i].free,
						    .cache = cases[i].cache,
						    .ring = cases[i].ring } };

		assert_int_equal(queue_state(&q, &q), cases[i].starved ? STATE_STARVED : STATE_OK);
		if (!cases[i].starved_ns)
			assert_int_equal(binding_is_empty(&b), cases[i].starved);
		q.link_up = false;
		assert_int_equal(queue_state(&q, &q), STATE_LINK_DOWN);
	}
}

/* What began while the snapshot was being read has a later time than the snapshot. */
static void ages_are_never_negative(void **state)
{
	struct snapshot *snap = snapshot_new();

	(void)state;
	snap->time_ns = 100;
	assert_int_equal(snapshot_age(snap, 60), 40);
	assert_int_equal(snapshot_age(snap, 100), 0);
	assert_int_equal(snapshot_age(snap, 101), 0);
	snapshot_free(snap);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rows_are_found_and_sorted),
		cmocka_unit_test(old_pools_are_held),
		cmocka_unit_test(parts_add_up),
		cmocka_unit_test(held_needs_its_source),
		cmocka_unit_test(parts_need_their_source),
		cmocka_unit_test(the_holder_is_who_has_most),
		cmocka_unit_test(held_buffers_make_a_queue_shown),
		cmocka_unit_test(queues_are_guessed_only_when_certain),
		cmocka_unit_test(dead_queue_with_a_pool_came_back),
		cmocka_unit_test(accounts_survive_pools),
		cmocka_unit_test(accounts_survive_missing_statistics),
		cmocka_unit_test(empty_is_only_who_is_known_to_be),
		cmocka_unit_test(pools_remember_their_interface),
		cmocka_unit_test(accounts_without_events_are_unknown),
		cmocka_unit_test(rates_and_states),
		cmocka_unit_test(starved_is_who_has_nothing),
		cmocka_unit_test(ages_are_never_negative),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

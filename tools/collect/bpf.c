// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Reads the maps of the BPF programs into the model. Loading is in probes/programs.c.
 */
#include "collect/bpf.h"

#include <assert.h>
#include <err.h>
#include <errno.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <bpf/bpf.h>

#include "collect/events.h"
#include "collect/hot.h"
#include "collect/sockets.h"
#include "contract/bindings.h"
#include "contract/hot.h"
#include "contract/queues.h"
#include "lib/hash_walk.h"
#include "probes/programs.h"
#include "lib/netns.h"

static_assert(HIST_SLOTS == DEVMEM_HIST_SLOTS, "distributions of kernel and model differ");

/* A binding that no buffer holds is freed within this time. */
#define FREE_WITHIN_NS 2000000000ULL

/* How often to walk a list of pools that changes. Netlink's dumps are also tried again. */
#define WALK_TRIES 5

struct collect_bpf {
	struct programs *load;
	struct collect_events *events;
	struct collect_hot *hot;
	struct collect_sockets *sockets;
	unsigned int sources;
};

static bool open_events(struct collect_bpf *c, char *text, size_t size)
{
	c->events = collect_events_open(c->load);
	if (!c->events) {
		snprintf(text, size, "mapping the BPF ring buffer: %s", strerror(errno));
		return false;
	}
	c->hot = collect_hot_new(c->load);
	return true;
}

struct collect_bpf *collect_bpf_open(unsigned int *sources, char *text, size_t size)
{
	struct collect_bpf *c = calloc(1, sizeof(*c));

	if (!c)
		err(EXIT_FAILURE, "starting");
	*sources = 0;
	c->sockets = collect_sockets_new();
	c->load = programs_open(&c->sources, text, size);
	if (!c->load)
		goto fail;
	if ((c->sources & 1U << SOURCE_EVENTS) && !open_events(c, text, size))
		goto fail;
	*sources = c->sources;
	return c;

fail:
	collect_bpf_close(c);
	return NULL;
}

void collect_bpf_close(struct collect_bpf *c)
{
	if (!c)
		return;
	collect_events_close(c->events);
	collect_hot_free(c->hot);
	collect_sockets_free(c->sockets);
	programs_close(c->load);
	free(c);
}

int collect_bpf_fd(const struct collect_bpf *c)
{
	return c->events ? collect_events_fd(c->events) : -1;
}

void collect_bpf_sample(struct collect_bpf *c, uint32_t rate)
{
	if (c->sources & 1U << SOURCE_EVENTS)
		programs_sample(c->load, rate);
}

void collect_bpf_drain(struct collect_bpf *c)
{
	if (c->events)
		collect_events_drain(c->events);
}

/* ---- tables by queue and binding ---- */

/* State while a table is read. */
struct reading {
	struct collect_bpf *c;
	struct snapshot *snap;
	uint32_t ifindex;   /* read only this interface, 0: all */
	struct sorted seen; /* struct seen_interface */
};

/* An interface that has an entry in a table and no queue in the snapshot. */
struct seen_interface {
	uint32_t ifindex;
	bool exists;
};

static int cmp_seen(const void *a, const void *b)
{
	const struct seen_interface *x = a, *y = b;

	return x->ifindex < y->ifindex ? -1 : x->ifindex > y->ifindex;
}

/* An interface that is only down exists, but also has no queues in the snapshot. */
static bool interface_exists(struct reading *r, uint32_t ifindex)
{
	struct seen_interface key = { .ifindex = ifindex };
	struct seen_interface *seen = sorted_find(&r->seen, sizeof(key), &key, cmp_seen);
	char name[IF_NAMESIZE];

	if (seen)
		return seen->exists;
	key.exists = if_indextoname(ifindex, name);
	sorted_get(&r->seen, sizeof(key), &key, cmp_seen);
	return key.exists;
}

/* Is this entry to be shown? If its interface is gone, the entry is deleted. */
static bool is_wanted(struct reading *r, const char *map, const struct devmem_queue_key *k)
{
	if (!snapshot_find_queue(r->snap, k->ifindex, k->queue) &&
	    !interface_exists(r, k->ifindex)) {
		bpf_map_delete_elem(programs_map(r->c->load, map), k);
		return false;
	}
	return !r->ifindex || r->ifindex == k->ifindex;
}

static void read_table(struct reading *r, const char *map, size_t key_size, size_t value_size,
		       hash_walk_cb cb)
{
	int ret = hash_walk(programs_map(r->c->load, map), key_size, value_size, cb, r);

	if (ret)
		snapshot_note(r->snap, "BPF map %s: %s", map, strerror(-ret));
}

static void on_queue_stat(void *arg, const void *key, const void *value)
{
	const struct devmem_queue_stat *stat = value;
	const struct devmem_queue_key *k = key;
	struct reading *r = arg;
	struct hist_row *hists;
	struct queue_row *q;

	if (!is_wanted(r, "queue_stats", k))
		return;
	q = snapshot_queue(r->snap, k->ifindex, k->queue);
	q->running = stat->running;
	q->dead = stat->dead;
	q->restarts = stat->restarts;
	q->restart_failures = stat->failures;
	q->last_err = stat->last_err;
	if (stat->down_ns) {
		q->down_ns = stat->down_ns;
		q->down_max_ns = stat->down_max_ns;
	}
	if (stat->restart_ns)
		q->restart_ns = stat->restart_ns;
	hists = snapshot_hists(r->snap, k->ifindex, k->queue);
	memcpy(hists->down.slots, stat->down_hist, sizeof(hists->down.slots));
	memcpy(hists->restart.slots, stat->restart_hist, sizeof(hists->restart.slots));
}

static void on_hists(void *arg, const void *key, const void *value)
{
	const struct devmem_queue_key *k = key;
	const struct devmem_hists *hists = value;
	struct reading *r = arg;
	struct hist_row *row;

	if (!is_wanted(r, "hists", k))
		return;
	row = snapshot_hists(r->snap, k->ifindex, k->queue);
	memcpy(row->hold.slots, hists->hold, sizeof(row->hold.slots));
	memcpy(row->provider.slots, hists->provider, sizeof(row->provider.slots));
}

/*
 * Can nothing have buffers of the binding any more? Where the kernel has an event for the free of a
 * binding, that event comes at once then, or has come before the event of the unbind.
 */
static bool is_over(const struct reading *r, uint32_t binding,
		    const struct devmem_binding_stat *stat)
{
	bool told = programs_facts(r->c->load)->rank[FACT_BINDING_FREE] >= 0;

	return stat->unbind_ns && r->snap->sources & 1U << SOURCE_WALK && !r->snap->incomplete[0] &&
	       !snapshot_find_binding(r->snap, binding) &&
	       (!told || r->snap->time_ns > stat->unbind_ns + FREE_WITHIN_NS);
}

static void on_binding_stat(void *arg, const void *key, const void *value)
{
	const struct devmem_binding_stat *stat = value;
	uint32_t id = *(const uint32_t *)key;
	struct reading *r = arg;
	struct binding_row *b;

	if (is_over(r, id, stat)) {
		bpf_map_delete_elem(programs_map(r->c->load, "binding_stats"), key);
		return;
	}
	if (r->ifindex && r->ifindex != stat->ifindex)
		return;
	b = snapshot_binding(r->snap, id);
	b->ifindex = stat->ifindex;
	b->size_bytes = stat->size_bytes;
	b->niovs = stat->niovs;
	b->bound_ns = stat->bind_ns;
	b->unbound_ns = stat->unbind_ns;
	b->pid = stat->tgid;
	memcpy(b->comm, stat->comm, sizeof(b->comm) - 1);
}

/* When restarts are counted, a queue without an entry was restarted 0 times. */
static void default_restarts(struct snapshot *snap)
{
	size_t i;

	for (i = 0; i < snap->queues.num; i++) {
		queue_at(snap, i)->restarts = 0;
		queue_at(snap, i)->restart_failures = 0;
	}
}

/* ---- the walk ---- */

static const char *const provider_names[] = {
	[DEVMEM_PROVIDER_HOST] = "host",
	[DEVMEM_PROVIDER_DMABUF] = "dmabuf",
	[DEVMEM_PROVIDER_ZCRX] = "io_uring",
	[DEVMEM_PROVIDER_OTHER] = "other",
};

static void take_pool(struct snapshot *snap, const struct devmem_pool_state *s, uint32_t ifindex)
{
	struct pool_row *pool = snapshot_pool(snap, s->pool);
	struct binding_row *b;

	pool->ifindex = ifindex;
	pool->queue = s->queue;
	pool->napi = s->napi;
	pool->detached_s = s->detach_s;
	pool->outstanding = (uint32_t)(s->hold - s->release);
	pool->cache = s->cache;
	pool->ring = s->ring;
	pool->ring_size = s->ring_size;
	if (s->kind < sizeof(provider_names) / sizeof(provider_names[0]))
		pool->provider = provider_names[s->kind];
	if (s->kind == DEVMEM_PROVIDER_ZCRX && s->binding_niovs) {
		pool->area = s->binding_niovs;
		pool->area_free = s->binding_niovs - s->binding_outstanding;
	}
	if (s->kind != DEVMEM_PROVIDER_DMABUF)
		return;
	pool->binding = s->binding;
	b = snapshot_binding(snap, s->binding);
	b->ifindex = ifindex;
	b->size_bytes = s->size_bytes;
	if (s->binding_niovs) {
		b->niovs = s->binding_niovs;
		b->outstanding = s->binding_outstanding;
		b->unbound = s->binding_unbound;
	} else {
		b->niovs = s->size_bytes / (uint64_t)sysconf(_SC_PAGESIZE);
	}
}

static void take_rxq(struct snapshot *snap, const struct devmem_rxq_state *s)
{
	struct queue_row *q;

	if (s->kind != DEVMEM_PROVIDER_DMABUF)
		return;
	q = snapshot_queue(snap, s->ifindex, s->queue);
	if (!q->napi)
		q->napi = s->napi;
	q->binding = s->binding;
	snapshot_binding(snap, s->binding)->size_bytes = s->size_bytes;
}

/* The walk and the snapshot have the queues in the same order, so it is mostly the next one. */
static bool has_provider(const struct programs_walk *walk, const struct queue_row *q,
			 uint32_t *next)
{
	uint32_t i, at;

	for (i = 0; i < walk->num_rxqs; i++) {
		at = (*next + i) % walk->num_rxqs;
		if (walk->rxqs[at].ifindex != q->ifindex || walk->rxqs[at].queue != q->queue)
			continue;
		*next = at + 1;
		return true;
	}
	return false;
}

/* The netlink answer is a moment older than the walk: queues may be unbound since then. */
static void forget_unbound(struct snapshot *snap, const struct programs_walk *walk)
{
	uint32_t next = 0;
	size_t i;

	for (i = 0; i < snap->queues.num; i++) {
		struct queue_row *q = queue_at(snap, i);

		if (q->binding && !has_provider(walk, q, &next))
			q->binding = 0;
	}
}

static int run_walk(struct collect_bpf *c, uint32_t ifindex, struct programs_walk *walk)
{
	int tries = WALK_TRIES, ret;

	do
		ret = programs_run_walk(c->load, ifindex, walk);
	while (!ret && walk->unread && --tries);
	return ret;
}

static void read_walk(struct collect_bpf *c, struct snapshot *snap, uint32_t only,
		      const struct homes *homes)
{
	struct programs_walk walk;
	uint32_t i;
	int ret = run_walk(c, only, &walk);

	if (ret) {
		snapshot_note(snap, "walking the page pools: %s", strerror(-ret));
		return;
	}
	if (!walk.unread && !walk.overflow)
		forget_unbound(snap, &walk);
	for (i = 0; i < walk.num_rxqs; i++)
		take_rxq(snap, &walk.rxqs[i]);
	for (i = 0; i < walk.num_pools; i++) {
		const struct devmem_pool_state *s = &walk.pools[i];
		uint32_t ifindex = s->ifindex ? s->ifindex : homes_ifindex(homes, s->pool);

		if (!only || ifindex == only)
			take_pool(snap, s, ifindex);
	}
	snap->netns = walk.netns;
	if (walk.unread)
		snapshot_note(snap, "%u lists changed while they were walked", walk.unread);
	if (walk.overflow)
		snapshot_note(snap, "%u page pools more than there was room for", walk.overflow);
	snap->sources |= 1U << SOURCE_WALK;
}

/* ---- starvation ---- */

/* Reads pools that found their binding empty, and forgets those that have buffers again. */
static void on_starved(void *arg, const void *key, const void *value)
{
	const struct devmem_starved *starved = value;
	struct reading *r = arg;
	struct pool_row *pool;

	pool = snapshot_find_pool(r->snap, *(const uint32_t *)key);
	if (pool ? pool->detached_s || pool_has_buffers(r->snap, pool) : !r->snap->incomplete[0]) {
		bpf_map_delete_elem(programs_map(r->c->load, "starved"), key);
		return;
	}
	if (!pool)
		return;
	pool->starved_ns = starved->since_ns;
	pool->starved_fails = starved->fails;
}

static void read_starved(struct reading *r)
{
	size_t i;

	snapshot_sum_bindings(r->snap);
	for (i = 0; i < r->snap->pools.num; i++)
		if (pool_at(r->snap, i)->binding)
			pool_at(r->snap, i)->starved_fails = 0;
	read_table(r, "starved", sizeof(uint32_t), sizeof(struct devmem_starved), on_starved);
}

/* The distributions that the programs measure on this kernel. */
static unsigned int measured(const struct facts *from)
{
	static const struct {
		enum hist_kind kind;
		enum fact needs;
	} needed[] = {
		{ HIST_HOLD, FACT_ALLOC },
		{ HIST_HOLD, FACT_RETURN },
		{ HIST_DOWN, FACT_DOWN },
		{ HIST_RESTART, FACT_RESTART },
		{ HIST_PROVIDER, FACT_PROVIDER_TIME },
	};
	unsigned int bits = (1U << HIST_KINDS) - 1;
	size_t i;

	for (i = 0; i < sizeof(needed) / sizeof(needed[0]); i++)
		if (from->rank[needed[i].needs] < 0)
			bits &= ~(1U << needed[i].kind);
	return bits;
}

void collect_bpf_read(struct collect_bpf *c, struct snapshot *snap, uint32_t ifindex,
		      struct account *acc, const struct homes *homes)
{
	struct reading r = { .c = c, .snap = snap, .ifindex = ifindex };

	snap->netns = netns_inode();
	if (c->sources & 1U << SOURCE_WALK)
		read_walk(c, snap, ifindex, homes);
	if (c->sources & 1U << SOURCE_SOCKETS)
		collect_sockets_read(c->sockets, c->load, snap,
				     programs_facts(c->load)->rank[FACT_TOKEN_AGE] >= 0);
	if (!(c->sources & 1U << SOURCE_EVENTS))
		return;
	collect_bpf_drain(c);
	snap->measured = measured(programs_facts(c->load));
	if (programs_facts(c->load)->rank[FACT_RESTART] >= 0)
		default_restarts(snap);
	read_table(&r, "queue_stats", sizeof(struct devmem_queue_key),
		   sizeof(struct devmem_queue_stat), on_queue_stat);
	read_table(&r, "hists", sizeof(struct devmem_queue_key), sizeof(struct devmem_hists),
		   on_hists);
	read_table(&r, "binding_stats", sizeof(uint32_t), sizeof(struct devmem_binding_stat),
		   on_binding_stat);
	if (snap->sources & 1U << SOURCE_WALK)
		read_starved(&r);
	sorted_free(&r.seen);
	collect_events_read(c->events, snap, ifindex);
	collect_hot_read(c->hot, snap, acc, homes);
	snap->lost_missed = programs_missed(c->load);
	snap->lost_full = programs_full(c->load);
	snap->sources |= 1U << SOURCE_EVENTS;
}

void collect_bpf_forget(const struct collect_bpf *c, struct snapshot *snap)
{
	if (c->sources & 1U << SOURCE_EVENTS)
		collect_hot_forget(c->hot, snap);
}

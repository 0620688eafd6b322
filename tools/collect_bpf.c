// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * What BPF programs tell: reading their maps into the model. Loading is in load_bpf.c.
 */
#include "collect_bpf.h"

#include <assert.h>
#include <err.h>
#include <errno.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "collect_sockets.h"
#include "devmem_trace.h"
#include "load_bpf.h"

static_assert(HIST_SLOTS == DEVMEM_HIST_SLOTS, "distributions of kernel and model differ");

/* Events kept for the views. */
#define EVENTS_KEPT 256

/* Entries that one call reads from a hash. */
#define BATCH 64

static const char *const kind_names[DEVMEM_KINDS] = {
	[DEVMEM_BIND] = "bind",
	[DEVMEM_UNBIND] = "unbind",
	[DEVMEM_BINDING_FREE] = "binding_free",
	[DEVMEM_QUEUE_BIND] = "queue_bind",
	[DEVMEM_QUEUE_UNBIND] = "queue_unbind",
	[DEVMEM_RESTART_BEGIN] = "restart_begin",
	[DEVMEM_RESTART_MEM_ALLOC] = "restart_mem_alloc",
	[DEVMEM_RESTART_STOP] = "restart_stop",
	[DEVMEM_RESTART_START] = "restart_start",
	[DEVMEM_RESTART_ROLLBACK] = "restart_rollback",
	[DEVMEM_RESTART_END] = "restart_end",
};

/* The map of each hot event, and the counter that it goes to. */
static const struct {
	const char *map;
	size_t member;
} hot_events[DEVMEM_HOT_EVENTS] = {
	[DEVMEM_NIOV_ALLOC] = { "niov_allocs", offsetof(struct counters, niov_allocs) },
	[DEVMEM_NIOV_FREE] = { "niov_frees", offsetof(struct counters, niov_frees) },
	[DEVMEM_NIOV_FAIL] = { "niov_fails", offsetof(struct counters, niov_fails) },
	[DEVMEM_TOKEN_GET] = { "token_gets", offsetof(struct counters, token_gets) },
	[DEVMEM_TOKEN_PUT] = { "token_puts", offsetof(struct counters, token_puts) },
	[DEVMEM_TOKEN_DESTROY] = { "token_destroys", offsetof(struct counters, token_puts) },
};

/* The counters whose events nobody may tell of on this kernel. */
static const struct {
	enum fact fact;
	size_t member;
} counted[] = {
	{ FACT_ALLOC, offsetof(struct counters, niov_allocs) },
	{ FACT_RETURN, offsetof(struct counters, niov_frees) },
	{ FACT_FAIL, offsetof(struct counters, niov_fails) },
	{ FACT_TOKEN_GET, offsetof(struct counters, token_gets) },
	{ FACT_TOKEN_PUT, offsetof(struct counters, token_puts) },
};

struct collect_bpf {
	struct load_bpf *load;
	struct ring_buffer *ring;
	struct collect_sockets *sockets;
	unsigned int sources;
	int cpus;
	uint32_t netns;
	uint32_t only; /* interface of the snapshot that is being filled, 0: all */

	uint32_t slots;				       /* in each array of hot events */
	struct devmem_slot *now;		       /* of one array: slots * cpus */
	struct devmem_slot *before[DEVMEM_HOT_EVENTS]; /* likewise */

	struct devmem_event events[EVENTS_KEPT]; /* a ring */
	uint64_t num_events;			 /* ever taken */
};

static int on_event(void *data, void *record, size_t size)
{
	struct collect_bpf *c = data;

	if (size >= sizeof(c->events[0]))
		memcpy(&c->events[c->num_events++ % EVENTS_KEPT], record, sizeof(c->events[0]));
	return 0;
}

static void *allocate(size_t num, size_t size)
{
	void *p = calloc(num, size);

	if (!p)
		err(EXIT_FAILURE, "starting");
	return p;
}

/* Inode numbers name network namespaces, in events as in /proc. */
static uint32_t own_netns(void)
{
	struct stat st;

	return stat("/proc/self/ns/net", &st) ? 0 : st.st_ino;
}

static bool open_events(struct collect_bpf *c, char *text, size_t size)
{
	int i;

	c->ring = ring_buffer__new(load_bpf_map(c->load, "events"), on_event, c, NULL);
	if (!c->ring) {
		snprintf(text, size, "mapping the BPF ring buffer: %s", strerror(errno));
		return false;
	}
	c->slots = load_bpf_slots(c->load);
	c->now = allocate((size_t)c->slots * c->cpus, sizeof(*c->now));
	for (i = 0; i < DEVMEM_HOT_EVENTS; i++)
		c->before[i] = allocate((size_t)c->slots * c->cpus, sizeof(*c->now));
	return true;
}

struct collect_bpf *collect_bpf_open(unsigned int *sources, char *text, size_t size)
{
	struct collect_bpf *c = allocate(1, sizeof(*c));

	*sources = 0;
	c->cpus = libbpf_num_possible_cpus();
	c->netns = own_netns();
	c->sockets = collect_sockets_new();
	c->load = load_bpf_open(&c->sources, text, size);
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
	int i;

	if (!c)
		return;
	ring_buffer__free(c->ring);
	collect_sockets_free(c->sockets);
	load_bpf_close(c->load);
	free(c->now);
	for (i = 0; i < DEVMEM_HOT_EVENTS; i++)
		free(c->before[i]);
	free(c);
}

int collect_bpf_fd(const struct collect_bpf *c)
{
	return c->ring ? ring_buffer__epoll_fd(c->ring) : -1;
}

void collect_bpf_sample(struct collect_bpf *c, uint32_t rate)
{
	if (c->sources & 1U << SOURCE_EVENTS)
		load_bpf_sample(c->load, rate);
}

void collect_bpf_drain(struct collect_bpf *c)
{
	if (c->ring)
		ring_buffer__consume(c->ring);
}

/* ---- hot events ---- */

/* Read a whole per-CPU array into c->now. */
static int read_slots(struct collect_bpf *c, int fd)
{
	uint32_t batch, count = c->slots;
	uint32_t *keys = allocate(c->slots, sizeof(*keys));
	int ret = bpf_map_lookup_batch(fd, NULL, &batch, keys, c->now, &count, NULL);

	free(keys);
	/* ENOENT: there are no more than were asked for. */
	return ret && errno != ENOENT ? -errno : 0;
}

/* What a slot counted since it was last read goes to the queue of its pool. */
static void credit_slot(const struct collect_bpf *c, struct account *acc, size_t member,
			const struct devmem_slot *now, const struct devmem_slot *before)
{
	uint64_t left;

	if (!now->pool)
		return;
	if (now->pool == before->pool && now->evictions == before->evictions) {
		if (now->netns == c->netns)
			account_credit(acc, now->ifindex, now->queue, member,
				       now->count - before->count);
		return;
	}
	if (now->netns == c->netns)
		account_credit(acc, now->ifindex, now->queue, member, now->count);
	if (!before->pool || before->netns != c->netns)
		return;
	/* What the pool before it counted after it was last read was carried over. */
	left = now->carry - before->carry;
	left = left > before->count ? left - before->count : 0;
	account_credit(acc, before->ifindex, before->queue, member, left);
}

static void read_hot_events(struct collect_bpf *c, struct snapshot *snap, struct account *acc)
{
	size_t n = (size_t)c->slots * c->cpus, i;
	int event, ret;

	for (event = 0; event < DEVMEM_HOT_EVENTS; event++) {
		ret = read_slots(c, load_bpf_map(c->load, hot_events[event].map));
		if (ret) {
			snapshot_note(snap, "BPF map %s: %s", hot_events[event].map,
				      strerror(-ret));
			continue;
		}
		for (i = 0; i < n; i++)
			credit_slot(c, acc, hot_events[event].member, &c->now[i],
				    &c->before[event][i]);
		memcpy(c->before[event], c->now, n * sizeof(*c->now));
	}
}

/* ---- rare events ---- */

static void read_kinds(struct collect_bpf *c, struct snapshot *snap)
{
	struct devmem_rare_count *counts = allocate(c->cpus, sizeof(*counts));
	int fd = load_bpf_map(c->load, "rare_counts");
	uint32_t kind;
	int cpu;

	for (kind = 0; kind < DEVMEM_KINDS; kind++) {
		struct kind_count *k = &snap->kinds[kind];

		k->kind = kind_names[kind];
		if (bpf_map_lookup_elem(fd, &kind, counts))
			continue;
		for (cpu = 0; cpu < c->cpus; cpu++) {
			k->seen += counts[cpu].seen;
			k->lost += counts[cpu].lost;
		}
		snap->lost_ring += k->lost;
	}
	snap->num_kinds = DEVMEM_KINDS;
	free(counts);
}

static void read_events(const struct collect_bpf *c, struct snapshot *snap)
{
	uint64_t i = c->num_events > EVENTS_KEPT ? c->num_events - EVENTS_KEPT : 0;

	snap->next_seq = c->num_events;
	for (; i < c->num_events; i++) {
		const struct devmem_event *e = &c->events[i % EVENTS_KEPT];
		struct event_row *row;

		if (e->kind >= DEVMEM_KINDS || e->netns != c->netns ||
		    (c->only && c->only != e->ifindex))
			continue;
		row = snapshot_add_event(snap);
		row->seq = i;
		row->time_ns = e->time_ns;
		row->kind = kind_names[e->kind];
		row->err = e->err;
		row->ifindex = e->ifindex;
		row->queue = e->kind <= DEVMEM_BINDING_FREE ? NO_QUEUE : e->queue;
		row->binding = e->binding;
		row->old_binding = e->old_binding;
		row->pool = e->pool;
		row->outstanding = e->outstanding;
		row->pid = e->tgid;
		memcpy(row->comm, e->comm, sizeof(row->comm) - 1);
	}
}

/* Call @cb for each entry of a hash; entries may come twice or not at all when it changes. */
static void for_each_entry(struct collect_bpf *c, struct snapshot *snap, const char *map,
			   size_t key_size, size_t value_size,
			   void (*cb)(struct collect_bpf *c, struct snapshot *snap, const void *key,
				      const void *value))
{
	int fd = load_bpf_map(c->load, map);
	char *keys = allocate(BATCH, key_size);
	char *values = allocate(BATCH, value_size);
	uint64_t position[4]; /* opaque; as large as any key that is used */
	void *from = NULL;
	uint32_t count, i;
	int ret;

	do {
		count = BATCH;
		ret = bpf_map_lookup_batch(fd, from, position, keys, values, &count, NULL);
		if (ret && errno != ENOENT) {
			snapshot_note(snap, "BPF map %s: %s", map, strerror(errno));
			break;
		}
		for (i = 0; i < count; i++)
			cb(c, snap, keys + i * key_size, values + i * value_size);
		from = position;
	} while (!ret);
	free(keys);
	free(values);
}

static void on_queue_stat(struct collect_bpf *c, struct snapshot *snap, const void *key,
			  const void *value)
{
	const struct devmem_queue_stat *stat = value;
	const struct devmem_queue_key *k = key;
	char name[IF_NAMESIZE];
	struct hist_row *hists;
	struct queue_row *q;

	if (k->netns != c->netns || (c->only && c->only != k->ifindex))
		return;
	if (!snapshot_find_queue(snap, k->ifindex, k->queue)) {
		/* The interface is gone, and so shall be its entry; or it is only down. */
		if (!if_indextoname(k->ifindex, name)) {
			bpf_map_delete_elem(load_bpf_map(c->load, "queue_stats"), key);
			return;
		}
	}
	q = snapshot_queue(snap, k->ifindex, k->queue);
	q->running = stat->running;
	q->dead = stat->dead;
	q->restarts = stat->restarts;
	q->restart_failures = stat->failures;
	q->last_err = stat->last_err;
	q->restart_end_ns = stat->end_ns;
	if (stat->down_count) {
		q->down_ns = stat->down_ns;
		q->down_max_ns = stat->down_max_ns;
	}
	if (stat->restart_ns)
		q->restart_ns = stat->restart_ns;
	hists = snapshot_hists(snap, k->ifindex, k->queue);
	memcpy(hists->down.slots, stat->down_hist, sizeof(hists->down.slots));
	memcpy(hists->restart.slots, stat->restart_hist, sizeof(hists->restart.slots));
}

static void on_hists(struct collect_bpf *c, struct snapshot *snap, const void *key,
		     const void *value)
{
	const struct devmem_queue_key *k = key;
	const struct devmem_hists *by_cpu = value;
	struct hist_row *row;
	int cpu, i;

	if (k->netns != c->netns || (c->only && c->only != k->ifindex))
		return;
	/* The interface is gone, and so shall be its entry. */
	if (!snapshot_find_queue(snap, k->ifindex, k->queue)) {
		bpf_map_delete_elem(load_bpf_map(c->load, "hists"), key);
		return;
	}
	row = snapshot_hists(snap, k->ifindex, k->queue);
	for (cpu = 0; cpu < c->cpus; cpu++) {
		for (i = 0; i < HIST_SLOTS; i++) {
			row->hold.slots[i] += by_cpu[cpu].hold[i];
			row->provider.slots[i] += by_cpu[cpu].provider[i];
		}
	}
}

static bool has_pool_of(const struct snapshot *snap, uint32_t binding)
{
	size_t i;

	for (i = 0; i < snap->pools.num; i++)
		if (pool_at(snap, i)->binding == binding)
			return true;
	return false;
}

static void on_binding_stat(struct collect_bpf *c, struct snapshot *snap, const void *key,
			    const void *value)
{
	const struct devmem_binding_stat *stat = value;
	struct binding_row *b;

	if (stat->netns != c->netns || (c->only && c->only != stat->ifindex))
		return;
	/* Where nobody tells that it is freed: nothing is left that could have buffers of it. */
	if (stat->unbind_ns && load_bpf_from(c->load)->rank[FACT_BINDING_FREE] < 0 &&
	    snap->sources & 1U << SOURCE_WALK && !has_pool_of(snap, *(const uint32_t *)key)) {
		bpf_map_delete_elem(load_bpf_map(c->load, "binding_stats"), key);
		return;
	}
	b = snapshot_binding(snap, *(const uint32_t *)key);
	b->ifindex = stat->ifindex;
	b->size_bytes = stat->size_bytes;
	b->niovs = stat->niovs;
	b->bound_ns = stat->bind_ns;
	b->unbound_ns = stat->unbind_ns;
	b->pid = stat->tgid;
	memcpy(b->comm, stat->comm, sizeof(b->comm) - 1);
}

/* Queues that were never restarted: 0 times, now that somebody counts. */
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

static void take_pool(struct snapshot *snap, const struct devmem_pool_state *s)
{
	struct pool_row *pool = snapshot_pool(snap, s->pool);
	struct binding_row *b;

	pool->ifindex = s->ifindex;
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
	b->ifindex = s->ifindex;
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

static void read_walk(struct collect_bpf *c, struct snapshot *snap, uint32_t ifindex)
{
	struct load_bpf_walk walk;
	uint32_t i;
	int ret = load_bpf_run_walk(c->load, ifindex, &walk);

	if (ret) {
		snapshot_note(snap, "walking the page pools: %s", strerror(-ret));
		return;
	}
	for (i = 0; i < walk.num_rxqs; i++)
		take_rxq(snap, &walk.rxqs[i]);
	for (i = 0; i < walk.num_pools; i++)
		take_pool(snap, &walk.pools[i]);
	snap->netns = walk.netns;
	snap->unread += walk.unread;
	if (walk.unread)
		snapshot_note(snap, "%u lists changed while they were walked", walk.unread);
	if (walk.overflow)
		snapshot_note(snap, "%u page pools more than there was room for", walk.overflow);
	snap->sources |= 1U << SOURCE_WALK;
}

/* ---- starvation ---- */

static bool has_buffers(const struct snapshot *snap, const struct pool_row *pool)
{
	size_t i;

	if (pool->cache || pool->ring)
		return true;
	for (i = 0; i < snap->bindings.num; i++)
		if (binding_at(snap, i)->id == pool->binding)
			return binding_at(snap, i)->niovs > binding_at(snap, i)->outstanding;
	return true;
}

/* Pools that found their binding empty, unless they have something again. */
static void read_starved(struct collect_bpf *c, struct snapshot *snap)
{
	int fd = load_bpf_map(c->load, "starved");
	struct devmem_starved starved;
	size_t i;

	for (i = 0; i < snap->pools.num; i++) {
		struct pool_row *pool = pool_at(snap, i);
		uint32_t id = pool->id;

		if (!pool->binding)
			continue;
		pool->starved_fails = 0;
		if (bpf_map_lookup_elem(fd, &id, &starved))
			continue;
		if (pool->detached_s || has_buffers(snap, pool)) {
			bpf_map_delete_elem(fd, &id);
			continue;
		}
		pool->starved_ns = starved.since_ns;
		pool->starved_fails = starved.fails;
	}
}

/* Which distributions somebody tells of on this kernel. */
static unsigned int measured(const struct sources *from)
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
		      struct account *acc)
{
	snap->netns = c->netns;
	c->only = ifindex;
	if (c->sources & 1U << SOURCE_WALK)
		read_walk(c, snap, ifindex);
	if (c->sources & 1U << SOURCE_SOCKETS)
		collect_sockets_read(c->sockets, c->load, snap,
				     load_bpf_from(c->load)->rank[FACT_TOKEN_AGE] >= 0);
	if (!(c->sources & 1U << SOURCE_EVENTS))
		return;
	collect_bpf_drain(c);
	snap->measured = measured(load_bpf_from(c->load));
	if (load_bpf_from(c->load)->rank[FACT_RESTART] >= 0)
		default_restarts(snap);
	for_each_entry(c, snap, "queue_stats", sizeof(struct devmem_queue_key),
		       sizeof(struct devmem_queue_stat), on_queue_stat);
	for_each_entry(c, snap, "hists", sizeof(struct devmem_queue_key),
		       sizeof(struct devmem_hists) * c->cpus, on_hists);
	for_each_entry(c, snap, "binding_stats", sizeof(uint32_t),
		       sizeof(struct devmem_binding_stat), on_binding_stat);
	read_kinds(c, snap);
	read_events(c, snap);
	read_hot_events(c, snap, acc);
	if (snap->sources & 1U << SOURCE_WALK)
		read_starved(c, snap);
	snap->lost_missed = load_bpf_missed(c->load);
	snap->lost_full = load_bpf_full(c->load);
	snap->sources |= 1U << SOURCE_EVENTS;
}

void collect_bpf_forget(const struct collect_bpf *c, struct snapshot *snap)
{
	const struct sources *from = load_bpf_from(c->load);
	size_t i, k;

	if (!(c->sources & 1U << SOURCE_EVENTS))
		return;
	for (k = 0; k < sizeof(counted) / sizeof(counted[0]); k++) {
		if (from->rank[counted[k].fact] >= 0)
			continue;
		for (i = 0; i < snap->queues.num; i++)
			*(uint64_t *)((char *)&queue_at(snap, i)->total + counted[k].member) =
				UNKNOWN;
	}
}

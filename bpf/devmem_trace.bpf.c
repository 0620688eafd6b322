// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * What the kernel is asked to remember of the devmem trace events.
 *
 * Hot events (a net_iov or a token moved) only bump a per-CPU counter in an array indexed by
 * page_pool id: no hash, no lock, no clock. Rare events (bindings and restarts) update a hash
 * and are sent through the ring buffer; what does not fit is counted by kind. Counters only
 * grow; user space takes differences.
 */
#include "kernel.h"

#include <linux/bpf.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

#include "devmem_sockets.h"
#include "devmem_trace.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

/* Slots in each array of the hot events less one; their number is a power of two. */
const volatile __u32 slot_mask = 1023;

/* Likewise in token_times. */
const volatile __u32 time_mask = 1023;

/* Likewise in samples. */
const volatile __u32 sample_mask = 1023;

#define MAX_QUEUES   8192
#define MAX_BINDINGS 4096
#define MAX_STARVED  4096

/* ---- hot events ---- */

/* User space sets max_entries to slot_mask + 1 before loading. */
#define HOT_COUNTS(name)                                 \
	struct {                                         \
		__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY); \
		__uint(max_entries, 1024);               \
		__type(key, __u32);                      \
		__type(value, struct devmem_slot);       \
	} name SEC(".maps")

HOT_COUNTS(niov_allocs);
HOT_COUNTS(niov_frees);
HOT_COUNTS(niov_fails);
HOT_COUNTS(token_gets);
HOT_COUNTS(token_puts);

/* The first event of a pool on this CPU: find a slot for it. Rare. */
static __noinline int claim(struct devmem_slot *slot, const struct page_pool *pool)
{
	struct net_device *dev = BPF_CORE_READ(pool, slow.netdev);

	if (!slot)
		return 0;
	if (slot->pool) {
		slot->carry += slot->count;
		slot->evictions++;
		slot->count = 0;
	}
	slot->queue = BPF_CORE_READ(pool, slow.queue_idx);
	slot->ifindex = BPF_CORE_READ(dev, ifindex);
	slot->netns = BPF_CORE_READ(dev, nd_net.net, ns.inum);
	slot->pool = BPF_CORE_READ(pool, user.id);
	return 0;
}

/*
 * A program never runs inside itself on one CPU (the kernel skips it and counts a miss), and
 * each map belongs to one program: plain additions are enough.
 */
static __always_inline void bump(void *map, const struct page_pool *pool)
{
	struct devmem_slot *slot, *victim = NULL;
	__u32 id = pool->user.id;
	__u32 key;
	int way;

#pragma unroll
	for (way = 0; way < DEVMEM_WAYS; way++) {
		key = (id + way) & slot_mask;
		slot = bpf_map_lookup_elem(map, &key);
		if (!slot)
			return;
		if (slot->pool == id) {
			slot->count++;
			return;
		}
		if (!victim || slot->pool < victim->pool)
			victim = slot;
	}
	claim(victim, pool);
	victim->count++;
}

/*
 * The lower half of the address. The verifier lets nobody compute with a pointer, but a copy of
 * 32 bits is a number to it; the compiler must not leave that copy out.
 */
static __always_inline __u32 niov_tag(const struct net_iov *niov)
{
	__u32 tag;

	asm volatile("%0 = %1" : "=w"(tag) : "w"((__u32)(__u64)niov));
	return tag;
}

static __always_inline __u32 time_slot(__u32 tag, __u32 mask)
{
	return (tag / (__u32)bpf_core_type_size(struct net_iov)) & mask;
}

/* One of so many net_iovs is timed from alloc to free; 0: none. User space sets it. */
__u32 sample;

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1024);
	__type(key, __u32);
	__type(value, struct devmem_sample);
} samples SEC(".maps");

/* Also filled by the programs that time the memory provider. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_HASH);
	__uint(max_entries, MAX_QUEUES);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, struct devmem_queue_key);
	__type(value, struct devmem_hists);
} hists SEC(".maps");

__u64 hists_full;

static const struct devmem_hists no_hists;

static __noinline int count_hold(const struct page_pool *pool, __u64 ns)
{
	struct net_device *dev = BPF_CORE_READ(pool, slow.netdev);
	struct devmem_queue_key key = {
		.netns = BPF_CORE_READ(dev, nd_net.net, ns.inum),
		.ifindex = BPF_CORE_READ(dev, ifindex),
		.queue = BPF_CORE_READ(pool, slow.queue_idx),
	};
	struct devmem_hists *h = bpf_map_lookup_elem(&hists, &key);
	__u32 slot = devmem_hist_slot(ns);

	if (!h) {
		bpf_map_update_elem(&hists, &key, &no_hists, BPF_NOEXIST);
		h = bpf_map_lookup_elem(&hists, &key);
	}
	if (!h)
		__sync_fetch_and_add(&hists_full, 1);
	else if (slot < DEVMEM_HIST_SLOTS)
		h->hold[slot]++;
	return 0;
}

static __always_inline struct devmem_sample *find_sample(__u32 tag)
{
	__u32 slot = time_slot(tag, sample_mask);

	return bpf_map_lookup_elem(&samples, &slot);
}

SEC("tp_btf/devmem_niov_alloc")
int BPF_PROG(on_niov_alloc, struct page_pool *pool, struct net_iov *niov)
{
	__u32 tag = niov_tag(niov), rate = sample;
	struct devmem_sample *s;

	bump(&niov_allocs, pool);
	if (!rate || bpf_get_prandom_u32() % rate)
		return 0;
	s = find_sample(tag);
	if (s) {
		s->tag = tag;
		s->time_ns = bpf_ktime_get_ns();
	}
	return 0;
}

SEC("tp_btf/devmem_niov_free")
int BPF_PROG(on_niov_free, struct page_pool *pool, struct net_iov *niov)
{
	__u32 tag = niov_tag(niov);
	struct devmem_sample *s;

	bump(&niov_frees, pool);
	if (!sample)
		return 0;
	s = find_sample(tag);
	if (s && s->time_ns && s->tag == tag) {
		count_hold(pool, bpf_ktime_get_ns() - s->time_ns);
		s->time_ns = 0;
	}
	return 0;
}

/*
 * Pools that found their binding empty, by id: since when. User space removes those that have a
 * buffer again.
 */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, MAX_STARVED);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, __u32);
	__type(value, struct devmem_starved);
} starved SEC(".maps");

__u64 starved_full;

static __noinline int mark_starved(__u32 pool)
{
	struct devmem_starved *s = bpf_map_lookup_elem(&starved, &pool);
	struct devmem_starved first = { .fails = 1 };

	if (s) {
		__sync_fetch_and_add(&s->fails, 1);
		return 0;
	}
	first.since_ns = bpf_ktime_get_ns();
	if (bpf_map_update_elem(&starved, &pool, &first, BPF_NOEXIST))
		__sync_fetch_and_add(&starved_full, 1);
	return 0;
}

SEC("tp_btf/devmem_niov_alloc_fail")
int BPF_PROG(on_niov_alloc_fail, struct page_pool *pool)
{
	bump(&niov_fails, pool);
	mark_starved(pool->user.id);
	return 0;
}

/* When net_iovs went to user space; the walk of the sockets reads it. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1024);
	__type(key, __u32);
	__type(value, struct devmem_time);
} token_times SEC(".maps");

SEC("tp_btf/devmem_token_get")
int BPF_PROG(on_token_get, struct sock *sk, struct net_iov *niov)
{
	__u32 tag = niov_tag(niov);
	__u32 slot = time_slot(tag, time_mask);
	struct devmem_time *t;

	bump(&token_gets, niov->pp);
	t = bpf_map_lookup_elem(&token_times, &slot);
	if (t) {
		t->tag = tag;
		t->time = bpf_jiffies64();
	}
	return 0;
}

SEC("tp_btf/devmem_token_put")
int BPF_PROG(on_token_put, struct sock *sk, struct net_iov *niov)
{
	bump(&token_puts, niov->pp);
	return 0;
}

/* ---- rare events ---- */

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 256 * 1024);
} events SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, DEVMEM_KINDS);
	__type(key, __u32);
	__type(value, struct devmem_rare_count);
} rare_counts SEC(".maps");

/*
 * Filled under the lock that serialises the configuration of a device (rtnl, from 6.15 on the
 * device's own), so an entry has one writer at a time.
 */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, MAX_QUEUES);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, struct devmem_queue_key);
	__type(value, struct devmem_queue_stat);
} queue_stats SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, MAX_BINDINGS);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, __u32);
	__type(value, struct devmem_binding_stat);
} binding_stats SEC(".maps");

/* How often an entry could not be made because a hash was full. */
__u64 queue_stats_full;
__u64 binding_stats_full;

static const struct devmem_queue_stat zero_queue;

static struct devmem_event *reserve(__u32 kind)
{
	struct devmem_rare_count *count;
	struct devmem_event *e;

	count = bpf_map_lookup_elem(&rare_counts, &kind);
	if (count)
		count->seen++;
	e = bpf_ringbuf_reserve(&events, sizeof(*e), 0);
	if (!e) {
		if (count)
			count->lost++;
		return NULL;
	}
	__builtin_memset(e, 0, sizeof(*e));
	e->time_ns = bpf_ktime_get_ns();
	e->kind = kind;
	e->tgid = bpf_get_current_pid_tgid() >> 32;
	bpf_get_current_comm(e->comm, sizeof(e->comm));
	return e;
}

/* Functions of the BPF machine take five arguments; these take more and are inlined. */
static __always_inline void binding_event(__u32 kind, __u32 netns, __u32 ifindex, __u32 binding,
					  __u64 size, __u32 niovs, __u32 outstanding, int err)
{
	struct devmem_event *e = reserve(kind);

	if (!e)
		return;
	e->netns = netns;
	e->ifindex = ifindex;
	e->binding = binding;
	e->size_bytes = size;
	e->niovs = niovs;
	e->outstanding = outstanding;
	e->err = err;
	bpf_ringbuf_submit(e, 0);
}

SEC("tp_btf/devmem_bind")
int BPF_PROG(on_bind, __u32 netns, __u32 ifindex, __u32 binding, __u64 size, __u32 niovs,
	     __u32 outstanding, int err)
{
	struct devmem_binding_stat stat = {
		.size_bytes = size,
		.netns = netns,
		.ifindex = ifindex,
		.niovs = niovs,
	};

	binding_event(DEVMEM_BIND, netns, ifindex, binding, size, niovs, outstanding, err);
	if (err || !binding)
		return 0;
	stat.bind_ns = bpf_ktime_get_ns();
	stat.tgid = bpf_get_current_pid_tgid() >> 32;
	bpf_get_current_comm(stat.comm, sizeof(stat.comm));
	if (bpf_map_update_elem(&binding_stats, &binding, &stat, BPF_ANY))
		__sync_fetch_and_add(&binding_stats_full, 1);
	return 0;
}

SEC("tp_btf/devmem_unbind")
int BPF_PROG(on_unbind, __u32 netns, __u32 ifindex, __u32 binding, __u64 size, __u32 niovs,
	     __u32 outstanding, int err)
{
	struct devmem_binding_stat *known, stat = {
		.size_bytes = size,
		.netns = netns,
		.ifindex = ifindex,
		.niovs = niovs,
	};

	binding_event(DEVMEM_UNBIND, netns, ifindex, binding, size, niovs, outstanding, err);
	known = bpf_map_lookup_elem(&binding_stats, &binding);
	if (known) {
		known->unbind_ns = bpf_ktime_get_ns();
		return 0;
	}
	/* Bound before we came. */
	stat.unbind_ns = bpf_ktime_get_ns();
	if (bpf_map_update_elem(&binding_stats, &binding, &stat, BPF_ANY))
		__sync_fetch_and_add(&binding_stats_full, 1);
	return 0;
}

SEC("tp_btf/devmem_binding_free")
int BPF_PROG(on_binding_free, __u32 netns, __u32 ifindex, __u32 binding, __u64 size, __u32 niovs,
	     __u32 outstanding, int err)
{
	binding_event(DEVMEM_BINDING_FREE, netns, ifindex, binding, size, niovs, outstanding, err);
	bpf_map_delete_elem(&binding_stats, &binding);
	return 0;
}

static __always_inline void queue_event(__u32 kind, __u32 netns, __u32 ifindex, __u32 queue,
					__u32 binding, __u32 pool, __u32 napi, int err)
{
	struct devmem_event *e = reserve(kind);

	if (!e)
		return;
	e->netns = netns;
	e->ifindex = ifindex;
	e->queue = queue;
	e->binding = binding;
	e->pool = pool;
	e->napi = napi;
	e->err = err;
	bpf_ringbuf_submit(e, 0);
}

SEC("tp_btf/devmem_queue_bind")
int BPF_PROG(on_queue_bind, __u32 netns, __u32 ifindex, __u32 queue, __u32 binding, __u32 pool,
	     __u32 napi, int err)
{
	queue_event(DEVMEM_QUEUE_BIND, netns, ifindex, queue, binding, pool, napi, err);
	return 0;
}

SEC("tp_btf/devmem_queue_unbind")
int BPF_PROG(on_queue_unbind, __u32 netns, __u32 ifindex, __u32 queue, __u32 binding, __u32 pool,
	     __u32 napi, int err)
{
	queue_event(DEVMEM_QUEUE_UNBIND, netns, ifindex, queue, binding, pool, napi, err);
	return 0;
}

/* ---- restarts ---- */

/* The kernel's enum devmem_switch. */
#define SWITCH_DOWN 0

static struct devmem_queue_stat *queue_stat(__u32 netns, __u32 ifindex, __u32 queue)
{
	struct devmem_queue_key key = { .netns = netns, .ifindex = ifindex, .queue = queue };
	struct devmem_queue_stat *q;

	q = bpf_map_lookup_elem(&queue_stats, &key);
	if (q)
		return q;
	if (bpf_map_update_elem(&queue_stats, &key, &zero_queue, BPF_NOEXIST))
		__sync_fetch_and_add(&queue_stats_full, 1);
	return bpf_map_lookup_elem(&queue_stats, &key);
}

static void count_time(__u64 *hist, __u64 ns)
{
	__u32 slot = devmem_hist_slot(ns);

	if (slot < DEVMEM_HIST_SLOTS)
		hist[slot]++;
}

/* The queue runs again, on its new memory or after a rollback on its old. */
static void queue_is_up(struct devmem_queue_stat *q, __u64 now)
{
	q->dead = 0;
	if (!q->stop_ns)
		return;
	q->down_ns = now - q->stop_ns;
	q->down_sum_ns += q->down_ns;
	q->down_count++;
	if (q->down_ns > q->down_max_ns)
		q->down_max_ns = q->down_ns;
	count_time(q->down_hist, q->down_ns);
}

static void restart_phase(__u32 kind, struct devmem_queue_stat *q, __u32 how, int err)
{
	__u64 now = bpf_ktime_get_ns();

	switch (kind) {
	case DEVMEM_RESTART_BEGIN:
		q->begin_ns = now;
		q->stop_ns = 0;
		q->end_ns = 0;
		q->running = 1;
		q->how = how;
		break;
	case DEVMEM_RESTART_STOP:
		if (!err) {
			q->stop_ns = now;
			q->dead = 1;
		}
		break;
	case DEVMEM_RESTART_START:
	case DEVMEM_RESTART_ROLLBACK:
		if (!err)
			queue_is_up(q, now);
		break;
	case DEVMEM_RESTART_END:
		q->end_ns = now;
		/* Without a begin event (we came in between) there is no time to tell. */
		if (q->running) {
			q->restart_ns = now - q->begin_ns;
			count_time(q->restart_hist, q->restart_ns);
		}
		q->running = 0;
		q->last_err = err;
		q->how = how;
		if (how == SWITCH_DOWN)
			q->switched_down++;
		else if (!err || q->stop_ns)
			q->restarts++;
		if (err)
			q->failures++;
		break;
	}
}

static __always_inline void restart_event(__u32 kind, __u32 netns, __u32 ifindex, __u32 queue,
					  __u32 how, __u32 old_binding, __u32 new_binding,
					  __u32 old_outstanding, __u32 new_outstanding, int err)
{
	struct devmem_queue_stat *q = queue_stat(netns, ifindex, queue);
	struct devmem_event *e;

	if (q)
		restart_phase(kind, q, how, err);
	e = reserve(kind);
	if (!e)
		return;
	e->netns = netns;
	e->ifindex = ifindex;
	e->queue = queue;
	e->how = how;
	e->old_binding = old_binding;
	e->binding = new_binding;
	e->old_outstanding = old_outstanding;
	e->outstanding = new_outstanding;
	e->err = err;
	bpf_ringbuf_submit(e, 0);
}

#define RESTART_PROG(phase, kind)                                                            \
	SEC("tp_btf/devmem_restart_" #phase)                                                 \
	int BPF_PROG(on_restart_##phase, __u32 netns, __u32 ifindex, __u32 queue, __u32 how, \
		     __u32 old_binding, __u32 new_binding, __u32 old_outstanding,            \
		     __u32 new_outstanding, int err)                                         \
	{                                                                                    \
		restart_event(kind, netns, ifindex, queue, how, old_binding, new_binding,    \
			      old_outstanding, new_outstanding, err);                        \
		return 0;                                                                    \
	}

RESTART_PROG(begin, DEVMEM_RESTART_BEGIN)
RESTART_PROG(mem_alloc, DEVMEM_RESTART_MEM_ALLOC)
RESTART_PROG(stop, DEVMEM_RESTART_STOP)
RESTART_PROG(start, DEVMEM_RESTART_START)
RESTART_PROG(rollback, DEVMEM_RESTART_ROLLBACK)
RESTART_PROG(end, DEVMEM_RESTART_END)

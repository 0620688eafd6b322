/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What the programs count when a net_iov or a token moves. No hash, no lock, no clock: per-CPU
 * counters in arrays, with the page_pool id as index. It makes no difference here if a tracepoint
 * or a probe of a function calls this.
 *
 * The file that includes this defines the numbers slot_mask, time_mask, sample_mask, our_netns and
 * sample, the maps niov_allocs, niov_frees, niov_fails, pool_counts, samples, hists, starved,
 * token_times and calls, the array slots_used, and pool_counts_full, hists_full and starved_full.
 */
#ifndef DEVMEM_TRACE_HOT_H
#define DEVMEM_TRACE_HOT_H

#include "lib/kernel.bpf.h"

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>

#include "contract/hot.h"
#include "contract/queues.h"
#include "lib/device.bpf.h"
#include "lib/token_times.bpf.h"
#include "lib/trace_types.bpf.h"

static __always_inline bool is_ours(__u32 netns)
{
	return !our_netns || netns == our_netns;
}

static __always_inline __u32 netns_of(const struct page_pool *pool)
{
	return dev_netns(BPF_CORE_READ(pool, slow.netdev));
}

static __always_inline __u32 ifindex_of(const struct page_pool *pool)
{
	__u32 ifindex = BPF_CORE_READ(pool, slow.netdev, ifindex);

	return ifindex == LOOPBACK_IFINDEX ? 0 : ifindex;
}

/*
 * Rare: the first event of a pool on this CPU, whose slot another pool has, or none. The other
 * pool's count leaves the slot first and is added to the pool's entry then. So a reader that reads
 * first the entry and then the slots may miss the count until its next reading, but never sees it
 * twice.
 */
static __noinline int claim(struct devmem_slot *slot, const struct page_pool *pool, __u32 event,
			    __u32 key)
{
	struct devmem_pool_count *entry, first = {};
	__u32 before, id;
	__u64 count;

	if (!slot)
		return 0;
	before = slot->pool;
	count = slot->count;
	id = BPF_CORE_READ(pool, user.id);
	slot->count = 0;
	slot->pool = id;
	entry = bpf_map_lookup_elem(&pool_counts, &before);
	if (entry && event < DEVMEM_HOT_EVENTS)
		__sync_fetch_and_add(&entry->moved[event], count);
	if (!is_ours(netns_of(pool)))
		return 0;
	if (!bpf_map_lookup_elem(&pool_counts, &id)) {
		first.ifindex = ifindex_of(pool);
		first.queue = BPF_CORE_READ(pool, slow.queue_idx);
		bpf_map_update_elem(&pool_counts, &id, &first, BPF_NOEXIST);
		if (!bpf_map_lookup_elem(&pool_counts, &id))
			__sync_fetch_and_add(&pool_counts_full, 1);
	}
	if (event < DEVMEM_HOT_EVENTS && key < DEVMEM_MAX_SLOTS)
		slots_used[event][key] = 1;
	return 0;
}

/*
 * Plain additions are enough. A program never runs inside itself on one CPU: the kernel skips it
 * and counts a miss. And each map belongs to one program, or to two that cannot interrupt each
 * other.
 */
static __always_inline void bump(void *map, __u32 event, const struct page_pool *pool, __u32 id,
				 __u32 by)
{
	struct devmem_slot *slot, *victim = NULL;
	__u32 key, victim_key = 0;
	int way;

#pragma unroll
	for (way = 0; way < DEVMEM_WAYS; way++) {
		key = (id + way) & slot_mask;
		slot = bpf_map_lookup_elem(map, &key);
		if (!slot)
			return;
		if (slot->pool == id) {
			slot->count += by;
			return;
		}
		if (!victim || slot->pool < victim->pool) {
			victim = slot;
			victim_key = key;
		}
	}
	claim(victim, pool, event, victim_key);
	victim->count += by;
}

/*
 * The lower half of the address. The verifier allows no arithmetic with a pointer, but takes a copy
 * of 32 bits as a number. The compiler must not leave that copy out.
 */
static __always_inline __u32 niov_tag(const struct net_iov *niov)
{
	__u32 tag;

	asm volatile("%0 = %1" : "=w"(tag) : "w"((__u32)(__u64)niov));
	return tag;
}

/* ---- how long net_iovs are out, and how long the provider takes ---- */

static const struct devmem_hists no_hists;

/* NULL for a queue that is gone. */
static __noinline struct devmem_hists *hists_of(const struct page_pool *pool)
{
	struct devmem_queue_key key = {
		.netns = netns_of(pool),
		.ifindex = ifindex_of(pool),
		.queue = BPF_CORE_READ(pool, slow.queue_idx),
	};
	struct devmem_hists *h;

	if (!is_ours(key.netns) || !key.ifindex)
		return NULL;
	h = bpf_map_lookup_elem(&hists, &key);
	if (!h) {
		bpf_map_update_elem(&hists, &key, &no_hists, BPF_NOEXIST);
		h = bpf_map_lookup_elem(&hists, &key);
	}
	if (!h)
		__sync_fetch_and_add(&hists_full, 1);
	return h;
}

static __always_inline void count_time(__u64 *hist, __u64 ns)
{
	__u32 slot = devmem_hist_slot(ns);

	if (slot < DEVMEM_HIST_SLOTS)
		__sync_fetch_and_add(&hist[slot], 1);
}

static __noinline int count_hold(const struct page_pool *pool, __u64 ns)
{
	struct devmem_hists *h = hists_of(pool);

	if (h)
		count_time(h->hold, ns);
	return 0;
}

static __always_inline struct niov_sample *find_sample(__u32 tag)
{
	__u32 slot = time_slot(tag, sample_mask);

	return bpf_map_lookup_elem(&samples, &slot);
}

/* ---- what happens to net_iovs ---- */

static __always_inline void niov_taken(const struct page_pool *pool, __u32 id, __u32 tag)
{
	__u32 rate = sample;
	struct niov_sample *s;

	bump(&niov_allocs, DEVMEM_NIOV_ALLOC, pool, id, 1);
	if (!rate)
		return;
	s = find_sample(tag);
	if (!s)
		return;
	if (!(bpf_get_prandom_u32() % rate)) {
		s->tag = tag;
		s->time_ns = bpf_ktime_get_ns();
	} else if (s->tag == tag) {
		/* It is still here from the last time, because its return was missed. */
		s->time_ns = 0;
	}
}

static __always_inline void niov_returned(const struct page_pool *pool, __u32 id, __u32 tag)
{
	struct niov_sample *s;

	bump(&niov_frees, DEVMEM_NIOV_FREE, pool, id, 1);
	if (!sample)
		return;
	s = find_sample(tag);
	if (s && s->time_ns && s->tag == tag) {
		count_hold(pool, bpf_ktime_get_ns() - s->time_ns);
		s->time_ns = 0;
	}
}

static __noinline int mark_starved(const struct page_pool *pool, __u32 id)
{
	struct devmem_starved *s = bpf_map_lookup_elem(&starved, &id);
	struct devmem_starved first = { .fails = 1 };

	if (s) {
		__sync_fetch_and_add(&s->fails, 1);
		return 0;
	}
	if (!is_ours(netns_of(pool)))
		return 0;
	first.since_ns = bpf_ktime_get_ns();
	if (bpf_map_update_elem(&starved, &id, &first, BPF_NOEXIST))
		__sync_fetch_and_add(&starved_full, 1);
	return 0;
}

static __always_inline void binding_empty(const struct page_pool *pool, __u32 id)
{
	bump(&niov_fails, DEVMEM_NIOV_FAIL, pool, id, 1);
	mark_starved(pool, id);
}

static __always_inline void stamp_token(__u32 tag)
{
	__u32 slot = time_slot(tag, time_mask);
	struct token_time *t = bpf_map_lookup_elem(&token_times, &slot);

	if (t) {
		t->tag = tag;
		t->time = bpf_jiffies64();
	}
}

/* ---- the memory provider's alloc ---- */

static __always_inline void provider_begins(const struct page_pool *pool)
{
	struct begun *b;
	__u32 zero = 0;

	b = bpf_map_lookup_elem(&calls, &zero);
	if (!b)
		return;
	b->pool = (__u64)pool;
	b->time_ns = bpf_ktime_get_ns();
}

static __always_inline void provider_ends(const struct page_pool *pool)
{
	__u64 now = bpf_ktime_get_ns();
	struct devmem_hists *h;
	struct begun *b;
	__u32 zero = 0;

	b = bpf_map_lookup_elem(&calls, &zero);
	if (!b || b->pool != (__u64)pool)
		return;
	b->pool = 0;
	h = hists_of(pool);
	if (h)
		count_time(h->provider, now - b->time_ns);
}

#endif

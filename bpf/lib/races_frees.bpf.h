/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Who gives net_iovs back to a pool. Who takes them is in races_pools.bpf.h.
 *
 * The file that includes this defines the maps bad_frees and niov_places, tables_full, and what
 * races_pools.bpf.h asks for.
 */
#ifndef DEVMEM_RACES_FREES_H
#define DEVMEM_RACES_FREES_H

#include "lib/races_kernel.bpf.h"

#include <linux/bpf.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>

#include "contract/races.h"
#include "lib/niov.bpf.h"
#include "lib/races_pools.bpf.h"
#include "lib/races_queues.bpf.h"
#include "lib/races_report.bpf.h"
#include "lib/races_types.bpf.h"

static __noinline int report_free(void *ctx, __u32 code, const struct page_pool *pool, __u64 niov,
				  __u32 detail)
{
	struct bad_free key = { .niov = niov, .pool = (__u64)pool };
	struct race_queue_key queue;
	struct page_pool *own = NULL;
	struct race_report *r;

	pool_queue(pool, &queue);
	bpf_map_update_elem(&bad_frees, &key, &code, BPF_ANY);
	r = pool_report(code, pool, &queue, ctx);
	if (!r)
		return 0;
	r->niov = niov;
	r->detail = detail;
	own = niov_pool((const struct net_iov *)niov);
	if (own && own != pool)
		r->other_pool = BPF_CORE_READ(own, user.id);
	bpf_ringbuf_submit(r, 0);
	return 0;
}

static __always_inline int netmem_given(void *ctx, const struct page_pool *pool,
					unsigned long netmem)
{
	const struct page_pool *own;

	if (!(netmem & 1))
		return 0;
	own = pool_of(netmem & ~1UL);
	if (own == pool)
		return 0;
	if (own)
		report_free(ctx, RACE_FOREIGN_FREE, pool, netmem & ~1UL, DETAIL_NONE);
	else
		report_free(ctx, RACE_DOUBLE_FREE, pool, netmem & ~1UL, DETAIL_IN_BINDING);
	return 0;
}

/* The kernel's enum devmem_bad_free. */
enum { BAD_FREE_TWICE, BAD_FREE_FOREIGN, BAD_FREE_BUSY };

/* The provider found a wrong free that got past the pool's cache and ring. */
static __always_inline int provider_found(void *ctx, const struct page_pool *pool,
					  const struct net_iov *niov, __u32 reason)
{
	struct bad_free key = { .niov = (__u64)niov, .pool = (__u64)pool };

	if (!bpf_map_delete_elem(&bad_frees, &key))
		return 0;
	if (reason == BAD_FREE_FOREIGN)
		report_free(ctx, RACE_FOREIGN_FREE, pool, key.niov, DETAIL_NONE);
	else
		report_free(ctx, RACE_DOUBLE_FREE, pool, key.niov,
			    reason == BAD_FREE_BUSY ? DETAIL_IN_USE : DETAIL_IN_BINDING);
	/* This free is reported now; the next wrong free of the net_iov is a new race. */
	bpf_map_delete_elem(&bad_frees, &key);
	return 0;
}

/* ---- opt-in: is a net_iov that is given back already in a pool? ---- */

enum { NIOV_OUT = 1, NIOV_IN };

static __always_inline void niov_place(__u64 niov, __u32 place)
{
	__u32 *was = bpf_map_lookup_elem(&niov_places, &niov);

	if (was)
		*was = place;
	else if (bpf_map_update_elem(&niov_places, &niov, &place, BPF_ANY))
		__sync_fetch_and_add(&tables_full, 1);
}

struct search {
	const unsigned long *at;
	unsigned long netmem;
	__u32 num;
	__u32 gone_from; /* from here to gone_to: entries already taken out, but not wiped yet */
	__u32 gone_to;
	__u32 found;
};

static int search_one(__u32 i, struct search *s)
{
	unsigned long entry = 0;

	if (i >= s->num)
		return 1;
	if (i >= s->gone_from && i < s->gone_to)
		return 0;
	bpf_probe_read_kernel(&entry, sizeof(entry), s->at + i);
	if (entry != s->netmem)
		return 0;
	s->found = 1;
	return 1;
}

#define MAX_RING (1 << 16)

/* Does the pool have the net_iov in its cache or in its ring? */
static __noinline bool is_in_pool(const struct page_pool *pool, unsigned long netmem)
{
	struct search s = {
		.at = (const void *)pool +
		      bpf_core_field_offset(struct page_pool___race, alloc.cache),
		.netmem = netmem,
		.num = BPF_CORE_READ(pool, alloc.count),
	};

	bpf_loop(RACE_CACHE, search_one, &s, 0);
	if (s.found)
		return true;
	/*
	 * The ring wipes entries in batches. The end of the entries that are not wiped may move
	 * while this looks, so it is read last. If it is before their beginning, it has wrapped.
	 */
	s.gone_from = BPF_CORE_READ((const struct page_pool___race *)pool, ring.consumer_tail);
	s.gone_to = BPF_CORE_READ((const struct page_pool___race *)pool, ring.consumer_head);
	if (s.gone_to < s.gone_from)
		s.gone_from = 0;
	s.at = (const void *)BPF_CORE_READ(pool, ring.queue);
	s.num = BPF_CORE_READ(pool, ring.size);
	bpf_loop(MAX_RING, search_one, &s, 0);
	return s.found;
}

/*
 * The map may be wrong: the kernel skips a program when it interrupts another run of itself. So the
 * map only says where to look.
 */
static __always_inline int followed_given(void *ctx, const struct page_pool *pool,
					  unsigned long netmem)
{
	__u64 niov = netmem & ~1UL;
	__u32 *was;

	if (!(netmem & 1))
		return 0;
	was = bpf_map_lookup_elem(&niov_places, &niov);
	if (was && *was == NIOV_IN && is_in_pool(pool, netmem))
		report_free(ctx, RACE_DOUBLE_FREE, pool, niov, DETAIL_IN_POOL);
	niov_place(niov, NIOV_IN);
	return 0;
}

#endif

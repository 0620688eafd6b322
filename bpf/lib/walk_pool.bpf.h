/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What a page_pool says about itself and about the memory that it gives out.
 *
 * The file that includes this defines page_size.
 */
#ifndef DEVMEM_BPF_WALK_POOL_H
#define DEVMEM_BPF_WALK_POOL_H

#include "lib/kernel.bpf.h"

#include <linux/bpf.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>

#include "contract/walk.h"
#include "lib/binding.bpf.h"
#include "lib/providers.bpf.h"

static __u32 ring_fill(const struct page_pool *pool)
{
	int producer = BPF_CORE_READ(pool, ring.producer);
	int head = BPF_CORE_READ(pool, ring.consumer_head);
	int size = BPF_CORE_READ(pool, ring.size);
	void **queue, *entry = NULL;

	if (size <= 0)
		return 0;
	if (producer != head)
		return producer > head ? producer - head : producer - head + size;
	/* The two are equal both when the ring is empty and when it is full. */
	queue = BPF_CORE_READ(pool, ring.queue);
	bpf_probe_read_kernel(&entry, sizeof(entry), queue + head);
	return entry ? size : 0;
}

/* The sums of the last binding. Pools of one binding mostly follow each other. */
static const void *summed_binding;
static __u32 summed_niovs;
static __u32 summed_outstanding;

static __noinline int sum_binding(const struct net_devmem_dmabuf_binding___genpool *b)
{
	struct chunks c;

	summed_binding = b;
	summed_niovs = 0;
	if (!sum_chunks(b, &c))
		return 0;
	summed_niovs = c.size / page_size;
	summed_outstanding = (c.size - c.avail) / page_size;
	return 0;
}

static void read_binding(struct devmem_pool_state *s, const void *priv)
{
	const struct net_devmem_dmabuf_binding___freelist *own = priv;
	const struct net_devmem_dmabuf_binding___genpool *gen = priv;
	const struct net_devmem_dmabuf_binding *b = priv;

	s->binding = BPF_CORE_READ(b, id);
	s->size_bytes = BPF_CORE_READ(b, dmabuf, size);
	if (bpf_core_field_exists(own->outstanding)) {
		s->binding_niovs = BPF_CORE_READ(own, num_niovs);
		s->binding_outstanding = BPF_CORE_READ(own, outstanding.counter);
		s->binding_unbound = BPF_CORE_READ(own, unbound);
	} else if (bpf_core_field_exists(gen->chunk_pool)) {
		if (summed_binding != priv)
			sum_binding(gen);
		s->binding_niovs = summed_niovs;
		s->binding_outstanding = summed_outstanding;
	}
}

/* The memory that io_uring's zero-copy receive gives out is its area. */
static void read_zcrx(struct devmem_pool_state *s, const struct io_zcrx_ifq *ifq)
{
	const struct io_zcrx_area___mem *with_mem;
	const struct io_zcrx_area *area;

	if (!bpf_core_field_exists(ifq->area))
		return;
	area = BPF_CORE_READ(ifq, area);
	with_mem = (const void *)area;
	if (!area)
		return;
	s->binding_niovs = BPF_CORE_READ(area, nia.num_niovs);
	s->binding_outstanding = s->binding_niovs - BPF_CORE_READ(area, free_count);
	/* From 6.16 on. Before, an area had as many pages as net_iovs. */
	if (bpf_core_field_exists(with_mem->mem.size))
		s->size_bytes = BPF_CORE_READ(with_mem, mem.size);
	else
		s->size_bytes = (__u64)s->binding_niovs * page_size;
}

static void read_pool(struct devmem_pool_state *s, const struct page_pool *pool, __u32 ifindex)
{
	const struct page_pool___napi_id *with_id = (const void *)pool;
	void *priv;

	__builtin_memset(s, 0, sizeof(*s));
	s->ifindex = ifindex == LOOPBACK_IFINDEX ? 0 : ifindex;
	s->queue = BPF_CORE_READ(pool, slow.queue_idx);
	s->pool = BPF_CORE_READ(pool, user.id);
	s->detach_s = BPF_CORE_READ(pool, user.detach_time);
	if (bpf_core_field_exists(with_id->user.napi_id))
		s->napi = BPF_CORE_READ(with_id, user.napi_id);
	else if (!s->detach_s)
		s->napi = BPF_CORE_READ(pool, p.napi, napi_id);
	s->hold = BPF_CORE_READ(pool, pages_state_hold_cnt);
	s->release = BPF_CORE_READ(pool, pages_state_release_cnt.counter);
	s->cache = BPF_CORE_READ(pool, alloc.count);
	s->ring = ring_fill(pool);
	s->ring_size = BPF_CORE_READ(pool, ring.size);
	priv = BPF_CORE_READ(pool, mp_priv);
	s->kind = provider_kind(priv, pool_ops(pool), BPF_CORE_READ(pool, slow.netdev), s->queue);
	if (s->kind == DEVMEM_PROVIDER_DMABUF)
		read_binding(s, priv);
	else if (s->kind == DEVMEM_PROVIDER_ZCRX)
		read_zcrx(s, priv);
}

#endif

/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The page pools of a device: which binding feeds a queue, and how many of its net_iovs are not
 * back in it.
 */
#ifndef DEVMEM_BPF_QUEUE_POOLS_H
#define DEVMEM_BPF_QUEUE_POOLS_H

#include "lib/kernel.bpf.h"

#include <linux/bpf.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>

#include "lib/device.bpf.h"
#include "lib/providers.bpf.h"

struct look {
	struct hlist_node *node;
	const void *provider; /* in: sum up the pools of this provider; NULL: of no provider */
	__u32 queue;
	__u32 outstanding; /* net_iovs of the provider that are not back in it */
	__u32 pool;	   /* the newest pool that feeds the queue, 0: none */
	__u64 pool_provider;
	__u32 pool_kind;
};

/* Runs under the lock that protects the device's configuration, so no pool comes or goes. */
static int look_at_pool(__u32 index, struct look *l)
{
	struct hlist_node *node = l->node;
	struct page_pool *pool;
	const void *priv;
	__u32 id;

	if (!node)
		return 1;
	pool = (void *)node - bpf_core_field_offset(struct page_pool, user.list);
	l->node = BPF_CORE_READ(node, next);
	priv = BPF_CORE_READ(pool, mp_priv);
	if (l->provider && priv == l->provider)
		l->outstanding += BPF_CORE_READ(pool, pages_state_hold_cnt) -
				  BPF_CORE_READ(pool, pages_state_release_cnt.counter);
	id = BPF_CORE_READ(pool, user.id);
	/* A pool for headers has host memory, even when a provider feeds the queue. */
	if (!priv && l->pool_provider)
		return 0;
	if ((id > l->pool || (priv && !l->pool_provider)) &&
	    !BPF_CORE_READ(pool, user.detach_time) &&
	    BPF_CORE_READ(pool, slow.queue_idx) == l->queue) {
		l->pool = id;
		l->pool_provider = (__u64)priv;
		l->pool_kind = provider_kind(priv, pool_ops(pool), BPF_CORE_READ(pool, slow.netdev),
					     l->queue);
	}
	return 0;
}

static __noinline int look_at_queue(struct look *l, __u64 dev_address)
{
	const struct net_device *dev = (const void *)dev_address;

	if (!l)
		return 0;
	l->node = BPF_CORE_READ(dev, page_pools.first);
	bpf_loop(MAX_POOLS, look_at_pool, l, 0);
	return 0;
}

static __noinline __u32 outstanding_of(__u64 dev, __u64 provider)
{
	struct look l = { .provider = (const void *)provider, .queue = -1 };

	if (!provider)
		return 0;
	look_at_queue(&l, dev);
	return l.outstanding;
}

#endif

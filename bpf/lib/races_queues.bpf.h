/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Which provider does a queue have, and which one does a pool have?
 */
#ifndef DEVMEM_RACES_QUEUES_H
#define DEVMEM_RACES_QUEUES_H

#include "lib/races_kernel.bpf.h"

#include <linux/bpf.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>

#include "contract/races.h"
#include "lib/device.bpf.h"
#include "lib/providers.bpf.h"

extern void *bpf_rdonly_cast(const void *obj, __u32 btf_id) __ksym;

#define cast_to(type, p) ((type *)bpf_rdonly_cast((const void *)(p), bpf_core_type_id_kernel(type)))

/* Like niov_pool(), for programs that run for every buffer. */
static __always_inline struct page_pool *pool_of(unsigned long niov)
{
	const struct net_iov___desc *later = (const void *)niov;

	if (bpf_core_field_exists(later->desc.pp))
		return cast_to(struct net_iov___desc, niov)->desc.pp;
	return cast_to(struct net_iov, niov)->pp;
}

/* NULL if the device has fewer queues: a bridge, or lo, which gets the pools of removed devices. */
static __always_inline const struct netdev_rx_queue *checked_queue(const struct net_device *dev,
								   __u32 queue)
{
	const void *rxqs = cast_to(struct net_device, dev)->_rx;

	if (queue >= cast_to(struct net_device___race, dev)->num_rx_queues)
		return NULL;
	/* The verifier wants to see that the offset is bounded. */
	queue &= 0xffff;
	rxqs += (__u64)queue * bpf_core_type_size(struct netdev_rx_queue);
	return cast_to(struct netdev_rx_queue, rxqs);
}

/* The private data of the queue's memory provider; NULL: host memory. */
static __always_inline void *queue_provider(const struct net_device *dev, __u32 queue)
{
	const struct netdev_rx_queue *rxq = checked_queue(dev, queue);

	return rxq ? rxq->mp_params.mp_priv : NULL;
}

static __always_inline void queue_key(struct race_queue_key *key, const struct net_device *dev,
				      __u32 queue)
{
	key->netns = dev_netns(dev);
	key->ifindex = BPF_CORE_READ(dev, ifindex);
	key->queue = queue;
}

static __always_inline void pool_queue(const struct page_pool *pool, struct race_queue_key *queue)
{
	queue_key(queue, BPF_CORE_READ(pool, slow.netdev), BPF_CORE_READ(pool, slow.queue_idx));
}

/* The id of the binding that feeds a queue; 0 for host memory and for io_uring's. */
static __always_inline __u32 binding_id(const void *priv, const struct net_device *dev, __u32 queue)
{
	return id_of(priv, provider_kind(priv, NULL, dev, queue));
}

static __noinline __u32 pool_binding(const struct page_pool *pool)
{
	if (!pool)
		return 0;
	return binding_id(BPF_CORE_READ(pool, mp_priv), BPF_CORE_READ(pool, slow.netdev),
			  BPF_CORE_READ(pool, slow.queue_idx));
}

static __noinline __u32 queue_binding(const struct net_device *dev, __u32 queue)
{
	if (!dev)
		return 0;
	return binding_id(queue_provider(dev, queue), dev, queue);
}

#endif

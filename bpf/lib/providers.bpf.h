/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Which memory is behind a page_pool or a queue? The type of object that mp_priv points to depends
 * on it, and the object itself does not say. The ops would say it, but they are static objects,
 * which not every kernel has in its kallsyms. But each provider knows the device that it is for.
 */
#ifndef DEVMEM_BPF_PROVIDERS_H
#define DEVMEM_BPF_PROVIDERS_H

#include "lib/kernel.bpf.h"

#include <bpf/bpf_core_read.h>

#include "contract/walk.h"

/* The address is learned while the device is there: once it is gone, only the ops tell the kind. */
static __u64 dmabuf_ops;
static __u64 zcrx_ops;

/* Before 6.15 there is only one kind of provider. */
static __always_inline bool dmabuf_is_all(void)
{
	return !bpf_core_type_exists(struct io_zcrx_ifq);
}

static __always_inline struct netdev_rx_queue *rx_queue(const struct net_device *dev, __u32 queue)
{
	return (void *)BPF_CORE_READ(dev, _rx) +
	       (__u64)queue * bpf_core_type_size(struct netdev_rx_queue);
}

/* The device that a queue's provider is for: the one that leases the queue, or the queue's own. */
static __always_inline const struct net_device *provider_dev(const struct net_device *dev,
							     __u32 queue)
{
	const struct netdev_rx_queue___lease *rxq = (const void *)rx_queue(dev, queue);
	const struct netdev_rx_queue *lease;

	if (!bpf_core_field_exists(rxq->lease) || queue >= BPF_CORE_READ(dev, real_num_rx_queues))
		return dev;
	lease = BPF_CORE_READ(rxq, lease);
	return lease ? BPF_CORE_READ(lease, dev) : dev;
}

/* @queue: the queue of @dev that the provider feeds */
static __always_inline __u32 provider_kind(const void *priv, const struct memory_provider_ops *ops,
					   const struct net_device *dev, __u32 queue)
{
	const struct net_devmem_dmabuf_binding *b = priv;
	const struct io_zcrx_ifq *ifq = priv;

	if (!priv)
		return DEVMEM_PROVIDER_HOST;
	if (dmabuf_is_all())
		return DEVMEM_PROVIDER_DMABUF;
	dev = provider_dev(dev, queue);
	if (dev && BPF_CORE_READ(b, dev) == dev) {
		dmabuf_ops = (__u64)ops;
		return DEVMEM_PROVIDER_DMABUF;
	}
	if (dev && BPF_CORE_READ(ifq, netdev) == dev) {
		zcrx_ops = (__u64)ops;
		return DEVMEM_PROVIDER_ZCRX;
	}
	if (ops && (__u64)ops == dmabuf_ops)
		return DEVMEM_PROVIDER_DMABUF;
	if (ops && (__u64)ops == zcrx_ops)
		return DEVMEM_PROVIDER_ZCRX;
	return DEVMEM_PROVIDER_OTHER;
}

static __always_inline const struct memory_provider_ops *pool_ops(const struct page_pool *pool)
{
	return bpf_core_field_exists(pool->mp_ops) ? BPF_CORE_READ(pool, mp_ops) : NULL;
}

static __always_inline const struct memory_provider_ops *
queue_ops(const struct netdev_rx_queue *rxq)
{
	return bpf_core_field_exists(rxq->mp_params.mp_ops) ? BPF_CORE_READ(rxq, mp_params.mp_ops)
							    : NULL;
}

/* The id of a binding; 0 for host memory and for io_uring's. */
static __always_inline __u32 id_of(const void *priv, __u32 kind)
{
	const struct net_devmem_dmabuf_binding *b = priv;

	return kind == DEVMEM_PROVIDER_DMABUF ? BPF_CORE_READ(b, id) : 0;
}

#endif

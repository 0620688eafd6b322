/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The devices of a network namespace, their rx queues and their page pools, one step at a time.
 *
 * The file that includes this defines the maps pool_states and rxq_states, and what walk_pool.bpf.h
 * asks for.
 */
#ifndef DEVMEM_BPF_WALK_DEVICES_H
#define DEVMEM_BPF_WALK_DEVICES_H

#include "lib/kernel.bpf.h"

#include <linux/bpf.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>

#include "contract/walk.h"
#include "lib/providers.bpf.h"
#include "lib/walk_pool.bpf.h"

/*
 * More steps than any machine has devices and pools. A limit, because a list that changes may loop.
 */
#define MAX_WALK_STEPS (1 << 17)

/* Where the walk is. */
struct cursor {
	struct devmem_walk *walk;
	struct list_head *head;	       /* of the namespace's devices */
	struct list_head *dev_node;    /* of the current device */
	struct netdev_rx_queue *rxqs;  /* its rx queues */
	struct hlist_node *pool_node;  /* its next pool, NULL: no more pools */
	struct hlist_node **pool_prev; /* what must point to pool_node */
	__u32 num_rxqs;
	__u32 rxq; /* the next one to look at */
	__u32 dev_ifindex;
};

/* Makes the next device current. Returns 1 when there is none or the list cannot be followed. */
static int next_device(struct cursor *c)
{
	struct list_head *next = NULL;
	struct net_device *dev;

	if (bpf_probe_read_kernel(&next, sizeof(next), &c->dev_node->next) || !next) {
		c->walk->unread++;
		return 1;
	}
	if (next == c->head)
		return 1;
	c->dev_node = next;
	dev = (void *)next - bpf_core_field_offset(struct net_device, dev_list);
	c->dev_ifindex = BPF_CORE_READ(dev, ifindex);
	c->pool_node = NULL;
	c->num_rxqs = 0;
	/* The loopback device has the pools of interfaces that are gone. */
	if (c->walk->ifindex && c->walk->ifindex != c->dev_ifindex &&
	    c->dev_ifindex != LOOPBACK_IFINDEX)
		return 0;
	c->rxqs = BPF_CORE_READ(dev, _rx);
	c->num_rxqs = BPF_CORE_READ(dev, real_num_rx_queues);
	c->rxq = 0;
	c->pool_prev = &dev->page_pools.first;
	c->pool_node = BPF_CORE_READ(dev, page_pools.first);
	return 0;
}

/* Queues live as long as their device. The walk skips those without a provider. */
static void read_rxq(struct cursor *c)
{
	struct devmem_walk *walk = c->walk;
	struct net_devmem_dmabuf_binding *b;
	struct netdev_rx_queue *rxq;
	struct net_device *dev;
	struct devmem_rxq_state *s;
	__u32 slot = walk->rxqs;
	void *priv;

	rxq = (void *)c->rxqs + (__u64)c->rxq * bpf_core_type_size(struct netdev_rx_queue);
	priv = BPF_CORE_READ(rxq, mp_params.mp_priv);
	if (!priv)
		return;
	s = bpf_map_lookup_elem(&rxq_states, &slot);
	if (!s || slot >= walk->max_rxqs) {
		walk->overflow++;
		return;
	}
	__builtin_memset(s, 0, sizeof(*s));
	s->ifindex = c->dev_ifindex;
	s->queue = c->rxq;
	s->napi = BPF_CORE_READ(rxq, napi, napi_id);
	dev = (void *)c->dev_node - bpf_core_field_offset(struct net_device, dev_list);
	s->kind = provider_kind(priv, queue_ops(rxq), dev, c->rxq);
	if (s->kind == DEVMEM_PROVIDER_DMABUF) {
		b = priv;
		s->binding = BPF_CORE_READ(b, id);
		s->size_bytes = BPF_CORE_READ(b, dmabuf, size);
	}
	walk->rxqs++;
}

/*
 * Pools have no reference count, RCU does not delay their freeing, and a program cannot take the
 * mutex that protects the list. So the walk reads a pool and believes it only if the pool is still
 * at its place in the list afterwards. It counts the lists that changed in the meantime.
 */
static int step(__u32 index, struct cursor *c)
{
	struct devmem_walk *walk = c->walk;
	struct hlist_node *node = c->pool_node, *again = NULL, **pprev;
	struct devmem_pool_state *s;
	struct page_pool *pool;
	__u32 slot = walk->pools;

	if (c->rxq < c->num_rxqs) {
		read_rxq(c);
		c->rxq++;
		return 0;
	}
	if (!node)
		return next_device(c);
	pool = (void *)node - bpf_core_field_offset(struct page_pool, user.list);
	s = bpf_map_lookup_elem(&pool_states, &slot);
	if (s && slot < walk->max_pools)
		read_pool(s, pool, c->dev_ifindex);
	c->pool_node = BPF_CORE_READ(node, next);
	pprev = BPF_CORE_READ(node, pprev);
	bpf_probe_read_kernel(&again, sizeof(again), c->pool_prev);
	if (again != node || pprev != c->pool_prev) {
		walk->unread++;
		c->pool_node = NULL;
		return 0;
	}
	c->pool_prev = &node->next;
	if (s && slot < walk->max_pools)
		walk->pools++;
	else
		walk->overflow++;
	return 0;
}

#endif

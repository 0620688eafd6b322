/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * devmem TCP: dma-bufs bound to rx queues.
 *
 * Who may touch what:
 *  - a binding's dev, unbound, too_small and list, and a queue's
 *    rxq->mp_params: rtnl;
 *  - bound_rxqs: changed under rtnl; looked into under rtnl or binding->lock;
 *  - attachment, sgt and parent: rtnl, or whoever dropped the last reference;
 *  - ready, and pool and former of a devmem_rxq: binding->lock, taken with BHs
 *    off since NAPI refills under it;
 *  - returned, outstanding and ref: atomics, any context;
 *  - ifindex and netns: written under rtnl, read by trace events anywhere;
 *  - everything else is constant from bind to free.
 */
#ifndef _NET_DEVMEM_H
#define _NET_DEVMEM_H

#include <linux/llist.h>
#include <linux/refcount.h>
#include <linux/spinlock.h>
#include <linux/types.h>
#include <linux/xarray.h>
#include <net/netmem.h>
#include <net/page_pool/types.h>
#include <trace/events/devmem.h>

struct dma_buf;
struct dma_buf_attachment;
struct net_device;
struct netlink_ext_ack;
struct netdev_rx_queue;
struct sg_table;
struct sock;

/**
 * struct net_devmem_dmabuf_binding - a dma-buf that feeds rx queues
 * @returned: net_iovs given back since @ready was last refilled. Any context
 *	pushes; only a refill takes, and takes all, so that no ABA is possible.
 * @outstanding: net_iovs that are in page_pools, rings, sockets or user space
 * @ready: free net_iovs that the next refill hands out; under @lock
 * @lock: serialises refills of the pools that share the binding
 * @num_niovs: how many net_iovs the dma-buf was cut into
 * @num_areas: how many DMA-contiguous areas it consists of
 * @id: unique among all bindings, also those that wait for their last user
 * @ifindex: of @dev; kept when @dev is gone, follows it between namespaces
 * @netns: inode number of the namespace of @dev, likewise
 * @niovs: all net_iovs, in dma-buf order
 * @areas: what net_iov::owner points to
 * @dmabuf: the dma-buf, referenced until the binding is freed
 * @attachment: of @dmabuf to @parent, NULL once the device went away
 * @sgt: its DMA mapping, NULL once the device went away
 * @parent: the device that does DMA, referenced while it is mapped for
 * @dev: the interface, NULL once it was unregistered
 * @list: on the netlink socket that owns the binding
 * @bound_rxqs: struct devmem_rxq by queue index
 * @ref: one for the owner, one for each bound queue, one for each page_pool
 * @unbound: the owner gave it up; queues that could not be restarted may
 *	still be fed from it
 * @too_small: it could not fill the rings when last asked
 *
 * A pool outlives all net_iovs it handed out, so a net_iov needs no
 * reference of its own.
 */
struct net_devmem_dmabuf_binding {
	struct llist_head returned ____cacheline_aligned_in_smp;
	atomic_t outstanding;

	spinlock_t lock ____cacheline_aligned_in_smp;
	struct llist_node *ready;
	u32 num_niovs;
	u32 num_areas;
	u32 id;
	u32 ifindex;
	u32 netns;

	struct net_iov *niovs;
	struct dmabuf_genpool_chunk_owner *areas;
	struct dma_buf *dmabuf;
	struct dma_buf_attachment *attachment;
	struct sg_table *sgt;
	struct device *parent;
	struct net_device *dev;
	struct list_head list;
	struct xarray bound_rxqs;
	refcount_t ref;
	bool unbound;
	bool too_small;
};

/**
 * struct dmabuf_genpool_chunk_owner - a DMA-contiguous area of a dma-buf
 * @base_virtual: offset of the area in the dma-buf, in bytes
 * @base_dma_addr: DMA address of its first byte
 * @niovs: its first net_iov
 * @num_niovs: how many net_iovs it has
 * @binding: what it belongs to
 *
 * The name is the one that struct net_iov has for its owner.
 */
struct dmabuf_genpool_chunk_owner {
	unsigned long base_virtual;
	dma_addr_t base_dma_addr;
	struct net_iov *niovs;
	size_t num_niovs;
	struct net_devmem_dmabuf_binding *binding;
};

/**
 * struct devmem_rxq - an rx queue of a binding
 * @rxq: the queue
 * @pool: the newest page_pool made for it, NULL while there is none
 * @former: the one before, while it lives: it feeds the queue again if @pool
 *	was made for a change of the ring that then failed
 * @need: estimate of what the queue's ring takes, in net_iovs; 0 while unknown
 * @former_need: the same before @pool was made
 */
struct devmem_rxq {
	struct netdev_rx_queue *rxq;
	struct page_pool *pool;
	struct page_pool *former;
	u32 need;
	u32 former_need;
};

#if defined(CONFIG_NET_DEVMEM)

static inline struct net_devmem_dmabuf_binding *
net_iov_binding(const struct net_iov *niov)
{
	return niov->owner->binding;
}

static inline u32 net_iov_binding_id(const struct net_iov *niov)
{
	return net_iov_binding(niov)->id;
}

/* Offset of @niov in its dma-buf: what a token's frag_offset counts from */
static inline unsigned long net_iov_virtual_addr(const struct net_iov *niov)
{
	const struct dmabuf_genpool_chunk_owner *area = niov->owner;

	return area->base_virtual +
	       ((unsigned long)(niov - area->niovs) << PAGE_SHIFT);
}

/* The callers' interface: netdev-genl.c, dev.c */
struct net_devmem_dmabuf_binding *
net_devmem_bind_dmabuf(struct net_device *dev, unsigned int dmabuf_fd,
		       struct netlink_ext_ack *extack);
void net_devmem_unbind_dmabuf(struct net_devmem_dmabuf_binding *binding);
int net_devmem_bind_dmabuf_to_queue(struct net_device *dev, u32 rxq_idx,
				    struct net_devmem_dmabuf_binding *binding,
				    struct netlink_ext_ack *extack);
void dev_dmabuf_uninstall(struct net_device *dev);

/* Between devmem.c, devmem_provider.c and devmem_bench.c */
extern const struct memory_provider_ops dmabuf_devmem_ops;

void net_devmem_dmabuf_binding_free(struct net_devmem_dmabuf_binding *binding);
int net_devmem_carve(struct net_devmem_dmabuf_binding *binding,
		     struct sg_table *sgt, size_t size, int nid,
		     struct netlink_ext_ack *extack);
void net_devmem_uncarve(struct net_devmem_dmabuf_binding *binding);
int net_devmem_check_room(struct net_devmem_dmabuf_binding *binding,
			  struct devmem_rxq *self, u32 need);
unsigned int net_devmem_take(struct net_devmem_dmabuf_binding *binding,
			     struct net_iov **niovs, unsigned int max);
void net_devmem_give(struct net_devmem_dmabuf_binding *binding,
		     struct net_iov *niov);

u32 net_devmem_pool_id(struct net_devmem_dmabuf_binding *binding, u32 rxq_idx);

static inline void
net_devmem_dmabuf_binding_put(struct net_devmem_dmabuf_binding *binding)
{
	if (refcount_dec_and_test(&binding->ref))
		net_devmem_dmabuf_binding_free(binding);
}

/* Trace hooks of tcp.c, tcp_ipv4.c and sock.c; @netmem is known a net_iov */
static inline void net_devmem_token_get(const struct sock *sk,
					netmem_ref netmem, u32 token)
{
	trace_devmem_token_get(sk, __netmem_clear_lsb(netmem), token,
			       DEVMEM_TOKEN_RECVMSG);
}

static inline void net_devmem_token_put(const struct sock *sk,
					netmem_ref netmem, u32 token,
					enum devmem_token_how how)
{
	trace_devmem_token_put(sk, __netmem_clear_lsb(netmem), token, how);
}

#else

static inline struct net_devmem_dmabuf_binding *
net_devmem_bind_dmabuf(struct net_device *dev, unsigned int dmabuf_fd,
		       struct netlink_ext_ack *extack)
{
	return ERR_PTR(-EOPNOTSUPP);
}

static inline void
net_devmem_unbind_dmabuf(struct net_devmem_dmabuf_binding *binding)
{
}

static inline int
net_devmem_bind_dmabuf_to_queue(struct net_device *dev, u32 rxq_idx,
				struct net_devmem_dmabuf_binding *binding,
				struct netlink_ext_ack *extack)
{
	return -EOPNOTSUPP;
}

static inline void dev_dmabuf_uninstall(struct net_device *dev)
{
}

static inline unsigned long net_iov_virtual_addr(const struct net_iov *niov)
{
	return 0;
}

static inline u32 net_iov_binding_id(const struct net_iov *niov)
{
	return 0;
}

static inline void net_devmem_token_get(const struct sock *sk,
					netmem_ref netmem, u32 token)
{
}

static inline void net_devmem_token_put(const struct sock *sk,
					netmem_ref netmem, u32 token,
					enum devmem_token_how how)
{
}

#endif /* CONFIG_NET_DEVMEM */

#endif /* _NET_DEVMEM_H */

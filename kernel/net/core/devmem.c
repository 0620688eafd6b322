// SPDX-License-Identifier: GPL-2.0-only
/*
 * devmem TCP: binding dma-bufs to rx queues and giving them up again.
 *
 * A binding is created and bound to queues by one netlink request and given
 * up when the netlink socket closes. It lives on until its last user is gone:
 * the owner, each queue that it feeds, each page_pool with a net_iov still
 * out. Queues are switched over by netdev_rx_queue_set_provider(), after
 * which rxq->mp_params says what really feeds the queue, also when the switch
 * failed. So a queue whose driver refuses to leave the binding keeps it, and
 * is let go when the interface goes down, when the queue is bound anew, or
 * when the interface is unregistered, whichever comes first.
 */

#include <linux/dma-buf.h>
#include <linux/ethtool.h>
#include <linux/ethtool_netlink.h>
#include <linux/netdevice.h>
#include <linux/rtnetlink.h>
#include <linux/slab.h>
#include <linux/wait_bit.h>
#include <net/netdev_queues.h>
#include <net/netdev_rx_queue.h>
#include <net/page_pool/helpers.h>
#include <net/sock.h>

#include "devmem.h"
#include "page_pool_priv.h"

#define CREATE_TRACE_POINTS
#include <trace/events/devmem.h>

/* By id. An id is free for reuse only when its binding was freed, so that
 * tokens in user space never name a younger binding.
 */
static DEFINE_XARRAY_FLAGS(devmem_bindings, XA_FLAGS_ALLOC1);

#define devmem_trace(event, binding, err)				\
do {									\
	const struct net_devmem_dmabuf_binding *b_ = (binding);		\
									\
	trace_##event(READ_ONCE(b_->netns), READ_ONCE(b_->ifindex),	\
		      b_->id, (u64)b_->num_niovs << PAGE_SHIFT,		\
		      b_->num_niovs, atomic_read(&b_->outstanding), err);\
} while (0)

/* Trace what happened to a queue, with the pool that feeds it, if any. */
static void devmem_trace_queue(struct net_devmem_dmabuf_binding *binding,
			       u32 rxq_idx, bool bind, int err)
{
	u32 pool_id, napi_id = 0;
	struct netdev_rx_queue *rxq;

	if (bind ? !trace_devmem_queue_bind_enabled() :
		   !trace_devmem_queue_unbind_enabled())
		return;

	pool_id = net_devmem_pool_id(binding, rxq_idx);
	if (rxq_idx < binding->dev->num_rx_queues) {
		rxq = __netif_get_rx_queue(binding->dev, rxq_idx);
		if (rxq->napi)
			napi_id = rxq->napi->napi_id;
	}

	if (bind)
		trace_devmem_queue_bind(binding->netns, binding->ifindex,
					rxq_idx, binding->id, pool_id, napi_id,
					err);
	else
		trace_devmem_queue_unbind(binding->netns, binding->ifindex,
					  rxq_idx, binding->id, pool_id,
					  napi_id, err);
}

/* The device will not do DMA into the dma-buf any more. */
static void devmem_unmap(struct net_devmem_dmabuf_binding *binding)
{
	if (!binding->attachment)
		return;
	dma_buf_unmap_attachment_unlocked(binding->attachment, binding->sgt,
					  DMA_FROM_DEVICE);
	dma_buf_detach(binding->dmabuf, binding->attachment);
	put_device(binding->parent);
	binding->attachment = NULL;
	binding->sgt = NULL;
}

/**
 * net_devmem_dmabuf_binding_free() - the last user of a binding is gone
 * @binding: the binding
 *
 * Context: process; with or without rtnl.
 */
void net_devmem_dmabuf_binding_free(struct net_devmem_dmabuf_binding *binding)
{
	bool lost;

	devmem_trace(devmem_binding_free, binding, 0);

	/* While it is found by its id dev_dmabuf_uninstall() waits for it */
	devmem_unmap(binding);

	/* A net_iov that is out without a pool to account for it may be looked
	 * into yet. The memory stays then, and so does the id, which tokens
	 * may name: what has ids to give keeps that of a NULL.
	 */
	lost = WARN_ON(atomic_read(&binding->outstanding));
	if (lost)
		xa_store(&devmem_bindings, binding->id, NULL, GFP_KERNEL);
	else
		xa_erase(&devmem_bindings, binding->id);
	wake_up_var(&devmem_bindings);
	if (lost)
		return;

	dma_buf_put(binding->dmabuf);
	net_devmem_uncarve(binding);
	xa_destroy(&binding->bound_rxqs);
	kfree(binding);
}

/* Take @q out of @binding, which nothing feeds it from any more, and drop its
 * reference.
 */
static void devmem_drop_queue(struct net_devmem_dmabuf_binding *binding,
			      u32 rxq_idx, struct devmem_rxq *q)
{
	ASSERT_RTNL();

	xa_erase(&binding->bound_rxqs, rxq_idx);
	/* mp_dmabuf_devmem_destroy() looks q up without rtnl, but under the
	 * lock: wait for one that found it.
	 */
	spin_lock_bh(&binding->lock);
	spin_unlock_bh(&binding->lock);
	kfree(q);
	net_devmem_dmabuf_binding_put(binding);
}

/* Does @binding still feed the queue? */
static bool devmem_feeds(const struct net_devmem_dmabuf_binding *binding,
			 const struct netdev_rx_queue *rxq)
{
	return rxq->mp_params.mp_ops == &dmabuf_devmem_ops &&
	       rxq->mp_params.mp_priv == binding;
}

static int devmem_unbind_queue(struct net_devmem_dmabuf_binding *binding,
			       u32 rxq_idx, struct devmem_rxq *q)
{
	static const struct pp_memory_provider_params none;
	int err;

	err = netdev_rx_queue_set_provider(binding->dev, rxq_idx, &none, NULL);
	if (devmem_feeds(binding, q->rxq)) {
		netdev_err(binding->dev,
			   "rx queue %u: unbinding dma-buf %u failed (%d), the queue is still fed from it; set the link down and up\n",
			   rxq_idx, binding->id, err);
		devmem_trace_queue(binding, rxq_idx, false, err);
		return err;
	}
	/* A queue that died has left the binding as well */
	devmem_trace_queue(binding, rxq_idx, false, 0);
	devmem_drop_queue(binding, rxq_idx, q);
	return err;
}

/**
 * net_devmem_unbind_dmabuf() - the owner gives a binding up
 * @binding: the binding; the caller's reference is consumed
 *
 * Context: process, under rtnl. The interface may be gone already.
 */
void net_devmem_unbind_dmabuf(struct net_devmem_dmabuf_binding *binding)
{
	struct devmem_rxq *q;
	unsigned long idx;
	int err, ret = 0;

	ASSERT_RTNL();

	if (binding->list.next)
		list_del(&binding->list);

	binding->unbound = true;
	xa_for_each(&binding->bound_rxqs, idx, q) {
		err = devmem_unbind_queue(binding, idx, q);
		if (err)
			ret = err;
	}

	devmem_trace(devmem_unbind, binding, ret);
	net_devmem_dmabuf_binding_put(binding);
}

/* Why the queue cannot be bound, judged before anything was touched. */
static int devmem_check_queue(struct net_device *dev, u32 rxq_idx,
			      struct netlink_ext_ack *extack)
{
	struct net_devmem_dmabuf_binding *other;
	struct netdev_rx_queue *rxq;

	if (rxq_idx >= dev->real_num_rx_queues) {
		NL_SET_ERR_MSG_FMT(extack,
				   "rx queue index out of range: the device has %u rx queues",
				   dev->real_num_rx_queues);
		return -ERANGE;
	}

	rxq = __netif_get_rx_queue(dev, rxq_idx);
	other = rxq->mp_params.mp_priv;
	if (rxq->mp_params.mp_ops &&
	    (rxq->mp_params.mp_ops != &dmabuf_devmem_ops || !other->unbound)) {
		NL_SET_ERR_MSG(extack,
			       "rx queue is already bound: close its owner's socket or take another queue");
		return -EEXIST;
	}

#ifdef CONFIG_XDP_SOCKETS
	if (rxq->pool) {
		NL_SET_ERR_MSG(extack,
			       "rx queue is in use by AF_XDP: close that socket or take another queue");
		return -EBUSY;
	}
#endif
	return 0;
}

/* While the interface is down no pool is created that would tell what the
 * queue needs: go by the rings' sizes, so that the interface can come up.
 * Drivers that have a ring for payload alone report it as the jumbo one.
 */
static int devmem_check_room_down(struct net_device *dev,
				  struct net_devmem_dmabuf_binding *binding,
				  struct devmem_rxq *self,
				  struct netlink_ext_ack *extack)
{
	struct kernel_ethtool_ringparam kring = {};
	struct ethtool_ringparam ring = {};

	if (!dev->ethtool_ops->get_ringparam)
		return 0;
	dev->ethtool_ops->get_ringparam(dev, &ring, &kring, extack);

	return net_devmem_check_room(binding, self,
				     max(ring.rx_pending,
					 ring.rx_jumbo_pending));
}

/**
 * net_devmem_bind_dmabuf_to_queue() - let a binding feed one more rx queue
 * @dev: the interface the binding was made for
 * @rxq_idx: index of the queue
 * @binding: the binding
 * @extack: says why it was refused and what to do
 *
 * When this fails the queue is as it was. Context: process, under rtnl.
 *
 * Return: 0, or -ERANGE (no such queue), -EEXIST (already bound), -EBUSY
 * (AF_XDP), -ENOSPC (dma-buf too small for the rings), -EOPNOTSUPP (the driver
 * cannot), -ENOMEM, or what the driver's queue ops returned.
 */
int net_devmem_bind_dmabuf_to_queue(struct net_device *dev, u32 rxq_idx,
				    struct net_devmem_dmabuf_binding *binding,
				    struct netlink_ext_ack *extack)
{
	struct pp_memory_provider_params new = {
		.mp_priv = binding,
		.mp_ops = &dmabuf_devmem_ops,
	};
	struct pp_memory_provider_params old;
	struct net_devmem_dmabuf_binding *stale;
	struct devmem_rxq *q = NULL;
	int err;

	ASSERT_RTNL();

	err = devmem_check_queue(dev, rxq_idx, extack);
	if (err)
		goto out;

	q = kzalloc(sizeof(*q), GFP_KERNEL);
	err = q ? xa_insert(&binding->bound_rxqs, rxq_idx, q, GFP_KERNEL) :
		  -ENOMEM;
	if (err) {
		NL_SET_ERR_MSG(extack,
			       "no memory to bind the rx queue, nothing was changed: try again");
		kfree(q);
		q = NULL;
		goto out;
	}
	refcount_inc(&binding->ref);
	q->rxq = __netif_get_rx_queue(dev, rxq_idx);
	old = q->rxq->mp_params;

	binding->too_small = false;
	err = netif_running(dev) ? 0 :
	      devmem_check_room_down(dev, binding, q, extack);
	if (!err)
		err = netdev_rx_queue_set_provider(dev, rxq_idx, &new, extack);
	if (err && binding->too_small) {
		NL_SET_ERR_MSG_FMT(extack,
				   "dma-buf of %u pages is too small to fill the rx rings: enlarge it",
				   binding->num_niovs);
		err = -ENOSPC;
	}
	if (!err && old.mp_ops == &dmabuf_devmem_ops) {
		stale = old.mp_priv;
		devmem_trace_queue(stale, rxq_idx, false, 0);
		devmem_drop_queue(stale, rxq_idx,
				  xa_load(&stale->bound_rxqs, rxq_idx));
	}
out:
	devmem_trace_queue(binding, rxq_idx, true, err);
	if (q && err)
		devmem_drop_queue(binding, rxq_idx, q);
	return err;
}

/* Why the device cannot be bound to at all. */
static int devmem_check_dev(struct net_device *dev,
			    struct netlink_ext_ack *extack)
{
	struct kernel_ethtool_ringparam kring = {};
	struct ethtool_ringparam ring = {};

	if (!netdev_rx_queue_can_restart(dev)) {
		NL_SET_ERR_MSG(extack,
			       "driver has no queue management ops: use a NIC whose driver supports devmem");
		return -EOPNOTSUPP;
	}
	if (!dev->dev.parent) {
		NL_SET_ERR_MSG(extack,
			       "interface has no device that could do DMA: bind on the physical NIC");
		return -EOPNOTSUPP;
	}
	if (dev->ethtool_ops->get_ringparam) {
		dev->ethtool_ops->get_ringparam(dev, &ring, &kring, extack);
		if (kring.tcp_data_split == ETHTOOL_TCP_DATA_SPLIT_DISABLED) {
			NL_SET_ERR_MSG(extack,
				       "header split is off: ethtool -G DEV tcp-data-split on");
			return -EINVAL;
		}
	}
	return 0;
}

/**
 * net_devmem_bind_dmabuf() - make a binding of a dma-buf and a device
 * @dev: the interface
 * @dmabuf_fd: file descriptor of the dma-buf, of the calling process
 * @extack: says why it was refused and what to do
 *
 * Context: process, under rtnl.
 *
 * Return: the binding, which feeds no queue yet and which the caller owns
 * until net_devmem_unbind_dmabuf(), or an ERR_PTR.
 */
struct net_devmem_dmabuf_binding *
net_devmem_bind_dmabuf(struct net_device *dev, unsigned int dmabuf_fd,
		       struct netlink_ext_ack *extack)
{
	struct net_devmem_dmabuf_binding *binding;
	struct dma_buf *dmabuf;
	static u32 next_id;
	size_t size = 0;
	int err;

	ASSERT_RTNL();

	err = devmem_check_dev(dev, extack);
	if (err)
		goto refused;

	dmabuf = dma_buf_get(dmabuf_fd);
	if (IS_ERR(dmabuf)) {
		NL_SET_ERR_MSG(extack,
			       "not an open dma-buf: pass the fd that its exporter gave you");
		err = PTR_ERR(dmabuf);
		goto refused;
	}
	size = dmabuf->size;

	binding = kzalloc_node(sizeof(*binding), GFP_KERNEL,
			       dev_to_node(&dev->dev));
	if (!binding) {
		NL_SET_ERR_MSG(extack, "no memory for a binding: try again");
		err = -ENOMEM;
		goto put_dmabuf;
	}
	binding->dev = dev;
	binding->dmabuf = dmabuf;
	binding->ifindex = dev->ifindex;
	binding->netns = dev_net(dev)->ns.inum;
	refcount_set(&binding->ref, 1);
	xa_init(&binding->bound_rxqs);

	binding->attachment = dma_buf_attach(dmabuf, dev->dev.parent);
	if (IS_ERR(binding->attachment)) {
		NL_SET_ERR_MSG(extack,
			       "dma-buf refused the device: its exporter cannot share with this NIC");
		err = PTR_ERR(binding->attachment);
		goto free_binding;
	}
	binding->sgt = dma_buf_map_attachment_unlocked(binding->attachment,
						       DMA_FROM_DEVICE);
	if (IS_ERR(binding->sgt)) {
		NL_SET_ERR_MSG(extack,
			       "dma-buf cannot be mapped for the device: check its DMA mask and IOMMU");
		err = PTR_ERR(binding->sgt);
		goto detach;
	}

	err = net_devmem_carve(binding, binding->sgt, size,
			       dev_to_node(&dev->dev), extack);
	if (err)
		goto unmap;

	/* Last, as it makes the binding visible */
	err = xa_alloc_cyclic(&devmem_bindings, &binding->id, binding,
			      xa_limit_32b, &next_id, GFP_KERNEL);
	if (err < 0) {
		NL_SET_ERR_MSG(extack, "no id for a binding: close some");
		goto uncarve;
	}
	binding->parent = get_device(dev->dev.parent);

	devmem_trace(devmem_bind, binding, 0);
	return binding;

uncarve:
	net_devmem_uncarve(binding);
unmap:
	dma_buf_unmap_attachment_unlocked(binding->attachment, binding->sgt,
					  DMA_FROM_DEVICE);
detach:
	dma_buf_detach(dmabuf, binding->attachment);
free_binding:
	kfree(binding);
put_dmabuf:
	dma_buf_put(dmabuf);
refused:
	trace_devmem_bind(dev_net(dev)->ns.inum, dev->ifindex, 0, size, 0, 0,
			  err);
	return ERR_PTR(err);
}

/* The queue has no pool of the binding: it is down, or the driver has made it
 * one of host memory.
 */
static void devmem_detach_queue(struct netdev_rx_queue *rxq, u32 rxq_idx)
{
	struct net_devmem_dmabuf_binding *binding = rxq->mp_params.mp_priv;

	netdev_rx_queue_clear_provider(rxq);
	devmem_trace_queue(binding, rxq_idx, false, 0);
	devmem_drop_queue(binding, rxq_idx,
			  xa_load(&binding->bound_rxqs, rxq_idx));
}

static bool devmem_any(struct netdev_rx_queue *rxq)
{
	return true;
}

/* Its owner gave the binding up when the driver would not. */
static bool devmem_unbound(struct netdev_rx_queue *rxq)
{
	struct net_devmem_dmabuf_binding *binding = rxq->mp_params.mp_priv;

	return binding->unbound;
}

/* Bound while it was down, which no driver had a say in. */
static bool devmem_ignored(struct netdev_rx_queue *rxq)
{
	if (!page_pool_check_memory_provider(rxq->dev, rxq))
		return false;
	netdev_err(rxq->dev,
		   "rx queue %u: driver did not take the dma-buf that was bound while the link was down; the queue is unbound\n",
		   get_netdev_rx_queue_index(rxq));
	return true;
}

/* Detach those of the device's bound queues that @is says. */
static void devmem_detach_dev(struct net_device *dev,
			      bool (*is)(struct netdev_rx_queue *rxq))
{
	struct netdev_rx_queue *rxq;
	unsigned int i;

	for (i = 0; i < dev->num_rx_queues; i++) {
		rxq = __netif_get_rx_queue(dev, i);
		if (rxq->mp_params.mp_ops == &dmabuf_devmem_ops && is(rxq))
			devmem_detach_queue(rxq, i);
	}
}

/* Next binding of @dev from id *@id on, with a reference, or NULL. */
static struct net_devmem_dmabuf_binding *
devmem_for_dev(const struct net_device *dev, unsigned long *id)
{
	struct net_devmem_dmabuf_binding *binding;

	/* The lock keeps a binding whose last reference was just dropped */
	xa_lock(&devmem_bindings);
	xa_for_each_start(&devmem_bindings, *id, binding, *id)
		if (binding->dev == dev && refcount_inc_not_zero(&binding->ref))
			break;
	xa_unlock(&devmem_bindings);
	(*id)++;
	return binding;
}

/* Does any binding know @dev, such as one whose last user is just freeing it? */
static bool devmem_knows(const struct net_device *dev)
{
	struct net_devmem_dmabuf_binding *binding;
	unsigned long id;
	bool known = false;

	xa_lock(&devmem_bindings);
	xa_for_each(&devmem_bindings, id, binding)
		known |= binding->dev == dev;
	xa_unlock(&devmem_bindings);
	return known;
}

/**
 * dev_dmabuf_uninstall() - the interface is being unregistered
 * @dev: the interface, already closed
 *
 * Lets go of @dev and of the device behind it. The bindings stay with their
 * owners, and their net_iovs with whoever holds them.
 *
 * Context: process, under rtnl.
 */
void dev_dmabuf_uninstall(struct net_device *dev)
{
	struct net_devmem_dmabuf_binding *binding;
	unsigned long id = 0;

	ASSERT_RTNL();

	devmem_detach_dev(dev, devmem_any);
	while ((binding = devmem_for_dev(dev, &id))) {
		devmem_unmap(binding);
		binding->dev = NULL;
		net_devmem_dmabuf_binding_put(binding);
	}
	/* What is left lost its last user meanwhile, who unmaps it. That needs
	 * no rtnl, and the device to be there.
	 */
	wait_var_event(&devmem_bindings, !devmem_knows(dev));
}

static int devmem_netdev_event(struct notifier_block *nb, unsigned long event,
			       void *ptr)
{
	struct net_device *dev = netdev_notifier_info_to_dev(ptr);
	struct net_devmem_dmabuf_binding *binding;
	unsigned long id = 0;

	switch (event) {
	case NETDEV_UP:
		devmem_detach_dev(dev, devmem_ignored);
		break;
	case NETDEV_DOWN:
		devmem_detach_dev(dev, devmem_unbound);
		break;
	case NETDEV_REGISTER:
		/* Also sent to the namespace that an interface moved to. Read
		 * by trace events of any context.
		 */
		while ((binding = devmem_for_dev(dev, &id))) {
			WRITE_ONCE(binding->ifindex, dev->ifindex);
			WRITE_ONCE(binding->netns, dev_net(dev)->ns.inum);
			net_devmem_dmabuf_binding_put(binding);
		}
		break;
	}
	return NOTIFY_DONE;
}

static struct notifier_block devmem_netdev_nb = {
	.notifier_call = devmem_netdev_event,
};

static int __init devmem_init(void)
{
	return register_netdevice_notifier(&devmem_netdev_nb);
}
subsys_initcall(devmem_init);

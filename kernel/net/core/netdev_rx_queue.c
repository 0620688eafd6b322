// SPDX-License-Identifier: GPL-2.0-only
/*
 * Restarting one rx queue of a running device, to have it use other memory.
 *
 * The new memory is allocated first, while the queue runs: what can fail,
 * fails before anything was touched. Then the queue is stopped, which takes
 * the posted buffers away from the hardware and its NAPI off the CPUs, and
 * started with the new memory. So softirq never sees a queue half switched,
 * and a packet is made of buffers of one memory only.
 */

#include <linux/netdevice.h>
#include <linux/rtnetlink.h>
#include <linux/slab.h>
#include <net/netdev_queues.h>
#include <net/netdev_rx_queue.h>
#include <net/page_pool/memory_provider.h>
#include <trace/events/devmem.h>

#include "page_pool_priv.h"

/**
 * struct rxq_switch - one switch of a queue, on its way
 * @dev: the device
 * @idx: index of the rx queue
 * @how: in which way it is switched
 * @old: what fed the queue before
 * @new: what shall feed it
 * @old_pool: id of the page_pool of @old that feeds the queue; 0: none
 * @new_pool: of @new, once the driver has made it
 * @dead: neither new nor old memory could be started
 */
struct rxq_switch {
	struct net_device *dev;
	unsigned int idx;
	enum devmem_switch how;
	struct pp_memory_provider_params old;
	struct pp_memory_provider_params new;
	u32 old_pool;
	u32 new_pool;
	bool dead;
};

/* What a provider says of itself: 0 where there is none, or where it knows of
 * no such thing.
 */
static u32 rxq_binding_id(const struct pp_memory_provider_params *p)
{
	return p->mp_ops && p->mp_ops->binding_id ?
	       p->mp_ops->binding_id(p->mp_priv) : 0;
}

static u32 rxq_outstanding(const struct pp_memory_provider_params *p)
{
	return p->mp_ops && p->mp_ops->outstanding ?
	       p->mp_ops->outstanding(p->mp_priv) : 0;
}

static u32 rxq_pool_id(const struct pp_memory_provider_params *p, u32 rxq_idx)
{
	return p->mp_ops && p->mp_ops->rxq_pool_id ?
	       p->mp_ops->rxq_pool_id(p->mp_priv, rxq_idx) : 0;
}

/* The events are part of devmem; without it there is nobody to tell. The
 * providers are asked only when somebody listens.
 */
#define rxq_trace(phase, sw, err)					\
do {									\
	const struct rxq_switch *s_ = (sw);				\
									\
	if (IS_ENABLED(CONFIG_NET_DEVMEM) &&				\
	    trace_devmem_restart_##phase##_enabled())			\
		trace_devmem_restart_##phase(				\
			dev_net(s_->dev)->ns.inum, s_->dev->ifindex,	\
			s_->idx, s_->how,				\
			rxq_binding_id(&s_->old),			\
			rxq_binding_id(&s_->new),			\
			rxq_outstanding(&s_->old),			\
			rxq_outstanding(&s_->new),			\
			err, s_->old_pool, s_->new_pool);		\
} while (0)

/* Written under rtnl, and read under rtnl by whoever creates a page_pool for
 * the queue; ONCE for those that only look, such as trace programs.
 */
static void rxq_publish(struct netdev_rx_queue *rxq,
			const struct pp_memory_provider_params *p)
{
	WRITE_ONCE(rxq->mp_params.mp_priv, p->mp_priv);
	WRITE_ONCE(rxq->mp_params.mp_ops, p->mp_ops);
}

/**
 * netdev_rx_queue_can_restart() - has the driver got all that a restart takes?
 * @dev: the device
 *
 * Return: true if it has all four queue management ops.
 */
bool netdev_rx_queue_can_restart(const struct net_device *dev)
{
	const struct netdev_queue_mgmt_ops *ops = dev->queue_mgmt_ops;

	return ops && ops->ndo_queue_mem_alloc && ops->ndo_queue_mem_free &&
	       ops->ndo_queue_stop && ops->ndo_queue_start;
}

/* Stop the queue and start it with @new_mem, or with @old_mem if that fails.
 * On return the caller frees what is not in use: @new_mem when this failed,
 * @old_mem when it did not or when s->dead.
 */
static int rxq_stop_start(struct rxq_switch *s, void *new_mem, void *old_mem,
			  struct netlink_ext_ack *extack)
{
	const struct netdev_queue_mgmt_ops *ops = s->dev->queue_mgmt_ops;
	int err, undo;

	err = ops->ndo_queue_stop(s->dev, old_mem, s->idx);
	rxq_trace(stop, s, err);
	if (err) {
		NL_SET_ERR_MSG(extack,
			       "driver could not stop the rx queue, nothing was changed: see dmesg");
		return err;
	}

	err = ops->ndo_queue_start(s->dev, new_mem, s->idx);
	rxq_trace(start, s, err);
	if (!err)
		return 0;

	undo = ops->ndo_queue_start(s->dev, old_mem, s->idx);
	rxq_trace(rollback, s, undo);
	if (undo) {
		s->dead = true;
		netdev_err(s->dev,
			   "rx queue %u is dead: starting it failed (%d), so did going back (%d); set the link down and up\n",
			   s->idx, err, undo);
		NL_SET_ERR_MSG(extack,
			       "rx queue is dead, it could not be started again: set the link down and up");
	} else {
		NL_SET_ERR_MSG(extack,
			       "driver could not start the rx queue, it runs as before: see dmesg");
	}
	return err;
}

/* Restart the queue of a running device. rxq->mp_params is s->new already. */
static int rxq_restart(struct rxq_switch *s, struct netlink_ext_ack *extack)
{
	const struct netdev_queue_mgmt_ops *ops = s->dev->queue_mgmt_ops;
	struct netdev_rx_queue *rxq = __netif_get_rx_queue(s->dev, s->idx);
	void *new_mem, *old_mem;
	int err;

	new_mem = kvzalloc(ops->ndo_queue_mem_size, GFP_KERNEL);
	old_mem = kvzalloc(ops->ndo_queue_mem_size, GFP_KERNEL);
	if (!new_mem || !old_mem) {
		NL_SET_ERR_MSG(extack,
			       "no memory to restart the rx queue, nothing was changed: try again");
		err = -ENOMEM;
		goto free_mem;
	}

	err = ops->ndo_queue_mem_alloc(s->dev, new_mem, s->idx);
	if (!err)
		s->new_pool = rxq_pool_id(&s->new, s->idx);
	rxq_trace(mem_alloc, s, err);
	if (err) {
		NL_SET_ERR_MSG(extack,
			       "driver got no new memory for the rx queue, nothing was changed: see dmesg");
		goto free_mem;
	}

	if (page_pool_check_memory_provider(s->dev, rxq)) {
		NL_SET_ERR_MSG(extack,
			       "driver did not take the dma-buf for the rx queue: use a NIC whose driver supports devmem");
		err = -EOPNOTSUPP;
		goto free_new_queue;
	}

	err = rxq_stop_start(s, new_mem, old_mem, extack);
	if (!err || s->dead)
		ops->ndo_queue_mem_free(s->dev, old_mem);
free_new_queue:
	if (err)
		ops->ndo_queue_mem_free(s->dev, new_mem);
free_mem:
	kvfree(old_mem);
	kvfree(new_mem);
	return err;
}

/**
 * netdev_rx_queue_set_provider() - have an rx queue use another memory provider
 * @dev: the device
 * @rxq_idx: index of the rx queue
 * @new: the provider to use; all zero for host memory
 * @extack: gets the reason of a failure, may be %NULL
 *
 * A running queue is restarted. That of a device which is down takes @new when
 * the device comes up. After a failure rxq->mp_params is the old provider again,
 * which feeds the queue as before. One exception: a queue that died on its way
 * back to host memory needs no provider any more, and has none.
 *
 * Context: process, under rtnl.
 *
 * Return: 0, -EOPNOTSUPP when the driver cannot, -ENOMEM, or what its queue
 * ops returned.
 */
int netdev_rx_queue_set_provider(struct net_device *dev, unsigned int rxq_idx,
				 const struct pp_memory_provider_params *new,
				 struct netlink_ext_ack *extack)
{
	struct netdev_rx_queue *rxq = __netif_get_rx_queue(dev, rxq_idx);
	struct rxq_switch s = {
		.dev = dev,
		.idx = rxq_idx,
		.how = DEVMEM_SWITCH_RESTART,
		.old = rxq->mp_params,
		.new = *new,
		.old_pool = rxq_pool_id(&rxq->mp_params, rxq_idx),
	};
	int err = 0;

	ASSERT_RTNL();

	if (!netdev_rx_queue_can_restart(dev)) {
		NL_SET_ERR_MSG(extack,
			       "driver has no queue management ops: use a NIC whose driver supports devmem");
		return -EOPNOTSUPP;
	}

	if (!netif_running(dev) || !netif_device_present(dev))
		s.how = DEVMEM_SWITCH_DOWN;

	rxq_trace(begin, &s, 0);
	rxq_publish(rxq, &s.new);
	if (s.how == DEVMEM_SWITCH_RESTART)
		err = rxq_restart(&s, extack);
	if (err && !(s.dead && !s.new.mp_ops))
		rxq_publish(rxq, &s.old);
	rxq_trace(end, &s, err);
	return err;
}

/**
 * netdev_rx_queue_clear_provider() - an rx queue is not fed any more
 * @rxq: the queue, which has no page_pool of its provider
 *
 * Nothing is restarted: that is for a queue that is down, or whose driver has
 * given it host memory.
 *
 * Context: process, under rtnl.
 */
void netdev_rx_queue_clear_provider(struct netdev_rx_queue *rxq)
{
	static const struct pp_memory_provider_params none;

	ASSERT_RTNL();

	rxq_publish(rxq, &none);
}

/**
 * netdev_rx_queue_restart() - stop and start an rx queue as it is configured
 * @dev: the device
 * @rxq_idx: index of the rx queue
 *
 * Context: process, under rtnl.
 *
 * Return: as netdev_rx_queue_set_provider().
 */
int netdev_rx_queue_restart(struct net_device *dev, unsigned int rxq_idx)
{
	struct pp_memory_provider_params same;

	ASSERT_RTNL();

	same = __netif_get_rx_queue(dev, rxq_idx)->mp_params;
	return netdev_rx_queue_set_provider(dev, rxq_idx, &same, NULL);
}

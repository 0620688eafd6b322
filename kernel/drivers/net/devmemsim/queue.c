// SPDX-License-Identifier: GPL-2.0-only
/*
 * Starting and stopping receive queues, one by one
 *
 * All under rtnl. A queue is stopped in this order: the device lets go of the
 * ring, the interrupt is waited for, NAPI gives up what it holds and is
 * disabled, the timer is stopped. After that nobody reads or writes a buffer
 * of the ring.
 */
#include <linux/netdevice.h>
#include <net/netdev_queues.h>
#include <net/page_pool/helpers.h>

#include "devmemsim.h"

/* After this no DMA is under way and none begins: the device writes with the
 * lock held.
 */
static void dms_rxq_stop_dma(struct dms_rxq *q)
{
	spin_lock_bh(&q->lock);
	q->dev_ring = NULL;
	spin_unlock_bh(&q->lock);
}

static void dms_rxq_start_dma(struct dms_rxq *q, struct dms_ring *ring)
{
	spin_lock_bh(&q->lock);
	q->dev_ring = ring;
	spin_unlock_bh(&q->lock);
}

/* After this no interrupt of the queue is pending on any CPU */
static void dms_rxq_stop_irq(struct dms_rxq *q)
{
	clear_bit(DMS_Q_ARMED, &q->state);
	while (test_bit_acquire(DMS_Q_IRQ, &q->state))
		cpu_relax();
}

/* After this the queue's NAPI does not run, and GRO holds nothing of it */
static void dms_rxq_stop_napi(struct dms_rxq *q)
{
	set_bit(DMS_Q_STOPPING, &q->state);
	local_bh_disable();
	napi_schedule(&q->napi);
	local_bh_enable();

	napi_disable(&q->napi);
	timer_delete_sync(&q->retry);
}

static void dms_rxq_start_napi(struct dms_rxq *q)
{
	clear_bit(DMS_Q_STOPPING, &q->state);
	napi_enable(&q->napi);
	set_bit(DMS_Q_ARMED, &q->state);
}

/**
 * dms_rxq_stop() - stop a queue that runs
 * @q:		queue
 *
 * Frames that had been written but not looked at are dropped and counted.
 *
 * Context: process context under rtnl; sleeps.
 *
 * Return: the memory that the queue used, now the caller's; NULL if it did not
 * run because starting it had failed.
 */
struct dms_ring *dms_rxq_stop(struct dms_rxq *q)
{
	struct dms_ring *ring = q->ring;

	ASSERT_RTNL();

	if (!ring)
		return NULL;

	if (dms_faults_on())
		dms_fault_clear_provider(q);

	dms_fault_wait(q, DMS_WAIT_STOP_BEGIN);
	dms_rxq_stop_dma(q);
	dms_fault_wait(q, DMS_WAIT_STOP_DMA);
	dms_rxq_stop_irq(q);
	dms_fault_wait(q, DMS_WAIT_STOP_IRQ);
	if (!dms_fault_held(&q->fault))
		dms_rxq_stop_napi(q);
	dms_fault_wait(q, DMS_WAIT_STOP_NAPI);

	dms_ring_disown(ring, dms_fault_held(&q->fault));
	dms_drv_add(q, DMS_RX_STOP_DROPPED, dms_ring_discard(ring));
	/* Another queue may be about to share the pool, as a fault */
	spin_lock_bh(&dms_pool_lock);
	q->ring = NULL;
	spin_unlock_bh(&dms_pool_lock);

	return ring;
}

/**
 * dms_rxq_start() - start a stopped queue
 * @q:		queue whose NAPI has been added and is disabled
 * @ring:	memory to use; the queue's from now on
 *
 * Context: process context under rtnl.
 */
void dms_rxq_start(struct dms_rxq *q, struct dms_ring *ring)
{
	bool partial;

	ASSERT_RTNL();

	/* A ring that has run before may have empty descriptors. What cannot
	 * be filled now is left to NAPI.
	 */
	dms_fault_wait(q, DMS_WAIT_START_BEGIN);
	partial = dms_ring_refill(ring, GFP_KERNEL);

	dms_ring_own(ring, &q->napi);
	ring->ran = true;
	WRITE_ONCE(q->ring, ring);
	if (!dms_fault_held(&q->fault))
		dms_rxq_start_napi(q);
	dms_fault_wait(q, DMS_WAIT_START_NAPI);
	dms_rxq_start_dma(q, ring);
	dms_fault_wait(q, DMS_WAIT_START_DMA);
	if (dms_fault_held(&q->fault))
		dms_fault_let_go(q);

	if (partial)
		mod_timer(&q->retry, jiffies + 1);
}

/**
 * dms_rxq_prepare() - all that a queue needs before it can be started
 * @q:		queue that has no NAPI
 * @ring:	where to put its new memory
 *
 * Return: 0 or what allocating the memory failed with; then nothing is left.
 */
int dms_rxq_prepare(struct dms_rxq *q, struct dms_ring **ring)
{
	struct dms_nic *nic = q->nic;

	netif_napi_add(nic->dev, &q->napi, dms_poll);

	*ring = dms_ring_alloc(q, nic->ring_size, nic->split);
	if (IS_ERR(*ring)) {
		netif_napi_del(&q->napi);
		return PTR_ERR(*ring);
	}

	netif_queue_set_napi(nic->dev, q->index, NETDEV_QUEUE_TYPE_RX,
			     &q->napi);
	return 0;
}

/**
 * dms_rxq_unprepare() - undo dms_rxq_prepare()
 * @q:		queue that is stopped
 * @ring:	its memory
 */
void dms_rxq_unprepare(struct dms_rxq *q, struct dms_ring *ring)
{
	netif_queue_set_napi(q->nic->dev, q->index, NETDEV_QUEUE_TYPE_RX, NULL);
	netif_napi_del(&q->napi);
	kfree_skb(q->fault.held);
	q->fault.held = NULL;
	dms_ring_free(ring);
}

/* May the queues' NAPIs give to their pools without a lock? */
static void dms_pools_napi(struct dms_nic *nic, bool own)
{
	u32 i;

	for (i = 0; i < nic->dev->num_rx_queues; i++) {
		struct dms_rxq *q = &nic->rxq[i];

		if (q->ring)
			WRITE_ONCE(q->ring->data_pool->p.napi,
				   own ? &q->napi : NULL);
	}
}

/**
 * dms_pools_disown() - the pools of running queues may have other consumers
 * @nic:	the NIC
 * @nr:		DMS_FAULT_SHARE_POOL
 */
void dms_pools_disown(struct dms_nic *nic, enum dms_fault_nr nr)
{
	dms_pools_napi(nic, false);
}

/**
 * dms_pools_own() - undo dms_pools_disown()
 * @nic:	the NIC
 * @nr:		DMS_FAULT_SHARE_POOL
 */
void dms_pools_own(struct dms_nic *nic, enum dms_fault_nr nr)
{
	dms_pools_napi(nic, true);
}

/* The core's view: queue memory is a pointer to a ring */
struct dms_queue_mem {
	struct dms_ring *ring;
};

static struct dms_rxq *dms_rxq_get(struct net_device *dev, int idx)
{
	struct dms_nic *nic = netdev_priv(dev);

	return &nic->rxq[idx];
}

static int dms_queue_mem_alloc(struct net_device *dev, void *mem, int idx)
{
	struct dms_rxq *q = dms_rxq_get(dev, idx);
	struct dms_queue_mem *qmem = mem;
	struct dms_ring *ring;

	if (dms_fault(q->nic, DMS_FAULT_FAIL_ALLOC))
		return -ENOMEM;

	ring = dms_ring_alloc(q, q->nic->ring_size, q->nic->split);
	if (IS_ERR(ring))
		return PTR_ERR(ring);

	dms_fault_wait(q, DMS_WAIT_ALLOC);
	qmem->ring = ring;
	return 0;
}

static void dms_queue_mem_free(struct net_device *dev, void *mem)
{
	struct dms_queue_mem *qmem = mem;

	dms_ring_free(qmem->ring);
	qmem->ring = NULL;
}

static int dms_queue_stop(struct net_device *dev, void *mem, int idx)
{
	struct dms_rxq *q = dms_rxq_get(dev, idx);
	struct dms_queue_mem *qmem = mem;

	if (!netif_running(dev))
		return -ENETDOWN;

	if (dms_fault(q->nic, DMS_FAULT_FAIL_STOP))
		return -EBUSY;

	q->fault.old_mem = qmem;
	if (dms_faults_on() && !dms_fault_hold_poll(q) &&
	    dms_fault_skip_quiesce(q))
		qmem->ring = q->ring;
	else
		qmem->ring = dms_rxq_stop(q);
	return 0;
}

/* What can be wrong with a start. May exchange the new ring and the old one,
 * which the core then frees.
 */
static int dms_start_faulty(struct dms_rxq *q, struct dms_queue_mem *qmem)
{
	struct dms_queue_mem *old = q->fault.old_mem;

	if (dms_fault_late_quiesce(q)) {
		dms_rxq_stop(q);
		dms_fault_quiesced(q);
	}

	if (!dms_fault_held(&q->fault) &&
	    dms_fault(q->nic, qmem->ring->ran ? DMS_FAULT_FAIL_ROLLBACK :
						DMS_FAULT_FAIL_START))
		return -EIO;

	if (old != qmem && dms_fault_keep_ring(q, old->ring, qmem->ring))
		swap(old->ring, qmem->ring);
	return 0;
}

static int dms_queue_start(struct net_device *dev, void *mem, int idx)
{
	struct dms_rxq *q = dms_rxq_get(dev, idx);
	struct dms_queue_mem *qmem = mem;
	int err;

	if (!netif_running(dev))
		return -ENETDOWN;

	/* Nothing to go back to: the queue had not run before */
	if (!qmem->ring)
		return -ENODEV;

	if (dms_faults_on()) {
		err = dms_start_faulty(q, qmem);
		if (err)
			return err;
	}

	dms_drv_add(q, DMS_RX_RESTARTS, 1);
	dms_rxq_start(q, qmem->ring);
	qmem->ring = NULL;
	return 0;
}

const struct netdev_queue_mgmt_ops dms_queue_ops = {
	.ndo_queue_mem_size	= sizeof(struct dms_queue_mem),
	.ndo_queue_mem_alloc	= dms_queue_mem_alloc,
	.ndo_queue_mem_free	= dms_queue_mem_free,
	.ndo_queue_start	= dms_queue_start,
	.ndo_queue_stop		= dms_queue_stop,
};

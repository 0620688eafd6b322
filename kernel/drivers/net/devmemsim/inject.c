// SPDX-License-Identifier: GPL-2.0-only
/*
 * Faults in the restart of a queue and in the freeing of its memory
 *
 * Called only while a fault of some NIC is armed, under rtnl. The driver asks
 * what is to go wrong and does it; nothing here calls the driver.
 */
#include <linux/delay.h>
#include <linux/netdevice.h>
#include <linux/rtnetlink.h>
#include <net/netdev_rx_queue.h>
#include <net/page_pool/helpers.h>

#include "devmemsim.h"

/* How long NAPI is given to do its part, in steps of a millisecond */
#define DMS_NAPI_MS	300

/* Built in, the driver can do what a module cannot. dev_dmabuf_uninstall() is
 * the core's own, called when an interface is unregistered.
 */
#if !defined(MODULE) && defined(CONFIG_NET_DEVMEM)
#define DMS_CORE_INTERNALS	1
#else
#define DMS_CORE_INTERNALS	0
#endif

/* Moves when somebody else than NAPI gives a net_iov back */
static int dms_fault_returns(const struct dms_ring *ring)
{
	return ring && ring->data_pool->mp_priv ?
	       READ_ONCE(ring->data_pool->ring.producer) : 0;
}

/**
 * dms_fault_wait_slow() - give softirq time in the middle of a restart
 * @q:		queue that is being restarted
 * @point:	where
 *
 * Context: process context under rtnl; sleeps.
 */
void dms_fault_wait_slow(struct dms_rxq *q, enum dms_fault_nr point)
{
	struct dms_fault *f = &q->nic->faults->fault[point];
	u64 frames, packets, lost;
	int returns;

	if (!dms_fault_due(q->nic, point))
		return;

	frames = u64_stats_read(&q->dev_stats.v[DMS_DMA_FRAMES]);
	packets = u64_stats_read(&q->stats.v[DMS_RX_PACKETS]);
	lost = u64_stats_read(&q->dev_stats.v[DMS_NO_QUEUE]);
	returns = dms_fault_returns(q->ring);
	msleep(f->ms);

	spin_lock_bh(&q->nic->faults->lock);
	f->injected++;
	f->frames += u64_stats_read(&q->dev_stats.v[DMS_DMA_FRAMES]) != frames;
	f->packets += u64_stats_read(&q->stats.v[DMS_RX_PACKETS]) != packets;
	f->lost += u64_stats_read(&q->dev_stats.v[DMS_NO_QUEUE]) != lost;
	f->returned += dms_fault_returns(q->ring) != returns;
	spin_unlock_bh(&q->nic->faults->lock);
}

/**
 * dms_fault_skip_quiesce() - is the core to be told that a queue stopped which
 * did not?
 * @q:		queue that runs
 *
 * Before anything else is done to the queue, dms_fault_late_quiesce() has to be
 * asked.
 *
 * Context: process context; sleeps.
 *
 * Return: true if so.
 */
bool dms_fault_skip_quiesce(struct dms_rxq *q)
{
	if (!q->ring || !q->ring->data_pool->mp_priv ||
	    !dms_fault_due(q->nic, DMS_FAULT_SKIP_QUIESCE))
		return false;

	WRITE_ONCE(q->fault.late, DMS_LATE_STOPPING);
	/* A poll that looked before this may take, uncounted: not once the core
	 * thinks that the queue stopped
	 */
	synchronize_net();
	return true;
}

/**
 * dms_fault_late_quiesce() - is a queue to be stopped that should have been
 * stopped before?
 * @q:		queue
 *
 * NAPI first gets the time to take a buffer, and may take more until the queue
 * was stopped and dms_fault_quiesced() called.
 *
 * Context: process context; sleeps.
 *
 * Return: true if so.
 */
bool dms_fault_late_quiesce(struct dms_rxq *q)
{
	u32 ms, before;

	if (!q->fault.late)
		return false;

	before = READ_ONCE(q->ring->taken);
	WRITE_ONCE(q->fault.late, DMS_LATE_STOPPED);
	for (ms = 0; ms < DMS_NAPI_MS; ms++) {
		if (READ_ONCE(q->ring->taken) != before)
			break;
		usleep_range(1000, 1500);
	}
	return true;
}

/**
 * dms_fault_quiesced() - the queue was stopped, late
 * @q:		queue for which dms_fault_late_quiesce() returned true
 */
void dms_fault_quiesced(struct dms_rxq *q)
{
	q->fault.late = DMS_LATE_NO;
}

/**
 * dms_fault_hold_poll() - is a queue to be stopped and started while one poll
 * lasts?
 * @q:		queue that is about to be stopped
 *
 * If so, NAPI is in the middle of a poll on another CPU, has a packet left to
 * hand in, and touches nothing of the queue until dms_fault_let_go(). This
 * task stays on its CPU until then.
 *
 * Return: true if so.
 */
bool dms_fault_hold_poll(struct dms_rxq *q)
{
	atomic_t *hold = &q->fault.hold;
	u32 ms;

	if (!q->ring || !q->ring->data_pool->mp_priv ||
	    !dms_fault_due(q->nic, DMS_FAULT_HOLD_POLL))
		return false;

	atomic_set(hold, DMS_HOLD_ASKED);
	for (ms = 0; ms < DMS_NAPI_MS; ms++) {
		if (atomic_read(hold) == DMS_HOLD_POLLING)
			break;
		usleep_range(1000, 1500);
	}

	migrate_disable();
	if (atomic_cmpxchg(hold, DMS_HOLD_POLLING, DMS_HOLD_STOPPED) ==
	    DMS_HOLD_POLLING)
		return true;
	migrate_enable();

	/* No poll with two packets of one flow, or one that begins just now and
	 * will not wait for long
	 */
	atomic_cmpxchg(hold, DMS_HOLD_ASKED, DMS_HOLD_NO);
	return false;
}

/**
 * dms_fault_let_go() - the queue was started: the poll that is held goes on
 * @q:		queue for which dms_fault_hold_poll() returned true
 */
void dms_fault_let_go(struct dms_rxq *q)
{
	atomic_set_release(&q->fault.hold, DMS_HOLD_STARTED);
	migrate_enable();
}

/**
 * dms_fault_keep_ring() - is a queue to go on with its old ring?
 * @q:		queue that is stopped
 * @old_ring:	what it ran on, or NULL
 * @new_ring:	what it is to run on
 *
 * Return: true if so.
 */
bool dms_fault_keep_ring(struct dms_rxq *q, const struct dms_ring *old_ring,
			 const struct dms_ring *new_ring)
{
	if (!old_ring)
		return false;
	if (old_ring->data_pool->mp_priv)
		return dms_fault(q->nic, DMS_FAULT_OLD_POOL);

	return new_ring->data_pool->mp_priv &&
	       dms_fault(q->nic, DMS_FAULT_NO_POOL);
}

/**
 * dms_fault_clear_provider() - NAPI is to go on when the provider is gone
 * @q:		queue that is about to be stopped
 *
 * The provider is back when this returns: what the core knows stays right.
 */
void dms_fault_clear_provider(struct dms_rxq *q)
{
	struct netdev_rx_queue *rxq = __netif_get_rx_queue(q->nic->dev,
							   q->index);
	u32 ms;

	if (!rxq->mp_params.mp_priv ||
	    rxq->mp_params.mp_priv != q->ring->data_pool->mp_priv ||
	    !dms_fault_due(q->nic, DMS_FAULT_CLEAR_PROVIDER))
		return;

	WRITE_ONCE(q->fault.clear, true);
	for (ms = 0; ms < DMS_NAPI_MS && READ_ONCE(q->fault.clear); ms++)
		usleep_range(1000, 1500);
	WRITE_ONCE(q->fault.clear, false);
}

/**
 * dms_fault_unmap() - take all bindings from the NIC while its queues run
 * @nic:	the NIC
 *
 * Nothing as a module.
 */
void dms_fault_unmap(struct dms_nic *nic)
{
#if DMS_CORE_INTERNALS
	if (dms_fault(nic, DMS_FAULT_UNMAP))
		dev_dmabuf_uninstall(nic->dev);
#endif
}

/**
 * dms_fault_keep() - remember a net_iov that is in the wrong place
 * @nic:	the NIC
 * @nr:		the fault
 * @netmem:	the net_iov
 * @refs:	how many references to it are to be dropped later
 *
 * Return: false if there is no room.
 */
bool dms_fault_keep(struct dms_nic *nic, enum dms_fault_nr nr,
		    netmem_ref netmem, u32 refs)
{
	struct dms_faults *faults = nic->faults;
	bool room;

	spin_lock_bh(&faults->lock);
	room = faults->num_lost < DMS_LOST;
	if (room)
		faults->lost[faults->num_lost++] = (struct dms_lost){
			.netmem	= netmem,
			.nr	= nr,
			.refs	= refs,
		};
	spin_unlock_bh(&faults->lock);

	return room;
}

/* Take what was kept last for a fault. Returns false if there is nothing. */
static bool dms_fault_kept(struct dms_faults *faults, enum dms_fault_nr nr,
			   struct dms_lost *lost)
{
	u32 i;

	spin_lock_bh(&faults->lock);
	for (i = faults->num_lost; i && faults->lost[i - 1].nr != nr; i--)
		;
	if (i) {
		*lost = faults->lost[i - 1];
		faults->lost[i - 1] = faults->lost[--faults->num_lost];
	}
	spin_unlock_bh(&faults->lock);

	return i;
}

/**
 * dms_fault_give_back() - return what dms_fault_keep() kept to where it belongs
 * @nic:	the NIC
 * @nr:		the fault that it was kept for
 *
 * What is to be freed once more is, if somebody has taken it meanwhile.
 */
void dms_fault_give_back(struct dms_nic *nic, enum dms_fault_nr nr)
{
	struct dms_lost lost;

	while (dms_fault_kept(nic->faults, nr, &lost)) {
		/* A pool lives until its last net_iov is back */
		struct page_pool *pool = netmem_get_pp(lost.netmem);

		/* Another kernel than ours took it for free */
		if (!pool)
			continue;
		if (lost.again && netmem_get_pp(lost.again)) {
			page_pool_put_unrefed_netmem(pool, lost.again, -1,
						     false);
			dms_fault_did(nic, nr, 1);
		}
		while (lost.refs--)
			page_pool_put_full_netmem(pool, lost.netmem, false);
	}
}

/* Free a net_iov that somebody refers to. It will not be taken for free. */
static bool dms_free_in_use(struct dms_nic *nic, struct page_pool *pool,
			    netmem_ref netmem)
{
	if (!dms_fault_due(nic, DMS_FAULT_FREE_IN_USE) ||
	    !dms_fault_keep(nic, DMS_FAULT_FREE_IN_USE, netmem, 2))
		return false;

	page_pool_ref_netmem(netmem);
	page_pool_put_unrefed_netmem(pool, netmem, -1, false);
	dms_fault_did(nic, DMS_FAULT_FREE_IN_USE, 1);
	return true;
}

/* Give what was kept of the queue's ring before this one to this one's pool.
 * That is destroyed in a moment: nobody takes it from there. Then keep @netmem
 * for the next ring.
 */
static bool dms_free_foreign(struct dms_nic *nic, struct page_pool *pool,
			     netmem_ref netmem)
{
	struct dms_faults *faults = nic->faults;
	struct page_pool *own;
	netmem_ref other = 0;
	u32 i;

	spin_lock_bh(&faults->lock);
	for (i = 0; i < faults->num_lost && !other; i++) {
		struct dms_lost *lost = &faults->lost[i];

		if (lost->nr != DMS_FAULT_FOREIGN_FREE || lost->given)
			continue;
		own = netmem_get_pp(lost->netmem);
		if (own == pool || own->mp_priv != pool->mp_priv)
			continue;
		lost->given = true;
		other = lost->netmem;
	}
	spin_unlock_bh(&faults->lock);

	if (other) {
		page_pool_put_full_netmem(pool, other, false);
		dms_fault_did(nic, DMS_FAULT_FOREIGN_FREE, 1);
	}

	return dms_fault_due(nic, DMS_FAULT_FOREIGN_FREE) &&
	       dms_fault_keep(nic, DMS_FAULT_FOREIGN_FREE, netmem, 1);
}

/* Of two buffers one is kept, so that the pool stays; the other one is freed,
 * and freed again when the fault is turned off.
 */
static bool dms_free_again(struct dms_nic *nic, struct page_pool *pool,
			   netmem_ref netmem)
{
	struct dms_faults *faults = nic->faults;
	struct dms_lost *last;
	bool second = false;

	spin_lock_bh(&faults->lock);
	last = faults->num_lost ? &faults->lost[faults->num_lost - 1] : NULL;
	if (last && last->nr == DMS_FAULT_FREE_AGAIN &&
	    !last->again && netmem_get_pp(last->netmem) == pool) {
		last->again = netmem;
		second = true;
	}
	spin_unlock_bh(&faults->lock);

	return !second && dms_fault_due(nic, DMS_FAULT_FREE_AGAIN) &&
	       dms_fault_keep(nic, DMS_FAULT_FREE_AGAIN, netmem, 1);
}

/**
 * dms_fault_free() - free a buffer of a ring wrongly
 * @nic:	the NIC
 * @pool:	of the ring, which is not in use any more
 * @netmem:	buffer
 *
 * Return: false if the caller is to free it, rightly.
 */
bool dms_fault_free(struct dms_nic *nic, struct page_pool *pool,
		    netmem_ref netmem)
{
	if (!netmem_is_net_iov(netmem))
		return false;

	if (dms_free_in_use(nic, pool, netmem))
		return true;

	if (dms_fault(nic, DMS_FAULT_DOUBLE_FREE)) {
		page_pool_put_full_netmem(pool, netmem, false);
		page_pool_put_full_netmem(pool, netmem, false);
		return true;
	}

	return dms_free_foreign(nic, pool, netmem) ||
	       dms_free_again(nic, pool, netmem);
}

#if DMS_CORE_INTERNALS
struct dms_restart {
	struct work_struct	work;
	struct net_device	*dev;
	u32			queue;
	int			err;
};

static void dms_restart_work(struct work_struct *work)
{
	struct dms_restart *r = container_of(work, struct dms_restart, work);

	r->err = netdev_rx_queue_restart(r->dev, r->queue);
}
#endif

/**
 * dms_fault_no_rtnl() - restart a queue in a task that does not hold rtnl
 * @nic:	the NIC
 * @nr:		the fault
 * @text:	number of the queue
 *
 * The caller holds it meanwhile, so nothing can go wrong.
 *
 * Return: 0, -EINVAL if there is no such queue, -EOPNOTSUPP as a module, or
 * what the restart failed with.
 */
int dms_fault_no_rtnl(struct dms_nic *nic, enum dms_fault_nr nr,
		      const char *text)
{
#if DMS_CORE_INTERNALS
	struct dms_restart r = { .dev = nic->dev };

	if (kstrtouint(text, 10, &r.queue) ||
	    r.queue >= nic->dev->real_num_rx_queues)
		return -EINVAL;

	INIT_WORK_ONSTACK(&r.work, dms_restart_work);
	schedule_work(&r.work);
	flush_work(&r.work);
	destroy_work_on_stack(&r.work);
	if (!r.err)
		dms_fault_did(nic, nr, 1);
	return r.err;
#else
	u32 queue;

	return kstrtouint(text, 10, &queue) ? -EINVAL : -EOPNOTSUPP;
#endif
}

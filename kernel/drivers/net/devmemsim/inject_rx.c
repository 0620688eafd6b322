// SPDX-License-Identifier: GPL-2.0-only
/*
 * Faults on the way of packets
 *
 * Called only while a fault of some NIC is armed. All of them are made so that
 * the kernel survives: what two must not do at once they do in turn, and what
 * is lost is remembered. NAPI asks what is to go wrong and does it; nothing here
 * calls the driver.
 */
#include <linux/cpumask.h>
#include <linux/etherdevice.h>
#include <linux/ktime.h>
#include <linux/netdevice.h>
#include <linux/rtnetlink.h>
#include <net/netdev_rx_queue.h>
#include <net/page_pool/helpers.h>

#include "devmemsim.h"

/* While any fault is armed, payload pools of bound queues are taken from under
 * this lock: two consumers are reported, but break nothing.
 */
DEFINE_SPINLOCK(dms_pool_lock);

/* Longest time that NAPI waits for another CPU */
#define DMS_ELSEWHERE_NS	(100 * NSEC_PER_MSEC)

/* Only the NAPI that asked goes back to DMS_IDLE: another one may ask then */
enum dms_elsewhere { DMS_IDLE, DMS_ASKED, DMS_RUNNING, DMS_DONE, DMS_FAILED };

static bool dms_ring_bound(const struct dms_ring *ring)
{
	return ring && ring->data_pool && ring->data_pool->mp_priv;
}

/**
 * dms_fault_take() - take a payload buffer of a bound queue
 * @pool:	pool to take from
 *
 * Context: softirq or process context.
 *
 * Return: the buffer, or 0.
 */
netmem_ref dms_fault_take(struct page_pool *pool)
{
	netmem_ref netmem;

	spin_lock_bh(&dms_pool_lock);
	netmem = page_pool_alloc_netmems(pool, GFP_ATOMIC | __GFP_NOWARN);
	spin_unlock_bh(&dms_pool_lock);

	return netmem;
}

/* Take a buffer although NAPI is doing that, too */
static void dms_fault_elsewhere(struct work_struct *work)
{
	struct dms_faults *faults = container_of(work, struct dms_faults,
						 elsewhere);
	struct page_pool *pool;
	netmem_ref netmem;

	/* NAPI waits from here on: it must not do so for other tasks */
	local_bh_disable();
	if (atomic_cmpxchg(&faults->elsewhere_state, DMS_ASKED,
			   DMS_RUNNING) == DMS_ASKED) {
		pool = faults->elsewhere_pool;
		netmem = dms_fault_take(pool);
		if (netmem)
			page_pool_put_full_netmem(pool, netmem, false);
		atomic_set_release(&faults->elsewhere_state,
				   netmem ? DMS_DONE : DMS_FAILED);
	}
	local_bh_enable();
}

/**
 * dms_elsewhere_on() - NAPI may have another CPU take buffers from now on
 * @nic:	the NIC
 * @nr:		DMS_FAULT_OTHER_CPU
 */
void dms_elsewhere_on(struct dms_nic *nic, enum dms_fault_nr nr)
{
	INIT_WORK(&nic->faults->elsewhere, dms_fault_elsewhere);
}

/**
 * dms_elsewhere_off() - no other CPU takes buffers any more
 * @nic:	the NIC, of which no NAPI finds the fault due any more
 * @nr:		DMS_FAULT_OTHER_CPU
 */
void dms_elsewhere_off(struct dms_nic *nic, enum dms_fault_nr nr)
{
	/* A poll that found it due before may be queueing it */
	synchronize_net();
	cancel_work_sync(&nic->faults->elsewhere);
}

/* Have another CPU take from the pool in the middle of this poll */
static void dms_take_elsewhere(struct dms_rxq *q)
{
	struct dms_faults *faults = q->nic->faults;
	u64 until = ktime_get_ns() + DMS_ELSEWHERE_NS;
	u32 cpu;

	cpu = cpumask_any_but(cpu_online_mask, smp_processor_id());
	if (cpu >= nr_cpu_ids)
		return;

	if (atomic_cmpxchg(&faults->elsewhere_state, DMS_IDLE, DMS_RUNNING) !=
	    DMS_IDLE)
		return;
	faults->elsewhere_pool = q->ring->data_pool;
	atomic_set_release(&faults->elsewhere_state, DMS_ASKED);
	queue_work_on(cpu, system_highpri_wq, &faults->elsewhere);

	while (atomic_read_acquire(&faults->elsewhere_state) == DMS_ASKED &&
	       ktime_get_ns() < until)
		cpu_relax();

	/* Too late for it to begin, or wait until it is done */
	if (atomic_cmpxchg(&faults->elsewhere_state, DMS_ASKED, DMS_IDLE) ==
	    DMS_ASKED)
		return;
	while (atomic_read_acquire(&faults->elsewhere_state) == DMS_RUNNING)
		cpu_relax();

	if (atomic_xchg(&faults->elsewhere_state, DMS_IDLE) == DMS_DONE)
		dms_fault_did(q->nic, DMS_FAULT_OTHER_CPU, 1);
}

static void dms_fault_leak(struct dms_rxq *q)
{
	netmem_ref netmem;

	if (!dms_ring_bound(q->ring) ||
	    !dms_fault_due(q->nic, DMS_FAULT_LEAK))
		return;

	netmem = dms_fault_take(q->ring->data_pool);
	if (!netmem)
		return;
	if (dms_fault_keep(q->nic, DMS_FAULT_LEAK, netmem, 1))
		dms_fault_did(q->nic, DMS_FAULT_LEAK, 1);
	else
		page_pool_put_full_netmem(q->ring->data_pool, netmem, false);
}

static void **dms_provider(struct dms_rxq *q)
{
	return &__netif_get_rx_queue(q->nic->dev, q->index)->mp_params.mp_priv;
}

/**
 * dms_fault_refill_begin() - NAPI is about to refill the ring of its queue
 * @q:		queue
 * @refill:	what dms_fault_refill_end() has to know
 *
 * Return: false if it is not to refill now, and not to call
 * dms_fault_refill_end().
 */
bool dms_fault_refill_begin(struct dms_rxq *q, struct dms_refill *refill)
{
	int late = READ_ONCE(q->fault.late);

	/* What is taken now would be right in the eyes of the core */
	if (late == DMS_LATE_STOPPING)
		return false;

	refill->taken = q->ring->taken;
	refill->late = late == DMS_LATE_STOPPED;
	refill->clear = READ_ONCE(q->fault.clear);
	/* Who holds rtnl waits for the end of the refill */
	if (refill->clear) {
		refill->provider = READ_ONCE(*dms_provider(q));
		WRITE_ONCE(*dms_provider(q), NULL);
	}
	return true;
}

/**
 * dms_fault_refill_end() - NAPI has refilled the ring of its queue
 * @q:		queue
 * @refill:	from dms_fault_refill_begin()
 */
void dms_fault_refill_end(struct dms_rxq *q, const struct dms_refill *refill)
{
	u32 took = q->ring->taken - refill->taken;

	if (refill->clear)
		WRITE_ONCE(*dms_provider(q), refill->provider);

	if (took) {
		if (refill->late)
			dms_fault_did(q->nic, DMS_FAULT_SKIP_QUIESCE, took);
		if (refill->clear) {
			dms_fault_did(q->nic, DMS_FAULT_CLEAR_PROVIDER, 1);
			WRITE_ONCE(q->fault.clear, false);
		}
		if (dms_fault_due(q->nic, DMS_FAULT_OTHER_CPU))
			dms_take_elsewhere(q);
	}
	dms_fault_leak(q);
}

/* Take from the pool of another queue, and give back what was taken */
static void dms_fault_share(struct dms_rxq *q)
{
	struct dms_nic *nic = q->nic;
	struct dms_ring *ring;
	netmem_ref netmem = 0;
	u32 i;

	if (!READ_ONCE(nic->faults->fault[DMS_FAULT_SHARE_POOL].times))
		return;

	/* Under the lock a ring that is in use stays so */
	spin_lock_bh(&dms_pool_lock);
	for (i = 0; i < nic->dev->real_num_rx_queues; i++) {
		ring = READ_ONCE(nic->rxq[i].ring);
		if (i != q->index && dms_ring_bound(ring))
			break;
	}
	if (i < nic->dev->real_num_rx_queues &&
	    dms_fault_due(nic, DMS_FAULT_SHARE_POOL))
		netmem = page_pool_alloc_netmems(ring->data_pool,
						 GFP_ATOMIC | __GFP_NOWARN);
	if (netmem) {
		page_pool_put_full_netmem(ring->data_pool, netmem, false);
		dms_fault_did(nic, DMS_FAULT_SHARE_POOL, 1);
	}
	spin_unlock_bh(&dms_pool_lock);
}

/**
 * dms_fault_late() - which packet is to be handed in before this poll?
 * @q:		queue
 *
 * To be asked whenever one is held, also when no fault is armed any more.
 *
 * Return: a packet that was kept until its queue has another ring, or NULL.
 */
struct sk_buff *dms_fault_late(struct dms_rxq *q)
{
	struct sk_buff *held = q->fault.held;

	if (!held || q->fault.held_ring == q->ring)
		return NULL;

	q->fault.held = NULL;
	dms_fault_did(q->nic, DMS_FAULT_LATE_DELIVERY, 1);
	return held;
}

/**
 * dms_fault_poll() - a poll begins
 * @q:		queue
 */
void dms_fault_poll(struct dms_rxq *q)
{
	q->fault.seen = 0;
	dms_fault_share(q);
}

/* Wait for the queue to be stopped, and then for it to be started with another
 * ring and for the core to be done with that, for which it holds rtnl. Once it
 * is stopped the other task goes on for certain, on another CPU.
 */
static void dms_outlast_restart(struct dms_rxq *q)
{
	u64 until = ktime_get_ns() + DMS_ELSEWHERE_NS;
	atomic_t *hold = &q->fault.hold;

	if (atomic_cmpxchg(hold, DMS_HOLD_ASKED, DMS_HOLD_POLLING) !=
	    DMS_HOLD_ASKED)
		return;

	while (atomic_read(hold) == DMS_HOLD_POLLING && ktime_get_ns() < until)
		cpu_relax();
	if (atomic_cmpxchg(hold, DMS_HOLD_POLLING, DMS_HOLD_NO) ==
	    DMS_HOLD_POLLING)
		return;

	while (atomic_read_acquire(hold) != DMS_HOLD_STARTED)
		cpu_relax();
	until = ktime_get_ns() + DMS_ELSEWHERE_NS;
	while (rtnl_is_locked() && ktime_get_ns() < until)
		cpu_relax();
	atomic_set(hold, DMS_HOLD_NO);
	dms_fault_did(q->nic, DMS_FAULT_HOLD_POLL, 1);
}

/**
 * dms_fault_polled() - a poll has handed in all packets but what was kept
 * @q:		queue; may have another ring when this returns
 *
 * Return: the packet that was kept, to be handed in now, or NULL.
 */
struct sk_buff *dms_fault_polled(struct dms_rxq *q)
{
	struct sk_buff *kept = q->fault.kept;

	if (!kept)
		return NULL;

	q->fault.kept = NULL;
	dms_outlast_restart(q);
	return kept;
}

static void dms_fault_mix(struct dms_rxq *q, struct sk_buff *skb)
{
	u32 nr = skb_shinfo(skb)->nr_frags;
	struct page *page;

	if (nr == MAX_SKB_FRAGS ||
	    !dms_fault_due(q->nic, DMS_FAULT_MIXED_SKB))
		return;

	page = alloc_page(GFP_ATOMIC | __GFP_NOWARN);
	if (!page)
		return;

	/* One byte behind the IP packet, which IP cuts off */
	skb_add_rx_frag(skb, nr, page, 0, 1, PAGE_SIZE);
	dms_fault_did(q->nic, DMS_FAULT_MIXED_SKB, 1);
}

/**
 * dms_fault_rx() - a packet is about to be handed in
 * @q:		queue
 * @skb:	packet
 *
 * Return: @skb, or NULL when it is not to be handed in now.
 */
struct sk_buff *dms_fault_rx(struct dms_rxq *q, struct sk_buff *skb)
{
	if (skb_frags_readable(skb))
		return skb;

	dms_fault_mix(q, skb);

	/* The second packet of a flow in one poll */
	if (atomic_read(&q->fault.hold) == DMS_HOLD_ASKED && !q->fault.kept &&
	    skb->hash && skb->hash == q->fault.seen) {
		q->fault.kept = skb;
		return NULL;
	}
	q->fault.seen = skb->hash;

	if (!q->fault.held && dms_fault_due(q->nic, DMS_FAULT_LATE_DELIVERY)) {
		q->fault.held = skb;
		q->fault.held_ring = q->ring;
		return NULL;
	}

	return skb;
}

/**
 * dms_fault_paged() - is the payload of a frame to be put into pages?
 * @q:		queue
 * @cmpl:	the frame's first completion
 *
 * Return: true if so; the caller says dms_fault_did() when it was.
 */
bool dms_fault_paged(struct dms_rxq *q, const struct dms_cmpl *cmpl)
{
	if (!cmpl->hdr_len || cmpl->hdr_len > DMS_COPYBREAK ||
	    !cmpl->data_len || !dms_ring_bound(q->ring))
		return false;

	return dms_fault_due(q->nic, DMS_FAULT_MIXED_STREAM);
}

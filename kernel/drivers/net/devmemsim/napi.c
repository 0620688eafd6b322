// SPDX-License-Identifier: GPL-2.0-only
/*
 * The driver's side of reception: interrupts, NAPI, skbs
 */
#include <linux/etherdevice.h>
#include <linux/netdevice.h>
#include <net/page_pool/helpers.h>

#include "devmemsim.h"

/* Completions since the driver last looked */
static u32 dms_ring_done(const struct dms_ring *ring)
{
	/* Pairs with the device's release: frames up to head are complete */
	return smp_load_acquire(&ring->head) - ring->clean;
}

/**
 * dms_irq_handler() - the queue's interrupt
 * @arg:	queue
 *
 * Context: hard interrupt on the queue's CPU.
 */
void dms_irq_handler(void *arg)
{
	struct dms_rxq *q = arg;

	napi_schedule_irqoff(&q->napi);

	/* Nothing of the queue may be touched after this: it may be stopped */
	clear_bit_unlock(DMS_Q_IRQ, &q->state);
}

/**
 * dms_irq_raise() - a completion has been written: interrupt if asked for
 * @q:		queue, locked
 *
 * As with MSI-X each queue interrupts one CPU. A queue whose interrupt is
 * masked, because NAPI polls it, raises none.
 */
void dms_irq_raise(struct dms_rxq *q)
{
	lockdep_assert_held(&q->lock);

	/* The full barrier orders the completion before the test. Pairs with
	 * the barrier in dms_irq_unmask().
	 */
	smp_mb__before_atomic();
	if (!test_and_clear_bit(DMS_Q_ARMED, &q->state))
		return;

	dms_dev_add(q, DMS_INTERRUPTS, 1);

	if (q->irq_cpu != smp_processor_id() &&
	    !test_and_set_bit(DMS_Q_IRQ, &q->state)) {
		if (!smp_call_function_single_async(q->irq_cpu, &q->irq_csd))
			return;
		/* That CPU is offline */
		clear_bit_unlock(DMS_Q_IRQ, &q->state);
	}

	napi_schedule(&q->napi);
}

/* Let the next completion raise an interrupt. False if one has been written
 * since the driver last looked, of which the device may not tell any more.
 */
static bool dms_irq_unmask(struct dms_rxq *q)
{
	set_bit(DMS_Q_ARMED, &q->state);

	/* Whoever is second sees what the other did: the device that it is to
	 * interrupt, or we that there is a completion. Pairs with the barrier
	 * in dms_irq_raise().
	 */
	smp_mb__after_atomic();
	if (likely(!dms_ring_done(q->ring)))
		return true;

	clear_bit(DMS_Q_ARMED, &q->state);
	return false;
}

/**
 * dms_retry_timer() - poll again although no interrupt will come
 * @timer:	the queue's timer
 *
 * A ring that could not be refilled may be empty: then no frame arrives, and
 * no frame would ever start NAPI again.
 */
void dms_retry_timer(struct timer_list *timer)
{
	struct dms_rxq *q = from_timer(q, timer, retry);

	napi_schedule(&q->napi);
}

static void dms_rxq_refill(struct dms_rxq *q)
{
	gfp_t gfp = GFP_ATOMIC | __GFP_NOWARN;
	struct dms_ring *ring = q->ring;
	bool faults = dms_faults_on();
	struct dms_refill refill;
	int err;

	if (faults && !dms_fault_refill_begin(q, &refill))
		return;
	err = dms_ring_refill(ring, gfp);
	if (faults)
		dms_fault_refill_end(q, &refill);
	if (likely(!err))
		return;

	dms_drv_add(q, DMS_RX_REFILL_FAIL, 1);
	if (ring->tail - READ_ONCE(ring->head) < ring->size / 4)
		mod_timer(&q->retry, jiffies + 1);
}

/* The head of a frame whose first bytes are in a header buffer */
static struct sk_buff *dms_skb_from_hdr(struct dms_rxq *q,
					struct dms_ring *ring,
					struct dms_slot *slot, u32 len)
{
	void *buf = page_address(slot->hdr) + slot->hdr_off;
	struct sk_buff *skb;

	page_pool_dma_sync_for_cpu(ring->hdr_pool, slot->hdr,
				   slot->hdr_off + DMS_HEADROOM, len);

	if (len <= DMS_COPYBREAK) {
		skb = napi_alloc_skb(&q->napi, len);
		if (skb)
			skb_put_data(skb, buf + DMS_HEADROOM, len);
		return skb;
	}

	skb = napi_build_skb(buf, DMS_HDR_BUF);
	if (!skb)
		return NULL;

	skb_reserve(skb, DMS_HEADROOM);
	__skb_put(skb, len);
	slot->hdr = NULL;
	return skb;
}

/* The head of a frame that is in payload buffers from its first byte on. The
 * buffer is host memory: such a ring accepts no other.
 */
static struct sk_buff *dms_skb_from_data(struct dms_rxq *q,
					 struct dms_ring *ring,
					 struct dms_slot *slot, u32 len,
					 u32 *pulled)
{
	void *buf = netmem_address(slot->data);
	struct sk_buff *skb;

	page_pool_dma_sync_netmem_for_cpu(ring->data_pool, slot->data, 0, len);

	*pulled = len;
	if (len > DMS_COPYBREAK)
		*pulled = eth_get_headlen(ring->dev, buf, DMS_COPYBREAK);

	skb = napi_alloc_skb(&q->napi, *pulled);
	if (skb)
		skb_put_data(skb, buf, *pulled);
	return skb;
}

static void dms_skb_add_hdr(struct dms_ring *ring, struct sk_buff *skb,
			    struct dms_slot *slot, u32 len)
{
	u32 off = slot->hdr_off + DMS_HEADROOM;

	page_pool_dma_sync_for_cpu(ring->hdr_pool, slot->hdr, off, len);
	skb_add_rx_frag(skb, skb_shinfo(skb)->nr_frags, slot->hdr, off, len,
			DMS_HDR_BUF);
	slot->hdr = NULL;
}

static void dms_skb_add_data(struct dms_ring *ring, struct sk_buff *skb,
			     struct dms_slot *slot, u32 off, u32 len)
{
	page_pool_dma_sync_netmem_for_cpu(ring->data_pool, slot->data, off,
					  len);
	skb_add_rx_frag_netmem(skb, skb_shinfo(skb)->nr_frags, slot->data, off,
			       len, PAGE_SIZE);
	slot->data = 0;
}

/* As a fault: the payload in a page of no pool, so that its buffer stays in the
 * slot. False if there is no memory: the packet is lost then, as it must not
 * have pages and net_iovs.
 */
static bool dms_skb_add_copy(struct dms_ring *ring, struct sk_buff *skb,
			     struct dms_slot *slot, u32 len)
{
	dma_addr_t addr = page_pool_get_dma_addr_netmem(slot->data);
	struct page *page;

	page = alloc_page(GFP_ATOMIC | __GFP_NOWARN);
	if (!page)
		return false;

	memcpy(page_address(page), dms_dma_to_virt(ring->dma_dev, addr), len);
	skb_add_rx_frag(skb, skb_shinfo(skb)->nr_frags, page, 0, len,
			PAGE_SIZE);
	return true;
}

static void dms_skb_offloads(struct dms_ring *ring, struct sk_buff *skb,
			     const struct dms_cmpl *cmpl)
{
	if (cmpl->flags & DMS_CMPL_CSUM)
		skb->ip_summed = CHECKSUM_UNNECESSARY;

	if (!(ring->dev->features & NETIF_F_RXHASH))
		return;
	if (cmpl->flags & DMS_CMPL_HASH_L4)
		skb_set_hash(skb, cmpl->hash, PKT_HASH_TYPE_L4);
	else if (cmpl->flags & DMS_CMPL_HASH_L3)
		skb_set_hash(skb, cmpl->hash, PKT_HASH_TYPE_L3);
}

/* Take the next complete frame off the ring. NULL if there is no memory for
 * an skb: the frame is lost, its buffers stay in their slots.
 */
static struct sk_buff *dms_next_frame(struct dms_rxq *q)
{
	struct dms_ring *ring = q->ring;
	struct sk_buff *skb = NULL;
	bool first = true;
	bool paged = false;
	u16 flags;

	do {
		const struct dms_cmpl *cmpl = &ring->cmpl[ring->clean & ring->mask];
		struct dms_slot *slot = &ring->slot[ring->clean & ring->mask];
		u32 pulled = 0;

		if (first) {
			if (cmpl->hdr_len)
				skb = dms_skb_from_hdr(q, ring, slot,
						       cmpl->hdr_len);
			else
				skb = dms_skb_from_data(q, ring, slot,
							cmpl->data_len, &pulled);
			if (skb)
				dms_skb_offloads(ring, skb, cmpl);
			if (dms_faults_on() && skb)
				paged = dms_fault_paged(q, cmpl);
			first = false;
		} else if (skb && cmpl->hdr_len) {
			dms_skb_add_hdr(ring, skb, slot, cmpl->hdr_len);
		}

		if (skb && cmpl->data_len > pulled && !paged) {
			dms_skb_add_data(ring, skb, slot, pulled,
					 cmpl->data_len - pulled);
		} else if (skb && cmpl->data_len > pulled &&
			   !dms_skb_add_copy(ring, skb, slot, cmpl->data_len)) {
			kfree_skb(skb);
			skb = NULL;
		}

		flags = cmpl->flags;
		ring->clean++;
	} while (!(flags & DMS_CMPL_EOP));

	if (!skb)
		return NULL;

	/* Pages of no pool: GRO must not put them and net_iovs together */
	if (unlikely(paged))
		dms_fault_did(q->nic, DMS_FAULT_MIXED_STREAM, 1);
	else
		skb_mark_for_recycle(skb);
	return skb;
}

static int dms_rx(struct dms_rxq *q, int budget)
{
	u32 packets = 0, bytes = 0, split = 0, csum = 0, fail = 0;
	struct dms_ring *ring = q->ring;
	int done = 0;

	while (done < budget && dms_ring_done(ring)) {
		struct sk_buff *skb = dms_next_frame(q);

		done++;
		if (unlikely(!skb)) {
			fail++;
			continue;
		}

		packets++;
		bytes += skb->len;
		split += ring->split && skb_is_nonlinear(skb);
		csum += skb->ip_summed == CHECKSUM_UNNECESSARY;

		skb_record_rx_queue(skb, q->index);
		skb->protocol = eth_type_trans(skb, ring->dev);
		if (dms_faults_on()) {
			skb = dms_fault_rx(q, skb);
			if (!skb)
				continue;
		}
		napi_gro_receive(&q->napi, skb);
	}

	if (done) {
		u64_stats_update_begin(&q->stats.syncp);
		u64_stats_add(&q->stats.v[DMS_RX_PACKETS], packets);
		u64_stats_add(&q->stats.v[DMS_RX_BYTES], bytes);
		u64_stats_add(&q->stats.v[DMS_RX_SPLIT], split);
		u64_stats_add(&q->stats.v[DMS_RX_CSUM_GOOD], csum);
		u64_stats_add(&q->stats.v[DMS_RX_ALLOC_FAIL], fail);
		u64_stats_update_end(&q->stats.syncp);
	}

	return done;
}

/**
 * dms_poll() - NAPI poll of a receive queue
 * @napi:	the queue's NAPI
 * @budget:	how many frames at most
 *
 * Return: number of frames taken off the ring, @budget if there may be more.
 */
int dms_poll(struct napi_struct *napi, int budget)
{
	struct dms_rxq *q = container_of(napi, struct dms_rxq, napi);
	struct sk_buff *skb;
	int done;

	if (unlikely(!budget))
		return 0;

	/* The last poll before the queue's buffers change: what GRO still
	 * holds must not be merged with what comes after.
	 */
	if (unlikely(test_bit(DMS_Q_STOPPING, &q->state))) {
		napi_gro_flush(napi, false);
		napi_complete_done(napi, 0);
		return 0;
	}

	/* What is held has to go on when no fault is armed any more, too */
	if (unlikely(q->fault.held)) {
		skb = dms_fault_late(q);
		if (skb)
			napi_gro_receive(napi, skb);
	}
	if (dms_faults_on())
		dms_fault_poll(q);
	done = dms_rx(q, budget);
	if (dms_faults_on()) {
		skb = dms_fault_polled(q);
		if (skb)
			napi_gro_receive(napi, skb);
	}
	dms_rxq_refill(q);

	if (done == budget || !dms_irq_unmask(q))
		return budget;

	/* Nothing of the queue may be touched after this: it may be stopped.
	 * That is why the interrupt is unmasked before. One that comes in
	 * between has NAPI poll again.
	 */
	napi_complete_done(napi, done);
	return done;
}

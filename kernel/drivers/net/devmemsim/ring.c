// SPDX-License-Identifier: GPL-2.0-only
/*
 * Receive rings: their memory, their page pools and the posting of buffers
 */
#include <linux/dma-direct.h>
#include <linux/netdevice.h>
#include <linux/slab.h>
#include <net/page_pool/helpers.h>

#include "devmemsim.h"

/**
 * dms_dma_to_virt() - what the device's "bus" reaches at a DMA address
 * @dev:	device for which the address was mapped
 * @addr:	DMA address
 *
 * Return: where to write, or NULL if no memory of this machine is behind
 * @addr (memory of another device, which a software NIC cannot reach).
 */
void *dms_dma_to_virt(struct device *dev, dma_addr_t addr)
{
	phys_addr_t phys = dma_to_phys(dev, addr);

	if (unlikely(!pfn_valid(PHYS_PFN(phys))))
		return NULL;

	return phys_to_virt(phys);
}

static int dms_slot_fill_hdr(struct dms_ring *ring, struct dms_slot *slot,
			     gfp_t gfp)
{
	struct page *page;

	page = page_pool_alloc_frag(ring->hdr_pool, &slot->hdr_off,
				    DMS_HDR_BUF, gfp);
	if (!page)
		return -ENOMEM;

	slot->hdr = page;
	return 0;
}

static int dms_slot_fill_data(struct dms_ring *ring, struct dms_slot *slot,
			      gfp_t gfp)
{
	netmem_ref netmem;

	if (dms_faults_on() && ring->data_pool->mp_priv) {
		netmem = dms_fault_take(ring->data_pool);
		ring->taken += !!netmem;
	} else {
		netmem = page_pool_alloc_netmems(ring->data_pool, gfp);
	}
	if (!netmem)
		return -ENOMEM;

	if (!dms_dma_to_virt(ring->dma_dev,
			     page_pool_get_dma_addr_netmem(netmem))) {
		page_pool_put_full_netmem(ring->data_pool, netmem, false);
		return -EFAULT;
	}

	slot->data = netmem;
	return 0;
}

/* Buffers of a pool are the device's when they leave it. One that stayed in
 * its slot was the CPU's, to look at what had been written.
 */
static void dms_slot_to_device(struct dms_ring *ring,
			       const struct dms_slot *slot)
{
	if (slot->hdr)
		dma_sync_single_range_for_device(ring->dma_dev,
						 page_pool_get_dma_addr(slot->hdr),
						 slot->hdr_off, DMS_HDR_BUF,
						 DMA_FROM_DEVICE);
	if (slot->data && !netmem_is_net_iov(slot->data))
		dma_sync_single_for_device(ring->dma_dev,
					   page_pool_get_dma_addr_netmem(slot->data),
					   PAGE_SIZE, DMA_FROM_DEVICE);
}

/**
 * dms_ring_refill() - post a buffer in every descriptor that has been used
 * @ring:	ring
 * @gfp:	how memory may be allocated
 *
 * Context: the queue's NAPI, or process context while no NAPI uses @ring.
 *
 * Return: 0 when all descriptors are posted, -ENOMEM when a pool ran dry,
 * -EFAULT when a pool gave a buffer that the device cannot reach. What could
 * be posted is.
 */
int dms_ring_refill(struct dms_ring *ring, gfp_t gfp)
{
	u32 tail = ring->tail;
	int err = 0;

	while (tail - ring->clean < ring->size) {
		struct dms_slot *slot = &ring->slot[tail & ring->mask];
		struct dms_desc *desc = &ring->desc[tail & ring->mask];

		dms_slot_to_device(ring, slot);
		if (ring->split && !slot->hdr) {
			err = dms_slot_fill_hdr(ring, slot, gfp);
			if (err)
				break;
		}
		if (!slot->data) {
			err = dms_slot_fill_data(ring, slot, gfp);
			if (err)
				break;
		}

		if (ring->split)
			desc->hdr_addr = page_pool_get_dma_addr(slot->hdr) +
					 slot->hdr_off + DMS_HEADROOM;
		desc->data_addr = page_pool_get_dma_addr_netmem(slot->data);
		tail++;
	}

	/* Pairs with the device's load: it sees a descriptor after its tail */
	smp_store_release(&ring->tail, tail);
	return err;
}

/**
 * dms_ring_discard() - forget what the device wrote and nobody has looked at
 * @ring:	ring that neither the device nor a NAPI uses
 *
 * The buffers stay in their slots; the next refill posts them again.
 *
 * Return: number of frames that were lost.
 */
u32 dms_ring_discard(struct dms_ring *ring)
{
	u32 frames = 0;

	for (; ring->clean != ring->head; ring->clean++)
		if (ring->cmpl[ring->clean & ring->mask].flags & DMS_CMPL_EOP)
			frames++;

	return frames;
}

/**
 * dms_ring_own() - say that a NAPI is the pools' only consumer from now on
 * @ring:	ring
 * @napi:	disabled NAPI instance
 *
 * Buffers freed in that NAPI's context go straight back to the pools' caches.
 * Until then a pool may be filled or emptied by process context, although the
 * NAPI that it is meant for is still running on another ring.
 */
void dms_ring_own(struct dms_ring *ring, struct napi_struct *napi)
{
	struct dms_nic *nic = netdev_priv(ring->dev);

	if (!dms_faults_on() || !dms_fault_armed(nic, DMS_FAULT_SHARE_POOL))
		WRITE_ONCE(ring->data_pool->p.napi, napi);
	if (ring->hdr_pool)
		WRITE_ONCE(ring->hdr_pool->p.napi, napi);
}

/**
 * dms_ring_disown() - take back what dms_ring_own() said
 * @ring:	ring whose NAPI has been disabled
 * @held:	as a fault it is not, but touches nothing
 */
void dms_ring_disown(struct dms_ring *ring, bool held)
{
	if (held) {
		WRITE_ONCE(ring->data_pool->p.napi, NULL);
		if (ring->hdr_pool)
			WRITE_ONCE(ring->hdr_pool->p.napi, NULL);
	}
	page_pool_disable_direct_recycling(ring->data_pool);
	if (ring->hdr_pool)
		page_pool_disable_direct_recycling(ring->hdr_pool);
}

static struct page_pool *dms_pool_create(struct dms_rxq *q, u32 size,
					 unsigned int flags)
{
	struct page_pool_params params = {
		.flags		= PP_FLAG_DMA_MAP | PP_FLAG_DMA_SYNC_DEV | flags,
		.pool_size	= size,
		.nid		= NUMA_NO_NODE,
		.dev		= q->nic->dev->dev.parent,
		.dma_dir	= DMA_FROM_DEVICE,
		.max_len	= PAGE_SIZE,
		.netdev		= q->nic->dev,
		.queue_idx	= q->index,
	};
	struct page_pool *pool;

	/* Netlink shows the NAPI that a pool was created with */
	if (netif_running(q->nic->dev))
		params.napi = &q->napi;

	pool = page_pool_create(&params);
	if (!IS_ERR(pool))
		WRITE_ONCE(pool->p.napi, NULL);

	return pool;
}

static int dms_ring_create_pools(struct dms_rxq *q, struct dms_ring *ring)
{
	unsigned int flags = PP_FLAG_ALLOW_UNREADABLE_NETMEM;
	struct page_pool *pool;

	/* Without header split the driver has to read the headers where they
	 * were written: memory that it cannot read is no use.
	 */
	if (!ring->split || dms_fault(q->nic, DMS_FAULT_HOST_ONLY))
		flags = 0;

	pool = dms_pool_create(q, ring->size, flags);
	if (IS_ERR(pool))
		return PTR_ERR(pool);
	ring->data_pool = pool;
	ring->drop_bad = pool->mp_priv;

	if (!ring->split)
		return 0;

	pool = dms_pool_create(q, ring->size / (PAGE_SIZE / DMS_HDR_BUF), 0);
	if (IS_ERR(pool))
		return PTR_ERR(pool);
	ring->hdr_pool = pool;

	return 0;
}

/**
 * dms_ring_alloc() - make a ring with all its descriptors posted
 * @q:		queue that it is for
 * @size:	number of descriptors, a power of two
 * @split:	with header split
 *
 * The payload pool takes its memory from what is bound to the queue at this
 * moment. Nothing of the ring in use is touched.
 *
 * Context: process context under rtnl.
 *
 * Return: the ring, or an ERR_PTR: -ENOMEM if memory (or the dma-buf that is
 * bound to the queue) does not fill the ring, -EFAULT if the device cannot
 * reach that memory, or what creating a page pool failed with.
 */
struct dms_ring *dms_ring_alloc(struct dms_rxq *q, u32 size, bool split)
{
	struct dms_ring *ring;
	int err = -ENOMEM;

	ASSERT_RTNL();

	ring = kzalloc(sizeof(*ring), GFP_KERNEL);
	if (!ring)
		return ERR_PTR(-ENOMEM);

	ring->dev = q->nic->dev;
	ring->dma_dev = q->nic->dev->dev.parent;
	ring->size = size;
	ring->mask = size - 1;
	ring->split = split;

	ring->desc = kvcalloc(size, sizeof(*ring->desc), GFP_KERNEL);
	ring->cmpl = kvcalloc(size, sizeof(*ring->cmpl), GFP_KERNEL);
	ring->slot = kvcalloc(size, sizeof(*ring->slot), GFP_KERNEL);
	if (!ring->desc || !ring->cmpl || !ring->slot)
		goto err_free;

	err = dms_ring_create_pools(q, ring);
	if (err)
		goto err_free;

	err = dms_ring_refill(ring, GFP_KERNEL);
	if (err)
		goto err_free;

	return ring;

err_free:
	dms_ring_free(ring);
	return ERR_PTR(err);
}

/**
 * dms_ring_free() - free a ring that neither the device nor a NAPI uses
 * @ring:	ring, possibly made half-way, or NULL
 *
 * Buffers that are still held by the stack or by user space keep their pool
 * alive until they come back.
 */
void dms_ring_free(struct dms_ring *ring)
{
	struct dms_nic *nic;
	u32 i;

	if (!ring)
		return;

	nic = netdev_priv(ring->dev);
	for (i = 0; ring->slot && i < ring->size; i++) {
		struct dms_slot *slot = &ring->slot[i];

		if (slot->data &&
		    !(dms_faults_on() &&
		      dms_fault_free(nic, ring->data_pool, slot->data)))
			page_pool_put_full_netmem(ring->data_pool, slot->data,
						  false);
		if (slot->hdr)
			page_pool_put_full_page(ring->hdr_pool, slot->hdr,
						false);
	}

	page_pool_destroy(ring->hdr_pool);
	page_pool_destroy(ring->data_pool);
	kvfree(ring->slot);
	kvfree(ring->cmpl);
	kvfree(ring->desc);
	kfree(ring);
}

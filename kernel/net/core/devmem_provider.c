// SPDX-License-Identifier: GPL-2.0-only
/*
 * devmem TCP: a binding's net_iovs, and the page_pool memory provider that
 * hands them out.
 *
 * Free net_iovs are kept on two linked lists. Whoever gives one back pushes
 * it on 'returned', a lock-free stack. A pool that ran dry takes a batch from
 * 'ready' under the binding's lock and, when that is empty, moves the whole
 * of 'returned' there. Both cost the same however large the dma-buf is and
 * however much of it is in use, and a refill of 64 takes the lock once.
 */

#include <linux/mm.h>
#include <linux/netdevice.h>
#include <linux/rtnetlink.h>
#include <linux/scatterlist.h>
#include <linux/vmalloc.h>
#include <net/page_pool/helpers.h>
#include <net/page_pool/memory_provider.h>
#include <trace/events/page_pool.h>

#include "devmem.h"
#include "mp_dmabuf_devmem.h"
#include "page_pool_priv.h"

/* While a net_iov is free its first word, which mirrors page->flags and has
 * no use in a net_iov, links it.
 */
static_assert(sizeof_field(struct net_iov, __unused_padding) ==
	      sizeof(struct llist_node));
static_assert(offsetof(struct net_iov, __unused_padding) == 0);

static struct llist_node *niov_link(struct net_iov *niov)
{
	return (struct llist_node *)&niov->__unused_padding;
}

static struct net_iov *link_niov(struct llist_node *node)
{
	return (struct net_iov *)node;
}

/* kvfree() it. The net_iovs of a GPU's memory are more than what kvmalloc()
 * is ready to give.
 */
static void *devmem_table(size_t n, size_t size, int nid,
			  struct netlink_ext_ack *extack)
{
	size_t bytes = array_size(n, size);
	void *table;

	table = bytes > INT_MAX ? vzalloc_node(bytes, nid) :
				  kvzalloc_node(bytes, GFP_KERNEL, nid);
	if (!table)
		NL_SET_ERR_MSG_FMT(extack,
				   "no %zu bytes of memory to describe the dma-buf: bind a smaller one",
				   bytes);
	return table;
}

/**
 * net_devmem_carve() - cut a mapped dma-buf into net_iovs, all of them free
 * @binding: gets niovs, areas and their counts; nothing when this fails
 * @sgt: the DMA mapping
 * @size: of the dma-buf, in bytes
 * @nid: NUMA node to allocate from
 * @extack: says what is wrong with the dma-buf
 *
 * Segments whose DMA addresses follow one another become one area: udmabuf
 * has a segment for every page.
 *
 * Return: 0, -EINVAL for a dma-buf that is not whole pages throughout or is
 * mapped only in part, -E2BIG when there are too many pages or one lies where
 * no net_iov can point to, -ENOMEM.
 */
int net_devmem_carve(struct net_devmem_dmabuf_binding *binding,
		     struct sg_table *sgt, size_t size, int nid,
		     struct netlink_ext_ack *extack)
{
	struct dmabuf_genpool_chunk_owner *area;
	u32 num_areas = 0, num_niovs, i;
	struct llist_node **tail;
	dma_addr_t end = 0;
	struct scatterlist *sg;
	size_t mapped = 0;
	unsigned int s;

	if (!size || !PAGE_ALIGNED(size)) {
		NL_SET_ERR_MSG(extack,
			       "dma-buf size is no multiple of the page size: align it to pages");
		return -EINVAL;
	}
	if (size >> PAGE_SHIFT > INT_MAX) {
		NL_SET_ERR_MSG(extack, "dma-buf is too large: bind a smaller one");
		return -E2BIG;
	}
	num_niovs = size >> PAGE_SHIFT;

	for_each_sgtable_dma_sg(sgt, sg, s) {
		if (!PAGE_ALIGNED(sg_dma_address(sg)) ||
		    !PAGE_ALIGNED(sg_dma_len(sg)) || !sg_dma_len(sg)) {
			NL_SET_ERR_MSG(extack,
				       "dma-buf has a segment that is not whole pages: align it to pages");
			return -EINVAL;
		}
		if (!mapped || sg_dma_address(sg) != end)
			num_areas++;
		end = sg_dma_address(sg) + sg_dma_len(sg);
		mapped += sg_dma_len(sg);
	}
	if (mapped != size) {
		NL_SET_ERR_MSG(extack,
			       "dma-buf's exporter mapped another size than it announces: take another exporter");
		return -EINVAL;
	}

	binding->areas = devmem_table(num_areas, sizeof(*binding->areas), nid,
				      extack);
	if (!binding->areas)
		return -ENOMEM;
	binding->niovs = devmem_table(num_niovs, sizeof(*binding->niovs), nid,
				      extack);
	if (!binding->niovs) {
		net_devmem_uncarve(binding);
		return -ENOMEM;
	}
	binding->num_niovs = num_niovs;
	binding->num_areas = num_areas;

	area = NULL;
	i = 0;
	tail = &binding->ready;
	for_each_sgtable_dma_sg(sgt, sg, s) {
		dma_addr_t addr = sg_dma_address(sg);
		size_t left = sg_dma_len(sg);

		if (!area || addr != end) {
			area = area ? area + 1 : binding->areas;
			area->base_virtual = (unsigned long)i << PAGE_SHIFT;
			area->base_dma_addr = addr;
			area->niovs = &binding->niovs[i];
			area->binding = binding;
		}
		end = addr + left;
		for (; left; left -= PAGE_SIZE, addr += PAGE_SIZE, i++) {
			struct net_iov *niov = &binding->niovs[i];

			niov->owner = area;
			if (page_pool_set_dma_addr_netmem(net_iov_to_netmem(niov),
							  addr)) {
				NL_SET_ERR_MSG(extack,
					       "dma-buf lies too high in memory for a 32 bit kernel");
				net_devmem_uncarve(binding);
				return -E2BIG;
			}
			area->num_niovs++;
			*tail = niov_link(niov);
			tail = &niov_link(niov)->next;
		}
		cond_resched();
	}
	*tail = NULL;
	init_llist_head(&binding->returned);
	atomic_set(&binding->outstanding, 0);
	spin_lock_init(&binding->lock);
	return 0;
}

/**
 * net_devmem_uncarve() - free what net_devmem_carve() made
 * @binding: nobody holds a net_iov of it any more
 */
void net_devmem_uncarve(struct net_devmem_dmabuf_binding *binding)
{
	kvfree(binding->niovs);
	kvfree(binding->areas);
	binding->niovs = NULL;
	binding->areas = NULL;
}

/**
 * net_devmem_take() - take free net_iovs out of a binding
 * @binding: to take from
 * @niovs: where to put them
 * @max: how many at most
 *
 * Never takes more than half of what is free (but one at least): with a
 * batch in its cache one pool must not starve the others of the binding when
 * little is left. Context: softirq or process.
 *
 * Return: how many were taken, 0 when the binding is used up.
 */
unsigned int net_devmem_take(struct net_devmem_dmabuf_binding *binding,
			     struct net_iov **niovs, unsigned int max)
{
	struct llist_node *node;
	unsigned int n = 0;
	u32 avail;

	avail = binding->num_niovs - atomic_read(&binding->outstanding);
	max = clamp(avail / 2, 1U, max);

	spin_lock_bh(&binding->lock);
	node = binding->ready;
	while (n < max) {
		if (!node) {
			node = llist_del_all(&binding->returned);
			if (!node)
				break;
		}
		niovs[n++] = link_niov(node);
		node = node->next;
	}
	binding->ready = node;
	spin_unlock_bh(&binding->lock);

	atomic_add(n, &binding->outstanding);
	return n;
}

/**
 * net_devmem_give() - give a net_iov back to its binding
 * @binding: the one that it was taken from
 * @niov: the net_iov; the caller's last access to it
 *
 * Context: any.
 */
void net_devmem_give(struct net_devmem_dmabuf_binding *binding,
		     struct net_iov *niov)
{
	struct llist_node *node = niov_link(niov), *first;

	/* Count first: once on the list, somebody else may take it, and
	 * outstanding must not be seen above the number of net_iovs.
	 */
	atomic_dec(&binding->outstanding);

	/* llist_add() is a call into lib/, which would be a good part of what
	 * all of this costs. try_cmpxchg() releases what was written to the
	 * net_iov, llist_del_all() in net_devmem_take() acquires it.
	 */
	first = READ_ONCE(binding->returned.first);
	do {
		node->next = first;
	} while (!try_cmpxchg(&binding->returned.first, &first, node));
}

/**
 * net_devmem_check_room() - can the binding fill all its rings?
 * @binding: the binding
 * @self: one of its queues
 * @need: net_iovs that the ring of @self is about to take
 *
 * A driver's pool size stands for what its ring takes: nothing tells the core
 * more exactly. Context: rtnl.
 *
 * Return: 0, and @need is noted for @self; -ENOSPC when it cannot.
 */
int net_devmem_check_room(struct net_devmem_dmabuf_binding *binding,
			  struct devmem_rxq *self, u32 need)
{
	struct devmem_rxq *q;
	unsigned long idx;
	u64 sum = need;

	ASSERT_RTNL();

	xa_for_each(&binding->bound_rxqs, idx, q)
		if (q != self)
			sum += READ_ONCE(q->need);
	binding->too_small = sum > binding->num_niovs;
	if (binding->too_small)
		return -ENOSPC;
	/* mp_dmabuf_devmem_destroy() may set it back without rtnl */
	WRITE_ONCE(self->need, need);
	return 0;
}

/**
 * mp_dmabuf_devmem_init() - a page_pool of a bound queue is created
 * @pool: the pool, its mp_priv is the binding
 *
 * Refuses a pool that the binding cannot fill: here, before the queue was
 * stopped, rather than later from NAPI. Context: rtnl.
 *
 * Return: 0, or -errno which page_pool_create() returns.
 */
int mp_dmabuf_devmem_init(struct page_pool *pool)
{
	struct net_devmem_dmabuf_binding *binding = pool->mp_priv;
	struct devmem_rxq *q;
	u32 former_need;
	int err;

	ASSERT_RTNL();

	/* A net_iov is a page */
	if (pool->p.order)
		return -E2BIG;

	q = xa_load(&binding->bound_rxqs, pool->slow.queue_idx);
	if (WARN_ON_ONCE(!q))
		return -ENOENT;

	former_need = q->need;
	err = net_devmem_check_room(binding, q, pool->p.pool_size);
	if (err)
		return err;

	/* The CPU never looks into the buffers, and the exporter looks after
	 * the coherency of its memory.
	 */
	pool->dma_sync = false;
	pool->dma_sync_for_cpu = false;

	refcount_inc(&binding->ref);
	spin_lock_bh(&binding->lock);
	q->former = q->pool;
	q->former_need = former_need;
	q->pool = pool;
	spin_unlock_bh(&binding->lock);
	return 0;
}

/* page_pool_set_pp_info(), without the call unless the pool's owner wants to
 * see every buffer.
 */
static void devmem_enter_pool(struct page_pool *pool, netmem_ref netmem)
{
	if (unlikely(pool->has_init_callback)) {
		page_pool_set_pp_info(pool, netmem);
		return;
	}
	netmem_set_pp(netmem, pool);
	netmem_or_pp_magic(netmem, PP_SIGNATURE);
	page_pool_fragment_netmem(netmem, 1);
}

/* A BPF program is skipped when it would interrupt itself: a ring that is
 * filled in process context keeps NAPI off this CPU while it is traced, lest
 * the events of a whole refill go missing.
 */
static noinline void devmem_trace_batch(struct page_pool *pool, unsigned int n)
{
	unsigned int i;

	local_bh_disable();
	for (i = 0; i < n; i++)
		trace_devmem_niov_alloc(pool,
					__netmem_clear_lsb(pool->alloc.cache[i]));
	local_bh_enable();
}

/**
 * mp_dmabuf_devmem_alloc_netmems() - refill a pool whose cache and ring are empty
 * @pool: the pool; its consumer's context, as for all of the alloc side
 * @gfp: unused, nothing is allocated
 *
 * Return: one net_iov, with more in the pool's cache, or 0 when the binding
 * has none left.
 */
netmem_ref mp_dmabuf_devmem_alloc_netmems(struct page_pool *pool, gfp_t gfp)
{
	struct net_devmem_dmabuf_binding *binding = pool->mp_priv;
	struct net_iov **batch = (struct net_iov **)pool->alloc.cache;
	unsigned int i, n;

	BUILD_BUG_ON(sizeof(*batch) != sizeof(pool->alloc.cache[0]));

	n = net_devmem_take(binding, batch, PP_ALLOC_CACHE_REFILL);
	if (unlikely(!n)) {
		/* NAPI tries again and again: what the event tells is only
		 * looked up for somebody who listens.
		 */
		if (trace_devmem_niov_alloc_fail_enabled())
			trace_devmem_niov_alloc_fail(pool,
						     READ_ONCE(binding->ifindex),
						     binding->id,
						     binding->num_niovs,
						     atomic_read(&binding->outstanding));
		return 0;
	}

	for (i = 0; i < n; i++) {
		netmem_ref netmem = net_iov_to_netmem(batch[i]);

		devmem_enter_pool(pool, netmem);
		pool->alloc.cache[i] = netmem;
		pool->pages_state_hold_cnt++;
		trace_page_pool_state_hold(pool, netmem,
					   pool->pages_state_hold_cnt);
	}
	if (trace_devmem_niov_alloc_enabled())
		devmem_trace_batch(pool, n);
#ifdef CONFIG_PAGE_POOL_STATS
	pool->alloc_stats.slow++;
#endif
	pool->alloc.count = n - 1;
	return pool->alloc.cache[n - 1];
}

static void devmem_leave_pool(struct page_pool *pool, struct net_iov *niov)
{
	netmem_ref netmem = net_iov_to_netmem(niov);

	if (trace_devmem_niov_free_enabled()) {
		/* As in devmem_trace_batch() */
		local_bh_disable();
		trace_devmem_niov_free(pool, niov);
		local_bh_enable();
	}
	netmem_clear_pp_magic(netmem);
	netmem_set_pp(netmem, NULL);
	net_devmem_give(pool->mp_priv, niov);
}

/* A driver's bug. On the list of free net_iovs it would be handed out twice,
 * so it is kept off it: whoever has it now, a NIC or a socket, may go on using
 * it. If nobody has, it is lost, and its pool waits for it for good. @pool's
 * books are kept right: the caller will count a release, which is none.
 */
static noinline void devmem_bad_free(struct page_pool *pool,
				     struct net_iov *niov)
{
	static const char * const names[] = {
		[DEVMEM_BAD_FREE_TWICE] = "it is free",
		[DEVMEM_BAD_FREE_FOREIGN] = "another pool has it",
		[DEVMEM_BAD_FREE_BUSY] = "it is in use",
	};
	struct page_pool *owner = READ_ONCE(niov->pp);
	enum devmem_bad_free reason;

	if (!owner)
		reason = DEVMEM_BAD_FREE_TWICE;
	else if (owner != pool)
		reason = DEVMEM_BAD_FREE_FOREIGN;
	else
		reason = DEVMEM_BAD_FREE_BUSY;

	trace_devmem_niov_bad_free(pool, niov, reason);
	net_err_ratelimited("devmem: pool %u gave back a net_iov of binding %u that is not its to give: %s\n",
			    pool->user.id, net_iov_binding_id(niov),
			    names[reason]);

	atomic_dec(&pool->pages_state_release_cnt);
}

/**
 * mp_dmabuf_devmem_release_page() - a net_iov leaves its pool for good
 * @pool: the pool
 * @netmem: the net_iov
 *
 * Return: false: page_pool shall not put_page() it.
 */
bool mp_dmabuf_devmem_release_page(struct page_pool *pool, netmem_ref netmem)
{
	struct net_iov *niov = __netmem_clear_lsb(netmem);

	if (WARN_ON_ONCE(!netmem_is_net_iov(netmem)))
		return false;

	if (likely(niov->pp == pool &&
		   atomic_long_read(&niov->pp_ref_count) == 1))
		devmem_leave_pool(pool, niov);
	else
		devmem_bad_free(pool, niov);
	return false;
}

/**
 * mp_dmabuf_devmem_destroy() - the last net_iov came home, the pool goes
 * @pool: the pool
 *
 * Context: process, without rtnl: the queue may have a younger pool by now,
 * or no longer exist.
 */
void mp_dmabuf_devmem_destroy(struct page_pool *pool)
{
	struct net_devmem_dmabuf_binding *binding = pool->mp_priv;
	struct devmem_rxq *q;

	/* devmem_drop_queue() frees q after it took the lock once */
	spin_lock_bh(&binding->lock);
	q = xa_load(&binding->bound_rxqs, pool->slow.queue_idx);
	if (q && q->former == pool)
		q->former = NULL;
	if (q && q->pool == pool) {
		/* The driver made it and did not need it: it goes on with the
		 * one before, unless it had given that up already.
		 */
		if (q->former && !READ_ONCE(q->former->user.detach_time)) {
			q->pool = q->former;
			WRITE_ONCE(q->need, q->former_need);
		} else {
			q->pool = NULL;
		}
		q->former = NULL;
	}
	spin_unlock_bh(&binding->lock);

	net_devmem_dmabuf_binding_put(binding);
}

/**
 * net_devmem_pool_id() - which page_pool draws on a binding for a queue?
 * @binding: the binding
 * @rxq_idx: index of the queue
 *
 * Context: process, under rtnl.
 *
 * Return: the pool's id, 0 if there is none.
 */
u32 net_devmem_pool_id(struct net_devmem_dmabuf_binding *binding, u32 rxq_idx)
{
	const struct devmem_rxq *q;
	u32 id = 0;

	ASSERT_RTNL();

	q = xa_load(&binding->bound_rxqs, rxq_idx);
	if (!q)
		return 0;
	spin_lock_bh(&binding->lock);
	if (q->pool)
		id = q->pool->user.id;
	spin_unlock_bh(&binding->lock);
	return id;
}

/* The queue switch asks these, to tell in its events. Context: process, under
 * rtnl.
 */
static u32 devmem_binding_id(const void *mp_priv)
{
	const struct net_devmem_dmabuf_binding *binding = mp_priv;

	return binding->id;
}

static u32 devmem_outstanding(const void *mp_priv)
{
	const struct net_devmem_dmabuf_binding *binding = mp_priv;

	return atomic_read(&binding->outstanding);
}

static u32 devmem_rxq_pool_id(void *mp_priv, u32 rxq_idx)
{
	return net_devmem_pool_id(mp_priv, rxq_idx);
}

const struct memory_provider_ops dmabuf_devmem_ops = {
	.init			= mp_dmabuf_devmem_init,
	.destroy		= mp_dmabuf_devmem_destroy,
	.alloc_netmems		= mp_dmabuf_devmem_alloc_netmems,
	.release_netmem		= mp_dmabuf_devmem_release_page,
	.binding_id		= devmem_binding_id,
	.outstanding		= devmem_outstanding,
	.rxq_pool_id		= devmem_rxq_pool_id,
};

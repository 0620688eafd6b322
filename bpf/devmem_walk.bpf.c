// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * State, not events: a program, run on demand, that walks the devices of the caller's network
 * namespace and writes down their page pools and the queues that have a memory provider.
 */
#include "lib/kernel.bpf.h"

#include <linux/bpf.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

#include "contract/walk.h"
#include "lib/providers.bpf.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

/* Written by the walk from index 0 on; user space sets the room. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__uint(map_flags, BPF_F_MMAPABLE);
	__type(key, __u32);
	__type(value, struct devmem_pool_state);
} pool_states SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__uint(map_flags, BPF_F_MMAPABLE);
	__type(key, __u32);
	__type(value, struct devmem_rxq_state);
} rxq_states SEC(".maps");

/* Kernels without it (before 6.2) cannot be walked; user space does not load the program. */
extern void bpf_rcu_read_lock(void) __ksym __weak;
extern void bpf_rcu_read_unlock(void) __ksym __weak;

/* In trace_stock.h. */
extern const volatile __u32 page_size;

/* More steps than any machine has devices and pools; a list that changes may loop. */
#define MAX_STEPS (1 << 17)

/* Where the walk is. */
struct cursor {
	struct devmem_walk *walk;
	struct list_head *head;	       /* of the namespace's devices */
	struct list_head *dev_node;    /* of the current device */
	struct netdev_rx_queue *rxqs;  /* its rx queues */
	struct hlist_node *pool_node;  /* its next pool, NULL: there is none left */
	struct hlist_node **pool_prev; /* what must point to pool_node */
	__u32 num_rxqs;
	__u32 rxq; /* the next one to look at */
	__u32 dev_ifindex;
};

static __u32 ring_fill(const struct page_pool *pool)
{
	int producer = BPF_CORE_READ(pool, ring.producer);
	int head = BPF_CORE_READ(pool, ring.consumer_head);
	int size = BPF_CORE_READ(pool, ring.size);
	void **queue, *entry = NULL;

	if (size <= 0)
		return 0;
	if (producer != head)
		return producer > head ? producer - head : producer - head + size;
	/* Equal when the ring is empty and when it is full. */
	queue = BPF_CORE_READ(pool, ring.queue);
	bpf_probe_read_kernel(&entry, sizeof(entry), queue + head);
	return entry ? size : 0;
}

/* ---- what a binding has left, where a gen_pool keeps it ---- */

/*
 * One chunk for each piece that is contiguous for the device, so there may be as many as pages.
 * With more than this nothing is summed up: user space takes what the pools hold instead.
 */
#define MAX_CHUNKS 4096

struct chunks {
	struct list_head *head;
	struct list_head *node;
	__u64 size;
	__u64 avail;
};

static int chunk_step(__u32 index, struct chunks *c)
{
	struct gen_pool_chunk *chunk;

	if (!c->node || c->node == c->head)
		return 1;
	chunk = (void *)c->node - bpf_core_field_offset(struct gen_pool_chunk, next_chunk);
	c->size += BPF_CORE_READ(chunk, end_addr) - BPF_CORE_READ(chunk, start_addr) + 1;
	c->avail += BPF_CORE_READ(chunk, avail.counter);
	c->node = BPF_CORE_READ(chunk, next_chunk.next);
	return 0;
}

/* Of the last binding; pools of one binding mostly follow each other. */
static const void *summed_binding;
static __u32 summed_niovs;
static __u32 summed_outstanding;

static __noinline int sum_chunks(const struct net_devmem_dmabuf_binding___genpool *b)
{
	struct gen_pool *gen = BPF_CORE_READ(b, chunk_pool);
	struct chunks c = {
		.head = &gen->chunks,
		.node = BPF_CORE_READ(gen, chunks.next),
	};

	summed_binding = b;
	summed_niovs = 0;
	bpf_loop(MAX_CHUNKS, chunk_step, &c, 0);
	if (c.node != c.head || c.avail > c.size)
		return 0;
	summed_niovs = c.size / page_size;
	summed_outstanding = (c.size - c.avail) / page_size;
	return 0;
}

static void read_binding(struct devmem_pool_state *s, const void *priv)
{
	const struct net_devmem_dmabuf_binding___freelist *own = priv;
	const struct net_devmem_dmabuf_binding___genpool *gen = priv;
	const struct net_devmem_dmabuf_binding *b = priv;

	s->binding = BPF_CORE_READ(b, id);
	s->size_bytes = BPF_CORE_READ(b, dmabuf, size);
	if (bpf_core_field_exists(own->outstanding)) {
		s->binding_niovs = BPF_CORE_READ(own, num_niovs);
		s->binding_outstanding = BPF_CORE_READ(own, outstanding.counter);
		s->binding_unbound = BPF_CORE_READ(own, unbound);
	} else if (bpf_core_field_exists(gen->chunk_pool)) {
		if (summed_binding != priv)
			sum_chunks(gen);
		s->binding_niovs = summed_niovs;
		s->binding_outstanding = summed_outstanding;
	}
}

/* What io_uring's zero-copy receive hands out: its area. */
static void read_zcrx(struct devmem_pool_state *s, const struct io_zcrx_ifq *ifq)
{
	const struct io_zcrx_area___mem *with_mem;
	const struct io_zcrx_area *area;

	if (!bpf_core_field_exists(ifq->area))
		return;
	area = BPF_CORE_READ(ifq, area);
	with_mem = (const void *)area;
	if (!area)
		return;
	s->binding_niovs = BPF_CORE_READ(area, nia.num_niovs);
	s->binding_outstanding = s->binding_niovs - BPF_CORE_READ(area, free_count);
	/* 6.16; before, an area was as many pages as it had net_iovs. */
	if (bpf_core_field_exists(with_mem->mem.size))
		s->size_bytes = BPF_CORE_READ(with_mem, mem.size);
	else
		s->size_bytes = (__u64)s->binding_niovs * page_size;
}

static void read_pool(struct devmem_pool_state *s, const struct page_pool *pool, __u32 ifindex)
{
	const struct page_pool___napi_id *with_id = (const void *)pool;
	void *priv;

	__builtin_memset(s, 0, sizeof(*s));
	s->ifindex = ifindex == LOOPBACK_IFINDEX ? 0 : ifindex;
	s->queue = BPF_CORE_READ(pool, slow.queue_idx);
	s->pool = BPF_CORE_READ(pool, user.id);
	s->detach_s = BPF_CORE_READ(pool, user.detach_time);
	if (bpf_core_field_exists(with_id->user.napi_id))
		s->napi = BPF_CORE_READ(with_id, user.napi_id);
	else if (!s->detach_s)
		s->napi = BPF_CORE_READ(pool, p.napi, napi_id);
	s->hold = BPF_CORE_READ(pool, pages_state_hold_cnt);
	s->release = BPF_CORE_READ(pool, pages_state_release_cnt.counter);
	s->cache = BPF_CORE_READ(pool, alloc.count);
	s->ring = ring_fill(pool);
	s->ring_size = BPF_CORE_READ(pool, ring.size);
	priv = BPF_CORE_READ(pool, mp_priv);
	s->kind = provider_kind(priv, pool_ops(pool), BPF_CORE_READ(pool, slow.netdev), s->queue);
	if (s->kind == DEVMEM_PROVIDER_DMABUF)
		read_binding(s, priv);
	else if (s->kind == DEVMEM_PROVIDER_ZCRX)
		read_zcrx(s, priv);
}

/* Make the next device current. Returns 1 when there is none or the list cannot be followed. */
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
	/* A former interface's pools are with loopback. */
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

/* Queues live as long as their device; those without a provider are passed over. */
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
 * Pools are neither reference counted nor freed by RCU, and the mutex that protects the list
 * cannot be taken here. So each is read first and believed only when it is still in its place
 * in the list afterwards; what moved meanwhile is counted.
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

SEC("syscall")
int walk_pools(struct devmem_walk *walk)
{
	struct task_struct *task = (void *)bpf_get_current_task();
	struct net *net = BPF_CORE_READ(task, nsproxy, net_ns);
	struct devmem_walk state = *walk;
	struct cursor c = {
		.walk = &state,
		.head = &net->dev_base_head,
		.dev_node = &net->dev_base_head,
	};
	long steps;

	state.netns = BPF_CORE_READ(net, ns.inum);
	summed_binding = NULL;
	/* Devices are freed after a grace period. */
	bpf_rcu_read_lock();
	steps = bpf_loop(MAX_STEPS, step, &c, 0);
	bpf_rcu_read_unlock();
	if (steps >= MAX_STEPS)
		state.unread++;
	*walk = state;
	return 0;
}

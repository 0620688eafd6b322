/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Part of devmem_races.bpf.c: restarts and bindings on kernels without the devmem trace events, by
 * fentry. What is stopped and started is seen by the queue's NAPI.
 */
#ifndef DEVMEM_RACES_STOCK_H
#define DEVMEM_RACES_STOCK_H

#define ENETDOWN 100

static __always_inline void queue_key(struct race_queue_key *key, const struct net_device *dev,
				      __u32 queue)
{
	key->netns = BPF_CORE_READ(dev, nd_net.net, ns.inum);
	key->ifindex = BPF_CORE_READ(dev, ifindex);
	key->queue = queue;
}

/* The window of the restart that this task is in the middle of. */
static __noinline struct window *own_window(void)
{
	__u64 task = bpf_get_current_task();
	struct window *w;
	__u32 i, key;

	if (!windows_open)
		return NULL;
	for (i = 0; i < MAX_WINDOWS; i++) {
		key = i;
		w = bpf_map_lookup_elem(&windows, &key);
		if (w && w->used == 1 && w->task == task)
			return w;
	}
	return NULL;
}

/*
 * The task does something else now: its restart is over. The kernel did not tell because somebody
 * was attaching to the function meanwhile.
 */
static __noinline int close_own_window(void)
{
	struct window *w = own_window();

	if (w)
		close_window(w);
	return 0;
}

struct old_walk {
	struct hlist_node *node;
	__u32 queue;
	__u32 pool; /* the newest that feeds the queue from a provider, 0: none */
	__u32 binding;
};

/* Under the lock that protects the device's queues: no pool comes or goes. */
static int look_at_old(__u32 index, struct old_walk *walk)
{
	struct hlist_node *node = walk->node;
	struct page_pool *pool;
	const void *provider;
	__u32 id;

	if (!node)
		return 1;
	pool = (void *)node - bpf_core_field_offset(struct page_pool, user.list);
	walk->node = BPF_CORE_READ(node, next);
	id = BPF_CORE_READ(pool, user.id);
	provider = BPF_CORE_READ(pool, mp_priv);
	/* A pool for headers is of host memory, whatever feeds the queue. */
	if (!provider || id <= walk->pool || BPF_CORE_READ(pool, user.detach_time) ||
	    BPF_CORE_READ(pool, slow.queue_idx) != walk->queue)
		return 0;
	walk->pool = id;
	walk->binding = pool_binding(pool);
	return 0;
}

static __always_inline int probe_begin(void *ctx, const struct net_device *dev, __u32 queue)
{
	struct old_walk walk = {
		.node = BPF_CORE_READ(dev, page_pools.first),
		.queue = queue,
	};
	struct race_queue_key key;

	queue_key(&key, dev, queue);
	close_own_window();
	give_up_goes_on();
	bpf_loop(MAX_POOLS, look_at_old, &walk, 0);
	return restart(ctx, PHASE_BEGIN, &key, lock_of(dev), walk.binding,
		       queue_binding(dev, queue), 0);
}

/* So many at once are reported; there is one window for them. */
#define MAX_LATE 16

/* The start was one on new memory: what came of the old after it was late. */
static __noinline int report_late(struct window *w)
{
	struct race_queue_key queue;
	struct race_report *r;
	__u32 i;

	if (!w)
		return 0;
	queue = w->queue;
	for (i = 0; i < MAX_LATE && i < w->late; i++) {
		r = report(RACE_STALE_DELIVERY, &queue);
		if (!r)
			continue;
		r->binding = w->old_binding;
		r->queue_binding = w->new_binding;
		r->pool = w->late_pool;
		r->niov = w->late_niov;
		bpf_ringbuf_submit(r, 0);
	}
	return 0;
}

static __always_inline int probe_end(void *ctx, struct net_device *dev, __u32 queue, int err)
{
	struct race_queue_key key;
	struct window *w;
	void *provider;
	__u32 old = 0;

	give_up_goes_on();
	/* Of an interface that is down there is nothing to stop. */
	if (err == -ENETDOWN)
		err = 0;
	queue_key(&key, dev, queue);
	w = find_window(&key);
	if (w) {
		old = w->old_binding;
		if (err && w->phase == PHASE_STOPPED)
			w->phase = PHASE_DEAD;
		else if (err && w->phase == PHASE_STARTED)
			w->phase = PHASE_UNDONE;
		if (!err && w->late)
			report_late(w);
	}
	provider = queue_provider(dev, queue);
	restart(ctx, PHASE_ENDED, &key, 0, old, queue_binding(dev, queue), err);
	/* A bind that failed takes its provider back only after this. */
	if (!err || !provider)
		check_binding(ctx, dev, queue);
	return 0;
}

SEC("fentry/netdev_rx_queue_restart")
int BPF_PROG(s_restart, struct net_device *dev, unsigned int queue)
{
	return probe_begin(ctx, dev, queue);
}

SEC("fexit/netdev_rx_queue_restart")
int BPF_PROG(s_restart_end, struct net_device *dev, unsigned int queue, int err)
{
	return probe_end(ctx, dev, queue, err);
}

/* 7.0: what binds or unbinds calls only this one. */
SEC("fentry/netdev_rx_queue_reconfig")
int BPF_PROG(s_reconfig, struct net_device *dev, unsigned int queue)
{
	struct race_queue_key key;
	struct window *w = own_window();

	queue_key(&key, dev, queue);
	if (w && w->phase == PHASE_BEGIN && w->inner == INNER_NONE && same_queue(&w->queue, &key)) {
		w->inner = INNER_CALLED;
		return 0;
	}
	probe_begin(ctx, dev, queue);
	w = own_window();
	if (w)
		w->inner = INNER_ALONE;
	return 0;
}

SEC("fexit/netdev_rx_queue_reconfig")
int BPF_PROG(s_reconfig_end, struct net_device *dev, unsigned int queue)
{
	struct window *w = own_window();
	__u64 err = 0;

	if (w && w->inner == INNER_CALLED)
		return 0;
	bpf_get_func_ret(ctx, &err);
	return probe_end(ctx, dev, queue, err);
}

static __always_inline int probe_phase(void *ctx, const struct napi_struct *napi, __u32 event)
{
	struct race_queue_key queue;
	struct window *w;

	if (!windows_open)
		return 0;
	w = own_window();
	if (!w || (event == PHASE_STARTED ? w->phase != PHASE_STOPPED : w->phase == PHASE_STOPPED))
		return 0;
	queue = w->queue;
	if (BPF_CORE_READ(napi, dev, ifindex) != (int)queue.ifindex)
		return 0;
	return restart(ctx, event, &queue, 0, w->old_binding, w->new_binding, 0);
}

SEC("fexit/napi_disable")
int BPF_PROG(s_stop, struct napi_struct *napi)
{
	return probe_phase(ctx, napi, PHASE_STOPPED);
}

SEC("fentry/napi_enable")
int BPF_PROG(s_start, struct napi_struct *napi)
{
	return probe_phase(ctx, napi, PHASE_STARTED);
}

/* 6.15: for those who hold the device's own lock. */
SEC("fexit/napi_disable_locked")
int BPF_PROG(s_stop_locked, struct napi_struct *napi)
{
	return probe_phase(ctx, napi, PHASE_STOPPED);
}

SEC("fentry/napi_enable_locked")
int BPF_PROG(s_start_locked, struct napi_struct *napi)
{
	return probe_phase(ctx, napi, PHASE_STARTED);
}

SEC("fentry/net_devmem_bind_dmabuf")
int BPF_PROG(s_bind, struct net_device *dev)
{
	struct race_queue_key key;

	close_own_window();
	give_up_is_over(bpf_get_current_task());
	queue_key(&key, dev, 0);
	return check_lock(ctx, &key, lock_of(dev), 0, DETAIL_BIND);
}

/* Its queue's restart is over, be it that nobody told. */
SEC("fexit/net_devmem_bind_dmabuf_to_queue")
int BPF_PROG(s_bind_end, struct net_device *dev, __u32 queue)
{
	__u64 err = 0;

	if (!own_window())
		return 0;
	bpf_get_func_ret(ctx, &err);
	return probe_end(ctx, dev, queue, err);
}

static __always_inline int probe_gave_up(__u32 level)
{
	close_own_window();
	return give_up_ends(level);
}

SEC("fexit/net_devmem_unbind_dmabuf")
int BPF_PROG(s_unbind_end)
{
	return probe_gave_up(GIVE_UP_BINDING);
}

#define GIVE_UP_PROGS(name, function, level)  \
	SEC("fentry/" function)               \
	int s_##name(void *ctx)               \
	{                                     \
		return give_up_begins(level); \
	}                                     \
                                              \
	SEC("fexit/" function)                \
	int s_##name##_end(void *ctx)         \
	{                                     \
		return probe_gave_up(level);  \
	}

/*
 * 6.15: io_uring's way to give a queue up, and, one further in, what a dma-buf's does, too. The
 * inner one may be part of the outer one's code. 7.1 has other names for both.
 */
GIVE_UP_PROGS(close, "net_mp_close_rxq", GIVE_UP_QUEUE)
GIVE_UP_PROGS(close_inner, "__net_mp_close_rxq", GIVE_UP_INNER)
GIVE_UP_PROGS(close_if, "netif_mp_close_rxq", GIVE_UP_QUEUE)
GIVE_UP_PROGS(close_if_inner, "__netif_mp_close_rxq", GIVE_UP_INNER)

SEC("fentry/__net_devmem_dmabuf_binding_free")
int s_free(void *ctx)
{
	const struct net_devmem_dmabuf_binding___work *work = NULL;
	const struct net_devmem_dmabuf_binding *binding;
	__u64 address = 0;
	__u32 id;

	bpf_get_func_arg(ctx, 0, &address);
	if (bpf_core_field_exists(work->unbind_w))
		address -= bpf_core_field_offset(struct net_devmem_dmabuf_binding___work, unbind_w);
	binding = (const void *)address;
	id = BPF_CORE_READ(binding, id);
	bpf_map_delete_elem(&bindings, &id);
	return 0;
}

#endif

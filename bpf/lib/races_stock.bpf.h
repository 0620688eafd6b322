/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Restarts and bindings on kernels without the devmem trace events, by fentry. The queue's NAPI
 * shows when the queue stops and starts.
 *
 * The file that includes this defines what races_restarts.bpf.h, races_mismatch.bpf.h and
 * races_bindings.bpf.h ask for.
 */
#ifndef DEVMEM_RACES_STOCK_H
#define DEVMEM_RACES_STOCK_H

#include "lib/races_kernel.bpf.h"

#include <linux/bpf.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

#include "contract/races.h"
#include "lib/binding.bpf.h"
#include "lib/device.bpf.h"
#include "lib/races_bindings.bpf.h"
#include "lib/races_give_up.bpf.h"
#include "lib/races_lock.bpf.h"
#include "lib/races_mismatch.bpf.h"
#include "lib/races_queues.bpf.h"
#include "lib/races_report.bpf.h"
#include "lib/races_restarts.bpf.h"
#include "lib/races_windows.bpf.h"

struct old_walk {
	struct hlist_node *node;
	__u32 queue;
	__u32 pool; /* the newest pool that feeds the queue from a provider, 0: none */
	__u32 binding;
};

/* Runs under the lock that protects the device's queues, so no pool comes or goes. */
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
	/* A pool for headers has host memory, even when a provider feeds the queue. */
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

/* The most late packets that are reported for one window. */
#define MAX_LATE 16

/* The queue started on new memory, so packets in the old memory after that were late. */
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
	/* An interface that is down has no queue to stop. */
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
	/* After a failed bind, the provider is taken back only later. */
	if (!err || !provider)
		check_binding(ctx, dev, queue);
	return 0;
}

/* 7.0: a bind or an unbind calls only this function. */
static __always_inline int probe_inner_begin(void *ctx, const struct net_device *dev, __u32 queue)
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

static __always_inline int probe_inner_end(void *ctx, struct net_device *dev, __u32 queue)
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

static __always_inline int probe_bind(void *ctx, const struct net_device *dev)
{
	struct race_queue_key key;

	close_own_window();
	give_up_is_over(bpf_get_current_task());
	queue_key(&key, dev, 0);
	return check_lock(ctx, &key, lock_of(dev), 0, DETAIL_BIND);
}

/* The restart of the bind's queue is over, even if its end was not seen. */
static __always_inline int probe_bind_end(void *ctx, struct net_device *dev, __u32 queue)
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

static __always_inline int probe_free(void *ctx)
{
	const struct net_devmem_dmabuf_binding *binding;
	__u64 arg = 0;
	__u32 id;

	bpf_get_func_arg(ctx, 0, &arg);
	binding = (const void *)freed_binding(arg);
	id = BPF_CORE_READ(binding, id);
	bpf_map_delete_elem(&bindings, &id);
	return 0;
}

#endif

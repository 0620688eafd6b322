/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * How queues are restarted, on kernels without the devmem trace events. These functions only read
 * with BPF_CORE_READ, because a kprobe's arguments are plain numbers.
 *
 * The file that includes this defines what doing.bpf.h and trace_rare.bpf.h ask for.
 */
#ifndef DEVMEM_TRACE_STOCK_RESTART_H
#define DEVMEM_TRACE_STOCK_RESTART_H

#include "lib/kernel.bpf.h"

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>

#include "contract/events.h"
#include "lib/device.bpf.h"
#include "lib/doing.bpf.h"
#include "lib/providers.bpf.h"
#include "lib/queue_pools.bpf.h"
#include "lib/trace_rare.bpf.h"

/* How many restarts are under way. While it is 0, other programs need no look-up. */
static __u32 restarts_open;

static __noinline int restart_leaves(int err)
{
	__u64 now = bpf_ktime_get_ns();
	struct doing *d = doing_now();
	struct look l = {};
	__u32 out = 0;

	if (!d || !d->depth || --d->depth)
		return 0;
	__sync_fetch_and_sub(&restarts_open, 1);
	/* On an interface that is down, an unbind has nothing to stop. This is no failure. */
	if (d->unbinding && err == -ENETDOWN)
		err = 0;
	l.queue = d->queue;
	look_at_queue(&l, d->dev);
	if (l.pool_kind == DEVMEM_PROVIDER_DMABUF)
		out = outstanding_of(d->dev, l.pool_provider);
	if (d->start_ns)
		restart_event(err ? DEVMEM_RESTART_ROLLBACK : DEVMEM_RESTART_START, d->netns,
			      d->ifindex, d->queue, d->how, d->old_binding, d->new_binding, out, 0,
			      d->start_ns);
	restart_event(DEVMEM_RESTART_END, d->netns, d->ifindex, d->queue, d->how, d->old_binding,
		      d->new_binding, out, err, now);
	if (d->unbinding) {
		queue_event(DEVMEM_QUEUE_UNBIND, d->netns, d->ifindex, d->queue, d->unbind_id,
			    l.pool, err);
		if (err)
			d->unbind_err = err;
	}
	end_doing(d);
	return 0;
}

/*
 * While somebody else attaches to a function, the kernel skips the fexit programs of a call that is
 * under way. The restart of such a call ends here, when the task is seen again.
 */
static __noinline int end_missed(struct doing *d, int err)
{
	if (d && d->depth) {
		d->depth = 1;
		restart_leaves(err);
	}
	return 0;
}

static __noinline int restart_enters(__u64 dev_address, __u32 queue, int inner)
{
	const struct net_device *dev = (const void *)dev_address;
	struct netdev_rx_queue *rxq = rx_queue(dev, queue);
	struct doing *d = begin_doing();
	struct look l = { .queue = queue };
	__u64 now = bpf_ktime_get_ns();
	const void *priv;

	if (!d)
		return 0;
	/* 7.0: one of the two functions calls the other. */
	if (inner && d->depth == 1 && !d->inner && !d->stop_ns && d->dev == dev_address &&
	    d->queue == queue) {
		d->depth++;
		return 0;
	}
	end_missed(d, 0);
	d = begin_doing();
	if (!d)
		return 0;
	__sync_fetch_and_add(&restarts_open, 1);
	d->inner = inner;
	look_at_queue(&l, dev_address);
	priv = BPF_CORE_READ(rxq, mp_params.mp_priv);
	d->depth = 1;
	d->dev = dev_address;
	d->queue = queue;
	d->netns = dev_netns(dev);
	d->ifindex = BPF_CORE_READ(dev, ifindex);
	d->how = BPF_CORE_READ(dev, state) & LINK_STATE_START ? SWITCH_RESTART : SWITCH_DOWN;
	d->new_binding = id_of(priv, provider_kind(priv, queue_ops(rxq), dev, queue));
	d->old_binding = id_of((const void *)l.pool_provider, l.pool_kind);
	d->stop_ns = 0;
	d->start_ns = 0;
	d->stopping = 0;
	restart_event(DEVMEM_RESTART_BEGIN, d->netns, d->ifindex, queue, d->how, d->old_binding,
		      d->new_binding, 0, 0, now);
	return 0;
}

/*
 * Drivers disable a queue's NAPI when they stop the queue and enable it when they start the queue.
 * Without knowledge of the driver, nothing shows the phases more exactly.
 */
static __noinline bool is_stop(const struct doing *d, __u64 napi_address)
{
	const struct napi_struct *napi = (const void *)napi_address;

	return d && d->depth && !d->stop_ns && d->dev == (__u64)BPF_CORE_READ(napi, dev);
}

static __noinline int report_stop(struct doing *d)
{
	if (!d)
		return 0;
	d->stop_ns = bpf_ktime_get_ns();
	restart_event(DEVMEM_RESTART_STOP, d->netns, d->ifindex, d->queue, d->how, d->old_binding,
		      d->new_binding, 0, 0, d->stop_ns);
	return 0;
}

static __noinline int napi_disabled(__u64 napi_address)
{
	struct doing *d = doing_now();

	return is_stop(d, napi_address) ? report_stop(d) : 0;
}

/* A kretprobe does not know the function's argument, the NAPI, so the entry remembers it. */
static __noinline int napi_disabling(__u64 napi_address)
{
	struct doing *d = doing_now();

	if (d && is_stop(d, napi_address))
		d->stopping = 1;
	return 0;
}

static __noinline int napi_disabling_ends(void)
{
	struct doing *d = doing_now();

	if (!d || !d->stopping)
		return 0;
	d->stopping = 0;
	return report_stop(d);
}

/* Only the end of the restart shows if the queue started on new or on old memory. */
static __noinline int napi_enabled(__u64 napi_address)
{
	const struct napi_struct *napi = (const void *)napi_address;
	struct doing *d = doing_now();

	if (d && d->depth && d->stop_ns && d->dev == (__u64)BPF_CORE_READ(napi, dev))
		d->start_ns = bpf_ktime_get_ns();
	return 0;
}

#endif

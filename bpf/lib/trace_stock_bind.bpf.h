/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * How bindings and their queues come and go, on kernels without the devmem trace events. Reads the
 * kernel in the same way as trace_stock_restart.bpf.h.
 *
 * The file that includes this defines what doing.bpf.h and trace_rare.bpf.h ask for, page_size and
 * direction_arg.
 */
#ifndef DEVMEM_TRACE_STOCK_BIND_H
#define DEVMEM_TRACE_STOCK_BIND_H

#include "lib/kernel.bpf.h"

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

#include "contract/bindings.h"
#include "contract/events.h"
#include "lib/binding.bpf.h"
#include "lib/device.bpf.h"
#include "lib/doing.bpf.h"
#include "lib/probe_args.bpf.h"
#include "lib/queue_pools.bpf.h"
#include "lib/trace_rare.bpf.h"
#include "lib/trace_stock_restart.bpf.h"

#define MAX_ERRNO 4095

/* The argument that says whether the binding is to receive or to send. */
static __always_inline __u64 direction_of(void *ctx)
{
	return direction_arg < 0 ? 0 : arg(ctx, direction_arg);
}

static __always_inline __u64 kprobe_direction(struct pt_regs *ctx)
{
	switch (direction_arg) {
	case 1:
		return PT_REGS_PARM2(ctx);
	case 2:
		return PT_REGS_PARM3(ctx);
	case 3:
		return PT_REGS_PARM4(ctx);
	case 4:
		return PT_REGS_PARM5(ctx);
	}
	return 0;
}

/* 6.16: bindings for sending, which devmemtop does not look at. */
static __always_inline bool is_to_send(const struct net_devmem_dmabuf_binding *b)
{
	const struct net_devmem_dmabuf_binding___tx *tx = (const void *)b;
	enum dma_data_direction direction;

	if (!bpf_core_field_exists(tx->direction))
		return false;
	direction = BPF_CORE_READ(tx, direction);
	return direction == DMA_TO_DEVICE;
}

/* The network namespace of the current task, for when nothing else is known. */
static __noinline __u32 current_netns(void)
{
	struct task_struct *task = (void *)bpf_get_current_task();

	return BPF_CORE_READ(task, nsproxy, net_ns, ns.inum);
}

static __noinline int bind_leaves(__u64 ret, __u64 dev_address, __u64 to)
{
	const struct net_device *dev = (const void *)dev_address;
	const struct net_devmem_dmabuf_binding *b = (const void *)ret;
	__u32 netns, ifindex;
	__u64 size;

	if (!ret)
		return 0;
	if (direction_arg >= 0 ? (__u32)to == DMA_TO_DEVICE
			       : ret < (__u64)-MAX_ERRNO && is_to_send(b))
		return 0;
	netns = dev_netns(dev);
	ifindex = BPF_CORE_READ(dev, ifindex);
	if (ret >= (__u64)-MAX_ERRNO) {
		binding_comes(netns, ifindex, 0, 0, 0, 0, (int)ret);
		return 0;
	}
	size = BPF_CORE_READ(b, dmabuf, size);
	binding_comes(netns, ifindex, BPF_CORE_READ(b, id), size, size / page_size, 0, 0);
	return 0;
}

static __noinline int bind_enters(__u64 dev, __u64 to)
{
	struct doing *d = begin_doing();

	if (d) {
		d->binding_dev = dev;
		d->direction = to;
	}
	return 0;
}

/* The end of a bind, if its arguments are known. */
static __noinline int bind_ends(__u64 ret)
{
	struct doing *d = doing_now();
	__u64 dev, to;

	if (!d || !d->binding_dev)
		return 0;
	dev = d->binding_dev;
	to = d->direction;
	d->binding_dev = 0;
	end_doing(d);
	return bind_leaves(ret, dev, to);
}

static __noinline int bind_queue_enters(__u64 dev, __u32 queue, __u64 binding)
{
	const struct net_devmem_dmabuf_binding *b = (const void *)binding;
	struct doing *d = begin_doing();

	if (!d)
		return 0;
	d->bind_dev = dev;
	d->bind_queue = queue;
	d->bind_id = BPF_CORE_READ(b, id);
	return 0;
}

static __noinline int bind_queue_leaves(int err)
{
	struct doing *d = doing_now();
	const struct net_device *dev;
	struct look l = {};

	if (!d || !d->bind_dev)
		return 0;
	end_missed(d, err);
	dev = (const void *)d->bind_dev;
	if (d->bind_queue < BPF_CORE_READ(dev, real_num_rx_queues)) {
		l.queue = d->bind_queue;
		look_at_queue(&l, d->bind_dev);
	}
	queue_event(DEVMEM_QUEUE_BIND, dev_netns(dev), BPF_CORE_READ(dev, ifindex), d->bind_queue,
		    d->bind_id, l.pool, err);
	d->bind_dev = 0;
	end_doing(d);
	return 0;
}

static __noinline int report_unbind(struct doing *d, __u32 outstanding)
{
	if (!d)
		return 0;
	binding_goes(d->unbind_netns, d->unbind_ifindex, d->unbind_id, d->size_bytes,
		     d->size_bytes / page_size, outstanding, d->unbind_err);
	d->unbinding = 0;
	return 0;
}

static __noinline int unbind_enters(__u64 binding)
{
	const struct net_devmem_dmabuf_binding *b = (const void *)binding;
	struct devmem_binding_stat *known;
	const struct net_device *dev;
	struct doing *d;
	__u32 id;

	if (is_to_send(b))
		return 0;
	d = begin_doing();
	if (!d)
		return 0;
	if (d->unbinding) {
		end_missed(d, 0);
		report_unbind(d, 0);
	}
	id = BPF_CORE_READ(b, id);
	d->unbinding = binding;
	d->unbind_id = id;
	d->unbind_err = 0;
	d->size_bytes = BPF_CORE_READ(b, dmabuf, size);
	known = bpf_map_lookup_elem(&binding_stats, &id);
	if (known) {
		/* Its device may be gone. */
		d->unbind_netns = known->netns;
		d->unbind_ifindex = known->ifindex;
		return 0;
	}
	dev = BPF_CORE_READ(b, dev);
	d->unbind_netns = dev_netns(dev);
	d->unbind_ifindex = BPF_CORE_READ(dev, ifindex);
	return 0;
}

/*
 * Does nothing if the unbind freed the binding: binding_ends() has then sent both events already.
 */
static __noinline int unbind_leaves(void)
{
	struct doing *d = doing_now();

	if (!d || !d->unbinding)
		return 0;
	end_missed(d, 0);
	report_unbind(d, d->dev ? outstanding_of(d->dev, d->unbinding) : 0);
	end_doing(d);
	return 0;
}

static __noinline int binding_ends(__u64 arg)
{
	const struct net_devmem_dmabuf_binding *b;
	struct devmem_binding_stat *known;
	struct doing *d = doing_now();
	__u32 id, netns, ifindex = 0;

	arg = freed_binding(arg);
	b = (const void *)arg;
	if (is_to_send(b))
		return 0;
	if (d && d->unbinding == arg) {
		report_unbind(d, 0);
		end_doing(d);
	}
	id = BPF_CORE_READ(b, id);
	known = bpf_map_lookup_elem(&binding_stats, &id);
	if (known) {
		netns = known->netns;
		ifindex = known->ifindex;
	} else {
		/* It was unbound before the programs were attached; its device may be gone. */
		netns = current_netns();
	}
	binding_freed(netns, ifindex, id, 0);
	return 0;
}

#endif

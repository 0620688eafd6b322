/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Part of devmem_trace.bpf.c: bindings and restarts on kernels without the devmem trace events.
 *
 * Probed are functions that are called from another file or through a pointer: a probe of one
 * that the compiler put into its caller never fires. Of a static one that has several callers in
 * its file (netdev_rx_queue_reconfig()) the BTF tells that it is a function still. Each body has a program for fentry and one
 * for kprobes. Bodies read with BPF_CORE_READ only, as a kprobe's arguments are mere numbers.
 */
#ifndef DEVMEM_TRACE_STOCK_H
#define DEVMEM_TRACE_STOCK_H

#include "lib/providers.bpf.h"

/* User space sets it. */
const volatile __u32 page_size = 4096;

/*
 * 6.16: net_devmem_bind_dmabuf() is told whether to receive or to send, each release by another
 * argument. User space sets which, -1: by none.
 */
const volatile int direction_arg = -1;

#define MAX_ERRNO	 4095
#define ENETDOWN	 100
#define LINK_STATE_START 1UL /* bit 0 of net_device::state */
#define SWITCH_RESTART	 1   /* as SWITCH_DOWN */
#define MAX_POOLS	 4096

/* What a task is in the middle of. */
struct doing {
	/* a restart; depth 0: none */
	__u32 depth;
	__u32 inner; /* it began with the inner one of two functions */
	__u32 queue;
	__u64 dev;
	__u32 netns;
	__u32 ifindex;
	__u32 how;
	__u32 old_binding;
	__u32 new_binding;
	__u64 stop_ns;	/* its NAPI was disabled, 0: not yet */
	__u64 start_ns; /* and enabled again */
	__u32 stopping; /* it is being disabled; by kprobes */
	/* an unbind; 0: none */
	__u64 unbinding; /* address */
	__u64 size_bytes;
	__u32 unbind_netns;
	__u32 unbind_ifindex;
	__u32 unbind_id;
	__s32 unbind_err;
	/* a bind as a whole, by kprobes; 0: none */
	__u64 binding_dev;
	__u64 direction;
	/* a bind of a queue; 0: none */
	__u64 bind_dev;
	__u32 bind_queue;
	__u32 bind_id;
};

/* By thread. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 256);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, __u64);
	__type(value, struct doing);
} doings SEC(".maps");

__u64 doings_full;

/* How many restarts are under way: saves the others a look-up. */
static __u32 restarts_open;

static const struct doing nothing;

static __noinline struct doing *doing_now(void)
{
	__u64 me = bpf_get_current_pid_tgid();

	return bpf_map_lookup_elem(&doings, &me);
}

static __noinline struct doing *begin_doing(void)
{
	__u64 me = bpf_get_current_pid_tgid();
	struct doing *d = bpf_map_lookup_elem(&doings, &me);

	if (d)
		return d;
	if (bpf_map_update_elem(&doings, &me, &nothing, BPF_NOEXIST))
		__sync_fetch_and_add(&doings_full, 1);
	return bpf_map_lookup_elem(&doings, &me);
}

static __noinline int end_doing(struct doing *d)
{
	__u64 me = bpf_get_current_pid_tgid();

	if (d && !d->depth && !d->unbinding && !d->bind_dev && !d->binding_dev)
		bpf_map_delete_elem(&doings, &me);
	return 0;
}

/* ---- the pools of a queue ---- */

struct look {
	struct hlist_node *node;
	const void *provider; /* in: sum up the pools of this one; NULL: of none */
	__u32 queue;
	__u32 outstanding; /* of the provider */
	__u32 pool;	   /* the newest that feeds the queue, 0: none */
	__u64 pool_provider;
	__u32 pool_kind;
};

/* Under the lock that protects the configuration of the device: no pool comes or goes. */
static int look_at_pool(__u32 index, struct look *l)
{
	struct hlist_node *node = l->node;
	struct page_pool *pool;
	const void *priv;
	__u32 id;

	if (!node)
		return 1;
	pool = (void *)node - bpf_core_field_offset(struct page_pool, user.list);
	l->node = BPF_CORE_READ(node, next);
	priv = BPF_CORE_READ(pool, mp_priv);
	if (l->provider && priv == l->provider)
		l->outstanding += BPF_CORE_READ(pool, pages_state_hold_cnt) -
				  BPF_CORE_READ(pool, pages_state_release_cnt.counter);
	id = BPF_CORE_READ(pool, user.id);
	/* A pool for headers is of host memory, whatever feeds the queue. */
	if (!priv && l->pool_provider)
		return 0;
	if ((id > l->pool || (priv && !l->pool_provider)) &&
	    !BPF_CORE_READ(pool, user.detach_time) &&
	    BPF_CORE_READ(pool, slow.queue_idx) == l->queue) {
		l->pool = id;
		l->pool_provider = (__u64)priv;
		l->pool_kind = provider_kind(priv, pool_ops(pool), BPF_CORE_READ(pool, slow.netdev),
					     l->queue);
	}
	return 0;
}

static __noinline int look_at_queue(struct look *l, __u64 dev_address)
{
	const struct net_device *dev = (const void *)dev_address;

	if (!l)
		return 0;
	l->node = BPF_CORE_READ(dev, page_pools.first);
	bpf_loop(MAX_POOLS, look_at_pool, l, 0);
	return 0;
}

static __noinline __u32 outstanding_of(__u64 dev, __u64 provider)
{
	struct look l = { .provider = (const void *)provider, .queue = -1 };

	if (!provider)
		return 0;
	look_at_queue(&l, dev);
	return l.outstanding;
}

static __always_inline __u32 id_of(const void *priv, __u32 kind)
{
	const struct net_devmem_dmabuf_binding *b = priv;

	return kind == DEVMEM_PROVIDER_DMABUF ? BPF_CORE_READ(b, id) : 0;
}

/* ---- restarts ---- */

static int restart_leaves(int err);
static int report_unbind(struct doing *d, __u32 outstanding);

/*
 * While somebody else attaches to a function the kernel skips the fexit programs of a call that is
 * under way. What of it is found later is ended then.
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
	/* 7.0: one is called by the other. */
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
	d->netns = BPF_CORE_READ(dev, nd_net.net, ns.inum);
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
 * Drivers disable a queue's NAPI when they stop it and enable it when they start it. That is as
 * close to the phases as one comes without knowing the driver.
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

/* A kretprobe does not know which NAPI it is of. */
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

/* Whether on new or on old memory is known when the restart ends. */
static __noinline int napi_enabled(__u64 napi_address)
{
	const struct napi_struct *napi = (const void *)napi_address;
	struct doing *d = doing_now();

	if (d && d->depth && d->stop_ns && d->dev == (__u64)BPF_CORE_READ(napi, dev))
		d->start_ns = bpf_ktime_get_ns();
	return 0;
}

static __noinline int restart_leaves(int err)
{
	__u64 now = bpf_ktime_get_ns();
	struct doing *d = doing_now();
	struct look l = {};
	__u32 out = 0;

	if (!d || !d->depth || --d->depth)
		return 0;
	__sync_fetch_and_sub(&restarts_open, 1);
	/* An unbind finds nothing to stop where the interface is down: no failure. */
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

#include "lib/trace_stock_bind.bpf.h"

/* ---- what they are attached to ---- */

static __always_inline __u64 arg(void *ctx, __u32 n)
{
	__u64 value = 0;

	bpf_get_func_arg(ctx, n, &value);
	return value;
}

static __always_inline __u64 ret(void *ctx)
{
	__u64 value = 0;

	bpf_get_func_ret(ctx, &value);
	return value;
}

#define PROBE(kind, function, name, body) \
	SEC(kind "/" function)            \
	int name(struct pt_regs *ctx)     \
	{                                 \
		return body;              \
	}

/* The argument that tells whether to receive or to send. */
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

#define KARG1 ((__u64)PT_REGS_PARM1(ctx))
#define KARG2 ((__u64)PT_REGS_PARM2(ctx))
#define KARG3 ((__u64)PT_REGS_PARM3(ctx))
#define KRET  ((__u64)PT_REGS_RC(ctx))

PROBE("fentry", "netdev_rx_queue_restart", f_restart, restart_enters(arg(ctx, 0), arg(ctx, 1), 0))
PROBE("fexit", "netdev_rx_queue_restart", f_restart_end, restart_leaves(ret(ctx)))
/* 7.0: a bind restarts the queue through this one. */
PROBE("fentry", "netdev_rx_queue_reconfig", f_reconfig, restart_enters(arg(ctx, 0), arg(ctx, 1), 1))
PROBE("fexit", "netdev_rx_queue_reconfig", f_reconfig_end, restart_leaves(ret(ctx)))
PROBE("kprobe", "netdev_rx_queue_restart", k_restart, restart_enters(KARG1, KARG2, 0))
PROBE("kretprobe", "netdev_rx_queue_restart", k_restart_end, restart_leaves(KRET))
PROBE("kprobe", "netdev_rx_queue_reconfig", k_reconfig, restart_enters(KARG1, KARG2, 1))
PROBE("kretprobe", "netdev_rx_queue_reconfig", k_reconfig_end, restart_leaves(KRET))

PROBE("fexit", "napi_disable", f_napi_disable, restarts_open ? napi_disabled(arg(ctx, 0)) : 0)
PROBE("fentry", "napi_enable", f_napi_enable, restarts_open ? napi_enabled(arg(ctx, 0)) : 0)
/* 6.15: for those who hold the device's own lock. */
PROBE("fexit", "napi_disable_locked", f_napi_disable_l,
      restarts_open ? napi_disabled(arg(ctx, 0)) : 0)
PROBE("fentry", "napi_enable_locked", f_napi_enable_l,
      restarts_open ? napi_enabled(arg(ctx, 0)) : 0)
PROBE("kprobe", "napi_disable", k_napi_disable, restarts_open ? napi_disabling(KARG1) : 0)
PROBE("kretprobe", "napi_disable", k_napi_disable_end, restarts_open ? napi_disabling_ends() : 0)
PROBE("kprobe", "napi_enable", k_napi_enable, restarts_open ? napi_enabled(KARG1) : 0)
PROBE("kprobe", "napi_disable_locked", k_napi_disable_l, restarts_open ? napi_disabling(KARG1) : 0)
PROBE("kretprobe", "napi_disable_locked", k_napi_disable_l_end,
      restarts_open ? napi_disabling_ends() : 0)
PROBE("kprobe", "napi_enable_locked", k_napi_enable_l, restarts_open ? napi_enabled(KARG1) : 0)

PROBE("fexit", "net_devmem_bind_dmabuf", f_bind,
      bind_leaves(ret(ctx), arg(ctx, 0), direction_of(ctx)))
PROBE("kprobe", "net_devmem_bind_dmabuf", k_bind, bind_enters(KARG1, kprobe_direction(ctx)))
PROBE("kretprobe", "net_devmem_bind_dmabuf", k_bind_end, bind_ends(KRET))

PROBE("fentry", "net_devmem_bind_dmabuf_to_queue", f_bind_queue,
      bind_queue_enters(arg(ctx, 0), arg(ctx, 1), arg(ctx, 2)))
PROBE("fexit", "net_devmem_bind_dmabuf_to_queue", f_bind_queue_end, bind_queue_leaves(ret(ctx)))
PROBE("kprobe", "net_devmem_bind_dmabuf_to_queue", k_bind_queue,
      bind_queue_enters(KARG1, KARG2, KARG3))
PROBE("kretprobe", "net_devmem_bind_dmabuf_to_queue", k_bind_queue_end, bind_queue_leaves(KRET))

PROBE("fentry", "net_devmem_unbind_dmabuf", f_unbind, unbind_enters(arg(ctx, 0)))
PROBE("fexit", "net_devmem_unbind_dmabuf", f_unbind_end, unbind_leaves())
PROBE("kprobe", "net_devmem_unbind_dmabuf", k_unbind, unbind_enters(KARG1))
PROBE("kretprobe", "net_devmem_unbind_dmabuf", k_unbind_end, unbind_leaves())

PROBE("fentry", "__net_devmem_dmabuf_binding_free", f_free, binding_ends(arg(ctx, 0)))
PROBE("kprobe", "__net_devmem_dmabuf_binding_free", k_free, binding_ends(KARG1))

#endif

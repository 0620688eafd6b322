// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * What the kernel is asked to remember of bindings, restarts, net_iovs and tokens.
 *
 * Hot events (a net_iov or a token moved) only bump a per-CPU counter (trace_hot.h). Rare events
 * (bindings and restarts) update a hash and are sent through the ring buffer (trace_rare.h).
 * Counters only grow; user space takes differences.
 *
 * Here are the programs for the devmem trace events, and in trace_stock.h those that tell the
 * same where a kernel does not have these events. Which of them are loaded is up to the table in
 * tools/probes/facts.c. All are one object, linked with those that walk the page pools and read the
 * sockets (see the Makefile), because each object costs a look at the whole BTF.
 */
#include "lib/sockets_kernel.bpf.h"

#include <linux/bpf.h>
#include <linux/ptrace.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

#include "contract/sockets.h"
#include "contract/trace.h"
#include "lib/niov.bpf.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

#include "lib/trace_hot.bpf.h"
#include "lib/trace_rare.bpf.h"

/* ---- hot events ---- */

SEC("tp_btf/devmem_niov_alloc")
int BPF_PROG(on_niov_alloc, struct page_pool *pool, struct net_iov *niov)
{
	niov_taken(pool, pool->user.id, niov_tag(niov));
	return 0;
}

SEC("tp_btf/devmem_niov_free")
int BPF_PROG(on_niov_free, struct page_pool *pool, struct net_iov *niov)
{
	niov_returned(pool, pool->user.id, niov_tag(niov));
	return 0;
}

SEC("tp_btf/devmem_niov_alloc_fail")
int BPF_PROG(on_niov_alloc_fail, struct page_pool *pool)
{
	binding_empty(pool, pool->user.id);
	return 0;
}

SEC("tp_btf/devmem_token_get")
int BPF_PROG(on_token_get, struct sock *sk, struct net_iov *niov)
{
	bump(&token_gets, DEVMEM_TOKEN_GET, niov->pp, niov->pp->user.id, 1);
	stamp_token(niov_tag(niov));
	return 0;
}

SEC("tp_btf/devmem_token_put")
int BPF_PROG(on_token_put, struct sock *sk, struct net_iov *niov)
{
	bump(&token_puts, DEVMEM_TOKEN_PUT, niov->pp, niov->pp->user.id, 1);
	return 0;
}

/* ---- rare events ---- */

SEC("tp_btf/devmem_bind")
int BPF_PROG(on_bind, __u32 netns, __u32 ifindex, __u32 binding, __u64 size, __u32 niovs,
	     __u32 outstanding, int err)
{
	binding_comes(netns, ifindex, binding, size, niovs, outstanding, err);
	return 0;
}

SEC("tp_btf/devmem_unbind")
int BPF_PROG(on_unbind, __u32 netns, __u32 ifindex, __u32 binding, __u64 size, __u32 niovs,
	     __u32 outstanding, int err)
{
	binding_goes(netns, ifindex, binding, size, niovs, outstanding, err);
	return 0;
}

SEC("tp_btf/devmem_binding_free")
int BPF_PROG(on_binding_free, __u32 netns, __u32 ifindex, __u32 binding, __u64 size, __u32 niovs,
	     __u32 outstanding)
{
	binding_freed(netns, ifindex, binding, outstanding);
	return 0;
}

SEC("tp_btf/devmem_queue_bind")
int BPF_PROG(on_queue_bind, __u32 netns, __u32 ifindex, __u32 queue, __u32 binding, __u32 pool,
	     __u32 napi, int err)
{
	queue_event(DEVMEM_QUEUE_BIND, netns, ifindex, queue, binding, pool, err);
	return 0;
}

SEC("tp_btf/devmem_queue_unbind")
int BPF_PROG(on_queue_unbind, __u32 netns, __u32 ifindex, __u32 queue, __u32 binding, __u32 pool,
	     __u32 napi, int err)
{
	queue_event(DEVMEM_QUEUE_UNBIND, netns, ifindex, queue, binding, pool, err);
	return 0;
}

#define RESTART_PROG(phase, kind)                                                            \
	SEC("tp_btf/devmem_restart_" #phase)                                                 \
	int BPF_PROG(on_restart_##phase, __u32 netns, __u32 ifindex, __u32 queue, __u32 how, \
		     __u32 old_binding, __u32 new_binding, __u32 old_outstanding,            \
		     __u32 new_outstanding, int err)                                         \
	{                                                                                    \
		restart_event(kind, netns, ifindex, queue, how, old_binding, new_binding,    \
			      new_outstanding, err, bpf_ktime_get_ns());                     \
		return 0;                                                                    \
	}

RESTART_PROG(begin, DEVMEM_RESTART_BEGIN)
RESTART_PROG(mem_alloc, DEVMEM_RESTART_MEM_ALLOC)
RESTART_PROG(stop, DEVMEM_RESTART_STOP)
RESTART_PROG(start, DEVMEM_RESTART_START)
RESTART_PROG(rollback, DEVMEM_RESTART_ROLLBACK)
RESTART_PROG(end, DEVMEM_RESTART_END)

#include "lib/trace_stock.bpf.h"
#include "lib/trace_stock_hot.bpf.h"

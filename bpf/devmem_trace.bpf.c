// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * What the programs remember about bindings, restarts, net_iovs and tokens.
 *
 * Hot events (a net_iov or a token moved) only increase a per-CPU counter (trace_hot.bpf.h). Rare
 * events (bindings and restarts) update a hash and go through the ring buffer (trace_rare.bpf.h).
 * Counters only grow; user space takes differences.
 *
 * First come the programs for the devmem trace events, then those that find out the same on a
 * kernel without these events. The table in tools/probes/facts_table.c says which of them are
 * loaded. All are one object, linked with the programs that walk the page pools and read the
 * sockets (see the Makefile), because loading an object costs one reading of the whole BTF.
 */
#include "lib/sockets_kernel.bpf.h"

#include <linux/bpf.h>
#include <linux/ptrace.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

#include "contract/bindings.h"
#include "contract/events.h"
#include "contract/hot.h"
#include "contract/queues.h"
#include "lib/token_times.bpf.h"
#include "lib/trace_types.bpf.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

/* ---- what user space sets before loading ---- */

/* The number of slots in each array of hot events, which is a power of two, less one. */
const volatile __u32 slot_mask = 1023;

/* The number of slots in token_times, which is a power of two, less one; 0: no program fills it. */
const volatile __u32 time_mask;

/* The number of slots in samples, which is a power of two, less one. */
const volatile __u32 sample_mask = 1023;

/* Inode number of the only network namespace whose events count; 0: those of all count. */
const volatile __u32 our_netns;

/* The size of a page of memory on this machine. */
const volatile __u32 page_size = 4096;

/*
 * 6.16: an argument of net_devmem_bind_dmabuf() says whether the binding is to receive or to send.
 * Its place differs between releases; user space sets it. -1: there is no such argument.
 */
const volatile int direction_arg = -1;

/* True: the probe of the provider's alloc also counts the allocs. */
const volatile bool provider_counts_allocs;
const volatile bool provider_counts_fails;

/* ---- hot events ---- */

#define MAX_QUEUES  8192
#define MAX_STARVED 4096

/* User space sets max_entries to slot_mask + 1 before loading; it knows the arrays by their size. */
#define HOT_COUNTS(name)                                 \
	struct {                                         \
		__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY); \
		__uint(max_entries, DEVMEM_MAX_SLOTS);   \
		__type(key, __u32);                      \
		__type(value, struct devmem_slot);       \
	} name SEC(".maps")

HOT_COUNTS(niov_allocs);
HOT_COUNTS(niov_frees);
HOT_COUNTS(niov_fails);
HOT_COUNTS(token_gets);
HOT_COUNTS(token_puts);

/* Two programs count here, and the second may interrupt the first. */
HOT_COUNTS(token_destroys);

/* 1: a pool took this slot on some CPU. User space clears it when it need not look there. */
__u8 slots_used[DEVMEM_HOT_EVENTS][DEVMEM_MAX_SLOTS];

/* By page_pool id. User space removes entries of pools that are gone. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 2 * MAX_QUEUES);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, __u32);
	__type(value, struct devmem_pool_count);
} pool_counts SEC(".maps");

__u64 pool_counts_full;

/* One in so many net_iovs is timed from alloc to free; 0: none is. User space sets it. */
__u32 sample;

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1024);
	__type(key, __u32);
	__type(value, struct niov_sample);
} samples SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, MAX_QUEUES);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, struct devmem_queue_key);
	__type(value, struct devmem_hists);
} hists SEC(".maps");

__u64 hists_full;

/*
 * Pools that found their binding empty, by id, and since when. User space removes pools that have a
 * buffer again.
 */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, MAX_STARVED);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, __u32);
	__type(value, struct devmem_starved);
} starved SEC(".maps");

__u64 starved_full;

/*
 * When net_iovs went to user space; the walk of the sockets reads this. User space sets max_entries
 * to time_mask + 1 before loading.
 */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct token_time);
} token_times SEC(".maps");

/*
 * The calls of a provider that are under way. While a task fills a ring, NAPI may interrupt it and
 * call the provider for another pool. Then the outer call is not timed.
 */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct begun);
} calls SEC(".maps");

/*
 * Where tokens come from. The key is either a thread, for what it reads at this moment, or the
 * address of a socket, for what was read from it last. The two kinds of keys never collide: kernel
 * addresses are larger than any thread's number.
 */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 8192);
	__type(key, __u64);
	__type(value, struct token_origin);
} token_origins SEC(".maps");

/* ---- rare events ---- */

#define MAX_BINDINGS 4096

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 256 * 1024);
} events SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, DEVMEM_KINDS);
	__type(key, __u32);
	__type(value, struct devmem_rare_count);
} rare_counts SEC(".maps");

/*
 * Programs write here under the lock that serialises the configuration of a device (rtnl, from 6.15
 * on the device's own lock), so an entry has one writer at a time.
 */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, MAX_QUEUES);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, struct devmem_queue_key);
	__type(value, struct devmem_queue_stat);
} queue_stats SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, MAX_BINDINGS);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, __u32);
	__type(value, struct devmem_binding_stat);
} binding_stats SEC(".maps");

/* How often a hash was full, so that an entry could not be made. */
__u64 queue_stats_full;
__u64 binding_stats_full;

/* The operations that are under way, by thread. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 256);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, __u64);
	__type(value, struct doing);
} doings SEC(".maps");

__u64 doings_full;

#include "lib/niov.bpf.h"
#include "lib/probe_args.bpf.h"
#include "lib/trace_hot.bpf.h"
#include "lib/trace_rare.bpf.h"
#include "lib/trace_stock_restart.bpf.h"
#include "lib/trace_stock_bind.bpf.h"
#include "lib/trace_stock_tokens.bpf.h"

/* ---- programs: trace events, hot ---- */

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

/* ---- programs: trace events, rare ---- */

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

/* ---- programs: bindings and restarts on kernels without the devmem trace events ---- */

/*
 * The programs probe functions that are called from another file or through a pointer, because a
 * probe of a function that the compiler inlined into its caller never fires.
 * netdev_rx_queue_reconfig() is static and has several callers in its file; the BTF says whether it
 * is still a function of its own. Each body has a program for fentry and one for kprobes.
 */
#define PROBE(kind, function, name, body) \
	SEC(kind "/" function)            \
	int name(struct pt_regs *ctx)     \
	{                                 \
		return body;              \
	}

#define KARG1 ((__u64)PT_REGS_PARM1(ctx))
#define KARG2 ((__u64)PT_REGS_PARM2(ctx))
#define KARG3 ((__u64)PT_REGS_PARM3(ctx))
#define KRET  ((__u64)PT_REGS_RC(ctx))

PROBE("fentry", "netdev_rx_queue_restart", f_restart, restart_enters(arg(ctx, 0), arg(ctx, 1), 0))
PROBE("fexit", "netdev_rx_queue_restart", f_restart_end, restart_leaves(ret(ctx)))
/* 7.0: a bind restarts the queue through this function. */
PROBE("fentry", "netdev_rx_queue_reconfig", f_reconfig, restart_enters(arg(ctx, 0), arg(ctx, 1), 1))
PROBE("fexit", "netdev_rx_queue_reconfig", f_reconfig_end, restart_leaves(ret(ctx)))
PROBE("kprobe", "netdev_rx_queue_restart", k_restart, restart_enters(KARG1, KARG2, 0))
PROBE("kretprobe", "netdev_rx_queue_restart", k_restart_end, restart_leaves(KRET))
PROBE("kprobe", "netdev_rx_queue_reconfig", k_reconfig, restart_enters(KARG1, KARG2, 1))
PROBE("kretprobe", "netdev_rx_queue_reconfig", k_reconfig_end, restart_leaves(KRET))

PROBE("fexit", "napi_disable", f_napi_disable, restarts_open ? napi_disabled(arg(ctx, 0)) : 0)
PROBE("fentry", "napi_enable", f_napi_enable, restarts_open ? napi_enabled(arg(ctx, 0)) : 0)
/* 6.15: for callers that hold the device's own lock. */
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

/* ---- programs: the memory provider ---- */

SEC("fentry/mp_dmabuf_devmem_alloc_netmems")
int BPF_PROG(on_provider_entry, struct page_pool *pool)
{
	provider_begins(pool);
	return 0;
}

SEC("fexit/mp_dmabuf_devmem_alloc_netmems")
int BPF_PROG(on_provider_exit, struct page_pool *pool, unsigned int gfp, unsigned long netmem)
{
	provider_ends(pool);
	if (netmem && provider_counts_allocs)
		niov_taken(pool, pool->user.id, tag_of(netmem));
	if (!netmem && provider_counts_fails)
		binding_empty(pool, pool->user.id);
	return 0;
}

SEC("fentry/mp_dmabuf_devmem_release_page")
int BPF_PROG(f_niov_free, struct page_pool *pool, unsigned long netmem)
{
	niov_returned(pool, pool->user.id, tag_of(netmem));
	return 0;
}

/* These also fire for pages: when a pool takes one from the system or gives one back. */
SEC("tp_btf/page_pool_state_hold")
int BPF_PROG(p_niov_alloc, struct page_pool *pool, unsigned long netmem)
{
	if (netmem & 1)
		niov_taken(pool, pool->user.id, tag_of(netmem));
	return 0;
}

SEC("tp_btf/page_pool_state_release")
int BPF_PROG(p_niov_free, struct page_pool *pool, unsigned long netmem)
{
	if (netmem & 1)
		niov_returned(pool, pool->user.id, tag_of(netmem));
	return 0;
}

/* ---- programs: tokens on kernels without the devmem trace events ---- */

PROBE("fentry", "tcp_recvmsg_dmabuf", f_recv,
      recv_enters(arg(ctx, 0), arg(ctx, 1), arg(ctx, 2), arg(ctx, 4)))
/* 6.12 returns an error when there is no room for a token; before that, the token got lost. */
PROBE("fexit", "put_cmsg_notrunc", f_token_get, count_tokens_got(ret(ctx), arg(ctx, 2)))
PROBE("fexit", "put_cmsg", f_token_get_old, count_tokens_got(ret(ctx), arg(ctx, 2)))
PROBE("fexit", "sock_devmem_dontneed", f_token_put, count_tokens_put(ret(ctx), arg(ctx, 0)))

/* Tokens that a socket still has when it goes away. */
PROBE("fentry", "tcp_v4_destroy_sock", f_token_destroy, socket_ends(arg(ctx, 0)))

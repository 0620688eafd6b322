// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Races between the delivery of packets and the reconfiguration of queues, as they happen.
 *
 * There are two kinds of programs. Those that run for each packet or buffer (races_packets.bpf.h,
 * races_pools.bpf.h, races_frees.bpf.h) compare a few words and do nothing else unless something is
 * wrong. The others run when a queue is restarted or a binding comes or goes. They store what the
 * first kind compares with, and what a report says about the configuring side.
 *
 * The kernel's own state decides (which provider the queue has, and which one the pool has), not a
 * copy of it. So the detectors also judge bindings that are older than they are.
 */
#include "lib/races_kernel.bpf.h"

#include <linux/bpf.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

#include "contract/races.h"
#include "lib/races_types.bpf.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

/*
 * Address of the mutex that protects the configuration of queues; 0: each device has its own mutex
 * (6.15), or the address is not known.
 */
const volatile __u64 config_lock;

/* Without the events of restarts the detectors cannot judge a provider that changes. */
const volatile bool has_restarts;

/* Restarts are seen by probes of functions, not by trace events. */
const volatile bool by_probes;

const volatile __u32 page_size = 4096;

/* ---- reports ---- */

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 512 * 1024);
} reports SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, RACE_CODES);
	__type(key, __u32);
	__type(value, struct race_count);
} race_counts SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 4096);
	__type(key, struct limit_key);
	__type(value, struct limit);
} limits SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, RACE_CODES);
	__type(key, __u32);
	__type(value, __u64);
} race_numbers SEC(".maps");

/* How often a table was full, so that an entry could not be made. */
__u64 tables_full;

/* ---- restarts and bindings ---- */

/*
 * Queues come and go with their interfaces. When this is full, the queue goes first whose last
 * restart is the oldest.
 */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 4096);
	__type(key, struct race_queue_key);
	__type(value, struct restart);
} restarts SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, MAX_WINDOWS);
	__type(key, __u32);
	__type(value, struct window);
} windows SEC(".maps");

/* How many windows are in use, and how often one was opened or closed. */
__u32 windows_open;
__u32 windows_moved;

/*
 * User space sets this when every program is attached and all restarts that began before have
 * ended. From then on, a queue that has no window is not being restarted.
 */
__u32 armed;

/* By probes: how many tasks are taking the provider from a queue, before its restart begins. */
__u32 unbinds_open;

/* The task that opened the last window. */
__u64 restarting;

/* Tasks that take the provider from a queue; filled only by probes. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 256);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, __u64);
	__type(value, struct giving_up);
} giving_ups SEC(".maps");

/* Bindings by id. They stay here after the unbind, until they are freed. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 4096);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, __u32);
	__type(value, struct binding);
} bindings SEC(".maps");

/* ---- pools and packets ---- */

/* By the pool's id. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, POOL_SLOTS);
	__type(key, __u32);
	__type(value, struct pool_use);
} pool_uses SEC(".maps");

/* Wrong frees already reported, so that the provider's event about the same free is no new race. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 1024);
	__type(key, struct bad_free);
	__type(value, __u32);
} bad_frees SEC(".maps");

/* User space sets max_entries when the user asks it to follow every net_iov. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, __u64);
	__type(value, __u32);
} niov_places SEC(".maps");

/* By the flow's hash. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, FLOWS);
	__type(key, __u32);
	__type(value, struct flow);
} flows SEC(".maps");

#include "lib/races_ages.bpf.h"
#include "lib/races_bindings.bpf.h"
#include "lib/races_frees.bpf.h"
#include "lib/races_give_up.bpf.h"
#include "lib/races_mismatch.bpf.h"
#include "lib/races_packets.bpf.h"
#include "lib/races_polls.bpf.h"
#include "lib/races_pools.bpf.h"
#include "lib/races_restarts.bpf.h"
#include "lib/races_stock.bpf.h"
#include "lib/races_uninstall.bpf.h"
#include "lib/races_windows.bpf.h"

/* ---- programs: polls ---- */

SEC("fentry/__napi_poll")
int BPF_PROG(on_poll, struct napi_struct *napi)
{
	poll_begins(napi);
	return 0;
}

SEC("fexit/__napi_poll")
int BPF_PROG(on_poll_done)
{
	poll_ends();
	return 0;
}

/* ---- programs: pools ---- */

SEC("fexit/page_pool_alloc_netmems")
int BPF_PROG(on_take, struct page_pool *pool, unsigned int gfp, unsigned long netmem)
{
	return netmem_taken(ctx, pool, netmem);
}

SEC("fexit/page_pool_create")
int BPF_PROG(on_pool_made, const struct page_pool_params *params, struct page_pool *pool)
{
	/* An ERR_PTR reads as 0. */
	if (windows_open && pool->user.id)
		pool_made(pool->user.id);
	return 0;
}

SEC("fentry/page_pool_put_unrefed_netmem")
int BPF_PROG(on_give, struct page_pool *pool, unsigned long netmem)
{
	return netmem_given(ctx, pool, netmem);
}

SEC("tp_btf/devmem_niov_bad_free")
int BPF_PROG(on_bad_free, struct page_pool *pool, struct net_iov *niov, __u32 reason)
{
	return provider_found(ctx, pool, niov, reason);
}

/* ---- programs, opt-in: every net_iov ---- */

SEC("fexit/page_pool_alloc_netmems")
int BPF_PROG(follow_take, struct page_pool *pool, unsigned int gfp, unsigned long netmem)
{
	if (netmem & 1)
		niov_place(netmem & ~1UL, NIOV_OUT);
	return 0;
}

SEC("fexit/page_pool_alloc_frag_netmem")
int BPF_PROG(follow_take_frag, struct page_pool *pool, unsigned int *offset, unsigned int size,
	     unsigned int gfp, unsigned long netmem)
{
	if (netmem & 1)
		niov_place(netmem & ~1UL, NIOV_OUT);
	return 0;
}

SEC("fentry/page_pool_put_unrefed_netmem")
int BPF_PROG(follow_give, struct page_pool *pool, unsigned long netmem)
{
	return followed_given(ctx, pool, netmem);
}

/* The net_iov is back in its binding. A put of it is now found without the map. */
SEC("tp_btf/devmem_niov_free")
int BPF_PROG(follow_home, struct page_pool *pool, struct net_iov *niov)
{
	__u64 key = (__u64)niov;

	bpf_map_delete_elem(&niov_places, &key);
	return 0;
}

/* ---- programs: packets ---- */

SEC("tp_btf/napi_gro_receive_entry")
int BPF_PROG(on_gro_receive, struct sk_buff___race *skb)
{
	return packet(ctx, skb);
}

SEC("tp_btf/napi_gro_frags_entry")
int BPF_PROG(on_gro_frags, struct sk_buff___race *skb)
{
	return packet(ctx, skb);
}

SEC("tp_btf/netif_receive_skb_entry")
int BPF_PROG(on_receive, struct sk_buff___race *skb)
{
	return packet(ctx, skb);
}

SEC("tp_btf/netif_receive_skb_list_entry")
int BPF_PROG(on_receive_list, struct sk_buff___race *skb)
{
	return packet(ctx, skb);
}

/* ---- programs: restarts and bindings, by trace events ---- */

#define RESTART_PROG(name, event)                                                                 \
	SEC("tp_btf/devmem_restart_" #name)                                                       \
	int BPF_PROG(on_restart_##name, __u32 netns, __u32 ifindex, __u32 queue, __u32 how,       \
		     __u32 old_binding, __u32 new_binding, __u32 old_out, __u32 new_out, int err) \
	{                                                                                         \
		struct race_queue_key key = { .netns = netns,                                     \
					      .ifindex = ifindex,                                 \
					      .queue = queue };                                   \
                                                                                                  \
		return restart(ctx, event, &key, lock_of(NULL), old_binding, new_binding, err);   \
	}

RESTART_PROG(begin, PHASE_BEGIN)
RESTART_PROG(mem_alloc, PHASE_ALLOCATED)
RESTART_PROG(stop, PHASE_STOPPED)
RESTART_PROG(start, PHASE_STARTED)
RESTART_PROG(rollback, PHASE_UNDONE)
RESTART_PROG(end, PHASE_ENDED)

SEC("tp_btf/devmem_bind")
int BPF_PROG(on_bind, __u32 netns, __u32 ifindex, __u32 binding)
{
	struct race_queue_key key = {
		.netns = netns,
		.ifindex = ifindex,
		.queue = RACE_NO_QUEUE,
	};

	return check_lock(ctx, &key, lock_of(NULL), binding, DETAIL_BIND);
}

SEC("tp_btf/devmem_binding_free")
int BPF_PROG(on_binding_free, __u32 netns, __u32 ifindex, __u32 binding)
{
	bpf_map_delete_elem(&bindings, &binding);
	return 0;
}

/* ---- programs: restarts and bindings, by functions of every kernel ---- */

SEC("fexit/netdev_rx_queue_set_provider")
int BPF_PROG(on_provider_set, struct net_device *dev, unsigned int rxq)
{
	return check_binding(ctx, dev, rxq);
}

SEC("fentry/dev_dmabuf_uninstall")
int BPF_PROG(on_uninstall, struct net_device *dev)
{
	return bindings_forgotten(ctx, dev);
}

SEC("fentry/net_devmem_unbind_dmabuf")
int BPF_PROG(on_unbind, struct net_devmem_dmabuf_binding___race *binding)
{
	return binding_unbound(ctx, binding);
}

/* ---- programs: the same where a kernel does not have the devmem trace events ---- */

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

SEC("fentry/netdev_rx_queue_reconfig")
int BPF_PROG(s_reconfig, struct net_device *dev, unsigned int queue)
{
	return probe_inner_begin(ctx, dev, queue);
}

SEC("fexit/netdev_rx_queue_reconfig")
int BPF_PROG(s_reconfig_end, struct net_device *dev, unsigned int queue)
{
	return probe_inner_end(ctx, dev, queue);
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

/* 6.15: for callers that hold the device's own lock. */
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
	return probe_bind(ctx, dev);
}

SEC("fexit/net_devmem_bind_dmabuf_to_queue")
int BPF_PROG(s_bind_end, struct net_device *dev, __u32 queue)
{
	return probe_bind_end(ctx, dev, queue);
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
 * 6.15: io_uring gives a queue up with the first function. That one calls a second, which a
 * dma-buf's unbind calls, too. The compiler may have inlined the second into the first. 7.1 has
 * other names for both.
 */
GIVE_UP_PROGS(close, "net_mp_close_rxq", GIVE_UP_QUEUE)
GIVE_UP_PROGS(close_inner, "__net_mp_close_rxq", GIVE_UP_INNER)
GIVE_UP_PROGS(close_if, "netif_mp_close_rxq", GIVE_UP_QUEUE)
GIVE_UP_PROGS(close_if_inner, "__netif_mp_close_rxq", GIVE_UP_INNER)

SEC("fentry/__net_devmem_dmabuf_binding_free")
int s_free(void *ctx)
{
	return probe_free(ctx);
}

/* ---- programs: what takes too long ---- */

SEC("syscall")
int check_ages(struct race_ages *ctx)
{
	struct race_ages ages = *ctx;

	if (ages.binding) {
		check_held(&ages);
		return 0;
	}
	check_stuck(&ages);
	if (by_probes)
		drop_given_ups();
	return 0;
}

// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * How long the memory provider takes when a pool's cache and ring were empty. An object of its
 * own: it needs fentry, which a kernel may lack while it has all trace events.
 */
#include "kernel.h"

#include <linux/bpf.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

#include "devmem_trace.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

/* The one of the programs for events. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_HASH);
	__uint(max_entries, 8192);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, struct devmem_queue_key);
	__type(value, struct devmem_hists);
} hists SEC(".maps");

struct begun {
	__u64 pool;
	__u64 time_ns;
};

/*
 * A ring that is filled in process context may be interrupted by NAPI, which calls the provider
 * for another pool: then the outer call is not timed.
 */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct begun);
} calls SEC(".maps");

__u64 latency_full;

static const struct devmem_hists no_hists;

SEC("fentry/mp_dmabuf_devmem_alloc_netmems")
int BPF_PROG(on_provider_entry, struct page_pool *pool)
{
	struct begun *b;
	__u32 zero = 0;

	b = bpf_map_lookup_elem(&calls, &zero);
	if (!b)
		return 0;
	b->pool = (__u64)pool;
	b->time_ns = bpf_ktime_get_ns();
	return 0;
}

SEC("fexit/mp_dmabuf_devmem_alloc_netmems")
int BPF_PROG(on_provider_exit, struct page_pool *pool)
{
	__u64 now = bpf_ktime_get_ns();
	struct devmem_queue_key key = {
		.netns = pool->slow.netdev->nd_net.net->ns.inum,
		.ifindex = pool->slow.netdev->ifindex,
		.queue = pool->slow.queue_idx,
	};
	struct devmem_hists *h;
	struct begun *b;
	__u32 zero = 0, slot;

	b = bpf_map_lookup_elem(&calls, &zero);
	if (!b || b->pool != (__u64)pool)
		return 0;
	b->pool = 0;
	slot = devmem_hist_slot(now - b->time_ns);
	h = bpf_map_lookup_elem(&hists, &key);
	if (!h) {
		bpf_map_update_elem(&hists, &key, &no_hists, BPF_NOEXIST);
		h = bpf_map_lookup_elem(&hists, &key);
	}
	if (!h)
		__sync_fetch_and_add(&latency_full, 1);
	else if (slot < DEVMEM_HIST_SLOTS)
		h->provider[slot]++;
	return 0;
}

// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Programs that do nothing, at the places where the race detectors have theirs. They show what a
 * program costs only by being there. `devmemtop races --cost` loads them to compare.
 */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

char LICENSE[] SEC("license") = "Dual BSD/GPL";

#define EMPTY(section, name) \
	SEC(section)         \
	int name(void *ctx)  \
	{                    \
		return 0;    \
	}

/* The names are those of the programs in devmem_races.bpf.c. */
EMPTY("fentry/__napi_poll", on_poll)
EMPTY("fexit/__napi_poll", on_poll_done)
EMPTY("fentry/page_pool_alloc_netmems", on_take)
EMPTY("fentry/page_pool_put_unrefed_netmem", on_give)
EMPTY("tp_btf/napi_gro_receive_entry", on_gro_receive)
EMPTY("fexit/page_pool_alloc_netmems", follow_take)
EMPTY("fentry/page_pool_put_unrefed_netmem", follow_give)
EMPTY("tp_btf/devmem_niov_free", follow_home)

/* The cheapest program that counts anything, to compare with. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u64);
} events SEC(".maps");

SEC("tp_btf/napi_gro_receive_entry")
int counter(void *ctx)
{
	__u32 key = 0;
	__u64 *count = bpf_map_lookup_elem(&events, &key);

	if (count)
		(*count)++;
	return 0;
}

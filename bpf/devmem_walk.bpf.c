// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * State, not events. When user space runs this program, it walks the devices of the caller's
 * network namespace and writes down their page pools and the queues that have a memory provider.
 */
#include "lib/kernel.bpf.h"

#include <linux/bpf.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

#include "contract/walk.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

/* The walk writes from index 0 on; user space sets the size. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__uint(map_flags, BPF_F_MMAPABLE);
	__type(key, __u32);
	__type(value, struct devmem_pool_state);
} pool_states SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__uint(map_flags, BPF_F_MMAPABLE);
	__type(key, __u32);
	__type(value, struct devmem_rxq_state);
} rxq_states SEC(".maps");

/* Kernels before 6.2 do not have it and cannot be walked; there, user space does not load this. */
extern void bpf_rcu_read_lock(void) __ksym __weak;
extern void bpf_rcu_read_unlock(void) __ksym __weak;

/* Defined in devmem_trace.bpf.c. */
extern const volatile __u32 page_size;

#include "lib/walk_devices.bpf.h"

SEC("syscall")
int walk_pools(struct devmem_walk *walk)
{
	struct task_struct *task = (void *)bpf_get_current_task();
	struct net *net = BPF_CORE_READ(task, nsproxy, net_ns);
	struct devmem_walk state = *walk;
	struct cursor c = {
		.walk = &state,
		.head = &net->dev_base_head,
		.dev_node = &net->dev_base_head,
	};
	long steps;

	state.netns = BPF_CORE_READ(net, ns.inum);
	summed_binding = NULL;
	/* Under this lock no device is freed, because that waits for a grace period. */
	bpf_rcu_read_lock();
	steps = bpf_loop(MAX_WALK_STEPS, step, &c, 0);
	bpf_rcu_read_unlock();
	if (steps >= MAX_WALK_STEPS)
		state.unread++;
	*walk = state;
	return 0;
}

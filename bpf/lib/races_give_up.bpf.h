/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Tasks that take the provider from a queue, where only probes of the functions that do this can
 * show it. Upstream clears the provider before it restarts the queue.
 *
 * The file that includes this defines the maps giving_ups and windows, windows_moved, unbinds_open
 * and tables_full.
 */
#ifndef DEVMEM_RACES_GIVE_UP_H
#define DEVMEM_RACES_GIVE_UP_H

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#include "lib/races_types.bpf.h"

/*
 * The function that takes the provider. Each one may be called by one that stands before it here.
 */
enum give_up {
	GIVE_UP_BINDING, /* net_devmem_unbind_dmabuf() */
	GIVE_UP_QUEUE,	 /* 6.15: net_mp_close_rxq(), 7.1: netif_mp_close_rxq() */
	GIVE_UP_INNER,	 /* 6.15: __net_mp_close_rxq() */
};

static __noinline int give_up_begins(__u32 level)
{
	struct giving_up *g, now = { .level = level };
	__u64 task = bpf_get_current_task();

	now.last_ns = bpf_ktime_get_ns();
	__sync_fetch_and_add(&windows_moved, 1);
	g = bpf_map_lookup_elem(&giving_ups, &task);
	if (g) {
		/* Called by a function further out, or the end of an earlier call was not seen. */
		if (level < g->level)
			g->level = level;
		g->last_ns = now.last_ns;
		return 0;
	}
	if (bpf_map_update_elem(&giving_ups, &task, &now, BPF_NOEXIST))
		__sync_fetch_and_add(&tables_full, 1);
	else
		__sync_fetch_and_add(&unbinds_open, 1);
	return 0;
}

static __noinline int give_up_is_over(__u64 task)
{
	if (bpf_map_delete_elem(&giving_ups, &task))
		return 0;
	__sync_fetch_and_add(&windows_moved, 1);
	__sync_fetch_and_sub(&unbinds_open, 1);
	return 0;
}

static __noinline int give_up_ends(__u32 level)
{
	__u64 task = bpf_get_current_task();
	struct giving_up *g = bpf_map_lookup_elem(&giving_ups, &task);

	if (g && level <= g->level)
		give_up_is_over(task);
	return 0;
}

/* The task restarts a queue, maybe the one whose provider it has taken. */
static __noinline int give_up_goes_on(void)
{
	__u64 task = bpf_get_current_task();
	struct giving_up *g = bpf_map_lookup_elem(&giving_ups, &task);

	if (g)
		g->last_ns = bpf_ktime_get_ns();
	return 0;
}

/*
 * Only a few lines of code lie between taking the provider and the restart. If a task was not seen
 * for this long and is not in a restart, its function has ended unseen: the kernel skips the fexit
 * programs of a call that is under way while somebody attaches to the function.
 */
#define GIVE_UP_NS 1000000000ULL

static long drop_given_up(void *map, __u64 *task, struct giving_up *g, __u64 *now)
{
	struct window *w;
	__u32 i, key;

	if ((__s64)(*now - g->last_ns) < (__s64)GIVE_UP_NS)
		return 0;
	for (i = 0; i < MAX_WINDOWS; i++) {
		key = i;
		w = bpf_map_lookup_elem(&windows, &key);
		if (w && w->used && w->task == *task)
			return 0;
	}
	give_up_is_over(*task);
	return 0;
}

static __always_inline void drop_given_ups(void)
{
	__u64 now = bpf_ktime_get_ns();

	bpf_for_each_map_elem(&giving_ups, drop_given_up, &now, 0);
}

#endif

/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Restarts that are under way: each has a window, from its beginning to its end.
 *
 * The file that includes this defines the map windows, windows_open, windows_moved, restarting,
 * tables_full, and what races_lock.bpf.h asks for.
 */
#ifndef DEVMEM_RACES_WINDOWS_H
#define DEVMEM_RACES_WINDOWS_H

#include "lib/races_kernel.bpf.h"

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#include "contract/races.h"
#include "lib/races_lock.bpf.h"
#include "lib/races_types.bpf.h"

static __always_inline bool same_queue(const struct race_queue_key *a,
				       const struct race_queue_key *b)
{
	return a->queue == b->queue && a->ifindex == b->ifindex && a->netns == b->netns;
}

static __noinline struct window *find_window(const struct race_queue_key *queue)
{
	struct window *w;
	__u32 i, key;

	if (!queue || !windows_open)
		return NULL;
	for (i = 0; i < MAX_WINDOWS; i++) {
		key = i;
		w = bpf_map_lookup_elem(&windows, &key);
		if (w && w->used == 1 && same_queue(&w->queue, queue))
			return w;
	}
	return NULL;
}

/* The window of the restart that this task is in the middle of. */
static __noinline struct window *own_window(void)
{
	__u64 task = bpf_get_current_task();
	struct window *w;
	__u32 i, key;

	if (!windows_open)
		return NULL;
	for (i = 0; i < MAX_WINDOWS; i++) {
		key = i;
		w = bpf_map_lookup_elem(&windows, &key);
		if (w && w->used == 1 && w->task == task)
			return w;
	}
	return NULL;
}

static __noinline int open_window(const struct race_queue_key *queue, __u64 lock, __u32 old_binding,
				  __u32 new_binding, __u64 now)
{
	struct window *w;
	__u32 i, key;

	if (!queue)
		return 0;
	for (i = 0; i < MAX_WINDOWS; i++) {
		key = i;
		w = bpf_map_lookup_elem(&windows, &key);
		if (!w || __sync_val_compare_and_swap(&w->used, 0, 2))
			continue;
		w->task = bpf_get_current_task();
		w->begin_ns = now;
		w->queue = *queue;
		w->phase = PHASE_BEGIN;
		w->old_binding = old_binding;
		w->new_binding = new_binding;
		w->pools = 0;
		w->stuck = 0;
		w->lock = lock_owner(lock) == w->task ? lock : 0;
		w->late = 0;
		w->inner = INNER_NONE;
		/* From here on other CPUs see the window, with all its members set. */
		__sync_val_compare_and_swap(&w->used, 2, 1);
		restarting = w->task;
		__sync_fetch_and_add(&windows_open, 1);
		__sync_fetch_and_add(&windows_moved, 1);
		return 0;
	}
	__sync_fetch_and_add(&tables_full, 1);
	return 0;
}

/* The restart itself and check_stuck() may both close a window at once; only one must do it. */
static void close_window(struct window *w)
{
	if (__sync_val_compare_and_swap(&w->used, 1, 2) != 1)
		return;
	__sync_fetch_and_add(&windows_moved, 1);
	__sync_fetch_and_sub(&windows_open, 1);
	w->used = 0;
}

/*
 * The task does something else now, so its restart is over. Its end was not seen, because somebody
 * was attaching to the function at that time.
 */
static __noinline int close_own_window(void)
{
	struct window *w = own_window();

	if (w)
		close_window(w);
	return 0;
}

/* Pools that the restarting task makes are to feed the queue. */
static __always_inline void pool_made(__u32 id)
{
	__u64 task = bpf_get_current_task();
	struct window *w;
	__u32 i, key;

	for (i = 0; i < MAX_WINDOWS; i++) {
		key = i;
		w = bpf_map_lookup_elem(&windows, &key);
		if (!w || !w->used || w->task != task)
			continue;
		if (!w->pools)
			w->first_pool = id;
		w->pools++;
	}
}

#endif

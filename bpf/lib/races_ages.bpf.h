/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What takes too long. No event says that time has passed, so user space asks now and then.
 *
 * The file that includes this defines the map bindings, page_size, and what races_report.bpf.h and
 * races_windows.bpf.h ask for.
 */
#ifndef DEVMEM_RACES_AGES_H
#define DEVMEM_RACES_AGES_H

#include "lib/races_kernel.bpf.h"

#include <linux/bpf.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>

#include "contract/races.h"
#include "lib/binding.bpf.h"
#include "lib/races_lock.bpf.h"
#include "lib/races_report.bpf.h"
#include "lib/races_types.bpf.h"
#include "lib/races_windows.bpf.h"

static __noinline int outstanding_of(const struct net_devmem_dmabuf_binding___race *binding)
{
	const struct net_devmem_dmabuf_binding___genpool *stock = (const void *)binding;
	struct chunks c;

	if (bpf_core_field_exists(binding->outstanding))
		return BPF_CORE_READ(binding, outstanding.counter);
	if (!bpf_core_field_exists(stock->chunk_pool) || !sum_chunks(stock, &c))
		return 0;
	return (c.size - c.avail) / page_size;
}

static void check_held(const struct race_ages *ages)
{
	__u32 id = ages->binding;
	struct binding *b = bpf_map_lookup_elem(&bindings, &id);
	__u64 now = bpf_ktime_get_ns();
	const struct net_devmem_dmabuf_binding___race *binding;
	struct race_queue_key key = {};
	struct race_report *r;
	int outstanding;

	if (!b || b->reported || !b->unbind_ns || now - b->unbind_ns < ages->held_ns)
		return;
	binding = (const void *)b->address;
	outstanding = outstanding_of(binding);
	/* It was freed in the meantime, or only its queue still has net_iovs of it. */
	if (BPF_CORE_READ(binding, id) != id || outstanding <= 0)
		return;
	b->reported = 1;
	key.netns = b->netns;
	key.ifindex = b->ifindex;
	/*
	 * Each binding is reported only once, so the limit must not count other bindings' reports.
	 */
	key.queue = id;
	r = report(RACE_UNBOUND_HELD, &key);
	if (!r)
		return;
	r->queue.queue = RACE_NO_QUEUE;
	r->binding = id;
	r->provider = b->address;
	r->outstanding = outstanding;
	r->age_ns = now - b->unbind_ns;
	r->rtnl = b->by;
	bpf_ringbuf_submit(r, 0);
}

static void check_stuck(const struct race_ages *ages)
{
	__u64 now = bpf_ktime_get_ns(), task;
	struct race_report *r;
	struct window *w;
	__u32 i, key;

	for (i = 0; i < MAX_WINDOWS; i++) {
		struct race_queue_key queue;

		key = i;
		w = bpf_map_lookup_elem(&windows, &key);
		if (!w || w->used != 1 || now - w->begin_ns < ages->stuck_ns)
			continue;
		/* The task has released the lock, so the restart has ended unseen. */
		task = w->task;
		if (w->lock && lock_owner(w->lock) != task) {
			close_window(w);
			continue;
		}
		if (w->stuck)
			continue;
		w->stuck = 1;
		queue = w->queue;
		r = report(RACE_RESTART_STUCK, &queue);
		if (!r)
			continue;
		r->age_ns = now - w->begin_ns;
		r->queue_binding = w->new_binding;
		bpf_ringbuf_submit(r, 0);
	}
}

#endif

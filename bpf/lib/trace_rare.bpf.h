/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What the programs remember when a binding comes or goes or a queue is restarted. These events are
 * rare: they update a hash and send a record through the ring buffer. Records that do not fit are
 * counted by kind.
 *
 * The file that includes this defines the maps events, rare_counts, queue_stats and binding_stats,
 * and queue_stats_full and binding_stats_full.
 */
#ifndef DEVMEM_TRACE_RARE_H
#define DEVMEM_TRACE_RARE_H

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#include "contract/bindings.h"
#include "contract/events.h"
#include "contract/queues.h"
#include "lib/trace_hot.bpf.h"

static const struct devmem_queue_stat zero_queue;

static struct devmem_event *reserve(__u32 kind)
{
	struct devmem_rare_count *count;
	struct devmem_event *e;

	count = bpf_map_lookup_elem(&rare_counts, &kind);
	if (count)
		count->seen++;
	e = bpf_ringbuf_reserve(&events, sizeof(*e), 0);
	if (!e) {
		if (count)
			count->lost++;
		return NULL;
	}
	__builtin_memset(e, 0, sizeof(*e));
	e->time_ns = bpf_ktime_get_ns();
	e->kind = kind;
	e->tgid = bpf_get_current_pid_tgid() >> 32;
	bpf_get_current_comm(e->comm, sizeof(e->comm));
	return e;
}

/* A BPF function takes five arguments at most. These take more, so they are inlined. */
static __always_inline void binding_event(__u32 kind, __u32 netns, __u32 ifindex, __u32 binding,
					  __u32 outstanding, int err)
{
	struct devmem_event *e;

	if (!is_ours(netns))
		return;
	e = reserve(kind);
	if (!e)
		return;
	e->ifindex = ifindex;
	e->binding = binding;
	e->outstanding = outstanding;
	e->err = err;
	bpf_ringbuf_submit(e, 0);
}

static __always_inline void binding_comes(__u32 netns, __u32 ifindex, __u32 binding, __u64 size,
					  __u32 niovs, __u32 outstanding, int err)
{
	struct devmem_binding_stat stat = {
		.size_bytes = size,
		.netns = netns,
		.ifindex = ifindex,
		.niovs = niovs,
	};

	binding_event(DEVMEM_BIND, netns, ifindex, binding, outstanding, err);
	if (err || !binding || !is_ours(netns))
		return;
	stat.bind_ns = bpf_ktime_get_ns();
	stat.tgid = bpf_get_current_pid_tgid() >> 32;
	bpf_get_current_comm(stat.comm, sizeof(stat.comm));
	if (bpf_map_update_elem(&binding_stats, &binding, &stat, BPF_ANY))
		__sync_fetch_and_add(&binding_stats_full, 1);
}

static __always_inline void binding_goes(__u32 netns, __u32 ifindex, __u32 binding, __u64 size,
					 __u32 niovs, __u32 outstanding, int err)
{
	struct devmem_binding_stat *known, stat = {
		.size_bytes = size,
		.netns = netns,
		.ifindex = ifindex,
		.niovs = niovs,
	};

	binding_event(DEVMEM_UNBIND, netns, ifindex, binding, outstanding, err);
	known = bpf_map_lookup_elem(&binding_stats, &binding);
	if (known) {
		known->unbind_ns = bpf_ktime_get_ns();
		return;
	}
	/* It was bound before the programs were attached. */
	if (!is_ours(netns))
		return;
	stat.unbind_ns = bpf_ktime_get_ns();
	if (bpf_map_update_elem(&binding_stats, &binding, &stat, BPF_ANY))
		__sync_fetch_and_add(&binding_stats_full, 1);
}

static __always_inline void binding_freed(__u32 netns, __u32 ifindex, __u32 binding,
					  __u32 outstanding)
{
	binding_event(DEVMEM_BINDING_FREE, netns, ifindex, binding, outstanding, 0);
	bpf_map_delete_elem(&binding_stats, &binding);
}

static __always_inline void queue_event(__u32 kind, __u32 netns, __u32 ifindex, __u32 queue,
					__u32 binding, __u32 pool, int err)
{
	struct devmem_event *e;

	if (!is_ours(netns))
		return;
	e = reserve(kind);
	if (!e)
		return;
	e->ifindex = ifindex;
	e->queue = queue;
	e->binding = binding;
	e->pool = pool;
	e->err = err;
	bpf_ringbuf_submit(e, 0);
}

/* ---- restarts ---- */

/* The values of the kernel's enum devmem_switch that matter here. */
#define SWITCH_DOWN    0
#define SWITCH_RESTART 1

static struct devmem_queue_stat *queue_stat(__u32 netns, __u32 ifindex, __u32 queue)
{
	struct devmem_queue_key key = { .netns = netns, .ifindex = ifindex, .queue = queue };
	struct devmem_queue_stat *q;

	q = bpf_map_lookup_elem(&queue_stats, &key);
	if (q)
		return q;
	if (bpf_map_update_elem(&queue_stats, &key, &zero_queue, BPF_NOEXIST))
		__sync_fetch_and_add(&queue_stats_full, 1);
	return bpf_map_lookup_elem(&queue_stats, &key);
}

/* The queue runs again, on its new memory or after a rollback on its old. */
static void queue_is_up(struct devmem_queue_stat *q, __u64 now)
{
	q->dead = 0;
	if (!q->stop_ns)
		return;
	q->down_ns = now - q->stop_ns;
	if (q->down_ns > q->down_max_ns)
		q->down_max_ns = q->down_ns;
	count_time(q->down_hist, q->down_ns);
}

/*
 * Not inlined: the programs that call it for several events would cost the verifier twice the work.
 */
static __noinline int restart_phase(__u32 kind, struct devmem_queue_stat *q, __u32 how, int err,
				    __u64 now)
{
	if (!q)
		return 0;
	switch (kind) {
	case DEVMEM_RESTART_BEGIN:
		q->begin_ns = now;
		q->stop_ns = 0;
		q->running = 1;
		break;
	case DEVMEM_RESTART_STOP:
		if (!err) {
			q->stop_ns = now;
			q->dead = 1;
		}
		break;
	case DEVMEM_RESTART_START:
	case DEVMEM_RESTART_ROLLBACK:
		if (!err)
			queue_is_up(q, now);
		break;
	case DEVMEM_RESTART_END:
		/* Attached in the middle of it, the programs saw no begin event to count from. */
		if (q->running) {
			q->restart_ns = now - q->begin_ns;
			count_time(q->restart_hist, q->restart_ns);
		}
		q->running = 0;
		q->last_err = err;
		if (how == SWITCH_DOWN)
			break;
		q->restarts++;
		if (err)
			q->failures++;
		break;
	}
	return 0;
}

static __always_inline void restart_event(__u32 kind, __u32 netns, __u32 ifindex, __u32 queue,
					  __u32 how, __u32 old_binding, __u32 new_binding,
					  __u32 outstanding, int err, __u64 now)
{
	struct devmem_queue_stat *q;
	struct devmem_event *e;

	if (!is_ours(netns))
		return;
	q = queue_stat(netns, ifindex, queue);
	restart_phase(kind, q, how, err, now);
	e = reserve(kind);
	if (!e)
		return;
	e->time_ns = now;
	e->ifindex = ifindex;
	e->queue = queue;
	e->old_binding = old_binding;
	e->binding = new_binding;
	e->outstanding = outstanding;
	e->err = err;
	bpf_ringbuf_submit(e, 0);
}

#endif

/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The lock that a task must have to configure a queue.
 *
 * The file that includes this defines config_lock and what races_report.bpf.h asks for.
 */
#ifndef DEVMEM_RACES_LOCK_H
#define DEVMEM_RACES_LOCK_H

#include "lib/races_kernel.bpf.h"

#include <linux/bpf.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>

#include "contract/races.h"
#include "lib/races_report.bpf.h"

#define MUTEX_FLAGS 7UL

/*
 * The mutex that protects the queues of @dev, 0: not known. PREEMPT_RT has another kind of mutex.
 */
static __always_inline __u64 lock_of(const struct net_device *dev)
{
	const struct net_device___lock *own = (const void *)dev;

	if (config_lock)
		return config_lock;
	/* Before 6.15 the device's lock protects other things. */
	if (!dev || !bpf_core_field_exists(own->request_ops_lock) ||
	    !bpf_core_field_exists(own->lock.owner))
		return 0;
	return (__u64)&own->lock;
}

/* The task that has @lock; 0: no task has it, or the task is not known. */
static __always_inline __u64 lock_owner(__u64 lock)
{
	const struct mutex___race *mutex = (const void *)lock;

	if (!lock || !bpf_core_field_exists(mutex->owner))
		return 0;
	return BPF_CORE_READ(mutex, owner.counter) & ~MUTEX_FLAGS;
}

/* @lock: the lock that this task should have, 0: not known. */
static __noinline int check_lock(void *ctx, const struct race_queue_key *queue, __u64 lock,
				 __u32 binding, __u32 detail)
{
	struct race_report *r;

	if (!lock || !queue || lock_owner(lock) == bpf_get_current_task())
		return 0;
	r = report(RACE_NO_RTNL, queue);
	if (!r)
		return 0;
	r->detail = detail;
	r->binding = binding;
	/* This task is the side that configures, and not the task of an earlier restart. */
	if (detail != DETAIL_RESTART)
		__builtin_memset(&r->rtnl, 0, sizeof(r->rtnl));
	rtnl_side(&r->rtnl, ctx, r->time_ns);
	bpf_ringbuf_submit(r, 0);
	return 0;
}

#endif

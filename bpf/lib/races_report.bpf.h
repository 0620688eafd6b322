/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * How a race is counted and reported. None of this is on the path of a packet, unless it belongs to
 * a race.
 *
 * The file that includes this defines the maps reports, race_counts, race_numbers, limits and
 * restarts.
 */
#ifndef DEVMEM_RACES_REPORT_H
#define DEVMEM_RACES_REPORT_H

#include "lib/races_kernel.bpf.h"

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#include "contract/races.h"
#include "lib/races_types.bpf.h"

#define LIMIT_NS    1000000000ULL
#define LIMIT_BURST 4

static const struct limit new_limit;

/*
 * May this race be reported? If two CPUs ask at once, there may be one too many, which is harmless.
 */
static bool within_limit(__u32 code, const struct race_queue_key *queue, __u64 now,
			 __u64 *suppressed)
{
	struct limit_key key = { .queue = *queue, .code = code };
	struct limit *l = bpf_map_lookup_elem(&limits, &key);

	*suppressed = 0;
	if (!l) {
		bpf_map_update_elem(&limits, &key, &new_limit, BPF_NOEXIST);
		l = bpf_map_lookup_elem(&limits, &key);
		if (!l)
			return true;
		l->since_ns = now;
	}
	if (now - l->since_ns >= LIMIT_NS) {
		l->since_ns = now;
		l->reported = 0;
	}
	if (l->reported >= LIMIT_BURST) {
		__sync_fetch_and_add(&l->suppressed, 1);
		return false;
	}
	l->reported++;
	*suppressed = l->suppressed;
	l->suppressed = 0;
	return true;
}

/* Copies the last step of a queue's last restart; tries again if steps come while it copies. */
static __always_inline void last_step(const struct race_queue_key *queue, struct race_rtnl *side)
{
	const struct restart *last = bpf_map_lookup_elem(&restarts, queue);
	__u32 steps, try;

	for (try = 0; last && try < 3; try++) {
		steps = *(volatile __u32 *)&last->steps;
		bpf_probe_read_kernel(side, sizeof(*side), &last->side[steps & 1]);
		if (*(volatile __u32 *)&last->steps == steps)
			return;
	}
}

/*
 * Counts a race and makes a report with the configuring side, as far as it is known. Returns NULL
 * when the race is only counted. The caller fills in the rest and submits the report.
 */
static struct race_report *report(__u32 code, const struct race_queue_key *queue)
{
	struct race_count *count = bpf_map_lookup_elem(&race_counts, &code);
	__u64 *number = bpf_map_lookup_elem(&race_numbers, &code);
	__u64 now = bpf_ktime_get_ns(), suppressed, nth;
	struct race_report *r;

	if (!count || !number)
		return NULL;
	__sync_fetch_and_add(&count->seen, 1);
	nth = __sync_fetch_and_add(number, 1) + 1;
	if (!within_limit(code, queue, now, &suppressed)) {
		__sync_fetch_and_add(&count->limited, 1);
		return NULL;
	}
	r = bpf_ringbuf_reserve(&reports, sizeof(*r), 0);
	if (!r) {
		__sync_fetch_and_add(&count->lost, 1);
		return NULL;
	}
	__builtin_memset(r, 0, sizeof(*r));
	r->time_ns = now;
	r->nth = nth;
	r->suppressed = suppressed;
	r->code = code;
	r->queue = *queue;
	last_step(queue, &r->rtnl);
	return r;
}

static __always_inline __u32 depth(long bytes)
{
	return bytes > 0 ? bytes / sizeof(__u64) : 0;
}

/* The receiving side is this CPU, now. */
static __always_inline void soft_side(struct race_report *r, void *ctx, __u32 cpu, __u32 napi)
{
	r->soft.time_ns = r->time_ns;
	r->soft.cpu = cpu;
	r->soft.napi = napi;
	r->soft.pid = bpf_get_current_pid_tgid();
	bpf_get_current_comm(r->soft.comm, sizeof(r->soft.comm));
	r->soft.stack_depth = depth(bpf_get_stack(ctx, r->soft.stack, sizeof(r->soft.stack), 0));
}

/* The configuring side is this task, now. The caller adds what it knows about a restart. */
static __always_inline void rtnl_side(struct race_rtnl *side, void *ctx, __u64 now)
{
	__u64 id = bpf_get_current_pid_tgid();

	side->time_ns = now;
	side->tid = id;
	side->pid = id >> 32;
	bpf_get_current_comm(side->comm, sizeof(side->comm));
	side->stack_depth = depth(bpf_get_stack(ctx, side->stack, sizeof(side->stack), 0));
}

#endif

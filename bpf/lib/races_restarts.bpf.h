/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The steps of a restart. They come from trace events or from probes of functions.
 *
 * The file that includes this defines what races_report.bpf.h, races_windows.bpf.h and
 * races_lock.bpf.h ask for.
 */
#ifndef DEVMEM_RACES_RESTARTS_H
#define DEVMEM_RACES_RESTARTS_H

#include "lib/races_kernel.bpf.h"

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#include "contract/races.h"
#include "lib/races_lock.bpf.h"
#include "lib/races_report.bpf.h"
#include "lib/races_types.bpf.h"
#include "lib/races_windows.bpf.h"

static const struct restart no_restart;

static __noinline struct restart *restart_of(const struct race_queue_key *queue)
{
	struct restart *last;

	if (!queue)
		return NULL;
	last = bpf_map_lookup_elem(&restarts, queue);
	if (last)
		return last;
	bpf_map_update_elem(&restarts, queue, &no_restart, BPF_NOEXIST);
	return bpf_map_lookup_elem(&restarts, queue);
}

static __noinline int report_failed(void *ctx, const struct race_queue_key *queue,
				    const struct race_rtnl *last, __u32 phase)
{
	struct race_report *r;

	if (!queue || !last)
		return 0;
	r = report(RACE_RESTART_FAILED, queue);
	if (!r)
		return 0;
	r->err = last->err;
	r->binding = last->old_binding;
	r->queue_binding = last->new_binding;
	if (phase == PHASE_DEAD)
		r->detail = DETAIL_DEAD;
	else if (phase == PHASE_UNDONE)
		r->detail = DETAIL_ROLLED_BACK;
	else if (phase == PHASE_BEGIN || phase == PHASE_ALLOCATED)
		r->detail = DETAIL_OLD_POOL;
	bpf_ringbuf_submit(r, 0);
	return 0;
}

/* The phase after an event of the restart. Each event fires when its step is done. */
static __always_inline __u32 next_phase(__u32 event, __u32 phase, int err)
{
	switch (event) {
	case PHASE_ALLOCATED:
		return err ? phase : PHASE_ALLOCATED;
	case PHASE_STOPPED:
		return err ? phase : PHASE_STOPPED;
	case PHASE_STARTED:
		return err ? PHASE_UNDOING : PHASE_STARTED;
	case PHASE_UNDONE:
		return err ? PHASE_DEAD : PHASE_UNDONE;
	}
	return phase;
}

/* @lock: see check_lock(). */
static __always_inline int restart(void *ctx, __u32 event, const struct race_queue_key *queue,
				   __u64 lock, __u32 old_binding, __u32 new_binding, int err)
{
	__u64 now = bpf_ktime_get_ns();
	struct window *w = find_window(queue);
	struct restart *last = restart_of(queue);
	struct race_rtnl *step;
	__u32 phase = PHASE_NONE, next;

	if (event == PHASE_BEGIN) {
		if (w)
			close_window(w);
		open_window(queue, lock, old_binding, new_binding, now);
		phase = PHASE_BEGIN;
	} else if (w) {
		phase = next_phase(event, w->phase, err);
		w->phase = phase;
	}
	if (last) {
		next = last->steps + 1;
		step = &last->side[next & 1];
		step->begin_ns = event == PHASE_BEGIN ? now : w ? w->begin_ns : 0;
		step->phase = phase;
		step->err = err;
		step->old_binding = old_binding;
		step->new_binding = new_binding;
		rtnl_side(step, ctx, now);
		__sync_fetch_and_add(&last->steps, 1);
		if (event == PHASE_ENDED && err)
			report_failed(ctx, queue, step, phase);
		if (event == PHASE_ENDED && phase != PHASE_DEAD)
			step->phase = PHASE_ENDED;
	}
	if (event == PHASE_ENDED && w)
		close_window(w);
	if (event == PHASE_BEGIN)
		check_lock(ctx, queue, lock, new_binding, DETAIL_RESTART);
	return 0;
}

#endif

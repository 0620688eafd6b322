/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Who takes net_iovs from a pool. Who gives them back is in races_frees.bpf.h.
 *
 * These run for every buffer. They return at once for a pool without a memory provider. For the
 * others they compare a few words in arrays, and only when one differs does the slow part look
 * closer.
 *
 * The file that includes this defines the map pool_uses, armed, unbinds_open, and what
 * races_report.bpf.h and races_windows.bpf.h ask for.
 */
#ifndef DEVMEM_RACES_POOLS_H
#define DEVMEM_RACES_POOLS_H

#include "lib/races_kernel.bpf.h"

#include <linux/bpf.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>

#include "contract/races.h"
#include "lib/races_polls.bpf.h"
#include "lib/races_queues.bpf.h"
#include "lib/races_report.bpf.h"
#include "lib/races_types.bpf.h"
#include "lib/races_windows.bpf.h"

/* A net_iov that is being taken. */
struct taking {
	void *ctx;
	const struct page_pool *pool;
	__u64 niov;
	struct race_queue_key queue;
};

static __always_inline struct race_report *
pool_report(__u32 code, const struct page_pool *pool, const struct race_queue_key *queue, void *ctx)
{
	struct race_report *r = report(code, queue);

	if (!r)
		return NULL;
	r->pool = BPF_CORE_READ(pool, user.id);
	r->binding = pool_binding(pool);
	r->queue_binding = queue_binding(BPF_CORE_READ(pool, slow.netdev), queue->queue);
	soft_side(r, ctx, bpf_get_smp_processor_id(), napi_here());
	return r;
}

static __always_inline struct race_report *taking_report(__u32 code, const struct taking *t)
{
	struct race_report *r = pool_report(code, t->pool, &t->queue, t->ctx);

	if (r)
		r->niov = t->niov;
	return r;
}

/* Copies the CPU and the time of @use, if it was within a poll. */
static __always_inline void other_side(struct race_report *r, const struct pool_use *use)
{
	if (!use->stamp)
		return;
	r->other_cpu = stamp_cpu(use->stamp);
	r->other_ns = use->began;
}

/* @use: the last use of the pool if the other NAPI made it, else NULL */
static void report_shared(const struct taking *t, __u32 detail, __u32 other_napi,
			  const struct pool_use *use)
{
	struct race_report *r = taking_report(RACE_POOL_SHARED, t);

	if (!r)
		return;
	r->detail = detail;
	r->other_napi = other_napi;
	if (use)
		other_side(r, use);
	bpf_ringbuf_submit(r, 0);
}

/*
 * Bits of napi_struct::state. SCHED: the NAPI is polled or will be soon. NPSVC: not by the usual
 * polling; set, too, while the NAPI is disabled.
 */
#define NAPI_SCHED 1UL
#define NAPI_NPSVC 8UL

/*
 * Is another CPU in the middle of the poll that took last? A poll that has given up its NAPI but
 * has not returned yet takes nothing more: another CPU may poll the NAPI by now, or it may be
 * disabled.
 */
static __always_inline bool in_other_poll(const struct pool_use *use, const struct poll_now *me)
{
	const struct napi_struct___race *owner = (const void *)use->owner;
	__u32 cpu = stamp_cpu(use->stamp);
	const struct poll_now *other;

	if (!use->stamp || cpu == bpf_get_smp_processor_id() || use->owner == me->napi)
		return false;
	other = poll_on(cpu);
	return other && other->stamp == use->stamp &&
	       (BPF_CORE_READ(owner, state) & (NAPI_SCHED | NAPI_NPSVC)) == NAPI_SCHED;
}

/*
 * When the driver has named a NAPI for the queue, only that one may take. When it has named none,
 * it is no race if a NAPI takes a pool over from another one, but it is a race if the first one
 * then takes again. It is always a race when two CPUs are in the middle of polls that both took.
 */
static __noinline int check_shared(const struct taking *t, struct pool_use *use,
				   const struct poll_now *me)
{
	const struct netdev_rx_queue *rxq;
	const struct page_pool *pool;
	__u64 named;
	__u32 napi;

	if (!use || !me || !t)
		return 0;
	pool = t->pool;
	napi = napi_id(me->napi);
	rxq = checked_queue(BPF_CORE_READ(pool, slow.netdev), t->queue.queue);
	named = rxq ? (__u64)rxq->napi : 0;
	use->misuse = named && named != me->napi;
	if (named && named == me->napi)
		goto taken;
	if (in_other_poll(use, me))
		report_shared(t, DETAIL_TWO_CPUS, napi_id(use->owner), use);
	else if (napi && named)
		report_shared(t, DETAIL_TWO_NAPIS, napi_id(named),
			      use->owner == named ? use : NULL);
	else if (napi && use->before == napi && use->napi != napi)
		report_shared(t, DETAIL_TWO_NAPIS, use->napi, use);
taken:
	if (use->stamp != me->stamp)
		use->began = bpf_ktime_get_ns();
	use->stamp = me->stamp;
	use->owner = me->napi;
	if (napi && use->napi != napi) {
		use->before = use->napi;
		use->napi = napi;
	}
	return 0;
}

/*
 * Between stop and start nobody may take from the pool that fed the queue: hardware and NAPI no
 * longer use it. What start does is allowed: its own task fills the ring, and NAPI, which it
 * enables, takes from the pool that this restart made.
 */
static __noinline int check_stopped(const struct taking *t)
{
	const struct page_pool *pool;
	struct race_report *r;
	struct window *w;
	__u32 id;

	if (!t)
		return 0;
	pool = t->pool;
	id = BPF_CORE_READ(pool, user.id);
	w = find_window(&t->queue);
	if (!w || w->phase != PHASE_STOPPED)
		return 0;
	if (w->pools && (__s32)(id - w->first_pool) >= 0)
		return 0;
	if (w->task == bpf_get_current_task() && !napi_here() && !in_softirq())
		return 0;
	r = taking_report(RACE_ALLOC_IN_RESTART, t);
	if (r)
		bpf_ringbuf_submit(r, 0);
	return 0;
}

/*
 * NAPI takes from a pool whose provider is not the queue's. During a restart this is normal,
 * because the kernel sets the queue's new provider before it stops the queue. The two are not read
 * atomically, so the result counts only when no restart began or ended in the meantime.
 */
static __noinline int check_provider(const struct taking *t)
{
	const struct page_pool *pool;
	const void *priv, *has;
	struct pool_use *use;
	struct race_report *r;
	__u32 id, moved, key;
	struct window *w;
	int try;

	if (!t)
		return 0;
	pool = t->pool;
	priv = BPF_CORE_READ(pool, mp_priv);
	id = BPF_CORE_READ(pool, user.id);
	for (try = 0; try < 3; try++) {
		moved = *(volatile __u32 *)&windows_moved;
		has = queue_provider(BPF_CORE_READ(pool, slow.netdev), t->queue.queue);
		if (has == priv)
			return 0;
		w = find_window(&t->queue);
		if (w && (w->phase >= PHASE_STOPPED || has || !w->new_binding))
			return 0;
		if (*(volatile __u32 *)&unbinds_open)
			return 0;
		if (*(volatile __u32 *)&windows_moved == moved)
			goto gone;
	}
	return 0;

gone:
	key = id & (POOL_SLOTS - 1);
	use = bpf_map_lookup_elem(&pool_uses, &key);
	/* A restart left the pool in use, and this is already reported. */
	if (use && use->pool == id && use->wrong)
		return 0;
	r = taking_report(RACE_PROVIDER_GONE, t);
	if (r) {
		r->detail = DETAIL_CLEARED;
		bpf_ringbuf_submit(r, 0);
	}
	return 0;
}

static __noinline int look_closer(void *ctx, const struct page_pool *pool, struct pool_use *use,
				  const struct poll_now *me, __u64 niov)
{
	__u32 id = BPF_CORE_READ(pool, user.id);
	struct taking t = { .ctx = ctx, .pool = pool, .niov = niov };

	if (!use || !me)
		return 0;
	pool_queue(pool, &t.queue);
	if (use->pool != id) {
		__builtin_memset(use, 0, sizeof(*use));
		use->pool = id;
	}
	check_shared(&t, use, me);
	if (windows_open)
		check_stopped(&t);
	if (me->napi && armed)
		check_provider(&t);
	return 0;
}

/*
 * Unless a restart is under way, one look for each poll and pool is enough: neither the NAPI nor
 * the CPU changes within a poll.
 */
static __always_inline int netmem_taken(void *ctx, const struct page_pool *pool,
					unsigned long netmem)
{
	struct pool_use *use;
	struct poll_now *me;
	__u32 id, slot;

	if (!pool->mp_priv || !netmem)
		return 0;
	id = pool->user.id;
	slot = id & (POOL_SLOTS - 1);
	use = bpf_map_lookup_elem(&pool_uses, &slot);
	me = poll_here();
	if (!use || !me)
		return 0;
	if (use->pool == id && me->stamp && !windows_open) {
		if (use->stamp == me->stamp)
			return 0;
		if (use->owner == me->napi && !use->misuse &&
		    stamp_cpu(use->stamp ^ me->stamp) == 0 &&
		    queue_provider(pool->slow.netdev, pool->slow.queue_idx) == pool->mp_priv) {
			use->stamp = me->stamp;
			use->began = bpf_ktime_get_ns();
			return 0;
		}
	}
	/*
	 * A restart fills its ring. It leaves here, so that its program is short: if softirq
	 * interrupts it, the kernel skips the program of softirq.
	 */
	if (windows_open && !me->stamp && restarting == bpf_get_current_task() && !in_softirq())
		return 0;
	look_closer(ctx, pool, use, me, netmem & ~1UL);
	return 0;
}

#endif

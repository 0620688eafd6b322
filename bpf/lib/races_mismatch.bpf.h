/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * After a restart: do the queue's pools have the provider that the queue has?
 *
 * The file that includes this defines what races_pools.bpf.h asks for.
 */
#ifndef DEVMEM_RACES_MISMATCH_H
#define DEVMEM_RACES_MISMATCH_H

#include "lib/races_kernel.bpf.h"

#include <linux/bpf.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>

#include "contract/races.h"
#include "lib/device.bpf.h"
#include "lib/races_pools.bpf.h"
#include "lib/races_queues.bpf.h"
#include "lib/races_report.bpf.h"
#include "lib/races_types.bpf.h"

struct pools_walk {
	const struct net_device *dev;
	struct hlist_node *node;
	struct hlist_node **prev;
	const void *provider;
	__u32 queue;
	__u32 right; /* number of pools in use that belong to the queue's binding */
	__u32 wrong; /* id of a pool in use that belongs to another, 0: none */
	__u32 wrong_binding;
	__u32 changed; /* the list changed while it was read */
};

/* The pool may go away while it is read; what was read counts only if it is still listed then. */
static int look_at_pool(__u32 index, struct pools_walk *walk)
{
	struct hlist_node *node = walk->node, *again = NULL;
	struct page_pool *pool;
	const void *provider;
	__u64 detached;
	__u32 queue, id, binding;

	if (!node)
		return 1;
	pool = (void *)node - bpf_core_field_offset(struct page_pool, user.list);
	provider = BPF_CORE_READ(pool, mp_priv);
	detached = BPF_CORE_READ(pool, user.detach_time);
	queue = BPF_CORE_READ(pool, slow.queue_idx);
	id = BPF_CORE_READ(pool, user.id);
	binding = pool_binding(pool);
	walk->node = BPF_CORE_READ(node, next);
	bpf_probe_read_kernel(&again, sizeof(again), walk->prev);
	if (again != node) {
		walk->changed = 1;
		return 1;
	}
	walk->prev = &node->next;
	if (!provider || detached || queue != walk->queue)
		return 0;
	if (provider == walk->provider) {
		walk->right++;
	} else {
		walk->wrong = id;
		walk->wrong_binding = binding;
	}
	return 0;
}

static void mark_wrong(__u32 pool)
{
	__u32 slot = pool & (POOL_SLOTS - 1);
	struct pool_use *use = bpf_map_lookup_elem(&pool_uses, &slot);

	if (!use)
		return;
	if (use->pool != pool) {
		__builtin_memset(use, 0, sizeof(*use));
		use->pool = pool;
	}
	use->wrong = 1;
}

static void report_mismatch(void *ctx, const struct pools_walk *walk,
			    const struct race_queue_key *queue)
{
	struct race_report *r = report(RACE_BINDING_MISMATCH, queue);
	__u32 slot = walk->wrong & (POOL_SLOTS - 1);
	struct pool_use *use;

	if (!r)
		return;
	r->detail = walk->wrong ? DETAIL_WRONG_POOL : DETAIL_NO_POOL;
	r->pool = walk->wrong;
	r->binding = walk->wrong_binding;
	r->queue_binding = binding_id(walk->provider, walk->dev, walk->queue);
	use = walk->wrong ? bpf_map_lookup_elem(&pool_uses, &slot) : NULL;
	if (use && use->pool == walk->wrong) {
		r->other_napi = use->napi;
		other_side(r, use);
	}
	bpf_ringbuf_submit(r, 0);
}

static __always_inline int check_binding(void *ctx, struct net_device *dev, __u32 rxq)
{
	const struct net_device___race *state = (const void *)dev;
	struct race_queue_key key;
	struct pools_walk walk = {};
	struct restart *last;
	int try;

	/*
	 * A device that is down has no pools. The queues of a detached device are not restarted. A
	 * dead queue has no pools either, and this is already reported.
	 */
	if (!armed || (state->state & LINK_RUNS) != LINK_RUNS)
		return 0;
	queue_key(&key, dev, rxq);
	last = bpf_map_lookup_elem(&restarts, &key);
	if (!last || last->side[last->steps & 1].phase == PHASE_DEAD)
		return 0;
	for (try = 0; try < 4; try++) {
		__builtin_memset(&walk, 0, sizeof(walk));
		walk.dev = dev;
		walk.queue = rxq;
		walk.provider = queue_provider(dev, rxq);
		walk.prev = &dev->page_pools.first;
		walk.node = BPF_CORE_READ(dev, page_pools.first);
		bpf_loop(MAX_POOLS, look_at_pool, &walk, 0);
		if (!walk.changed)
			break;
	}
	if (walk.changed || walk.node)
		return 0;
	if (!walk.wrong && (walk.right || !walk.provider))
		return 0;
	if (walk.wrong)
		mark_wrong(walk.wrong);
	report_mismatch(ctx, &walk, &key);
	return 0;
}

#endif

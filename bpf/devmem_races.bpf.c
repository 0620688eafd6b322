// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Races between the delivery of packets and the reconfiguration of queues, as they happen.
 *
 * Two kinds of programs. Those that run for each packet or buffer (races_packets.h,
 * races_pools.h) compare a few words and do nothing else unless something is wrong. Those here
 * run when a queue is restarted or a binding comes or goes; they keep what the others compare
 * with and what a report says of the configuring side (races_report.h).
 *
 * What decides is the kernel's own state (which provider has the queue, which one the pool),
 * not a shadow of it: bindings made before the detectors were loaded are judged, too.
 */
#include "lib/races_kernel.bpf.h"

#include <linux/bpf.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

#include "contract/races.h"
#include "lib/niov.bpf.h"
#include "lib/providers.bpf.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

/*
 * Address of the mutex that protects the configuration of queues; 0: each device has its own (6.15),
 * or it is not known.
 */
const volatile __u64 config_lock;

/* Without the events of restarts nothing can be said about providers that change. */
const volatile bool has_restarts;

/* These are seen by probes of functions, not by trace events. */
const volatile bool by_probes;

const volatile __u32 page_size = 4096;

#include "lib/races_report.bpf.h"
#include "lib/races_unbind.bpf.h"
#include "lib/races_pools.bpf.h"
#include "lib/races_frees.bpf.h"
#include "lib/races_packets.bpf.h"

/* ---- the lock ---- */

#define MUTEX_FLAGS 7UL

/* What protects the queues of @dev, 0: not known. With PREEMPT_RT it is no such mutex. */
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

/* The task that has @lock, 0: nobody, or that is not known. */
static __always_inline __u64 lock_owner(__u64 lock)
{
	const struct mutex___race *mutex = (const void *)lock;

	if (!lock || !bpf_core_field_exists(mutex->owner))
		return 0;
	return BPF_CORE_READ(mutex, owner.counter) & ~MUTEX_FLAGS;
}

/* @lock: what this task should have, 0: that is not known. */
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
	/* This task is the side that configures, whatever a restart before it was. */
	if (detail != DETAIL_RESTART)
		__builtin_memset(&r->rtnl, 0, sizeof(r->rtnl));
	rtnl_side(&r->rtnl, ctx, r->time_ns);
	bpf_ringbuf_submit(r, 0);
	return 0;
}

/* ---- restarts ---- */

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
		w->tid = bpf_get_current_pid_tgid();
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
		/* From here on it is seen, all of it. */
		__sync_val_compare_and_swap(&w->used, 2, 1);
		restarting = w->task;
		__sync_fetch_and_add(&windows_open, 1);
		__sync_fetch_and_add(&windows_moved, 1);
		return 0;
	}
	__sync_fetch_and_add(&tables_full, 1);
	return 0;
}

/* Its own restart may end it while check_stuck() finds it forgotten. */
static void close_window(struct window *w)
{
	if (__sync_val_compare_and_swap(&w->used, 1, 2) != 1)
		return;
	__sync_fetch_and_add(&windows_moved, 1);
	__sync_fetch_and_sub(&windows_open, 1);
	w->used = 0;
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

/* What follows from an event of the restart, all of which fire when their phase is over. */
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

#define RESTART_PROG(name, event)                                                                 \
	SEC("tp_btf/devmem_restart_" #name)                                                       \
	int BPF_PROG(on_restart_##name, __u32 netns, __u32 ifindex, __u32 queue, __u32 how,       \
		     __u32 old_binding, __u32 new_binding, __u32 old_out, __u32 new_out, int err) \
	{                                                                                         \
		struct race_queue_key key = { .netns = netns,                                     \
					      .ifindex = ifindex,                                 \
					      .queue = queue };                                   \
                                                                                                  \
		return restart(ctx, event, &key, lock_of(NULL), old_binding, new_binding, err);   \
	}

RESTART_PROG(begin, PHASE_BEGIN)
RESTART_PROG(mem_alloc, PHASE_ALLOCATED)
RESTART_PROG(stop, PHASE_STOPPED)
RESTART_PROG(start, PHASE_STARTED)
RESTART_PROG(rollback, PHASE_UNDONE)
RESTART_PROG(end, PHASE_ENDED)

/* ---- after a restart: is the queue fed by whom it is said to be fed? ---- */

/* Bits of net_device::state: it is up, and not detached. */
#define LINK_STATE_START   1UL
#define LINK_STATE_PRESENT 2UL
#define LINK_RUNS	   (LINK_STATE_START | LINK_STATE_PRESENT)
#define MAX_POOLS	   4096

struct pools_walk {
	const struct net_device *dev;
	struct hlist_node *node;
	struct hlist_node **prev;
	const void *provider;
	__u32 queue;
	__u32 right; /* pools in use that are of the queue's binding */
	__u32 wrong; /* pool in use that is of another, 0: none */
	__u32 wrong_binding;
	__u32 changed; /* the list did while it was read */
};

/* The pool may go away while it is read: what was read counts if it is still listed then. */
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
	struct race_queue_key key = {
		.netns = dev->nd_net.net->ns.inum,
		.ifindex = dev->ifindex,
		.queue = rxq,
	};
	struct pools_walk walk = {};
	struct restart *last;
	int try;

	/*
	 * A link that is down has no pools; of one that is detached the queues are not restarted; a
	 * dead queue has none either, and that was said.
	 */
	if (!armed || (state->state & LINK_RUNS) != LINK_RUNS)
		return 0;
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

SEC("fexit/netdev_rx_queue_set_provider")
int BPF_PROG(on_provider_set, struct net_device *dev, unsigned int rxq)
{
	return check_binding(ctx, dev, rxq);
}

/* A device that forgets its bindings. */
struct uninstall {
	void *ctx;
	const struct net_device *dev;
	struct race_queue_key key;
};

/* Not in the callback itself: 6.12 lets those give back only what they have reserved themselves. */
static __noinline int report_unmapped(struct uninstall *u)
{
	struct race_report *r;

	if (!u)
		return 0;
	r = report(RACE_PROVIDER_GONE, &u->key);
	if (!r)
		return 0;
	r->detail = DETAIL_UNMAPPED;
	r->binding = queue_binding(u->dev, u->key.queue);
	r->queue_binding = r->binding;
	__builtin_memset(&r->rtnl, 0, sizeof(r->rtnl));
	rtnl_side(&r->rtnl, u->ctx, r->time_ns);
	bpf_ringbuf_submit(r, 0);
	return 0;
}

static int uninstall_queue(__u32 queue, struct uninstall *u)
{
	u->key.queue = queue;
	if (queue_provider(u->dev, queue))
		report_unmapped(u);
	return 0;
}

/* The device is about to forget its bindings: no queue of it may be running. */
SEC("fentry/dev_dmabuf_uninstall")
int BPF_PROG(on_uninstall, struct net_device *dev)
{
	const struct net_device___race *state = (const void *)dev;
	struct uninstall u = {
		.ctx = ctx,
		.dev = dev,
		.key.netns = dev->nd_net.net->ns.inum,
		.key.ifindex = dev->ifindex,
	};

	if (state->state & LINK_STATE_START)
		bpf_loop(state->num_rx_queues, uninstall_queue, &u, 0);
	return 0;
}

/* ---- bindings ---- */

struct binding {
	__u64 address;
	__u64 unbind_ns; /* 0: in use */
	__u32 netns;
	__u32 ifindex;
	__u32 reported;
	__u32 pad;
	struct race_rtnl by; /* who unbound it, or, before that, bound it */
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 4096);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, __u32);
	__type(value, struct binding);
} bindings SEC(".maps");

static const struct binding new_binding_entry;

SEC("tp_btf/devmem_bind")
int BPF_PROG(on_bind, __u32 netns, __u32 ifindex, __u32 binding)
{
	struct race_queue_key key = {
		.netns = netns,
		.ifindex = ifindex,
		.queue = RACE_NO_QUEUE,
	};

	return check_lock(ctx, &key, lock_of(NULL), binding, DETAIL_BIND);
}

SEC("fentry/net_devmem_unbind_dmabuf")
int BPF_PROG(on_unbind, struct net_devmem_dmabuf_binding___race *binding)
{
	const struct net_devmem_dmabuf_binding *stock = (const void *)binding;
	const struct net_device *dev = NULL;
	struct race_queue_key key = { .queue = RACE_NO_QUEUE };
	__u32 id = binding->id;
	struct binding *b;

	if (bpf_core_field_exists(binding->ifindex)) {
		key.netns = binding->netns;
		key.ifindex = binding->ifindex;
	} else {
		if (by_probes)
			give_up_begins(GIVE_UP_BINDING);
		dev = BPF_CORE_READ(stock, dev);
		key.netns = BPF_CORE_READ(dev, nd_net.net, ns.inum);
		key.ifindex = BPF_CORE_READ(dev, ifindex);
	}
	/* From 6.15 on it has no device, nor its lock, when that went away before. */
	check_lock(ctx, &key, lock_of(dev), id, DETAIL_UNBIND);
	if (bpf_map_update_elem(&bindings, &id, &new_binding_entry, BPF_ANY)) {
		__sync_fetch_and_add(&tables_full, 1);
		return 0;
	}
	b = bpf_map_lookup_elem(&bindings, &id);
	if (!b)
		return 0;
	b->netns = key.netns;
	b->ifindex = key.ifindex;
	b->address = (__u64)binding;
	rtnl_side(&b->by, ctx, bpf_ktime_get_ns());
	b->unbind_ns = b->by.time_ns;
	return 0;
}

SEC("tp_btf/devmem_binding_free")
int BPF_PROG(on_binding_free, __u32 netns, __u32 ifindex, __u32 binding)
{
	bpf_map_delete_elem(&bindings, &binding);
	return 0;
}

#include "lib/races_ages.bpf.h"
#include "lib/races_stock.bpf.h"

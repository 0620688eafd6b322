/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Part of devmem_races.bpf.c: what is remembered of restarts, and how a race is counted and
 * reported. None of this is on the path of a packet, unless it belongs to a race.
 */
#ifndef DEVMEM_RACES_REPORT_H
#define DEVMEM_RACES_REPORT_H

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 512 * 1024);
} reports SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, RACE_CODES);
	__type(key, __u32);
	__type(value, struct race_count);
} race_counts SEC(".maps");

/*
 * The last restart of a queue. One copy is complete while the other is written, under the lock that
 * serialises restarts: softirq may look at any moment.
 */
struct restart {
	struct race_rtnl side[2];
	__u32 steps; /* seen; the last one is in side[steps & 1] */
};

/* Queues come and go with their interfaces: those that were not restarted for longest go first. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 4096);
	__type(key, struct race_queue_key);
	__type(value, struct restart);
} restarts SEC(".maps");

/* How often an entry could not be made because a table was full. */
__u64 tables_full;

/* ---- restarts under way ---- */

/* One at a time with rtnl; as many as there are devices where these have locks of their own. */
#define MAX_WINDOWS 8

struct window {
	__u64 task; /* that restarts */
	__u64 begin_ns;
	__u64 lock; /* mutex that the task had when it began, 0: none */
	struct race_queue_key queue;
	__u32 used;
	__u32 phase;	   /* enum race_phase */
	__u32 old_binding; /* that the queue had */
	__u32 new_binding; /* that it shall have */
	__u32 pools;	   /* made since it began */
	__u32 first_pool;  /* id of the first of those */
	__u32 tid;
	__u32 stuck; /* RESTART_STUCK was reported */
	/* By probes: packets of the old binding that came after NAPI was enabled again. */
	__u32 late;
	__u32 late_pool;
	__u32 inner;	 /* by probes: enum restart_inner */
	__u64 late_niov; /* of the last late one, like its pool */
};

/* 7.0: netdev_rx_queue_restart() calls netdev_rx_queue_reconfig(), and so do others. */
enum restart_inner {
	INNER_NONE,
	INNER_CALLED, /* by the one that began the restart */
	INNER_ALONE,  /* it began the restart */
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, MAX_WINDOWS);
	__type(key, __u32);
	__type(value, struct window);
} windows SEC(".maps");

/* How many windows are in use, and how often one was opened or closed. */
__u32 windows_open;
__u32 windows_moved;

/*
 * Set by user space once every program is attached and no restart is under way that began before:
 * from then on a queue without a window is not being restarted.
 */
__u32 armed;

/* By probes: tasks that take the provider from a queue, before its restart begins. */
__u32 unbinds_open;

/* The task that opened the last one. */
__u64 restarting;

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

/* ---- counting and reporting ---- */

#define LIMIT_NS    1000000000ULL
#define LIMIT_BURST 4

struct limit_key {
	struct race_queue_key queue;
	__u32 code;
};

struct limit {
	__u64 since_ns;
	__u64 suppressed;
	__u32 reported; /* since then */
	__u32 pad;
};

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 4096);
	__type(key, struct limit_key);
	__type(value, struct limit);
} limits SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, RACE_CODES);
	__type(key, __u32);
	__type(value, __u64);
} race_numbers SEC(".maps");

static const struct limit new_limit;

/* May this one be reported? Two CPUs at once may get one too many through: no harm. */
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

/* The step that a queue's last restart did last; again if two more steps came while it was copied. */
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
 * Count a race, and make a report of it with both sides as far as they are known. NULL when it
 * is only counted. The caller fills in what is special and submits.
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

/* This CPU, now, is the receiving side. */
static __always_inline void soft_side(struct race_report *r, void *ctx, __u32 cpu, __u32 napi)
{
	r->soft.time_ns = r->time_ns;
	r->soft.cpu = cpu;
	r->soft.napi = napi;
	r->soft.pid = bpf_get_current_pid_tgid();
	bpf_get_current_comm(r->soft.comm, sizeof(r->soft.comm));
	r->soft.stack_depth = depth(bpf_get_stack(ctx, r->soft.stack, sizeof(r->soft.stack), 0));
}

/* This task, now, is the configuring side; the caller adds what it knows of a restart. */
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

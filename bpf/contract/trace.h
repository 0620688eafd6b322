/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The contract between the BPF programs and user space: one struct for each record, nothing
 * else. Identifiers are those of netlink; 0 stands for "none". Times are CLOCK_MONOTONIC, in
 * nanoseconds.
 */
#ifndef DEVMEM_TRACE_H
#define DEVMEM_TRACE_H

#include <linux/types.h>

/* Rare events: each is counted, sent through the ring buffer, and its losses are counted. */
enum devmem_kind {
	DEVMEM_BIND,
	DEVMEM_UNBIND,
	DEVMEM_BINDING_FREE,
	DEVMEM_QUEUE_BIND,
	DEVMEM_QUEUE_UNBIND,
	DEVMEM_RESTART_BEGIN,
	DEVMEM_RESTART_MEM_ALLOC,
	DEVMEM_RESTART_STOP,
	DEVMEM_RESTART_START,
	DEVMEM_RESTART_ROLLBACK,
	DEVMEM_RESTART_END,
	DEVMEM_KINDS,
};

/* Hot events: only counted, by page_pool. One map each, so that programs never share a word. */
enum devmem_hot {
	DEVMEM_NIOV_ALLOC,
	DEVMEM_NIOV_FREE,
	DEVMEM_NIOV_FAIL,
	DEVMEM_TOKEN_GET,
	DEVMEM_TOKEN_PUT,
	DEVMEM_TOKEN_DESTROY, /* put by a socket that goes away; where put does not count these */
	DEVMEM_HOT_EVENTS,
};

/*
 * A slot of a hot event's per-CPU array. A pool uses one of DEVMEM_WAYS slots from "id modulo
 * number of slots" on. When all are taken the oldest pool makes room, and what it counted moves to
 * its struct devmem_pool_count.
 */
#define DEVMEM_WAYS	 4
#define DEVMEM_MAX_SLOTS 4096

struct devmem_slot {
	__u32 pool; /* page_pool id, 0: never used */
	__u32 pad;
	__u64 count; /* its events */
};

/* By page_pool id: where the pool's events belong, as of its first one, and what slots it left. */
struct devmem_pool_count {
	__u32 ifindex; /* 0: the device was gone already */
	__u32 queue;
	__u64 moved[DEVMEM_HOT_EVENTS];
};

/* A pool that found its binding empty. */
struct devmem_starved {
	__u64 since_ns; /* first time */
	__u64 fails;	/* how often since */
};

/* A rare event; fields that its tracepoint does not have are 0. */
struct devmem_event {
	__u64 time_ns;
	__u32 kind; /* enum devmem_kind */
	__s32 err;  /* 0 or a negative errno */
	__u32 ifindex;
	__u32 queue;
	__u32 binding; /* restarts: the new one */
	__u32 old_binding;
	__u32 pool;
	__u32 outstanding; /* of binding */
	__u32 tgid;
	char comm[16];
};

/* Counters of a rare event, per CPU. */
struct devmem_rare_count {
	__u64 seen;
	__u64 lost; /* of those, the ring buffer had no room for so many */
};

/* Key of struct devmem_queue_stat. */
struct devmem_queue_key {
	__u32 netns;
	__u32 ifindex;
	__u32 queue;
};

/* Times by powers of two: [i] counts 2^i ns up to 2^(i+1) ns, the last one all above. */
#define DEVMEM_HIST_SLOTS 40

static inline __u32 devmem_hist_slot(__u64 ns)
{
	__u32 slot = 0, bits;

	/* By halves: clang's BPF back end cannot count leading zeros. */
	for (bits = 32; bits; bits /= 2) {
		if (ns >> bits) {
			slot += bits;
			ns >>= bits;
		}
	}
	return slot < DEVMEM_HIST_SLOTS ? slot : DEVMEM_HIST_SLOTS - 1;
}

/* Of a queue, by struct devmem_queue_key. */
struct devmem_hists {
	__u64 hold[DEVMEM_HIST_SLOTS];	   /* net_iovs: alloc to free; a sample */
	__u64 provider[DEVMEM_HIST_SLOTS]; /* calls of the memory provider's alloc */
};

/* What the restarts of a queue came to. */
struct devmem_queue_stat {
	__u64 restarts; /* ended, without those of an interface that was down */
	__u64 failures; /* of those, ended with an error */
	__u64 begin_ns; /* last restart: begin event */
	__u64 stop_ns;	/* last restart: stop event, 0 when it did not get there */
	__u64 down_ns;	/* last stop event to start (or rollback) event, 0: there was none */
	__u64 down_max_ns;
	__u64 restart_ns; /* last begin event to end event */
	__u64 down_hist[DEVMEM_HIST_SLOTS];
	__u64 restart_hist[DEVMEM_HIST_SLOTS];
	__s32 last_err; /* of the last end event */
	__u32 running;	/* 1 between begin and end */
	__u32 dead;	/* 1: stopped, and neither start nor rollback worked */
	__u32 pad;
};

/* What is known of a binding from its events. */
struct devmem_binding_stat {
	__u64 size_bytes;
	__u64 bind_ns;
	__u64 unbind_ns; /* 0 while it is bound */
	__u32 netns;
	__u32 ifindex;
	__u32 niovs;
	__u32 tgid;
	char comm[16];
};

#endif

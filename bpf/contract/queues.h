/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The contract between the BPF programs and user space: what is remembered of queues. Times are
 * CLOCK_MONOTONIC, in nanoseconds.
 */
#ifndef DEVMEM_QUEUES_H
#define DEVMEM_QUEUES_H

#include <linux/types.h>

/* Key of what follows. */
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

#endif

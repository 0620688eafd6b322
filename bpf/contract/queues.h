/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The contract between the BPF programs and user space: what the programs remember about queues.
 * Times are CLOCK_MONOTONIC, in nanoseconds.
 */
#ifndef DEVMEM_QUEUES_H
#define DEVMEM_QUEUES_H

#include <linux/types.h>

/* The key of the maps of queues. */
struct devmem_queue_key {
	__u32 netns;
	__u32 ifindex;
	__u32 queue;
};

/* Times by powers of two: [i] counts from 2^i ns to 2^(i+1) ns; the last one has no upper end. */
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

/* The histograms of a queue, by struct devmem_queue_key. */
struct devmem_hists {
	__u64 hold[DEVMEM_HIST_SLOTS]; /* from alloc to free, of one net_iov in N (--sample=N) */
	__u64 provider[DEVMEM_HIST_SLOTS]; /* how long calls of the memory provider's alloc take */
};

/* How the restarts of a queue ended, by struct devmem_queue_key. */
struct devmem_queue_stat {
	__u64 restarts; /* that ended, except those while the interface was down */
	__u64 failures; /* how many of them ended with an error */
	__u64 begin_ns; /* time of the last restart's begin event */
	__u64 stop_ns;	/* time of the last restart's stop event; 0: it never stopped */
	__u64 down_ns;	/* from the last stop event to start or rollback; 0: never stopped */
	__u64 down_max_ns;
	__u64 restart_ns; /* from the last begin event to its end event */
	__u64 down_hist[DEVMEM_HIST_SLOTS];
	__u64 restart_hist[DEVMEM_HIST_SLOTS];
	__s32 last_err; /* error of the last end event */
	__u32 running;	/* 1 between begin and end */
	__u32 dead;	/* 1: stopped, and both start and rollback failed */
	__u32 pad;
};

#endif

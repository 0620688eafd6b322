/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The contract between the BPF programs and user space: what the programs count for each page_pool.
 * 0 stands for "none". Times are CLOCK_MONOTONIC, in nanoseconds.
 */
#ifndef DEVMEM_HOT_H
#define DEVMEM_HOT_H

#include <linux/types.h>

/*
 * Hot events. The programs only count them, for each page_pool. Each event has its own map, so that
 * two programs never write the same word.
 */
enum devmem_hot {
	DEVMEM_NIOV_ALLOC,
	DEVMEM_NIOV_FREE,
	DEVMEM_NIOV_FAIL,
	DEVMEM_TOKEN_GET,
	DEVMEM_TOKEN_PUT,
	DEVMEM_TOKEN_DESTROY, /* put by a socket that goes away, where TOKEN_PUT leaves these out */
	DEVMEM_HOT_EVENTS,
};

/*
 * A slot of a hot event's per-CPU array. A pool uses one of DEVMEM_WAYS slots, which begin at "id
 * modulo number of slots". When other pools have all of them, the oldest of these pools loses its
 * slot, and its count moves to its struct devmem_pool_count.
 */
#define DEVMEM_WAYS	 4
#define DEVMEM_MAX_SLOTS 4096

struct devmem_slot {
	__u32 pool; /* page_pool id, 0: never used */
	__u32 pad;
	__u64 count; /* its events */
};

/*
 * By page_pool id: the queue that the pool's events belong to, as its first event says, and the
 * counts from slots that the pool lost.
 */
struct devmem_pool_count {
	__u32 ifindex; /* 0: the device was already gone */
	__u32 queue;
	__u64 moved[DEVMEM_HOT_EVENTS];
};

/* A pool that found its binding empty. */
struct devmem_starved {
	__u64 since_ns; /* when this happened first */
	__u64 fails;	/* how often it has happened since */
};

#endif

/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The contract between the BPF programs and user space: what is counted by page_pool. 0 stands for
 * "none". Times are CLOCK_MONOTONIC, in nanoseconds.
 */
#ifndef DEVMEM_HOT_H
#define DEVMEM_HOT_H

#include <linux/types.h>

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

#endif

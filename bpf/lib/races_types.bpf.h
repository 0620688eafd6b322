/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What the maps of devmem_races.bpf.c hold and user space does not read.
 */
#ifndef DEVMEM_RACES_TYPES_H
#define DEVMEM_RACES_TYPES_H

#include <linux/types.h>

#include "contract/races.h"

/*
 * The last restart of a queue. While one copy is written, under the lock that serialises restarts,
 * the other one is complete: softirq may read it at any moment.
 */
struct restart {
	struct race_rtnl side[2];
	__u32 steps; /* how many were seen; the last one is in side[steps & 1] */
};

/* With rtnl there is one at a time. Where each device has its own lock, there is one per device. */
#define MAX_WINDOWS 8

struct window {
	__u64 task; /* the task that restarts the queue */
	__u64 begin_ns;
	__u64 lock; /* the mutex that the task had when it began, 0: none */
	struct race_queue_key queue;
	__u32 used;
	__u32 phase;	   /* enum race_phase */
	__u32 old_binding; /* the one that the queue had */
	__u32 new_binding; /* the one that it gets */
	__u32 pools;	   /* how many were made since the restart began */
	__u32 first_pool;  /* id of the first of these */
	__u32 stuck;	   /* RESTART_STUCK was reported */
	/* By probes: packets in the old binding's memory that came after NAPI was enabled again. */
	__u32 late;
	__u32 late_pool;
	__u32 inner;	 /* by probes: enum restart_inner */
	__u64 late_niov; /* net_iov of the last late packet; its pool is in late_pool */
};

/* 7.0: netdev_rx_queue_restart() calls netdev_rx_queue_reconfig(), and so do others. */
enum restart_inner {
	INNER_NONE,
	INNER_CALLED, /* the function that began the restart called it */
	INNER_ALONE,  /* it began the restart itself */
};

/* How many races of a code and queue were reported in the last second. */
struct limit_key {
	struct race_queue_key queue;
	__u32 code;
};

struct limit {
	__u64 since_ns;
	__u64 suppressed;
	__u32 reported; /* since since_ns */
	__u32 pad;
};

#define POOL_SLOTS 4096

/* Who took from a pool. */
struct pool_use {
	__u64 stamp;  /* the poll that took last, 0: none */
	__u64 owner;  /* address of its NAPI */
	__u64 began;  /* when this poll took first */
	__u32 pool;   /* id, 0: never used */
	__u32 napi;   /* id of the NAPI that took last */
	__u32 before; /* id of the other NAPI that took before that one */
	__u32 wrong;  /* BINDING_MISMATCH was reported for this pool */
	__u32 misuse; /* the last taker was not the queue's named NAPI: look at each poll */
} __attribute__((aligned(64)));

/* A net_iov that was wrongly given to a pool. */
struct bad_free {
	__u64 niov;
	__u64 pool;
};

#define FLOWS 4096

/* A flow that came with payload in net_iovs. */
struct flow {
	__u64 dev; /* address of its net_device */
	__u32 hash;
	__u32 moved; /* value of windows_moved at that time */
	__u32 proto; /* protocol above IP: the hash covers only addresses and ports */
};

/* A task that takes the provider from a queue. */
struct giving_up {
	__u64 last_ns; /* when a program last saw the task do this */
	__u32 level;   /* the outermost function, enum give_up */
	__u32 pad;
};

/* A binding after its unbind. */
struct binding {
	__u64 address;
	__u64 unbind_ns; /* 0: in use */
	__u32 netns;
	__u32 ifindex;
	__u32 reported;
	__u32 pad;
	struct race_rtnl by; /* the task that unbound it */
};

#endif

/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What the maps of devmem_races.bpf.c hold that user space does not read.
 */
#ifndef DEVMEM_RACES_TYPES_H
#define DEVMEM_RACES_TYPES_H

#include <linux/types.h>

#include "contract/races.h"

/*
 * The last restart of a queue. One copy is complete while the other is written, under the lock that
 * serialises restarts: softirq may look at any moment.
 */
struct restart {
	struct race_rtnl side[2];
	__u32 steps; /* seen; the last one is in side[steps & 1] */
};

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
	__u32 stuck;	   /* RESTART_STUCK was reported */
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

/* How many of a code and queue were reported of late. */
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

#define POOL_SLOTS 4096

/* Who took from a pool. */
struct pool_use {
	__u64 stamp;  /* poll that took last, 0: none */
	__u64 owner;  /* address of its NAPI */
	__u64 began;  /* when it took the first time */
	__u32 pool;   /* id, 0: never used */
	__u32 napi;   /* id of the NAPI that took last */
	__u32 before; /* of the other one that took before that */
	__u32 wrong;  /* BINDING_MISMATCH was reported of it */
	__u32 misuse; /* who took last was not the NAPI named for the queue: look at each poll */
} __attribute__((aligned(64)));

/* A net_iov that was given to a pool wrongly. */
struct bad_free {
	__u64 niov;
	__u64 pool;
};

#define FLOWS 4096

/* A flow that came with payload in net_iovs. */
struct flow {
	__u64 dev; /* address of its net_device */
	__u32 hash;
	__u32 moved; /* windows_moved of that time */
	__u32 proto; /* of IP: the hash is of addresses and ports */
};

/* A task that takes its provider from a queue. */
struct giving_up {
	__u64 last_ns; /* when its task was last seen at it */
	__u32 level;   /* the outermost, enum give_up */
	__u32 pad;
};

/* One that was unbound. */
struct binding {
	__u64 address;
	__u64 unbind_ns; /* 0: in use */
	__u32 netns;
	__u32 ifindex;
	__u32 reported;
	__u32 pad;
	struct race_rtnl by; /* who unbound it, or, before that, bound it */
};

#endif

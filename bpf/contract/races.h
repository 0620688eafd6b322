/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The contract between the race detectors and user space: one struct for each record, nothing
 * else. Identifiers are those of netlink; 0 stands for "none". Times are CLOCK_MONOTONIC, in
 * nanoseconds.
 */
#ifndef DEVMEM_RACES_H
#define DEVMEM_RACES_H

#include <linux/types.h>

/* What can go wrong; docs/races.md explains each. */
enum race_code {
	RACE_ALLOC_IN_RESTART,
	RACE_STALE_DELIVERY,
	RACE_MIXED_FRAGS,
	RACE_MIXED_STREAM,
	RACE_POOL_SHARED,
	RACE_BINDING_MISMATCH,
	RACE_PROVIDER_GONE,
	RACE_RESTART_FAILED,
	RACE_DOUBLE_FREE,
	RACE_FOREIGN_FREE,
	RACE_NO_RTNL,
	RACE_UNBOUND_HELD,
	RACE_RESTART_STUCK,
	RACE_CODES,
};

/* How far a restart has come. */
enum race_phase {
	PHASE_NONE,	 /* no restart of this queue was seen */
	PHASE_BEGIN,	 /* it has begun; the queue runs on its old memory */
	PHASE_ALLOCATED, /* new memory is there; the queue still runs on the old memory */
	PHASE_STOPPED,	 /* the queue is stopped and not started yet */
	PHASE_STARTED,	 /* the queue runs on its new memory */
	PHASE_UNDOING,	 /* the start failed; the queue goes back to its old memory */
	PHASE_UNDONE,	 /* the queue is back on its old memory */
	PHASE_DEAD,	 /* the queue starts neither on its new memory nor on its old */
	PHASE_ENDED,	 /* the restart is over */
	RACE_PHASES,
};

/* What exactly happened. Each code uses only its own details. */
enum race_detail {
	DETAIL_NONE,
	DETAIL_OLD_POOL,    /* RESTART_FAILED: the queue never stopped; it is on its old pool */
	DETAIL_ROLLED_BACK, /* RESTART_FAILED: the queue stopped and went back to its old pool */
	DETAIL_DEAD,	    /* RESTART_FAILED: the queue stopped and could not go back */
	DETAIL_TWO_NAPIS,   /* POOL_SHARED: two NAPI instances take from one pool */
	DETAIL_TWO_CPUS,    /* POOL_SHARED: two CPUs take from one pool at once */
	DETAIL_WRONG_POOL,  /* BINDING_MISMATCH: a pool of another binding is still in use */
	DETAIL_NO_POOL,	    /* BINDING_MISMATCH: no pool in use has the queue's binding */
	DETAIL_CLEARED,	    /* PROVIDER_GONE: cleared while the queue was taking from it */
	DETAIL_UNMAPPED,    /* PROVIDER_GONE: DMA mapping removed while the queue was running */
	DETAIL_IN_POOL,	    /* DOUBLE_FREE: the net_iov was already in a pool */
	DETAIL_IN_BINDING,  /* DOUBLE_FREE: the net_iov was already in its binding */
	DETAIL_IN_USE,	    /* DOUBLE_FREE: somebody still has a reference to the net_iov */
	DETAIL_BIND,	    /* NO_RTNL: the operation without the lock */
	DETAIL_UNBIND,
	DETAIL_RESTART,
	RACE_DETAILS,
};

#define RACE_STACK 24

/* Stands in struct race_queue_key for "no single queue": the race does not belong to one. */
#define RACE_NO_QUEUE 0xffffffffU

struct race_queue_key {
	__u32 netns; /* inode number of the network namespace */
	__u32 ifindex;
	__u32 queue;
};

/* The side that receives packets or frees net_iovs, mostly softirq or threaded NAPI. */
struct race_soft {
	__u64 time_ns; /* 0: this side took no part in the race */
	__u32 cpu;
	__u32 napi; /* 0: not called by a NAPI */
	__u32 pid;  /* the task that the CPU was running, or that softirq interrupted */
	__u32 stack_depth;
	char comm[16];
	__u64 stack[RACE_STACK];
};

/* The side that configures queues: the last thing that the queue's last restart did. */
struct race_rtnl {
	__u64 time_ns;	/* when the phase began; 0: the detectors saw no restart */
	__u64 begin_ns; /* when the restart began */
	__u32 tid;
	__u32 pid;
	__u32 phase; /* enum race_phase */
	__s32 err;
	__u32 old_binding;
	__u32 new_binding;
	__u32 stack_depth;
	char comm[16];
	__u64 stack[RACE_STACK];
};

struct race_report {
	__u64 time_ns;
	__u64 nth;	  /* its number among the races with this code, from 1 */
	__u64 suppressed; /* races of this code and queue not reported since the last report */
	__u64 niov;	  /* kernel address, 0: none */
	__u64 age_ns;	  /* UNBOUND_HELD: since the unbind; RESTART_STUCK: since the begin */
	__u64 provider; /* UNBOUND_HELD: kernel address of the binding, to search for its holders */
	__u64 other_ns; /* when @other_napi first took; 0: this and @other_cpu are not known */
	__u32 code;	/* enum race_code */
	__u32 detail;	/* enum race_detail */
	struct race_queue_key queue;
	__u32 binding;	     /* the one that the net_iov or the pool belongs to */
	__u32 queue_binding; /* the one that the queue has */
	__u32 pool;
	__u32 other_pool;
	__u32 other_cpu;
	__u32 other_napi;
	__u32 outstanding; /* UNBOUND_HELD: net_iovs that are not back yet */
	__s32 err;
	struct race_soft soft;
	struct race_rtnl rtnl;
};

/* How many races the detectors saw, per CPU and code. */
struct race_count {
	__u64 seen;
	__u64 limited; /* not reported: too many of the same queue */
	__u64 lost;    /* not reported: the ring buffer was full */
};

/* Context of the program that looks for bindings and restarts that take too long. */
struct race_ages {
	__u64 held_ns;	/* in: how long net_iovs may be held after their binding's unbind */
	__u64 stuck_ns; /* in: how long a restart may take */
	__u32 binding;	/* in: look at this binding; 0: look at the restarts */
	__u32 pad;
};

#endif

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
	PHASE_BEGIN,	 /* begun; the queue runs on its old memory */
	PHASE_ALLOCATED, /* new memory is there; the queue runs on the old */
	PHASE_STOPPED,	 /* stopped, not started yet */
	PHASE_STARTED,	 /* started on its new memory */
	PHASE_UNDOING,	 /* start failed; going back to the old memory */
	PHASE_UNDONE,	 /* back on the old memory */
	PHASE_DEAD,	 /* neither could be started */
	PHASE_ENDED,	 /* over */
	RACE_PHASES,
};

/* What detail of a code it is; each code uses those that fit. */
enum race_detail {
	DETAIL_NONE,
	DETAIL_OLD_POOL,    /* RESTART_FAILED: never stopped, still on the old pool */
	DETAIL_ROLLED_BACK, /* RESTART_FAILED: stopped, could go back */
	DETAIL_DEAD,	    /* RESTART_FAILED: could not go back */
	DETAIL_TWO_NAPIS,   /* POOL_SHARED: two NAPI instances take from one pool */
	DETAIL_TWO_CPUS,    /* POOL_SHARED: two CPUs at once do */
	DETAIL_WRONG_POOL,  /* BINDING_MISMATCH: a pool of another binding is still in use */
	DETAIL_NO_POOL,	    /* BINDING_MISMATCH: no pool in use is of the queue's binding */
	DETAIL_CLEARED,	    /* PROVIDER_GONE: cleared while the queue was taking from it */
	DETAIL_UNMAPPED,    /* PROVIDER_GONE: its DMA mapping went while the queue was running */
	DETAIL_IN_POOL,	    /* DOUBLE_FREE: it was in a pool already */
	DETAIL_IN_BINDING,  /* DOUBLE_FREE: it was in its binding already */
	DETAIL_IN_USE,	    /* DOUBLE_FREE: somebody still refers to it */
	DETAIL_BIND,	    /* NO_RTNL: which operation */
	DETAIL_UNBIND,
	DETAIL_RESTART,
	RACE_DETAILS,
};

#define RACE_STACK 24

/* Of a race that is not of one queue. */
#define RACE_NO_QUEUE 0xffffffffU

struct race_queue_key {
	__u32 netns; /* inode number of the network namespace */
	__u32 ifindex;
	__u32 queue;
};

/* The side that receives: softirq, threaded NAPI or whoever frees. */
struct race_soft {
	__u64 time_ns; /* 0: this side had no part in it */
	__u32 cpu;
	__u32 napi; /* 0: not called by a NAPI */
	__u32 pid;  /* the task that the CPU was running, or that softirq interrupted */
	__u32 stack_depth;
	char comm[16];
	__u64 stack[RACE_STACK];
};

/* The side that configures: what a queue's last restart did last. */
struct race_rtnl {
	__u64 time_ns;	/* of the phase; 0: none was seen */
	__u64 begin_ns; /* of the restart */
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
	__u64 nth;	  /* which of its code this one is, from 1 */
	__u64 suppressed; /* of this code and queue since the last report of them */
	__u64 niov;	  /* kernel address, 0: none */
	__u64 age_ns;	  /* UNBOUND_HELD, RESTART_STUCK */
	__u64 provider; /* UNBOUND_HELD: kernel address of the binding, to look for who holds it */
	__u64 other_ns; /* when @other_napi's poll took first; 0: not known, nor is @other_cpu */
	__u32 code;	/* enum race_code */
	__u32 detail;	/* enum race_detail */
	struct race_queue_key queue;
	__u32 binding;	     /* that the net_iov or the pool belongs to */
	__u32 queue_binding; /* that the queue has */
	__u32 pool;
	__u32 other_pool;
	__u32 other_cpu;
	__u32 other_napi;
	__u32 outstanding; /* UNBOUND_HELD: net_iovs still out */
	__s32 err;
	struct race_soft soft;
	struct race_rtnl rtnl;
};

/* Per CPU and code. */
struct race_count {
	__u64 seen;
	__u64 limited; /* of those, not reported: too many of the same queue */
	__u64 lost;    /* of those, not reported: the ring buffer was full */
};

/* Context of the program that looks for what takes too long. */
struct race_ages {
	__u64 held_ns;	/* in: a binding may be unbound and held so long */
	__u64 stuck_ns; /* in: a restart may take so long */
	__u32 binding;	/* in: look at this one; 0: at the restarts */
	__u32 pad;
};

#endif

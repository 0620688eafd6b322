/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What the maps of devmem_trace.bpf.c hold and user space does not read.
 */
#ifndef DEVMEM_TRACE_TYPES_H
#define DEVMEM_TRACE_TYPES_H

#include <linux/types.h>

/* A call of the memory provider that is under way. */
struct begun {
	__u64 pool;
	__u64 time_ns;
};

/* When a net_iov that is timed left its binding; see struct token_time. */
struct niov_sample {
	__u64 time_ns; /* 0: this one is not timed */
	__u32 tag;
	__u32 pad;
};

/* The operation that a task is in the middle of. */
struct doing {
	/* a restart; depth 0: none */
	__u32 depth;
	__u32 inner; /* it began with the inner function of the two */
	__u32 queue;
	__u64 dev;
	__u32 netns;
	__u32 ifindex;
	__u32 how;
	__u32 old_binding;
	__u32 new_binding;
	__u64 stop_ns;	/* when the queue's NAPI was disabled, 0: not yet */
	__u64 start_ns; /* when it was enabled again */
	__u32 stopping; /* by kprobes: the NAPI is being disabled */
	/* an unbind; 0: none */
	__u64 unbinding; /* address of the binding */
	__u64 size_bytes;
	__u32 unbind_netns;
	__u32 unbind_ifindex;
	__u32 unbind_id;
	__s32 unbind_err;
	/* a bind as a whole, by kprobes; 0: none */
	__u64 binding_dev;
	__u64 direction;
	/* a bind of a queue; 0: none */
	__u64 bind_dev;
	__u32 bind_queue;
	__u32 bind_id;
};

/* The page_pool that a token comes from. */
struct token_origin {
	__u64 pool; /* address of the page_pool */
	__u32 id;
	__u32 pad;
};

#endif

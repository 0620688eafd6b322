/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What the maps of devmem_trace.bpf.c hold that user space does not read.
 */
#ifndef DEVMEM_TRACE_TYPES_H
#define DEVMEM_TRACE_TYPES_H

#include <linux/types.h>

/* A call of the memory provider that is under way. */
struct begun {
	__u64 pool;
	__u64 time_ns;
};

/* When a net_iov of the sample left its binding; see struct token_time. */
struct niov_sample {
	__u64 time_ns; /* 0: not in the sample */
	__u32 tag;
	__u32 pad;
};

/* What a task is in the middle of. */
struct doing {
	/* a restart; depth 0: none */
	__u32 depth;
	__u32 inner; /* it began with the inner one of two functions */
	__u32 queue;
	__u64 dev;
	__u32 netns;
	__u32 ifindex;
	__u32 how;
	__u32 old_binding;
	__u32 new_binding;
	__u64 stop_ns;	/* its NAPI was disabled, 0: not yet */
	__u64 start_ns; /* and enabled again */
	__u32 stopping; /* it is being disabled; by kprobes */
	/* an unbind; 0: none */
	__u64 unbinding; /* address */
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

/* Where a token comes from: its page_pool. */
struct token_origin {
	__u64 pool; /* address */
	__u32 id;
	__u32 pad;
};

#endif

/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The contract between the BPF programs and user space: the ring buffer of rare events, and how
 * many events there were. Identifiers are those of netlink; 0 stands for "none". Times are
 * CLOCK_MONOTONIC, in nanoseconds.
 */
#ifndef DEVMEM_EVENTS_H
#define DEVMEM_EVENTS_H

#include <linux/types.h>

/* Rare events. The programs count each one and send it through the ring buffer. */
enum devmem_kind {
	DEVMEM_BIND,
	DEVMEM_UNBIND,
	DEVMEM_BINDING_FREE,
	DEVMEM_QUEUE_BIND,
	DEVMEM_QUEUE_UNBIND,
	DEVMEM_RESTART_BEGIN,
	DEVMEM_RESTART_MEM_ALLOC,
	DEVMEM_RESTART_STOP,
	DEVMEM_RESTART_START,
	DEVMEM_RESTART_ROLLBACK,
	DEVMEM_RESTART_END,
	DEVMEM_KINDS,
};

/* A rare event; fields that its tracepoint does not have are 0. */
struct devmem_event {
	__u64 time_ns;
	__u32 kind; /* enum devmem_kind */
	__s32 err;  /* 0 or a negative errno */
	__u32 ifindex;
	__u32 queue;
	__u32 binding; /* restarts: the new one */
	__u32 old_binding;
	__u32 pool;
	__u32 outstanding; /* net_iovs of the binding that are not back in it */
	__u32 tgid;
	char comm[16];
};

/* Counters of a rare event, per CPU. */
struct devmem_rare_count {
	__u64 seen;
	__u64 lost; /* how many of them did not fit into the ring buffer */
};

#endif

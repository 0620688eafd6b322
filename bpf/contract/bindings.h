/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The contract between the BPF programs and user space: what the programs remember about bindings.
 * Times are CLOCK_MONOTONIC, in nanoseconds.
 */
#ifndef DEVMEM_BINDINGS_H
#define DEVMEM_BINDINGS_H

#include <linux/types.h>

/* What the events of a binding say about it. */
struct devmem_binding_stat {
	__u64 size_bytes;
	__u64 bind_ns;
	__u64 unbind_ns; /* 0 while it is bound */
	__u32 netns;
	__u32 ifindex;
	__u32 niovs;
	__u32 tgid;
	char comm[16];
};

#endif

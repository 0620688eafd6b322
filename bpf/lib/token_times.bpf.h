/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * When net_iovs went to user space: devmem_trace.bpf.c writes it, devmem_sockets.bpf.c reads it.
 */
#ifndef DEVMEM_BPF_TOKEN_TIMES_H
#define DEVMEM_BPF_TOKEN_TIMES_H

#include "lib/kernel.bpf.h"

#include <bpf/bpf_core_read.h>

/*
 * When a net_iov went to user space. Its address decides its slot: net_iovs of one binding never
 * share a slot, unless there are more net_iovs than slots. The last event takes the slot; tag says
 * which net_iov it is for. Times are in ticks of CLOCK_MONOTONIC_COARSE, because that is the only
 * clock for BPF that costs almost nothing; its resolution is one tick.
 */
struct token_time {
	__u32 tag;  /* the lower half of the net_iov's address */
	__u32 time; /* modulo 2^32; 0: never */
};

/* @mask: the number of slots, which is a power of two, less one */
static __always_inline __u32 time_slot(__u32 tag, __u32 mask)
{
	return (tag / (__u32)bpf_core_type_size(struct net_iov)) & mask;
}

#endif

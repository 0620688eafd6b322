/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * When net_iovs went to user space, as devmem_trace.bpf.c tells devmem_sockets.bpf.c.
 */
#ifndef DEVMEM_BPF_TOKEN_TIMES_H
#define DEVMEM_BPF_TOKEN_TIMES_H

#include "lib/kernel.bpf.h"

#include <bpf/bpf_core_read.h>

/*
 * When a net_iov went to user space. Its slot follows from its address; net_iovs of one
 * binding never share one as long as there are not more of them than slots. The last event
 * takes the slot; tag tells whose it is. Times are in ticks of CLOCK_MONOTONIC_COARSE, whose
 * resolution is the length of one: the only clock of BPF that costs next to nothing.
 */
struct token_time {
	__u32 tag;  /* of the net_iov: the lower half of its address */
	__u32 time; /* modulo 2^32; 0: never */
};

/* @mask: number of slots, a power of two, less one */
static __always_inline __u32 time_slot(__u32 tag, __u32 mask)
{
	return (tag / (__u32)bpf_core_type_size(struct net_iov)) & mask;
}

#endif

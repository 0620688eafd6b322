/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Where a packet's fragments are.
 */
#ifndef DEVMEM_BPF_SKB_H
#define DEVMEM_BPF_SKB_H

#include "lib/sockets_kernel.bpf.h"

#include <bpf/bpf_core_read.h>

static __always_inline struct skb_shared_info *shared_info(const struct sk_buff *skb)
{
	return (void *)BPF_CORE_READ(skb, head) + BPF_CORE_READ(skb, end);
}

static __always_inline struct skb_frag *frag_at(const struct skb_shared_info *info, __u32 index)
{
	return (void *)info + bpf_core_field_offset(struct skb_shared_info, frags) +
	       index * bpf_core_type_size(struct skb_frag);
}

#endif

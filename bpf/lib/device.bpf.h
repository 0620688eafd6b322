/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What a network device says about itself.
 */
#ifndef DEVMEM_BPF_DEVICE_H
#define DEVMEM_BPF_DEVICE_H

#include "lib/kernel.bpf.h"

#include <bpf/bpf_core_read.h>

/* asm-generic/errno.h */
#define ENETDOWN 100

/* Bits of net_device::state. Both are set while the device is up and not detached. */
#define LINK_STATE_START   1UL
#define LINK_STATE_PRESENT 2UL
#define LINK_RUNS	   (LINK_STATE_START | LINK_STATE_PRESENT)

/* More page pools than any device has. A limit, because a list that changes may loop. */
#define MAX_POOLS 4096

/* Inode number of its network namespace. */
static __always_inline __u32 dev_netns(const struct net_device *dev)
{
	return BPF_CORE_READ(dev, nd_net.net, ns.inum);
}

#endif

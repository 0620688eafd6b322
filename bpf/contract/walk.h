/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The contract between the program that walks the page pools and user space: one struct for each
 * record, nothing else. 0 stands for "none".
 */
#ifndef DEVMEM_WALK_H
#define DEVMEM_WALK_H

#include <linux/types.h>

/* Whose memory it is. */
enum devmem_provider {
	DEVMEM_PROVIDER_HOST, /* none: pages */
	DEVMEM_PROVIDER_DMABUF,
	DEVMEM_PROVIDER_ZCRX,  /* io_uring's zero-copy receive */
	DEVMEM_PROVIDER_OTHER, /* one that we do not know */
};

/* A page_pool as the walk found it. */
struct devmem_pool_state {
	__u64 size_bytes; /* of the dma-buf, 0: none */
	__s64 detach_s;	  /* boot time at which the driver gave it up, 0: in use */
	__u32 ifindex;	  /* 0: it is gone */
	__u32 queue;
	__u32 pool;
	__u32 napi;
	__u32 binding;
	__u32 binding_niovs;	   /* of a dma-buf or io_uring's area; 0: not counted */
	__u32 binding_outstanding; /* valid when binding_niovs is */
	__u32 binding_unbound;
	__u32 hold;    /* net_iovs or pages that entered the pool, modulo 2^32 */
	__u32 release; /* that left it, modulo 2^32 */
	__u32 cache;   /* in its cache */
	__u32 ring;    /* in its ring */
	__u32 ring_size;
	__u32 kind; /* enum devmem_provider */
};

/* A queue that has a memory provider, as the walk found it. */
struct devmem_rxq_state {
	__u64 size_bytes; /* of the dma-buf, 0: none */
	__u32 ifindex;
	__u32 queue;
	__u32 napi;
	__u32 binding;
	__u32 kind; /* enum devmem_provider */
	__u32 pad;
};

/* Asked for and answered by the program that walks the pools; its context. */
struct devmem_walk {
	__u32 max_pools; /* in: room in the map */
	__u32 max_rxqs;	 /* in: likewise */
	__u32 ifindex;	 /* in: only this interface and those that are gone, 0: all */
	__u32 pools;	 /* out: how many were written */
	__u32 rxqs;	 /* out: likewise */
	__u32 unread;	 /* out: lists that changed or could not be read */
	__u32 overflow;	 /* out: pools and queues for which there was no room */
	__u32 netns;	 /* out: inode number of the namespace that was walked */
};

#endif

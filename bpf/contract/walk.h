/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The contract between the program that walks the page pools and user space: one struct for each
 * record, nothing else. 0 stands for "none".
 */
#ifndef DEVMEM_WALK_H
#define DEVMEM_WALK_H

#include <linux/types.h>

/* Where the memory comes from. */
enum devmem_provider {
	DEVMEM_PROVIDER_HOST, /* no provider: ordinary pages */
	DEVMEM_PROVIDER_DMABUF,
	DEVMEM_PROVIDER_ZCRX,  /* io_uring's zero-copy receive */
	DEVMEM_PROVIDER_OTHER, /* a provider that devmemtop does not know */
};

/* A page_pool as the walk found it. */
struct devmem_pool_state {
	__u64 size_bytes; /* of the dma-buf, 0: none */
	__s64 detach_s;	  /* when the driver gave it up, in seconds since boot; 0: in use */
	__u32 ifindex;	  /* 0: the interface is gone */
	__u32 queue;
	__u32 pool;
	__u32 napi;
	__u32 binding;
	__u32 binding_niovs;	   /* net_iovs of the dma-buf or area; 0: not known */
	__u32 binding_outstanding; /* valid only when binding_niovs is not 0 */
	__u32 binding_unbound;
	__u32 hold;    /* net_iovs or pages that entered the pool, modulo 2^32 */
	__u32 release; /* net_iovs or pages that left it, modulo 2^32 */
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

/* Context of the program that walks the pools: what it is asked for, and its answer. */
struct devmem_walk {
	__u32 max_pools; /* in: room in the map of pools */
	__u32 max_rxqs;	 /* in: room in the map of queues */
	__u32 ifindex;	 /* in: only this interface and those that are gone, 0: all */
	__u32 pools;	 /* out: how many pools were written */
	__u32 rxqs;	 /* out: how many queues were written */
	__u32 unread;	 /* out: lists that changed or could not be read */
	__u32 overflow;	 /* out: pools and queues for which there was no room */
	__u32 netns;	 /* out: inode number of the namespace that was walked */
};

#endif

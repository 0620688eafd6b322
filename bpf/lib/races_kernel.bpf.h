/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Those of the kernel's types and members that only the race detectors read. All are flavours:
 * "struct NAME___race" is the kernel's struct NAME, with members that kernel.bpf.h does not list.
 */
#ifndef DEVMEM_RACES_KERNEL_H
#define DEVMEM_RACES_KERNEL_H

#include "lib/kernel.bpf.h"

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

struct net_devmem_dmabuf_binding___race {
	atomic_t outstanding;
	__u32 id;
	__u32 ifindex;
	__u32 netns;
};

#define RACE_CACHE 128

struct pp_alloc_cache___race {
	__u32 count;
	unsigned long cache[RACE_CACHE];
};

struct ptr_ring___race {
	int consumer_head;
	int consumer_tail;
};

struct page_pool___race {
	struct pp_alloc_cache___race alloc;
	struct ptr_ring___race ring;
};

struct net_device___race {
	unsigned long state;
	unsigned int num_rx_queues;
};

/* 6.12; a netmem is a page, or a net_iov with the lowest bit set. */
struct skb_frag___race {
	unsigned long netmem;
};

typedef struct skb_frag___race skb_frag_t___race;

/* The most that CONFIG_MAX_SKB_FRAGS can be. */
#define RACE_MAX_FRAGS 45

struct skb_shared_info___race {
	__u8 nr_frags;
	skb_frag_t___race frags[RACE_MAX_FRAGS];
};

struct sk_buff___race {
	struct net_device *dev;
	unsigned char *head;
	unsigned char *data;
	unsigned int end; /* sk_buff_data_t: an offset on 64 bit */
	__u32 hash;
	__u16 protocol;
	__u16 queue_mapping; /* of a received skb: its queue + 1 */
	__u8 l4_hash : 1;
	/* 6.12: the packet has a fragment that the CPU cannot read */
	__u8 unreadable : 1;
};

typedef struct {
	long counter;
} atomic_long_t___race;

struct napi_struct___race {
	unsigned long state;
};

struct mutex___race {
	/* the task that holds the mutex; the lowest three bits are flags */
	atomic_long_t___race owner;
};

/* 6.15: each device has its own lock for what rtnl protected before. */
struct net_device___lock {
	struct mutex___race lock;
	bool request_ops_lock;
};

struct page_pool_params;

/* 6.2 to 6.14: x86 keeps the preemption count of a CPU here. */
struct pcpu_hot___race {
	int preempt_count;
};

#pragma clang attribute pop

#endif

/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The kernel's types, as far as the programs read them. Each struct lists only the members that the
 * programs read, in any order: their offsets come from the running kernel's BTF when the programs
 * are loaded.
 *
 * "struct NAME___flavour" is the form that struct NAME has on some kernels.
 */
#ifndef DEVMEM_BPF_KERNEL_H
#define DEVMEM_BPF_KERNEL_H

#include <linux/types.h>
#include <stdbool.h>

/* net/flow.h: the kernel gives the page pools of a removed device to this one. */
#define LOOPBACK_IFINDEX 1

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

typedef struct {
	int counter;
} atomic_t;

struct list_head {
	struct list_head *next;
};

struct hlist_node {
	struct hlist_node *next, **pprev;
};

struct hlist_head {
	struct hlist_node *first;
};

struct ns_common {
	unsigned int inum;
};

struct net {
	struct list_head dev_base_head;
	struct ns_common ns;
};

struct nsproxy {
	struct net *net_ns;
};

struct task_struct {
	struct nsproxy *nsproxy;
};

struct net_device;

struct napi_struct {
	struct net_device *dev;
	unsigned int napi_id;
};

struct memory_provider_ops;

/*
 * From 6.12 on. mp_ops: from 6.15 on, and in the 6.12 stable kernels that took it over; before
 * that, dma-bufs were the only such memory. Later kernels have more members behind these.
 */
struct pp_memory_provider_params {
	void *mp_priv;
	const struct memory_provider_ops *mp_ops;
};

struct netdev_rx_queue {
	struct net_device *dev;
	struct napi_struct *napi;
	struct pp_memory_provider_params mp_params;
};

/* 7.1: a queue that a virtual device leases and the device's own queue point to each other. */
struct netdev_rx_queue___lease {
	struct netdev_rx_queue *lease;
};

typedef struct {
	struct net *net;
} possible_net_t;

struct net_device {
	unsigned long state;
	struct list_head dev_list;
	struct netdev_rx_queue *_rx;
	unsigned int real_num_rx_queues;
	possible_net_t nd_net;
	/* 6.8: page pools listed by device (with CONFIG_PAGE_POOL) */
	struct hlist_head page_pools;
	int ifindex;
};

struct dma_buf {
	unsigned long size; /* size_t */
};

struct gen_pool;

/* From 6.12 on. When its device is gone, dev is NULL (from 6.15 on) or points to freed memory. */
struct net_devmem_dmabuf_binding {
	struct dma_buf *dmabuf;
	struct net_device *dev;
	__u32 id;
};

/* Every kernel except this project's: a gen_pool keeps the free net_iovs. */
struct net_devmem_dmabuf_binding___genpool {
	struct gen_pool *chunk_pool;
};

struct gen_pool {
	struct list_head chunks;
};

typedef struct {
	long counter;
} atomic_long_t;

struct gen_pool_chunk {
	struct list_head next_chunk;
	atomic_long_t avail; /* bytes */
	unsigned long start_addr;
	unsigned long end_addr; /* of its last byte */
};

/* Only its being an enum matters: the values come from the kernel. */
enum dma_data_direction {
	DMA_TO_DEVICE = 1,
};

/* 6.16: some bindings are for sending. */
struct net_devmem_dmabuf_binding___tx {
	enum dma_data_direction direction;
};

struct work_struct;

/* 6.16: each binding has a work item that frees it. */
struct net_devmem_dmabuf_binding___work {
	/* Never read. clang 19 crashes when it is asked where a member without a size is. */
	struct {
		unsigned long data;
	} unbind_w;
};

/* The kernel of this project: a freelist with its own counts instead of a gen_pool. */
struct net_devmem_dmabuf_binding___freelist {
	atomic_t outstanding;
	__u32 num_niovs;
	bool unbound;
};

struct pp_alloc_cache {
	__u32 count;
};

struct ptr_ring {
	int producer;
	int consumer_head;
	int size;
	void **queue;
};

struct page_pool_params_fast {
	struct napi_struct *napi;
};

struct page_pool_params_slow {
	struct net_device *netdev;
	/* 6.12: the queue that the pool feeds; only drivers that support bindings set it */
	unsigned int queue_idx;
};

struct page_pool {
	struct page_pool_params_fast p;
	__u32 pages_state_hold_cnt;
	struct pp_alloc_cache alloc;
	struct ptr_ring ring;
	void *mp_priv;
	const struct memory_provider_ops *mp_ops;
	atomic_t pages_state_release_cnt;
	struct page_pool_params_slow slow;
	struct {
		struct hlist_node list;
		/* u64 up to 6.12, ktime_t (s64) later: same size */
		__u64 detach_time;
		__u32 id;
	} user;
};

/*
 * Up to 6.12 the pool itself keeps the NAPI id. Later kernels keep it only in p.napi, which may be
 * read while the pool is listed.
 */
struct page_pool___napi_id {
	struct {
		__u32 napi_id;
	} user;
};

struct net_iov {
	struct page_pool *pp;
	atomic_long_t pp_ref_count;
};

/* 6.17; read by niov.bpf.h */
struct net_iov___desc {
	struct {
		struct page_pool *pp;
		atomic_long_t pp_ref_count;
	} desc;
};

/* 6.15: io_uring's zero-copy receive is another memory provider and has its own net_iovs. */
struct net_iov_area {
	unsigned long num_niovs; /* size_t */
};

struct io_zcrx_area {
	struct net_iov_area nia;
	__u32 free_count;
};

struct io_zcrx_mem {
	unsigned long size;
};

struct io_zcrx_area___mem {
	struct io_zcrx_mem mem;
};

struct io_zcrx_ifq {
	struct io_zcrx_area *area;
	struct net_device *netdev;
};

struct sock;

#pragma clang attribute pop

#endif

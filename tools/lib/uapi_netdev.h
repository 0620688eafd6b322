/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Numbers of the Linux uapi which the C library's kernel headers may be too old to know:
 * the generic netlink family "netdev" and the socket side of devmem TCP, as of Linux 6.12.
 *
 * Debian 12 ships headers of 6.1. Nothing here is newer than 6.12, so a kernel that has the
 * feature knows every number; readers must skip attributes they do not know.
 */
#ifndef DEVMEMTOP_LIB_UAPI_NETDEV_H
#define DEVMEMTOP_LIB_UAPI_NETDEV_H

#include <stdint.h>
#include <sys/socket.h>

#define NETDEV_GENL_NAME    "netdev"
#define NETDEV_GENL_VERSION 1

/* Commands that are used here. */
enum netdev_genl_cmd {
	ND_CMD_PAGE_POOL_GET = 5,
	ND_CMD_PAGE_POOL_STATS_GET = 9,
	ND_CMD_QUEUE_GET = 10,
	ND_CMD_QSTATS_GET = 12,
	ND_CMD_BIND_RX = 13,
};

/*
 * Attributes of ND_CMD_PAGE_POOL_GET. "uint" is four or eight bytes, as the kernel likes: read it
 * with netdev_genl_uint().
 */
enum netdev_genl_page_pool {
	ND_PAGE_POOL_ID = 1,	       /* uint */
	ND_PAGE_POOL_IFINDEX = 2,      /* u32, absent once the device is gone */
	ND_PAGE_POOL_NAPI_ID = 3,      /* uint, absent when the pool serves no NAPI */
	ND_PAGE_POOL_INFLIGHT = 4,     /* uint, buffers outside the pool's allocator */
	ND_PAGE_POOL_INFLIGHT_MEM = 5, /* uint, the same in bytes */
	ND_PAGE_POOL_DETACH_TIME = 6,  /* uint, seconds since boot; only when detached */
	ND_PAGE_POOL_DMABUF = 7,       /* u32, binding id; only when fed by a dma-buf */
};

/* Attributes of ND_CMD_PAGE_POOL_STATS_GET. */
enum netdev_genl_page_pool_stats {
	ND_PP_STATS_INFO = 1,	    /* nest with ND_PAGE_POOL_ID */
	ND_PP_STATS_ALLOC_FAST = 8, /* this and all below: uint */
	ND_PP_STATS_ALLOC_SLOW = 9,
	ND_PP_STATS_ALLOC_SLOW_HIGH_ORDER = 10,
	ND_PP_STATS_ALLOC_EMPTY = 11,
	ND_PP_STATS_ALLOC_REFILL = 12,
	ND_PP_STATS_ALLOC_WAIVE = 13,
	ND_PP_STATS_RECYCLE_CACHED = 14,
	ND_PP_STATS_RECYCLE_CACHE_FULL = 15,
	ND_PP_STATS_RECYCLE_RING = 16,
	ND_PP_STATS_RECYCLE_RING_FULL = 17,
	ND_PP_STATS_RECYCLE_RELEASED_REFCNT = 18,
};

/* Attributes of ND_CMD_QUEUE_GET; ID and TYPE also name a queue inside ND_DMABUF_QUEUES. */
enum netdev_genl_queue {
	ND_QUEUE_ID = 1,      /* u32 */
	ND_QUEUE_IFINDEX = 2, /* u32 */
	ND_QUEUE_TYPE = 3,    /* u32, enum netdev_genl_queue_type */
	ND_QUEUE_NAPI_ID = 4, /* u32 */
	ND_QUEUE_DMABUF = 5,  /* u32, binding id; only of a bound queue */
};

enum netdev_genl_queue_type {
	ND_QUEUE_TYPE_RX = 0,
	ND_QUEUE_TYPE_TX = 1,
};

/* Attributes of ND_CMD_QSTATS_GET (there are more; these are the ones of receiving). */
enum netdev_genl_qstats {
	ND_QSTATS_IFINDEX = 1,	  /* u32 */
	ND_QSTATS_QUEUE_TYPE = 2, /* u32 */
	ND_QSTATS_QUEUE_ID = 3,	  /* u32 */
	ND_QSTATS_SCOPE = 4,	  /* uint, ND_QSTATS_SCOPE_QUEUE for a row per queue */
	ND_QSTATS_RX_PACKETS = 8, /* this and all below: uint */
	ND_QSTATS_RX_BYTES = 9,
	ND_QSTATS_TX_PACKETS = 10,
	ND_QSTATS_TX_BYTES = 11,
	ND_QSTATS_RX_ALLOC_FAIL = 12,
	ND_QSTATS_RX_HW_DROPS = 13,
	ND_QSTATS_RX_HW_DROP_OVERRUNS = 14,
};

#define ND_QSTATS_SCOPE_QUEUE_VALUE 1

/* Attributes of ND_CMD_BIND_RX. */
enum netdev_genl_dmabuf {
	ND_DMABUF_IFINDEX = 1, /* u32 */
	ND_DMABUF_QUEUES = 2,  /* nest of enum netdev_genl_queue, once per queue */
	ND_DMABUF_FD = 3,      /* u32 */
	ND_DMABUF_ID = 4,      /* u32, the answer: the binding's id */
};

/* The socket side: flags, control messages and their payload. */

#ifndef MSG_SOCK_DEVMEM
#define MSG_SOCK_DEVMEM 0x2000000
#endif

#ifndef SO_DEVMEM_LINEAR
#define SO_DEVMEM_LINEAR   78
#define SO_DEVMEM_DMABUF   79
#define SO_DEVMEM_DONTNEED 80
#endif

#ifndef SCM_DEVMEM_LINEAR
#define SCM_DEVMEM_LINEAR SO_DEVMEM_LINEAR
#define SCM_DEVMEM_DMABUF SO_DEVMEM_DMABUF
#endif

/* One SO_DEVMEM_DONTNEED call takes this many struct devmem_token ... */
#define DEVMEM_MAX_TOKENS 128
/* ... which together may name this many buffers; the kernel ignores what is beyond. */
#define DEVMEM_MAX_FRAGS  1024

/*
 * Payload of SCM_DEVMEM_LINEAR and SCM_DEVMEM_DMABUF: struct dmabuf_cmsg of <linux/uio.h>.
 * It has a name of its own here, because there is no way to ask the preprocessor whether
 * the installed header already declares the struct.
 */
struct devmem_cmsg {
	uint64_t frag_offset; /* bytes into the dma-buf */
	uint32_t frag_size;   /* bytes */
	uint32_t frag_token;  /* to be handed back */
	uint32_t dmabuf_id;   /* binding id */
	uint32_t flags;
};

/* Payload of SO_DEVMEM_DONTNEED: tokens token_start ... token_start + token_count - 1. */
struct devmem_token {
	uint32_t token_start;
	uint32_t token_count;
};

#endif

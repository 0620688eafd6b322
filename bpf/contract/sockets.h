/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The contract between the programs that read TCP sockets and user space: one struct for each
 * record, nothing else.
 */
#ifndef DEVMEM_SOCKETS_H
#define DEVMEM_SOCKETS_H

#include <linux/types.h>

/* A socket that has net_iovs. */
struct devmem_socket_state {
	__u64 cookie;
	__u64 address; /* of the socket; user space only gives it back to the kernel */
	__u8 local[16];
	__u8 remote[16];
	__u16 family;
	__u16 local_port;
	__u16 remote_port;
	__u16 pad;
	__u32 pool; /* page_pool of the last net_iov that the walk found */
	__u32 tokens;
	__u32 user;    /* net_iovs that tokens stand for */
	__u32 socket;  /* net_iovs in its queues */
	__u32 oldest;  /* age of the oldest token with a known time, in ticks */
	__u32 untimed; /* tokens without a time: they came before the programs were attached */
	__u32 clashed; /* tokens whose time a later one overwrote, so they are older than it */
};

/* How many net_iovs of a page_pool the sockets have. */
struct devmem_pool_parts {
	__u32 round; /* the walk that counted; when it is not the last one, both counts are 0 */
	__u32 user;
	__u32 socket;
};

/* Who has a socket open. */
struct devmem_owner {
	__u32 tgid; /* 0: not found */
	char comm[16];
};

#endif

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
	__u64 address; /* of the socket; only to be given back to the kernel */
	__u8 local[16];
	__u8 remote[16];
	__u16 family;
	__u16 local_port;
	__u16 remote_port;
	__u16 pad;
	__u32 pool; /* of the last net_iov that was found */
	__u32 tokens;
	__u32 user;    /* net_iovs that tokens stand for */
	__u32 socket;  /* net_iovs in its queues */
	__u32 oldest;  /* age of the oldest token, as far as times are known, in ticks */
	__u32 untimed; /* that nobody saw being handed out: older than the first event */
	__u32 clashed; /* whose time was overwritten: older than that of who did it */
};

/* What the sockets have of a page_pool. */
struct devmem_pool_parts {
	__u32 round; /* in which walk; of an earlier one: nothing */
	__u32 user;
	__u32 socket;
};

/* Who has a socket open. */
struct devmem_owner {
	__u32 tgid; /* 0: not found */
	char comm[16];
};

#endif

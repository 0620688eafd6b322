/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What the programs that read sockets remember about a net_iov.
 */
#ifndef DEVMEM_BPF_SOCKETS_TYPES_H
#define DEVMEM_BPF_SOCKETS_TYPES_H

#include <linux/types.h>

/* Where a net_iov is. */
enum place {
	IN_SOCKET,
	WITH_USER,
};

/* Where a net_iov was found last, and in which walk. */
struct seen {
	__u32 round;
	__u32 place;
};

#endif

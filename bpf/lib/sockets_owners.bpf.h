/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Which process has a socket open.
 *
 * The file that includes this defines the map owners.
 */
#ifndef DEVMEM_BPF_SOCKETS_OWNERS_H
#define DEVMEM_BPF_SOCKETS_OWNERS_H

#include "lib/sockets_kernel.bpf.h"

#include <linux/bpf.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

#include "contract/sockets.h"

/* If several tasks have the socket open, the first one counts as its owner. */
static __always_inline int note_owner(const struct bpf_iter__task_file *ctx)
{
	struct task_struct___owner *task = (void *)ctx->task;
	struct file *file = ctx->file;
	struct devmem_owner *owner;
	struct socket *sock;
	__u64 key;

	if (!task || !file)
		return 0;
	sock = bpf_sock_from_file(file);
	if (!sock)
		return 0;
	key = (__u64)BPF_CORE_READ(sock, sk);
	owner = bpf_map_lookup_elem(&owners, &key);
	if (!owner || owner->tgid)
		return 0;
	owner->tgid = BPF_CORE_READ(task, tgid);
	BPF_CORE_READ_STR_INTO(&owner->comm, task, comm);
	return 0;
}

#endif

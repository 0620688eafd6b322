/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The tokens of a socket, which are in an xarray. The walk needs no recursion, because each node
 * knows its parent and its place there.
 */
#ifndef DEVMEM_BPF_TOKENS_H
#define DEVMEM_BPF_TOKENS_H

#include "lib/sockets_kernel.bpf.h"

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>

/* More steps than any socket's tokens need. A limit, because a broken tree may loop. */
#define MAX_TOKEN_STEPS (1 << 22)

#define XA_CHUNK 64

/* The walk is at its end when node is NULL. */
struct tokens_walk {
	struct xa_node *node;
	__u32 offset;
};

/* Internal entries: small ones are reserved places, large ones are nodes. */
static __always_inline bool is_node(unsigned long entry)
{
	return (entry & 3) == 2 && entry > 4096;
}

/* Returns what the first step finds. A single token is in the root itself, without a tree. */
static __always_inline unsigned long first_token(struct tokens_walk *w, const struct sock *sk)
{
	unsigned long head = (unsigned long)BPF_CORE_READ(sk, sk_user_frags.xa_head);

	w->node = NULL;
	w->offset = 0;
	if (!is_node(head))
		return head;
	w->node = (void *)(head - 2);
	return 0;
}

/* Returns what the next step finds, 0: nothing; it is a net_iov if its lowest bit is set. */
static __always_inline unsigned long next_token(struct tokens_walk *w)
{
	struct xa_node *node = w->node;
	unsigned long entry = 0;

	if (w->offset >= XA_CHUNK) {
		w->offset = BPF_CORE_READ(node, offset) + 1;
		w->node = BPF_CORE_READ(node, parent);
		return 0;
	}
	bpf_probe_read_kernel(&entry, sizeof(entry),
			      (void *)node + bpf_core_field_offset(struct xa_node, slots) +
				      w->offset * sizeof(entry));
	if (is_node(entry)) {
		w->node = (void *)(entry - 2);
		w->offset = 0;
		return 0;
	}
	w->offset++;
	return entry;
}

#endif

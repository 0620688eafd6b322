/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What a dma-buf's binding says about itself.
 */
#ifndef DEVMEM_BPF_BINDING_H
#define DEVMEM_BPF_BINDING_H

#include "lib/kernel.bpf.h"

#include <linux/bpf.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>

/* The binding, from the argument of __net_devmem_dmabuf_binding_free(): that or its work item. */
static __always_inline __u64 freed_binding(__u64 arg)
{
	const struct net_devmem_dmabuf_binding___work *work = NULL;

	if (bpf_core_field_exists(work->unbind_w))
		arg -= bpf_core_field_offset(struct net_devmem_dmabuf_binding___work, unbind_w);
	return arg;
}

/* ---- how much is free, where a gen_pool keeps it ---- */

/*
 * There is one chunk for each piece that is contiguous for the device, so there may be as many
 * chunks as pages. If there are more than this, the programs sum up nothing: user space counts what
 * the pools hold instead, and a binding that is held is not reported.
 */
#define MAX_CHUNKS (1 << 16)

struct chunks {
	struct list_head *head;
	struct list_head *node;
	__u64 size; /* bytes */
	__u64 avail;
};

static int chunk_step(__u32 index, struct chunks *c)
{
	struct gen_pool_chunk *chunk;

	if (!c->node || c->node == c->head)
		return 1;
	chunk = (void *)c->node - bpf_core_field_offset(struct gen_pool_chunk, next_chunk);
	c->size += BPF_CORE_READ(chunk, end_addr) - BPF_CORE_READ(chunk, start_addr) + 1;
	c->avail += BPF_CORE_READ(chunk, avail.counter);
	c->node = BPF_CORE_READ(chunk, next_chunk.next);
	return 0;
}

/* Returns false if the list could not be followed to its end, or changed in the meantime. */
static __always_inline bool sum_chunks(const struct net_devmem_dmabuf_binding___genpool *b,
				       struct chunks *c)
{
	struct gen_pool *gen = BPF_CORE_READ(b, chunk_pool);

	c->head = &gen->chunks;
	c->node = BPF_CORE_READ(gen, chunks.next);
	c->size = 0;
	c->avail = 0;
	bpf_loop(MAX_CHUNKS, chunk_step, c, 0);
	return c->node == c->head && c->avail <= c->size;
}

#endif
